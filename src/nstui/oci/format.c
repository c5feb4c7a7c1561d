/* A spec as a config.json: the document as a whole, and its process. Called for what is kept of a
 * session and for export. Writes out what a grade means, so that crun and runc do what nstui does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "private.h"

#define NOBODY 65534 /* who is known by a name alone: other programs must not make him root */

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
    if (value)
        (void)json_object_object_add(object, key, value);
}

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

struct json_object *text_json(struct writer *writer, const char *what, const char *text)
{
    char word[SHOWN_SIZE];
    if (!text_is_utf8(text) && !writer->bad) {
        writer->bad = true;
        (void)err_set(writer->err, 0, "cannot be written as JSON: %s \"%s\" is no UTF-8", what,
                      oci_shown(word, text));
    }
    return json_object_new_string(text);
}

struct json_object *texts_json(struct writer *writer, const char *what, const struct strings *texts)
{
    struct json_object *list = json_object_new_array();
    for (size_t at = 0; at < texts->count; at++)
        (void)json_object_array_add(list, text_json(writer, what, texts->items[at]));
    return list;
}

/* ---- process -------------------------------------------------------------------------------- */

/* A name can be looked up in the root alone, when it is laid out. */
static uint32_t id_of(const char *name, uint32_t number)
{
    int64_t parsed;
    if (!name)
        return number;
    return number_parse(name, 0, UINT32_MAX - 1, &parsed) ? (uint32_t)parsed : NOBODY;
}

struct json_object *user_json(struct writer *writer, const struct spec *spec)
{
    (void)writer;
    const struct identity *identity = &spec->identity;
    struct json_object *user = json_object_new_object();
    uint32_t uid = identity->given ? id_of(identity->user, identity->uid) : 0;
    uint32_t gid = identity->given ? id_of(identity->group, identity->gid) : 0;
    if (identity->given && uid == NOBODY && identity->user && !identity->group)
        gid = NOBODY;
    json_add(user, "uid", json_object_new_int64(uid));
    json_add(user, "gid", json_object_new_int64(gid));
    if (spec->umask_given)
        json_add(user, "umask", json_object_new_int64(spec->umask));
    if (identity->given && identity->group_count) {
        struct json_object *groups = json_object_new_array();
        for (size_t at = 0; at < identity->group_count; at++)
            (void)json_object_array_add(groups, json_object_new_int64(identity->groups[at]));
        json_add(user, "additionalGids", groups);
    }
    return user;
}

struct json_object *env_json(struct writer *writer, const struct spec *spec)
{
    _cleanup_strings_ struct strings environment = {0};
    if (spec->env_exact)
        return texts_json(writer, "the variable", &spec->env);
    engine_environment(&spec->env, &environment);
    return texts_json(writer, "the variable", &environment);
}

/* What a grade means is what this host has of it: runc refuses to give more than it has itself. In a
 * user namespace of its own all are there. */
static bool is_there(const struct spec *spec, unsigned capability)
{
    return spec->capabilities.given || (spec->namespaces & NS_BIT(NS_USER)) ||
           prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
}

static struct json_object *set_json(const struct spec *spec, uint64_t bits)
{
    struct json_object *list = json_object_new_array();
    for (unsigned at = 0; capability_name(at); at++) {
        if ((bits & (UINT64_C(1) << at)) && is_there(spec, at))
            (void)json_object_array_add(list, json_object_new_string(capability_name(at)));
    }
    return list;
}

struct json_object *capabilities_json(const struct spec *spec)
{
    struct capability_sets sets = {0};
    struct json_object *capabilities = json_object_new_object();
    spec_capabilities(spec, &sets);
    json_add(capabilities, "bounding", set_json(spec, sets.bounding));
    json_add(capabilities, "effective", set_json(spec, sets.effective));
    json_add(capabilities, "permitted", set_json(spec, sets.permitted));
    json_add(capabilities, "inheritable", set_json(spec, sets.inheritable));
    json_add(capabilities, "ambient", set_json(spec, sets.ambient));
    return capabilities;
}

static struct json_object *rlimits_json(const struct spec *spec)
{
    if (!spec->rlimits.count)
        return NULL;
    struct json_object *list = json_object_new_array();
    for (size_t at = 0; at < spec->rlimits.count; at++) {
        const struct rlimit_entry *entry = &spec->rlimits.items[at];
        struct json_object *limit = json_object_new_object();
        _cleanup_free_ char *name = xasprintf("RLIMIT_%s", rlimit_name(entry->resource));
        for (char *letter = name; *letter; letter++)
            *letter = (char)(*letter >= 'a' && *letter <= 'z' ? *letter - 'a' + 'A' : *letter);
        json_add(limit, "type", json_object_new_string(name));
        json_add(limit, "hard", json_object_new_uint64(entry->hard));
        json_add(limit, "soft", json_object_new_uint64(entry->soft));
        (void)json_object_array_add(list, limit);
    }
    return list;
}

/* Other programs want a command in any case. */
static struct json_object *args_json(struct writer *writer, const struct spec *spec)
{
    _cleanup_strings_ struct strings shell = {0};
    if (spec->argv.count)
        return texts_json(writer, "the argument", &spec->argv);
    strings_add(&shell, "/bin/sh");
    return texts_json(writer, "the argument", &shell);
}

struct json_object *process_json(struct writer *writer, const struct spec *spec)
{
    struct json_object *process = json_object_new_object();
    json_add(process, "terminal", json_object_new_boolean(spec->terminal));
    if (spec->columns && spec->rows) {
        struct json_object *size = json_object_new_object();
        json_add(size, "height", json_object_new_int(spec->rows));
        json_add(size, "width", json_object_new_int(spec->columns));
        json_add(process, "consoleSize", size);
    }
    json_add(process, "user", user_json(writer, spec));
    json_add(process, "args", args_json(writer, spec));
    json_add(process, "env", env_json(writer, spec));
    json_add(process, "cwd",
             text_json(writer, "the working directory", spec->cwd ? spec->cwd : "/"));
    json_add(process, "capabilities", capabilities_json(spec));
    json_add(process, "rlimits", rlimits_json(spec));
    json_add(process, "noNewPrivileges", json_object_new_boolean(spec_no_new_privs(spec)));
    if (spec->oom_score)
        json_add(process, "oomScoreAdj", json_object_new_int(spec->oom_score));
    return process;
}

/* ---- the whole ------------------------------------------------------------------------------ */

char *oci_format(const struct spec *spec, struct err *err)
{
    struct writer writer = {.err = err};
    struct json_object *document = json_object_new_object(), *root = json_object_new_object();
    json_add(document, "ociVersion", json_object_new_string(OCI_VERSION));
    json_add(document, "process", process_json(&writer, spec));
    json_add(root, "path", text_json(&writer, "the root", spec->root ? spec->root : "/"));
    if (spec->root_read_only)
        json_add(root, "readonly", json_object_new_boolean(true));
    json_add(document, "root", root);
    if (spec->hostname)
        json_add(document, "hostname", text_json(&writer, "the hostname", spec->hostname));
    if (spec->domainname)
        json_add(document, "domainname", text_json(&writer, "the domain name", spec->domainname));
    json_add(document, "mounts", mounts_json(&writer, spec));
    json_add(document, "linux", linux_json(&writer, spec));
    json_add(document, "annotations", annotations_json(&writer, spec));
    char *text = writer.bad
                     ? NULL
                     : xstrdup(json_object_to_json_string_ext(
                           document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(document);
    return text;
}
