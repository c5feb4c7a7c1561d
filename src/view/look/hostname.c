/* hostname: the names that a process in there sees. They lie in no file of its own, so this process
 * joins its uts namespace, and that one alone. Called by command.c at the end of a look: afterwards
 * this process has another uts namespace than its parent. uname(2), uts_namespaces(7). */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static char *printable(const char *source, size_t length)
{
    char text[LOOK_TEXT_MAX];
    return xstrdup(text_printable(text, sizeof(text), source, length, true));
}

static void look_file(const struct look_target *target, struct look_hostname *hostname)
{
    hostname->file = LOOK_FILE_NOT_ASKED;
    hostname->file_name = xstrdup("");
    if (target->brief)
        return;
    _cleanup_free_ char *text = NULL;
    size_t length;
    struct stat status = {0};
    hostname->file = root_read(target->root, "etc/hostname", 4096, &text, &length, &status,
                               &hostname->file_read_only);
    hostname->file_device = status.st_dev;
    hostname->file_inode = status.st_ino;
    if (text) {
        free(hostname->file_name);
        hostname->file_name = printable(text, strcspn(text, "\n"));
    }
}

/* Joins the uts namespace of the target unless it is our own. -1 with a sentence. */
static int join_uts(const struct look_target *target, uint64_t uts, struct err *err)
{
    if (uts != 0 && uts == namespace_inode(AT_FDCWD, "/proc/self/ns/uts"))
        return 0;
    _cleanup_close_ int fd = openat(target->folder, "ns/uts", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && setns(fd, CLONE_NEWUTS) == 0)
        return 0;
    int errnum = errno;
    (void)err_set(err, errnum, "cannot ask its uts namespace");
    if (errnum == EACCES || errnum == EPERM)
        (void)err_hint(err, "that needs root: sudo nstui");
    return -1;
}

void hostname_look(const struct look_target *target, struct look_hostname *hostname)
{
    struct err err = {0};
    struct utsname names;
    bool known = false;
    look_file(target, hostname);
    hostname->uts = namespace_inode(target->folder, "ns/uts");
    /* Release and machine are the same everywhere; only the two names are a namespace's own. */
    if (join_uts(target, hostname->uts, &err) == 0)
        known = uname(&names) == 0;
    if (!known && uname(&names) < 0)
        memset(&names, 0, sizeof(names));
    hostname->nodename = known ? printable(names.nodename, strlen(names.nodename)) : xstrdup("");
    hostname->domain = known ? printable(names.domainname, strlen(names.domainname)) : xstrdup("");
    hostname->kernel = printable(names.release, strlen(names.release));
    hostname->machine = printable(names.machine, strlen(names.machine));
    hostname->problem = xstrdup(err.text);
}
