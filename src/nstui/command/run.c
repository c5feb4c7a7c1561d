/* nstui run: a command in new namespaces, with a root directory of its own where one is asked for.
 * Turns the command line into a spec and hands it to the supervisor; with --dry-run prints the
 * engine's own list of steps instead. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

static const struct option_entry run_options[] = {
    OPTIONS_NAMESPACES,
    {'v', "verbose", NULL, "tell its pid out here and in there; with --init each end too"},
    {'d', "detach", NULL, "in the background; prints its name"},
    {RUN_NAME, "name", "NAME", "how it is called; else box-1, box-2 .."},
    {RUN_HOSTNAME, "hostname", "HOST", "its hostname (with -u)"},
    {RUN_ROOT, "root", "DIR", "the directory that becomes its root (brings -m)"},
    {RUN_LAYOUT, "layout", "NAME", "what is mounted in its root: studio, none, or a file"},
    {RUN_CHROOT, "chroot", NULL, "enter the root by chroot, as exercise 7, not by pivot_root"},
    {RUN_INIT, "init", NULL, "nstui-init is PID 1 and collects orphans"},
    {RUN_RM, "rm", NULL, "with -d: keep nothing when it has ended"},
    {RUN_TTY, "tty", NULL, "a terminal of its own, also where we have none"},
    {RUN_NO_TTY, "no-tty", NULL, "pipes, also where we have a terminal"},
    {RUN_ENV, "env", "KEY=VALUE", "a variable for it; more than once for more"},
    {RUN_WORKDIR, "workdir", "DIR", "where it starts, as seen in there"},
    {RUN_PRIVILEGED, "privileged", NULL, "it keeps every capability"},
    {RUN_DRY_RUN, "dry-run", NULL, "print each step, do none"},
    {'J', "json", NULL, "with --dry-run: as JSON, what is wrong too"},
    {0},
};

/* What the command line asks for. */
struct run_request {
    struct spec spec;
    const char *name;   /* null: made up */
    const char *layout; /* null: studio where there is a root */
    enum tty_wish tty;
    bool detached, remove, dry_run, json;
    int command;           /* index of the command in argv */
    struct err option_err; /* of the first option whose value is wrong; text "": none */
    const char *option_field;
};

/* The functions of the parts. */
static run_take *const parts[] = {NULL};

static void string_set(char **place, const char *value)
{
    free(*place);
    *place = xstrdup(value);
}

/* The long name of an option. */
static const char *option_name(int id)
{
    size_t at = 0;
    while (run_options[at].id && run_options[at].id != id)
        at++;
    return run_options[at].name;
}

static void part_option(struct run_request *request, int id, const char *value)
{
    struct err err = {0};
    int taken = 0;
    for (size_t at = 0; parts[at] && taken == 0; at++)
        taken = parts[at](&request->spec, id, value, &err);
    if (taken >= 0 || request->option_err.text[0])
        return;
    request->option_err = err;
    request->option_field = option_name(id);
}

static void request_option(struct run_request *request, int id, const char *value)
{
    struct spec *spec = &request->spec;
    enum ns_type type;
    if (id < OPTION_LONG && ns_type_by_letter((char)id, &type)) {
        spec->namespaces |= NS_BIT(type);
        return;
    }
    switch (id) {
    case 'v':
        spec->verbose = true;
        break;
    case 'd':
        request->detached = true;
        break;
    case RUN_NAME:
        request->name = value;
        break;
    case RUN_HOSTNAME:
        string_set(&spec->hostname, value);
        break;
    case RUN_ROOT:
        string_set(&spec->root, value);
        spec->namespaces |= NS_BIT(NS_MNT);
        break;
    case RUN_LAYOUT:
        request->layout = value;
        break;
    case RUN_CHROOT:
        spec->enter = ENTER_CHROOT;
        break;
    case RUN_INIT:
        spec->init = true;
        break;
    case RUN_RM:
        request->remove = true;
        break;
    case RUN_TTY:
        request->tty = TTY_YES;
        break;
    case RUN_NO_TTY:
        request->tty = TTY_NO;
        break;
    case RUN_ENV:
        strings_add(&spec->env, value);
        break;
    case RUN_WORKDIR:
        string_set(&spec->cwd, value);
        break;
    case RUN_PRIVILEGED:
        spec->grade = GRADE_PRIVILEGED;
        break;
    case 'J':
        request->json = true;
        break;
    case RUN_DRY_RUN:
        request->dry_run = true;
        break;
    default:
        part_option(request, id, value);
        break;
    }
}

