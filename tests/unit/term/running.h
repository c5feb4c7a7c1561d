/* running: a real nstui-term on pipes, for its tests: frames go in, the grid is looked at. */
#ifndef NSTUI_TESTS_TERM_RUNNING_H
#define NSTUI_TESTS_TERM_RUNNING_H

#include "nstui/grid.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
#define HAS_FILTER 0
#else
#define HAS_FILTER 1
#endif

#define PATIENCE_MS 10000

/* One nstui-term with both ends of its pipes. */
struct term {
    pid_t pid;
    int frames, replies, wake;
    struct grid grid;
    struct grid_state state;
};

static inline void child_start(int frames, int replies, int grid, int wake, const char *try)
{
    int high[] = {fcntl(frames, F_DUPFD, 20), fcntl(replies, F_DUPFD, 20), fcntl(grid, F_DUPFD, 20),
                  fcntl(wake, F_DUPFD, 20)};
    const int wanted[] = {GRID_TERM_FRAMES, GRID_TERM_REPLIES, GRID_TERM_GRID, GRID_TERM_WAKE};
    for (size_t i = 0; i < 4; i++)
        (void)dup2(high[i], wanted[i]);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)execl(BUILD_DIR "/nstui-term", "nstui-term", try ? "--try" : NULL, try, (char *)NULL);
    _exit(99);
}

static inline struct term *term_start_with(unsigned int columns, unsigned int rows, const char *try)
{
    struct term *term = calloc(1, sizeof(*term));
    int frames[2], replies[2], wake[2], grid = grid_create(columns, rows);
    assert_true(grid >= 0);
    assert_int_equal(pipe2(frames, O_CLOEXEC), 0);
    assert_int_equal(pipe2(replies, O_CLOEXEC), 0);
    assert_int_equal(pipe2(wake, O_CLOEXEC), 0);
    term->pid = fork();
    assert_true(term->pid >= 0);
    if (term->pid == 0)
        child_start(frames[0], replies[1], grid, wake[1], try);
    (void)close(frames[0]);
    (void)close(replies[1]);
    (void)close(wake[1]);
    term->frames = frames[1];
    term->replies = replies[0];
    term->wake = wake[0];
    assert_int_equal(grid_map(&term->grid, grid), 0);
    (void)close(grid);
    return term;
}

static inline struct term *term_start(unsigned int columns, unsigned int rows)
{
    return term_start_with(columns, rows, NULL);
}

static inline void write_all(int fd, const void *bytes, size_t length)
{
    while (length) {
        ssize_t written = write(fd, bytes, length);
        assert_true(written > 0);
        bytes = (const char *)bytes + written;
        length -= (size_t)written;
    }
}

static inline void term_data(struct term *term, const void *bytes, size_t length)
{
    while (length) {
        size_t part = length < GRID_FRAME_LENGTH_MAX ? length : GRID_FRAME_LENGTH_MAX;
        const struct grid_frame frame = {GRID_FRAME_DATA, (uint32_t)part};
        write_all(term->frames, &frame, sizeof(frame));
        write_all(term->frames, bytes, part);
        bytes = (const char *)bytes + part;
        length -= part;
    }
}

static inline void term_say(struct term *term, const char *string)
{
    term_data(term, string, strlen(string));
}

static inline void term_resize(struct term *term, uint16_t columns, uint16_t rows)
{
    const struct grid_frame frame = {GRID_FRAME_RESIZE, sizeof(struct grid_frame_size)};
    const struct grid_frame_size size = {columns, rows};
    write_all(term->frames, &frame, sizeof(frame));
    write_all(term->frames, &size, sizeof(size));
}

/* Ends the input, waits for the end; the grid's last state is read. Returns the wait status. */
static inline int term_end(struct term *term)
{
    int status = -1;
    (void)close(term->frames);
    term->frames = -1;
    assert_int_equal(waitpid(term->pid, &status, 0), term->pid);
    assert_true(grid_read_state(&term->grid, &term->state));
    return status;
}

static inline void term_free(struct term *term)
{
    grid_unmap(&term->grid);
    if (term->frames >= 0)
        (void)close(term->frames);
    (void)close(term->replies);
    (void)close(term->wake);
    free(term);
}

/* A line as text: '#' for what is beyond ASCII, blanks at the end cut off. */
static inline const char *term_line(struct term *term, uint64_t number)
{
    static char text[GRID_COLUMNS_MAX * 2];
    struct grid_cell cells[GRID_COLUMNS_MAX];
    size_t used = 0;
    if (!grid_read_line(&term->grid, number, cells, term->state.columns, NULL))
        return "(no such line)";
    for (unsigned int i = 0; i < term->state.columns; i++)
        if (cells[i].width)
            text[used++] = cells[i].code < 0x7f ? (char)cells[i].code : '#';
    while (used && text[used - 1] == ' ')
        used--;
    text[used] = '\0';
    return text;
}

static inline const char *term_row(struct term *term, unsigned int row)
{
    return term_line(term, term->state.top + row);
}

static inline struct grid_cell term_cell(struct term *term, unsigned int row, unsigned int column)
{
    struct grid_cell cells[GRID_COLUMNS_MAX];
    (void)grid_read_line(&term->grid, term->state.top + row, cells, GRID_COLUMNS_MAX, NULL);
    return cells[column];
}

/* A terminal of a size that was told these bytes and has ended well. */
static inline struct term *term_after(unsigned int columns, unsigned int rows, const char *bytes)
{
    struct term *term = term_start(columns, rows);
    term_say(term, bytes);
    assert_int_equal(term_end(term), 0);
    return term;
}

static inline void expect_rows(struct term *term, const char *const *rows, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        assert_string_equal(term_row(term, i), rows[i]);
}

static inline double clock_s(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline bool wake_within(struct term *term, int timeout_ms)
{
    struct pollfd wake = {.fd = term->wake, .events = POLLIN};
    char bytes[64];
    return poll(&wake, 1, timeout_ms) == 1 && read(term->wake, bytes, sizeof(bytes)) > 0;
}

#endif
