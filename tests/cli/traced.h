/* traced: the programs that test_trace.c has traced. They are the test program itself, started with
 * `traced NAME [WORD]`. What they change they change in namespaces of their own, or they end first. */
#ifndef NSTUI_TESTS_CLI_TRACED_H
#define NSTUI_TESTS_CLI_TRACED_H

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRACED_BAD = 77 }; /* it could not do what it is for */

static void must(bool truth)
{
    if (!truth)
        _exit(TRACED_BAD);
}

/* Nothing that follows may reach the host. */
static void alone(int flags)
{
    must(unshare(flags | CLONE_NEWNS | CLONE_NEWUTS) == 0);
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}

static void reap_all(void)
{
    while (waitpid(-1, NULL, __WALL) > 0)
        continue;
}

/* ---- every call ----------------------------------------------------------------------------- */

static void mounts_old_and_new(void)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    (void)mkdir("a", 0755);
    (void)mkdirat(AT_FDCWD, "b", 0700);
    (void)mkdir("a", 0);
    (void)mount("a", "b", NULL, MS_BIND | MS_REC, NULL);
    (void)syscall(SYS_mount_setattr, AT_FDCWD, "b", AT_RECURSIVE, &attr, sizeof(attr));
    (void)umount2("b", MNT_DETACH | UMOUNT_NOFOLLOW);
    (void)umount2("b", 0);
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "a", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    (void)syscall(SYS_move_mount, tree, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH);
    int files = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    (void)syscall(SYS_fsconfig, files, FSCONFIG_SET_STRING, "size", "1m", 0);
    (void)syscall(SYS_fsconfig, files, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    (void)syscall(SYS_fsmount, files, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV);
    (void)syscall(SYS_fspick, AT_FDCWD, "b", FSPICK_CLOEXEC);
    (void)mount((void *)1, "b", (void *)1, 0, (void *)1);
    (void)umount2("b", MNT_DETACH);
    (void)syscall(SYS_pivot_root, "a", "b");
}

static void paths_and_names(void)
{
    int here = open(".", O_PATH | O_CLOEXEC);
    (void)symlink("to\n\"x\"", "link");
    (void)symlinkat("to", here, "link2");
    (void)rmdir("nothing");
    (void)unlinkat(AT_FDCWD, "b", AT_REMOVEDIR);
    (void)unlinkat(AT_FDCWD, "link2", 0);
    (void)chdir("/");
    (void)fchdir(here);
    (void)fchdir(-1);
    (void)chroot("/nowhere");
    must(sethostname("inside", 6) == 0 && setdomainname("there", 5) == 0);
    (void)syscall(SYS_sethostname, NULL, 100);
    (void)close(here);
}

static void ids(void)
{
    int uts = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    (void)setns(uts, CLONE_NEWUTS);
    (void)setns(uts, CLONE_NEWNET);
    (void)setns(-1, 0);
    (void)unshare(0x10);
    (void)unshare(CLONE_NEWIPC | CLONE_FS);
    (void)close(uts);
}

static void *thread_chdir(void *data)
{
    (void)chdir(data);
    return NULL;
}

static void children(void)
{
    static char name[] = "true", *words[] = {name, NULL};
    struct clone_args arguments = {.flags = CLONE_NEWUTS, .exit_signal = SIGCHLD};
    pthread_t thread;
    pid_t pid;
    if (fork() == 0) {
        (void)chdir("/tmp");
        (void)execv("/nowhere/true", words);
        (void)execv("/bin/true", words);
        _exit(1);
    }
    reap_all();
    if (syscall(SYS_clone, CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0) == 0)
        _exit(chdir("/usr") ? 1 : 0);
    reap_all();
    if (syscall(SYS_clone3, &arguments, sizeof(arguments)) == 0)
        _exit(chdir("/etc") ? 1 : 0);
    reap_all();
    (void)syscall(SYS_clone3, (void *)8, sizeof(arguments));
    must(posix_spawn(&pid, "/bin/true", NULL, NULL, words, words) == 0);
    reap_all();
    must(pthread_create(&thread, NULL, thread_chdir, (char *)"/proc") == 0);
    (void)pthread_join(thread, NULL);
    (void)syscall(SYS_execveat, AT_FDCWD, "/nowhere", words, NULL, AT_SYMLINK_NOFOLLOW);
}

static void traced_everything(const char *folder)
{
    for (int fd = 3; fd < 64; fd++)
        (void)close(fd);
    alone(0);
    must(mount("tmpfs", folder, "tmpfs", MS_NOSUID, "size=1m,mode=700") == 0);
    must(chdir(folder) == 0);
    mounts_old_and_new();
    paths_and_names();
    ids();
    children();
}

/* ---- what is hard on a tracer --------------------------------------------------------------- */

