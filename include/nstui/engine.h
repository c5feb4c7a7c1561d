/* engine: makes containers and enters them. The supervisor hands it a spec or a join and gets a
 * running process with its terminal or pipes; the command line asks it for the list of steps.
 *
 * A launch is data first: spec -> steps_plan() -> the list that `--dry-run` prints and that one
 * loop carries out in the child. The engine prints nothing, keeps no global state, and leaves
 * nothing behind when it fails: no process, no mount, no directory that it made.
 */
#ifndef NSTUI_ENGINE_H
#define NSTUI_ENGINE_H

#include "nstui/base.h"
#include "nstui/trace.h"
#include "nstui/types.h"

/* What `nstui run` and `nstui join` end with when the engine itself is the reason. */
enum {
    ENGINE_STATUS_FAILED = 125,      /* nothing was run: the set-up failed */
    ENGINE_STATUS_CANNOT_EXEC = 126, /* the command is there and cannot be executed */
    ENGINE_STATUS_NOT_FOUND = 127,   /* there is no such command in there */
};

/* ---- layouts: what makes a directory a usable root ------------------------------------- */

enum layout_kind {
    LAYOUT_BIND,   /* [D] SOURCE [*] [?] [-> TARGET], [F] ..: something of the host's */
    LAYOUT_PROC,   /* proc TARGET, and [D] /proc: a new one, of the container's own pids */
    LAYOUT_DEVPTS, /* devpts TARGET: a new one, for the container's own terminals */
    LAYOUT_TMPFS,  /* tmpfs TARGET: an empty directory in memory */
    LAYOUT_DIR,    /* dir TARGET [MODE]: a plain directory in the root, made where it is missing */
    LAYOUT_LINK,   /* link TARGET -> TEXT: a symbolic link in the root, made where it is missing */
    LAYOUT_MOUNT,  /* of a bundle alone: any file system that mount(2) knows, by type and options */
};

struct layout_entry {
    enum layout_kind kind;
    bool directory; /* LAYOUT_BIND: [D], else [F] */
    bool read_only; /* LAYOUT_BIND: * */
    bool optional;  /* LAYOUT_BIND: ?: only where the host has the source */
    bool shallow;   /* LAYOUT_BIND of a bundle: without the mounts that lie below the source */
    mode_t mode;    /* LAYOUT_DIR */
    char *type;     /* LAYOUT_MOUNT: "sysfs"; else NULL */
    char *options;  /* for the file system, but with LAYOUT_BIND, "mode=755,size=64k"; or NULL */
    unsigned long flags;       /* MS_NOSUID ..; 0: what the kind has by itself */
    unsigned long propagation; /* MS_PRIVATE, MS_SLAVE .. with MS_REC; 0: as the whole tree */
    char *source;  /* LAYOUT_BIND: absolute, on the host; LAYOUT_LINK: the link's text; else NULL */
    char *target;  /* absolute, in the root, without . and .. and double slashes */
    unsigned line; /* of the file, from 1; 0: of a bundle */
};

/* A parsed layout. Start with {0}; that is also the layout with nothing in it. */
struct layout {
    char *name; /* as asked for: "studio", or a path; for messages. NULL where there is none */
    struct layout_entry *entries;
    size_t count;
    size_t capacity;
};

/* Reads a layout file's text. name is how messages call it. On failure the layout is empty and err
 * has file, line and reason: `mine.layout:3: "[X]" is no mark (write [D] or [F])`. */
int layout_parse(const char *name, const char *text, struct layout *layout, struct err *err);

/* Loads a layout: a name ("studio") from the assets, what has a slash or ends in .layout as a file;
 * "none" is the empty one. */
int layout_load(const char *name_or_path, struct layout *layout, struct err *err);

/* Makes "/a/b" of "//a/./b/"; *normal is the caller's. False with ".." in it, where it is not absolute,
 * and for "/" itself: nothing of the kind can be a target. */
bool layout_path_normalize(const char *path, char **normal);

void layout_free(struct layout *layout);
void cleanup_layout(void *layout);
#define _cleanup_layout_ __attribute__((cleanup(cleanup_layout)))

/* ---- the spec -------------------------------------------------------------------------- */

