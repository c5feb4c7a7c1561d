/* Neighbours that fold: what prepares a root is many calls of a kind, one after the other, and one line
 * tells them, so that the order of the whole is seen on one screen. Called by nstui trace and by the
 * dashboard. Prints nothing. */
#include "nstui/trace.h"

#include <string.h>

enum { FOLD_FROM = 4 }; /* fewer neighbours stay as they are */

/* What folds with what: binds and what makes them read-only, and the mount points before them. */
enum fold { FOLD_NONE, FOLD_POINTS, FOLD_BINDS };

static bool begins(const struct trace_record *record, const char *call)
{
    size_t length = strlen(call);
    return strncmp(record->call, call, length) == 0 && record->call[length] == '(';
}

static enum fold fold_of(const struct trace_record *record)
{
    if (record->errnum != 0 || record->pending)
        return FOLD_NONE;
    if (begins(record, "mkdirat") || begins(record, "mkdir") || begins(record, "symlinkat"))
        return FOLD_POINTS;
    if (begins(record, "mount_setattr"))
        return FOLD_BINDS;
    bool bind = begins(record, "mount") && strstr(record->call, "MS_BIND");
    return bind && record->from && record->to && strcmp(record->from, record->to) != 0 ? FOLD_BINDS
                                                                                       : FOLD_NONE;
}

size_t trace_fold_length(const struct trace *trace, size_t at)
{
    const struct trace_record *first = &trace->items[at];
    enum fold fold = fold_of(first);
    size_t end = at;
    while (fold != FOLD_NONE && end < trace->count && trace->items[end].who == first->who &&
           fold_of(&trace->items[end]) == fold)
        end++;
    return end - at >= FOLD_FROM ? end - at : 1;
}

char *trace_fold_text(const struct trace *trace, size_t at, size_t length)
{
    struct text text = {0};
    const char *last = "";
    if (trace->items[at].who == TRACE_PARENT) /* it makes cgroups, the child what is mounted on */
        text_addf(&text, "%zu folders:", length);
    else if (fold_of(&trace->items[at]) == FOLD_POINTS)
        text_addf(&text, "%zu mount points:", length);
    else
        text_addf(&text, "%zu calls, binds and read-only:", length);
    for (size_t end = at + length; at < end; at++) {
        const char *to = trace->items[at].to ? trace->items[at].to : "";
        if (*to && strcmp(to, last) != 0)
            text_addf(&text, " %s", to);
        last = to;
    }
    return text.data;
}
