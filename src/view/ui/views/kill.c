/* The questions before harm (K, S, D): what ends, what goes with it, what stays, the gentler way,
 * and the line that will run. Each asks once; its cursor stands on Cancel. */
#include "../doors.h"
#include "../widgets/menu.h"
#include "../widgets/question.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_MAX 4 /* processes that a question names one by one */

/* Signals that K offers behind "Other": the ones that people send by hand. */
static const struct {
    int number;
    const char *name, *note;
} signals[] = {
    {SIGTERM, "TERM", "end, and clean up before"},
    {SIGKILL, "KILL", "end at once"},
    {SIGINT, "INT", "as ctrl-C does"},
    {SIGHUP, "HUP", "as when its terminal goes; daemons read their settings again"},
    {SIGQUIT, "QUIT", "as ctrl-\\ does; leaves a core"},
    {SIGSTOP, "STOP", "freeze"},
    {SIGCONT, "CONT", "go on after STOP"},
    {SIGUSR1, "USR1", "what the program makes of it"},
    {SIGUSR2, "USR2", "what the program makes of it"},
};

/* What a question needs when it is answered; freed then. */
struct kill_ask {
    struct app *app;
    struct thing thing;
    char target[THING_NAME_SIZE];
};

static struct kill_ask *kill_ask_new(struct app *app, const struct thing *thing)
{
    struct kill_ask *ask = xcalloc(1, sizeof(*ask));
    ask->app = app;
    ask->thing = *thing;
    if (thing->kind == THING_NAMESPACE && !thing->name[0])
        (void)snprintf(ask->target, sizeof(ask->target), "%d", (int)thing->pid);
    else
        thing_target(thing, ask->target, sizeof(ask->target));
    return ask;
}

static void kill_refresh(struct app *app, void *data, const struct command_result *result)
{
    (void)data;
    (void)result;
    app_refresh(app);
}

static void kill_send(struct app *app, const char *target, const char *signal_name)
{
    const char *words[] = {"kill", target, signal_name, NULL};
    app_command_run(app, words, kill_refresh, NULL);
}

/* ---- what a question tells --------------------------------------------------------------- */

/* True where a process belongs to the container of a thing. */
static bool process_is_of(const struct process *process, const struct thing *thing)
{
    return process->container && thing->name[0] && strcmp(process->container, thing->name) == 0;
}

static void name_process(struct text *text, const struct process *process)
{
    char comm[64];
    text_printable(comm, sizeof(comm), process->comm, strlen(process->comm), draw_utf8());
    text_addf(text, "    %d %s", (int)process->pid, comm);
}

/* Lines on the processes that end with a container. */
static void tell_processes(struct app *app, const struct thing *thing, struct text *text)
{
    size_t count = 0;
    struct text names = {0};
    for (size_t i = 0; app->now && i < app->now->process_count; i++) {
        const struct process *process = &app->now->processes[i];
        if (!process_is_of(process, thing))
            continue;
        if (count++ < NAMED_MAX)
            name_process(&names, process);
    }
    if (count == 1)
        text_add(text, "1 process ends and cannot save anything:\n");
    else
        text_addf(text, "%zu processes end at once and cannot save anything:\n", count);
    if (names.data)
        text_addf(text, "%s%s\n", names.data, count > NAMED_MAX ? "  .." : "");
    text_free(&names);
}

/* Lines on the namespaces that have no member but those of the container. */
static void tell_namespaces(struct app *app, const struct thing *thing, struct text *text)
{
    size_t count = 0;
    struct text names = {0};
    for (size_t i = 0; app->now && i < app->now->namespace_count; i++) {
        const struct namespace *space = &app->now->namespaces[i];
        bool all = space->member_count > 0 && !space->host;
        for (size_t m = 0; all && m < space->member_count; m++)
            all = process_is_of(&app->now->processes[space->members[m]], thing);
        if (!all)
            continue;
        text_addf(&names, "%s%s %llu", count++ ? ", " : "    ", ns_types[space->type].name,
                  (unsigned long long)space->inode);
    }
    if (count)
        text_addf(text, "\n%zu namespace%s with %s:\n%s\n", count, count == 1 ? " goes" : "s go",
                  count == 1 ? "it" : "them", names.data);
    text_free(&names);
}

