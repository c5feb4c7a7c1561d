/* The options of nstui run that say what the command may do and who it is: maps of ids, capabilities,
 * seccomp, limits of resources, paths that are covered. Only turns words into a spec; what does not
 * fit together is for spec_check() to say. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

#define PROFILE_MAX (1U << 20) /* bytes of a seccomp profile */
#define LAST_ID     4294967294

/* ---- maps ------------------------------------------------------------------------------------ */

static void map_add(struct id_maps *maps, uint32_t inside, uint32_t outside, uint32_t count)
{
    array_grow(&maps->items, maps->count, &maps->capacity, sizeof(struct id_map));
    maps->items[maps->count++] = (struct id_map){inside, outside, count};
}

/* INSIDE:OUTSIDE:COUNT, and OUTSIDE,INSIDE,COUNT as unshare(1) had it before util-linux 2.39. */
static int map_take(struct id_maps *maps, const char *value, struct err *err)
{
    char shown_value[SHOWN_SIZE];
    char separator = strchr(value, ',') ? ',' : ':';
    _cleanup_free_ char *copy = xstrdup(value);
    int64_t numbers[3];
    size_t found = 0;
    for (char *rest = copy; rest && found < 3;) {
        char *end = strchr(rest, separator);
        if (end)
            *end++ = '\0';
        if (!number_parse(rest, 0, LAST_ID, &numbers[found++]) || (found == 3 && end)) {
            found = 0;
            break;
        }
        rest = end;
    }
    if (found != 3) {
        (void)err_set(err, 0, "\"%s\" is no map of ids", shown(shown_value, value));
        return err_hint(err, "write INSIDE:OUTSIDE:COUNT, as 0:100000:65536");
    }
    bool old = separator == ',';
    map_add(maps, (uint32_t)numbers[old], (uint32_t)numbers[!old], (uint32_t)numbers[2]);
    return 1;
}

static int take_map_users(struct spec *spec, const char *value, struct err *err)
{
    spec->namespaces |= NS_BIT(NS_USER);
    if (strcmp(value, "auto") == 0)
        return spec_map_auto(spec, err) < 0 ? -1 : 1;
    return map_take(&spec->uid_map, value, err);
}

static int take_map_groups(struct spec *spec, const char *value, struct err *err)
{
    spec->namespaces |= NS_BIT(NS_USER);
    if (strcmp(value, "auto") == 0)
        return spec_map_auto(spec, err) < 0 ? -1 : 1;
    return map_take(&spec->gid_map, value, err);
}

static int take_map_auto(struct spec *spec, const char *value, struct err *err)
{
    (void)value;
    return spec_map_auto(spec, err) < 0 ? -1 : 1;
}

static int take_map_root(struct spec *spec, const char *value, struct err *err)
{
    (void)value, (void)err;
    spec->namespaces |= NS_BIT(NS_USER); /* and that is what it does by itself */
    return 1;
}

static int take_map_current(struct spec *spec, const char *value, struct err *err)
{
    (void)value, (void)err;
    spec->namespaces |= NS_BIT(NS_USER);
    map_add(&spec->uid_map, geteuid(), geteuid(), 1);
    map_add(&spec->gid_map, getegid(), getegid(), 1);
    return 1;
}

/* ---- rights ---------------------------------------------------------------------------------- */

static int take_walled(struct spec *spec, const char *value, struct err *err)
{
    (void)value, (void)err;
    spec->grade = GRADE_WALLED;
    spec->namespaces |= (NS_BIT(NS_MNT) | NS_BIT(NS_PID) | NS_BIT(NS_IPC)) & ~spec->shared;
    return 1;
}

static int take_cap_add(struct spec *spec, const char *value, struct err *err)
{
    return capability_parse(value, &spec->capabilities_added, err) < 0 ? -1 : 1;
}

static int take_cap_drop(struct spec *spec, const char *value, struct err *err)
{
    return capability_parse(value, &spec->capabilities_dropped, err) < 0 ? -1 : 1;
}

static bool id_parse(const char *text, uint32_t *id)
{
    int64_t number;
    if (!number_parse(text, 0, LAST_ID, &number))
        return false;
    *id = (uint32_t)number;
    return true;
}

