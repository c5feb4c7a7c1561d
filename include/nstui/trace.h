/* trace: what was called, by whom, with what result, as programs and files pass it on: one record a
 * line of JSON in the file `trace` of a session's folder, and on the pipe of `nstui trace -J`. */
#ifndef NSTUI_TRACE_H
#define NSTUI_TRACE_H

#include "nstui/base.h"

enum trace_who {
    TRACE_PARENT,  /* the engine, in the supervisor */
    TRACE_BETWEEN, /* the process between, that enters pid and user namespaces or sets clocks */
    TRACE_CHILD,   /* the one that becomes the container */
    TRACE_INIT,    /* nstui-init */
    TRACE_OTHER,   /* a process of a program that is traced: known by its pid */
    TRACE_WHOS,
};
extern const char *const trace_who_names[TRACE_WHOS]; /* "parent" .. */

/* What a call is about, for the tabs of view 7. */
enum trace_about { TRACE_IDS, TRACE_MOUNTS, TRACE_PATHS, TRACE_NAMES, TRACE_EXEC, TRACE_ABOUTS };
extern const char
    *const trace_about_names[TRACE_ABOUTS]; /* "ids" "mounts" "paths" "names" "exec" */

struct trace_record {
    int64_t time_ns; /* since the first */
    enum trace_who who;
    pid_t pid; /* as the tracer or the supervisor has it; 0: not known */
    enum trace_about about;
    char *call;      /* decoded, printable: `mount("proc", "proc", "proc", 0)` */
    char *from, *to; /* what paths like /proc/self/fd/5 in it lead to, or ""; printable */
    bool pending;    /* it did not return: an exec that succeeded, a process that ended in it */
    long result;     /* -1 where it failed */
    int errnum;      /* 0: it succeeded */
    char *name;      /* of a traced process (its comm), printable; NULL: not known */
    pid_t child;     /* of a clone: the process that it made, numbered as pid is; 0: not known */
};

struct trace {
    struct trace_record *items;
    size_t count, capacity;
    size_t lost; /* that there was no room for */
};

void trace_free(struct trace *trace);
#define _cleanup_trace_ __attribute__((cleanup(trace_free)))

/* A new record at the end; its texts become the trace's. */
struct trace_record *trace_add(struct trace *trace);

/* Takes one out again. */
void trace_remove(struct trace *trace, size_t at);

/* As lines of JSON; the caller's. trace_record_format: one record, without the newline. */
char *trace_format(const struct trace *trace);
char *trace_record_format(const struct trace_record *record);

/* Back again; strict, bounded (16 MiB), every text made printable. Adds to trace. */
int trace_parse(const char *text, size_t length, struct trace *trace, struct err *err);

/* The call with the paths of its descriptors replaced by what they lead to, as people read it:
 * mount("/bin", "bin", NULL, MS_BIND|MS_REC, NULL). The caller's. */
char *trace_call_shown(const struct trace_record *record);

/* How many records from at on are told as one line: neighbours of a kind by one process, mount points
 * or binds, none of them failed. 1: it stands for itself. */
size_t trace_fold_length(const struct trace *trace, size_t at);

/* That line: "14 mount points: bin lib usr". The caller's. */
char *trace_fold_text(const struct trace *trace, size_t at, size_t length);

/* How a record's result reads: "= 0", "= 2210", "EEXIST". Returns buffer. */
#define TRACE_RESULT_SIZE 48
char *trace_result(const struct trace_record *record, char buffer[TRACE_RESULT_SIZE]);

#endif