/* A namespace that exists, to be entered and not made. One of pid and path. */
struct ns_target {
    pid_t pid;           /* a process, or 0 */
    uint64_t start_time; /* field 22 of its /proc/PID/stat; not 0: must be equal, else it is gone */
    char *path;          /* of an nsfs file, or "net:[4026532609]" */
    char *words;         /* as it was typed, for messages; may be NULL */
};

/* One line of a map of ids: user_namespaces(7). */
struct id_map {
    uint32_t inside, outside, count;
};
struct id_maps {
    struct id_map *items;
    size_t count, capacity;
};

/* What time_namespaces(7) adds to a clock. */
struct time_offset {
    bool given;
    int64_t seconds;
    uint32_t nanoseconds;
};

enum propagation { PROPAGATION_PRIVATE, PROPAGATION_SLAVE, PROPAGATION_SHARED };

/* Sets of capabilities as bits 1 << CAP_X: capabilities(7). */
struct capability_sets {
    bool given; /* else what the grade says */
    uint64_t bounding, effective, permitted, inheritable, ambient;
};

struct rlimit_entry {
    int resource;        /* RLIMIT_NOFILE .. */
    uint64_t soft, hard; /* RLIM_INFINITY: none */
};
struct rlimit_list {
    struct rlimit_entry *items;
    size_t count, capacity;
};

/* Of a cgroup of its own; all 0: it gets none. cgroups(7). */
struct limits {
    uint64_t memory_bytes;
    uint64_t swap_bytes;                  /* beside memory; only where memory_bytes is given */
    uint64_t processes;                   /* pids.max */
    uint64_t cpu_quota_us, cpu_period_us; /* quota in each period; period 0: 100,000 */
    uint64_t cpu_weight;                  /* 1 to 10,000, as cgroup v2 has it */
};

enum network_kind {
    NETWORK_AS_IS,  /* that of the namespace: the host's, or with -n a loopback that is up */
    NETWORK_BRIDGE, /* a veth pair, its other end in a bridge of the host's */
};
struct network {
    enum network_kind kind;
    char *bridge;  /* "nstui0" where NULL; made where it is missing, and then removed by the last */
    char *address; /* "10.88.0.2/24"; NULL: the first that is free in the bridge's own network */
    char *gateway; /* of the default route; NULL: the bridge's address; "" none */
};

/* Who the command is. */
struct identity {
    bool given; /* else root in there */
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* supplementary */
    size_t group_count;
    char *user; /* "NAME" or "UID": the rest, and HOME, is what passwd and group in there say of it;
                 * NULL: the numbers are all */
    char *group; /* "NAME" or "GID", over that of passwd; NULL: none */
};

/* Steps of a launch that are left out, to see what goes wrong without them. */
enum omission {
    OMIT_PRIVATE = 1,   /* mounts stay shared with where it is launched */
    OMIT_PROC = 2,      /* no new /proc */
    OMIT_INIT = 4,      /* the command is PID 1 although --init is asked for */
    OMIT_BIND_ROOT = 8, /* the root is not bound on itself */
};

enum enter {
    ENTER_NONE,   /* the host's root */
    ENTER_CHROOT, /* exercise 7: the binds in a private mount namespace, then chroot(2) */
    ENTER_PIVOT,  /* exercise 8: pivot_root(2), the old root detached */
};

enum grade {
    GRADE_LAB,        /* against accidents: some capabilities dropped, /proc/sys read-only */
    GRADE_PRIVILEGED, /* nothing is dropped */
    GRADE_WALLED,     /* a wall: few capabilities, a seccomp filter, masked paths, no_new_privs */
};

/* "lab", "privileged", "walled". */
const char *grade_name(enum grade grade);

struct launched;

/* What to launch. Owns all that it points to; free with spec_free(). Start with {0}, which is: no
 * new namespace, the host's root, pipes, grade lab. */
