/* explain: key e: plain sentences about the thing under the cursor. The view may have its own; here
 * is what is said of a namespace, a process, a session. Reads the snapshot, nothing else. */
#include "explain.h"

#include "core.h"
#include "doors.h"
#include "page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void about_namespace(struct app *app, const struct thing *thing, struct text *text)
{
    const struct explain_type *type = &explain_types[thing->type];
    const struct namespace *space = snapshot_find_namespace(app->now, thing->type, thing->inode);
    text_addf(text, "%s\n\n%s\n\n", type->one, type->more);
    if (space == NULL) {
        text_add(text, "This one has gone.\n");
    } else if (space->host) {
        text_addf(text,
                  "This one is the host's: %zu of %zu processes are in it, all that nobody put "
                  "elsewhere. It is there from the start of the machine to its end.\n",
                  space->member_count, app->now->process_count);
        if (app->now->host_origin[thing->type] != HOST_OF_PID_1)
            text_addf(text, "Process 1 may not be read here; what we take for the host's: %s.\n",
                      host_origin_name(app->now->host_origin[thing->type]));
    } else {
        text_addf(text,
                  "This one has %zu member%s. A process in it: %s A process that shares the "
                  "host's: %s\n",
                  space->member_count, space->member_count == 1 ? "" : "s", type->own, type->host);
    }
    text_addf(text,
              "\nIts identity is %s:[%" PRIu64 "]: the number that readlink "
              "/proc/PID/ns/%s prints. Processes with the same number share it.\n",
              ns_types[thing->type].name, thing->inode, ns_types[thing->type].name);
    text_addf(text, "\nTo see what is in it, from a shell in it: %s\n", type->see);
    text_addf(text, "\nThe columns of the list\n%s\n", explain_columns);
}

static void about_process(struct app *app, const struct thing *thing, struct text *text)
{
    const struct process *process = app_process(app, thing);
    if (process == NULL) {
        text_add(text, "This process has ended.\n");
        return;
    }
    ns_set differs = process_differs(app->now, process);
    ns_set known = process_known(process);
    if (known == 0)
        text_add(text, "The kernel hides its namespaces from us: it belongs to another user, and "
                       "we are not root.\n");
    else if (differs == 0)
        text_add(text, "It shares all its namespaces with the host: an ordinary process.\n");
    else
        text_add(text, "It is apart from the host in these types:\n");
    for (int type = 0; type < NS_TYPES; type++)
        if ((differs & NS_BIT(type)) != 0)
            text_addf(text, "  %-7s %s\n", ns_types[type].name, explain_types[type].own);
    if (differs != 0)
        text_add(text, "\nAnd shares these with it:\n");
    for (int type = 0; type < NS_TYPES; type++)
        if ((known & ~differs & NS_BIT(type)) != 0)
            text_addf(text, "  %-7s %s\n", ns_types[type].name, explain_types[type].host);
    if (process->pid_inside != 0 && process->pid_inside != process->pid)
        text_addf(text,
                  "\nOne process, two numbers: %d out here, %d in there, since its pid namespace "
                  "counts from 1.\n",
                  (int)process->pid, (int)process->pid_inside);
}

/* What its grade means, of those that a container can have. */
static const struct {
    const char *grade, *words;
} grades[] = {
    {"lab",
     "Its rights are those of the lab: a guard against accidents. It cannot make device nodes, "
     "load modules, set the clock or reboot. It is no wall: without a user namespace root in "
     "there is root out here."},
    {"walled",
     "It is walled: few capabilities, a seccomp filter, no way to gain rights by a program, "
     "parts of /proc and /sys covered. That is what to use for strangers' programs."},
    {"privileged",
     "It is privileged: nothing was taken from it. Root in there is root out here, and "
     "may load modules and write to disks."},
};

static const char *const session_kinds[] = {
    [SESSION_CONTAINER] =
        "A container is a set of processes that were started with namespaces of their own, often "
        "with another root directory. The kernel knows no containers: only namespaces, mounts, "
        "cgroups and rights.",
    [SESSION_JOIN] = ("A joined shell: a process that entered namespaces that were there. It is no "
                      "child of theirs, and its end ends nothing but itself."),
    [SESSION_SHELL] =
        "A shell of the host under nstui's hand, in a pane; nothing about it is apart.",
};

static void about_session(struct app *app, const struct thing *thing, struct text *text)
{
    const struct session_state *state = app_session(app, thing->name);
    text_addf(text, "%s\n\n", session_kinds[state ? state->kind : SESSION_CONTAINER]);
    if (state == NULL) {
        text_add(text, "This one was found on the machine; another program made it, and start, "
                       "stop and remove belong to that.\n");
        return;
    }
    for (size_t i = 0; i < array_length(grades); i++)
        if (state->kind == SESSION_CONTAINER && strcmp(state->grade, grades[i].grade) == 0)
            text_addf(text, "%s\n\n", grades[i].words);
    if (state->condition == SESSION_RUNNING)
        text_addf(text,
                  "nstui made this one. Its supervisor is process %d: it holds the terminal and "
                  "cleans up at the end, and goes on when you leave nstui.\n",
                  (int)state->supervisor);
    else
        text_add(text,
                 "It has ended; what nstui keeps of it is its log, its exit status and what it "
                 "was made from. R starts it again, E exports it, D removes it. Its files are "
                 "never removed.\n");
    if (state->kind == SESSION_CONTAINER)
        text_add(text,
                 "\ns shows the calls that made it, in order, each with its result. E writes an "
                 "OCI bundle of it, which crun, runc and podman run too.\n");
    text_add(text,
             "\nMEM and CPU are what its own cgroup has used; a container has one where it was "
             "given a limit. OWN are the types of namespaces that it has for itself.\n");
}

void explain_open(struct app *app, const struct thing *thing)
{
    char title[192] = "";
    _cleanup_text_ struct text text = {0};
    struct view *view = app->view;
    if (view->ops->explain != NULL && view->ops->explain(view, title, sizeof(title), &text)) {
        page_open(app, title, NULL, text.data != NULL ? text.data : "", NULL);
        return;
    }
    if (app->now == NULL || thing->kind == THING_NONE) {
        app_result(app, "nothing under the cursor to explain");
        return;
    }
    char name[160];
    snprintf(title, sizeof(title), "Explain: %s", thing_describe(thing, name, sizeof(name)));
    if (thing->kind == THING_NAMESPACE)
        about_namespace(app, thing, &text);
    else if (thing->kind == THING_PROCESS)
        about_process(app, thing, &text);
    else
        about_session(app, thing, &text);
    page_open(app, title, NULL, text.data, NULL);
}
