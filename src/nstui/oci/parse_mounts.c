/* Reads the part `mounts` of a config.json into a layout. Looks whether the sources of binds are
 * directories; what is not there steps_plan() tells. */
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "private.h"

#define MOUNTS_MAX 1000 /* as a layout may have */

struct layout_entry *entry_add(struct layout *layout, enum layout_kind kind)
{
    array_grow(&layout->entries, layout->count, &layout->capacity, sizeof(struct layout_entry));
    struct layout_entry *entry = &layout->entries[layout->count++];
    *entry = (struct layout_entry){.kind = kind};
    return entry;
}

/* ---- options --------------------------------------------------------------------------------------- */

/* What options come to. */
struct options {
    unsigned long flags, propagation;
    bool bind, shallow;
    struct text data; /* for the file system */
};

/* What we cannot do. refused: without it the mount would be another. */
static const struct {
    const char *word;
    bool refused;
    const char *why;
} unknown_words[] = {
    {"remount", true, "it changes a mount that lies there"},
    {"idmap", true, "its files would have other owners"},
    {"ridmap", true, "its files would have other owners"},
    {"tmpcopyup", false, "the tmpfs is empty, nothing is copied into it"},
    {"copy-symlink", true, "a link would be mounted and not be copied"},
    {"src-nofollow", true, "the source would be followed"},
    {"dest-nofollow", false, "a link at the end of a target is never followed"},
    {"nosymfollow", true, "links on it would be followed"},
    {"rnosymfollow", true, "links on it would be followed"},
};

static int word_unknown(const struct reader *reader, const struct node *item, const char *word)
{
    for (size_t at = 0; at < array_length(unknown_words); at++) {
        if (strcmp(unknown_words[at].word, word) != 0 &&
            !(strncmp(word, "idmap=", 6) == 0 && strcmp(unknown_words[at].word, "idmap") == 0))
            continue;
        if (unknown_words[at].refused)
            return node_error(reader, item, "is \"%s\", which is not supported, and without it %s",
                              unknown_words[at].word, unknown_words[at].why);
        node_unsupported(reader, item, "is \"%s\", which is not supported: %s", word,
                         unknown_words[at].why);
        return 1;
    }
    return 0;
}

static int option_take(const struct reader *reader, const struct node *item, const char *word,
                       struct options *options)
{
    const struct mount_word *known = mount_word_find(word);
    unsigned long propagation = propagation_parse(word);
    int unknown = word_unknown(reader, item, word);
    if (unknown)
        return unknown < 0 ? -1 : 0;
    if (strcmp(word, "bind") == 0 || strcmp(word, "rbind") == 0) {
        options->bind = true;
        options->shallow = word[0] == 'b';
    } else if (known) {
        options->flags = (options->flags & ~known->clear) | known->set;
    } else if (propagation) {
        options->propagation = propagation;
        if (propagation & MS_SHARED)
            node_unsupported(reader, item,
                             "is \"%s\": what is mounted there in the container stays in there",
                             word);
    } else if (*word) {
        text_addf(&options->data, "%s%s", options->data.length ? "," : "", word);
    }
    return 0;
}

static int options_parse(const struct reader *reader, const struct node *mount,
                         struct options *options)
{
    struct node list;
    int found = node_list(reader, mount, "options", &list);
    for (size_t at = 0; found > 0 && at < node_count(&list); at++) {
        struct node item = node_item(&list, at);
        const char *word = node_text(reader, &item);
        if (!word || option_take(reader, &item, word, options) < 0)
            return -1;
    }
    return found;
}

/* ---- one mount -------------------------------------------------------------------------------------- */

static bool source_is_directory(const char *source)
{
    struct stat status;
    return stat(source, &status) < 0 || S_ISDIR(status.st_mode);
}

static int bind_fill(const struct reader *reader, const struct node *mount, char **source,
                     const struct options *options, struct layout_entry *entry)
{
    char word[SHOWN_SIZE];
    if (!*source || !**source)
        return node_error(reader, mount, "is a bind and has no source");
    entry->source =
        **source == '/' ? xstrdup(*source) : xasprintf("%s/%s", reader->bundle, *source);
    entry->directory = source_is_directory(entry->source);
    entry->shallow = options->shallow;
    entry->read_only = options->flags & MS_RDONLY;
    /* The time of relatime is what a bind has anyway. */
    entry->flags = options->flags & ~(unsigned long)(MS_RDONLY | MS_RELATIME | MS_SILENT);
    if (options->data.length)
        node_unsupported(reader, mount, "is a bind, for which the options \"%s\" mean nothing",
                         oci_shown(word, options->data.data));
    return 0;
}