struct spec {
    char *name;                             /* for messages and state only; may be NULL */
    ns_set namespaces;                      /* new ones */
    ns_set shared;                          /* entered, not made: none that is in namespaces */
    struct ns_target shares[NS_TYPES];      /* of each type in shared */
    char *hostname;                         /* NULL: stays what it is */
    char *domainname;                       /* of NIS; NULL: stays what it is */
    struct time_offset monotonic, boottime; /* of a new time namespace */
    struct id_maps uid_map,
        gid_map;      /* of a new user namespace; none: root in there is the caller */
    char *root;       /* directory; NULL: the host's. spec_check() makes it absolute */
    enum enter enter; /* not ENTER_NONE exactly where root is given */
    struct layout layout;
    bool root_read_only;
    bool root_no_devices; /* device nodes that lie in the root itself cannot be opened */
    bool root_throwaway;  /* overlayfs over it, whose upper layer is in memory and goes with it */
    bool old_root_folder; /* pivot_root puts the old root at /old-root for a moment, as exercise 8
                           * does by hand; else it comes to lie on the new one */
    bool keep_old_root;   /* it stays there, to be looked at */
    enum propagation propagation;
    unsigned omit;            /* OMIT_* */
    struct strings masked;    /* paths in there that are covered with something empty */
    struct strings read_only; /* paths in there that become read-only */
    bool no_grade_paths;      /* masked and read_only say it all (a bundle): the grade adds none */
    struct strings sysctls;   /* "net.ipv4.ip_forward=1", of its own namespaces alone */
    bool init;           /* nstui-init is the first process and runs the command as its child */
    bool init_shell;     /* nstui-init with its small shell; argv may be empty */
    bool hold;           /* no command: nstui-init holds the namespaces until it is ended */
    bool verbose;        /* init tells each process that it collects */
    struct strings argv; /* the command, argv[0] looked up in PATH in there */
    struct strings env;  /* "KEY=VALUE", over what every program starts with (engine_environment) */
    bool env_exact;      /* env is all of it (a bundle) */
    char *cwd;           /* in there; NULL: "/" with a root, else where the caller is */
    bool terminal;       /* a pty of its own; else three pipes */
    bool console;        /* with a root: that pty is /dev/console in there, too (a bundle) */
    unsigned short columns, rows; /* of the terminal; 0: 80x24 */
    enum grade grade;
    struct identity identity;
    struct capability_sets capabilities;
    uint64_t capabilities_added,
        capabilities_dropped; /* bits, over what the grade says; all bits: every one */
    bool no_new_privs;
    char *seccomp; /* the JSON of an OCI linux.seccomp; NULL: what the grade says; "": none */
    struct rlimit_list rlimits;
    int oom_score; /* -1000 to 1000, of proc(5) oom_score_adj; 0: as it is */
    bool umask_given;
    mode_t umask; /* else 022 */
    struct limits limits;
    char *cgroup; /* the cgroup that its own is made below, from the root of the hierarchy; NULL:
                   * "nstui" */
    struct network network;
    char tag
        [9]; /* 8 hex digits, of what is made outside of its namespaces; "": made by the engine */
    char *init_program; /* path of nstui-init; NULL: program_find(). For tests */
    int cancel[2];      /* either can be read, or has an error: the launch is broken off; 0: none */

    /* Called once when the first process is there and still waits, before anything of the container
     * runs: launched has its pid and address. Whoever writes down what is to be cleaned does it here. -1
     * breaks the launch off. May be null. */
    int (*born)(void *data, const struct launched *launched, struct err *err);
    void *born_data;
};

/* Checks a spec against the rules that need no kernel to say no, and normalises it: a relative root
 * becomes absolute, links resolved as far as it is there. Errors are sentences about the field:
 * `"_" cannot be in a hostname: try my-box`. err->errnum is 0 for these, else the errno met.
 * Which field was wrong is in *field where field is not null: "hostname", "root", "command", .. */
int spec_check(struct spec *spec, const char **field, struct err *err);

/* Fills the maps of a spec from the caller's lines in /etc/subuid and /etc/subgid, and asks for a user
 * namespace: root in there is the caller and the others are subordinate ids; for root they all are.
 * -1 where he has none. subuid(5). */
int spec_map_auto(struct spec *spec, struct err *err);

/* What a spec comes to, its grade and its own wishes together: for a config.json. The sets have bits
 * of capabilities that no kernel knows yet, where all are meant. */
void spec_capabilities(const struct spec *spec, struct capability_sets *sets);

/* The seccomp profile in force as the JSON of an OCI linux.seccomp; *json is the caller's, NULL where
 * there is none. */
int spec_seccomp(const struct spec *spec, char **json, struct err *err);

