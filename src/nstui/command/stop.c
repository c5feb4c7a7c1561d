/* nstui stop and nstui rm: the gentle end of a session, and the removal of what is kept of it. */
#include <errno.h>
#include <stdio.h>

#include "nstui/control.h"
#include "private.h"

#define STOP_SECONDS  10
#define STOP_EXTRA_MS 5000 /* what the clean-up after a KILL may take */

static const struct option_entry stop_options[] = {
    {'t', "time", "SECONDS", "how long TERM may take before KILL; 10 where it is not said"},
    {0},
};

/* Asks the supervisor, and waits for its last word. */
static int session_stop(const char *name, int timeout_ms, struct err *err)
{
    _cleanup_close_ int fd = control_connect(name, err);
    if (fd < 0 || control_stop(fd, timeout_ms, err) < 0)
        return -1;
    int status = 0;
    int ended = control_wait(fd, timeout_ms + STOP_EXTRA_MS, &status, err);
    if (ended < 0)
        return -1;
    if (ended == 0)
        return err_set(err, 0, "%s has not ended %d seconds after KILL", name,
                       STOP_EXTRA_MS / 1000);
    return 0;
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

static const struct option_entry rm_options[] = {
    {'f', "force", NULL, "end it first where it runs; a missing one is no failure"},
    {0},
};

static int rm_one(const char *name, void *data, struct err *err)
{
    const bool *force = data;
    _cleanup_session_state_ struct session_state state = {0};
    if (session_find(name, &state, err) < 0)
        return *force && err->errnum == ENOENT ? 0 : -1;
    if (state.condition == SESSION_RUNNING && !*force) {
        (void)err_set(err, 0, "%s runs", state.name);
        return err_hint(err, "nstui stop %s ends it; rm -f does both", state.name);
    }
    if (state.condition == SESSION_RUNNING && session_stop(name, 0, err) < 0 &&
        err->errnum != ENOENT)
        return -1;
    /* With --rm, and in the foreground, nothing is kept: gone is what was asked for. */
    if (state_remove(name, err) < 0)
        return *force && err->errnum == ENOENT ? 0 : -1;
    return 0;
}

static int rm_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    bool force = false;
    options_start(&options, invocation, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE)
            return options.status;
        force = true;
    }
    return sessions_each(invocation, options.index, rm_one, &force);
}

const struct command command_rm = {
    .name = "rm",
    .usage = "[-f] NAME..",
    .help = "remove what is kept of ended sessions",
    .more = "That is their state, their log and their config.json; the root directory and the\n"
            "files in it are never touched.\n",
    .options = rm_options,
    .flags = COMMAND_CLEANS,
    .run = rm_run,
};
