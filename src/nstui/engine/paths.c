/* Paths in there that are covered with something empty or become read-only: those of the grade, of a
 * bundle, of the command line. Carried out by the child before it enters its root.
 *
 * Whoever fills the root must not choose what is covered and with what: a part of proc is opened below
 * the proc that was just mounted, no symbolic link is followed at its end, and what covers a file is
 * the host's own /dev/null, seen to be 1:3. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "private.h"

/* step->flags */
enum {
    PART_OF_GRADE = 1, /* where the kernel has no such part nothing is to be done */
    PART_OF_PROC = 2,
    PART_OF_SYS = 4,
};

/* What tells about the host, or acts on it. Below /proc, and the last ones below /. */
static const char *const walled_masked[] = {
    "acpi", "asound",      "interrupts", "kcore",       "keys",
    "scsi", "sched_debug", "timer_list", "timer_stats", "latency_stats",
};
static const char *const walled_masked_sys[] = {"sys/firmware", "sys/devices/virtual/powercap"};
/* Of the host's /etc, which a layout may show as a whole. */
static const char *const walled_masked_etc[] = {
    "shadow", "shadow-", "gshadow", "gshadow-", "ssh", "ssl/private", "sudoers", "sudoers.d",
};
static const char *const walled_read_only[] = {"bus", "fs", "irq", "sys", "sysrq-trigger"};
static const char *const lab_read_only[] = {"sys", "sysrq-trigger"};

/* ---- planned ----------------------------------------------------------------------------------- */

static void part_add(struct steps *steps, enum step_kind kind, const char *folder, const char *name,
                     unsigned long flags, const struct layout_entry *entry)
{
    struct step *step = step_add_child(steps, kind, NULL, NULL);
    step->target = xasprintf("%s%s%s", folder, *folder ? "/" : "", name);
    step->flags = flags;
    step->entry = entry;
}

void proc_paths_plan(struct steps *steps, const struct spec *spec, const char *target,
                     const struct layout_entry *entry)
{
    const unsigned long flags = PART_OF_GRADE | PART_OF_PROC;
    if (spec->no_grade_paths || spec->grade == GRADE_PRIVILEGED)
        return;
    bool walled = spec->grade == GRADE_WALLED;
    for (size_t at = 0; walled && at < array_length(walled_masked); at++)
        part_add(steps, STEP_MASK, target, walled_masked[at], flags, entry);
    const char *const *list = walled ? walled_read_only : lab_read_only;
    size_t count = walled ? array_length(walled_read_only) : array_length(lab_read_only);
    for (size_t at = 0; at < count; at++)
        part_add(steps, STEP_PROTECT, target, list[at], flags, entry);
}

/* Whether the plan has it already: covered twice, it would be taken for something foreign. */
static bool planned(const struct steps *steps, enum step_kind kind, const char *target)
{
    for (size_t at = 0; at < steps->count; at++) {
        const struct step *step = &steps->items[at];
        if (step->kind == kind && (!target || strcmp(step->target, target) == 0))
            return true;
    }
    return false;
}

static unsigned long part_flags(const char *target, bool quiet)
{
    unsigned long flags = quiet ? PART_OF_GRADE : 0;
    if (strncmp(target, "proc/", 5) == 0)
        return flags | PART_OF_PROC;
    return strncmp(target, "sys/", 4) == 0 ? flags | PART_OF_SYS : flags;
}

static void list_plan(struct steps *steps, const struct spec *spec, enum step_kind kind,
                      const struct strings *paths)
{
    for (size_t at = 0; at < paths->count; at++) {
        const char *target = paths->items[at] + strspn(paths->items[at], "/");
        if (planned(steps, kind, target) || planned(steps, STEP_MASK, target))
            continue;
        part_add(steps, kind, "", target, part_flags(target, spec->no_grade_paths), NULL);
    }
}

/* Only who is not known by his numbers alone is looked for. */
static void passwd_plan(struct steps *steps, const struct spec *spec)
{
    if (spec->identity.given && (spec->identity.user || spec->identity.group))
        step_add_child(steps, STEP_PASSWD, NULL, "etc/passwd");
}

/* What only root of the host may read, where the layout binds the host's /etc. */
static void secrets_plan(struct steps *steps, const struct spec *spec)
{
    for (size_t at = 0; at < spec->layout.count; at++) {
        const struct layout_entry *entry = &spec->layout.entries[at];
        if (entry->kind != LAYOUT_BIND || strcmp(entry->source, "/etc") != 0)
            continue;
        for (size_t name = 0; name < array_length(walled_masked_etc); name++)
            part_add(steps, STEP_MASK, entry->target + 1, walled_masked_etc[name], PART_OF_GRADE,
                     entry);
    }
}

