/* state: sessions as files. Each running session has a folder NAME in the run root, with
 *  - lock: locked for life by its supervisor (fcntl(2), F_OFD_SETLK),
 *  - control: its socket, see control.h,
 *  - state.json: struct session_state,
 * and a detached one that is to be kept has a folder NAME in the state root, with state.json,
 * config.json and its log, until it is removed.
 *
 * The run root is /run/nstui; without root $XDG_RUNTIME_DIR/nstui, else /run/user/UID/nstui, else
 * /tmp/nstui-UID. The state root is /var/lib/nstui; without root $XDG_STATE_HOME/nstui, else
 * ~/.local/state/nstui.
 *
 * Whoever reads trusts no folder that others could write: every step is taken by a descriptor and
 * follows no symbolic link. Looking (state_list) changes nothing; claiming, writing and removing is
 * the supervisor's and the commands' alone.
 */
#ifndef NSTUI_STATE_H
#define NSTUI_STATE_H

#include "nstui/base.h"
#include "nstui/trace.h"
#include "nstui/types.h"

#define STATE_VERSION       1
#define SESSION_NAME_MAX    63
#define SESSION_LOG_MAX     (1024u * 1024) /* bytes of output that are kept */
#define SESSION_LINE_MAX    1000           /* bytes of the line that made it; longer: none */
#define SESSION_STATUS_NONE (-1)           /* exit_status: none yet, or nobody saw it */

enum session_kind {
    SESSION_CONTAINER, /* nstui run */
    SESSION_JOIN,      /* nstui join */
    SESSION_SHELL,     /* nstui shell: on the host */
    SESSION_KINDS,
};

enum session_condition {
    SESSION_RUNNING,
    SESSION_EXITED,
    SESSION_LOST, /* its supervisor died; a command of nstui cleans it up (supervisor_clean_lost) */
    SESSION_CONDITIONS,
};

/* The words of the two enums, as JSON and screens have them. */
extern const char *const session_kind_names[SESSION_KINDS];           /* "container" .. */
extern const char *const session_condition_names[SESSION_CONDITIONS]; /* "running" .. */

/* What is known of a session. Strings are owned by it and never NULL but where it is said. */
struct session_state {
    int version;
    char name[SESSION_NAME_MAX + 1];
    enum session_kind kind;
    enum session_condition condition;
    uid_t owner;
    bool detached;
    bool remove;            /* nothing is kept when it ends */
    pid_t supervisor;       /* 0: none any more */
    pid_t pid;              /* its init, or command, as the host sees it; 0: none any more */
    uint64_t pid_start;     /* clock ticks after boot, as in proc(5), stat, field 22 */
    uint64_t pid_ns_inode;  /* its pid namespace */
    int64_t created_s;      /* wall clock, seconds since 1970 */
    int64_t ended_s;        /* 0: not yet */
    ns_set own;             /* the types that it has for itself (run), or that it joined (join) */
    char *root;             /* "" : the host's */
    char *enter;            /* "none", "chroot", "pivot" */
    char *layout;           /* "" : none */
    char *hostname;         /* "" : as it was */
    char *grade;            /* "lab", "walled", "privileged"; join: "" */
    char *target;           /* join: what was joined, as it was typed; "" */
    char *tag;              /* of what it has outside of its namespaces; "": nothing */
    char *address;          /* on a bridge: its own, and its gateway's; "" */
    char *made;             /* "DEVICE:INODE" of the root, where it was made for it; "" */
    char *told;             /* a sentence on its end: what limit it has met; "" */
    char *line;             /* what was typed, without nstui: "run -d -mp -- bash"; "": not known */
    bool init;              /* nstui-init is its first process */
    bool terminal;          /* a pty, not pipes */
    struct strings command; /* for show: printable, cut where it is very long */
    int exit_status;        /* 0..255, or SESSION_STATUS_NONE */
};

/* Sets the strings to empty ones and the rest to what it is before a start. */
void session_state_init(struct session_state *state);
void session_state_free(struct session_state *state);
#define _cleanup_session_state_ __attribute__((cleanup(session_state_free)))

/* To and from JSON. The text is the caller's. Parsing is strict about what it knows (types, ranges,
 * the name), passes over keys it does not know, and refuses a version that is newer than its own.
 */
char *session_state_format(const struct session_state *state);
int session_state_parse(const char *json, struct session_state *state, struct err *err);

/* ---- names ----------------------------------------------------------------------------- */

/* [A-Za-z0-9][A-Za-z0-9_.-]{0,62}, not all digits (those are pids). -1 with a sentence. */
int session_name_check(const char *name, struct err *err);

