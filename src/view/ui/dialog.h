/* dialog: a box, or a page, that stands over the view and has all keys until it is closed. Dialogs
 * stack. A question (widgets/question.h), a menu (widgets/menu.h), the create form, the help page.
 *
 * To add one:
 *     static const struct dialog_ops my_ops = { .context = CONTEXT_FORM, .draw = .., .. };
 *     app_dialog_open(app, &my_ops, data);        -- data is the dialog's from here on
 * and to end it, from anywhere:
 *     app_dialog_close(app, dialog);              -- calls ops->close, which frees data: touch
 *                                                    nothing of it afterwards
 * Every function but draw may be null.
 */
#ifndef NSTUI_UI_DIALOG_H
#define NSTUI_UI_DIALOG_H

#include "draw.h"
#include "keymap.h"
#include "nstui/base.h"

struct app;

struct dialog {
    const struct dialog_ops *ops;
    struct app *app;
    void *data; /* the dialog's own */
    struct dialog *below;
};

struct dialog_ops {
    enum key_context context; /* of its keymap */
    bool page;  /* takes lines 2 to 22 (its first line is its title, drawn by itself: see
                   draw_page_title) instead of a box in the middle */
    bool right; /* a box at the right edge, as the menu */
    bool line;  /* takes line 23 alone (widgets/prompt.h) */

    /* The size wanted for a box, border included; it gets at most what there is. */
    void (*size)(struct dialog *dialog, int screen_rows, int screen_columns, int *rows,
                 int *columns);
    /* The title in the border. */
    void (*title)(struct dialog *dialog, char *text, size_t size);
    /* Draws into the inside of the border, or into the page. */
    void (*draw)(struct dialog *dialog, struct box box);
    bool (*cursor)(struct dialog *dialog, int *row, int *column); /* as view_ops.cursor */
    void (*hint)(struct dialog *dialog, struct text *hint);       /* line 23 */
    void (*bar)(struct dialog *dialog, struct text *bar);         /* line 24 */

    /* What stands above the keys on the help page, of what the cursor is on. False: nothing. */
    bool (*explain)(struct dialog *dialog, char *title, size_t size, struct text *text);

    /* raw_key first, then request: as view_ops. What neither takes: REQ_LEAVE, REQ_BACK,
     * REQ_INTERRUPT close it, REQ_HELP opens the help of its context, all else is lost. */
    bool (*raw_key)(struct dialog *dialog, struct key key);
    bool (*request)(struct dialog *dialog, enum request request);

    void (*on_snapshot)(struct dialog *dialog);
    bool (*on_tick)(struct dialog *dialog, int64_t now_ms); /* true: draw again */
    void (*close)(struct dialog *dialog); /* frees data; never calls app_dialog_close */
};

/* The first line of a page: words at the left, words at the right. Returns the box below it. */
struct box draw_page_title(struct box page, const char *left, const char *right);

#endif
