/* What a program in there may do: capabilities, who it is, no_new_privs, limits of resources. Planned
 * by the parent, carried out by the child as its last steps, since what comes before needs the
 * rights. Grade lab stands against accidents: SYS_ADMIN stays, so it is no wall. capabilities(7),
 * credentials(7). */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "private.h"

#define BIT(capability) (UINT64_C(1) << (capability))

/* Grade lab: with these a mistake in a container would be one on the host. */
static const uint64_t lab_dropped = BIT(CAP_MKNOD) | BIT(CAP_SYS_MODULE) | BIT(CAP_SYS_RAWIO) |
                                    BIT(CAP_SYS_BOOT) | BIT(CAP_SYS_TIME) | BIT(CAP_MAC_ADMIN) |
                                    BIT(CAP_MAC_OVERRIDE) | BIT(CAP_SYSLOG);

/* Grade walled: the set that docker gives but for MKNOD. Behind docker's stands a list of devices that
 * its cgroup lets through; here nothing would keep a made node of the disk from being opened. */
static const uint64_t walled_kept =
    BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FSETID) | BIT(CAP_FOWNER) | BIT(CAP_NET_RAW) |
    BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETFCAP) | BIT(CAP_SETPCAP) |
    BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_SYS_CHROOT) | BIT(CAP_KILL) | BIT(CAP_AUDIT_WRITE);

const char *grade_name(enum grade grade)
{
    static const char *const names[] = {
        [GRADE_LAB] = "lab", [GRADE_PRIVILEGED] = "privileged", [GRADE_WALLED] = "walled"};
    return names[grade];
}

/* ---- what a spec comes to -------------------------------------------------------------------- */

/* Whether its first program is no root, as far as the spec alone tells. */
static bool is_ordinary(const struct identity *identity)
{
    int64_t number;
    if (!identity->given)
        return false;
    if (identity->user)
        return !number_parse(identity->user, 0, 0, &number) && strcmp(identity->user, "root") != 0;
    return identity->uid != 0;
}

static void sets_of(const struct spec *spec, bool ordinary, struct capability_sets *sets)
{
    if (spec->capabilities.given) {
        *sets = spec->capabilities;
        return;
    }
    static const uint64_t kept[] = {
        [GRADE_LAB] = ~lab_dropped,
        [GRADE_PRIVILEGED] = UINT64_MAX,
        [GRADE_WALLED] = walled_kept,
    };
    const uint64_t every = UINT64_MAX;
    uint64_t added = spec->capabilities_added, dropped = spec->capabilities_dropped,
             bounding = (kept[spec->grade] & ~dropped) | added;
    if (added == every) /* as docker takes ALL, in whatever order the two stand */
        bounding = ~dropped;
    else if (dropped == every)
        bounding = added;
    *sets = (struct capability_sets){.bounding = bounding};
    /* execve(2) gives root all that is in the bounding set, and somebody else nothing but what is
     * ambient: only what was asked for by name. */
    if (!ordinary)
        sets->effective = sets->permitted = bounding;
    else if (added != every)
        sets->effective = sets->permitted = sets->inheritable = sets->ambient = added & bounding;
}

void spec_capabilities(const struct spec *spec, struct capability_sets *sets)
{
    sets_of(spec, is_ordinary(&spec->identity), sets);
}

bool spec_no_new_privs(const struct spec *spec)
{
    return spec->no_new_privs || spec->grade == GRADE_WALLED;
}

/* ---- checked --------------------------------------------------------------------------------- */

static int check_identity(const struct spec *spec, struct err *err)
{
    const struct identity *identity = &spec->identity;
    if (!identity->given || identity->user || identity->group)
        return 0;
    static const struct id_maps none = {0};
    bool own_namespace = spec->namespaces & NS_BIT(NS_USER);
    const struct id_maps *maps = own_namespace ? &spec->uid_map : &none;
    if (!own_namespace || (maps->count == 0 && identity->uid == 0) ||
        maps_outside(maps, identity->uid) != (uid_t)-1)
        return 0;
    (void)err_set(err, 0, "user %u in there is nobody out here: its user namespace does not map it",
                  identity->uid);
    return err_hint(err, "add --map-auto, or --map-users %u:OUTSIDE:COUNT", identity->uid);
}

