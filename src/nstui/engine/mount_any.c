/* What the mounts of a bundle want beyond those of a layout: any file system that mount(2) knows,
 * attributes and propagation of their own, and the terminal as /dev/console. Carried out by the child,
 * as mounts.c does it: by descriptors from beneath the root, looked at again afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "private.h"

#define CGROUPS      "/sys/fs/cgroup"
#define CGROUP_LINES (64u * 1024) /* bytes of /proc/self/cgroup */

/* ---- a directory of the host's in place of a file system that may not be mounted ---------------- */

/* Read-only: who writes there would change the host. */
static int host_bind(struct setup *setup, const struct step *step, const char *path,
                     struct err *err)
{
    char from[FD_PATH_SIZE], to[FD_PATH_SIZE];
    struct statx status;
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    _cleanup_close_ int source = source_open(path, &status, err);
    if (source < 0)
        return -1;
    _cleanup_close_ int target = mount_target_open(setup, step, S_IFDIR);
    if (target < 0 || kernel_mount(&setup->kernel, fd_path(from, source), fd_path(to, target), NULL,
                                   MS_BIND | MS_REC, NULL) < 0)
        return mount_error(setup, step, err);
    int mounted = mount_look(setup, step->target, &status);
    if (mounted < 0 || kernel_mount_setattr(&setup->kernel, mounted, "",
                                            AT_EMPTY_PATH | AT_RECURSIVE, &attributes) < 0)
        return mount_error(setup, step, err);
    return 0;
}

/* ---- cgroups -------------------------------------------------------------------------------- */

static bool own_cgroups(const struct setup *setup)
{
    return (setup->spec->namespaces | setup->spec->shared) & NS_BIT(NS_CGROUP);
}

/* One hierarchy of v1 in the tmpfs that stands for all of them: with a cgroup namespace a new mount,
 * which begins at the container's own cgroup, else a bind of that one. line: "4:cpu,cpuacct:/a". */
static int hierarchy_mount(struct setup *setup, int place, char *line)
{
    char *controllers = strchr(line, ':'),
         *path = controllers ? strchr(controllers + 1, ':') : NULL;
    char from[FD_PATH_SIZE], to[FD_PATH_SIZE];
    if (!path)
        return 0;
    *path++ = '\0';
    controllers++;
    const char *name = strncmp(controllers, "name=", 5) == 0 ? controllers + 5 : controllers;
    bool unified = !*name;
    name = unified ? "unified" : name;
    _cleanup_free_ char *host = xasprintf("%s/%s%s", CGROUPS, name, own_cgroups(setup) ? "" : path);
    _cleanup_close_ int source = open(host, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (source < 0)
        return 0; /* a hierarchy that the host itself shows nowhere */
    if (strchr(name, '/') || kernel_mkdir(&setup->kernel, place, name, 0755) < 0)
        return -1;
    _cleanup_close_ int target = openat(place, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0)
        return -1;
    fd_path(to, target);
    if (!own_cgroups(setup))
        return kernel_mount(&setup->kernel, fd_path(from, source), to, NULL, MS_BIND | MS_REC,
                            NULL);
    return kernel_mount(&setup->kernel, "cgroup", to, unified ? "cgroup2" : "cgroup",
                        MS_NOSUID | MS_NODEV | MS_NOEXEC, unified ? NULL : controllers);
}

static int hierarchies_mount(struct setup *setup, const struct step *step, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    if (file_read(AT_FDCWD, "/proc/self/cgroup", CGROUP_LINES, &text, NULL, err) < 0)
        return -1;
    struct step own = *step;
    own.flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (filesystem_mount(setup, &own, "tmpfs", "mode=755", TMPFS_MAGIC, err) < 0)
        return -1;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (hierarchy_mount(setup, setup->mounted, line) < 0)
            return mount_error(setup, step, err);
    }
    /* Whatever the bundle says: the hierarchies of v1 are the host's own. */
    if (kernel_mount_setattr(&setup->kernel, setup->mounted, "", AT_EMPTY_PATH | AT_RECURSIVE,
                             &attributes) < 0)
        return mount_error(setup, step, err);
    return 0;
}

