/* What every mode ends in: the command is executed, or the reason why not is reported. Must never
 * leave a descriptor of ours open in it, nor a signal blocked or ignored. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

_Noreturn void report_die(const struct orders *orders, const char *words)
{
    struct line line = {0};
    calls_send(orders);
    line_add(&line, "M ");
    line_number(&line, errno);
    line_add(&line, " ");
    line_add(&line, words);
    report_send(orders->report, line.text, -1);
    _exit(STATUS_FAILED);
}

void parent_watch(const struct orders *orders)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct pollfd other = {.fd = orders->report, .events = 0};
    if (orders->report >= 0 && poll(&other, 1, 0) == 1 && (other.revents & POLLHUP))
        _exit(128 + SIGKILL);
}

/* An ignored signal stays ignored over execve(2), and a blocked one blocked: signal(7). The kernel is
 * asked directly: a C library keeps two or three real-time signals to itself, and refuses to reset
 * them where a caller of ours had ignored them all the same. The kernel's own struct is all zero for
 * SIG_DFL, whatever its size here. */
void signals_reset(void)
{
    sigset_t none;
    const char plain[64] __attribute__((aligned(16))) = {0};
    for (int number = 1; number < NSIG; number++)
        (void)syscall(SYS_rt_sigaction, number, plain, NULL, 8);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Whether a file of that name is there, also where it could not be executed: its loader may be
 * missing, and ENOENT would then be a riddle. */
bool command_is_there(const char *name)
{
    if (strchr(name, '/'))
        return access(name, F_OK) == 0;
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t length = strcspn(path, ":");
        char file[4096];
        if (length + 1 + strlen(name) < sizeof(file)) {
            memcpy(file, path, length);
            file[length] = '/';
            (void)strcpy(file + length + 1, name);
            if (access(file, F_OK) == 0)
                return true;
        }
        path += length + (path[length] == ':');
    }
    return false;
}

/* A directory that is not below the root (a symbolic link to /proc/self/fd/N of whoever came
 * before) must not become the working directory: the kernel's getcwd(2) tells. */
void directory_enter(const struct orders *orders)
{
    if (!orders->directory)
        return;
    char where[4096];
    int failed = chdir(orders->directory) < 0;
    calls_add_path(orders, SYS_chdir, orders->directory, -failed);
    if (!failed && !getcwd(where, sizeof(where)) && errno == ENOENT)
        failed = 1;
    if (!failed)
        return;
    calls_send(orders);
    struct line line = {0};
    line_add(&line, "W ");
    line_number(&line, errno);
    report_send(orders->report, line.text, -1);
    _exit(STATUS_FAILED);
}

/* execve(2), told before, since nobody is left to tell it after it. */
static void execute(const struct orders *orders, const char *path, char *const words[])
{
    struct told_call call = {.number = SYS_execve, .result = CALL_PENDING, .text = path};
    calls_add(orders, &call);
    if (!orders->calls->later)
        calls_send(orders);
    (void)execve(path, words, environ);
    calls_add_path(orders, SYS_execve, path, -1);
}

/* As execvp(3): the first of PATH that is there; a file that may not be executed is remembered, and
 * the rest is looked at all the same. */
void command_execute_found(const struct orders *orders, char *const words[])
{
    const char *path = getenv("PATH");
    int refused = 0;
    if (strchr(words[0], '/')) {
        execute(orders, words[0], words);
        return;
    }
    errno = ENOENT;
    for (; path && *path; path += strcspn(path, ":"), path += *path == ':') {
        char file[4096];
        size_t length = strcspn(path, ":");
        if (length + 1 + strlen(words[0]) >= sizeof(file))
            continue;
        memcpy(file, path, length);
        file[length] = '/';
        (void)strcpy(file + length + (length > 0), words[0]); /* an empty one: the directory here */
        execute(orders, file, words);
        if (errno == EACCES)
            refused = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            return;
    }
    errno = refused ? refused : errno;
}

_Noreturn void command_execute(const struct orders *orders)
{
    static char *const shells[] = {"/bin/bash", "/bin/sh", NULL};
    directory_enter(orders);
    if (orders->report >= 0)
        (void)fcntl(orders->report, F_SETFD, FD_CLOEXEC);
    signals_reset();
    const char *name = orders->command[0];
    if (name) {
        command_execute_found(orders, orders->command);
    } else {
        for (int at = 0; shells[at]; at++) {
            char *words[] = {shells[at], NULL};
            execute(orders, name = shells[at], words);
        }
    }
    int failure = errno;
    if (!orders->calls->later)
        calls_send(orders);
    bool there = failure != ENOENT || command_is_there(name);
    struct line line = {0};
    line_add(&line, "X ");
    line_number(&line, failure);
    line_add(&line, there ? " 1" : " 0");
    report_send(orders->report, line.text, -1);
    _exit(there ? STATUS_CANNOT_EXEC : STATUS_NOT_FOUND);
}