static int check_rlimits(const struct spec *spec, struct err *err)
{
    for (size_t at = 0; at < spec->rlimits.count; at++) {
        const struct rlimit_entry *entry = &spec->rlimits.items[at];
        if (entry->soft > entry->hard)
            return err_set(err, 0, "the limit %s: its soft value is above the hard one",
                           rlimit_name(entry->resource));
    }
    return 0;
}

int rights_check(struct spec *spec, struct err *err)
{
    if (spec->oom_score < -1000 || spec->oom_score > 1000)
        return err_set(err, 0, "an oom score is between -1000 and 1000, not %d", spec->oom_score);
    if (spec->grade == GRADE_WALLED && !(spec->namespaces & NS_BIT(NS_MNT)) &&
        !spec->no_grade_paths) {
        (void)err_set(err, 0,
                      "the grade walled covers paths of /proc, and that needs a mount "
                      "namespace of its own");
        return err_hint(err, "add -m");
    }
    if (spec->grade == GRADE_WALLED && spec->enter == ENTER_CHROOT) {
        (void)err_set(err, 0,
                      "a walled container cannot be entered by chroot: root in there would "
                      "walk out of it to the host's files, chroot(2)");
        return err_hint(err, "leave --chroot or --walled out");
    }
    return check_identity(spec, err) < 0 ? -1 : check_rlimits(spec, err);
}

/* ---- planned --------------------------------------------------------------------------------- */

void rights_plan_parent(struct steps *steps, const struct spec *spec)
{
    /* In a user namespace of its own the child may raise no limit any more, and we may. */
    if (spec->rlimits.count && (spec->namespaces & NS_BIT(NS_USER)))
        step_add(steps, STEP_RLIMITS, STEP_PARENT);
    if (spec->oom_score) {
        struct step *step = step_add(steps, STEP_OOM, STEP_PARENT);
        step->target = xasprintf("%d", spec->oom_score);
    }
}

/* The names of what is dropped, or of what is kept where that is shorter. */
static char *dropped_words(uint64_t bounding)
{
    struct text text = {0};
    unsigned count = 0, all = 0;
    for (; capability_name(all); all++)
        count += !(bounding & BIT(all));
    bool kept = count > all / 2;
    text_add(&text, !kept ? "" : count == all ? "all " : "all but ");
    for (unsigned at = 0; at < all; at++) {
        if (((bounding & BIT(at)) != 0) == kept)
            text_addf(&text, "%s ", capability_name(at) + strlen("CAP_"));
    }
    if (text.length)
        text.data[text.length - 1] = '\0';
    return text.data;
}

static bool identity_is_wanted(const struct spec *spec)
{
    bool can = geteuid() == 0 || (spec->namespaces & NS_BIT(NS_USER));
    return spec->identity.given || (spec->grade == GRADE_WALLED && can);
}

static char *identity_words(const struct identity *identity)
{
    struct text text = {0};
    if (identity->user)
        text_add(&text, identity->user);
    else
        text_addf(&text, "%u", identity->uid);
    if (identity->group)
        text_addf(&text, ":%s", identity->group);
    else if (!identity->user)
        text_addf(&text, ":%u", identity->gid);
    return text.data;
}

void rights_plan(struct steps *steps, const struct spec *spec)
{
    struct capability_sets sets;
    spec_capabilities(spec, &sets);
    if (spec->rlimits.count)
        step_add_child(steps, STEP_RLIMITS, NULL, NULL);
    if (spec->grade != GRADE_PRIVILEGED || sets.bounding != UINT64_MAX)
        step_add_child(steps, STEP_CAPS, NULL, NULL)->target = dropped_words(sets.bounding);
    if (identity_is_wanted(spec))
        step_add_child(steps, STEP_IDENTITY, NULL, NULL)->target = identity_words(&spec->identity);
    if (spec_no_new_privs(spec))
        step_add_child(steps, STEP_NO_NEW_PRIVS, NULL, NULL);
    if (spec->seccomp ? spec->seccomp[0] != '\0' : spec->grade == GRADE_WALLED)
        step_add_child(steps, STEP_SECCOMP, NULL, NULL);
    else if (filter_guards_names(spec))
        step_add_child(steps, STEP_SECCOMP, NULL, "sethostname, setdomainname: EPERM");
}

