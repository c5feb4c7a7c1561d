/* loop: the door of the room (ui_run, ui_attach) and what happens between: one libuv loop with the
 * keyboard, timers, signals and discovery in it. Called by nstui-view's main. Decides nothing about
 * what is shown; never waits for anything but all of it. */
#include "core.h"
#include "doors.h"
#include "nstui/ui.h"
#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS         250
#define ESCAPE_DIGIT_MS 400 /* Esc and a digit within it are an F-key */
#define KEY_ESCAPE      27

static const int watched_signals[CORE_SIGNALS] = {SIGWINCH, SIGTERM, SIGHUP,
                                                  SIGINT,   SIGTSTP, SIGCONT};

/* ---- keys ------------------------------------------------------------------------------ */

static void deliver(struct ui_core *core, struct key key)
{
    if (!core->leaving)
        app_key(&core->app, key);
}

static void escape_over(struct ui_core *core)
{
    if (!core->escape_waits)
        return;
    core->escape_waits = false;
    uv_timer_stop(&core->escape);
    deliver(core, (struct key){.code = KEY_ESCAPE});
}

static void on_escape_timer(uv_timer_t *timer)
{
    escape_over(timer->data);
}

static void on_key(struct ui_core *core, struct key key)
{
    bool is_digit = !key.is_function && key.code >= '0' && key.code <= '9';
    if (core->escape_waits && is_digit) {
        core->escape_waits = false;
        uv_timer_stop(&core->escape);
        int number = key.code == '0' ? 10 : (int)(key.code - '0');
        deliver(core, (struct key){.code = (wint_t)KEY_F(number), .is_function = true});
        return;
    }
    escape_over(core);
    if (!key.is_function && key.code == KEY_ESCAPE && !app_wants_raw_keys(&core->app)) {
        core->escape_waits = true;
        uv_timer_start(&core->escape, on_escape_timer, ESCAPE_DIGIT_MS, 0);
        return;
    }
    deliver(core, key);
}

/* One byte is one letter: not where the terminal speaks UTF-8, and that we believe of the C locale too
 * (whoever has not set LANG has such a terminal all the same). */
static bool locale_is_8_bit(void)
{
    return MB_CUR_MAX == 1 && strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") != 0;
}

static void on_input(uv_poll_t *poll, int status, int events)
{
    struct ui_core *core = poll->data;
    bool any = false, one_byte = locale_is_8_bit();
    int code;
    (void)events;
    while (!core->leaving && (code = getch()) != ERR) {
        wint_t letter = 0;
        any = true;
        if (code == KEY_RESIZE || code == KEY_MOUSE)
            continue;
        if (code > 0xff)
            on_key(core, (struct key){.code = (wint_t)code, .is_function = true});
        else if (key_input_take(&core->letter, (unsigned char)code, one_byte, &letter))
            on_key(core, (struct key){.code = letter});
    }
    /* Readable and nothing to read: the terminal has gone. */
    if (!any && (status < 0 || screen_is_gone())) {
        core->died_of = SIGHUP;
        app_quit(&core->app);
    }
}

/* ---- signals --------------------------------------------------------------------------- */

static void on_signal(uv_signal_t *handle, int signal_number);

static void watch_signals(struct ui_core *core)
{
    for (size_t i = 0; i < CORE_SIGNALS; i++)
        uv_signal_start(&core->signals[i], on_signal, watched_signals[i]);
}

static void loop_suspend(struct ui_core *core)
{
    screen_pause();
    for (size_t i = 0; i < CORE_SIGNALS; i++)
        if (watched_signals[i] == SIGTSTP)
            uv_signal_stop(&core->signals[i]);
    signal(SIGTSTP, SIG_DFL);
    kill(0, SIGTSTP); /* the whole job stops here, until fg */
    watch_signals(core);
    screen_resume();
    app_redraw(&core->app);
}

static void resized(struct ui_core *core)
{
    struct app *app = &core->app;
    screen_resize();
    app->rows = LINES;
    app->columns = COLS;
    if (app->view->ops->on_resize != NULL)
        app->view->ops->on_resize(app->view, app->rows, app->columns);
    app_redraw(app);
}

static void on_signal(uv_signal_t *handle, int signal_number)
{
    struct ui_core *core = handle->data;
    switch (signal_number) {
    case SIGWINCH:
        resized(core);
        break;
    case SIGTSTP:
        loop_suspend(core);
        resized(core);
        break;
    case SIGCONT:
        screen_resume();
        resized(core);
        break;
    default:
        core->died_of = signal_number;
        app_quit(&core->app);
        break;
    }
}

/* ---- time, drawing --------------------------------------------------------------------- */

static void on_tick(uv_timer_t *timer)
{
    struct ui_core *core = timer->data;
    char clock_text[16];
    time_t now = time(NULL);
    struct tm parts;
    localtime_r(&now, &parts);
    strftime(clock_text, sizeof(clock_text), "%H:%M:%S", &parts);
    if (strcmp(clock_text, core->clock_shown) != 0) {
        memcpy(core->clock_shown, clock_text, sizeof(clock_text));
        app_redraw(&core->app);
    }
    app_tick(&core->app, clock_monotonic_ms());
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct ui_core *core = prepare->data;
    if (!core->must_draw || core->leaving)
        return;
    core->must_draw = false;
    frame_draw(&core->app);
}

