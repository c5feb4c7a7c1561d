/* One terminal: libtsm's screen and state machine, and what of it goes into the grid. main.c calls
 * it. It must hold the guards that libtsm needs: never below 2 columns, no wide character in the
 * last one, code points that are none replaced, the scrollback cleared before the last unref.
 *
 * Scrollback. libtsm keeps the lines that left its screen and does not tell how many they are. At
 * each publication they are moved into the grid's ring, the oldest first, and libtsm's are cleared.
 * Where they end and the screen begins is seen by the address of a row's first cell: libtsm hands
 * the draw function a pointer into the cell itself. */
#include "term.h"

#include <libtsm.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT_CODE 0xfffdu
#define FLOOD_LINES                                                                                \
    1024u /* of 160 columns: 5 MB, which still fits caches; 2048 take half as long again */
#define OLDEST 1000000u /* scrolls back further than any scrollback goes */

/* ---- out of libtsm --------------------------------------------------------------------- */

/* What one draw collects: the rows of a page, scrollback on top of screen. */
struct page {
    unsigned int cursor_column, cursor_row; /* of the screen, not of the page */
    bool cursor_visible;
    bool plain; /* no scrollback in it: the cursor's mark is at its place */
    const uint32_t *row_cell[GRID_ROWS_MAX];
    struct grid_stored_cell cells[GRID_ROWS_MAX][GRID_COLUMNS_MAX];
};

struct terminal {
    struct tsm_screen *tsm;
    struct tsm_vte *vte;
    struct vet vet;
    struct grid_memory *memory;
    struct grid_stored_state state; /* what the grid will hold next */
    void (*reply)(const char *bytes, size_t length);
    unsigned int kept; /* how many lines libtsm keeps for us between two drains */
    struct page page;  /* the screen as it was last drawn */
    struct page back;  /* a page of scrollback on its way into the grid */
};

static uint32_t color_store(int8_t code, uint8_t red, uint8_t green, uint8_t blue)
{
    if (code >= 0)
        return code < 16 ? GRID_COLOR_INDEX | (uint32_t)code : GRID_COLOR_DEFAULT;
    return GRID_COLOR_RGB | (uint32_t)red << 16 | (uint32_t)green << 8 | blue;
}

static uint32_t attributes_store(const struct tsm_screen_attr *attr, bool inverse)
{
    return (attr->bold ? GRID_BOLD : 0u) | (attr->italic ? GRID_ITALIC : 0u) |
           (attr->underline ? GRID_UNDERLINE : 0u) | (inverse ? GRID_INVERSE : 0u) |
           (attr->blink ? GRID_BLINK : 0u);
}

static int page_draw(struct tsm_screen *tsm, uint64_t id, const uint32_t *ch, size_t len,
                     unsigned int width, unsigned int x, unsigned int y,
                     const struct tsm_screen_attr *attr, tsm_age_t age, void *data)
{
    struct page *page = data;
    (void)tsm;
    (void)id;
    (void)age;
    if (x >= GRID_COLUMNS_MAX || y >= GRID_ROWS_MAX)
        return 0;
    if (x == 0)
        page->row_cell[y] = ch;
    uint32_t code = len ? ch[0] : ' ';
    if (code != ' ' && !grid_code_is_printable(code))
        code = REPLACEMENT_CODE;
    /* libtsm draws the cursor by turning its cell's colours round. */
    bool cursor =
        page->plain && page->cursor_visible && x == page->cursor_column && y == page->cursor_row;
    bool inverse = (attr->inverse != 0) != cursor;
    page->cells[y][x] = (struct grid_stored_cell){
        .glyph = code | (width & 3u) << GRID_GLYPH_WIDTH_SHIFT |
                 attributes_store(attr, inverse) << GRID_GLYPH_ATTRIBUTES_SHIFT,
        .foreground = color_store(attr->fccode, attr->fr, attr->fg, attr->fb),
        .background = color_store(attr->bccode, attr->br, attr->bg, attr->bb),
    };
    return 0;
}

