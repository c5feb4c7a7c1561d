/* parse: reads what a look printed, in the dashboard, on any of its threads. The child is a program
 * of ours, but what it repeats was chosen by others, and it may have been cut off: every key has
 * its type, every number its range, every text its length, else nothing of it is taken. */
#include "private.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* One look at a document; the first thing that is wrong is kept, the rest goes on with zeros. */
struct reader {
    const char *wrong; /* the key; null: all is well */
};

static void complain(struct reader *reader, const char *key)
{
    if (!reader->wrong)
        reader->wrong = key;
}

static char *string_of(struct reader *reader, struct json_object *value, const char *key)
{
    char text[LOOK_TEXT_MAX];
    if (!json_object_is_type(value, json_type_string)) {
        complain(reader, key);
        return xstrdup("");
    }
    text_printable(text, sizeof(text), json_object_get_string(value),
                   (size_t)json_object_get_string_len(value), true);
    return xstrdup(text);
}

static int64_t number_of(struct reader *reader, struct json_object *value, const char *key,
                         int64_t maximum)
{
    int64_t number = json_object_get_int64(value);
    if (json_object_is_type(value, json_type_int) && number >= 0 && number <= maximum)
        return number;
    complain(reader, key);
    return 0;
}

static uint64_t big_of(struct reader *reader, struct json_object *value, const char *key)
{
    if (json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 0)
        return json_object_get_uint64(value);
    complain(reader, key);
    return 0;
}

static struct json_object *get(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(object, key, &value);
    return value;
}

static char *get_string(struct reader *reader, struct json_object *object, const char *key)
{
    return string_of(reader, get(object, key), key);
}

static unsigned int get_number(struct reader *reader, struct json_object *object, const char *key)
{
    return (unsigned int)number_of(reader, get(object, key), key, INT32_MAX);
}

static uint64_t get_big(struct reader *reader, struct json_object *object, const char *key)
{
    return big_of(reader, get(object, key), key);
}

static bool get_bool(struct reader *reader, struct json_object *object, const char *key)
{
    struct json_object *value = get(object, key);
    if (!json_object_is_type(value, json_type_boolean))
        complain(reader, key);
    return json_object_get_boolean(value);
}

/* The index of a word in a table. */
static unsigned int get_word(struct reader *reader, struct json_object *object, const char *key,
                             const char *const *words, size_t count)
{
    struct json_object *value = get(object, key);
    if (json_object_is_type(value, json_type_string))
        for (size_t i = 0; i < count; i++)
            if (strcmp(json_object_get_string(value), words[i]) == 0)
                return (unsigned int)i;
    complain(reader, key);
    return 0;
}

static void read_hostname(struct reader *reader, struct json_object *object,
                          struct look_hostname *hostname)
{
    hostname->nodename = get_string(reader, object, "nodename");
    hostname->domain = get_string(reader, object, "domain");
    hostname->kernel = get_string(reader, object, "kernel");
    hostname->machine = get_string(reader, object, "machine");
    hostname->problem = get_string(reader, object, "problem");
    hostname->uts = get_big(reader, object, "uts");
    hostname->file = (enum look_file)get_word(reader, object, "file", look_file_names, LOOK_FILES);
    hostname->file_name = get_string(reader, object, "file_name");
    hostname->file_device = get_big(reader, object, "file_device");
    hostname->file_inode = get_big(reader, object, "file_inode");
    hostname->file_read_only = get_bool(reader, object, "file_read_only");
}

enum { ROW_PID, ROW_PPID, ROW_HOST, ROW_START, ROW_UP, ROW_STATE, ROW_USER, ROW_TTY, ROW_COMMAND };

static void read_row(struct reader *reader, struct json_object *row, struct look_process *process)
{
    struct json_object *fields[ROW_COMMAND + 1] = {0};
    if (json_object_is_type(row, json_type_array) &&
        json_object_array_length(row) == array_length(fields))
        for (size_t i = 0; i < array_length(fields); i++)
            fields[i] = json_object_array_get_idx(row, i);
    process->pid = (pid_t)number_of(reader, fields[ROW_PID], "pid", INT32_MAX);
    process->ppid = (pid_t)number_of(reader, fields[ROW_PPID], "ppid", INT32_MAX);
    process->host_pid = (pid_t)number_of(reader, fields[ROW_HOST], "host pid", INT32_MAX);
    process->start_time = big_of(reader, fields[ROW_START], "start time");
    process->up_s = number_of(reader, fields[ROW_UP], "up", INT64_MAX);
    _cleanup_free_ char *state = string_of(reader, fields[ROW_STATE], "state");
    process->state = state[0] && strchr("RSDTtZIX", state[0]) ? state[0] : '?';
    process->user = string_of(reader, fields[ROW_USER], "user");
    process->tty = string_of(reader, fields[ROW_TTY], "tty");
    process->command = string_of(reader, fields[ROW_COMMAND], "command");
}

