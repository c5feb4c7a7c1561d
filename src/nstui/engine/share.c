/* Namespaces that are entered and not made: what a spec may ask for, the steps, the handles that
 * are opened before the clone, and setns(2) itself. Called by spec.c, steps.c, launch.c, the process
 * between and the child. Must never change what it enters, but for mounts in a mount namespace of
 * its own. setns(2), time_namespaces(7), ip-netns(8). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target.h"

/* ---- checks -------------------------------------------------------------------------------- */

static const char *target_words(const struct ns_target *target, char buffer[WORD_SIZE])
{
    if (target->words || target->path)
        return word(buffer, target->words ? target->words : target->path);
    (void)snprintf(buffer, WORD_SIZE, "pid %d", (int)target->pid);
    return buffer;
}

static int check_shared(const struct spec *spec, struct err *err)
{
    char shown[WORD_SIZE];
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (!(spec->shared & spec->namespaces & NS_BIT(at)))
            continue;
        (void)err_set(err, 0, "a container cannot have both a new %s namespace and that of %s",
                      ns_types[at].name, target_words(&spec->shares[at], shown));
        if (at == NS_MNT && spec->root)
            return err_hint(err, "a root directory needs a new one: leave --share or --root out");
        return err_hint(err, "leave -%c or --share out", ns_types[at].letter);
    }
    return 0;
}

static int check_clocks(const struct spec *spec, struct err *err)
{
    const struct time_offset *given = spec->monotonic.given ? &spec->monotonic : &spec->boottime;
    if (!given->given || (spec->namespaces & NS_BIT(NS_TIME)))
        return 0;
    (void)err_set(err, 0, "a clock can only be set in a new time namespace");
    return err_hint(err, "add -T");
}

/* The folder with the files of a network that ip(8) has made: /etc/netns/NAME, ip-netns(8). */
static char *netns_folder(const struct spec *spec)
{
    const char *path = spec->shares[NS_NET].path;
    if (!(spec->shared & NS_BIT(NS_NET)) || !path)
        return NULL;
    char *folder = netns_files(path);
    return folder;
}

/* Where mounts are shared with the host, what is covered for the container would be covered there, too,
 * and stay so. */
static int check_spread(const struct spec *spec, struct err *err)
{
    if (spec->propagation != PROPAGATION_SHARED || spec->root)
        return 0;
    _cleanup_free_ char *folder = netns_folder(spec);
    bool walled = spec->grade == GRADE_WALLED && !spec->no_grade_paths;
    if (!walled && !folder && !spec->masked.count && !spec->read_only.count)
        return 0;
    (void)err_set(err, 0, "%s would be so on the host, too, where mounts are shared with it",
                  walled   ? "what the grade walled covers"
                  : folder ? "the files of the network over those of /etc"
                           : "paths that are covered or read-only");
    return err_hint(err, "leave --propagation shared out, or add --root DIR");
}

static int check_mounts(const struct spec *spec, struct err *err)
{
    if (spec->propagation != PROPAGATION_PRIVATE && !(spec->namespaces & NS_BIT(NS_MNT))) {
        (void)err_set(err, 0, "propagation is a matter of a new mount namespace");
        return err_hint(err, "add -m");
    }
    if (check_spread(spec, err) < 0)
        return -1;
    if (!spec->keep_old_root)
        return 0;
    if (!spec->root || spec->enter == ENTER_CHROOT) {
        (void)err_set(err, 0, "only pivot_root leaves an old root to be kept");
        return err_hint(err, spec->root ? "leave --chroot out" : "add --root DIR");
    }
    if (spec->grade == GRADE_WALLED) {
        (void)err_set(err, 0, "a walled container cannot keep the old root: it is the host's");
        return err_hint(err, "leave --walled or --keep-old-root out");
    }
    return 0;
}

/* Its files need a mount namespace of their own to be bound in, as ip netns exec makes one. */
static void files_want_mounts(struct spec *spec)
{
    _cleanup_free_ char *folder = netns_folder(spec);
    if (folder && !(spec->shared & NS_BIT(NS_MNT)))
        spec->namespaces |= NS_BIT(NS_MNT);
}

int share_check(struct spec *spec, struct err *err)
{
    if (check_shared(spec, err) < 0 || check_clocks(spec, err) < 0 || check_mounts(spec, err) < 0)
        return -1;
    files_want_mounts(spec);
    return overlay_check(spec, err);
}

