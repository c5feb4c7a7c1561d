/* The maps of ids of a new user namespace: planned, checked, written by the parent while the child
 * waits. Root writes them himself; for somebody else newuidmap(1) and newgidmap(1) do it, which look
 * into /etc/subuid and /etc/subgid. user_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "private.h"

#define MAP_LINES     340        /* as many as the kernel takes */
#define LAST_ID       4294967294 /* (uid_t)-1 is nobody */
#define SUB_MAX       (1U << 20) /* of /etc/subuid, bytes */
#define COMPLAINT_MAX 512

/* The two kinds of ids, which differ in names alone. */
struct kind {
    const char *file, *words, *option, *sub, *program;
};
static const struct kind users = {"uid_map", "user", "--map-users", "/etc/subuid", "newuidmap"};
static const struct kind groups = {"gid_map", "group", "--map-groups", "/etc/subgid", "newgidmap"};

/* ---- checked ------------------------------------------------------------------------------- */

static bool overlap(uint32_t first, uint32_t first_count, uint32_t second, uint32_t second_count)
{
    return (uint64_t)first < (uint64_t)second + second_count &&
           (uint64_t)second < (uint64_t)first + first_count;
}

/* As the kernel's file has it: one line a map. */
static char *map_text(const struct id_maps *maps, uint32_t own)
{
    struct text text = {0};
    if (maps->count == 0)
        return xasprintf("0 %u 1", own);
    for (size_t at = 0; at < maps->count; at++)
        text_addf(&text, "%s%u %u %u", at ? "\n" : "", maps->items[at].inside,
                  maps->items[at].outside, maps->items[at].count);
    return text.data;
}

static int map_check(const struct kind *kind, const struct id_maps *maps, struct err *err)
{
    if (maps->count > MAP_LINES)
        return err_set(err, 0, "a map of %ss has at most %d lines, this one has %zu", kind->words,
                       MAP_LINES, maps->count);
    for (size_t at = 0; at < maps->count; at++) {
        const struct id_map *map = &maps->items[at];
        if (map->count == 0)
            return err_set(err, 0, "the map of %ss %u:%u:0 maps none", kind->words, map->inside,
                           map->outside);
        if ((uint64_t)map->inside + map->count - 1 > LAST_ID ||
            (uint64_t)map->outside + map->count - 1 > LAST_ID)
            return err_set(err, 0, "the map of %ss %u:%u:%u goes beyond the last id, %lld",
                           kind->words, map->inside, map->outside, map->count, (long long)LAST_ID);
        for (size_t before = 0; before < at; before++) {
            const struct id_map *other = &maps->items[before];
            bool inside = overlap(map->inside, map->count, other->inside, other->count);
            if (!inside && !overlap(map->outside, map->count, other->outside, other->count))
                continue;
            return err_set(err, 0, "the maps of %ss %u:%u:%u and %u:%u:%u overlap %s", kind->words,
                           other->inside, other->outside, other->count, map->inside, map->outside,
                           map->count, inside ? "in there" : "out here");
        }
    }
    _cleanup_free_ char *text = map_text(maps, 0);
    size_t length = strlen(text), most = (size_t)sysconf(_SC_PAGESIZE) - 1;
    if (length > most)
        return err_set(err, 0, "the map of %ss is %zu bytes long, and the kernel takes %zu",
                       kind->words, length, most);
    return 0;
}

/* Where neither root in there nor the caller has a number, the first process is nobody in there and still
 * the caller out here, with all that his files and groups allow. */
static int map_check_first(const struct spec *spec, const struct kind *kind,
                           const struct id_maps *maps, uint32_t own, struct err *err)
{
    if (maps->count == 0 || spec->identity.given || maps_outside(maps, 0) != (uid_t)-1)
        return 0;
    for (size_t at = 0; at < maps->count; at++) {
        if (own >= maps->items[at].outside && own - maps->items[at].outside < maps->items[at].count)
            return 0;
    }
    (void)err_set(err, 0, "the map of %ss leaves the command no %s: it maps neither 0 nor %u",
                  kind->words, kind->words, own);
    return err_hint(err, "add --setuid %u:%u, say, or map 0: %s 0:OUTSIDE:COUNT",
                    spec->uid_map.count ? spec->uid_map.items[0].inside : 0,
                    spec->gid_map.count ? spec->gid_map.items[0].inside : 0, kind->option);
}

int maps_check(struct spec *spec, struct err *err)
{
    if (!spec->uid_map.count && !spec->gid_map.count)
        return 0;
    if (!(spec->namespaces & NS_BIT(NS_USER))) {
        (void)err_set(err, 0, "maps of ids need a user namespace of its own");
        return err_hint(err, "add -U");
    }
    if (map_check(&users, &spec->uid_map, err) < 0 || map_check(&groups, &spec->gid_map, err) < 0 ||
        map_check_first(spec, &users, &spec->uid_map, geteuid(), err) < 0)
        return -1;
    return map_check_first(spec, &groups, &spec->gid_map, getegid(), err);
}

