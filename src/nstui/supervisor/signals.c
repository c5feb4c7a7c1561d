/* What ends a session before its time: a stop that was asked for, and the signals that the supervisor
 * itself gets. TERM first, KILL when the time is over or somebody insists. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STOP_MS        10000 /* between TERM and KILL, as docker has it */
#define INTERRUPTS_MAX 3     /* so many ctrl-C end what does not listen to them */

void session_signal(struct supervisor *supervisor, int signal_number)
{
    if (supervisor->is_launched && !supervisor->has_ended)
        (void)syscall(SYS_pidfd_send_signal, supervisor->launched.pidfd, signal_number, NULL, 0);
}

/* Whether a process ignores TERM. proc(5), status, SigIgn. */
static bool ignores_term(pid_t pid)
{
    char path[64];
    _cleanup_free_ char *text = NULL;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
    if (file_read(AT_FDCWD, path, 64 * 1024, &text, NULL, NULL) < 0)
        return false;
    const char *line = strstr(text, "\nSigIgn:");
    return line && (strtoull(line + 8, NULL, 16) >> (SIGTERM - 1) & 1);
}

/* A shell at its prompt ignores TERM and ends on a hang-up, itself or as the child of our init. Other
 * programs would be cut short by a hang-up while they end in good order on TERM. */
static bool process_is_shell(pid_t pid)
{
    char path[64];
    _cleanup_free_ char *text = NULL;
    if (ignores_term(pid))
        return true;
    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
    if (file_read(AT_FDCWD, path, 64 * 1024, &text, NULL, NULL) < 0)
        return false;
    for (char *at = text, *end = NULL; at && *at; at = end) {
        pid_t child = (pid_t)strtol(at, &end, 10);
        if (end == at)
            break;
        if (ignores_term(child))
            return true;
    }
    return false;
}

void session_stop(struct supervisor *supervisor, int signal_number, int64_t timeout_ms)
{
    session_signal(supervisor, signal_number);
    if (supervisor->state.terminal && signal_number == SIGTERM && !supervisor->has_ended &&
        process_is_shell(supervisor->launched.pid))
        session_signal(supervisor, SIGHUP);
    int64_t kill_at_ms = clock_monotonic_ms() + timeout_ms;
    if (kill_at_ms < supervisor->kill_at_ms)
        supervisor->kill_at_ms = kill_at_ms;
}

/* Somebody insists: at once, and whatever is still under way is dropped. */
static void session_end_now(struct supervisor *supervisor)
{
    session_signal(supervisor, SIGKILL);
    supervisor->give_up = supervisor->has_ended;
}

/* ---- signals --------------------------------------------------------------------------- */

static void on_end_signal(struct supervisor *supervisor, int signal_number)
{
    if (supervisor->has_ended || supervisor->kill_at_ms != NEVER_MS)
        session_end_now(supervisor);
    else
        session_stop(supervisor, signal_number, signal_number == SIGHUP ? HANG_UP_MS : STOP_MS);
}

static void on_interrupt(struct supervisor *supervisor, int signal_number)
{
    if (supervisor->config->detached)
        on_end_signal(supervisor, SIGTERM);
    else if (supervisor->has_ended || ++supervisor->interrupts >= INTERRUPTS_MAX)
        session_end_now(supervisor);
    else
        session_signal(supervisor, signal_number);
}

static void on_window(struct supervisor *supervisor, int signal_number)
{
    (void)signal_number;
    if (supervisor->relay)
        relay_resize(supervisor->relay);
}

static void on_continue(struct supervisor *supervisor, int signal_number)
{
    (void)signal_number;
    if (supervisor->relay)
        relay_continue(supervisor->relay);
}

static const struct {
    int number;
    void (*handle)(struct supervisor *supervisor, int signal_number);
} signals[] = {
    {SIGHUP, on_end_signal}, {SIGTERM, on_end_signal},  {SIGINT, on_interrupt},
    {SIGQUIT, on_interrupt}, {SIGUSR1, session_signal}, {SIGUSR2, session_signal},
    {SIGWINCH, on_window},   {SIGCONT, on_continue},
};

void signals_fill(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < array_length(signals); i++)
        sigaddset(set, signals[i].number);
}

static void on_signal(void *owner)
{
    struct supervisor *supervisor = owner;
    struct signalfd_siginfo info;
    if (read(supervisor->signals.fd, &info, sizeof(info)) != sizeof(info))
        return;
    for (size_t i = 0; i < array_length(signals); i++) {
        if (signals[i].number == (int)info.ssi_signo)
            signals[i].handle(supervisor, signals[i].number);
    }
}

int signals_cancel_open(void)
{
    static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < array_length(ends); i++)
        sigaddset(&set, ends[i]);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int signals_cancel_take(int fd)
{
    struct signalfd_siginfo info;
    return fd >= 0 && read(fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

int signals_open(struct supervisor *supervisor, struct err *err)
{
    sigset_t set;
    signals_fill(&set);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return err_set(err, errno, "cannot wait for signals");
    supervisor->signals = (struct watch){.fd = fd, .ready = on_signal, .owner = supervisor};
    loop_watch(&supervisor->loop, &supervisor->signals, EPOLLIN);
    return 0;
}
