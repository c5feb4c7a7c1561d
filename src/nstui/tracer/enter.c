/* One call, from its entry to its exit: is it shown, how does it read, what came out. Called by the
 * loop when a thread stands there. */
#include <errno.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <time.h>
#include <unistd.h>

#include <linux/seccomp.h>

#include "private.h"

#define CLONE_NEW                                                                                  \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET | CLONE_NEWTIME)

/* The kernel's own: the call is made again (ERESTARTSYS ..), no program sees them. */
enum { RESTART_FIRST = 512, RESTART_ALWAYS = 513, RESTART_LAST = 516 };

/* A process with a map file and no write to it: it is not watched for ever. */
enum { MAP_CALLS_MAX = 1000 };

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- what paths of descriptors lead to ----------------------------------------------------- */

/* What "/proc/self/fd/5" leads to; NULL where it is another path. */
static char *lead_of(const struct tracee *tracee, const char *string)
{
    static const char prefix[] = "/proc/self/fd/";
    int64_t fd;
    if (!string || strncmp(string, prefix, strlen(prefix)) != 0 ||
        !number_parse(string + strlen(prefix), 0, INT32_MAX, &fd))
        return NULL;
    return descriptor_link(tracee->pid, (int)fd);
}

static char *printable_of(const char *text)
{
    size_t length = text ? strlen(text) : 0;
    char *printable = xmalloc(length + 1);
    return text_printable(printable, length + 1, text ? text : "", length, true);
}

/* As trace_call_shown() wants them: one of them is `to`. */
static void leads_fill(struct trace_record *record, const struct tracee *tracee,
                       const struct call *call)
{
    char *leads[2] = {NULL, NULL};
    size_t count = 0;
    for (int at = 0; at < CALL_ARGUMENTS && count < array_length(leads); at++) {
        leads[count] = lead_of(tracee, call->strings[at]);
        count += leads[count] != NULL;
    }
    record->from = printable_of(count == 2 ? leads[0] : NULL);
    record->to = printable_of(count == 2 ? leads[1] : leads[0]);
    free(leads[0]);
    free(leads[1]);
}

/* ---- entry --------------------------------------------------------------------------------- */

static void record_begin(struct tracer *tracer, struct tracee *tracee, const struct call *call)
{
    struct trace one = {0};
    int64_t time_ns = now_ns();
    if (tracer->start_ns == 0)
        tracer->start_ns = time_ns;
    struct trace_record *record = trace_add(&one);
    record->time_ns = time_ns - tracer->start_ns;
    record->who = TRACE_OTHER;
    record->pid = tracee->pid;
    record->name = xstrdup(tracee_name(tracee));
    record->about = call_about(call->number);
    record->call = call_text(call);
    leads_fill(record, tracee, call);
    tracee->record = record;
}

/* The flags of a call that makes a process. */
static uint64_t clone_flags(const struct call *call)
{
    struct clone_args arguments;
    if (call->number == SYS_clone)
        return (uint32_t)call->arguments[0] & ~(uint64_t)CSIGNAL;
    if (call->number != SYS_clone3 || !call->memory[0])
        return 0;
    memcpy(&arguments, call->memory[0], sizeof(arguments));
    return arguments.flags;
}

static bool fork_is_shown(struct tracer *tracer, struct tracee *tracee, const struct call *call)
{
    uint64_t flags = clone_flags(call);
    bool unreadable = call->number == SYS_clone3 && !call->memory[0];
    if (flags & CLONE_UNTRACED)
        tell(tracer, TOLD_UNTRACED, tracee,
             "starts a process that must not be traced (CLONE_UNTRACED): it is not shown%s",
             tracer->options->full ? ""
                                   : ", and calls that a trace stops at fail in it (--full lets "
                                     "them work)");
    return (flags & CLONE_NEW) || unreadable || tracer->options->forks;
}

static bool open_is_shown(const struct call *call)
{
    for (int at = 0; at < 2; at++) {
        bool is_path = call_argument_fetch(call->number, at, NULL) == CALL_FETCH_STRING;
        if (is_path && call->strings[at] && call_path_is_map(call->strings[at]))
            return true;
    }
    return false;
}

static bool map_is_open(const struct tracee *tracee, int fd)
{
    for (size_t at = 0; at < tracee->map_count; at++) {
        if (tracee->maps[at].fd == fd)
            return true;
    }
    return false;
}

