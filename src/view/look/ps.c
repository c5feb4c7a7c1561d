/* ps: what `ps` in there would list: the processes of whatever proc file system is mounted at /proc
 * in the container's root, with the names of its own passwd; and of each of them, which process of
 * the host it is. Called by command.c. Never reads over a mount that covers a part of that /proc,
 * and takes nothing for a proc file system that the kernel does not call one. */
#include "private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define PROC_ROOT_INODE 1 /* of the root of every proc file system */

struct reading {
    const struct look_target *target;
    struct look_ps *ps;
    struct users users;
    struct host_numbers numbers;
    bool own_numbers; /* this proc counts as the host does */
    int folder;       /* of the proc in there */
    int64_t now_ticks;
    int64_t ticks_per_s;
    size_t capacity;
};

static void refuse(struct look_ps *ps, int errnum)
{
    bool missing = errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
    ps->proc = missing ? LOOK_PROC_MISSING : LOOK_PROC_REFUSED;
    if (!missing) {
        free(ps->what_is_there);
        ps->what_is_there = xstrdup(strerror(errnum));
    }
}

/* Says what lies at /proc in there. Returns a descriptor to read where it is the root of a proc
 * file system, else -1. */
static int open_inner_proc(const struct look_target *target, struct look_ps *ps)
{
    _cleanup_close_ int path = root_open_path(target->root, "proc");
    struct statfs system;
    struct stat status;
    if (path < 0 || fstatfs(path, &system) < 0 || fstat(path, &status) < 0) {
        refuse(ps, errno);
        return -1;
    }
    if ((long)system.f_type != PROC_SUPER_MAGIC) {
        ps->proc = LOOK_PROC_NONE;
        return -1;
    }
    ps->major = major(status.st_dev);
    ps->minor = minor(status.st_dev);
    if (status.st_ino != PROC_ROOT_INODE) {
        ps->proc = LOOK_PROC_PART;
        return -1;
    }
    int folder = proc_open_folder(path, ".");
    if (folder < 0)
        refuse(ps, errno);
    return folder;
}

/* Whose numbers this proc shows: those of the pid namespace of its own process 1. */
static void tell_proc(const struct look_target *target, struct reading *reading)
{
    struct look_ps *ps = reading->ps;
    uint64_t shown = 0;
    int level = -1;
    _cleanup_close_ int spaces = proc_open_folder(reading->folder, "1/ns");
    if (spaces >= 0) {
        shown = namespace_inode(spaces, "pid");
        level = pid_namespace_level(spaces, "pid");
    }
    struct stat host;
    bool same_device =
        fstat(target->host_proc, &host) == 0 && host.st_dev == makedev(ps->major, ps->minor);
    /* Without the right to read that link, the device still tells the host's own proc. */
    bool of_host = shown != 0 ? shown == ps->host_pid_ns : same_device;
    bool own = shown != 0 ? shown == ps->pid_ns : !same_device || ps->pid_ns == ps->host_pid_ns;
    ps->proc = own ? LOOK_PROC_OWN : LOOK_PROC_OTHER;
    ps->proc_of_host = of_host;
    reading->own_numbers = of_host;
    if (!of_host && shown != 0 && level > 0)
        host_numbers_load(&reading->numbers, target->host_proc, shown, (size_t)level);
}

/* How many processes the pid namespace of the target has, whatever its /proc shows. */
static void count_members(const struct look_target *target, struct reading *reading)
{
    struct look_ps *ps = reading->ps;
    if (ps->proc == LOOK_PROC_OWN && !ps->proc_of_host) {
        ps->members = (unsigned int)reading->numbers.count;
        return;
    }
    int level = ps->pid_ns == ps->host_pid_ns ? 0 : pid_namespace_level(target->folder, "ns/pid");
    struct host_numbers members = {0};
    if (level > 0)
        host_numbers_load(&members, target->host_proc, ps->pid_ns, (size_t)level);
    ps->members = (unsigned int)members.count;
    host_numbers_free(&members);
}

static uint32_t read_uid(int folder)
{
    char text[4096]; /* Uid stands within the first lines */
    int64_t uids[4];
    if (look_read_file(folder, "status", text, sizeof(text)) <= 0 ||
        status_numbers(status_find(text, "Uid"), uids, 4) < 2)
        return UINT32_MAX;
    return (uint32_t)uids[1]; /* the effective one, as ps has it */
}

