/* Steps as people read them: one as a call, the whole list in plain words. Called by --dry-run,
 * which the create form shows, and by tests. Every byte that comes out is printable. */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

/* ---- one step as a call -------------------------------------------------------------------- */

static const struct {
    unsigned long flag;
    const char *name;
} mount_flags[] = {
    {MS_PRIVATE, "MS_PRIVATE"}, {MS_BIND, "MS_BIND"},       {MS_REC, "MS_REC"},
    {MS_NOSUID, "MS_NOSUID"},   {MS_NODEV, "MS_NODEV"},     {MS_NOEXEC, "MS_NOEXEC"},
    {MS_RDONLY, "MS_RDONLY"},   {MS_REMOUNT, "MS_REMOUNT"},
};

static void flags_add(struct text *text, unsigned long flags)
{
    const char *between = "";
    for (size_t at = 0; at < array_length(mount_flags); at++) {
        if (!(flags & mount_flags[at].flag))
            continue;
        text_addf(text, "%s%s", between, mount_flags[at].name);
        between = "|";
    }
    if (!*between)
        text_add(text, "0");
}

static void clone_line(struct text *text, const struct step *step)
{
    text_add(text, "clone3(");
    for (size_t at = 0; at < NS_TYPES; at++) {
        static const char *const names[NS_TYPES] = {
            [NS_MNT] = "NEWNS",        [NS_UTS] = "NEWUTS",   [NS_IPC] = "NEWIPC",
            [NS_PID] = "NEWPID",       [NS_NET] = "NEWNET",   [NS_USER] = "NEWUSER",
            [NS_CGROUP] = "NEWCGROUP", [NS_TIME] = "NEWTIME",
        };
        if (step->flags & (unsigned)ns_types[at].clone_flag)
            text_addf(text, "%s%s", text->data[text->length - 1] == '(' ? "" : "|", names[at]);
    }
    text_add(text, text->data[text->length - 1] == '(' ? "pidfd)" : ", pidfd)");
}

static void point_line(struct text *text, const struct step *step)
{
    char target[WORD_SIZE], source[WORD_SIZE];
    word(target, step->target);
    if (S_ISLNK(step->mode))
        text_addf(text, "symlink(\"%s\", \"%s\")", word(source, step->source), target);
    else if (S_ISDIR(step->mode))
        text_addf(text, "mkdir(\"%s\", %04o)", target, step->mode & 01777U);
    else
        text_addf(text, "open(\"%s\", O_CREAT)", target);
}

static void mount_line(struct text *text, const struct step *step, const char *type)
{
    char source[WORD_SIZE], target[WORD_SIZE];
    text_addf(text, "mount(\"%s\", \"%s\", ", word(source, step->source),
              word(target, step->target));
    if (type)
        text_addf(text, "\"%s\", ", type);
    flags_add(text, step->flags);
    text_add(text, ")");
}

/* Steps whose call has the target as its only word. */
static const char *const target_formats[] = {
    [STEP_LOOPBACK] = "ioctl(SIOCSIFFLAGS, \"%s\", IFF_UP)",
    [STEP_CHDIR_ROOT] = "chdir(\"%s\")",
    [STEP_READ_ONLY] = "mount_setattr(\"%s\", AT_RECURSIVE, RDONLY)",
    [STEP_MKDIR_OLD] = "mkdir(\"%s\", 0700)",
    [STEP_CHROOT] = "chroot(\"%s\")",
    [STEP_CHDIR] = "chdir(\"%s\")",
    [STEP_DETACH_OLD] = "umount2(\"%s\", MNT_DETACH)",
    [STEP_RMDIR_OLD] = "rmdir(\"%s\")",
    [STEP_HOSTNAME] = "sethostname(\"%s\")",
    [STEP_WORKDIR] = "chdir(\"%s\")",
    [STEP_EXEC] = "execve: %s",
};

/* Steps that are always the same. */
static const char *const fixed_lines[] = {
    [STEP_CGROUP] = "unshare(NEWCGROUP)",
    [STEP_TERMINAL] = "open(\"dev/pts/ptmx\"), ioctl(TIOCSCTTY)",
};

static const char *table_find(const char *const *table, size_t length, enum step_kind kind)
{
    return (size_t)kind < length ? table[kind] : NULL;
}

