/* namespaces_draw: the list of namespaces on the screen: which columns a width has room for, and one
 * row. Called by namespaces.c. */
#include "namespaces.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* First column and width of each part; width 0: there is no room for it. What is never dropped comes
 * first: type, identity, members, name. */
struct columns {
    int pid, leader, leader_width, owner, owner_width, name, name_width, held, held_width;
};

#define AFTER_PROCS 26

static struct columns columns_for(int width)
{
    struct columns columns = {0};
    int at = AFTER_PROCS;
    bool has_leader = width >= 52, has_owner = width >= 64, has_held = width >= 76;
    if (has_leader) {
        int others = 8 + (has_owner ? 7 : 0) + 9 + (has_held ? 15 : 0);
        int leader = width - at - others;
        if (leader > 22)
            leader = 22;
        columns.pid = at;
        columns.leader = at + 8;
        columns.leader_width = leader;
        at += 8 + leader;
    }
    if (has_owner) {
        columns.owner = at + 1;
        columns.owner_width = 6;
        at += 7;
    }
    columns.name = at + 1;
    columns.name_width = has_held ? 8 : width - at - 1;
    if (has_held && width >= 84)
        columns.name_width = 12;
    if (has_held) {
        columns.held = columns.name + columns.name_width + 1;
        columns.held_width = width - columns.held;
    }
    return columns;
}

static void draw_head(const struct columns *columns, struct box box)
{
    draw_text(box.row, box.column, box.columns, ROLE_HEAD, " TYPE       IDENTITY PROCS");
    if (columns->leader > 0) {
        draw_text_right(box.row, box.column + columns->pid, 7, ROLE_HEAD, "PID");
        draw_text(box.row, box.column + columns->leader, columns->leader_width, ROLE_HEAD,
                  "LEADER");
    }
    if (columns->owner > 0)
        draw_text(box.row, box.column + columns->owner, columns->owner_width, ROLE_HEAD, "OWNER");
    draw_text(box.row, box.column + columns->name, columns->name_width, ROLE_HEAD, "NAME");
    if (columns->held > 0)
        draw_text(box.row, box.column + columns->held, columns->held_width, ROLE_HEAD, "HELD BY");
}

static enum role role_of_row(const struct row *row)
{
    if (row->change == '-')
        return ROLE_DEAD;
    if (row->change == '+')
        return ROLE_BORN;
    if (row->kind == ROW_HEAD)
        return ROLE_HOST;
    return row->kind == ROW_SPACE ? ROLE_OWN : ROLE_PLAIN;
}

static const char *name_of(const struct row *row)
{
    if (row->kind == ROW_HEAD)
        return "(host)";
    if (row->kind == ROW_MEMBER)
        return row->process->container != NULL ? row->process->container : "";
    if (row->ghost != NULL)
        return row->ghost->name;
    return row->space != NULL && row->space->container != NULL ? row->space->container : "";
}

static const char *owner_of(const struct row *row)
{
    if (row->kind == ROW_MEMBER)
        return row->process->user;
    if (row->ghost != NULL)
        return row->ghost->owner;
    if (row->space != NULL && row->space->owner_name != NULL)
        return row->space->owner_name;
    return row->kind == ROW_HEAD && row->type == NS_USER ? "root" : "";
}

static const char *leader_of(const struct row *row)
{
    if (row->ghost != NULL)
        return row->ghost->leader;
    return row->process != NULL ? row->process->comm : "- (no process)";
}

static void held_by(const struct row *row, char *text, size_t size)
{
    text[0] = '\0';
    if (row->kind == ROW_MEMBER)
        return;
    if (row->hidden > 0)
        snprintf(text, size, "procs, %zu more", row->hidden);
    else if (row->ghost != NULL)
        snprintf(text, size, "gone");
    else if (row->kind == ROW_HEAD && row->space == NULL)
        snprintf(text, size, "not seen");
    else if (row->space != NULL && row->space->member_count == 0)
        snprintf(text, size, "another ns");
    else
        snprintf(text, size, "procs");
}

static void draw_identity(const struct row *row, struct box box, enum role role, bool here)
{
    char number[32], count[16];
    int indent = row->kind == ROW_HEAD ? 1 : 2;
    char sign[2] = {row->sign, '\0'};
    draw_text(box.row, box.column + indent, 1, role, sign);
    enum role word = row->change == '-' ? ROLE_DEAD : role_of_type(row->type);
    draw_text(box.row, box.column + indent + 1, 7, role_here(word, here), ns_types[row->type].name);
    if (row->kind == ROW_OTHERS)
        snprintf(number, sizeof(number), "%zu others", row->others);
    else if (row->inode == 0)
        snprintf(number, sizeof(number), "?");
    else
        snprintf(number, sizeof(number), "%" PRIu64, row->inode);
    draw_text_right(box.row, box.column + 9, 11, role, number);
    draw_text_right(box.row, box.column + 20, 6, role,
                    row->kind == ROW_HEAD && row->space == NULL
                        ? "?"
                        : text_count(row->count, count, sizeof(count)));
}

static void draw_row(const struct row *row, const struct columns *columns, struct box box,
                     bool here, bool focused)
{
    bool lit = here && focused;
    enum role role = role_here(role_of_row(row), lit);
    char text[64], mark[2] = {here ? '>' : row->change, '\0'};
    draw_blank(box.row, box.column, box.columns, role_here(ROLE_PLAIN, lit));
    draw_text(box.row, box.column, 1, role_here(here ? ROLE_OWN : role_of_row(row), lit), mark);
    if (row->kind != ROW_MEMBER) {
        draw_identity(row, box, role, lit);
    } else {
        draw_textf(
            box.row, box.column + 14, 12, role, "pid %d",
            (int)(row->process->pid_inside != 0 ? row->process->pid_inside : row->process->pid));
    }
    if (columns->leader > 0) {
        snprintf(text, sizeof(text), "%d", row->process != NULL ? (int)row->process->pid : 0);
        draw_text_right(box.row, box.column + columns->pid, 7, role,
                        row->process != NULL ? text : "");
        draw_text(box.row, box.column + columns->leader, columns->leader_width, role,
                  leader_of(row));
    } else if (row->kind == ROW_MEMBER) {
        draw_textf(box.row, box.column + 3, 11, role, "%d", (int)row->process->pid);
    }
    if (columns->owner > 0)
        draw_text(box.row, box.column + columns->owner, columns->owner_width, role, owner_of(row));
    draw_text(box.row, box.column + columns->name, columns->name_width, role, name_of(row));
    if (columns->held > 0) {
        held_by(row, text, sizeof(text));
        draw_text(box.row, box.column + columns->held, columns->held_width, role, text);
    }
}

static void draw_empty(const struct namespaces *view, struct box box)
{
    const char *text = "Nothing differs from the host.  = shows all again, C makes a container.";
    if (view->rows.filter.count > 0)
        text = "Nothing has these words.  Esc shows all again.";
    draw_text(box.row + 1, box.column + 2, box.columns - 3, ROLE_PLAIN, text);
}

void namespaces_draw_list(struct namespaces *view, struct box box, bool focused)
{
    struct columns columns = columns_for(box.columns);
    draw_head(&columns, box);
    box.row++;
    box.rows--;
    list_fit(&view->list, (int)view->rows.count, box.rows);
    if (view->rows.count == 0)
        draw_empty(view, box);
    for (int i = 0; i < box.rows && view->list.top + i < view->list.count; i++) {
        int index = view->list.top + i;
        draw_row(&view->rows.items[index], &columns,
                 (struct box){box.row + i, box.column, 1, box.columns}, index == view->list.cursor,
                 focused);
    }
}
