/* The commands of the small shell as processes: each in a process group of its own, in the foreground of
 * the terminal, until that very command has ended or stops. Called by shell.c and expand.c.
 *
 * Nobody else's end changes whose the terminal is: orphans are collected by the way. Signals come from a
 * signalfd, so that none can come between the fork and the waiting for it. setpgid(2), tcsetpgrp(3). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell.h"

#define OUTPUT_LONGEST 65536 /* of $(program) */

/* ---- whose the terminal is --------------------------------------------------------------------- */

static void terminal_give(const struct shell *shell, pid_t group)
{
    if (shell->control)
        (void)tcsetpgrp(STDIN_FILENO, group);
}

/* Back to us. A program that was killed may have left the terminal in modes of its own. */
static void terminal_take(struct shell *shell, bool killed)
{
    terminal_give(shell, getpgrp());
    if (shell->typed && killed)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &shell->modes);
    else if (shell->typed)
        (void)tcgetattr(STDIN_FILENO, &shell->modes);
}

/* ---- starting ------------------------------------------------------------------------------------ */

/* Why a command was not executed, for who typed it. Returns the status that says so. */
static int start_failed(const char *name, int errnum)
{
    static const struct {
        int errnum;
        const char *words;
    } reasons[] = {
        {EACCES, ": it may not be executed"},
        {ENOEXEC, ": no program, and no #! in its first line (sh FILE runs a script)"},
        {E2BIG, ": too many words"},
        {ELOOP, ": too many symbolic links"},
        {ENOMEM, ": there is not enough memory"},
        {ETXTBSY, ": somebody is writing to it"},
        {EPERM, ": not allowed"},
    };
    struct stat status;
    const char *words = ": it cannot be executed";
    if (errnum == ENOENT || errnum == ENOTDIR || !name[0]) {
        if (!name[0] || !command_is_there(name)) {
            shell_say(name, ": not found");
            return STATUS_NOT_FOUND;
        }
        words = ": the loader or the interpreter that it names is not in this root";
    } else if (strchr(name, '/') && stat(name, &status) == 0 && S_ISDIR(status.st_mode)) {
        words = ": a directory (cd enters it)";
    } else {
        for (unsigned at = 0; at < sizeof(reasons) / sizeof(reasons[0]); at++) {
            if (reasons[at].errnum == errnum)
                words = reasons[at].words;
        }
    }
    shell_say(name, words);
    return STATUS_CANNOT_EXEC;
}

/* In the child. It may be stopped before it has executed anything, by a quick ctrl-Z. */
static _Noreturn void child_run(const struct shell *shell, char **words, int output)
{
    (void)setpgid(0, 0);
    if (shell->orders->verbose) /* here, as nothing that the command writes comes before it */
        reap_say("init: started pid ", getpid(), "\n");
    terminal_give(shell, getpid()); /* allowed from behind, as SIGTTOU is blocked */
    if (output >= 0)
        (void)dup2(output, STDOUT_FILENO);
    if (getppid() != 1) /* PID 1 of a namespace takes all with it when it ends */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    signals_reset();
    command_execute_found(shell->orders, words);
    _exit(start_failed(words[0], errno));
}

static pid_t job_start(const struct shell *shell, char **words, int output)
{
    pid_t job = fork(); /* not vfork(2): we would wait as long as it is stopped */
    if (job == 0)
        child_run(shell, words, output);
    if (job < 0) {
        shell_say("no process can be started: ",
                  errno == EAGAIN ? "there are too many (a limit of its cgroup, or of the user)"
                                  : "there is not enough memory");
        return -1;
    }
    (void)setpgid(job, job); /* both do it: whoever comes first */
    terminal_give(shell, job);
    return job;
}

/* ---- collecting ---------------------------------------------------------------------------------- */

/* Takes a pid off the list. */
static bool stopped_forget(struct shell *shell, pid_t process)
{
    for (unsigned at = 0; at < shell->stopped_count; at++) {
        if (shell->stopped[at] != process)
            continue;
        shell->stopped_count--;
        memmove(shell->stopped + at, shell->stopped + at + 1,
                (shell->stopped_count - at) * sizeof(shell->stopped[0]));
        return true;
    }
    return false;
}

/* What is told stands in a line of its own, also where the prompt was. */
static void prompt_leave(struct shell *shell)
{
    if (shell->prompted)
        (void)!write(STDERR_FILENO, "\n", 1);
    shell->prompted = false;
}

