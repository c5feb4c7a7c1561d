/* Finds the target of a join: a process, by pidfd, so that a pid used again is never mistaken for
 * it; or a namespace by its nsfs file, or by its identity alone, then looked for in all of /proc
 * and among the mounts. Called by join.c. Changes nothing. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "target.h"

void target_clear(struct target *target)
{
    *target = (struct target){.handle = -1, .root = -1, .bound = UINT64_MAX};
}

void target_close(struct target *target)
{
    cleanup_close(&target->handle);
    cleanup_close(&target->root);
    target_clear(target);
}

static int gone(const struct target *target, struct err *err)
{
    (void)err_set(err, 0, "%s is gone", target->words);
    if (err)
        err->errnum = ESRCH;
    return -1;
}

/* ---- a process ----------------------------------------------------------------------------- */

/* Field 22 of /proc/PID/stat, behind a name that may hold anything, also ")" and blanks. */
static uint64_t start_time_of(const char *stat, char *state)
{
    const char *at = strrchr(stat, ')');
    *state = at && at[1] ? at[2] : '\0';
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at + 1, NULL, 10) : 0;
}

static int types_compare(struct target *target, int proc, struct err *err)
{
    for (size_t at = 0; at < NS_TYPES; at++) {
        struct stat theirs, ours;
        char path[32];
        (void)snprintf(path, sizeof(path), "ns/%s", ns_types[at].name);
        if (fstatat(proc, path, &theirs, 0) < 0) {
            if (errno == ENOENT) /* this kernel lacks the type */
                continue;
            if (errno == ESRCH)
                return gone(target, err);
            (void)err_set(err, errno, "cannot look at the namespaces of %s", target->words);
            return geteuid() == 0 ? err_hint(err, "even root may not, here")
                                  : err_hint(err, "it is another user's: run it with sudo");
        }
        target->has |= NS_BIT(at);
        (void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[at].name);
        if (stat(path, &ours) < 0)
            return err_set(err, errno, "cannot look at our own namespaces");
        if (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev)
            target->differs |= NS_BIT(at);
    }
    return 0;
}

static uint64_t bound_read(int proc)
{
    _cleanup_free_ char *text = NULL;
    if (file_read(proc, "status", 65536, &text, NULL, NULL) < 0)
        return UINT64_MAX;
    /* The first line holds the name that the process gave itself, newlines written as \n. */
    const char *line = strstr(text, "\nCapBnd:");
    return line ? strtoull(line + strlen("\nCapBnd:"), NULL, 16) : UINT64_MAX;
}

static int process_open(const struct join *join, struct target *target, struct err *err)
{
    char path[32], state;
    target->is_pid = true;
    (void)snprintf(target->words, sizeof(target->words), "pid %d", (int)join->pid);
    (void)snprintf(path, sizeof(path), "/proc/%d", (int)join->pid);
    target->handle = (int)syscall(SYS_pidfd_open, join->pid, 0);
    if (target->handle < 0 && (errno == ESRCH || errno == EINVAL))
        return gone(target, err);
    if (target->handle < 0)
        return err_set(err, errno, "cannot open %s", target->words);
    _cleanup_close_ int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    _cleanup_free_ char *stat_text = NULL;
    if (proc < 0 && access("/proc/self", F_OK) < 0) {
        (void)err_set(err, 0, "cannot look at %s: /proc is not mounted", target->words);
        return err_hint(err, "mount -t proc proc /proc");
    }
    if (proc < 0 || file_read(proc, "stat", 4096, &stat_text, NULL, NULL) < 0)
        return gone(target, err);
    uint64_t started = start_time_of(stat_text, &state);
    if (join->start_time && started != join->start_time)
        return gone(target, err);
    if (state == 'Z' || state == 'X') {
        (void)err_set(err, 0, "%s has ended and waits to be collected (a zombie)", target->words);
        return err_hint(err, "it has no namespaces any more; choose another process");
    }
    if (types_compare(target, proc, err) < 0)
        return -1;
    target->bound = bound_read(proc);
    target->root = openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* All of that was its own only if it still lives: /proc/PID could have become another's. */
    struct pollfd ended = {.fd = target->handle, .events = POLLIN};
    if (poll(&ended, 1, 0) != 0)
        return gone(target, err);
    return 0;
}

/* ---- a namespace --------------------------------------------------------------------------- */

static bool type_by_flag(int flag, enum ns_type *type)
{
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (ns_types[at].clone_flag == flag) {
            *type = (enum ns_type)at;
            return true;
        }
    }
    return false;
}

