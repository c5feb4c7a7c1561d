/* calls: system calls that have to do with namespaces, as records. One table knows which they are and
 * how their arguments read; the engine records its own calls with it, and the tracer those of any
 * other program, so both read alike. Prints nothing, makes no call of its own but mmap(2).
 *
 * What is in the table: what makes, enters and shapes namespaces (clone, unshare, setns, the mount
 * calls old and new, pivot_root, chroot, the two names, writes to uid_map and its like), what moves a
 * process in the tree and prepares mount points (chdir, mkdir, rmdir, symlink), and exec. What is not:
 * the setuid family and pidfd_open, which say nothing of namespaces by themselves. */
#ifndef NSTUI_CALLS_H
#define NSTUI_CALLS_H

#include <sys/syscall.h>

#include "nstui/base.h"
#include "nstui/trace.h"

#define CALL_ARGUMENTS 6

/* One call, as the kernel had it. Strings are borrowed. */
struct call {
    long number;                        /* SYS_mount .. of this machine */
    uint64_t arguments[CALL_ARGUMENTS]; /* as in the registers */
    const char *strings
        [CALL_ARGUMENTS]; /* of those arguments that are text; of a descriptor what it leads to,
                             where that is known. NULL: not, or unreadable */
    const void *memory[CALL_ARGUMENTS]; /* of those that are a struct (clone_args, mount_attr) or
                                           struct call_words; NULL. Unaligned */
    long result;                        /* -errno on failure; CALL_PENDING */
    int64_t time_ns;                    /* CLOCK_MONOTONIC; 0: now */
};
#define CALL_PENDING (-0x10000L) /* it did not return: an exec that succeeded */

/* argv of an exec, as the tracer has read it; the environment is only counted. */
struct call_words {
    size_t count; /* that there are */
    size_t kept;  /* that are in words */
    const char *const *words;
};

/* Whether the table has a call, and what it is about. */
bool call_is_known(long number);
enum trace_about call_about(long number);

/* Its name as the man page has it: "mount"; NULL where the table has it not. */
const char *call_name(long number);

/* The decoded call without its result: mount("proc", "proc", "proc", MS_NOSUID|MS_NODEV, NULL).
 * Printable (valid UTF-8, no control characters: they appear as in C), the caller's. */
char *call_text(const struct call *call);

/* Whether an argument goes into strings or memory, for who keeps copies: 0 neither; below 0 a string;
 * else the size of the struct in bytes. */
int call_argument_size(long number, int argument);

/* ---- for the tracer ------------------------------------------------------------------------- */

/* What an argument points to, for who fetches it from another process. */
enum call_fetch {
    CALL_FETCH_NOTHING,
    CALL_FETCH_STRING, /* up to a 0 byte */
    CALL_FETCH_BYTES,  /* as many as the next argument says */
    CALL_FETCH_STRUCT, /* call_argument_size() bytes, at most as many as the size argument says */
    CALL_FETCH_ARGV,   /* words of an exec */
    CALL_FETCH_COUNT,  /* environment of an exec: only how many */
    CALL_FETCH_LINK,   /* no pointer: a descriptor; where it leads is worth knowing */
};
/* size_argument: of a struct, which argument has its size in bytes; -1: none. May be NULL. */
enum call_fetch call_argument_fetch(long number, int argument, int *size_argument);

/* When a call is worth a stop. Not all can be told apart by their numbers: a filter looks at one
 * argument too (never at memory, see seccomp(2)). */
enum call_when {
    CALL_ALWAYS,
    CALL_ANY_BIT, /* argument & value is not 0 */
    CALL_EQUAL,   /* argument == value */
};
enum call_kind {
    CALL_SHOWN,
    CALL_FORK, /* makes a process or thread; of interest by itself only where it makes namespaces */
    CALL_OPEN, /* shown where it opens a file that sets namespaces up, see call_path_is_map() */
    CALL_WRITE, /* shown where it goes to such a file */
    CALL_WATCH, /* not shown: it tells of something that the tracer will not see */
};
struct call_watch {
    long number;
    enum call_kind kind;
    enum call_when when;
    int argument;
    uint32_t value; /* the lower half of the argument */
};

/* The rows of the table, for a filter: at from 0, NULL behind the last. */
const struct call_watch *call_watch_at(size_t at);

/* The row of a call; NULL where the table has it not. */
const struct call_watch *call_watch_find(long number);

/* Whether a call with these arguments is worth a stop. Memory is not looked at, as in a filter. */
bool call_watch_applies(const struct call_watch *watch, const uint64_t arguments[CALL_ARGUMENTS]);

/* Whether a path's last part is uid_map, gid_map, projid_map, setgroups or timens_offsets. */
bool call_path_is_map(const char *path);

/* ---- recording: a page that is shared before the clone -------------------------------------- */

/* Records of a launch, written by parent, the one between and child without a system call, read by the
 * parent. A full one counts what it has no room for. NULL is a recorder that forgets all. */
struct recorder;

/* Makes one. NULL where there is no memory: then nothing is recorded. */
struct recorder *recorder_open(void);
void recorder_close(struct recorder *recorder);

/* Adds a call that has just been made by who, a process that knows itself as pid, 0: unknown. note: a
 * word on it (which step it was: "/bin\nbin", from and to), both may be NULL. errno is left as it is. */
void recorder_add(struct recorder *recorder, enum trace_who who, pid_t pid, const struct call *call,
                  const char *from, const char *to);

/* All that was recorded, in the order of their time. Adds to trace. */
void recorder_read(const struct recorder *recorder, struct trace *trace);

#endif
