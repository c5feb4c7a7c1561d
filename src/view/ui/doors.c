/* doors: the table of what can be opened and done from everywhere, why not at times, and who does it.
 * The menu, the palette, the keys and the views all ask it through app_open(), so they agree, and no
 * view knows another. Changes nothing itself: it opens the dialog that asks. */
#include "doors.h"

#include <stdio.h>
#include <string.h>

static const struct session_state *session_of(struct app *app, const struct thing *thing)
{
    return thing->name[0] != '\0' ? app_session(app, thing->name) : NULL;
}

static bool is_running(const struct session_state *state)
{
    return state != NULL && state->condition == SESSION_RUNNING;
}

static bool namespace_is_there(struct app *app, const struct thing *thing)
{
    return app->now != NULL && snapshot_find_namespace(app->now, thing->type, thing->inode) != NULL;
}

static const char *refuse(char *text, size_t size, const char *reason)
{
    snprintf(text, size, "%s", reason);
    return text;
}

/* Stop, remove, attach and log are for sessions of nstui's own. */
static const char *refuse_session(const struct session_state *state, enum request request,
                                  const struct thing *thing, char *text, size_t size)
{
    if (state == NULL && thing->name[0] != '\0') {
        snprintf(text, size, "not here: %.40s was not made by nstui", thing->name);
        return text;
    }
    if (state == NULL)
        return refuse(text, size, "not here: no container");
    if ((request == REQ_RESTART || request == REQ_EXPORT) && state->kind != SESSION_CONTAINER)
        return refuse(text, size, "not here: a shell, no container");
    if (request == REQ_EXPORT && state->root[0] == '\0')
        return refuse(text, size, "not here: it has no root of its own to export");
    if (request == REQ_RESTART && is_running(state)) {
        snprintf(text, size, "not now: %s is running", state->name);
        return text;
    }
    if (request == REQ_REMOVE && is_running(state)) {
        snprintf(text, size, "not now: %s is running (S stops it)", state->name);
        return text;
    }
    if ((request == REQ_STOP || request == REQ_ATTACH) && !is_running(state)) {
        snprintf(text, size, "not now: %s does not run%s", state->name,
                 request == REQ_ATTACH ? " (m shows what it wrote)" : "");
        return text;
    }
    if (request == REQ_ATTACH && !state->terminal)
        return refuse(text, size, "not here: it has pipes, no terminal");
    return NULL;
}

static const char *act_refusal(struct app *app, enum request request, const struct thing *thing,
                               char *text, size_t size)
{
    const struct session_state *state = session_of(app, thing);
    bool lives = app_process(app, thing) != NULL || is_running(state);
    switch (request) {
    case REQ_CREATE:
    case REQ_UNSHARE:
    case REQ_SHELL:
        return NULL;
    case REQ_JOIN:
        if (thing->kind == THING_NONE)
            return refuse(text, size, "not here: nothing is selected");
        if (!lives && (thing->kind != THING_NAMESPACE || !namespace_is_there(app, thing)))
            return refuse(text, size, "not now: it has ended");
        return thing->host ? refuse(text, size, "not here: you are in it already") : NULL;
    case REQ_KILL:
        if (thing->kind == THING_NAMESPACE && thing->host)
            return refuse(text, size, "not here: all of the host; choose a process");
        return lives ? NULL : refuse(text, size, "not now: no process to kill");
    case REQ_COMPARE:
        if (thing->host)
            return refuse(text, size, "not here: it is the host's own");
        return lives ? NULL : refuse(text, size, "not now: no process to look at");
    case REQ_STOP:
    case REQ_REMOVE:
    case REQ_ATTACH:
    case REQ_LOG:
    case REQ_TRACE:
    case REQ_RESTART:
    case REQ_EXPORT:
        return refuse_session(state, request, thing, text, size);
    default:
        return NULL;
    }
}

/* Ending and removing is done to a container as a whole, also from one of its namespaces. */
static struct thing whole_container(struct app *app, const struct thing *thing)
{
    const struct session_state *state = session_of(app, thing);
    struct thing whole = *thing;
    if (thing->kind != THING_NAMESPACE || state == NULL)
        return whole;
    whole.kind = THING_SESSION;
    whole.ours = true;
    whole.pid = state->pid;
    whole.start_time = state->pid_start;
    return whole;
}

static void create(struct app *app, const struct thing *thing)
{
    (void)thing;
    (void)dialog_create_open(app);
}

static void unshare_(struct app *app, const struct thing *thing)
{
    (void)thing;
    (void)dialog_unshare_open(app);
}

static void shell(struct app *app, const struct thing *thing)
{
    (void)thing;
    (void)panes_open_shell(app);
}

static void join(struct app *app, const struct thing *thing)
{
    (void)dialog_join_open(app, thing);
}

static void kill_(struct app *app, const struct thing *thing)
{
    const struct thing whole = whole_container(app, thing);
    (void)dialog_kill_open(app, &whole);
}

static void stop(struct app *app, const struct thing *thing)
{
    const struct thing whole = whole_container(app, thing);
    (void)dialog_stop_open(app, &whole);
}

static void remove_(struct app *app, const struct thing *thing)
{
    const struct thing whole = whole_container(app, thing);
    (void)dialog_remove_open(app, &whole);
}

static void attach(struct app *app, const struct thing *thing)
{
    (void)panes_open_session(app, thing->name, false);
}

static void attach_typing(struct app *app, const struct thing *thing)
{
    (void)panes_open_session(app, thing->name, true);
}

static void log_(struct app *app, const struct thing *thing)
{
    (void)log_open(app, thing->name);
}

static void trace(struct app *app, const struct thing *thing)
{
    (void)trace_open(app, thing->name);
}

static void start_again(struct app *app, const struct thing *thing)
{
    session_start_again(app, thing->name);
}

static void export(struct app *app, const struct thing *thing)
{
    session_export_ask(app, thing->name);
}

static void compare(struct app *app, const struct thing *thing)
{
    const struct thing host = {.kind = THING_NONE, .host = true};
    (void)compare_open(app, &host, thing);
}

static void show_container(struct app *app, const struct thing *thing)
{
    (void)containers_show(app, thing->name);
}

static void show_namespace(struct app *app, const struct thing *thing)
{
    (void)namespaces_show(app, thing);
}

const struct door doors[] = {
    {REQ_CREATE, create, act_refusal},
    {REQ_UNSHARE, unshare_, act_refusal},
    {REQ_SHELL, shell, act_refusal},
    {REQ_JOIN, join, act_refusal},
    {REQ_KILL, kill_, act_refusal},
    {REQ_STOP, stop, act_refusal},
    {REQ_REMOVE, remove_, act_refusal},
    {REQ_RESTART, start_again, act_refusal},
    {REQ_EXPORT, export, act_refusal},
    {REQ_ATTACH, attach, act_refusal},
    {REQ_ATTACH_TYPING, attach_typing, NULL},
    {REQ_LOG, log_, act_refusal},
    {REQ_TRACE, trace, act_refusal},
    {REQ_COMPARE, compare, act_refusal},
    {REQ_SHOW_CONTAINER, show_container, NULL},
    {REQ_SHOW_NAMESPACE, show_namespace, NULL},
    {REQ_HELP, help_open, NULL},
    {REQ_EXPLAIN, explain_open, NULL},
    {REQ_MENU, actions_menu_open, NULL},
    {REQ_PALETTE, palette_open, NULL},
    {REQ_WRITE, write_screen_open, NULL},
};
const size_t doors_count = array_length(doors);
