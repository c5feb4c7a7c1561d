/* The system calls of a launch or a join that have to do with namespaces: each is made here and
 * recorded, so that the trace has what happened and nothing else. Everything in the engine makes
 * them by these. They behave as the calls themselves: -1 with errno. */
#ifndef NSTUI_ENGINE_KERNEL_H
#define NSTUI_ENGINE_KERNEL_H

#include <sys/mount.h>
#include <sys/types.h>

#include "nstui/calls.h"

/* Whose calls are recorded where. recorder may be NULL. from, to: source and target of the step that
 * is under way, for paths that are descriptors; NULL: none. */
struct kernel {
    struct recorder *recorder;
    enum trace_who who;
    pid_t pid; /* as the parent has it, 0: not known */
    const char *from, *to;
};

pid_t kernel_clone(struct kernel *kernel, unsigned long flags, int *pidfd);
int kernel_unshare(struct kernel *kernel, int flags);
int kernel_setns(struct kernel *kernel, int fd, int types);
int kernel_mount(struct kernel *kernel, const char *source, const char *target, const char *type,
                 unsigned long flags, const char *data);
int kernel_umount(struct kernel *kernel, const char *target, int flags);
int kernel_mount_setattr(struct kernel *kernel, int fd, const char *path, unsigned flags,
                         struct mount_attr *attributes);
int kernel_open_tree(struct kernel *kernel, int fd, const char *path, unsigned flags);
int kernel_move_mount(struct kernel *kernel, int from, const char *from_path, int to,
                      const char *to_path, unsigned flags);
int kernel_pivot_root(struct kernel *kernel, const char *root, const char *old);
int kernel_chroot(struct kernel *kernel, const char *path);
int kernel_chdir(struct kernel *kernel, const char *path);
int kernel_fchdir(struct kernel *kernel, int fd);
int kernel_mkdir(struct kernel *kernel, int fd, const char *path, mode_t mode);
int kernel_symlink(struct kernel *kernel, const char *text, int fd, const char *path);
int kernel_rmdir(struct kernel *kernel, const char *path);
int kernel_sethostname(struct kernel *kernel, const char *name);
int kernel_setdomainname(struct kernel *kernel, const char *name);

/* Writes text to a file of /proc that sets namespaces up: uid_map, gid_map, setgroups,
 * timens_offsets. */
int kernel_write(struct kernel *kernel, const char *path, const char *text);

/* execveat(2) of a descriptor; the record stays pending where it succeeds. */
int kernel_exec(struct kernel *kernel, int fd, char *const argv[], char *const environment[]);

#endif
