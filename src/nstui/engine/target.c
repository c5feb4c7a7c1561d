/* Finds what is to be entered: a process, by pidfd, so that a pid used again is never mistaken for
 * it; or a namespace by its nsfs file, or by its identity alone (identity.c). Called by join.c and
 * share.c. Changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "target.h"

void target_clear(struct target *target)
{
    *target = (struct target){.handle = -1, .root = -1, .proc = -1, .bound = UINT64_MAX};
}

void target_close(struct target *target)
{
    cleanup_close(&target->handle);
    cleanup_close(&target->root);
    cleanup_close(&target->proc);
    target_clear(target);
}

int target_gone(const struct target *target, struct err *err)
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
                return target_gone(target, err);
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

/* A number of /proc/PID/status. The first line there holds the name that the process gave itself,
 * newlines written as \n. */
static uint64_t status_number(const char *status, const char *key, int base, uint64_t otherwise)
{
    const char *line = strstr(status, key);
    return line ? strtoull(line + strlen(key), NULL, base) : otherwise;
}

/* What holds its processes down, and shall hold down who joins them. */
static void rights_read(struct target *target)
{
    _cleanup_free_ char *status = NULL;
    if (file_read(target->proc, "status", 65536, &status, NULL, NULL) < 0)
        return;
    target->bound = status_number(status, "\nCapBnd:", 16, UINT64_MAX);
    target->no_new_privs = status_number(status, "\nNoNewPrivs:", 10, 0) != 0;
    target->filtered = status_number(status, "\nSeccomp:", 10, 0) == 2;
}

