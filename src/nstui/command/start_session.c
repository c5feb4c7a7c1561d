/* nstui start: a session that has ended and is kept starts again, from the spec that was kept beside its
 * state. Always in the background, behind its old log. In front it only asks for a supervisor; there,
 * with a ready pipe, the spec is read back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nstui/oci.h"
#include "private.h"

/* ---- in front ---------------------------------------------------------------------------- */

static int start_one(const char *name, void *data, struct err *err)
{
    (void)data;
    _cleanup_session_state_ struct session_state state = {0};
    _cleanup_free_ char *started = NULL, *warning = NULL;
    if (session_find(name, &state, err) < 0)
        return -1;
    if (state.condition == SESSION_RUNNING) {
        say("%s runs already", state.name);
        return 0;
    }
    if (state.condition == SESSION_LOST) {
        (void)err_set(err, 0, "cannot start %s: what its dead supervisor left is still there",
                      name);
        return err_hint(err, "nstui ps says why it cannot be cleaned");
    }
    static char word[] = "start";
    char *words[] = {word, state.name, NULL};
    if (supervisor_detach(words, &started, &warning, err) != 0)
        return -1;
    (void)printf("%s\n", started);
    if (*warning)
        say("%s", warning);
    return 0;
}

/* ---- as the supervisor ------------------------------------------------------------------- */

/* By its config.json. */
static int start_spec(const struct invocation *invocation, const char *name, const char *json,
                      size_t length)
{
    struct err err = {0};
    _cleanup_spec_ struct spec spec = {0};
    struct supervisor_config config = {.kind = SESSION_CONTAINER, .name = name, .spec = &spec};
    if (oci_spec_load(json, length, &spec, &err) < 0 || spec_check(&spec, NULL, &err) < 0) {
        (void)err_prefix(&err, "cannot start %s again", name);
        return fail(invocation, ENGINE_STATUS_FAILED, &err);
    }
    free(spec.name);
    spec.name = xstrdup(name);
    struct invocation again = *invocation;
    again.again = name;
    return session_start(&again, &config, true);
}

/* By the words that were typed, where they meant what they mean. */
static int start_words(const struct invocation *invocation, const char *name,
                       const struct strings *words, const char *directory)
{
    const struct command *command = command_find(words->items[0]);
    char place[SHOWN_SIZE];
    if (command != &command_run && command != &command_unshare)
        return fail_with(invocation, ENGINE_STATUS_FAILED,
                         "cannot start %s again: what was kept of it is no command that we know",
                         name);
    if (chdir(directory) < 0)
        return fail_with(invocation, ENGINE_STATUS_FAILED,
                         "cannot start %s again: cannot enter %s, where it was started: %s", name,
                         shown(place, directory), strerror(errno));
    struct invocation again = {
        .command = command,
        .argc = (int)words->count,
        .argv = words->items,
        .ready_fd = invocation->ready_fd,
        .again = name,
    };
    return command->run(&again);
}

static int start_here(const struct invocation *invocation, const char *name)
{
    struct err err = {0};
    size_t length = 0;
    _cleanup_free_ char *json = NULL, *directory = NULL;
    _cleanup_strings_ struct strings words = {0};
    if (state_read_spec(name, &json, &length, &words, &directory, &err) < 0) {
        (void)err_prefix(&err, "cannot start %s again", name);
        return fail(invocation, ENGINE_STATUS_FAILED, &err);
    }
    if (json)
        return start_spec(invocation, name, json, length);
    return start_words(invocation, name, &words, directory);
}

static int start_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    options_start(&options, invocation, true);
    if (options_next(&options) == OPTIONS_DONE)
        return options.status;
    if (invocation->ready_fd >= 0 && options.index < invocation->argc)
        return start_here(invocation, invocation->argv[options.index]);
    return sessions_each(invocation, options.index, start_one, NULL);
}

const struct command command_start = {
    .name = "start",
    .usage = "NAME..",
    .help = "start sessions that have ended again",
    .more = "As they were started with nstui run -d, and in the background; what they write goes\n"
            "behind what the log has. nstui attach shows them.\n",
    .flags = COMMAND_CLEANS,
    .run = start_run,
};
