/* Reads a config.json into a spec. Called for bundles made elsewhere, whose text may be anything, and
 * for what was kept of a session. First the whole of it is walked for what is not known (known.c),
 * then each part is read strictly; what is wrong is told with its place. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

/* ---- the text ------------------------------------------------------------------------------------ */

static size_t blanks(const char *text, size_t length)
{
    size_t count = 0;
    while (count < length && strchr(" \t\r\n", text[count]) && text[count])
        count++;
    return count;
}

/* The line that a place of the text lies in, from 1. */
static size_t line_of(const char *text, size_t at)
{
    size_t line = 1;
    for (size_t here = 0; here < at; here++)
        line += text[here] == '\n';
    return line;
}

static int text_error(const char *json, size_t at, enum json_tokener_error error, struct err *err)
{
    if (error == json_tokener_error_depth)
        return err_set(err, 0, "config.json: lists and objects lie more than %d deep in each other",
                       OCI_DEPTH_MAX);
    if (error == json_tokener_continue)
        return err_set(err, 0, "config.json: the text ends before the document does");
    return err_set(err, 0, "config.json: line %zu is no JSON: %s", line_of(json, at),
                   json_tokener_error_desc(error));
}

static int text_parse(const char *json, size_t length, struct json_object **value, struct err *err)
{
    if (length > OCI_SIZE_MAX)
        return err_set(err, 0, "config.json: it has %zu bytes, more than the %u that are read",
                       length, OCI_SIZE_MAX);
    struct json_tokener *tokener = json_tokener_new_ex(OCI_DEPTH_MAX);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
                                        JSON_TOKENER_ALLOW_TRAILING_CHARS);
    *value = json_tokener_parse_ex(tokener, json, (int)length);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t used = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (error != json_tokener_success)
        return text_error(json, used < length ? used : length, error, err);
    if (!json_object_is_type(*value, json_type_object))
        return err_set(err, 0, "config.json: it is no object");
    if (used + blanks(json + used, length - used) != length)
        return err_set(err, 0, "config.json: something stands behind the document, in line %zu",
                       line_of(json, used + blanks(json + used, length - used)));
    return 0;
}

/* ---- the document -------------------------------------------------------------------------------- */

static int version_parse(const struct reader *reader)
{
    _cleanup_free_ char *version = NULL;
    char word[SHOWN_SIZE];
    int found = node_string(reader, &reader->root, "ociVersion", &version);
    if (found < 0)
        return -1;
    if (!found)
        return err_set(reader->err, 0, "config.json: ociVersion is missing");
    if (strncmp(version, "1.", 2) == 0)
        return 0;
    return err_set(reader->err, 0, "config.json: ociVersion is %s, and only 1.0 to 1.2 are known",
                   oci_shown(word, version));
}

static int root_parse(const struct reader *reader, struct spec *spec)
{
    struct node root;
    _cleanup_free_ char *path = NULL;
    int found = node_object(reader, &reader->root, "root", &root);
    if (found < 0)
        return -1;
    if (!found)
        return err_set(reader->err, 0, "config.json: root is missing");
    found = node_string(reader, &root, "path", &path);
    if (found < 0 || node_bool(reader, &root, "readonly", &spec->root_read_only) < 0)
        return -1;
    if (!found || !*path)
        return err_set(reader->err, 0, "config.json: root.path is missing");
    spec->root = path[0] == '/' ? pointer_take(path) : xasprintf("%s/%s", reader->bundle, path);
    return 0;
}

/* A bundle's root is there; spec_check() would let a missing one be made. */
static int root_look(const struct reader *reader, const struct spec *spec)
{
    char word[SHOWN_SIZE];
    struct stat status;
    if (!spec->root || stat(spec->root, &status) == 0)
        return 0;
    (void)err_set(reader->err, errno, "cannot use the root of the bundle, %s",
                  oci_shown(word, spec->root));
    return err_hint(reader->err, "config.json names it as root.path");
}

