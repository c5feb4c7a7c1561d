/* nstui unshare: new namespaces that are only there: held by a process that does nothing (exercises 2
 * and 3), or by files (--pin); with a command it runs that in them, as unshare(1) does. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

enum { UNSHARE_NAME = OPTION_LONG, UNSHARE_HOSTNAME, UNSHARE_PIN };

static const struct option_entry unshare_options[] = {
    OPTIONS_NAMESPACES,
    {'v', "verbose", NULL, "tell its pid out here and in there"},
    {'d', "detach", NULL, "in the background; prints its name"},
    {UNSHARE_NAME, "name", "NAME", "how it is called; else box-1, box-2 .."},
    {UNSHARE_HOSTNAME, "hostname", "HOST", "its hostname (with -u)"},
    {UNSHARE_PIN, "pin", "DIR", "kept by files DIR/TYPE, and no process stays"},
    {0},
};

struct unshare_request {
    struct spec spec;
    const char *name;
    const char *pin; /* null: a process */
    bool detached, verbose;
};

/* OPTIONS_END, or OPTIONS_DONE with *status. */
static int request_parse(const struct invocation *invocation, struct unshare_request *request,
                         int *status)
{
    _cleanup_options_ struct options options = {0};
    struct spec *spec = &request->spec;
    enum ns_type type;
    options_start(&options, invocation, false);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE) {
            *status = options.status;
            return OPTIONS_DONE;
        }
        if (id < OPTION_LONG && ns_type_by_letter((char)id, &type)) {
            spec->namespaces |= NS_BIT(type);
        } else if (id == UNSHARE_HOSTNAME) {
            free(spec->hostname);
            spec->hostname = xstrdup(options.value);
        } else if (id == UNSHARE_NAME) {
            request->name = options.value;
        } else if (id == UNSHARE_PIN) {
            request->pin = options.value;
        } else {
            request->detached |= id == 'd';
            request->verbose |= id == 'v';
        }
    }
    for (int i = options.index; i < invocation->argc; i++)
        strings_add(&spec->argv, invocation->argv[i]);
    spec->hold = spec->argv.count == 0;
    spec->terminal = spec->hold ? request->detached : terminal_wanted(TTY_AUTO, request->detached);
    terminal_size(&spec->columns, &spec->rows);
    return OPTIONS_END;
}

static int request_check(struct unshare_request *request, struct err *err)
{
    struct spec *spec = &request->spec;
    if (spec->namespaces == 0) {
        (void)err_set(err, 0, "there is no namespace to make");
        return err_hint(err, "say which, as in: nstui unshare -u --hostname box");
    }
    if (request->pin && (!spec->hold || request->detached || request->name)) {
        (void)err_set(err, 0, "with --pin no process stays, so there is %s",
                      !spec->hold ? "no command to run" : "no session to detach or name");
        return err_hint(err, "nstui join DIR/uts -- COMMAND runs one in what is pinned");
    }
    if (request->name && session_name_free(request->name, err) < 0)
        return -1;
    if (request->name)
        spec->name = xstrdup(request->name);
    if (spec_check(spec, NULL, err) < 0)
        return -1;
    return namespaces_allowed(spec, "unshare", err);
}

/* As exercise 2 has its program say it. */
static void hold_started(void *data, pid_t pid)
{
    const struct unshare_request *request = data;
    const struct spec *spec = &request->spec;
    _cleanup_text_ struct text types = {0};
    for (size_t i = 0; i < NS_TYPES; i++) {
        if (spec->namespaces & NS_BIT(ns_letter_order[i]))
            text_addf(&types, " %s", ns_types[ns_letter_order[i]].name);
    }
    say("pid %d holds new:%s", (int)pid, types.data);
    if (spec->hostname)
        say("hostname in there: %s", spec->hostname);
    say("nstui join %d enters; %s", (int)pid,
        request->detached ? "nstui stop NAME ends it" : "ctrl-C ends it");
    if (request->verbose)
        process_tell(pid);
}

static void command_started(void *data, pid_t pid)
{
    (void)data;
    process_tell(pid);
}

static int unshare_pin(const struct invocation *invocation, struct unshare_request *request)
{
    struct err err = {0};
    _cleanup_strings_ struct strings files = {0}, told = {0};
    if (engine_pin_new(&request->spec, request->pin, &files, &told, &err) < 0)
        return fail(invocation, ENGINE_STATUS_FAILED, &err);
    pins_print(&files, &told);
    return STATUS_OK;
}

/* Nobody in there reads. A terminal's keys are then not taken from the shell behind us. */
static void stdin_leave(void)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0)
        return;
    (void)dup2(null, STDIN_FILENO);
    (void)close(null);
}

static int unshare_run(const struct invocation *invocation)
{
    int status = STATUS_OK;
    struct err err = {0};
    struct unshare_request request = {0};
    struct spec *spec = &request.spec;
    if (request_parse(invocation, &request, &status) != OPTIONS_DONE) {
        if (invocation->again)
            request.name = NULL; /* it has one */
        struct supervisor_config config = {
            .kind = SESSION_CONTAINER,
            .name = request.name,
            .spec = spec,
            .started = spec->hold        ? hold_started
                       : request.verbose ? command_started
                                         : NULL,
            .started_data = &request,
        };
        if (request_check(&request, &err) < 0) {
            status = fail(invocation, ENGINE_STATUS_FAILED, &err);
        } else if (request.pin) {
            status = unshare_pin(invocation, &request);
        } else {
            if (spec->hold && !request.detached)
                stdin_leave();
            status = session_start(invocation, &config, request.detached);
        }
    }
    spec_free(spec);
    return status;
}

const struct command command_unshare = {
    .name = "unshare",
    .usage = "-imnpuUCT [options] [--] [COMMAND [ARGUMENT..]]",
    .help = "new namespaces, held by a process or kept by files",
    .more =
        "Without a command nstui-init holds them, and does nothing else: until ctrl-C, or with -d\n"
        "until nstui stop. A namespace is there as long as somebody is in it, or a file keeps it.\n"
        "With a command it runs that in them; status as of run.\n"
        "\n"
        "  nstui unshare -u --hostname box\n"
        "  nstui unshare -un --pin /run/pins; nstui join /run/pins/net -- ip addr\n",
    .options = unshare_options,
    .flags = COMMAND_SESSION,
    .run = unshare_run,
};
