/* What the files of the engine share, and nobody else sees. */
#ifndef NSTUI_ENGINE_PRIVATE_H
#define NSTUI_ENGINE_PRIVATE_H

#include <sys/stat.h>

#include "kernel.h"
#include "nstui/engine.h"

/* ---- words.c: bytes of files and users, fit to be in a sentence ------------------------ */

#define WORD_SIZE 256

/* A path or a name as it may stand in a message. Returns buffer. */
char *word(char buffer[WORD_SIZE], const char *text);

/* ---- beneath.c: paths in a root that somebody else fills ------------------------------- */

/* Opens path below the directory root as if root were "/": symbolic links and ".." stay inside.
 * openat2(2), RESOLVE_IN_ROOT. Returns a descriptor or -1 with errno. */
int beneath_open(int root, const char *path, int flags);

/* Opens the directory that becomes a root, by the path that spec_check() has resolved: a symbolic
 * link in it was put there since, by somebody else. Returns an O_PATH descriptor or -1 with errno,
 * then ELOOP. */
int root_open(const char *path);

/* Makes sure that path is there below root: a directory, an empty file or a symbolic link (whose
 * text is then given), as mode says, with its missing parents. What is there already stays as it
 * is. Returns 0, or -1 with errno: EISDIR, ENOTDIR and ELOOP where it is of another kind. */
int beneath_make(struct kernel *kernel, int root, const char *path, mode_t mode, const char *text);

/* Takes away what beneath_make() made there: an empty file, an empty directory, a link; then the
 * parents, as long as they are empty. What has something in it stays. */
void beneath_remove(int root, const char *path);

/* ---- sealed.c --------------------------------------------------------------------------- */

/* A sealed copy in memory of nstui-init (path, or where program_find() has it), to be executed with
 * execveat(2). Returns a descriptor. memfd_create(2), fcntl(2) F_ADD_SEALS. */
int sealed_open(const char *path, struct err *err);

/* ---- channel.c: what child and init tell the parent ------------------------------------- */

/* What came over it until its end of file. */
struct channel_result {
    struct recorder *recorder; /* given: what nstui-init tells of its calls goes there; or NULL */
    bool wants_terminal;       /* given: else none is taken */
    bool failed;
    int terminal; /* master, -1: none */
    int pidfd;    /* of nstui-init --enter, -1: none */
    int status;   /* where failed: ENGINE_STATUS_* */
};

/* In the parent: reads until every copy of the child's end is closed, that is until the command has
 * been executed, or something has failed, or one of cancel wants it to end. command and place are
 * for the sentence: `cannot run COMMAND in PLACE: ..`. timeout_ms as in poll(2). */
void channel_wait(int parent, const char *command, const char *place, int timeout_ms,
                  const int cancel[2], struct channel_result *result, struct err *err);

/* A word of the parent's, which lets the child go on, and with it a descriptor where that is not -1. */
int channel_say(int parent, const char *words, int descriptor, struct err *err);

/* In the child: waits for a word of the parent's and returns the descriptor that came with it, or -1. */
int channel_take(int child);

/* In the child: tells a failure of the set-up. */
void channel_fail(int child, const struct err *err);

/* In the child: passes the terminal's master out. */
int channel_send_terminal(int child, int master);

/* ---- start.c: shared by launch and join -------------------------------------------------- */

/* The three pipes of a process without a terminal; [0] stdin .. [2] stderr, all close-on-exec. */
struct pipes {
    int ours[3], theirs[3];
};

void pipes_clear(struct pipes *pipes);
int pipes_open(struct pipes *pipes, struct err *err);
void pipes_close(int ends[3]);

/* ---- terminal.c -------------------------------------------------------------------------- */

/* In the child: opens a pseudo-terminal in the devpts of root, else with the host's /dev/ptmx, and
 * makes it the controlling terminal. Returns the slave, and the master in *master. */
