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

/* ---- steps.c: for the files that plan a part -------------------------------------------- */

/* A new step at the end. */
struct step *step_add(struct steps *steps, enum step_kind kind, enum step_who who);

/* The same for the child, with copies of source and target; either may be NULL. */
struct step *step_add_child(struct steps *steps, enum step_kind kind, const char *source,
                            const char *target);

/* Each adds what the spec asks of its part, mostly nothing. steps_plan() has the order. */
int share_plan_early(struct steps *steps, const struct spec *spec, struct err *err); /* share.c */
void share_plan(struct steps *steps, const struct spec *spec);
void maps_plan(struct steps *steps, const struct spec *spec);    /* maps.c */
void limits_plan(struct steps *steps, const struct spec *spec);  /* limits.c */
void network_plan(struct steps *steps, const struct spec *spec); /* network.c */
void network_plan_child(struct steps *steps, const struct spec *spec);
void overlay_plan(struct steps *steps, const struct spec *spec);               /* overlay.c */
int paths_plan(struct steps *steps, const struct spec *spec, struct err *err); /* paths.c */
void rights_plan(struct steps *steps, const struct spec *spec);                /* rights.c */

/* Checks of parts of a spec, called by spec_check(). */
int share_check(struct spec *spec, struct err *err);
int maps_check(struct spec *spec, struct err *err);
int limits_check(struct spec *spec, struct err *err);
int network_check(struct spec *spec, struct err *err);
int rights_check(struct spec *spec, struct err *err);
int paths_check(struct spec *spec, struct err *err);

/* ---- launch.c: the parent ---------------------------------------------------------------- */

/* What a launch under way holds. */
struct launch {
    const struct spec *spec;
    struct steps steps;
    struct strings environment;
    struct pipes pipes;
    struct kernel kernel;
    int sealed;
    int channel[2]; /* parent's, child's */
    int alive[2];
    int pidfd;
    pid_t pid;
    bool made_root;
    char tag[9];           /* the spec's, or one of our own */
    struct filter *filter; /* the seccomp program, compiled before the clone; NULL: none */
};

/* Carried out by the parent after the clone, while the child waits. */
int parent_maps(struct launch *launch, const struct step *step, struct err *err);    /* maps.c */
int parent_limits(struct launch *launch, const struct step *step, struct err *err);  /* limits.c */
int parent_network(struct launch *launch, const struct step *step, struct err *err); /* network.c */

/* between.c: whether a process between is needed, and its clone: it carries out the steps of
 * STEP_BETWEEN and makes the child with CLONE_PARENT, so that the child is ours. 0 in the child. */
bool between_is_needed(const struct steps *steps);
pid_t between_clone(struct launch *launch, unsigned long flags, int *pidfd, struct err *err);

/* filter.c: compiles spec->seccomp, or the grade's; *filter NULL where there is none to set. */
struct filter;
int filter_compile(const struct spec *spec, struct filter **filter, struct err *err);
void filter_free(struct filter *filter);

/* ---- setup.c, mounts.c: the child ------------------------------------------------------- */

/* What the child of a launch works with. */
struct setup {
    const struct spec *spec;
    const struct steps *steps;
    const struct filter *filter;
    struct kernel kernel;
    char **environment;
    int channel; /* the child's end */
    int sealed;  /* nstui-init */
    int alive;   /* the child's end, for init; -1 where there is no init */
    int root;    /* O_PATH of the root, from STEP_CHDIR_ROOT on; AT_FDCWD-like "/" before */
    int slave;   /* of the terminal; -1 with pipes */
    int mounted; /* O_PATH of what the last step has mounted, -1 where there is none */
    int theirs[3];
    bool made_old; /* old-root was not there before */
};

/* The child's whole life from clone to execveat. */
_Noreturn void setup_run(struct setup *setup);

/* A descriptor as a path, for calls that take nothing else. Returns path. */
#define FD_PATH_SIZE 40
const char *fd_path(char path[FD_PATH_SIZE], int fd);

/* Carries out one step that mounts. */
int mount_step(struct setup *setup, const struct step *step, struct err *err);

/* Steps of the child that have files of their own. */
int step_enter(struct setup *setup, const struct step *step, struct err *err);   /* share.c */
int step_address(struct setup *setup, const struct step *step, struct err *err); /* network.c */
int step_overlay(struct setup *setup, const struct step *step, struct err *err); /* overlay.c */
int step_mount(struct setup *setup, const struct step *step, struct err *err);   /* mount_any.c */
int step_mask(struct setup *setup, const struct step *step, struct err *err);    /* paths.c */
int step_sysctl(struct setup *setup, const struct step *step, struct err *err);
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
