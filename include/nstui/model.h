/* model: what one look at the machine saw, as data that never changes: processes, namespaces, who
 * is in which. Discovery builds it, look and ui read it, from any thread. No input or output in
 * here.
 *
 * Names that processes chose themselves (comm) may hold any bytes: text_printable() before a terminal.
 */
#ifndef NSTUI_MODEL_H
#define NSTUI_MODEL_H

#include "nstui/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* An index that means: none. */
#define SNAPSHOT_NONE UINT32_MAX

/* One process. Strings live as long as its snapshot. */
struct process {
    pid_t pid;
    pid_t ppid;
    uid_t uid;           /* effective */
    uint64_t start_time; /* clock ticks after boot, proc(5) stat field 22; with pid: who it is */
    char state;          /* R S D T t Z I .. */
    bool zombie;         /* it has ended and was not reaped: shows its pid and user namespace at
                          * most, and is a member of nothing */
    bool kernel_thread;
    bool forbidden; /* we may not read its namespaces */
    int threads;    /* 0: not known */
    dev_t tty;      /* its controlling terminal, 0: none; process_tty_name() */

    /* The inode of /proc/PID/ns/TYPE; 0: not known (forbidden, a zombie, a type that the kernel
     * lacks). */
    uint64_t identities[NS_TYPES];
    uint32_t namespaces[NS_TYPES]; /* indices in snapshot->namespaces; SNAPSHOT_NONE where the
                                    * identity is 0 or it is a zombie */
    pid_t
        pid_inside; /* its pid in its own pid namespace, where that is not the host's; 0: not known
                     */

    const char *comm;      /* raw, "" at least */
    const char *user;      /* name of uid, its number where it has none */
    const char *container; /* the container it belongs to, null: none that we know of */

    /* The process tree; SNAPSHOT_NONE at its ends. Children are in order of pid. */
    uint32_t parent, first_child, next_sibling;
};

/* One namespace. */
struct namespace
{
    enum ns_type type;
    uint64_t inode;
    uint64_t id; /* the kernel's own number for it, never used twice (NS_GET_ID); 0: not known */
    bool host;
    const uint32_t *members; /* indices in snapshot->processes, ascending by pid; none: only seen as
                                owner or parent of another (hidden) */
    size_t member_count;
    uint32_t
        leader; /* index of the member highest in the process tree, oldest first: of those whose
                 * parent is no member the one that started first. SNAPSHOT_NONE: no member */

    uint64_t owner;  /* inode of the user namespace that owns it; 0: not known, or none (the initial
                      * user namespace has none). NS_GET_USERNS */
    uint64_t parent; /* pid, user: inode of the one it is nested in; else 0. NS_GET_PARENT */
    bool owner_uid_known;
    uid_t owner_uid;        /* who made the owning user namespace (of a user namespace: itself) */
    const char *owner_name; /* the name of owner_uid, its number where it has none; null: unknown */

    const char *container; /* that of the leader, null: none */
};

/* How we know which namespaces are the host's. */
enum host_origin {
    HOST_UNKNOWN,
    HOST_OF_PID_1,   /* read from process 1: sure */
    HOST_OF_INITIAL, /* process 1 may not be read: the kernel's fixed number of the initial one */
    HOST_OF_OURS,    /* neither: those that we are in ourselves */
};

/* Counts that belong in a status line. */
struct snapshot_counts {
    size_t forbidden; /* processes whose namespaces we may not read */
    size_t vanished;  /* processes that ended while they were read */
    size_t zombies;
    size_t kernel_threads;
    size_t by_type[NS_TYPES]; /* namespaces */
};

struct snapshot {
    const struct process *processes; /* ascending by pid */
    size_t process_count;
    const struct namespace *namespaces; /* by type, then the host's first, then inode */
    size_t namespace_count;
    size_t type_start[NS_TYPES + 1]; /* namespaces of type t: [type_start[t], type_start[t + 1]) */

    ns_set types;            /* the types that this kernel has */
    uint64_t host[NS_TYPES]; /* the host's identities, 0: not known */
    enum host_origin host_origin[NS_TYPES];
    struct snapshot_counts counts;

    int64_t taken_ms;     /* CLOCK_MONOTONIC, when reading began */
    int64_t taken_wall_s; /* seconds since 1970 */
    int64_t duration_us;  /* how long it took to read */
    uint64_t number;      /* 1, 2 .. within one discovery */
    const char *source;   /* "proc" */
};

/* One more holder of it; the same pointer. Safe from any thread. */
struct snapshot *snapshot_ref(const struct snapshot *snapshot);

/* One holder less; frees it with the last. Takes null. */
void snapshot_unref(const struct snapshot *snapshot);

void snapshot_cleanup(const struct snapshot **snapshot);
#define _cleanup_snapshot_ __attribute__((cleanup(snapshot_cleanup)))

/* ---- finding; all answers belong to the snapshot ------------------------------------------ */

/* Null where there is none. */
const struct namespace *snapshot_find_namespace(const struct snapshot *snapshot, enum ns_type type,
                                                uint64_t inode);
const struct process *snapshot_find_process(const struct snapshot *snapshot, pid_t pid);

/* The same, and null too where pid means another process by now. start_time 0 matches any. */
const struct process *snapshot_find_same_process(const struct snapshot *snapshot, pid_t pid,
                                                 uint64_t start_time);

/* The leader of a namespace, null where it has no member. */
const struct process *snapshot_leader(const struct snapshot *snapshot,
                                      const struct namespace *space);

