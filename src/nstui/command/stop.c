/* nstui stop and nstui rm: the gentle end of a session, and the removal of what is kept of it. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "nstui/control.h"
#include "repair.h"

#define STOP_SECONDS  10
#define STOP_EXTRA_MS 5000 /* what the clean-up after a KILL may take */
#define STOP_LOOK_US  5000

static const struct option_entry stop_options[] = {
    {'t', "time", "SECONDS", "how long TERM may take before KILL; 10 where it is not said"},
    {0},
};

static bool session_runs(const char *name)
{
    _cleanup_session_state_ struct session_state state = {0};
    return state_find(name, &state, NULL) == 0 && state.condition == SESSION_RUNNING;
}

/* Whether it ends by itself just now: its supervisor answers nobody any more and still cleans up. */
static bool session_is_ending(const char *name)
{
    int64_t until_ms = clock_monotonic_ms() + STOP_EXTRA_MS;
    while (session_runs(name)) {
        if (clock_monotonic_ms() >= until_ms)
            return false;
        (void)usleep(STOP_LOOK_US);
    }
    return true;
}

/* Its state says so, or it is gone. What cannot be read or trusted is nobody's last moment. */
static bool session_is_over(const char *name)
{
    _cleanup_session_state_ struct session_state state = {0};
    struct err err = {0};
    if (state_find(name, &state, &err) < 0)
        return err.errnum == ENOENT;
    return state.condition != SESSION_RUNNING;
}

/* Removes what is kept, after the last moments of a supervisor that has written down the end. */
static int session_remove(const char *name, struct err *err)
{
    int64_t until_ms = clock_monotonic_ms() + STOP_EXTRA_MS;
    while (state_remove(name, err) < 0) {
        if (err->errnum != EBUSY || !session_is_over(name) || clock_monotonic_ms() >= until_ms)
            return -1;
        (void)usleep(STOP_LOOK_US);
    }
    return 0;
}

/* Asks the supervisor, and waits for its last word. */
static int session_stop(const char *name, int timeout_ms, struct err *err)
{
    int status = 0, ended = -1;
    _cleanup_close_ int fd = control_connect(name, err);
    if (fd >= 0 && control_stop(fd, timeout_ms, err) == 0)
        ended = control_wait(fd, timeout_ms + STOP_EXTRA_MS, &status, err);
    if (ended == 0)
        return err_set(err, 0, "%s has not ended %d seconds after KILL", name,
                       STOP_EXTRA_MS / 1000);
    bool gone = ended < 0 && err &&
                (err->errnum == EPIPE || err->errnum == ECONNRESET || err->errnum == ENOENT ||
                 err->errnum == ECONNREFUSED);
    return ended > 0 || (gone && session_is_ending(name)) ? 0 : -1;
}

static int stop_one(const char *name, void *data, struct err *err)
{
    const int *timeout_ms = data;
    _cleanup_session_state_ struct session_state state = {0};
    if (session_find(name, &state, err) < 0)
        return -1;
    if (state.condition == SESSION_EXITED) {
        say("%s has ended already", state.name);
        return 0;
    }
    return session_stop(name, *timeout_ms, err);
}

static int stop_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    int64_t seconds = STOP_SECONDS;
    options_start(&options, invocation, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE)
            return options.status;
        if (!number_parse(options.value, 0, 86400, &seconds))
            return fail_with(invocation, STATUS_USAGE,
                             "nstui stop -t wants seconds, a number from 0 to 86400");
    }
    int timeout_ms = (int)seconds * 1000;
    return sessions_each(invocation, options.index, stop_one, &timeout_ms);
}

const struct command command_stop = {
    .name = "stop",
    .usage = "[-t SECONDS] NAME..",
    .help = "end sessions gently: TERM, then KILL",
    .options = stop_options,
    .flags = COMMAND_CLEANS,
    .run = stop_run,
};

/* ---- nstui rm ---------------------------------------------------------------------------- */

enum { RM_ROOT = OPTION_LONG };

static const struct option_entry rm_options[] = {
    {'f', "force", NULL, "end it first where it runs; a missing one is no failure"},
    {RM_ROOT, "root", NULL, "its root directory too, where nstui has made it"},
    {0},
};

struct rm_wishes {
    bool force, root;
};

/* A state that cannot be read, because it was cut short or edited, still holds the name. */
static int unread_remove(const char *name, const struct rm_wishes *wishes, struct err *err)
{
    if (session_name_check(name, NULL) < 0 || err->errnum == ENOENT)
        return -1;
    if (wishes->force && !wishes->root)
        return session_remove(name, err);
    if (err->errnum == EACCES || err->errnum == EPERM)
        return -1;
    return err_hint(err, "nstui rm -f %s removes what is kept of it", name);
}

static int rm_one(const char *name, void *data, struct err *err)
{
    const struct rm_wishes *wishes = data;
    const bool *force = &wishes->force;
    _cleanup_session_state_ struct session_state state = {0};
    if (session_find(name, &state, err) < 0)
        return *force && err->errnum == ENOENT ? 0 : unread_remove(name, wishes, err);
    if (state.condition == SESSION_RUNNING && !*force) {
        (void)err_set(err, 0, "%s runs", state.name);
        return err_hint(err, "nstui stop %s ends it; rm -f does both", state.name);
    }
    if (state.condition == SESSION_RUNNING && session_stop(name, 0, err) < 0 &&
        err->errnum != ENOENT)
        return -1;
    /* First, so that it can be asked for again where it fails. */
    if (wishes->root && root_remove(&state, err) < 0)
        return -1;
    /* With --rm, and in the foreground, nothing is kept: gone is what was asked for. */
    if (session_remove(name, err) < 0)
        return *force && err->errnum == ENOENT ? 0 : -1;
    return 0;
}

static int rm_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    struct rm_wishes wishes = {0};
    options_start(&options, invocation, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE)
            return options.status;
        *(id == RM_ROOT ? &wishes.root : &wishes.force) = true;
    }
    return sessions_each(invocation, options.index, rm_one, &wishes);
}

const struct command command_rm = {
    .name = "rm",
    .usage = "[-f] [--root] NAME..",
    .help = "remove what is kept of ended sessions",
    .more =
        "That is their state, their log and their config.json. The root directory and the files\n"
        "in it stay; with --root they go, but only where nstui run has made that directory,\n"
        "nothing is mounted at or below it, and no process lives in it.\n",
    .options = rm_options,
    .flags = COMMAND_CLEANS,
    .run = rm_run,
};
