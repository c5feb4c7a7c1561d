/* What the commands share. A command is one file with one `const struct command`; table.c lists
 * them. Everything that a person reads goes through say() or shown(). */
#ifndef NSTUI_COMMAND_PRIVATE_H
#define NSTUI_COMMAND_PRIVATE_H

#include "nstui/state.h"
#include "nstui/supervisor.h"

#define NSTUI_VERSION "0.1"

enum {
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2, /* run, join and shell: ENGINE_STATUS_FAILED, as every failure of ours */
};

/* ---- commands ---------------------------------------------------------------------------- */

enum command_flags {
    COMMAND_HIDDEN = 1,       /* not for people: not in the help */
    COMMAND_WITHOUT_PROC = 2, /* works where no /proc is mounted */
    COMMAND_CLEANS = 4,       /* first ends what supervisors that died have left */
    COMMAND_SESSION = 8,      /* ends with its program's status, so ours are 125 to 127 */
};

/* One option. The table of a command ends with {0}; -h, --help is in every table by itself. */
struct option_entry {
    int id;               /* its letter, or from OPTION_LONG on where it has none */
    const char *name;     /* without the dashes; null: none */
    const char *argument; /* "DIR"; "[=KIND]": may be left out, no letter; null: takes none */
    const char *help;     /* a few words */
};

enum { OPTION_LONG = 256 };

struct invocation;

struct command {
    const char *name;
    const char *usage; /* what comes behind the name */
    const char *help;  /* one line */
    const char *more;  /* what else to know, whole lines; null: nothing */
    const struct option_entry *options;
    unsigned flags;
    int (*run)(const struct invocation *invocation); /* returns the exit status */
};

/* One call of a command. argv[0] is its name. */
struct invocation {
    const struct command *command;
    int argc;
    char **argv;
    int ready_fd; /* of a detached supervisor: who started it waits there for a word; else -1 */
    const char
        *again; /* the name of a kept session that starts again in its place; null: a new one */
};

extern const struct command command_attach, command_dashboard, command_doctor, command_export,
    command_help, command_join, command_kill, command_login, command_logs, command_ls, command_pin,
    command_ps, command_rm, command_run, command_shell, command_start, command_stop,
    command_supervise, command_trace, command_unpin, command_unshare, command_version;

/* The list, ended by NULL, in the order of the help. */
extern const struct command *const commands[];

/* A command by its name; null where there is none. */
const struct command *command_find(const char *name);

/* Looks at /proc, cleans, runs: all that comes between a name and its function. */
int command_call(const struct command *command, int argc, char **argv, int ready_fd);

/* The status of a failure and of a bad command line. */
int command_status_failed(const struct command *command);
int command_status_usage(const struct command *command);

/* Prints the help of one command on stdout. */
void command_print_help(const struct command *command);

/* Executes a program of ours with argv (argv[0] is replaced); comes back only on failure. */
int program_execute(const char *name, char *const argv[], struct err *err);

/* ---- options.c --------------------------------------------------------------------------- */

enum {
    OPTIONS_END = -1,  /* no further option: the words are at argv[index] */
    OPTIONS_DONE = -2, /* help was printed, or the mistake was told: return status */
};

/* A reader of options. Start with options_start(). */
struct options {
    const struct invocation *invocation;
    int index;         /* of the first word that is no option */
    const char *value; /* of the option just read */
    int status;        /* with OPTIONS_DONE */
    bool anywhere;     /* options may stand behind words too */
    bool separated;    /* the options ended with -- */
    struct option *table;
    char *letters;
};

/* anywhere: options are taken from the whole line; else they end at the first word, so that what
 * stands behind a program goes to that program. The reader is the caller's: _cleanup_options_. */
void options_start(struct options *options, const struct invocation *invocation, bool anywhere);

/* Frees what a reader owns. */
void options_free(struct options *options);
#define _cleanup_options_ __attribute__((cleanup(options_free)))

/* Reads on at argv[index], behind a word that was taken. */
void options_resume(struct options *options, int index);

/* The id of the next option, OPTIONS_END or OPTIONS_DONE. */
int options_next(struct options *options);

/* What to type for an option of unshare(1), nsenter(1), docker(1) or bwrap(1) that a command of ours
 * lacks; null where there is nothing to say. Static text. */
const char *foreign_hint(const char *command, const char *option);

/* The same for a word behind a flag that takes a value there and none here, as in --net host: what
 * was probably meant. Null: the word looks like a command. */
const char *foreign_value(const char *flag, const char *word);

/* The eight letters of namespaces, for the tables of run and join. */
#define OPTIONS_NAMESPACES                                                                         \
    {'i', "ipc", NULL, "ipc: System V IPC, POSIX message queues"},                                 \
        {'m', "mount", NULL, "mnt: mounts"}, {'n', "net", NULL, "net: network devices, ports"},    \
        {'p', "pid", NULL, "pid: process numbers"}, {'u', "uts", NULL, "uts: hostname"},           \
        {'U', "user", NULL, "user: user and group numbers, rights"},                               \
        {'C', "cgroup", NULL, "cgroup: root of the cgroup tree"},                                  \
    {                                                                                              \
        'T', "time", NULL, "time: clocks since boot"                                               \
    }