static int take_setgid(struct spec *spec, const char *value, struct err *err)
{
    struct identity *identity = &spec->identity;
    char shown_value[SHOWN_SIZE];
    if (!*value || strchr(value, ':'))
        return err_set(err, 0, "\"%s\" is no group: write its number or its name",
                       shown(shown_value, value));
    identity->given = true;
    free(identity->group);
    identity->group = id_parse(value, &identity->gid) ? NULL : xstrdup(value);
    return 1;
}

/* Two numbers say it all. A number alone leaves the group to its passwd. */
static int take_setuid(struct spec *spec, const char *value, struct err *err)
{
    struct identity *identity = &spec->identity;
    const char *colon = strchr(value, ':');
    _cleanup_free_ char *user = xstrndup(value, strcspn(value, ":"));
    char shown_value[SHOWN_SIZE];
    if (!*user)
        return err_set(err, 0, "\"%s\" is no user: write UID[:GID] or NAME[:GROUP]",
                       shown(shown_value, value));
    identity->given = true;
    bool numeric = id_parse(user, &identity->uid);
    if (colon && take_setgid(spec, colon + 1, err) < 0)
        return -1;
    free(identity->user);
    identity->user = numeric && colon ? NULL : pointer_take(user);
    if (colon && identity->user && !identity->group)
        identity->group = xstrdup(colon + 1); /* its number stands over that of passwd */
    return 1;
}

static int take_group_add(struct spec *spec, const char *value, struct err *err)
{
    struct identity *identity = &spec->identity;
    char shown_value[SHOWN_SIZE];
    uint32_t gid;
    if (!id_parse(value, &gid))
        return err_set(err, 0, "\"%s\" is no number of a group", shown(shown_value, value));
    identity->given = true;
    identity->groups =
        xrealloc(identity->groups, (identity->group_count + 1) * sizeof(*identity->groups));
    identity->groups[identity->group_count++] = gid;
    return 1;
}

static int take_no_new_privs(struct spec *spec, const char *value, struct err *err)
{
    (void)value, (void)err;
    spec->no_new_privs = true;
    return 1;
}

/* A profile: a file, or ours; "" is none at all. */
static int take_seccomp(struct spec *spec, const char *value, struct err *err)
{
    char shown_value[SHOWN_SIZE];
    _cleanup_free_ char *path = NULL, *text = NULL;
    struct stat status;
    if (strcmp(value, "none") == 0 || strcmp(value, "unconfined") == 0) {
        text = xstrdup("");
    } else {
        if (strcmp(value, "walled") != 0)
            path = xstrdup(value);
        else if (assets_find("seccomp/walled.json", &path, err) < 0)
            return -1;
        if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
            return err_set(err, 0, "the seccomp profile %s is no file", shown(shown_value, path));
        if (file_read(AT_FDCWD, path, PROFILE_MAX, &text, NULL, err) < 0)
            return err_prefix(err, "cannot read the seccomp profile");
        if (!*text)
            return err_set(err, 0, "the seccomp profile %s is empty", shown(shown_value, path));
    }
    free(spec->seccomp);
    spec->seccomp = pointer_take(text);
    return 1;
}

/* ---- limits and settings ------------------------------------------------------------------------- */

static bool limit_parse(const char *text, uint64_t *limit)
{
    int64_t number;
    if (strcmp(text, "unlimited") == 0 || strcmp(text, "-1") == 0) {
        *limit = UINT64_MAX; /* RLIM64_INFINITY */
        return true;
    }
    if (!number_parse(text, 0, INT64_MAX, &number))
        return false;
    *limit = (uint64_t)number;
    return true;
}

