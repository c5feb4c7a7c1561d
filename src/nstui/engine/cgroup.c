/* A cgroup of its own for a container, on v2, v1 or both: directories made, controllers turned on,
 * files written, a process moved in. Called by limits.c, in the parent while the child waits. What is
 * turned on for others as well stays on. cgroups(7). */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TRIES 8 /* while somebody else takes an empty "nstui" away */

void cgroup_close(struct cgroup *cgroup)
{
    for (size_t at = 0; at < cgroup->count; at++) {
        cleanup_close(&cgroup->places[at].fd);
        free(cgroup->places[at].path);
    }
    free(cgroup->places);
    *cgroup = (struct cgroup){0};
}

const struct cgroup_place *cgroup_find(const struct cgroup *cgroup,
                                       enum cgroup_controller controller)
{
    for (size_t at = 0; at < cgroup->count; at++) {
        if (cgroup->places[at].controllers & CGROUP_BIT(controller))
            return &cgroup->places[at];
    }
    return NULL;
}

static int file_write(int fd, const char *file, const char *value)
{
    _cleanup_close_ int file_fd = openat(fd, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file_fd < 0)
        return -1;
    ssize_t length = (ssize_t)strlen(value);
    return write(file_fd, value, (size_t)length) == length ? 0 : -1;
}

int cgroup_write(const struct cgroup_place *place, const char *file, const char *value)
{
    return file_write(place->fd, file, value);
}

/* trusted.* is root's alone; without root the cgroup is the user's, and so is what is in it. */
#define PATH_TRIES 16

static const char *mark_name(void)
{
    return geteuid() == 0 ? "trusted.nstui" : "user.nstui";
}

void cgroup_mark(int fd)
{
    (void)fsetxattr(fd, mark_name(), "1", 1, 0);
}

bool cgroup_is_marked(int fd)
{
    return fgetxattr(fd, mark_name(), NULL, 0) >= 0;
}

/* ---- making -------------------------------------------------------------------------------- */

/* One that is being made in one hierarchy. */
struct making {
    struct kernel *kernel;
    const struct cgroup_mount *mount;
    const char *base, *leaf;
    unsigned needs, wants;
    char *path; /* where we are, for messages */
};

static int making_error(const struct making *making, const char *what, int errnum, struct err *err)
{
    char path[WORD_SIZE];
    (void)err_set(err, errnum, "cannot %s the cgroup %s", what, word(path, making->path));
    if (errnum == EROFS)
        return err_hint(err, "the hierarchy is mounted read-only here, as in most containers");
    if ((errnum == EACCES || errnum == EPERM) && geteuid() != 0)
        return err_hint(err,
                        "limits need root, or a cgroup that systemd has given away: systemd-run "
                        "--user --scope -p Delegate=yes nstui run ..");
    return -1;
}

/* A cgroup, not the root of them all, that has processes: turning a controller on below it fails, or makes
 * it a threaded one, which is worse. */
static bool is_occupied(int fd)
{
    _cleanup_free_ char *text = NULL;
    return faccessat(fd, "cgroup.type", F_OK, 0) == 0 &&
           file_read(fd, "cgroup.procs", 16u << 20, &text, NULL, NULL) == 0 && text[0];
}

/* v2: the controllers that children shall have are turned on in their parent, only where they are not
 * on already. A cgroup with processes of its own may not have them (but the root may). */
static int turn_on(const struct making *making, int fd, struct err *err)
{
    bool ours = cgroup_is_marked(fd); /* what is but wanted is turned on nowhere else */
    for (size_t at = 0; at < CGROUP_CONTROLLERS; at++) {
        const char *name = cgroup_controller_names[at];
        _cleanup_free_ char *on = NULL, *order = xasprintf("+%s", name);
        unsigned wanted = making->needs | (ours ? making->wants : 0);
        if (at == CGROUP_CPUACCT || !(wanted & CGROUP_BIT(at)))
            continue;
        if (file_read(fd, "cgroup.subtree_control", 4096, &on, NULL, NULL) == 0) {
            const char *found = strstr(on, name);
            while (found && (found[strlen(name)] > ' ' || (found > on && found[-1] > ' ')))
                found = strstr(found + 1, name);
            if (found)
                continue;
        }
        errno = 0;
        if ((!is_occupied(fd) && file_write(fd, "cgroup.subtree_control", order) == 0) ||
            !(making->needs & CGROUP_BIT(at)))
            continue;
        int errnum = errno ? errno : EBUSY;
        _cleanup_free_ char *what = xasprintf("turn %s on below", name);
        (void)making_error(making, what, errnum, err);
        if (errnum == EBUSY)
            (void)err_hint(err, "processes are in that cgroup itself; a cgroup of v2 has processes "
                                "or limits for its children, not both");
        if (errnum == ENOENT)
            (void)err_hint(err, "it has not got that controller from the one above it");
        return -1;
    }
    return 0;
}

/* Goes one part down, making it where it is missing. Returns the new descriptor; fd is closed. */
static int descend(struct making *making, int fd, const char *part, struct err *err)
{
    if (making->mount->v2 && turn_on(making, fd, err) < 0) {
        (void)close(fd);
        return -1;
    }
    char *path = xasprintf("%s/%s", making->path, part);
    free(making->path);
    making->path = path;
    bool made = kernel_mkdir(making->kernel, fd, part, 0755) == 0;
    int errnum = errno;
    int next = made || errnum == EEXIST ? cgroup_open_at(fd, part) : -1;
    if (next < 0 && (made || errnum == EEXIST))
        errnum = errno;
    (void)close(fd);
    if (next < 0)
        return making_error(making, "make", errnum, err);
    if (made)
        cgroup_mark(next);
    return next;
}

