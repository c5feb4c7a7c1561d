/* trace.h: records in memory, as lines of JSON, and back. Prints nothing. */
#include "nstui/trace.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const trace_who_names[TRACE_WHOS] = {"parent", "between", "child", "init", "other"};
const char *const trace_about_names[TRACE_ABOUTS] = {"ids", "mounts", "paths", "names", "exec"};

void trace_free(struct trace *trace)
{
    for (size_t at = 0; at < trace->count; at++) {
        free(trace->items[at].call);
        free(trace->items[at].from);
        free(trace->items[at].to);
    }
    free(trace->items);
    *trace = (struct trace){0};
}

struct trace_record *trace_add(struct trace *trace)
{
    array_grow(&trace->items, trace->count, &trace->capacity, sizeof(*trace->items));
    struct trace_record *record = &trace->items[trace->count++];
    *record = (struct trace_record){0};
    return record;
}

char *trace_format(const struct trace *trace)
{
    (void)trace;
    return xstrdup("");
}

int trace_parse(const char *text, size_t length, struct trace *trace, struct err *err)
{
    (void)text, (void)length, (void)trace, (void)err;
    return 0;
}

char *trace_result(const struct trace_record *record, char buffer[TRACE_RESULT_SIZE])
{
    (void)record;
    return strcpy(buffer, "");
}
