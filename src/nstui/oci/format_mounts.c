/* The layout of a spec as the mounts of a config.json. Directories and links of a layout are no
 * mounts: those travel as an annotation. */
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "private.h"

static const char *const types[] = {
    [LAYOUT_BIND] = "bind",   [LAYOUT_PROC] = "proc", [LAYOUT_DEVPTS] = "devpts",
    [LAYOUT_TMPFS] = "tmpfs", [LAYOUT_DIR] = NULL,    [LAYOUT_LINK] = NULL,
    [LAYOUT_MOUNT] = NULL,
};

/* What the engine takes where an entry says nothing. */
static unsigned long flags_of(const struct layout_entry *entry)
{
    static const unsigned long usual[] = {
        [LAYOUT_PROC] = MS_NOSUID | MS_NODEV | MS_NOEXEC,
        [LAYOUT_DEVPTS] = MS_NOSUID | MS_NOEXEC,
        [LAYOUT_TMPFS] = MS_NOSUID | MS_NODEV,
        [LAYOUT_MOUNT] = 0,
    };
    if (entry->kind == LAYOUT_PROC)
        return entry->flags | usual[LAYOUT_PROC];
    return entry->flags || entry->kind == LAYOUT_BIND ? entry->flags : usual[entry->kind];
}

static const char *options_of(const struct layout_entry *entry)
{
    static const char *const usual[] = {
        [LAYOUT_DEVPTS] = "newinstance,ptmxmode=0666,mode=0620,gid=5",
        [LAYOUT_TMPFS] = "mode=1777",
        [LAYOUT_PROC] = NULL,
        [LAYOUT_MOUNT] = NULL,
    };
    return entry->options || entry->kind == LAYOUT_BIND ? entry->options : usual[entry->kind];
}

static void options_add(const struct layout_entry *entry, struct strings *options)
{
    if (entry->kind == LAYOUT_BIND)
        strings_add(options, entry->shallow ? "bind" : "rbind");
    if (entry->read_only) {
        /* "ro" leaves the mounts below writable, and who is too old for "rro" passes over it. */
        strings_add(options, "ro");
        if (entry->kind == LAYOUT_BIND)
            strings_add(options, "rro");
    }
    mount_words_add(flags_of(entry), options);
    if (entry->propagation && propagation_word(entry->propagation))
        strings_add(options, propagation_word(entry->propagation));
    const char *rest = options_of(entry);
    while (rest && *rest) {
        size_t length = strcspn(rest, ",");
        _cleanup_free_ char *one = xstrndup(rest, length);
        if (length)
            strings_add(options, one);
        rest += length + (rest[length] == ',');
    }
}

struct json_object *mount_json(struct writer *writer, const struct layout_entry *entry)
{
    const char *type = entry->kind == LAYOUT_MOUNT ? entry->type : types[entry->kind];
    _cleanup_strings_ struct strings options = {0};
    if (!type)
        return NULL;
    struct json_object *mount = json_object_new_object();
    json_add(mount, "destination", text_json(writer, "the target", entry->target));
    json_add(mount, "type", text_json(writer, "the file system", type));
    json_add(mount, "source",
             text_json(writer, "the source", entry->source ? entry->source : type));
    options_add(entry, &options);
    if (options.count)
        json_add(mount, "options", texts_json(writer, "the option", &options));
    return mount;
}

/* runc opens what lies at /dev/tty before it binds the host's there, and without a terminal it must be a
 * plain file. In a user namespace it and crun bind it by themselves. */
bool mount_is_left_out(const struct spec *spec, const struct layout_entry *entry)
{
    if (entry->kind == LAYOUT_PROC)
        return spec->omit & OMIT_PROC;
    return (spec->namespaces & NS_BIT(NS_USER)) && entry->kind == LAYOUT_BIND &&
           !entry->directory && strcmp(entry->target, "/dev/tty") == 0;
}

struct json_object *mounts_json(struct writer *writer, const struct spec *spec)
{
    struct json_object *mounts = json_object_new_array();
    for (size_t at = 0; at < spec->layout.count; at++) {
        const struct layout_entry *entry = &spec->layout.entries[at];
        if (entry->optional && entry->source && access(entry->source, F_OK) < 0)
            continue; /* other programs know no ? */
        if (mount_is_left_out(spec, entry))
            continue;
        struct json_object *mount = mount_json(writer, entry);
        if (mount)
            (void)json_object_array_add(mounts, mount);
    }
    return mounts;
}
