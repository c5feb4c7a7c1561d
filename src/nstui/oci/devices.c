/* Devices of a bundle. A node is never made: that takes a right which a container must not have, and
 * the node would stay in the root. The host's device of the same number is bound in its place. Called
 * when mounts are known; looks at the host's /dev. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "private.h"

static const char *const usual_devices[] = {"/dev/null",   "/dev/zero",    "/dev/full",
                                            "/dev/random", "/dev/urandom", "/dev/tty"};

static const struct {
    const char *target, *text;
} usual_links[] = {
    {"/dev/fd", "/proc/self/fd"},
    {"/dev/stdin", "/proc/self/fd/0"},
    {"/dev/stdout", "/proc/self/fd/1"},
    {"/dev/stderr", "/proc/self/fd/2"},
};

static const struct layout_entry *entry_find(const struct layout *layout, const char *target)
{
    for (size_t at = 0; at < layout->count; at++) {
        if (strcmp(layout->entries[at].target, target) == 0)
            return &layout->entries[at];
    }
    return NULL;
}

static void device_add(struct layout *layout, const char *source, const char *target)
{
    struct layout_entry *entry = entry_add(layout, LAYOUT_BIND);
    entry->source = xstrdup(source);
    entry->target = xstrdup(target);
}

static void link_add(struct layout *layout, const char *target, const char *text)
{
    if (entry_find(layout, target))
        return;
    struct layout_entry *entry = entry_add(layout, LAYOUT_LINK);
    entry->source = xstrdup(text);
    entry->target = xstrdup(target);
}

void devices_usual(struct spec *spec)
{
    struct layout *layout = &spec->layout;
    const struct layout_entry *dev = entry_find(layout, "/dev");
    const struct layout_entry *pts = entry_find(layout, "/dev/pts");
    if (dev && dev->kind == LAYOUT_BIND)
        return; /* the host's, which has them */
    for (size_t at = 0; at < array_length(usual_devices); at++) {
        if (!entry_find(layout, usual_devices[at]))
            device_add(layout, usual_devices[at], usual_devices[at]);
    }
    if (pts && pts->kind == LAYOUT_DEVPTS)
        link_add(layout, "/dev/ptmx", "pts/ptmx");
    for (size_t at = 0; at < array_length(usual_links); at++)
        link_add(layout, usual_links[at].target, usual_links[at].text);
}

/* ---- linux.devices ------------------------------------------------------------------------------- */

/* A device of the host with that number: by the same path, else by the name that the kernel gives it.
 * The result is the caller's; NULL where there is none. */
static char *host_device(const char *path, mode_t kind, unsigned major_number,
                         unsigned minor_number)
{
    char link[64];
    struct stat status;
    dev_t number = makedev(major_number, minor_number);
    if (lstat(path, &status) == 0 && (status.st_mode & S_IFMT) == kind && status.st_rdev == number)
        return xstrdup(path);
    (void)snprintf(link, sizeof(link), "/sys/dev/%s/%u:%u/uevent", S_ISCHR(kind) ? "char" : "block",
                   major_number, minor_number);
    _cleanup_free_ char *text = NULL;
    if (file_read(AT_FDCWD, link, 4096, &text, NULL, NULL) < 0)
        return NULL;
    char *name = strstr(text, "DEVNAME=");
    if (!name)
        return NULL;
    name += strlen("DEVNAME=");
    name[strcspn(name, "\n")] = '\0';
    char *found = xasprintf("/dev/%s", name);
    if (lstat(found, &status) == 0 && (status.st_mode & S_IFMT) == kind && status.st_rdev == number)
        return found;
    free(found);
    return NULL;
}

/* A bound device has the host's owner and mode. */
static int owner_check(const struct reader *reader, const struct node *item, const char *source)
{
    struct stat status;
    int64_t mode, uid, gid;
    if (stat(source, &status) < 0)
        return 0;
    mode = status.st_mode & 07777;
    uid = status.st_uid;
    gid = status.st_gid;
    if (node_number(reader, item, "fileMode", 0, INT32_MAX, &mode) < 0 ||
        node_number(reader, item, "uid", 0, UINT32_MAX, &uid) < 0 ||
        node_number(reader, item, "gid", 0, UINT32_MAX, &gid) < 0)
        return -1;
    if ((mode & 07777) != (status.st_mode & 07777) || uid != status.st_uid || gid != status.st_gid)
        node_unsupported(reader, item,
                         "asks for another mode or owner: it is the host's device, mode %04o, "
                         "user %u, group %u",
                         status.st_mode & 07777, status.st_uid, status.st_gid);
    return 0;
}

