/* What the processes of a cgroup use: memory, number, cpu time, from v2's files or v1's. Called for
 * `nstui ps` and by the dashboard's thread of details. Changes nothing. */
#include "nstui/cgroups.h"

#include <stdlib.h>
#include <string.h>

#define TAG_LENGTH 8

bool cgroup_name_is_ours(const char *name)
{
    size_t length = strlen(name);
    return length > TAG_LENGTH + 1 && name[length - TAG_LENGTH - 1] == '-' &&
           strspn(name + length - TAG_LENGTH, "0123456789abcdef") == TAG_LENGTH;
}

int64_t cgroup_number(int fd, const char *file, const char *word)
{
    _cleanup_free_ char *text = NULL;
    if (file_read(fd, file, 64u * 1024, &text, NULL, NULL) < 0)
        return -1;
    const char *at = text;
    for (size_t length = word ? strlen(word) : 0; word; at += strcspn(at, "\n") + 1) {
        if (strncmp(at, word, length) == 0 && at[length] == ' ') {
            at += length + 1;
            break;
        }
        if (!strchr(at, '\n'))
            return -1;
    }
    if (strncmp(at, "max", 3) == 0)
        return INT64_MAX;
    char *end;
    unsigned long long number = strtoull(at, &end, 10);
    if (end == at || (*end && *end != '\n'))
        return -1;
    return number > INT64_MAX / 2 ? INT64_MAX : (int64_t)number; /* v1's "none" is near 2^63 */
}

/* Cuts a path behind the part that is ours: the process may have made cgroups below it. */
static bool path_cut(char *path)
{
    for (char *part = path; *part;) {
        char *end = part + strcspn(part, "/"), sign = *end;
        *end = '\0';
        if (cgroup_name_is_ours(part))
            return true;
        *end = sign;
        part = end + (sign == '/');
    }
    return false;
}

/* A file of v2 and the same of v1; a limit of v1 that is none is a number beyond all memory. */
struct figure {
    enum cgroup_controller controller;
    size_t offset;
    const char *file[2], *word[2];
    int64_t divisor[2];
};

static const struct figure figures[] = {
    {CGROUP_MEMORY,
     offsetof(struct cgroup_usage, memory_bytes),
     {"memory.usage_in_bytes", "memory.current"},
     {NULL, NULL},
     {1, 1}},
    {CGROUP_MEMORY,
     offsetof(struct cgroup_usage, memory_limit_bytes),
     {"memory.limit_in_bytes", "memory.max"},
     {NULL, NULL},
     {1, 1}},
    {CGROUP_PIDS,
     offsetof(struct cgroup_usage, processes),
     {"pids.current", "pids.current"},
     {NULL, NULL},
     {1, 1}},
    {CGROUP_PIDS,
     offsetof(struct cgroup_usage, process_limit),
     {"pids.max", "pids.max"},
     {NULL, NULL},
     {1, 1}},
    {CGROUP_CPUACCT,
     offsetof(struct cgroup_usage, cpu_us),
     {"cpuacct.usage", "cpu.stat"},
     {NULL, "usage_usec"},
     {1000, 1}},
};

void cgroup_usage_read(pid_t pid, struct cgroup_usage *usage)
{
    _cleanup_cgroup_mounts_ struct cgroup_mounts mounts = {0};
    *usage = (struct cgroup_usage){
        .memory_bytes = -1,
        .memory_limit_bytes = -1,
        .processes = -1,
        .process_limit = -1,
        .cpu_us = -1,
        .memory_is_off = cgroup_controller_is_off(CGROUP_MEMORY),
    };
    if (pid <= 0 || cgroup_mounts_read(&mounts, NULL) < 0)
        return;
    for (size_t at = 0; at < array_length(figures); at++) {
        const struct figure *figure = &figures[at];
        const struct cgroup_mount *mount = cgroup_mounts_find(&mounts, figure->controller);
        _cleanup_free_ char *path = mount ? cgroup_path_of(mount, pid) : NULL;
        if (!path || !path_cut(path))
            continue;
        _cleanup_close_ int fd = cgroup_open(mount, path);
        if (fd < 0)
            continue;
        int64_t number = cgroup_number(fd, figure->file[mount->v2], figure->word[mount->v2]);
        number = number > 0 && number != INT64_MAX ? number / figure->divisor[mount->v2] : number;
        *(int64_t *)(void *)((char *)usage + figure->offset) = number;
        usage->own = true;
    }
}
