/* nstui run --dry-run: what a launch would do, told and not done. As text for people; with -J as JSON
 * for the create form and for scripts:
 *     {"command": LINE, "summary": [WORDS..], "steps": [CALL..]}   or
 *     {"error": {"field": NAME, "text": SENTENCE}}                  field only where one is wrong
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

/* Bytes that are no UTF-8 would make the JSON none. */
static struct json_object *json_printable(const char *text)
{
    size_t size = strlen(text) + 1;
    _cleanup_free_ char *printable = xmalloc(size);
    return json_object_new_string(text_printable(printable, size, text, size - 1, true));
}

static void json_print(struct json_object *object)
{
    (void)printf("%s\n", json_object_to_json_string_ext(
                             object, JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
}

void dry_run_json_error(const char *field, const struct err *err)
{
    struct json_object *answer = json_object_new_object();
    struct json_object *error = json_object_new_object();
    if (field)
        json_object_object_add(error, "field", json_object_new_string(field));
    json_object_object_add(error, "text", json_printable(err->text));
    json_object_object_add(answer, "error", error);
    json_print(answer);
}

void dry_run_json(const struct steps *steps, const char *line)
{
    struct json_object *answer = json_object_new_object();
    struct json_object *summary = json_object_new_array();
    struct json_object *calls = json_object_new_array();
    _cleanup_strings_ struct strings words = {0};
    steps_summary(steps, &words);
    for (size_t i = 0; i < words.count; i++)
        json_object_array_add(summary, json_printable(words.items[i]));
    for (size_t i = 0; i < steps->count; i++) {
        _cleanup_free_ char *call = step_line(&steps->items[i]);
        json_object_array_add(calls, json_printable(call));
    }
    json_object_object_add(answer, "command", json_printable(line));
    json_object_object_add(answer, "summary", summary);
    json_object_object_add(answer, "steps", calls);
    json_print(answer);
}

void dry_run_text(const struct steps *steps, const char *line, bool printable)
{
    for (size_t i = 0; i < steps->count; i++) {
        _cleanup_free_ char *call = step_line(&steps->items[i]);
        (void)printf("%3zu  %-6s  %s\n", i + 1, step_who_name(steps->items[i].who), call);
    }
    size_t size = strlen(line) + 1;
    _cleanup_free_ char *shown_line = xmalloc(size);
    (void)text_printable(shown_line, size, line, size - 1, utf8_is_shown());
    (void)printf("\n%s\n", printable ? shown_line : line);
}