/* The terminal of a bundle made elsewhere is /dev/console, too, but in a /dev of the host's. */
static void console_set(struct spec *spec)
{
    spec->console = spec->terminal;
    for (size_t at = 0; at < spec->layout.count; at++) {
        const struct layout_entry *entry = &spec->layout.entries[at];
        if (entry->kind == LAYOUT_BIND &&
            (strcmp(entry->target, "/dev") == 0 || strcmp(entry->target, "/dev/console") == 0))
            spec->console = false;
    }
}

static int document_parse(struct reader *reader, struct spec *spec)
{
    if (known_walk(reader) < 0 || version_parse(reader) < 0 ||
        node_object(reader, &reader->root, "annotations", &reader->notes) < 0 ||
        root_parse(reader, spec) < 0 || process_parse(reader, spec) < 0 ||
        node_string(reader, &reader->root, "hostname", &spec->hostname) < 0 ||
        node_string(reader, &reader->root, "domainname", &spec->domainname) < 0 ||
        linux_parse(reader, spec) < 0 || annotations_parse(reader, spec) < 0)
        return -1;
    int ours = annotations_layout(reader, spec);
    if (ours < 0 || (!ours && mounts_parse(reader, spec) < 0) || devices_parse(reader, spec) < 0)
        return -1;
    if (!ours && spec->root) {
        console_set(spec);
        devices_usual(spec);
    }
    if (annotations_resolve(reader, spec) < 0 || device_rules_parse(reader, spec) < 0)
        return -1;
    return root_look(reader, spec);
}

int oci_parse(const char *json, size_t length, const char *bundle_dir, struct spec *spec,
              struct strings *unsupported, struct err *err)
{
    struct json_object *value = NULL;
    struct err own = {0};
    err = err ? err : &own;
    *spec = (struct spec){0};
    int result = text_parse(json, length, &value, err);
    if (result == 0) {
        struct reader reader = {
            .root = {.value = value}, .bundle = bundle_dir, .unsupported = unsupported, .err = err};
        result = document_parse(&reader, spec);
    }
    json_object_put(value);
    return result;
}

/* ---- files --------------------------------------------------------------------------------------- */

int oci_load(const char *bundle_dir, struct spec *spec, struct strings *unsupported,
             struct err *err)
{
    char word[SHOWN_SIZE], path[32];
    struct stat status;
    size_t length = 0;
    _cleanup_free_ char *text = NULL, *absolute = realpath(bundle_dir, NULL);
    *spec = (struct spec){0};
    oci_shown(word, bundle_dir);
    if (!absolute)
        return err_set(err, errno, "cannot use the bundle %s", word);
    _cleanup_free_ char *file = xasprintf("%s/config.json", absolute);
    _cleanup_close_ int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        (void)err_set(err, errno, "cannot open config.json of the bundle %s", word);
        return err->errnum == ENOENT ? err_hint(err, "a bundle is a folder with a config.json, as "
                                                     "runc spec and nstui export make it")
                                     : -1;
    }
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return err_set(err, 0, "config.json of the bundle %s is no regular file", word);
    if (status.st_size > OCI_SIZE_MAX)
        return err_set(err, 0,
                       "config.json of the bundle %s has %lld bytes, more than the %u that "
                       "are read",
                       word, (long long)status.st_size, OCI_SIZE_MAX);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (file_read(AT_FDCWD, path, OCI_SIZE_MAX, &text, &length, err) < 0)
        return -1;
    return oci_parse(text, length, absolute, spec, unsupported, err);
}

int oci_spec_load(const char *json, size_t length, struct spec *spec, struct err *err)
{
    _cleanup_strings_ struct strings unsupported = {0};
    if (oci_parse(json, length, "/", spec, &unsupported, err) < 0)
        return -1;
    if (!unsupported.count)
        return 0;
    return err_set(err, 0, "config.json is not as nstui wrote it: %s", unsupported.items[0]);
}
