/* The steps that mount, carried out in the child's own mount namespace. Every target is resolved
 * beneath the root by the kernel and mounted on through its descriptor, so that no symbolic link in
 * the root leads a mount elsewhere; and what was mounted is looked at again before it is changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "private.h"

const char *fd_path(char path[FD_PATH_SIZE], int fd)
{
    (void)snprintf(path, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
    return path;
}

/* `cannot mount /lib64 on /tmp/box/lib64: REASON (line 4 of the layout studio asks for it ..)` */
int mount_error(const struct setup *setup, const struct step *step, struct err *err)
{
    char source[WORD_SIZE], target[WORD_SIZE], root[WORD_SIZE], name[WORD_SIZE];
    int errnum = errno;
    (void)err_set(err, errnum, "cannot mount %s on %s/%s", word(source, step->source),
                  setup->spec->root ? word(root, setup->spec->root) : "",
                  word(target, step->target));
    if (errnum == ELOOP)
        return err_hint(err, "a symbolic link is there; remove it");
    if (access("/proc/self/fd", F_OK) < 0)
        return err_hint(err, "/proc is not mounted: mount -t proc proc /proc");
    const char *layout = setup->spec->layout.name;
    if (step->entry && !step->entry->line)
        return err_hint(err, "the bundle asks for it among its mounts");
    if (step->entry && layout)
        return err_hint(err, "line %u of the layout %s asks for it; remove the line or create it",
                        step->entry->line, word(name, layout));
    return -1;
}

/* ---- targets ------------------------------------------------------------------------------- */

int mount_target_open(const struct setup *setup, const struct step *step, mode_t kind)
{
    int flags = O_PATH | (S_ISDIR(kind) ? O_DIRECTORY : O_NOFOLLOW);
    int fd = beneath_open(setup->root, step->target, flags);
    struct stat status;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISLNK(status.st_mode)) {
        (void)close(fd);
        return errno = ELOOP, -1;
    }
    return fd;
}

int mount_look(struct setup *setup, const char *target, const struct statx *expected)
{
    struct statx present;
    int fd = beneath_open(setup->root, target, O_PATH);
    cleanup_close(&setup->mounted);
    setup->mounted = fd;
    if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_INO, &present) < 0)
        return -1;
    bool same = !expected || (present.stx_ino == expected->stx_ino &&
                              present.stx_dev_major == expected->stx_dev_major &&
                              present.stx_dev_minor == expected->stx_dev_minor);
    if (!(present.stx_attributes & STATX_ATTR_MOUNT_ROOT) || !same)
        return errno = ESTALE, -1;
    return fd;
}

static int read_only_set(struct setup *setup, int fd)
{
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    return kernel_mount_setattr(&setup->kernel, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes);
}

/* ---- sources ------------------------------------------------------------------------------- */

/* The devices that a root needs. What has such a name and is something else is not bound: the
 * container would read and write whatever it leads to (CVE-2025-31133). */
static const struct {
    const char *path;
    unsigned major, minor;
} devices[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

/* Opens a source of the host's. */
int source_open(const char *path, struct statx *status, struct err *err)
{
    char shown[WORD_SIZE];
    size_t at = 0;
    while (at < array_length(devices) && strcmp(devices[at].path, path) != 0)
        at++;
    bool device = at < array_length(devices);
    _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC | (device ? O_NOFOLLOW : 0));
    unsigned wanted = STATX_TYPE | STATX_INO;
    if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, wanted, status) < 0)
        return err_set(err, errno, "cannot open %s of the host", word(shown, path));
    if (device && (!S_ISCHR(status->stx_mode) || status->stx_rdev_major != devices[at].major ||
                   status->stx_rdev_minor != devices[at].minor)) {
        (void)err_set(err, 0, "cannot bind %s: it is not the device %u:%u that it should be", path,
                      devices[at].major, devices[at].minor);
        return err_hint(err, "repair the host's /dev first");
    }
    return fd_take(&fd);
}

/* ---- the steps ----------------------------------------------------------------------------- */

/* By the path of the source, as one would type it: what was opened before and what lies there
 * afterwards is the same file, or it is an error. */
static int step_bind(struct setup *setup, const struct step *step, struct err *err)
{
    char to[FD_PATH_SIZE];
    struct statx status;
    _cleanup_close_ int source = source_open(step->source, &status, err);
    if (source < 0)
        return -1;
    _cleanup_close_ int target = mount_target_open(setup, step, status.stx_mode);
    if (target < 0 || kernel_mount(&setup->kernel, step->source, fd_path(to, target), NULL,
                                   step->flags, NULL) < 0)
        return mount_error(setup, step, err);
    return mount_look(setup, step->target, &status) < 0 ? mount_error(setup, step, err) : 0;
}

