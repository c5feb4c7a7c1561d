/* Reads the part `linux` of a config.json, but for devices. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define MAPS_MAX         340 /* lines that the kernel takes */
#define SHARES_OF_WEIGHT 1024
#define SHARES_MOST      262144

/* ---- namespaces -------------------------------------------------------------------------------------- */

static int namespace_parse(const struct reader *reader, const struct node *item, struct spec *spec)
{
    _cleanup_free_ char *type = NULL, *path = NULL;
    char word[SHOWN_SIZE];
    if (node_is_object(reader, item) < 0 || node_string(reader, item, "type", &type) < 0 ||
        node_string(reader, item, "path", &path) < 0)
        return -1;
    int found = type ? oci_type_find(type) : -1;
    if (found < 0)
        return node_error(reader, item, "has the type \"%s\", which is no namespace that is known",
                          oci_shown(word, type ? type : ""));
    if ((spec->namespaces | spec->shared) & NS_BIT(found))
        return node_error(reader, item, "is a second %s namespace", type);
    if (!path || !*path) {
        spec->namespaces |= NS_BIT(found);
        return 0;
    }
    struct join join = {0};
    bool absolute = path[0] == '/';
    bool named =
        !absolute && strchr(path, ':') && join_target_parse(path, &join, NULL) == 0 && join.path;
    join_free(&join);
    if (!absolute && !named)
        return node_error(reader, item, "has the path \"%s\", which is not absolute",
                          oci_shown(word, path));
    spec->shared |= NS_BIT(found);
    spec->shares[found].path = pointer_take(path);
    return 0;
}

static int namespaces_parse(const struct reader *reader, const struct node *part, struct spec *spec)
{
    struct node list;
    int found = node_list(reader, part, "namespaces", &list);
    for (size_t at = 0; found > 0 && at < node_count(&list); at++) {
        struct node item = node_item(&list, at);
        if (namespace_parse(reader, &item, spec) < 0)
            return -1;
    }
    return found;
}

static int maps_parse(const struct reader *reader, const struct node *part, const char *key,
                      struct id_maps *maps)
{
    struct node list;
    int found = node_list(reader, part, key, &list);
    if (found > 0 && node_count(&list) > MAPS_MAX)
        return node_error(reader, &list, "has %zu lines, more than the %d that the kernel takes",
                          node_count(&list), MAPS_MAX);
    for (size_t at = 0; found > 0 && at < node_count(&list); at++) {
        struct node item = node_item(&list, at);
        int64_t inside = 0, outside = 0, count = 0;
        if (node_is_object(reader, &item) < 0 ||
            node_number(reader, &item, "containerID", 0, UINT32_MAX - 1, &inside) < 0 ||
            node_number(reader, &item, "hostID", 0, UINT32_MAX - 1, &outside) < 0 ||
            node_number(reader, &item, "size", 1, UINT32_MAX, &count) < 0)
            return -1;
        if (!count)
            return node_error(reader, &item, "has no size");
        array_grow(&maps->items, maps->count, &maps->capacity, sizeof(struct id_map));
        maps->items[maps->count++] = (struct id_map){
            .inside = (uint32_t)inside, .outside = (uint32_t)outside, .count = (uint32_t)count};
    }
    return found;
}

static int offset_parse(const struct reader *reader, const struct node *offsets, const char *key,
                        struct time_offset *offset)
{
    struct node one;
    int64_t seconds = 0, nanoseconds = 0;
    int found = node_object(reader, offsets, key, &one);
    if (found <= 0)
        return found;
    if (node_number(reader, &one, "secs", INT64_MIN + 1, INT64_MAX - 1, &seconds) < 0 ||
        node_number(reader, &one, "nanosecs", 0, 999999999, &nanoseconds) < 0)
        return -1;
    *offset = (struct time_offset){
        .given = true, .seconds = seconds, .nanoseconds = (uint32_t)nanoseconds};
    return 0;
}

