/* Joins namespaces that already have processes, which may be hostile. Runs on the host's side as a
 * sealed copy; only its child, which holds the command's own three descriptors and the report and
 * nothing else, is born inside. setns(2), user_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "init.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif
#define DEVPTS_MAGIC 0x1cd1

static const struct {
    unsigned long flag;
    const char *words;
} types[] = {
    {CLONE_NEWNS, "enter the mnt namespace"},    {CLONE_NEWUTS, "enter the uts namespace"},
    {CLONE_NEWIPC, "enter the ipc namespace"},   {CLONE_NEWPID, "enter the pid namespace"},
    {CLONE_NEWNET, "enter the net namespace"},   {CLONE_NEWCGROUP, "enter the cgroup namespace"},
    {CLONE_NEWTIME, "enter the time namespace"},
};
#define TYPES (sizeof(types) / sizeof(types[0]))

/* setns(2), told. */
static long types_enter(const struct orders *orders, unsigned long flags)
{
    long result = syscall(SYS_setns, orders->target, flags);
    struct told_call call = {
        .number = SYS_setns,
        .result = result < 0 ? -errno : result,
        .words = {orders->target, (long)flags},
    };
    calls_add(orders, &call);
    return result;
}

/* All at once, with the rights that the user namespace gives; the kernel does it whole or not at
 * all. Where that lacks rights over a namespace that somebody else owns, those are entered one by
 * one: first with the rights we have, then with those of the user namespace. */
static void namespaces_enter(const struct orders *orders)
{
    if (orders->types == 0 || types_enter(orders, orders->types) == 0)
        return;
    if (errno != EPERM || !(orders->types & CLONE_NEWUSER))
        goto one_by_one;
    unsigned long left = orders->types & ~(unsigned long)CLONE_NEWUSER;
    for (unsigned at = 0; at < TYPES; at++) {
        if ((left & types[at].flag) && types_enter(orders, types[at].flag) == 0)
            left &= ~types[at].flag;
    }
    if (types_enter(orders, CLONE_NEWUSER) < 0)
        report_die(orders, "enter the user namespace");
    for (unsigned at = 0; at < TYPES; at++) {
        if ((left & types[at].flag) && types_enter(orders, types[at].flag) < 0)
            report_die(orders, types[at].words);
    }
    return;
one_by_one:
    if (errno == ESRCH)
        report_die(orders, "enter its namespaces");
    /* Only to find out which of them it is. */
    for (unsigned at = 0; at < TYPES; at++) {
        if ((orders->types & types[at].flag) && types_enter(orders, types[at].flag) < 0)
            report_die(orders, types[at].words);
    }
    report_die(orders, "enter the user namespace");
}

/* The root of a mount namespace is not the target's where it has been in chroot(2) since. */
static void root_enter(const struct orders *orders)
{
    struct stat wanted, present;
    if (orders->root < 0)
        return;
    if (fstat(orders->root, &wanted) < 0 || stat("/", &present) < 0)
        report_die(orders, "look at its root directory");
    if (wanted.st_dev == present.st_dev && wanted.st_ino == present.st_ino)
        return;
    int failed = fchdir(orders->root);
    struct told_call call = {
        .number = SYS_fchdir, .result = failed ? -errno : 0, .words = {orders->root}};
    calls_add(orders, &call);
    if (failed == 0)
        calls_add_path(orders, SYS_chroot, ".", failed = chroot("."));
    if (failed == 0)
        calls_add_path(orders, SYS_chdir, "/", failed = chdir("/"));
    if (failed)
        report_die(orders, "enter its root directory");
}

/* Groups of the caller's; in there they may not be given up any more, where its maps say so. */
static void groups_leave(const struct orders *orders)
{
    if (orders->types & CLONE_NEWUSER)
        (void)setgroups(0, NULL);
}

/* In a user namespace we are nobody until we take an identity that it has. Who was root must: whoever
 * has made it may look into its processes, and would have root's files out here. Others can only enter
 * their own, and stay what they are. */
static void user_become(const struct orders *orders, bool root)
{
    if (!(orders->types & CLONE_NEWUSER))
        return;
    (void)setgroups(0, NULL);
    bool become = setresgid(orders->gid, orders->gid, orders->gid) == 0;
    if ((setresuid(orders->uid, orders->uid, orders->uid) < 0 || !become) && root)
        report_die(orders, "become somebody in its user namespace");
}

static bool is_devpts(int descriptor)
{
    struct statfs system;
    return fstatfs(descriptor, &system) == 0 && system.f_type == DEVPTS_MAGIC;
}

/* A terminal of the container's own devpts, else the host's, which was opened before. The ptmx of a
 * foreign root may be anything: it is opened only in what the kernel says is a devpts. */
