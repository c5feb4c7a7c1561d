/* The maps of ids of a new user namespace: planned, checked, written by the parent while the child
 * waits. user_namespaces(7). */
#include <errno.h>
#include <unistd.h>

#include "private.h"

int maps_check(struct spec *spec, struct err *err)
{
    (void)spec, (void)err;
    return 0;
}

void maps_plan(struct steps *steps, const struct spec *spec)
{
    if (spec->namespaces & NS_BIT(NS_USER))
        step_add(steps, STEP_MAPS, STEP_PARENT);
}

static int proc_write(struct launch *launch, const char *name, const char *text, struct err *err)
{
    _cleanup_free_ char *path = xasprintf("/proc/%d/%s", (int)launch->pid, name);
    if (kernel_write(&launch->kernel, path, text) < 0)
        return err_set(err, errno, "cannot write %s", path);
    return 0;
}

/* Root in there is the caller out here. user_namespaces(7): without CAP_SETGID a process must give
 * setgroups(2) up before it may write a map of groups. */
int parent_maps(struct launch *launch, const struct step *step, struct err *err)
{
    (void)step;
    _cleanup_free_ char *users = xasprintf("0 %u 1", geteuid());
    _cleanup_free_ char *groups = xasprintf("0 %u 1", getegid());
    if (proc_write(launch, "uid_map", users, err) < 0)
        return -1;
    if (geteuid() != 0 && proc_write(launch, "setgroups", "deny", err) < 0)
        return -1;
    return proc_write(launch, "gid_map", groups, err);
}