static int offsets_parse(const struct reader *reader, const struct node *part, struct spec *spec)
{
    struct node offsets;
    int found = node_object(reader, part, "timeOffsets", &offsets);
    if (found <= 0)
        return found;
    if (offset_parse(reader, &offsets, "monotonic", &spec->monotonic) < 0)
        return -1;
    return offset_parse(reader, &offsets, "boottime", &spec->boottime);
}

/* ---- limits -------------------------------------------------------------------------------------------- */

/* -1 and 0 are no limit. swap is memory and swap together; where it is not said swap is free. */
static int memory_parse(const struct reader *reader, const struct node *resources,
                        struct limits *limits)
{
    struct node memory;
    int64_t limit = 0, swap = 0;
    int found = node_object(reader, resources, "memory", &memory);
    if (found <= 0)
        return found;
    if (node_number(reader, &memory, "limit", -1, INT64_MAX - 1, &limit) < 0 ||
        node_number(reader, &memory, "swap", -1, INT64_MAX - 1, &swap) < 0)
        return -1;
    if (limit <= 0 && swap > 0) {
        struct node child;
        (void)node_get(&memory, "swap", &child);
        return node_error(reader, &child,
                          "limits memory and swap together, and memory alone has "
                          "no limit");
    }
    if (limit <= 0)
        return 0;
    limits->memory_bytes = (uint64_t)limit;
    limits->swap_bytes = swap > 0 ? (uint64_t)(swap - limit) : UINT64_MAX;
    if (swap > 0 && swap < limit) {
        struct node child;
        (void)node_get(&memory, "swap", &child);
        return node_error(reader, &child, "is memory and swap together, and less than memory");
    }
    return 0;
}

static int cpu_parse(const struct reader *reader, const struct node *resources,
                     struct limits *limits)
{
    struct node cpu;
    int64_t quota = 0;
    uint64_t period = 0, shares = 0;
    int found = node_object(reader, resources, "cpu", &cpu);
    if (found <= 0)
        return found;
    if (node_number(reader, &cpu, "quota", -1, INT64_MAX - 1, &quota) < 0 ||
        node_unsigned(reader, &cpu, "period", &period) < 0 ||
        node_unsigned(reader, &cpu, "shares", &shares) < 0)
        return -1;
    limits->cpu_quota_us = quota > 0 ? (uint64_t)quota : 0;
    limits->cpu_period_us = period;
    if (!shares)
        return 0;
    shares = shares > SHARES_MOST ? SHARES_MOST : shares;
    uint64_t weight = (shares * 100 + SHARES_OF_WEIGHT / 2) / SHARES_OF_WEIGHT;
    limits->cpu_weight = weight < 1 ? 1 : weight > 10000 ? 10000 : weight;
    return 0;
}

int resources_parse(const struct reader *reader, const struct node *part, struct spec *spec)
{
    struct node resources, pids;
    int64_t processes = 0;
    int found = node_object(reader, part, "resources", &resources);
    if (found <= 0)
        return found;
    if (memory_parse(reader, &resources, &spec->limits) < 0 ||
        cpu_parse(reader, &resources, &spec->limits) < 0)
        return -1;
    found = node_object(reader, &resources, "pids", &pids);
    if (found > 0 && node_number(reader, &pids, "limit", -1, INT64_MAX - 1, &processes) < 0)
        return -1;
    if (processes > 0)
        spec->limits.processes = (uint64_t)processes;
    return found < 0 ? -1 : 0;
}

/* Ours is made below it. A name for systemd is none of a folder. */
static int cgroups_parse(const struct reader *reader, const struct node *part, struct spec *spec)
{
    _cleanup_free_ char *path = NULL;
    struct node node;
    if (node_string(reader, part, "cgroupsPath", &path) < 0)
        return -1;
    if (!path || !*path)
        return 0;
    (void)node_get(part, "cgroupsPath", &node);
    if (path[0] != '/' && strchr(path, ':')) {
        node_unsupported(reader, &node, "is not supported: systemd is not asked for a cgroup");
        return 0;
    }
    const char *relative = path + strspn(path, "/");
    if (!*relative)
        return 0;
    spec->cgroup = xstrdup(relative);
    return 0;
}

/* ---- what is closed -------------------------------------------------------------------------------------- */

