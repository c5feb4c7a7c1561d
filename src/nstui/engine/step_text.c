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
    {MS_PRIVATE, "MS_PRIVATE"},
    {MS_SLAVE, "MS_SLAVE"},
    {MS_SHARED, "MS_SHARED"},
    {MS_BIND, "MS_BIND"},
    {MS_REC, "MS_REC"},
    {MS_NOSUID, "MS_NOSUID"},
    {MS_NODEV, "MS_NODEV"},
    {MS_NOEXEC, "MS_NOEXEC"},
    {MS_RDONLY, "MS_RDONLY"},
    {MS_REMOUNT, "MS_REMOUNT"},
    {MS_UNBINDABLE, "MS_UNBINDABLE"},
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

/* The clocks are lines of a file of proc. */
static void clocks_line(struct text *text, const struct step *step)
{
    text_add(text,
             step->flags & CLONE_NEWUSER ? "unshare(NEWUSER|NEWTIME), " : "unshare(NEWTIME), ");
    text_add(text, "write(timens_offsets \"");
    for (const char *at = step->target; *at; at++) {
        if (*at != '\n')
            text_add_bytes(text, at, 1);
        else if (at[1])
            text_add(text, "; ");
    }
    text_add(text, "\")");
}

/* Steps whose call has the target as its only word. */
static const char *const target_formats[] = {
    [STEP_LIMITS] = "mkdir(a cgroup), write(%s), write(cgroup.procs)",
    [STEP_NETWORK] = "netlink: a veth pair, one end in the bridge %s",
    [STEP_ADDRESS] = "ioctl(SIOCSIFADDR, \"eth0\", %s), ioctl(SIOCADDRT)",
    [STEP_LOOPBACK] = "ioctl(SIOCSIFFLAGS, \"%s\", IFF_UP)",
    [STEP_CHDIR_ROOT] = "chdir(\"%s\")",
    [STEP_READ_ONLY] = "mount_setattr(\"%s\", AT_RECURSIVE, RDONLY)",
    [STEP_MKDIR_OLD] = "mkdir(\"%s\", 0700)",
    [STEP_CHROOT] = "chroot(\"%s\")",
    [STEP_CHDIR] = "chdir(\"%s\")",
    [STEP_DETACH_OLD] = "umount2(\"%s\", MNT_DETACH)",
    [STEP_RMDIR_OLD] = "rmdir(\"%s\")",
    [STEP_OOM] = "write(oom_score_adj \"%s\")",
    [STEP_PASSWD] = "read(\"%s\")",
    [STEP_CAPS] = "prctl(PR_CAPBSET_DROP, %s)",
    [STEP_IDENTITY] = "setgroups, setresgid, setresuid: %s",
    [STEP_HOSTNAME] = "sethostname(\"%s\")",
    [STEP_WORKDIR] = "chdir(\"%s\")",
    [STEP_EXEC] = "execve: %s",
};

/* Steps that are always the same. */
static const char *const fixed_lines[] = {
    [STEP_STANDIN] =
        "unshare(NEWNS), mount(\"\", \"/\", MS_SHARED|MS_REC): a stand-in for the host",
    [STEP_CGROUP] = "unshare(NEWCGROUP)",
    [STEP_RLIMITS] = "prlimit()",
    [STEP_NO_NEW_PRIVS] = "prctl(PR_SET_NO_NEW_PRIVS, 1)",
    [STEP_SECCOMP] = "seccomp(SECCOMP_SET_MODE_FILTER)",
    [STEP_TERMINAL] = "open(\"dev/pts/ptmx\"), ioctl(TIOCSCTTY)",
};

/* The kernel's files have one line a map. */
static void maps_line(struct text *text, const struct step *step)
{
    const char *const maps[] = {step->source, step->target};
    static const char *const files[] = {"uid_map", "gid_map"};
    for (size_t at = 0; at < array_length(maps); at++) {
        text_addf(text, "%s%s \"", at ? ", " : "write(", files[at]);
        for (const char *sign = maps[at]; *sign; sign++)
            text_addf(text, *sign == '\n' ? ", " : "%c", *sign);
        text_add(text, "\"");
    }
    text_add(text, ")");
}

static void attributes_line(struct text *text, const struct step *step, const char *target)
{
    static const struct {
        unsigned long flag;
        const char *name;
    } names[] = {
        {MOUNT_ATTR_RDONLY, "RDONLY"},         {MOUNT_ATTR_NOSUID, "NOSUID"},
        {MOUNT_ATTR_NODEV, "NODEV"},           {MOUNT_ATTR_NOEXEC, "NOEXEC"},
        {MOUNT_ATTR_NOATIME, "NOATIME"},       {MOUNT_ATTR_STRICTATIME, "STRICTATIME"},
        {MOUNT_ATTR_NODIRATIME, "NODIRATIME"},
    };
    const char *between = step->mode ? "" : "AT_RECURSIVE, ";
    text_addf(text, "mount_setattr(\"%s\", ", target);
    for (size_t at = 0; at < array_length(names); at++) {
        if (!(step->flags & names[at].flag))
            continue;
        text_addf(text, "%s%s", between, names[at].name);
        between = "|";
    }
    text_add(text, ")");
}

