/* The end of cgroups: found again by the tag in their names alone, whatever was killed meanwhile; every
 * process in them ended, the directories removed. Called by outside.c. Ends and removes nothing but
 * what a launch has made: NAME-TAG in a directory "nstui", or marked. cgroups(7). */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_MAX   32   /* of a tree of cgroups that is walked */
#define PATIENCE_MS 5000 /* for processes that are killed to go */
#define PAUSE_MS    2

/* ---- finding ------------------------------------------------------------------------------- */

static bool name_has_tag(const char *name, const char *tag)
{
    return cgroup_name_is_ours(name) && strcmp(name + strlen(name) - strlen(tag), tag) == 0;
}

struct search {
    const char *tag;
    const struct cgroup_mount *mount;
    struct cgroup *found;
    bool sweep; /* empty directories above them go, too */
};

static void search_take(struct search *search, int fd, const char *path)
{
    struct cgroup *cgroup = search->found;
    array_grow(&cgroup->places, cgroup->count, &cgroup->capacity, sizeof(*cgroup->places));
    cgroup->places[cgroup->count++] = (struct cgroup_place){
        .fd = fd,
        .v2 = search->mount->v2,
        .controllers = search->mount->controllers,
        .path = xstrdup(path),
    };
}

static DIR *directory_open(int fd)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    if (!directory)
        cleanup_close(&copy);
    return directory;
}

/* Looks in one directory, and below it where deep. */
static void search_in(struct search *search, int fd, const char *path, bool is_base, int depth)
{
    _cleanup_dir_ DIR *directory = directory_open(fd);
    const struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        bool hit = name_has_tag(entry->d_name, search->tag);
        if (!hit && depth <= 0)
            continue;
        int child = cgroup_open_at(fd, entry->d_name);
        if (child < 0)
            continue;
        _cleanup_free_ char *whole = xasprintf("%s/%s", path, entry->d_name);
        if (hit && (is_base || cgroup_is_marked(child))) {
            search_take(search, fd_take(&child), whole);
        } else if (hit && search->sweep && unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0) {
            (void)close(child); /* its maker was killed before it had marked it */
        } else {
            bool ours = strcmp(entry->d_name, CGROUP_BASE) == 0;
            search_in(search, child, whole, ours, depth - 1);
            /* Made for one that was killed before it was in it, or right behind its end: empty. Not one
             * that bears another tag: its process may be on its way into it. */
            bool of_another = cgroup_name_is_ours(entry->d_name);
            if (search->sweep && !of_another && (ours || cgroup_is_marked(child)))
                (void)unlinkat(fd, entry->d_name, AT_REMOVEDIR);
            (void)close(child);
        }
    }
}

/* First where it mostly is, in "nstui" at the root; else in the whole hierarchy. */
static void search_mount(struct search *search)
{
    _cleanup_free_ char *base = xasprintf("%s/%s", search->mount->point, CGROUP_BASE);
    size_t before = search->found->count;
    _cleanup_close_ int fd = cgroup_open(search->mount, CGROUP_BASE);
    if (fd >= 0)
        search_in(search, fd, base, true, 0);
    if (search->found->count > before)
        return;
    _cleanup_close_ int top = cgroup_open(search->mount, "");
    if (top >= 0)
        search_in(search, top, search->mount->point, false, DEPTH_MAX);
}

static void search_all(const char *tag, bool sweep, struct cgroup *cgroup)
{
    _cleanup_cgroup_mounts_ struct cgroup_mounts mounts = {0};
    if (cgroup_mounts_read(&mounts, NULL) < 0)
        return;
    for (size_t at = 0; at < mounts.count; at++) {
        struct search search = {
            .tag = tag, .mount = &mounts.items[at], .found = cgroup, .sweep = sweep};
        search_mount(&search);
    }
}

void cgroup_search(const char *tag, struct cgroup *cgroup)
{
    search_all(tag, false, cgroup);
}

/* ---- ending -------------------------------------------------------------------------------- */

