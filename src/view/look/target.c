/* target: whom we look at: the folder of a process in the proc of our own root, and the root
 * directory of that process. Called by command.c. Both are held by descriptors from here on, so
 * that another process that gets the same pid later is never taken for it. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

uint64_t namespace_inode(int folder, const char *path)
{
    char link[64];
    ssize_t length = readlinkat(folder, path, link, sizeof(link) - 1);
    if (length <= 0)
        return 0;
    link[length] = '\0';
    const char *number = strchr(link, '[');
    return number ? strtoull(number + 1, NULL, 10) : 0;
}

static int open_host_proc(struct look_target *target, struct err *err)
{
    target->host_proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct statfs system;
    if (target->host_proc < 0 || fstatfs(target->host_proc, &system) < 0)
        return err_set(err, errno, "cannot open /proc");
    if ((long)system.f_type != PROC_SUPER_MAGIC) {
        (void)err_set(err, 0, "cannot look: /proc out here is no proc file system");
        return err_hint(err, "sudo mount -t proc proc /proc mends it");
    }
    return 0;
}

static int open_process(struct look_target *target, const char *folder, struct err *err)
{
    target->folder = openat(target->host_proc, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    char text[1024];
    struct proc_stat stat;
    if (target->folder < 0 || look_read_file(target->folder, "stat", text, sizeof(text)) <= 0 ||
        !stat_parse(text, &stat))
        return err_set(err, 0, "process %s has ended", folder);
    target->start_time = stat.start_time;
    text_printable(target->command, sizeof(target->command), stat.name, strlen(stat.name), true);
    /* Following the magic link looks nothing up by name. */
    target->root = openat(target->folder, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (target->root >= 0)
        return 0;
    if (errno == ENOENT || errno == ESRCH)
        return err_set(err, 0, "process %s has ended", folder);
    int errnum = errno;
    (void)err_set(err, errnum, "cannot look into process %s (%s)", folder, target->command);
    if (errnum == EACCES || errnum == EPERM)
        (void)err_hint(err, "that needs root: sudo nstui");
    return -1;
}

int target_open(const struct look_request *request, struct look_target *target, struct err *err)
{
    char folder[32];
    if (open_host_proc(target, err) < 0)
        return -1;
    target->brief = request->brief;
    target->pid = request->pid > 0 ? request->pid : 1;
    snprintf(folder, sizeof(folder), "%d", (int)target->pid);
    if (open_process(target, folder, err) < 0) {
        /* The host, and its PID 1 is not ours to look at: our own side of it is open to us. */
        if (request->pid > 0 || (err->errnum != EACCES && err->errnum != EPERM))
            return -1;
        cleanup_close(&target->folder);
        target->folder = -1;
        target->own_side = true;
        target->pid = getpid();
        snprintf(folder, sizeof(folder), "%d", (int)target->pid);
        if (open_process(target, folder, err) < 0)
            return -1;
    }
    if (request->start_time != 0 && request->start_time != target->start_time)
        return err_set(err, 0, "process %s has ended; another one has its number now", folder);
    return 0;
}

void target_close(struct look_target *target)
{
    int *fds[] = {&target->host_proc, &target->folder, &target->root};
    for (size_t i = 0; i < array_length(fds); i++) {
        cleanup_close(fds[i]);
        *fds[i] = -1;
    }
}
