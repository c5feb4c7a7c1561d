/* panes_words: what the rules and bars of the panes say. */
#ifndef NSTUI_UI_VIEWS_PANES_WORDS_H
#define NSTUI_UI_VIEWS_PANES_WORDS_H

#include "../widgets/pane.h"

/* "2 lab8: bash, pid 2214 = 2 inside": what runs in it. Returns text. */
char *pane_words_left(const struct pane *pane, int number, char *text, size_t size);

/* "root, TYPING; ^A leaves", "root, watching", "exited, status 0"; fewer words on a rule of few
 * columns. Returns text. */
char *pane_words_right(const struct pane *pane, bool typing, int columns, char *text, size_t size);

/* "running", "exited, status 137 (KILL)". Returns text. */
char *pane_condition_words(const struct pane *pane, char *text, size_t size);

/* The session in the pane as a thing that one can act on. */
void pane_thing(const struct pane *pane, struct thing *thing);

/* Line 24: what may follow the prefix; what can be done while watching. */
void panes_bar_prefix(struct text *bar);
void panes_bar_watch(struct text *bar);

#endif
