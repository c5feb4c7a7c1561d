/* Which mounts of the host are left of a container's root: a root that was laid out with binds of the
 * host's own directories on shared mounts, and the copies that came back onto these directories.
 * Changes nothing.
 *
 * What is taken for a leftover is proved by the table of mounts alone: the host's /usr and /etc both
 * lie in R/usr and R/etc, so R is such a root; in it a bind of the host's own T on R/T, and a proc,
 * devpts, tmpfs .. at its usual place. On the host's own directories it is a directory mounted on
 * itself that was made after such a root and is of a group of peers with it, or many of them at
 * once. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repair.h"

#define SYSTEM_LEAST  2 /* so many of the host's directories make a root */
#define DOUBLED_LEAST 4 /* so many directories on themselves are nobody's wish */

static const char *const system_directories[] = {"/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64"};

/* Where a container has file systems of its own. */
static const struct {
    const char *type, *place;
} own_places[] = {
    {"proc", "/proc"},         {"sysfs", "/sys"},    {"devpts", "/dev/pts"}, {"tmpfs", "/dev"},
    {"tmpfs", "/dev/shm"},     {"tmpfs", "/tmp"},    {"tmpfs", "/run"},      {"tmpfs", "/var/tmp"},
    {"mqueue", "/dev/mqueue"}, {"devtmpfs", "/dev"},
};

struct search {
    struct repair *repair;
    const struct mount_table *table;
    int proc;
    struct strings known;
    struct strings roots;           /* of containers, on the host */
    const struct mount_line *first; /* of those that leftovers are */
    unsigned *groups;               /* of peers, that leftovers are in */
    size_t group_count, group_capacity;
};

static bool list_has(const struct strings *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], word) == 0)
            return true;
    }
    return false;
}

/* ---- is it a bind of that? --------------------------------------------------------------- */

/* The path of a file of the host in its file system, as the fourth field of the table has it. */
static char *root_of(const struct mount_line *host, const char *path)
{
    const char *rest = strcmp(host->point, "/") == 0 ? path : path + strlen(host->point);
    const char *root = strcmp(host->root, "/") == 0 ? "" : host->root;
    char *whole = xasprintf("%s%s", root, strcmp(rest, "/") == 0 ? "" : rest);
    if (*whole)
        return whole;
    free(whole);
    return xstrdup("/");
}

static bool mount_shows(const struct search *search, const struct mount_line *mount,
                        const char *path)
{
    const struct mount_line *host = mount_table_at(search->table, path);
    if (!host || host->major != mount->major || host->minor != mount->minor)
        return false;
    _cleanup_free_ char *root = root_of(host, path);
    return strcmp(root, mount->root) == 0;
}

/* A mount in a root that is the host's own file of the same path, also where /bin is a link. */
static bool mount_is_bind(const struct search *search, const struct mount_line *mount,
                          const char *path)
{
    char real[PATH_MAX];
    if (mount_shows(search, mount, path))
        return true;
    return realpath(path, real) && strcmp(real, path) != 0 && mount_shows(search, mount, real);
}

/* Mounted on itself: what it shows is what its parent shows there. */
static bool mount_is_doubled(const struct search *search, const struct mount_line *mount)
{
    const struct mount_line *parent = mount_table_by_id(search->table, mount->parent);
    if (!parent || parent == mount || parent->major != mount->major ||
        parent->minor != mount->minor || !path_is_below(mount->point, parent->point))
        return false;
    _cleanup_free_ char *root = root_of(parent, mount->point);
    return strcmp(root, mount->root) == 0;
}

static bool mount_is_own_kind(const struct mount_line *mount, const char *place)
{
    for (size_t i = 0; i < array_length(own_places); i++) {
        if (strcmp(own_places[i].type, mount->type) == 0 && strcmp(own_places[i].place, place) == 0)
            return true;
    }
    return false;
}

/* ---- roots ------------------------------------------------------------------------------- */

/* The root in which a mount would be the host's directory; "" where it is none. */
static void root_guess(const struct search *search, const struct mount_line *mount,
                       const char *directory, char root[PATH_MAX])
{
    size_t length = strlen(mount->point), tail = strlen(directory);
    root[0] = '\0';
    if (mount_is_doubled(search, mount)) /* a copy that came back, as /usr/bin on /usr/bin */
        return;
    if (length <= tail || length - tail >= PATH_MAX ||
        strcmp(mount->point + length - tail, directory) != 0)
        return;
    if (mount_is_bind(search, mount, directory)) {
        memcpy(root, mount->point, length - tail);
        root[length - tail] = '\0';
    }
}

