/* ui: the room of the screens. Its door is two functions; the rest is private to src/view/ui. */
#ifndef NSTUI_UI_H
#define NSTUI_UI_H

#include "nstui/base.h"

struct ui_options {
    int refresh_ms; /* between two looks at the machine; 0: 2000 */
};

/* Shows the dashboard on the terminal of stdin and stdout until the user leaves. The terminal is
 * restored on every way out, a signal and a crash included. Afterwards the containers that go on are
 * named on stdout. Returns 0, or -1 with err: not a terminal, a terminal that curses cannot drive. */
int ui_run(const struct ui_options *options, struct err *err);

/* The same, with the session's terminal in a pane from the start and its keys going to it. Leaving
 * the pane leaves the dashboard. An unknown name fails before the screen is touched. */
int ui_attach(const char *name, struct err *err);

#endif
