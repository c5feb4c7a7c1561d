/* form_box: a box with a form, a sentence or two on what will be, and the line of nstui that does it:
 * what the dialogs join and unshare have in common. The owner has the fields and the words; the line
 * that is shown is the one that runs. */
#ifndef NSTUI_UI_WIDGETS_FORM_BOX_H
#define NSTUI_UI_WIDGETS_FORM_BOX_H

#include "form.h"

struct form_box;

struct form_box_ops {
    const char *act;      /* what its first button does, as the bar and the hint say it: "join" */
    int sentences;        /* lines kept for the sentence */
    enum request request; /* runs it as well as F2 does; REQ_NONE: none */

    void (*title)(struct form_box *box, char *text, size_t size);
    void (*sentence)(struct form_box *box, struct text *text);
    /* The words of the line. */
    void (*words)(struct form_box *box, struct strings *words);
    /* Says in line 23 why it cannot be run as it is: false. May be null. */
    bool (*check)(struct form_box *box);
    /* A value has changed: sets errors of fields. May be null. */
    void (*changed)(struct form_box *box);
    command_done done;
};

/* The first of its two last fields, buttons both, runs it, the other leaves. It stays open until the
 * command has ended well. Freed by free() when it is closed: embed it first. */
struct form_box {
    struct app *app;
    struct dialog *dialog;
    const struct form_box_ops *ops;
    struct form_box_run *run; /* the command that is under way, or null */
    struct form form; /* fields, count, current, label_width, input_width, tick_note: the owner's */
    struct box fields; /* where they were drawn */
};

/* Opens it; box is the dialog's from here on. */
void form_box_open(struct app *app, struct form_box *box, const struct form_box_ops *ops);

#endif
