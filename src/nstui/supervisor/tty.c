/* The caller's terminal, raw while a foreground session has it. The one static variable is there for
 * the handler of fatal signals, which has nothing else to find the terminal by. */
#include "private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static struct {
    volatile sig_atomic_t is_raw;
    int fd;
    struct termios before;
    struct termios raw;
} tty;

/* What would end us without a chance to come back. tcsetattr(3) may be called here:
 * signal-safety(7). */
static const int fatal_signals[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,    SIGABRT, SIGSYS,
                                    SIGTRAP, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGALRM};

static void on_fatal_signal(int signal_number)
{
    tty_restore();
    (void)raise(signal_number); /* SA_RESETHAND: now it ends us */
}

/* Writing modes from the background would stop us: tcsetattr(3), SIGTTOU. */
static int modes_set(int fd, const struct termios *modes)
{
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTTOU);
    (void)sigprocmask(SIG_BLOCK, &blocked, &before);
    int result = tcsetattr(fd, TCSANOW, modes);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

int tty_make_raw(int fd, struct err *err)
{
    if (tcgetattr(fd, &tty.before) < 0)
        return err_set(err, errno, "cannot read the modes of the terminal");
    tty.fd = fd;
    tty.raw = tty.before;
    cfmakeraw(&tty.raw);
    struct sigaction action = {.sa_handler = on_fatal_signal, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < array_length(fatal_signals); i++)
        (void)sigaction(fatal_signals[i], &action, NULL);
    (void)atexit(tty_restore);
    tty.is_raw = 1;
    if (tcsetattr(fd, TCSANOW, &tty.raw) < 0) {
        tty.is_raw = 0;
        return err_set(err, errno, "cannot make the terminal raw");
    }
    return 0;
}

void tty_make_raw_again(void)
{
    if (tty.is_raw)
        (void)modes_set(tty.fd, &tty.raw);
}

void tty_restore(void)
{
    if (tty.is_raw)
        (void)modes_set(tty.fd, &tty.before);
    tty.is_raw = 0;
}