/* The lab's classic slip: `nstui run ./prog -pmu`. What stands behind the program is the program's,
 * so nobody else can notice. Only a word of warning: the program may have such an option. */
static void slip_hint(const struct run_request *request, const struct invocation *invocation,
                      bool separated)
{
    char flags[SHOWN_SIZE], program[SHOWN_SIZE];
    if (invocation->ready_fd >= 0)
        return;
    (void)shown(program, invocation->argv[request->command]);
    if (program[0] == '-')
        say("%s looks like an option and is taken as the command: options stand in front of --",
            program);
    if (request->spec.namespaces || separated)
        return;
    for (int i = request->command + 1; i < invocation->argc; i++) {
        const char *word = invocation->argv[i];
        if (word[0] != '-' || !word[1] || word[1 + strspn(word + 1, "imnpuUCTvd")])
            continue;
        (void)shown(flags, word);
        say("%s stands behind %s and goes to it; flags of nstui run stand in front: nstui run %s "
            "%s",
            flags, program, flags, program);
        return;
    }
}

/* The caller's kind of terminal, where the program's output goes straight to it, and his home, where
 * he is not root in there; what --env says comes later and wins. */
static void caller_add(struct spec *spec, bool detached)
{
    const char *term = getenv("TERM"), *home = getenv("HOME");
    if (spec->terminal && !detached && term && *term)
        strings_addf(&spec->env, "TERM=%s", term);
    if (geteuid() != 0 && !(spec->namespaces & NS_BIT(NS_USER)) && home && *home)
        strings_addf(&spec->env, "HOME=%s", home);
}

/* Reads the command line. OPTIONS_END, or OPTIONS_DONE with *status. */
static int request_parse(const struct invocation *invocation, struct run_request *request,
                         int *status)
{
    _cleanup_options_ struct options options = {0};
    struct strings env = {0};
    options_start(&options, invocation, false);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE) {
            *status = options.status;
            return OPTIONS_DONE;
        }
        request_option(request, id, options.value);
    }
    struct spec *spec = &request->spec;
    spec->terminal = terminal_wanted(request->tty, request->detached);
    terminal_size(&spec->columns, &spec->rows);
    env = spec->env;
    spec->env = (struct strings){0};
    caller_add(spec, request->detached);
    for (size_t i = 0; i < env.count; i++)
        strings_add(&spec->env, env.items[i]);
    strings_free(&env);
    request->command = options.index;
    for (int i = options.index; i < invocation->argc; i++)
        strings_add(&spec->argv, invocation->argv[i]);
    if (options.index < invocation->argc)
        slip_hint(request, invocation, options.separated);
    return OPTIONS_END;
}

static int name_check(const char *name, struct err *err)
{
    _cleanup_session_state_ struct session_state present = {0};
    if (session_name_check(name, err) < 0)
        return -1;
    if (state_find(name, &present, NULL) < 0)
        return 0;
    (void)err_set(err, 0, "the name %s is in use", name);
    return err_hint(err, "choose another, or nstui rm %s", name);
}

/* All that can be said before anything is done; *field: which part of the spec is wrong. */
static int request_check(struct run_request *request, const char **field, struct err *err)
{
    struct spec *spec = &request->spec;
    if (request->option_err.text[0]) {
        *field = request->option_field;
        *err = request->option_err;
        return -1;
    }
    if (request->name) {
        *field = "name";
        if (name_check(request->name, err) < 0)
            return -1;
        string_set(&spec->name, request->name);
    }
    *field = "command";
    if (spec->argv.count == 0 && !spec->init_shell) {
        (void)err_set(err, 0, "there is no command to run");
        return err_hint(err, "say what to run in there, as in: nstui run -mpu -- /bin/bash");
    }
    *field = "layout";
    if (request->layout && !spec->root && strcmp(request->layout, "none") != 0) {
        (void)err_set(err, 0, "a layout needs a root directory to be laid out in");
        return err_hint(err, "add --root DIR");
    }
    if (spec->root &&
        layout_load(request->layout ? request->layout : "studio", &spec->layout, err) < 0)
        return -1;
    *field = NULL;
    return spec_check(spec, field, err);
}

