/* The copy of nstui-init that is executed. Whoever gets hold of /proc/N/exe of a process that runs it
 * has a file that is nobody else's, and nothing that the host still uses (CVE-2019-5736): sealed in
 * memory; or, where the kernel executes nothing from memory, an unlinked file on a disk. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "private.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

static int memory_open(void)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create("nstui-init", flags | MFD_EXEC);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("nstui-init", flags);
    return fd;
}

static int copy_all(int source, int copy)
{
    struct stat status;
    if (fstat(source, &status) < 0)
        return -1;
    for (off_t done = 0; done < status.st_size;) {
        ssize_t sent = sendfile(copy, source, NULL, (size_t)(status.st_size - done));
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return errno = sent < 0 ? errno : EIO, -1;
        done += sent;
    }
    return 0;
}

/* ---- where vm.memfd_noexec is 2 ------------------------------------------------------------ */

/* A file without a name in a directory from which programs may be executed; -1 with errno. */
static int nameless_open(const char *directory)
{
    struct statvfs system;
    if (statvfs(directory, &system) < 0)
        return -1;
    if (system.f_flag & ST_NOEXEC)
        return errno = EACCES, -1;
    return open(directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0700);
}

/* Opened anew for reading alone: execve(2) refuses a file that somebody has open for writing, and who
 * finds it in /proc/1/exe cannot open it for writing while it runs. */
static int disk_open(const char *path, int source)
{
    _cleanup_free_ char *beside = xstrdup(path);
    const char *const directories[] = {"/var/lib/nstui", "/tmp", dirname(beside), "/var/tmp"};
    _cleanup_close_ int copy = -1;
    for (size_t at = 0; copy < 0 && at < array_length(directories); at++)
        copy = nameless_open(directories[at]);
    if (copy < 0 || copy_all(source, copy) < 0)
        return -1;
    char again[FD_PATH_SIZE];
    return open(fd_path(again, copy), O_RDONLY | O_CLOEXEC);
}

static int disk_copy(const char *path, int source, struct err *err)
{
    int copy = disk_open(path, source);
    if (copy >= 0)
        return copy;
    (void)err_set(err, errno, "cannot make a copy of nstui-init that may be executed");
    return err_hint(err,
                    "the sysctl vm.memfd_noexec is 2 here, and of /var/lib/nstui and /tmp none "
                    "lets programs be executed");
}

int sealed_open(const char *path, struct err *err)
{
    _cleanup_free_ char *found = NULL;
    if (!path) {
        if (program_find("nstui-init", &found, err) < 0)
            return -1;
        path = found;
    }
    _cleanup_close_ int source = open(path, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return err_set(err, errno, "cannot open %s", path);
    _cleanup_close_ int copy = memory_open();
    if (copy < 0 && (errno == EACCES || errno == EPERM))
        return disk_copy(path, source, err);
    if (copy < 0)
        return err_set(err, errno, "cannot make a sealed copy of nstui-init in memory");
    if (copy_all(source, copy) < 0)
        return err_set(err, errno, "cannot copy %s to memory", path);
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    if (fcntl(copy, F_ADD_SEALS, seals) < 0)
        return err_set(err, errno, "cannot seal the copy of nstui-init");
    return fd_take(&copy);
}