/* The paths that are covered, and those that are read-only. Adds to the lists. */
void spec_paths(const struct spec *spec, struct strings *masked, struct strings *read_only);

/* Whether no_new_privs is set: asked for, or of the grade. */
bool spec_no_new_privs(const struct spec *spec);

/* "CAP_CHOWN" of a number; NULL for one that we do not know. The other way round, also without CAP_ and
 * in small letters, and ALL: adds the bits. capabilities(7). */
const char *capability_name(unsigned number);
int capability_parse(const char *name, uint64_t *bits, struct err *err);

/* "nofile", also "RLIMIT_NOFILE": its RLIMIT_* number, -1 where there is none; and its name in small
 * letters, NULL. getrlimit(2). */
int rlimit_number(const char *name);
const char *rlimit_name(int resource);

/* Checks a hostname alone: 1 to 64 letters, digits, "-" and ".", no "-" or "." at either end. */
int hostname_check(const char *hostname, struct err *err);

void spec_free(struct spec *spec);
void cleanup_spec(void *spec);
#define _cleanup_spec_ __attribute__((cleanup(cleanup_spec)))

/* The environment that a program starts with in there: TERM PATH HOME LANG, then the additions, the
 * later of two equal keys winning. Fills list (start with {0}); the caller frees it. */
void engine_environment(const struct strings *additions, struct strings *list);

/* ---- the steps of a launch ------------------------------------------------------------- */

enum step_who { STEP_PARENT, STEP_CHILD, STEP_INIT, STEP_BETWEEN };

enum step_kind {
    STEP_STANDIN,     /* by the one between: unshare(CLONE_NEWNS), its mounts shared in itself */
    STEP_ENTER_EARLY, /* by the one between: setns of pid and user, that its child is born in */
    STEP_TIME,        /* by the one between: unshare(CLONE_NEWTIME), timens_offsets */
    STEP_CLONE,       /* flags: CLONE_NEW* */
    STEP_MAPS,        /* uid_map, gid_map, written by the parent: source and target */
    STEP_OOM,         /* parent: /proc/PID/oom_score_adj */
    STEP_LIMITS,      /* parent: a cgroup of its own, its limits, the child moved into it */
    STEP_NETWORK,     /* parent: the bridge and the veth pair, one end given to the child */
    STEP_ENTER,       /* child: setns of a type that is shared */
    STEP_ADDRESS,     /* child: address and route of its end of the veth pair */
    STEP_CGROUP,      /* unshare(CLONE_NEWCGROUP) */
    STEP_LOOPBACK,    /* lo of a new network namespace up */
    STEP_PRIVATE,     /* mount("", "/", MS_PRIVATE|MS_REC) */
    STEP_BIND_ROOT,   /* the root on itself */
    STEP_CHDIR_ROOT,  /* into it */
    STEP_OVERLAY,     /* a throw-away root over it */
    STEP_POINT,       /* a mount point, a directory or a link in the root */
    STEP_BIND,        /* mount(source, target, MS_BIND|MS_REC) */
    STEP_ETC,         /* a file of /etc/netns/NAME over that of /etc, where there is one */
    STEP_READ_ONLY,   /* mount_setattr(target, AT_RECURSIVE, RDONLY) */
    STEP_PROC,
    STEP_DEVPTS,
    STEP_TMPFS,
    STEP_MOUNT,          /* of a bundle: any file system */
    STEP_ATTRIBUTES,     /* mount_setattr(target, flags: MOUNT_ATTR_*); mode 1: looked up again */
    STEP_SPREAD,         /* mount(target, flags: MS_SLAVE ..) of what was mounted last */
    STEP_MASK,           /* covered with something empty */
    STEP_PROTECT,        /* read-only where it lies: a part of /proc, a path of a bundle */
    STEP_SYSCTL,         /* source: the value; target: the file below /proc/sys */
    STEP_PASSWD,         /* who --setuid means, in the root's own passwd and group */
    STEP_ROOT_READ_ONLY, /* flags: MOUNT_ATTR_RDONLY, _NODEV of the root itself */
    STEP_MKDIR_OLD,
    STEP_PIVOT,
    STEP_CHROOT,
    STEP_CHDIR, /* chdir("/") */
    STEP_DETACH_OLD,
    STEP_RMDIR_OLD,
    STEP_HOSTNAME,
    STEP_DOMAINNAME,
    STEP_RLIMITS,
    STEP_IDENTITY, /* setgroups, setresgid, setresuid */
    STEP_NO_NEW_PRIVS,
    STEP_SECCOMP,   /* the last: what comes after must pass it */
    STEP_TERMINAL,  /* opened in the container's own devpts where it has one */
    STEP_CONSOLE,   /* it is bound on /dev/console */
    STEP_CAPS,      /* target: the names of what is dropped from the bounding set */
    STEP_INIT_EXEC, /* execveat of the sealed memfd */
    STEP_WORKDIR,   /* by nstui-init, when no other fd is open any more */
    STEP_EXEC,      /* the command */
};

