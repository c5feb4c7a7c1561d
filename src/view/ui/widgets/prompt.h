/* prompt: one line asked in line 23: filter, find, a file's name. */
#ifndef NSTUI_UI_WIDGETS_PROMPT_H
#define NSTUI_UI_WIDGETS_PROMPT_H

#include "../app.h"

/* All strings are copied. */
struct prompt {
    const char *label; /* "Filter" */
    const char *text;  /* to begin with; null: empty */
    const char *hint;  /* at the right, "`Enter` keep it  `Esc` show all again" */
    /* While typing, and with the text at the end: kept by Enter, left by Esc. Either may be null.
     * changed gets the text so far; done gets kept false for Esc. */
    void (*changed)(struct app *app, void *data, const char *text);
    void (*done)(struct app *app, void *data, const char *text, bool kept);
    void *data; /* yours; must live until done */
};

void prompt_open(struct app *app, const struct prompt *prompt);

#endif
