/* Signals while a program is traced. Those of the terminal (ctrl-C) reach it by themselves, since it
 * is in our process group; those that somebody sends to us are meant for it. When the terminal stops
 * the group (ctrl-Z) we stop after the program, not before: our shell takes the terminal back when we
 * have stopped, and nobody may read from it then. Handlers know nothing but global numbers, hence the
 * variables. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "private.h"

static const int forwarded[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH};
static const int stopping[] = {SIGTSTP, SIGTTIN, SIGTTOU};

static atomic_int receiver;     /* the program; 0: it has ended */
static atomic_int main_stopped; /* by which of the stopping ones; 0: it runs */
static atomic_int stop_wanted;  /* one that came to us, while the program had not stopped yet */

void signals_forward_to(pid_t pid)
{
    atomic_store(&receiver, pid);
    atomic_store(&main_stopped, 0);
}

static void signal_came(int number, siginfo_t *info, void *context)
{
    (void)context;
    int errnum = errno;
    pid_t pid = atomic_load(&receiver);
    if (pid == 0 && number != SIGWINCH) {
        /* Only those are left that the program started: they end with us (PTRACE_O_EXITKILL). */
        (void)signal(number, SIG_DFL);
        (void)raise(number);
    } else if (pid && info->si_code != SI_KERNEL)
        (void)kill(pid, number);
    errno = errnum;
}

static void stop_came(int number);

/* Does what the signal does where nobody catches it; comes back after SIGCONT. */
static void stop_self(int number)
{
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, number);
    atomic_store(&stop_wanted, 0);
    (void)signal(number, SIG_DFL);
    (void)sigprocmask(SIG_UNBLOCK, &set, &before);
    (void)raise(number);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)sigaction(number, &(struct sigaction){.sa_handler = stop_came, .sa_flags = SA_RESTART},
                    NULL);
}

static void stop_came(int number)
{
    int errnum = errno;
    if (atomic_load(&receiver) == 0 || atomic_load(&main_stopped) == number)
        stop_self(number);
    else
        atomic_store(&stop_wanted, number);
    errno = errnum;
}

void signals_main_stopped(int number)
{
    atomic_store(&main_stopped, number);
    if (atomic_load(&stop_wanted) == number)
        stop_self(number);
}

void signals_main_continued(void)
{
    atomic_store(&main_stopped, 0);
    atomic_store(&stop_wanted, 0);
}

static void catch_one(int number, const struct sigaction *action, struct sigaction *before)
{
    (void)sigaction(number, NULL, before);
    if (before->sa_handler != SIG_IGN) /* nohup */
        (void)sigaction(number, action, NULL);
}

void signals_catch(struct sigaction before[SIGNALS_CAUGHT])
{
    struct sigaction forward = {.sa_sigaction = signal_came, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigaction stop = {.sa_handler = stop_came, .sa_flags = SA_RESTART};
    atomic_store(&stop_wanted, 0);
    for (size_t at = 0; at < array_length(forwarded); at++)
        catch_one(forwarded[at], &forward, before++);
    for (size_t at = 0; at < array_length(stopping); at++)
        catch_one(stopping[at], &stop, before++);
    /* Whoever reads the trace may go; the program goes on. */
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, before);
}

void signals_restore(const struct sigaction before[SIGNALS_CAUGHT])
{
    for (size_t at = 0; at < array_length(forwarded); at++)
        (void)sigaction(forwarded[at], before++, NULL);
    for (size_t at = 0; at < array_length(stopping); at++)
        (void)sigaction(stopping[at], before++, NULL);
    (void)sigaction(SIGPIPE, before, NULL);
}
