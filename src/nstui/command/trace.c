/* nstui trace: the calls that made a container, as its session keeps them, or those that any program
 * makes, as it runs. Prints a table or lines of JSON; what a traced program writes stays as it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nstui/tracer.h"
#include "private.h"
#include "trace_print.h"

enum { OPTION_FAILED = OPTION_LONG, OPTION_ABOUT, OPTION_FULL };

static const struct option_entry trace_options[] = {
    {'J', "json", NULL, "a line of JSON for each call"},
    {'o', "output", "FILE", "write the trace of a program there, not to stderr"},
    {'v', "verbose", NULL, "fold nothing; of a program its forks and threads too"},
    {OPTION_FAILED, "failed", NULL, "only calls that failed"},
    {OPTION_ABOUT, "about", "WHAT", "only ids, mounts, paths, names or exec; several with commas"},
    {OPTION_FULL, "full", NULL, "stop a program at every call, without a filter in it"},
    {0},
};

/* What was asked for besides. */
struct wish {
    struct printing printing;
    const char *output;
    bool full;
};

/* ---- a program ----------------------------------------------------------------------------- */

static void program_called(void *data, const struct trace_record *record)
{
    printing_call(data, record);
}

static void program_noted(void *data, const char *sentence)
{
    (void)data;
    say("%s", sentence);
}

static int trace_program(const struct invocation *invocation, struct wish *wish, int first)
{
    struct err err = {0};
    struct printing *printing = &wish->printing;
    int status = TRACER_STATUS_FAILED;
    _cleanup_close_ int file = -1;
    struct tracer_options options = {
        .argv = invocation->argv + first,
        .full = wish->full,
        .forks = printing->verbose,
        .about = printing->about,
        .record = program_called,
        .note = program_noted,
        .data = printing,
    };
    printing->fd = STDERR_FILENO;
    if (wish->output) {
        file = open(wish->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
        if (file < 0) {
            (void)err_set(&err, errno, "cannot write to %s", wish->output);
            return fail(invocation, TRACER_STATUS_FAILED, &err);
        }
        printing->fd = file;
    }
    int result = tracer_run(&options, &status, &err);
    if (result == 0 || printing->count > 0)
        printing_end(printing);
    return result < 0 ? fail(invocation, status, &err) : status;
}

/* ---- a session ----------------------------------------------------------------------------- */

static int trace_session(const struct invocation *invocation, struct printing *printing)
{
    struct err err = {0};
    const char *name = printing->session;
    _cleanup_session_state_ struct session_state state = {0};
    _cleanup_trace_ struct trace trace = {0};
    if (session_find(name, &state, &err) < 0) {
        struct err probe = {0};
        if (state_find(name, &state, &probe) < 0 && probe.errnum == ENOENT)
            (void)err_hint(&err, "a program stands behind --: nstui trace -- %s ..", name);
        return fail(invocation, STATUS_FAILED, &err);
    }
    if (state_trace_read(name, &trace, &err) < 0)
        return fail(invocation, STATUS_FAILED, &err);
    printing->fd = STDOUT_FILENO;
    printing_session(printing, &trace);
    printing_end(printing);
    if (trace.lost)
        say("%zu more calls were made than there was room for", trace.lost);
    return printing->broken ? STATUS_FAILED : STATUS_OK;
}

/* ---- the command line ---------------------------------------------------------------------- */

static int about_parse(const char *words, unsigned *about, struct err *err)
{
    for (const char *at = words;; at++) {
        size_t length = strcspn(at, ","), known = 0;
        while (known < TRACE_ABOUTS && (strlen(trace_about_names[known]) != length ||
                                        strncmp(trace_about_names[known], at, length) != 0))
            known++;
        if (known == TRACE_ABOUTS)
            return err_set(err, 0,
                           "--about knows ids, mounts, paths, names and exec, and no \"%.*s\"",
                           (int)length, at);
        *about |= 1U << known;
        at += length;
        if (!*at)
            return 0;
    }
}

static int option_take(struct wish *wish, int id, const char *value, struct err *err)
{
    switch (id) {
    case 'J':
        wish->printing.json = true;
        return 0;
    case 'o':
        wish->output = value;
        return 0;
    case 'v':
        wish->printing.verbose = true;
        return 0;
    case OPTION_FAILED:
        wish->printing.failed = true;
        return 0;
    case OPTION_FULL:
        wish->full = true;
        return 0;
    default:
        return about_parse(value, &wish->printing.about, err);
    }
}

/* Reads up to a name or --. Returns 0, or -1 with the status to end with. */
static int options_take(struct options *options, struct wish *wish, int *status)
{
    struct err err = {0};
    for (int id; (id = options_next(options)) != OPTIONS_END;) {
        *status = options->status;
        if (id == OPTIONS_DONE)
            return -1;
        if (option_take(wish, id, options->value, &err) < 0) {
            *status = fail(options->invocation, STATUS_USAGE, &err);
            return -1;
        }
    }
    return 0;
}

static int trace_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    struct wish wish = {0};
    int status = STATUS_OK;
    options_start(&options, invocation, false);
    if (options_take(&options, &wish, &status) < 0)
        return status;
    if (options.index >= invocation->argc)
        return fail_with(invocation, STATUS_USAGE,
                         "say what: a session (nstui ps lists them), or a program behind --");
    if (options.separated) {
        status = trace_program(invocation, &wish, options.index);
        printing_free(&wish.printing);
        return status;
    }
    const char *name = invocation->argv[options.index];
    wish.printing.session = name;
    options_resume(&options, options.index + 1); /* options may stand behind the name too */
    if (options_take(&options, &wish, &status) < 0)
        return status;
    if (options.index != invocation->argc)
        return fail_with(invocation, STATUS_USAGE,
                         "one session at a time; a program stands behind --: nstui trace -- %s ..",
                         name);
    if (wish.output || wish.full)
        return fail_with(invocation, STATUS_USAGE, "%s is for programs, behind --",
                         wish.full ? "--full" : "-o");
    return trace_session(invocation, &wish.printing);
}

const struct command command_trace = {
    .name = "trace",
    .usage = "[-Jv] [--failed] [--about WHAT] NAME | [-o FILE] [--full] .. -- CMD..",
    .help = "which calls made a container; those of any program",
    .more = "NAME: a session, running or kept. CMD: it runs here, and each call that has to do\n"
            "with namespaces is told on stderr when it returns, of all that it starts too.\n"
            "It ends with the status of CMD. What a seccomp filter of CMD's own refuses is seen\n"
            "with --full only; a program that traces, or is set-uid, does not work in there.\n",
    .options = trace_options,
    .run = trace_run,
};
