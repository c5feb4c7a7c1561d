/* Starts a program that is traced from before its exec: the child waits until it is, takes the filter,
 * and executes. Called once by tracer_run(). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/seccomp.h>

#include "private.h"

#ifndef PTRACE_O_EXITKILL
#define PTRACE_O_EXITKILL (1 << 20)
#endif

static int not_found(const char *word, int *status, struct err *err)
{
    *status = TRACER_STATUS_NOT_FOUND;
    return err_set(err, ENOENT, "cannot execute %s", word);
}

static bool is_program(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, X_OK) == 0;
}

/* Where a word leads on the PATH, as a shell looks for it; so no failed exec is in the trace. */
static int program_path(const char *word, char **path, int *status, struct err *err)
{
    if (strchr(word, '/')) {
        *path = xstrdup(word);
        return 0;
    }
    const char *folders = getenv("PATH");
    for (const char *at = folders ? folders : "/usr/bin:/bin"; *word;) {
        size_t length = strcspn(at, ":");
        _cleanup_free_ char *tried =
            xasprintf("%.*s/%s", length ? (int)length : 1, length ? at : ".", word);
        if (is_program(tried)) {
            *path = pointer_take(tried);
            return 0;
        }
        if (!at[length])
            break;
        at += length + 1;
    }
    return not_found(word, status, err);
}

/* A user without rights must promise first that no program will gain any (seccomp(2)). */
static int filter_set(const struct sock_fprog *program)
{
    unsigned flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program) == 0)
        return 0;
    if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
}

/* What the child tells when it could not execute. */
struct failure {
    int errnum;
    bool filter;
};

struct pipes {
    int go[2], failed[2];
};

static _Noreturn void child_run(const struct pipes *pipes, const struct sock_fprog *program,
                                const char *path, char *const argv[])
{
    struct failure failure = {0};
    char byte;
    (void)close(pipes->go[1]);
    (void)close(pipes->failed[0]);
    if (read(pipes->go[0], &byte, 1) != 1) /* the tracer has gone */
        _exit(TRACER_STATUS_FAILED);
    if (program && filter_set(program) < 0)
        failure = (struct failure){errno, true};
    else {
        (void)execve(path, argv, environ);
        failure.errnum = errno;
    }
    (void)!write(pipes->failed[1], &failure, sizeof(failure));
    _exit(TRACER_STATUS_FAILED);
}

static int seize(pid_t pid, struct err *err)
{
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP |
                   PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, pid, 0, options) == 0)
        return 0;
    (void)err_set(err, errno, "cannot trace a program");
    return errno == EPERM ? err_hint(err, "a debugger traces nstui, or "
                                          "/proc/sys/kernel/yama/ptrace_scope forbids it")
                          : -1;
}

static void close_all(const struct pipes *pipes)
{
    const int fds[] = {pipes->go[0], pipes->go[1], pipes->failed[0], pipes->failed[1]};
    for (size_t at = 0; at < array_length(fds); at++) {
        if (fds[at] >= 0)
            (void)close(fds[at]);
    }
}

/* The parent's side: seize, then let it go. */
static int child_release(struct tracer *tracer, pid_t pid, struct pipes *pipes, struct err *err)
{
    if (seize(pid, err) < 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        return -1;
    }
    /* Without a filter it has to stop once, so that its exec is a stop too. */
    if (tracer->options->full)
        (void)ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    tracer->main = pid;
    tracee_add(&tracer->tracees, pid)->adopted = true;
    (void)!write(pipes->go[1], "", 1); /* it has been killed: then it is waited for */
    return 0;
}

int tracer_start(struct tracer *tracer, int *failed, int *status, struct err *err)
{
    _cleanup_free_ char *path = NULL;
    const struct tracer_options *options = tracer->options;
    struct pipes pipes = {{-1, -1}, {-1, -1}};
    struct sock_fprog program = {0};
    if (program_path(options->argv[0], &path, status, err) < 0)
        return -1;
    *status = TRACER_STATUS_FAILED;
    if (pipe2(pipes.go, O_CLOEXEC) < 0 || pipe2(pipes.failed, O_CLOEXEC) < 0) {
        int errnum = errno;
        close_all(&pipes);
        return err_set(err, errnum, "cannot make a pipe");
    }
    if (!options->full)
        filter_build(options, &program);
    pid_t pid = fork();
    if (pid == 0)
        child_run(&pipes, options->full ? NULL : &program, path, options->argv);
    int result = pid < 0 ? err_set(err, errno, "cannot start a process")
                         : child_release(tracer, pid, &pipes, err);
    free(program.filter);
    *failed = result == 0 ? fd_take(&pipes.failed[0]) : -1;
    close_all(&pipes);
    return result;
}

/* The program has ended: did it ever run? */
static int failure_read(const char *word, int failed, int *status, struct err *err)
{
    struct failure failure;
    if (read(failed, &failure, sizeof(failure)) != sizeof(failure))
        return 0;
    *status = TRACER_STATUS_FAILED;
    if (failure.filter) {
        (void)err_set(err, failure.errnum, "cannot set a seccomp filter for %s", word);
        return err_hint(err, "--full traces without one");
    }
    if (failure.errnum == ENOENT)
        return not_found(word, status, err);
    *status = TRACER_STATUS_CANNOT_EXEC;
    return err_set(err, failure.errnum, "cannot execute %s", word);
}

int tracer_run(const struct tracer_options *options, int *status, struct err *err)
{
    struct sigaction before[SIGNALS_CAUGHT];
    struct tracer tracer = {.options = options};
    _cleanup_close_ int failed = -1;
    siginfo_t child;
    tracer.has_others = waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0;
    if (tracer_start(&tracer, &failed, status, err) < 0) {
        tracees_free(&tracer.tracees);
        return -1;
    }
    signals_forward_to(tracer.main);
    signals_catch(before);
    int result = tracer_loop(&tracer, err);
    signals_restore(before);
    tracees_free(&tracer.tracees);
    int ended = tracer.main_status;
    *status = WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
    return result < 0 ? -1 : failure_read(options->argv[0], failed, status, err);
}