static int take_ulimit(struct spec *spec, const char *value, struct err *err)
{
    char shown_value[SHOWN_SIZE];
    const char *equals = strchr(value, '=');
    _cleanup_free_ char *name = xstrndup(value, strcspn(value, "="));
    struct rlimit_entry entry = {.resource = rlimit_number(name)};
    if (equals && entry.resource < 0) {
        (void)err_set(err, 0, "there is no limit \"%s\"", shown(shown_value, name));
        return err_hint(err, "as core cpu data fsize memlock nofile nproc stack; man 2 getrlimit");
    }
    _cleanup_free_ char *soft =
        xstrndup(equals ? equals + 1 : "", equals ? strcspn(equals + 1, ":") : 0);
    const char *hard = equals ? strchr(equals, ':') : NULL;
    if (!equals || !limit_parse(soft, &entry.soft) ||
        !limit_parse(hard ? hard + 1 : soft, &entry.hard)) {
        (void)err_set(err, 0, "\"%s\" is no limit", shown(shown_value, value));
        return err_hint(err, "write NAME=SOFT[:HARD], as nofile=1024:4096; -1 is none");
    }
    struct rlimit_list *list = &spec->rlimits;
    size_t at = 0;
    while (at < list->count && list->items[at].resource != entry.resource)
        at++;
    if (at == list->count) {
        array_grow(&list->items, list->count, &list->capacity, sizeof(entry));
        list->count++;
    }
    list->items[at] = entry; /* the later of two counts */
    return 1;
}

static int take_oom_score(struct spec *spec, const char *value, struct err *err)
{
    char shown_value[SHOWN_SIZE];
    int64_t number;
    if (!number_parse(value, -1000, 1000, &number))
        return err_set(err, 0, "\"%s\" is no oom score: it is between -1000 and 1000",
                       shown(shown_value, value));
    spec->oom_score = (int)number;
    return 1;
}

static int take_umask(struct spec *spec, const char *value, struct err *err)
{
    char shown_value[SHOWN_SIZE];
    char *end;
    unsigned long mask = strtoul(value, &end, 8);
    if (!*value || strspn(value, "01234567") != strlen(value) || *end || mask > 0777)
        return err_set(err, 0, "\"%s\" is no umask: write it as 022", shown(shown_value, value));
    spec->umask_given = true;
    spec->umask = (mode_t)mask;
    return 1;
}

static int take_read_only(struct spec *spec, const char *value, struct err *err)
{
    (void)value, (void)err;
    spec->root_read_only = true;
    return 1;
}

static int take_sysctl(struct spec *spec, const char *value, struct err *err)
{
    (void)err;
    strings_add(&spec->sysctls, value);
    return 1;
}

static int take_mask(struct spec *spec, const char *value, struct err *err)
{
    (void)err;
    strings_add(&spec->masked, value);
    return 1;
}

static int take_ro_path(struct spec *spec, const char *value, struct err *err)
{
    (void)err;
    strings_add(&spec->read_only, value);
    return 1;
}

static int (*const takes[])(struct spec *, const char *, struct err *) = {
    [0] = take_walled,
    [RUN_MAP_USERS - RUN_WALLED] = take_map_users,
    [RUN_MAP_GROUPS - RUN_WALLED] = take_map_groups,
    [RUN_MAP_AUTO - RUN_WALLED] = take_map_auto,
    [RUN_MAP_ROOT - RUN_WALLED] = take_map_root,
    [RUN_MAP_CURRENT - RUN_WALLED] = take_map_current,
    [RUN_CAP_ADD - RUN_WALLED] = take_cap_add,
    [RUN_CAP_DROP - RUN_WALLED] = take_cap_drop,
    [RUN_SETUID - RUN_WALLED] = take_setuid,
    [RUN_SETGID - RUN_WALLED] = take_setgid,
    [RUN_GROUP_ADD - RUN_WALLED] = take_group_add,
    [RUN_NO_NEW_PRIVS - RUN_WALLED] = take_no_new_privs,
    [RUN_SECCOMP - RUN_WALLED] = take_seccomp,
    [RUN_ULIMIT - RUN_WALLED] = take_ulimit,
    [RUN_OOM_SCORE - RUN_WALLED] = take_oom_score,
    [RUN_UMASK - RUN_WALLED] = take_umask,
    [RUN_READ_ONLY - RUN_WALLED] = take_read_only,
    [RUN_SYSCTL - RUN_WALLED] = take_sysctl,
    [RUN_MASK - RUN_WALLED] = take_mask,
    [RUN_RO_PATH - RUN_WALLED] = take_ro_path,
};

int run_take_rights(struct spec *spec, int id, const char *value, struct err *err)
{
    if (id < RUN_WALLED || id > RUN_RO_PATH)
        return 0;
    return takes[id - RUN_WALLED](spec, value, err);
}