/* ---- from start to end ----------------------------------------------------------------- */

static int core_open(struct ui_core *core, int refresh_ms, struct err *err)
{
    struct app *app = &core->app;
    int result = uv_loop_init(&core->loop);
    if (result != 0)
        return err_set(err, -result, "cannot make an event loop");
    core->loop_is_open = true;
    *app = (struct app){.loop = &core->loop, .core = core, .root = geteuid() == 0};
    core->input.data = core->escape.data = core->tick.data = core->draw.data = core;
    result = uv_poll_init(&core->loop, &core->input, STDIN_FILENO);
    if (result != 0)
        return err_set(err, -result, "cannot wait for keys");
    uv_poll_start(&core->input, UV_READABLE | UV_DISCONNECT, on_input);
    uv_timer_init(&core->loop, &core->escape);
    uv_timer_init(&core->loop, &core->tick);
    uv_timer_start(&core->tick, on_tick, 0, TICK_MS);
    uv_prepare_init(&core->loop, &core->draw);
    uv_prepare_start(&core->draw, on_prepare);
    for (size_t i = 0; i < CORE_SIGNALS; i++) {
        uv_signal_init(&core->loop, &core->signals[i]);
        core->signals[i].data = core;
    }
    watch_signals(core);
    views_all(app, &app->view_count);
    app->doors = doors;
    app->door_count = doors_count;
    core->suspend = loop_suspend;
    core->snapshot_came = app_tell_snapshot;
    return source_open(core, refresh_ms, err);
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Handles of views are closed by their close functions, what is left here. A thread that still
 * reads files is waited for a moment; one that does not come back keeps its memory. */
static void core_close(struct ui_core *core)
{
    if (!core->loop_is_open) {
        free(core);
        return;
    }
    app_close_all(&core->app);
    dialog_create_forget(&core->app);
    commands_forget(core);
    if (core->looks_are_on)
        uv_poll_stop(&core->looks);
    source_close(core);
    uv_walk(&core->loop, close_handle, NULL);
    for (int i = 0; i < 500 && uv_run(&core->loop, UV_RUN_NOWAIT) != 0; i++)
        usleep(1000);
    free(core->running_line);
    core->running_line = NULL;
    if (uv_loop_close(&core->loop) == 0)
        free(core);
}

/* What goes on after we have left: collected before, told after the terminal is restored. */
static void collect_running(const struct app *app, struct text *names)
{
    size_t count = 0;
    for (size_t i = 0; app->sessions != NULL && i < app->sessions->count; i++) {
        const struct session_state *state = &app->sessions->items[i];
        if (state->condition != SESSION_RUNNING)
            continue;
        text_addf(names, "%s%s", count++ > 0 ? ", " : "", state->name);
    }
    if (count > 0)
        text_addf(names, " %s on. nstui shows %s again, nstui stop NAME ends one.\n",
                  count == 1 ? "goes" : "go", count == 1 ? "it" : "them");
}

static void end_of(int died_of)
{
    if (died_of == 0)
        return;
    signal(died_of, SIG_DFL);
    raise(died_of);
}

/* A session may have ended between the check of ui_attach() and now: then there is nothing to show. */
static int show_first(struct ui_core *core, const char *attach, struct err *err)
{
    app_view_go(&core->app, 1);
    if (attach != NULL && panes_open_session(&core->app, attach, true) == -1)
        return err_set(err, 0, "%s", core->app.message);
    if (attach == NULL && !core->app.root)
        no_root_open(&core->app);
    return 0;
}

static int run(const struct ui_options *options, const char *attach, struct err *err)
{
    struct ui_core *core = xcalloc(1, sizeof(*core));
    _cleanup_text_ struct text goes_on = {0};
    if (screen_open(err) == -1) {
        free(core);
        return -1;
    }
    int result = core_open(core, options != NULL ? options->refresh_ms : 0, err);
    if (result == 0) {
        core->app.rows = LINES;
        core->app.columns = COLS;
        core->app.attached = attach != NULL;
        result = show_first(core, attach, err);
    }
    if (result == 0) {
        uv_run(&core->loop, UV_RUN_DEFAULT);
        if (core->app.farewell[0] != '\0')
            text_addf(&goes_on, "%s\n", core->app.farewell);
        collect_running(&core->app, &goes_on);
    }
    int died_of = core->died_of;
    screen_close();
    core_close(core);
    if (goes_on.data != NULL && died_of != SIGHUP) {
        fputs(goes_on.data, stdout);
        fflush(stdout);
    }
    end_of(died_of);
    return result;
}

int ui_run(const struct ui_options *options, struct err *err)
{
    return run(options, NULL, err);
}

int ui_attach(const char *name, struct err *err)
{
    struct session_state state;
    session_state_init(&state);
    int result = state_find(name, &state, err);
    session_state_free(&state);
    if (result == -1)
        return -1;
    return run(NULL, name, err);
}
