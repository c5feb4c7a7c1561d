/* Who --setuid means: looked up in the passwd and group of the root, by the child, before it enters it.
 * Both files are somebody else's: they may be a device that acts when it is opened, a FIFO that waits,
 * or endless. passwd(5), group(5). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

#define FILE_MAX   (1U << 20) /* bytes */
#define GROUPS_MAX 64
#define FIELDS     7

/* Reads a file of the root whole. 0 with *text NULL where it is not there. */
static int root_file_read(int root, const char *path, char **text, struct err *err)
{
    char here[FD_PATH_SIZE];
    struct stat status;
    *text = NULL;
    _cleanup_close_ int there = beneath_open(root, path, O_PATH);
    if (there < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (there < 0 || fstat(there, &status) < 0)
        return err_set(err, errno, "cannot open /%s in there", path);
    if (!S_ISREG(status.st_mode))
        return err_set(err, 0, "cannot read /%s in there: it is no regular file", path);
    fd_path(here, there);
    if (file_read(AT_FDCWD, here, FILE_MAX, text, NULL, err) < 0)
        return err_prefix(err, "cannot read /%s in there", path);
    return 0;
}

/* Splits the line at *rest in place; false at the end. */
static bool line_next(char **rest, char *fields[FIELDS])
{
    char *line = *rest;
    if (!line || !*line)
        return false;
    size_t length = strcspn(line, "\n");
    *rest = line[length] ? line + length + 1 : line + length;
    line[length] = '\0';
    for (int at = 0; at < FIELDS; at++) {
        fields[at] = line;
        line += strcspn(line, ":");
        if (*line)
            *line++ = '\0';
    }
    return true;
}

static bool id_parse(const char *text, uint32_t *id)
{
    int64_t number;
    if (!number_parse(text, 0, UINT32_MAX - 1, &number))
        return false;
    *id = (uint32_t)number;
    return true;
}

/* What passwd says of him: 1 found, 0 not. *home is in text. */
static int user_find(char *text, struct identity *identity, char **name, char **home)
{
    uint32_t number = 0, uid, gid;
    bool numeric = id_parse(identity->user, &number);
    char *fields[FIELDS];
    if (numeric)
        identity->uid = number;
    while (line_next(&text, fields)) {
        if (!id_parse(fields[2], &uid) || !id_parse(fields[3], &gid))
            continue;
        if (numeric ? uid != number : strcmp(fields[0], identity->user) != 0)
            continue;
        identity->uid = uid;
        identity->gid = gid;
        *name = fields[0];
        *home = fields[5];
        return 1;
    }
    return 0;
}

/* The group asked for, and those that name him as a member. */
static int groups_find(char *text, const char *name, struct identity *identity)
{
    uint32_t gid;
    char *fields[FIELDS];
    bool found = !identity->group || id_parse(identity->group, &identity->gid);
    bool collect = !identity->group && name; /* as docker: a group by name is all that he has */
    gid_t *groups = collect ? xcalloc(GROUPS_MAX, sizeof(gid_t)) : NULL;
    size_t count = 0;
    while (line_next(&text, fields)) {
        if (!id_parse(fields[2], &gid))
            continue;
        if (!found && strcmp(fields[0], identity->group) == 0) {
            identity->gid = gid;
            found = true;
        }
        for (char *member = fields[3]; collect && *member && count < GROUPS_MAX;) {
            size_t length = strcspn(member, ",");
            if (strlen(name) == length && strncmp(member, name, length) == 0) {
                groups[count++] = gid;
                break;
            }
            member += length + (member[length] == ',');
        }
    }
    if (count) {
        groups = xrealloc(groups, (count + identity->group_count) * sizeof(gid_t));
        memcpy(groups + count, identity->groups, identity->group_count * sizeof(gid_t));
        identity->groups = groups; /* of the child, which ends in execve(2) */
        identity->group_count += count;
    }
    return found ? 0 : -1;
}

/* HOME is his, unless the spec says what it is. */
static void home_set(struct setup *setup, const char *home)
{
    for (size_t at = 0; at < setup->spec->env.count; at++) {
        if (strncmp(setup->spec->env.items[at], "HOME=", 5) == 0)
            return;
    }
    for (char **item = setup->environment; home && *home == '/' && *item; item++) {
        if (strncmp(*item, "HOME=", 5) == 0)
            *item = xasprintf("HOME=%s", home);
    }
}

int step_passwd(struct setup *setup, const struct step *step, struct err *err)
{
    struct identity *identity = &setup->identity;
    char *passwd, *group, *name = NULL, *home = NULL;
    char shown[WORD_SIZE];
    if (root_file_read(setup->root, step->target, &passwd, err) < 0 ||
        root_file_read(setup->root, "etc/group", &group, err) < 0)
        return -1;
    uint32_t number;
    if (identity->user && !user_find(passwd, identity, &name, &home) &&
        !id_parse(identity->user, &number)) {
        (void)err_set(err, 0, "there is no user %s in /etc/passwd in there",
                      word(shown, identity->user));
        return err_hint(err, "a number needs none");
    }
    if (groups_find(group, name, identity) < 0) {
        (void)err_set(err, 0, "there is no group %s in /etc/group in there",
                      word(shown, identity->group));
        return err_hint(err, "a number needs none");
    }
    home_set(setup, home);
    return 0;
}
