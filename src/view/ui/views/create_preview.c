/* The preview of the create form: asks `nstui run --dry-run -J ..` what it would do and what is
 * wrong, so that what is shown, refused and run is one list. One question is under way at a time.
 */
#include "create.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

/* How the errors of a spec name our fields. */
static const struct {
    const char *name;
    enum create_field field;
} field_names[] = {
    {"name", CREATE_NAME},
    {"namespaces", CREATE_NAMESPACES},
    {"hostname", CREATE_HOSTNAME},
    {"root", CREATE_ROOT},
    {"layout", CREATE_LAYOUT},
    {"command", CREATE_COMMAND},
    {"init", CREATE_INIT},
    {"memory", CREATE_MEMORY},
    {"limits", CREATE_MEMORY},
    {"pids-limit", CREATE_PROCESSES},
    {"cpus", CREATE_CPUS},
    {"network", CREATE_NETWORK},
    {"ip", CREATE_ADDRESS},
    {"share", CREATE_SHARE},
    {"without", CREATE_WITHOUT},
    {"user", CREATE_USER},
    {"map-users", CREATE_MAP_USERS},
    {"maps", CREATE_MAP_USERS},
    {"map-groups", CREATE_MAP_GROUPS},
    {"cap-add", CREATE_CAP_ADD},
    {"rights", CREATE_CAP_ADD},
    {"cap-drop", CREATE_CAP_DROP},
    {"seccomp", CREATE_SECCOMP},
    {"ulimit", CREATE_ULIMITS},
    {"boottime", CREATE_BOOTTIME},
    {"env", CREATE_VARIABLES},
    {"workdir", CREATE_WORKDIR},
    {"paths", CREATE_OTHER},
};

static void strings_from_json(struct json_object *list, struct strings *strings)
{
    strings_free(strings);
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *item = json_object_get_string(json_object_array_get_idx(list, i));
        strings_add(strings, item ? item : "");
    }
}

static void preview_error(struct create *create, struct json_object *error)
{
    const char *text = json_object_get_string(json_object_object_get(error, "text"));
    const char *name = json_object_get_string(json_object_object_get(error, "field"));
    create->preview.good = false;
    for (size_t i = 0; name && text && i < array_length(field_names); i++) {
        if (strcmp(name, field_names[i].name) == 0) {
            char *place = create->fields[field_names[i].field].error;
            (void)snprintf(place, FIELD_ERROR_SIZE, "%s", text);
            return;
        }
    }
    (void)snprintf(create->preview.problem, ERR_TEXT_SIZE, "%s", text ? text : "no reason given");
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
        preview->good = false;
        (void)snprintf(preview->problem, ERR_TEXT_SIZE, "%s", result->err);
    } else if (json_object_object_get_ex(answer, "error", &error)) {
        preview_error(create, error);
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
