/* nstui kill: a signal to a session, by its supervisor, or to a process, by a pidfd, so that it can
 * never reach another one that got the same pid meanwhile (pidfd_open(2)). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nstui/control.h"
#include "private.h"

#define KILL_WAIT_MS 3000 /* how long the end after a KILL is waited for */

static const struct option_entry kill_options[] = {
    {'s', "signal", "SIGNAL", "which one: TERM where it is not said"},
    {0},
};

/* ---- a session --------------------------------------------------------------------------- */

static int kill_session(const char *name, int signal_number, struct err *err)
{
    _cleanup_session_state_ struct session_state state = {0};
    if (session_find_running(name, &state, err) < 0)
        return -1;
    _cleanup_close_ int fd = control_connect(name, err);
    if (fd < 0 || control_kill(fd, signal_number, err) < 0)
        return -1;
    /* So that what follows in a script finds it ended. */
    int status;
    if (signal_number == SIGKILL)
        (void)control_wait(fd, KILL_WAIT_MS, &status, NULL);
    return 0;
}

/* ---- a process --------------------------------------------------------------------------- */

/* What must not be signalled from here, and why. */
static int kill_refuse(const struct process *process, struct err *err)
{
    int pid = (int)process->pid;
    if (pid == 1) {
        (void)err_set(err, 0, "pid 1 (%s) keeps this machine running and gets no signal from here",
                      process->comm);
        return err_hint(err, "kill(1) would send it");
    }
    if (process->pid == getpid())
        return err_set(err, 0, "pid %d is this nstui itself", pid);
    if (process->kernel)
        return err_set(err, 0,
                       "pid %d (%s) is a thread of the kernel: no signal reaches it, and no "
                       "namespace ends with it",
                       pid, process->comm);
    if (process->leader != process->pid) {
        (void)err_set(err, 0, "%d is a thread of process %d (%s), not a process", pid,
                      (int)process->leader, process->comm);
        return err_hint(err, "nstui kill %d signals all of it", (int)process->leader);
    }
    if (process->zombie) {
        (void)err_set(err, 0, "pid %d (%s) has ended already", pid, process->comm);
        return err_hint(err, "a zombie: it goes when its parent has looked at its status");
    }
    return 0;
}

static int kill_process(pid_t pid, int signal_number, struct err *err)
{
    struct process process;
    char user[SHOWN_SIZE];
    /* First the pidfd, then the look: it is the process that was looked at that gets the signal. */
    _cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    int saved = errno;
    if (process_look(pid, &process, err) < 0)
        return -1;
    if (kill_refuse(&process, err) < 0)
        return -1;
    if (pidfd < 0)
        return err_set(err, saved, "cannot reach pid %d (%s)", (int)pid, process.comm);
    if (syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0) == 0)
        return 0;
    saved = errno;
    if (saved == ESRCH)
        return err_set(err, 0, "pid %d (%s) ended before the signal came", (int)pid, process.comm);
    user_name(process.uid, user);
    return err_set(err, saved, "cannot signal pid %d (%s of %s)", (int)pid, process.comm, user);
}

/* ---- the command line -------------------------------------------------------------------- */

/* -9 and -KILL, as kill(1) has them: never an option of ours. */
static const char *kill_old_style(const char *word)
{
    int number;
    return word[0] == '-' && word[1] && word[2] != '\0' && word[1] != '-' &&
                   signal_parse(word + 1, &number)
               ? word + 1
           : word[0] == '-' && word[1] >= '0' && word[1] <= '9' ? word + 1
                                                                : NULL;
}

static int kill_one(const struct invocation *invocation, const char *target, const char *signal)
{
    struct err err = {0};
    int number = SIGTERM;
    int64_t pid;
    char word[SHOWN_SIZE];
    if (signal && !signal_parse(signal, &number)) {
        const char *near = signal_suggest(signal);
        return fail_with(invocation, STATUS_USAGE, "there is no signal \"%s\"%s%s%s",
                         shown(word, signal), near ? " (is " : "", near ? near : "",
                         near ? " meant?)" : "");
    }
    bool digits = target[0] && !target[strspn(target, "0123456789")];
    if (target[0] == '-' || (digits && !number_parse(target, 1, INT32_MAX, &pid)))
        return fail_with(invocation, STATUS_USAGE,
                         "\"%s\" is no pid: one process at a time, by a number from 1",
                         shown(word, target));
    int result =
        digits ? kill_process((pid_t)pid, number, &err) : kill_session(target, number, &err);
    return result < 0 ? fail(invocation, STATUS_FAILED, &err) : STATUS_OK;
}

static int kill_run(const struct invocation *invocation)
{
    const char *signal = NULL;
    struct invocation rest = *invocation;
    if (invocation->argc > 1 && (signal = kill_old_style(invocation->argv[1]))) {
        rest.argc--;
        rest.argv++;
    }
    _cleanup_options_ struct options options = {0};
    options_start(&options, &rest, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE)
            return options.status;
        signal = options.value;
    }
    int words = rest.argc - options.index;
    if (words == 2 && !signal)
        signal = rest.argv[options.index + 1];
    else if (words != 1)
        return fail_with(invocation, STATUS_USAGE,
                         "say one session or pid, and a signal behind it (nstui kill "
                         "%s)",
                         invocation->command->usage);
    return kill_one(invocation, rest.argv[options.index], signal);
}

const struct command command_kill = {
    .name = "kill",
    .usage = "NAME|PID [SIGNAL]",
    .help = "send a signal: TERM, or the one that is named",
    .more = "SIGNAL is a name with or without SIG, or a number; 0 only asks whether it is there.\n"
            "A session's goes to its command, through its init where it has one.\n",
    .options = kill_options,
    .flags = COMMAND_CLEANS,
    .run = kill_run,
};
