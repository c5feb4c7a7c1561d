/* doors: what the views, dialogs and pages offer to the table of doors.c, and to nobody else: views
 * ask for each other by app_open(). Each opens a dialog or a view, or says in line 23 why it cannot
 * (then it returns -1). They run on the loop; an act that changes the machine is always
 * app_command_run() of a line that the user has seen. */
#ifndef NSTUI_UI_DOORS_H
#define NSTUI_UI_DOORS_H

#include "app.h"
#include "thing.h"

/* views/create.c: the form. */
int dialog_create_open(struct app *app);
/* Frees the draft, at the end of the dashboard. */
void dialog_create_forget(struct app *app);

/* views/unshare.c: new namespaces only. */
int dialog_unshare_open(struct app *app);

/* views/again.c */
void session_start_again(struct app *app, const char *name);
void session_export_ask(struct app *app, const char *name);

/* views/join.c, kill.c: dialogs on a thing. */
int dialog_join_open(struct app *app, const struct thing *thing);
int dialog_kill_open(struct app *app, const struct thing *thing);
int dialog_stop_open(struct app *app, const struct thing *thing);
int dialog_remove_open(struct app *app, const struct thing *thing);

/* views/panes.c: the grid of a session in a pane; `typing`: keys go to it at once. Used by `a`, by
 * create and join after their command has made the session, and by ui_attach. */
int panes_open_session(struct app *app, const char *name, bool typing);
/* A new host shell in a pane. */
int panes_open_shell(struct app *app);

/* What a session has written so far, as a page. */
int log_open(struct app *app, const char *name);

/* views/trace.c: the calls that made a session. */
int trace_open(struct app *app, const char *name);

/* views/compare.c: left and right side; a thing of kind THING_NONE is the host. */
int compare_open(struct app *app, const struct thing *left, const struct thing *right);

/* views/containers.c: the cursor on this one. */
int containers_show(struct app *app, const char *name);

/* views/namespaces.c: the cursor on this namespace or process, its branch unfolded. */
int namespaces_show(struct app *app, const struct thing *thing);

/* ---- pages ----------------------------------------------------------------------------- */

void help_open(struct app *app, const struct thing *thing);         /* help.c */
void explain_open(struct app *app, const struct thing *thing);      /* explain.c */
void actions_menu_open(struct app *app, const struct thing *thing); /* actions.c */
void palette_open(struct app *app, const struct thing *thing);      /* palette.c */
void write_screen_open(struct app *app, const struct thing *thing); /* write_screen.c */
void no_root_open(struct app *app);                                 /* no_root.c */

/* ---- the table, doors.c ------------------------------------------------------------------ */

extern const struct door doors[];
extern const size_t doors_count;

#endif
