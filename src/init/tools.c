/* What a join does to its own mounts before it enters anything: the host's root in a private mount
 * namespace, and in it the target's files (--tools), or the files of a network over those of /etc
 * (--etc). Called by enter.c, still on the host's side. Nothing of it is seen elsewhere, and all of
 * it ends with the process. Must never execute anything of the target's. mount_namespaces(7). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

/* Of linux/mount.h, which a libc of one's own may not have. */
#define FSCONFIG_CREATE    6
#define FSMOUNT_CLOSE      1
#define TREE_CLONE         1
#define MOVE_EMPTY_PATH    4
#define ATTRIBUTE_NOSUID   2
#define ATTRIBUTE_NODEV    4
#define ATTRIBUTE_NOEXEC   8
#define AT_RECURSIVE_FLAG  0x8000
#define AT_EMPTY_PATH_FLAG 0x1000
#define CALL_OPEN_TREE     428 /* the same on every machine since these numbers */
#define CALL_MOVE_MOUNT    429
#define CALL_FSOPEN        430
#define CALL_FSCONFIG      431
#define CALL_FSMOUNT       432
#define CALL_MOUNT_SETATTR 442
#define CLONE_NEWNS_FLAG   0x00020000UL
#define CLONE_NEWPID_FLAG  0x20000000UL
#define PLACE              "/run/nstui"

/* A path put together; what does not fit ends the join. */
struct path {
    char text[4096];
};

static const char *path_of(const struct orders *orders, struct path *path, const char *folder,
                           const char *name, const char *last)
{
    if (strlen(folder) + strlen(name) + strlen(last) + 3 > sizeof(path->text)) {
        errno = ENAMETOOLONG;
        report_die(orders, "prepare its mounts");
    }
    (void)strcpy(path->text, folder);
    (void)strcat(path->text, "/");
    (void)strcat(path->text, name);
    if (*last) {
        (void)strcat(path->text, "/");
        (void)strcat(path->text, last);
    }
    return path->text;
}

/* Mounts of the host still arrive here, and none goes out. */
static void mounts_unshare(const struct orders *orders)
{
    if (unshare(CLONE_NEWNS_FLAG) < 0)
        report_die(orders, "make a mount namespace of its own");
    if (mount("", "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
        report_die(orders, "keep its mounts to itself");
}

/* ---- taken inside the target's namespaces --------------------------------------------------- */

/* Calls take() in a child that shares our descriptors, so that what it opens is ours; the number comes
 * through a pipe. Below 0: it could not, -errno. */
static int child_take(const struct orders *orders, int (*take)(const struct orders *))
{
    int ends[2], taken = -1;
    if (pipe(ends) < 0)
        return -errno;
    long child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0L, 0L, 0L, 0L);
    if (child == 0) {
        int number = take(orders);
        number = number < 0 ? -errno : number;
        int written = (int)write(ends[1], &number, sizeof(number));
        _exit(written != sizeof(number));
    }
    while (child > 0 && waitpid((pid_t)child, NULL, 0) < 0 && errno == EINTR)
        ;
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* it may have been killed */
    if (child < 0 || read(ends[0], &taken, sizeof(taken)) != (ssize_t)sizeof(taken))
        taken = -ESRCH;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return taken;
}

/* The target's files as a tree that hangs nowhere: it can only be taken in the target's own mount
 * namespace, open_tree(2). A bind of /proc/PID/root is EINVAL. */
static int tree_take(const struct orders *orders)
{
    struct {
        uint64_t set, clear, propagation, user_namespace;
    } attributes = {ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV, 0, MS_PRIVATE, 0};
    if (syscall(SYS_setns, orders->target, CLONE_NEWNS_FLAG) < 0)
        return -1;
    long tree = syscall(CALL_OPEN_TREE, orders->root, "",
                        TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH_FLAG | AT_RECURSIVE_FLAG);
    if (tree < 0)
        return -1;
    /* What is mounted or unmounted there by the tools is not the target's business, and no device
     * and no set-uid program of its files is the host's. */
    if (syscall(CALL_MOUNT_SETATTR, tree, "", AT_EMPTY_PATH_FLAG | AT_RECURSIVE_FLAG, &attributes,
                sizeof(attributes)) < 0)
        return -1;
    return (int)tree;
}

static int proc_mount(const struct orders *orders)
{
    (void)orders;
    long context = syscall(CALL_FSOPEN, "proc", 1 /* FSOPEN_CLOEXEC */);
    if (context < 0 || syscall(CALL_FSCONFIG, context, FSCONFIG_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return (int)syscall(CALL_FSMOUNT, context, FSMOUNT_CLOSE,
                        ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV | ATTRIBUTE_NOEXEC);
}

/* A proc shows the pid namespace of who mounts it: a process that is born in there, for a moment. */
static int proc_take(const struct orders *orders)
{
    if (syscall(SYS_setns, orders->target, CLONE_NEWPID_FLAG) < 0)
        return -1;
    int proc = child_take(orders, proc_mount);
    return proc < 0 ? (errno = -proc, -1) : proc;
}

/* ---- the two things ------------------------------------------------------------------------ */

static void place_make(const struct orders *orders, const char *path)
{
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        report_die(orders, "make a place for its files below " PLACE);
}

void tools_bring(const struct orders *orders)
{
    struct path path;
    mounts_unshare(orders);
    int tree = child_take(orders, tree_take);
    if (tree < 0) {
        errno = -tree;
        report_die(orders, "take the files of its mount namespace");
    }
    int proc = child_take(orders, proc_take);
    place_make(orders, PLACE);
    if (mount("tmpfs", PLACE, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=64k") < 0)
        report_die(orders, "make a place for its files at " PLACE);
    place_make(orders, path_of(orders, &path, PLACE, orders->tools, ""));
    place_make(orders, path_of(orders, &path, PLACE, orders->tools, "target"));
    if (syscall(CALL_MOVE_MOUNT, tree, "", AT_FDCWD, path.text, MOVE_EMPTY_PATH) < 0)
        report_die(orders, "mount its files below " PLACE);
    place_make(orders, path_of(orders, &path, PLACE, orders->tools, "proc"));
    if (proc >= 0)
        (void)syscall(CALL_MOVE_MOUNT, proc, "", AT_FDCWD, path.text, MOVE_EMPTY_PATH);
}

void tools_tell(const struct orders *orders)
{
    struct line line = {0};
    line_add(&line, "its files are at " PLACE "/");
    line_add(&line, orders->tools);
    line_add(&line, "/target, its processes at " PLACE "/");
    line_add(&line, orders->tools);
    line_add(&line, "/proc; all else is the host's\n");
    (void)!write(1, line.text, line.used);
}

void etc_bind(const struct orders *orders)
{
    struct path from, to;
    DIR *folder = opendir(orders->etc);
    if (!folder)
        report_die(orders, "open the files of the network in /etc/netns");
    mounts_unshare(orders);
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        path_of(orders, &from, orders->etc, entry->d_name, "");
        path_of(orders, &to, "/etc", entry->d_name, "");
        if (mount(from.text, to.text, NULL, MS_BIND, NULL) < 0 && errno != ENOENT)
            report_die(orders, "bind a file of /etc/netns over that of /etc");
    }
    (void)closedir(folder);
}
