/* The plan of a launch: spec in, ordered list of steps out. Called by the launch itself and by
 * --dry-run; both therefore have the same list. Looks at files of the host (is what the layout
 * names there, and is it what the mark says), changes nothing.
 *
 * The order is exercise 8's, and each place in it has a reason:
 *  - private before the first mount, or every mount would be the host's, too (and pivot_root(2)
 *    refuses a shared parent);
 *  - the root is bound on itself, since pivot_root wants a mount point, and entered only then:
 * before,
 *    "." would still be the directory below that mount;
 *  - every mount point before the first bind: later it would be made in the host's own directory;
 *  - the terminal before pivot_root, as the host's /dev/ptmx may be needed;
 *  - the hostname and the rights last, since what comes before needs them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "private.h"

struct step *step_add(struct steps *steps, enum step_kind kind, enum step_who who)
{
    array_grow(&steps->items, steps->count, &steps->capacity, sizeof(struct step));
    struct step *step = &steps->items[steps->count++];
    *step = (struct step){.kind = kind, .who = who};
    return step;
}

struct step *step_add_child(struct steps *steps, enum step_kind kind, const char *source,
                            const char *target)
{
    struct step *step = step_add(steps, kind, STEP_CHILD);
    step->source = source ? xstrdup(source) : NULL;
    step->target = target ? xstrdup(target) : NULL;
    return step;
}

/* ---- the layout ---------------------------------------------------------------------------- */

/* Whether a bind's source is there as its line says. 1: yes, 0: it is optional and missing. */
static int source_check(const struct layout *layout, const struct layout_entry *entry,
                        struct err *err)
{
    char source[WORD_SIZE], file[WORD_SIZE];
    struct stat status;
    word(source, entry->source);
    word(file, layout->name ? layout->name : "layout");
    if (stat(entry->source, &status) < 0) {
        if (entry->optional && (errno == ENOENT || errno == ENOTDIR))
            return 0;
        (void)err_set(err, errno, "cannot bind %s", source);
        return err_hint(err,
                        "line %u of the layout %s asks for it; remove the line, create it, or "
                        "mark the line with ?",
                        entry->line, file);
    }
    if (entry->directory == (bool)S_ISDIR(status.st_mode))
        return 1;
    (void)err_set(err, 0, "cannot bind %s: line %u of the layout %s says [%c] and it is a %s",
                  source, entry->line, file, entry->directory ? 'D' : 'F',
                  entry->directory ? "file" : "directory");
    return err_hint(err, "write [%c]", entry->directory ? 'F' : 'D');
}

static mode_t point_mode(const struct layout_entry *entry)
{
    switch (entry->kind) {
    case LAYOUT_LINK:
        return S_IFLNK | 0777;
    case LAYOUT_DIR:
        return S_IFDIR | entry->mode;
    case LAYOUT_BIND:
        return entry->directory ? S_IFDIR | 0755 : S_IFREG | 0644;
    default:
        return S_IFDIR | 0755;
    }
}

/* A new /proc, and what grade lab closes in it: who writes there changes the host. */
static void proc_add(struct steps *steps, const struct spec *spec, const char *target,
                     const struct layout_entry *entry)
{
    static const char *const closed[] = {"sys", "sysrq-trigger"};
    struct step *step = step_add_child(steps, STEP_PROC, "proc", target);
    step->entry = entry;
    step->flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (entry && entry->read_only)
        step_add_child(steps, STEP_READ_ONLY, NULL, target)->entry = entry;
    for (size_t at = 0; spec->grade == GRADE_LAB && at < array_length(closed); at++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", target, closed[at]);
        step_add_child(steps, STEP_PROTECT, NULL, path)->entry = entry;
    }
}

static void mount_add(struct steps *steps, const struct spec *spec,
                      const struct layout_entry *entry)
{
    const char *target = entry->target + 1;
    struct step *step;
    switch (entry->kind) {
    case LAYOUT_BIND:
        step = step_add_child(steps, STEP_BIND, entry->source, target);
        step->flags = MS_BIND | MS_REC;
        step->entry = entry;
        step->mode = entry->directory ? S_IFDIR : S_IFREG;
        if (entry->read_only)
            step_add_child(steps, STEP_READ_ONLY, NULL, target)->entry = entry;
        break;
    case LAYOUT_PROC:
        if (!(spec->omit & OMIT_PROC))
            proc_add(steps, spec, target, entry);
        break;
    case LAYOUT_MOUNT:
        step_add_child(steps, STEP_MOUNT, entry->source, target)->entry = entry;
        break;
    case LAYOUT_DEVPTS:
        step = step_add_child(steps, STEP_DEVPTS, "devpts", target);
        step->flags = MS_NOSUID | MS_NOEXEC;
        step->entry = entry;
        break;
    case LAYOUT_TMPFS:
        step = step_add_child(steps, STEP_TMPFS, "tmpfs", target);
        step->flags = MS_NOSUID | MS_NODEV;
        step->entry = entry;
        break;
    case LAYOUT_DIR:
    case LAYOUT_LINK:
        break; /* made with the mount points */
    }
}

