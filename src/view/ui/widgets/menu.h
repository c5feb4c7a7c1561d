/* menu: rows to choose from, in a box; the menu of what can be done (x), a choice in a form, the
 * signals of kill. */
#ifndef NSTUI_UI_WIDGETS_MENU_H
#define NSTUI_UI_WIDGETS_MENU_H

#include "../app.h"

struct menu_row {
    const char *keys;  /* left, "J  F5"; null: none */
    const char *label; /* "Join.."; null: a line between groups */
    const char *note;  /* right, what it is, or the reason why not; null: none */
    bool refused;      /* dim; Enter on it shows the note as a message */
    wint_t key;        /* this letter chooses it at once; 0: none */
    int value;
};

/* Opens it; everything is copied. done is called once, after it is gone, with the value of the chosen
 * row, -1 where it was left. right: at the right edge, else in the middle. cursor: the row to begin
 * with. foot: last line of the box, null: none. */
void menu_open(struct app *app, const char *title, const struct menu_row *rows, size_t count,
               size_t cursor, bool right, const char *foot,
               void (*done)(struct app *app, void *data, int value), void *data);

#endif