static int cgroup_mount(struct setup *setup, const struct step *step, struct err *err)
{
    struct statfs system;
    if (statfs(CGROUPS, &system) < 0)
        return err_set(err, errno, "cannot look at %s of the host", CGROUPS);
    if (system.f_type != CGROUP2_SUPER_MAGIC)
        return hierarchies_mount(setup, step, err);
    if (own_cgroups(setup) &&
        filesystem_mount(setup, step, "cgroup2", NULL, CGROUP2_SUPER_MAGIC, err) == 0)
        return 0;
    return host_bind(setup, step, CGROUPS, err);
}

/* ---- any ------------------------------------------------------------------------------------ */

static const struct {
    const char *type;
    long magic;
    const char *instead; /* of the host's, where a user namespace may not mount one */
} known[] = {
    {"sysfs", SYSFS_MAGIC, "/sys"},
    {"mqueue", 0x19800202, NULL},
    {"cgroup2", CGROUP2_SUPER_MAGIC, CGROUPS},
    {"overlay", OVERLAYFS_SUPER_MAGIC, NULL},
};

int step_mount(struct setup *setup, const struct step *step, struct err *err)
{
    char shown[WORD_SIZE];
    const struct layout_entry *entry = step->entry;
    size_t at = 0;
    if (strcmp(entry->type, "cgroup") == 0)
        return cgroup_mount(setup, step, err);
    while (at < array_length(known) && strcmp(known[at].type, entry->type) != 0)
        at++;
    long magic = at < array_length(known) ? known[at].magic : 0;
    if (filesystem_mount(setup, step, entry->type, entry->options, magic, err) == 0)
        return 0;
    if (err->errnum == EPERM && at < array_length(known) && known[at].instead &&
        (setup->spec->namespaces & NS_BIT(NS_USER)))
        return host_bind(setup, step, known[at].instead, err);
    if (err->errnum == ENODEV)
        return err_hint(err, "this kernel has no file system %s", word(shown, entry->type));
    return -1;
}

int step_attributes(struct setup *setup, const struct step *step, struct err *err)
{
    char target[WORD_SIZE];
    struct mount_attr attributes = {.attr_set = step->flags};
    bool late = step->mode != 0; /* then the mounts below it are others' */
    if (step->flags & (MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME))
        attributes.attr_clr = MOUNT_ATTR__ATIME;
    int fd = late ? mount_look(setup, step->target, NULL) : setup->mounted;
    if (fd >= 0 &&
        kernel_mount_setattr(&setup->kernel, fd, "", AT_EMPTY_PATH | (late ? 0 : AT_RECURSIVE),
                             &attributes) == 0)
        return 0;
    (void)err_set(err, errno, "cannot set the options of the mount /%s",
                  word(target, step->target));
    return err->errnum == EPERM
               ? err_hint(err,
                          "a user namespace may not change how a mount of the host keeps times")
               : -1;
}

int step_spread(struct setup *setup, const struct step *step, struct err *err)
{
    char path[FD_PATH_SIZE], target[WORD_SIZE];
    if (kernel_mount(&setup->kernel, "", fd_path(path, setup->mounted), "", step->flags, NULL) == 0)
        return 0;
    return err_set(err, errno, "cannot set the propagation of the mount /%s",
                   word(target, step->target));
}

/* After STEP_TERMINAL. What lies at dev/console is a file that we have made, or the root's own. */
int step_console(struct setup *setup, const struct step *step, struct err *err)
{
    char from[FD_PATH_SIZE], to[FD_PATH_SIZE];
    struct statx status;
    if (setup->slave < 0)
        return 0;
    _cleanup_close_ int target = mount_target_open(setup, step, S_IFREG);
    if (target < 0 || statx(setup->slave, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, &status) < 0 ||
        kernel_mount(&setup->kernel, fd_path(from, setup->slave), fd_path(to, target), NULL,
                     MS_BIND, NULL) < 0 ||
        mount_look(setup, step->target, &status) < 0)
        return mount_error(setup, step, err);
    return 0;
}
