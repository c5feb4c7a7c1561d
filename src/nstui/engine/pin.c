/* Namespaces that outlive their processes: each bound to a file, DIR/uts, which keeps it and by which it
 * is joined. Called by the commands pin, unpin and unshare --pin. namespaces(7), mount_namespaces(7).
 *
 * Takes away only mounts of nsfs that lie right where it was told, and files that it has made: empty,
 * of mode 0444. Never follows a symbolic link in the last part of a path. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "mountinfo.h"
#include "target.h"

#define PIN_MODE 0444

/* Where pins are, and how messages call it. */
struct place {
    const char *path;
    int fd; /* O_PATH of the directory */
    bool made;
};

static bool is_nsfs(int fd)
{
    struct statfs status;
    return fstatfs(fd, &status) == 0 && status.f_type == NSFS_MAGIC;
}

/* What lies right there, not followed; -1 with errno. */
static int open_there(int directory, const char *name)
{
    return openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* ---- the directory -------------------------------------------------------------------------- */

static int place_open(struct place *place, bool make, struct err *err)
{
    char shown[WORD_SIZE];
    word(shown, place->path);
    place->made = make && mkdir(place->path, 0755) == 0;
    if (make && !place->made && errno != EEXIST) {
        int errnum = errno;
        (void)err_set(err, errnum, "cannot make the directory %s", shown);
        return errnum == ENOENT ? err_hint(err, "make its parent first: mkdir -p") : -1;
    }
    place->fd = open(place->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place->fd >= 0)
        return 0;
    int errnum = errno;
    (void)err_set(err, errnum, "cannot use %s as the directory of pinned namespaces", shown);
    if (errnum == ELOOP || errnum == ENOTDIR)
        return err_hint(err, "it has to be a directory, and no symbolic link");
    return -1;
}

/* A file of a mount namespace on a mount that is shared would be copied into other mount namespaces,
 * which the kernel refuses with EINVAL: one could come to lie in itself. The directory bound on itself
 * is a mount of its own, and can be private. 1: it was done. mount_namespaces(7). */
static int place_make_private(struct place *place, struct err *err)
{
    struct kernel kernel = {0};
    char path[FD_PATH_SIZE], shown[WORD_SIZE];
    _cleanup_mountinfo_ struct mountinfo table = {0};
    if (mountinfo_read(&table, err) < 0)
        return -1;
    const struct mount_row *row = mountinfo_of(&table, place->fd);
    if (!row || !row->shared)
        return 0;
    word(shown, place->path);
    fd_path(path, place->fd);
    if (kernel_mount(&kernel, path, path, NULL, MS_BIND, NULL) < 0)
        return err_set(err, errno, "cannot bind %s on itself", shown);
    (void)close(place->fd);
    place->fd = open(place->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place->fd < 0 ||
        kernel_mount(&kernel, "", fd_path(path, place->fd), NULL, MS_PRIVATE, NULL) < 0) {
        (void)err_set(err, errno, "cannot make the mount on %s private", shown);
        (void)umount2(path, MNT_DETACH);
        return -1;
    }
    return 1;
}

/* Whether the directory is a private mount of itself, and nothing lies on it. */
static bool place_is_own(const struct place *place)
{
    _cleanup_mountinfo_ struct mountinfo table = {0};
    const struct mount_row *row, *below;
    if (mountinfo_read(&table, NULL) < 0 || !(row = mountinfo_of(&table, place->fd)) ||
        !(below = mountinfo_find(&table, row->parent)))
        return false;
    if (row->shared || strcmp(row->device, below->device) != 0 ||
        !path_is_within(row->point, below->point))
        return false;
    /* Which directory of the file system lies there without it. */
    const char *rest = row->point + (strcmp(below->point, "/") == 0 ? 0 : strlen(below->point));
    _cleanup_free_ char *root =
        xasprintf("%s%s", strcmp(below->root, "/") == 0 ? "" : below->root, rest);
    struct stat here, point;
    if (strcmp(row->root, root) != 0 || fstat(place->fd, &here) < 0 ||
        stat(row->point, &point) < 0 || here.st_ino != point.st_ino)
        return false;
    for (size_t at = 0; at < table.count; at++) {
        if (table.items[at].parent == row->id)
            return false;
    }
    return true;
}

static void place_close(struct place *place)
{
    cleanup_close(&place->fd);
    place->fd = -1;
}

/* ---- one file ------------------------------------------------------------------------------- */

/* Unmounts a namespace that lies there and removes the file if it is one of ours. */
static int file_release(const struct place *place, const char *name, struct err *err)
{
    struct kernel kernel = {0};
    struct stat status;
    char path[FD_PATH_SIZE], directory[WORD_SIZE], file[WORD_SIZE];
    int mounted = open_there(place->fd, name);
    bool lies = mounted >= 0 && is_nsfs(mounted);
    word(directory, place->path);
    word(file, name);
    /* By the descriptor: whatever is put there meanwhile stays. */
    if (lies && kernel_umount(&kernel, fd_path(path, mounted), MNT_DETACH) < 0) {
        (void)err_set(err, errno, "cannot unmount the namespace on %s/%s", directory, file);
        cleanup_close(&mounted);
        return errno == EINVAL ? err_hint(err, "it is mounted in another mount namespace") : -1;
    }
    cleanup_close(&mounted);
    if (fstatat(place->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    if (!S_ISREG(status.st_mode) || status.st_size != 0 || (status.st_mode & 07777) != PIN_MODE)
        return 0;
    if (unlinkat(place->fd, name, 0) < 0)
        return err_set(err, errno, "cannot remove %s/%s", directory, file);
    return 0;
}

/* A new file, or an empty one of ours from a time before the machine was started again. */
static int file_make(const struct place *place, const char *name, struct err *err)
{
    struct stat status;
    char directory[WORD_SIZE];
    int made =
        openat(place->fd, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, PIN_MODE);
    word(directory, place->path);
    if (made >= 0) {
        (void)fchmod(made, PIN_MODE); /* whatever our umask is */
        (void)close(made);
    } else if (errno != EEXIST) {
        return err_set(err, errno, "cannot make the file %s/%s", directory, name);
    }
    int there = open_there(place->fd, name);
    if (there < 0 || fstat(there, &status) < 0) {
        cleanup_close(&there);
        return err_set(err, errno, "cannot open the file %s/%s", directory, name);
    }
    if (is_nsfs(there)) {
        (void)err_set(err, EEXIST, "a namespace is pinned to %s/%s already", directory, name);
        (void)err_hint(err, "nstui unpin %s/%s lets it go", directory, name);
    } else if (!S_ISREG(status.st_mode) || status.st_size != 0) {
        (void)err_set(err, 0, "%s/%s is there already, and no empty file", directory, name);
        (void)err_hint(err, "choose another directory");
    } else {
        return there;
    }
    (void)close(there);
    return -1;
}

static int mount_refused(const char *name, const char *directory, const char *words,
                         struct err *err)
{
    int errnum = errno;
    (void)err_set(err, errnum, "cannot pin the %s namespace of %s to %s/%s", name, words, directory,
                  name);
    if (errnum == EINVAL && strcmp(name, "mnt") == 0)
        return err_hint(err, "a mount namespace takes only files of those that are younger than "
                             "itself, or one could come to lie in itself: mount_namespaces(7)");
    return -1;
}

static int file_pin(const struct place *place, int source, const char *name, const char *words,
                    struct err *err)
{
    struct kernel kernel = {0};
    char from[FD_PATH_SIZE], to[FD_PATH_SIZE], directory[WORD_SIZE];
    _cleanup_close_ int file = file_make(place, name, err);
    if (file < 0)
        return -1;
    fd_path(from, source);
    if (kernel_mount(&kernel, from, fd_path(to, file), NULL, MS_BIND, NULL) == 0)
        return 0;
    (void)mount_refused(name, word(directory, place->path), words, err);
    (void)file_release(place, name, NULL);
    return -1;
}

/* ---- pin ------------------------------------------------------------------------------------ */

/* The file of nsfs of one type. */
static int source_of(const struct target *target, enum ns_type type, struct err *err)
{
    if (!target->is_pid)
        return fcntl(target->handle, F_DUPFD_CLOEXEC, 3);
    char name[32];
    (void)snprintf(name, sizeof(name), "ns/%s", ns_types[type].name);
    int source = nsfs_open(target->proc, name);
    if (source >= 0)
        return source;
    if (errno == ENOENT || errno == ESRCH)
        return target_gone(target, err);
    return err_set(err, errno, "cannot open the %s namespace of %s", ns_types[type].name,
                   target->words);
}

static void pin_words(const struct target *target, ns_set types, bool bound,
                      const struct place *place, struct strings *told)
{
    char directory[WORD_SIZE];
    word(directory, place->path);
    if (bound)
        strings_addf(told,
                     "%s was bound on itself and made private: a mount namespace cannot be pinned "
                     "where mounts are shared",
                     directory);
    if ((types & NS_BIT(NS_PID)) && target->is_pid)
        strings_addf(
            told, "the file does not keep processes: when the first process of the pid namespace "
                  "ends, all in it end, and it takes no new one");
}

static int pin_each(const struct target *target, ns_set types, const struct place *place,
                    struct strings *files, struct err *err)
{
    ns_set done = 0;
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (!(types & NS_BIT(at)))
            continue;
        const char *name = ns_types[at].name;
        _cleanup_close_ int source = source_of(target, (enum ns_type)at, err);
        if (source < 0 || file_pin(place, source, name, target->words, err) < 0) {
            for (size_t undo = 0; undo < NS_TYPES; undo++) {
                if (done & NS_BIT(undo))
                    (void)file_release(place, ns_types[undo].name, NULL);
            }
            return -1;
        }
        done |= NS_BIT(at);
    }
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (done & NS_BIT(at))
            strings_addf(files, "%s/%s", place->path, ns_types[at].name);
    }
    return 0;
}

static int types_choose(const struct target *target, ns_set *types, struct err *err)
{
    if (*types == 0)
        *types = target->is_pid ? target->differs : target->has;
    if (*types == 0) {
        (void)err_set(err, 0, "%s is in the same namespaces as we: there is nothing to pin",
                      target->words);
        return err_hint(err, "letters, as -n, pin them all the same");
    }
    for (size_t at = 0; at < NS_TYPES; at++) {
        if ((*types & NS_BIT(at)) && !(target->has & NS_BIT(at)))
            return err_set(err, 0, "%s has no %s namespace to pin", target->words,
                           ns_types[at].name);
    }
    return 0;
}

int engine_pin(const struct ns_target *wanted, ns_set types, const char *directory,
               struct strings *files, struct strings *told, struct err *err)
{
    struct target target;
    struct place place = {.path = directory, .fd = -1};
    int bound = 0;
    target_clear(&target);
    int result = target_open(wanted, &target, err);
    if (result == 0)
        result = types_choose(&target, &types, err);
    if (result == 0)
        result = place_open(&place, true, err);
    if (result == 0 && (types & NS_BIT(NS_MNT)))
        result = bound = place_make_private(&place, err);
    if (result >= 0)
        result = pin_each(&target, types, &place, files, err);
    if (result == 0)
        pin_words(&target, types, bound > 0, &place, told);
    char path[FD_PATH_SIZE];
    if (result < 0 && bound > 0)
        (void)umount2(fd_path(path, place.fd), MNT_DETACH);
    place_close(&place);
    if (result < 0 && place.made)
        (void)rmdir(directory);
    target_close(&target);
    return result < 0 ? -1 : 0;
}

static int new_pin(const struct spec *spec, const char *directory, struct strings *files,
                   struct strings *told, struct err *err)
{
    struct launched launched;
    if (engine_launch(spec, &launched, err) < 0)
        return -1;
    /* Our own child, not yet waited for: the pid is nobody else's. */
    struct ns_target target = {.pid = launched.pid};
    int result = engine_pin(&target, spec->namespaces, directory, files, told, err);
    engine_process_end(launched.pidfd);
    launched_close(&launched);
    return result;
}

/* The age of a mount namespace is a number that newer kernels hand out by processor, from blocks: one
 * that was made just now may count as older than ours. On the processor that ours was made on it does
 * not. */
static int new_pin_elsewhere(const struct spec *spec, const char *directory, struct strings *files,
                             struct strings *told, struct err *err)
{
    cpu_set_t before, one;
    int result = -1;
    if (sched_getaffinity(0, sizeof(before), &before) < 0)
        return -1;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && result < 0 && err->errnum == EINVAL; cpu++) {
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        if (!CPU_ISSET(cpu, &before) || sched_setaffinity(0, sizeof(one), &one) < 0)
            continue;
        *err = (struct err){0};
        result = new_pin(spec, directory, files, told, err);
    }
    (void)sched_setaffinity(0, sizeof(before), &before);
    return result;
}