static void read_ps(struct reader *reader, struct json_object *object, struct look_ps *ps)
{
    ps->proc = (enum look_proc)get_word(reader, object, "proc", look_proc_names, LOOK_PROCS);
    ps->proc_of_host = get_bool(reader, object, "proc_of_host");
    ps->major = get_number(reader, object, "major");
    ps->minor = get_number(reader, object, "minor");
    ps->host_major = get_number(reader, object, "host_major");
    ps->host_minor = get_number(reader, object, "host_minor");
    ps->pid_ns = get_big(reader, object, "pid_ns");
    ps->host_pid_ns = get_big(reader, object, "host_pid_ns");
    ps->what_is_there = get_string(reader, object, "what_is_there");
    ps->passwd = (enum look_file)get_word(reader, object, "passwd", look_file_names, LOOK_FILES);
    ps->truncated = get_bool(reader, object, "truncated");
    ps->covered = get_number(reader, object, "covered");
    ps->members = get_number(reader, object, "members");
    struct json_object *rows = get(object, "rows");
    if (!json_object_is_type(rows, json_type_array) ||
        json_object_array_length(rows) > LOOK_ROWS_MAX) {
        complain(reader, "rows");
        return;
    }
    size_t count = json_object_array_length(rows);
    ps->rows = xcalloc(count + 1, sizeof(*ps->rows));
    for (; ps->count < count && !reader->wrong; ps->count++)
        read_row(reader, json_object_array_get_idx(rows, ps->count), &ps->rows[ps->count]);
}

static int read_look(struct json_object *document, struct look *look, struct err *err)
{
    struct reader reader = {0};
    struct json_object *error = get(document, "error");
    if (error) {
        _cleanup_free_ char *sentence = string_of(&reader, error, "error");
        return err_set(err, 0, "%s", sentence);
    }
    struct json_object *hostname = get(document, "hostname");
    struct json_object *ps = get(document, "ps");
    look->pid = (pid_t)get_number(&reader, document, "pid");
    look->start_time = get_big(&reader, document, "start_time");
    look->command = get_string(&reader, document, "command");
    look->own_side = get_bool(&reader, document, "own_side");
    look->brief = get_bool(&reader, document, "brief");
    look->has_hostname = hostname != NULL;
    look->has_ps = ps != NULL;
    if (hostname)
        read_hostname(&reader, hostname, &look->hostname);
    if (ps)
        read_ps(&reader, ps, &look->ps);
    if (reader.wrong)
        return err_set(err, 0, "cannot read what the look answered: %s is not as it should be",
                       reader.wrong);
    return 0;
}

int look_parse(const char *json, size_t length, struct look *look, struct err *err)
{
    if (length == 0)
        return err_set(err, 0, "the look ended without an answer");
    if (length > LOOK_OUTPUT_MAX)
        return err_set(err, 0, "the look answered more than %u bytes", LOOK_OUTPUT_MAX);
    struct json_tokener *tokener = json_tokener_new_ex(8);
    struct json_object *document = json_tokener_parse_ex(tokener, json, (int)length);
    int result;
    if (!document || !json_object_is_type(document, json_type_object))
        result = err_set(err, 0, "cannot read what the look answered: %s",
                         document ? "it is no object"
                                  : json_tokener_error_desc(json_tokener_get_error(tokener)));
    else
        result = read_look(document, look, err);
    json_object_put(document);
    json_tokener_free(tokener);
    return result;
}

void look_free(struct look *look)
{
    struct look_hostname *hostname = &look->hostname;
    char *texts[] = {look->command,       hostname->nodename,    hostname->domain,
                     hostname->kernel,    hostname->machine,     hostname->problem,
                     hostname->file_name, look->ps.what_is_there};
    for (size_t i = 0; i < array_length(texts); i++)
        free(texts[i]);
    for (size_t i = 0; i < look->ps.count; i++) {
        free(look->ps.rows[i].user);
        free(look->ps.rows[i].tty);
        free(look->ps.rows[i].command);
    }
    free(look->ps.rows);
    *look = (struct look){0};
}