/* The stem of made-up names: "box" (run), "TARGET-join" (join, every sign that a name may not have
 * becomes '-'), "shell". target is for a join alone. */
void session_name_stem(enum session_kind kind, const char *target, char stem[SESSION_NAME_MAX + 1]);

/* ---- looking --------------------------------------------------------------------------- */

struct session_list {
    struct session_state *items; /* by time of creation, oldest first */
    size_t count;
    size_t capacity;
};

void session_list_free(struct session_list *list);
#define _cleanup_session_list_ __attribute__((cleanup(session_list_free)))

/* All sessions that can be found, running, exited and lost: one's own, and for root every user's
 * running ones too. What cannot be read is passed over; -1 only where a folder is not to be
 * trusted. A missing folder is an empty list. Changes nothing. */
int state_list(struct session_list *list, struct err *err);

/* One session by its name. -1 with ENOENT where there is none. */
int state_find(const char *name, struct session_state *state, struct err *err);

/* The last SESSION_LOG_MAX bytes that a session wrote. *data is the caller's. */
int state_log_read(const char *name, char **data, size_t *length, struct err *err);

/* Removes what is kept of an exited session (nstui rm). -1 with EBUSY where it runs. */
int state_remove(const char *name, struct err *err);

/* The calls that its launch has made, see trace.h; trace is the caller's. -1 with ENOENT where there
 * is none (yet). */
#define STATE_TRACE_FILE "trace"
#define STATE_TRACE_MAX  (16u * 1024 * 1024)
int state_trace_read(const char *name, struct trace *trace, struct err *err);

/* A descriptor of the running session's folder, after checking that nobody else could have made it;
 * *owner is whose it is. For control_connect(). -1 with ENOENT where none runs. */
int state_open_running(const char *name, uid_t *owner, struct err *err);

/* ---- the supervisor's side ------------------------------------------------------------- */

/* A session's place, held for life. Start with `struct session_place place = SESSION_PLACE_EMPTY;`.
 */
struct session_place {
    char name[SESSION_NAME_MAX + 1];
    int run_fd;  /* folder of the run root */
    int keep_fd; /* folder of the state root, -1 where nothing is kept */
    int lock_fd;
};

#define SESSION_PLACE_EMPTY                                                                        \
    {                                                                                              \
        .run_fd = -1, .keep_fd = -1, .lock_fd = -1                                                 \
    }

/* Makes the folders of a new session and locks them. name: as asked for, or null: the first free
 * one of stem-1, stem-2 ... keep: a folder in the state root too. -1 with EEXIST where the name is
 * in use. */
int state_claim(const char *name, const char *stem, bool keep, struct session_place *place,
                struct err *err);

/* The same for a session that has ended and is kept: its folder stays what it is. -1 with ENOENT where
 * there is none, EBUSY where it runs. */
int state_claim_again(const char *name, struct session_place *place, struct err *err);

/* Writes what a session is made from to the kept folder: config_json, or where it is null, since JSON
 * cannot hold all bytes, the words of the command line and the working directory that they meant
 * something in. Both may be null. */
int state_keep_spec(const struct session_place *place, const char *config_json, char *const words[],
                    struct err *err);

/* Reads it back: *config_json (the caller's) or, where that is NULL, words and *directory (the
 * caller's). -1 with ENOENT where neither was kept. */
int state_read_spec(const char *name, char **config_json, size_t *length, struct strings *words,
                    char **directory, struct err *err);

/* Writes state.json to the places, whole or not at all. */
int state_write(const struct session_place *place, const struct session_state *state,
                struct err *err);

/* Gives the place up: the run folder is removed with all that is in it, then the lock goes; with
 * remove the kept folder goes too. */
void state_release(struct session_place *place, bool remove_kept);

/* Lets go of the descriptors alone (in a child, or where nothing may be touched). */
void state_close(struct session_place *place);

/* The next session whose supervisor has died: locks its place and gives its last state, so that the
 * caller ends what is left and then calls state_release(). 1 with one, 0 where there is none. Start
 * with an empty place and call until 0; skip: names that were tried already and cannot be cleaned.
 */
int state_claim_lost(struct session_place *place, struct session_state *state, struct strings *skip,
                     struct err *err);

/* ---- processes, told apart from those that bear the same pid later ----------------------- */

/* The start time and the pid namespace of a process; -1 where it has gone or may not be read. */
int process_identify(pid_t pid, uint64_t *start, uint64_t *pid_ns_inode);

#endif