static void *thread_busy(void *data)
{
    for (;;)
        (void)chdir(data);
    return NULL;
}

static void *thread_exec(void *data)
{
    static char name[] = "true", *words[] = {name, NULL};
    (void)usleep(1000);
    (void)execv(data, words);
    _exit(1);
}

static void traced_exec_of_threads(const char *word)
{
    pthread_t thread;
    for (int at = 0; at < 4; at++)
        must(pthread_create(&thread, NULL, thread_busy, (char *)"/") == 0);
    must(pthread_create(&thread, NULL, thread_exec, (char *)"/bin/true") == 0);
    thread_busy((char *)"/tmp");
    (void)word;
}

static void traced_many(const char *word)
{
    for (int at = 0; at < atoi(word); at++) {
        if (fork() == 0) {
            (void)chdir("/");
            (void)pause();
        }
    }
    (void)usleep(100000);
    (void)signal(SIGTERM, SIG_IGN);
    (void)kill(0, SIGTERM); /* the tracer is in this group too */
    reap_all();
}

/* Children that make children, each killed at some moment. */
static void traced_killed(const char *word)
{
    for (int at = 0; at < atoi(word); at++) {
        pid_t pid = fork();
        while (pid == 0) {
            if (fork() == 0)
                _exit(unshare(CLONE_NEWUTS));
            (void)mkdir("/", 0);
        }
        (void)usleep((useconds_t)(200 + at * 37 % 2500));
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
    }
}

/* Children that call at once. */
static void traced_clones(const char *word)
{
    for (int at = 0; at < atoi(word); at++) {
        struct clone_args arguments = {.flags = CLONE_NEWUTS, .exit_signal = SIGCHLD};
        if (syscall(SYS_clone3, &arguments, sizeof(arguments)) == 0)
            _exit(chdir("/"));
    }
    reap_all();
}

static void traced_stopped(const char *word)
{
    (void)word;
    pid_t pid = fork();
    if (pid == 0) {
        (void)kill(getpid(), SIGSTOP);
        _exit(3);
    }
    int status = 0;
    must(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    (void)usleep(100000);
    must(waitpid(pid, &status, WNOHANG) == 0);
    must(kill(pid, SIGCONT) == 0);
    must(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 3);
    (void)puts("on again");
    (void)fflush(stdout);
}

static void traced_hostile(const char *word)
{
    (void)word;
    char longest[10000];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    alone(0);
    (void)prctl(PR_SET_NAME, "\033[2J\n\xff");
    (void)chdir("/tm\033[31mp\n\"\\\xff\xe2\x80\xae");
    must(sethostname("\0evil", 5) == 0);
    (void)chdir(longest);
    (void)syscall(SYS_mount_setattr, -1, (void *)-1L, ~0U, (void *)1, (size_t)1 << 30);
    (void)syscall(SYS_execve, "/nowhere", (void *)1, (void *)-1L);
    (void)syscall(SYS_unshare, ~0UL);
}

/* ---- what a tracer cannot see ---------------------------------------------------------------- */

static void traced_own_filter(const char *word)
{
    (void)word;
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = 4, .filter = steps};
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    must(unshare(CLONE_NEWUTS) == -1 && errno == ENOTTY);
}

static void traced_untraced_child(const char *word)
{
    (void)word;
    if (syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0) == 0)
        _exit(0);
    reap_all();
}

static void traced_tracer(const char *word)
{
    (void)word;
    must(ptrace(PTRACE_TRACEME, 0, 0, 0) == -1 && errno == EPERM);
}

static void traced_calls(const char *word)
{
    for (int at = 0; at < atoi(word); at++)
        (void)syscall(SYS_getppid);
}

static const struct {
    const char *name;
    void (*run)(const char *word);
} traced_programs[] = {
    {"everything", traced_everything},
    {"exec-of-threads", traced_exec_of_threads},
    {"many", traced_many},
    {"killed", traced_killed},
    {"clones", traced_clones},
    {"stopped", traced_stopped},
    {"hostile", traced_hostile},
    {"own-filter", traced_own_filter},
    {"untraced-child", traced_untraced_child},
    {"tracer", traced_tracer},
    {"calls", traced_calls},
};

/* In main(): comes back only where the test itself is meant. */
static void traced_main(int argc, char **argv)
{
    if (argc < 3 || strcmp(argv[1], "traced") != 0)
        return;
    for (size_t at = 0; at < sizeof(traced_programs) / sizeof(traced_programs[0]); at++) {
        if (strcmp(traced_programs[at].name, argv[2]) == 0) {
            traced_programs[at].run(argc > 3 ? argv[3] : "");
            _exit(0);
        }
    }
    _exit(TRACED_BAD);
}

#endif
