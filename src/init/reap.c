/* The first process of a container: starts the command as a child of its own, collects every orphan
 * that the kernel gives it, forwards signals, and ends with the command's status; with it the
 * kernel ends all that is left in the pid namespace. pid_namespaces(7).
 *
 * It must never take the terminal back from a shell that runs (an orphan's death is none of the
 * shell's business), and never wait for a signal that may have come before: signals are blocked and
 * read from a signalfd. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

/* What is passed on to the command. */
static const int forwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

static int status_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* As the lab's own init begins. */
static void tell_pid(const struct orders *orders)
{
    struct line line = {0};
    if (!orders->verbose)
        return;
    line_add(&line, "init: my pid is ");
    line_number(&line, (int)getpid());
    line_add(&line, "\n");
    (void)!write(STDERR_FILENO, line.text, line.used);
}

static void tell(const struct orders *orders, pid_t process, pid_t command, int status)
{
    if (!orders->verbose)
        return;
    struct line line = {0};
    line_add(&line, "init: collected pid ");
    line_number(&line, (int)process);
    line_add(&line, process == command ? ", the command, " : ", an orphan, ");
    line_add(&line, WIFEXITED(status) ? "status " : "ended by signal ");
    line_number(&line, WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    line_add(&line, "\n");
    (void)!write(STDERR_FILENO, line.text, line.used);
}

/* Where we are not PID 1 of a namespace nothing ends our orphans with us: we do it, and those that
 * become ours meanwhile. A limit, since a fork bomb would keep us here. */
static void children_end(void)
{
    if (getpid() == 1)
        return;
    for (int round = 0; round < 100; round++) {
        char list[4096];
        int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
        ssize_t length = file < 0 ? 0 : read(file, list, sizeof(list) - 1);
        if (file >= 0)
            (void)close(file);
        if (length <= 0)
            return;
        list[length] = '\0';
        char *rest = list;
        for (long child; (child = strtol(rest, &rest, 10)) > 0;)
            (void)kill((pid_t)child, SIGKILL);
        while (waitpid(-1, NULL, 0) < 0 && errno == EINTR)
            ;
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

/* Collects whoever has ended. Returns the status of the command once it is among them, else -1. */
static int collect(const struct orders *orders, pid_t command)
{
    int status, result = -1;
    for (pid_t process; (process = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
        if (WIFSTOPPED(status)) {
            /* It may have left our process group, see command_start(). */
            if (process == command && WSTOPSIG(status) == SIGTSTP)
                (void)kill(-getpgid(command), SIGCONT);
            continue;
        }
        tell(orders, process, command, status);
        if (process == command)
            result = status_of(status);
    }
    return result;
}

static int watch(const struct orders *orders, int signals, pid_t command)
{
    struct pollfd events[] = {
        {.fd = signals, .events = POLLIN},
        {.fd = orders->alive, .events = 0}, /* POLLHUP comes unasked; -1 is passed over */
    };
    for (;;) {
        if (poll(events, 2, -1) < 0 && errno != EINTR)
            return STATUS_FAILED;
        if (events[1].revents)
            return 128 + SIGKILL;
        struct signalfd_siginfo info;
        if (!(events[0].revents & POLLIN) || read(signals, &info, sizeof(info)) != sizeof(info))
            continue;
        if (info.ssi_signo != SIGCHLD) {
            /* ^C and ^\ come to the whole foreground group, the command has them already. */
            bool key = info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT;
            if (key && info.ssi_code == SI_KERNEL)
                continue;
            (void)kill(command, (int)info.ssi_signo);
            continue;
        }
        int status = collect(orders, command);
        if (status >= 0)
            return status;
    }
}

/* In the child. It stays in our process group, which is in the foreground of the terminal: so the
 * group is an orphaned one, and ^Z, which nobody could undo where no shell watches the command, does
 * nothing (setpgid(2)). A shell with job control makes a group of its own. */
static _Noreturn void command_start(const struct orders *orders)
{
    if (getppid() != 1) /* PID 1 of a namespace takes all with it when it ends */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    command_execute(orders);
}

/* For ps: who looks for the command finds it in the next line, not in our orders. Where the last
 * byte of the arguments is not 0, the kernel takes all up to the first 0 for them: proc(5). */
static void title_set(const struct orders *orders)
{
    char **last = orders->words;
    while (last[1])
        last++;
    if (last != orders->words)
        last[0][strlen(last[0])] = '.';
}

int init_run(const struct orders *orders)
{
    sigset_t set;
    sigfillset(&set);
    (void)sigprocmask(SIG_SETMASK, &set, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (unsigned at = 0; at < sizeof(forwarded) / sizeof(forwarded[0]); at++)
        sigaddset(&set, forwarded[at]);
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, it would collect our children unseen */
    if (orders->alive >= 0)
        (void)fcntl(orders->alive, F_SETFD, FD_CLOEXEC);
    if (getpid() != 1)
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1);

    tell_pid(orders);
    /* The parent goes on when the command has been executed: nothing is copied for it. */
    orders->calls->later = true;
    pid_t command = vfork();
    if (command > 0)
        calls_send(orders);
    if (command < 0)
        report_die(orders, "fork the command");
    if (command == 0)
        command_start(orders);
    title_set(orders);
    int signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (signals < 0)
        report_die(orders, "watch signals");
    /* What we would keep open, others would wait for: the command's input and output, the report.
     */
    (void)close(orders->report);
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    if (!orders->verbose)
        (void)close(STDERR_FILENO);

    int status = watch(orders, signals, command);
    children_end();
    return status;
}
