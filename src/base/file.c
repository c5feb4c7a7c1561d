/* Files: read and written whole, directories made, and the places where our own programs and assets
 * lie. */
#include "nstui/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int file_read(int dirfd, const char *path, size_t limit_bytes, char **data, size_t *length,
              struct err *err)
{
    _cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_set(err, errno, "cannot open %s", path);
    _cleanup_text_ struct text content = {0};
    char chunk[16384];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, errno, "cannot read %s", path);
        if (got == 0)
            break;
        if (content.length + (size_t)got > limit_bytes)
            return err_set(err, EFBIG, "cannot read %s: it has more than %zu bytes", path,
                           limit_bytes);
        text_add_bytes(&content, chunk, (size_t)got);
    }
    text_add(&content, "");
    if (length)
        *length = content.length;
    *data = pointer_take(content.data);
    return 0;
}

int fd_write_all(int fd, const void *data, size_t length, struct err *err)
{
    const char *bytes = data;
    while (length > 0) {
        ssize_t put = write(fd, bytes, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_set(err, errno, "cannot write");
        bytes += put;
        length -= (size_t)put;
    }
    return 0;
}

/* The sentence names the folder too: who reads it has given a name, not a path. */
static int write_failed(int dirfd, const char *path, struct err *err)
{
    char link[32], folder[PATH_MAX];
    int errnum = err ? err->errnum : 0;
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
    ssize_t length = readlink(link, folder, sizeof(folder) - 2);
    folder[length > 0 ? length : 0] = '\0';
    if (length > 0)
        (void)strcat(folder, "/");
    (void)err_set(err, errnum, "cannot write %s%s", folder, path);
    if (errnum == ENOSPC || errnum == EDQUOT)
        (void)err_hint(err, "its file system is full: make room there");
    return -1;
}

int file_write_atomic(int dirfd, const char *path, const void *data, size_t length, mode_t mode,
                      struct err *err)
{
    _cleanup_free_ char *beside = xasprintf("%s.%ld.new", path, (long)getpid());
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    (void)unlinkat(dirfd, beside, 0);
    _cleanup_close_ int fd = openat(dirfd, beside, flags, mode);
    if (fd < 0)
        return err_set(err, errno, "cannot create %s", beside);
    int result = fd_write_all(fd, data, length, err);
    if (result < 0)
        result = write_failed(dirfd, path, err);
    else if (fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
        result = err_set(err, errno, "cannot write %s to the disk", path);
    else if (renameat(dirfd, beside, dirfd, path) < 0)
        result = err_set(err, errno, "cannot replace %s", path);
    if (result < 0)
        (void)unlinkat(dirfd, beside, 0);
    return result;
}

int dir_make(const char *path, mode_t mode, struct err *err)
{
    _cleanup_free_ char *partial = xstrdup(path);
    for (char *slash = partial + 1;; slash++) {
        slash = strchrnul(slash, '/');
        bool last = *slash == '\0';
        *slash = '\0';
        if (mkdir(partial, mode) < 0 && errno != EEXIST)
            return err_set(err, errno, "cannot make the directory %s", partial);
        if (last)
            break;
        *slash = '/';
    }
    struct stat status;
    if (stat(path, &status) < 0)
        return err_set(err, errno, "cannot look at %s", path);
    if (!S_ISDIR(status.st_mode))
        return err_set(err, ENOTDIR, "cannot make the directory %s", path);
    return 0;
}

/* ---- where our own things lie ---------------------------------------------------------- */

/* The folder of the running program; false where /proc cannot tell. */
static bool program_folder(char folder[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (length <= 0)
        return false;
    folder[length] = '\0';
    char *slash = strrchr(folder, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

/* The first place that passes access(2) with mode, copied. A place is a path from the folder of the
 * running program, with %s for the name. An installed tree may be moved as a whole. */
static int path_choose(const char *const places[], size_t count, const char *name, int mode,
                       char **path, struct err *err)
{
    char folder[PATH_MAX];
    if (!program_folder(folder))
        return err_set(err, errno, "cannot find %s: /proc/self/exe does not tell where we are",
                       name);
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *candidate = xasprintf("%s/%s/%s", folder, places[i], name);
        if (access(candidate, mode) == 0) {
            *path = pointer_take(candidate);
            return 0;
        }
    }
    (void)err_set(err, ENOENT, "cannot find %s", name);
    return err_hint(err,
                    "looked in %s and from there in %s; make builds it, make install puts it there",
                    folder, places[count - 1]);
}

int program_find(const char *name, char **path, struct err *err)
{
    /* A build folder; from bin into libexec; from libexec into bin. */
    static const char *const places[] = {".", "../../bin", "../libexec/nstui"};
    return path_choose(places, array_length(places), name, X_OK, path, err);
}

int assets_find(const char *name, char **path, struct err *err)
{
    /* Beside a build folder; from bin; from libexec/nstui. */
    static const char *const places[] = {"../assets", "../../share/nstui", "../share/nstui"};
    return path_choose(places, array_length(places), name, R_OK, path, err);
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
