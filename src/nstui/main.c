/* nstui: the front door and the hands. Everything else is in command/. */
#include <fcntl.h>
#include <unistd.h>

#include "nstui/command.h"

/* A file that is opened later must never become 0, 1 or 2, whatever our parent has closed. */
static int stdio_keep(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
    } while (fd >= 0 && fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0);
    if (fd > STDERR_FILENO)
        (void)close(fd);
    return fd < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    /* Without a /dev/null (a bare root) there is nothing to hold the places with. */
    if (stdio_keep() < 0 &&
        (fcntl(0, F_GETFD) < 0 || fcntl(1, F_GETFD) < 0 || fcntl(2, F_GETFD) < 0))
        return 125;
    return command_main(argc, argv);
}
