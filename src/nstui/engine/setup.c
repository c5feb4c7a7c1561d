/* The child of a launch, from clone to execveat: carries the planned steps out one by one and, on
 * the first failure, tells it over the channel and ends. Nothing of the container runs yet. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "private.h"

/* ---- steps that are not mounts of the layout ----------------------------------------------- */

static int step_none(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup, (void)step, (void)err;
    return 0;
}

static int step_cgroup(struct setup *setup, const struct step *step, struct err *err)
{
    (void)step;
    if (kernel_unshare(&setup->kernel, CLONE_NEWCGROUP) == 0)
        return 0;
    (void)err_set(err, errno, "cannot make a new cgroup namespace");
    return err->errnum == ENOSPC ? limit_hint(NS_BIT(NS_CGROUP), err) : -1;
}

/* A new net namespace has a loopback that is down, and ping localhost fails. */
static int step_loopback(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup;
    struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
    _cleanup_close_ int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)strncpy(request.ifr_name, step->target, IFNAMSIZ - 1);
    if (socket_fd < 0 && errno == EAFNOSUPPORT)
        return 0;
    if (socket_fd < 0 || ioctl(socket_fd, SIOCSIFFLAGS, &request) < 0)
        return err_set(err, errno, "cannot bring the loopback up");
    return 0;
}

static int step_private(struct setup *setup, const struct step *step, struct err *err)
{
    if (kernel_mount(&setup->kernel, step->source, step->target, "", step->flags, NULL) == 0)
        return 0;
    (void)err_set(err, errno, "cannot make the mounts private");
    if (errno == EINVAL)
        (void)err_hint(err, "/ is no mount point here: this is a chroot already");
    return -1;
}

static int root_error(const char *path, const char *what, struct err *err)
{
    char root[WORD_SIZE];
    int errnum = errno;
    (void)err_set(err, errnum, "cannot %s %s", what, word(root, path));
    return errnum == ELOOP ? err_hint(err, "somebody has put a symbolic link into its path") : -1;
}

static int step_bind_root(struct setup *setup, const struct step *step, struct err *err)
{
    char path[FD_PATH_SIZE];
    _cleanup_close_ int here = root_open(step->source);
    if (here < 0)
        return root_error(step->source, "open", err);
    fd_path(path, here);
    if (kernel_mount(&setup->kernel, path, path, NULL, step->flags, NULL) < 0)
        return root_error(step->source, "bind on itself", err);
    return 0;
}

static int step_chdir_root(struct setup *setup, const struct step *step, struct err *err)
{
    int here = root_open(step->target);
    if (here < 0 || kernel_fchdir(&setup->kernel, here) < 0) {
        (void)root_error(step->target, "enter", err);
        cleanup_close(&here);
        return -1;
    }
    (void)close(setup->root);
    setup->root = here;
    return 0;
}

static int step_point(struct setup *setup, const struct step *step, struct err *err)
{
    static const struct {
        int errnum;
        const char *hint;
    } hints[] = {
        {ENOTDIR, "a file is in its way; remove it or change the layout"},
        {ENOENT, "a symbolic link in its way leads to nothing in the root; remove it"},
        {EISDIR, "a directory is in its way; remove it or write [D] in the layout"},
        {ELOOP, "a symbolic link is in its way; remove it or change the layout"},
        {EROFS, "the file system of the root is read-only"},
        {EACCES, "the directory does not belong to root in there; see --map-users"},
    };
    char root[WORD_SIZE], target[WORD_SIZE];
    if (beneath_make(&setup->kernel, setup->root, step->target, step->mode, step->source) == 0)
        return 0;
    int errnum = errno;
    (void)err_set(err, errnum, "cannot make the mount point %s/%s", word(root, setup->spec->root),
                  word(target, step->target));
    for (size_t at = 0; at < array_length(hints); at++) {
        if (hints[at].errnum == errnum)
            (void)err_hint(err, "%s", hints[at].hint);
    }
    return -1;
}

