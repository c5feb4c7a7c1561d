/* Users by name and by number. Called by the commands that speak of them. Never getpwnam(3) and its
 * like: they load modules (systemd, sss, ldap), and nstui is linked statically where it can be, which
 * such a module does not survive. /etc/passwd is read here, and whoever is not in it is asked for with
 * getent(1), which has all of them. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nstui/base.h"

#define TEXT_MAX (1U << 20)

enum { NAME, PASSWORD, UID, GID, COMMENT, HOME, SHELL, FIELDS };

/* What getent(1) prints for a key, at most TEXT_MAX bytes; NULL where there is nothing. */
static char *getent_ask(const char *database, const char *key)
{
    static const char path[] = "/usr/bin/getent";
    char *const words[] = {"getent", "--", (char *)(uintptr_t)database, (char *)(uintptr_t)key,
                           NULL};
    char *const environment[] = {NULL};
    struct text text = {0};
    posix_spawn_file_actions_t actions;
    int ends[2], status = -1;
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return NULL;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int reason = posix_spawn(&pid, path, &actions, NULL, words, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    cleanup_close(&ends[1]);
    char part[4096];
    for (ssize_t got; reason == 0 && text.length < TEXT_MAX;) {
        got = read(ends[0], part, sizeof(part));
        if (got > 0)
            text_add_bytes(&text, part, (size_t)got);
        else if (got == 0 || errno != EINTR)
            break;
    }
    cleanup_close(&ends[0]);
    while (reason == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (reason == 0 && status == 0 && text.data)
        return text.data;
    text_free(&text);
    return NULL;
}

/* The user that one line of passwd(5) tells of, where it is the one asked for. */
static bool line_read(const char *line, size_t length, const char *name, uid_t uid,
                      struct user *user)
{
    _cleanup_free_ char *copy = xstrndup(line, length);
    char *fields[FIELDS], *rest = copy;
    int64_t numbers[2];
    for (size_t at = 0; at < FIELDS; at++) {
        fields[at] = strsep(&rest, ":");
        if (!fields[at])
            return false;
    }
    if (!number_parse(fields[UID], 0, UINT32_MAX, &numbers[0]) ||
        !number_parse(fields[GID], 0, UINT32_MAX, &numbers[1]) || !*fields[NAME] ||
        (name ? strcmp(fields[NAME], name) != 0 : numbers[0] != (int64_t)uid))
        return false;
    *user = (struct user){
        .name = xstrdup(fields[NAME]),
        .home = xstrdup(fields[HOME]),
        .shell = xstrdup(fields[SHELL]),
        .uid = (uid_t)numbers[0],
        .gid = (gid_t)numbers[1],
    };
    return true;
}

static bool text_search(const char *text, const char *name, uid_t uid, struct user *user)
{
    while (text && *text) {
        size_t length = strcspn(text, "\n");
        if (line_read(text, length, name, uid, user))
            return true;
        text += length + (text[length] == '\n');
    }
    return false;
}

static bool user_find(const char *name, uid_t uid, struct user *user)
{
    _cleanup_free_ char *file = NULL, *number = xasprintf("%u", (unsigned)uid);
    *user = (struct user){0};
    (void)file_read(AT_FDCWD, "/etc/passwd", TEXT_MAX, &file, NULL, NULL);
    if (text_search(file, name, uid, user))
        return true;
    _cleanup_free_ char *answer = getent_ask("passwd", name ? name : number);
    return text_search(answer, name, uid, user);
}

bool user_by_name(const char *name, struct user *user)
{
    return user_find(name, 0, user);
}

bool user_by_id(uid_t uid, struct user *user)
{
    return user_find(NULL, uid, user);
}

void user_free(struct user *user)
{
    free(user->name);
    free(user->home);
    free(user->shell);
    *user = (struct user){0};
}

size_t user_groups(const struct user *user, gid_t groups[USER_GROUPS_MAX])
{
    size_t count = 0;
    groups[count++] = user->gid;
    /* "NAME  4 24 27" */
    _cleanup_free_ char *answer = getent_ask("initgroups", user->name);
    char *rest = answer ? answer + strcspn(answer, " ") : NULL;
    for (char *word; rest && count < USER_GROUPS_MAX && (word = strsep(&rest, " \n"));) {
        int64_t group;
        if (number_parse(word, 0, UINT32_MAX, &group) && (gid_t)group != user->gid)
            groups[count++] = (gid_t)group;
    }
    return count;
}
