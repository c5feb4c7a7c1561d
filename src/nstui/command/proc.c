/* What the commands read of /proc themselves: whether it is there, who a process is before it is
 * signalled, and whether users may make user namespaces. Changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "private.h"

#define STAT_KERNEL_THREAD 0x00200000UL /* PF_KTHREAD in field 9, flags, of /proc/PID/stat */

int proc_check(struct err *err)
{
    struct statfs status;
    char self[32];
    if (statfs("/proc", &status) < 0 || status.f_type != PROC_SUPER_MAGIC) {
        (void)err_set(err, 0, "/proc is not mounted, and nstui reads everything there");
        return err_hint(err, "as root: mount -t proc proc /proc");
    }
    /* A proc file system shows the processes of the pid namespace that it was mounted in. Mounted
     * by a process in another one, over a shared /proc, it shows nothing of us: pid_namespaces(7). */
    if (readlink("/proc/self", self, sizeof(self)) < 0) {
        (void)err_set(err, 0, "the /proc that is mounted belongs to another pid namespace");
        return err_hint(err, "as root: nstui doctor --repair, or umount /proc, takes the wrong one "
                             "off");
    }
    return 0;
}

/* Reads a small file of a process's folder. */
static int proc_read(pid_t pid, const char *name, char **text, struct err *err)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    return file_read(AT_FDCWD, path, 65536, text, NULL, err);
}

/* The number behind "Name:" in the text of /proc/PID/status; the n-th of several. */
static bool status_number(const char *text, const char *name, int place, int64_t *number)
{
    const char *line = strstr(text, name);
    if (!line)
        return false;
    line += strlen(name);
    char *end = NULL;
    for (int i = 0; i <= place; i++) {
        *number = strtoll(line, &end, 10);
        if (end == line)
            return false;
        line = end;
    }
    return true;
}

int process_look(pid_t pid, struct process *process, struct err *err)
{
    _cleanup_free_ char *status = NULL, *stat = NULL;
    *process = (struct process){.pid = pid};
    if (proc_read(pid, "status", &status, err) < 0 || proc_read(pid, "stat", &stat, err) < 0) {
        if (err->errnum == ENOENT || err->errnum == ESRCH) {
            (void)err_set(err, 0, "there is no process %d", (int)pid);
            err->errnum = ESRCH;
        }
        return -1;
    }
    /* The name in brackets may have any byte in it, brackets too: go from the last one. */
    const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
    char state = 0;
    unsigned long flags = 0;
    if (!open || !close || close < open ||
        sscanf(close + 1, " %c %*d %*d %*d %*d %*d %lu", &state, &flags) != 2)
        return err_set(err, 0, "cannot read /proc/%d/stat", (int)pid);
    (void)text_printable(process->comm, sizeof(process->comm), open + 1, (size_t)(close - open - 1),
                         utf8_is_shown());
    process->kernel = flags & STAT_KERNEL_THREAD;
    process->zombie = state == 'Z';
    /* Name: comes first in status, and its newlines are escaped: no line can be faked. */
    int64_t leader = pid, uid = -1;
    (void)status_number(status, "\nTgid:", 0, &leader);
    (void)status_number(status, "\nUid:", 1, &uid);
    process->leader = (pid_t)leader;
    process->uid = (uid_t)uid;
    return 0;
}

pid_t process_inner_pid(pid_t pid)
{
    _cleanup_free_ char *status = NULL;
    if (proc_read(pid, "status", &status, NULL) < 0)
        return 0;
    int64_t inner = 0, number;
    for (int place = 0; status_number(status, "\nNSpid:", place, &number); place++)
        inner = number;
    return (pid_t)inner;
}

/* The parent of what runs in a pid namespace of its own lies outside: getppid(2) is 0 in there, and no
 * number could be another. pid_namespaces(7). */
void process_tell(pid_t pid)
{
    _cleanup_free_ char *status = NULL;
    int64_t parent = 0;
    uint64_t start, theirs = 0, ours = 0;
    pid_t inner = process_inner_pid(pid);
    if (!inner || proc_read(pid, "status", &status, NULL) < 0) {
        say("pid %d out here; it has ended already", (int)pid);
        return;
    }
    say("pid %d out here, %d in there", (int)pid, (int)inner);
    (void)status_number(status, "\nPPid:", 0, &parent);
    (void)process_identify(pid, &start, &theirs);
    (void)process_identify(getpid(), &start, &ours);
    if (theirs && ours && theirs != ours)
        say("its parent is pid %d (nstui) out here, 0 in there: it lies outside", (int)parent);
    else
        say("its parent is pid %d (nstui), out here and in there", (int)parent);
}

/* ---- user namespaces --------------------------------------------------------------------- */

/* A number in a file of /proc/sys, or what to take where the file is not there. */
static int64_t sysctl_number(const char *path, int64_t otherwise)
{
    _cleanup_free_ char *text = NULL;
    int64_t number;
    if (file_read(AT_FDCWD, path, 64, &text, NULL, NULL) < 0)
        return otherwise;
    text[strcspn(text, "\n")] = '\0';
    return number_parse(text, 0, INT64_MAX, &number) ? number : otherwise;
}

bool user_namespaces_allowed(struct err *why)
{
    static const struct {
        const char *path, *name;
        int64_t missing, forbids;
    } switches[] = {
        {"/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", 1, 0},
        {"/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", 1, 0},
        {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
         "kernel.apparmor_restrict_unprivileged_userns", 0, 1},
    };
    if (access("/proc/self/ns/user", F_OK) < 0) {
        (void)err_set(why, 0, "this kernel has none");
        return false;
    }
    for (size_t i = 0; i < array_length(switches); i++) {
        if (sysctl_number(switches[i].path, switches[i].missing) == switches[i].forbids) {
            (void)err_set(why, 0, "sysctl %s=%d forbids them", switches[i].name,
                          (int)switches[i].forbids);
            return false;
        }
    }
    return true;
}

int namespaces_allowed(const struct spec *spec, const char *command, struct err *err)
{
    struct err why = {0};
    if (geteuid() == 0 || spec->namespaces == 0)
        return 0;
    bool allowed = user_namespaces_allowed(&why);
    if (spec->shared & NS_BIT(NS_USER)) /* with the rights in there */
        return 0;
    if (!(spec->namespaces & NS_BIT(NS_USER))) {
        (void)err_set(err, 0, "nstui %s needs root for new namespaces", command);
        return err_hint(err, "sudo nstui %s ..%s", command,
                        allowed ? "; or add -U, a user namespace of your own" : "");
    }
    if (allowed)
        return 0;
    (void)err_set(err, 0, "nstui %s needs root for a user namespace here: %s", command, why.text);
    return err_hint(err, "sudo nstui %s ..", command);
}
