/* nstui ps: the sessions of this machine, as a table or as JSON. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "nstui/cgroups.h"
#include "private.h"

static const struct option_entry ps_options[] = {
    {'J', "json", NULL, "JSON, for programs"},
    {'q', "quiet", NULL, "the names alone"},
    {0},
};

/* ---- the table --------------------------------------------------------------------------- */

enum { PS_COLUMNS = 12, PS_OWNER = 2, PS_MEMORY = 8, PS_CPU = 10, PS_CELL = SHOWN_SIZE };

static const struct {
    const char *title;
    bool right;
} ps_columns[PS_COLUMNS] = {
    {"NAME", false}, {"KIND", false}, {"OWNER", false},    {"STATE", false},
    {"PID", true},   {"OWN", false},  {"HOSTNAME", false}, {"CREATED", false},
    {"MEM", true},   {"PIDS", true},  {"CPU", true},       {"COMMAND", false},
};

static void cell_state(char cell[PS_CELL], const struct session_state *state)
{
    const char *name = session_condition_names[state->condition];
    if (state->condition == SESSION_EXITED && state->exit_status != SESSION_STATUS_NONE)
        (void)snprintf(cell, PS_CELL, "%s %d", name, state->exit_status);
    else
        (void)snprintf(cell, PS_CELL, "%s", name);
}

static void cell_time(char cell[PS_CELL], int64_t seconds)
{
    time_t when = (time_t)seconds;
    struct tm local;
    if (seconds <= 0 || !localtime_r(&when, &local) ||
        strftime(cell, PS_CELL, "%b %e %H:%M", &local) == 0)
        (void)snprintf(cell, PS_CELL, "-");
}

/* 812K 13M 1.4G */
static void cell_size(char cell[PS_CELL], int64_t bytes)
{
    static const char units[] = "BKMGT";
    size_t unit = 0;
    double number = (double)bytes;
    for (; number >= 1000 && unit + 2 < sizeof(units); unit++)
        number /= 1024;
    if (bytes < 0)
        (void)snprintf(cell, PS_CELL, "-");
    else
        (void)snprintf(cell, PS_CELL, number < 9.95 && unit > 1 ? "%.1f%c" : "%.0f%c", number,
                       units[unit]);
}

/* What its own cgroup counts: memory, processes, seconds of cpu time. */
static void cells_usage(char cells[][PS_CELL], const struct cgroup_usage *usage)
{
    cell_size(cells[0], usage->memory_bytes);
    (void)snprintf(cells[1], PS_CELL, usage->processes < 0 ? "-" : "%lld",
                   (long long)usage->processes);
    (void)snprintf(cells[2], PS_CELL, usage->cpu_us < 0 ? "-" : "%.2fs",
                   (double)usage->cpu_us / 1e6);
}

static void row_fill(char row[PS_COLUMNS][PS_CELL], const struct session_state *state,
                     const struct cgroup_usage *usage)
{
    char letters[NS_TYPES + 1];
    _cleanup_free_ char *command =
        state->command.count ? text_shell_line(state->command.items) : xstrdup("-");
    (void)shown(row[0], state->name);
    (void)snprintf(row[1], PS_CELL, "%s", session_kind_names[state->kind]);
    user_name(state->owner, row[PS_OWNER]);
    cell_state(row[3], state);
    if (state->pid > 0)
        (void)snprintf(row[4], PS_CELL, "%d", (int)state->pid);
    else
        (void)snprintf(row[4], PS_CELL, "-");
    (void)snprintf(row[5], PS_CELL, "%s%s", state->own ? "-" : "none",
                   ns_set_letters(state->own, letters));
    (void)shown(row[6], state->hostname[0] ? state->hostname : "-");
    cell_time(row[7], state->created_s);
    cells_usage(row + PS_MEMORY, usage);
    (void)shown(row[PS_COLUMNS - 1], command);
}

/* Cells as wide as the widest; the last one takes what is left of the line. */
static void row_print(char row[PS_COLUMNS][PS_CELL], const int widths[PS_COLUMNS], int line)
{
    int used = 0;
    for (size_t i = 0; i < PS_COLUMNS - 1; i++) {
        if (widths[i] == 0)
            continue;
        (void)printf(ps_columns[i].right ? "%*s " : "%-*s ", widths[i], row[i]);
        used += widths[i] + 1;
    }
    const char *last = row[PS_COLUMNS - 1];
    int room = line > used + 8 ? line - used : 0;
    if (room && (int)strlen(last) > room)
        (void)printf("%.*s~\n", room - 1, last);
    else
        (void)printf("%s\n", last);
}