int terminal_open(int root, unsigned short columns, unsigned short rows, int *master,
                  struct err *err);

/* ---- step_list.c: for the files that plan a part --------------------------------------- */

/* A new step at the end. */
struct step *step_add(struct steps *steps, enum step_kind kind, enum step_who who);

/* The same for the child, with copies of source and target; either may be NULL. */
struct step *step_add_child(struct steps *steps, enum step_kind kind, const char *source,
                            const char *target);

/* Each adds what the spec asks of its part, mostly nothing. steps_plan() has the order. */
int share_plan_early(struct steps *steps, const struct spec *spec, struct err *err); /* share.c */
void share_plan(struct steps *steps, const struct spec *spec);
void share_plan_files(struct steps *steps, const struct spec *spec);
void maps_plan(struct steps *steps, const struct spec *spec);    /* maps.c */
void limits_plan(struct steps *steps, const struct spec *spec);  /* limits.c */
void network_plan(struct steps *steps, const struct spec *spec); /* network.c */
void network_plan_child(struct steps *steps, const struct spec *spec);
void overlay_plan(struct steps *steps, const struct spec *spec);                /* overlay.c */
int layout_plan(struct steps *steps, const struct spec *spec, struct err *err); /* layout_steps.c */
bool console_is_planned(const struct steps *steps);
int paths_plan(struct steps *steps, const struct spec *spec, struct err *err); /* paths.c */
void sysctls_plan(struct steps *steps, const struct spec *spec);
/* A new /proc, and what the grade closes in it: who writes there changes the host. layout_steps.c */
void proc_plan(struct steps *steps, const struct spec *spec, const char *target,
               const struct layout_entry *entry);
void proc_paths_plan(struct steps *steps, const struct spec *spec, const char *target,
                     const struct layout_entry *entry);
void root_attributes_plan(struct steps *steps, const struct spec *spec);
void rights_plan_parent(struct steps *steps, const struct spec *spec); /* rights.c */
void rights_plan(struct steps *steps, const struct spec *spec);

/* Checks of parts of a spec, called by spec_check(). */
int share_check(struct spec *spec, struct err *err);
int overlay_check(struct spec *spec, struct err *err);
int maps_check(struct spec *spec, struct err *err);
int limits_check(struct spec *spec, struct err *err);
int network_check(struct spec *spec, struct err *err);
int rights_check(struct spec *spec, struct err *err);
int paths_check(struct spec *spec, struct err *err);
int sysctls_check(const struct spec *spec, struct err *err); /* sysctl.c */

/* ---- share.c: namespaces that are entered ------------------------------------------------- */

/* The CLONE_NEW* that the process between makes itself, so that the clone does not. */
unsigned long share_flags_early(const struct steps *steps);

/* Where spec->shared leads to, opened before the clone. -1: not shared, or the same as ours. */
struct shares {
    int handles[NS_TYPES]; /* what setns(2) takes: a pidfd, or a file of nsfs */
    int root;              /* O_PATH of the root directory of mnt's process */
};

void shares_clear(struct shares *shares);
int shares_open(const struct spec *spec, struct shares *shares, struct err *err);
void shares_close(struct shares *shares);

/* One STEP_ENTER or STEP_ENTER_EARLY: setns(2), and the root of a process that is in chroot(2).
 * -1 with a sentence and err->errnum. */
int shares_enter(struct kernel *kernel, const struct shares *shares, const struct step *step,
                 struct err *err);

/* Adds to an err that says that no process can be started: why a pid namespace takes none. */
int pid_ended_hint(struct err *err); /* words.c */

/* ---- standin.c: what a launch without STEP_PRIVATE leaks, seen where it does no harm --------- */

void standin_clear(struct standin *standin);
void standin_close(struct standin *standin);
int standin_check(struct spec *spec, struct err *err);
void standin_plan(struct steps *steps, const struct spec *spec);

/* By the process between: goes into a stand-in of its own. The descriptors are the launch's. */
int standin_enter(struct kernel *kernel, struct standin *standin, struct err *err);