static void tell_what_stays(struct app *app, const char *name, struct text *text)
{
    const struct session_state *session = app_session(app, name);
    if (session && session->root[0])
        text_addf(text, "\nThese stay: %s and all files in it%s.\n", session->root,
                  session->remove ? "" : ", the log");
}

/* ---- one process --------------------------------------------------------------------------- */

static void kill_other_done(struct app *app, void *data, int value)
{
    struct kill_ask *ask = data;
    if (value >= 0)
        kill_send(app, ask->target, signals[value].name);
    free(ask);
}

static void kill_other(struct kill_ask *ask)
{
    struct menu_row rows[array_length(signals)];
    char title[160];
    for (size_t i = 0; i < array_length(signals); i++)
        rows[i] =
            (struct menu_row){.label = signals[i].name, .note = signals[i].note, .value = (int)i};
    (void)snprintf(title, sizeof(title), "Send to %s %s", ask->target, ask->thing.command);
    menu_open(ask->app, title, rows, array_length(rows), 0, false,
              "Enter sends it   Esc sends nothing", kill_other_done, ask);
}

static void kill_process_done(struct app *app, void *data, int button)
{
    static const char *const names[] = {"KILL", "TERM"};
    struct kill_ask *ask = data;
    if (button == 2) {
        kill_other(ask);
        return;
    }
    if (button >= 0)
        kill_send(app, ask->target, names[button]);
    free(ask);
}

/* The process for which its container is there: the session's first, or what nstui-init started. */
static bool is_command(struct app *app, const struct thing *thing, const struct process *process)
{
    const struct session_state *session = thing->name[0] ? app_session(app, thing->name) : NULL;
    if (!session || session->kind != SESSION_CONTAINER || session->pid == 0)
        return false;
    const struct process *first =
        snapshot_find_same_process(app->now, session->pid, session->pid_start);
    if (!first)
        return false;
    return process == first || (session->init && first->first_child != SNAPSHOT_NONE &&
                                process == &app->now->processes[first->first_child]);
}

static int kill_process_ask(struct app *app, const struct thing *thing)
{
    const struct process *process = app_process(app, thing);
    if (!process) {
        app_error(app, "process %d has ended already", (int)thing->pid);
        return -1;
    }
    struct kill_ask *ask = kill_ask_new(app, thing);
    (void)snprintf(ask->target, sizeof(ask->target), "%d", (int)thing->pid);
    struct text text = {0};
    char title[160];
    (void)snprintf(title, sizeof(title), "Kill process %d %s?", (int)thing->pid, thing->command);
    text_addf(&text, "Process %d %s of %s gets the signal. ", (int)thing->pid, thing->command,
              process->user);
    if (process->pid_inside == 1)
        text_add(&text,
                 "It is pid 1 of its pid namespace: when it ends, the kernel ends all others "
                 "in there. In there TERM does nothing unless it has a handler for it.");
    else if (is_command(app, thing, process))
        text_addf(&text, "\nIt is the command of %s: all of the container ends with it.",
                  thing->name);
    else if (process->first_child != SNAPSHOT_NONE)
        text_add(&text, "Its children live on, under the init of their pid namespace.");
    text_add(&text, "\n\nTERM asks it to end and lets it clean up; KILL ends it at once.\n");
    const char *words[] = {"kill", ask->target, "KILL", NULL};
    _cleanup_free_ char *line = app_command_line(app, words);
    const struct question question = {.title = title,
                                      .text = text.data,
                                      .command = line,
                                      .buttons = {{'K', "Kill"}, {'T', "TERM"}, {'O', "Other.."}},
                                      .done = kill_process_done,
                                      .data = ask};
    question_open(app, &question);
    text_free(&text);
    return 0;
}

/* ---- a container ----------------------------------------------------------------------------- */

static void kill_container_done(struct app *app, void *data, int button)
{
    struct kill_ask *ask = data;
    const char *stop[] = {"stop", ask->target, NULL};
    if (button == 0)
        kill_send(app, ask->target, "KILL");
    else if (button == 1)
        app_command_run(app, stop, kill_refresh, NULL);
    free(ask);
}

