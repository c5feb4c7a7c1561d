/* The preview of the create form: asks `nstui run --dry-run -J ..` what it would do and what is
 * wrong, so that what is shown, refused and run is one list. One question is under way at a time.
 */
#include "create.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

/* How the errors of a spec name our fields: the options' own names, and groups of them. In a group it
 * is the field that the sentence quotes, else the first that holds something, else the first. */
#define FIELDS_MAX 6
static const struct {
    const char *name;
    enum create_field fields[FIELDS_MAX]; /* ended by CREATE_NAME, which is in no group */
} field_names[] = {
    {"namespaces", {CREATE_NAMESPACES}},
    {"hostname", {CREATE_HOSTNAME}},
    {"root", {CREATE_ROOT}},
    {"layout", {CREATE_LAYOUT}},
    {"command", {CREATE_COMMAND}},
    {"init", {CREATE_INIT}},
    {"grade", {CREATE_GRADE}},
    {"memory", {CREATE_MEMORY}},
    {"pids-limit", {CREATE_PROCESSES}},
    {"cpus", {CREATE_CPUS}},
    {"limits", {CREATE_MEMORY, CREATE_PROCESSES, CREATE_CPUS, CREATE_OTHER}},
    {"network", {CREATE_NETWORK, CREATE_ADDRESS, CREATE_OTHER}},
    {"ip", {CREATE_ADDRESS}},
    {"share", {CREATE_SHARE, CREATE_WRITES, CREATE_BOOTTIME, CREATE_OTHER}},
    {"without", {CREATE_WITHOUT}},
    {"setuid", {CREATE_USER}},
    {"map-users", {CREATE_MAP_USERS}},
    {"map-groups", {CREATE_MAP_GROUPS}},
    {"map-auto", {CREATE_MAP_USERS}},
    {"maps", {CREATE_MAP_USERS, CREATE_MAP_GROUPS, CREATE_OTHER}},
    {"cap-add", {CREATE_CAP_ADD}},
    {"cap-drop", {CREATE_CAP_DROP}},
    {"seccomp", {CREATE_SECCOMP}},
    {"ulimit", {CREATE_ULIMITS}},
    {"rights",
     {CREATE_USER, CREATE_ULIMITS, CREATE_SECCOMP, CREATE_CAP_ADD, CREATE_CAP_DROP, CREATE_OTHER}},
    {"paths", {CREATE_WRITES, CREATE_OTHER}},
    {"boottime", {CREATE_BOOTTIME}},
    {"env", {CREATE_VARIABLES}},
    {"workdir", {CREATE_WORKDIR}},
    {"bundle", {CREATE_BUNDLE}},
};

static bool field_is_given(const struct field *field)
{
    if (field->off)
        return false;
    return field->kind == FIELD_CHOICE ? field->choice != 0 : field->input.text[0] != '\0';
}

/* The sentence has the whole of what stands in the field, or one word of it, between quotes or blanks. */
static bool field_is_quoted(const struct field *field, const char *text)
{
    _cleanup_strings_ struct strings values = {0};
    if (field->kind != FIELD_TEXT || text_shell_split(field->input.text, &values, NULL) < 0)
        return false;
    for (size_t i = 0; i < values.count; i++) {
        size_t length = strlen(values.items[i]);
        for (const char *at = strstr(text, values.items[i]); length && at;
             at = strstr(at + 1, values.items[i]))
            if (at > text && strchr("\" ", at[-1]) && strchr("\" ,:", at[length]))
                return true;
    }
    return false;
}

static struct field *field_of_group(struct create *create, const enum create_field *group,
                                    const char *text)
{
    struct field *given = NULL;
    for (size_t i = 0; i < FIELDS_MAX && group[i] != CREATE_NAME; i++) {
        struct field *field = &create->fields[group[i]];
        if (field_is_quoted(field, text))
            return field;
        if (!given && field_is_given(field))
            given = field;
    }
    return given ? given : &create->fields[group[0]];
}

/* Where an error is to be shown: at its field, at Other where that may have brought it, or null. */
static struct field *field_find(struct create *create, const char *name, const char *text)
{
    if (name && strcmp(name, "name") == 0)
        return &create->fields[CREATE_NAME];
    for (size_t i = 0; name && i < array_length(field_names); i++)
        if (strcmp(name, field_names[i].name) == 0)
            return field_of_group(create, field_names[i].fields, text);
    struct field *other = &create->fields[CREATE_OTHER];
    return other->input.text[0] ? other : NULL;
}

static void strings_from_json(struct json_object *list, struct strings *strings)
{
    strings_free(strings);
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *item = json_object_get_string(json_object_array_get_idx(list, i));
        strings_add(strings, item ? item : "");
    }
}

static void preview_error(struct create *create, const char *name, const char *text)
{
    static const char prefix[] = "nstui: ";
    text = text ? text : "no reason given";
    if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
        text += sizeof(prefix) - 1;
    create->preview.good = false;
    struct field *field = field_find(create, name, text);
    char *place = field ? field->error : create->preview.problem;
    text_printable(place, field ? FIELD_ERROR_SIZE : ERR_TEXT_SIZE, text, strcspn(text, "\n"),
                   draw_utf8());
}

static const char *json_text(struct json_object *object, const char *key)
{
    return json_object_get_string(json_object_object_get(object, key));
}

static void preview_forget_errors(struct create *create)
{
    for (int i = 0; i < CREATE_FIELDS; i++)
        create->fields[i].error[0] = '\0';
    create->preview.problem[0] = '\0';
}

static void preview_done(struct app *app, void *data, const struct command_result *result)
{
    struct create *create = data;
    struct create_preview *preview = &create->preview;
    preview->asked = false;
    if (preview->again) {
        create_preview_ask(create);
        return;
    }
    preview_forget_errors(create);
    preview->shown = false;
    struct json_object *answer = json_tokener_parse(result->out);
    struct json_object *error = NULL;
    if (!answer) {
        preview_error(create, NULL, result->err);
    } else if (json_object_object_get_ex(answer, "error", &error)) {
        preview_error(create, json_text(error, "field"), json_text(error, "text"));
    } else {
        preview->good = preview->shown = true;
        strings_from_json(json_object_object_get(answer, "summary"), &preview->summary);
        strings_from_json(json_object_object_get(answer, "steps"), &preview->steps);
    }
    json_object_put(answer);
    app_redraw(app);
    if (preview->answered)
        preview->answered(create);
}

void create_preview_ask(struct create *create)
{
    struct create_preview *preview = &create->preview;
    if (preview->asked) {
        preview->again = true;
        return;
    }
    preview->again = false;
    preview->good = false;
    struct field *command = &create->fields[CREATE_COMMAND];
    struct err err = {0};
    _cleanup_strings_ struct strings check = {0};
    if (text_shell_split(command->input.text, &check, &err) < 0) {
        preview_forget_errors(create);
        preview->shown = false;
        (void)snprintf(command->error, sizeof(command->error), "%s", err.text);
        return;
    }
    _cleanup_strings_ struct strings words = {0}, asked = {0};
    create_words(create, &words);
    for (size_t i = 0; i < words.count; i++) {
        strings_add(&asked, words.items[i]);
        if (i == 0) {
            strings_add(&asked, "--dry-run");
            strings_add(&asked, "-J");
        }
    }
    preview->asked = true;
    app_command_ask(create->app, (const char *const *)asked.items, preview_done, create);
}

void create_preview_free(struct create_preview *preview)
{
    strings_free(&preview->summary);
    strings_free(&preview->steps);
}
