/* list: a cursor over rows that do not all fit. Knows numbers only; who draws the rows, and what they
 * are, is the view's business. */
#ifndef NSTUI_UI_WIDGETS_LIST_H
#define NSTUI_UI_WIDGETS_LIST_H

#include "../keymap.h"

struct list {
    int count;  /* rows there are */
    int cursor; /* the one the cursor is on */
    int top;    /* the first that is shown */
    int rows;   /* rows that fit; set by list_fit */
};

/* Sets count and rows that fit, keeps cursor and top inside. Call before drawing. */
void list_fit(struct list *list, int count, int rows);

/* Moves on REQ_UP .. REQ_LAST. False where the request is none of those. */
bool list_request(struct list *list, enum request request);

/* Puts the cursor on a row and brings it into sight. */
void list_move(struct list *list, int row);

/* "rows 1-16 of 19"; "no rows". Returns text. */
char *list_position(const struct list *list, char *text, size_t size);

#endif
