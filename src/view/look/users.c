/* users: names for uids as a process in there would see them: the uid as its user namespace maps
 * it, the name from the passwd of its own root. Called by ps.c. user_namespaces(7), passwd(5). */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWD_LIMIT (1024u * 1024)
#define OVERFLOW_UID 65534u /* what an unmapped uid shows as; /proc/sys/kernel/overflowuid */

struct user_entry {
    uint32_t uid;
    size_t line;
    char name[33];
};

struct user_map {
    uint32_t inside, outside, count;
};

static int entry_compare(const void *left, const void *right)
{
    const struct user_entry *a = left;
    const struct user_entry *b = right;
    if (a->uid != b->uid)
        return a->uid < b->uid ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

/* name:password:uid:.. False where the line is none of that kind. */
static bool entry_parse(const char *line, const char *end, struct user_entry *entry)
{
    const char *colon = memchr(line, ':', (size_t)(end - line));
    if (!colon || colon == line)
        return false;
    const char *number = memchr(colon + 1, ':', (size_t)(end - colon - 1));
    if (!number || number[1] < '0' || number[1] > '9')
        return false;
    char *after;
    unsigned long long uid = strtoull(number + 1, &after, 10);
    if (*after != ':' || after > end || uid > UINT32_MAX)
        return false;
    entry->uid = (uint32_t)uid;
    text_printable(entry->name, sizeof(entry->name), line, (size_t)(colon - line), true);
    return true;
}

void users_parse_passwd(struct users *users, const char *text)
{
    for (size_t number = 0; *text; number++) {
        const char *end = strchrnul(text, '\n');
        struct user_entry entry = {.line = number};
        if (entry_parse(text, end, &entry)) {
            array_grow(&users->entries, users->count, &users->capacity, sizeof(*users->entries));
            users->entries[users->count++] = entry;
        }
        text = *end ? end + 1 : end;
    }
    if (users->count > 0)
        qsort(users->entries, users->count, sizeof(*users->entries), entry_compare);
}

void users_parse_map(struct users *users, const char *text)
{
    unsigned int inside, outside, count;
    int used;
    while (sscanf(text, "%u %u %u%n", &inside, &outside, &count, &used) == 3) {
        array_grow(&users->maps, users->map_count, &users->map_capacity, sizeof(*users->maps));
        users->maps[users->map_count++] =
            (struct user_map){.inside = inside, .outside = outside, .count = count};
        text += used;
    }
}

void users_load(struct users *users, const struct look_target *target, enum look_file *passwd)
{
    char maps[16384];
    if (look_read_file(target->folder, "uid_map", maps, sizeof(maps)) > 0)
        users_parse_map(users, maps);
    *passwd = LOOK_FILE_NOT_ASKED;
    if (target->brief)
        return;
    _cleanup_free_ char *text = NULL;
    size_t length;
    *passwd = root_read(target->root, "etc/passwd", PASSWD_LIMIT, &text, &length, NULL, NULL);
    if (text)
        users_parse_passwd(users, text);
}

static uint32_t uid_inside(const struct users *users, uint32_t uid)
{
    for (size_t i = 0; i < users->map_count; i++) {
        const struct user_map *map = &users->maps[i];
        if (uid >= map->outside && uid - map->outside < map->count)
            return map->inside + (uid - map->outside);
    }
    return users->map_count > 0 ? OVERFLOW_UID : uid;
}

void users_name(const struct users *users, uint32_t uid, char *text, size_t size)
{
    uint32_t inside = uid_inside(users, uid);
    size_t low = 0;
    size_t high = users->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (users->entries[middle].uid < inside)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < users->count && users->entries[low].uid == inside)
        snprintf(text, size, "%s", users->entries[low].name);
    else
        snprintf(text, size, "%u", inside);
}

void users_free(struct users *users)
{
    free(users->entries);
    free(users->maps);
    *users = (struct users){0};
}
