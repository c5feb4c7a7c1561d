/* A join that brings its tools: for a container that has no shell of its own. The command has the
 * host's root, in a private mount namespace in which the target's files lie below /run/nstui; it
 * shares what concerns network, names and IPC with the target. It must stay out of the target's pid
 * namespace: a process in there could reach the host's files through it (/proc/N/root), and out of
 * its mnt and user namespaces, or it had no tools. Called by join.c; nstui-init does it
 * (src/init/tools.c). */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "target.h"

#define TOOLS_TYPES (NS_BIT(NS_UTS) | NS_BIT(NS_IPC) | NS_BIT(NS_NET) | NS_BIT(NS_CGROUP))

static int types_check(const struct join *join, struct err *err)
{
    char letters[NS_TYPES + 1];
    ns_set refused = join->types & ~TOOLS_TYPES;
    if (!refused)
        return 0;
    (void)err_set(err, 0, "tools of the host do not go along with -%s",
                  ns_set_letters(refused, letters));
    return err_hint(err, "in the container's pid namespace root in there could reach the host "
                         "through them; only u, i, n and C are entered");
}

int tools_choose(struct join *join, const struct target *target, char place[TOOLS_PLACE_SIZE],
                 struct err *err)
{
    if (types_check(join, err) < 0)
        return -1;
    if (!(target->has & NS_BIT(NS_MNT)) || target->root < 0) {
        (void)err_set(err, 0, "%s has no files to look at", target->words);
        return err_hint(err, "--tools needs a process, by its pid or a container's name");
    }
    if (!(target->differs & NS_BIT(NS_MNT))) {
        (void)err_set(err, 0, "%s has the same mount namespace as we", target->words);
        return err_hint(err, "the tools are there already: leave --tools out");
    }
    if (join->environment) {
        (void)err_set(err, 0, "tools of the host do not take the container's variables");
        return err_hint(err, "it could make them run its own code (LD_PRELOAD); leave --env or "
                             "--tools out");
    }
    if (geteuid() != 0) {
        (void)err_set(err, 0, "--tools needs root");
        return err_hint(err, "run it with sudo");
    }
    join->entered =
        (join->types ? join->types & target->has : target->has) & target->differs & TOOLS_TYPES;
    if (join->name && !strchr(join->name, '/') && join->name[0] != '.')
        (void)snprintf(place, TOOLS_PLACE_SIZE, "%s", join->name);
    else
        (void)snprintf(place, TOOLS_PLACE_SIZE, "pid-%d", (int)join->pid);
    (void)snprintf(
        join->message, sizeof(join->message),
        "its files are at /run/nstui/%s/target, its processes at /run/nstui/%s/proc; all "
        "else is the host's",
        place, place);
    return 0;
}
