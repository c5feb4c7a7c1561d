/* nstui rm --root: takes away the root directory of an ended session, where nstui has made it for it.
 * Follows no link, leaves no file system, and touches nothing where a mount lies at or below it or
 * somebody still lives in it: what is mounted there is not the container's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "repair.h"

#define DEPTH_MAX 48 /* folders in each other that are held open; deeper ones are moved up first */

struct removal {
    int root;
    dev_t device;
    uint64_t mount; /* id */
    unsigned moved; /* how many were moved up */
    int errnum;     /* of the first that stays */
    char name[SHOWN_SIZE];
};

static void stays(struct removal *removal, const char *name)
{
    if (removal->errnum)
        return;
    removal->errnum = errno;
    (void)shown(removal->name, name);
}

static bool is_here(const struct removal *removal, int fd)
{
    struct stat status;
    struct statx more;
    return fstat(fd, &status) == 0 && status.st_dev == removal->device &&
           statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &more) == 0 &&
           more.stx_mnt_id == removal->mount;
}

static void folder_empty(struct removal *removal, int fd, int depth);

static void one_remove(struct removal *removal, int fd, const char *name, int depth)
{
    if (unlinkat(fd, name, 0) == 0 || errno == ENOENT)
        return;
    if (errno != EISDIR && errno != EPERM) {
        stays(removal, name);
        return;
    }
    if (depth >= DEPTH_MAX) {
        char place[64];
        (void)snprintf(place, sizeof(place), ".nstui-rm-%u", removal->moved++);
        if (renameat(fd, name, removal->root, place) < 0)
            stays(removal, name);
        return;
    }
    _cleanup_close_ int folder =
        openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (folder < 0) {
        stays(removal, name);
        return;
    }
    if (!is_here(removal, folder)) {
        errno = EXDEV;
        stays(removal, name);
        return;
    }
    folder_empty(removal, folder, depth + 1);
    if (unlinkat(fd, name, AT_REMOVEDIR) < 0)
        stays(removal, name);
}

static void folder_empty(struct removal *removal, int fd, int depth)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *entry;
    if (!directory) {
        stays(removal, ".");
        cleanup_close(&copy);
        return;
    }
    while ((entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            one_remove(removal, fd, entry->d_name, depth);
    }
    (void)closedir(directory);
}

/* What was moved up makes work for another round. */
static void root_empty(struct removal *removal)
{
    unsigned before;
    do {
        before = removal->moved;
        folder_empty(removal, removal->root, 0);
    } while (removal->moved != before && !removal->errnum);
}

/* ---- may it go? -------------------------------------------------------------------------- */

static int root_open(const char *path, struct err *err)
{
    char word[SHOWN_SIZE];
    struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_NO_SYMLINKS,
    };
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
    return fd < 0 ? err_set(err, errno, "cannot open the root %s", shown(word, path)) : fd;
}

/* The directory that was made, and not another one of its name. */
static int identity_check(const struct session_state *state, int fd, struct removal *removal,
                          struct err *err)
{
    char identity[64], word[SHOWN_SIZE];
    struct stat status;
    struct statx more;
    if (fstat(fd, &status) < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &more) < 0)
        return err_set(err, errno, "cannot look at the root %s", shown(word, state->root));
    (void)snprintf(identity, sizeof(identity), "%llx:%llu", (unsigned long long)status.st_dev,
                   (unsigned long long)status.st_ino);
    if (strcmp(identity, state->made) != 0)
        return err_set(err, 0, "cannot remove the root %s: it is another directory by now",
                       shown(word, state->root));
    removal->device = status.st_dev;
    removal->mount = more.stx_mnt_id;
    return 0;
}

static int mounts_check(const char *root, struct err *err)
{
    char word[SHOWN_SIZE], point[SHOWN_SIZE];
    _cleanup_mount_table_ struct mount_table table = {0};
    _cleanup_close_ int proc = proc_open_own(err);
    if (proc < 0 || mount_table_read(proc, &table, err) < 0)
        return -1;
    for (size_t i = 0; i < table.count; i++) {
        if (!path_is_below(table.items[i].point, root))
            continue;
        (void)err_set(err, 0, "cannot remove the root %s: something is mounted on %s",
                      shown(word, root), shown(point, table.items[i].point));
        return err_hint(err, "umount it first, or see nstui doctor");
    }
    pid_t user = root_user(proc, root);
    if (user)
        return err_set(err, 0, "cannot remove the root %s: process %d lives in it",
                       shown(word, root), (int)user);
    return 0;
}

int root_remove(const struct session_state *state, struct err *err)
{
    char word[SHOWN_SIZE], real[PATH_MAX];
    struct removal removal = {.root = -1};
    if (!state->root[0])
        return err_set(err, 0, "%s has no root of its own", state->name);
    if (!state->made[0]) {
        (void)err_set(err, 0, "cannot remove the root %s: nstui has not made it",
                      shown(word, state->root));
        return err_hint(err, "nstui rm %s removes the rest", state->name);
    }
    struct stat status;
    if (lstat(state->root, &status) < 0 && errno == ENOENT)
        return 0;
    _cleanup_close_ int fd = root_open(state->root, err);
    if (fd < 0 || identity_check(state, fd, &removal, err) < 0)
        return -1;
    if (!realpath(state->root, real))
        return err_set(err, errno, "cannot look at the root %s", shown(word, state->root));
    if (mounts_check(real, err) < 0)
        return -1;
    removal.root = fd;
    root_empty(&removal);
    if (removal.errnum)
        return err_set(err, removal.errnum, "cannot remove all of the root %s: %s stays",
                       shown(word, state->root), removal.name);
    if (rmdir(state->root) < 0)
        return err_set(err, errno, "cannot remove the root %s", shown(word, state->root));
    return 0;
}
