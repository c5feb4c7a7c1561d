/* What the runtime specification has no word for, as annotations io.nstui.NAME of a config.json. Some
 * stand for themselves; the others say how a part of the document came about (from a grade, from a
 * layout), and annotations_read.c takes them only where that part is still the same. */
#include <stdlib.h>
#include <string.h>

#include "private.h"

const char *const layout_kind_words[] = {
    [LAYOUT_BIND] = "bind",   [LAYOUT_PROC] = "proc", [LAYOUT_DEVPTS] = "devpts",
    [LAYOUT_TMPFS] = "tmpfs", [LAYOUT_DIR] = "dir",   [LAYOUT_LINK] = "link",
    [LAYOUT_MOUNT] = "mount",
};
const size_t layout_kinds = array_length(layout_kind_words);

const char *const grade_words[3] = {
    [GRADE_LAB] = "lab", [GRADE_PRIVILEGED] = "privileged", [GRADE_WALLED] = "walled"};

/* ---- helpers --------------------------------------------------------------------------------- */

static void note(struct json_object *notes, const char *name, const char *text)
{
    _cleanup_free_ char *key = xasprintf(ANNOTATION "%s", name);
    json_add(notes, key, json_object_new_string(text));
}

/* A value of JSON as the text of an annotation; takes it. */
static void note_json(struct json_object *notes, const char *name, struct json_object *value)
{
    note(notes, name,
         json_object_to_json_string_ext(value,
                                        JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(value);
}

static void number_add(struct json_object *object, const char *key, uint64_t number)
{
    if (number)
        json_add(object, key, json_object_new_uint64(number));
}

static void string_add(struct writer *writer, struct json_object *object, const char *key,
                       const char *text)
{
    if (text)
        json_add(object, key, text_json(writer, "the word", text));
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void flags_note(struct json_object *notes, const struct spec *spec)
{
    _cleanup_text_ struct text text = {0};
    for (size_t at = 0; at < flag_words_count; at++) {
        if (*(const bool *)((const char *)spec + flag_words[at].offset))
            text_addf(&text, "%s%s", text.length ? " " : "", flag_words[at].word);
    }
    if (text.length)
        note(notes, "flags", text.data);
}

static void omit_note(struct json_object *notes, const struct spec *spec)
{
    _cleanup_text_ struct text text = {0};
    for (size_t at = 0; at < omit_words_count; at++) {
        if (spec->omit & (1u << at))
            text_addf(&text, "%s%s", text.length ? " " : "", omit_words[at]);
    }
    if (text.length)
        note(notes, "omit", text.data);
}

static void bits_add(struct text *text, char sign, uint64_t bits)
{
    if (bits == UINT64_MAX) {
        text_addf(text, " %cALL", sign);
        return;
    }
    for (unsigned at = 0; capability_name(at); at++) {
        if (bits & (UINT64_C(1) << at))
            text_addf(text, " %c%s", sign, capability_name(at));
    }
}

static void rights_note(struct writer *writer, struct json_object *notes, const struct spec *spec)
{
    _cleanup_text_ struct text text = {0};
    const struct identity *identity = &spec->identity;
    text_add(&text, spec->capabilities.given ? "" : "grade");
    bits_add(&text, '+', spec->capabilities_added);
    bits_add(&text, '-', spec->capabilities_dropped);
    note(notes, "grade", grade_words[spec->grade]);
    if (text.length)
        note(notes, "capabilities", text.data);
    if (!spec->no_new_privs)
        note(notes, "no-new-privs", "grade");
    if (!spec->seccomp)
        note(notes, "seccomp", "grade");
    if (identity->given && !identity->user && !identity->group)
        return;
    struct json_object *who = json_object_new_object();
    json_add(who, "given", json_object_new_boolean(identity->given));
    string_add(writer, who, "user", identity->user);
    string_add(writer, who, "group", identity->group);
    number_add(who, "uid", identity->uid);
    number_add(who, "gid", identity->gid);
    note_json(notes, "identity", who);
}

static void paths_note(struct writer *writer, struct json_object *notes, const struct spec *spec)
{
    note(notes, "paths", spec->no_grade_paths ? "own" : "grade");
    if (spec->masked.count)
        note_json(notes, "masked", texts_json(writer, "the path", &spec->masked));
    if (spec->read_only.count)
        note_json(notes, "readonly", texts_json(writer, "the path", &spec->read_only));
    if (spec->root_no_devices)
        note(notes, "devices", "none-in-root");
}

static struct json_object *entry_json(struct writer *writer, const struct layout_entry *entry)
{
    struct json_object *one = json_object_new_object();
    json_add(one, "kind", json_object_new_string(layout_kind_words[entry->kind]));
    string_add(writer, one, "target", entry->target);
    string_add(writer, one, "source", entry->source);
    string_add(writer, one, "type", entry->type);
    string_add(writer, one, "options", entry->options);
    number_add(one, "directory", entry->directory);
    number_add(one, "readonly", entry->read_only);
    number_add(one, "optional", entry->optional);
    number_add(one, "shallow", entry->shallow);
    number_add(one, "mode", entry->mode);
    number_add(one, "flags", entry->flags);
    number_add(one, "propagation", entry->propagation);
    number_add(one, "line", entry->line);
    return one;
}

static void layout_note(struct writer *writer, struct json_object *notes, const struct spec *spec)
{
    const struct layout *layout = &spec->layout;
    struct json_object *note_object = json_object_new_object(), *list = json_object_new_array();
    string_add(writer, note_object, "name", layout->name);
    for (size_t at = 0; at < layout->count; at++)
        (void)json_object_array_add(list, entry_json(writer, &layout->entries[at]));
    json_add(note_object, "entries", list);
    note_json(notes, "layout", note_object);
}

static void shares_note(struct writer *writer, struct json_object *notes, const struct spec *spec)
{
    for (size_t at = 0; at < NS_TYPES; at++) {
        const struct ns_target *target = &spec->shares[at];
        if (!(spec->shared & NS_BIT(at)))
            continue;
        struct json_object *one = json_object_new_object();
        number_add(one, "pid", target->pid > 0 ? (uint64_t)target->pid : 0);
        number_add(one, "start", target->start_time);
        string_add(writer, one, "path", target->path);
        string_add(writer, one, "words", target->words);
        _cleanup_free_ char *name = xasprintf("share.%s", oci_types[at]);
        note_json(notes, name, one);
    }
}

static void network_note(struct writer *writer, struct json_object *notes, const struct spec *spec)
{
    const struct network *network = &spec->network;
    if (network->kind == NETWORK_AS_IS && !network->bridge && !network->address &&
        !network->gateway)
        return;
    struct json_object *one = json_object_new_object();
    json_add(one, "kind",
             json_object_new_string(network->kind == NETWORK_BRIDGE ? "bridge" : "none"));
    string_add(writer, one, "bridge", network->bridge);
    string_add(writer, one, "address", network->address);
    string_add(writer, one, "gateway", network->gateway);
    note_json(notes, "network", one);
}

static void defaults_note(struct json_object *notes, const struct spec *spec)
{
    bool mapped = spec->namespaces & NS_BIT(NS_USER);
    static const char *const enters[] = {
        [ENTER_NONE] = "none", [ENTER_CHROOT] = "chroot", [ENTER_PIVOT] = "pivot"};
    note(notes, "enter", enters[spec->enter]);
    if (!spec->root)
        note(notes, "root", "host");
    if (!spec->cwd)
        note(notes, "cwd", "none");
    if (!spec->argv.count)
        note(notes, "command", "none");
    if (mapped && !spec->uid_map.count)
        note(notes, "uid-map", "none");
    if (mapped && !spec->gid_map.count)
        note(notes, "gid-map", "none");
    if (spec->limits.cpu_weight) {
        _cleanup_free_ char *weight =
            xasprintf("%llu", (unsigned long long)spec->limits.cpu_weight);
        note(notes, "cpu-weight", weight);
    }
}

struct json_object *annotations_json(struct writer *writer, const struct spec *spec)
{
    struct json_object *notes = json_object_new_object();
    note(notes, "version", "1");
    if (spec->name)
        json_add(notes, ANNOTATION "name", text_json(writer, "the name", spec->name));
    flags_note(notes, spec);
    omit_note(notes, spec);
    defaults_note(notes, spec);
    rights_note(writer, notes, spec);
    paths_note(writer, notes, spec);
    if (!spec->env_exact)
        note_json(notes, "env", texts_json(writer, "the variable", &spec->env));
    if (spec->cgroup)
        json_add(notes, ANNOTATION "cgroup", text_json(writer, "the cgroup", spec->cgroup));
    network_note(writer, notes, spec);
    shares_note(writer, notes, spec);
    layout_note(writer, notes, spec);
    return notes;
}
