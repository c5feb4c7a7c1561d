/* A throw-away root: overlayfs over the root directory. What is written goes to a tmpfs that lies
 * below the overlay, where nobody can see it, and ends with the mount namespace; the directory itself
 * is never written to. Called for a spec with root_throwaway. overlayfs of the kernel's
 * Documentation/filesystems. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "private.h"

#define USER_NAMESPACE_INITIAL 0xEFFFFFFDUL /* PROC_USER_INIT_INO of the kernel */

int overlay_check(struct spec *spec, struct err *err)
{
    struct stat status;
    char shown[WORD_SIZE];
    if (!spec->root_throwaway)
        return 0;
    if (!spec->root) {
        (void)err_set(err, 0, "only a root directory can be thrown away");
        return err_hint(err, "add --root DIR");
    }
    if (stat(spec->root, &status) == 0)
        return 0;
    (void)err_set(err, errno, "cannot lay a throw-away root over %s", word(shown, spec->root));
    return err_hint(err, "it must be there, since nothing is written to it: mkdir %s", shown);
}

void overlay_plan(struct steps *steps, const struct spec *spec)
{
    if (spec->root_throwaway)
        step_add_child(steps, STEP_OVERLAY, "overlay", spec->root);
}

static int overlay_error(const struct step *step, struct err *err)
{
    static const struct {
        int errnum;
        const char *hint;
    } hints[] = {
        {ENODEV, "this kernel has no overlayfs, or its module is not there: modprobe overlay"},
        {EINVAL, "overlayfs takes no such file system: it is an overlay on an overlay already, or "
                 "one that ignores case; copy the root elsewhere or leave --throw-away out"},
        {EPERM, "kernels before 5.11 allow it to root alone; leave -U or --throw-away out"},
        {ENOMEM, "there is no memory for it"},
    };
    char root[WORD_SIZE];
    int errnum = errno;
    (void)err_set(err, errnum, "cannot lay a throw-away root over %s", word(root, step->target));
    for (size_t at = 0; at < array_length(hints); at++) {
        if (hints[at].errnum == errnum)
            return err_hint(err, "%s", hints[at].hint);
    }
    return -1;
}

/* In a user namespace overlayfs may keep its notes in user.* alone. */
static bool is_initial_user_namespace(void)
{
    struct stat status;
    return stat("/proc/self/ns/user", &status) == 0 && status.st_ino == USER_NAMESPACE_INITIAL;
}

/* The directories of the upper layer. The first becomes the root as it is seen in there, so it looks
 * like the one below. An owner without a number in this user namespace cannot be given. */
static int layers_make(int place, const struct stat *like)
{
    if (mkdirat(place, "upper", 0755) < 0 || mkdirat(place, "work", 0700) < 0)
        return -1;
    (void)!fchownat(place, "upper", like->st_uid, like->st_gid, AT_SYMLINK_NOFOLLOW);
    return fchmodat(place, "upper", like->st_mode & 07777, 0);
}

int step_overlay(struct setup *setup, const struct step *step, struct err *err)
{
    char path[FD_PATH_SIZE], options[256];
    struct stat like;
    struct statvfs flags;
    struct statfs system;
    _cleanup_close_ int lower = root_open(step->target);
    if (lower < 0 || fstat(lower, &like) < 0 || fstatvfs(lower, &flags) < 0 ||
        kernel_mount(&setup->kernel, "tmpfs", fd_path(path, lower), "tmpfs",
                     MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
        return overlay_error(step, err);
    _cleanup_close_ int place = root_open(step->target);
    if (place < 0 || fstatfs(place, &system) < 0)
        return overlay_error(step, err);
    if (system.f_type != TMPFS_MAGIC) /* a mount has been moved away from under us */
        return errno = ESTALE, overlay_error(step, err);
    if (layers_make(place, &like) < 0)
        return overlay_error(step, err);
    /* By descriptors: a path may hold the colons and commas that mean something to overlayfs. */
    (void)snprintf(options, sizeof(options),
                   "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d/upper,"
                   "workdir=/proc/self/fd/%d/work%s",
                   lower, place, place, is_initial_user_namespace() ? "" : ",userxattr");
    unsigned long kept = flags.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC); /* the same bits */
    if (kernel_mount(&setup->kernel, "overlay", fd_path(path, place), "overlay", kept, options) < 0)
        return overlay_error(step, err);
    return 0;
}
