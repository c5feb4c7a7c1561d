/* The annotations that say how a part of the document came about: from the grade, from what nstui does
 * by itself, from a name. Each is tried in the spec; where the part does not come out as the document
 * has it, the spec is put back. Called last, when the document itself has been read. */
#include <stdlib.h>
#include <string.h>

#include "private.h"

#define _cleanup_json_ __attribute__((cleanup(json_drop)))
static void json_drop(struct json_object **value)
{
    json_object_put(*value);
}

static bool says(const struct reader *reader, const char *name, const char *wanted)
{
    struct node node;
    const char *text = annotation_find(reader, name, &node);
    return text && strcmp(text, wanted) == 0;
}

/* ---- capabilities, seccomp, no_new_privs ------------------------------------------------------- */

static int capabilities_read(const struct reader *reader, struct spec *spec)
{
    struct node node;
    const char *text = annotation_find(reader, "capabilities", &node);
    if (!text)
        return 0;
    struct capability_sets before = spec->capabilities;
    _cleanup_free_ char *copy = xstrdup(text);
    char *rest = NULL;
    bool of_grade = false;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        uint64_t *bits = word[0] == '+'   ? &spec->capabilities_added
                         : word[0] == '-' ? &spec->capabilities_dropped
                                          : NULL;
        of_grade |= strcmp(word, "grade") == 0;
        if (bits && capability_parse(word + 1, bits, reader->err) < 0)
            return err_prefix(reader->err,
                              "config.json: the annotation " ANNOTATION "capabilities");
    }
    if (!of_grade)
        return 0;
    spec->capabilities = (struct capability_sets){0};
    if (part_is_same(reader, "process", "capabilities", capabilities_json(spec)))
        return 0;
    spec->capabilities = before;
    part_differs(reader, "capabilities", "process.capabilities");
    return 0;
}

static int seccomp_read(const struct reader *reader, struct spec *spec)
{
    struct writer writer = {0};
    if (!says(reader, "seccomp", "grade"))
        return 0;
    char *before = pointer_take(spec->seccomp);
    if (part_is_same(reader, "linux", "seccomp", seccomp_json(&writer, spec))) {
        free(before);
        return 0;
    }
    spec->seccomp = before;
    part_differs(reader, "seccomp", "linux.seccomp");
    return 0;
}

static int privileges_read(const struct reader *reader, struct spec *spec)
{
    bool before = spec->no_new_privs;
    if (!says(reader, "no-new-privs", "grade"))
        return 0;
    spec->no_new_privs = false;
    if (spec_no_new_privs(spec) == before)
        return 0;
    spec->no_new_privs = before;
    part_differs(reader, "no-new-privs", "process.noNewPrivileges");
    return 0;
}

/* ---- who it is, its environment ------------------------------------------------------------------ */

static int identity_read(const struct reader *reader, struct spec *spec)
{
    _cleanup_json_ struct json_object *value = NULL;
    struct writer writer = {0};
    int64_t uid = 0, gid = 0;
    int found = annotation_json(reader, "identity", json_type_object, &value);
    if (found <= 0)
        return found;
    struct identity before = spec->identity, *identity = &spec->identity;
    struct node node = {.up = &reader->root, .key = ANNOTATION "identity", .value = value};
    if (node_bool(reader, &node, "given", &identity->given) < 0 ||
        node_string(reader, &node, "user", &identity->user) < 0 ||
        node_string(reader, &node, "group", &identity->group) < 0 ||
        node_number(reader, &node, "uid", 0, UINT32_MAX - 1, &uid) < 0 ||
        node_number(reader, &node, "gid", 0, UINT32_MAX - 1, &gid) < 0)
        return -1;
    identity->uid = (uid_t)uid;
    identity->gid = (gid_t)gid;
    if (part_is_same(reader, "process", "user", user_json(&writer, spec)))
        return 0;
    free(identity->user);
    free(identity->group);
    spec->identity = before;
    part_differs(reader, "identity", "process.user");
    return 0;
}

static int list_read(const struct reader *reader, const char *name, struct strings *list)
{
    _cleanup_json_ struct json_object *value = NULL;
    int found = annotation_json(reader, name, json_type_array, &value);
    struct json_object *around = json_object_new_object();
    if (found > 0) {
        json_add(around, name, json_object_get(value));
        struct node node = {.up = &reader->root, .key = ANNOTATION, .value = around};
        found = node_strings(reader, &node, name, list) < 0 ? -1 : 1;
    }
    json_object_put(around);
    return found;
}

static int env_read(const struct reader *reader, struct spec *spec)
{
    struct writer writer = {0};
    struct strings list = {0}, before = spec->env;
    int found = list_read(reader, "env", &list);
    if (found <= 0) {
        strings_free(&list);
        return found;
    }
    spec->env = list;
    spec->env_exact = false;
    if (part_is_same(reader, "process", "env", env_json(&writer, spec))) {
        strings_free(&before);
        return 0;
    }
    strings_free(
        &spec->env); /* also where another LANG is usual by now: what it had is what it gets */
    spec->env = before;
    spec->env_exact = true;
    return 0;
}

/* ---- paths, devices ------------------------------------------------------------------------------ */