/* ---- carried out by the parent ---------------------------------------------------------------- */

int parent_oom(struct launch *launch, const struct step *step, struct err *err)
{
    _cleanup_free_ char *path = xasprintf("/proc/%d/oom_score_adj", (int)launch->pid);
    if (kernel_write(&launch->kernel, path, step->target) == 0)
        return 0;
    int errnum = errno;
    (void)err_set(err, errnum, "cannot set the oom score to %s", step->target);
    return errnum == EACCES ? err_hint(err, "a smaller one than ours needs CAP_SYS_RESOURCE") : -1;
}

int parent_rlimits(struct launch *launch, const struct step *step, struct err *err)
{
    (void)step, (void)err;
    for (size_t at = 0; at < launch->spec->rlimits.count; at++) {
        const struct rlimit_entry *entry = &launch->spec->rlimits.items[at];
        struct rlimit64 present;
        int resource = entry->resource;
        if (prlimit64(launch->pid, (enum __rlimit_resource)resource, NULL, &present) < 0 ||
            present.rlim_max >= entry->hard)
            continue;
        present.rlim_max = entry->hard;
        /* Where that fails the child says so. */
        (void)prlimit64(launch->pid, (enum __rlimit_resource)resource, &present, NULL);
    }
    return 0;
}

/* ---- carried out by the child ------------------------------------------------------------------ */

int step_rlimits(struct setup *setup, const struct step *step, struct err *err)
{
    (void)step;
    for (size_t at = 0; at < setup->spec->rlimits.count; at++) {
        const struct rlimit_entry *entry = &setup->spec->rlimits.items[at];
        struct rlimit64 wanted = {.rlim_cur = entry->soft, .rlim_max = entry->hard}, present = {0};
        enum __rlimit_resource resource = (enum __rlimit_resource)entry->resource;
        if (prlimit64(0, resource, &wanted, NULL) == 0)
            continue;
        int errnum = errno;
        (void)err_set(err, errnum, "cannot set the limit %s", rlimit_name(entry->resource));
        if (errnum == EPERM && prlimit64(0, resource, NULL, &present) == 0 &&
            present.rlim_max < entry->hard)
            (void)err_hint(err,
                           "it is at most %llu here; only root may raise it, and for nofile "
                           "not above the sysctl fs.nr_open",
                           (unsigned long long)present.rlim_max);
        return -1;
    }
    return 0;
}

struct sets {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
};

static int sets_get(struct sets *sets, struct err *err)
{
    sets->header = (struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3};
    if (syscall(SYS_capget, &sets->header, sets->data) < 0)
        return err_set(err, errno, "cannot read the capabilities");
    return 0;
}

static int sets_set(struct sets *sets, struct err *err)
{
    if (syscall(SYS_capset, &sets->header, sets->data) < 0)
        return err_set(err, errno, "cannot set the capabilities");
    return 0;
}

/* What is inheritable is added by execve(2) where a file has it, beyond the bounding set. */
static int inheritable_clear(struct err *err)
{
    struct sets sets;
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (sets_get(&sets, err) < 0)
        return -1;
    if (!sets.data[0].inheritable && !sets.data[1].inheritable)
        return 0;
    sets.data[0].inheritable = sets.data[1].inheritable = 0;
    return sets_set(&sets, err);
}

