/* Waits for the threads that are traced and lets each go on. Any of them may be killed at any moment:
 * then ptrace(2) says ESRCH, and wait(2) tells its end later. Nothing here waits for anything but
 * wait(2), and nobody stays stopped for somebody who may be dead. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "private.h"

/* As the kernel has it (ptrace(2), PTRACE_GET_SYSCALL_INFO): headers of libc and kernel do not agree on
 * a name. */
enum { GET_SYSCALL_INFO = 0x420e, SYSCALL_STOP = SIGTRAP | 0x80 };
enum info_op { INFO_NONE, INFO_ENTRY, INFO_EXIT, INFO_SECCOMP };
struct info {
    uint8_t op;
    uint8_t unused[3];
    uint32_t arch;
    uint64_t instruction, stack;
    union {
        struct {
            uint64_t number, arguments[CALL_ARGUMENTS];
            uint32_t data; /* of the filter; INFO_SECCOMP */
        } entry;
        struct {
            int64_t result; /* -errno on failure */
            uint8_t failed;
        } exit;
    };
};

static bool info_read(pid_t pid, struct info *info)
{
    *info = (struct info){0};
    return ptrace((enum __ptrace_request)GET_SYSCALL_INFO, pid, sizeof(*info), info) > 0;
}

void tracee_continue(struct tracer *tracer, struct tracee *tracee, int signal)
{
    bool every = tracer->options->full || tracee->in_call || tracee->map_count > 0;
    (void)ptrace(every ? PTRACE_SYSCALL : PTRACE_CONT, tracee->pid, 0, (long)signal);
}

/* ---- new ones wait for the call that made them ---------------------------------------------- */

static void stopped(struct tracer *tracer, struct tracee *tracee, int status);

static void unpark(struct tracer *tracer, struct tracee *tracee)
{
    if (!tracee->parked)
        return;
    tracee->parked = false;
    stopped(tracer, tracee, tracee->parked_status);
}

static void release_held(struct tracer *tracer, struct tracee *maker)
{
    struct tracee *held = maker->holds ? tracee_find(&tracer->tracees, maker->holds) : NULL;
    maker->holds = 0;
    if (!held)
        return;
    held->held = false;
    unpark(tracer, held);
}

/* Somebody has died: perhaps before he could tell whom he had made. */
static void release_orphans(struct tracer *tracer)
{
    const struct tracees *tracees = &tracer->tracees;
    for (size_t at = 0; tracer->orphans > 0 && at < tracees->bucket_count; at++) {
        for (struct tracee *tracee = tracees->buckets[at]; tracee; tracee = tracee->next) {
            if (tracee->adopted)
                continue;
            tracee->adopted = true;
            tracer->orphans--;
            unpark(tracer, tracee);
        }
    }
}

/* A thread that we did not know has stopped: it is new. */
static void stopped_first(struct tracer *tracer, pid_t pid, int status)
{
    struct tracee *tracee = tracee_add(&tracer->tracees, pid);
    tracee->parked = true;
    tracee->parked_status = status;
    tracer->orphans++;
}

