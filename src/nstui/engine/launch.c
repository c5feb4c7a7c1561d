/* The parent's side of a launch: everything that the child needs is made first, then one clone,
 * then it waits until the command has been executed. On failure all of it is taken back: the
 * process is killed and collected, with it go its namespaces and every mount in them, and a root
 * directory that was made for it is removed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

/* ---- the root directory -------------------------------------------------------------------- */

static int root_make(struct launch *launch, struct err *err)
{
    char root[WORD_SIZE];
    const char *path = launch->spec->root;
    if (!path)
        return 0;
    mode_t before = umask(022);
    launch->made_root = mkdir(path, 0755) == 0;
    int reason = errno;
    (void)umask(before);
    if (!launch->made_root && reason != EEXIST)
        return err_set(err, reason, "cannot make the root directory %s", word(root, path));
    return 0;
}

/* Only for a root that is ours: everything in it was made by this launch, unless somebody was very
 * quick, and then it stays, since only what is empty goes. */
static void root_unmake(const struct launch *launch)
{
    if (!launch->made_root)
        return;
    _cleanup_close_ int root = root_open(launch->spec->root);
    if (root < 0)
        return;
    for (size_t at = launch->steps.count; at-- > 0;) {
        const struct step *step = &launch->steps.items[at];
        if (step->kind == STEP_POINT || step->kind == STEP_MKDIR_OLD)
            beneath_remove(root, step->target);
    }
    (void)rmdir(launch->spec->root);
}

/* ---- clone --------------------------------------------------------------------------------- */

static int clone_error(const struct launch *launch, int errnum, struct err *err)
{
    static const struct {
        int errnum;
        const char *hint;
    } hints[] = {
        {EPERM, "run it with sudo, or add -U for a user namespace of your own"},
        {ENOSPC, "a limit in /proc/sys/user is reached, or namespaces are nested too deep"},
        {EUSERS, "user namespaces are nested too deep"},
        {EINVAL, "this kernel lacks one of these types; nstui doctor tells which"},
        {ENOSYS, "this kernel, or a filter around us, has no clone3"},
    };
    _cleanup_text_ struct text types = {0};
    text_add(&types, "");
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (launch->spec->namespaces & NS_BIT(at))
            text_addf(&types, "%s%s", types.length ? ", " : "", ns_types[at].name);
    }
    (void)err_set(err, errnum,
                  types.length ? "cannot make new namespaces (%s)" : "cannot start a process%s",
                  types.data);
    for (size_t at = 0; at < array_length(hints); at++) {
        if (hints[at].errnum == errnum && types.length)
            (void)err_hint(err, "%s", hints[at].hint);
    }
    return -1;
}

static _Noreturn void child_run(struct launch *launch)
{
    struct setup setup = {
        .spec = launch->spec,
        .steps = &launch->steps,
        .filter = launch->filter,
        .kernel = {.recorder = launch->kernel.recorder, .who = TRACE_CHILD},
        .environment = launch->environment.items,
        .channel = launch->channel[1],
        .sealed = launch->sealed,
        .alive = launch->alive[1],
    };
    memcpy(setup.theirs, launch->pipes.theirs, sizeof(setup.theirs));
    const int kept[] = {setup.channel,   setup.sealed,    setup.alive,
                        setup.theirs[0], setup.theirs[1], setup.theirs[2]};
    descriptors_keep(kept, array_length(kept));
    setup_run(&setup);
}

static unsigned long clone_flags(const struct steps *steps)
{
    size_t at = 0;
    while (steps->items[at].kind != STEP_CLONE)
        at++;
    return steps->items[at].flags;
}

/* Signals wait meanwhile: a handler of the caller's must not run in the child. */
static int process_start(struct launch *launch, struct err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    unsigned long flags = clone_flags(&launch->steps);
    if (between_is_needed(&launch->steps))
        launch->pid = between_clone(launch, flags, &launch->pidfd, err);
    else
        launch->pid = kernel_clone(&launch->kernel, flags, &launch->pidfd);
    if (launch->pid == 0)
        child_run(launch);
    int errnum = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (launch->pid >= 0)
        return 0;
    return err->text[0] ? -1 : clone_error(launch, errnum, err);
}

/* ---- what the parent does while the child waits ---------------------------------------------- */

static int (*const functions[])(struct launch *, const struct step *, struct err *) = {
    [STEP_MAPS] = parent_maps,
    [STEP_LIMITS] = parent_limits,
    [STEP_NETWORK] = parent_network,
};

