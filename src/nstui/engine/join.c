/* The parent's side of a join: finds the target, says which of its namespaces differ, and lets
 * nstui-init --enter, a sealed copy started on the host's side, do the entering. Nothing of nstui
 * itself is ever inside. setns(2), user_namespaces(7), pid_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "target.h"

/* How long a target may take to answer: its file systems can hang. */
#define ENTER_LIMIT_MS 10000

/* What a join under way holds. */
struct entering {
    struct kernel kernel;
    struct join *join;
    struct target target;
    struct strings environment;
    struct pipes pipes;
    int sealed;
    int channel[2]; /* parent's, child's */
};

/* ---- which namespaces ---------------------------------------------------------------------- */

static int types_choose(struct join *join, const struct target *target, struct err *err)
{
    char letters[NS_TYPES + 1];
    ns_set lacking = join->types & ~target->has;
    if (lacking) {
        (void)err_set(err, 0, "%s has no namespace of the types asked for: -%s", target->words,
                      ns_set_letters(lacking, letters));
        return err_hint(err, target->is_pid ? "this kernel lacks them"
                                            : "it is one namespace; the "
                                              "others stay ours");
    }
    join->entered = join->types ? join->types & target->differs : target->differs;
    join->message[0] = '\0';
    if (!join->entered)
        (void)snprintf(join->message, sizeof(join->message),
                       "every namespace asked for is the same as here: nothing is entered");
    else if ((join->entered & NS_BIT(NS_PID)) && !(join->entered & NS_BIT(NS_MNT)))
        (void)snprintf(join->message, sizeof(join->message),
                       "pid is entered without mnt: ps still shows the processes of the host, and "
                       "root in there can reach the files of the host through this one");
    return 0;
}

/* ---- the child ----------------------------------------------------------------------------- */

static void orders_write(const struct entering *entering, struct strings *orders)
{
    const struct join *join = entering->join;
    const struct target *target = &entering->target;
    strings_add(orders, "nstui-init");
    strings_add(orders, "--enter");
    strings_addf(orders, "--report");
    strings_addf(orders, "%d", entering->channel[1]);
    strings_add(orders, "--target");
    strings_addf(orders, "%d", target->handle);
    strings_add(orders, "--types");
    strings_addf(orders, "%x", (unsigned)ns_set_clone_flags(join->entered));
    if (join->entered && target->is_pid) {
        strings_add(orders, "--bound");
        strings_addf(orders, "%llx", (unsigned long long)target->bound);
    }
    if ((join->entered & NS_BIT(NS_MNT)) && target->root >= 0) {
        strings_add(orders, "--root");
        strings_addf(orders, "%d", target->root);
    }
    if (join->terminal) {
        strings_add(orders, "--terminal");
        strings_addf(orders, "%ux%u", join->columns ? join->columns : 80U,
                     join->rows ? join->rows : 24U);
    }
    if (join->cwd) {
        strings_add(orders, "--chdir");
        strings_add(orders, join->cwd);
    }
    if (join->argv.count == 0)
        strings_add(orders, "--shell");
    strings_add(orders, "--");
    for (size_t at = 0; at < join->argv.count; at++)
        strings_add(orders, join->argv.items[at]);
}

/* Its own 0, 1 and 2 are the pipes, or nothing: never the caller's, which would then be open in a
 * process that somebody in there can look into. */
