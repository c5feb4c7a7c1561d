/* proc: the way into /proc: whether it is there and ours, and small files of it. Called by everything
 * in discovery that reads. It never follows a path that a process could choose. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int proc_open(struct err *err)
{
    _cleanup_close_ int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct statfs file_system;
    char self[32];

    if (fd == -1) {
        err_set(err, errno, "cannot open /proc");
        return err_hint(err, "make it and mount it: mkdir /proc && mount -t proc proc /proc");
    }
    if (fstatfs(fd, &file_system) == -1) {
        return err_set(err, errno, "cannot look at /proc");
    }
    if (file_system.f_type != PROC_SUPER_MAGIC) {
        err_set(err, 0, "/proc is not mounted, so no process can be seen");
        return err_hint(err, "mend it with: mount -t proc proc /proc");
    }
    /* A proc of another pid namespace has no entry for us. It gets there when a container mounts its
     * own over a shared /proc, the mishap of the lab's exercise 5. */
    if (readlinkat(fd, "self", self, sizeof(self)) == -1) {
        err_set(err, 0, "what is mounted on /proc belongs to another pid namespace");
        return err_hint(err,
                        "take it away with: umount /proc, once for each that was mounted there");
    }
    return fd_take(&fd);
}

ssize_t proc_read(int proc_fd, pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    size_t length = 0;

    snprintf(path, sizeof(path), "%d/%s", pid, name);
    _cleanup_close_ int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd == -1) {
        return -1;
    }
    while (length < size - 1) {
        ssize_t got = read(fd, text + length, size - 1 - length);
        if (got == -1 && errno == EINTR) {
            continue;
        }
        if (got == -1) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        length += (size_t)got;
    }
    text[length] = '\0';
    return (ssize_t)length;
}

static bool first_read(int proc_fd, struct process_facts *facts, char name[64])
{
    char text[1024], letter;
    unsigned long flags = 0;
    long threads = 0;
    unsigned long long started = 0;
    int parent = 0, terminal = 0;
    ssize_t length = proc_read(proc_fd, 1, "stat", text, sizeof(text));
    char *open = length > 0 ? strchr(text, '(') : NULL, *close = open ? strrchr(open, ')') : NULL;

    if (!close || sscanf(close + 1,
                         " %c %d %*d %*d %d %*d %lu %*u %*u %*u %*u %*u %*u %*d %*d %*d "
                         "%*d %ld %*d %llu",
                         &letter, &parent, &terminal, &flags, &threads, &started) != 6) {
        return false;
    }
    snprintf(name, 64, "%.*s", (int)(close - open - 1), open + 1);
    *facts = (struct process_facts){.pid = 1,
                                    .ppid = parent,
                                    .state = letter,
                                    .threads = (int)threads,
                                    .tty = (dev_t)(unsigned int)terminal,
                                    .start_time = started,
                                    .comm = name};
    return true;
}

void proc_add_first(int proc_fd, ns_set types, struct snapshot_builder *builder)
{
    struct process_facts facts;
    enum identities_result result;
    struct stat status;
    char name[64];

    if (fstatat(proc_fd, "1", &status, 0) == -1 || !first_read(proc_fd, &facts, name)) {
        return;
    }
    facts.uid = status.st_uid;
    identities_read(proc_fd, types, &facts, &result, 1);
    if (result != IDENTITIES_VANISHED) {
        snapshot_builder_add_process(builder, &facts);
    }
}

ns_set proc_our_identities(int proc_fd, uint64_t identities[NS_TYPES])
{
    struct process_facts facts = {0};
    enum identities_result result;
    char self[32] = "";

    memset(identities, 0, NS_TYPES * sizeof(*identities));
    if (readlinkat(proc_fd, "self", self, sizeof(self) - 1) == -1) {
        return NS_ALL;
    }
    facts.pid = (pid_t)strtol(self, NULL, 10);
    char path[64];
    ns_set types = 0;
    for (int type = 0; type < NS_TYPES; type++) {
        snprintf(path, sizeof(path), "%.20s/ns/%s", self, ns_types[type].name);
        types |= faccessat(proc_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? NS_BIT(type) : 0;
    }
    identities_read(proc_fd, types, &facts, &result, 1);
    memcpy(identities, facts.identities, sizeof(facts.identities));
    return types;
}
