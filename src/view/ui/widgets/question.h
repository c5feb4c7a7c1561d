/* question: a box that tells what will happen and asks once. Its cursor starts on Cancel; the same
 * capital again, or a button's own letter, confirms. */
#ifndef NSTUI_UI_WIDGETS_QUESTION_H
#define NSTUI_UI_WIDGETS_QUESTION_H

#include "../app.h"

#define QUESTION_BUTTONS 3

struct question_button {
    wint_t key;        /* 'K' */
    const char *label; /* "Kill" */
};

/* All strings are copied. */
struct question {
    const char *title;   /* "Kill lab8?" */
    const char *text;    /* lines; '\n' ends one; wrapped to the box */
    const char *command; /* "sudo nstui kill lab8 KILL", shown above the buttons; null: none */
    struct question_button buttons[QUESTION_BUTTONS]; /* besides Cancel; key 0 ends */
    const char *hint;                                 /* line 23, null: made from the buttons */
    /* Called once, after the box is gone: index of the button, -1 for Cancel. data is freed by you
     * in it. */
    void (*done)(struct app *app, void *data, int button);
    void *data;
};

void question_open(struct app *app, const struct question *question);

#endif
