/* The grid's reader against a writer that lies: whatever the memory holds, what comes out is in
 * bounds and printable. */
#include "nstui/grid.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct both {
    int fd;
    struct grid_memory *memory;
    struct grid grid;
};

static int both_setup(void **state)
{
    struct both *both = calloc(1, sizeof(*both));
    both->fd = grid_create(80, 24);
    assert_true(both->fd >= 0);
    assert_int_equal(grid_open_writer(both->fd, &both->memory), 0);
    assert_int_equal(grid_map(&both->grid, both->fd), 0);
    *state = both;
    return 0;
}

static int both_teardown(void **state)
{
    struct both *both = *state;
    grid_unmap(&both->grid);
    (void)munmap(both->memory, GRID_SIZE_BYTES);
    (void)close(both->fd);
    free(both);
    return 0;
}

static uint32_t glyph(uint32_t code, uint32_t width, uint32_t attributes)
{
    return code | width << GRID_GLYPH_WIDTH_SHIFT | attributes << GRID_GLYPH_ATTRIBUTES_SHIFT;
}

/* Fails unless a row is what a screen may be given. */
static void row_must_be_sound(const struct grid_cell *cells, unsigned int columns)
{
    for (unsigned int i = 0; i < columns; i++) {
        uint32_t kind = cells[i].foreground & GRID_COLOR_KIND;
        assert_in_range(cells[i].width, 1, 2);
        assert_true(grid_code_is_printable(cells[i].code));
        assert_int_equal(cells[i].attributes & ~GRID_ATTRIBUTES_ALL, 0);
        assert_true(kind == GRID_COLOR_DEFAULT || kind == GRID_COLOR_INDEX ||
                    kind == GRID_COLOR_RGB);
        if (cells[i].width == 2) {
            assert_true(i + 1 < columns);
            i++;
            assert_int_equal(cells[i].width, 0);
            assert_int_equal(cells[i].code, 0);
        }
    }
}

static void state_must_be_sound(const struct grid_state *state)
{
    assert_in_range(state->columns, GRID_COLUMNS_MIN, GRID_COLUMNS_MAX);
    assert_in_range(state->rows, GRID_ROWS_MIN, GRID_ROWS_MAX);
    assert_true(state->cursor_column < state->columns);
    assert_true(state->cursor_row < state->rows);
    assert_true(state->first <= state->top);
    assert_true(state->top + state->rows - state->first <= GRID_LINES);
    assert_int_equal(state->modes & ~(unsigned int)GRID_MODES_ALL, 0);
    assert_non_null(memchr(state->title, '\0', sizeof(state->title)));
    for (const char *byte = state->title; *byte; byte++)
        assert_true((unsigned char)*byte >= 0x20 && *byte != 0x7f);
}

/* ---- whole files ------------------------------------------------------------------------ */

