/* The part `linux` of a config.json: namespaces, maps, limits, what is covered and filtered. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

#define SHARES_OF_WEIGHT 1024 /* of cgroup v1, for the weight 100 */

/* ---- namespaces ------------------------------------------------------------------------------ */

static char *target_path(const struct ns_target *target, enum ns_type type)
{
    if (target->path)
        return xstrdup(target->path);
    return xasprintf("/proc/%d/ns/%s", (int)target->pid, ns_types[type].name);
}

struct json_object *namespace_json(struct writer *writer, const struct spec *spec,
                                   enum ns_type type)
{
    struct json_object *one = json_object_new_object();
    json_add(one, "type", json_object_new_string(oci_types[type]));
    if (spec->shared & NS_BIT(type)) {
        _cleanup_free_ char *path = target_path(&spec->shares[type], type);
        json_add(one, "path", text_json(writer, "the namespace", path));
    }
    return one;
}

static struct json_object *namespaces_json(struct writer *writer, const struct spec *spec)
{
    struct json_object *list = json_object_new_array();
    for (size_t at = 0; at < NS_TYPES; at++) {
        if ((spec->namespaces | spec->shared) & NS_BIT(at))
            (void)json_object_array_add(list, namespace_json(writer, spec, (enum ns_type)at));
    }
    return list;
}

/* Without a map root in there is the caller. */
struct json_object *maps_json(const struct id_maps *maps, uint32_t own)
{
    const struct id_map single = {.outside = own, .count = 1};
    const struct id_map *items = maps->count ? maps->items : &single;
    struct json_object *list = json_object_new_array();
    for (size_t at = 0; at < (maps->count ? maps->count : 1); at++) {
        struct json_object *map = json_object_new_object();
        json_add(map, "containerID", json_object_new_int64(items[at].inside));
        json_add(map, "hostID", json_object_new_int64(items[at].outside));
        json_add(map, "size", json_object_new_int64(items[at].count));
        (void)json_object_array_add(list, map);
    }
    return list;
}

static struct json_object *offset_json(const struct time_offset *offset)
{
    if (!offset->given)
        return NULL;
    struct json_object *one = json_object_new_object();
    json_add(one, "secs", json_object_new_int64(offset->seconds));
    json_add(one, "nanosecs", json_object_new_int64(offset->nanoseconds));
    return one;
}

static struct json_object *offsets_json(const struct spec *spec)
{
    if (!spec->monotonic.given && !spec->boottime.given)
        return NULL;
    struct json_object *offsets = json_object_new_object();
    json_add(offsets, "monotonic", offset_json(&spec->monotonic));
    json_add(offsets, "boottime", offset_json(&spec->boottime));
    return offsets;
}

/* ---- limits ---------------------------------------------------------------------------------- */

static struct json_object *memory_json(const struct limits *limits)
{
    if (!limits->memory_bytes && !limits->swap_bytes)
        return NULL;
    struct json_object *memory = json_object_new_object();
    json_add(memory, "limit", json_object_new_int64((int64_t)limits->memory_bytes));
    if (limits->swap_bytes != UINT64_MAX) /* memory and swap together */
        json_add(memory, "swap",
                 json_object_new_int64((int64_t)(limits->memory_bytes + limits->swap_bytes)));
    return memory;
}

struct json_object *cpu_json(const struct spec *spec)
{
    const struct limits *limits = &spec->limits;
    if (!limits->cpu_quota_us && !limits->cpu_period_us && !limits->cpu_weight)
        return NULL;
    struct json_object *cpu = json_object_new_object();
    if (limits->cpu_quota_us)
        json_add(cpu, "quota", json_object_new_int64((int64_t)limits->cpu_quota_us));
    if (limits->cpu_period_us)
        json_add(cpu, "period", json_object_new_uint64(limits->cpu_period_us));
    if (limits->cpu_weight) {
        uint64_t shares = limits->cpu_weight * SHARES_OF_WEIGHT / 100;
        json_add(cpu, "shares", json_object_new_uint64(shares < 2 ? 2 : shares));
    }
    return cpu;
}

/* No node that lies in the root itself, or is made in there, can be opened. */
static struct json_object *device_rules_json(const struct spec *spec)
{
    if (!spec->root_no_devices && spec->grade != GRADE_WALLED)
        return NULL;
    struct json_object *list = json_object_new_array(), *rule = json_object_new_object();
    json_add(rule, "allow", json_object_new_boolean(false));
    json_add(rule, "access", json_object_new_string("rwm"));
    (void)json_object_array_add(list, rule);
    return list;
}

static struct json_object *resources_json(const struct spec *spec)
{
    struct json_object *resources = json_object_new_object();
    json_add(resources, "devices", device_rules_json(spec));
    json_add(resources, "memory", memory_json(&spec->limits));
    if (spec->limits.processes) {
        struct json_object *pids = json_object_new_object();
        json_add(pids, "limit", json_object_new_int64((int64_t)spec->limits.processes));
        json_add(resources, "pids", pids);
    }
    json_add(resources, "cpu", cpu_json(spec));
    if (json_object_object_length(resources) > 0)
        return resources;
    json_object_put(resources);
    return NULL;
}

