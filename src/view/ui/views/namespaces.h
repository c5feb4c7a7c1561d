/* namespaces: what the files of the namespaces view share: its state, and the drawing of its list. */
#ifndef NSTUI_UI_NAMESPACES_H
#define NSTUI_UI_NAMESPACES_H

#include "../app.h"
#include "../widgets/list.h"
#include "detail.h"
#include "hostname.h"
#include "latest.h"
#include "namespaces_rows.h"

#define DETAIL_STACK 8
#define BESIDE_FROM  120 /* columns from which the detail stands beside the list */
#define LIST_BESIDE  85  /* columns of the list then */

struct namespaces {
    struct app *app;
    struct rows rows;
    struct list list;
    struct row cursor; /* the row the cursor is on: found again after each snapshot */
    uint64_t seen;     /* number of the snapshot whose changes were noted */

    struct detail beside;              /* from 120 columns: of the row under the cursor */
    struct detail pages[DETAIL_STACK]; /* opened one in another, by Enter */
    int depth;                         /* pages that are open */
    bool beside_focused;
    int detail_rows; /* that fit, from the last drawing */

    struct latest latest;
    struct hostname hostname; /* of the uts namespace under the cursor */

    char filter[256], find[256];
    struct row cursor_before; /* while a filter is typed: where Esc goes back to */
};

/* Draws the head and the rows. */
void namespaces_draw_list(struct namespaces *view, struct box box, bool focused);

/* ---- namespaces_cursor.c ---- */

/* The thing a row stands for. */
struct thing namespaces_thing(struct namespaces *view, const struct row *row);

/* Null where there is none. */
const struct row *namespaces_row(const struct namespaces *view);

/* The row of a key: its kind, type and inode, of a member its pid as count. False: it is not shown. */
bool namespaces_find_row(const struct namespaces *view, const struct row *key, int *found);

/* The rows anew; the cursor stays on its thing, or where that was. */
void namespaces_rebuild(struct namespaces *view);
/* After the cursor was moved. */
void namespaces_moved(struct namespaces *view);

/* Sentences about a row. */
void namespaces_about(struct namespaces *view, const struct row *row, struct about *about);

/* namespaces_search.c */
void namespaces_set_filter(struct namespaces *view, const char *text);
void namespaces_ask_filter(struct namespaces *view);
void namespaces_ask_find(struct namespaces *view);
void namespaces_find_again(struct namespaces *view, int step);
void namespaces_ask_order(struct namespaces *view);

#endif