struct step {
    enum step_kind kind;
    enum step_who who;
    const struct layout_entry *entry; /* which line asked for it; NULL: none */
    char *source;
    char *target; /* in the root: relative to it, as the calls are made after chdir(ROOT) */
    unsigned long flags;
    mode_t mode;
};

/* The ordered list. Points into the spec that it was planned from, which must outlive it. */
struct steps {
    struct step *items;
    size_t count;
    size_t capacity;
};

/* Plans a launch of a checked spec. Looks at the host's files (are the sources of the layout there,
 * is [D] a directory), changes nothing. */
int steps_plan(const struct spec *spec, struct steps *steps, struct err *err);

/* One step as a call: `mount("", "/", MS_PRIVATE|MS_REC)`. The result is the caller's, printable.
 */
char *step_line(const struct step *step);

/* Who makes a step: "parent", "child" or "init". */
const char *step_who_name(enum step_who who);

/* The whole list in plain words, neighbours of a kind in one line, as the create form shows it:
 * `clone: new mnt pid uts`, `make every mount private`, `bind 11 entries, * read-only`. Adds the
 * lines, without numbers, to list. */
void steps_summary(const struct steps *steps, struct strings *list);

void steps_free(struct steps *steps);
void cleanup_steps(void *steps);
#define _cleanup_steps_ __attribute__((cleanup(cleanup_steps)))

/* ---- launch and join ------------------------------------------------------------------- */

/* Where a launch without the step `private` has run: a mount namespace that stands in for the host, a
 * copy of its mounts, shared within itself as systemd leaves a host's. -1 where there is none. */
struct standin {
    int mounts; /* the namespace: a file of nsfs */
    int before; /* its mountinfo as it was at the start, a memfd */
    int after;  /* and at the end, once it was looked at */
};

/* What has come to it since, a sentence each, with what would repair it on a real host. Looks at it where
 * that was not done yet. Adds nothing where there is no stand-in. */
void engine_standin_story(struct standin *standin, const struct spec *spec, struct strings *told);

/* A process that runs. Every descriptor is the caller's, close-on-exec, -1 where there is none. */
struct launched {
    pid_t pid;    /* as the caller's pid namespace has it; the caller's child, to be waited for */
    int pidfd;    /* of it */
    int alive;    /* keep it open: when its last copy closes, nstui-init ends the container */
    int terminal; /* master of the pty; or, with pipes: */
    int input;    /* writes to its stdin */
    int output;   /* reads its stdout */
    int error;    /* reads its stderr */
    int status;   /* on failure: ENGINE_STATUS_*, for the exit status */
    char address[48]; /* on a bridge, its own and its gateway's: "10.88.77.2/24 10.88.77.1" */
    bool made_root;   /* the root directory was not there, and was made for it */
    struct recorder *recorder; /* what was called for it, also on failure; see launched_trace() */
    struct standin standin;    /* also on failure */
};

/* Launches a checked spec. Returns 0 once the command itself has been executed in there. On failure
 * fills err and launched->status, and nothing is left. Blocks SIG* only while it clones. The child
 * gets SIGKILL when the thread that called this ends (PR_SET_PDEATHSIG).
 * clone(2), pivot_root(2), mount_setattr(2), namespaces(7). */
int engine_launch(const struct spec *spec, struct launched *launched, struct err *err);

/* Takes away what a launch has made outside of its namespaces: the cgroups that bear the name and tag,
 * with every process that is still in them, and the host's end of its veth pair, the bridge where it
 * was the last. Also after the supervisor was killed. What is not there is fine. -1 and a sentence
 * where something stays. */