/* False where the process has gone meanwhile. */
static bool read_process(struct reading *reading, int folder, pid_t pid,
                         struct look_process *process)
{
    char text[1024], user[40], tty[32], command[LOOK_TEXT_MAX];
    struct proc_stat stat;
    if (look_read_file(folder, "stat", text, sizeof(text)) <= 0 || !stat_parse(text, &stat))
        return false;
    uint32_t uid = read_uid(folder);
    ssize_t length =
        reading->target->brief ? 0 : look_read_file(folder, "cmdline", text, sizeof(text));
    command_format(command, sizeof(command), text, length > 0 ? (size_t)length : 0, &stat);
    if (uid == UINT32_MAX)
        snprintf(user, sizeof(user), "?");
    else
        users_name(&reading->users, uid, user, sizeof(user));
    tty_format(tty, sizeof(tty), stat.tty);
    int64_t age = reading->now_ticks - (int64_t)stat.start_time;
    *process = (struct look_process){
        .pid = pid,
        .ppid = stat.ppid > 0 ? stat.ppid : 0,
        .host_pid = reading->own_numbers ? pid : host_numbers_find(&reading->numbers, pid),
        .start_time = stat.start_time,
        .up_s = age > 0 ? age / reading->ticks_per_s : 0,
        .state = strchr("RSDTtZIX", stat.state) ? stat.state : '?',
        .user = xstrdup(user),
        .tty = xstrdup(tty),
        .command = xstrdup(command),
    };
    return true;
}

static void read_entry(struct reading *reading, const char *name)
{
    struct look_ps *ps = reading->ps;
    int64_t pid;
    if (!number_parse(name, 1, INT32_MAX, &pid))
        return;
    _cleanup_close_ int folder = proc_open_folder(reading->folder, name);
    if (folder < 0) {
        ps->covered += errno == EXDEV;
        return;
    }
    struct look_process process;
    if (!read_process(reading, folder, (pid_t)pid, &process))
        return;
    array_grow(&ps->rows, ps->count, &reading->capacity, sizeof(*ps->rows));
    ps->rows[ps->count++] = process;
}

static int process_compare(const void *left, const void *right)
{
    const struct look_process *a = left;
    const struct look_process *b = right;
    return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static void read_processes(struct reading *reading)
{
    struct look_ps *ps = reading->ps;
    struct timespec up;
    clock_gettime(CLOCK_BOOTTIME, &up);
    reading->ticks_per_s = sysconf(_SC_CLK_TCK);
    reading->now_ticks = (int64_t)up.tv_sec * reading->ticks_per_s +
                         (int64_t)up.tv_nsec * reading->ticks_per_s / 1000000000;
    int again = dup(reading->folder);
    _cleanup_dir_ DIR *dir = again < 0 ? NULL : fdopendir(again);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        ps->truncated = ps->count >= LOOK_ROWS_MAX;
        if (ps->truncated)
            break;
        read_entry(reading, entry->d_name);
    }
    if (ps->count > 0)
        qsort(ps->rows, ps->count, sizeof(*ps->rows), process_compare);
    else if (ps->covered == 0)
        ps->proc = LOOK_PROC_ENDED; /* its process 1 is gone, and all others with it */
}

void ps_look(const struct look_target *target, struct look_ps *ps)
{
    struct reading reading = {.target = target, .ps = ps};
    struct stat host;
    ps->what_is_there = xstrdup("");
    ps->pid_ns = namespace_inode(target->folder, "ns/pid");
    ps->host_pid_ns = namespace_inode(target->host_proc, "1/ns/pid");
    if (ps->host_pid_ns == 0)
        ps->host_pid_ns = namespace_inode(target->host_proc, "self/ns/pid");
    if (fstat(target->host_proc, &host) == 0) {
        ps->host_major = major(host.st_dev);
        ps->host_minor = minor(host.st_dev);
    }
    users_load(&reading.users, target, &ps->passwd);
    reading.folder = open_inner_proc(target, ps);
    if (reading.folder >= 0) {
        tell_proc(target, &reading);
        read_processes(&reading);
        close(reading.folder);
    }
    count_members(target, &reading);
    users_free(&reading.users);
    host_numbers_free(&reading.numbers);
}
