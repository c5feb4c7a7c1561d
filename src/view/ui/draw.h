/* draw: everything that reaches the screen passes here. Callers name a role, never a colour or an
 * attribute, and give bytes that may be hostile: every text is made printable and cut to its width.
 * Coordinates are of the whole screen, from 0. Nothing here writes to the terminal: the loop does,
 * once a round, and curses writes only the cells that changed. */
#ifndef NSTUI_UI_DRAW_H
#define NSTUI_UI_DRAW_H

#include "nstui/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A rectangle of the screen. */
struct box {
    int row, column, rows, columns;
};

/* What a text is; draw.c knows how that looks in colours, in monochrome and under NO_COLOR. */
enum role {
    ROLE_PLAIN,
    ROLE_HOST,         /* of the host: dim */
    ROLE_OWN,          /* differs from the host: bold */
    ROLE_HEAD,         /* column titles */
    ROLE_TITLE,        /* line 1, titles of boxes */
    ROLE_TAB,          /* a view's name in line 2 */
    ROLE_TAB_OPEN,     /* the open one */
    ROLE_RULE,         /* a rule, a border */
    ROLE_RULE_FOCUSED, /* the rule or border of the part that has the keys */
    ROLE_KEY,          /* a key in the bar or a hint */
    ROLE_BAR,          /* its words */
    ROLE_GOOD,
    ROLE_WRONG,
    ROLE_WARN,
    ROLE_TAGGED,
    ROLE_BORN,
    ROLE_DEAD,
    ROLE_INPUT,      /* a field that is typed into */
    ROLE_NOT_NOW,    /* an act that cannot be done now, a reason */
    ROLE_TYPE_FIRST, /* + enum ns_type: the word of a type of namespace */
    ROLE_TYPE_LAST = ROLE_TYPE_FIRST + NS_TYPES - 1,
    ROLES,
    ROLE_ON_CURSOR = 1 << 8, /* or-ed to any role: the row under the cursor (reverse) */
};

/* The role of the word of a type. */
static inline enum role role_of_type(enum ns_type type)
{
    return (enum role)(ROLE_TYPE_FIRST + (int)type);
}

/* A role, on the row under the cursor or not. */
static inline enum role role_here(enum role role, bool under_cursor)
{
    return under_cursor ? (enum role)((unsigned int)role | ROLE_ON_CURSOR) : role;
}

/* Chooses attributes for the terminal that curses runs on; after initscr, before anything is drawn.
 * colours_allowed: false under NO_COLOR. utf8: the locale's character set is UTF-8. */
void draw_begin(bool colours_allowed, bool utf8);

/* True where the locale and so the screen speak UTF-8. */
bool draw_utf8(void);

/* The curses attributes of a role, for who draws cells himself (the grid). */
unsigned int draw_role_attributes(enum role role);

/* ---- text ------------------------------------------------------------------------------ */

/* Writes text at row, column in at most width columns; longer text is cut at its end with the sign
 * of cut text. Returns how many columns it took. */
int draw_text(int row, int column, int width, enum role role, const char *text);

int draw_textf(int row, int column, int width, enum role role, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* As draw_text, but against the right edge of the width columns. */
int draw_text_right(int row, int column, int width, enum role role, const char *text);

/* As draw_text, and fills the rest of the width with blanks of the same role. */
void draw_field(int row, int column, int width, enum role role, const char *text);

/* width blanks. */
void draw_blank(int row, int column, int width, enum role role);

/* Blanks a whole rectangle. */
void draw_clear(struct box box);

/* Words with keys in them: signs between two blanks-or-ends that are marked by ` are shown as keys:
 * "`Enter` open  `J` join". Returns the columns taken. */
int draw_hint(int row, int column, int width, const char *text);

/* ---- the pure part: text against columns ------------------------------------------------ */

/* Columns that a text takes on the screen after it was made printable. */
int text_columns(const char *text);

/* Copies text into destination, made printable and at most `columns` columns wide; cut text ends
 * with `~` or the ellipsis. Returns the columns that the result takes. */
int text_cut(char *destination, size_t size, const char *text, int columns, bool utf8);

/* As text_cut, for paths: takes the middle out ("/var/~/merged"). */
int text_cut_middle(char *destination, size_t size, const char *text, int columns, bool utf8);

/* Breaks text at blanks into lines of at most `columns` columns; '\n' begins a new line. Copies line
 * `index` into destination. Returns false where there is no such line. */
bool text_wrap(const char *text, int columns, int index, char *destination, size_t size);

/* How many lines text_wrap gives. */
int text_wrap_count(const char *text, int columns);

/* A count as LOOK 17 has it: plain below 10000, then 12k. Returns text. */
char *text_count(uint64_t count, char *text, size_t size);

/* A span in seconds: 9s 12m 5h10m 2d03h. Returns text. */
char *text_span(int64_t seconds, char *text, size_t size);

/* Bytes: 912 12K 3.1M 1.2G. Returns text. */
char *text_bytes(uint64_t bytes, char *text, size_t size);

/* ---- lines ------------------------------------------------------------------------------ */

/* A rule over width columns that carries words at its left and right (either may be "" or null). */
void draw_rule(int row, int column, int width, bool focused, const char *left, const char *right);

/* A vertical rule. */
void draw_rule_down(int row, int column, int rows);

/* A border round box (its outermost cells) with a title; the inside is blanked. Returns the inside,
 * one column of air at each side taken off. */
struct box draw_border(struct box box, bool focused, const char *title);

/* A rectangle of the wanted size, at most as large as screen, in the middle of it. */
struct box box_centre(struct box screen, int rows, int columns);

#endif