/* Calls that hide something. */
static void call_watch(struct tracer *tracer, struct tracee *tracee, long number,
                       const uint64_t arguments[CALL_ARGUMENTS])
{
    bool filter =
        number == SYS_seccomp || (number == SYS_prctl && arguments[1] == SECCOMP_MODE_FILTER);
    if (filter && !tracer->options->full)
        tell(tracer, TOLD_SECCOMP, tracee,
             "sets a seccomp filter of its own: calls that this one refuses are not shown "
             "(--full shows them)");
    if (number != SYS_ptrace)
        return;
    tracee->in_call = true;
    tracee->number = number;
    tracee->request = (int)arguments[0];
}

static bool is_shown(struct tracer *tracer, struct tracee *tracee, enum call_kind kind,
                     const struct call *call)
{
    switch (kind) {
    case CALL_SHOWN:
        return true;
    case CALL_FORK:
        return fork_is_shown(tracer, tracee, call);
    case CALL_OPEN:
        return open_is_shown(call);
    case CALL_WRITE:
        return map_is_open(tracee, (int)call->arguments[0]);
    case CALL_WATCH:
        break;
    }
    return false;
}

/* Cheap, without a look into its memory. */
static bool is_candidate(const struct tracer *tracer, const struct tracee *tracee,
                         const struct call_watch *watch, const uint64_t arguments[CALL_ARGUMENTS])
{
    unsigned about = tracer->options->about;
    if (watch->kind != CALL_WATCH && about && !(about & (1U << call_about(watch->number))))
        return false;
    if (watch->kind == CALL_WRITE)
        return tracee->map_count > 0;
    return call_watch_applies(watch, arguments) ||
           (watch->kind == CALL_FORK && tracer->options->forks);
}

void call_enter(struct tracer *tracer, struct tracee *tracee, long number,
                const uint64_t arguments[CALL_ARGUMENTS])
{
    const struct call_watch *watch = call_watch_find(number);
    if (tracee->map_count > 0 && (++tracee->map_calls > MAP_CALLS_MAX || number == SYS_close_range))
        tracee_maps_forget(tracee);
    if (number == SYS_close)
        tracee_map_forget(tracee, (int)arguments[0]);
    tracee_call_forget(tracee);
    if (!watch || !is_candidate(tracer, tracee, watch, arguments))
        return;
    if (watch->kind == CALL_WATCH)
        return call_watch(tracer, tracee, number, arguments);
    struct fetched fetched;
    fetched_fill(&fetched, tracee->pid, number, arguments);
    if (is_shown(tracer, tracee, watch->kind, &fetched.call)) {
        record_begin(tracer, tracee, &fetched.call);
        tracee->in_call = true;
        tracee->number = number;
    }
    fetched_free(&fetched);
}

/* ---- exit ---------------------------------------------------------------------------------- */

static void map_opened(struct tracee *tracee, int fd)
{
    tracee_map_forget(tracee, fd);
    if (tracee->map_count == MAP_FILES)
        tracee_map_forget(tracee, tracee->maps[0].fd);
    tracee->maps[tracee->map_count++] = (struct map_file){.fd = fd};
    tracee->map_calls = 0;
}

static void record_end(struct tracer *tracer, struct tracee *tracee)
{
    if (tracee->record)
        tracer->options->record(tracer->options->data, tracee->record);
    tracee_call_forget(tracee);
}

void call_leave(struct tracer *tracer, struct tracee *tracee, long result)
{
    struct trace_record *record = tracee->record;
    const struct call_watch *watch = call_watch_find(tracee->number);
    bool refused = result == -EPERM && tracee->number == SYS_ptrace;
    if (result == -RESTART_ALWAYS)
        return tracee_call_forget(tracee);
    if (refused && (tracee->request == PTRACE_TRACEME || tracee->request == PTRACE_ATTACH ||
                    tracee->request == PTRACE_SEIZE))
        tell(tracer, TOLD_PTRACE, tracee,
             "wants to trace, or to be traced, and cannot while it is traced here");
    if (record && watch && watch->kind == CALL_OPEN && result >= 0)
        map_opened(tracee, (int)result);
    if (record && result <= -RESTART_FIRST && result >= -RESTART_LAST)
        record->pending = true; /* interrupted: what comes of it is the next one's */
    else if (record && result < 0 && result > -4096) {
        record->result = -1;
        record->errnum = (int)-result;
    } else if (record)
        record->result = result;
    record_end(tracer, tracee);
}

void call_abandon(struct tracer *tracer, struct tracee *tracee)
{
    if (tracee->record)
        tracee->record->pending = true;
    record_end(tracer, tracee);
}