static int kill_container_ask(struct app *app, const struct thing *thing)
{
    struct kill_ask *ask = kill_ask_new(app, thing);
    struct text text = {0};
    char title[160];
    (void)snprintf(title, sizeof(title), "Kill %s?", ask->target);
    tell_processes(app, thing, &text);
    tell_namespaces(app, thing, &text);
    tell_what_stays(app, ask->target, &text);
    text_add(&text, "\nS stops it gently first: TERM, then KILL after 10 s.\n");
    const char *words[] = {"kill", ask->target, "KILL", NULL};
    _cleanup_free_ char *line = app_command_line(app, words);
    char hint[128];
    (void)snprintf(hint, sizeof(hint),
                   "`K` again kills   `S` stops gently   `Esc` or `Enter` leaves it running");
    const struct question question = {.title = title,
                                      .text = text.data,
                                      .command = line,
                                      .buttons = {{'K', "Kill"}, {'S', "Stop"}},
                                      .hint = hint,
                                      .done = kill_container_done,
                                      .data = ask};
    question_open(app, &question);
    text_free(&text);
    return 0;
}

int dialog_kill_open(struct app *app, const struct thing *thing)
{
    if (thing->kind == THING_NONE || (thing->kind != THING_SESSION && thing->pid <= 0)) {
        app_error(app, "nothing to kill: the cursor is on no process");
        return -1;
    }
    bool container = thing->ours && thing->kind != THING_PROCESS;
    if (thing->pid == 1 && !container) {
        app_error(app, "process 1 is the init of the host: nstui does not kill it");
        return -1;
    }
    return container ? kill_container_ask(app, thing) : kill_process_ask(app, thing);
}

/* ---- stop and remove ------------------------------------------------------------------------- */

static void single_done(struct app *app, void *data, int button)
{
    struct kill_ask *ask = data;
    bool stop = ask->thing.pid > 0; /* running: the question was about S */
    const char *words[] = {stop ? "stop" : "rm", ask->target, NULL};
    if (button == 0)
        app_command_run(app, words, kill_refresh, NULL);
    free(ask);
}

int dialog_stop_open(struct app *app, const struct thing *thing)
{
    const struct session_state *session = app_session(app, thing->name);
    if (!session || session->condition != SESSION_RUNNING) {
        app_error(app, "not running: %s", thing->name[0] ? thing->name : "no container is here");
        return -1;
    }
    struct kill_ask *ask = kill_ask_new(app, thing);
    (void)snprintf(ask->target, sizeof(ask->target), "%s", session->name);
    ask->thing.pid = session->pid;
    struct text text = {0};
    char title[160];
    (void)snprintf(title, sizeof(title), "Stop %s?", session->name);
    text_add(&text, "Its command gets TERM and may clean up; after 10 s KILL ends what is left.\n");
    tell_what_stays(app, session->name, &text);
    const char *words[] = {"stop", session->name, NULL};
    _cleanup_free_ char *line = app_command_line(app, words);
    const struct question question = {.title = title,
                                      .text = text.data,
                                      .command = line,
                                      .buttons = {{'S', "Stop"}},
                                      .done = single_done,
                                      .data = ask};
    question_open(app, &question);
    text_free(&text);
    return 0;
}

int dialog_remove_open(struct app *app, const struct thing *thing)
{
    const struct session_state *session = app_session(app, thing->name);
    if (!session) {
        app_error(app, "nothing to remove: the cursor is on no container of nstui's");
        return -1;
    }
    if (session->condition == SESSION_RUNNING) {
        app_error(app, "not now: %s is running; S stops it", session->name);
        return -1;
    }
    struct kill_ask *ask = kill_ask_new(app, thing);
    (void)snprintf(ask->target, sizeof(ask->target), "%s", session->name);
    ask->thing.pid = 0;
    struct text text = {0};
    char title[160];
    (void)snprintf(title, sizeof(title), "Remove %s?", session->name);
    text_add(&text, "What is kept of it goes: its state, its log, its exit status.\n");
    if (session->root[0])
        text_addf(&text, "\nThe directory %s and all files in it stay.\n", session->root);
    const char *words[] = {"rm", session->name, NULL};
    _cleanup_free_ char *line = app_command_line(app, words);
    const struct question question = {.title = title,
                                      .text = text.data,
                                      .command = line,
                                      .buttons = {{'D', "Remove"}},
                                      .done = single_done,
                                      .data = ask};
    question_open(app, &question);
    text_free(&text);
    return 0;
}
