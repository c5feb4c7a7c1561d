/* source: brings snapshots and sessions to the app: discovery looks in a thread of its own, the
 * files of our sessions are read in one of libuv's. Called by the loop. Never reads anything itself
 * on the loop's thread. */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- counts --------------------------------------------------------------------------- */

/* Names of containers that were found and are none of ours. */
static size_t count_found(struct app *app)
{
    size_t count = 0;
    for (size_t i = 0; app->now != NULL && i < app->now->process_count; i++) {
        const struct process *process = &app->now->processes[i];
        const struct process *parent =
            process->parent != SNAPSHOT_NONE ? &app->now->processes[process->parent] : NULL;
        if (process->container == NULL || app_session(app, process->container) != NULL)
            continue;
        /* One a container: its topmost process. Containers with several count by name. */
        if (parent != NULL && parent->container != NULL &&
            strcmp(parent->container, process->container) == 0)
            continue;
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            const char *other = app->now->processes[j].container;
            seen = other != NULL && strcmp(other, process->container) == 0;
        }
        count += !seen;
    }
    return count;
}

static void count(struct ui_core *core)
{
    struct app *app = &core->app;
    struct source_counts counts = {0};
    if (app->now != NULL) {
        counts.processes = app->now->process_count;
        counts.namespaces = app->now->namespace_count;
        counts.running = counts.containers = count_found(app);
    }
    for (size_t i = 0; app->sessions != NULL && i < app->sessions->count; i++) {
        const struct session_state *state = &app->sessions->items[i];
        if (state->kind != SESSION_CONTAINER)
            continue;
        counts.containers++;
        counts.running += state->condition == SESSION_RUNNING;
    }
    core->counts = counts;
}

/* ---- sessions -------------------------------------------------------------------------- */

struct session_read {
    uv_work_t work;
    struct session_list list;
    struct ui_core *core; /* null: the dashboard has gone meanwhile */
};

static void sessions_work(uv_work_t *work)
{
    struct session_read *read = work->data;
    struct err err = {0};
    if (state_list(&read->list, &err) == -1)
        session_list_free(&read->list);
}

static void sessions_done(uv_work_t *work, int status)
{
    struct session_read *read = work->data;
    struct ui_core *core = read->core;
    (void)status;
    if (core != NULL) {
        core->session_read = NULL;
        session_list_free(&core->sessions);
        core->sessions = read->list;
        core->app.sessions = &core->sessions;
        count(core);
        core->snapshot_came(&core->app);
        if (core->sessions_again)
            source_sessions_read(core);
    } else {
        session_list_free(&read->list);
    }
    free(read);
}

void source_sessions_read(struct ui_core *core)
{
    core->sessions_again = core->session_read != NULL;
    if (core->sessions_again)
        return;
    struct session_read *read = xcalloc(1, sizeof(*read));
    read->core = core;
    read->work.data = read;
    if (uv_queue_work(&core->loop, &read->work, sessions_work, sessions_done) != 0)
        free(read);
    else
        core->session_read = read;
}

/* ---- snapshots ------------------------------------------------------------------------- */

static void take_snapshot(struct ui_core *core, const struct snapshot *snapshot)
{
    snapshot_diff_free(core->diff);
    core->diff = NULL;
    snapshot_unref(core->before);
    core->before = core->now;
    core->now = snapshot;
    if (core->before != NULL)
        core->diff = snapshot_diff(core->before, core->now);
    core->app.now = core->now;
    core->app.before = core->before;
    core->app.diff = core->diff;
    count(core);
    source_sessions_read(core);
    core->snapshot_came(&core->app);
}

static void look_for_news(struct ui_core *core)
{
    struct app *app = &core->app;
    const struct snapshot *latest = discovery_latest(app->discovery);
    bool is_new = latest != NULL && (core->now == NULL || latest->number != core->now->number);
    if (is_new && !app->frozen)
        take_snapshot(core, latest);
    else
        snapshot_unref(latest);
}

static void on_discovery(uv_poll_t *poll, int status, int events)
{
    struct ui_core *core = poll->data;
    struct err problem = {0};
    (void)status;
    (void)events;
    discovery_acknowledge(core->app.discovery);
    if (discovery_problem(core->app.discovery, &problem))
        snprintf(core->app.problem, sizeof(core->app.problem), "%s", problem.text);
    else
        core->app.problem[0] = '\0';
    look_for_news(core);
    app_redraw(&core->app); /* details may have come */
}

int source_open(struct ui_core *core, int refresh_ms, struct err *err)
{
    struct discovery_options options = {.interval_ms = refresh_ms};
    if (discovery_open(&options, &core->app.discovery, err) == -1)
        return -1;
    core->looks.data = core;
    uv_poll_init(&core->loop, &core->looks, discovery_event_fd(core->app.discovery));
    core->looks_are_on = true;
    uv_poll_start(&core->looks, UV_READABLE, on_discovery);
    source_sessions_read(core);
    return 0;
}

void source_close(struct ui_core *core)
{
    if (core->session_read != NULL)
        core->session_read->core = NULL;
    discovery_close(core->app.discovery);
    core->app.discovery = NULL;
    snapshot_diff_free(core->diff);
    snapshot_unref(core->before);
    snapshot_unref(core->now);
    session_list_free(&core->sessions);
    core->app.now = core->app.before = NULL;
}

void source_thaw(struct ui_core *core)
{
    look_for_news(core);
}

void source_refresh(struct ui_core *core)
{
    discovery_refresh(core->app.discovery);
    source_sessions_read(core);
}

/* ---- what is asked of them ------------------------------------------------------------- */

const struct process *app_process(struct app *app, const struct thing *thing)
{
    if (app->now == NULL || thing->pid == 0)
        return NULL;
    return snapshot_find_same_process(app->now, thing->pid, thing->start_time);
}

const struct session_state *app_session(struct app *app, const char *name)
{
    for (size_t i = 0; app->sessions != NULL && i < app->sessions->count; i++)
        if (strcmp(app->sessions->items[i].name, name) == 0)
            return &app->sessions->items[i];
    return NULL;
}
