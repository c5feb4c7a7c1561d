/* pane_draw: a grid's cells as cells of curses. The only place where what a container wrote reaches
 * the screen: each code point was checked by nstui/grid.h, and here again against what this locale
 * can show and how wide it is on it. */
#include "colors.h"
#include "pane.h"

#include <string.h>
#include <wchar.h>

/* ---- one cell -------------------------------------------------------------------------- */

static attr_t cell_attributes(uint8_t attributes)
{
    static const struct {
        uint8_t bit;
        attr_t attribute;
    } map[] = {
        {GRID_BOLD, A_BOLD},           {GRID_FAINT, A_DIM},       {GRID_ITALIC, A_ITALIC},
        {GRID_UNDERLINE, A_UNDERLINE}, {GRID_INVERSE, A_REVERSE}, {GRID_BLINK, A_BOLD},
    };
    attr_t all = A_NORMAL;
    for (size_t i = 0; i < array_length(map); i++)
        if (attributes & map[i].bit)
            all |= map[i].attribute;
    return all;
}

/* Where the locale is ASCII: lines as - | +, blocks as #, the rest '?'. */
static wchar_t ascii_of(uint32_t code)
{
    if (code >= 0x2500 && code <= 0x257f) {
        static const uint32_t across[] = {0x2500, 0x2501, 0x2504, 0x2505, 0x2508, 0x2509,
                                          0x254c, 0x254d, 0x2550, 0x2574, 0x2576, 0x2578};
        static const uint32_t down[] = {0x2502, 0x2503, 0x2506, 0x2507, 0x250a, 0x250b,
                                        0x254e, 0x254f, 0x2551, 0x2575, 0x2577, 0x2579};
        for (size_t i = 0; i < array_length(across); i++)
            if (code == across[i] || code == down[i])
                return code == across[i] ? L'-' : L'|';
        return L'+';
    }
    if (code >= 0x2580 && code <= 0x259f)
        return L'#';
    if (code == 0xa0)
        return L' ';
    return L'?';
}

/* The sign that takes exactly the cell's width here. Returns false where it is a stand-in of one
 * column for a cell of two. */
static bool cell_sign(const struct grid_cell *cell, bool utf8, wchar_t *sign)
{
    *sign = (wchar_t)cell->code;
    if (cell->code < 0x7f)
        return cell->width == 1;
    if (!utf8)
        *sign = ascii_of(cell->code);
    else if (wcwidth(*sign) == cell->width)
        return true;
    else
        *sign = L'?';
    return cell->width == 1;
}

static void put(cchar_t *to, wchar_t sign, const struct grid_cell *cell)
{
    const wchar_t text[2] = {sign, L'\0'};
    struct color_look look = color_find(cell->foreground, cell->background);
    setcchar(to, text, cell_attributes(cell->attributes) | look.attributes, look.pair, NULL);
}

/* ---- the picture ----------------------------------------------------------------------- */

/* How many of the grid's rows are above the picture, where the grid is the larger one: the cursor's
 * row must be in it. */
static int rows_above(const struct pane *pane, int rows)
{
    int above = (int)pane->state.cursor_row - rows + 1;
    return pane->is_scrolled || above < 0 ? 0 : above;
}

static void draw_line(const struct grid_cell *cells, int columns, int row, int column)
{
    cchar_t line[GRID_COLUMNS_MAX];
    int used = 0;
    bool utf8 = draw_utf8();
    for (int i = 0; i < columns; i++) {
        wchar_t sign;
        if (cells[i].width == 0)
            continue;
        bool fits = cell_sign(&cells[i], utf8, &sign);
        put(&line[used++], sign, &cells[i]);
        if (!fits)
            put(&line[used++], L' ', &cells[i]);
    }
    mvadd_wchnstr(row, column, line, used);
}

void pane_draw(const struct pane *pane, struct box box)
{
    struct grid_cell cells[GRID_COLUMNS_MAX];
    if (pane->grid.memory == NULL || box.columns <= 0)
        return;
    int columns = box.columns < pane->state.columns ? box.columns : pane->state.columns;
    uint64_t top = pane_top(pane) + (uint64_t)rows_above(pane, box.rows);
    uint64_t end = pane->state.top + pane->state.rows;
    /* What was written while the terminal was wider stays to be read when scrolled back. */
    if (pane->is_scrolled)
        columns = box.columns < GRID_COLUMNS_MAX ? box.columns : GRID_COLUMNS_MAX;
    for (int row = 0; row < box.rows && top + (uint64_t)row < end; row++) {
        (void)grid_read_line(&pane->grid, top + (uint64_t)row, cells, (unsigned int)columns, NULL);
        draw_line(cells, columns, box.row + row, box.column);
    }
}

bool pane_cursor(const struct pane *pane, struct box box, int *row, int *column)
{
    if (pane->grid.memory == NULL || !pane->state.cursor_visible || pane->is_scrolled)
        return false;
    *row = box.row + (int)pane->state.cursor_row - rows_above(pane, box.rows);
    *column = box.column + (int)pane->state.cursor_column;
    return *row < box.row + box.rows && *column < box.column + box.columns;
}
