/* How records read: the result, and the call with its descriptors' paths as people know them. Called by
 * nstui trace and by the dashboard. Prints nothing. */
#include "nstui/trace.h"

#include <stdio.h>
#include <string.h>

#define FD_PATH "\"/proc/self/fd/"

/* How long a path of a descriptor is, quotes and all; 0: there is none. */
static size_t fd_path_length(const char *at)
{
    if (strncmp(at, FD_PATH, strlen(FD_PATH)) != 0)
        return 0;
    size_t digits = strspn(at + strlen(FD_PATH), "0123456789");
    const char *end = at + strlen(FD_PATH) + digits;
    return digits && *end == '"' ? (size_t)(end - at) + 1 : 0;
}

char *trace_call_shown(const struct trace_record *record)
{
    _cleanup_text_ struct text text = {0};
    const char *first = strstr(record->call, FD_PATH);
    bool two = first && strstr(first + 1, FD_PATH);
    const char *leads[] = {two && record->from ? record->from : record->to, record->to};
    size_t next = 0;
    text_add(&text, "");
    for (const char *at = record->call; *at;) {
        size_t length = fd_path_length(at);
        if (!length || next >= array_length(leads) || !leads[next] || !*leads[next]) {
            text_add_bytes(&text, at++, 1);
            continue;
        }
        text_addf(&text, "\"%s\"", leads[next++]);
        at += length;
    }
    return pointer_take(text.data);
}