/* Looks at it now, before anything in it is taken back. */
void standin_look(struct standin *standin);

/* ---- launch.c: the parent ---------------------------------------------------------------- */

/* What a launch under way holds. */
struct launch {
    const struct spec *spec;
    struct steps steps;
    struct strings environment;
    struct pipes pipes;
    struct shares shares;
    struct standin standin;
    struct kernel kernel;
    int sealed;
    int channel[2]; /* parent's, child's */
    int alive[2];
    int pidfd;
    pid_t pid;
    bool made_root;
    bool by_root;          /* the caller is root */
    char tag[9];           /* the spec's, or one of our own */
    char go[64];           /* what lets the child go on: "g", then what it is to know */
    struct filter *filter; /* the seccomp program, compiled before the clone; NULL: none */
};

/* Carried out by the parent after the clone, while the child waits. */
int parent_maps(struct launch *launch, const struct step *step, struct err *err);    /* maps.c */
int parent_rlimits(struct launch *launch, const struct step *step, struct err *err); /* rights.c */
int parent_oom(struct launch *launch, const struct step *step, struct err *err);
int parent_limits(struct launch *launch, const struct step *step, struct err *err);  /* limits.c */
int parent_network(struct launch *launch, const struct step *step, struct err *err); /* network.c */

/* between.c: whether a process between is needed, and its clone: it carries out the steps of
 * STEP_BETWEEN and makes the child with CLONE_PARENT, so that the child is ours. 0 in the child. */
bool between_is_needed(const struct steps *steps);
pid_t between_clone(struct launch *launch, unsigned long flags, int *pidfd, struct err *err);

/* filter.c: compiles spec->seccomp, or the grade's; *filter NULL where there is none to set. */
struct filter;
int filter_compile(const struct spec *spec, struct filter **filter, struct err *err);

/* Whether all that is set is a guard of the host's names: grade lab without a uts namespace. */
bool filter_guards_names(const struct spec *spec);
void filter_free(struct filter *filter);

/* The same of a profile's JSON, as a program in memory for nstui-init --filter. A descriptor. */
int filter_memory(const char *json, struct err *err);

/* ---- setup.c, mounts.c: the child ------------------------------------------------------- */

/* maps.c: who root in there is out here, where the maps of a spec say so; else -1. */
uid_t maps_outside(const struct id_maps *maps, uint32_t inside);

/* A root that was made for a launch, or its pipes, given to root in there. */
void maps_own(const struct spec *spec, int fd);

/* errors.c: the hint for an ENOSPC of clone(2) or unshare(2); -1. */
int limit_hint(ns_set types, struct err *err);

/* errors.c: the sentence for a clone(2) that failed. */
int clone_error(const struct spec *spec, int errnum, struct err *err);

/* What the child of a launch works with. */
struct setup {
    const struct spec *spec;
    const struct steps *steps;
    const struct filter *filter;
    const struct shares *shares;
    struct kernel kernel;
    char **environment;
    int channel; /* the child's end */
    int sealed;  /* nstui-init */
    int alive;   /* the child's end, for init; -1 where there is no init */
    int root;    /* O_PATH of the root, from STEP_CHDIR_ROOT on; AT_FDCWD-like "/" before */
    int slave;   /* of the terminal; -1 with pipes */
    int mounted; /* O_PATH of what the last step has mounted, -1 where there is none */
    int proc;    /* O_PATH of the /proc that was mounted last, -1 */
    const char *proc_target;  /* where */
    struct identity identity; /* the spec's, and what STEP_PASSWD has found */
    int theirs[3];
    bool made_old; /* old-root was not there before */
    bool by_root;  /* the caller of the launch is root */
    char go[64];   /* what the parent said when it let us go on */
};

/* The child's whole life from clone to execveat. */
_Noreturn void setup_run(struct setup *setup);

