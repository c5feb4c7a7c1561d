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
};

struct layout_entry {
    enum layout_kind kind;
    bool directory; /* LAYOUT_BIND: [D], else [F] */
    bool read_only; /* LAYOUT_BIND: * */
    bool optional;  /* LAYOUT_BIND: ?: only where the host has the source */
    mode_t mode;    /* LAYOUT_DIR */
    char *source;  /* LAYOUT_BIND: absolute, on the host; LAYOUT_LINK: the link's text; else NULL */
    char *target;  /* absolute, in the root, without . and .. and double slashes */
    unsigned line; /* of the file, from 1 */
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

void layout_free(struct layout *layout);
void cleanup_layout(void *layout);
#define _cleanup_layout_ __attribute__((cleanup(cleanup_layout)))

/* ---- the spec -------------------------------------------------------------------------- */

enum enter {
    ENTER_NONE,   /* the host's root */
    ENTER_CHROOT, /* exercise 7: the binds in a private mount namespace, then chroot(2) */
    ENTER_PIVOT,  /* exercise 8: pivot_root(2), the old root detached */
};

enum grade {
    GRADE_LAB,        /* against accidents: some capabilities dropped, /proc/sys read-only */
    GRADE_PRIVILEGED, /* nothing is dropped */
};

/* What to launch. Owns all that it points to; free with spec_free(). Start with {0}, which is: no
 * new namespace, the host's root, pipes, grade lab. */
struct spec {
    char *name;        /* for messages and state only; may be NULL */
    ns_set namespaces; /* new ones */
    char *hostname;    /* NULL: stays what it is */
    char *root;        /* directory; NULL: the host's. spec_check() makes it absolute */
    enum enter enter;  /* not ENTER_NONE exactly where root is given */
    struct layout layout;
    bool init;           /* nstui-init is the first process and runs the command as its child */
    bool verbose;        /* init tells each process that it collects */
    struct strings argv; /* the command, argv[0] looked up in PATH in there */
    struct strings env;  /* "KEY=VALUE", over what every program starts with (engine_environment) */
    char *cwd;           /* in there; NULL: "/" with a root, else where the caller is */
    bool terminal;       /* a pty of its own; else three pipes */
    unsigned short columns, rows; /* of the terminal; 0: 80x24 */
    enum grade grade;
    char *init_program; /* path of nstui-init; NULL: program_find(). For tests */
    int cancel[2];      /* either can be read, or has an error: the launch is broken off; 0: none */
};

/* Checks a spec against the rules that need no kernel to say no, and normalises it: a relative root
 * becomes absolute, links resolved as far as it is there. Errors are sentences about the field:
 * `"_" cannot be in a hostname: try my-box`. err->errnum is 0 for these, else the errno met.
 * Which field was wrong is in *field where field is not null: "hostname", "root", "command", .. */
int spec_check(struct spec *spec, const char **field, struct err *err);

/* Checks a hostname alone: 1 to 64 letters, digits, "-" and ".", no "-" or "." at either end. */
int hostname_check(const char *hostname, struct err *err);

void spec_free(struct spec *spec);
void cleanup_spec(void *spec);
#define _cleanup_spec_ __attribute__((cleanup(cleanup_spec)))

/* The environment that a program starts with in there: TERM PATH HOME LANG, then the additions, the
 * later of two equal keys winning. Fills list (start with {0}); the caller frees it. */
void engine_environment(const struct strings *additions, struct strings *list);

/* ---- the steps of a launch ------------------------------------------------------------- */

enum step_who { STEP_PARENT, STEP_CHILD, STEP_INIT };

enum step_kind {
    STEP_CLONE,      /* flags: CLONE_NEW* */
    STEP_MAPS,       /* uid_map, gid_map, written by the parent */
    STEP_CGROUP,     /* unshare(CLONE_NEWCGROUP) */
    STEP_LOOPBACK,   /* lo of a new network namespace up */
    STEP_PRIVATE,    /* mount("", "/", MS_PRIVATE|MS_REC) */
    STEP_BIND_ROOT,  /* the root on itself */
    STEP_CHDIR_ROOT, /* into it */
    STEP_POINT,      /* a mount point, a directory or a link in the root */
    STEP_BIND,       /* mount(source, target, MS_BIND|MS_REC) */
    STEP_READ_ONLY,  /* mount_setattr(target, AT_RECURSIVE, RDONLY) */
    STEP_PROC,
    STEP_DEVPTS,
    STEP_TMPFS,
    STEP_PROTECT, /* a part of /proc read-only */
    STEP_MKDIR_OLD,
    STEP_PIVOT,
    STEP_CHROOT,
    STEP_CHDIR, /* chdir("/") */
    STEP_DETACH_OLD,
    STEP_RMDIR_OLD,
    STEP_HOSTNAME,
    STEP_TERMINAL,  /* opened in the container's own devpts where it has one */
    STEP_CAPS,      /* flags: nothing; what grade lab drops from the bounding set */
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
};

/* Launches a checked spec. Returns 0 once the command itself has been executed in there. On failure
 * fills err and launched->status, and nothing is left. Blocks SIG* only while it clones. The child
 * gets SIGKILL when the thread that called this ends (PR_SET_PDEATHSIG).
 * clone(2), pivot_root(2), mount_setattr(2), namespaces(7). */
int engine_launch(const struct spec *spec, struct launched *launched, struct err *err);

/* Closes all that is open; the process is left alone. */
void launched_close(struct launched *launched);

/* What to enter, and with what. Owns what it points to; join_free(). Start with {0}. */
struct join {
    pid_t pid;           /* the target, or 0 where path is given */
    uint64_t start_time; /* field 22 of its /proc/PID/stat; not 0: must be equal, else it is gone */
    char *path;          /* of an nsfs file, or "net:[4026532609]" */
    ns_set types;        /* what to enter; 0: all that differ */
    struct strings argv; /* empty: /bin/bash, else /bin/sh, as the target has it */
    struct strings env;  /* as in spec */
    char *cwd;           /* in there; NULL: "/" where mnt is entered, else where the caller is */
    bool terminal;
    unsigned short columns, rows;
    char *init_program; /* as in spec */
    int cancel[2];      /* as in spec */

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