/* ---- the plan ------------------------------------------------------------------------------ */

static bool asked(const struct spec *spec, size_t type)
{
    return spec->shared & NS_BIT(type);
}

/* Who is in another user namespace has no rights over namespaces of ours any more: where one is made
 * or entered, the others come first. And only a child is in a pid namespace that was entered. */
static bool all_early(const struct spec *spec)
{
    return (spec->namespaces | spec->shared) & NS_BIT(NS_USER);
}

static void enter_add(struct steps *steps, const struct spec *spec, size_t type, bool early)
{
    char shown[WORD_SIZE];
    struct step *step =
        step_add(steps, early ? STEP_ENTER_EARLY : STEP_ENTER, early ? STEP_BETWEEN : STEP_CHILD);
    step->source = xstrdup(ns_types[type].name);
    step->target = xstrdup(target_words(&spec->shares[type], shown));
    step->flags = (unsigned)ns_types[type].clone_flag;
}

static void clock_add(struct text *text, const char *name, const struct time_offset *offset)
{
    if (offset->given)
        text_addf(text, "%s %lld %u\n", name, (long long)offset->seconds, offset->nanoseconds);
}

int share_plan_early(struct steps *steps, const struct spec *spec, struct err *err)
{
    (void)err;
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (asked(spec, at) && at != NS_USER && (at == NS_PID || all_early(spec)))
            enter_add(steps, spec, at, true);
    }
    if (asked(spec, NS_USER))
        enter_add(steps, spec, NS_USER, true);
    if (!spec->monotonic.given && !spec->boottime.given)
        return 0;
    /* The clocks can be set as long as no process is in there, and the one that unshares is not
     * itself: time_namespaces(7). */
    struct text clocks = {0};
    struct step *step = step_add(steps, STEP_TIME, STEP_BETWEEN);
    clock_add(&clocks, "monotonic", &spec->monotonic);
    clock_add(&clocks, "boottime", &spec->boottime);
    step->target = clocks.data;
    step->flags = CLONE_NEWTIME;
    if (spec->namespaces & NS_BIT(NS_USER)) /* its owner is to be the new one */
        step->flags |= CLONE_NEWUSER;
    return 0;
}

unsigned long share_flags_early(const struct steps *steps)
{
    unsigned long flags = 0;
    for (size_t at = 0; at < steps->count; at++)
        flags |= steps->items[at].kind == STEP_TIME ? steps->items[at].flags : 0;
    return flags;
}

void share_plan(struct steps *steps, const struct spec *spec)
{
    if (all_early(spec))
        return;
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (asked(spec, at) && at != NS_PID)
            enter_add(steps, spec, at, false);
    }
}

void share_plan_files(struct steps *steps, const struct spec *spec)
{
    _cleanup_free_ char *folder = netns_folder(spec);
    if (!folder || !(spec->namespaces & NS_BIT(NS_MNT)))
        return;
    _cleanup_dir_ DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        _cleanup_free_ char *source = xasprintf("%s/%s", folder, entry->d_name);
        _cleanup_free_ char *target = xasprintf("etc/%s", entry->d_name);
        step_add_child(steps, STEP_ETC, source, target)->flags = MS_BIND;
    }
}

/* ---- handles ------------------------------------------------------------------------------- */

void shares_clear(struct shares *shares)
{
    for (size_t at = 0; at < NS_TYPES; at++)
        shares->handles[at] = -1;
    shares->root = -1;
}

void shares_close(struct shares *shares)
{
    for (size_t at = 0; at < NS_TYPES; at++)
        cleanup_close(&shares->handles[at]);
    cleanup_close(&shares->root);
    shares_clear(shares);
}

static int share_open(const struct spec *spec, size_t type, struct shares *shares, struct err *err)
{
    char shown[WORD_SIZE];
    struct target target;
    const char *name = ns_types[type].name;
    target_words(&spec->shares[type], shown);
    if (target_open(&spec->shares[type], &target, err) < 0) {
        target_close(&target);
        return err_prefix(err, "cannot share %s with %s", name, shown);
    }
    int result = 0;
    if (!(target.has & NS_BIT(type))) {
        result = err_set(err, 0, "cannot share %s with %s", name, shown);
        size_t other = 0;
        while (other < NS_TYPES && target.has != NS_BIT(other))
            other++;
        (void)err_hint(err,
                       other < NS_TYPES ? "it is a namespace of type %s"
                                        : "this kernel lacks namespaces of that type%.0s",
                       other < NS_TYPES ? ns_types[other].name : "");
    } else if (target.differs & NS_BIT(type)) {
        shares->handles[type] = fd_take(&target.handle);
        if (type == NS_MNT)
            shares->root = fd_take(&target.root);
    }
    target_close(&target);
    return result;
}

