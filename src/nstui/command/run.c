/* nstui run: a command in new namespaces, with a root directory of its own where one is asked for.
 * Turns the command line into a spec and hands it to the supervisor; with --dry-run prints the
 * engine's own list of steps instead. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nstui/oci.h"
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
    {RUN_BUNDLE, "bundle", "DIR", "what config.json in DIR says; other options change it"},
    {RUN_INIT, "init", "[=shell]", "nstui-init is PID 1 and collects orphans; shell: its prompt"},
    {RUN_RM, "rm", NULL, "with -d: keep nothing when it has ended"},
    {RUN_TTY, "tty", NULL, "a terminal of its own, also where we have none"},
    {RUN_NO_TTY, "no-tty", NULL, "pipes, also where we have a terminal"},
    {RUN_ENV, "env", "KEY=VALUE", "a variable for it; more than once for more"},
    {RUN_WORKDIR, "workdir", "DIR", "where it starts, as seen in there"},
    {RUN_PRIVILEGED, "privileged", NULL, "it keeps every capability"},
    RUN_OPTIONS_LIMITS,
    RUN_OPTIONS_RIGHTS,
    RUN_OPTIONS_SHARE,
    RUN_OPTIONS_WITHOUT,
    {RUN_DRY_RUN, "dry-run", NULL, "print each step, do none"},
    {'J', "json", NULL, "with --dry-run: as JSON, what is wrong too"},
    {0},
};

/* What the command line asks for. */
struct run_request {
    struct spec spec;
    const char *name;   /* null: made up */
    const char *layout; /* null: studio where there is a root */
    const char *bundle; /* null: none */
    enum grade bundle_grade;
    enum tty_wish tty;
    bool detached, remove, dry_run, json, privileged;
    ns_set asked;          /* by letters */
    bool host_network;     /* --network host */
    int command;           /* index of the command in argv */
    struct err option_err; /* of the first option whose value is wrong; text "": none */
    const char *option_field;
};

/* The functions of the parts. */
static run_take *const parts[] = {run_take_share, run_take_limits, run_take_rights,
                                  run_take_without, NULL};

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

/* --init, --init=shell. */
static void init_option(struct run_request *request, const char *value)
{
    char word[SHOWN_SIZE];
    request->spec.init = true;
    request->spec.init_shell |= value && strcmp(value, "shell") == 0;
    if (!value || request->spec.init_shell || request->option_err.text[0])
        return;
    (void)err_set(&request->option_err, 0, "there is no init \"%s\"", shown(word, value));
    (void)err_hint(&request->option_err, "--init runs a command, --init=shell a small shell");
    request->option_field = "init";
}

/* What stays with the request: how the session is run. True where it was one of these. */
static bool session_option(struct run_request *request, int id, const char *value)
{
    switch (id) {
    case 'd':
        return request->detached = true;
    case 'J':
        return request->json = true;
    case RUN_DRY_RUN:
        return request->dry_run = true;
    case RUN_NAME:
        request->name = value;
        return true;
    case RUN_RM:
        return request->remove = true;
    case RUN_TTY:
        request->tty = TTY_YES;
        return true;
    case RUN_NO_TTY:
        request->tty = TTY_NO;
        return true;
    default:
        return false;
    }
}

