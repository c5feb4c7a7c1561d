/* The detached session's terminal, seen from its master: what the program writes goes into the log and
 * to nstui-term, what clients type goes in. It reads only while nstui-term has room, so that nothing is
 * lost and nobody waits. No byte is looked into. */
#include "private.h"

#include "nstui/grid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define READ_SIZE  (32u * 1024)
#define INPUT_FULL (64u * 1024) /* beyond it no client's input is taken */
#define SIZE_MS                                                                                    \
    30 /* between two changes of the size: a window that is drawn larger
                                 * asks for a hundred */

struct screen {
    struct supervisor *supervisor;
    struct watch output; /* the master */
    struct watch input;  /* a copy of it, to be waited for by itself */
    struct text typed;   /* still to be written */
    size_t typed_start;
    struct log log;
    struct term term;
    int columns;
    int rows;
    int wanted_columns;
    int wanted_rows;
    int64_t size_at_ms; /* not before that it may change again */
    bool output_ended;
    char bytes[READ_SIZE];
};

/* ---- out of the container -------------------------------------------------------------- */

void screen_feed_changed(struct screen *screen)
{
    bool wanted = !screen->output_ended && term_has_room(&screen->term);
    loop_watch(&screen->supervisor->loop, &screen->output, wanted ? EPOLLIN : 0);
}

static void screen_on_output(void *owner)
{
    struct screen *screen = owner;
    ssize_t got = read(screen->output.fd, screen->bytes, READ_SIZE);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0) { /* EIO: nobody has the other side open any more */
        screen->output_ended = true;
    } else {
        screen->supervisor->active_ms = clock_monotonic_ms();
        log_append(&screen->log, screen->bytes, (size_t)got);
        term_feed(&screen->term, screen->bytes, (size_t)got);
    }
    screen_feed_changed(screen);
}

void screen_log_tail(const struct screen *screen, size_t limit, struct text *text)
{
    log_tail(&screen->log, limit, text);
}

void screen_log_shorten(struct screen *screen)
{
    log_shorten(&screen->log);
}

bool screen_is_drained(const struct screen *screen)
{
    return screen->output_ended && term_has_room(&screen->term);
}

bool screen_is_empty(const struct screen *screen)
{
    return term_has_room(&screen->term);
}

void screen_finish(struct screen *screen)
{
    term_finish(&screen->term);
}

/* ---- into the container ---------------------------------------------------------------- */

static void typed_write(struct screen *screen)
{
    while (screen->typed_start < screen->typed.length) {
        ssize_t put = write(screen->input.fd, screen->typed.data + screen->typed_start,
                            screen->typed.length - screen->typed_start);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN)
            break;
        if (put < 0) { /* the other side is closed: nobody reads it */
            screen->typed_start = screen->typed.length;
            break;
        }
        screen->typed_start += (size_t)put;
    }
    size_t left = screen->typed.length - screen->typed_start;
    if (screen->typed_start > 0 && left > 0)
        memmove(screen->typed.data, screen->typed.data + screen->typed_start, left);
    screen->typed.length = left;
    screen->typed_start = 0;
    loop_watch(&screen->supervisor->loop, &screen->input, left ? EPOLLOUT : 0);
    clients_hold_input(screen->supervisor, left >= INPUT_FULL);
}

static void screen_on_input(void *owner)
{
    typed_write(owner);
}

void screen_input(struct screen *screen, const void *bytes, size_t length)
{
    text_add_bytes(&screen->typed, bytes, length);
    typed_write(screen);
}

bool screen_input_is_full(const struct screen *screen)
{
    return screen->typed.length >= INPUT_FULL;
}

static bool size_waits(const struct screen *screen)
{
    return screen->wanted_columns != screen->columns || screen->wanted_rows != screen->rows;
}

/* The last of those that were asked for meanwhile, once nstui-term has taken the one before. */
static void size_settle(struct screen *screen, int64_t now_ms)
{
    if (!size_waits(screen) || now_ms < screen->size_at_ms || !term_has_room(&screen->term))
        return;
    int columns = screen->columns = screen->wanted_columns;
    int rows = screen->rows = screen->wanted_rows;
    screen->size_at_ms = now_ms + SIZE_MS;
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    /* First the cells, then the program is told, which draws into them. */
    term_resize(&screen->term, columns, rows);
    (void)ioctl(screen->output.fd, TIOCSWINSZ, &size);
    screen_feed_changed(screen);
    clients_tell_size(screen->supervisor, columns, rows);
}

void screen_resize(struct screen *screen, int columns, int rows)
{
    screen->wanted_columns = grid_clamp_columns((unsigned int)columns);
    screen->wanted_rows = grid_clamp_rows((unsigned int)rows);
    size_settle(screen, clock_monotonic_ms());
}

/* ---- life ------------------------------------------------------------------------------ */

int screen_open(struct supervisor *supervisor, struct err *err)
{
    struct session_place *place = &supervisor->place;
    struct screen *screen = xcalloc(1, sizeof(*screen));
    supervisor->screen = screen;
    screen->supervisor = supervisor;
    screen->output = (struct watch)WATCH_EMPTY;
    screen->input = (struct watch)WATCH_EMPTY;
    log_open(&screen->log, place->keep_fd >= 0 ? place->keep_fd : place->run_fd,
             supervisor->config->again);
    struct winsize size = {0};
    (void)ioctl(supervisor->launched.terminal, TIOCGWINSZ, &size);
    screen->columns = grid_clamp_columns(size.ws_col ? size.ws_col : 80);
    screen->rows = grid_clamp_rows(size.ws_row ? size.ws_row : 24);
    screen->wanted_columns = screen->columns;
    screen->wanted_rows = screen->rows;
    if (term_open(&screen->term, supervisor, screen, err) < 0)
        return -1;
    int copy = fcntl(supervisor->launched.terminal, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return err_set(err, errno, "cannot copy the terminal's descriptor");
    int master = fd_take(&supervisor->launched.terminal);
    (void)fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
    screen->output = (struct watch){.fd = master, .ready = screen_on_output, .owner = screen};
    screen->input = (struct watch){.fd = copy, .ready = screen_on_input, .owner = screen};
    screen_feed_changed(screen);
    return 0;
}

void screen_close(struct screen *screen)
{
    struct loop *loop = &screen->supervisor->loop;
    loop_drop(loop, &screen->output);
    loop_drop(loop, &screen->input);
    if (screen->term.screen)
        term_close(&screen->term);
    log_close(&screen->log);
    text_free(&screen->typed);
    free(screen);
}

int screen_columns(const struct screen *screen)
{
    return screen->columns;
}

int screen_rows(const struct screen *screen)
{
    return screen->rows;
}

int screen_reader_fd(const struct screen *screen)
{
    return screen->term.reader_fd;
}

int64_t screen_deadline_ms(const struct screen *screen)
{
    int64_t until_ms = term_deadline_ms(&screen->term);
    bool due = size_waits(screen) && term_has_room(&screen->term);
    return due && screen->size_at_ms < until_ms ? screen->size_at_ms : until_ms;
}

void screen_on_time(struct screen *screen, int64_t now_ms)
{
    term_on_time(&screen->term, now_ms);
    size_settle(screen, now_ms);
}