int paths_plan(struct steps *steps, const struct spec *spec, struct err *err)
{
    (void)err;
    if (spec->namespaces & NS_BIT(NS_MNT)) {
        bool walled = spec->grade == GRADE_WALLED && !spec->no_grade_paths;
        if (walled && !spec->root && !planned(steps, STEP_PROC, NULL))
            proc_paths_plan(steps, spec, "proc", NULL);
        for (size_t at = 0; walled && at < array_length(walled_masked_sys); at++)
            part_add(steps, STEP_MASK, "", walled_masked_sys[at], PART_OF_GRADE | PART_OF_SYS,
                     NULL);
        if (walled)
            secrets_plan(steps, spec);
        list_plan(steps, spec, STEP_MASK, &spec->masked);
        list_plan(steps, spec, STEP_PROTECT, &spec->read_only);
    }
    passwd_plan(steps, spec);
    return 0;
}

void spec_paths(const struct spec *spec, struct strings *masked, struct strings *read_only)
{
    struct steps steps = {0};
    proc_paths_plan(&steps, spec, "proc", NULL);
    if (spec->grade == GRADE_WALLED && !spec->no_grade_paths) {
        for (size_t at = 0; at < array_length(walled_masked_sys); at++)
            part_add(&steps, STEP_MASK, "", walled_masked_sys[at], 0, NULL);
        secrets_plan(&steps, spec);
    }
    list_plan(&steps, spec, STEP_MASK, &spec->masked);
    list_plan(&steps, spec, STEP_PROTECT, &spec->read_only);
    for (size_t at = 0; at < steps.count; at++)
        strings_addf(steps.items[at].kind == STEP_MASK ? masked : read_only, "/%s",
                     steps.items[at].target);
    steps_free(&steps);
}

/* A root of grade walled has no devices but those that the layout binds. */
void root_attributes_plan(struct steps *steps, const struct spec *spec)
{
    unsigned long flags = spec->root_read_only ? MOUNT_ATTR_RDONLY : 0;
    if (spec->root && (spec->grade == GRADE_WALLED || spec->root_no_devices))
        flags |= MOUNT_ATTR_NODEV;
    if (flags)
        step_add_child(steps, STEP_ROOT_READ_ONLY, NULL, "/")->flags = flags;
}

/* ---- checked ----------------------------------------------------------------------------------- */

static int path_check(const char *what, const char *path, struct err *err)
{
    char shown[WORD_SIZE];
    if (path[0] != '/' || path[strspn(path, "/")] == '\0')
        return err_set(err, 0, "the path \"%s\" that is to be %s is no absolute path of a part",
                       word(shown, path), what);
    for (const char *at = path; *at; at += strcspn(at, "/"), at += strspn(at, "/")) {
        size_t length = strcspn(at, "/");
        if ((length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.'))
            return err_set(err, 0, "the path \"%s\" that is to be %s has a %.*s in it",
                           word(shown, path), what, (int)length, at);
    }
    return 0;
}

int paths_check(struct spec *spec, struct err *err)
{
    for (size_t at = 0; at < spec->masked.count; at++) {
        if (path_check("covered", spec->masked.items[at], err) < 0)
            return -1;
    }
    for (size_t at = 0; at < spec->read_only.count; at++) {
        if (path_check("read-only", spec->read_only.items[at], err) < 0)
            return -1;
    }
    bool any = spec->masked.count || spec->read_only.count || spec->root_read_only;
    if (any && !(spec->namespaces & NS_BIT(NS_MNT))) {
        (void)err_set(err, 0,
                      "to cover paths or to make them read-only needs a mount namespace of "
                      "its own");
        return err_hint(err, "add -m; without it the host's would be");
    }
    return sysctls_check(spec, err);
}

/* ---- carried out ------------------------------------------------------------------------------- */

static int part_resolve(const struct setup *setup, const char *target)
{
    size_t length = setup->proc >= 0 ? strlen(setup->proc_target) : 0;
    if (!length || strncmp(target, setup->proc_target, length) != 0 || target[length] != '/')
        return beneath_open(setup->root, target, O_PATH | O_NOFOLLOW);
    struct open_how how = {
        .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
    };
    return (int)syscall(SYS_openat2, setup->proc, target + length + 1, &how, sizeof(how));
}

static int part_error(const char *what, const char *target, int errnum, struct err *err)
{
    char shown[WORD_SIZE];
    (void)err_set(err, errnum, "cannot %s /%s", what, word(shown, target));
    if (errnum == ELOOP)
        return err_hint(err, "a symbolic link is there, which could lead anywhere; name what it "
                             "leads to, or remove it");
    if (errnum == ENOENT)
        return err_hint(err, "there is no such file in there");
    if (errnum == ESTALE)
        return err_hint(err, "somebody has changed the root meanwhile");
    return -1;
}

#define PART_NONE (-2) /* nothing is to be done */

/* Opens what is to be covered or protected: a descriptor, -1 with a sentence, or PART_NONE. */
static int part_open(const struct setup *setup, const struct step *step, const char *what,
                     struct statx *status, struct err *err)
{
    char shown[WORD_SIZE];
    struct statfs system;
    _cleanup_close_ int part = part_resolve(setup, step->target);
    if (part < 0 && (errno == ENOENT || errno == ENOTDIR) && (step->flags & PART_OF_GRADE))
        return PART_NONE;
    if (part < 0 || fstatfs(part, &system) < 0 ||
        statx(part, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, status) < 0)
        return part_error(what, step->target, errno, err);
    if ((step->flags & PART_OF_SYS) && (step->flags & PART_OF_GRADE) &&
        system.f_type != SYSFS_MAGIC)
        return PART_NONE; /* somebody's own directory of that name */
    if (S_ISLNK(status->stx_mode))
        return part_error(what, step->target, ELOOP, err);
    if ((step->flags & PART_OF_PROC) && system.f_type != PROC_SUPER_MAGIC)
        return err_set(err, 0, "cannot %s /%s: it is no part of proc", what,
                       word(shown, step->target));
    return fd_take(&part);
}

/* What lies on a part now, after it was mounted: a mount of that very file, where one is given. */
static int part_mounted(const struct setup *setup, const struct step *step,
                        const struct statx *expected)
{
    struct statx present;
    _cleanup_close_ int fd = part_resolve(setup, step->target);
    if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, &present) < 0)
        return -1;
    bool same = !expected || (present.stx_ino == expected->stx_ino &&
                              present.stx_dev_major == expected->stx_dev_major &&
                              present.stx_dev_minor == expected->stx_dev_minor);
    if (!(present.stx_attributes & STATX_ATTR_MOUNT_ROOT) || !same)
        return errno = ESTALE, -1;
    return fd_take(&fd);
}