int shares_open(const struct spec *spec, struct shares *shares, struct err *err)
{
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (asked(spec, at) && share_open(spec, at, shares, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- setns --------------------------------------------------------------------------------- */

static int enter_error(const struct step *step, struct err *err)
{
    static const struct {
        int errnum;
        unsigned long flag; /* 0: any */
        const char *hint;
    } hints[] = {
        {EINVAL, CLONE_NEWPID, "it is none below ours: pid namespaces are only entered downwards"},
        {EINVAL, CLONE_NEWUSER, "it is one that we are in already, or around us"},
        {EPERM, 0, "the user namespace that owns it gives us no rights here"},
        {ESRCH, 0, "its process has ended meanwhile"},
        {ENOSPC, 0, "a limit in /proc/sys/user is reached"},
    };
    int errnum = errno;
    (void)err_set(err, errnum, "cannot enter the %s namespace of %s", step->source, step->target);
    if (errnum == EPERM && geteuid() != 0)
        return err_hint(err, "run it with sudo");
    for (size_t at = 0; at < array_length(hints); at++) {
        if (hints[at].errnum == errnum && (!hints[at].flag || hints[at].flag == step->flags))
            return err_hint(err, "%s", hints[at].hint);
    }
    return -1;
}

/* A process that has been in chroot(2) since sees another root than its mount namespace has. */
static int root_follow(struct kernel *kernel, const struct shares *shares, struct err *err)
{
    struct stat wanted, present;
    if (shares->root < 0)
        return 0;
    if (fstat(shares->root, &wanted) < 0 || stat("/", &present) < 0)
        return err_set(err, errno, "cannot look at the root directory of what is shared");
    if (wanted.st_dev == present.st_dev && wanted.st_ino == present.st_ino)
        return 0;
    if (kernel_fchdir(kernel, shares->root) < 0 || kernel_chroot(kernel, ".") < 0 ||
        kernel_chdir(kernel, "/") < 0)
        return err_set(err, errno, "cannot enter the root directory of what is shared");
    return 0;
}

int shares_enter(struct kernel *kernel, const struct shares *shares, const struct step *step,
                 struct err *err)
{
    size_t type = 0;
    while ((unsigned)ns_types[type].clone_flag != step->flags)
        type++;
    if (shares->handles[type] < 0)
        return 0;
    kernel->from = step->source;
    kernel->to = step->target;
    if (kernel_setns(kernel, shares->handles[type], (int)step->flags) < 0)
        return enter_error(step, err);
    return type == NS_MNT ? root_follow(kernel, shares, err) : 0;
}

int step_enter(struct setup *setup, const struct step *step, struct err *err)
{
    if (shares_enter(&setup->kernel, setup->shares, step, err) < 0)
        return -1;
    if (step->flags != CLONE_NEWNS)
        return 0;
    (void)close(setup->root);
    setup->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return setup->root < 0 ? err_set(err, errno, "cannot open the root that is shared") : 0;
}

/* ---- /etc/netns/NAME ----------------------------------------------------------------------- */

/* Over what is there: a file that /etc lacks cannot be made in a read-only one, and ip netns exec
 * goes on without it, too. A symbolic link leads to another file of the root, never out. */
int step_etc(struct setup *setup, const struct step *step, struct err *err)
{
    char from[FD_PATH_SIZE], to[FD_PATH_SIZE], source[WORD_SIZE], target[WORD_SIZE];
    _cleanup_close_ int file = open(step->source, O_PATH | O_CLOEXEC);
    _cleanup_close_ int place = beneath_open(setup->root, step->target, O_PATH);
    if (place < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (file >= 0 && place >= 0 &&
        kernel_mount(&setup->kernel, fd_path(from, file), fd_path(to, place), NULL, step->flags,
                     NULL) == 0)
        return 0;
    return err_set(err, errno, "cannot bind %s on /%s", word(source, step->source),
                   word(target, step->target));
}