enum job_state jobs_collect(struct shell *shell, pid_t job)
{
    int status;
    enum job_state state = JOB_RUNS;
    for (pid_t process; (process = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
        if (WIFSTOPPED(status)) {
            if (process == job)
                state = JOB_STOPPED;
            continue;
        }
        bool ours = process == job || stopped_forget(shell, process);
        bool interrupted = WIFSIGNALED(status) && WTERMSIG(status) == SIGINT;
        if (process == job && interrupted && shell->typed) /* behind the ^C */
            (void)!write(STDERR_FILENO, "\n", 1);
        if (shell->orders->verbose)
            prompt_leave(shell);
        reap_tell(shell->orders, process, ours, status);
        if (process != job)
            continue;
        state = JOB_ENDED;
        shell->status = reap_status(status);
        shell->interrupted = interrupted;
    }
    return state;
}

/* ---- waiting ------------------------------------------------------------------------------------- */

/* Takes what there is in the pipe; closes it at its end, and when it has given too much: then its writer
 * gets SIGPIPE. */
static void output_take(int *pipe_end, struct bytes *output)
{
    char part[4096];
    ssize_t length = read(*pipe_end, part, sizeof(part));
    if (length < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    bool fits = length > 0 && output->length + (size_t)length <= OUTPUT_LONGEST;
    if (length > 0 && !fits)
        shell_say("$(..): only the first 64 KiB of what it writes are taken");
    if (fits && bytes_add(output, part, (size_t)length))
        return;
    (void)close(*pipe_end);
    *pipe_end = -1;
}

/* Passes a signal on; the one that ends us ends us when the command has ended. */
static void signal_pass(struct shell *shell, pid_t job)
{
    struct signalfd_siginfo info;
    if (read(shell->signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGCHLD)
        return;
    int number = (int)info.ssi_signo;
    /* Also ^C, ^\ and ^Z: they come to us only where they were typed before the terminal was passed
     * on. */
    (void)kill(-job, number);
    if (number == SIGTERM || number == SIGHUP) {
        shell->over = true;
        shell->ended_by = number;
    }
}

static enum job_state job_wait(struct shell *shell, pid_t job, int *pipe_end, struct bytes *output)
{
    enum job_state state;
    while ((state = jobs_collect(shell, job)) == JOB_RUNS) {
        struct pollfd events[] = {
            {.fd = shell->signals, .events = POLLIN},
            {.fd = shell->orders->alive, .events = 0}, /* POLLHUP comes unasked */
            {.fd = *pipe_end, .events = POLLIN},
        };
        if (poll(events, 3, -1) < 0 && errno != EINTR)
            break;
        if (events[1].revents) {
            shell->over = true;
            shell->status = 128 + SIGKILL;
            break;
        }
        if (events[0].revents)
            signal_pass(shell, job);
        if (events[2].revents)
            output_take(pipe_end, output);
    }
    /* What it has written is there; who else still writes is not waited for. */
    if (*pipe_end >= 0)
        (void)fcntl(*pipe_end, F_SETFL, O_NONBLOCK);
    for (size_t before = 1; *pipe_end >= 0 && before != 0;) {
        before = output->length;
        output_take(pipe_end, output);
        before = output->length - before;
    }
    return state;
}

/* A stopped one is kept on the list; where that is full it goes on at once, unseen it would be lost. */
static void job_settle(struct shell *shell, pid_t job, enum job_state state)
{
    bool killed = state == JOB_ENDED && shell->status > 128;
    terminal_take(shell, killed);
    if (state == JOB_STOPPED && shell->stopped_count < JOBS_STOPPED) {
        shell->stopped[shell->stopped_count++] = job;
        shell->status = 128 + SIGTSTP;
        reap_say("\ninit: stopped pid ", job, "; fg lets it go on\n");
    } else if (state == JOB_STOPPED) {
        (void)kill(-job, SIGCONT);
        shell_say("too many are stopped already: this one goes on, in the background");
    } else if (killed && !shell->interrupted && !shell->over && !shell->orders->verbose) {
        reap_say("init: signal ", shell->status - 128, " has ended it\n");
    }
}

void job_run(struct shell *shell, char **words, struct bytes *output)
{
    int ends[2] = {-1, -1};
    shell->interrupted = false;
    if (output && pipe2(ends, O_CLOEXEC) < 0) {
        shell_say("$(..): no pipe can be made");
        return;
    }
    pid_t job = job_start(shell, words, ends[1]);
    if (ends[1] >= 0)
        (void)close(ends[1]);
    if (job > 0)
        job_settle(shell, job, job_wait(shell, job, &ends[0], output));
    else
        shell->status = STATUS_CANNOT_EXEC;
    if (ends[0] >= 0)
        (void)close(ends[0]);
}

void job_continue(struct shell *shell, pid_t pid)
{
    int none = -1;
    if (shell->stopped_count == 0) {
        shell_say("fg: nothing is stopped");
        shell->status = 1;
        return;
    }
    pid_t job = pid > 0 ? pid : shell->stopped[shell->stopped_count - 1];
    if (!stopped_forget(shell, job)) {
        shell_say("fg: that is no program which was stopped here");
        shell->status = 1;
        return;
    }
    shell->interrupted = false;
    terminal_give(shell, job);
    (void)kill(-job, SIGCONT);
    job_settle(shell, job, job_wait(shell, job, &none, NULL));
}
