/* view: one of the things that the tabs open, as a struct of functions (views/NAME.c ends in one).
 * The loop knows only this.
 *
 * To add a view:
 *  1. write views/NAME.c with `const struct view_ops view_NAME = { .name = "Name", .digit = 4, .. };`
 *  2. name it in views.c (view_namespaces, view_containers, view_compare and view_panes are there);
 *  3. keys of its own: a context in keymap.h, rows in keymap.c.
 * The frame round it (title, tabs, rule, about, hint, function bar) is drawn by frame.c from what
 * the functions below answer. Every function but draw may be null. All run on the loop's thread and
 * must not block: no /proc, no waiting for a child.
 */
#ifndef NSTUI_UI_VIEW_H
#define NSTUI_UI_VIEW_H

#include "draw.h"
#include "keymap.h"
#include "nstui/base.h"
#include "thing.h"

struct app;
struct view;

/* What stands below the content: a rule with words, then sentences about the selected thing. */
struct about {
    char left[160];   /* words of the rule: the selected thing's name, "uts:[4026532561] of lab8" */
    char right[96];   /* "rows 1-16 of 19" */
    struct text text; /* 1 to 4 sentences; wrapped to the width; '\n' begins a new line */
    int rows; /* lines kept for them, 2 where the view says nothing; 0: none; -1: no rule either. One
                 below 60 columns.
                 Keep it steady, else the content jumps while the cursor moves. */
};

struct view_ops {
    const char *name;         /* "Namespaces", as in the tabs */
    int digit;                /* its number key */
    enum key_context context; /* of its keymap, unless context_now answers */

    /* Makes view->data at the first visit; close frees it at the end of the program. */
    int (*open)(struct view *view, struct err *err);
    void (*close)(struct view *view);
    /* The view comes on the screen, goes from it. */
    void (*shown)(struct view *view);
    void (*hidden)(struct view *view);

    /* Draws the content into box (blanked already). */
    void (*draw)(struct view *view, struct box box);
    /* The rule and the sentences; null: no rule, the content goes down to the hint line. Is asked
     * before draw, so set rows without looking at what was drawn. */
    void (*about)(struct view *view, struct about *about);
    /* Line 23: what to press next, most likely first, keys between backquotes:
     * "`Enter` open  `J` join". */
    void (*hint)(struct view *view, struct text *hint);
    /* Line 24, written as the hint is; null: made from the keymap. */
    void (*bar)(struct view *view, struct text *bar);
    /* Instead of the tabs in line 2, for a page inside the view: "Namespaces > uts:[4026532561]".
     * False: the tabs. */
    bool (*crumbs)(struct view *view, char *text, size_t size);
    /* Where the terminal's own cursor stands; false: it is hidden. Asked after draw. */
    bool (*cursor)(struct view *view, int *row, int *column);

    /* The thing under the cursor, on which e x J K S a c m act. kind is THING_NONE already. */
    void (*thing)(struct view *view, struct thing *thing);

    /* Keys. raw_key is asked first, with every key; true: consumed, no request is made of it. Then
     * request with what the keymap says; true: done, else the app does what is everywhere the same
     * (views, help, menu, acts on the thing). */
    bool (*raw_key)(struct view *view, struct key key);
    bool (*request)(struct view *view, enum request request);
    /* True while every key belongs to a program inside (a pane typed into): Esc is not kept to wait
     * for a digit, and Ctrl-C, Ctrl-Z are keys as others. */
    bool (*wants_raw_keys)(struct view *view);
    /* The context now, where it changes (a pane watched, typed into); null: .context. */
    enum key_context (*context_now)(struct view *view);

    /* A newer snapshot or session list is in app->now; also called while not shown. */
    void (*on_snapshot)(struct view *view);
    /* Four times a second while shown. Returns true where the screen needs drawing. */
    bool (*on_tick)(struct view *view, int64_t now_ms);
    /* The screen has another size; draw is told by its box anyway. */
    void (*on_resize)(struct view *view, int rows, int columns);
    /* Sentences for `e` about what the cursor is on; false: the app explains view_ops.thing. */
    bool (*explain)(struct view *view, char *title, size_t size, struct text *text);
    /* The `nstui ..` line that shows the same (key y). False: none. */
    bool (*command)(struct view *view, struct text *line);
};

struct view {
    const struct view_ops *ops;
    struct app *app;
    void *data; /* the view's own */
    bool is_open;
};

#define VIEWS_MAX 9

/* All views there are, in the order of their digits; count in *count. views.c */
struct view *views_all(struct app *app, size_t *count);

#endif
