/* What the files of the tracer share. */
#ifndef NSTUI_TRACER_PRIVATE_H
#define NSTUI_TRACER_PRIVATE_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <signal.h>

#include "nstui/calls.h"
#include "nstui/tracer.h"

#if defined(__x86_64__)
#define TRACER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define TRACER_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define TRACER_ARCH AUDIT_ARCH_ARM
#elif defined(__i386__)
#define TRACER_ARCH AUDIT_ARCH_I386
#elif defined(__riscv)
#define TRACER_ARCH AUDIT_ARCH_RISCV64
#else
#error "the number of this architecture for seccomp(2) is not known here"
#endif

/* ---- tracee.c: who is traced ---------------------------------------------------------------- */

enum { MAP_FILES = 4, NAME_SIZE = 64 };

/* A uid_map or its like that a thread has open. */
struct map_file {
    int fd;
    char *path;
};

/* One thread that is traced. */
struct tracee {
    struct tracee *next; /* in its bucket */
    pid_t pid;
    char name[NAME_SIZE]; /* comm, printable; "": not read yet */

    bool in_call;                /* stopped at its entry; the exit is waited for */
    long number;                 /* of that call */
    int request;                 /* of ptrace(2), where it is that */
    struct trace_record *record; /* of that call; NULL where it is only watched */

    struct map_file maps[MAP_FILES];
    size_t map_count;
    unsigned map_calls; /* that it made since it has one */

    /* A new one stays stopped until the call that made it has been told, so that its own calls come
     * behind that. */
    bool adopted;      /* who made it is known */
    bool held;         /* it has to wait */
    bool parked;       /* it has stopped for the first time, and waits */
    int parked_status; /* of that stop */
    pid_t holds;       /* the one that waits for our call */
};

struct tracees {
    struct tracee **buckets;
    size_t bucket_count, count;
};

struct tracee *tracee_find(const struct tracees *tracees, pid_t pid);
struct tracee *tracee_add(struct tracees *tracees, pid_t pid);
void tracee_remove(struct tracees *tracees, struct tracee *tracee);
void tracees_free(struct tracees *tracees);

/* Forgets its call, and its map files. */
void tracee_call_forget(struct tracee *tracee);
void tracee_maps_forget(struct tracee *tracee);
void tracee_map_forget(struct tracee *tracee, int fd);

/* What it is called; reads /proc where that is not known yet. */
const char *tracee_name(struct tracee *tracee);

/* ---- the run -------------------------------------------------------------------------------- */

enum told { TOLD_SECCOMP, TOLD_UNTRACED, TOLD_ARCH, TOLD_X32, TOLD_PTRACE, TOLD_RIGHTS };

struct tracer {
    const struct tracer_options *options;
    struct tracees tracees;
    pid_t main;       /* the program itself; 0: it has ended */
    int main_status;  /* as wait(2) has it */
    int64_t start_ns; /* of the first call; 0: none yet */
    unsigned told;    /* bits of enum told */
    size_t orphans;   /* parked ones whose maker is not known yet */
    bool has_others;  /* the caller has children of its own, who are none of ours */
};

/* loop.c: until nobody is left. */
int tracer_loop(struct tracer *tracer, struct err *err);

/* Lets it go on, with a signal or 0. */
void tracee_continue(struct tracer *tracer, struct tracee *tracee, int signal);

/* ---- enter.c: one call ---------------------------------------------------------------------- */

/* It stands at the entry of a call. Sets in_call where its exit is of interest. */
void call_enter(struct tracer *tracer, struct tracee *tracee, long number,
                const uint64_t arguments[CALL_ARGUMENTS]);

/* The call has returned: result, or -errno. */
void call_leave(struct tracer *tracer, struct tracee *tracee, long result);

/* It will not return: the process has ended in it. */
void call_abandon(struct tracer *tracer, struct tracee *tracee);

/* ---- note.c --------------------------------------------------------------------------------- */

/* Says something about a process, unless that was said before in this run. */
void tell(struct tracer *tracer, enum told told, struct tracee *tracee, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Another program is there: is it one that we do not see, or that lacks its rights? */
void tell_exec(struct tracer *tracer, struct tracee *tracee, uint32_t arch);

/* ---- memory.c: what the arguments of a call point to ---------------------------------------- */

enum { WORDS_MAX = 32 };

struct fetched {
    struct call call; /* strings and memory point to what follows */
    char *strings[CALL_ARGUMENTS];
    unsigned char structs[CALL_ARGUMENTS][128];
    struct call_words words[CALL_ARGUMENTS];
    char *kept[WORDS_MAX]; /* of argv */
};

/* Fills fetched with a call and all that can be read of what it points to. Free it. */
void fetched_fill(struct fetched *fetched, pid_t pid, long number,
                  const uint64_t arguments[CALL_ARGUMENTS]);
void fetched_free(struct fetched *fetched);

/* Where a descriptor of a process leads; the caller's, NULL where it is not known. */
char *descriptor_link(pid_t pid, int fd);

/* ---- filter.c ------------------------------------------------------------------------------- */

enum { FILTER_X32 = 1 }; /* the data of a stop: not a call that we know but one of x32 */

/* The program for the kernel; program->filter is the caller's. */
void filter_build(const struct tracer_options *options, struct sock_fprog *program);

/* ---- start.c -------------------------------------------------------------------------------- */

/* Starts the program, traced from before its exec. failed: a descriptor that has the errno of an exec
 * that failed, when the program has ended. Fills tracer->main. */
int tracer_start(struct tracer *tracer, int *failed, int *status, struct err *err);

/* ---- signals.c ------------------------------------------------------------------------------ */

/* Signals that somebody sends to us go to a process. 0: it has ended; then they end us. */
void signals_forward_to(pid_t pid);

/* The program has stopped by a signal of job control / goes on. */
void signals_main_stopped(int number);
void signals_main_continued(void);

/* From here on / as before. */
enum { SIGNALS_CAUGHT = 12 };
void signals_catch(struct sigaction before[SIGNALS_CAUGHT]);
void signals_restore(const struct sigaction before[SIGNALS_CAUGHT]);

#endif
