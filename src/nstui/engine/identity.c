/* A namespace by its identity alone, TYPE:[INODE], whoever holds it: processes and threads first,
 * then our own mounts, and only if that was all in vain the mounts of other mount namespaces and
 * every descriptor of every process. Called by target.c; opens, changes nothing. namespaces(7). */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "target.h"

/* What is looked for. */
struct search {
    const char *text; /* "net:[4026532609]": the text of its links, and its root in mountinfo */
    const char *name; /* "net" */
    ino_t inode;
};

bool identity_parse(const char *text, enum ns_type *type, ino_t *inode)
{
    char name[16];
    unsigned long number;
    int used = 0;
    if (sscanf(text, "%15[a-z]:[%lu]%n", name, &number, &used) != 2 || !used || text[used] != '\0')
        return false;
    *inode = number;
    return ns_type_by_name(name, type);
}

/* ---- files --------------------------------------------------------------------------------- */

/* Takes an O_PATH descriptor; a FIFO or a device is never opened. */
static int nsfs_reopen(int path_fd)
{
    char again[40];
    struct statfs system;
    _cleanup_close_ int fd = path_fd;
    if (fd < 0 || fstatfs(fd, &system) < 0)
        return -1;
    if (system.f_type != NSFS_MAGIC)
        return errno = EINVAL, -1;
    (void)snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
    return open(again, O_RDONLY | O_CLOEXEC);
}

int nsfs_open(int directory, const char *path)
{
    return nsfs_reopen(openat(directory, path, O_PATH | O_CLOEXEC));
}

/* The namespace itself, or -1. */
static int wanted_only(const struct search *search, int fd)
{
    struct stat status;
    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_ino == search->inode)
        return fd;
    cleanup_close(&fd);
    return -1;
}

/* ---- processes and threads ----------------------------------------------------------------- */

static int in_folder_ns(const struct search *search, int folder)
{
    static const char *const suffixes[] = {"", "_for_children"};
    for (size_t at = 0; at < array_length(suffixes); at++) {
        char path[64];
        struct stat status;
        (void)snprintf(path, sizeof(path), "ns/%s%s", search->name, suffixes[at]);
        if (fstatat(folder, path, &status, 0) < 0 || status.st_ino != search->inode)
            continue;
        int fd = wanted_only(search, nsfs_open(folder, path));
        if (fd >= 0)
            return fd;
    }
    return -1;
}

/* Only where the process has several: they may be in namespaces of their own. */
static int in_threads(const struct search *search, int process)
{
    struct stat status;
    if (fstatat(process, "task", &status, 0) < 0 || status.st_nlink <= 3)
        return -1;
    int folder = openat(process, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_dir_ DIR *tasks = folder >= 0 ? fdopendir(folder) : NULL;
    int found = -1;
    for (struct dirent *entry; tasks && found < 0 && (entry = readdir(tasks));) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        _cleanup_close_ int thread =
            openat(dirfd(tasks), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (thread >= 0)
            found = in_folder_ns(search, thread);
    }
    return found;
}

static int in_process(const struct search *search, int process)
{
    int fd = in_folder_ns(search, process);
    return fd >= 0 ? fd : in_threads(search, process);
}

/* ---- mounts -------------------------------------------------------------------------------- */

/* mountinfo writes blanks and the like as \040. In place. */
static void octal_decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (from[0] == '\\' && from[1] && from[2] && from[3]) {
            char digits[4] = {from[1], from[2], from[3], '\0'};
            *to++ = (char)strtol(digits, NULL, 8);
            from += 3;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

/* The points are as the process sees them, below its own root: links in there stay in there. */
static int in_mounts(const struct search *search, int process)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    int file = openat(process, "mountinfo", O_RDONLY | O_CLOEXEC);
    _cleanup_file_ FILE *mounts = file >= 0 ? fdopen(file, "re") : NULL;
    _cleanup_close_ int root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char line[8192], origin[512], point[4096];
    while (mounts && root >= 0 && fgets(line, sizeof(line), mounts)) {
        if (sscanf(line, "%*s %*s %*s %511s %4095s", origin, point) != 2 ||
            strcmp(origin, search->text) != 0 || !strstr(line, " - nsfs "))
            continue;
        octal_decode(point);
        int fd = (int)syscall(SYS_openat2, root, point, &how, sizeof(how));
        fd = wanted_only(search, nsfs_reopen(fd));
        if (fd >= 0)
            return fd;
    }
    return -1;
}

static int in_our_mounts(const struct search *search)
{
    _cleanup_close_ int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return self < 0 ? -1 : in_mounts(search, self);
}

/* Mount namespaces that were looked into already. */
struct seen {
    ino_t *inodes;
    size_t count, capacity;
};

static int in_other_mounts(const struct search *search, int process, struct seen *seen)
{
    struct stat status;
    if (fstatat(process, "ns/mnt", &status, 0) < 0)
        return -1;
    for (size_t at = 0; at < seen->count; at++) {
        if (seen->inodes[at] == status.st_ino)
            return -1;
    }
    array_grow(&seen->inodes, seen->count, &seen->capacity, sizeof(ino_t));
    seen->inodes[seen->count++] = status.st_ino;
    return in_mounts(search, process);
}

/* ---- descriptors --------------------------------------------------------------------------- */

static int in_descriptors(const struct search *search, int process)
{
    int folder = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_dir_ DIR *descriptors = folder >= 0 ? fdopendir(folder) : NULL;
    for (struct dirent *entry; descriptors && (entry = readdir(descriptors));) {
        char link[64];
        ssize_t length = readlinkat(dirfd(descriptors), entry->d_name, link, sizeof(link) - 1);
        if (length <= 0)
            continue;
        link[length] = '\0';
        if (strcmp(link, search->text) != 0)
            continue;
        int fd = wanted_only(search, nsfs_open(dirfd(descriptors), entry->d_name));
        if (fd >= 0)
            return fd;
    }
    return -1;
}

/* ---- all of it ----------------------------------------------------------------------------- */

enum place { IN_PROCESSES, IN_MOUNTS, IN_DESCRIPTORS };

static int in_proc(const struct search *search, enum place place)
{
    _cleanup_dir_ DIR *proc = opendir("/proc");
    struct seen seen = {0};
    int found = -1;
    for (struct dirent *entry; proc && found < 0 && (entry = readdir(proc));) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        _cleanup_close_ int process =
            openat(dirfd(proc), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (process < 0)
            continue;
        if (place == IN_PROCESSES)
            found = in_process(search, process);
        else if (place == IN_MOUNTS)
            found = in_other_mounts(search, process, &seen);
        else
            found = in_descriptors(search, process);
    }
    free(seen.inodes);
    return found;
}

int identity_open(enum ns_type type, ino_t inode)
{
    struct search search = {.name = ns_types[type].name, .inode = inode};
    _cleanup_free_ char *plain = xasprintf("%s:[%lu]", search.name, (unsigned long)inode);
    search.text = plain;
    int fd = in_proc(&search, IN_PROCESSES);
    if (fd < 0)
        fd = in_our_mounts(&search);
    if (fd < 0)
        fd = in_proc(&search, IN_MOUNTS);
    return fd >= 0 ? fd : in_proc(&search, IN_DESCRIPTORS);
}