int engine_outside_clean(const char *name, const char *tag, struct err *err);

/* Whether a launch of this spec makes anything outside, so that it needs a tag. */
bool engine_outside_wanted(const struct spec *spec);

/* A new tag, for spec->tag. */
void engine_tag_make(char tag[9]);

/* What the cgroup of a launch tells at its end, before engine_outside_clean(): `the kernel ended it: it
 * wanted more than 64 MiB`. The caller's; NULL: nothing that is worth a word. */
char *engine_outside_story(const char *tag);

/* The calls that the engine and nstui-init have made for it, in order, with what each gave. Adds to
 * trace. Also after a failure, as long as launched_close() was not called. */
void launched_trace(const struct launched *launched, struct trace *trace);

/* Closes all that is open; the process is left alone. Also after a failure. */
void launched_close(struct launched *launched);

/* ---- namespaces kept by files ----------------------------------------------------------- */

/* Binds the namespaces of a target to files DIRECTORY/TYPE, which are made for them (and DIRECTORY with
 * them, where it is missing): they keep the namespaces when no process is in them any more, and join by
 * path enters them. types 0: all in which the target differs from us. Adds the paths to files, and
 * sentences that the user should know to told. All or nothing. EPERM; EEXIST where one is pinned there;
 * EINVAL for a mount namespace that is older than our own. namespaces(7), mount_namespaces(7). */
int engine_pin(const struct ns_target *target, ns_set types, const char *directory,
               struct strings *files, struct strings *told, struct err *err);

/* The same for new namespaces: launches a checked spec that only holds them, pins them all, and ends the
 * process. Refuses a pid namespace, which nothing but its first process keeps: pid_namespaces(7). */
int engine_pin_new(struct spec *spec, const char *directory, struct strings *files,
                   struct strings *told, struct err *err);

/* Lets go what is pinned to a file, or to the files of a directory: unmounts the namespace that lies
 * right there, removes the file if it is one of ours, and never anything else. Follows no symbolic link
 * at the end of the path. Adds the paths to files. */
int engine_unpin(const char *path, struct strings *files, struct err *err);

/* What to enter, and with what. Owns what it points to; join_free(). Start with {0}. */
struct join {
    pid_t pid;           /* the target, or 0 where path is given */
    uint64_t start_time; /* field 22 of its /proc/PID/stat; not 0: must be equal, else it is gone */
    char *path;          /* of an nsfs file, or "net:[4026532609]" */
    char *name;          /* of the container, where it has one: the folder of tools; may be NULL */
    ns_set types;        /* what to enter; 0: all that differ */
    struct strings argv; /* empty: /bin/bash, else /bin/sh, as the target has it */
    struct strings env;  /* as in spec */
    char *cwd;           /* in there; NULL: "/" where mnt is entered, else where the caller is */
    bool terminal;
    unsigned short columns, rows;
    char *init_program; /* as in spec */
    int cancel[2];      /* as in spec */
    char *seccomp;      /* the JSON of an OCI linux.seccomp for the command; NULL: none */
    bool environment;   /* the target's, under env; else what every program starts with */
    bool cgroup;        /* moved into the target's cgroup first */
    bool tools;         /* the host's files as the root, the target's at /run/nstui/NAME/target */

    /* filled by engine_join() */
    ns_set entered;    /* what was really entered: types that are the same are skipped */
    char message[256]; /* a word of warning for the user, "" where there is none */
};

/* Reads TARGET as a command line has it: a pid, the path of an nsfs file, TYPE:[INODE]. Names of
 * containers are the caller's to look up first (fill pid and start_time). Fills join->pid or
 * join->path. */
int join_target_parse(const char *text, struct join *join, struct err *err);

/* Enters the target's namespaces by nstui-init --enter, a sealed copy, and executes the command
 * there. launched as with engine_launch(); `alive` is -1. Errors: the target is gone, EPERM (which
 * type), 126, 127. setns(2), user_namespaces(7). */
int engine_join(struct join *join, struct launched *launched, struct err *err);

void join_free(struct join *join);
void cleanup_join(void *join);
#define _cleanup_join_ __attribute__((cleanup(cleanup_join)))

#endif