/* A descriptor as a path, for calls that take nothing else. Returns path. */
#define FD_PATH_SIZE 40
const char *fd_path(char path[FD_PATH_SIZE], int fd);

/* Opens a file of the host's that is to be bound, O_PATH, with its type and inode in status. A device
 * that every root needs must be that device: /dev/null is 1:3. mounts.c */
int source_open(const char *path, struct statx *status, struct err *err);

/* Opens, beneath the root, what a step mounts on: a directory, or what is none (kind), and no link. */
int mount_target_open(const struct setup *setup, const struct step *step, mode_t kind);

/* Opens what lies on a target now and makes sure that it is a mount, and that of the file expected
 * (which may be null). In between somebody could have moved a directory of the root. Returns a
 * descriptor that setup keeps, for the steps that change it. -1 with errno. */
int mount_look(struct setup *setup, const char *target, const struct statx *expected);

/* The sentence for a mount that failed with errno. Returns -1. */
int mount_error(const struct setup *setup, const struct step *step, struct err *err);

/* mount(2) of a new file system on the step's target, looked at afterwards; magic 0: of any kind. */
int filesystem_mount(struct setup *setup, const struct step *step, const char *type,
                     const char *options, long magic, struct err *err);

/* Carries out one step that mounts. */
int mount_step(struct setup *setup, const struct step *step, struct err *err);

/* Steps of the child that have files of their own. */
int step_enter(struct setup *setup, const struct step *step, struct err *err); /* share.c */
int step_etc(struct setup *setup, const struct step *step, struct err *err);
int step_address(struct setup *setup, const struct step *step, struct err *err); /* network.c */
int step_overlay(struct setup *setup, const struct step *step, struct err *err); /* overlay.c */
int step_mount(struct setup *setup, const struct step *step, struct err *err);   /* mount_any.c */
int step_attributes(struct setup *setup, const struct step *step, struct err *err);
int step_spread(struct setup *setup, const struct step *step, struct err *err);
int step_console(struct setup *setup, const struct step *step, struct err *err);
int step_mask(struct setup *setup, const struct step *step, struct err *err); /* paths.c */
int step_protect(struct setup *setup, const struct step *step, struct err *err);
int step_sysctl(struct setup *setup, const struct step *step, struct err *err); /* sysctl.c */
int step_passwd(struct setup *setup, const struct step *step, struct err *err); /* passwd.c */
int step_root_read_only(struct setup *setup, const struct step *step, struct err *err);
int step_rlimits(struct setup *setup, const struct step *step, struct err *err); /* rights.c */
int step_caps(struct setup *setup, const struct step *step, struct err *err);
int step_identity(struct setup *setup, const struct step *step, struct err *err);
int step_no_new_privs(struct setup *setup, const struct step *step, struct err *err);
int step_seccomp(struct setup *setup, const struct step *step, struct err *err); /* filter.c */

/* ---- start.c: processes -------------------------------------------------------------- */

/* clone3 with a pidfd, clone where that is missing. 0 in the child. -1 with errno. */
pid_t engine_process_clone(unsigned long flags, int *pidfd);

/* Waits for a child that has ended or will; the status is dropped. */
void engine_process_collect(int pidfd);

/* Kills and collects it. */
void engine_process_end(int pidfd);

/* The pid of a pidfd as /proc here has it; -1 where it is gone. */
pid_t pidfd_pid(int pidfd);

/* Opens /dev/null on 0, 1 and 2 where the caller has them closed: else a descriptor of ours would
 * be there, and the child would overwrite it. */
void descriptors_guard(void);

/* In a child: closes all above 2 but these. A copy of the supervisor's lock would hide its death from
 * who wants to clean up after it. */
void descriptors_keep(const int kept[], size_t count);

void launched_clear(struct launched *launched);

/* Gives the terminal's master and our ends of the pipes to launched, with status 0. */
void launched_fill(struct launched *launched, int terminal, struct pipes *pipes);

#endif
