/* hosts: which process of the host is which number in there. A proc file system tells numbers only
 * from its own pid namespace downwards (NSpid of /proc/N/status), so the host's proc is asked: of
 * each process that lives in the pid namespace or below it, the number at that level. Called by
 * ps.c. pid_namespaces(7), ioctl_ns(2). */
#include "private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LEVELS_MAX 33 /* pid namespaces nest at most 32 deep */

/* Pid namespaces that were met, and whether they are the wanted one or lie below it. */
struct verdict {
    uint64_t inode;
    bool below;
};

struct verdicts {
    struct verdict *items;
    size_t count, capacity, last;
};

static int open_namespace(int folder, const char *path)
{
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct statfs system;
    if (fd >= 0 && (fstatfs(fd, &system) < 0 || (long)system.f_type != NSFS_MAGIC)) {
        close(fd);
        return -1;
    }
    return fd;
}

static uint64_t inode_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) < 0 ? 0 : (uint64_t)status.st_ino;
}

/* Goes up from a pid namespace until it meets the wanted one. Returns the steps, -1 where it is not
 * among those above (the kernel tells none above our own: EPERM). */
static int steps_up(int fd, uint64_t wanted)
{
    for (int steps = 0; fd >= 0 && steps < LEVELS_MAX; steps++) {
        bool found = inode_of(fd) == wanted;
        int parent = found ? -1 : ioctl(fd, NS_GET_PARENT);
        close(fd);
        if (found)
            return steps;
        fd = parent;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

int pid_namespace_level(int folder, const char *path)
{
    uint64_t ours = namespace_inode(AT_FDCWD, "/proc/1/ns/pid");
    if (ours == 0)
        ours = namespace_inode(AT_FDCWD, "/proc/self/ns/pid");
    return steps_up(open_namespace(folder, path), ours);
}

static bool is_below(struct verdicts *verdicts, int folder, const char *link, uint64_t inode,
                     uint64_t wanted)
{
    if (verdicts->last < verdicts->count && verdicts->items[verdicts->last].inode == inode)
        return verdicts->items[verdicts->last].below;
    for (size_t i = 0; i < verdicts->count; i++)
        if (verdicts->items[i].inode == inode) {
            verdicts->last = i;
            return verdicts->items[i].below;
        }
    bool below = inode == wanted || steps_up(open_namespace(folder, link), wanted) >= 0;
    array_grow(&verdicts->items, verdicts->count, &verdicts->capacity, sizeof(*verdicts->items));
    verdicts->last = verdicts->count;
    verdicts->items[verdicts->count++] = (struct verdict){.inode = inode, .below = below};
    return below;
}

/* The number of a process of the host at a level of pid namespaces, 0 where it has none. */
static pid_t number_at(int host_proc, const char *name, size_t level)
{
    char path[64];
    /* Supplementary groups, up to 65536 of them, stand before NSpid. */
    static char text[512 * 1024];
    int64_t numbers[LEVELS_MAX];
    snprintf(path, sizeof(path), "%.16s/status", name);
    if (look_read_file(host_proc, path, text, sizeof(text)) <= 0)
        return 0;
    size_t count = status_numbers(status_find(text, "NSpid"), numbers, LEVELS_MAX);
    return level < count ? (pid_t)numbers[level] : 0;
}

static int number_compare(const void *left, const void *right)
{
    const struct host_number *a = left;
    const struct host_number *b = right;
    return a->inner < b->inner ? -1 : a->inner > b->inner;
}

void host_numbers_load(struct host_numbers *numbers, int host_proc, uint64_t inode, size_t level)
{
    struct verdicts verdicts = {0};
    int folder = proc_open_folder(host_proc, ".");
    _cleanup_dir_ DIR *dir = folder < 0 ? NULL : fdopendir(folder);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        int64_t pid;
        char link[64];
        if (!number_parse(entry->d_name, 1, INT32_MAX, &pid))
            continue;
        snprintf(link, sizeof(link), "%d/ns/pid", (int)pid);
        uint64_t home = namespace_inode(host_proc, link);
        if (home == 0 || !is_below(&verdicts, host_proc, link, home, inode))
            continue;
        pid_t inner = number_at(host_proc, entry->d_name, level);
        if (inner == 0)
            continue;
        array_grow(&numbers->items, numbers->count, &numbers->capacity, sizeof(*numbers->items));
        numbers->items[numbers->count++] = (struct host_number){.inner = inner, .host = (pid_t)pid};
    }
    if (numbers->count > 0)
        qsort(numbers->items, numbers->count, sizeof(*numbers->items), number_compare);
    free(verdicts.items);
}

pid_t host_numbers_find(const struct host_numbers *numbers, pid_t inner)
{
    struct host_number wanted = {.inner = inner};
    if (numbers->count == 0)
        return 0;
    const struct host_number *found =
        bsearch(&wanted, numbers->items, numbers->count, sizeof(wanted), number_compare);
    return found ? found->host : 0;
}

void host_numbers_free(struct host_numbers *numbers)
{
    free(numbers->items);
    *numbers = (struct host_numbers){0};
}
