/* nstui join: a command in namespaces that exist: of a process, a container, or a file of nsfs.
 * Finds out what TARGET means; the engine enters. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

enum {
    JOIN_NAME = OPTION_LONG,
    JOIN_TTY,
    JOIN_NO_TTY,
    JOIN_WORKDIR,
    JOIN_ENV,
    JOIN_CGROUP,
    JOIN_TOOLS,
};

static const struct option_entry join_options[] = {
    OPTIONS_NAMESPACES,
    {'v', "verbose", NULL, "tell what was entered, its pid out here and in there"},
    {'d', "detach", NULL, "in the background; prints its name"},
    {JOIN_NAME, "name", "NAME", "how the session is called; else TARGET-join-1 .."},
    {JOIN_TTY, "tty", NULL, "a terminal of its own, also where we have none"},
    {JOIN_NO_TTY, "no-tty", NULL, "pipes, also where we have a terminal"},
    {JOIN_WORKDIR, "workdir", "DIR", "where it starts, as seen in there"},
    {JOIN_ENV, "env", NULL, "with the variables of the target"},
    {JOIN_CGROUP, "join-cgroup", NULL, "in the cgroups of the target, under their limits"},
    {JOIN_TOOLS, "tools", NULL, "with the host's programs, for what has no shell of its own"},
    {0},
};

struct join_request {
    struct join join;
    const char *target, *name;
    enum tty_wish tty;
    bool detached, verbose;
};

static void request_option(struct join_request *request, int id, const char *value)
{
    enum ns_type type;
    if (id < OPTION_LONG && ns_type_by_letter((char)id, &type)) {
        request->join.types |= NS_BIT(type);
        return;
    }
    switch (id) {
    case 'v':
        request->verbose = true;
        break;
    case 'd':
        request->detached = true;
        break;
    case JOIN_NAME:
        request->name = value;
        break;
    case JOIN_TTY:
        request->tty = TTY_YES;
        break;
    case JOIN_NO_TTY:
        request->tty = TTY_NO;
        break;
    case JOIN_WORKDIR:
        free(request->join.cwd);
        request->join.cwd = xstrdup(value);
        break;
    case JOIN_ENV:
        request->join.environment = true;
        break;
    case JOIN_CGROUP:
        request->join.cgroup = true;
        break;
    case JOIN_TOOLS:
        request->join.tools = true;
        break;
    default:
        break;
    }
}

/* Reads options up to the first word. */
static int options_take(struct options *options, struct join_request *request)
{
    for (int id;;) {
        id = options_next(options);
        if (id == OPTIONS_END || id == OPTIONS_DONE)
            return id;
        request_option(request, id, options->value);
    }
}

/* Options, TARGET, options, command. OPTIONS_END, or OPTIONS_DONE with *status. */
static int request_parse(const struct invocation *invocation, struct join_request *request,
                         int *status)
{
    _cleanup_options_ struct options options = {0};
    options_start(&options, invocation, false);
    if (options_take(&options, request) == OPTIONS_DONE) {
        *status = options.status;
        return OPTIONS_DONE;
    }
    if (options.index >= invocation->argc || !invocation->argv[options.index][0]) {
        *status = fail_with(invocation, ENGINE_STATUS_FAILED,
                            "say what to join: a pid, a name, a file, or "
                            "net:[INODE] (nstui join %s)",
                            invocation->command->usage);
        return OPTIONS_DONE;
    }
    request->target = invocation->argv[options.index];
    if (!options.separated) {
        options_resume(&options, options.index + 1);
        if (options_take(&options, request) == OPTIONS_DONE) {
            *status = options.status;
            return OPTIONS_DONE;
        }
    } else {
        options.index++;
        if (options.index < invocation->argc && strcmp(invocation->argv[options.index], "--") == 0)
            options.index++;
    }
    for (int i = options.index; i < invocation->argc; i++)
        strings_add(&request->join.argv, invocation->argv[i]);
    return OPTIONS_END;
}

