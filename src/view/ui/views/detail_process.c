/* detail_process: what there is to know of one process, as lines for detail.c: what it is isolated
 * from in plain words, its rights, and one sentence. */
#include "../explain.h"
#include "detail_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void printable(char *text, size_t size, const char *raw)
{
    text_printable(text, size, raw, strlen(raw), draw_utf8());
}

static void add_who(struct detail *detail, struct app *app, const struct process *process,
                    const struct process_details *details)
{
    char comm[64], user[64], inside[160] = "", age[16], started[32] = "";
    printable(comm, sizeof(comm), process->comm);
    printable(user, sizeof(user), process->user);
    const char *name = detail->subject.name[0] != '\0' ? detail->subject.name : "there";
    if (process->pid_inside != 0 && process->pid_inside != process->pid)
        snprintf(inside, sizeof(inside), ", in %s pid %d", name, (int)process->pid_inside);
    text_span(process_age_s(process), age, sizeof(age));
    if (details != NULL && details->started_wall_s > 0) {
        time_t when = (time_t)details->started_wall_s;
        struct tm parts;
        localtime_r(&when, &parts);
        const char *format =
            process_age_s(process) < 86400 ? "started %H:%M:%S, " : "started %b %d %H:%M, ";
        strftime(started, sizeof(started), format, &parts);
    }
    detail_add(detail, ROLE_TITLE, "%s  pid %d%s      %s      %s%s ago", comm, (int)process->pid,
               inside, user, started, age);
    const struct process *parent =
        process->parent != SNAPSHOT_NONE ? &app->now->processes[process->parent] : NULL;
    const struct process *child =
        process->first_child != SNAPSHOT_NONE ? &app->now->processes[process->first_child] : NULL;
    detail_add(detail, ROLE_PLAIN, "command  %s",
               details != NULL && details->command != NULL ? details->command : comm);
    struct text family = {0};
    if (parent != NULL) {
        printable(comm, sizeof(comm), parent->comm);
        text_addf(&family, "parent %d %s    ", (int)parent->pid, comm);
    }
    if (child != NULL) {
        printable(comm, sizeof(comm), child->comm);
        text_addf(&family, "child %d %s%s", (int)child->pid, comm,
                  child->next_sibling != SNAPSHOT_NONE ? " and more" : "");
    }
    if (family.data != NULL)
        detail_add(detail, ROLE_PLAIN, "%s", family.data);
    text_free(&family);
}

static void add_types(struct detail *detail, struct app *app, const struct process *process,
                      int width)
{
    ns_set differs = process_differs(app->now, process);
    detail_rule(detail, "what it is isolated from");
    if (process_known(process) == 0) {
        detail_wrap(detail, ROLE_WARN,
                    process->zombie
                        ? "It has ended and waits for its parent to notice: it is in no "
                          "namespace any more."
                        : "The kernel hides its namespaces from us: it belongs to "
                          "another user, and we are not root.",
                    width);
        return;
    }
    detail_add(detail, ROLE_HEAD, "TYPE      IDENTITY  HOST?   IN PLAIN WORDS");
    for (int type = 0; type < NS_TYPES; type++) {
        const struct namespace *space =
            snapshot_namespace_of(app->now, process, (enum ns_type)type);
        if (space == NULL)
            continue;
        struct detail_line *line = detail_add_line(detail, DETAIL_TYPE);
        line->is_thing = true;
        line->own = (differs & NS_BIT(type)) != 0;
        line->thing = thing_of_namespace(app, space);
        if (type == NS_PID && line->own)
            line->text = xasprintf("Sees %zu process%s and cannot signal the others.",
                                   space->member_count, space->member_count == 1 ? "" : "es");
        else
            line->text = xstrdup(line->own ? explain_types[type].own : explain_types[type].host);
    }
}

static void add_rights(struct detail *detail, const struct process *process,
                       const struct process_details *details)
{
    static const char *const seccomp[] = {"off", "strict", "filter"};
    char user[64], memory[16];
    detail_rule(detail, "rights and limits");
    if (details == NULL) {
        detail_add(detail, ROLE_PLAIN, "looking ..");
        return;
    }
    if (details->gone) {
        detail_add(detail, ROLE_PLAIN, "it has ended");
        return;
    }
    printable(user, sizeof(user), process->user);
    struct text line = {0};
    text_addf(&line, "user %s    ", user);
    if (details->capabilities_known)
        text_addf(&line, "capabilities %d    ", __builtin_popcountll(details->capabilities));
    text_addf(&line, "setuid programs %s",
              details->no_new_privs ? "do not raise its rights" : "work");
    detail_add(detail, ROLE_PLAIN, "%s", line.data);
    text_free(&line);
    if (details->seccomp >= 0 && details->seccomp <= 2)
        text_addf(&line, "seccomp %s    ", seccomp[details->seccomp]);
    text_addf(&line, "memory %s", text_bytes(details->resident_kib * 1024, memory, sizeof(memory)));
    if (details->cgroup != NULL && details->cgroup[0] != '\0')
        text_addf(&line, "    cgroup %s", details->cgroup);
    detail_add(detail, ROLE_PLAIN, "%s", line.data);
    text_free(&line);
}

static void add_words(struct text *text, ns_set set)
{
    static const char *const nouns[NS_TYPES] = {
        [NS_MNT] = "files",      [NS_UTS] = "names",   [NS_IPC] = "shared memory",
        [NS_PID] = "processes",  [NS_NET] = "network", [NS_USER] = "users",
        [NS_CGROUP] = "cgroups", [NS_TIME] = "clocks"};
    int left = __builtin_popcount(set);
    for (int type = 0; type < NS_TYPES; type++)
        if ((set & NS_BIT(type)) != 0) {
            left--;
            text_addf(text, "%s%s", nouns[type], left > 1 ? ", " : left == 1 ? " and " : "");
        }
}

static void add_sentence(struct detail *detail, struct app *app, const struct process *process,
                         const struct process_details *details, int width)
{
    ns_set differs = process_differs(app->now, process);
    ns_set shared = process_known(process) & ~differs;
    _cleanup_text_ struct text text = {0};
    if (process_known(process) == 0)
        return;
    detail_rule(detail, "in one sentence");
    if (differs == 0) {
        text_add(&text, "It is an ordinary process of the host: it shares everything with it.");
    } else {
        text_add(&text, "It has its own view of ");
        add_words(&text, differs);
        if (shared != 0) {
            text_add(&text, ", but shares ");
            add_words(&text, shared);
            text_add(&text, " with the host");
        }
        bool root = process->uid == 0 && (shared & NS_BIT(NS_USER)) != 0 && details != NULL &&
                    details->capabilities_known && details->capabilities != 0;
        text_add(&text, root ? ", and has rights of root: a container, but not a safe one." : ".");
    }
    detail_wrap(detail, ROLE_PLAIN, text.data, width);
}

void detail_of_process(struct detail *detail, struct app *app, int width)
{
    const struct process *process = app_process(app, &detail->subject);
    if (process == NULL) {
        char name[192];
        detail_add(detail, ROLE_TITLE, "%s", thing_describe(&detail->subject, name, sizeof(name)));
        detail_add(detail, ROLE_WARN, "It has ended.");
        return;
    }
    _cleanup_details_ struct process_details *details =
        discovery_details(app->discovery, process, 2000);
    add_who(detail, app, process, details);
    add_types(detail, app, process, width - 1);
    add_rights(detail, process, details);
    add_sentence(detail, app, process, details, width - 1);
}
