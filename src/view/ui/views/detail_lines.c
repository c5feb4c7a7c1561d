/* detail_lines: lines of a detail, and the things that they stand for. Called by detail.c and by the files
 * that write the lines. Draws nothing. */
#include "detail_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- things ---------------------------------------------------------------------------- */

static void fill_process(struct app *app, struct thing *thing, const struct process *process)
{
    if (process == NULL)
        return;
    thing->pid = process->pid;
    thing->start_time = process->start_time;
    text_printable(thing->command, sizeof(thing->command), process->comm, strlen(process->comm),
                   draw_utf8());
    if (process->container != NULL && thing->name[0] == '\0')
        text_printable(thing->name, sizeof(thing->name), process->container,
                       strlen(process->container), draw_utf8());
    thing->ours = thing->name[0] != '\0' && app_session(app, thing->name) != NULL;
}

struct thing thing_of_namespace(struct app *app, const struct namespace *space)
{
    struct thing thing = {
        .kind = THING_NAMESPACE, .type = space->type, .inode = space->inode, .host = space->host};
    const struct process *leader = snapshot_leader(app->now, space);
    if (space->container != NULL)
        text_printable(thing.name, sizeof(thing.name), space->container, strlen(space->container),
                       draw_utf8());
    fill_process(app, &thing, leader);
    if (space->host)
        thing.name[0] = '\0';
    return thing;
}

struct thing thing_of_process(struct app *app, const struct process *process)
{
    struct thing thing = {.kind = THING_PROCESS,
                          .host = process_known(process) != 0 &&
                                  process_differs(app->now, process) == 0};
    fill_process(app, &thing, process);
    return thing;
}

/* ---- lines ----------------------------------------------------------------------------- */

void detail_clear(struct detail *detail)
{
    for (size_t i = 0; i < detail->count; i++)
        free(detail->lines[i].text);
    detail->count = 0;
}

void detail_free(struct detail *detail)
{
    detail_clear(detail);
    free(detail->lines);
    *detail = (struct detail){0};
}

struct detail_line *detail_add_line(struct detail *detail, enum detail_kind kind)
{
    array_grow(&detail->lines, detail->count, &detail->capacity, sizeof(*detail->lines));
    detail->lines[detail->count] = (struct detail_line){.kind = kind};
    return &detail->lines[detail->count++];
}

static void add_formatted(struct detail *detail, enum detail_kind kind, enum role role,
                          const char *format, va_list arguments)
{
    struct detail_line *line = detail_add_line(detail, kind);
    line->role = role;
    if (vasprintf(&line->text, format, arguments) == -1)
        line->text = xstrdup("");
}

void detail_add(struct detail *detail, enum role role, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_formatted(detail, DETAIL_TEXT, role, format, arguments);
    va_end(arguments);
}

void detail_rule(struct detail *detail, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_formatted(detail, DETAIL_RULE, ROLE_RULE, format, arguments);
    va_end(arguments);
}

void detail_wrap(struct detail *detail, enum role role, const char *text, int width)
{
    char line[512];
    for (int i = 0; text_wrap(text, width, i, line, sizeof(line)); i++)
        detail_add(detail, role, "%s", line);
}

const char *process_state_word(const struct process *process)
{
    switch (process->state) {
    case 'R':
        return "run";
    case 'S':
        return "sleep";
    case 'D':
        return "disk";
    case 'T':
        return "stop";
    case 't':
        return "traced";
    case 'Z':
        return "zombie";
    case 'I':
        return "idle";
    default:
        return "-";
    }
}

int64_t process_age_s(const struct process *process)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec - (int64_t)(process->start_time / (uint64_t)sysconf(_SC_CLK_TCK));
}