/* Always the step after the mount itself, whose descriptor is at hand. */
static int step_read_only(struct setup *setup, const struct step *step, struct err *err)
{
    char target[WORD_SIZE];
    /* mount(2) ignores MS_RDONLY together with MS_BIND, and a remount leaves the mounts below
     * writable; mount_setattr(2) takes them all and keeps every other flag. */
    if (setup->mounted < 0 || read_only_set(setup, setup->mounted) < 0)
        return err_set(err, errno, "cannot make /%s read-only", word(target, step->target));
    return 0;
}

int filesystem_mount(struct setup *setup, const struct step *step, const char *type,
                     const char *options, long magic, struct err *err)
{
    char to[FD_PATH_SIZE];
    struct statfs system;
    _cleanup_close_ int target = mount_target_open(setup, step, S_IFDIR);
    if (target < 0 || kernel_mount(&setup->kernel, step->source, fd_path(to, target), type,
                                   step->flags, options) < 0)
        return mount_error(setup, step, err);
    int mounted = mount_look(setup, step->target, NULL);
    if (mounted < 0 || fstatfs(mounted, &system) < 0)
        return mount_error(setup, step, err);
    if (magic && system.f_type != magic) {
        errno = ESTALE;
        return mount_error(setup, step, err);
    }
    return 0;
}

/* What the layout says for the file system, else what is usual. */
static const char *options_of(const struct step *step, const char *usual)
{
    return step->entry && step->entry->options ? step->entry->options : usual;
}

/* Kept, for the parts of it that are covered: whoever fills the root may move it away meanwhile. */
static int proc_keep(struct setup *setup, const struct step *step)
{
    cleanup_close(&setup->proc);
    setup->proc = fcntl(setup->mounted, F_DUPFD_CLOEXEC, 3);
    setup->proc_target = step->target;
    return 0;
}

static int step_proc(struct setup *setup, const struct step *step, struct err *err)
{
    ns_set spaces = setup->spec->namespaces;
    if (filesystem_mount(setup, step, "proc", options_of(step, NULL), PROC_SUPER_MAGIC, err) == 0)
        return proc_keep(setup, step);
    /* Without a pid namespace of its own a user namespace may not mount one: the host's shows the
     * same. user_namespaces(7). */
    if (!err || err->errnum != EPERM)
        return -1;
    if (spaces & NS_BIT(NS_PID) || !(spaces & NS_BIT(NS_USER))) {
        char target[WORD_SIZE];
        (void)err_set(err, EPERM, "cannot mount proc on /%s in there", word(target, step->target));
        return err_hint(err, spaces & NS_BIT(NS_PID)
                                 ? "parts of /proc out here are covered, as engines do in their "
                                   "containers; then a user namespace gets no new one"
                                 : "the user namespace around us has no pid namespace of its own; "
                                   "add -p");
    }
    struct step bind = *step;
    char source[] = "/proc";
    bind.source = source;
    bind.flags = MS_BIND | MS_REC;
    return step_bind(setup, &bind, err) < 0 ? -1 : proc_keep(setup, step);
}

/* The options without gid=N. The result is the caller's. */
static char *without_group(const char *options)
{
    struct text text = {0};
    text_add(&text, "");
    while (*options) {
        size_t length = strcspn(options, ",");
        if (strncmp(options, "gid=", 4) != 0) {
            text_add(&text, text.length ? "," : "");
            text_add_bytes(&text, options, length);
        }
        options += length + (options[length] == ',');
    }
    return text.data;
}

static int step_devpts(struct setup *setup, const struct step *step, struct err *err)
{
    /* gid 5 is tty in every Debian; with only one id mapped it is not there, and EINVAL. */
    const char *options = options_of(step, "newinstance,ptmxmode=0666,mode=620,gid=5");
    if (filesystem_mount(setup, step, "devpts", options, DEVPTS_SUPER_MAGIC, err) == 0)
        return 0;
    if (!err || err->errnum != EINVAL)
        return -1;
    _cleanup_free_ char *plain = without_group(options);
    return filesystem_mount(setup, step, "devpts", plain, DEVPTS_SUPER_MAGIC, err);
}

static int step_tmpfs(struct setup *setup, const struct step *step, struct err *err)
{
    return filesystem_mount(setup, step, "tmpfs", options_of(step, "mode=1777"), TMPFS_MAGIC, err);
}

int mount_step(struct setup *setup, const struct step *step, struct err *err)
{
    static int (*const functions[])(struct setup *, const struct step *, struct err *) = {
        [STEP_BIND] = step_bind,     [STEP_READ_ONLY] = step_read_only, [STEP_PROC] = step_proc,
        [STEP_DEVPTS] = step_devpts, [STEP_TMPFS] = step_tmpfs,
    };
    return functions[step->kind](setup, step, err);
}