static void grid_cannot_shrink_or_grow(void **state)
{
    struct both *both = *state;
    assert_int_equal(ftruncate(both->fd, 4096), -1);
    assert_int_equal(ftruncate(both->fd, (off_t)GRID_SIZE_BYTES * 2), -1);
    assert_int_equal(fcntl(both->fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
}

static void grid_map_refuses_files_that_could_shrink(void **state)
{
    (void)state;
    struct grid grid = {0};
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(ftruncate(fd, (off_t)GRID_SIZE_BYTES), 0);
    assert_int_equal(grid_map(&grid, fd), -EINVAL);
    assert_null(grid.memory);
    (void)close(fd);
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(grid_map(&grid, pipes[0]), -EINVAL);
    (void)close(pipes[0]);
    (void)close(pipes[1]);
}

static void grid_map_refuses_another_size_and_version(void **state)
{
    struct both *both = *state;
    struct grid grid = {0};
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(ftruncate(fd, 65536), 0);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
    assert_int_equal(grid_map(&grid, fd), -EPROTO);
    (void)close(fd);
    both->memory->version = 2;
    assert_int_equal(grid_map(&grid, both->fd), -EPROTO);
}

static void grid_reader_descriptor_cannot_be_written(void **state)
{
    struct both *both = *state;
    struct grid grid = {0};
    int fd = grid_open_reader(both->fd);
    assert_true(fd >= 0);
    assert_true(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(grid_map(&grid, fd), 0);
    grid_unmap(&grid);
    (void)close(fd);
}

/* ---- single fields ---------------------------------------------------------------------- */

static void lines_come_out_as_they_were_written(void **state)
{
    struct both *both = *state;
    struct grid_stored_cell stored[100] = {0};
    struct grid_cell cells[120];
    uint64_t generation;
    for (uint32_t i = 0; i < 100; i++)
        stored[i] = (struct grid_stored_cell){glyph('a' + i % 26, 1, GRID_BOLD),
                                              GRID_COLOR_INDEX | i, GRID_COLOR_RGB | i};
    assert_true(grid_write_line(both->memory, 5000, stored, 100, 7));
    assert_false(grid_write_line(both->memory, 5000, stored, 100, 8)); /* nothing changed */
    assert_true(grid_read_line(&both->grid, 5000, cells, 120, &generation));
    assert_int_equal(generation, 7);
    assert_int_equal(grid_line_generation(&both->grid, 5000), 7);
    for (uint32_t i = 0; i < 120; i++) {
        assert_int_equal(cells[i].code, i < 100 ? 'a' + i % 26 : ' ');
        assert_int_equal(cells[i].foreground, i < 100 ? GRID_COLOR_INDEX | i : 0);
        assert_int_equal(cells[i].background, i < 100 ? GRID_COLOR_RGB | i : 0);
        assert_int_equal(cells[i].attributes, i < 100 ? GRID_BOLD : 0);
    }
    /* Another line in the same slot. */
    assert_false(grid_read_line(&both->grid, 5000 + GRID_LINES, cells, 120, &generation));
    assert_int_equal(generation, 0);
    assert_int_equal(cells[0].code, ' ');
}

static void reader_replaces_what_may_not_be_shown(void **state)
{
    struct both *both = *state;
    static const uint32_t bad[] = {0,      7,      0x1b,   0x7f,   0x9b,     0xd800,   0xdfff,
                                   0x200b, 0x202e, 0x2066, 0xfeff, 0xffff,   0x110000, 0x1fffff,
                                   0x61c,  0x2028, 0xfdd0, 0xad,   0x10ffff, 0xe0001};
    struct grid_cell cell;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct grid_stored_cell stored = {glyph(bad[i], 1, 0), 0, 0};
        assert_true(grid_write_line(both->memory, i, &stored, 1, 1));
        assert_true(grid_read_line(&both->grid, i, &cell, 1, NULL));
        assert_int_equal(cell.code, '?');
    }
}

static void reader_makes_widths_fit(void **state)
{
    struct both *both = *state;
    static const struct {
        uint32_t glyphs[4];
        const char *widths;
    } rows[] = {
        {{0x4e00 | 2u << 21, 0, 'a' | 1u << 21, 'b' | 1u << 21}, "2011"},
        {{'a' | 1u << 21, 'b' | 1u << 21, 'c' | 1u << 21, 0x4e00 | 2u << 21}, "1111"},
        {{0x4e00 | 2u << 21, 'a' | 1u << 21, 0, 'b' | 1u << 21}, "1111"},
        {{0, 0x4e00 | 3u << 21, 0x4e00 | 2u << 21, 'x'}, "1120"},
        {{'a' | 2u << 21, 'b' | 2u << 21, 0x4e00 | 2u << 21, 0x4e00 | 2u << 21}, "1111"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct grid_stored_cell stored[4] = {0};
        struct grid_cell cells[4];
        for (unsigned int k = 0; k < 4; k++)
            stored[k].glyph = rows[i].glyphs[k];
        assert_true(grid_write_line(both->memory, i, stored, 4, 1));
        assert_true(grid_read_line(&both->grid, i, cells, 4, NULL));
        for (unsigned int k = 0; k < 4; k++)
            assert_int_equal(cells[k].width, rows[i].widths[k] - '0');
        row_must_be_sound(cells, 4);
    }
}

/* A pane narrower than the line cuts a wide character in two: no half of it may come out. */
static void reader_cuts_no_wide_character_in_two(void **state)
{
    struct both *both = *state;
    const struct grid_stored_cell stored[2] = {{glyph(0x4e00, 2, 0), 0, 0}, {0, 0, 0}};
    struct grid_cell cells[2];
    assert_true(grid_write_line(both->memory, 0, stored, 2, 1));
    assert_true(grid_read_line(&both->grid, 0, cells, 1, NULL));
    assert_int_equal(cells[0].code, ' ');
    assert_int_equal(cells[0].width, 1);
}

static void title_is_printable_and_ends(void **state)
{
    struct both *both = *state;
    struct grid_stored_state stored = {.columns = 80, .rows = 24, .title_length = 0xffffffff};
    struct grid_state read;
    memset(stored.title, '\x1b', sizeof(stored.title));
    memcpy(stored.title, "a\xc3\xa9\x07\xe2\x80\xae\xc3", 8);
    grid_write_state(both->memory, &stored);
    assert_true(grid_read_state(&both->grid, &read));
    state_must_be_sound(&read);
    read.title[7] = '\0';
    assert_string_equal(read.title, "a\xc3\xa9????");
}

static void state_is_in_bounds_whatever_is_stored(void **state)
{
    struct both *both = *state;
    unsigned int seed = 1;
    for (int round = 0; round < 20000; round++) {
        struct grid_stored_state stored;
        struct grid_state read;
        unsigned char *bytes = (unsigned char *)&stored;
        for (size_t i = 0; i < sizeof(stored); i++)
            bytes[i] = (unsigned char)(rand_r(&seed) >> 4);
        grid_write_state(both->memory, &stored);
        assert_true(grid_read_state(&both->grid, &read));
        state_must_be_sound(&read);
    }
}

static void rows_are_sound_whatever_is_stored(void **state)
{
    struct both *both = *state;
    unsigned int seed = 2;
    uint32_t *words = (uint32_t *)both->memory;
    for (size_t i = 2; i < sizeof(*both->memory) / sizeof(*words); i++)
        words[i] = (uint32_t)rand_r(&seed) * 2654435761u;
    for (uint64_t slot = 0; slot < GRID_LINES; slot++) {
        struct grid_cell cells[GRID_COLUMNS_MAX + 8];
        uint64_t number = both->memory->lines[slot].number;
        both->memory->lines[slot].number = number = number - number % GRID_LINES + slot;
        (void)grid_read_line(&both->grid, number, cells, GRID_COLUMNS_MAX + 8, NULL);
        row_must_be_sound(cells, GRID_COLUMNS_MAX);
    }
}

/* A writer that dies in the middle leaves an odd sequence for ever. */
static void reader_does_not_wait_for_a_dead_writer(void **state)
{
    struct both *both = *state;
    struct grid_state read;
    struct grid_cell cells[80];
    both->memory->state.sequence = 3;
    both->memory->lines[0].sequence = 3;
    assert_false(grid_read_state(&both->grid, &read));
    state_must_be_sound(&read);
    (void)grid_read_line(&both->grid, 0, cells, 80, NULL);
    row_must_be_sound(cells, 80);
}

/* ---- at the same time ------------------------------------------------------------------- */

struct scribbler {
    struct grid_memory *memory;
    bool stop;
};

static void *scribble(void *data)
{
    struct scribbler *scribbler = data;
    uint32_t *words = (uint32_t *)scribbler->memory;
    unsigned int seed = 3;
    while (!__atomic_load_n(&scribbler->stop, __ATOMIC_RELAXED)) {
        uint32_t value = (uint32_t)rand_r(&seed) * 2654435761u;
        __atomic_store_n(&words[2 + value % 64], value * 7, __ATOMIC_RELAXED); /* the state */
        struct grid_stored_line *line = &scribbler->memory->lines[value % 4];
        __atomic_store_n(&line->columns, value, __ATOMIC_RELAXED);
        __atomic_store_n(&line->sequence, value & 6, __ATOMIC_RELAXED);
        for (unsigned int i = 0; i < 64; i++)
            __atomic_store_n(&scribbler->memory->cells[value % 8][value % 4][i].glyph,
                             value * (i + 1), __ATOMIC_RELAXED);
    }
    return NULL;
}

static void reader_stands_a_writer_that_scribbles_meanwhile(void **state)
{
    struct both *both = *state;
    struct scribbler scribbler = {.memory = both->memory};
    struct grid_cell cells[GRID_COLUMNS_MAX];
    pthread_t thread;
    for (uint64_t number = 0; number < 4; number++) {
        both->memory->lines[number].number = number;
        both->memory->lines[number].generation = 1;
    }
    assert_int_equal(pthread_create(&thread, NULL, scribble, &scribbler), 0);
    for (int round = 0; round < 20000; round++) {
        struct grid_state read;
        (void)grid_read_state(&both->grid, &read);
        state_must_be_sound(&read);
        (void)grid_read_line(&both->grid, (uint64_t)round % 4, cells, GRID_COLUMNS_MAX, NULL);
        row_must_be_sound(cells, GRID_COLUMNS_MAX);
    }
    __atomic_store_n(&scribbler.stop, true, __ATOMIC_RELAXED);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* An honest writer that never rests: a line that was read whole is of one piece. */
static void *rewrite(void *data)
{
    struct scribbler *scribbler = data;
    struct grid_stored_cell cells[200];
    for (uint32_t round = 1; !__atomic_load_n(&scribbler->stop, __ATOMIC_RELAXED); round++) {
        for (size_t i = 0; i < 200; i++)
            cells[i] = (struct grid_stored_cell){glyph('a' + round % 26, 1, 0), 0, 0};
        (void)grid_write_line(scribbler->memory, 0, cells, 200, round);
        usleep(20);
    }
    return NULL;
}

static void reader_gets_lines_of_one_piece(void **state)
{
    struct both *both = *state;
    struct scribbler scribbler = {.memory = both->memory};
    pthread_t thread;
    int torn = 0, pieces = 0;
    assert_int_equal(pthread_create(&thread, NULL, rewrite, &scribbler), 0);
    /* The writer's thread may start late: go on until enough was read, for ten seconds at most. */
    time_t end = time(NULL) + 10;
    while (pieces < 5000 && time(NULL) < end) {
        struct grid_cell cells[200];
        uint64_t generation;
        if (!grid_read_line(&both->grid, 0, cells, 200, &generation) || !generation)
            continue;
        pieces++;
        for (size_t i = 1; i < 200; i++)
            torn += cells[i].code != cells[0].code;
    }
    __atomic_store_n(&scribbler.stop, true, __ATOMIC_RELAXED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(torn, 0);
    assert_true(pieces > 0);
}

#define grid_test(test) cmocka_unit_test_setup_teardown(test, both_setup, both_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        grid_test(grid_cannot_shrink_or_grow),
        cmocka_unit_test(grid_map_refuses_files_that_could_shrink),
        grid_test(grid_map_refuses_another_size_and_version),
        grid_test(grid_reader_descriptor_cannot_be_written),
        grid_test(lines_come_out_as_they_were_written),
        grid_test(reader_replaces_what_may_not_be_shown),
        grid_test(reader_makes_widths_fit),
        grid_test(reader_cuts_no_wide_character_in_two),
        grid_test(title_is_printable_and_ends),
        grid_test(state_is_in_bounds_whatever_is_stored),
        grid_test(rows_are_sound_whatever_is_stored),
        grid_test(reader_does_not_wait_for_a_dead_writer),
        grid_test(reader_stands_a_writer_that_scribbles_meanwhile),
        grid_test(reader_gets_lines_of_one_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
