/* acts: what can be done with a thing, why not at times, and who does it. The menu, the palette and
 * the keys all ask here, so they agree. Changes nothing itself: it opens the dialog that asks. */
#include "acts.h"

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

const char *act_refusal(struct app *app, enum request request, const struct thing *thing,
                        char *text, size_t size)
{
    const struct session_state *state = session_of(app, thing);
    bool lives = app_process(app, thing) != NULL || is_running(state);
    switch (request) {
    case REQ_CREATE:
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

static void act(struct app *app, enum request request, const struct thing *thing)
{
    const struct thing whole = whole_container(app, thing);
    struct thing host = {.kind = THING_NONE, .host = true};
    switch (request) {
    case REQ_CREATE:
        dialog_create_open(app);
        break;
    case REQ_SHELL:
        panes_open_shell(app);
        break;
    case REQ_JOIN:
        dialog_join_open(app, thing);
        break;
    case REQ_KILL:
        dialog_kill_open(app, &whole);
        break;
    case REQ_STOP:
        dialog_stop_open(app, &whole);
        break;
    case REQ_REMOVE:
        dialog_remove_open(app, &whole);
        break;
    case REQ_ATTACH:
        panes_open_session(app, thing->name, false);
        break;
    case REQ_LOG:
        log_open(app, thing->name);
        break;
    case REQ_COMPARE:
        compare_open(app, &host, thing);
        break;
    default:
        break;
    }
}

bool act_do(struct app *app, enum request request, const struct thing *thing)
{
    static const enum request acts[] = {REQ_CREATE, REQ_SHELL,  REQ_JOIN, REQ_KILL,   REQ_STOP,
                                        REQ_REMOVE, REQ_ATTACH, REQ_LOG,  REQ_COMPARE};
    bool is_act = false;
    for (size_t i = 0; i < array_length(acts); i++)
        is_act = is_act || acts[i] == request;
    if (!is_act)
        return false;
    char reason[160];
    const char *refused = act_refusal(app, request, thing, reason, sizeof(reason));
    if (refused != NULL)
        app_error(app, "%s", refused);
    else
        act(app, request, thing);
    return true;
}