static int terminal_choose(int of_host)
{
    int directory = open("/dev/pts", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || !is_devpts(directory))
        return of_host;
    int master = openat(directory, "ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    (void)close(directory);
    if (master >= 0 && is_devpts(master))
        return master;
    return of_host;
}

/* Passes the master out; the slave becomes 0, 1 and 2. */
static void terminal_open(const struct orders *orders, int of_host)
{
    int master = terminal_choose(of_host), unlocked = 0;
    if (master < 0)
        report_die(orders, "open a terminal");
    int slave = -1;
    if (ioctl(master, TIOCSPTLCK, &unlocked) == 0)
        slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        report_die(orders, "open a terminal");
    struct winsize size = {.ws_row = orders->rows, .ws_col = orders->columns};
    (void)ioctl(master, TIOCSWINSZ, &size);
    (void)fcntl(master, F_SETFL, fcntl(master, F_GETFL) & ~O_NONBLOCK);
    report_send(orders->report, "T", master);
    if (dup2(slave, 0) < 0 || dup2(slave, 1) < 0 || dup2(slave, 2) < 0)
        report_die(orders, "open a terminal");
}

/* The command gets no right that the container's own processes could not have: execve(2) takes the
 * bounding set, capabilities(7). */
static void rights_bound(const struct orders *orders)
{
    for (int right = 0; right < 64; right++) {
        if (orders->bound >> right & 1)
            continue;
        if (prctl(PR_CAPBSET_DROP, right, 0, 0, 0) == 0)
            continue;
        if (errno == EINVAL)
            break; /* the kernel's last one */
        /* Without SETPCAP; who is root would have it at execve(2). */
        if (geteuid() == 0 && prctl(PR_CAPBSET_READ, right, 0, 0, 0) == 1) {
            errno = EPERM;
            report_die(orders, "drop the capabilities that its processes do not have");
        }
    }
    struct {
        uint32_t version;
        int pid;
    } header = {0x20080522, 0};
    struct {
        uint32_t effective, permitted, inheritable;
    } sets[2];
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capget, &header, sets) == 0 && (sets[0].inheritable || sets[1].inheritable)) {
        sets[0].inheritable = sets[1].inheritable = 0;
        (void)syscall(SYS_capset, &header, sets);
    }
}

/* A struct sock_fprog, whose header not every C library brings. Read while the host's side is all
 * there, set when all is done that it may refuse. seccomp(2). */
static struct {
    unsigned short length;
    const void *instructions;
} program;

static void filter_read(const struct orders *orders)
{
    static uint64_t instructions[4096]; /* as many as the kernel takes */
    if (orders->filter < 0)
        return;
    ssize_t size = pread(orders->filter, instructions, sizeof(instructions), 0);
    if (size <= 0)
        report_die(orders, "read the seccomp filter");
    program.length = (unsigned short)((size_t)size / sizeof(instructions[0]));
    program.instructions = instructions;
}

static void filter_set(const struct orders *orders)
{
    if (orders->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        report_die(orders, "set no_new_privs");
    if (program.length && syscall(SYS_seccomp, 1UL, 0UL, &program) < 0)
        report_die(orders, "set the seccomp filter");
}

/* Moves the report to 3 and closes the rest: what is open here can be taken by a process inside. */
static int descriptors_close(int report)
{
    if (report != 3 && dup2(report, 3) < 0)
        return report;
    if (syscall(SYS_close_range, 4U, ~0U, 0U) < 0)
        for (int at = 4; at < 1024; at++)
            (void)close(at);
    return 3;
}

/* The command's process, as a child of our parent, so that the supervisor waits for it itself: only
 * a child is really in the pid namespace that was joined, pid_namespaces(7). */
static long child_clone(int *pidfd)
{
    struct {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    } arguments = {
        .flags = CLONE_PARENT | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
    };
    long child = syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (child < 0 && errno == ENOSYS)
        child = syscall(SYS_clone, CLONE_PARENT | CLONE_PIDFD, 0L, pidfd, 0L, 0L);
    return child;
}

_Noreturn void enter_run(const struct orders *orders)
{
    struct orders inside = *orders;
    int of_host = -1, pidfd = -1;
    (void)prctl(PR_SET_DUMPABLE, 0);
    filter_read(orders);
    if (orders->terminal)
        of_host = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (orders->tools)
        tools_bring(orders);
    else if (orders->etc)
        etc_bind(orders);
    bool root = geteuid() == 0;
    groups_leave(orders);
    namespaces_enter(orders);
    if (!orders->tools)
        root_enter(orders);
    user_become(orders, root);
    if (orders->terminal)
        terminal_open(orders, of_host);
    inside.report = descriptors_close(orders->report);
    (void)fcntl(inside.report, F_SETFD, FD_CLOEXEC);
    rights_bound(&inside);

    calls_send(&inside); /* else both would send them */
    long child = child_clone(&pidfd);
    if (child < 0)
        report_die(&inside, "start a process in there");
    if (child > 0) {
        report_send(inside.report, "P", pidfd);
        _exit(0);
    }
    (void)close(pidfd);
    (void)setsid();
    if (orders->terminal && ioctl(0, TIOCSCTTY, 0) < 0)
        report_die(&inside, "make the terminal its own");
    parent_watch(&inside);
    if (orders->tools && orders->terminal)
        tools_tell(orders);
    filter_set(&inside);
    command_execute(&inside);
}
