/* The join dialog (J, F5): which namespaces of the thing under the cursor, and which command. The
 * line that it shows is the one that runs; the shell comes up in a pane of its own. */
#include "../doors.h"
#include "../widgets/form_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum join_field {
    JOIN_NAMESPACES,
    JOIN_COMMAND,
    JOIN_TAKE,
    JOIN_TOOLS,
    JOIN_RUN,
    JOIN_CANCEL,
    JOIN_FIELDS
};

struct join_dialog {
    struct form_box box; /* first: it is freed as this */
    struct thing thing;
    struct field fields[JOIN_FIELDS];
    ns_set own; /* the types in which the target is elsewhere than the host */
};

static const char *const take_choices[] = {"nothing more", "its environment", "its cgroup", "both",
                                           NULL};
enum { TAKE_ENVIRONMENT = 1, TAKE_CGROUP = 2 }; /* bits of the choice */
static const char *const tools_choices[] = {"its own", "the host's", NULL};

/* What --tools enters: in the others the host's programs could be turned against the host. */
#define TOOLS_ENTER (NS_BIT(NS_UTS) | NS_BIT(NS_IPC) | NS_BIT(NS_NET) | NS_BIT(NS_CGROUP))

static const struct field join_fields[JOIN_FIELDS] = {
    [JOIN_NAMESPACES] = {.kind = FIELD_NAMESPACES,
                         .label = "Namespaces",
                         .help =
                             "Which namespaces of it the command enters; of the others it keeps "
                             "those of the host. With mnt it has the root and the files of the "
                             "target; pid without mnt leaves it the host's /proc, so ps shows the "
                             "host."},
    [JOIN_COMMAND] = {.kind = FIELD_TEXT,
                      .label = "Command",
                      .help =
                          "The program that runs there, with its arguments. With mnt it is one of "
                          "the target's own programs."},
    [JOIN_TAKE] = {.kind = FIELD_CHOICE,
                   .label = "Take",
                   .choices = take_choices,
                   .hint = "beside its namespaces",
                   .help = "Its environment: the variables that the target was started with; only "
                           "with mnt, since they could make the host's programs run its code. Its "
                           "cgroup: the command counts under the limits of the target."},
    [JOIN_TOOLS] = {.kind = FIELD_CHOICE,
                    .label = "Programs",
                    .choices = tools_choices,
                    .hint = "the host's where it has no shell",
                    .help =
                        "The host's: for a container that has no shell of its own. The command is "
                        "one of the host's, with the host's files; the target's files are at "
                        "/run/nstui/NAME/target, and its processes at /run/nstui/NAME/proc, seen "
                        "by this command alone. It stays out of the target's pid namespace, since "
                        "root in there could reach the host through it."},
    [JOIN_RUN] = {.kind = FIELD_BUTTON, .label = "Join"},
    [JOIN_CANCEL] = {.kind = FIELD_BUTTON, .label = "Cancel"},
};

static bool has_tools(const struct join_dialog *join)
{
    return join->fields[JOIN_TOOLS].choice == 1;
}

/* The types that it enters. */
static ns_set join_ticked(const struct join_dialog *join)
{
    ns_set ticked = join->fields[JOIN_NAMESPACES].ticked;
    return has_tools(join) ? ticked & TOOLS_ENTER : ticked;
}

/* A namespace by itself is its own TARGET; with others beside it, who is in them all: the container,
 * or the leader. Returns text. */
static char *join_target(const struct join_dialog *join, char *text, size_t size)
{
    const struct thing *thing = &join->thing;
    bool alone = join->fields[JOIN_NAMESPACES].ticked == NS_BIT(thing->type);
    if (thing->kind != THING_NAMESPACE || alone || thing->pid <= 0)
        return thing_target(thing, text, size);
    if (thing->ours)
        (void)snprintf(text, size, "%s", thing->name);
    else
        (void)snprintf(text, size, "%d", (int)thing->pid);
    return text;
}

static void join_words(struct form_box *box, struct strings *words)
{
    const struct join_dialog *join = (const struct join_dialog *)box;
    ns_set ticked = join_ticked(join);
    char letters[NS_TYPES + 1], target[THING_NAME_SIZE];
    strings_add(words, "join");
    strings_add(words, join_target(join, target, sizeof(target)));
    strings_add(words, "-d");
    if (ticked)
        strings_addf(words, "-%s", ns_set_letters(ticked, letters));
    if (join->fields[JOIN_TAKE].choice & TAKE_ENVIRONMENT)
        strings_add(words, "--env");
    if (join->fields[JOIN_TAKE].choice & TAKE_CGROUP)
        strings_add(words, "--join-cgroup");
    if (has_tools(join))
        strings_add(words, "--tools");
    if (join->fields[JOIN_COMMAND].input.text[0]) {
        strings_add(words, "--");
        (void)text_shell_split(join->fields[JOIN_COMMAND].input.text, words, NULL);
    }
}