static bool point_is_in_a_root(const struct search *search, const char *point)
{
    for (size_t i = 0; i < search->roots.count; i++) {
        if (path_is_below(point, search->roots.items[i]))
            return true;
    }
    return false;
}

static void roots_find(struct search *search)
{
    struct strings seen = {0}; /* "ROOT\nDIRECTORY", each once */
    for (size_t i = 0; i < search->table->count; i++) {
        for (size_t at = 0; at < array_length(system_directories); at++) {
            char root[PATH_MAX];
            root_guess(search, &search->table->items[i], system_directories[at], root);
            _cleanup_free_ char *both = xasprintf("%s\n%s", root, system_directories[at]);
            if (root[0] && !list_has(&seen, both))
                strings_add(&seen, both);
        }
    }
    for (size_t i = 0; i < seen.count; i++) {
        size_t length = strcspn(seen.items[i], "\n"), count = 0;
        for (size_t j = 0; j < seen.count; j++)
            count += strncmp(seen.items[j], seen.items[i], length + 1) == 0;
        _cleanup_free_ char *root = xstrndup(seen.items[i], length);
        if (count >= SYSTEM_LEAST && !point_is_in_a_root(search, root))
            strings_add(&search->roots, root);
    }
    strings_free(&seen);
}

/* ---- who uses a root --------------------------------------------------------------------- */

pid_t root_user(int proc, const char *root)
{
    struct stat ours, theirs, namespace_ours, namespace_theirs;
    int copy = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_dir_ DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *entry;
    int64_t pid;
    if (!folder || stat(root, &ours) < 0 || fstatat(proc, "self/ns/mnt", &namespace_ours, 0) < 0)
        return 0;
    while ((entry = readdir(folder))) {
        char path[64], link[PATH_MAX];
        if (!number_parse(entry->d_name, 1, INT32_MAX, &pid))
            continue;
        (void)snprintf(path, sizeof(path), "%.20s/root", entry->d_name);
        if (fstatat(proc, path, &theirs, 0) < 0)
            continue;
        if (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)
            return (pid_t)pid;
        ssize_t length = readlinkat(proc, path, link, sizeof(link) - 1);
        (void)snprintf(path, sizeof(path), "%.20s/ns/mnt", entry->d_name);
        link[length > 0 ? length : 0] = '\0';
        if (length > 1 && path_is_below(link, root) &&
            fstatat(proc, path, &namespace_theirs, 0) == 0 &&
            namespace_theirs.st_ino == namespace_ours.st_ino)
            return (pid_t)pid;
    }
    return 0;
}

/* ---- what is left of each ---------------------------------------------------------------- */

static void take(struct search *search, const struct mount_line *mount)
{
    repair_add(search->repair, REPAIR_UMOUNT, mount->id, mount->point);
    search->first = search->first && search->first < mount ? search->first : mount;
    if (!mount->peers)
        return;
    array_grow(&search->groups, search->group_count, &search->group_capacity,
               sizeof(*search->groups));
    search->groups[search->group_count++] = mount->peers;
}

static bool is_leftover(const struct search *search, const struct mount_line *mount,
                        const char *root)
{
    const char *place = mount->point + strlen(root);
    if (!*place) /* the root on itself; a disk of its own is none of ours */
        return mount_is_doubled(search, mount);
    return mount_is_bind(search, mount, place) || mount_is_own_kind(mount, place);
}

static void root_take(struct search *search, const char *root)
{
    size_t count = 0;
    char shown_root[SHOWN_SIZE], shown_point[SHOWN_SIZE];
    (void)shown(shown_root, root);
    pid_t user = root_user(search->proc, root);
    if (user) {
        strings_addf(
            &search->repair->left,
            "%s is laid out on the host as a root, and process %d lives in it: end it, then "
            "ask again",
            shown_root, (int)user);
        return;
    }
    for (size_t i = 0; i < search->table->count; i++) {
        const struct mount_line *mount = &search->table->items[i];
        if (!path_is_below(mount->point, root))
            continue;
        if (list_has(&search->known, mount->point)) {
            strings_addf(&search->repair->left, "%s is wanted by /etc/fstab or a mount unit",
                         shown(shown_point, mount->point));
        } else if (is_leftover(search, mount, root)) {
            take(search, mount);
            count++;
        } else {
            strings_addf(&search->repair->left, "%s, of the type %s, is nothing of a layout",
                         shown(shown_point, mount->point), mount->type);
        }
    }
    if (count)
        strings_addf(&search->repair->findings,
                     "the root of a container is left on %s: %zu mounts of the host's own "
                     "directories",
                     shown_root, count);
}

/* ---- the host's own directories ---------------------------------------------------------- */

