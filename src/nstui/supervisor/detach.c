/* A supervisor of its own: our program executed anew, with nothing of its maker in it but the words
 * that the user typed. Called by the commands that know -d. The maker waits for one line. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* What of the environment means the same to somebody else's process. */
static const char *const variables[] = {
    "PATH", "HOME",    "LANG",     "LC_ALL",          "LC_CTYPE",
    "USER", "LOGNAME", "SUDO_UID", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
};

static void environment_fill(struct strings *list)
{
    for (size_t i = 0; i < array_length(variables); i++) {
        const char *value = getenv(variables[i]);
        if (value)
            strings_addf(list, "%s=%s", variables[i], value);
    }
    if (!list->count)
        strings_add(list, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
}

static _Noreturn void child_fail(int ready_fd, const char *why, const char *hint)
{
    char line[256];
    int length =
        snprintf(line, sizeof(line), "error %d cannot start a supervisor: %s%s%s%s\n",
                 ENGINE_STATUS_FAILED, why, hint ? " (" : "", hint ? hint : "", hint ? ")" : "");
    (void)!write(ready_fd, line, (size_t)length);
    _exit(ENGINE_STATUS_FAILED);
}

/* Where a root lacks it, `> /dev/null` has often made a plain file of that name. */
static int null_open(void)
{
    struct stat status;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (null >= 0 && fstat(null, &status) == 0 && S_ISCHR(status.st_mode) &&
        status.st_rdev == makedev(1, 3))
        return null;
    return -1;
}

/* The child, from fork to exec: a session of its own, no signal blocked or ignored, no descriptor but
 * the ready pipe. */
static _Noreturn void child_run(char *const argv[], char *const environment[], int ready_fd)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < 32; number++)
        (void)signal(number, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setsid();
    (void)umask(022);
    int null = null_open();
    if (null < 0)
        child_fail(ready_fd, "it needs /dev/null, and there is none here",
                   "mknod -m 666 /dev/null c 1 3 makes it");
    if (dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(null, 2) == 2 &&
        fcntl(ready_fd, F_SETFD, 0) == 0) {
        if (ready_fd > 3)
            (void)syscall(SYS_close_range, 3, (unsigned int)ready_fd - 1, 0);
        (void)syscall(SYS_close_range, (unsigned int)ready_fd + 1, ~0U, 0);
        (void)execve("/proc/self/exe", argv, environment);
    }
    child_fail(ready_fd, strerror(errno), NULL);
}

/* One line, or what there is of it until the end of the pipe. */
static void line_read(int fd, char *line, size_t size)
{
    size_t length = 0;
    while (length < size - 1) {
        ssize_t got = read(fd, line + length, size - 1 - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
        if (memchr(line, '\n', length))
            break;
    }
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

static int line_judge(const char *line, char **name, char **warning, struct err *err)
{
    if (strncmp(line, "ok ", 3) == 0) {
        size_t length = strcspn(line + 3, " ");
        *name = xstrndup(line + 3, length);
        *warning = xstrdup(line[3 + length] ? line + 3 + length + 1 : "");
        return 0;
    }
    char *rest;
    long status = strncmp(line, "error ", 6) == 0 ? strtol(line + 6, &rest, 10) : 0;
    if (status < 1 || status > 255 || *rest != ' ') {
        (void)err_set(err, 0, "the supervisor of the session died before it could say why");
        return ENGINE_STATUS_FAILED;
    }
    (void)err_set(err, 0, "%s", rest + 1);
    return (int)status;
}

int supervisor_detach(char *const words[], char **name, char **warning, struct err *err)
{
    *name = *warning = NULL;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        (void)err_set(err, errno, "cannot make a pipe to the supervisor");
        return ENGINE_STATUS_FAILED;
    }
    _cleanup_close_ int ready = ends[0];
    /* Out of the way of 0, 1 and 2, which the caller may have closed. */
    _cleanup_close_ int told = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
    close(ends[1]);
    _cleanup_strings_ struct strings argv = {0}, environment = {0};
    strings_add(&argv, "nstui");
    strings_add(&argv, "supervise");
    strings_addf(&argv, "%d", told);
    for (size_t i = 0; words[i]; i++)
        strings_add(&argv, words[i]);
    environment_fill(&environment);
    pid_t pid = told < 0 ? -1 : fork();
    if (pid == 0)
        child_run(argv.items, environment.items, told);
    if (pid < 0) {
        (void)err_set(err, errno, "cannot start a supervisor");
        return ENGINE_STATUS_FAILED;
    }
    cleanup_close(&told);
    told = -1;
    char line[ERR_TEXT_SIZE + 64];
    line_read(ready, line, sizeof(line));
    int status = line_judge(line, name, warning, err);
    if (status != 0)
        (void)waitpid(pid, NULL, 0);
    return status;
}
