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

int reap_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void reap_say(const char *before, int number, const char *after)
{
    struct line line = {0};
    line_add(&line, before);
    line_number(&line, number);
    line_add(&line, after);
    (void)!write(STDERR_FILENO, line.text, line.used);
}

void reap_tell(const struct orders *orders, pid_t process, bool ours, int status)
{
    if (!orders->verbose)
        return;
    struct line line = {0};
    line_add(&line, "init: collected pid ");
    line_number(&line, (int)process);
    line_add(&line, ours ? ", the command, " : ", an orphan, ");
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
        reap_tell(orders, process, process == command, status);
        if (process == command)
            result = reap_status(status);
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

/* Blocks every signal, so that none is lost between two looks; set: those that are read. */
static void signals_block(sigset_t *set)
{
    sigfillset(set);
    (void)sigprocmask(SIG_SETMASK, set, NULL);
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    for (unsigned at = 0; at < sizeof(forwarded) / sizeof(forwarded[0]); at++)
        sigaddset(set, forwarded[at]);
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, it would collect our children unseen */
}

static int signals_open(const struct orders *orders, const sigset_t *set)
{
    int signals = signalfd(-1, set, SFD_CLOEXEC);
    if (signals < 0)
        report_die(orders, "watch signals");
    return signals;
}

static int command_run(const struct orders *orders, const sigset_t *set)
{
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
    int signals = signals_open(orders, set);
    /* What we would keep open, others would wait for: the command's input and output, the report.
     */
    (void)close(orders->report);
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    if (!orders->verbose)
        (void)close(STDERR_FILENO);
    return watch(orders, signals, command);
}

/* Only there, so that the namespaces are. Collects who is given to it, ends on any signal that is meant
 * to end something: that is how it is to end. */
static int hold_run(const struct orders *orders, int signals)
{
    static const char words[] = "init: the namespaces are held; ctrl-C, or nstui stop, ends it\n";
    if (isatty(STDOUT_FILENO))
        (void)!write(STDOUT_FILENO, words, sizeof(words) - 1);
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    for (;;) {
        struct pollfd events[] = {
            {.fd = signals, .events = POLLIN},
            {.fd = orders->alive, .events = 0},
        };
        struct signalfd_siginfo info;
        if (poll(events, 2, -1) < 0 && errno != EINTR)
            return STATUS_FAILED;
        if (events[1].revents)
            return 128 + SIGKILL;
        if (!(events[0].revents & POLLIN) || read(signals, &info, sizeof(info)) != sizeof(info))
            continue;
        if (info.ssi_signo == SIGCHLD)
            (void)collect(orders, 0);
        else if (info.ssi_signo != SIGUSR1 && info.ssi_signo != SIGUSR2)
            return 0;
    }
}

/* No command: what comes of it is ours alone, and the engine goes on. */
static int own_run(const struct orders *orders, const sigset_t *set)
{
    struct orders ours = *orders;
    sigset_t keys = *set;
    if (orders->prompt)
        sigaddset(&keys, SIGTSTP);
    directory_enter(orders);
    title_set(orders);
    int signals = signals_open(orders, &keys);
    calls_send(orders);
    (void)close(orders->report);
    ours.report = -1;
    return orders->prompt ? shell_run(&ours, signals) : hold_run(&ours, signals);
}

int init_run(const struct orders *orders)
{
    sigset_t set;
    signals_block(&set);
    if (orders->alive >= 0)
        (void)fcntl(orders->alive, F_SETFD, FD_CLOEXEC);
    if (getpid() != 1)
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* No namespace ends with us: when the supervisor is gone we have children to end before we go. */
    if (getpid() != 1 && orders->alive >= 0)
        (void)prctl(PR_SET_PDEATHSIG, 0);
    if (orders->verbose) /* as the lab's own init begins */
        reap_say("init: my pid is ", (int)getpid(), "\n");
    int status = orders->prompt || orders->hold ? own_run(orders, &set) : command_run(orders, &set);
    children_end();
    return status;
}