static void request_option(struct run_request *request, int id, const char *value)
{
    struct spec *spec = &request->spec;
    enum ns_type type;
    if (session_option(request, id, value))
        return;
    if (id < OPTION_LONG && ns_type_by_letter((char)id, &type)) {
        spec->namespaces |= NS_BIT(type);
        request->asked |= NS_BIT(type);
        return;
    }
    if (id == RUN_NETWORK)
        request->host_network = strcmp(value, "host") == 0;
    switch (id) {
    case 'v':
        spec->verbose = true;
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
    case RUN_BUNDLE:
        break; /* taken first of all: request_bundle() */
    case RUN_INIT:
        init_option(request, value);
        break;
    case RUN_ENV:
        strings_add(&spec->env, value);
        break;
    case RUN_WORKDIR:
        string_set(&spec->cwd, value);
        break;
    case RUN_PRIVILEGED:
        request->privileged = true;
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
    const char *flag = request->command > 1 ? invocation->argv[request->command - 1] : "";
    const char *meant = separated ? NULL : foreign_value(flag, invocation->argv[request->command]);
    if (meant)
        say("%s is taken as the command, since %s takes no value (%s)", program, flag, meant);
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

/* What a bundle says comes before the options, wherever they stand. */
static int request_bundle(const struct invocation *invocation, struct run_request *request,
                          int *status)
{
    if (bundle_find(invocation, &request->bundle, status) == OPTIONS_DONE)
        return OPTIONS_DONE;
    if (request->bundle &&
        bundle_load(invocation, request->bundle, &request->spec, &request->option_err) < 0)
        request->option_field = "bundle";
    request->bundle_grade = request->spec.grade;
    return OPTIONS_END;
}

/* What options say of each other, wherever they stand. */
static void options_settle(struct run_request *request)
{
    struct spec *spec = &request->spec;
    struct err *err = &request->option_err;
    bool net_lost = request->asked & ~(spec->namespaces | spec->shared) & NS_BIT(NS_NET);
    if (!err->text[0] && request->privileged && spec->grade == GRADE_WALLED) {
        (void)err_set(err, 0, "it cannot be both walled and privileged");
        (void)err_hint(err, "leave --privileged out, and --cap-add adds what it needs");
        request->option_field = "privileged";
    } else if (!err->text[0] && net_lost) {
        (void)err_set(err, 0, "-n asks for a new net namespace, --network host for none");
        (void)err_hint(err, "leave one of them out");
        request->option_field = "network";
    }
    if (request->privileged)
        spec->grade = GRADE_PRIVILEGED;
    /* On the host's network one can listen to it, and reach its abstract sockets. */
    if (spec->grade == GRADE_WALLED && !request->host_network && !request->bundle)
        spec->namespaces |= NS_BIT(NS_NET) & ~spec->shared;
}

/* Reads the command line. OPTIONS_END, or OPTIONS_DONE with *status. */
static int request_parse(const struct invocation *invocation, struct run_request *request,
                         int *status)
{
    _cleanup_options_ struct options options = {0};
    struct strings env = {0};
    if (request_bundle(invocation, request, status) == OPTIONS_DONE)
        return OPTIONS_DONE;
    options_start(&options, invocation, false);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE) {
            *status = options.status;
            return OPTIONS_DONE;
        }
        request_option(request, id, options.value);
    }
    struct spec *spec = &request->spec;
    options_settle(request);
    if (!request->bundle || request->tty != TTY_AUTO || request->detached)
        spec->terminal = terminal_wanted(request->tty, request->detached);
    if (!request->bundle || !spec->columns || !spec->rows)
        terminal_size(&spec->columns, &spec->rows);
    env = spec->env;
    spec->env = (struct strings){0};
    if (!request->bundle)
        caller_add(spec, request->detached);
    for (size_t i = 0; i < env.count; i++)
        strings_add(&spec->env, env.items[i]);
    strings_free(&env);
    request->command = options.index;
    if (options.index < invocation->argc)
        strings_free(&spec->argv); /* a bundle's */
    for (int i = options.index; i < invocation->argc; i++)
        strings_add(&spec->argv, invocation->argv[i]);
    if (options.index < invocation->argc)
        slip_hint(request, invocation, options.separated);
    if (spec->grade == GRADE_WALLED && !spec->root && invocation->ready_fd < 0)
        say("walled, and no --root: the host's files are in there, and root in there may write "
            "them");
    return OPTIONS_END;
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
        if (session_name_free(request->name, err) < 0)
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
    if (request->bundle &&
        bundle_settle(spec, request->bundle_grade, request->layout, field, err) < 0)
        return -1;
    if (spec->root && !request->bundle &&
        layout_load(request->layout ? request->layout : "studio", &spec->layout, err) < 0)
        return -1;
    *field = NULL;
    return spec_check(spec, field, err);
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
    *(pid_t *)data = pid;
    process_tell(pid);
}

/* Who did not wait for it would leave a zombie: waitid(2). */
static void run_ended(pid_t pid, int status)
{
    if (pid > 0)
        say("pid %d has ended, status %d; nstui, its parent, waited for it", (int)pid, status);
}

static void run_addressed(const char *address)
{
    const char *gateway = strchr(address, ' ');
    say("eth0 in there has %.*s%s%s", (int)strcspn(address, " "), address,
        gateway ? ", and its way out is" : "", gateway ? gateway : "");
}

static void run_told(const char *sentence)
{
    char word[SHOWN_SIZE];
    say("%s", shown(word, sentence));
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
    if (invocation->again)
        request.name = NULL; /* it has one */
    unsigned omitted = request.spec.omit;
    _cleanup_strings_ struct strings leaks = {0};
    pid_t started = 0;
    struct supervisor_config config = {
        .kind = SESSION_CONTAINER,
        .name = request.name,
        .spec = &request.spec,
        .remove = request.remove,
        .started = request.spec.verbose ? run_started : NULL,
        .started_data = &started,
        .addressed = request.spec.verbose ? run_addressed : NULL,
        .told = run_told,
        .leaks = &leaks,
    };
    if (request.json && !request.dry_run) {
        (void)err_set(&err, 0, "-J is for what --dry-run prints, and there is no --dry-run");
        (void)err_hint(&err, "nstui run --dry-run -J .. prints the steps, nstui ps -J sessions");
        status = fail(invocation, ENGINE_STATUS_FAILED, &err);
    } else if (request_check(&request, &field, &err) < 0 ||
               (!request.dry_run && namespaces_allowed(&request.spec, "run", &err) < 0)) {
        if (request.dry_run && request.json)
            dry_run_json_error(field, &err);
        status = fail(invocation, ENGINE_STATUS_FAILED, &err);
    } else if (request.dry_run) {
        status = dry_run(invocation, &request);
    } else {
        if (invocation->ready_fd >= 0) /* only what is detached is kept */
            config_json = oci_format(&request.spec, NULL);
        config.config_json = config_json;
        if (invocation->ready_fd < 0)
            without_tell(omitted);
        status = session_start(invocation, &config, request.detached);
        if (!request.detached)
            run_ended(started, status);
        for (size_t i = 0; i < leaks.count; i++)
            say("%s", leaks.items[i]);
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