static int paths_read(const struct reader *reader, struct spec *spec)
{
    struct writer writer = {0};
    struct node node;
    struct strings masked = {0}, read_only = {0};
    struct strings masked_before = spec->masked, read_only_before = spec->read_only;
    if (!annotation_find(reader, "paths", &node))
        return 0;
    if (list_read(reader, "masked", &masked) < 0 || list_read(reader, "readonly", &read_only) < 0) {
        strings_free(&masked);
        strings_free(&read_only);
        return -1;
    }
    spec->masked = masked;
    spec->read_only = read_only;
    spec->no_grade_paths = says(reader, "paths", "own");
    bool same = part_is_same(reader, "linux", "maskedPaths", masked_json(&writer, spec));
    same = part_is_same(reader, "linux", "readonlyPaths", read_only_json(&writer, spec)) && same;
    if (same) {
        strings_free(&masked_before);
        strings_free(&read_only_before);
        return 0;
    }
    strings_free(&spec->masked);
    strings_free(&spec->read_only);
    spec->masked = masked_before;
    spec->read_only = read_only_before;
    spec->no_grade_paths = true;
    part_differs(reader, "paths", "linux.maskedPaths or linux.readonlyPaths");
    return 0;
}

/* ---- what is said by leaving it out -------------------------------------------------------------- */

static int defaults_read(const struct reader *reader, struct spec *spec)
{
    if (says(reader, "cwd", "none") && spec->cwd && strcmp(spec->cwd, "/") == 0) {
        free(spec->cwd);
        spec->cwd = NULL;
    }
    if (says(reader, "command", "none") && spec->argv.count == 1 &&
        strcmp(spec->argv.items[0], "/bin/sh") == 0)
        strings_free(&spec->argv);
    static const struct id_maps none = {0};
    const struct {
        const char *name, *part;
        struct id_maps *maps;
    } maps[] = {
        {"uid-map", "uidMappings", &spec->uid_map},
        {"gid-map", "gidMappings", &spec->gid_map},
    };
    for (size_t at = 0; at < array_length(maps); at++) {
        uint32_t own = maps[at].maps->count ? maps[at].maps->items[0].outside : 0;
        if (says(reader, maps[at].name, "none") && maps[at].maps->count &&
            part_is_same(reader, "linux", maps[at].part, maps_json(&none, own))) {
            free(maps[at].maps->items);
            *maps[at].maps = (struct id_maps){0};
        }
    }
    return 0;
}

static int limits_read(const struct reader *reader, struct spec *spec)
{
    struct node node, linux_part, resources;
    int64_t weight;
    const char *text = annotation_find(reader, "cpu-weight", &node);
    uint64_t before = spec->limits.cpu_weight;
    if (text && number_parse(text, 1, 10000, &weight) &&
        node_get(&reader->root, "linux", &linux_part) &&
        node_get(&linux_part, "resources", &resources)) {
        struct reader inner = *reader;
        inner.root = linux_part;
        spec->limits.cpu_weight = (uint64_t)weight;
        if (!part_is_same(&inner, "resources", "cpu", cpu_json(spec))) {
            spec->limits.cpu_weight = before;
            part_differs(reader, "cpu-weight", "linux.resources.cpu");
        }
    }
    text = annotation_find(reader, "cgroup", &node);
    if (!text)
        return 0;
    char *path_before = spec->cgroup;
    spec->cgroup = xstrdup(text);
    _cleanup_free_ char *path = cgroups_path(spec);
    if (part_is_same(reader, "linux", "cgroupsPath", path ? json_object_new_string(path) : NULL)) {
        free(path_before);
        return 0;
    }
    free(spec->cgroup);
    spec->cgroup = path_before;
    part_differs(reader, "cgroup", "linux.cgroupsPath");
    return 0;
}

/* ---- namespaces that are entered ----------------------------------------------------------------- */

static int share_read(const struct reader *reader, struct spec *spec, enum ns_type type)
{
    _cleanup_json_ struct json_object *value = NULL;
    _cleanup_free_ char *name = xasprintf("share.%s", oci_types[type]), *path = NULL, *words = NULL;
    int64_t pid = 0;
    uint64_t start = 0;
    struct ns_target *target = &spec->shares[type];
    if (!(spec->shared & NS_BIT(type)))
        return 0;
    int found = annotation_json(reader, name, json_type_object, &value);
    if (found <= 0)
        return found;
    struct node node = {.up = &reader->root, .key = ANNOTATION "share", .value = value};
    if (node_number(reader, &node, "pid", 0, INT32_MAX, &pid) < 0 ||
        node_unsigned(reader, &node, "start", &start) < 0 ||
        node_string(reader, &node, "path", &path) < 0 ||
        node_string(reader, &node, "words", &words) < 0)
        return -1;
    _cleanup_free_ char *said =
        path ? xstrdup(path) : xasprintf("/proc/%d/ns/%s", (int)pid, ns_types[type].name);
    if (!target->path || strcmp(said, target->path) != 0) {
        part_differs(reader, name, "linux.namespaces");
        return 0;
    }
    free(target->path);
    free(target->words);
    *target = (struct ns_target){.pid = (pid_t)pid,
                                 .start_time = start,
                                 .path = pointer_take(path),
                                 .words = pointer_take(words)};
    return 0;
}

int annotations_resolve(const struct reader *reader, struct spec *spec)
{
    static int (*const parts[])(const struct reader *, struct spec *) = {
        identity_read, capabilities_read, seccomp_read,  privileges_read,
        env_read,      paths_read,        defaults_read, limits_read,
    };
    for (size_t at = 0; at < array_length(parts); at++) {
        if (parts[at](reader, spec) < 0)
            return -1;
    }
    for (size_t at = 0; at < NS_TYPES; at++) {
        if (share_read(reader, spec, (enum ns_type)at) < 0)
            return -1;
    }
    return 0;
}