/* Still in a cgroup of this tag? The number may be another's by now. */
static bool process_is_in(pid_t pid, const char *tag)
{
    char path[32];
    _cleanup_free_ char *text = NULL;
    (void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
    if (file_read(AT_FDCWD, path, 1024u * 1024, &text, NULL, NULL) < 0)
        return false;
    size_t length = strlen(tag);
    for (const char *at = strstr(text, tag); at; at = strstr(at + 1, tag)) {
        if (at > text && at[-1] == '-' && (at[length] == '\n' || at[length] == '/'))
            return true;
    }
    return false;
}

static void process_kill(pid_t pid, const char *tag)
{
    _cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd >= 0 && pid != getpid() && process_is_in(pid, tag))
        (void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

static void processes_kill(int fd, const char *tag)
{
    _cleanup_free_ char *text = NULL;
    if (file_read(fd, "cgroup.procs", 16u * 1024 * 1024, &text, NULL, NULL) < 0)
        return;
    for (char *at = text, *end; *at; at = end + strspn(end, "\n")) {
        long pid = strtol(at, &end, 10);
        if (end == at)
            break;
        if (pid > 0)
            process_kill((pid_t)pid, tag);
    }
}

static void value_write(int fd, const char *file, const char *value)
{
    _cleanup_close_ int file_fd = openat(fd, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file_fd >= 0 && write(file_fd, value, strlen(value)) < 0) {
        /* the loop that calls this has another way */
    }
}

/* Kills what is in it and below it, and removes what is below it. With pids.max at 0 nothing that dies
 * leaves a child, so that one round is enough for a fork bomb too. */
static void tree_end(int fd, const char *tag, int depth)
{
    value_write(fd, "pids.max", "0");
    value_write(fd, "cgroup.kill", "1"); /* v2, from 5.14 on */
    processes_kill(fd, tag);
    _cleanup_dir_ DIR *directory = directory_open(fd);
    const struct dirent *entry;
    while (depth > 0 && directory && (entry = readdir(directory))) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        _cleanup_close_ int child = cgroup_open_at(fd, entry->d_name);
        if (child < 0)
            continue;
        tree_end(child, tag, depth - 1);
        (void)unlinkat(fd, entry->d_name, AT_REMOVEDIR);
    }
}

void cgroup_parents_remove(const char *path)
{
    _cleanup_free_ char *parent = xstrdup(path);
    for (char *slash; (slash = strrchr(parent, '/')) && slash != parent;) {
        *slash = '\0';
        const char *name = strrchr(parent, '/');
        _cleanup_close_ int fd = cgroup_open_at(AT_FDCWD, parent);
        if (fd < 0 || !name || (strcmp(name + 1, CGROUP_BASE) != 0 && !cgroup_is_marked(fd)) ||
            rmdir(parent) < 0)
            return;
    }
}

static int place_remove(const struct cgroup_place *place, const char *tag, struct err *err)
{
    int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
    for (;;) {
        if (rmdir(place->path) == 0 || errno == ENOENT)
            break;
        int errnum = errno;
        if (errnum != EBUSY && errnum != ENOTEMPTY) {
            char path[WORD_SIZE];
            return err_set(err, errnum, "cannot remove the cgroup %s", word(path, place->path));
        }
        if (clock_monotonic_ms() > end_ms) {
            char path[WORD_SIZE];
            return err_set(err, 0, "cannot remove the cgroup %s: processes in it do not end",
                           word(path, place->path));
        }
        tree_end(place->fd, tag, DEPTH_MAX);
        const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
    cgroup_parents_remove(place->path);
    return 0;
}

int cgroup_remove(const char *tag, struct err *err)
{
    _cleanup_cgroup_ struct cgroup cgroup = {0};
    int result = 0;
    search_all(tag, true, &cgroup);
    /* Where nothing new can be born first: then the kill in each of the others is final. */
    for (size_t at = 0; at < cgroup.count; at++)
        value_write(cgroup.places[at].fd, "pids.max", "0");
    for (size_t at = 0; at < cgroup.count; at++) {
        if (place_remove(&cgroup.places[at], tag, err) < 0)
            result = -1;
    }
    return result;
}
