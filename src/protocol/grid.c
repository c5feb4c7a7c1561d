/* The grid's memory from both sides. The supervisor makes it, nstui-term writes it, dashboards read
 * it. A reader must never believe the memory: it loads each word once, and checks what it loaded.
 */
#include "nstui/grid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define GRID_SEALS           (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define GRID_TRIES           16 /* how often a reader looks again at what is being written */
#define GRID_LINE_NUMBER_MAX (1ULL << 62) /* keeps sums of line numbers from wrapping around */

/* ---- what may stand in a cell ---------------------------------------------------------- */

/* Code points that no cell may show: controls, signs of direction, signs without a width, marks
 * that say how the one before is drawn, and what is no character. */
static const struct {
    uint32_t from, to;
} unprintable[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x034f, 0x034f},   {0x061c, 0x061c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164}, {0xd800, 0xdfff}, {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool grid_code_is_printable(uint32_t code)
{
    if (code >= 0x20 && code < 0x7f)
        return true;
    if (code > 0x10ffff || (code & 0xfffe) == 0xfffe)
        return false;
    for (size_t i = 0; i < sizeof(unprintable) / sizeof(unprintable[0]); i++)
        if (code >= unprintable[i].from && code <= unprintable[i].to)
            return false;
    return true;
}

static uint16_t clamp(unsigned int value, unsigned int least, unsigned int most)
{
    return (uint16_t)(value < least ? least : value > most ? most : value);
}

uint16_t grid_clamp_columns(unsigned int columns)
{
    return clamp(columns, GRID_COLUMNS_MIN, GRID_COLUMNS_MAX);
}

uint16_t grid_clamp_rows(unsigned int rows)
{
    return clamp(rows, GRID_ROWS_MIN, GRID_ROWS_MAX);
}

/* ---- the supervisor's side ------------------------------------------------------------- */

int grid_create(unsigned int columns, unsigned int rows)
{
    int fd = memfd_create("nstui-grid", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
        fd = memfd_create("nstui-grid", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    const uint32_t start[2] = {GRID_MAGIC, GRID_VERSION};
    const struct grid_stored_state state = {
        .columns = grid_clamp_columns(columns),
        .rows = grid_clamp_rows(rows),
        .generation = 1,
        .cursor_visible = 1,
    };
    const off_t state_offset = (off_t)offsetof(struct grid_memory, state);
    if (ftruncate(fd, (off_t)GRID_SIZE_BYTES) < 0 ||
        pwrite(fd, start, sizeof(start), 0) != (ssize_t)sizeof(start) ||
        pwrite(fd, &state, sizeof(state), state_offset) != (ssize_t)sizeof(state) ||
        fcntl(fd, F_ADD_SEALS, GRID_SEALS) < 0) {
        int error = errno ? errno : EIO;
        (void)close(fd);
        return -error;
    }
    return fd;
}

int grid_open_reader(int fd)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int reader = open(path, O_RDONLY | O_CLOEXEC);
    return reader < 0 ? -errno : reader;
}

/* ---- both sides: mapping --------------------------------------------------------------- */

/* 0 where fd is of the right size and can neither shrink nor lose that seal. */
static int grid_check(int fd)
{
    struct stat status;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & GRID_SEALS) != GRID_SEALS)
        return -EINVAL;
    if (fstat(fd, &status) < 0)
        return -errno;
    return status.st_size == (off_t)GRID_SIZE_BYTES ? 0 : -EPROTO;
}

int grid_map(struct grid *grid, int fd)
{
    int result = grid_check(fd);
    if (result < 0)
        return result;
    void *memory = mmap(NULL, GRID_SIZE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    const volatile struct grid_memory *found = memory;
    if (found->magic != GRID_MAGIC || found->version != GRID_VERSION) {
        (void)munmap(memory, GRID_SIZE_BYTES);
        return -EPROTO;
    }
    grid->memory = memory;
    return 0;
}

void grid_unmap(struct grid *grid)
{
    if (grid->memory)
        (void)munmap((void *)grid->memory, GRID_SIZE_BYTES);
    grid->memory = NULL;
}

int grid_open_writer(int fd, struct grid_memory **memory)
{
    int result = grid_check(fd);
    if (result < 0)
        return result;
    void *mapped = mmap(NULL, GRID_SIZE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        return -errno;
    *memory = mapped;
    return 0;
}

/* ---- reading --------------------------------------------------------------------------- */

/* Loads each word exactly once. memcpy() would let the compiler load a word of the source again
 * after it was checked. Sizes are multiples of 4. */
static void copy_words(void *destination, const void *source, size_t size_bytes)
{
    uint32_t *to = destination;
    const volatile uint32_t *from = source;
    for (size_t i = 0; i < size_bytes / sizeof(*to); i++)
        to[i] = from[i];
}

/* One look at something under a sequence: true and its number where it is not being written. */
static bool sequence_start(const uint32_t *sequence, uint32_t *start)
{
    *start = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
    return (*start & 1) == 0;
}

static bool sequence_held(const uint32_t *sequence, uint32_t start)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(sequence, __ATOMIC_RELAXED) == start;
}

uint64_t grid_generation(const struct grid *grid)
{
    const volatile struct grid_memory *memory = grid->memory;
    return memory->state.generation;
}

/* The length of the well-formed UTF-8 character at bytes, 0 where there is none. */
static size_t utf8_decode(const unsigned char *bytes, size_t length, uint32_t *code)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t more = 0; more < 4 && more < length; more++) {
        if ((bytes[0] & forms[more].mask) != forms[more].lead)
            continue;
        uint32_t value = bytes[0] & (unsigned char)~forms[more].mask;
        for (size_t i = 1; i <= more; i++) {
            if ((bytes[i] & 0xc0) != 0x80)
                return 0;
            value = value << 6 | (bytes[i] & 0x3f);
        }
        *code = value;
        return value >= forms[more].least ? more + 1 : 0;
    }
    return 0;
}

