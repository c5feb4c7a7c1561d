/* Names of what can be entered: sessions of ours, and networks of ip netns. Called by join and by
 * run --share; what is no name the engine reads itself. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "private.h"

bool target_is_plain(const char *target)
{
    return strpbrk(target, "/:[") || target[strspn(target, "0123456789")] == '\0';
}

static char *network_find(const char *name, ns_set types)
{
    struct stat status;
    if ((types && !(types & NS_BIT(NS_NET))) || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return NULL;
    char *path = xasprintf("/run/netns/%s", name);
    if (stat(path, &status) == 0)
        return path;
    cleanup_free(&path);
    return NULL;
}

int target_by_name(const char *name, ns_set types, struct ns_target *target, struct err *err)
{
    _cleanup_session_state_ struct session_state state = {0};
    struct err why = {0};
    if (session_find_running(name, &state, &why) < 0) {
        target->path = network_find(name, types);
        if (!target->path) {
            *err = why;
            if (why.errnum == ENOENT && (!types || types & NS_BIT(NS_NET)))
                (void)err_hint(err, "and ip netns has no network of that name");
            return -1;
        }
    } else if (state.pid <= 0) {
        return err_set(err, 0, "%s has no process to join yet", state.name);
    }
    target->pid = target->path ? 0 : state.pid;
    target->start_time = target->path ? 0 : state.pid_start;
    target->words = xstrdup(name);
    return 0;
}