static int layout_plan(struct steps *steps, const struct spec *spec, struct err *err)
{
    const struct layout *layout = &spec->layout;
    _cleanup_free_ bool *there = xcalloc(layout->count + 1, sizeof(bool));
    for (size_t at = 0; at < layout->count; at++) {
        const struct layout_entry *entry = &layout->entries[at];
        int found = entry->kind == LAYOUT_BIND ? source_check(layout, entry, err) : 1;
        if (found < 0)
            return -1;
        there[at] = found > 0;
        if (!there[at])
            continue;
        const char *text = entry->kind == LAYOUT_LINK ? entry->source : NULL;
        struct step *step = step_add_child(steps, STEP_POINT, text, entry->target + 1);
        step->mode = point_mode(entry);
        step->entry = entry;
    }
    for (size_t at = 0; at < layout->count; at++) {
        if (there[at])
            mount_add(steps, spec, &layout->entries[at]);
    }
    return 0;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static int namespaces_plan(struct steps *steps, const struct spec *spec, struct err *err)
{
    if (share_plan_early(steps, spec, err) < 0)
        return -1;
    /* The cgroup namespace's root is the cgroup that its maker is in: unshared by the child, once
     * it is where it shall be. cgroup_namespaces(7). */
    ns_set at_clone = spec->namespaces & ~NS_BIT(NS_CGROUP);
    if (between_is_needed(steps)) /* a new time namespace is one of the process's children alone */
        at_clone &= ~NS_BIT(NS_TIME);
    step_add(steps, STEP_CLONE, STEP_PARENT)->flags = (unsigned)ns_set_clone_flags(at_clone);
    maps_plan(steps, spec);
    limits_plan(steps, spec);
    network_plan(steps, spec);
    share_plan(steps, spec);
    if (spec->namespaces & NS_BIT(NS_CGROUP))
        step_add_child(steps, STEP_CGROUP, NULL, NULL);
    if (spec->namespaces & NS_BIT(NS_NET))
        step_add_child(steps, STEP_LOOPBACK, NULL, "lo");
    network_plan_child(steps, spec);
    return 0;
}

static int root_plan(struct steps *steps, const struct spec *spec, struct err *err)
{
    if (!(spec->namespaces & NS_BIT(NS_MNT)))
        return 0;
    static const unsigned long propagations[] = {
        [PROPAGATION_PRIVATE] = MS_PRIVATE | MS_REC,
        [PROPAGATION_SLAVE] = MS_SLAVE | MS_REC,
        [PROPAGATION_SHARED] = MS_SHARED | MS_REC,
    };
    if (!(spec->omit & OMIT_PRIVATE))
        step_add_child(steps, STEP_PRIVATE, "", "/")->flags = propagations[spec->propagation];
    if (!spec->root) {
        if ((spec->namespaces & NS_BIT(NS_PID)) && !(spec->omit & OMIT_PROC))
            proc_add(steps, spec, "proc", NULL);
        return 0;
    }
    if (!(spec->omit & OMIT_BIND_ROOT))
        step_add_child(steps, STEP_BIND_ROOT, spec->root, spec->root)->flags = MS_BIND | MS_REC;
    overlay_plan(steps, spec);
    step_add_child(steps, STEP_CHDIR_ROOT, NULL, spec->root);
    return layout_plan(steps, spec, err);
}

static void enter_plan(struct steps *steps, const struct spec *spec)
{
    if (!spec->root)
        return;
    if (spec->enter == ENTER_CHROOT) {
        step_add_child(steps, STEP_CHROOT, NULL, ".");
        step_add_child(steps, STEP_CHDIR, NULL, "/");
        return;
    }
    step_add_child(steps, STEP_MKDIR_OLD, NULL, "old-root")->mode = 0700;
    step_add_child(steps, STEP_PIVOT, ".", "old-root");
    step_add_child(steps, STEP_CHDIR, NULL, "/");
    if (spec->keep_old_root)
        return;
    step_add_child(steps, STEP_DETACH_OLD, NULL, "/old-root")->flags = MNT_DETACH;
    step_add_child(steps, STEP_RMDIR_OLD, NULL, "/old-root");
}

int steps_plan(const struct spec *spec, struct steps *steps, struct err *err)
{
    *steps = (struct steps){0};
    if (namespaces_plan(steps, spec, err) < 0 || root_plan(steps, spec, err) < 0 ||
        paths_plan(steps, spec, err) < 0) {
        steps_free(steps);
        return -1;
    }
    if (spec->terminal)
        step_add_child(steps, STEP_TERMINAL, NULL, NULL);
    enter_plan(steps, spec);
    if (spec->root_read_only)
        step_add_child(steps, STEP_ROOT_READ_ONLY, NULL, "/");
    if (spec->hostname)
        step_add_child(steps, STEP_HOSTNAME, NULL, spec->hostname);
    if (spec->domainname)
        step_add_child(steps, STEP_DOMAINNAME, NULL, spec->domainname);
    rights_plan(steps, spec);
    struct step *init = step_add_child(steps, STEP_INIT_EXEC, NULL, NULL);
    init->flags = spec->init;
    if (spec->cwd || spec->root)
        step_add(steps, STEP_WORKDIR, STEP_INIT)->target = xstrdup(spec->cwd ? spec->cwd : "/");
    _cleanup_free_ char *line = text_shell_line(spec->argv.items);
    step_add(steps, STEP_EXEC, STEP_INIT)->target = pointer_take(line);
    return 0;
}

void steps_free(struct steps *steps)
{
    for (size_t at = 0; at < steps->count; at++) {
        free(steps->items[at].source);
        free(steps->items[at].target);
    }
    free(steps->items);
    *steps = (struct steps){0};
}

void cleanup_steps(void *steps)
{
    steps_free(steps);
}
