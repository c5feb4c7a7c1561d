/* Where the cgroup hierarchies are mounted and which controllers are in them. Called by the engine,
 * which makes cgroups, and by usage.c, which looks at them. Changes nothing. */
#include "nstui/cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FILE_LIMIT (4u * 1024 * 1024)

const char *const cgroup_controller_names[CGROUP_CONTROLLERS] = {
    [CGROUP_MEMORY] = "memory",
    [CGROUP_PIDS] = "pids",
    [CGROUP_CPU] = "cpu",
    [CGROUP_CPUACCT] = "cpuacct",
};

/* ---- what is mounted --------------------------------------------------------------------- */

/* The bits of the controllers that are words of a list: "rw,cpu,cpuacct", "memory pids". */
static unsigned controllers_in(const char *list)
{
    unsigned controllers = 0;
    while (*list) {
        size_t length = strcspn(list, ", \n");
        for (size_t at = 0; at < CGROUP_CONTROLLERS; at++) {
            const char *name = cgroup_controller_names[at];
            if (strlen(name) == length && strncmp(name, list, length) == 0)
                controllers |= CGROUP_BIT(at);
        }
        list += length;
        list += strspn(list, ", \n");
    }
    return controllers;
}

/* \040 and the like, as mountinfo has blanks in paths. proc(5) */
static char *unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from;) {
        unsigned code = 0;
        if (from[0] == '\\' && sscanf(from + 1, "%3o", &code) == 1 && code) {
            *to++ = (char)code;
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    return text;
}

static void mount_free(struct cgroup_mount *mount)
{
    free(mount->point);
    free(mount->root);
}

void cgroup_mounts_free(struct cgroup_mounts *mounts)
{
    for (size_t at = 0; at < mounts->count; at++)
        mount_free(&mounts->items[at]);
    free(mounts->items);
    *mounts = (struct cgroup_mounts){0};
}

/* A hierarchy that is mounted twice counts where that was done last: it may cover the other. */
static void mount_add(struct cgroup_mounts *mounts, struct cgroup_mount mount)
{
    for (size_t at = 0; at < mounts->count; at++) {
        struct cgroup_mount *other = &mounts->items[at];
        if (other->v2 == mount.v2 && other->controllers == mount.controllers) {
            mount_free(other);
            *other = mount;
            return;
        }
    }
    array_grow(&mounts->items, mounts->count, &mounts->capacity, sizeof(mount));
    mounts->items[mounts->count++] = mount;
}

/* 31 23 0:28 ROOT POINT OPTIONS [tags ..] - TYPE SOURCE SUPER-OPTIONS */
static void mount_line(struct cgroup_mounts *mounts, char *line)
{
    char *fields[6] = {0}, *save = NULL, *tail = strstr(line, " - ");
    if (!tail || strncmp(tail, " - cgroup", strlen(" - cgroup")) != 0)
        return;
    *tail = '\0';
    char *type = strtok_r(tail + 3, " ", &save);
    char *source = strtok_r(NULL, " ", &save), *options = strtok_r(NULL, " ", &save);
    save = NULL;
    for (size_t at = 0; at < array_length(fields); at++)
        fields[at] = strtok_r(at ? NULL : line, " ", &save);
    if (!source || !options || !fields[5])
        return;
    struct cgroup_mount mount = {.v2 = strcmp(type, "cgroup2") == 0};
    if (!mount.v2 && (mount.controllers = controllers_in(options)) == 0)
        return;
    mount.root = xstrdup(unescape(fields[3]));
    mount.point = xstrdup(unescape(fields[4]));
    _cleanup_close_ int fd = cgroup_open(&mount, "");
    if (fd < 0) { /* covered by another mount */
        mount_free(&mount);
        return;
    }
    mount_add(mounts, mount);
}

/* The controllers of the mounted part of v2: those of the whole, less what v1 has taken. */
static void mount_controllers(struct cgroup_mount *mount)
{
    _cleanup_free_ char *text = NULL;
    _cleanup_close_ int fd = cgroup_open(mount, "");
    if (fd >= 0 && file_read(fd, "cgroup.controllers", 4096, &text, NULL, NULL) == 0)
        mount->controllers = controllers_in(text);
    mount->controllers |= CGROUP_BIT(CGROUP_CPUACCT); /* cpu.stat is always there */
}

int cgroup_mounts_read(struct cgroup_mounts *mounts, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    char *save = NULL;
    if (file_read(AT_FDCWD, "/proc/self/mountinfo", FILE_LIMIT, &text, NULL, err) < 0)
        return -1;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        mount_line(mounts, line);
    for (size_t at = 0; at < mounts->count; at++) {
        if (mounts->items[at].v2)
            mount_controllers(&mounts->items[at]);
    }
    return 0;
}

const struct cgroup_mount *cgroup_mounts_find(const struct cgroup_mounts *mounts,
                                              enum cgroup_controller controller)
{
    const struct cgroup_mount *found = NULL;
    for (size_t at = 0; at < mounts->count; at++) {
        const struct cgroup_mount *mount = &mounts->items[at];
        if ((mount->controllers & CGROUP_BIT(controller)) && (!found || !mount->v2))
            found = mount;
    }
    return found;
}

/* ---- what is not there ------------------------------------------------------------------- */

/* The line of /proc/cgroups of a controller: name, hierarchy, cgroups, enabled. Kernels that have no
 * v1 for it may leave it out. */
static bool kernel_line(enum cgroup_controller controller, int *hierarchy, int *enabled)
{
    const char *name = cgroup_controller_names[controller];
    _cleanup_free_ char *text = NULL;
    if (file_read(AT_FDCWD, "/proc/cgroups", FILE_LIMIT, &text, NULL, NULL) < 0)
        return false;
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        size_t length = strcspn(line, "\t\n");
        if (strlen(name) == length && strncmp(line, name, length) == 0)
            return sscanf(line + length, "%d %*d %d", hierarchy, enabled) == 2;
    }
    return false;
}

