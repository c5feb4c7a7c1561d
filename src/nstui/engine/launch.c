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
    if (launch->made_root && launch->spec->uid_map.count) {
        _cleanup_close_ int made = root_open(path);
        maps_own(launch->spec, made);
    }
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

static _Noreturn void child_run(struct launch *launch)
{
    struct setup setup = {
        .spec = launch->spec,
        .steps = &launch->steps,
        .filter = launch->filter,
        .shares = &launch->shares,
        .kernel = {.recorder = launch->kernel.recorder, .who = TRACE_CHILD},
        .environment = launch->environment.items,
        .channel = launch->channel[1],
        .sealed = -1, /* it comes later, see parent_born() */
        .alive = launch->alive[1],
        .by_root = launch->by_root,
    };
    memcpy(setup.theirs, launch->pipes.theirs, sizeof(setup.theirs));
    int kept[6 + NS_TYPES] = {setup.channel, setup.alive, setup.theirs[0], setup.theirs[1],
                              setup.theirs[2]};
    size_t count = 5;
    if (launch->spec->shared) {
        memcpy(kept + count, launch->shares.handles, sizeof(launch->shares.handles));
        kept[count + NS_TYPES] = launch->shares.root;
        count += NS_TYPES + 1;
    }
    descriptors_keep(kept, count);
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
    return err->text[0] ? -1 : clone_error(launch->spec, errnum, err);
}

/* ---- what the parent does while the child waits ---------------------------------------------- */

static int (*const functions[])(struct launch *, const struct step *, struct err *) = {
    [STEP_MAPS] = parent_maps,     [STEP_RLIMITS] = parent_rlimits, [STEP_OOM] = parent_oom,
    [STEP_LIMITS] = parent_limits, [STEP_NETWORK] = parent_network,
};

/* Whether the child has anything to wait for. Else it is told to go before it is there, and under load
 * nobody waits for the other's turn. */
static bool parent_is_needed(const struct launch *launch)
{
    const struct steps *steps = &launch->steps;
    bool needed = between_is_needed(steps);
    for (size_t at = 0; at < steps->count; at++)
        needed |= steps->items[at].who == STEP_PARENT && steps->items[at].kind != STEP_CLONE;
    return needed;
}

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

/* While the child sets itself up, nstui-init is sealed for it and the caller learns of it; then it may
 * execute what is not ours. So whoever kills the caller, at any moment, leaves either nothing that runs
 * or a word of it. */
static int parent_born(struct launch *launch, struct launched *launched, struct err *err)
{
    const struct spec *spec = launch->spec;
    launched->pid = launch->pid;
    launched->made_root = launch->made_root;
    (void)snprintf(launched->address, sizeof(launched->address), "%s", launch->go + 1);
    launch->sealed = sealed_open(spec->init_program, err);
    if (launch->sealed < 0 || (spec->born && spec->born(spec->born_data, launched, err) < 0))
        return -1;
    /* Where it is gone already, it has told why. */
    (void)channel_say(launch->channel[0], "r", launch->sealed, NULL);
    return 0;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static int launch_prepare(struct launch *launch, struct err *err)
{
    const struct spec *spec = launch->spec;
    if (steps_plan(spec, &launch->steps, err) < 0 || filter_compile(spec, &launch->filter, err) < 0)
        return -1;
    if (!spec->env_exact)
        engine_environment(&spec->env, &launch->environment);
    for (size_t at = 0; spec->env_exact && at < spec->env.count; at++)
        strings_add(&launch->environment, spec->env.items[at]);
    if (!launch->environment.items)
        launch->environment.items = xcalloc(1, sizeof(char *));
    if (spec->shared && shares_open(spec, &launch->shares, err) < 0)
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
    bool waits = parent_is_needed(launch);
    if ((!waits && channel_say(launch->channel[0], launch->go, -1, err) < 0) ||
        process_start(launch, err) < 0)
        return -1;
    cleanup_close(&launch->channel[1]);
    launch->channel[1] = -1;
    pipes_close(launch->pipes.theirs);
    int ready = parent_steps(launch, err);
    if (ready == 0 && waits)
        ready = channel_say(launch->channel[0], launch->go, -1, err);
    if (ready == 0)
        ready = parent_born(launch, launched, err);
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
    shares_close(&launch->shares);
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
        .by_root = geteuid() == 0,
        .kernel = {.who = TRACE_PARENT},
        .go = "g",
    };
    (void)strcpy(launch.tag, spec->tag);
    if (!launch.tag[0] && engine_outside_wanted(spec))
        engine_tag_make(launch.tag);
    err = err ? err : &ignored;
    launched_clear(launched);
    pipes_clear(&launch.pipes);
    shares_clear(&launch.shares);
    standin_clear(&launch.standin);
    descriptors_guard();
    int result = launch_prepare(&launch, err);
    launched->recorder = launch.kernel.recorder = recorder_open();
    if (result == 0)
        result = launch_run(&launch, launched, err);
    launched->standin = launch.standin;
    if (result < 0) {
        standin_look(&launched->standin);
        root_unmake(&launch);
        if (engine_outside_wanted(spec))
            (void)engine_outside_clean(spec->name, launch.tag, NULL);
    }
    launch_free(&launch);
    return result;
}
