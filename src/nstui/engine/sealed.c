/* The sealed copy of nstui-init. Whoever gets hold of /proc/N/exe of a process that runs it has a
 * file in memory that nobody can change, and nothing of the host's disk (CVE-2019-5736). */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
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

int sealed_open(const char *path, struct err *err)
{
    _cleanup_free_ char *found = NULL;
    if (!path) {
        if (program_find("nstui-init", &found, err) < 0)
            return -1;
        path = found;
    }
    _cleanup_close_ int source = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (source < 0 || fstat(source, &status) < 0)
        return err_set(err, errno, "cannot open %s", path);
    _cleanup_close_ int copy = memory_open();
    if (copy < 0) {
        (void)err_set(err, errno, "cannot make a sealed copy of nstui-init in memory");
        if (err && (err->errnum == EACCES || err->errnum == EPERM))
            (void)err_hint(err, "the sysctl vm.memfd_noexec is 2 here; nstui needs 0 or 1");
        return -1;
    }
    for (off_t done = 0; done < status.st_size;) {
        ssize_t sent = sendfile(copy, source, NULL, (size_t)(status.st_size - done));
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return err_set(err, sent < 0 ? errno : EIO, "cannot copy %s to memory", path);
        done += sent;
    }
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    if (fcntl(copy, F_ADD_SEALS, seals) < 0)
        return err_set(err, errno, "cannot seal the copy of nstui-init");
    return fd_take(&copy);
}