/* Title bytes into a string of printable characters; never longer than what came. */
static void title_check(char title[GRID_TITLE_SIZE], const char *stored, uint32_t stored_length)
{
    size_t length = stored_length < GRID_TITLE_SIZE ? stored_length : GRID_TITLE_SIZE - 1;
    size_t used = 0;
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t size = utf8_decode((const unsigned char *)stored + i, length - i, &code);
        if (size && grid_code_is_printable(code)) {
            memcpy(title + used, stored + i, size);
            used += size;
        } else {
            title[used++] = '?';
        }
        i += size ? size : 1;
    }
    title[used] = '\0';
}

bool grid_read_state(const struct grid *grid, struct grid_state *state)
{
    const struct grid_stored_state *shared = &grid->memory->state;
    struct grid_stored_state copy;
    bool whole = false;
    for (int tries = 0; tries < GRID_TRIES && !whole; tries++) {
        uint32_t start;
        if (!sequence_start(&shared->sequence, &start) && tries + 1 < GRID_TRIES)
            continue;
        copy_words(&copy, shared, sizeof(copy));
        whole = (start & 1) == 0 && sequence_held(&shared->sequence, start);
    }
    *state = (struct grid_state){
        .generation = copy.generation,
        .first = copy.first,
        .top = copy.top % GRID_LINE_NUMBER_MAX,
        .columns = grid_clamp_columns(copy.columns),
        .rows = grid_clamp_rows(copy.rows),
        .cursor_visible = copy.cursor_visible == 1,
        .modes = copy.modes & GRID_MODES_ALL,
        .bells = copy.bells,
    };
    uint64_t end = state->top + state->rows;
    if (state->first > state->top)
        state->first = state->top;
    if (end - state->first > GRID_LINES)
        state->first = end - GRID_LINES;
    state->cursor_column = clamp(copy.cursor_column, 0, state->columns - 1u);
    state->cursor_row = clamp(copy.cursor_row, 0, state->rows - 1u);
    title_check(state->title, copy.title, copy.title_length);
    return whole;
}

uint64_t grid_line_generation(const struct grid *grid, uint64_t number)
{
    const volatile struct grid_stored_line *line = &grid->memory->lines[number % GRID_LINES];
    return line->number == number ? line->generation : 0;
}

static uint32_t color_check(uint32_t color)
{
    switch (color & GRID_COLOR_KIND) {
    case GRID_COLOR_INDEX:
        return color & (GRID_COLOR_KIND | 0xffu);
    case GRID_COLOR_RGB:
        return color;
    default:
        return GRID_COLOR_DEFAULT;
    }
}

/* One cell by itself; whether it fits its neighbours is the row's question. */
static struct grid_cell cell_check(const struct grid_stored_cell *stored)
{
    struct grid_cell cell = {
        .code = stored->glyph & GRID_GLYPH_CODE_MASK,
        .foreground = color_check(stored->foreground),
        .background = color_check(stored->background),
        .width = (uint8_t)(stored->glyph >> GRID_GLYPH_WIDTH_SHIFT & 3u),
        .attributes = (uint8_t)(stored->glyph >> GRID_GLYPH_ATTRIBUTES_SHIFT & GRID_ATTRIBUTES_ALL),
    };
    if (cell.width > 2)
        cell.width = 1;
    if (cell.width && !grid_code_is_printable(cell.code))
        cell.code = '?';
    if (cell.width == 2 && cell.code < 0x1100) /* nothing below Hangul is wide */
        cell.width = 1;
    return cell;
}

static void cell_blank(struct grid_cell *cell)
{
    cell->code = ' ';
    cell->width = 1;
}

static void row_check(struct grid_cell *cells, const struct grid_stored_cell *stored,
                      unsigned int columns)
{
    for (unsigned int i = 0; i < columns; i++)
        cells[i] = cell_check(&stored[i]);
    for (unsigned int i = 0; i < columns; i++) {
        bool pair = i + 1 < columns && cells[i + 1].width == 0;
        if (cells[i].width == 2 && pair) {
            cells[i + 1].code = 0;
            i++;
        } else if (cells[i].width != 1) {
            cell_blank(&cells[i]);
        }
    }
}

