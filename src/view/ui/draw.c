/* draw: roles to attributes, and the few shapes that every screen is made of. Called by the frame,
 * the views and the dialogs; never decides what is shown, and lets no byte through that could move
 * the terminal. */
#include "draw_private.h"

#include <curses.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE 4096

/* How a role looks: with colours, and in monochrome or under NO_COLOR. colour -1: the default. */
struct look {
    short colour;
    attr_t with_colour;
    attr_t monochrome;
};

static const struct look looks[ROLES] = {
    [ROLE_PLAIN] = {-1, A_NORMAL, A_NORMAL},
    [ROLE_HOST] = {-1, A_DIM, A_DIM},
    [ROLE_OWN] = {-1, A_BOLD, A_BOLD},
    [ROLE_HEAD] = {-1, A_DIM, A_NORMAL},
    [ROLE_TITLE] = {-1, A_BOLD, A_BOLD},
    [ROLE_TAB] = {-1, A_NORMAL, A_NORMAL},
    [ROLE_TAB_OPEN] = {-1, A_BOLD, A_BOLD},
    [ROLE_RULE] = {-1, A_DIM, A_NORMAL},
    [ROLE_RULE_FOCUSED] = {-1, A_BOLD, A_BOLD},
    [ROLE_KEY] = {-1, A_BOLD, A_BOLD},
    [ROLE_BAR] = {-1, A_REVERSE, A_REVERSE},
    [ROLE_GOOD] = {COLOR_GREEN, A_NORMAL, A_NORMAL},
    [ROLE_WRONG] = {COLOR_RED, A_BOLD, A_BOLD},
    [ROLE_WARN] = {COLOR_YELLOW, A_NORMAL, A_NORMAL},
    [ROLE_TAGGED] = {COLOR_YELLOW, A_BOLD, A_BOLD},
    [ROLE_BORN] = {COLOR_GREEN, A_NORMAL, A_NORMAL},
    [ROLE_DEAD] = {-1, A_DIM, A_DIM},
    [ROLE_INPUT] = {-1, A_UNDERLINE, A_UNDERLINE},
    [ROLE_NOT_NOW] = {-1, A_DIM, A_DIM},
    [ROLE_TYPE_FIRST + NS_MNT] = {COLOR_YELLOW, A_NORMAL, A_NORMAL},
    [ROLE_TYPE_FIRST + NS_UTS] = {COLOR_GREEN, A_NORMAL, A_NORMAL},
    [ROLE_TYPE_FIRST + NS_IPC] = {COLOR_CYAN, A_NORMAL, A_NORMAL},
    [ROLE_TYPE_FIRST + NS_PID] = {COLOR_MAGENTA, A_NORMAL, A_NORMAL},
    [ROLE_TYPE_FIRST + NS_NET] = {COLOR_BLUE, A_BOLD, A_NORMAL},
    [ROLE_TYPE_FIRST + NS_USER] = {COLOR_RED, A_NORMAL, A_NORMAL},
    [ROLE_TYPE_FIRST + NS_CGROUP] = {COLOR_WHITE, A_NORMAL, A_NORMAL},
    [ROLE_TYPE_FIRST + NS_TIME] = {-1, A_NORMAL, A_NORMAL},
};

static bool with_colours;

void draw_begin(bool colours_allowed, bool utf8)
{
    draw_text_begin(utf8);
    with_colours = false;
    if (!colours_allowed || !has_colors() || start_color() == ERR)
        return;
    /* A terminal that cannot say "the default" gets black, which is what such terminals have. */
    short background = use_default_colors() == OK ? -1 : COLOR_BLACK;
    for (int role = 0; role < ROLES; role++)
        if (looks[role].colour >= 0 && role + 1 < COLOR_PAIRS)
            init_pair((short)(role + 1), looks[role].colour, background);
    with_colours = true;
}

unsigned int draw_role_attributes(enum role role)
{
    bool on_cursor = ((unsigned int)role & ROLE_ON_CURSOR) != 0;
    unsigned int base = (unsigned int)role & ~(unsigned int)ROLE_ON_CURSOR;
    if (base >= ROLES)
        base = ROLE_PLAIN;
    attr_t attributes = with_colours ? looks[base].with_colour : looks[base].monochrome;
    if (with_colours && looks[base].colour >= 0)
        attributes |= (attr_t)COLOR_PAIR((int)base + 1);
    if (on_cursor) /* dim letters on a reversed row cannot be read on many terminals */
        attributes = (attributes & ~(attr_t)A_DIM) | A_REVERSE;
    return attributes;
}

