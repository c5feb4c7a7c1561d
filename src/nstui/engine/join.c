/* The parent's side of a join: finds the target, says which of its namespaces differ, and lets
 * nstui-init --enter, a sealed copy started on the host's side, do the entering. Nothing of nstui
 * itself is ever inside. setns(2), user_namespaces(7), pid_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "target.h"

/* How long a target may take to answer: its file systems can hang. */
#define ENTER_LIMIT_MS  10000
#define HELPER_LIMIT_MS 2000

/* What a join under way holds. */
struct entering {
    struct kernel kernel;
    struct join *join;
    struct target target;
    struct strings environment;
    struct pipes pipes;
    struct cgroup_files cgroups;
    int sealed;
    int filter;                   /* the seccomp program; -1: none */
    int channel[2];               /* parent's, child's */
    char place[TOOLS_PLACE_SIZE]; /* with tools: the folder below /run/nstui */
    char *etc;                    /* the files of a network that has a name; NULL: none */
};

/* ---- which namespaces ---------------------------------------------------------------------- */

/* A pid is often that of sudo, or of the shell in front of the program. */
static void same_tell(struct join *join, const struct target *target)
{
    char comm[64], letters[NS_TYPES + 1];
    ns_set types = join->types ? join->types : NS_ALL;
    pid_t meant = target->is_pid ? target_descendant(join->pid, types, comm) : 0;
    ns_set_letters(join->types, letters);
    if (meant > 0)
        (void)snprintf(join->message, sizeof(join->message),
                       "%s is in the same namespaces as we: nothing is entered. Below it %s, pid "
                       "%d, is in others: nstui join %d%s%s",
                       target->words, comm, (int)meant, (int)meant, *letters ? " -" : "", letters);
    else
        (void)snprintf(join->message, sizeof(join->message),
                       "%s: every namespace asked for is the same as here, nothing is entered",
                       target->words);
}

static int types_choose(struct join *join, const struct target *target, struct err *err)
{
    char letters[NS_TYPES + 1];
    ns_set lacking = join->types & ~target->has;
    join->message[0] = '\0';
    if (lacking) {
        (void)err_set(err, 0, "%s has no namespace of the types asked for: -%s", target->words,
                      ns_set_letters(lacking, letters));
        return err_hint(err, target->is_pid ? "this kernel lacks them"
                                            : "it is one namespace; the "
                                              "others stay ours");
    }
    join->entered = join->types ? join->types & target->differs : target->differs;
    if (!join->entered)
        same_tell(join, target);
    else if ((join->entered & NS_BIT(NS_MNT)) && !(join->entered & NS_BIT(NS_USER)) &&
             (target->differs & NS_BIT(NS_USER)) && geteuid() == 0)
        (void)snprintf(join->message, sizeof(join->message),
                       "mnt is entered without user: programs of %s run as root of the host",
                       target->words);
    else if ((join->entered & NS_BIT(NS_PID)) && !(join->entered & NS_BIT(NS_MNT)))
        (void)snprintf(join->message, sizeof(join->message),
                       "pid is entered without mnt: ps still shows the processes of the host, and "
                       "root in there can reach the files of the host through this one");
    else if (target->filtered && !join->seccomp)
        (void)snprintf(join->message, sizeof(join->message),
                       "a seccomp filter holds the processes of %s; it does not hold this one",
                       target->words);
    return 0;
}

/* Programs obey some variables before their first line (LD_PRELOAD, PATH): those of a process in
 * there are for the programs in there. The host's take them of our own processes alone; and who is
 * root in a user namespace may be our uid, and is not us. */
static int environment_check(const struct join *join, const struct target *target, struct err *err)
{
    struct stat status;
    bool same_files = !(target->differs & NS_BIT(NS_MNT));
    bool same_user = target->proc >= 0 && fstat(target->proc, &status) == 0 &&
                     status.st_uid == geteuid() &&
                     (geteuid() != 0 || !(target->differs & NS_BIT(NS_USER)));
    if ((join->entered & NS_BIT(NS_MNT)) || (same_files && same_user))
        return 0;
    (void)err_set(err, 0, "the host's programs do not take the variables of %s", target->words);
    return err_hint(err, "it could make them run its own code; enter mnt too, or leave --env out");
}