/* Copies a line's header and the first columns of its cells, as often as it takes (but not for
 * ever) for the two to belong together. Returns how many cells were copied. */
static unsigned int line_copy(const struct grid_memory *memory, unsigned int slot,
                              struct grid_stored_line *line, struct grid_stored_cell *cells,
                              unsigned int columns, bool *whole)
{
    const struct grid_stored_line *shared = &memory->lines[slot];
    unsigned int count = 0;
    *whole = false;
    for (int tries = 0; tries < GRID_TRIES && !*whole; tries++) {
        uint32_t start;
        if (!sequence_start(&shared->sequence, &start) && tries + 1 < GRID_TRIES)
            continue;
        copy_words(line, shared, sizeof(*line));
        count = line->columns < columns ? line->columns : columns;
        for (unsigned int at = 0; at < count; at += GRID_STRIP_COLUMNS) {
            unsigned int part = count - at < GRID_STRIP_COLUMNS ? count - at : GRID_STRIP_COLUMNS;
            copy_words(cells + at, memory->cells[at / GRID_STRIP_COLUMNS][slot],
                       part * sizeof(*cells));
        }
        *whole = (start & 1) == 0 && sequence_held(&shared->sequence, start);
    }
    return count;
}

bool grid_read_line(const struct grid *grid, uint64_t number, struct grid_cell *cells,
                    unsigned int columns, uint64_t *generation)
{
    struct grid_stored_line line;
    struct grid_stored_cell stored[GRID_COLUMNS_MAX];
    if (columns > GRID_COLUMNS_MAX)
        columns = GRID_COLUMNS_MAX;
    unsigned int slot = (unsigned int)(number % GRID_LINES);
    bool whole;
    unsigned int count = line_copy(grid->memory, slot, &line, stored, columns, &whole);
    bool there = line.generation != 0 && line.number == number;
    if (!there)
        count = 0;
    row_check(cells, stored, count);
    for (unsigned int i = count; i < columns; i++)
        cells[i] = (struct grid_cell){.code = ' ', .width = 1};
    if (generation)
        *generation = there && whole ? line.generation : 0;
    return there;
}

/* ---- writing --------------------------------------------------------------------------- */

static void sequence_write_start(uint32_t *sequence)
{
    __atomic_store_n(sequence, *sequence | 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static void sequence_write_end(uint32_t *sequence)
{
    __atomic_store_n(sequence, (*sequence | 1) + 1, __ATOMIC_RELEASE);
}

/* How many columns of a row are more than blanks of the default colours. */
static unsigned int row_used(const struct grid_stored_cell *cells, unsigned int columns)
{
    const uint32_t blank = ' ' | 1u << GRID_GLYPH_WIDTH_SHIFT;
    while (columns && cells[columns - 1].glyph == blank && !cells[columns - 1].foreground &&
           !cells[columns - 1].background)
        columns--;
    return columns;
}

static bool line_is(const struct grid_memory *memory, unsigned int slot, uint64_t number,
                    const struct grid_stored_cell *cells, unsigned int used)
{
    const struct grid_stored_line *line = &memory->lines[slot];
    if (!line->generation || line->number != number || line->columns != used)
        return false;
    for (unsigned int at = 0; at < used; at += GRID_STRIP_COLUMNS) {
        unsigned int part = used - at < GRID_STRIP_COLUMNS ? used - at : GRID_STRIP_COLUMNS;
        if (memcmp(memory->cells[at / GRID_STRIP_COLUMNS][slot], cells + at,
                   part * sizeof(*cells)) != 0)
            return false;
    }
    return true;
}

bool grid_write_line(struct grid_memory *memory, uint64_t number,
                     const struct grid_stored_cell *cells, unsigned int columns,
                     uint64_t generation)
{
    unsigned int slot = (unsigned int)(number % GRID_LINES);
    struct grid_stored_line *line = &memory->lines[slot];
    unsigned int used = row_used(cells, columns);
    if (line_is(memory, slot, number, cells, used))
        return false;
    sequence_write_start(&line->sequence);
    line->number = number;
    line->columns = used;
    line->generation = generation;
    for (unsigned int at = 0; at < used; at += GRID_STRIP_COLUMNS) {
        unsigned int part = used - at < GRID_STRIP_COLUMNS ? used - at : GRID_STRIP_COLUMNS;
        memcpy(memory->cells[at / GRID_STRIP_COLUMNS][slot], cells + at, part * sizeof(*cells));
    }
    sequence_write_end(&line->sequence);
    return true;
}

void grid_write_state(struct grid_memory *memory, const struct grid_stored_state *state)
{
    struct grid_stored_state *shared = &memory->state;
    const size_t after = sizeof(shared->sequence);
    sequence_write_start(&shared->sequence);
    memcpy((char *)shared + after, (const char *)state + after, sizeof(*shared) - after);
    sequence_write_end(&shared->sequence);
}
