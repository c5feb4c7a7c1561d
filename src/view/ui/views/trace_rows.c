/* trace_rows: the calls of a launch as lines of a list. What prepares a root is many calls of a kind,
 * one after the other: they fold into one line, so that the order of the whole is seen on one screen.
 * Draws nothing. */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const trace_tab_names[TRACE_TABS] = {"all", "mounts", "ids", "failed"};

enum { FOLD_FROM = 4 }; /* fewer neighbours stay as they are */

void trace_rows_free(struct trace_rows *rows)
{
    free(rows->items);
    *rows = (struct trace_rows){0};
}

static bool begins(const struct trace_record *record, const char *call)
{
    size_t length = strlen(call);
    return strncmp(record->call, call, length) == 0 && record->call[length] == '(';
}

/* What folds with what: binds and what makes them read-only, and the mount points before them. */
enum fold { FOLD_NONE, FOLD_POINTS, FOLD_BINDS };

static enum fold fold_of(const struct trace_record *record)
{
    if (record->errnum != 0 || record->pending)
        return FOLD_NONE;
    if (begins(record, "mkdirat") || begins(record, "mkdir") || begins(record, "symlinkat"))
        return FOLD_POINTS;
    if (begins(record, "mount_setattr"))
        return FOLD_BINDS;
    bool bind = begins(record, "mount") && strstr(record->call, "MS_BIND");
    return bind && record->from && strcmp(record->from, record->to) != 0 ? FOLD_BINDS : FOLD_NONE;
}

static bool tab_shows(enum trace_tab tab, const struct trace_record *record)
{
    switch (tab) {
    case TRACE_TAB_MOUNTS:
        return record->about == TRACE_MOUNTS || record->about == TRACE_PATHS;
    case TRACE_TAB_IDS:
        return record->about == TRACE_IDS || record->about == TRACE_NAMES;
    case TRACE_TAB_FAILED:
        return record->errnum != 0;
    default:
        return true;
    }
}

static void row_add(struct trace_rows *rows, struct trace_row row)
{
    array_grow(&rows->items, rows->count, &rows->capacity, sizeof(*rows->items));
    rows->items[rows->count++] = row;
}

/* How many records from at on are of one kind, by one process. */
static size_t run_length(const struct trace *trace, size_t at, enum fold fold)
{
    size_t end = at;
    while (end < trace->count && trace->items[end].who == trace->items[at].who &&
           fold_of(&trace->items[end]) == fold)
        end++;
    return end - at;
}

void trace_rows_fill(struct trace_rows *rows, const struct trace *trace, enum trace_tab tab,
                     const bool *open)
{
    rows->count = 0;
    for (size_t at = 0; at < trace->count;) {
        const struct trace_record *record = &trace->items[at];
        enum fold fold = fold_of(record);
        size_t length = fold == FOLD_NONE ? 1 : run_length(trace, at, fold);
        bool folds = fold != FOLD_NONE && length >= FOLD_FROM;
        if (!tab_shows(tab, record)) {
            at++;
            continue;
        }
        if (folds && !open[at]) {
            row_add(rows, (struct trace_row){.first = at, .count = length});
            at += length;
            continue;
        }
        for (size_t end = at + (folds ? length : 1), first = at; at < end; at++) {
            struct trace_row row = {
                .first = at, .count = 1, .unfolded = folds && at == first, .inside = folds};
            row_add(rows, row);
        }
    }
}

/* "sbin lib usr etc": the targets of a fold, each once. */
static void targets_add(struct text *text, const struct trace *trace, const struct trace_row *row)
{
    const char *last = "";
    for (size_t at = row->first; at < row->first + row->count; at++) {
        const char *to = trace->items[at].to ? trace->items[at].to : "";
        if (*to && strcmp(to, last) != 0)
            text_addf(text, " %s", to);
        last = to;
    }
}

char *trace_row_call(const struct trace *trace, const struct trace_row *row)
{
    const struct trace_record *record = &trace->items[row->first];
    struct text text = {0};
    if (row->count == 1)
        return trace_call_shown(record);
    if (fold_of(record) == FOLD_POINTS)
        text_addf(&text, "%zu mount points:", row->count);
    else
        text_addf(&text, "%zu calls, binds and read-only:", row->count);
    targets_add(&text, trace, row);
    return text.data;
}