/* Ours is made below the cgroup that a spec names; other programs take the path as it is. */
char *cgroups_path(const struct spec *spec)
{
    if (!spec->cgroup || !*spec->cgroup)
        return NULL;
    return xasprintf("/%s/%s", spec->cgroup + strspn(spec->cgroup, "/"),
                     spec->name ? spec->name : "box");
}

/* ---- what is closed -------------------------------------------------------------------------- */

/* The architectures of a profile of ours that this machine can run: runc refuses names that are newer
 * than itself, though they mean nothing here. */
static void architectures_trim(struct json_object *profile)
{
#if defined(__x86_64__) || defined(__i386__)
    static const char *const native[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
#elif defined(__aarch64__) || defined(__arm__)
    static const char *const native[] = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
#else
    static const char *const native[] = {"SCMP_ARCH_NATIVE"};
#endif
    struct json_object *list, *kept = json_object_new_array();
    if (!json_object_object_get_ex(profile, "architectures", &list) ||
        !json_object_is_type(list, json_type_array)) {
        json_object_put(kept);
        return;
    }
    for (size_t at = 0; at < json_object_array_length(list); at++) {
        struct json_object *item = json_object_array_get_idx(list, at);
        for (size_t other = 0; other < array_length(native); other++) {
            if (strcmp(json_object_get_string(item), native[other]) == 0)
                (void)json_object_array_add(kept, json_object_get(item));
        }
    }
    (void)json_object_object_add(profile, "architectures", kept);
}

struct json_object *seccomp_json(struct writer *writer, const struct spec *spec)
{
    _cleanup_free_ char *text = NULL;
    struct err err = {0};
    if (spec_seccomp(spec, &text, &err) < 0 && !writer->bad) {
        writer->bad = true;
        if (writer->err)
            *writer->err = err;
    }
    struct json_object *profile = text ? json_tokener_parse(text) : NULL;
    if (text && !profile && !writer->bad) {
        writer->bad = true;
        (void)err_set(writer->err, 0, "cannot be written as JSON: its seccomp profile is no JSON");
    }
    if (profile && !spec->seccomp)
        architectures_trim(profile);
    return profile;
}

static struct json_object *paths_json(struct writer *writer, const struct spec *spec, bool masked)
{
    _cleanup_strings_ struct strings covered = {0}, read_only = {0};
    spec_paths(spec, &covered, &read_only);
    const struct strings *list = masked ? &covered : &read_only;
    return list->count ? texts_json(writer, "the path", list) : NULL;
}

struct json_object *masked_json(struct writer *writer, const struct spec *spec)
{
    return paths_json(writer, spec, true);
}

struct json_object *read_only_json(struct writer *writer, const struct spec *spec)
{
    return paths_json(writer, spec, false);
}

static struct json_object *sysctls_json(struct writer *writer, const struct spec *spec)
{
    if (!spec->sysctls.count)
        return NULL;
    struct json_object *sysctls = json_object_new_object();
    for (size_t at = 0; at < spec->sysctls.count; at++) {
        const char *item = spec->sysctls.items[at], *equals = strchr(item, '=');
        _cleanup_free_ char *name = xstrndup(item, equals ? (size_t)(equals - item) : strlen(item));
        struct json_object *value = text_json(writer, "the sysctl", item);
        json_object_put(value);
        json_add(sysctls, name, json_object_new_string(equals ? equals + 1 : ""));
    }
    return sysctls;
}

/* ---- the part -------------------------------------------------------------------------------- */

struct json_object *linux_json(struct writer *writer, const struct spec *spec)
{
    static const char *const propagations[] = {
        [PROPAGATION_PRIVATE] = "rprivate",
        [PROPAGATION_SLAVE] = "rslave",
        [PROPAGATION_SHARED] = "rshared",
    };
    struct json_object *part = json_object_new_object();
    _cleanup_free_ char *path = cgroups_path(spec);
    json_add(part, "namespaces", namespaces_json(writer, spec));
    bool mapped = spec->namespaces & NS_BIT(NS_USER);
    if (mapped || spec->uid_map.count)
        json_add(part, "uidMappings", maps_json(&spec->uid_map, geteuid()));
    if (mapped || spec->gid_map.count)
        json_add(part, "gidMappings", maps_json(&spec->gid_map, getegid()));
    json_add(part, "timeOffsets", offsets_json(spec));
    if (path)
        json_add(part, "cgroupsPath", text_json(writer, "the cgroup", path));
    json_add(part, "resources", resources_json(spec));
    json_add(part, "seccomp", seccomp_json(writer, spec));
    json_add(part, "sysctl", sysctls_json(writer, spec));
    json_add(part, "maskedPaths", masked_json(writer, spec));
    json_add(part, "readonlyPaths", read_only_json(writer, spec));
    json_add(part, "rootfsPropagation", json_object_new_string(propagations[spec->propagation]));
    return part;
}
