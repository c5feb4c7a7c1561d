/* What is wrong with /proc: the proc file system of a pid namespace that has ended lies on top of ours,
 * since a program mounted it without making its mounts private first; or there is none at all. What
 * lies below the uppermost is tried in a copy of the mounts, in a child: the host sees nothing of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repair.h"

#define LAYERS_MAX 64
#define NAMED_MAX  4

/* What was found at /proc, from the top down. */
struct layers {
    int foreign; /* of other pid namespaces, one on the other */
    int living;  /* the first of them, from 1, whose pid namespace still has a process; 0: none */
    bool own;    /* below them is ours */
    bool other;  /* below them is no proc file system */
};

static bool proc_is_there(void)
{
    struct statfs status;
    return statfs("/proc", &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

/* In the child, in mounts of its own. */
static void layers_look(struct layers *layers)
{
    while (layers->foreign < LAYERS_MAX) {
        if (proc_check(NULL) == 0) {
            layers->own = true;
            return;
        }
        if (!proc_is_there())
            return;
        layers->foreign++;
        if (!layers->living && access("/proc/1", F_OK) == 0)
            layers->living = layers->foreign;
        if (umount2("/proc", MNT_DETACH) < 0)
            return;
    }
}

static bool layers_read(struct layers *layers)
{
    int ends[2];
    *layers = (struct layers){0};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        bool apart =
            unshare(CLONE_NEWNS) == 0 && mount("", "/", "", MS_PRIVATE | MS_REC, NULL) == 0;
        if (apart)
            layers_look(layers);
        _exit(!(apart && write(ends[1], layers, sizeof(*layers)) == sizeof(*layers)));
    }
    (void)close(ends[1]);
    bool good = pid > 0 && read(ends[0], layers, sizeof(*layers)) == sizeof(*layers);
    (void)close(ends[0]);
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
    return good;
}

/* ---- who lives there --------------------------------------------------------------------- */

/* Whether a process of another pid namespace has this file system among its mounts. */
static bool process_has(int proc, const char *pid, const struct mount_line *mount,
                        const struct stat *ours)
{
    char path[64], device[64];
    struct stat theirs;
    _cleanup_free_ char *text = NULL;
    (void)snprintf(path, sizeof(path), "%s/ns/pid", pid);
    if (fstatat(proc, path, &theirs, 0) < 0 || theirs.st_ino == ours->st_ino)
        return false;
    (void)snprintf(path, sizeof(path), "%s/mountinfo", pid);
    (void)snprintf(device, sizeof(device), " %u:%u / ", mount->major, mount->minor);
    return file_read(proc, path, 1u << 20, &text, NULL, NULL) == 0 && strstr(text, device);
}

static void living_fill(int proc, const struct mount_line *mount, struct text *names)
{
    struct stat ours;
    int copy = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_dir_ DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *entry;
    int64_t pid;
    size_t count = 0;
    if (!folder || fstatat(proc, "self/ns/pid", &ours, 0) < 0)
        return;
    while ((entry = readdir(folder)) && count < NAMED_MAX) {
        if (!number_parse(entry->d_name, 1, INT32_MAX, &pid) ||
            !process_has(proc, entry->d_name, mount, &ours))
            continue;
        text_addf(names, "%s%s", names->length ? " " : "", entry->d_name);
        count++;
    }
}

/* ---- together ---------------------------------------------------------------------------- */

static void leave_living(struct repair *repair, const struct mount_table *table, int proc)
{
    struct text names = {0};
    const struct mount_line *top = mount_table_top(table, "/proc");
    if (top)
        living_fill(proc, top, &names);
    const char *list = names.length ? names.data : "";
    strings_addf(&repair->left,
                 "/proc is that of another pid namespace, in which programs still run%s%s%s: end "
                 "them, then ask again",
                 *list ? " (" : "", list, *list ? ")" : "");
    text_free(&names);
}

void repair_find_proc(struct repair *repair, const struct mount_table *table, int proc)
{
    struct layers layers;
    if (proc_check(NULL) == 0)
        return;
    const struct mount_line *top = mount_table_top(table, "/proc");
    if (top && !proc_is_there()) {
        strings_addf(&repair->left,
                     "on /proc lies a file system of the type %s, which is none of a container's",
                     top->type);
        return;
    }
    if (!layers_read(&layers)) {
        strings_addf(&repair->left, "/proc is lost, and what lies below it cannot be looked at");
        return;
    }
    if (layers.living) {
        leave_living(repair, table, proc);
        return;
    }
    if (layers.foreign)
        strings_addf(&repair->findings,
                     "/proc is covered by that of a pid namespace which has ended%s: a program "
                     "mounted it without making its mounts private",
                     layers.foreign > 1 ? ", more than once" : "");
    else
        strings_addf(&repair->findings, "/proc is not mounted");
    for (int layer = 0; top && layer < layers.foreign; layer++) {
        repair_add(repair, REPAIR_UMOUNT, top->id, top->point);
        top = mount_table_by_id(table, top->parent);
        if (top && strcmp(top->point, "/proc") != 0)
            top = NULL;
    }
    if (!layers.own)
        repair_add(repair, REPAIR_MOUNT_PROC, 0, "/proc");
}