/* Made with the root or after it, and of a group that mounts in the root are in: so it came from there.
 * The table is in the order in which mounts were made. */
static bool mount_came_back(const struct search *search, const struct mount_line *mount)
{
    if (!mount->peers || mount < search->first)
        return false;
    for (size_t i = 0; i < search->group_count; i++) {
        if (search->groups[i] == mount->peers)
            return true;
    }
    return false;
}

static bool point_is_system(const char *point)
{
    for (size_t i = 0; i < array_length(system_directories); i++) {
        if (strcmp(point, system_directories[i]) == 0)
            return true;
    }
    return false;
}

/* What layouts bring. */
static bool point_is_usual(const char *point)
{
    for (size_t i = 0; i < array_length(system_directories); i++) {
        if (path_is_below(point, system_directories[i]))
            return true;
    }
    return path_is_below(point, "/dev") || path_is_below(point, "/proc");
}

static void doubled_take(struct search *search)
{
    size_t many = 0, count = 0;
    struct strings names = {0};
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < search->table->count; i++) {
            const struct mount_line *mount = &search->table->items[i];
            if (strcmp(mount->point, "/") == 0 || point_is_in_a_root(search, mount->point) ||
                list_has(&search->known, mount->point) || !mount_is_doubled(search, mount))
                continue;
            if (round == 0) {
                many += point_is_system(mount->point);
            } else if (point_is_usual(mount->point) &&
                       (many >= DOUBLED_LEAST || mount_came_back(search, mount))) {
                repair_add(search->repair, REPAIR_UMOUNT, mount->id, mount->point);
                if (!list_has(&names, mount->point))
                    strings_add(&names, mount->point);
                count++;
            }
        }
    }
    _cleanup_free_ char *list = count ? text_shell_line(names.items) : NULL;
    if (count)
        strings_addf(&search->repair->findings,
                     "%zu mounts of the host's own directories on themselves came with it: %s",
                     count, list);
    strings_free(&names);
}

static bool mount_is_planned(const struct repair *repair, int id)
{
    for (size_t i = 0; i < repair->count; i++) {
        if (repair->acts[i].kind == REPAIR_UMOUNT && repair->acts[i].id == id)
            return true;
    }
    return false;
}

/* systemd(1) makes all mounts shared at the start; a program of the lab that makes them private in the
 * wrong namespace makes those of the host private for good. */
static void private_find(struct search *search)
{
    static const char *const points[] = {"/", "/proc"};
    if (access("/run/systemd/system", F_OK) < 0)
        return;
    for (size_t i = 0; i < array_length(points); i++) {
        const struct mount_line *mount = mount_table_top(search->table, points[i]);
        if (!mount || mount->peers || mount_is_planned(search->repair, mount->id))
            continue;
        strings_addf(&search->repair->findings,
                     "%s is private, although systemd made it shared: new mounts below it are not "
                     "seen by services",
                     points[i]);
        repair_add(search->repair, REPAIR_SHARE, 0, points[i]);
    }
}

static int depth_of(const struct mount_table *table, int id)
{
    int depth = 0;
    const struct mount_line *mount = mount_table_by_id(table, id);
    for (; mount && mount->parent != mount->id && depth < (int)table->count; depth++)
        mount = mount_table_by_id(table, mount->parent);
    return depth;
}

static int compare_depth(const void *left, const void *right)
{
    const struct repair_act *one = left, *other = right;
    if (one->depth != other->depth)
        return one->depth > other->depth ? -1 : 1;
    return strcmp(one->point, other->point);
}

int repair_find(struct repair *repair, struct err *err)
{
    _cleanup_mount_table_ struct mount_table table = {0};
    _cleanup_close_ int proc = proc_open_own(err);
    if (proc < 0 || mount_table_read(proc, &table, err) < 0)
        return -1;
    struct search search = {.repair = repair, .table = &table, .proc = proc};
    mounts_known_fill(&search.known);
    repair_find_proc(repair, &table, proc);
    roots_find(&search);
    for (size_t i = 0; i < search.roots.count; i++)
        root_take(&search, search.roots.items[i]);
    doubled_take(&search);
    private_find(&search);
    for (size_t i = 0; i < repair->count; i++)
        repair->acts[i].depth =
            repair->acts[i].kind == REPAIR_UMOUNT ? depth_of(&table, repair->acts[i].id) : -1;
    if (repair->count > 1) /* as they will be done: what lies on another comes first */
        qsort(repair->acts, repair->count, sizeof(*repair->acts), compare_depth);
    strings_free(&search.known);
    strings_free(&search.roots);
    free(search.groups);
    return 0;
}
