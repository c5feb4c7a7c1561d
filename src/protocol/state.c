/* What is known of a session, as a struct and as JSON, and how sessions are named. Called by
 * supervisors, which write it, and by everything that lists sessions. A user's state may be read by
 * root, so what is parsed here is believed in nothing but its form. Touches no file. */
#include "nstui/state.h"

#include <json-c/json.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_WORD_MAX    1024        /* bytes of one string that is kept for show */
#define STATE_COMMAND_MAX (8u * 1024) /* bytes of the whole command line */
#define STATE_DEPTH       8

const char *const session_kind_names[SESSION_KINDS] = {
    [SESSION_CONTAINER] = "container",
    [SESSION_JOIN] = "join",
    [SESSION_SHELL] = "shell",
};

const char *const session_condition_names[SESSION_CONDITIONS] = {
    [SESSION_RUNNING] = "running",
    [SESSION_EXITED] = "exited",
    [SESSION_LOST] = "lost",
};

/* The strings and the flags: where they lie, and their keys. */
static const struct {
    const char *key;
    size_t offset;
    bool may_miss; /* an older nstui writes none */
} state_strings[] = {
    {"root", offsetof(struct session_state, root), false},
    {"enter", offsetof(struct session_state, enter), false},
    {"layout", offsetof(struct session_state, layout), false},
    {"hostname", offsetof(struct session_state, hostname), false},
    {"grade", offsetof(struct session_state, grade), false},
    {"target", offsetof(struct session_state, target), false},
    {"tag", offsetof(struct session_state, tag), true},
    {"address", offsetof(struct session_state, address), true},
    {"told", offsetof(struct session_state, told), true},
    {"made", offsetof(struct session_state, made), true},
    {"line", offsetof(struct session_state, line), true},
};
static const struct {
    const char *key;
    size_t offset;
} state_flags[] = {
    {"detached", offsetof(struct session_state, detached)},
    {"remove", offsetof(struct session_state, remove)},
    {"init", offsetof(struct session_state, init)},
    {"terminal", offsetof(struct session_state, terminal)},
};

static char **state_string(struct session_state *state, size_t i)
{
    return (char **)(void *)((char *)state + state_strings[i].offset);
}

void session_state_init(struct session_state *state)
{
    *state = (struct session_state){.version = STATE_VERSION, .exit_status = SESSION_STATUS_NONE};
    for (size_t i = 0; i < array_length(state_strings); i++)
        *state_string(state, i) = xstrdup("");
}

void session_state_free(struct session_state *state)
{
    for (size_t i = 0; i < array_length(state_strings); i++)
        free(*state_string(state, i));
    strings_free(&state->command);
    *state = (struct session_state){.exit_status = SESSION_STATUS_NONE};
}

/* ---- to JSON --------------------------------------------------------------------------- */

static void add_string(json_object *object, const char *key, const char *string)
{
    char printable[STATE_WORD_MAX];
    const char *source = string ? string : "";
    text_printable(printable, sizeof(printable), source, strlen(source), true);
    json_object_object_add(object, key, json_object_new_string(printable));
}

static void add_number(json_object *object, const char *key, int64_t number)
{
    json_object_object_add(object, key, json_object_new_int64(number));
}

static json_object *command_format(const struct strings *command)
{
    json_object *array = json_object_new_array();
    size_t used = 0;
    for (size_t i = 0; i < command->count; i++) {
        char printable[STATE_WORD_MAX];
        const char *word = command->items[i];
        text_printable(printable, sizeof(printable), word, strlen(word), true);
        used += strlen(printable) + 1;
        if (used > STATE_COMMAND_MAX) {
            json_object_array_add(array, json_object_new_string("..."));
            break;
        }
        json_object_array_add(array, json_object_new_string(printable));
    }
    return array;
}

static json_object *set_format(ns_set set)
{
    json_object *array = json_object_new_array();
    for (unsigned int type = 0; type < NS_TYPES; type++) {
        if (set & NS_BIT(type))
            json_object_array_add(array, json_object_new_string(ns_types[type].name));
    }
    return array;
}

char *session_state_format(const struct session_state *state)
{
    json_object *object = json_object_new_object();
    add_number(object, "version", STATE_VERSION);
    add_string(object, "name", state->name);
    add_string(object, "kind", session_kind_names[state->kind]);
    add_string(object, "state", session_condition_names[state->condition]);
    add_number(object, "owner", (int64_t)state->owner);
    add_number(object, "supervisor", state->supervisor);
    add_number(object, "pid", state->pid);
    add_number(object, "pid_start", (int64_t)state->pid_start);
    add_number(object, "pid_ns", (int64_t)state->pid_ns_inode);
    add_number(object, "created", state->created_s);
    if (state->ended_s)
        add_number(object, "ended", state->ended_s);
    json_object_object_add(object, "own", set_format(state->own));
    for (size_t i = 0; i < array_length(state_strings); i++)
        add_string(object, state_strings[i].key,
                   *state_string((struct session_state *)(uintptr_t)state, i));
    for (size_t i = 0; i < array_length(state_flags); i++) {
        const bool *flag = (const bool *)((const char *)state + state_flags[i].offset);
        json_object_object_add(object, state_flags[i].key, json_object_new_boolean(*flag));
    }
    json_object_object_add(object, "command", command_format(&state->command));
    if (state->exit_status != SESSION_STATUS_NONE)
        add_number(object, "exit_status", state->exit_status);
    int flags = JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
    char *text = xstrdup(json_object_to_json_string_ext(object, flags));
    json_object_put(object);
    return text;
}