static int environment_fill(struct entering *entering, struct err *err)
{
    struct join *join = entering->join;
    struct strings all = {0};
    int result = 0;
    if (join->environment) {
        result = environment_check(join, &entering->target, err);
        if (result == 0)
            result = target_environment(&entering->target, &all, err);
    }
    for (size_t at = 0; at < join->env.count; at++)
        strings_add(&all, join->env.items[at]);
    engine_environment(&all, &entering->environment);
    strings_free(&all);
    return result;
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
    if (join->entered && target->is_pid && !join->tools) {
        strings_add(orders, "--bound");
        strings_addf(orders, "%llx", (unsigned long long)target->bound);
    }
    if (join->entered && target->no_new_privs && !join->tools)
        strings_add(orders, "--no-new-privs");
    if (join->entered & NS_BIT(NS_USER)) {
        strings_add(orders, "--uid");
        strings_addf(orders, "%x", target->uid);
        strings_add(orders, "--gid");
        strings_addf(orders, "%x", target->gid);
    }
    if (entering->filter >= 0) {
        strings_add(orders, "--filter");
        strings_addf(orders, "%d", entering->filter);
    }
    if (((join->entered & NS_BIT(NS_MNT)) || join->tools) && target->root >= 0) {
        strings_add(orders, "--root");
        strings_addf(orders, "%d", target->root);
    }
    if (join->tools) {
        strings_add(orders, "--tools");
        strings_add(orders, entering->place);
    }
    if (entering->etc) {
        strings_add(orders, "--etc");
        strings_add(orders, entering->etc);
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
    if (cgroup_files_enter(&entering->cgroups, &err) < 0) {
        channel_fail(entering->channel[1], &err);
        _exit(ENGINE_STATUS_FAILED);
    }
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int at = 0; at < 3; at++) {
        int from = entering->pipes.theirs[at];
        if (dup2(from >= 0 ? from : nothing, at) < 0)
            _exit(ENGINE_STATUS_FAILED);
    }
    const int kept[] = {entering->channel[1], entering->target.handle, entering->target.root,
                        entering->filter, entering->sealed};
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

/* It has done its part, or hangs: killed, and collected unless even that takes no effect, as in a cgroup
 * of version 1 that somebody has frozen meanwhile. */
static void helper_end(int helper)
{
    struct pollfd ended = {.fd = helper, .events = POLLIN};
    (void)syscall(SYS_pidfd_send_signal, helper, SIGKILL, NULL, 0);
    if (poll(&ended, 1, HELPER_LIMIT_MS) == 1)
        engine_process_collect(helper);
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
    helper_end(helper);
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

static int enter_choose(struct entering *entering, struct err *err)
{
    struct join *join = entering->join;
    struct target *target = &entering->target;
    const struct ns_target wanted = {
        .pid = join->pid, .start_time = join->start_time, .path = join->path, .words = join->name};
    if (target_open(&wanted, target, err) < 0)
        return -1;
    if (join->tools)
        return tools_choose(join, target, entering->place, err);
    if (types_choose(join, target, err) < 0)
        return -1;
    if (join->path && (join->entered & NS_BIT(NS_NET)))
        entering->etc = netns_files(join->path);
    return 0;
}

static int enter_prepare(struct entering *entering, struct err *err)
{
    struct join *join = entering->join;
    if (enter_choose(entering, err) < 0 || environment_fill(entering, err) < 0)
        return -1;
    if (join->cgroup && cgroup_files_open(&entering->target, &entering->cgroups, err) < 0)
        return -1;
    if (join->seccomp && !join->tools && (entering->filter = filter_memory(join->seccomp, err)) < 0)
        return -1;
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
        .join = join,
        .kernel = {.who = TRACE_PARENT},
        .sealed = -1,
        .filter = -1,
        .channel = {-1, -1},
    };
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
    cgroup_files_close(&entering.cgroups);
    free(entering.etc);
    pipes_close(entering.pipes.ours);
    pipes_close(entering.pipes.theirs);
    cleanup_close(&entering.sealed);
    cleanup_close(&entering.filter);
    cleanup_close(&entering.channel[0]);
    cleanup_close(&entering.channel[1]);
    return result;
}

void join_free(struct join *join)
{
    free(join->path);
    free(join->seccomp);
    free(join->name);
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