int step_caps(struct setup *setup, const struct step *step, struct err *err)
{
    (void)step;
    struct capability_sets sets;
    spec_capabilities(setup->spec, &sets);
    for (int at = 0; at < 64; at++) {
        if (sets.bounding & BIT(at))
            continue;
        if (prctl(PR_CAPBSET_DROP, at, 0, 0, 0) == 0)
            continue;
        if (errno == EINVAL && at > CAP_LAST_CAP)
            break; /* behind the kernel's last one */
        /* EINVAL: a kernel without it. EPERM: we have no rights and there are none to drop; but who is
         * root gets at execve(2) all that is in the set. */
        int errnum = errno;
        if (errnum == EINVAL ||
            (errnum == EPERM && (geteuid() != 0 || prctl(PR_CAPBSET_READ, at, 0, 0, 0) != 1)))
            continue;
        (void)err_set(err, errnum, "cannot drop the capability %s",
                      capability_name((unsigned)at) ? capability_name((unsigned)at)
                                                    : "of a number");
        return errnum == EPERM ? err_hint(err, "we lack SETPCAP ourselves; --privileged keeps all "
                                               "that there is")
                               : -1;
    }
    return inheritable_clear(err);
}

/* ---- who it is ----------------------------------------------------------------------------------- */

/* Our pipes, or its terminal: /dev/stdout and the tty can be opened anew by whoever it is. */
static void stdio_own(const struct setup *setup)
{
    const struct identity *identity = &setup->identity;
    if (identity->uid == 0 && identity->gid == 0)
        return;
    if (setup->slave >= 0)
        (void)fchown(setup->slave, identity->uid, (gid_t)-1);
    for (int at = 0; setup->slave < 0 && at < 3; at++)
        (void)fchown(setup->theirs[at], identity->uid, identity->gid);
}

/* After setresuid(2): what was kept is in force again, and what it shall keep over execve(2). */
static int kept_raise(const struct capability_sets *wanted, struct err *err)
{
    struct sets sets;
    if (sets_get(&sets, err) < 0)
        return -1;
    for (int half = 0; half < 2; half++) {
        uint32_t inheritable = (uint32_t)((wanted->inheritable | wanted->ambient) >> (32 * half));
        sets.data[half].effective = sets.data[half].permitted;
        sets.data[half].inheritable = inheritable & sets.data[half].permitted;
    }
    if (sets_set(&sets, err) < 0)
        return -1;
    for (unsigned at = 0; capability_name(at); at++) {
        if ((wanted->ambient & BIT(at)) &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, at, 0, 0) < 0) {
            (void)err_set(err, errno, "cannot keep the capability %s", capability_name(at));
            return err_hint(err, "we do not have it ourselves");
        }
    }
    return 0;
}

static int identity_error(const char *call, const struct identity *identity, int errnum,
                          struct err *err)
{
    (void)err_set(err, errnum, "cannot become user %u, group %u: %s", identity->uid, identity->gid,
                  call);
    if (errnum == EINVAL)
        return err_hint(err,
                        "its user namespace does not map that id; see --map-users, --map-auto");
    if (errnum == EPERM)
        return err_hint(err, "only root may, or who has -U and maps of several ids");
    return -1;
}

int step_identity(struct setup *setup, const struct step *step, struct err *err)
{
    (void)step;
    const struct identity *identity = &setup->identity;
    struct capability_sets wanted;
    sets_of(setup->spec, identity->uid != 0, &wanted);
    /* seccomp(2) wants CAP_SYS_ADMIN or no_new_privs; execve(2) takes it away afterwards. */
    bool keep = identity->uid != 0 &&
                (wanted.ambient || (setup->filter && !spec_no_new_privs(setup->spec)));
    stdio_own(setup);
    /* EPERM without groups to set: the maps of an ordinary user forbid it. */
    if (setgroups(identity->group_count, identity->groups) < 0 &&
        (errno != EPERM || identity->group_count))
        return identity_error("setgroups", identity, errno, err);
    if (keep && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return err_set(err, errno, "cannot keep capabilities");
    if (setresgid(identity->gid, identity->gid, identity->gid) < 0)
        return identity_error("setresgid", identity, errno, err);
    if (setresuid(identity->uid, identity->uid, identity->uid) < 0)
        return identity_error("setresuid", identity, errno, err);
    /* The kernel has forgotten it with the credentials. nstui-init asks again for itself. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (keep || wanted.inheritable)
        return kept_raise(&wanted, err);
    return 0;
}

int step_no_new_privs(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup, (void)step;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_set(err, errno, "cannot set no_new_privs");
    return 0;
}
