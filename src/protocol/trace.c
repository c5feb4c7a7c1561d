/* trace.h: records in memory, as lines of JSON, and back. Prints nothing. A file of records may have
 * been edited by hand and is read as hostile: bounded, typed, every text made printable. */
#include "nstui/trace.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARSE_MAX = 16 * 1024 * 1024,
    RECORDS_MAX = 1000 * 1000,
    DEPTH_MAX = 3, /* of one record: an object of plain values */
    ERRNO_MAX = 4095,
};

const char *const trace_who_names[TRACE_WHOS] = {"parent", "between", "child", "init", "other"};
const char *const trace_about_names[TRACE_ABOUTS] = {"ids", "mounts", "paths", "names", "exec"};

static void record_free(struct trace_record *record)
{
    free(record->call);
    free(record->from);
    free(record->to);
    free(record->name);
}

void trace_free(struct trace *trace)
{
    for (size_t at = 0; at < trace->count; at++)
        record_free(&trace->items[at]);
    free(trace->items);
    *trace = (struct trace){0};
}

void trace_remove(struct trace *trace, size_t at)
{
    record_free(&trace->items[at]);
    trace->count--;
    memmove(&trace->items[at], &trace->items[at + 1],
            (trace->count - at) * sizeof(trace->items[0]));
}

struct trace_record *trace_add(struct trace *trace)
{
    array_grow(&trace->items, trace->count, &trace->capacity, sizeof(*trace->items));
    struct trace_record *record = &trace->items[trace->count++];
    *record = (struct trace_record){0};
    return record;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void string_add(struct text *text, const char *key, const char *string)
{
    size_t length = string ? strlen(string) : 0;
    _cleanup_free_ char *printable = xmalloc(length + 1);
    (void)text_printable(printable, length + 1, string ? string : "", length, true);
    text_addf(text, "\"%s\":\"", key);
    for (const char *at = printable; *at;) {
        size_t plain = strcspn(at, "\"\\");
        text_add_bytes(text, at, plain);
        at += plain;
        if (*at)
            text_addf(text, "\\%c", *at++);
    }
    text_add(text, "\"");
}

char *trace_record_format(const struct trace_record *record)
{
    struct text text = {0};
    text_addf(&text, "{\"time_ns\":%lld,\"who\":\"%s\",\"pid\":%d,", (long long)record->time_ns,
              trace_who_names[record->who], (int)record->pid);
    if (record->name) {
        string_add(&text, "name", record->name);
        text_add(&text, ",");
    }
    text_addf(&text, "\"about\":\"%s\",", trace_about_names[record->about]);
    string_add(&text, "call", record->call);
    static const char *const keys[] = {"from", "to"};
    const char *const leads[] = {record->from, record->to};
    for (size_t at = 0; at < array_length(keys); at++) {
        if (leads[at] && *leads[at]) {
            text_add(&text, ",");
            string_add(&text, keys[at], leads[at]);
        }
    }
    if (record->pending)
        text_add(&text, ",\"pending\":true");
    else
        text_addf(&text, ",\"result\":%ld", record->result);
    if (record->errnum) {
        const char *name = strerrorname_np(record->errnum);
        text_addf(&text, ",\"errno\":%d,\"error\":\"%s\"", record->errnum, name ? name : "");
    }
    if (record->child)
        text_addf(&text, ",\"child\":%d", (int)record->child);
    text_add(&text, "}");
    return text.data;
}

char *trace_format(const struct trace *trace)
{
    struct text text = {0};
    text_add(&text, "");
    for (size_t at = 0; at < trace->count; at++) {
        _cleanup_free_ char *line = trace_record_format(&trace->items[at]);
        text_add(&text, line);
        text_add(&text, "\n");
    }
    if (trace->lost)
        text_addf(&text, "{\"lost\":%zu}\n", trace->lost);
    return text.data;
}

/* ---- reading ------------------------------------------------------------------------------- */

static void json_free(void *object)
{
    json_object_put(*(json_object **)object);
}
#define _cleanup_json_ __attribute__((cleanup(json_free)))

/* A line, and what is wrong with it. */
struct line {
    json_object *object;
    size_t number;
    struct err *err;
};

static int line_wrong(const struct line *line, const char *key, const char *what)
{
    return err_set(line->err, 0, "line %zu of the trace: %s %s", line->number, key, what);
}

/* A text of the line, printable, the caller's; NULL where it has none. */
static int string_read(const struct line *line, const char *key, bool must, char **string)
{
    json_object *value;
    *string = NULL;
    if (!json_object_object_get_ex(line->object, key, &value))
        return must ? line_wrong(line, key, "is missing") : 0;
    if (!json_object_is_type(value, json_type_string))
        return line_wrong(line, key, "is no text");
    size_t length = (size_t)json_object_get_string_len(value);
    *string = xmalloc(length + 1);
    (void)text_printable(*string, length + 1, json_object_get_string(value), length, true);
    return 0;
}

static int number_read(const struct line *line, const char *key, bool must, int64_t minimum,
                       int64_t maximum, int64_t *number)
{
    json_object *value;
    *number = 0;
    if (!json_object_object_get_ex(line->object, key, &value))
        return must ? line_wrong(line, key, "is missing") : 0;
    *number = json_object_get_int64(value);
    if (!json_object_is_type(value, json_type_int) || *number < minimum || *number > maximum)
        return line_wrong(line, key, "is no number that can be");
    return 0;
}

static int choice_read(const struct line *line, const char *key, const char *const names[],
                       size_t count, size_t *choice)
{
    _cleanup_free_ char *word = NULL;
    if (string_read(line, key, true, &word) < 0)
        return -1;
    for (size_t at = 0; at < count; at++) {
        if (strcmp(word, names[at]) == 0)
            return *choice = at, 0;
    }
    return line_wrong(line, key, "is none that is known");
}

static int flag_read(const struct line *line, const char *key, bool *flag)
{
    json_object *value;
    *flag = false;
    if (!json_object_object_get_ex(line->object, key, &value))
        return 0;
    if (!json_object_is_type(value, json_type_boolean))
        return line_wrong(line, key, "is neither true nor false");
    *flag = json_object_get_boolean(value);
    return 0;
}

/* The numbers and words of a record; its texts follow. */
static int values_read(const struct line *line, struct trace_record *record)
{
    int64_t pid, errnum, result, child;
    size_t who, about;
    if (number_read(line, "time_ns", true, 0, INT64_MAX, &record->time_ns) < 0 ||
        choice_read(line, "who", trace_who_names, TRACE_WHOS, &who) < 0 ||
        choice_read(line, "about", trace_about_names, TRACE_ABOUTS, &about) < 0 ||
        number_read(line, "pid", false, 0, INT_MAX, &pid) < 0 ||
        number_read(line, "child", false, 0, INT_MAX, &child) < 0 ||
        number_read(line, "errno", false, 0, ERRNO_MAX, &errnum) < 0 ||
        flag_read(line, "pending", &record->pending) < 0 ||
        number_read(line, "result", !record->pending, LONG_MIN, LONG_MAX, &result) < 0)
        return -1;
    record->who = (enum trace_who)who;
    record->about = (enum trace_about)about;
    record->pid = (pid_t)pid;
    record->child = (pid_t)child;
    record->errnum = (int)errnum;
    record->result = (long)result;
    return 0;
}

static int record_read(const struct line *line, struct trace *trace)
{
    int64_t lost;
    if (number_read(line, "lost", false, 0, INT_MAX, &lost) < 0)
        return -1;
    if (lost) {
        trace->lost += (size_t)lost;
        return 0;
    }
    if (trace->count >= RECORDS_MAX)
        return line_wrong(line, "call", "is one too many");
    struct trace_record *record = trace_add(trace);
    if (values_read(line, record) < 0 || string_read(line, "call", true, &record->call) < 0 ||
        string_read(line, "from", false, &record->from) < 0 ||
        string_read(line, "to", false, &record->to) < 0 ||
        string_read(line, "name", false, &record->name) < 0)
        return -1;
    record->from = record->from ? record->from : xstrdup("");
    record->to = record->to ? record->to : xstrdup("");
    return 0;
}

static int line_parse(const char *text, size_t length, size_t number, struct trace *trace,
                      struct err *err)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    _cleanup_json_ json_object *object = json_tokener_parse_ex(tokener, text, (int)length);
    bool whole = json_tokener_get_error(tokener) == json_tokener_success &&
                 json_tokener_get_parse_end(tokener) == length;
    json_tokener_free(tokener);
    const struct line line = {object, number, err};
    if (!whole || !json_object_is_type(object, json_type_object))
        return line_wrong(&line, "it", "is no record");
    return record_read(&line, trace);
}

