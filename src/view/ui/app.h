/* app: the dashboard while it runs: what was seen last, what is open, and the few things that views
 * and dialogs ask of it. One thread, one libuv loop; whoever works here must not block it. */
#ifndef NSTUI_UI_APP_H
#define NSTUI_UI_APP_H

#include "dialog.h"
#include "nstui/base.h"
#include "nstui/discovery.h"
#include "nstui/model.h"
#include "nstui/state.h"
#include "thing.h"
#include "view.h"

#include <uv.h>

struct screen;
struct create;
struct look_request;

enum message_kind { MESSAGE_NONE, MESSAGE_RESULT, MESSAGE_ERROR };

/* Something that can be opened or done from everywhere: by a key, a row of the menu or the palette,
 * from another view. doors.c has the table of them, so that no view needs to know another. */
struct door {
    enum request request;
    void (*open)(struct app *app, const struct thing *thing);
    /* Why it cannot be done to a thing now ("not now: lab8 is running"), in text; null: it can. May
     * itself be null. */
    const char *(*refuse)(struct app *app, enum request request, const struct thing *thing,
                          char *text, size_t size);
};

struct app {
    uv_loop_t *loop; /* add your own uv handles to it; close them in your close function */

    /* What is known. Borrowed for the time of a call: keep a struct thing, not a pointer. All
     * four may be null before the first look. */
    const struct snapshot *now;
    const struct snapshot *before;
    const struct snapshot_diff *diff;    /* from before to now; null where there is no before */
    const struct session_list *sessions; /* ours, running or exited */

    bool frozen;                 /* z: now stays what it is */
    time_t frozen_since;         /* wall clock */
    bool root;                   /* effective uid 0 */
    int rows, columns;           /* of the screen */
    bool attached;               /* ui_attach: leaving the pane leaves the dashboard (app_quit) */
    char problem[ERR_TEXT_SIZE]; /* why the last look failed and what helps; "": it did not */
    struct discovery *discovery; /* for discovery_details() while drawing */

    struct view views[VIEWS_MAX];
    size_t view_count;
    struct view *view;        /* the open one */
    struct view *view_before; /* where `q` in a pane goes */
    struct dialog *dialog;    /* the topmost, or null */
    const struct door *doors; /* the table of doors.c */
    size_t door_count;

    char farewell[ERR_TEXT_SIZE]; /* told when the terminal is restored: why we left; "": nothing */

    enum message_kind message_kind;
    char message[ERR_TEXT_SIZE];
    int64_t message_until_ms;

    struct create *create; /* views/create.c: the form's draft; null before the first C */

    struct ui_core *core; /* the loop's own business (loop.c) */
};

/* ---- the screen --------------------------------------------------------------------------- */

/* The screen is drawn again at the end of this round of the loop; any number of calls are one. */
void app_redraw(struct app *app);

/* Line 23 shows a result for 5 s, or an error (red, `! `) until the next key. */
void app_result(struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
void app_error(struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- where we are ------------------------------------------------------------------------- */

/* Opens the view on a digit; where there is none, line 23 says which there are. Returns it or null.
 */
struct view *app_view_go(struct app *app, int digit);

/* The view on a digit, open or not; null where there is none. */
struct view *app_view_find(struct app *app, int digit);

/* Back to the view that was open before this one. */
void app_view_back(struct app *app);

/* Puts a dialog over everything; data is the dialog's. See dialog.h. */
struct dialog *app_dialog_open(struct app *app, const struct dialog_ops *ops, void *data);
void app_dialog_close(struct app *app, struct dialog *dialog);

/* The thing under the cursor of the open view. */
struct thing app_thing(struct app *app);

/* A page of text over the view (e, details of an error); text is copied. */
void app_page_open(struct app *app, const char *title, const char *text);

/* Does what a key, a menu row or a palette row asks for, wherever it is handled. */
void app_request(struct app *app, enum request request);

/* Opens the door of a request, or says in line 23 why not. False where it has none. */
bool app_open(struct app *app, enum request request, const struct thing *thing);

/* The same on a session whose name a command has printed (its first line). */
void app_open_session(struct app *app, enum request request, const char *printed);

/* Why that cannot be done to a thing now; null: it can. */
const char *app_refusal(struct app *app, enum request request, const struct thing *thing,
                        char *text, size_t size);

/* Leaves the dashboard; the containers that go on are named after the terminal is restored. */
void app_quit(struct app *app);

/* ---- acts --------------------------------------------------------------------------------- */

/* How an act ended. out and err are what it wrote, at most 64 KiB of each, ended by 0. */
struct command_result {
    int status; /* exit status; 128 + N where signal N ended it; -1 where it did not start */
    const char *out;
    const char *err;
};

typedef void (*command_done)(struct app *app, void *data, const struct command_result *result);

/* Runs `nstui WORDS..` as a child (words are copied; the program itself is not among them), shows
 * the line in line 23 while it runs and, with the result, after. A failure shows its stderr as an
 * error. done may be null; it is called once, in the loop, unless nstui-view ends before. */
void app_command_run(struct app *app, const char *const words[], command_done done, void *data);

/* Runs it without a word on the screen, for a question that changes nothing (--dry-run). */
void app_command_ask(struct app *app, const char *const words[], command_done done, void *data);

/* Looks at a process from outside by a child (nstui/look.h), which ends itself where it gets no
 * answer; for few names, not for lists. result->out is for look_parse(). Draws nothing. */
void app_look(struct app *app, const struct look_request *request, command_done done, void *data);

/* The line as a person would type it: `sudo nstui kill lab8 KILL`. The result is the caller's. */
char *app_command_line(struct app *app, const char *const words[]);

/* Asks the scanner for a look at everything now (after an act). */
void app_refresh(struct app *app);

/* ---- look-ups in the newest snapshot ------------------------------------------------------ */

/* The process of a thing (of a namespace its leader, of a session its init) if it is still the same
 * one, else null. */
const struct process *app_process(struct app *app, const struct thing *thing);

/* The session of ours with this name, null where there is none. */
const struct session_state *app_session(struct app *app, const char *name);

#endif