/* A fork, told by who made it. A vfork waits for its child's exec, so that one must not wait for it. */
static void made(struct tracer *tracer, struct tracee *maker, int event)
{
    unsigned long pid = 0;
    if (ptrace(PTRACE_GETEVENTMSG, maker->pid, 0, &pid) < 0 || pid == 0)
        return;
    struct tracee *child = tracee_find(&tracer->tracees, (pid_t)pid);
    if (!child)
        child = tracee_add(&tracer->tracees, (pid_t)pid);
    else if (!child->adopted)
        tracer->orphans--;
    child->adopted = true;
    if (maker->record)
        maker->record->child = (pid_t)pid;
    if (maker->record && event != PTRACE_EVENT_VFORK) {
        child->held = true;
        maker->holds = (pid_t)pid;
    } else
        unpark(tracer, child);
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void gone(struct tracer *tracer, struct tracee *tracee)
{
    call_abandon(tracer, tracee);
    release_held(tracer, tracee);
    if (!tracee->adopted)
        tracer->orphans--;
    tracee_remove(&tracer->tracees, tracee);
    release_orphans(tracer);
}

static void ended(struct tracer *tracer, pid_t pid, int status)
{
    struct tracee *tracee = tracee_find(&tracer->tracees, pid);
    if (pid == tracer->main) {
        tracer->main = 0;
        tracer->main_status = status;
        signals_forward_to(0);
    }
    if (tracee)
        gone(tracer, tracee);
}

/* Another thread than the leader has called exec: it takes over the leader's number, and is not heard
 * of by its own any more (ptrace(2), "execve(2) under ptrace"). */
static void took_over(struct tracer *tracer, struct tracee *leader, pid_t former_pid)
{
    struct tracee *former = tracee_find(&tracer->tracees, former_pid);
    if (!former || former == leader)
        return;
    call_abandon(tracer, leader);
    release_held(tracer, leader);
    leader->in_call = former->in_call;
    leader->number = former->number;
    leader->record = pointer_take(former->record);
    former->in_call = false;
    gone(tracer, former);
}

/* ---- stops --------------------------------------------------------------------------------- */

static void executed(struct tracer *tracer, struct tracee *tracee)
{
    unsigned long former = 0;
    struct info info;
    if (ptrace(PTRACE_GETEVENTMSG, tracee->pid, 0, &former) == 0)
        took_over(tracer, tracee, (pid_t)former);
    tracee->name[0] = '\0';
    tracee_maps_forget(tracee);
    if (info_read(tracee->pid, &info))
        tell_exec(tracer, tracee, info.arch);
}

static void filter_stopped(struct tracer *tracer, struct tracee *tracee)
{
    struct info info;
    if (tracee->in_call || !info_read(tracee->pid, &info) || info.op != INFO_SECCOMP)
        return; /* with a map file it stops at every entry, so that was seen already */
    if (info.entry.data == FILTER_X32)
        tell(tracer, TOLD_X32, tracee, "calls by the numbers of x32, which are not shown");
    else
        call_enter(tracer, tracee, (long)info.entry.number, info.entry.arguments);
}

static void call_stopped(struct tracer *tracer, struct tracee *tracee)
{
    struct info info;
    if (!info_read(tracee->pid, &info))
        return;
    if (info.op == INFO_ENTRY && info.arch == TRACER_ARCH)
        call_enter(tracer, tracee, (long)info.entry.number, info.entry.arguments);
    else if (info.op == INFO_EXIT && tracee->in_call) {
        call_leave(tracer, tracee, (long)info.exit.result);
        release_held(tracer, tracee);
    }
}

static bool stops_a_group(int signal)
{
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void stopped(struct tracer *tracer, struct tracee *tracee, int status)
{
    int signal = WSTOPSIG(status), event = status >> 16;
    if (tracee->held && !tracee->parked) {
        tracee->parked = true;
        tracee->parked_status = status;
        return;
    }
    switch (event) {
    case PTRACE_EVENT_STOP:
        if (stops_a_group(signal)) { /* it is to stay stopped until SIGCONT, which is told too */
            (void)ptrace(PTRACE_LISTEN, tracee->pid, 0, 0);
            if (tracee->pid == tracer->main)
                signals_main_stopped(signal);
            return;
        }
        if (tracee->pid == tracer->main)
            signals_main_continued();
        break;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        made(tracer, tracee, event);
        break;
    case PTRACE_EVENT_EXEC:
        executed(tracer, tracee);
        break;
    case PTRACE_EVENT_SECCOMP:
        filter_stopped(tracer, tracee);
        break;
    default:
        if (signal != SYSCALL_STOP)
            return tracee_continue(tracer, tracee, signal); /* a signal for it */
        call_stopped(tracer, tracee);
        break;
    }
    tracee_continue(tracer, tracee, 0);
}

static void event_take(struct tracer *tracer, pid_t pid, int status)
{
    struct tracee *tracee = tracee_find(&tracer->tracees, pid);
    if (WIFEXITED(status) || WIFSIGNALED(status))
        ended(tracer, pid, status);
    else if (WIFSTOPPED(status) && tracee)
        stopped(tracer, tracee, status);
    else if (WIFSTOPPED(status))
        stopped_first(tracer, pid, status);
}

int tracer_loop(struct tracer *tracer, struct err *err)
{
    for (;;) {
        /* A child of the caller's own may live for ever: with such, only what is known is waited for. */
        bool known = tracer->tracees.count > 0;
        int status, options = __WALL | (!known && tracer->has_others ? WNOHANG : 0);
        pid_t pid = waitpid(-1, &status, options);
        if (pid > 0)
            event_take(tracer, pid, status);
        else if (pid == 0 || errno == ECHILD)
            return 0;
        else if (errno != EINTR)
            return err_set(err, errno, "cannot wait for the traced program");
    }
}