static int seccomp_parse(const struct reader *reader, const struct node *part, struct spec *spec)
{
    struct node profile;
    int found = node_object(reader, part, "seccomp", &profile);
    if (found < 0)
        return -1;
    spec->seccomp =
        xstrdup(found ? json_object_to_json_string_ext(
                            profile.value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
                      : "");
    return 0;
}

static int sysctls_parse(const struct reader *reader, const struct node *part, struct spec *spec)
{
    struct node sysctls;
    int found = node_object(reader, part, "sysctl", &sysctls);
    if (found <= 0)
        return found;
    json_object_object_foreach(sysctls.value, key, value)
    {
        struct node node = {.up = &sysctls, .key = key, .value = value};
        const char *text = node_text(reader, &node);
        if (!text)
            return -1;
        if (!*key || strchr(key, '='))
            return node_error(reader, &node, "is no name of a sysctl");
        strings_addf(&spec->sysctls, "%s=%s", key, text);
    }
    return 0;
}

static int propagation_read(const struct reader *reader, const struct node *part, struct spec *spec)
{
    static const struct {
        const char *word;
        enum propagation propagation;
    } words[] = {
        {"private", PROPAGATION_PRIVATE}, {"rprivate", PROPAGATION_PRIVATE},
        {"slave", PROPAGATION_SLAVE},     {"rslave", PROPAGATION_SLAVE},
        {"shared", PROPAGATION_SHARED},   {"rshared", PROPAGATION_SHARED},
        {"", PROPAGATION_PRIVATE},
    };
    _cleanup_free_ char *text = NULL;
    char word[SHOWN_SIZE];
    struct node node;
    int found = node_string(reader, part, "rootfsPropagation", &text);
    if (found <= 0)
        return found;
    for (size_t at = 0; at < array_length(words); at++) {
        if (strcmp(words[at].word, text) == 0) {
            spec->propagation = words[at].propagation;
            return 0;
        }
    }
    (void)node_get(part, "rootfsPropagation", &node);
    if (!propagation_parse(text))
        return node_error(reader, &node, "is \"%s\", which is no propagation",
                          oci_shown(word, text));
    node_unsupported(reader, &node, "is \"%s\", which is not supported: it is private",
                     oci_shown(word, text));
    return 0;
}

static int personality_parse(const struct reader *reader, const struct node *part)
{
    struct node personality, node;
    _cleanup_free_ char *domain = NULL;
    char word[SHOWN_SIZE];
    int found = node_object(reader, part, "personality", &personality);
    if (found <= 0)
        return found;
    if (node_string(reader, &personality, "domain", &domain) < 0)
        return -1;
    if (!domain || !*domain || strcmp(domain, "LINUX") == 0)
        return 0;
    (void)node_get(&personality, "domain", &node);
    node_unsupported(reader, &node, "is %s, which is not supported: its personality is LINUX",
                     oci_shown(word, domain));
    return 0;
}

int linux_parse(const struct reader *reader, struct spec *spec)
{
    struct node part;
    int found = node_object(reader, &reader->root, "linux", &part);
    spec->no_grade_paths = true;
    if (found < 0)
        return -1;
    if (!found) {
        spec->seccomp = xstrdup("");
        return 0;
    }
    if (namespaces_parse(reader, &part, spec) < 0 ||
        maps_parse(reader, &part, "uidMappings", &spec->uid_map) < 0 ||
        maps_parse(reader, &part, "gidMappings", &spec->gid_map) < 0 ||
        offsets_parse(reader, &part, spec) < 0 || resources_parse(reader, &part, spec) < 0 ||
        cgroups_parse(reader, &part, spec) < 0 || seccomp_parse(reader, &part, spec) < 0 ||
        sysctls_parse(reader, &part, spec) < 0 || propagation_read(reader, &part, spec) < 0 ||
        personality_parse(reader, &part) < 0 ||
        node_strings(reader, &part, "maskedPaths", &spec->masked) < 0 ||
        node_strings(reader, &part, "readonlyPaths", &spec->read_only) < 0)
        return -1;
    return 0;
}