static int parent_steps(struct launch *launch, struct err *err)
{
    for (size_t at = 0; at < launch->steps.count; at++) {
        const struct step *step = &launch->steps.items[at];
        if (step->who != STEP_PARENT || step->kind == STEP_CLONE)
            continue;
        launch->kernel.from = step->source;
        launch->kernel.to = step->target;
        if (functions[step->kind](launch, step, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static int launch_prepare(struct launch *launch, struct err *err)
{
    const struct spec *spec = launch->spec;
    if (steps_plan(spec, &launch->steps, err) < 0 || filter_compile(spec, &launch->filter, err) < 0)
        return -1;
    engine_environment(&spec->env, &launch->environment);
    launch->sealed = sealed_open(spec->init_program, err);
    if (launch->sealed < 0)
        return -1;
    int kind = SOCK_SEQPACKET | SOCK_CLOEXEC;
    if (socketpair(AF_UNIX, kind, 0, launch->channel) < 0)
        return err_set(err, errno, "cannot make a socket");
    /* A socket, no pipe: it cannot be opened anew in /proc/1/fd and be kept open by somebody else.
     */
    if (spec->init && socketpair(AF_UNIX, kind, 0, launch->alive) < 0)
        return err_set(err, errno, "cannot make a socket");
    if (!spec->terminal && pipes_open(&launch->pipes, err) < 0)
        return -1;
    return root_make(launch, err);
}

static int launch_run(struct launch *launch, struct launched *launched, struct err *err)
{
    const struct spec *spec = launch->spec;
    struct channel_result result = {.recorder = launch->kernel.recorder,
                                    .wants_terminal = spec->terminal};
    if (process_start(launch, err) < 0)
        return -1;
    cleanup_close(&launch->channel[1]);
    launch->channel[1] = -1;
    pipes_close(launch->pipes.theirs);
    int ready = parent_steps(launch, err);
    if (ready == 0)
        ready = send(launch->channel[0], "g", 1, MSG_NOSIGNAL) == 1
                    ? 0
                    : err_set(err, errno, "the process ended at once");
    if (ready == 0) {
        const char *command = spec->argv.count ? spec->argv.items[0] : "nstui-init";
        channel_wait(launch->channel[0], command, spec->root ? spec->root : "", -1, spec->cancel,
                     &result, err);
        if (!result.failed && spec->terminal && result.terminal < 0) {
            result.failed = true;
            result.status = ENGINE_STATUS_FAILED;
            (void)err_set(err, 0, "the process was killed while it was set up");
        }
        if (!result.failed) {
            launched->pid = launch->pid;
            launched->pidfd = fd_take(&launch->pidfd);
            launched->alive = fd_take(&launch->alive[0]);
            launched_fill(launched, result.terminal, &launch->pipes);
            return 0;
        }
        launched->status = result.status;
        cleanup_close(&result.terminal);
        cleanup_close(&result.pidfd);
    }
    engine_process_end(launch->pidfd);
    return -1;
}

static void launch_free(struct launch *launch)
{
    steps_free(&launch->steps);
    filter_free(launch->filter);
    strings_free(&launch->environment);
    pipes_close(launch->pipes.ours);
    pipes_close(launch->pipes.theirs);
    int *const descriptors[] = {&launch->sealed,   &launch->channel[0], &launch->channel[1],
                                &launch->alive[0], &launch->alive[1],   &launch->pidfd};
    for (size_t at = 0; at < array_length(descriptors); at++)
        cleanup_close(descriptors[at]);
}

int engine_launch(const struct spec *spec, struct launched *launched, struct err *err)
{
    struct err ignored = {0};
    struct launch launch = {
        .spec = spec,
        .sealed = -1,
        .channel = {-1, -1},
        .alive = {-1, -1},
        .pidfd = -1,
        .kernel = {.who = TRACE_PARENT},
    };
    (void)strcpy(launch.tag, spec->tag);
    err = err ? err : &ignored;
    launched_clear(launched);
    pipes_clear(&launch.pipes);
    descriptors_guard();
    int result = launch_prepare(&launch, err);
    launched->recorder = launch.kernel.recorder = recorder_open();
    if (result == 0)
        result = launch_run(&launch, launched, err);
    if (result < 0) {
        root_unmake(&launch);
        if (engine_outside_wanted(spec))
            (void)engine_outside_clean(spec->name, launch.tag, NULL);
    }
    launch_free(&launch);
    return result;
}
