/* The commands of the eyes: nstui without a word, ls and attach. They are executed as nstui-view,
 * which has the libraries for it; only what can be said without it is said here. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

static bool terminal_is_there(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static int view_execute(const struct invocation *invocation, char *const argv[])
{
    struct err err = {0};
    (void)program_execute("nstui-view", argv, &err);
    return fail(invocation, STATUS_FAILED, &err);
}

/* ---- nstui ------------------------------------------------------------------------------- */

static int dashboard_run(const struct invocation *invocation)
{
    static char program[] = "nstui-view", ls[] = "ls";
    char *const alone[] = {program, NULL}, *const list[] = {program, ls, NULL};
    if (terminal_is_there())
        return view_execute(invocation, alone);
    say("the dashboard wants a terminal; this is the list that nstui ls prints");
    return view_execute(invocation, list);
}

const struct command command_dashboard = {
    .name = "",
    .usage = "",
    .help = "the dashboard",
    .flags = COMMAND_CLEANS,
    .run = dashboard_run,
};

/* ---- nstui ls ---------------------------------------------------------------------------- */

/* As nstui-view reads them (tests/cli holds the two together): only the help needs them here. */
static const struct option_entry ls_options[] = {
    {'t', "type", "TYPE", "only mnt, uts, ipc, pid, net, user, cgroup or time; or several"},
    {'p', "task", "PID", "only those that this process is in"},
    {'J', "json", NULL, "JSON, for programs"},
    {'o', "output", "COLUMNS", "which columns, with commas between"},
    {OPTION_LONG, "source", "WAY", "how to look: auto, bpf or proc"},
    {OPTION_LONG + 1, "once", NULL, "once, as it always does"},
    {0},
};

/* The words go to nstui-view as they are. */
static int ls_run(const struct invocation *invocation)
{
    _cleanup_strings_ struct strings words = {0};
    strings_add(&words, "nstui-view");
    for (int i = 0; i < invocation->argc; i++)
        strings_add(&words, invocation->argv[i]);
    return view_execute(invocation, words.items);
}

const struct command command_ls = {
    .name = "ls",
    .usage = "[-t TYPE].. [-p PID] [-J] [-o COLUMNS]",
    .help = "list the namespaces of this machine, and who is in them",
    .options = ls_options,
    .run = ls_run,
};

/* ---- nstui attach ------------------------------------------------------------------------ */

static int attach_run(const struct invocation *invocation)
{
    static char program[] = "nstui-view", word[] = "attach";
    _cleanup_options_ struct options options = {0};
    struct err err = {0};
    options_start(&options, invocation, true);
    if (options_next(&options) == OPTIONS_DONE)
        return options.status;
    if (invocation->argc != options.index + 1)
        return fail_with(invocation, STATUS_USAGE,
                         "say which session, and one only (nstui ps lists them)");
    char *name = invocation->argv[options.index];
    _cleanup_session_state_ struct session_state state = {0};
    if (session_find_running(name, &state, &err) < 0)
        return fail(invocation, STATUS_FAILED, &err);
    if (!terminal_is_there())
        return fail_with(invocation, STATUS_FAILED,
                         "attach wants a terminal (nstui logs %s prints what it wrote)",
                         state.name);
    char *const argv[] = {program, word, name, NULL};
    return view_execute(invocation, argv);
}

const struct command command_attach = {
    .name = "attach",
    .usage = "NAME",
    .help = "be at the terminal of a session",
    .more = "The keys go to its program; leave it with ctrl-A d, and it goes on.\n",
    .flags = COMMAND_CLEANS,
    .run = attach_run,
};
