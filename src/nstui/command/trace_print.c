/* The lines of nstui trace. Every word of a call was written by the program that made it, so all of it
 * goes through text_printable(). Called by trace.c. */
#include "trace_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

enum {
    WIDTH_SESSION_WHO = 7,
    WIDTH_PROGRAM_WHO = 16,
    WIDTH_LINE = 79,
    WIDTH_RESULT = 10,
};

void printing_free(struct printing *printing)
{
    trace_free(&printing->tried);
}

/* Through no buffer, so that it stands where it happened among what the program writes. */
static void write_text(struct printing *printing, const struct text *text)
{
    struct err err = {0};
    if (printing->broken || !text->length ||
        fd_write_all(printing->fd, text->data, text->length, &err) == 0)
        return;
    printing->broken = true;
    if (printing->fd != STDERR_FILENO)
        say("the trace ends here: %s", err.text);
}

static void shown_add(struct text *text, const char *words, int width)
{
    size_t size = strlen(words) + 1;
    _cleanup_free_ char *printable = xmalloc(size);
    text_addf(text, "%-*s", width,
              text_printable(printable, size, words, size - 1, utf8_is_shown()));
}

static int who_width(const struct printing *printing)
{
    return printing->session ? WIDTH_SESSION_WHO : WIDTH_PROGRAM_WHO;
}

static int call_width(const struct printing *printing)
{
    return WIDTH_LINE - 4 - 8 - 1 - who_width(printing) - 1 - 1 - WIDTH_RESULT;
}

static void head_print(struct printing *printing)
{
    _cleanup_text_ struct text text = {0};
    text_addf(&text, "%4s %7s %-*s %-*s %s\n", "#", "MS", who_width(printing),
              printing->session ? "WHO" : "WHO(pid)", call_width(printing), "CALL", "RESULT");
    write_text(printing, &text);
}

static void line_print(struct printing *printing, size_t number, const struct trace_record *record,
                       const char *call, const char *result)
{
    _cleanup_text_ struct text text = {0};
    _cleanup_free_ char *who =
        printing->session ? xstrdup(trace_who_names[record->who])
                          : xasprintf("%s(%d)", record->name ? record->name : "", (int)record->pid);
    text_addf(&text, "%4zu %7.2f ", number, (double)record->time_ns / 1e6);
    shown_add(&text, who, who_width(printing));
    text_add(&text, " ");
    shown_add(&text, call, call_width(printing));
    text_addf(&text, " %s\n", result);
    write_text(printing, &text);
}

static void json_print(struct printing *printing, const struct trace_record *record)
{
    _cleanup_free_ char *line = trace_record_format(record);
    _cleanup_text_ struct text text = {0};
    text_addf(&text, "%s\n", line);
    write_text(printing, &text);
}

bool printing_wants(const struct printing *printing, const struct trace_record *record)
{
    return (!printing->failed || record->errnum) &&
           (!printing->about || (printing->about & (1U << record->about)));
}

static void count_call(struct printing *printing, const struct trace_record *record)
{
    printing->count++;
    printing->failures += record->errnum != 0;
    printing->last_ns = record->time_ns;
}

/* ---- a program, call by call ---------------------------------------------------------------- */

static bool is_try(const struct printing *printing, const struct trace_record *record)
{
    bool not_there = record->errnum == ENOENT || record->errnum == EACCES;
    return !printing->verbose && record->about == TRACE_EXEC && not_there;
}

static void tries_print(struct printing *printing)
{
    char result[TRACE_RESULT_SIZE];
    if (printing->tries == 0)
        return;
    const struct trace_record *first = &printing->tried.items[0];
    size_t number = printing->count - printing->tries + 1, others = printing->tries - 1;
    _cleanup_text_ struct text words = {0};
    text_add(&words, first->call);
    if (others > 0)
        text_addf(&words, " and %zu more places", others);
    line_print(printing, number, first, words.data, trace_result(first, result));
    printing->tries = 0;
    trace_free(&printing->tried);
}

/* Keeps the first of them, and counts the others. */
static void try_keep(struct printing *printing, const struct trace_record *record)
{
    if (printing->tries++ > 0)
        return;
    struct trace_record *kept = trace_add(&printing->tried);
    *kept = *record;
    kept->call = xstrdup(record->call);
    kept->name = xstrdup(record->name ? record->name : "");
    kept->from = kept->to = NULL;
}

void printing_call(struct printing *printing, const struct trace_record *record)
{
    char result[TRACE_RESULT_SIZE], other[TRACE_RESULT_SIZE * 2];
    if (!printing_wants(printing, record))
        return;
    bool tries = is_try(printing, record) && !printing->json;
    if (printing->tries > 0 && (!tries || record->pid != printing->tried.items[0].pid))
        tries_print(printing);
    count_call(printing, record);
    if (printing->json)
        return json_print(printing, record);
    if (printing->count == 1)
        head_print(printing);
    if (tries)
        return try_keep(printing, record);
    /* In a pid namespace a process has another number than the one that it is known by out here. */
    bool two = record->child && !record->errnum && record->result != record->child;
    (void)snprintf(other, sizeof(other), two ? "%s (here %d)" : "%s", trace_result(record, result),
                   (int)record->child);
    _cleanup_free_ char *call = trace_call_shown(record);
    line_print(printing, printing->count, record, call, other);
}

/* ---- a session ------------------------------------------------------------------------------ */

static void session_table(struct printing *printing, const struct trace *trace)
{
    char result[TRACE_RESULT_SIZE];
    head_print(printing);
    for (size_t at = 0; at < trace->count;) {
        const struct trace_record *record = &trace->items[at];
        size_t length = printing->verbose ? 1 : trace_fold_length(trace, at);
        _cleanup_free_ char *call =
            length > 1 ? trace_fold_text(trace, at, length) : trace_call_shown(record);
        if (printing_wants(printing, record))
            line_print(printing, at + 1, record, call,
                       length > 1 ? "all 0" : trace_result(record, result));
        at += length;
    }
}

void printing_session(struct printing *printing, const struct trace *trace)
{
    for (size_t at = 0; at < trace->count; at++) {
        if (!printing_wants(printing, &trace->items[at]))
            continue;
        count_call(printing, &trace->items[at]);
        if (printing->json)
            json_print(printing, &trace->items[at]);
    }
    if (!printing->json)
        session_table(printing, trace);
}

void printing_end(struct printing *printing)
{
    _cleanup_text_ struct text text = {0};
    if (printing->json)
        return;
    tries_print(printing);
    text_addf(&text, "%zu call%s in %.2f ms, ", printing->count, printing->count == 1 ? "" : "s",
              (double)printing->last_ns / 1e6);
    if (printing->failures)
        text_addf(&text, "%zu failed\n", printing->failures);
    else
        text_add(&text, "none failed\n");
    write_text(printing, &text);
}
