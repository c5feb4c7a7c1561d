/* look: what a process in a container would see, looked at from outside: its hostname and what `ps`
 * in there lists. Works in a root that has no ps, and with programs that lie, because nothing in
 * there is executed: the container's own files and its own /proc are read below /proc/PID/root, by
 * openat2(2) with RESOLVE_IN_ROOT, after checking that what is there is a proc file system.
 *
 * A container may have mounted a file system that never answers. So all of it happens in a child,
 * executed and not forked off threads: `nstui-view look PID hostname|ps|all`, which prints JSON.
 * Whoever wants to look makes its arguments with look_argv(), starts it (uv_spawn), reads at most
 * LOOK_OUTPUT_MAX bytes of its stdout, kills it after LOOK_LIMIT_MS, and gives the text to
 * look_parse(). A child that is killed may stay in the kernel until the file system answers: never
 * wait for it in a loop that draws.
 */
#ifndef NSTUI_LOOK_H
#define NSTUI_LOOK_H

#include "nstui/base.h"

#define LOOK_OUTPUT_MAX (16u * 1024 * 1024) /* bytes */
#define LOOK_LIMIT_MS   5000  /* the parent kills after it; the child gives up later */
#define LOOK_ROWS_MAX   20000 /* processes that one look lists */
#define LOOK_TEXT_MAX   256   /* bytes of any text in it */

enum look_what {
    LOOK_HOSTNAME = 1,
    LOOK_PS = 2,
};

/* ---- asking ---------------------------------------------------------------------------- */

struct look_request {
    pid_t pid;           /* as the host counts; 0: the host itself, that is PID 1 */
    uint64_t start_time; /* of pid, field 22 of /proc/PID/stat; 0: whoever has the pid now */
    unsigned int what;   /* LOOK_HOSTNAME, LOOK_PS or both */
    bool brief;          /* neither command lines nor the container's files: after a look that did
                            not answer, since reading those may wait for the container */
};

/* Fills argv (argv.items[0] is the program's path) for a request. -1 where nstui-view is not found.
 */
int look_argv(const struct look_request *request, struct strings *argv, struct err *err);

/* The hidden subcommand: `look PID[@START]|host hostname|ps|all [--brief]`, argv[0] is "look".
 * Prints one JSON object and returns the exit status: 0, 1 with {"error": sentence}, 2 for bad
 * usage. */
int look_main(int argc, char **argv);

/* ---- what was seen --------------------------------------------------------------------- */

/* How a file of the container was found. */
enum look_file {
    LOOK_FILE_READ,     /* an ordinary file, read */
    LOOK_FILE_MISSING,  /* none there */
    LOOK_FILE_STRANGE,  /* a FIFO, a device, a folder, a file of /proc: not opened */
    LOOK_FILE_REFUSED,  /* the kernel said no */
    LOOK_FILE_NOT_ASKED /* brief */
};

struct look_hostname {
    char *nodename; /* as uname(2) says in its uts namespace; "" : not known */
    char *domain;   /* "(none)" where none was set, as uname says */
    char *kernel;   /* the release */
    char *machine;
    char *problem;        /* why the names are not known; "" : they are */
    uint64_t uts;         /* inode of its uts namespace; 0: not known */
    enum look_file file;  /* /etc/hostname in its root */
    char *file_name;      /* its first line */
    uint64_t file_device; /* together with file_inode: the same file on both sides? */
    uint64_t file_inode;
    bool file_read_only; /* it lies on a mount that is read-only in there */
};

/* What lies at /proc in there. */
enum look_proc {
    LOOK_PROC_OWN,     /* a proc of the pid namespace that the process lives in */
    LOOK_PROC_OTHER,   /* a proc of another pid namespace (the host's, mostly) */
    LOOK_PROC_ENDED,   /* a proc whose pid namespace has no process any more */
    LOOK_PROC_PART,    /* a part of a proc file system, not its root */
    LOOK_PROC_NONE,    /* something that is no proc file system; ps would say so */
    LOOK_PROC_MISSING, /* no /proc at all */
    LOOK_PROC_REFUSED, /* the kernel said no */
    LOOK_PROCS
};

/* A row of ps, as in there. Strings are owned by look_ps and printable. */
struct look_process {
    pid_t pid;           /* as this /proc counts */
    pid_t ppid;          /* 0: outside of that count */
    pid_t host_pid;      /* as the host counts; 0: not known */
    uint64_t start_time; /* field 22 of stat: the same process has the same on both sides */
    int64_t up_s;        /* seconds since its start */
    char state;          /* R S D T t Z I as proc(5) has them; anything odd is '?' */
    char *user;          /* name in the container's own passwd, else its number in there */
    char *tty;           /* "pts/0", "tty1", "?" */
    char *command;       /* arguments, the program without its path; [name] where there are none */
};

struct look_ps {
    enum look_proc proc;
    bool proc_of_host;         /* LOOK_PROC_OTHER, and it is the host's */
    unsigned int major, minor; /* device of /proc in there, as mountinfo writes it; 0:0 none */
    unsigned int host_major, host_minor; /* of the host's own */
    uint64_t pid_ns;                     /* inode of the pid namespace that the process lives in */
    uint64_t host_pid_ns;
    char *what_is_there;       /* LOOK_PROC_REFUSED: the reason; else "" */
    enum look_file passwd;     /* /etc/passwd in its root */
    bool truncated;            /* there were more than LOOK_ROWS_MAX */
    unsigned int covered;      /* processes hidden in there by something mounted over them */
    unsigned int members;      /* processes of that pid namespace and below it, counted outside */
    struct look_process *rows; /* by pid */
    size_t count;
};

struct look {
    pid_t pid; /* looked at, as the host counts */
    uint64_t start_time;
    char *command; /* its name */
    bool own_side; /* PID 1 may not be looked at: this is our own process instead */
    bool brief;
    bool has_hostname, has_ps;
    struct look_hostname hostname;
    struct look_ps ps;
};

/* Reads what a look printed. Strict about types and ranges; makes every text printable again. -1
 * with the child's own sentence where it printed {"error": ..}. look must be zeroed; look_free() it
 * in any case. May be called on any thread. */
int look_parse(const char *json, size_t length, struct look *look, struct err *err);

void look_free(struct look *look);
#define _cleanup_look_ __attribute__((cleanup(look_free)))

#endif