/* ---- text ------------------------------------------------------------------------------ */

/* Writes bytes that are printable and fit. */
static void put(int row, int column, enum role role, const char *text)
{
    if (row < 0 || column < 0 || row >= LINES || column >= COLS)
        return;
    attr_t attributes = draw_role_attributes(role);
    attrset((int)attributes);
    mvaddstr(row, column, text);
    attrset(A_NORMAL);
}

static int fit(int column, int width)
{
    return width < COLS - column ? width : COLS - column;
}

int draw_text(int row, int column, int width, enum role role, const char *text)
{
    char line[LINE_SIZE];
    int columns = text_cut(line, sizeof(line), text, fit(column, width), draw_utf8());
    put(row, column, role, line);
    return columns;
}

int draw_textf(int row, int column, int width, enum role role, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    return draw_text(row, column, width, role, line);
}

int draw_text_right(int row, int column, int width, enum role role, const char *text)
{
    char line[LINE_SIZE];
    int columns = text_cut(line, sizeof(line), text, fit(column, width), draw_utf8());
    if (width > columns)
        draw_blank(row, column, width - columns, role);
    put(row, column + width - columns, role, line);
    return columns;
}

void draw_field(int row, int column, int width, enum role role, const char *text)
{
    int columns = draw_text(row, column, width, role, text);
    draw_blank(row, column + columns, width - columns, role);
}

void draw_blank(int row, int column, int width, enum role role)
{
    char blanks[512];
    int wide = fit(column, width);
    if (wide <= 0)
        return;
    if (wide >= (int)sizeof(blanks))
        wide = (int)sizeof(blanks) - 1;
    memset(blanks, ' ', (size_t)wide);
    blanks[wide] = '\0';
    put(row, column, role, blanks);
}

void draw_clear(struct box box)
{
    for (int row = 0; row < box.rows; row++)
        draw_blank(box.row + row, box.column, box.columns, ROLE_PLAIN);
}

/* Columns of a hint up to the next item, which begins where a key follows two blanks. */
static const char *hint_item_end(const char *text)
{
    const char *next = text[0] == '\0' ? NULL : strstr(text + 1, "  `");
    return next != NULL ? next + 2 : text + strlen(text);
}

/* Draws one item of a hint or bar; returns its columns. With width 0 it only measures. */
static int hint_item(int row, int column, const char *text, const char *end, enum role words,
                     bool measure)
{
    int columns = 0;
    bool is_key = false;
    while (text < end) {
        const char *stop = text;
        while (stop < end && *stop != '`')
            stop++;
        char part[256];
        snprintf(part, sizeof(part), "%.*s", (int)(stop - text), text);
        if (!measure)
            draw_text(row, column + columns, COLS, is_key ? ROLE_KEY : words, part);
        columns += text_columns(part);
        text = stop < end ? stop + 1 : stop;
        is_key = !is_key;
    }
    return columns;
}

int draw_hint(int row, int column, int width, const char *text)
{
    int columns = 0;
    while (*text != '\0') {
        const char *end = hint_item_end(text);
        const char *words_end = end;
        while (words_end > text && words_end[-1] == ' ')
            words_end--;
        if (columns + hint_item(row, 0, text, words_end, ROLE_PLAIN, true) > width)
            break;
        columns += hint_item(row, column + columns, text, words_end, ROLE_PLAIN, false);
        columns += (int)(end - words_end);
        text = end;
    }
    return columns;
}

int draw_bar(int row, int column, int width, const char *text)
{
    int columns = 0;
    while (*text != '\0') { /* "`F1`Help `F2`Create" or with two blanks */
        const char *end = text[0] == '`' ? strchr(text + 1, '`') : text;
        end = end != NULL ? strchr(end + 1, '`') : NULL;
        if (end == NULL)
            end = text + strlen(text);
        const char *words_end = end;
        while (words_end > text && words_end[-1] == ' ')
            words_end--;
        if (columns + hint_item(row, 0, text, words_end, ROLE_BAR, true) > width)
            break;
        columns += hint_item(row, column + columns, text, words_end, ROLE_BAR, false);
        columns += (int)(end - words_end);
        text = end;
    }
    return columns;
}