static int step_mkdir_old(struct setup *setup, const struct step *step, struct err *err)
{
    char root[WORD_SIZE];
    struct stat status;
    setup->made_old = kernel_mkdir(&setup->kernel, setup->root, step->target, step->mode) == 0;
    if (!setup->made_old && errno != EEXIST)
        return err_set(err, errno, "cannot make %s/old-root", word(root, setup->spec->root));
    if (fstatat(setup->root, step->target, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return err_set(err, errno, "cannot look at %s/old-root", word(root, setup->spec->root));
    if (S_ISDIR(status.st_mode))
        return 0;
    (void)err_set(err, ENOTDIR, "cannot put the old root on %s/old-root",
                  word(root, setup->spec->root));
    return err_hint(err, "remove it");
}

static int step_pivot(struct setup *setup, const struct step *step, struct err *err)
{
    if (kernel_pivot_root(&setup->kernel, step->source, step->target) == 0)
        return 0;
    (void)err_set(err, errno, "cannot make the directory the root: pivot_root");
    if (err->errnum == EINVAL && (setup->spec->omit & OMIT_PRIVATE))
        (void)err_hint(err,
                       "the mount that the root lies in is shared, and pivot_root takes no such "
                       "one: the step private, left out here, makes it private: pivot_root(2)");
    else if (setup->spec->omit & OMIT_BIND_ROOT)
        (void)err_hint(err, "the new root is no mount point, but a directory of another mount: the "
                            "step bind-root, left out here, makes it one: pivot_root(2)");
    else if (err->errnum == EINVAL)
        (void)err_hint(err, "the present root may be the initial ramdisk; try --chroot");
    return -1;
}

static int step_chroot(struct setup *setup, const struct step *step, struct err *err)
{
    if (kernel_chroot(&setup->kernel, step->target) < 0)
        return err_set(err, errno, "cannot make the directory the root: chroot");
    return 0;
}

static int step_chdir(struct setup *setup, const struct step *step, struct err *err)
{
    if (kernel_chdir(&setup->kernel, step->target) < 0)
        return err_set(err, errno, "cannot enter the new root");
    return 0;
}

static int step_detach_old(struct setup *setup, const struct step *step, struct err *err)
{
    if (kernel_umount(&setup->kernel, step->target, (int)step->flags | UMOUNT_NOFOLLOW) < 0)
        return err_set(err, errno, "cannot detach the old root");
    return 0;
}

/* The user's own old-root stays. */
static int step_rmdir_old(struct setup *setup, const struct step *step, struct err *err)
{
    if (setup->made_old && kernel_rmdir(&setup->kernel, step->target) < 0)
        return err_set(err, errno, "cannot remove the directory old-root");
    setup->made_old = false;
    return 0;
}

static int step_hostname(struct setup *setup, const struct step *step, struct err *err)
{
    if (kernel_sethostname(&setup->kernel, step->target) == 0)
        return 0;
    (void)err_set(err, errno, "cannot set the hostname %s", step->target);
    return err->errnum == EPERM
               ? err_hint(err, "its uts namespace belongs to a user namespace where we are nobody")
               : -1;
}

static int step_domainname(struct setup *setup, const struct step *step, struct err *err)
{
    char name[WORD_SIZE];
    if (kernel_setdomainname(&setup->kernel, step->target) < 0)
        return err_set(err, errno, "cannot set the domain name %s", word(name, step->target));
    return 0;
}

static int step_terminal(struct setup *setup, const struct step *step, struct err *err)
{
    (void)step;
    const struct spec *spec = setup->spec;
    _cleanup_close_ int master = -1;
    setup->slave = terminal_open(setup->root, spec->columns, spec->rows, &master, err);
    if (setup->slave < 0)
        return -1;
    if (channel_send_terminal(setup->channel, master) < 0)
        return err_set(err, errno, "cannot hand the terminal over");
    return 0;
}

/* ---- the last step: nstui-init ------------------------------------------------------------- */

static void orders_write(const struct setup *setup, struct strings *orders)
{
    const struct spec *spec = setup->spec;
    strings_add(orders, "nstui-init");
    strings_add(orders, "--report");
    strings_addf(orders, "%d", setup->channel);
    if (!spec->init) {
        strings_add(orders, "--exec");
    } else {
        strings_add(orders, "--alive");
        strings_addf(orders, "%d", setup->alive);
        if (spec->verbose)
            strings_add(orders, "-v");
        if (spec->hold || spec->init_shell)
            strings_add(orders, spec->hold ? "--hold" : "--prompt");
    }
    if (spec->umask_given) {
        strings_add(orders, "--umask");
        strings_addf(orders, "%u", (unsigned)spec->umask);
    }
    if (spec->cwd) {
        strings_add(orders, "--chdir");
        strings_add(orders, spec->cwd);
    }
    strings_add(orders, "--");
    for (size_t at = 0; at < spec->argv.count; at++)
        strings_add(orders, spec->argv.items[at]);
}

/* All that is open above 2 is ours and close-on-exec, see descriptors_keep(). */
static int step_init_exec(struct setup *setup, const struct step *step, struct err *err)
{
    (void)step;
    _cleanup_strings_ struct strings orders = {0};
    orders_write(setup, &orders);
    for (int at = 0; at < 3; at++) {
        if (dup2(setup->slave >= 0 ? setup->slave : setup->theirs[at], at) < 0)
            return err_set(err, errno, "cannot pass descriptor %d on", at);
    }
    (void)fcntl(setup->channel, F_SETFD, 0);
    if (setup->spec->init)
        (void)fcntl(setup->alive, F_SETFD, 0);
    (void)kernel_exec(&setup->kernel, setup->sealed, orders.items, setup->environment);
    int errnum = errno;
    (void)fcntl(setup->channel, F_SETFD, FD_CLOEXEC);
    (void)err_set(err, errnum, "cannot execute nstui-init from memory");
    if (setup->filter)
        (void)err_hint(err, "the seccomp profile must allow execveat, and what nstui-init calls");
    else if (errnum == EACCES || errnum == EPERM)
        (void)err_hint(err, "the sysctl vm.memfd_noexec or a security module forbids it here");
    return -1;
}

/* ---- the loop ------------------------------------------------------------------------------ */

static int (*const functions[])(struct setup *, const struct step *, struct err *) = {
    [STEP_STANDIN] = step_none,
    [STEP_ENTER_EARLY] = step_none,
    [STEP_TIME] = step_none,
    [STEP_CLONE] = step_none,
    [STEP_MAPS] = step_none,
    [STEP_OOM] = step_none,
    [STEP_LIMITS] = step_none,
    [STEP_NETWORK] = step_none,
    [STEP_ENTER] = step_enter,
    [STEP_ADDRESS] = step_address,
    [STEP_CGROUP] = step_cgroup,
    [STEP_LOOPBACK] = step_loopback,
    [STEP_PRIVATE] = step_private,
    [STEP_BIND_ROOT] = step_bind_root,
    [STEP_CHDIR_ROOT] = step_chdir_root,
    [STEP_OVERLAY] = step_overlay,
    [STEP_POINT] = step_point,
    [STEP_BIND] = mount_step,
    [STEP_ETC] = step_etc,
    [STEP_READ_ONLY] = mount_step,
    [STEP_PROC] = mount_step,
    [STEP_DEVPTS] = mount_step,
    [STEP_TMPFS] = mount_step,
    [STEP_MOUNT] = step_mount,
    [STEP_ATTRIBUTES] = step_attributes,
    [STEP_SPREAD] = step_spread,
    [STEP_MASK] = step_mask,
    [STEP_PROTECT] = step_protect,
    [STEP_SYSCTL] = step_sysctl,
    [STEP_PASSWD] = step_passwd,
    [STEP_ROOT_READ_ONLY] = step_root_read_only,
    [STEP_MKDIR_OLD] = step_mkdir_old,
    [STEP_PIVOT] = step_pivot,
    [STEP_CHROOT] = step_chroot,
    [STEP_CHDIR] = step_chdir,
    [STEP_DETACH_OLD] = step_detach_old,
    [STEP_RMDIR_OLD] = step_rmdir_old,
    [STEP_HOSTNAME] = step_hostname,
    [STEP_DOMAINNAME] = step_domainname,
    [STEP_RLIMITS] = step_rlimits,
    [STEP_IDENTITY] = step_identity,
    [STEP_NO_NEW_PRIVS] = step_no_new_privs,
    [STEP_SECCOMP] = step_seccomp,
    [STEP_TERMINAL] = step_terminal,
    [STEP_CONSOLE] = step_console,
    [STEP_CAPS] = step_caps,
    [STEP_INIT_EXEC] = step_init_exec,
    [STEP_WORKDIR] = step_none,
    [STEP_EXEC] = step_none,
};

/* In a user namespace we are nobody until the parent has written the maps. Its death before prctl(2)
 * goes unnoticed here; parent_wait_again() sees it before anything is executed. */
static int parent_wait(struct setup *setup, struct err *err)
{
    const struct spec *spec = setup->spec;
    bool shared = spec->shared & NS_BIT(NS_USER);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (recv(setup->channel, setup->go, sizeof(setup->go) - 1, 0) < 1)
        _exit(ENGINE_STATUS_FAILED);
    if (!((spec->namespaces | spec->shared) & NS_BIT(NS_USER)))
        return 0;
    /* Those of the caller mean others in there, and must not open the host's files. */
    if (shared || spec->gid_map.count)
        (void)setgroups(0, NULL);
    bool become = setresgid(0, 0, 0) == 0;
    become = setresuid(0, 0, 0) == 0 && become;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* forgotten when credentials change */
    /* Whoever has made it may look into its processes, and would have root's files out here. */
    if (become || !shared || !setup->by_root || spec->identity.given)
        return 0;
    (void)err_set(err, 0, "cannot become root in the user namespace that is shared");
    return err_hint(err, "it does not map 0, and root of the host would be nobody there and root "
                         "out here; add --setuid UID:GID with ids that it maps");
}

/* What comes now is not ours, or a filter that may forbid us to ask: the parent must have written down
 * that we are there, and sends nstui-init with that word. */
static void parent_wait_again(struct setup *setup)
{
    setup->sealed = channel_take(setup->channel);
    if (setup->sealed < 0)
        _exit(ENGINE_STATUS_FAILED);
}

_Noreturn void setup_run(struct setup *setup)
{
    struct err err = {0};
    bool waited = false;
    int ready = parent_wait(setup, &err);
    (void)umask(022);
    (void)setsid();
    setup->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    setup->slave = setup->mounted = setup->proc = -1;
    setup->identity = setup->spec->identity;
    for (size_t at = 0; ready == 0 && at < setup->steps->count; at++) {
        const struct step *step = &setup->steps->items[at];
        if (!waited && (step->kind == STEP_SECCOMP || step->kind == STEP_INIT_EXEC)) {
            parent_wait_again(setup);
            waited = true;
        }
        setup->kernel.from = step->source;
        setup->kernel.to = step->target;
        if (step->who == STEP_CHILD && functions[step->kind](setup, step, &err) < 0)
            break;
    }
    if (!err.text[0])
        (void)err_set(&err, 0, "the set-up ended without a command");
    if (setup->made_old) /* pivot_root(2) has failed, and it is not the user's */
        (void)unlinkat(setup->root, "old-root", AT_REMOVEDIR);
    channel_fail(setup->channel, &err);
    _exit(ENGINE_STATUS_FAILED);
}
