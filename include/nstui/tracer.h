/* tracer: the calls of calls.h that any program makes, and all that it starts, by ptrace(2). A seccomp
 * filter in the program stops it at these calls alone, so that all others cost nothing.
 *
 * What it cannot see it says, once a run, by note():
 *  - a call that a seccomp filter of the program's own refuses, unless it stops at every call (full);
 *  - a process that a clone with CLONE_UNTRACED makes;
 *  - programs of another architecture (i386 on x86-64, armhf on arm64, x32);
 *  - a program that wants to trace or to be traced (gdb, strace): that fails while it is traced here;
 *  - set-uid programs, and those with file capabilities, run without their rights, unless the tracer
 *    is root (ptrace(2), execve(2)). */
#ifndef NSTUI_TRACER_H
#define NSTUI_TRACER_H

#include "nstui/base.h"
#include "nstui/trace.h"

struct tracer_options {
    char *const *argv; /* the program and its words; without a slash it is looked for on the PATH */
    bool full;         /* stop at every call, without a filter */
    bool forks;        /* clone, fork and vfork that make no namespace, threads too */
    unsigned about;    /* bits 1 << enum trace_about; 0: all */

    /* Called with each call when it has returned, in that order; the record is borrowed. */
    void (*record)(void *data, const struct trace_record *record);
    /* A sentence about what is not seen. Printable. */
    void (*note)(void *data, const char *sentence);
    void *data;
};

enum {
    TRACER_STATUS_FAILED = 125,      /* nothing was run */
    TRACER_STATUS_CANNOT_EXEC = 126, /* the program is there and cannot be executed */
    TRACER_STATUS_NOT_FOUND = 127,
};

/* Runs the program to its end and that of all that it started. It has the caller's terminal, process
 * group and descriptors. Signals that somebody sends to the caller go to it (those of a terminal reach
 * it by themselves); while only those are left that it started, such a signal ends the caller, and the
 * kernel ends them. *status: its exit status, or 128 + N. -1 where it did not run, with *status one of
 * TRACER_STATUS_*. The caller must have one thread. */
int tracer_run(const struct tracer_options *options, int *status, struct err *err);

#endif
