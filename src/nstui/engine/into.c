/* A join goes into the target's cgroups first, so that its limits hold for the command too. Called by
 * join.c: the parent opens the files cgroup.procs, the child writes itself into them before it
 * becomes anything else. The hierarchies are mounted for us alone, where no path leads: what is
 * mounted below /sys/fs/cgroup does not matter. Makes and changes no cgroup. cgroups(7), fsopen(2). */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "target.h"

/* One line of /proc/PID/cgroup: ID:CONTROLLERS:PATH; no controllers: version 2. */
struct line {
    char *controllers, *path;
};

static bool line_parse(char *text, struct line *line)
{
    char *first = strchr(text, ':');
    char *second = first ? strchr(first + 1, ':') : NULL;
    if (!second)
        return false;
    *second = '\0';
    *line = (struct line){.controllers = first + 1, .path = second + 1};
    return true;
}

static int setting(int context, unsigned command, const char *key, const char *value)
{
    return (int)syscall(SYS_fsconfig, context, command, key, value, 0);
}

/* The root of one hierarchy, in a mount that nobody else sees. */
static int hierarchy_open(const char *controllers)
{
    bool unified = !*controllers;
    _cleanup_free_ char *rest = xstrdup(controllers);
    _cleanup_close_ int context =
        (int)syscall(SYS_fsopen, unified ? "cgroup2" : "cgroup", FSOPEN_CLOEXEC);
    if (context < 0)
        return -1;
    for (char *name = strtok(rest, ","); name; name = strtok(NULL, ",")) {
        bool named = strncmp(name, "name=", 5) == 0;
        int result = named ? setting(context, FSCONFIG_SET_STRING, "name", name + 5)
                           : setting(context, FSCONFIG_SET_FLAG, name, NULL);
        if (result == 0 && named && strcmp(controllers, name) == 0)
            result = setting(context, FSCONFIG_SET_FLAG, "none", NULL);
        if (result < 0)
            return -1;
    }
    if (setting(context, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
        return -1;
    return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
                        MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* Who goes into a frozen cgroup stands still at once, and so would we. */
static bool is_frozen(int cgroup)
{
    static const struct {
        const char *file, *words;
    } states[] = {
        {"freezer.state", "FROZEN"},
        {"freezer.state", "FREEZING"},
        {"cgroup.events", "frozen 1"},
        {"cgroup.freeze", "1"},
    };
    for (size_t at = 0; at < array_length(states); at++) {
        _cleanup_free_ char *text = NULL;
        if (file_read(cgroup, states[at].file, 4096, &text, NULL, NULL) == 0 &&
            strstr(text, states[at].words))
            return true;
    }
    return false;
}

static int file_open(const struct line *line, struct cgroup_files *files, struct err *err)
{
    char path[WORD_SIZE], controllers[WORD_SIZE];
    word(path, line->path);
    word(controllers, *line->controllers ? line->controllers : "version 2");
    if (strncmp(line->path, "/..", 3) == 0) {
        (void)err_set(err, 0, "cannot go into the cgroup %s (%s)", path, controllers);
        return err_hint(err, "it lies outside of the cgroup namespace that we are in");
    }
    _cleanup_close_ int hierarchy = hierarchy_open(line->controllers);
    if (hierarchy < 0) {
        (void)err_set(err, errno, "cannot reach the cgroups of %s", controllers);
        return geteuid() != 0 ? err_hint(err, "--cgroup needs root: run it with sudo") : -1;
    }
    const char *below = line->path + strspn(line->path, "/");
    _cleanup_close_ int cgroup =
        openat(hierarchy, *below ? below : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cgroup < 0)
        return err_set(err, errno, "cannot open the cgroup %s (%s)", path, controllers);
    if (is_frozen(cgroup)) {
        (void)err_set(err, 0, "cannot go into the cgroup %s (%s): it is frozen", path, controllers);
        return err_hint(err, "thaw it first, or leave --cgroup out");
    }
    int file = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return err_set(err, errno, "cannot go into the cgroup %s (%s)", path, controllers);
    files->files[files->count++] = file;
    return 0;
}

/* Whether we are in that very cgroup already. */
static bool is_ours(const char *ours, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = ours; (at = strstr(at, line)); at += length) {
        if ((at == ours || at[-1] == '\n') && (at[length] == '\n' || !at[length]))
            return true;
    }
    return false;
}

int cgroup_files_open(const struct target *target, struct cgroup_files *files, struct err *err)
{
    _cleanup_free_ char *theirs = NULL, *ours = NULL;
    struct err why = {0};
    if (target->proc < 0)
        return err_set(err, 0, "%s is no process: it is in no cgroup", target->words);
    if (file_read(target->proc, "cgroup", 65536, &theirs, NULL, &why) < 0) {
        if (why.errnum == ESRCH || why.errnum == ENOENT)
            return target_gone(target, err);
        return err_set(err, 0, "cannot tell the cgroups of %s: %s", target->words, why.text);
    }
    if (file_read(AT_FDCWD, "/proc/self/cgroup", 65536, &ours, NULL, err) < 0)
        return -1;
    char *rest = theirs;
    for (char *text; (text = strsep(&rest, "\n")) && files->count < CGROUPS_MAX;) {
        struct line line;
        if (!*text || is_ours(ours, text) || !line_parse(text, &line))
            continue;
        if (file_open(&line, files, err) < 0)
            return -1;
    }
    return 0;
}

void cgroup_files_close(struct cgroup_files *files)
{
    for (size_t at = 0; at < files->count; at++)
        cleanup_close(&files->files[at]);
    files->count = 0;
}

int cgroup_files_enter(const struct cgroup_files *files, struct err *err)
{
    static const struct {
        int errnum;
        const char *hint;
    } hints[] = {
        {ENODEV, "it was removed meanwhile"},
        {EOPNOTSUPP, "it takes threads alone (cgroup.type says threaded)"},
        {EACCES, "it is not ours to enter: run it with sudo"},
        {EAGAIN, "its limit on processes is reached"},
    };
    for (size_t at = 0; at < files->count; at++) {
        if (write(files->files[at], "0", 1) == 1)
            continue;
        int errnum = errno;
        (void)err_set(err, errnum, "cannot go into the target's cgroup");
        for (size_t hint = 0; hint < array_length(hints); hint++) {
            if (hints[hint].errnum == errnum)
                return err_hint(err, "%s", hints[hint].hint);
        }
        return -1;
    }
    return 0;
}