static int directory_mask(struct setup *setup, const struct step *step, int part)
{
    char to[FD_PATH_SIZE];
    struct statfs system;
    const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (kernel_mount(&setup->kernel, "tmpfs", fd_path(to, part), "tmpfs", flags, "mode=755") < 0)
        return -1;
    _cleanup_close_ int mounted = part_mounted(setup, step, NULL);
    if (mounted < 0 || fstatfs(mounted, &system) < 0)
        return -1;
    return system.f_type == TMPFS_MAGIC ? 0 : (errno = ESTALE, -1);
}

int step_mask(struct setup *setup, const struct step *step, struct err *err)
{
    static const char what[] = "cover";
    char from[FD_PATH_SIZE], to[FD_PATH_SIZE];
    struct statx status, nothing;
    _cleanup_close_ int part = part_open(setup, step, what, &status, err);
    if (part < 0)
        return part == PART_NONE ? 0 : -1;
    if (S_ISDIR(status.stx_mode)) {
        if (directory_mask(setup, step, part) < 0)
            return part_error(what, step->target, errno, err);
        return 0;
    }
    _cleanup_close_ int null = source_open("/dev/null", &nothing, err);
    if (null < 0)
        return -1;
    if (kernel_mount(&setup->kernel, fd_path(from, null), fd_path(to, part), NULL, MS_BIND, NULL) <
        0)
        return part_error(what, step->target, errno, err);
    _cleanup_close_ int mounted = part_mounted(setup, step, &nothing);
    return mounted < 0 ? part_error(what, step->target, errno, err) : 0;
}

/* A part on itself, read-only. */
int step_protect(struct setup *setup, const struct step *step, struct err *err)
{
    static const char what[] = "protect";
    char path[FD_PATH_SIZE];
    struct statx status;
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    _cleanup_close_ int part = part_open(setup, step, what, &status, err);
    if (part < 0)
        return part == PART_NONE ? 0 : -1;
    fd_path(path, part);
    if (kernel_mount(&setup->kernel, path, path, NULL, MS_BIND | MS_REC, NULL) < 0)
        return part_error(what, step->target, errno, err);
    _cleanup_close_ int mounted = part_mounted(setup, step, &status);
    if (mounted < 0 || kernel_mount_setattr(&setup->kernel, mounted, "",
                                            AT_EMPTY_PATH | AT_RECURSIVE, &attributes) < 0)
        return part_error(what, step->target, errno, err);
    return 0;
}

int step_root_read_only(struct setup *setup, const struct step *step, struct err *err)
{
    struct mount_attr attributes = {.attr_set = step->flags};
    if (kernel_mount_setattr(&setup->kernel, AT_FDCWD, step->target, 0, &attributes) == 0)
        return 0;
    int errnum = errno;
    (void)err_set(err, errnum, "cannot make the root %s",
                  step->flags & MOUNT_ATTR_RDONLY ? "read-only" : "one without devices");
    return errnum == EINVAL ? err_hint(err, "it is no mount point") : -1;
}
