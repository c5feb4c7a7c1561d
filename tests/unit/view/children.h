/* children: what the tests of discovery start to be found: a child in namespaces of its own that sleeps
 * until it is killed. Included by those tests alone. */
#ifndef NSTUI_TESTS_CHILDREN_H
#define NSTUI_TESTS_CHILDREN_H

#include "nstui/types.h"
#include "support.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that does what `act` says, tells that it is ready, and sleeps until it is killed. The flags
 * are those of clone(2): a time namespace is unshared first, and entered by the child. */
static inline pid_t child_start(int flags, int (*act)(void))
{
    int ready[2];
    char byte;

    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    int saved = -1;
    if (flags & CLONE_NEWTIME) { /* only children get it: make it, fork, and go back */
        saved = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
        assert_int_equal(unshare(CLONE_NEWTIME), 0);
        flags &= ~CLONE_NEWTIME;
    }
    pid_t pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if ((!act || act() == 0) && write(ready[1], "r", 1) == 1) {
            for (;;) {
                pause();
            }
        }
        _exit(1);
    }
    if (saved != -1) {
        assert_int_equal(setns(saved, CLONE_NEWTIME), 0);
        close(saved);
    }
    assert_true(pid > 0);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static inline void child_end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static inline uint64_t inode_of(pid_t pid, enum ns_type type)
{
    char path[64];
    struct stat status;

    snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_types[type].name);
    return stat(path, &status) == 0 ? status.st_ino : 0;
}

/* Whose user and group are not mapped may make no further user namespace. user_namespaces(7) */
static inline int unshare_user_again(void)
{
    static const struct {
        const char *path, *text;
    } files[] = {{"/proc/self/setgroups", "deny"},
                 {"/proc/self/uid_map", "0 0 1"},
                 {"/proc/self/gid_map", "0 0 1"}};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        int fd = open(files[i].path, O_WRONLY | O_CLOEXEC);
        if (write(fd, files[i].text, strlen(files[i].text)) == -1) {
            return -1;
        }
        close(fd);
    }
    return unshare(CLONE_NEWUSER);
}

#endif
