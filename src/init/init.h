/* nstui-init: the one program of ours that is ever inside a container. What its files share.
 *
 * It is executed from a sealed memfd, so that /proc/N/exe in there leads to nothing of the host's,
 * and it is tied to nothing of the rest: no library but libc, no header of ours. What it reports
 * goes over a SOCK_SEQPACKET socket (--report) as one line of text a packet:
 *
 *   X ERRNO THERE   the command was not executed; THERE is 1 where its file is there nevertheless
 *   W ERRNO         the working directory cannot be entered
 *   M ERRNO WORDS   "cannot WORDS": anything else
 *   T               carries the master of the terminal
 *   P               carries a pidfd of the process that enters
 *   C LINES         calls that were made, for the trace, see calls.c
 *   G               the command has been executed, as far as nothing else was said before
 *
 * The end of file on it means the same as G.
 */
#ifndef NSTUI_INIT_H
#define NSTUI_INIT_H

#include <stdbool.h>
#include <sys/types.h>

enum { STATUS_FAILED = 125, STATUS_CANNOT_EXEC = 126, STATUS_NOT_FOUND = 127 };

enum mode {
    MODE_INIT,  /* stay as the first process, the command is a child */
    MODE_EXEC,  /* become the command */
    MODE_ENTER, /* join namespaces first, then become the command */
};

/* What the command line asks for. Descriptors are -1 where they are not given. */
struct orders {
    enum mode mode;
    bool verbose;
    bool shell;               /* no command: the best shell that is there */
    bool prompt;              /* MODE_INIT: no command: our own small shell */
    bool hold;                /* MODE_INIT: no command: only be there */
    bool terminal;            /* MODE_ENTER: open one in there */
    int report;               /* socket, see above */
    int alive;                /* its end of file means that the supervisor is gone */
    int target;               /* MODE_ENTER: pidfd, or a file of nsfs */
    int root;                 /* MODE_ENTER: O_PATH of the target's root directory */
    const char *tools;        /* MODE_ENTER: keep the host's root; the folder for the target's */
    const char *etc;          /* MODE_ENTER: the folder of a network's own files for /etc */
    unsigned long types;      /* MODE_ENTER: CLONE_NEW* */
    unsigned long long bound; /* MODE_ENTER: the capabilities that may stay */
    bool no_new_privs;        /* MODE_ENTER: prctl(2) */
    uid_t uid;                /* MODE_ENTER: who to be in a user namespace that is entered */
    gid_t gid;
    int filter; /* MODE_ENTER: a seccomp program in memory */
    unsigned short columns, rows;
    unsigned mask; /* umask(2) */
    const char *directory;
    struct calls *calls;
    char **words; /* all of the command line */
    char **command;
};

/* A short text put together from words and numbers; what does not fit is cut. printf would be most of
 * this program. Start with {0}. */
struct line {
    char text[256];
    unsigned used;
};
void line_add(struct line *line, const char *text);
void line_number(struct line *line, int number);

/* Calls that were made and not yet told. */
struct calls {
    char text[960];
    unsigned used;
    bool later; /* nothing is sent: whoever shares this memory sends it (vfork(2)) */
};
#define CALL_TEXT_MAX 256
struct told_call {
    long number;
    long result;   /* -errno where it failed; CALL_PENDING: about to be made */
    long words[4]; /* its arguments, 0 for what is text */
    int which;     /* which of them text is */
    const char *text;
};
#define CALL_PENDING (-0x10000L)

/* Keeps a call that has been made; errno is left as it is. */
void calls_add(const struct orders *orders, const struct told_call *call);

/* The same for a call whose first argument is a path, with its result as it came: -1 and errno. */
void calls_add_path(const struct orders *orders, long number, const char *path, long result);

/* Sends what is kept. */
void calls_send(const struct orders *orders);

/* Sends one packet, with a descriptor unless it is negative. Says nothing of failures: the other
 * end may be gone, and then nobody is left to be told. */
void report_send(int report, const char *text, int descriptor);

/* report_send of "M ERRNO WORDS" with the present errno; then ends with 125. */
_Noreturn void report_die(const struct orders *orders, const char *words);

/* No signal ignored or blocked. */
void signals_reset(void);

/* Enters the working directory; reports and ends where that fails. */
void directory_enter(const struct orders *orders);

/* As execvp(3). Comes back on failure, with errno. */
void command_execute_found(const struct orders *orders, char *const words[]);

/* Whether a file of that name is there, also where it could not be executed. */
bool command_is_there(const char *name);

/* Becomes the command: working directory, signals as they were born, execve. Reports and ends when
 * that fails. The caller has closed all descriptors but 0, 1, 2 and the report. */
_Noreturn void command_execute(const struct orders *orders);

/* Asks the kernel to kill this process when its parent ends, and dies at once where the parent has
 * ended before: the report's other end tells, getppid() is 0 in a pid namespace of one's own. */
void parent_watch(const struct orders *orders);

/* MODE_INIT. Returns the status to end with. */
int init_run(const struct orders *orders);

/* shell.c, called by init_run() with every signal blocked and a signalfd. The same. */
int shell_run(const struct orders *orders, int signals);

/* reap.c. A waitpid(2) status as a shell has it; with -v the line about a process that was collected,
 * ours or an orphan; a line with a number in it. */
int reap_status(int status);
void reap_tell(const struct orders *orders, pid_t process, bool ours, int status);
void reap_say(const char *before, int number, const char *after);

/* tools.c: the host's root in a mount namespace of its own, with the target's files in it. */
void tools_bring(const struct orders *orders);

/* The line that says where they are, on the terminal. */
void tools_tell(const struct orders *orders);

/* Files of /etc/netns/NAME over those of /etc, as ip-netns(8) says. */
void etc_bind(const struct orders *orders);

/* MODE_ENTER. Never comes back. */
_Noreturn void enter_run(const struct orders *orders);

#endif