uid_t maps_outside(const struct id_maps *maps, uint32_t inside)
{
    for (size_t at = 0; at < maps->count; at++) {
        const struct id_map *map = &maps->items[at];
        if (inside >= map->inside && inside - map->inside < map->count)
            return map->outside + (inside - map->inside);
    }
    return (uid_t)-1;
}

void maps_own(const struct spec *spec, int fd)
{
    uid_t uid = maps_outside(&spec->uid_map, 0), gid = maps_outside(&spec->gid_map, 0);
    if (fd >= 0 && geteuid() == 0 && (uid || gid))
        (void)fchownat(fd, "", uid, gid, AT_EMPTY_PATH);
}

/* ---- planned ------------------------------------------------------------------------------- */

void maps_plan(struct steps *steps, const struct spec *spec)
{
    if (!(spec->namespaces & NS_BIT(NS_USER)))
        return;
    struct step *step = step_add(steps, STEP_MAPS, STEP_PARENT);
    step->source = map_text(&spec->uid_map, geteuid());
    step->target = map_text(&spec->gid_map, getegid());
}

/* ---- /etc/subuid --------------------------------------------------------------------------- */

/* Adds the ranges of a user, who is in the file by name or by number: subuid(5). */
static void sub_add(const char *text, const char *name, struct id_maps *ranges)
{
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        char owner[64];
        unsigned long start, count;
        char *number;
        if (sscanf(line, "%63[^:\n]:%lu:%lu", owner, &start, &count) != 3 || count == 0)
            continue;
        unsigned long uid = strtoul(owner, &number, 10);
        if (strcmp(owner, name) != 0 && (*number || uid != getuid()))
            continue;
        if (start > LAST_ID || count > LAST_ID || start + count - 1 > LAST_ID)
            continue;
        array_grow(&ranges->items, ranges->count, &ranges->capacity, sizeof(struct id_map));
        ranges->items[ranges->count++] =
            (struct id_map){.outside = (uint32_t)start, .count = (uint32_t)count};
    }
}

static int map_auto(const struct kind *kind, const char *name, uint32_t own, struct id_maps *maps,
                    struct err *err)
{
    _cleanup_free_ char *text = NULL;
    struct id_maps ranges = {0};
    uint32_t inside = 0;
    char shown[WORD_SIZE];
    if (file_read(AT_FDCWD, kind->sub, SUB_MAX, &text, NULL, NULL) == 0)
        sub_add(text, name, &ranges);
    if (ranges.count == 0) {
        (void)err_set(err, 0, "there are no subordinate %s ids for %s in %s", kind->words,
                      word(shown, name), kind->sub);
        return err_hint(err, "root adds a line to it: %s:100000:65536", word(shown, name));
    }
    free(maps->items);
    *maps = (struct id_maps){0};
    if (own != 0) {
        array_grow(&maps->items, 0, &maps->capacity, sizeof(struct id_map));
        maps->items[maps->count++] = (struct id_map){.outside = own, .count = 1};
        inside = 1;
    }
    for (size_t at = 0; at < ranges.count && maps->count < MAP_LINES; at++) {
        if ((uint64_t)inside + ranges.items[at].count - 1 > LAST_ID)
            break;
        ranges.items[at].inside = inside;
        inside += ranges.items[at].count;
        array_grow(&maps->items, maps->count, &maps->capacity, sizeof(struct id_map));
        maps->items[maps->count++] = ranges.items[at];
    }
    free(ranges.items);
    return 0;
}

/* The caller's name, of /etc/passwd itself: getpwuid(3) may load modules, which a program that is
 * linked statically does not survive. Who is not in it may be in subuid by his number. */