int engine_pin_new(struct spec *spec, const char *directory, struct strings *files,
                   struct strings *told, struct err *err)
{
    if (spec->namespaces & NS_BIT(NS_PID)) {
        (void)err_set(err, 0, "a pid namespace cannot be kept by a file alone");
        return err_hint(err, "it is there as long as its first process, and takes no new one after "
                             "it, pid_namespaces(7); nstui unshare -p -d holds it with a process");
    }
    int result = new_pin(spec, directory, files, told, err);
    if (result < 0 && err->errnum == EINVAL && (spec->namespaces & NS_BIT(NS_MNT)))
        result = new_pin_elsewhere(spec, directory, files, told, err);
    return result;
}

/* ---- unpin ---------------------------------------------------------------------------------- */

/* When the last one has gone, the mount that was made for them goes. */
static void place_settle(struct place *place)
{
    struct kernel kernel = {0};
    char path[FD_PATH_SIZE];
    for (size_t at = 0; at < NS_TYPES; at++) {
        _cleanup_close_ int there = open_there(place->fd, ns_types[at].name);
        if (there >= 0 && is_nsfs(there))
            return;
    }
    if (place_is_own(place))
        (void)kernel_umount(&kernel, fd_path(path, place->fd), MNT_DETACH);
}

static int unpin_directory(const char *path, struct strings *files, struct err *err)
{
    char shown[WORD_SIZE];
    struct place place = {.path = path, .fd = -1};
    size_t before = files->count;
    int result = place_open(&place, false, err);
    for (size_t at = 0; result == 0 && at < NS_TYPES; at++) {
        _cleanup_close_ int there = open_there(place.fd, ns_types[at].name);
        if (there < 0 || !is_nsfs(there))
            continue;
        result = file_release(&place, ns_types[at].name, err);
        strings_addf(files, "%s/%s", path, ns_types[at].name);
    }
    if (result == 0 && files->count == before)
        result = err_set(err, 0, "no namespace is pinned in %s", word(shown, path));
    else if (result == 0)
        place_settle(&place);
    place_close(&place);
    return result;
}

