/* cgroups: where the cgroup hierarchies of this machine are mounted, v2, v1 or both, and what the
 * processes of one use. Everything is found by /proc, nothing by fixed paths. cgroups(7).
 */
#ifndef NSTUI_CGROUPS_H
#define NSTUI_CGROUPS_H

#include "nstui/base.h"

enum cgroup_controller {
    CGROUP_MEMORY,
    CGROUP_PIDS,
    CGROUP_CPU,
    CGROUP_CPUACCT,
    CGROUP_CONTROLLERS
};
#define CGROUP_BIT(controller) (1u << (controller))

/* As the kernel calls them: "memory", "pids", "cpu", "cpuacct". */
extern const char *const cgroup_controller_names[CGROUP_CONTROLLERS];

/* One hierarchy and where it is mounted. */
struct cgroup_mount {
    bool v2;
    unsigned controllers; /* CGROUP_BIT() of those that are in it */
    char *point;          /* the mount point */
    char *root;           /* which cgroup lies there, mostly "/" */
};

struct cgroup_mounts {
    struct cgroup_mount *items;
    size_t count, capacity;
};

/* Reads /proc/self/mountinfo; each hierarchy once, where it is mounted last. Only those that have one
 * of our controllers, and the one of v2. Start with {0}; the caller frees it. */
int cgroup_mounts_read(struct cgroup_mounts *mounts, struct err *err);
void cgroup_mounts_free(struct cgroup_mounts *mounts);
#define _cleanup_cgroup_mounts_ __attribute__((cleanup(cgroup_mounts_free)))

/* The hierarchy that has a controller; NULL: none that is mounted. */
const struct cgroup_mount *cgroup_mounts_find(const struct cgroup_mounts *mounts,
                                              enum cgroup_controller controller);

/* Says in err why a controller cannot be used, and what would help: it is off in this kernel, which
 * has none, or its hierarchy is mounted nowhere. Returns -1. */
int cgroup_controller_missing(enum cgroup_controller controller, struct err *err);

/* The cgroup of a process (0: ourselves) in a hierarchy, as a path below its mount point without a
 * slash in front, "" for the mount point itself; the caller's. NULL where it is not below it. */
char *cgroup_path_of(const struct cgroup_mount *mount, pid_t pid);

/* Opens a cgroup by such a path, and makes sure that it is one. Returns a descriptor of the directory,
 * or -1 with errno; ENOTSUP where something else lies there. */
int cgroup_open(const struct cgroup_mount *mount, const char *path);

/* Opens name below an open cgroup, with the same care. */
int cgroup_open_at(int fd, const char *name);

/* Whether the last part of a path is one that the engine made: NAME-TAG, the tag being 8 hex digits. */
bool cgroup_name_is_ours(const char *name);

/* The number after a word of a file of a cgroup ("oom_kill" in memory.events); with word NULL the
 * number that stands alone in it. -1 where there is none, INT64_MAX for "max". */
int64_t cgroup_number(int fd, const char *file, const char *word);

/* What a cgroup uses. -1: nobody counts that. */
struct cgroup_usage {
    bool own;             /* a cgroup that a launch has made; else nothing else is filled */
    int64_t memory_bytes; /* now */
    int64_t memory_limit_bytes;
    int64_t processes;
    int64_t process_limit;
    int64_t cpu_us;     /* since it was made */
    bool memory_is_off; /* this kernel could count memory, and was told not to */
};

/* Reads the figures of the engine's own cgroup that a process is in. Never fails; see own. */
void cgroup_usage_read(pid_t pid, struct cgroup_usage *usage);

/* Whether a controller is known to the kernel and off. */
bool cgroup_controller_is_off(enum cgroup_controller controller);

#endif
