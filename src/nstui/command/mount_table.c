/* The mounts of this mount namespace as a table, for nstui doctor: also where /proc is covered or gone.
 * Changes nothing; the /proc that it may make is mounted nowhere and ends with its descriptor. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "repair.h"

#define TABLE_MAX (16u * 1024 * 1024)

/* The numbers of <linux/mount.h>, which older C libraries lack. */
enum { CONTEXT_CLOEXEC = 1, CONTEXT_CREATE = 6, MOUNT_CLOEXEC = 1 };

int proc_open_own(struct err *err)
{
    if (proc_check(NULL) == 0) {
        int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? err_set(err, errno, "cannot open /proc") : fd;
    }
    _cleanup_close_ int context = (int)syscall(SYS_fsopen, "proc", CONTEXT_CLOEXEC);
    if (context < 0 || syscall(SYS_fsconfig, context, CONTEXT_CREATE, NULL, NULL, 0) < 0) {
        (void)err_set(err, errno, "cannot read the mounts: /proc is lost, and cannot be made anew");
        return errno == EPERM ? err_hint(err, "this needs root: run it with sudo") : -1;
    }
    int fd = (int)syscall(SYS_fsmount, context, MOUNT_CLOEXEC, 0);
    return fd < 0 ? err_set(err, errno, "cannot read the mounts: /proc is lost") : fd;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* A blank in a path is \040, and so on: proc(5), fstab(5). In place. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++, to++) {
        int used = 0;
        unsigned value = 0;
        if (*from == '\\' && sscanf(from + 1, "%3o%n", &value, &used) == 1 && used == 3) {
            *to = (char)value;
            from += 3;
        } else {
            *to = *from;
        }
    }
    *to = '\0';
}

/* `36 35 98:0 /part /point rw,noatime shared:1 master:2 - ext3 /dev/root rw` */
static bool line_parse(char *line, struct mount_line *mount)
{
    char *words[64] = {0}, *save = NULL;
    size_t count = 0, dash = 0;
    for (char *word = strtok_r(line, " ", &save); word && count < array_length(words);
         word = strtok_r(NULL, " ", &save))
        words[count++] = word;
    while (dash < count && strcmp(words[dash], "-") != 0)
        dash++;
    if (dash < 6 || dash + 1 >= count || sscanf(words[0], "%d", &mount->id) != 1 ||
        sscanf(words[1], "%d", &mount->parent) != 1 ||
        sscanf(words[2], "%u:%u", &mount->major, &mount->minor) != 2)
        return false;
    for (size_t at = 6; at < dash; at++)
        (void)sscanf(words[at], "shared:%u", &mount->peers);
    unescape(words[3]);
    unescape(words[4]);
    mount->root = xstrdup(words[3]);
    mount->point = xstrdup(words[4]);
    mount->type = xstrdup(words[dash + 1]);
    return true;
}

int mount_table_read(int proc, struct mount_table *table, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    char *save = NULL;
    *table = (struct mount_table){0};
    if (file_read(proc, "self/mountinfo", TABLE_MAX, &text, NULL, err) < 0)
        return -1;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        struct mount_line mount = {0};
        if (!line_parse(line, &mount))
            continue;
        array_grow(&table->items, table->count, &table->capacity, sizeof(*table->items));
        table->items[table->count++] = mount;
    }
    return 0;
}

void mount_table_free(struct mount_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->items[i].root);
        free(table->items[i].point);
        free(table->items[i].type);
    }
    free(table->items);
    *table = (struct mount_table){0};
}

/* ---- asking ------------------------------------------------------------------------------ */

bool path_is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (strcmp(folder, "/") == 0)
        return true;
    return strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

const struct mount_line *mount_table_by_id(const struct mount_table *table, int id)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->items[i].id == id)
            return &table->items[i];
    }
    return NULL;
}

bool mount_table_has_child(const struct mount_table *table, int id)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->items[i].parent == id && table->items[i].id != id)
            return true;
    }
    return false;
}

const struct mount_line *mount_table_top(const struct mount_table *table, const char *point)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct mount_line *mount = &table->items[i];
        bool covered = false;
        if (strcmp(mount->point, point) != 0)
            continue;
        for (size_t j = 0; j < table->count && !covered; j++)
            covered = j != i && table->items[j].parent == mount->id &&
                      strcmp(table->items[j].point, point) == 0;
        if (!covered)
            return mount;
    }
    return NULL;
}

const struct mount_line *mount_table_at(const struct mount_table *table, const char *path)
{
    const struct mount_line *found = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct mount_line *mount = &table->items[i];
        if (path_is_below(path, mount->point) &&
            (!found || strlen(mount->point) > strlen(found->point)))
            found = mount;
    }
    return found ? mount_table_top(table, found->point) : NULL;
}

/* ---- what somebody wants ----------------------------------------------------------------- */

static void known_add_fstab(struct strings *points)
{
    _cleanup_free_ char *text = NULL;
    char *save = NULL;
    if (file_read(AT_FDCWD, "/etc/fstab", TABLE_MAX, &text, NULL, NULL) < 0)
        return;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *rest = NULL, *source = strtok_r(line, " \t", &rest);
        char *point = source && source[0] != '#' ? strtok_r(NULL, " \t", &rest) : NULL;
        if (!point || point[0] != '/')
            continue;
        unescape(point);
        strings_add(points, point);
    }
}

/* `srv-my\x2dbox.mount` is /srv/my-box: systemd.unit(5). */
static void known_add_unit(struct strings *points, const char *name)
{
    static const char ending[] = ".mount";
    size_t length = strlen(name), tail = sizeof(ending) - 1;
    struct text path = {0};
    if (length <= tail || strcmp(name + length - tail, ending) != 0 || name[0] == '-')
        return;
    text_add(&path, "/");
    for (const char *sign = name; sign < name + length - tail; sign++) {
        unsigned value;
        char byte = *sign == '-' ? '/' : *sign;
        if (sscanf(sign, "\\x%2x", &value) == 1) {
            byte = (char)value;
            sign += 3;
        }
        text_add_bytes(&path, &byte, 1);
    }
    strings_add(points, path.data);
    text_free(&path);
}

void mounts_known_fill(struct strings *points)
{
    static const char *const folders[] = {"/etc/systemd/system", "/run/systemd/system",
                                          "/run/systemd/generator", "/usr/lib/systemd/system",
                                          "/lib/systemd/system"};
    known_add_fstab(points);
    for (size_t i = 0; i < array_length(folders); i++) {
        _cleanup_dir_ DIR *folder = opendir(folders[i]);
        const struct dirent *entry;
        while (folder && (entry = readdir(folder)))
            known_add_unit(points, entry->d_name);
    }
}