/* The process's namespace of a type, null where it is not known. */
const struct namespace *snapshot_namespace_of(const struct snapshot *snapshot,
                                              const struct process *process, enum ns_type type);

/* The index of an item in its array. */
uint32_t snapshot_process_index(const struct snapshot *snapshot, const struct process *process);
uint32_t snapshot_namespace_index(const struct snapshot *snapshot, const struct namespace *space);

/* The types in which a process is elsewhere than the host. What is not known does not differ. */
ns_set process_differs(const struct snapshot *snapshot, const struct process *process);

/* The types in which we know where a process is. */
ns_set process_known(const struct process *process);

/* The types in which two processes, also of two snapshots, are known to be in different ones. */
ns_set process_differs_from(const struct process *left, const struct process *right);

/* "pts/3", "tty1", "ttyS0", "4:7" for what we have no name for, "-" for none. Returns text. */
char *process_tty_name(const struct process *process, char *text, size_t size);

/* A word for where the host's identities come from: "process 1", "the initial ones", "our own",
 * "unknown". */
const char *host_origin_name(enum host_origin origin);

/* The weakest origin of all types that the kernel has: what a screen has to admit. */
enum host_origin snapshot_host_origin(const struct snapshot *snapshot);

/* ---- the difference of two ----------------------------------------------------------------- */

/* A process that was there before and is in another namespace now (setns(2), unshare(2)). */
struct snapshot_move {
    uint32_t before, after; /* the process, in either snapshot */
    enum ns_type type;
    uint64_t from, to; /* inodes */
};

/* Indices into the snapshots that were compared; valid as long as those are. */
struct snapshot_diff {
    uint32_t *born; /* namespaces of after */
    size_t born_count;
    uint32_t *died; /* namespaces of before */
    size_t died_count;
    struct snapshot_move *moves;
    size_t move_count;
    uint32_t *started; /* processes of after */
    size_t started_count;
    uint32_t *ended; /* processes of before; zombies have ended */
    size_t ended_count;
};

/* Compares two snapshots of one machine. An inode number is used again as soon as it is free, so a
 * namespace counts as the same one where the kernel's own id says so, else where at least one
 * process (pid and start time) was and is in it; without members on a side it is taken for the
 * same. The result is the caller's: snapshot_diff_free(). */
struct snapshot_diff *snapshot_diff(const struct snapshot *before, const struct snapshot *after);
void snapshot_diff_free(struct snapshot_diff *diff);

/* True where both are the same namespace by the rule above. */
bool snapshot_same_namespace(const struct snapshot *before, const struct namespace *left,
                             const struct snapshot *after, const struct namespace *right);

/* ---- building one: for discovery and tests ------------------------------------------------- */

struct snapshot_builder;

/* What a source says of one process; strings are copied. */
struct process_facts {
    pid_t pid, ppid;
    uid_t uid;
    uint64_t start_time;
    char state;
    bool kernel_thread;
    bool forbidden;
    int threads;
    dev_t tty;
    uint64_t identities[NS_TYPES];
    const char *comm;
};

/* What is known of one namespace's relations; 0: not known. */
struct namespace_facts {
    enum ns_type type;
    uint64_t inode, id, owner, parent;
    bool owner_uid_known;
    uid_t owner_uid;
};

struct snapshot_builder *snapshot_builder_new(void);
void snapshot_builder_free(struct snapshot_builder *builder);

/* A second one with the same pid replaces the first. */
void snapshot_builder_add_process(struct snapshot_builder *builder,
                                  const struct process_facts *facts);

void snapshot_builder_count_vanished(struct snapshot_builder *builder, size_t count);

/* The types that the kernel has (default: all), and the identities of the process that looks, for
 * hosts whose process 1 cannot be read. */
void snapshot_builder_set_kernel(struct snapshot_builder *builder, ns_set types,
                                 const uint64_t ours[NS_TYPES]);

void snapshot_builder_set_source(struct snapshot_builder *builder, const char *source);

/* Sorts processes, groups them into namespaces, finds leaders and host. Call once, after the last
 * process; the view of it below may be read until snapshot_builder_finish(). */
const struct snapshot *snapshot_builder_group(struct snapshot_builder *builder);

void snapshot_builder_set_time(struct snapshot_builder *builder, int64_t taken_ms,
                               int64_t taken_wall_s, int64_t duration_us, uint64_t number);

/* After grouping: relations, names of users, what only /proc/PID/status says, containers. */
void snapshot_builder_relate(struct snapshot_builder *builder, const struct namespace_facts *facts);
void snapshot_builder_name_user(struct snapshot_builder *builder, uid_t uid, const char *name);
void snapshot_builder_set_uid(struct snapshot_builder *builder, uint32_t process, uid_t uid);
void snapshot_builder_pid_inside(struct snapshot_builder *builder, uint32_t process, pid_t pid);

/* The container `name` is the process and all below it. */
void snapshot_builder_container_tree(struct snapshot_builder *builder, uint32_t process,
                                     const char *name);

/* The container `name` is all members of a namespace. */
void snapshot_builder_container_members(struct snapshot_builder *builder, uint32_t space,
                                        const char *name);

/* The snapshot, with one holder: the caller. Frees the builder. Namespaces that were only named as
 * owner or parent of others are among its namespaces now, without members. */
struct snapshot *snapshot_builder_finish(struct snapshot_builder *builder);

#endif
