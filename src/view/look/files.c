/* files: the only way into a container's root. Called by the looks of this room. Everything below a
 * root was put there by someone hostile: a path never leads out of it, nothing is opened that could
 * wait or act when it is opened (a FIFO, a device, a file of proc that eats messages when it is
 * read), and nothing is read without a bound. openat2(2), open(2) O_PATH. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef TRACEFS_MAGIC
#define TRACEFS_MAGIC 0x74726163
#endif
#ifndef DEBUGFS_MAGIC
#define DEBUGFS_MAGIC 0x64626720
#endif

static int open_how(int folder, const char *path, int flags, unsigned int resolve)
{
    struct open_how how = {.flags = (unsigned int)(flags | O_CLOEXEC), .resolve = resolve};
    int fd;
    do
        fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
    while (fd < 0 && errno == EAGAIN); /* something was renamed meanwhile */
    return fd;
}

int root_open_path(int root, const char *path)
{
    return open_how(root, path, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/* Files of these are made by the kernel while one reads, and reading some of them changes things
 * (/proc/kmsg, trace_pipe): a passwd that leads there is none. */
static bool file_is_kernels(int fd)
{
    static const long magics[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC,         TRACEFS_MAGIC,
                                  DEBUGFS_MAGIC,    CGROUP2_SUPER_MAGIC, CGROUP_SUPER_MAGIC};
    struct statfs system;
    if (fstatfs(fd, &system) < 0)
        return true;
    for (size_t i = 0; i < array_length(magics); i++)
        if ((long)system.f_type == magics[i])
            return true;
    return false;
}

static ssize_t read_at_most(int fd, char *buffer, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t got = read(fd, buffer + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

static enum look_file refusal(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        return LOOK_FILE_MISSING;
    case ELOOP: /* links in a circle, or one of the magic ones of proc */
    case EXDEV:
        return LOOK_FILE_STRANGE;
    default:
        return LOOK_FILE_REFUSED;
    }
}

enum look_file root_read(int root, const char *path, size_t limit, char **data, size_t *length,
                         struct stat *status, bool *read_only)
{
    *data = NULL;
    *length = 0;
    _cleanup_close_ int path_fd = root_open_path(root, path);
    if (path_fd < 0)
        return refusal(errno);
    struct stat own_status;
    if (fstat(path_fd, &own_status) < 0)
        return refusal(errno);
    if (status)
        *status = own_status;
    struct statvfs mount;
    if (read_only)
        *read_only = fstatvfs(path_fd, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
    if (!S_ISREG(own_status.st_mode) || file_is_kernels(path_fd))
        return LOOK_FILE_STRANGE;

    /* The same file and no other is opened anew: what we have looked at is what we read. */
    char again[64];
    snprintf(again, sizeof(again), "/proc/self/fd/%d", path_fd);
    _cleanup_close_ int fd = open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return refusal(errno);
    size_t size = own_status.st_size < (off_t)limit ? (size_t)own_status.st_size : limit;
    char *content = xmalloc(size + 1);
    ssize_t got = read_at_most(fd, content, size);
    if (got < 0) {
        enum look_file result = refusal(errno);
        free(content);
        return result;
    }
    content[got] = '\0';
    *data = content;
    *length = (size_t)got;
    return LOOK_FILE_READ;
}

#define PROC_RESOLVE (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS)

ssize_t look_read_file(int folder, const char *path, char *buffer, size_t size)
{
    _cleanup_close_ int fd = open_how(folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, PROC_RESOLVE);
    if (fd < 0)
        return -1;
    ssize_t length = read_at_most(fd, buffer, size - 1);
    buffer[length < 0 ? 0 : length] = '\0';
    return length;
}

int proc_open_folder(int folder, const char *path)
{
    return open_how(folder, path, O_RDONLY | O_DIRECTORY, PROC_RESOLVE);
}
