/* Why the kernel has refused new namespaces: the sentence, and where a limit is the reason, which one.
 * Only called when a launch has failed, so it may take its time. clone(2), namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "private.h"

/* The types one by one, in a process that makes them and ends: which of them fails. NS_TYPES: none. */
static size_t type_that_fails(ns_set types)
{
    pid_t pid = fork();
    if (pid == 0) {
        ns_set order[] = {types & NS_BIT(NS_USER), types & ~NS_BIT(NS_USER)};
        for (size_t part = 0; part < array_length(order); part++) {
            for (size_t at = 0; at < NS_TYPES; at++) {
                if ((order[part] & NS_BIT(at)) && unshare(ns_types[at].clone_flag) < 0)
                    _exit((int)at);
            }
        }
        _exit(NS_TYPES);
    }
    int status = 0;
    if (pid < 0)
        return NS_TYPES;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) /* somebody ignores SIGCHLD */
            return NS_TYPES;
    }
    return WIFEXITED(status) ? (size_t)WEXITSTATUS(status) : NS_TYPES;
}

/* The sysctl that limits a type: user.max_mnt_namespaces. -1 where it cannot be read. */
static int64_t type_limit(size_t type)
{
    _cleanup_free_ char *text = NULL,
                        *path = xasprintf("/proc/sys/user/max_%s_namespaces", ns_types[type].name);
    return file_read(AT_FDCWD, path, 64, &text, NULL, NULL) < 0 ? -1 : strtoll(text, NULL, 10);
}

/* ENOSPC is a limit of the user's, or the depth to which pid and user namespaces nest, 32. */
int limit_hint(ns_set types, struct err *err)
{
    size_t type = type_that_fails(types);
    if (type >= NS_TYPES)
        return err_hint(err, "a limit in /proc/sys/user is reached, or namespaces are nested too "
                             "deep");
    const char *name = ns_types[type].name;
    int64_t limit = type_limit(type);
    bool nests = type == NS_PID || type == NS_USER;
    return err_hint(err, "the limit of %s namespaces is reached, user.max_%s_namespaces is %lld%s",
                    name, name, (long long)limit,
                    nests ? "; or they are nested 32 deep, which is the most" : "");
}

int clone_error(const struct spec *spec, int errnum, struct err *err)
{
    static const struct {
        int errnum;
        const char *hint;
    } hints[] = {
        {EPERM, "run it with sudo, or add -U for a user namespace of your own"},
        {EUSERS, "user namespaces are nested too deep"},
        {EINVAL, "this kernel lacks one of these types; nstui doctor tells which"},
        {ENOSYS, "this kernel, or a filter around us, has no clone3"},
        {EAGAIN, "too many processes: of this user, ulimit -u, or of the cgroup, pids.max"},
        {ENOMEM, "there is not enough memory, or the pid namespace that we are in has ended"},
    };
    _cleanup_text_ struct text types = {0};
    ns_set wanted = spec->namespaces;
    text_add(&types, "");
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (wanted & NS_BIT(at))
            text_addf(&types, "%s%s", types.length ? ", " : "", ns_types[at].name);
    }
    (void)err_set(err, errnum,
                  types.length ? "cannot make new namespaces (%s)" : "cannot start a process%s",
                  types.data);
    if (errnum == ENOSPC)
        return limit_hint(wanted, err);
    if (errnum == EPERM && (wanted & NS_BIT(NS_USER)))
        return err_hint(err,
                        "user namespaces are forbidden here: to whom is in chroot, by the sysctl "
                        "kernel.unprivileged_userns_clone, or by a security module");
    if (errnum == EPERM && geteuid() == 0)
        return err_hint(err,
                        "root in here lacks CAP_SYS_ADMIN, or a filter around us forbids it, as "
                        "in a container");
    for (size_t at = 0; at < array_length(hints); at++) {
        if (hints[at].errnum == errnum && (types.length || errnum == EAGAIN || errnum == ENOMEM))
            (void)err_hint(err, "%s", hints[at].hint);
    }
    return -1;
}