static int device_parse(const struct reader *reader, const struct node *item, struct layout *layout)
{
    _cleanup_free_ char *path = NULL, *type = NULL;
    char *target = NULL, word[SHOWN_SIZE];
    int64_t major_number = 0, minor_number = 0;
    if (node_is_object(reader, item) < 0 || node_string(reader, item, "path", &path) < 0 ||
        node_string(reader, item, "type", &type) < 0 ||
        node_number(reader, item, "major", 0, UINT32_MAX >> 12, &major_number) < 0 ||
        node_number(reader, item, "minor", 0, UINT32_MAX >> 8, &minor_number) < 0)
        return -1;
    if (!path || !layout_path_normalize(path, &target))
        return node_error(reader, item,
                          "has the path \"%s\", which is no absolute path in the root",
                          oci_shown(word, path ? path : ""));
    _cleanup_free_ char *normal = target;
    if (!type || strlen(type) != 1 || !strchr("cubp", type[0]))
        return node_error(reader, item, "has the type \"%s\", which is not c, b, u or p",
                          oci_shown(word, type ? type : ""));
    mode_t kind = type[0] == 'b' ? S_IFBLK : S_IFCHR;
    _cleanup_free_ char *source =
        type[0] == 'p' ? NULL
                       : host_device(normal, kind, (unsigned)major_number, (unsigned)minor_number);
    if (!source) {
        node_unsupported(reader, item, "is not made: the host has no %s %s %lld:%lld",
                         type[0] == 'p' ? "pipe" : "device", oci_shown(word, normal),
                         (long long)major_number, (long long)minor_number);
        return 0;
    }
    if (!entry_find(layout, normal))
        device_add(layout, source, normal);
    return owner_check(reader, item, source);
}

int devices_parse(const struct reader *reader, struct spec *spec)
{
    struct node linux_part, list;
    if (!node_get(&reader->root, "linux", &linux_part))
        return 0;
    int found = node_list(reader, &linux_part, "devices", &list);
    for (size_t at = 0; found > 0 && at < node_count(&list); at++) {
        struct node item = node_item(&list, at);
        if (device_parse(reader, &item, &spec->layout) < 0)
            return -1;
    }
    return found;
}

/* ---- linux.resources.devices ----------------------------------------------------------------------- */

/* One rule for all devices? 1: allowed, -1: denied, 0: it is about some. */
static int rule_parse(const struct reader *reader, const struct node *item, int *whole)
{
    _cleanup_free_ char *type = NULL, *access = NULL;
    bool allow = false;
    struct node number;
    *whole = 0;
    if (node_is_object(reader, item) < 0 || node_bool(reader, item, "allow", &allow) < 0 ||
        node_string(reader, item, "type", &type) < 0 ||
        node_string(reader, item, "access", &access) < 0)
        return -1;
    bool some = (type && strcmp(type, "a") != 0 && *type) || node_get(item, "major", &number) ||
                node_get(item, "minor", &number);
    if (!some)
        *whole = allow ? 1 : -1;
    return 0;
}

/* Nothing stands between a container and a device but that it has no node of it: none lies in its
 * root, none can be made. The rest is bound, as the bundle asks for it. */
static void devices_deny(const struct reader *reader, const struct node *list, struct spec *spec)
{
    struct capability_sets *sets = &spec->capabilities;
    const uint64_t make = UINT64_C(1) << CAP_MKNOD;
    spec->root_no_devices = true;
    if ((sets->bounding | sets->permitted) & make)
        node_unsupported(reader, list,
                         "is kept by other means: CAP_MKNOD is taken from it, and "
                         "no node in its root can be opened");
    uint64_t *const all[] = {&sets->bounding, &sets->effective, &sets->permitted,
                             &sets->inheritable, &sets->ambient};
    for (size_t at = 0; at < array_length(all); at++)
        *all[at] &= ~make;
    for (size_t at = 0; at < spec->layout.count; at++) {
        struct layout_entry *entry = &spec->layout.entries[at];
        if (entry->kind == LAYOUT_BIND && entry->directory && strcmp(entry->target, "/dev") != 0)
            entry->flags |= MS_NODEV;
    }
}

int device_rules_parse(const struct reader *reader, struct spec *spec)
{
    struct node linux_part, resources, list, note;
    int denied = 0;
    const char *said = annotation_find(reader, "devices", &note);
    if (!node_get(&reader->root, "linux", &linux_part) ||
        !node_get(&linux_part, "resources", &resources))
        return 0;
    int found = node_list(reader, &resources, "devices", &list);
    for (size_t at = 0; found > 0 && at < node_count(&list); at++) {
        struct node item = node_item(&list, at);
        int whole;
        if (rule_parse(reader, &item, &whole) < 0)
            return -1;
        denied = whole ? whole : denied;
    }
    if (found <= 0 || denied >= 0)
        return found;
    if (said && strcmp(said, "none-in-root") == 0)
        spec->root_no_devices = true;
    else if (spec->grade != GRADE_WALLED)
        devices_deny(reader, &list, spec);
    return 0;
}