/* Widths that do not fit each other come from halves that were written over: made blanks. */
static void row_settle(struct grid_stored_cell *cells, unsigned int columns)
{
    const uint32_t width_mask = 3u << GRID_GLYPH_WIDTH_SHIFT;
    const uint32_t attribute_mask = 0xffu << GRID_GLYPH_ATTRIBUTES_SHIFT;
    for (unsigned int i = 0; i < columns; i++) {
        uint32_t width = (cells[i].glyph & width_mask) >> GRID_GLYPH_WIDTH_SHIFT;
        if (width == 2 && i + 1 < columns && !(cells[i + 1].glyph & width_mask)) {
            cells[i + 1].glyph &= attribute_mask;
            i++;
        } else if (width != 1) {
            cells[i].glyph = (cells[i].glyph & attribute_mask) | ' ' | 1u << GRID_GLYPH_WIDTH_SHIFT;
        }
    }
}

static void page_take(const struct terminal *terminal, struct page *page, bool plain)
{
    page->plain = plain;
    page->cursor_column = terminal->state.cursor_column;
    page->cursor_row = terminal->state.cursor_row;
    page->cursor_visible = terminal->state.cursor_visible != 0;
    (void)tsm_screen_draw(terminal->tsm, page_draw, page);
    for (unsigned int row = 0; row < terminal->state.rows; row++)
        row_settle(page->cells[row], terminal->state.columns);
}

/* ---- into the grid --------------------------------------------------------------------- */

static void terminal_look(struct terminal *terminal)
{
    unsigned int column = tsm_screen_get_cursor_x(terminal->tsm);
    unsigned int row = tsm_screen_get_cursor_y(terminal->tsm);
    unsigned int flags = tsm_screen_get_flags(terminal->tsm);
    struct grid_stored_state *state = &terminal->state;
    state->columns = (uint16_t)tsm_screen_get_width(terminal->tsm);
    state->rows = (uint16_t)tsm_screen_get_height(terminal->tsm);
    state->cursor_column = (uint16_t)(column < state->columns ? column : state->columns - 1u);
    state->cursor_row = (uint16_t)(row < state->rows ? row : state->rows - 1u);
    state->cursor_visible = !(flags & TSM_SCREEN_HIDE_CURSOR);
    state->modes = terminal->vet.modes;
    if (flags & TSM_SCREEN_ALTERNATE)
        state->modes |= GRID_MODE_ALTERNATE_SCREEN;
    state->bells = terminal->vet.bells;
}

/* Where libtsm may have thrown lines away, what was moved before them no longer adjoins. */
static void terminal_check_gap(struct terminal *terminal, uint64_t before)
{
    if (terminal->state.top - before >= terminal->kept)
        terminal->state.first = before;
}

/* Moves libtsm's scrollback into the ring, but for the first skip lines of it. */
static void terminal_drain(struct terminal *terminal, unsigned int skip)
{
    const uint64_t before = terminal->state.top;
    const uint32_t *screen_cell = terminal->page.row_cell[0];
    const unsigned int rows = terminal->state.rows, columns = terminal->state.columns;
    struct page *back = &terminal->back;
    tsm_screen_sb_up(terminal->tsm, OLDEST);
    for (unsigned int moved = 0; moved <= GRID_LINES; moved += rows) {
        page_take(terminal, back, false);
        for (unsigned int row = 0; row < rows; row++) {
            if (back->row_cell[row] == screen_cell) {
                tsm_screen_clear_sb(terminal->tsm);
                terminal_check_gap(terminal, before);
                return;
            }
            if (skip)
                skip--;
            else
                (void)grid_write_line(terminal->memory, terminal->state.top++, back->cells[row],
                                      columns, terminal->state.generation);
        }
        tsm_screen_sb_down(terminal->tsm, rows);
    }
    tsm_screen_clear_sb(terminal->tsm);
}

static void terminal_collect(struct terminal *terminal, unsigned int skip)
{
    terminal_look(terminal);
    page_take(terminal, &terminal->page, true);
    terminal_drain(terminal, skip);
}

void terminal_publish(struct terminal *terminal, bool drain)
{
    struct grid_stored_state *state = &terminal->state;
    state->generation++;
    terminal_look(terminal);
    page_take(terminal, &terminal->page, true);
    if (drain)
        terminal_drain(terminal, 0);
    for (unsigned int row = 0; row < state->rows; row++)
        (void)grid_write_line(terminal->memory, state->top + row, terminal->page.cells[row],
                              state->columns, state->generation);
    uint64_t end = state->top + state->rows;
    if (end - state->first > GRID_LINES)
        state->first = end - GRID_LINES;
    grid_write_state(terminal->memory, state);
}

/* ---- from the child -------------------------------------------------------------------- */

