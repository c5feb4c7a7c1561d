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

/* ---- the whole ----------------------------------------------------------------------------- */

static int namespaces_plan(struct steps *steps, const struct spec *spec, struct err *err)
{
    standin_plan(steps, spec);
    if (share_plan_early(steps, spec, err) < 0)
        return -1;
    /* The cgroup namespace's root is the cgroup that its maker is in: unshared by the child, once
     * it is where it shall be. cgroup_namespaces(7). */
    ns_set at_clone = spec->namespaces & ~NS_BIT(NS_CGROUP);
    step_add(steps, STEP_CLONE, STEP_PARENT)->flags =
        (unsigned)ns_set_clone_flags(at_clone) & ~share_flags_early(steps);
    maps_plan(steps, spec);
    rights_plan_parent(steps, spec);
    limits_plan(steps, spec);
    network_plan(steps, spec);
    share_plan(steps, spec);
    if (spec->namespaces & NS_BIT(NS_CGROUP))
        step_add_child(steps, STEP_CGROUP, NULL, NULL);
    if (spec->namespaces & NS_BIT(NS_NET))
        step_add_child(steps, STEP_LOOPBACK, NULL, "lo");
    network_plan_child(steps, spec);
    sysctls_plan(steps, spec);
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
    /* A shared root cannot be pivoted, and its mounts would be the host's, too: it is shared when it
     * has become the root. */
    enum propagation propagation = spec->propagation;
    if (spec->root && propagation == PROPAGATION_SHARED)
        propagation = PROPAGATION_SLAVE;
    if (!(spec->omit & OMIT_PRIVATE))
        step_add_child(steps, STEP_PRIVATE, "", "/")->flags = propagations[propagation];
    if (!spec->root) {
        if (!((spec->namespaces | spec->shared) & NS_BIT(NS_PID)) || (spec->omit & OMIT_PROC))
            return 0;
        /* Shared with the host are the mounts that the command makes, not ours: a new /proc over that
         * of the host takes it from every program there. */
        if (propagation == PROPAGATION_SHARED && !(spec->omit & OMIT_PRIVATE))
            step_add_child(steps, STEP_PRIVATE, "", "/proc")->flags = MS_PRIVATE | MS_REC;
        proc_plan(steps, spec, "proc", NULL);
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
    if (!spec->old_root_folder && !spec->keep_old_root) {
        /* No folder has to be made and removed, over which two launches on one root would race. */
        step_add_child(steps, STEP_PIVOT, ".", ".");
        step_add_child(steps, STEP_DETACH_OLD, NULL, ".")->flags = MNT_DETACH;
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
    if (namespaces_plan(steps, spec, err) < 0 || root_plan(steps, spec, err) < 0) {
        steps_free(steps);
        return -1;
    }
    share_plan_files(steps, spec);
    if (paths_plan(steps, spec, err) < 0) {
        steps_free(steps);
        return -1;
    }
    if (spec->terminal)
        step_add_child(steps, STEP_TERMINAL, NULL, NULL);
    if (console_is_planned(steps))
        step_add_child(steps, STEP_CONSOLE, "the terminal", "dev/console")->flags = MS_BIND;
    enter_plan(steps, spec);
    if (spec->root && spec->propagation == PROPAGATION_SHARED)
        step_add_child(steps, STEP_PRIVATE, "", "/")->flags = MS_SHARED | MS_REC;
    root_attributes_plan(steps, spec);
    if (spec->hostname)
        step_add_child(steps, STEP_HOSTNAME, NULL, spec->hostname);
    if (spec->domainname)
        step_add_child(steps, STEP_DOMAINNAME, NULL, spec->domainname);
    rights_plan(steps, spec);
    struct step *init = step_add_child(steps, STEP_INIT_EXEC, NULL, NULL);
    init->flags = spec->hold ? 3 : spec->init_shell ? 2 : spec->init; /* how it is started */
    if (spec->cwd || spec->root)
        step_add(steps, STEP_WORKDIR, STEP_INIT)->target = xstrdup(spec->cwd ? spec->cwd : "/");
    if (spec->hold || spec->init_shell)
        return 0;
    _cleanup_free_ char *line = text_shell_line(spec->argv.items);
    step_add(steps, STEP_EXEC, STEP_INIT)->target = pointer_take(line);
    return 0;
}
