/* Sessions by their names, for the commands that take one. */
#include <errno.h>
#include <string.h>

#include "private.h"

/* Which name may have been meant, or how to see them. */
static int session_missing(const char *name, struct err *err)
{
    char typed[SHOWN_SIZE];
    _cleanup_session_list_ struct session_list list = {0};
    struct nearest nearest = {.word = name};
    if (state_list(&list, NULL) == 0) {
        for (size_t i = 0; i < list.count; i++)
            nearest_offer(&nearest, list.items[i].name);
    }
    (void)err_set(err, 0, "there is no session \"%s\"", shown(typed, name));
    if (nearest.best)
        (void)err_hint(err, "is %s meant?", nearest.best);
    else
        (void)err_hint(err, list.count ? "nstui ps lists them" : "there are none at all");
    if (err)
        err->errnum = ENOENT;
    return -1;
}

int session_find(const char *name, struct session_state *state, struct err *err)
{
    struct err why = {0};
    if (session_name_check(name, NULL) < 0) {
        (void)session_missing(name, err);
        if (err)
            err->errnum = EINVAL; /* there can be none: not to be passed over by rm -f */
        return -1;
    }
    if (state_find(name, state, &why) == 0)
        return 0;
    if (why.errnum == ENOENT)
        return session_missing(name, err);
    if (err)
        *err = why;
    return -1;
}

int session_find_running(const char *name, struct session_state *state, struct err *err)
{
    if (session_find(name, state, err) < 0)
        return -1;
    if (state->condition == SESSION_RUNNING)
        return 0;
    (void)err_set(err, 0, "%s does not run any more", state->name);
    if (state->condition == SESSION_EXITED && state->exit_status >= 0)
        (void)err_hint(err, "it ended with status %d; nstui logs %s shows what it wrote",
                       state->exit_status, state->name);
    session_state_free(state);
    return -1;
}

int session_name_free(const char *name, struct err *err)
{
    _cleanup_session_state_ struct session_state present = {0};
    if (session_name_check(name, err) < 0)
        return -1;
    if (state_find(name, &present, NULL) < 0)
        return 0;
    (void)err_set(err, 0, "the name %s is in use", name);
    return err_hint(err, "choose another, or nstui rm %s", name);
}

int sessions_each(const struct invocation *invocation, int first,
                  int (*each)(const char *name, void *data, struct err *err), void *data)
{
    if (first >= invocation->argc)
        return fail_with(invocation, STATUS_USAGE, "say which session (nstui %s %s)",
                         invocation->command->name, invocation->command->usage);
    int status = STATUS_OK;
    for (int i = first; i < invocation->argc; i++) {
        struct err err = {0};
        if (each(invocation->argv[i], data, &err) < 0)
            status = fail(invocation, STATUS_FAILED, &err);
    }
    return status;
}