char *trace_row_result(const struct trace *trace, const struct trace_row *row,
                       char buffer[TRACE_RESULT_SIZE])
{
    if (row->count > 1)
        return strcpy(buffer, "all 0");
    return trace_result(&trace->items[row->first], buffer);
}

/* ---- what a call is for -------------------------------------------------------------------- */

static const struct {
    const char *call, *with, *words;
} explanations[] = {
    {"clone3", NULL,
     "One call makes the process and its new namespaces. It is their first member; with a new pid "
     "namespace it is pid 1 in there. The pidfd is a handle that no other process can come to "
     "mean."},
    {"clone", NULL, "Makes a process; each NEW flag gives it a namespace of its own."},
    {"unshare", "NEWCGROUP",
     "Last of the namespaces: the cgroup that the process is in now becomes the root of what it "
     "sees."},
    {"unshare", NULL,
     "The process leaves a namespace that it shared and gets one of its own; pid and time are for "
     "its next child only."},
    {"setns", NULL, "The process enters a namespace that exists."},
    {"mount", "MS_PRIVATE",
     "From here on no mount made in there shows on the host. Without it pivot_root refuses, and on "
     "a host whose mounts are shared every bind below would be the host's too."},
    {"mount", "\"proc\"",
     "A new proc file system: it shows the pid namespace of the one who mounts it. Without it ps "
     "in "
     "there would read the host's."},
    {"mount", "\"devpts\"", "Terminals of its own: a pty of the host's has no name in there."},
    {"mount", "\"tmpfs\"", "An empty directory in memory; it goes with the mount namespace."},
    {"mount", "\"overlay\"",
     "The root below stays as it is; what is written goes to a layer in memory."},
    {"mount", "MS_BIND",
     "A bind mount: a directory or file of the host's shows at a second place, in there. It is the "
     "same directory, no copy."},
    {"mount_setattr", NULL,
     "Makes a mount and all below it read-only. mount(2) ignores MS_RDONLY together with MS_BIND, "
     "so it takes this second call."},
    {"pivot_root", NULL,
     "From here on \"/\" is the new root, and the old one hangs below it. It works only where the "
     "new root is a mount point and no parent mount is shared."},
    {"chroot", NULL,
     "\"/\" now means this directory, for this process and its children. The mounts of before are "
     "all still there: it is no wall for root."},
    {"umount2", NULL,
     "Takes the old root out of sight, with all that is mounted below it. MNT_DETACH: now, "
     "although "
     "it is busy."},
    {"chdir", NULL,
     "The working directory; after a change of the root it would else still be "
     "outside."},
    {"fchdir", NULL, "Enters the directory that was opened and checked before."},
    {"rmdir", NULL, "The directory that the old root hung on is not wanted any more."},
    {"mkdirat", NULL, "A place for something to be mounted on."},
    {"mkdir", NULL, "A place for something to be mounted on."},
    {"symlinkat", NULL, "A link that programs expect to find."},
    {"sethostname", NULL, "Changes the name in its own uts namespace; the host's stays."},
    {"setdomainname", NULL, "Changes the NIS domain name in its own uts namespace."},
    {"write", "uid_map",
     "Says which user ids in there are which out here. It may be written once, by somebody with "
     "rights over both."},
    {"write", "gid_map", "Says which group ids in there are which out here."},
    {"write", "setgroups",
     "A user without rights must give setgroups(2) up before he may map groups."},
    {"write", "timens_offsets", "Shifts the clocks, before the first process is in there."},
    {"execveat", NULL,
     "nstui-init takes over, from a sealed copy in memory: no file of the host's can be reached "
     "through /proc/1/exe in there."},
    {"execve", NULL, "The command itself."},
    {"open_tree", NULL, "A detached copy of a mount, to be put elsewhere."},
    {"move_mount", NULL, "Puts a detached mount to its place."},
};

const char *trace_explain(const struct trace_record *record)
{
    for (size_t at = 0; at < array_length(explanations); at++) {
        if (begins(record, explanations[at].call) &&
            (!explanations[at].with || strstr(record->call, explanations[at].with)))
            return explanations[at].words;
    }
    return "";
}

const char *trace_manual(const struct trace_record *record, char buffer[32])
{
    size_t length = strcspn(record->call, "(");
    if (length == 0 || length > 20)
        return strcpy(buffer, "");
    (void)snprintf(buffer, 32, "%.*s(2)", (int)length, record->call);
    return buffer;
}