static bool is_ours_to_fill(int fd)
{
    return faccessat(fd, ".", W_OK, AT_EACCESS) == 0 &&
           faccessat(fd, "cgroup.procs", W_OK, AT_EACCESS) == 0;
}

/* Where the path begins: the root of the hierarchy; without root the nearest cgroup above us that we
 * may write (on v2 not our own one, which has a process: us). */
static int top_open(struct making *making, struct err *err)
{
    char *own = geteuid() == 0 ? NULL : cgroup_path_of(making->mount, 0);
    bool skip = making->mount->v2;
    int fd = -1;
    while (own && *own) {
        fd = skip ? -1 : cgroup_open(making->mount, own);
        if (fd >= 0 && is_ours_to_fill(fd))
            break;
        cleanup_close(&fd);
        fd = -1;
        skip = false;
        char *slash = strrchr(own, '/');
        *(slash ? slash : own) = '\0';
    }
    if (fd < 0)
        fd = cgroup_open(making->mount, "");
    int errnum = errno;
    free(making->path);
    making->path =
        xasprintf("%s%s%s", making->mount->point, own && *own ? "/" : "", own ? own : "");
    free(own);
    return fd < 0 ? making_error(making, "open", errnum, err) : fd;
}

/* From the root of the hierarchy down to the leaf. Returns its descriptor. */
static int path_make(struct making *making, struct err *err)
{
    _cleanup_free_ char *base = xstrdup(making->base);
    char *save = NULL;
    int fd = top_open(making, err);
    for (char *part = strtok_r(base, "/", &save); fd >= 0 && part;
         part = strtok_r(NULL, "/", &save))
        fd = descend(making, fd, part, err);
    return fd >= 0 ? descend(making, fd, making->leaf, err) : -1;
}

static int place_make(struct making *making, struct cgroup_place *place, struct err *err)
{
    struct err why = {0};
    int fd = -1;
    /* The last container of somebody else may take the empty directory above away meanwhile. */
    for (int tried = 0; fd < 0 && tried < PATH_TRIES; tried++) {
        why = (struct err){0};
        fd = path_make(making, &why);
        if (fd < 0 && why.errnum != ENOENT)
            break;
    }
    if (fd < 0 && err)
        *err = why;
    if (fd < 0) {
        _cleanup_free_ char *below = xasprintf("%s/", making->path);
        cgroup_parents_remove(below);
        return -1;
    }
    *place = (struct cgroup_place){
        .fd = fd,
        .v2 = making->mount->v2,
        .controllers = making->mount->controllers,
        .path = making->path,
    };
    making->path = NULL;
    return 0;
}

static int place_add(struct cgroup *cgroup, struct making *making, struct err *err)
{
    struct cgroup_place place;
    int result = -1;
    for (int at = 0; at < TRIES && result < 0; at++) {
        struct err why = {0};
        result = place_make(making, &place, &why);
        if (result < 0 && why.errnum != ENOENT && why.errnum != ENODEV)
            at = TRIES;
        if (result < 0 && err)
            *err = why;
    }
    free(making->path);
    making->path = NULL;
    if (result < 0)
        return -1;
    array_grow(&cgroup->places, cgroup->count, &cgroup->capacity, sizeof(place));
    cgroup->places[cgroup->count++] = place;
    return 0;
}

int cgroup_make(struct kernel *kernel, const char *base, const char *leaf, unsigned needs,
                unsigned wants, struct cgroup *cgroup, struct err *err)
{
    _cleanup_cgroup_mounts_ struct cgroup_mounts mounts = {0};
    if (cgroup_mounts_read(&mounts, err) < 0)
        return -1;
    for (enum cgroup_controller at = 0; at < CGROUP_CONTROLLERS; at++) {
        const struct cgroup_mount *mount = cgroup_mounts_find(&mounts, at);
        if ((needs & CGROUP_BIT(at)) && !mount)
            return cgroup_controller_missing(at, err);
        if (!((needs | wants) & CGROUP_BIT(at)) || !mount || cgroup_find(cgroup, at))
            continue;
        struct making making = {
            .kernel = kernel,
            .mount = mount,
            .base = base ? base : CGROUP_BASE,
            .leaf = leaf,
            .needs = needs & mount->controllers,
            .wants = wants & mount->controllers,
        };
        /* v2 alone for the sake of cpu.stat is not worth it. */
        if (!making.needs && making.wants == CGROUP_BIT(CGROUP_CPUACCT) && mount->v2)
            continue;
        if (place_add(cgroup, &making, making.needs ? err : NULL) < 0 && making.needs)
            return -1;
    }
    return 0;
}

int cgroup_enter(const struct cgroup *cgroup, pid_t pid, struct err *err)
{
    char number[16], path[WORD_SIZE];
    (void)snprintf(number, sizeof(number), "%d", (int)pid);
    for (size_t at = 0; at < cgroup->count; at++) {
        const struct cgroup_place *place = &cgroup->places[at];
        if (cgroup_write(place, "cgroup.procs", number) == 0)
            continue;
        int errnum = errno;
        (void)err_set(err, errnum, "cannot move the process into the cgroup %s",
                      word(path, place->path));
        if (errnum == EACCES || errnum == EPERM)
            (void)err_hint(err, "the cgroup that it comes from is not ours to take it out of");
        return -1;
    }
    return 0;
}