/* Who is joined to a walled container is behind the same wall. */
static int wall_keep(struct join *join, struct err *err)
{
    _cleanup_session_state_ struct session_state session = {0};
    const struct spec walled = {.grade = GRADE_WALLED};
    if (state_find(join->name, &session, NULL) < 0 || strcmp(session.grade, "walled") != 0)
        return 0;
    return spec_seccomp(&walled, &join->seccomp, err);
}

/* What TARGET is: a pid, a path and TYPE:[INODE] are the engine's to read, a name is looked up. */
static int target_resolve(struct join_request *request, struct err *err)
{
    const char *target = request->target;
    if (target_is_plain(target))
        return join_target_parse(target, &request->join, err);
    struct ns_target found = {0};
    if (target_by_name(target, request->join.types, &found, err) < 0)
        return -1;
    request->join.pid = found.pid;
    request->join.start_time = found.start_time;
    request->join.path = found.path;
    free(found.words);
    if (found.pid <= 0)
        return 0;
    request->join.name = xstrdup(target);
    return wall_keep(&request->join, err);
}

static int request_check(struct join_request *request, struct err *err)
{
    if (request->name && session_name_check(request->name, err) < 0)
        return -1;
    if (request->join.cwd && request->join.cwd[0] != '/') {
        char path[SHOWN_SIZE];
        return err_set(err, 0, "the working directory \"%s\" is no absolute path",
                       shown(path, request->join.cwd));
    }
    return target_resolve(request, err);
}

/* What the engine has to say, and with -v what it did. */
static void join_started(void *data, pid_t pid)
{
    const struct join_request *request = data;
    if (request->join.message[0])
        say("%s", request->join.message);
    if (!request->verbose)
        return;
    struct text types = {0};
    for (size_t i = 0; i < NS_TYPES; i++) {
        if (request->join.entered & NS_BIT(ns_letter_order[i]))
            text_addf(&types, " %s", ns_types[ns_letter_order[i]].name);
    }
    if (types.length)
        say("entered%s", types.data);
    text_free(&types);
    say("pid %d out here, %d in there", (int)pid, (int)process_inner_pid(pid));
}

static int join_run(const struct invocation *invocation)
{
    int status = STATUS_OK;
    struct err err = {0};
    struct join_request request = {0};
    struct join *join = &request.join;
    if (request_parse(invocation, &request, &status) != OPTIONS_DONE) {
        const char *term = getenv("TERM");
        join->terminal = terminal_wanted(request.tty, request.detached);
        terminal_size(&join->columns, &join->rows);
        if (join->terminal && !request.detached && term && *term)
            strings_addf(&join->env, "TERM=%s", term);
        struct supervisor_config config = {
            .kind = SESSION_JOIN,
            .name = request.name,
            .join = join,
            .target = request.target,
            .remove = true,
            .started = join_started,
            .started_data = &request,
        };
        if (request_check(&request, &err) < 0)
            status = fail(invocation, ENGINE_STATUS_FAILED, &err);
        else
            status = session_start(invocation, &config, request.detached);
    }
    join_free(join);
    return status;
}

const struct command command_join = {
    .name = "join",
    .usage = "TARGET [-imnpuUCT] [options] [--] [COMMAND [ARGUMENT..]]",
    .help = "run a command in namespaces that exist already",
    .more = "TARGET is a pid, the name of a session, the path of a namespace file\n"
            "(/run/netns/blue), a network of ip netns by its name, or TYPE:[INODE] as nstui ls\n"
            "shows it. Without letters every type that differs from ours is entered; without a\n"
            "command, a shell. Status as of run.\n"
            "\n"
            "  nstui join box -- ps aux\n"
            "  nstui join box --tools\n",
    .options = join_options,
    .flags = COMMAND_SESSION,
    .run = join_run,
};