bool cgroup_controller_is_off(enum cgroup_controller controller)
{
    int hierarchy = 0, enabled = 1;
    return kernel_line(controller, &hierarchy, &enabled) && !enabled;
}

/* Where a Raspberry Pi has its kernel command line. */
static const char *command_line_file(void)
{
    static const char *const files[] = {"/boot/firmware/cmdline.txt", "/boot/cmdline.txt"};
    for (size_t at = 0; at < array_length(files); at++) {
        if (access(files[at], F_OK) == 0)
            return files[at];
    }
    return "the kernel command line";
}

int cgroup_controller_missing(enum cgroup_controller controller, struct err *err)
{
    static const char *const words[CGROUP_CONTROLLERS] = {
        [CGROUP_MEMORY] = "cannot limit memory",
        [CGROUP_PIDS] = "cannot limit the number of processes",
        [CGROUP_CPU] = "cannot limit cpu time",
        [CGROUP_CPUACCT] = "cannot count cpu time",
    };
    const char *name = cgroup_controller_names[controller];
    int hierarchy = 0, enabled = 1;
    if (!kernel_line(controller, &hierarchy, &enabled))
        return err_set(err, 0, "%s: this kernel has no %s controller where we can see it",
                       words[controller], name);
    if (!enabled) {
        (void)err_set(err, 0, "%s: the %s controller of this kernel is off", words[controller],
                      name);
        return err_hint(err, "add cgroup_enable=%s to %s and reboot", name, command_line_file());
    }
    (void)err_set(err, 0, "%s: no cgroup hierarchy with %s is mounted here", words[controller],
                  name);
    if (hierarchy > 0)
        return err_hint(err, "it is one of v1: mount -t cgroup -o %s none DIRECTORY", name);
    return err_hint(err, "mount -t cgroup2 none /sys/fs/cgroup");
}

/* ---- one cgroup -------------------------------------------------------------------------- */

/* What a line of /proc/PID/cgroup says, ID:CONTROLLERS:PATH, where it is this hierarchy's. */
static const char *path_in_line(const struct cgroup_mount *mount, char *line)
{
    char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;
    if (!path)
        return NULL;
    *path++ = '\0';
    bool here = mount->v2 ? strcmp(line, "0:") == 0 || list[1] == '\0'
                          : controllers_in(list + 1) == mount->controllers;
    return here ? path : NULL;
}

char *cgroup_path_of(const struct cgroup_mount *mount, pid_t pid)
{
    char name[32] = "/proc/self/cgroup", *save = NULL;
    _cleanup_free_ char *text = NULL;
    if (pid > 0)
        (void)snprintf(name, sizeof(name), "/proc/%d/cgroup", (int)pid);
    if (file_read(AT_FDCWD, name, FILE_LIMIT, &text, NULL, NULL) < 0)
        return NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        const char *path = path_in_line(mount, line);
        if (!path)
            continue;
        size_t length = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);
        if (strncmp(path, mount->root, length) != 0 || (path[length] && path[length] != '/') ||
            strncmp(path, "/..", 3) == 0)
            return NULL;
        return xstrdup(path + length + (path[length] == '/'));
    }
    return NULL;
}

int cgroup_open_at(int fd, const char *name)
{
    struct statfs status;
    int opened = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (opened < 0)
        return -1;
    if (fstatfs(opened, &status) == 0 &&
        (status.f_type == CGROUP2_SUPER_MAGIC || status.f_type == CGROUP_SUPER_MAGIC))
        return opened;
    (void)close(opened);
    errno = ENOTSUP;
    return -1;
}

int cgroup_open(const struct cgroup_mount *mount, const char *path)
{
    _cleanup_free_ char *whole = xasprintf("%s/%s", mount->point, path);
    struct statfs status;
    int fd = cgroup_open_at(AT_FDCWD, whole);
    if (fd < 0)
        return -1;
    if (fstatfs(fd, &status) == 0 && mount->v2 == (status.f_type == CGROUP2_SUPER_MAGIC))
        return fd;
    (void)close(fd);
    errno = ENOTSUP;
    return -1;
}
