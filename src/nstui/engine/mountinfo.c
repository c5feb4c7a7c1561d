/* Reads /proc/PID/mountinfo. Called by pin.c (is the mount below shared, is a directory bound on itself)
 * and standin.c (what has come to it). Changes nothing. proc(5). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mountinfo.h"

#define MOUNTINFO_MAX (16u * 1024 * 1024)

/* The next field of a line, cut off; NULL: none. Blanks in names are \040. */
static char *field_cut(char **line)
{
    char *field = strsep(line, " ");
    char *to = field;
    for (const char *from = field; from && *from; to++) {
        if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
            from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
            *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    if (field)
        *to = '\0';
    return field;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static void row_parse(char *line, struct mountinfo *table)
{
    struct mount_row row = {0};
    char *fields[6] = {0};
    for (size_t at = 0; at < array_length(fields); at++) {
        fields[at] = field_cut(&line);
        if (!fields[at])
            return;
    }
    for (char *tag; (tag = field_cut(&line)) && strcmp(tag, "-") != 0;)
        row.shared |= strncmp(tag, "shared:", 7) == 0;
    const char *filesystem = field_cut(&line);
    if (!filesystem)
        return;
    row.id = atoi(fields[0]);
    row.parent = atoi(fields[1]);
    row.device = xstrdup(fields[2]);
    row.root = xstrdup(fields[3]);
    row.point = xstrdup(fields[4]);
    row.filesystem = xstrdup(filesystem);
    if (table->count == table->capacity) {
        table->capacity = table->capacity ? table->capacity * 2 : 64;
        table->items = xrealloc(table->items, table->capacity * sizeof(*table->items));
    }
    table->items[table->count++] = row;
}

void mountinfo_parse(const char *text, struct mountinfo *table)
{
    _cleanup_free_ char *copy = xstrdup(text);
    char *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));)
        row_parse(line, table);
}

int mountinfo_read(struct mountinfo *table, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL, err) < 0)
        return -1;
    mountinfo_parse(text, table);
    return 0;
}

const struct mount_row *mountinfo_find(const struct mountinfo *table, int id)
{
    for (size_t at = 0; at < table->count; at++) {
        if (table->items[at].id == id)
            return &table->items[at];
    }
    return NULL;
}

const struct mount_row *mountinfo_of(const struct mountinfo *table, int fd)
{
    _cleanup_free_ char *path = xasprintf("/proc/self/fdinfo/%d", fd), *text = NULL;
    if (file_read(AT_FDCWD, path, 4096, &text, NULL, NULL) < 0)
        return NULL;
    const char *line = strstr(text, "mnt_id:");
    return line ? mountinfo_find(table, atoi(line + strlen("mnt_id:"))) : NULL;
}

void mountinfo_free(struct mountinfo *table)
{
    for (size_t at = 0; at < table->count; at++) {
        free(table->items[at].device);
        free(table->items[at].root);
        free(table->items[at].point);
        free(table->items[at].filesystem);
    }
    free(table->items);
    *table = (struct mountinfo){0};
}

bool path_is_within(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/')
        length--;
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || !path[length]);
}
