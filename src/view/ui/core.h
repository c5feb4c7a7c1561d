/* core: what the loop, the app's functions, the frame and the sources share and no view sees. */
#ifndef NSTUI_UI_CORE_H
#define NSTUI_UI_CORE_H

#include "app.h"
#include "key_input.h"

#define CORE_SIGNALS 6

/* Counts for the title. */
struct source_counts {
    size_t processes, namespaces, containers, running;
};

struct ui_core {
    struct app app;
    uv_loop_t loop;
    uv_poll_t input;
    uv_poll_t looks; /* discovery's eventfd: a newer snapshot */
    uv_timer_t escape;
    uv_timer_t tick;
    uv_prepare_t draw;
    uv_signal_t signals[CORE_SIGNALS];
    bool loop_is_open;
    bool looks_are_on;

    void (*suspend)(struct ui_core *core);  /* stops this process, as Ctrl-Z does everywhere */
    void (*snapshot_came)(struct app *app); /* a newer one, or newer sessions */

    bool must_draw;
    struct key_input letter; /* of which bytes have come */
    bool escape_waits;       /* Esc came; a digit makes it an F-key */
    bool leaving;
    int died_of; /* signal that ends us, 0: none */
    int interrupts;
    char clock_shown[16];
    char *running_line;       /* the act under way, null: none */
    struct running *commands; /* that have not ended (command.c) */

    const struct snapshot *now, *before; /* held */
    struct snapshot_diff *diff;          /* owned */
    struct session_list sessions;
    struct source_counts counts;       /* of both, counted once */
    struct session_read *session_read; /* a read that is under way in a thread, or null */
    bool sessions_again;               /* and another is wanted after it */
};

/* ---- frame.c ------------------------------------------------------------------------------ */

/* Draws the whole screen as the app is now; curses knows what of it is new. */
void frame_draw(struct app *app);

/* The context whose keys are in force. */
enum key_context frame_context(struct app *app);

/* ---- app.c -------------------------------------------------------------------------------- */

/* A key, after Esc and its digit were put together. */
void app_key(struct app *app, struct key key);

/* True while every key belongs to a program in a pane. */
bool app_wants_raw_keys(struct app *app);

void app_tick(struct app *app, int64_t now_ms);
void app_tell_snapshot(struct app *app);
void app_close_all(struct app *app);

/* Forgets the commands that still run; they go on without us (command.c). */
void commands_forget(struct ui_core *core);

/* ---- source.c: where the snapshots and the sessions come from ----------------------------- */

int source_open(struct ui_core *core, int refresh_ms, struct err *err);
void source_close(struct ui_core *core);
/* Takes what was frozen out. */
void source_thaw(struct ui_core *core);
void source_refresh(struct ui_core *core);
void source_sessions_read(struct ui_core *core);

#endif