static char *name_find(void)
{
    _cleanup_free_ char *text = NULL;
    (void)file_read(AT_FDCWD, "/etc/passwd", SUB_MAX, &text, NULL, NULL);
    for (const char *line = text ? text : ""; *line;) {
        char name[64];
        unsigned long uid;
        if (sscanf(line, "%63[^:\n]:%*[^:\n]:%lu:", name, &uid) == 2 && uid == getuid())
            return xstrdup(name);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return xasprintf("%u", (unsigned)getuid());
}

int spec_map_auto(struct spec *spec, struct err *err)
{
    _cleanup_free_ char *name = name_find();
    bool root = geteuid() == 0;
    if (map_auto(&users, name, root ? 0 : geteuid(), &spec->uid_map, err) < 0 ||
        map_auto(&groups, name, root ? 0 : getegid(), &spec->gid_map, err) < 0)
        return -1;
    spec->namespaces |= NS_BIT(NS_USER);
    return 0;
}

/* ---- written ------------------------------------------------------------------------------- */

static int map_error(const struct kind *kind, int errnum, struct err *err)
{
    (void)err_set(err, errnum, "cannot write the map of %ss (%s)", kind->words, kind->file);
    if (errnum == EPERM && geteuid() == 0)
        return err_hint(err,
                        "in a user namespace or a container only ids that it has itself can "
                        "be mapped; see /proc/self/%s",
                        kind->file);
    if (errnum == EINVAL)
        return err_hint(err, "see user_namespaces(7) for what %s may be", kind->option);
    return -1;
}

static int map_write(struct launch *launch, const struct kind *kind, const char *text,
                     struct err *err)
{
    _cleanup_free_ char *path = xasprintf("/proc/%d/%s", (int)launch->pid, kind->file);
    return kernel_write(&launch->kernel, path, text) < 0 ? map_error(kind, errno, err) : 0;
}

static const char *helper_find(const struct kind *kind, char path[64])
{
    static const char *const folders[] = {"/usr/bin", "/bin", "/run/wrappers/bin"};
    for (size_t at = 0; at < array_length(folders); at++) {
        (void)snprintf(path, 64, "%s/%s", folders[at], kind->program);
        if (access(path, X_OK) == 0)
            return path;
    }
    return NULL;
}

/* Runs it with nothing of our environment and gives what it complains of. -1 with errno where it
 * cannot be started, else its status as waitpid(2) has it. */
static int helper_run(const char *path, char *const argv[], char complaint[COMPLAINT_MAX])
{
    static char *const environment[] = {NULL};
    int ends[2], status = -1;
    pid_t pid;
    complaint[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, 0, 1);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    int failed = posix_spawn(&pid, path, &actions, NULL, argv, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    size_t used = 0;
    for (ssize_t length = 1; !failed && length != 0 && used < COMPLAINT_MAX - 1;) {
        length = read(ends[0], complaint + used, COMPLAINT_MAX - 1 - used);
        if (length < 0 && errno != EINTR)
            break;
        used += length > 0 ? (size_t)length : 0;
    }
    complaint[used] = '\0';
    complaint[strcspn(complaint, "\n")] = '\0';
    (void)close(ends[0]);
    while (!failed && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return failed ? (errno = failed, -1) : status;
}

/* The child is ours and not yet waited for, so its pid cannot be somebody else's meanwhile. */
static int map_by_helper(struct launch *launch, const struct kind *kind, const char *text,
                         struct err *err)
{
    char path[64], complaint[COMPLAINT_MAX], shown[WORD_SIZE];
    _cleanup_strings_ struct strings words = {0};
    if (!helper_find(kind, path)) {
        (void)err_set(err, 0, "a map of several %ss needs %s, and it is not there", kind->words,
                      kind->program);
        return err_hint(err, "root installs the package uidmap; one id alone needs none of it");
    }
    strings_add(&words, kind->program);
    strings_addf(&words, "%d", (int)launch->pid);
    for (const char *at = text; *at; at += strspn(at, " \n")) {
        size_t length = strcspn(at, " \n");
        strings_addf(&words, "%.*s", (int)length, at);
        at += length;
    }
    int status = helper_run(path, words.items, complaint);
    if (status == 0)
        return 0;
    if (status < 0)
        return err_set(err, errno, "cannot run %s", path);
    const char *colon = strstr(complaint, ": "); /* behind its own name */
    const char *reason = colon ? colon + 2 : complaint;
    (void)err_set(err, 0, "%s refuses the map: %s", kind->program,
                  reason[0] ? word(shown, reason) : "it does not say why");
    if (strstr(complaint, "not allowed") || strstr(complaint, "not found"))
        return err_hint(err, "only the ids that %s gives you can be mapped", kind->sub);
    if (strstr(complaint, "write to"))
        return err_hint(err, "%s must be set-user-id root, and on a file system without nosuid",
                        path);
    return -1;
}

/* A user may map himself, alone, to anything. */
static bool is_own_alone(const struct id_maps *maps, uint32_t own)
{
    return maps->count == 0 ||
           (maps->count == 1 && maps->items[0].count == 1 && maps->items[0].outside == own);
}

int parent_maps(struct launch *launch, const struct step *step, struct err *err)
{
    const struct spec *spec = launch->spec;
    bool root = geteuid() == 0;
    if (root && spec->uid_map.count)
        for (int at = 0; at < 3; at++)
            maps_own(spec, launch->pipes.ours[at]);
    bool own_user = is_own_alone(&spec->uid_map, geteuid()),
         own_group = is_own_alone(&spec->gid_map, getegid());
    if ((root || own_user ? map_write(launch, &users, step->source, err)
                          : map_by_helper(launch, &users, step->source, err)) < 0)
        return -1;
    if (!root && !own_group)
        return map_by_helper(launch, &groups, step->target, err);
    /* Without CAP_SETGID a process must give setgroups(2) up before it may write a map of groups. */
    _cleanup_free_ char *path = xasprintf("/proc/%d/setgroups", (int)launch->pid);
    if (!root && kernel_write(&launch->kernel, path, "deny") < 0)
        return err_set(err, errno, "cannot write %s", path);
    return map_write(launch, &groups, step->target, err);
}
