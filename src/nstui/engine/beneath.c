/* Paths in a root that somebody else fills: resolved by the kernel so that no symbolic link leads
 * out, and made step by step. Called by the child of a launch before anything is bound into the
 * root: what is made here must never land in a directory of the host's that is bound. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "private.h"

int beneath_open(int root, const char *path, int flags)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    /* EAGAIN: something was renamed meanwhile and the kernel could not be sure; openat2(2). */
    for (int attempt = 0;; attempt++) {
        long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
        if (fd >= 0 || errno != EAGAIN || attempt == 100)
            return (int)fd;
    }
}

int root_open(const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_NO_SYMLINKS,
    };
    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* Opens the parent of path, made where it is missing; *name is the last component, in path. */
static int parent_open(struct kernel *kernel, int root, const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (!slash || slash == path)
        return beneath_open(root, ".", O_PATH | O_DIRECTORY);
    _cleanup_free_ char *parent = xstrndup(path, (size_t)(slash - path));
    int fd = beneath_open(root, parent, O_PATH | O_DIRECTORY);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    if (beneath_make(kernel, root, parent, S_IFDIR | 0755, NULL) < 0)
        return -1;
    return beneath_open(root, parent, O_PATH | O_DIRECTORY);
}

static int directory_make(struct kernel *kernel, int parent, const char *name, mode_t mode)
{
    /* Never chmod(2) afterwards: whoever owns the parent can have put a link of that name there by
     * then, and the mode would be that of a file of the host's. */
    mode_t before = umask(0);
    int result = kernel_mkdir(kernel, parent, name, mode & 01777);
    (void)umask(before);
    return result < 0 && errno != EEXIST ? -1 : 0;
}

static int file_make(int parent, const char *name)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    _cleanup_close_ int fd = openat(parent, name, flags, 0644);
    return fd >= 0 || errno == EEXIST ? 0 : -1;
}

static int kind_check(int root, const char *path, mode_t mode)
{
    struct stat status;
    /* One name and no link: there is nothing to resolve. */
    if (!strchr(path, '/') && fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(mode) && S_ISDIR(status.st_mode))
        return 0;
    int follow =
        S_ISDIR(mode) ? 0 : O_NOFOLLOW; /* /lib -> usr/lib is fine, /dev/null -> x is not */
    _cleanup_close_ int fd = beneath_open(root, path, O_PATH | follow);
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) < 0)
        return -1;
    if (S_ISDIR(mode) != S_ISDIR(status.st_mode))
        return errno = S_ISDIR(mode) ? ENOTDIR : EISDIR, -1;
    if (S_ISLNK(status.st_mode))
        return errno = ELOOP, -1;
    return 0;
}

int beneath_make(struct kernel *kernel, int root, const char *path, mode_t mode, const char *text)
{
    const char *name;
    if (!S_ISLNK(mode) && kind_check(root, path, mode) == 0)
        return 0;
    if (!S_ISLNK(mode) && errno != ENOENT)
        return -1;
    _cleanup_close_ int parent = parent_open(kernel, root, path, &name);
    if (parent < 0)
        return -1;
    if (S_ISLNK(mode))
        return kernel_symlink(kernel, text, parent, name) < 0 && errno != EEXIST ? -1 : 0;
    if ((S_ISDIR(mode) ? directory_make(kernel, parent, name, mode) : file_make(parent, name)) < 0)
        return -1;
    return kind_check(root, path, mode);
}

void beneath_remove(int root, const char *path)
{
    _cleanup_free_ char *rest = xstrdup(path);
    for (;;) {
        char *slash = strrchr(rest, '/');
        const char *name = slash ? slash + 1 : rest;
        if (slash)
            *slash = '\0';
        _cleanup_close_ int parent =
            beneath_open(root, slash && *rest ? rest : ".", O_PATH | O_DIRECTORY);
        struct stat status;
        if (parent < 0 || fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            return;
        if (S_ISDIR(status.st_mode)) {
            if (unlinkat(parent, name, AT_REMOVEDIR) < 0)
                return;
        } else if (S_ISLNK(status.st_mode) || (S_ISREG(status.st_mode) && status.st_size == 0)) {
            if (unlinkat(parent, name, 0) < 0)
                return;
        }
        if (!slash || !*rest)
            return;
    }
}
