/* Reading a document of JSON that somebody else has written: each value with its path, so that what is
 * wrong with it can be told. Called by the reading files of this room. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

char *node_path(const struct node *node, char buffer[NODE_PATH_SIZE])
{
    const struct node *way[OCI_DEPTH_MAX + 2];
    size_t depth = 0, used = 0;
    for (; node && node->up && depth < array_length(way); node = node->up)
        way[depth++] = node;
    buffer[0] = '\0';
    while (depth-- > 0 && used + 1 < NODE_PATH_SIZE) {
        char key[SHOWN_SIZE];
        int length = way[depth]->key ? snprintf(buffer + used, NODE_PATH_SIZE - used, "%s%s",
                                                used ? "." : "", oci_shown(key, way[depth]->key))
                                     : snprintf(buffer + used, NODE_PATH_SIZE - used, "[%zu]",
                                                way[depth]->index);
        used += length > 0 ? (size_t)length : 0;
    }
    return buffer;
}

static char *sentence(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        return xstrdup(format);
    return text;
}

int node_error(const struct reader *reader, const struct node *node, const char *format, ...)
{
    char path[NODE_PATH_SIZE];
    va_list arguments;
    va_start(arguments, format);
    _cleanup_free_ char *text = sentence(format, arguments);
    va_end(arguments);
    node_path(node, path);
    return err_set(reader->err, 0, "config.json: %s %s", *path ? path : "it", text);
}

void node_unsupported(const struct reader *reader, const struct node *node, const char *format, ...)
{
    char path[NODE_PATH_SIZE];
    va_list arguments;
    va_start(arguments, format);
    _cleanup_free_ char *text = sentence(format, arguments);
    va_end(arguments);
    if (reader->unsupported)
        strings_addf(reader->unsupported, "%s %s", node_path(node, path), text);
}

bool node_get(const struct node *object, const char *key, struct node *child)
{
    *child = (struct node){.up = object, .key = key};
    return json_object_is_type(object->value, json_type_object) &&
           json_object_object_get_ex(object->value, key, &child->value) && child->value;
}

struct node node_item(const struct node *list, size_t index)
{
    return (struct node){
        .up = list, .index = index, .value = json_object_array_get_idx(list->value, index)};
}

size_t node_count(const struct node *list)
{
    return json_object_is_type(list->value, json_type_array) ? json_object_array_length(list->value)
                                                             : 0;
}

static const char *type_words(const struct json_object *value)
{
    static const char *const words[] = {
        [json_type_null] = "null",
        [json_type_boolean] = "true or false",
        [json_type_double] = "a number that is not whole",
        [json_type_int] = "a number",
        [json_type_object] = "an object",
        [json_type_array] = "a list",
        [json_type_string] = "a string",
    };
    return words[json_object_get_type(value)];
}

/* 1 where the value is of that type. */
static int wanted(const struct reader *reader, const struct node *node, enum json_type type,
                  const char *words)
{
    if (json_object_is_type(node->value, type))
        return 1;
    return node_error(reader, node, "is %s, not %s", type_words(node->value), words);
}

int node_is_object(const struct reader *reader, const struct node *node)
{
    return wanted(reader, node, json_type_object, "an object");
}

const char *node_text(const struct reader *reader, const struct node *node)
{
    if (wanted(reader, node, json_type_string, "a string") < 0)
        return NULL;
    return json_object_get_string(node->value); /* known_walk() has seen that no NUL is in it */
}

int node_object(const struct reader *reader, const struct node *object, const char *key,
                struct node *child)
{
    return node_get(object, key, child) ? node_is_object(reader, child) : 0;
}

int node_list(const struct reader *reader, const struct node *object, const char *key,
              struct node *child)
{
    if (!node_get(object, key, child))
        return 0;
    if (wanted(reader, child, json_type_array, "a list") < 0)
        return -1;
    if (node_count(child) > LIST_MAX)
        return node_error(reader, child, "has %zu items, more than the %d that are read",
                          node_count(child), LIST_MAX);
    return 1;
}

int node_string(const struct reader *reader, const struct node *object, const char *key,
                char **place)
{
    struct node child;
    if (!node_get(object, key, &child))
        return 0;
    const char *text = node_text(reader, &child);
    if (!text)
        return -1;
    free(*place);
    *place = xstrdup(text);
    return 1;
}

int node_bool(const struct reader *reader, const struct node *object, const char *key, bool *place)
{
    struct node child;
    if (!node_get(object, key, &child))
        return 0;
    if (wanted(reader, &child, json_type_boolean, "true or false") < 0)
        return -1;
    *place = json_object_get_boolean(child.value);
    return 1;
}

/* Beyond 64 bits json-c gives the nearest: its own text tells. */
static bool is_exact(struct json_object *value)
{
    int64_t number = json_object_get_int64(value);
    return number != INT64_MAX && number != INT64_MIN;
}

int node_number(const struct reader *reader, const struct node *object, const char *key,
                int64_t minimum, int64_t maximum, int64_t *place)
{
    struct node child;
    if (!node_get(object, key, &child))
        return 0;
    if (wanted(reader, &child, json_type_int, "a number") < 0)
        return -1;
    int64_t number = json_object_get_int64(child.value);
    if (number < minimum || number > maximum || !is_exact(child.value))
        return node_error(reader, &child, "is %s, which is not between %" PRId64 " and %" PRId64,
                          json_object_get_string(child.value), minimum, maximum);
    *place = number;
    return 1;
}

int node_unsigned(const struct reader *reader, const struct node *object, const char *key,
                  uint64_t *place)
{
    struct node child;
    if (!node_get(object, key, &child))
        return 0;
    if (wanted(reader, &child, json_type_int, "a number") < 0)
        return -1;
    if (json_object_get_int64(child.value) < 0)
        return node_error(reader, &child, "is %s, and less than 0",
                          json_object_get_string(child.value));
    *place = json_object_get_uint64(child.value);
    return 1;
}

int node_strings(const struct reader *reader, const struct node *object, const char *key,
                 struct strings *list)
{
    struct node child;
    if (!node_get(object, key, &child))
        return 0;
    if (wanted(reader, &child, json_type_array, "a list") < 0)
        return -1;
    for (size_t at = 0; at < node_count(&child); at++) {
        struct node item = node_item(&child, at);
        const char *text = node_text(reader, &item);
        if (!text)
            return -1;
        strings_add(list, text);
    }
    return 1;
}