/* Steps that have the target twice, or another word beside it. */
static bool part_line(struct text *text, const struct step *step, const char *target)
{
    char source[WORD_SIZE];
    switch (step->kind) {
    case STEP_PROTECT:
        text_addf(text, "mount(\"%s\", \"%s\", MS_BIND|MS_REC), mount_setattr(RDONLY)", target,
                  target);
        return true;
    case STEP_ATTRIBUTES:
        attributes_line(text, step, target);
        return true;
    case STEP_MASK:
        text_addf(text, "mount(tmpfs or /dev/null, \"%s\")", target);
        return true;
    case STEP_SYSCTL:
        text_addf(text, "write(\"/proc/sys/%s\", \"%s\")", target, word(source, step->source));
        return true;
    case STEP_ROOT_READ_ONLY:
        text_addf(text, "mount_setattr(\"%s\", %s%s%s)", target,
                  step->flags & MOUNT_ATTR_RDONLY ? "RDONLY" : "",
                  step->flags == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV) ? "|" : "",
                  step->flags & MOUNT_ATTR_NODEV ? "NODEV" : "");
        return true;
    default:
        return false;
    }
}

/* How nstui-init is started: steps_plan() has the numbers. */
static const char *const init_orders[] = {" --exec", "", " --prompt", " --hold"};
static const char *const init_words[] = {"", "", ", with its small shell", ", to hold them"};

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
    if (part_line(&text, step, target))
        return text.data;
    switch (step->kind) {
    case STEP_CLONE:
        clone_line(&text, step);
        break;
    case STEP_MAPS:
        maps_line(&text, step);
        break;
    case STEP_POINT:
        point_line(&text, step);
        break;
    case STEP_PIVOT:
        text_addf(&text, "pivot_root(\".\", \"%s\")", target);
        break;
    case STEP_INIT_EXEC:
        text_addf(&text, "execveat(memfd nstui-init%s)", init_orders[step->flags]);
        break;
    case STEP_ENTER:
    case STEP_ENTER_EARLY:
        text_addf(&text, "setns(%s of %s)", step->source, target);
        break;
    case STEP_TIME:
        clocks_line(&text, step);
        break;
    case STEP_MOUNT:
        mount_line(&text, step, step->entry->type);
        break;
    case STEP_PROC:
    case STEP_OVERLAY:
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
        [STEP_PARENT] = "parent",
        [STEP_CHILD] = "child",
        [STEP_INIT] = "init",
        [STEP_BETWEEN] = "between",
    };
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
    if (share_flags_early(steps) & CLONE_NEWUSER)
        text_add(&text, " user");
    if (share_flags_early(steps) & CLONE_NEWTIME)
        text_add(&text, " time");
    if (steps_count(steps, STEP_CGROUP))
        text_add(&text, " cgroup");
    strings_add(list, text.length > strlen("clone: new") ? text.data : "clone: no new namespace");
}

/* One line for a kind of steps, at its first one; %s is the step's target. */
static const char *const kind_words[] = {
    [STEP_STANDIN] = "make a stand-in for the host, its mounts shared as systemd leaves them",
    [STEP_MAPS] = "map root in there to the caller",
    [STEP_LOOPBACK] = "bring the loopback up",
    [STEP_LIMITS] = "put it into a cgroup of its own: %s",
    [STEP_NETWORK] = "join it to the bridge %s by a veth pair",
    [STEP_ADDRESS] = "give eth0 an address (%s) and a route",
    [STEP_TIME] = "set the clocks of a new time namespace",
    [STEP_OVERLAY] = "lay a throw-away root over %s",
    [STEP_ETC] = "bind the files of the network over those of /etc",
    [STEP_BIND_ROOT] = "bind %s on itself, chdir",
    [STEP_PROC] = "mount a new proc",
    [STEP_DEVPTS] = "mount a new devpts",
    [STEP_TMPFS] = "mount an empty tmpfs on /%s",
    [STEP_MOUNT] = "mount a file system on /%s",
    [STEP_CONSOLE] = "bind the terminal on /dev/console",
    [STEP_OOM] = "set its oom score to %s",
    [STEP_MASK] = "cover what tells about the host",
    [STEP_PROTECT] = "make /proc/sys and sysrq read-only",
    [STEP_SYSCTL] = "set sysctls of its own namespaces",
    [STEP_PASSWD] = "look the user up in there",
    [STEP_ROOT_READ_ONLY] = "restrict the root's own mount",
    [STEP_RLIMITS] = "set limits of resources",
    [STEP_IDENTITY] = "become the user %s",
    [STEP_NO_NEW_PRIVS] = "set no_new_privs",
    [STEP_SECCOMP] = "set the seccomp filter",
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
        bool each = step->kind == STEP_TMPFS || step->kind == STEP_MOUNT ||
                    step->kind == STEP_ENTER || step->kind == STEP_ENTER_EARLY ||
                    step->kind == STEP_PRIVATE;
        for (size_t before = 0; before < at && !each; before++)
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
        else if (step->kind == STEP_ENTER || step->kind == STEP_ENTER_EARLY)
            strings_addf(list, "enter the %s namespace of %s", step->source, step->target);
        else if (step->kind == STEP_PRIVATE)
            strings_addf(list, "make every mount %s",
                         step->flags & MS_SHARED  ? "shared"
                         : step->flags & MS_SLAVE ? "a slave"
                                                  : "private");
        else if (step->kind == STEP_INIT_EXEC && step->flags)
            strings_addf(list, "start nstui-init as the first process%s", init_words[step->flags]);
        const char *words = table_find(kind_words, array_length(kind_words), step->kind);
        if (step->kind == STEP_PIVOT && !steps_count(steps, STEP_DETACH_OLD))
            words = "pivot_root, the old root stays at /old-root";
        const char *hole = words ? strstr(words, "%s") : NULL;
        word(target, step->target ? step->target : "");
        if (hole)
            strings_addf(list, "%.*s%s%s", (int)(hole - words), words, target, hole + 2);
        else if (words)
            strings_add(list, words);
    }
}
