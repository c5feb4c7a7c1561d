/* The annotations io.nstui.* of a config.json. Those that say how a part of the document came about
 * are tried: written anew by the same functions that wrote it, the part must come out as it stands in
 * the document. Else the document has been changed since, and it wins: the annotation is named and
 * passed over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "private.h"

static const char *const names[] = {
    "version", "name",         "flags",   "omit",    "enter",      "root",
    "cwd",     "command",      "uid-map", "gid-map", "cpu-weight", "grade",
    "seccomp", "capabilities", "env",     "paths",   "masked",     "readonly",
    "devices", "cgroup",       "network", "layout",  "identity",   "no-new-privs",
};

const char *annotation_find(const struct reader *reader, const char *name, struct node *node)
{
    struct json_object *value;
    char key[64];
    (void)snprintf(key, sizeof(key), ANNOTATION "%s", name);
    *node = (struct node){.up = &reader->notes, .key = name};
    if (!json_object_object_get_ex(reader->notes.value, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return NULL;
    node->value = value;
    return json_object_get_string(value);
}

static bool says(const struct reader *reader, const char *name, const char *wanted)
{
    struct node node;
    const char *text = annotation_find(reader, name, &node);
    return text && strcmp(text, wanted) == 0;
}

static int mistake(const struct reader *reader, const char *name, const char *what)
{
    return err_set(reader->err, 0, "config.json: the annotation " ANNOTATION "%s %s", name, what);
}

void part_differs(const struct reader *reader, const char *name, const char *part)
{
    if (reader->unsupported)
        strings_addf(reader->unsupported,
                     "the annotation " ANNOTATION "%s is passed over: %s says something else", name,
                     part);
}

int annotation_json(const struct reader *reader, const char *name, enum json_type type,
                    struct json_object **value)
{
    struct node node;
    *value = NULL;
    const char *text = annotation_find(reader, name, &node);
    if (!text)
        return 0;
    struct json_tokener *tokener = json_tokener_new_ex(OCI_DEPTH_MAX);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    *value = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
    json_tokener_free(tokener);
    struct node inner = {.up = &node, .key = name, .value = *value};
    if (*value && json_object_is_type(*value, type) && strings_check(reader, &inner) == 0)
        return 1;
    json_object_put(*value);
    *value = NULL;
    return mistake(reader, name, "is not what nstui writes there");
}

#define _cleanup_json_ __attribute__((cleanup(json_drop)))
static void json_drop(struct json_object **value)
{
    json_object_put(*value);
}

/* What stands at a path of the document; NULL: nothing. */
static struct json_object *document_part(const struct reader *reader, const char *first,
                                         const char *second)
{
    struct node outer, inner;
    if (!node_get(&reader->root, first, &outer))
        return NULL;
    if (!second)
        return outer.value;
    return node_get(&outer, second, &inner) ? inner.value : NULL;
}

bool part_is_same(const struct reader *reader, const char *first, const char *second,
                  struct json_object *made)
{
    bool same = json_object_equal(made, document_part(reader, first, second));
    json_object_put(made);
    return same;
}

/* ---- what stands for itself -------------------------------------------------------------------- */

static int word_find(const char *const *words, size_t count, const char *text)
{
    for (size_t at = 0; at < count; at++) {
        if (strcmp(words[at], text) == 0)
            return (int)at;
    }
    return -1;
}

static bool word_is_flag(const char *word)
{
    for (size_t at = 0; at < flag_words_count; at++) {
        if (strcmp(flag_words[at].word, word) == 0)
            return true;
    }
    return false;
}

static int flags_read(const struct reader *reader, struct spec *spec)
{
    struct node node;
    const char *flags = annotation_find(reader, "flags", &node);
    const char *omit = annotation_find(reader, "omit", &node);
    for (size_t at = 0; flags && at < flag_words_count; at++) {
        if (words_have(flags, flag_words[at].word))
            *(bool *)((char *)spec + flag_words[at].offset) = true;
    }
    for (size_t at = 0; omit && at < omit_words_count; at++) {
        if (words_have(omit, omit_words[at]))
            spec->omit |= 1u << at;
    }
    _cleanup_free_ char *copy = xstrdup(flags ? flags : "");
    char *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (!word_is_flag(word))
            return mistake(reader, "flags", "has a word that this nstui does not know");
    }
    return 0;
}

