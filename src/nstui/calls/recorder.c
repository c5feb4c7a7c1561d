/* The page that a launch shares with its children: each writes its calls there without a system call,
 * the parent reads them when all is done. Called by the engine alone. A record is claimed by one atomic
 * addition, so that parent, the one between and child never write to the same place; what has no room
 * is counted. Nothing hostile runs in these processes yet, and exec takes the page from them. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "nstui/calls.h"

enum {
    RECORDS = 8192,      /* a layout of 1,000 lines makes about 3,000 */
    BYTES = 1024 * 1024, /* of their texts; only what is written takes memory */
    TEXT_LONGEST = 4096, /* PATH_MAX */
};

struct record {
    atomic_bool done; /* the last to be written */
    unsigned char who;
    pid_t pid;
    int64_t time_ns;
    long number, result;
    uint64_t arguments[CALL_ARGUMENTS];
    uint32_t texts[CALL_ARGUMENTS]; /* where its bytes are, from 1; 0: none */
    uint32_t from, to;
};

struct recorder {
    atomic_uint used, used_bytes;
    struct record records[RECORDS];
    char bytes[BYTES];
};

struct recorder *recorder_open(void)
{
    int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE;
    void *page = mmap(NULL, sizeof(struct recorder), PROT_READ | PROT_WRITE, flags, -1, 0);
    return page == MAP_FAILED ? NULL : page;
}

void recorder_close(struct recorder *recorder)
{
    if (recorder)
        (void)munmap(recorder, sizeof(*recorder));
}

/* Keeps a copy of bytes. 0 where there is no room. */
static uint32_t bytes_keep(struct recorder *recorder, const void *bytes, size_t length)
{
    unsigned at = atomic_fetch_add(&recorder->used_bytes, (unsigned)length);
    if (at + length > BYTES || at + length < at)
        return 0;
    memcpy(recorder->bytes + at, bytes, length);
    return at + 1;
}

/* A text with its final 0. */
static uint32_t text_keep(struct recorder *recorder, const char *text)
{
    size_t length = strnlen(text, TEXT_LONGEST - 1);
    uint32_t at = bytes_keep(recorder, text, length + 1);
    if (at)
        recorder->bytes[at - 1 + length] = '\0';
    return at;
}

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void recorder_add(struct recorder *recorder, enum trace_who who, pid_t pid, const struct call *call,
                  const char *from, const char *to)
{
    if (!recorder)
        return;
    int errnum = errno;
    int64_t time_ns = call->time_ns ? call->time_ns : now_ns();
    unsigned at = atomic_fetch_add(&recorder->used, 1U);
    if (at < RECORDS) {
        struct record *record = &recorder->records[at];
        record->who = (unsigned char)who;
        record->pid = pid;
        record->time_ns = time_ns;
        record->number = call->number;
        record->result = call->result;
        for (int argument = 0; argument < CALL_ARGUMENTS; argument++) {
            int size = call_argument_size(call->number, argument);
            record->arguments[argument] = call->arguments[argument];
            if (call->strings[argument])
                record->texts[argument] = text_keep(recorder, call->strings[argument]);
            else if (size > 0 && call->memory[argument])
                record->texts[argument] =
                    bytes_keep(recorder, call->memory[argument], (size_t)size);
        }
        record->from = from ? text_keep(recorder, from) : 0;
        record->to = to ? text_keep(recorder, to) : 0;
        atomic_store(&record->done, true);
    }
    errno = errnum;
}

/* ---- reading ------------------------------------------------------------------------------- */

static const char *bytes_at(const struct recorder *recorder, uint32_t place)
{
    return place ? recorder->bytes + place - 1 : NULL;
}

/* A text of a record, printable; the caller's. */
static char *shown_keep(const struct recorder *recorder, uint32_t place)
{
    const char *text = place ? bytes_at(recorder, place) : "";
    size_t length = strlen(text);
    char *shown = xmalloc(length * 3 + 1);
    return text_printable(shown, length * 3 + 1, text, length, true);
}

static void record_read(const struct recorder *recorder, const struct record *record,
                        struct trace *trace)
{
    struct call call = {.number = record->number, .result = record->result};
    for (int argument = 0; argument < CALL_ARGUMENTS; argument++) {
        const char *bytes = bytes_at(recorder, record->texts[argument]);
        int size = call_argument_size(record->number, argument);
        call.arguments[argument] = record->arguments[argument];
        call.strings[argument] = size < 0 ? bytes : NULL;
        call.memory[argument] = size > 0 ? bytes : NULL;
    }
    struct trace_record *read = trace_add(trace);
    read->time_ns = record->time_ns;
    read->who = record->who;
    read->pid = record->pid;
    read->about = call_about(record->number);
    read->call = call_text(&call);
    read->from = shown_keep(recorder, record->from);
    read->to = shown_keep(recorder, record->to);
    read->pending = record->result == CALL_PENDING;
    read->result = read->pending || record->result < 0 ? -1 : record->result;
    read->errnum = !read->pending && record->result < 0 ? (int)-record->result : 0;
}

static int earlier(const void *left, const void *right)
{
    const struct trace_record *one = left, *other = right;
    return (one->time_ns > other->time_ns) - (one->time_ns < other->time_ns);
}

void recorder_read(const struct recorder *recorder, struct trace *trace)
{
    if (!recorder)
        return;
    size_t first = trace->count;
    unsigned used = atomic_load(&recorder->used);
    for (unsigned at = 0; at < used && at < RECORDS; at++) {
        if (atomic_load(&recorder->records[at].done))
            record_read(recorder, &recorder->records[at], trace);
    }
    trace->lost += used > RECORDS ? used - RECORDS : 0;
    if (trace->count == first)
        return;
    qsort(trace->items + first, trace->count - first, sizeof(*trace->items), earlier);
    int64_t start_ns = trace->items[first].time_ns;
    for (size_t at = first; at < trace->count; at++)
        trace->items[at].time_ns -= start_ns;
}
