/* trace_rows: the calls of a launch as lines of a list. What prepares a root is many calls of a kind,
 * one after the other: they fold into one line, so that the order of the whole is seen on one screen.
 * Draws nothing. */
#include "trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const trace_tab_names[TRACE_TABS] = {"all", "mounts", "ids", "failed"};

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

void trace_rows_fill(struct trace_rows *rows, const struct trace *trace, enum trace_tab tab,
                     const bool *open)
{
    rows->count = 0;
    for (size_t at = 0; at < trace->count;) {
        const struct trace_record *record = &trace->items[at];
        size_t length = trace_fold_length(trace, at);
        bool folds = length > 1;
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

char *trace_row_call(const struct trace *trace, const struct trace_row *row)
{
    return row->count == 1 ? trace_call_shown(&trace->items[row->first])
                           : trace_fold_text(trace, row->first, row->count);
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
    const char *call, *with, *words; /* with: a part of the call that makes it this one */
} explanations[] = {
    {"clone3", NULL,
     "One call makes the process and its new namespaces. It is their first member; with a new pid "
     "namespace it is pid 1 in there. The pidfd is a handle that no other process can come to "
     "mean."},
    {"clone", NULL, "Makes a process; each NEW flag gives it a namespace of its own."},
    {"unshare", "NEWCGROUP",
     "Last of the namespaces: the cgroup that the process is in now becomes the root of what it "
     "sees."},
    {"unshare", "NEWTIME",
     "A new time namespace, for the next child. Its clocks are set before anybody is in it."},
    {"unshare", "NEWNS", "Its own list of mounts from here on, a copy of the one it had."},
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
    {"pivot_root", "old-root",
     "From here on \"/\" is the new root, and the old one hangs below it at /old-root. It works "
     "only "
     "where the new root is a mount point and no parent mount is shared."},
    {"pivot_root", NULL,
     "From here on \"/\" is the new root, and the old one lies on top of it until the next call "
     "takes it off. It works only where the new root is a mount point and no parent mount is "
     "shared."},
    {"chroot", NULL,
     "\"/\" now means this directory, for this process and its children. The mounts of before are "
     "all still there: it is no wall for root."},
    {"unlinkat", NULL, "The directory that the old root hung on is not wanted any more."},
    {"umount2", NULL,
     "Takes the old root out of sight, with all that is mounted below it. MNT_DETACH: now, "
     "although "
     "it is busy."},
    {"chdir", NULL,
     "The working directory; after a change of the root it would else still be "
     "outside."},
    {"fchdir", NULL, "Enters the directory that was opened and checked before."},
    {"rmdir", NULL, "The directory that the old root hung on is not wanted any more."},
    {"unlinkat", NULL, "The directory that the old root hung on is not wanted any more."},
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
    {"write", "oom_score_adj", "Who ends first where memory is short."},
    {"write", "timens_offsets", "Shifts the clocks, before the first process is in there."},
    {"execveat", NULL,
     "nstui-init takes over, from a sealed copy in memory: no file of the host's can be reached "
     "through /proc/1/exe in there."},
    {"execve", NULL, "The command itself."},
    {"open_tree", NULL, "A detached copy of a mount, to be put elsewhere."},
    {"move_mount", NULL, "Puts a detached mount to its place."},
};

/* The part of a call between its first or second pair of quotes. */
static const char *quoted(const char *call, int number, size_t *length)
{
    for (; number >= 0 && call; number--) {
        const char *open = strchr(call, '"');
        const char *close = open ? strchr(open + 1, '"') : NULL;
        if (!close)
            return NULL;
        *length = (size_t)(close - open - 1);
        call = close + 1;
        if (number == 0)
            return open + 1;
    }
    return NULL;
}

static bool binds_on_itself(const struct trace_record *record)
{
    size_t from_length = 0, to_length = 0;
    _cleanup_free_ char *call = trace_call_shown(record);
    if (!begins(record, "mount") || !strstr(call, "MS_BIND"))
        return false;
    const char *from = quoted(call, 0, &from_length), *to = quoted(call, 1, &to_length);
    return from && to && from_length == to_length && strncmp(from, to, to_length) == 0;
}

const char *trace_explain(const struct trace_record *record)
{
    if (binds_on_itself(record))
        return "Bound on itself, a directory or file becomes a mount of its own: pivot_root takes "
               "nothing else as the new root, and only a mount can be made read-only.";
    for (size_t at = 0; at < array_length(explanations); at++) {
        if (begins(record, explanations[at].call) &&
            (!explanations[at].with || strstr(record->call, explanations[at].with)))
            return explanations[at].words;
    }
    return "";
}

const char *trace_explain_error(const struct trace_record *record)
{
    if (record->errnum == EEXIST && record->about == TRACE_PATHS)
        return "It was there already, which is fine: the launch goes on.";
    if (record->errnum == ENOENT && record->about == TRACE_MOUNTS)
        return "Something that is named in it is not there.";
    if (record->errnum == EPERM)
        return "It takes a right that this process has not.";
    if (record->errnum == EINVAL && begins(record, "pivot_root"))
        return "pivot_root wants the new root to be a mount point, and no mount above it shared.";
    if (record->errnum == EBUSY && begins(record, "pivot_root"))
        return "The new root lies on the mount that is / now: it has to be bound on itself first.";
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