/* Behind a tick: the identity where it differs from the host's. */
static void join_tick_note(void *data, enum ns_type type, char *text, size_t size)
{
    const struct join_dialog *join = data;
    const struct process *process = app_process(join->box.app, &join->thing);
    uint64_t inode = process ? process->identities[type] : 0;
    if (join->thing.kind == THING_NAMESPACE && join->thing.type == type)
        inode = join->thing.inode;
    if (has_tools(join) && !(TOOLS_ENTER & NS_BIT(type)))
        (void)snprintf(text, size, "not entered with the host's programs");
    else if (inode && join->own & NS_BIT(type))
        (void)snprintf(text, size, "%llu", (unsigned long long)inode);
    else
        (void)snprintf(text, size, "%s", inode ? "the same as the host's" : "not known");
}

static void join_changed(struct form_box *box)
{
    struct field *command = &((struct join_dialog *)box)->fields[JOIN_COMMAND];
    struct err err = {0};
    _cleanup_strings_ struct strings words = {0};
    command->error[0] = '\0';
    if (text_shell_split(command->input.text, &words, &err) < 0)
        (void)snprintf(command->error, sizeof(command->error), "%s", err.text);
}

/* nstui join -d has printed the name of the session, or said why not. */
static void join_done(struct app *app, void *data, const struct command_result *result)
{
    (void)data;
    if (result->status != 0)
        return;
    app_refresh(app);
    app_open_session(app, REQ_ATTACH_TYPING, result->out);
}

static bool join_check(struct form_box *box)
{
    const struct join_dialog *join = (const struct join_dialog *)box;
    if (join->fields[JOIN_NAMESPACES].ticked)
        return true;
    app_error(box->app, "nothing to join: no namespace is ticked");
    return false;
}

/* What the shell will see, in a sentence or two. */
static void join_sentence(struct form_box *box, struct text *sentence)
{
    const struct join_dialog *join = (const struct join_dialog *)box;
    ns_set ticked = join_ticked(join);
    char target[THING_NAME_SIZE];
    bool pid_alone = ticked & NS_BIT(NS_PID) && !(ticked & NS_BIT(NS_MNT));
    if (has_tools(join))
        text_addf(sentence,
                  "A shell with the host's files; those of %s are at /run/nstui/NAME/target, its "
                  "processes at /run/nstui/NAME/proc.",
                  join_target(join, target, sizeof(target)));
    else if (!(ticked & join->own))
        text_add(sentence, "Nothing ticked differs from the host: it will be a shell out here.");
    else
        text_addf(sentence, "It is a shell of its own; closing it does not end %s.",
                  join_target(join, target, sizeof(target)));
    if (pid_alone && join->own & NS_BIT(NS_PID))
        text_add(sentence, " Its /proc stays the one of the host, so ps shows the host.");
}

static void join_title(struct form_box *box, char *text, size_t size)
{
    char what[160];
    thing_describe(&((struct join_dialog *)box)->thing, what, sizeof(what));
    (void)snprintf(text, size, "Join %s", what);
}

static const struct form_box_ops join_ops = {
    .act = "join",
    .sentences = 2,
    .request = REQ_JOIN,
    .title = join_title,
    .sentence = join_sentence,
    .words = join_words,
    .check = join_check,
    .changed = join_changed,
    .done = join_done,
};

/* The types to offer: for a namespace that one, for the rest all that differ from the host. */
static ns_set join_types(struct app *app, const struct thing *thing, ns_set *own)
{
    const struct process *process = app_process(app, thing);
    *own = app->now && process ? process_differs(app->now, process) : 0;
    if (thing->kind != THING_NAMESPACE)
        return *own;
    if (!thing->host)
        *own |= NS_BIT(thing->type);
    return thing->name[0] ? *own : NS_BIT(thing->type);
}

int dialog_join_open(struct app *app, const struct thing *thing)
{
    if (thing->kind == THING_NONE) {
        app_error(app, "nothing to join: the cursor is on no process or namespace");
        return -1;
    }
    struct join_dialog *join = xcalloc(1, sizeof(*join));
    join->thing = *thing;
    memcpy(join->fields, join_fields, sizeof(join_fields));
    join->fields[JOIN_NAMESPACES].ticked = join_types(app, thing, &join->own);
    line_input_set(&join->fields[JOIN_COMMAND].input, "/bin/bash");
    join->box.form = (struct form){.fields = join->fields,
                                   .count = JOIN_FIELDS,
                                   .current = JOIN_RUN,
                                   .label_width = 10,
                                   .input_width = 40,
                                   .tick_note = join_tick_note};
    form_box_open(app, &join->box, &join_ops);
    return 0;
}