char *step_line(const struct step *step)
{
    char target[WORD_SIZE];
    struct text text = {0};
    const char *fixed = table_find(fixed_lines, array_length(fixed_lines), step->kind);
    const char *format = table_find(target_formats, array_length(target_formats), step->kind);
    text_add(&text, "");
    if (fixed) {
        text_add(&text, fixed);
        return text.data;
    }
    word(target, step->target ? step->target : "");
    if (format) {
        const char *hole = strstr(format, "%s");
        text_add_bytes(&text, format, (size_t)(hole - format));
        text_add(&text, target);
        text_add(&text, hole + 2);
        return text.data;
    }
    switch (step->kind) {
    case STEP_CLONE:
        clone_line(&text, step);
        break;
    case STEP_MAPS:
        text_addf(&text, "write(uid_map \"0 %u 1\", gid_map \"0 %u 1\")", geteuid(), getegid());
        break;
    case STEP_POINT:
        point_line(&text, step);
        break;
    case STEP_PROTECT:
        text_addf(&text, "mount(\"%s\", \"%s\", MS_BIND|MS_REC), mount_setattr(RDONLY)", target,
                  target);
        break;
    case STEP_PIVOT:
        text_addf(&text, "pivot_root(\".\", \"%s\")", target);
        break;
    case STEP_INIT_EXEC:
        text_addf(&text, "execveat(memfd nstui-init%s)", step->flags ? "" : " --exec");
        break;
    case STEP_CAPS:
        text_add(&text, "prctl(PR_CAPBSET_DROP, MKNOD SYS_MODULE SYS_RAWIO SYS_BOOT SYS_TIME ");
        text_add(&text, "MAC_ADMIN MAC_OVERRIDE SYSLOG)");
        break;
    case STEP_PROC:
    case STEP_DEVPTS:
    case STEP_TMPFS:
        mount_line(&text, step, step->source);
        break;
    default:
        mount_line(&text, step, NULL);
        break;
    }
    return text.data;
}

const char *step_who_name(enum step_who who)
{
    static const char *const names[] = {
        [STEP_PARENT] = "parent", [STEP_CHILD] = "child", [STEP_INIT] = "init"};
    return names[who];
}

/* ---- the list in plain words --------------------------------------------------------------- */

static size_t steps_count(const struct steps *steps, enum step_kind kind)
{
    size_t count = 0;
    for (size_t at = 0; at < steps->count; at++)
        count += steps->items[at].kind == kind;
    return count;
}

static void clone_words(const struct steps *steps, const struct step *step, struct strings *list)
{
    _cleanup_text_ struct text text = {0};
    text_add(&text, "clone: new");
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (step->flags & (unsigned)ns_types[at].clone_flag)
            text_addf(&text, " %s", ns_types[at].name);
    }
    if (steps_count(steps, STEP_CGROUP))
        text_add(&text, " cgroup");
    strings_add(list, text.length > strlen("clone: new") ? text.data : "clone: no new namespace");
}

/* One line for a kind of steps, at its first one; %s is the step's target. */
static const char *const kind_words[] = {
    [STEP_MAPS] = "map root in there to the caller",
    [STEP_LOOPBACK] = "bring the loopback up",
    [STEP_PRIVATE] = "make every mount private",
    [STEP_BIND_ROOT] = "bind %s on itself, chdir",
    [STEP_PROC] = "mount a new proc",
    [STEP_DEVPTS] = "mount a new devpts",
    [STEP_TMPFS] = "mount an empty tmpfs on /%s",
    [STEP_PROTECT] = "make /proc/sys and sysrq read-only",
    [STEP_PIVOT] = "pivot_root, detach the old root",
    [STEP_CHROOT] = "chroot",
    [STEP_HOSTNAME] = "set the hostname %s",
    [STEP_TERMINAL] = "open a terminal of its own",
    [STEP_CAPS] = "drop the rights that could harm the host",
    [STEP_EXEC] = "run %s",
};

void steps_summary(const struct steps *steps, struct strings *list)
{
    for (size_t at = 0; at < steps->count; at++) {
        const struct step *step = &steps->items[at];
        char target[WORD_SIZE];
        size_t count = steps_count(steps, step->kind);
        bool again = false;
        for (size_t before = 0; before < at && step->kind != STEP_TMPFS; before++)
            again |= steps->items[before].kind == step->kind;
        if (again)
            continue;
        if (step->kind == STEP_CLONE)
            clone_words(steps, step, list);
        else if (step->kind == STEP_POINT)
            strings_addf(list, "make %zu mount points and links", count);
        else if (step->kind == STEP_BIND)
            strings_addf(list, "bind %zu entries, %zu of them read-only", count,
                         steps_count(steps, STEP_READ_ONLY));
        else if (step->kind == STEP_INIT_EXEC && step->flags)
            strings_add(list, "start nstui-init as the first process");
        const char *words = table_find(kind_words, array_length(kind_words), step->kind);
        const char *hole = words ? strstr(words, "%s") : NULL;
        word(target, step->target ? step->target : "");
        if (hole)
            strings_addf(list, "%.*s%s%s", (int)(hole - words), words, target, hole + 2);
        else if (words)
            strings_add(list, words);
    }
}