static int enter_read(const struct reader *reader, struct spec *spec)
{
    static const char *const words[] = {"none", "chroot", "pivot"};
    static const enum enter enters[] = {ENTER_NONE, ENTER_CHROOT, ENTER_PIVOT};
    struct node node;
    const char *text = annotation_find(reader, "enter", &node);
    if (says(reader, "root", "host") && spec->root && strcmp(spec->root, "/") == 0) {
        free(spec->root);
        spec->root = NULL;
    }
    if (!text)
        return 0;
    int found = word_find(words, array_length(words), text);
    if (found < 0)
        return mistake(reader, "enter", "is not none, chroot or pivot");
    spec->enter = enters[found];
    return 0;
}

static int network_read(const struct reader *reader, struct spec *spec)
{
    _cleanup_json_ struct json_object *value = NULL;
    _cleanup_free_ char *kind = NULL;
    struct network *network = &spec->network;
    int found = annotation_json(reader, "network", json_type_object, &value);
    if (found <= 0)
        return found;
    struct node node = {.up = &reader->root, .key = ANNOTATION "network", .value = value};
    if (node_string(reader, &node, "kind", &kind) < 0 ||
        node_string(reader, &node, "bridge", &network->bridge) < 0 ||
        node_string(reader, &node, "address", &network->address) < 0 ||
        node_string(reader, &node, "gateway", &network->gateway) < 0)
        return -1;
    network->kind = kind && strcmp(kind, "bridge") == 0 ? NETWORK_BRIDGE : NETWORK_AS_IS;
    return 0;
}

/* Annotations of others are theirs; of ours we must know each. */
static int names_check(const struct reader *reader)
{
    if (!reader->notes.value)
        return 0;
    json_object_object_foreach(reader->notes.value, key, value)
    {
        char word[SHOWN_SIZE];
        struct node node = {.up = &reader->notes, .key = key, .value = value};
        if (!node_text(reader, &node))
            return -1;
        if (strncmp(key, ANNOTATION, strlen(ANNOTATION)) != 0)
            continue;
        const char *name = key + strlen(ANNOTATION);
        bool share = strncmp(name, "share.", 6) == 0 && oci_type_find(name + 6) >= 0;
        if (!share && word_find(names, array_length(names), name) < 0 && reader->unsupported)
            strings_addf(reader->unsupported, "the annotation %s is not known to this nstui",
                         oci_shown(word, key));
    }
    return 0;
}

int annotations_parse(const struct reader *reader, struct spec *spec)
{
    struct node node;
    if (names_check(reader) < 0)
        return -1;
    const char *version = annotation_find(reader, "version", &node);
    if (version && strcmp(version, "1") != 0)
        return mistake(reader, "version", "is not 1: a newer nstui has written it");
    const char *name = annotation_find(reader, "name", &node);
    if (name)
        spec->name = xstrdup(name);
    const char *grade = annotation_find(reader, "grade", &node);
    int found = grade ? word_find(grade_words, array_length(grade_words), grade) : GRADE_LAB;
    if (found < 0)
        return mistake(reader, "grade", "is not lab, walled or privileged");
    spec->grade = (enum grade)found;
    if (flags_read(reader, spec) < 0 || enter_read(reader, spec) < 0)
        return -1;
    return network_read(reader, spec);
}

/* ---- the layout -------------------------------------------------------------------------------- */

static unsigned long all_flags(void)
{
    return MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_STRICTATIME | MS_RELATIME |
           MS_NODIRATIME | MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_I_VERSION | MS_SILENT |
           MS_RDONLY;
}

