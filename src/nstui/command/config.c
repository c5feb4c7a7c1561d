/* A spec as an OCI runtime config.json, as it is kept beside a detached session. Called before the
 * session starts. Words that are no UTF-8 cannot be in JSON: then there is none. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

#define OCI_VERSION "1.0.2"

/* How the OCI runtime specification calls the eight types. */
static const char *const oci_types[NS_TYPES] = {
    [NS_MNT] = "mount",   [NS_UTS] = "uts",   [NS_IPC] = "ipc",       [NS_PID] = "pid",
    [NS_NET] = "network", [NS_USER] = "user", [NS_CGROUP] = "cgroup", [NS_TIME] = "time",
};

static bool text_is_utf8(const char *text)
{
    for (size_t at = 0, length = strlen(text); at < length;) {
        uint32_t code;
        size_t bytes = text_decode_utf8(text + at, length - at, &code);
        if (!bytes)
            return false;
        at += bytes;
    }
    return true;
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
    (void)json_object_object_add(object, key, value);
}

/* An array of strings; *good becomes false where one is no text. */
static struct json_object *strings_json(const struct strings *strings, bool *good)
{
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; i < strings->count; i++) {
        *good = *good && text_is_utf8(strings->items[i]);
        (void)json_object_array_add(array, json_object_new_string(strings->items[i]));
    }
    return array;
}

static struct json_object *process_json(const struct spec *spec, bool *good)
{
    struct json_object *process = json_object_new_object();
    _cleanup_strings_ struct strings environment = {0};
    engine_environment(&spec->env, &environment);
    *good = *good && (!spec->cwd || text_is_utf8(spec->cwd));
    add(process, "terminal", json_object_new_boolean(spec->terminal));
    add(process, "args", strings_json(&spec->argv, good));
    add(process, "env", strings_json(&environment, good));
    add(process, "cwd", json_object_new_string(spec->cwd ? spec->cwd : "/"));
    return process;
}

/* A mount of a kind of its own, or a bind; null for what OCI has no word for. */
static struct json_object *mount_json(const struct layout_entry *entry, bool *good)
{
    static const char *const types[] = {
        [LAYOUT_BIND] = "bind",   [LAYOUT_PROC] = "proc", [LAYOUT_DEVPTS] = "devpts",
        [LAYOUT_TMPFS] = "tmpfs", [LAYOUT_DIR] = NULL,    [LAYOUT_LINK] = NULL,
    };
    const char *type = types[entry->kind];
    if (!type)
        return NULL;
    struct json_object *mount = json_object_new_object();
    *good = *good && text_is_utf8(entry->target) && (!entry->source || text_is_utf8(entry->source));
    add(mount, "destination", json_object_new_string(entry->target));
    add(mount, "type", json_object_new_string(type));
    add(mount, "source", json_object_new_string(entry->kind == LAYOUT_BIND ? entry->source : type));
    if (entry->kind == LAYOUT_BIND) {
        struct json_object *options = json_object_new_array();
        (void)json_object_array_add(options, json_object_new_string("rbind"));
        if (entry->read_only)
            (void)json_object_array_add(options, json_object_new_string("ro"));
        add(mount, "options", options);
    }
    return mount;
}

static void linux_add(struct json_object *root, const struct spec *spec)
{
    struct json_object *linux_part = json_object_new_object(), *list = json_object_new_array();
    for (size_t i = 0; i < NS_TYPES; i++) {
        if (!(spec->namespaces & NS_BIT(i)))
            continue;
        struct json_object *one = json_object_new_object();
        add(one, "type", json_object_new_string(oci_types[i]));
        (void)json_object_array_add(list, one);
    }
    add(linux_part, "namespaces", list);
    add(root, "linux", linux_part);
}

char *config_format(const struct spec *spec)
{
    bool good = true;
    struct json_object *root = json_object_new_object(), *mounts = json_object_new_array();
    add(root, "ociVersion", json_object_new_string(OCI_VERSION));
    add(root, "process", process_json(spec, &good));
    const char *path = spec->root ? spec->root : "/";
    good = good && text_is_utf8(path);
    struct json_object *root_part = json_object_new_object();
    add(root_part, "path", json_object_new_string(path));
    add(root, "root", root_part);
    if (spec->hostname)
        add(root, "hostname", json_object_new_string(spec->hostname));
    for (size_t i = 0; i < spec->layout.count; i++) {
        struct json_object *mount = mount_json(&spec->layout.entries[i], &good);
        if (mount)
            (void)json_object_array_add(mounts, mount);
    }
    add(root, "mounts", mounts);
    linux_add(root, spec);
    char *text = good ? xstrdup(json_object_to_json_string_ext(
                            root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE))
                      : NULL;
    json_object_put(root);
    return text;
}
