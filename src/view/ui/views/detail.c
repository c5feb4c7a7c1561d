/* detail: see detail.h. Draws the lines and moves the cursor; what the lines say is in
 * detail_namespace.c and detail_process.c, which write them with detail_lines.c. */
#include "detail.h"

#include "detail_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void detail_build(struct detail *detail, struct app *app, int width)
{
    detail_clear(detail);
    if (app->now == NULL)
        return;
    if (detail->subject.kind == THING_NAMESPACE)
        detail_of_namespace(detail, app, width);
    else if (detail->subject.kind == THING_PROCESS)
        detail_of_process(detail, app, width);
}

/* ---- the cursor ------------------------------------------------------------------------ */

/* The line under the cursor; -1: none can be. */
static int selected_line(const struct detail *detail)
{
    int first = -1;
    for (size_t i = 0; i < detail->count; i++) {
        if (!detail->lines[i].is_thing)
            continue;
        if (first == -1)
            first = (int)i;
        if (thing_equal(&detail->lines[i].thing, &detail->selected))
            return (int)i;
    }
    return first;
}

static int step_line(const struct detail *detail, int from, int step)
{
    for (int at = from + step; at >= 0 && at < (int)detail->count; at += step)
        if (detail->lines[at].is_thing)
            return at;
    return from;
}

static int steps_of(enum request request, int rows)
{
    switch (request) {
    case REQ_UP:
        return -1;
    case REQ_DOWN:
        return 1;
    case REQ_HALF_UP:
        return -rows / 2;
    case REQ_HALF_DOWN:
        return rows / 2;
    case REQ_PAGE_UP:
        return -rows;
    case REQ_PAGE_DOWN:
        return rows;
    case REQ_FIRST:
        return -100000;
    case REQ_LAST:
        return 100000;
    default:
        return 0;
    }
}

bool detail_request(struct detail *detail, enum request request, int rows)
{
    int steps = steps_of(request, rows);
    if (steps == 0)
        return false;
    int at = selected_line(detail);
    int before = at;
    for (int i = 0; at >= 0 && i < abs(steps); i++) {
        int next = step_line(detail, at, steps > 0 ? 1 : -1);
        if (next == at)
            break;
        at = next;
    }
    if (at >= 0)
        detail->selected = detail->lines[at].thing;
    if (at == before) /* at the last thing: what is below it can still be read */
        detail->top += steps;
    else if (at < detail->top)
        detail->top = at;
    else if (at >= detail->top + rows)
        detail->top = at - rows + 1;
    return true;
}

/* ---- drawing --------------------------------------------------------------------------- */

static void draw_member(struct app *app, const struct detail_line *line, struct box box, bool here)
{
    const struct process *process = app_process(app, &line->thing);
    char inside[16] = "-", age[16], command[512];
    if (process == NULL)
        return;
    if (process->pid_inside != 0)
        snprintf(inside, sizeof(inside), "%d", (int)process->pid_inside);
    text_span(process_age_s(process), age, sizeof(age));
    _cleanup_details_ struct process_details *details =
        discovery_details(app->discovery, process, 0);
    if (details != NULL && !details->gone && details->command != NULL)
        snprintf(command, sizeof(command), "%s", details->command);
    else
        text_printable(command, sizeof(command), process->comm, strlen(process->comm), draw_utf8());
    draw_blank(box.row, box.column, box.columns, role_here(ROLE_PLAIN, here));
    draw_textf(box.row, box.column, box.columns, role_here(ROLE_PLAIN, here),
               "%s%6d  %6s  %-8.8s %-6s %5s  %s", here ? ">" : " ", (int)process->pid, inside,
               process->user, process_state_word(process), age, command);
}

static void draw_type(const struct detail_line *line, struct box box, bool here)
{
    const struct thing *thing = &line->thing;
    enum role words = line->own ? ROLE_OWN : ROLE_HOST;
    draw_blank(box.row, box.column, box.columns, role_here(ROLE_PLAIN, here));
    draw_text(box.row, box.column, 1, role_here(ROLE_OWN, here), here ? ">" : " ");
    draw_text(box.row, box.column + 1, 7, role_here(role_of_type(thing->type), here),
              ns_types[thing->type].name);
    draw_textf(box.row, box.column + 9, box.columns - 9, role_here(words, here),
               "%10" PRIu64 "  %-4s    %s", thing->inode, line->own ? "own" : "host", line->text);
}

void detail_draw(struct detail *detail, struct app *app, struct box box, bool focused)
{
    int cursor = focused ? selected_line(detail) : -1;
    int most = (int)detail->count - box.rows;
    if (detail->top > most)
        detail->top = most;
    if (detail->top < 0)
        detail->top = 0;
    for (int i = 0; i < box.rows && detail->top + i < (int)detail->count; i++) {
        const struct detail_line *line = &detail->lines[detail->top + i];
        struct box at = {box.row + i, box.column, 1, box.columns};
        bool here = detail->top + i == cursor;
        switch (line->kind) {
        case DETAIL_TEXT:
            draw_text(at.row, at.column + 1, at.columns - 1, line->role, line->text);
            break;
        case DETAIL_RULE:
            draw_rule(at.row, at.column, at.columns, focused && detail->beside, line->text, "");
            break;
        case DETAIL_MEMBER:
            draw_member(app, line, at, here);
            break;
        case DETAIL_TYPE:
            draw_type(line, at, here);
            break;
        }
    }
}
