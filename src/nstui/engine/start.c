/* What launch and join share: processes made and ended by pidfd, pipes, descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "private.h"

pid_t engine_process_clone(unsigned long flags, int *pidfd)
{
    struct clone_args arguments = {
        .flags = flags | CLONE_PIDFD,
        .pidfd = (uintptr_t)pidfd,
        /* A sibling's signal is that of its maker, clone(2). */
        .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
    };
    *pidfd = -1;
    long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (pid >= 0 || errno != ENOSYS)
        return (pid_t)pid;
    /* Filters of old container engines know no clone3. Its third argument is where the pidfd goes
     * on every machine; CLONE_NEWTIME is one of clone3 alone. */
    if (flags & CLONE_NEWTIME)
        return errno = ENOSYS, -1;
    return (pid_t)syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, 0L, pidfd, 0L, 0L);
}

void engine_process_collect(int pidfd)
{
    siginfo_t info;
    while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0 && errno == EINTR)
        ;
}

void engine_process_end(int pidfd)
{
    (void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
    engine_process_collect(pidfd);
}

pid_t pidfd_pid(int pidfd)
{
    _cleanup_free_ char *path = xasprintf("/proc/self/fdinfo/%d", pidfd), *text = NULL;
    if (file_read(AT_FDCWD, path, 4096, &text, NULL, NULL) < 0)
        return -1;
    const char *line = strstr(text, "Pid:");
    return line ? (pid_t)strtol(line + strlen("Pid:"), NULL, 10) : -1;
}

void pipes_clear(struct pipes *pipes)
{
    for (int at = 0; at < 3; at++)
        pipes->ours[at] = pipes->theirs[at] = -1;
}

int pipes_open(struct pipes *pipes, struct err *err)
{
    for (int at = 0; at < 3; at++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0)
            return err_set(err, errno, "cannot make a pipe");
        pipes->ours[at] = ends[at == 0];
        pipes->theirs[at] = ends[at != 0];
    }
    return 0;
}

void pipes_close(int ends[3])
{
    for (int at = 0; at < 3; at++) {
        cleanup_close(&ends[at]);
        ends[at] = -1;
    }
}

void descriptors_guard(void)
{
    while (fcntl(STDERR_FILENO, F_GETFD) < 0 || fcntl(STDOUT_FILENO, F_GETFD) < 0 ||
           fcntl(STDIN_FILENO, F_GETFD) < 0) {
        if (open("/dev/null", O_RDWR) < 0) /* not close-on-exec: it is 0, 1 or 2 */
            return;
    }
}

void descriptors_keep(const int kept[], size_t count)
{
    for (unsigned from = 3;;) {
        unsigned next = ~0U;
        for (size_t at = 0; at < count; at++) {
            if (kept[at] >= (int)from && (unsigned)kept[at] < next)
                next = (unsigned)kept[at];
        }
        if (next > from)
            (void)syscall(SYS_close_range, from, next == ~0U ? next : next - 1, 0U);
        if (next == ~0U)
            return;
        from = next + 1;
    }
}

void launched_clear(struct launched *launched)
{
    *launched = (struct launched){
        .pidfd = -1,
        .alive = -1,
        .terminal = -1,
        .input = -1,
        .output = -1,
        .error = -1,
        .status = ENGINE_STATUS_FAILED,
    };
    standin_clear(&launched->standin);
}

void launched_close(struct launched *launched)
{
    cleanup_close(&launched->pidfd);
    cleanup_close(&launched->alive);
    cleanup_close(&launched->terminal);
    cleanup_close(&launched->input);
    cleanup_close(&launched->output);
    cleanup_close(&launched->error);
    recorder_close(launched->recorder);
    standin_close(&launched->standin);
    launched_clear(launched);
}

void launched_fill(struct launched *launched, int terminal, struct pipes *pipes)
{
    launched->status = 0;
    launched->terminal = terminal;
    launched->input = fd_take(&pipes->ours[0]);
    launched->output = fd_take(&pipes->ours[1]);
    launched->error = fd_take(&pipes->ours[2]);
}

/* An exec is recorded before it is made. Where it failed, the failure follows; else it has succeeded,
 * as far as the launch has. */
static void exec_settle(struct trace *trace, size_t at, bool launched)
{
    struct trace_record *record = &trace->items[at], *next = record + 1;
    if (at + 1 < trace->count && next->who == record->who &&
        strcmp(next->call, record->call) == 0) {
        trace_remove(trace, at);
    } else if (launched) {
        record->pending = false;
        record->result = 0;
    }
}

void launched_trace(const struct launched *launched, struct trace *trace)
{
    size_t first = trace->count;
    recorder_read(launched->recorder, trace);
    for (size_t at = first; at < trace->count; at++) {
        if (trace->items[at].pid == 0 && trace->items[at].who == TRACE_CHILD)
            trace->items[at].pid = launched->pid;
        if (trace->items[at].pending)
            exec_settle(trace, at, launched->pidfd >= 0);
    }
}