static int entry_numbers(const struct reader *reader, const struct node *item,
                         struct layout_entry *entry)
{
    int64_t directory = 0, read_only = 0, optional = 0, shallow = 0, mode = 0, flags = 0,
            propagation = 0, line = 0;
    const struct {
        const char *key;
        int64_t maximum, *place;
    } numbers[] = {
        {"directory", 1, &directory},
        {"readonly", 1, &read_only},
        {"optional", 1, &optional},
        {"shallow", 1, &shallow},
        {"mode", 07777, &mode},
        {"flags", INT64_MAX - 1, &flags},
        {"propagation", INT64_MAX - 1, &propagation},
        {"line", UINT32_MAX, &line},
    };
    for (size_t at = 0; at < array_length(numbers); at++) {
        if (node_number(reader, item, numbers[at].key, 0, numbers[at].maximum, numbers[at].place) <
            0)
            return -1;
    }
    if (((unsigned long)flags & ~all_flags()) ||
        (propagation && !propagation_word((unsigned long)propagation)))
        return node_error(reader, item, "has flags that nstui does not write");
    entry->directory = directory;
    entry->read_only = read_only;
    entry->optional = optional;
    entry->shallow = shallow;
    entry->mode = (mode_t)mode;
    entry->flags = (unsigned long)flags;
    entry->propagation = (unsigned long)propagation;
    entry->line = (unsigned)line;
    return 0;
}

static int entry_read(const struct reader *reader, const struct node *item, struct layout *layout)
{
    _cleanup_free_ char *kind = NULL, *target = NULL;
    if (node_is_object(reader, item) < 0 || node_string(reader, item, "kind", &kind) < 0 ||
        node_string(reader, item, "target", &target) < 0)
        return -1;
    int found = kind ? word_find(layout_kind_words, layout_kinds, kind) : -1;
    char *normal = NULL;
    if (found < 0 || !target || !layout_path_normalize(target, &normal))
        return node_error(reader, item, "is no entry of a layout");
    struct layout_entry *entry = entry_add(layout, (enum layout_kind)found);
    entry->target = normal;
    if (node_string(reader, item, "source", &entry->source) < 0 ||
        node_string(reader, item, "type", &entry->type) < 0 ||
        node_string(reader, item, "options", &entry->options) < 0)
        return -1;
    bool wants_source =
        entry->kind == LAYOUT_BIND || entry->kind == LAYOUT_LINK || entry->kind == LAYOUT_MOUNT;
    if ((wants_source && !entry->source) || (entry->kind == LAYOUT_MOUNT && !entry->type) ||
        (entry->kind == LAYOUT_BIND && entry->source[0] != '/'))
        return node_error(reader, item, "is no entry of a layout");
    return entry_numbers(reader, item, entry);
}

/* Whether the mounts of the document are those of the layout; optional ones may be missing. */
static bool layout_matches(const struct reader *reader, const struct spec *spec,
                           const struct layout *layout)
{
    struct writer writer = {0};
    struct node mounts;
    size_t next = 0;
    if (!node_get(&reader->root, "mounts", &mounts))
        mounts.value = NULL;
    size_t count = mounts.value ? node_count(&mounts) : 0;
    for (size_t at = 0; at < layout->count; at++) {
        const struct layout_entry *entry = &layout->entries[at];
        if (mount_is_left_out(spec, entry))
            continue;
        struct json_object *made = mount_json(&writer, entry);
        bool same = made && next < count &&
                    json_object_equal(made, json_object_array_get_idx(mounts.value, next));
        bool needed = made && !entry->optional;
        json_object_put(made);
        next += same;
        if (needed && !same)
            return false;
    }
    return next == count;
}

int annotations_layout(const struct reader *reader, struct spec *spec)
{
    _cleanup_json_ struct json_object *value = NULL;
    _cleanup_layout_ struct layout layout = {0};
    struct node list;
    int found = annotation_json(reader, "layout", json_type_object, &value);
    if (found <= 0)
        return found;
    struct node node = {.up = &reader->root, .key = ANNOTATION "layout", .value = value};
    if (node_string(reader, &node, "name", &layout.name) < 0 ||
        node_list(reader, &node, "entries", &list) < 0)
        return -1;
    for (size_t at = 0; at < node_count(&list); at++) {
        struct node item = node_item(&list, at);
        if (entry_read(reader, &item, &layout) < 0)
            return -1;
    }
    if (!layout_matches(reader, spec, &layout)) {
        part_differs(reader, "layout", "mounts");
        return 0;
    }
    layout_free(&spec->layout);
    spec->layout = layout;
    layout = (struct layout){0};
    return 1;
}