/* ---- from JSON ------------------------------------------------------------------------- */

/* A number that must be there, or may be missing and is 0 then. */
static int read_number(json_object *object, const char *key, bool must, int64_t minimum,
                       int64_t maximum, int64_t *number, struct err *err)
{
    json_object *value;
    *number = 0;
    if (!json_object_object_get_ex(object, key, &value))
        return must ? err_set(err, 0, "\"%s\" is missing", key) : 0;
    *number = json_object_get_int64(value);
    if (!json_object_is_type(value, json_type_int) || *number < minimum || *number > maximum)
        return err_set(err, 0, "\"%s\" is no number between %lld and %lld", key, (long long)minimum,
                       (long long)maximum);
    return 0;
}

static int read_numbers(json_object *object, struct session_state *state, struct err *err)
{
    int64_t owner, supervisor, pid, start, inode, status;
    if (read_number(object, "owner", true, 0, UINT32_MAX, &owner, err) < 0 ||
        read_number(object, "supervisor", true, 0, INT_MAX, &supervisor, err) < 0 ||
        read_number(object, "pid", true, 0, INT_MAX, &pid, err) < 0 ||
        read_number(object, "pid_start", true, 0, INT64_MAX, &start, err) < 0 ||
        read_number(object, "pid_ns", true, 0, INT64_MAX, &inode, err) < 0 ||
        read_number(object, "created", true, 0, INT64_MAX, &state->created_s, err) < 0 ||
        read_number(object, "ended", false, 0, INT64_MAX, &state->ended_s, err) < 0 ||
        read_number(object, "exit_status", false, 0, 255, &status, err) < 0)
        return -1;
    state->owner = (uid_t)owner;
    state->supervisor = (pid_t)supervisor;
    state->pid = (pid_t)pid;
    state->pid_start = (uint64_t)start;
    state->pid_ns_inode = (uint64_t)inode;
    bool ended = json_object_object_get_ex(object, "exit_status", NULL);
    state->exit_status = ended ? (int)status : SESSION_STATUS_NONE;
    return 0;
}

