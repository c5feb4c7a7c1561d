/* details: the dear facts of one process, read when someone looks at it. Called by the desk's thread
 * and by the list. A process can make the reading of its command line last (its memory may lie in a
 * file system that does not answer), so the dashboard's loop never calls this. Everything that comes
 * out is printable. proc(5) */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_MAX 4096

void process_details_free(struct process_details *details)
{
    if (details) {
        free(details->command);
        free(details->cgroup);
        free(details);
    }
}

void process_details_cleanup(struct process_details **details)
{
    process_details_free(*details);
}

static char *printable_copy(const char *bytes, size_t length)
{
    size_t size = length * 2 + 8;
    char *copy = xmalloc(size);

    text_printable(copy, size, bytes, length, true);
    return copy;
}

/* Field 22 of stat. The name in field 2 may hold anything, also `) `: count from the last bracket. */
static uint64_t start_time_of(int proc_fd, pid_t pid, char *comm, size_t comm_size)
{
    char text[1024];

    if (proc_read(proc_fd, pid, "stat", text, sizeof(text)) <= 0) {
        return 0;
    }
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || close < open) {
        return 0;
    }
    snprintf(comm, comm_size, "%.*s", (int)(close - open - 1), open + 1);
    const char *at = close + 1;
    for (int field = 3; field < 22 && at; field++) {
        at = strchr(at + 1, ' ');
    }
    return at ? strtoull(at + 1, NULL, 10) : 0;
}

static char *read_command(int proc_fd, pid_t pid, const char *comm)
{
    char bytes[COMMAND_MAX + 1];
    ssize_t length = proc_read(proc_fd, pid, "cmdline", bytes, sizeof(bytes));
    _cleanup_text_ struct text line = {0};

    if (length <= 0 || bytes[0] == '\0') { /* a kernel thread, or one that wiped it */
        text_addf(&line, "[%s]", comm);
        return printable_copy(line.data, line.length);
    }
    /* What a process made of the place of its arguments (setproctitle) is one long word: as it is. */
    bool one_word = strlen(bytes) + 1 >= (size_t)length;
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(bytes + at) + 1) {
        _cleanup_free_ char *quoted = one_word ? xstrdup(bytes) : text_shell_quote(bytes + at);
        text_addf(&line, "%s%s", at > 0 ? " " : "", quoted);
    }
    while (line.length > 0 && line.data[line.length - 1] == ' ') {
        line.data[--line.length] = '\0';
    }
    return printable_copy(line.data, line.length);
}

static char *read_cgroup(int proc_fd, pid_t pid)
{
    char text[8192];

    if (proc_read(proc_fd, pid, "cgroup", text, sizeof(text)) <= 0) {
        return xstrdup("");
    }
    char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
    line = line ? line + (*line == '\n') : text;
    char *path = strchr(line, ':');
    path = path ? strchr(path + 1, ':') : NULL;
    return path ? printable_copy(path + 1, strcspn(path + 1, "\n")) : xstrdup("");
}

/* One line of status and what becomes of its value. */
static void take_pids(struct process_details *details, const char *value)
{
    char *end;

    for (details->pid_count = 0; details->pid_count < FACTS_LEVELS_MAX; value = end) {
        long pid = strtol(value, &end, 10);
        if (end == value) {
            return;
        }
        details->pids[details->pid_count++] = (pid_t)pid;
        if (*end == '\n') {
            return;
        }
    }
}

static void take_resident(struct process_details *details, const char *value)
{
    details->resident_kib = strtoull(value, NULL, 10);
}

static void take_no_new_privs(struct process_details *details, const char *value)
{
    details->no_new_privs = strtol(value, NULL, 10) != 0;
}

static void take_seccomp(struct process_details *details, const char *value)
{
    details->seccomp = (int)strtol(value, NULL, 10);
}

static void take_capabilities(struct process_details *details, const char *value)
{
    details->capabilities = strtoull(value, NULL, 16);
    details->capabilities_known = true;
}

static const struct {
    const char *name;
    void (*take)(struct process_details *details, const char *value);
} status_lines[] = {
    {"NSpid:", take_pids},      {"VmRSS:", take_resident},      {"NoNewPrivs:", take_no_new_privs},
    {"Seccomp:", take_seccomp}, {"CapEff:", take_capabilities},
};

static void read_status(int proc_fd, struct process_details *details)
{
    char text[8192];

    if (proc_read(proc_fd, details->pid, "status", text, sizeof(text)) <= 0) {
        return;
    }
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        for (size_t i = 0; i < array_length(status_lines); i++) {
            size_t length = strlen(status_lines[i].name);
            if (strncmp(line, status_lines[i].name, length) == 0) {
                status_lines[i].take(details, line + length);
            }
        }
    }
}

static int64_t wall_of_start(uint64_t start_time)
{
    struct timespec wall, boot;

    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_BOOTTIME, &boot);
    return wall.tv_sec - boot.tv_sec + (int64_t)(start_time / (uint64_t)sysconf(_SC_CLK_TCK));
}

static bool read_all(int proc_fd, struct process_details *details)
{
    char comm[256] = "";
    uint64_t start = start_time_of(proc_fd, details->pid, comm, sizeof(comm));

    if (start == 0 || (details->start_time != 0 && details->start_time != start)) {
        return false;
    }
    details->start_time = start;
    details->started_wall_s = wall_of_start(start);
    free(details->command);
    free(details->cgroup);
    details->cgroup = read_cgroup(proc_fd, details->pid);
    read_status(proc_fd, details);
    cgroup_usage_read(details->pid, &details->usage);
    details->usage_ms = clock_monotonic_ms();
    details->command = read_command(proc_fd, details->pid, comm);
    /* The same process still: what was read in between is its own. */
    return start_time_of(proc_fd, details->pid, comm, sizeof(comm)) == start;
}

struct process_details *process_details_read(pid_t pid, uint64_t start_time)
{
    struct process_details *details = xcalloc(1, sizeof(*details));
    struct err ignored = {0};
    _cleanup_close_ int proc_fd = proc_open(&ignored);

    details->pid = pid;
    details->start_time = start_time;
    details->seccomp = details->cpu_percent = -1;
    details->command = xstrdup("");
    details->cgroup = xstrdup("");
    if (proc_fd == -1 || !read_all(proc_fd, details)) {
        free(details->command);
        free(details->cgroup);
        *details = (struct process_details){.pid = pid,
                                            .start_time = start_time,
                                            .gone = true,
                                            .seccomp = -1,
                                            .cpu_percent = -1,
                                            .command = xstrdup(""),
                                            .cgroup = xstrdup("")};
    }
    return details;
}