static void terminal_text(void *data, const char *bytes, size_t length)
{
    struct terminal *terminal = data;
    tsm_vte_input(terminal->vte, bytes, length);
}

/* The program clears what was scrolled away (CSI 3 J, RIS). */
static void terminal_forget(void *data)
{
    struct terminal *terminal = data;
    terminal_collect(terminal, 0);
    terminal->state.first = terminal->state.top;
}

static void terminal_reply(struct tsm_vte *vte, const char *bytes, size_t length, void *data)
{
    const struct terminal *terminal = data;
    (void)vte;
    terminal->reply(bytes, length);
}

/* OSC 0 and 2 set the title. */
static void terminal_osc(struct tsm_vte *vte, const char *bytes, size_t length, void *data)
{
    struct terminal *terminal = data;
    (void)vte;
    if (length < 2 || (bytes[0] != '0' && bytes[0] != '2') || bytes[1] != ';')
        return;
    length -= 2;
    if (length > sizeof(terminal->state.title))
        length = sizeof(terminal->state.title);
    memset(terminal->state.title, 0, sizeof(terminal->state.title));
    memcpy(terminal->state.title, bytes + 2, length);
    terminal->state.title_length = (uint32_t)length;
}

void terminal_set_flood(struct terminal *terminal, bool flood)
{
    unsigned int kept = flood ? FLOOD_LINES : GRID_LINES;
    if (kept == terminal->kept)
        return;
    terminal->kept = kept;
    tsm_screen_set_max_sb(terminal->tsm, kept);
}

void terminal_feed(struct terminal *terminal, const char *bytes, size_t length)
{
    vet_feed(&terminal->vet, bytes, length);
}

void terminal_trim(struct terminal *terminal)
{
    (void)terminal;
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

/* ---- life ------------------------------------------------------------------------------ */

struct terminal *terminal_new(struct grid_memory *memory, unsigned int columns, unsigned int rows,
                              void (*reply)(const char *bytes, size_t length))
{
    struct terminal *terminal = calloc(1, sizeof(*terminal));
    if (!terminal)
        return NULL;
    terminal->memory = memory;
    terminal->reply = reply;
    terminal->state.generation = memory->state.generation;
    if (tsm_screen_new(&terminal->tsm, NULL, NULL) < 0 ||
        tsm_screen_resize(terminal->tsm, grid_clamp_columns(columns), grid_clamp_rows(rows)) < 0 ||
        tsm_vte_new(&terminal->vte, terminal->tsm, terminal_reply, terminal, NULL, NULL) < 0) {
        terminal_free(terminal);
        return NULL;
    }
    terminal->kept = GRID_LINES;
    tsm_screen_set_max_sb(terminal->tsm, terminal->kept);
    tsm_vte_set_osc_cb(terminal->vte, terminal_osc, terminal);
    const struct vet_sink sink = {
        .text = terminal_text, .forget = terminal_forget, .data = terminal};
    vet_start(&terminal->vet, &sink, grid_clamp_columns(columns));
    terminal_look(terminal);
    return terminal;
}

void terminal_free(struct terminal *terminal)
{
    if (terminal->tsm)
        tsm_screen_clear_sb(terminal->tsm); /* libtsm leaks it otherwise */
    tsm_vte_unref(terminal->vte);
    tsm_screen_unref(terminal->tsm);
    free(terminal);
}

/* libtsm makes a screen lower by scrolling its top rows away, even where the bottom ones are empty.
 * So first the rows below the cursor are pushed out at the bottom, as far as the new size wants,
 * and the blanks that came in at the top instead are what leaves; they are no lines of the child's.
 */
void terminal_resize(struct terminal *terminal, unsigned int columns, unsigned int rows)
{
    columns = grid_clamp_columns(columns);
    rows = grid_clamp_rows(rows);
    terminal_collect(terminal, 0);
    unsigned int blanks = 0;
    if (rows < terminal->state.rows) {
        unsigned int less = terminal->state.rows - rows, row = terminal->state.cursor_row;
        unsigned int scroll = row >= rows ? row - rows + 1 : 0;
        blanks = less - scroll;
        (void)tsm_screen_set_margins(terminal->tsm, 0, 0);
        tsm_screen_scroll_down(terminal->tsm, blanks);
        tsm_screen_move_down(terminal->tsm, blanks, false);
    }
    (void)tsm_screen_resize(terminal->tsm, columns, rows);
    terminal->vet.columns = columns;
    terminal_collect(terminal, blanks);
}