/* A string without surprises: NULL where it is missing or is none. */
static const char *get_string(json_object *object, const char *key)
{
    json_object *value;
    if (!json_object_object_get_ex(object, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return NULL;
    return json_object_get_string(value);
}

/* The place of a word in a table, -1 where it is not there. */
static int find_word(const char *word, const char *const table[], int count)
{
    for (int i = 0; word && i < count; i++) {
        if (strcmp(table[i], word) == 0)
            return i;
    }
    return -1;
}

static int read_words(json_object *object, struct session_state *state, struct err *err)
{
    const char *name = get_string(object, "name");
    if (!name || session_name_check(name, NULL) < 0)
        return err_set(err, 0, "\"name\" is no name of a session");
    (void)snprintf(state->name, sizeof(state->name), "%s", name);
    int kind = find_word(get_string(object, "kind"), session_kind_names, SESSION_KINDS);
    int condition =
        find_word(get_string(object, "state"), session_condition_names, SESSION_CONDITIONS);
    if (kind < 0 || condition < 0)
        return err_set(err, 0, "its kind or its state is unknown");
    state->kind = (enum session_kind)kind;
    state->condition = (enum session_condition)condition;
    for (size_t i = 0; i < array_length(state_strings); i++) {
        const char *string = get_string(object, state_strings[i].key);
        char printable[STATE_WORD_MAX];
        if (!string && state_strings[i].may_miss &&
            !json_object_object_get_ex(object, state_strings[i].key, NULL))
            continue;
        if (!string)
            return err_set(err, 0, "\"%s\" is no string", state_strings[i].key);
        text_printable(printable, sizeof(printable), string, strlen(string), true);
        free(*state_string(state, i));
        *state_string(state, i) = xstrdup(printable);
    }
    for (size_t i = 0; i < array_length(state_flags); i++) {
        json_object *value;
        if (!json_object_object_get_ex(object, state_flags[i].key, &value) ||
            !json_object_is_type(value, json_type_boolean))
            return err_set(err, 0, "\"%s\" is neither true nor false", state_flags[i].key);
        *(bool *)((char *)state + state_flags[i].offset) = json_object_get_boolean(value);
    }
    return 0;
}

static int read_lists(json_object *object, struct session_state *state, struct err *err)
{
    json_object *own, *command;
    if (!json_object_object_get_ex(object, "own", &own) ||
        !json_object_is_type(own, json_type_array) ||
        !json_object_object_get_ex(object, "command", &command) ||
        !json_object_is_type(command, json_type_array))
        return err_set(err, 0, "\"own\" or \"command\" is no list");
    for (size_t i = 0; i < json_object_array_length(own); i++) {
        enum ns_type type;
        json_object *word = json_object_array_get_idx(own, i);
        /* A type that a newer nstui knows is none of ours. */
        if (json_object_is_type(word, json_type_string) &&
            ns_type_by_name(json_object_get_string(word), &type))
            state->own |= NS_BIT(type);
    }
    for (size_t i = 0; i < json_object_array_length(command); i++) {
        json_object *word = json_object_array_get_idx(command, i);
        if (!json_object_is_type(word, json_type_string))
            return err_set(err, 0, "\"command\" is no list of strings");
        char printable[STATE_WORD_MAX];
        const char *string = json_object_get_string(word);
        text_printable(printable, sizeof(printable), string, strlen(string), true);
        strings_add(&state->command, printable);
    }
    return 0;
}

int session_state_parse(const char *json, struct session_state *state, struct err *err)
{
    session_state_init(state);
    json_tokener *tokener = json_tokener_new_ex(STATE_DEPTH);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    size_t length = strlen(json);
    json_object *object = json_tokener_parse_ex(tokener, json, length > INT_MAX ? 0 : (int)length);
    bool whole = json_tokener_get_error(tokener) == json_tokener_success;
    json_tokener_free(tokener);
    int64_t version = 0;
    int result = 0;
    if (!whole || !json_object_is_type(object, json_type_object))
        result = err_set(err, 0, "it is no JSON object");
    else if (read_number(object, "version", true, 1, INT_MAX, &version, err) < 0)
        result = -1;
    else if (version > STATE_VERSION)
        result = err_set(err, 0, "it is of version %d and this nstui knows up to %d", (int)version,
                         STATE_VERSION);
    else if (read_words(object, state, err) < 0 || read_numbers(object, state, err) < 0 ||
             read_lists(object, state, err) < 0)
        result = -1;
    json_object_put(object);
    state->version = (int)version;
    if (result < 0) {
        session_state_free(state);
        return err_prefix(err, "cannot read a session's state");
    }
    return 0;
}

/* ---- names ----------------------------------------------------------------------------- */

/* Letters and digits of ASCII, whatever the locale says. */
static bool is_word_sign(char sign)
{
    return (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') ||
           (sign >= '0' && sign <= '9');
}

static bool is_name_sign(char sign)
{
    return is_word_sign(sign) || sign == '_' || sign == '.' || sign == '-';
}

int session_name_check(const char *name, struct err *err)
{
    size_t length = strlen(name);
    char shown[2 * SESSION_NAME_MAX];
    text_printable(shown, sizeof(shown), name, length, true);
    if (length == 0 || length > SESSION_NAME_MAX)
        return err_set(err, 0, "\"%s\" cannot be a name: it has %zu signs, not 1 to %d", shown,
                       length, SESSION_NAME_MAX);
    if (!is_word_sign(name[0]))
        return err_set(err, 0, "\"%s\" cannot be a name: it begins with no letter or digit", shown);
    bool digits = true;
    for (size_t i = 0; i < length; i++) {
        if (!is_name_sign(name[i]))
            return err_set(err, 0,
                           "\"%s\" cannot be a name: it has more than letters, digits, \"_.-\"",
                           shown);
        digits = digits && name[i] >= '0' && name[i] <= '9';
    }
    if (digits)
        return err_set(err, 0, "\"%s\" cannot be a name: a number alone means a pid", shown);
    return 0;
}

void session_name_stem(enum session_kind kind, const char *target, char stem[SESSION_NAME_MAX + 1])
{
    /* Room is left for "-join" and "-1000000". */
    enum { TARGET_MAX = SESSION_NAME_MAX - 16 };
    if (kind != SESSION_JOIN) {
        (void)snprintf(stem, SESSION_NAME_MAX + 1, "%s", kind == SESSION_SHELL ? "shell" : "box");
        return;
    }
    char cleaned[TARGET_MAX + 1];
    size_t length = 0;
    for (const char *sign = target ? target : ""; *sign && length < TARGET_MAX; sign++) {
        bool fits = is_name_sign(*sign);
        if (length == 0 && !is_word_sign(*sign))
            continue; /* "/proc/7/ns/net" begins with its first word */
        if (!fits && cleaned[length - 1] == '-')
            continue;
        cleaned[length++] = fits ? *sign : '-';
    }
    while (length > 0 && cleaned[length - 1] == '-')
        length--;
    cleaned[length] = '\0';
    (void)snprintf(stem, SESSION_NAME_MAX + 1, "%s%sjoin", cleaned, length ? "-" : "");
}
