/* The calls of kernel.h: made, then recorded. A record costs no system call. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "private.h"

/* A number or an address as it is in a register. */
#define WORD(value) ((uint64_t)(uintptr_t)(value))
#define FD(value)   ((uint64_t)(int64_t)(value))

/* Notes the call and hands its result on; errno is that of the call. */
static int noted(struct kernel *kernel, struct call *call, long result)
{
    call->result = result < 0 ? -errno : result;
    recorder_add(kernel->recorder, kernel->who, kernel->pid, call, kernel->from, kernel->to);
    return (int)result;
}

pid_t kernel_clone(struct kernel *kernel, unsigned long flags, int *pidfd)
{
    struct clone_args arguments = {.flags = flags | CLONE_PIDFD,
                                   .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD};
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    struct call call = {
        .number = SYS_clone3,
        .arguments = {0, sizeof(arguments)},
        .memory = {&arguments},
        /* before the first call of the child, which may be faster back than we are */
        .time_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
    };
    pid_t pid = engine_process_clone(flags, pidfd);
    return pid == 0 ? 0 : noted(kernel, &call, pid);
}

int kernel_unshare(struct kernel *kernel, int flags)
{
    struct call call = {.number = SYS_unshare, .arguments = {FD(flags)}};
    return noted(kernel, &call, unshare(flags));
}

int kernel_setns(struct kernel *kernel, int fd, int types)
{
    struct call call = {.number = SYS_setns, .arguments = {FD(fd), FD(types)}};
    return noted(kernel, &call, setns(fd, types));
}

int kernel_mount(struct kernel *kernel, const char *source, const char *target, const char *type,
                 unsigned long flags, const char *data)
{
    struct call call = {
        .number = SYS_mount,
        .arguments = {WORD(source), WORD(target), WORD(type), flags, WORD(data)},
        .strings = {source, target, type, NULL, data},
    };
    return noted(kernel, &call, mount(source, target, type, flags, data));
}

int kernel_umount(struct kernel *kernel, const char *target, int flags)
{
    struct call call = {
        .number = SYS_umount2, .arguments = {WORD(target), FD(flags)}, .strings = {target}};
    return noted(kernel, &call, umount2(target, flags));
}

int kernel_mount_setattr(struct kernel *kernel, int fd, const char *path, unsigned flags,
                         struct mount_attr *attributes)
{
    struct call call = {
        .number = SYS_mount_setattr,
        .arguments = {FD(fd), WORD(path), flags, WORD(attributes), sizeof(*attributes)},
        .strings = {NULL, path},
        .memory = {NULL, NULL, NULL, attributes},
    };
    return noted(kernel, &call, mount_setattr(fd, path, flags, attributes, sizeof(*attributes)));
}

int kernel_open_tree(struct kernel *kernel, int fd, const char *path, unsigned flags)
{
    struct call call = {
        .number = SYS_open_tree, .arguments = {FD(fd), WORD(path), flags}, .strings = {NULL, path}};
    return noted(kernel, &call, syscall(SYS_open_tree, fd, path, flags));
}

int kernel_move_mount(struct kernel *kernel, int from, const char *from_path, int to,
                      const char *to_path, unsigned flags)
{
    struct call call = {
        .number = SYS_move_mount,
        .arguments = {FD(from), WORD(from_path), FD(to), WORD(to_path), flags},
        .strings = {NULL, from_path, NULL, to_path},
    };
    return noted(kernel, &call, syscall(SYS_move_mount, from, from_path, to, to_path, flags));
}

int kernel_pivot_root(struct kernel *kernel, const char *root, const char *old)
{
    struct call call = {
        .number = SYS_pivot_root, .arguments = {WORD(root), WORD(old)}, .strings = {root, old}};
    return noted(kernel, &call, syscall(SYS_pivot_root, root, old));
}

int kernel_chroot(struct kernel *kernel, const char *path)
{
    struct call call = {.number = SYS_chroot, .arguments = {WORD(path)}, .strings = {path}};
    return noted(kernel, &call, chroot(path));
}

int kernel_chdir(struct kernel *kernel, const char *path)
{
    struct call call = {.number = SYS_chdir, .arguments = {WORD(path)}, .strings = {path}};
    return noted(kernel, &call, chdir(path));
}

int kernel_fchdir(struct kernel *kernel, int fd)
{
    struct call call = {.number = SYS_fchdir, .arguments = {FD(fd)}};
    return noted(kernel, &call, fchdir(fd));
}

int kernel_mkdir(struct kernel *kernel, int fd, const char *path, mode_t mode)
{
    struct call call = {
        .number = SYS_mkdirat, .arguments = {FD(fd), WORD(path), mode}, .strings = {NULL, path}};
    return noted(kernel, &call, mkdirat(fd, path, mode));
}

int kernel_symlink(struct kernel *kernel, const char *text, int fd, const char *path)
{
    struct call call = {.number = SYS_symlinkat,
                        .arguments = {WORD(text), FD(fd), WORD(path)},
                        .strings = {text, NULL, path}};
    return noted(kernel, &call, symlinkat(text, fd, path));
}

int kernel_rmdir(struct kernel *kernel, const char *path)
{
    struct call call = {.number = SYS_unlinkat,
                        .arguments = {FD(AT_FDCWD), WORD(path), AT_REMOVEDIR},
                        .strings = {NULL, path}};
    return noted(kernel, &call, unlinkat(AT_FDCWD, path, AT_REMOVEDIR));
}

int kernel_sethostname(struct kernel *kernel, const char *name)
{
    struct call call = {
        .number = SYS_sethostname, .arguments = {WORD(name), strlen(name)}, .strings = {name}};
    return noted(kernel, &call, sethostname(name, strlen(name)));
}

int kernel_setdomainname(struct kernel *kernel, const char *name)
{
    struct call call = {
        .number = SYS_setdomainname, .arguments = {WORD(name), strlen(name)}, .strings = {name}};
    return noted(kernel, &call, setdomainname(name, strlen(name)));
}

int kernel_write(struct kernel *kernel, const char *path, const char *text)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
    struct call call = {
        .number = SYS_write,
        .arguments = {FD(fd), WORD(text), strlen(text)},
        .strings = {path, text},
    };
    return noted(kernel, &call, fd < 0 ? -1 : write(fd, text, strlen(text))) < 0 ? -1 : 0;
}

int kernel_exec(struct kernel *kernel, int fd, char *const argv[], char *const environment[])
{
    struct call call = {
        .number = SYS_execveat,
        .arguments = {FD(fd), WORD(""), WORD(argv), WORD(environment), AT_EMPTY_PATH},
        .strings = {NULL, ""},
        .result = CALL_PENDING,
    };
    recorder_add(kernel->recorder, kernel->who, kernel->pid, &call, kernel->from, kernel->to);
    int result = (int)syscall(SYS_execveat, fd, "", argv, environment, AT_EMPTY_PATH);
    return noted(kernel, &call, result); /* it has come back, so it has failed */
}