/* Takes an open nsfs file as the target. */
static int file_take(int fd, struct target *target, struct err *err)
{
    struct stat theirs, ours;
    enum ns_type type;
    char path[32];
    if (!type_by_flag(ioctl(fd, NS_GET_NSTYPE), &type) || fstat(fd, &theirs) < 0) {
        (void)close(fd);
        return err_set(err, errno, "cannot tell the type of %s", target->words);
    }
    target->handle = fd;
    target->has = NS_BIT(type);
    (void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[type].name);
    if (stat(path, &ours) < 0 || ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev)
        target->differs = target->has;
    return 0;
}

/* A path may lead to a FIFO or a device: it is looked at before it is opened. */
static int nsfs_open(int directory, const char *path)
{
    char again[40];
    struct statfs system;
    _cleanup_close_ int fd = openat(directory, path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstatfs(fd, &system) < 0)
        return -1;
    if (system.f_type != NSFS_MAGIC)
        return errno = EINVAL, -1;
    (void)snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
    return open(again, O_RDONLY | O_CLOEXEC);
}

static int path_open(const char *path, struct target *target, struct err *err)
{
    char shown[WORD_SIZE];
    int fd = nsfs_open(AT_FDCWD, path);
    if (fd >= 0)
        return file_take(fd, target, err);
    if (errno != EINVAL)
        return err_set(err, errno, "cannot open %s", word(shown, path));
    (void)err_set(err, 0, "%s is no namespace", word(shown, path));
    return err_hint(err, "a file as /proc/PID/ns/net, or a bind mount of one, as ip netns makes");
}

/* One that a process is in. */
static int identity_in_proc(enum ns_type type, ino_t inode)
{
    _cleanup_dir_ DIR *proc = opendir("/proc");
    for (struct dirent *entry; proc && (entry = readdir(proc));) {
        char path[300];
        struct stat status;
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        (void)snprintf(path, sizeof(path), "%s/ns/%s", entry->d_name, ns_types[type].name);
        if (fstatat(dirfd(proc), path, &status, 0) < 0 || status.st_ino != inode)
            continue;
        int fd = nsfs_open(dirfd(proc), path);
        if (fd >= 0 && fstat(fd, &status) == 0 && status.st_ino == inode)
            return fd;
        cleanup_close(&fd);
    }
    return -1;
}

/* One that a bind mount keeps, /run/netns/x: field 4 of its line in mountinfo is the identity. */
static int identity_in_mounts(const char *identity)
{
    _cleanup_file_ FILE *mounts = fopen("/proc/self/mountinfo", "re");
    char line[4096], root[512], point[2048];
    while (mounts && fgets(line, sizeof(line), mounts)) {
        if (sscanf(line, "%*s %*s %*s %511s %2047s", root, point) != 2 ||
            strcmp(root, identity) != 0)
            continue;
        int fd = nsfs_open(AT_FDCWD, point);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

static bool identity_parse(const char *text, enum ns_type *type, ino_t *inode)
{
    char name[16];
    unsigned long number;
    int used = 0;
    if (sscanf(text, "%15[a-z]:[%lu]%n", name, &number, &used) != 2 || !used || text[used] != '\0')
        return false;
    *inode = number;
    return ns_type_by_name(name, type);
}

static int identity_open(const char *text, struct target *target, struct err *err)
{
    enum ns_type type;
    ino_t inode;
    if (!identity_parse(text, &type, &inode))
        return err_set(err, 0, "\"%s\" is no namespace", target->words);
    int fd = identity_in_proc(type, inode);
    if (fd < 0)
        fd = identity_in_mounts(text);
    if (fd >= 0)
        return file_take(fd, target, err);
    (void)err_set(err, 0, "cannot find %s: no process that can be seen is in it", target->words);
    return err_hint(err, "it may have ended, or only a descriptor or socket holds it");
}

int target_open(const struct join *join, struct target *target, struct err *err)
{
    target_clear(target);
    if (!join->path)
        return process_open(join, target, err);
    (void)text_printable(target->words, sizeof(target->words), join->path, strlen(join->path),
                         true);
    if (strchr(join->path, '/'))
        return path_open(join->path, target, err);
    return identity_open(join->path, target, err);
}

int join_target_parse(const char *text, struct join *join, struct err *err)
{
    enum ns_type type;
    ino_t inode;
    int64_t pid;
    char shown[WORD_SIZE];
    word(shown, text);
    if (number_parse(text, 1, INT32_MAX, &pid)) {
        join->pid = (pid_t)pid;
        return 0;
    }
    if (strchr(text, '/') || identity_parse(text, &type, &inode)) {
        join->path = xstrdup(text);
        return 0;
    }
    (void)err_set(err, 0, "\"%s\" is nothing to join", shown);
    return err_hint(err, "a pid, a container's name, a file of a namespace, or TYPE:[INODE] as "
                         "net:[4026532609]");
}