static int unpin_file(const char *path, struct strings *files, struct err *err)
{
    char shown[WORD_SIZE];
    _cleanup_free_ char *copy = xstrdup(path);
    char *slash = strrchr(copy, '/');
    const char *name = slash ? slash + 1 : copy;
    if (slash)
        *slash = '\0';
    struct place place = {.path = !slash ? "." : slash == copy ? "/" : copy};
    place.fd = open(place.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place.fd < 0)
        return err_set(err, errno, "cannot open the directory of %s", word(shown, path));
    _cleanup_close_ int there = open_there(place.fd, name);
    int result = 0;
    if (there < 0 || !is_nsfs(there)) {
        (void)err_set(err, 0, "no namespace is pinned to %s", word(shown, path));
        result = err_hint(err, "only the mount of a namespace that lies right there is taken away");
    } else {
        result = file_release(&place, name, err);
        if (result == 0) {
            strings_add(files, path);
            place_settle(&place);
        }
    }
    place_close(&place);
    return result;
}

int engine_unpin(const char *path, struct strings *files, struct err *err)
{
    struct stat status;
    char shown[WORD_SIZE];
    if (lstat(path, &status) < 0)
        return err_set(err, errno, "cannot unpin %s", word(shown, path));
    if (S_ISLNK(status.st_mode)) {
        (void)err_set(err, 0, "%s is a symbolic link, and none is followed", word(shown, path));
        return err_hint(err, "name the file itself");
    }
    return S_ISDIR(status.st_mode) ? unpin_directory(path, files, err)
                                   : unpin_file(path, files, err);
}
