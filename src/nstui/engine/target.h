/* What is to be entered, found and held: a process or a namespace of its own. join.c and share.c
 * ask, target.c and identity.c look; tools.c and into.c take more from it. Nothing else includes
 * this. */
#ifndef NSTUI_ENGINE_TARGET_H
#define NSTUI_ENGINE_TARGET_H

#include "private.h"

/* Descriptors are owned, -1 where there is none. */
struct target {
    int handle;     /* what setns(2) takes: a pidfd, or a file of nsfs */
    int root;       /* O_PATH of its root directory */
    int proc;       /* O_PATH of its /proc/PID: what is read below it is never another process's */
    ns_set has;     /* the types that the handle leads to */
    ns_set differs; /* those of them that are not ours already */
    uint64_t bound; /* CapBnd: what its processes could have at most */
    uint32_t uid, gid; /* who to be in its user namespace: root, else the first that it maps */
    bool no_new_privs;
    bool filtered; /* by a seccomp filter */
    bool is_pid;
    char words[96]; /* "pid 123", "box (pid 123)", "net:[4026532609]": for sentences */
};

void target_clear(struct target *target);
void target_close(struct target *target);

/* Finds what wanted->pid or wanted->path names. A process that ends meanwhile is told, and never
 * another one that has got its pid. The target is to be closed on failure, too. */
int target_open(const struct ns_target *wanted, struct target *target, struct err *err);

/* The sentence for a process that has ended: "pid 123 is gone". -1 with ESRCH. */
int target_gone(const struct target *target, struct err *err);

/* The variables that the process of a target was started with, as far as they are variables: what is
 * in there is its own to write. Adds to list but TERM, which is the terminal's. */
int target_environment(const struct target *target, struct strings *list, struct err *err);

/* For a process that differs in none of the types: the first below it that does, as where a pid is
 * that of sudo. 0: none. comm: its printable name. */
pid_t target_descendant(pid_t pid, ns_set types, char comm[64]);

/* ---- identity.c ---------------------------------------------------------------------------- */

/* Reads "net:[4026532609]". */
bool identity_parse(const char *text, enum ns_type *type, ino_t *inode);

/* Opens a namespace by it, whoever holds it: a process, a thread, a mount of ours or of another mount
 * namespace, a descriptor. -1: nowhere to be seen. */
int identity_open(enum ns_type type, ino_t inode);

/* Opens a file of nsfs; EINVAL for anything else, which is not opened. */
int nsfs_open(int directory, const char *path);

/* ---- netns.c ------------------------------------------------------------------------------- */

/* For a path of a network that ip(8) has made, /run/netns/NAME: the folder of its files,
 * /etc/netns/NAME, where there is one. The caller's; else NULL. ip-netns(8). */
char *netns_files(const char *path);

/* ---- into.c: the target's cgroups ---------------------------------------------------------- */

#define CGROUPS_MAX 32

/* Files cgroup.procs of the hierarchies in which the target is elsewhere than we. */
struct cgroup_files {
    int files[CGROUPS_MAX];
    size_t count;
};

/* Opens them. Needs no mounted hierarchy. cgroups(7). */
int cgroup_files_open(const struct target *target, struct cgroup_files *files, struct err *err);
void cgroup_files_close(struct cgroup_files *files);

/* Moves the process that calls this there. */
int cgroup_files_enter(const struct cgroup_files *files, struct err *err);

/* ---- tools.c: a join with the host's programs ---------------------------------------------- */

/* Whether a join with tools makes sense; chooses join->entered and fills place, the folder below
 * /run/nstui where the target's files will be. */
#define TOOLS_PLACE_SIZE 80
int tools_choose(struct join *join, const struct target *target, char place[TOOLS_PLACE_SIZE],
                 struct err *err);

#endif