static _Noreturn void child_run(struct entering *entering)
{
    struct err err = {0};
    struct strings orders = {0};
    orders_write(entering, &orders);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int at = 0; at < 3; at++) {
        int from = entering->pipes.theirs[at];
        if (dup2(from >= 0 ? from : nothing, at) < 0)
            _exit(ENGINE_STATUS_FAILED);
    }
    const int kept[] = {entering->channel[1], entering->target.handle, entering->target.root,
                        entering->sealed};
    descriptors_keep(kept, array_length(kept));
    for (size_t at = 0; kept[at] != entering->sealed; at++) {
        if (kept[at] >= 0)
            (void)fcntl(kept[at], F_SETFD, 0);
    }
    (void)syscall(SYS_execveat, entering->sealed, "", orders.items, entering->environment.items,
                  AT_EMPTY_PATH);
    (void)err_set(&err, errno, "cannot execute nstui-init from memory");
    if (err.errnum == EACCES || err.errnum == EPERM)
        (void)err_hint(&err, "the sysctl vm.memfd_noexec or a security module forbids it here");
    channel_fail(entering->channel[1], &err);
    _exit(ENGINE_STATUS_FAILED);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static int enter_start(struct entering *entering, int *pidfd, struct err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = kernel_clone(&entering->kernel, 0, pidfd);
    if (pid == 0)
        child_run(entering);
    int errnum = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0)
        return err_set(err, errnum, "cannot start a process");
    cleanup_close(&entering->channel[1]);
    entering->channel[1] = -1;
    pipes_close(entering->pipes.theirs);
    return 0;
}

static int enter_run(struct entering *entering, struct launched *launched, struct err *err)
{
    struct join *join = entering->join;
    struct channel_result result = {.recorder = entering->kernel.recorder,
                                    .wants_terminal = join->terminal};
    int helper = -1;
    if (enter_start(entering, &helper, err) < 0)
        return -1;
    const char *command = join->argv.count ? join->argv.items[0] : "a shell";
    channel_wait(entering->channel[0], command, entering->target.words, ENTER_LIMIT_MS,
                 join->cancel, &result, err);
    engine_process_end(helper); /* it has done its part, or hangs */
    (void)close(helper);
    if (!result.failed && (result.pidfd < 0 || (join->terminal && result.terminal < 0))) {
        result.failed = true;
        result.status = ENGINE_STATUS_FAILED;
        (void)err_set(err, 0, "%s: entering it was cut short", entering->target.words);
    }
    if (!result.failed) {
        launched->pidfd = result.pidfd;
        launched->pid = pidfd_pid(result.pidfd);
        launched_fill(launched, result.terminal, &entering->pipes);
        return 0;
    }
    launched->status = result.status;
    if (result.pidfd >= 0)
        engine_process_end(result.pidfd);
    cleanup_close(&result.pidfd);
    cleanup_close(&result.terminal);
    return -1;
}

static int enter_prepare(struct entering *entering, struct err *err)
{
    struct join *join = entering->join;
    if (target_open(join, &entering->target, err) < 0 ||
        types_choose(join, &entering->target, err) < 0)
        return -1;
    engine_environment(&join->env, &entering->environment);
    entering->sealed = sealed_open(join->init_program, err);
    if (entering->sealed < 0)
        return -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, entering->channel) < 0)
        return err_set(err, errno, "cannot make a socket");
    return join->terminal ? 0 : pipes_open(&entering->pipes, err);
}

int engine_join(struct join *join, struct launched *launched, struct err *err)
{
    struct err ignored = {0};
    struct entering entering = {
        .join = join, .kernel = {.who = TRACE_PARENT}, .sealed = -1, .channel = {-1, -1}};
    err = err ? err : &ignored;
    launched_clear(launched);
    target_clear(&entering.target);
    pipes_clear(&entering.pipes);
    descriptors_guard();
    launched->recorder = entering.kernel.recorder = recorder_open();
    int result = enter_prepare(&entering, err);
    if (result == 0)
        result = enter_run(&entering, launched, err);
    target_close(&entering.target);
    strings_free(&entering.environment);
    pipes_close(entering.pipes.ours);
    pipes_close(entering.pipes.theirs);
    cleanup_close(&entering.sealed);
    cleanup_close(&entering.channel[0]);
    cleanup_close(&entering.channel[1]);
    return result;
}

void join_free(struct join *join)
{
    free(join->path);
    free(join->cwd);
    free(join->init_program);
    strings_free(&join->argv);
    strings_free(&join->env);
    *join = (struct join){0};
}

void cleanup_join(void *join)
{
    join_free(join);
}