int trace_parse(const char *text, size_t length, struct trace *trace, struct err *err)
{
    if (length > PARSE_MAX)
        return err_set(err, 0, "the trace is longer than %d MiB", PARSE_MAX / 1024 / 1024);
    for (size_t number = 1; length > 0; number++) {
        const char *end = memchr(text, '\n', length);
        size_t line = end ? (size_t)(end - text) : length;
        if (line > 0 && line_parse(text, line, number, trace, err) < 0) {
            /* Half a record would be taken for a whole one. */
            trace_free(trace);
            return -1;
        }
        length -= end ? line + 1 : line;
        text += end ? line + 1 : line;
    }
    return 0;
}

char *trace_result(const struct trace_record *record, char buffer[TRACE_RESULT_SIZE])
{
    const char *name = record->errnum ? strerrorname_np(record->errnum) : NULL;
    if (record->pending)
        (void)snprintf(buffer, TRACE_RESULT_SIZE, "no return");
    else if (name)
        (void)snprintf(buffer, TRACE_RESULT_SIZE, "%s", name);
    else if (record->errnum)
        (void)snprintf(buffer, TRACE_RESULT_SIZE, "error %d", record->errnum);
    else
        (void)snprintf(buffer, TRACE_RESULT_SIZE, "= %ld", record->result);
    return buffer;
}
