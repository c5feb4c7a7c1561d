/* statuses: what only /proc/PID/status says of a process, and what of it a screen needs all the time:
 * its pid in its own pid namespace, which never changes, and its real user where the owner of its
 * folder does not tell (the kernel gives folders of processes that may not be dumped to root).
 * Called by the scanner; status is dear to make for the kernel, so it is read again only now and
 * then. proc(5) */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_EVERY                                                                                 \
    16          /* looks; a young process, which may still become another user, is read always */
#define YOUNG 3 /* looks */

struct status {
    pid_t pid;
    uint64_t start_time;
    pid_t pid_inside;
    uid_t uid;
    unsigned int looks; /* how often it was seen */
};

struct status_list {
    struct status *items;
    size_t count, capacity;
    struct key_table table; /* (pid, start time) */
};

struct statuses {
    struct status_list before, now;
};

struct statuses *statuses_new(void)
{
    return xcalloc(1, sizeof(struct statuses));
}

static void status_list_free(struct status_list *list)
{
    free(list->items);
    key_table_free(&list->table);
    *list = (struct status_list){0};
}

void statuses_free(struct statuses *statuses)
{
    if (statuses) {
        status_list_free(&statuses->before);
        status_list_free(&statuses->now);
        free(statuses);
    }
}

/* The value of a line "Name:\tvalue"; null where there is none. */
static const char *status_value(const char *text, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            return line + length + 1;
        }
    }
    return NULL;
}

static bool status_read(int proc_fd, const struct process *process, bool inside,
                        struct status *status)
{
    char text[4096];
    unsigned int effective;

    if (proc_read(proc_fd, process->pid, "status", text, sizeof(text)) <= 0) {
        return false;
    }
    const char *uids = status_value(text, "Uid");
    if (uids && sscanf(uids, "%*u %u", &effective) == 1) {
        status->uid = effective;
    }
    const char *pids = inside ? status_value(text, "NSpid") : NULL;
    if (pids) {
        char *end;
        do { /* the last one in the line is the innermost */
            status->pid_inside = (pid_t)strtol(pids, &end, 10);
            pids = end;
        } while (*pids == '\t' || *pids == ' ');
    }
    return true;
}

void statuses_add(struct statuses *statuses, int proc_fd, const struct snapshot *view,
                  struct snapshot_builder *builder)
{
    struct status_list *now = &statuses->now;

    for (size_t i = 0; i < view->process_count; i++) {
        const struct process *process = &view->processes[i];
        bool inside = (process_differs(view, process) & NS_BIT(NS_PID)) != 0;
        bool hides_user = process->uid == 0 && !process->kernel_thread;
        if (!inside && !hides_user) {
            continue;
        }
        size_t known =
            key_table_find(&statuses->before.table, (uint64_t)process->pid, process->start_time);
        struct status status = known != KEY_NONE
                                   ? statuses->before.items[known]
                                   : (struct status){.pid = process->pid,
                                                     .start_time = process->start_time,
                                                     .uid = process->uid};
        bool due = ((unsigned int)process->pid + status.looks) % READ_EVERY == 0;
        if (status.looks < YOUNG || due) {
            status_read(proc_fd, process, inside, &status);
        }
        status.looks++;
        array_grow(&now->items, now->count, &now->capacity, sizeof(*now->items));
        *key_table_at(&now->table, (uint64_t)process->pid, process->start_time) = now->count;
        now->items[now->count++] = status;
        snapshot_builder_set_uid(builder, (uint32_t)i, status.uid);
        snapshot_builder_pid_inside(builder, (uint32_t)i, inside ? status.pid_inside : 0);
    }
    status_list_free(&statuses->before);
    statuses->before = statuses->now;
    statuses->now = (struct status_list){0};
}