static void filesystem_fill(struct layout_entry *entry, const char *type, char **source,
                            struct options *options)
{
    entry->flags = options->flags;
    if (options->data.length)
        entry->options = pointer_take(options->data.data);
    if (entry->kind == LAYOUT_MOUNT) {
        entry->type = xstrdup(type);
        entry->source = *source && **source ? pointer_take(*source) : xstrdup(type);
    } else if (entry->kind == LAYOUT_PROC) {
        entry->read_only = options->flags & MS_RDONLY;
        entry->flags &= ~(unsigned long)MS_RDONLY;
    }
}

static enum layout_kind kind_of(const char *type)
{
    static const struct {
        const char *type;
        enum layout_kind kind;
    } kinds[] = {{"proc", LAYOUT_PROC}, {"devpts", LAYOUT_DEVPTS}, {"tmpfs", LAYOUT_TMPFS}};
    for (size_t at = 0; at < array_length(kinds); at++) {
        if (strcmp(kinds[at].type, type) == 0)
            return kinds[at].kind;
    }
    return LAYOUT_MOUNT;
}

static int mount_fill(const struct reader *reader, const struct node *mount, struct layout *layout,
                      struct options *options)
{
    _cleanup_free_ char *destination = NULL, *type = NULL, *source = NULL;
    char *target = NULL, word[SHOWN_SIZE];
    if (node_is_object(reader, mount) < 0 ||
        node_string(reader, mount, "destination", &destination) < 0 ||
        node_string(reader, mount, "type", &type) < 0 ||
        node_string(reader, mount, "source", &source) < 0 ||
        options_parse(reader, mount, options) < 0)
        return -1;
    if (!destination || !layout_path_normalize(destination, &target))
        return node_error(reader, mount,
                          "has the destination \"%s\": an absolute path in the root is wanted, "
                          "without .. and not / itself",
                          oci_shown(word, destination ? destination : ""));
    options->bind |= type && strcmp(type, "bind") == 0;
    struct layout_entry *entry =
        entry_add(layout, options->bind ? LAYOUT_BIND : kind_of(type ? type : ""));
    entry->target = target;
    entry->propagation = options->propagation;
    if (options->bind)
        return bind_fill(reader, mount, &source, options, entry);
    filesystem_fill(entry, type ? type : "", &source, options);
    if (!type || !*type || strcmp(type, "none") == 0)
        return node_error(reader, mount, "has no type, and is no bind");
    return 0;
}

static int mount_parse(const struct reader *reader, const struct node *mount, struct layout *layout)
{
    struct options options = {0};
    int result = mount_fill(reader, mount, layout, &options);
    text_free(&options.data);
    return result;
}

/* ---- all of them ------------------------------------------------------------------------------------- */

/* A bind can only be a slave of the host's mounts where the others are, too: then those that say
 * nothing become private one by one. */
static void propagation_settle(struct spec *spec, bool said)
{
    bool wanted = false;
    for (size_t at = 0; at < spec->layout.count; at++)
        wanted |= (spec->layout.entries[at].propagation & (MS_SLAVE | MS_SHARED)) != 0;
    if (!wanted || said || spec->propagation != PROPAGATION_PRIVATE)
        return;
    spec->propagation = PROPAGATION_SLAVE;
    for (size_t at = 0; at < spec->layout.count; at++) {
        struct layout_entry *entry = &spec->layout.entries[at];
        if (!entry->propagation)
            entry->propagation = MS_PRIVATE | MS_REC;
    }
}

int mounts_parse(const struct reader *reader, struct spec *spec)
{
    struct node list, linux_part, said;
    int found = node_list(reader, &reader->root, "mounts", &list);
    if (found < 0)
        return -1;
    if (found && node_count(&list) > MOUNTS_MAX)
        return node_error(reader, &list, "has %zu items, more than the %d that are mounted",
                          node_count(&list), MOUNTS_MAX);
    for (size_t at = 0; found > 0 && at < node_count(&list); at++) {
        struct node item = node_item(&list, at);
        if (mount_parse(reader, &item, &spec->layout) < 0)
            return -1;
    }
    bool says = node_get(&reader->root, "linux", &linux_part) &&
                node_get(&linux_part, "rootfsPropagation", &said);
    propagation_settle(spec, says);
    return 0;
}