static void table_print(const struct session_list *list, const struct cgroup_usage *usages)
{
    int widths[PS_COLUMNS];
    char row[PS_COLUMNS][PS_CELL];
    for (size_t column = 0; column < PS_COLUMNS; column++)
        widths[column] = (int)strlen(ps_columns[column].title);
    for (size_t i = 0; i < list->count; i++) {
        row_fill(row, &list->items[i], &usages[i]);
        for (size_t column = 0; column < PS_COLUMNS; column++) {
            if ((int)strlen(row[column]) > widths[column])
                widths[column] = (int)strlen(row[column]);
        }
    }
    bool others = false, counted = false; /* only then is it worth a column */
    for (size_t i = 0; i < list->count; i++) {
        others = others || list->items[i].owner != geteuid();
        counted = counted || usages[i].own;
    }
    if (!others)
        widths[PS_OWNER] = 0;
    for (size_t column = PS_MEMORY; !counted && column <= PS_CPU; column++)
        widths[column] = 0;
    struct winsize size;
    int line = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    for (size_t column = 0; column < PS_COLUMNS; column++)
        (void)snprintf(row[column], PS_CELL, "%s", ps_columns[column].title);
    row_print(row, widths, line);
    for (size_t i = 0; i < list->count; i++) {
        row_fill(row, &list->items[i], &usages[i]);
        row_print(row, widths, line);
    }
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void json_add(struct json_object *object, const char *key, struct json_object *value)
{
    (void)json_object_object_add(object, key, value);
}

/* A key whose value is empty is left out. */
static void json_add_text(struct json_object *object, const char *key, const char *text)
{
    if (text && *text)
        json_add(object, key, json_object_new_string(text));
}

static void json_add_number(struct json_object *object, const char *key, int64_t number)
{
    if (number > 0)
        json_add(object, key, json_object_new_int64(number));
}

/* Figures of its own cgroup, where it has one and the kernel counts them. */
static void json_add_usage(struct json_object *object, const struct cgroup_usage *usage)
{
    const struct {
        const char *key;
        int64_t number;
    } figures[] = {
        {"memory", usage->memory_bytes}, {"memory_limit", usage->memory_limit_bytes},
        {"processes", usage->processes}, {"process_limit", usage->process_limit},
        {"cpu_us", usage->cpu_us},
    };
    for (size_t i = 0; i < array_length(figures); i++) {
        if (figures[i].number >= 0 && figures[i].number != INT64_MAX)
            json_add(object, figures[i].key, json_object_new_int64(figures[i].number));
    }
}

/* The keys are documented in nstui(1); they stay, more may come. */
static struct json_object *session_json(const struct session_state *state,
                                        const struct cgroup_usage *usage)
{
    struct json_object *object = json_object_new_object();
    json_add_text(object, "name", state->name);
    json_add_text(object, "kind", session_kind_names[state->kind]);
    json_add_text(object, "state", session_condition_names[state->condition]);
    json_add_number(object, "pid", state->pid);
    json_add_number(object, "supervisor", state->supervisor);
    json_add(object, "owner", json_object_new_int64((int64_t)state->owner));
    json_add_number(object, "created", state->created_s);
    json_add_number(object, "ended", state->ended_s);
    if (state->exit_status != SESSION_STATUS_NONE)
        json_add(object, "status", json_object_new_int(state->exit_status));
    struct json_object *own = json_object_new_array();
    for (size_t i = 0; i < NS_TYPES; i++) {
        if (state->own & NS_BIT(i))
            (void)json_object_array_add(own, json_object_new_string(ns_types[i].name));
    }
    json_add(object, "own", own);
    json_add_text(object, "hostname", state->hostname);
    json_add_text(object, "root", state->root);
    if (state->root[0])
        json_add_text(object, "enter", state->enter);
    json_add_text(object, "layout", state->layout);
    json_add_text(object, "grade", state->grade);
    json_add_text(object, "target", state->target);
    json_add_text(object, "address", state->address);
    json_add_text(object, "told", state->told);
    json_add(object, "init", json_object_new_boolean(state->init));
    json_add(object, "detached", json_object_new_boolean(state->detached));
    json_add(object, "terminal", json_object_new_boolean(state->terminal));
    json_add_usage(object, usage);
    struct json_object *command = json_object_new_array();
    for (size_t i = 0; i < state->command.count; i++)
        (void)json_object_array_add(command, json_object_new_string(state->command.items[i]));
    json_add(object, "command", command);
    return object;
}

static void json_print(const struct session_list *list, const struct cgroup_usage *usages)
{
    struct json_object *root = json_object_new_object(), *sessions = json_object_new_array();
    for (size_t i = 0; i < list->count; i++)
        (void)json_object_array_add(sessions, session_json(&list->items[i], &usages[i]));
    json_add(root, "sessions", sessions);
    (void)printf("%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
                                                                  JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(root);
}

static int ps_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    struct err err = {0};
    bool json = false, quiet = false;
    options_start(&options, invocation, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE)
            return options.status;
        json = json || id == 'J';
        quiet = quiet || id == 'q';
    }
    if (options.index < invocation->argc)
        return fail_with(invocation, STATUS_USAGE, "nstui ps takes no words: it lists them all");
    _cleanup_session_list_ struct session_list list = {0};
    if (state_list(&list, &err) < 0)
        return fail(invocation, STATUS_FAILED, &err);
    _cleanup_free_ struct cgroup_usage *usages = xcalloc(list.count + 1, sizeof(*usages));
    for (size_t i = 0; i < list.count && !quiet; i++)
        cgroup_usage_read(list.items[i].pid, &usages[i]);
    if (json) {
        json_print(&list, usages);
    } else if (quiet) {
        for (size_t i = 0; i < list.count; i++)
            (void)printf("%s\n", list.items[i].name);
    } else {
        table_print(&list, usages);
    }
    return STATUS_OK;
}

const struct command command_ps = {
    .name = "ps",
    .usage = "[-J|-q]",
    .help = "list the sessions: containers, joined shells, shells of the host",
    .options = ps_options,
    .flags = COMMAND_CLEANS,
    .run = ps_run,
};