/* ---- say.c ------------------------------------------------------------------------------- */

/* Prints `nstui: SENTENCE` on stderr, whatever bytes are in it. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Tells a failure where it is waited for: on the ready pipe of a detached supervisor, else on
 * stderr, with a word about sudo where that was the reason. Returns status. */
int fail(const struct invocation *invocation, int status, const struct err *err);

/* The same for a sentence of the caller's own. */
int fail_with(const struct invocation *invocation, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether beyond ASCII may be shown. */
bool utf8_is_shown(void);

#define SHOWN_SIZE 256

/* Bytes that nobody vouches for, for a sentence or a table. Returns buffer. */
char *shown(char buffer[SHOWN_SIZE], const char *text);

/* The name of a user, printable; "user 1234" where nobody knows it. */
void user_name(uid_t uid, char name[SHOWN_SIZE]);

/* ---- words.c ----------------------------------------------------------------------------- */

/* How many letters differ between two words; for "did you mean". */
size_t word_distance(const char *left, const char *right);

/* Keeps the nearest of a series: start with {.word = "typed"}, offer each, look at best (null
 * where nothing is near). */
struct nearest {
    const char *word;
    const char *best;
    size_t distance;
};
void nearest_offer(struct nearest *nearest, const char *candidate);

/* A signal as people write it: TERM, SIGTERM, term, 15. False where there is none. 0 is one. */
bool signal_parse(const char *text, int *number);
const char *signal_suggest(const char *text);

/* ---- proc.c ------------------------------------------------------------------------------ */

/* Is /proc there, and of our own pid namespace? The sentence says how to mend it. */
int proc_check(struct err *err);

/* What is known of a process before it is signalled. */
struct process {
    pid_t pid;
    pid_t leader;  /* of its thread group: another than pid where pid is but a thread */
    uid_t uid;     /* effective */
    bool kernel;   /* a thread of the kernel */
    bool zombie;   /* has ended, its parent has not looked */
    char comm[64]; /* printable */
};
int process_look(pid_t pid, struct process *process, struct err *err);

/* The number that a process has in the innermost of its pid namespaces; 0 where it has gone. */
pid_t process_inner_pid(pid_t pid);

/* Says the pids of a process from both sides, and those of its parent: the lab's exercise 4. */
void process_tell(pid_t pid);

/* May users without root make user namespaces? Where not, why. */
bool user_namespaces_allowed(struct err *why);

/* New namespaces want root, or a user namespace around them: namespaces(7). command: "run". */
int namespaces_allowed(const struct spec *spec, const char *command, struct err *err);

/* ---- session.c --------------------------------------------------------------------------- */

/* A session by its name. Where there is none, err names one that is near. */
int session_find(const char *name, struct session_state *state, struct err *err);

/* The same for one that must run. */
int session_find_running(const char *name, struct session_state *state, struct err *err);

/* Whether a new session may have that name. */
int session_name_free(const char *name, struct err *err);

/* All words of the invocation are names; calls each, tells failures, and returns the status: that
 * of a failure where one failed. */
int sessions_each(const struct invocation *invocation, int first,
                  int (*each)(const char *name, void *data, struct err *err), void *data);

/* ---- target.c: what --share and join name ------------------------------------------------- */

/* A pid, a path, TYPE:[INODE]: the engine reads it (join_target_parse). Else it is a name. */
bool target_is_plain(const char *target);

/* A running session by its name, else a network that ip netns has named, where net is among the types
 * (0: any). Fills pid and start_time, or path. */
int target_by_name(const char *name, ns_set types, struct ns_target *target, struct err *err);

/* ---- start.c: run, join and shell start a session ---------------------------------------- */

enum tty_wish { TTY_AUTO, TTY_YES, TTY_NO };

/* A pty where stdin and stdout are terminals, or where it is detached; else as was asked for. */
bool terminal_wanted(enum tty_wish wish, bool detached);

/* The size of the caller's terminal; leaves 0 where there is none. */
void terminal_size(unsigned short *columns, unsigned short *rows);

/* Starts it: here, or as a supervisor of its own that executes the same words again. Returns the
 * exit status for the program. config has everything but detached and ready_fd. */
int session_start(const struct invocation *invocation, struct supervisor_config *config,
                  bool detached);

/* ---- pin.c ------------------------------------------------------------------------------- */

/* Prints what was pinned, and what is to be said of it. */
void pins_print(const struct strings *files, const struct strings *told);

/* ---- dry_run.c -------------------------------------------------------------------------- */

/* Prints the steps of a launch and the line that takes them. printable: for a terminal. */
void dry_run_text(const struct steps *steps, const char *line, bool printable);

/* The same as JSON; what is wrong as JSON, field may be null. */
void dry_run_json(const struct steps *steps, const char *line);
void dry_run_json_error(const char *field, const struct err *err);

#endif
