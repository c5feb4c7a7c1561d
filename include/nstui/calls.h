/* calls: system calls that have to do with namespaces, as records. One table knows which they are and
 * how their arguments read; the engine records its own calls with it, and the tracer those of any
 * other program, so both read alike. Prints nothing, makes no call of its own but those of mmap(2)
 * and memfd_create(2). */
#ifndef NSTUI_CALLS_H
#define NSTUI_CALLS_H

#include <sys/syscall.h>

#include "nstui/base.h"
#include "nstui/trace.h"

#define CALL_ARGUMENTS 6

/* One call, as the kernel had it. Strings are borrowed. */
struct call {
    long number;                        /* SYS_mount .. of this machine; see also calls_map_write */
    uint64_t arguments[CALL_ARGUMENTS]; /* as in the registers */
    const char
        *strings[CALL_ARGUMENTS]; /* of those arguments that are text; NULL: not, or unreadable */
    const void *memory
        [CALL_ARGUMENTS]; /* of those that are a struct (clone_args, mount_attr); NULL. Unaligned */
    long result;          /* -errno on failure; CALL_PENDING */
    int64_t time_ns;      /* CLOCK_MONOTONIC; 0: now */
};
#define CALL_PENDING (-0x10000L) /* it did not return: an exec that succeeded */

/* Whether the table has a call, and what it is about. */
bool call_is_known(long number);
enum trace_about call_about(long number);

/* The numbers of the table, for a filter. Returns how many; numbers may be NULL. */
size_t calls_list(const long **numbers);

/* The decoded call without its result: mount("proc", "proc", "proc", MS_NOSUID|MS_NODEV). Printable,
 * the caller's. */
char *call_text(const struct call *call);

/* Which arguments are text or a struct, for who has to fetch them from another process: 0 neither;
 * -1 a string; else the size of the struct in bytes. */
int call_argument_size(long number, int argument);

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