/* ---- lines ----------------------------------------------------------------------------- */

struct line_signs {
    const char *across, *across_focused, *down, *top_left, *top_right, *bottom_left, *bottom_right;
};

static const struct line_signs ascii_signs = {"-", "=", "|", "+", "+", "+", "+"};
static const struct line_signs utf8_signs = {"\u2500", "\u2550", "\u2502", "\u250c",
                                             "\u2510", "\u2514", "\u2518"};

static const struct line_signs *line_signs(void)
{
    return draw_utf8() ? &utf8_signs : &ascii_signs;
}

static void draw_line(int row, int column, int width, enum role role, const char *sign)
{
    struct text line = {0};
    for (int i = 0; i < fit(column, width); i++)
        text_add(&line, sign);
    if (line.data != NULL)
        put(row, column, role, line.data);
    text_free(&line);
}

void draw_rule(int row, int column, int width, bool focused, const char *left, const char *right)
{
    enum role role = focused ? ROLE_RULE_FOCUSED : ROLE_RULE;
    enum role words = focused ? ROLE_RULE_FOCUSED : ROLE_PLAIN;
    const struct line_signs *signs = line_signs();
    draw_line(row, column, width, role, focused ? signs->across_focused : signs->across);
    int right_columns = right != NULL && *right != '\0' ? text_columns(right) + 4 : 0;
    int left_width = width - 4;
    if (right_columns + 12 > width)
        right_columns = 0;
    left_width -= right_columns;
    if (left != NULL && *left != '\0' && left_width > 2) {
        draw_text(row, column + 2, 1, words, " ");
        int taken = draw_text(row, column + 3, left_width - 1, words, left);
        draw_text(row, column + 3 + taken, 1, words, " ");
    }
    if (right_columns > 0) {
        int start = column + width - right_columns;
        draw_text(row, start, 1, words, " ");
        draw_text(row, start + 1, right_columns - 4, words, right);
        draw_text(row, start + right_columns - 3, 1, words, " ");
    }
}

void draw_rule_down(int row, int column, int rows)
{
    for (int i = 0; i < rows; i++)
        put(row + i, column, ROLE_RULE, line_signs()->down);
}

struct box draw_border(struct box box, bool focused, const char *title)
{
    const struct line_signs *signs = line_signs();
    enum role role = focused ? ROLE_RULE_FOCUSED : ROLE_RULE;
    int bottom = box.row + box.rows - 1;
    int right = box.column + box.columns - 1;
    draw_clear(box);
    draw_line(box.row, box.column, box.columns, role, signs->across);
    draw_line(bottom, box.column, box.columns, role, signs->across);
    for (int row = box.row + 1; row < bottom; row++) {
        put(row, box.column, role, signs->down);
        put(row, right, role, signs->down);
    }
    put(box.row, box.column, role, signs->top_left);
    put(box.row, right, role, signs->top_right);
    put(bottom, box.column, role, signs->bottom_left);
    put(bottom, right, role, signs->bottom_right);
    if (title != NULL && *title != '\0' && box.columns > 8) {
        draw_text(box.row, box.column + 2, 1, ROLE_TITLE, " ");
        int taken = draw_text(box.row, box.column + 3, box.columns - 6, ROLE_TITLE, title);
        draw_text(box.row, box.column + 3 + taken, 1, ROLE_TITLE, " ");
    }
    return (struct box){box.row + 1, box.column + 2, box.rows - 2, box.columns - 4};
}

struct box box_centre(struct box screen, int rows, int columns)
{
    if (rows > screen.rows)
        rows = screen.rows;
    if (columns > screen.columns)
        columns = screen.columns;
    return (struct box){screen.row + (screen.rows - rows) / 2,
                        screen.column + (screen.columns - columns) / 2, rows, columns};
}

struct box draw_page_title(struct box page, const char *left, const char *right)
{
    int taken = draw_text(page.row, page.column + 1, page.columns - 2, ROLE_TITLE, left);
    if (right != NULL && taken + text_columns(right) + 4 < page.columns)
        draw_text_right(page.row, page.column + taken + 1, page.columns - taken - 2, ROLE_PLAIN,
                        right);
    return (struct box){page.row + 1, page.column, page.rows - 1, page.columns};
}