/* "INSIDE OUTSIDE COUNT" a line. */
static uint32_t first_mapped(int proc, const char *file)
{
    _cleanup_free_ char *text = NULL;
    unsigned long first = 0, inside;
    bool any = false;
    if (file_read(proc, file, 65536, &text, NULL, NULL) < 0)
        return 0;
    for (const char *line = text; sscanf(line, "%lu", &inside) == 1;) {
        if (!any || inside == 0)
            first = inside;
        any = true;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return (uint32_t)first;
}

/* Not to be seen in /proc: it has ended, or /proc is mounted so that it hides what is others'. */
static int process_unseen(const struct target *target, struct err *err)
{
    struct pollfd ended = {.fd = target->handle, .events = POLLIN};
    if (access("/proc/self", F_OK) < 0) {
        (void)err_set(err, 0, "cannot look at %s: /proc is not mounted", target->words);
        return err_hint(err, "mount -t proc proc /proc");
    }
    if (poll(&ended, 1, 0) != 0)
        return target_gone(target, err);
    (void)err_set(err, 0, "cannot look at %s: it is alive, and /proc does not show it",
                  target->words);
    return err_hint(err, geteuid() != 0
                             ? "/proc is mounted with hidepid, which hides the processes "
                               "of other users: run it with sudo"
                             : "the /proc that is mounted is that of other processes");
}

static int process_open(const struct ns_target *wanted, struct target *target, struct err *err)
{
    char path[32], shown[WORD_SIZE], state;
    target->is_pid = true;
    if (wanted->words) /* a name that was looked up */
        (void)snprintf(target->words, sizeof(target->words), "%s (pid %d)",
                       word(shown, wanted->words), (int)wanted->pid);
    else
        (void)snprintf(target->words, sizeof(target->words), "pid %d", (int)wanted->pid);
    (void)snprintf(path, sizeof(path), "/proc/%d", (int)wanted->pid);
    target->handle = (int)syscall(SYS_pidfd_open, wanted->pid, 0);
    if (target->handle < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT))
        return target_gone(target, err);
    if (target->handle < 0)
        return err_set(err, errno, "cannot open %s", target->words);
    target->proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    _cleanup_free_ char *stat_text = NULL;
    if (target->proc < 0 || file_read(target->proc, "stat", 4096, &stat_text, NULL, NULL) < 0)
        return process_unseen(target, err);
    uint64_t started = start_time_of(stat_text, &state);
    if (wanted->start_time && started != wanted->start_time)
        return target_gone(target, err);
    if (state == 'Z' || state == 'X') {
        (void)err_set(err, 0, "%s has ended and waits to be collected (a zombie)", target->words);
        return err_hint(err, "it has no namespaces any more; choose another process");
    }
    if (types_compare(target, target->proc, err) < 0)
        return -1;
    rights_read(target);
    if (target->differs & NS_BIT(NS_USER)) {
        target->uid = first_mapped(target->proc, "uid_map");
        target->gid = first_mapped(target->proc, "gid_map");
    }
    target->root = openat(target->proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* All of that was its own only if it still lives: /proc/PID could have become another's. */
    struct pollfd ended = {.fd = target->handle, .events = POLLIN};
    if (poll(&ended, 1, 0) != 0)
        return target_gone(target, err);
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

static int by_identity_open(const char *text, struct target *target, struct err *err)
{
    enum ns_type type;
    ino_t inode;
    if (!identity_parse(text, &type, &inode))
        return err_set(err, 0, "\"%s\" is no namespace", target->words);
    int fd = identity_open(type, inode);
    if (fd >= 0)
        return file_take(fd, target, err);
    (void)err_set(err, 0, "cannot find %s: nothing that can be seen holds it", target->words);
    return err_hint(err, "it may have ended, or only a socket or another namespace keeps it");
}

int target_open(const struct ns_target *wanted, struct target *target, struct err *err)
{
    target_clear(target);
    if (!wanted->path)
        return process_open(wanted, target, err);
    (void)text_printable(target->words, sizeof(target->words), wanted->path, strlen(wanted->path),
                         true);
    if (strchr(wanted->path, '/'))
        return path_open(wanted->path, target, err);
    return by_identity_open(wanted->path, target, err);
}

/* ---- its variables ------------------------------------------------------------------------- */

#define ENVIRONMENT_MAX (512u * 1024) /* bytes; execve(2) takes about four times as much */

int target_environment(const struct target *target, struct strings *list, struct err *err)
{
    _cleanup_free_ char *data = NULL;
    size_t length = 0;
    if (target->proc < 0)
        return err_set(err, 0, "%s is no process: it has no environment", target->words);
    struct err why = {0};
    if (file_read(target->proc, "environ", ENVIRONMENT_MAX, &data, &length, &why) < 0) {
        if (why.errnum == ESRCH || why.errnum == ENOENT)
            return target_gone(target, err);
        return err_set(err, 0, "cannot take the environment of %s: %s", target->words, why.text);
    }
    for (const char *at = data; at < data + length; at += strlen(at) + 1) {
        const char *equals = strchr(at, '=');
        if (equals && equals != at && strncmp(at, "TERM=", 5) != 0)
            strings_add(list, at);
    }
    return 0;
}

/* ---- which process was meant --------------------------------------------------------------- */

#define DESCENDANTS_MAX 256

static bool process_differs(pid_t pid, ns_set types)
{
    for (size_t at = 0; at < NS_TYPES; at++) {
        char path[64];
        struct stat theirs, ours;
        (void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[at].name);
        if (!(types & NS_BIT(at)) || stat(path, &ours) < 0)
            continue;
        (void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, ns_types[at].name);
        if (stat(path, &theirs) == 0 && theirs.st_ino != ours.st_ino)
            return true;
    }
    return false;
}

pid_t target_descendant(pid_t pid, ns_set types, char comm[64])
{
    pid_t queue[DESCENDANTS_MAX] = {pid};
    size_t count = 1;
    for (size_t at = 0; at < count; at++) {
        _cleanup_free_ char *path = xasprintf("/proc/%d/task/%d/children", queue[at], queue[at]);
        _cleanup_free_ char *text = NULL, *name = NULL;
        size_t length = 0;
        if (at > 0 && process_differs(queue[at], types)) {
            _cleanup_free_ char *comm_path = xasprintf("/proc/%d/comm", queue[at]);
            if (file_read(AT_FDCWD, comm_path, 64, &name, &length, NULL) < 0)
                return 0;
            length -= length > 0 && name[length - 1] == '\n';
            (void)text_printable(comm, 64, name, length, true);
            return queue[at];
        }
        if (file_read(AT_FDCWD, path, 65536, &text, NULL, NULL) < 0)
            continue;
        char *end = text;
        for (long child; count < DESCENDANTS_MAX && (child = strtol(end, &end, 10)) > 0;)
            queue[count++] = (pid_t)child;
    }
    return 0;
}

/* ---- words --------------------------------------------------------------------------------- */

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
    return err_hint(err, "a pid, the name of a session, a file of a namespace, or TYPE:[INODE] as "
                         "net:[4026532609]");
}
