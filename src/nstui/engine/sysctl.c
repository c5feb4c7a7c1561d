/* Settings of the kernel that belong to a namespace: only those of namespaces that are the container's
 * own. Written by the child, in its namespaces, through the host's /proc, which is looked at first: a
 * file of another file system there could be somebody's (CVE-2025-52881). proc(5), sysctl(8). */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "private.h"

/* A name, or all that begins with one that ends in /. */
static const struct {
    const char *name;
    enum ns_type type;
    char letter;
} belongs[] = {
    {"net/", NS_NET, 'n'},
    {"fs/mqueue/", NS_IPC, 'i'},
    {"kernel/auto_msgmni", NS_IPC, 'i'},
    {"kernel/msgmax", NS_IPC, 'i'},
    {"kernel/msgmnb", NS_IPC, 'i'},
    {"kernel/msgmni", NS_IPC, 'i'},
    {"kernel/msg_next_id", NS_IPC, 'i'},
    {"kernel/sem", NS_IPC, 'i'},
    {"kernel/sem_next_id", NS_IPC, 'i'},
    {"kernel/shmall", NS_IPC, 'i'},
    {"kernel/shmmax", NS_IPC, 'i'},
    {"kernel/shmmni", NS_IPC, 'i'},
    {"kernel/shm_next_id", NS_IPC, 'i'},
    {"kernel/shm_rmid_forced", NS_IPC, 'i'},
    {"kernel/domainname", NS_UTS, 'u'},
    {"kernel/hostname", NS_UTS, 'u'},
    {"user/", NS_USER, 'U'},
};

/* The file below /proc/sys of "net.ipv4.ip_forward=1"; as sysctl(8) has it, where the first sign is a
 * slash dots are dots. The result is the caller's; *value behind the =. */
static char *sysctl_file(const char *text, const char **value)
{
    const char *equals = strchr(text, '=');
    char *file = xstrndup(text, equals ? (size_t)(equals - text) : strlen(text));
    char *first = strpbrk(file, "./");
    *value = equals ? equals + 1 : NULL;
    if (!first || *first == '/')
        return file;
    for (char *at = file; *at; at++)
        *at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
    return file;
}

static bool name_is_plain(const char *file)
{
    if (!*file || *file == '/')
        return false;
    for (const char *at = file; *at; at += strcspn(at, "/"), at += *at == '/') {
        size_t length = strcspn(at, "/");
        if (length == 0 || strncmp(at, ".", length) == 0 || strncmp(at, "..", length) == 0)
            return false;
        if (at[length] == '/' && !at[length + 1])
            return false;
    }
    return true;
}

static int sysctl_check(const struct spec *spec, const char *text, struct err *err)
{
    char shown[WORD_SIZE];
    const char *value;
    _cleanup_free_ char *file = sysctl_file(text, &value);
    word(shown, text);
    if (!value || !name_is_plain(file))
        return err_set(err, 0, "\"%s\" is no sysctl: write NAME=VALUE, as net.ipv4.ip_forward=1",
                       shown);
    word(shown, file);
    for (size_t at = 0; at < array_length(belongs); at++) {
        const char *name = belongs[at].name;
        size_t length = strlen(name);
        bool found = name[length - 1] == '/' ? strncmp(name, file, length) == 0 && file[length]
                                             : strcmp(name, file) == 0;
        if (!found)
            continue;
        if (spec->namespaces & NS_BIT(belongs[at].type))
            return 0;
        (void)err_set(err, 0, "the sysctl %s belongs to a %s namespace, and it has none of its own",
                      shown, ns_types[belongs[at].type].name);
        return err_hint(err, "add -%c; without it the host's would change", belongs[at].letter);
    }
    (void)err_set(err, 0, "the sysctl %s belongs to no namespace: it would change on the host",
                  shown);
    return err_hint(err, "set it on the host, by sysctl(8), where you mean that");
}

int sysctls_check(const struct spec *spec, struct err *err)
{
    for (size_t at = 0; at < spec->sysctls.count; at++) {
        if (sysctl_check(spec, spec->sysctls.items[at], err) < 0)
            return -1;
    }
    return 0;
}

void sysctls_plan(struct steps *steps, const struct spec *spec)
{
    for (size_t at = 0; at < spec->sysctls.count; at++) {
        const char *value;
        struct step *step = step_add_child(steps, STEP_SYSCTL, NULL, NULL);
        step->target = sysctl_file(spec->sysctls.items[at], &value);
        step->source = xstrdup(value ? value : "");
    }
}

static int sysctl_open(const char *file)
{
    struct statfs system;
    _cleanup_close_ int proc = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (proc < 0 || fstatfs(proc, &system) < 0)
        return -1;
    if (system.f_type != PROC_SUPER_MAGIC)
        return errno = EXDEV, -1;
    _cleanup_free_ char *path = xasprintf("sys/%s", file);
    struct open_how how = {
        .flags = O_WRONLY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
    };
    return (int)syscall(SYS_openat2, proc, path, &how, sizeof(how));
}

int step_sysctl(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup;
    char file[WORD_SIZE], value[WORD_SIZE];
    size_t length = strlen(step->source);
    _cleanup_close_ int fd = sysctl_open(step->target);
    if (fd >= 0 && write(fd, step->source, length) == (ssize_t)length)
        return 0;
    int errnum = errno;
    (void)err_set(err, errnum, "cannot set the sysctl %s to %s", word(file, step->target),
                  word(value, step->source));
    if (errnum == ENOENT)
        return err_hint(err, "this kernel has none of that name, or not in a namespace");
    if (errnum == EXDEV)
        return err_hint(err, "something else is mounted on the host's /proc there");
    return -1;
}
