/* The container's terminal, opened by the set-up child. A pty of the container's own devpts is one
 * that `tty` finds in there; without one in the root the host's has to do. pts(4), devpts. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "private.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static bool is_devpts(int fd)
{
    struct statfs system;
    return fstatfs(fd, &system) == 0 && system.f_type == DEVPTS_SUPER_MAGIC;
}

/* A root's ptmx may be anything, also a FIFO that waits or a device that acts when it is opened:
 * only what lies in a devpts is opened. */
static int master_open(int root)
{
    _cleanup_close_ int directory = beneath_open(root, "dev/pts", O_PATH | O_DIRECTORY);
    int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    if (directory >= 0 && is_devpts(directory)) {
        _cleanup_close_ int master = openat(directory, "ptmx", flags | O_NOFOLLOW);
        if (master >= 0 && is_devpts(master))
            return fd_take(&master);
    }
    return open("/dev/ptmx", flags);
}

int terminal_open(int root, unsigned short columns, unsigned short rows, int *master,
                  struct err *err)
{
    _cleanup_close_ int opened = master_open(root);
    int unlocked = 0;
    if (opened < 0 || ioctl(opened, TIOCSPTLCK, &unlocked) < 0) {
        bool closed = errno == EACCES;
        (void)err_set(err, errno, "cannot open a terminal");
        return closed
                   ? err_hint(err, "/dev/ptmx is closed to users; root opens it to them: mount -o "
                                   "remount,ptmxmode=666 /dev/pts")
                   : -1;
    }
    _cleanup_close_ int slave = ioctl(opened, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        return err_set(err, errno, "cannot open the terminal's other side");
    struct winsize size = {.ws_col = columns, .ws_row = rows};
    (void)ioctl(opened, TIOCSWINSZ, &size);
    if (fcntl(opened, F_SETFL, O_RDWR) < 0)
        return err_set(err, errno, "cannot set up the terminal");
    if (ioctl(slave, TIOCSCTTY, 0) < 0)
        return err_set(err, errno, "cannot make the terminal the container's own");
    *master = fd_take(&opened);
    return fd_take(&slave);
}