/* New namespaces want root, or a user namespace around them: namespaces(7). */
static int rights_check(const struct spec *spec, struct err *err)
{
    struct err why = {0};
    if (geteuid() == 0 || spec->namespaces == 0)
        return 0;
    bool allowed = user_namespaces_allowed(&why);
    if (!(spec->namespaces & NS_BIT(NS_USER))) {
        (void)err_set(err, 0, "nstui run needs root for new namespaces");
        return err_hint(err, "sudo nstui run ..%s",
                        allowed ? "; or add -U, a user namespace of your own" : "");
    }
    if (allowed)
        return 0;
    (void)err_set(err, 0, "nstui run needs root for a user namespace here: %s", why.text);
    return err_hint(err, "sudo nstui run ..");
}

/* --dry-run, -J, --json, and what getopt_long takes for them. */
static bool word_is_dry(const char *word)
{
    size_t length = strlen(word);
    return strcmp(word, "-J") == 0 || (length > 4 && strncmp("--dry-run", word, length) == 0) ||
           (length > 2 && strncmp("--json", word, length) == 0);
}

/* The line without --dry-run, as one would type it. */
static char *plain_line(const struct invocation *invocation, int command)
{
    _cleanup_strings_ struct strings words = {0};
    strings_add(&words, "nstui");
    for (int i = 0; i < invocation->argc; i++) {
        if (i >= command || !word_is_dry(invocation->argv[i]))
            strings_add(&words, invocation->argv[i]);
    }
    return text_shell_line(words.items);
}

static int dry_run(const struct invocation *invocation, const struct run_request *request)
{
    struct err err = {0};
    _cleanup_steps_ struct steps steps = {0};
    if (steps_plan(&request->spec, &steps, &err) < 0) {
        if (request->json)
            dry_run_json_error(NULL, &err);
        return fail(invocation, ENGINE_STATUS_FAILED, &err);
    }
    _cleanup_free_ char *line = plain_line(invocation, request->command);
    if (request->json)
        dry_run_json(&steps, line);
    else
        dry_run_text(&steps, line, isatty(STDOUT_FILENO));
    return STATUS_OK;
}

static void run_started(void *data, pid_t pid)
{
    (void)data;
    pid_t inner = process_inner_pid(pid);
    if (inner)
        say("pid %d out here, %d in there", (int)pid, (int)inner);
    else
        say("pid %d out here; it has ended already", (int)pid);
}

static int run_run(const struct invocation *invocation)
{
    int status = STATUS_OK;
    struct err err = {0};
    const char *field = NULL;
    struct run_request request = {0};
    _cleanup_free_ char *config_json = NULL;
    if (request_parse(invocation, &request, &status) == OPTIONS_DONE) {
        spec_free(&request.spec);
        return status;
    }
    struct supervisor_config config = {
        .kind = SESSION_CONTAINER,
        .name = request.name,
        .spec = &request.spec,
        .remove = request.remove,
        .started = request.spec.verbose ? run_started : NULL,
    };
    if (request.json && !request.dry_run) {
        (void)err_set(&err, 0, "-J is for what --dry-run prints, and there is no --dry-run");
        (void)err_hint(&err, "nstui run --dry-run -J .. prints the steps, nstui ps -J sessions");
        status = fail(invocation, ENGINE_STATUS_FAILED, &err);
    } else if (request_check(&request, &field, &err) < 0 ||
               (!request.dry_run && rights_check(&request.spec, &err) < 0)) {
        if (request.dry_run && request.json)
            dry_run_json_error(field, &err);
        status = fail(invocation, ENGINE_STATUS_FAILED, &err);
    } else if (request.dry_run) {
        status = dry_run(invocation, &request);
    } else {
        if (invocation->ready_fd >= 0) /* only what is detached is kept */
            config_json = config_format(&request.spec);
        config.config_json = config_json;
        status = session_start(invocation, &config, request.detached);
    }
    spec_free(&request.spec);
    return status;
}

const struct command command_run = {
    .name = "run",
    .usage = "[-imnpuUCT] [options] [--] COMMAND [ARGUMENT..]",
    .help = "run a command in new namespaces, in a root of its own",
    .more = "Options stand in front of the command; what stands behind it goes to it.\n"
            "Ends with the command's status; 125 nothing was run, 126 it cannot be executed,\n"
            "127 there is no such command, 128+N signal N ended it.\n"
            "\n"
            "  nstui run -pmu --hostname box --root /srv/box -- /bin/bash\n",
    .options = run_options,
    .flags = COMMAND_SESSION,
    .run = run_run,
};
