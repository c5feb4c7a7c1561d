/* namespaces_cursor: where the cursor of the Namespaces view is, also after the rows have changed below it,
 * and what the row stands for. Called by the view's other files. Draws nothing. */
#include "namespaces.h"

#include <string.h>

const struct row *namespaces_row(const struct namespaces *view)
{
    if (view->list.cursor < 0 || (size_t)view->list.cursor >= view->rows.count)
        return NULL;
    return &view->rows.items[view->list.cursor];
}

struct thing namespaces_thing(struct namespaces *view, const struct row *row)
{
    struct thing thing = {.kind = THING_NONE};
    if (row == NULL || row->kind == ROW_OTHERS)
        return thing;
    if (row->kind == ROW_MEMBER)
        return thing_of_process(view->app, row->process);
    if (row->space != NULL)
        return thing_of_namespace(view->app, row->space);
    thing = (struct thing){.kind = THING_NAMESPACE,
                           .type = row->type,
                           .inode = row->inode,
                           .host = row->kind == ROW_HEAD};
    if (row->ghost != NULL) {
        const char *name = row->ghost->name;
        text_printable(thing.name, sizeof(thing.name), name, strlen(name), draw_utf8());
        thing.ours = app_session(view->app, thing.name) != NULL;
    }
    return thing;
}

/* ---- rows and the cursor --------------------------------------------------------------- */

static bool same_row(const struct row *left, const struct row *right)
{
    if (left->kind != right->kind || left->type != right->type)
        return false;
    if (left->kind == ROW_HEAD || left->kind == ROW_OTHERS)
        return true;
    if (left->inode != right->inode)
        return false;
    return left->kind != ROW_MEMBER || left->count == right->count;
}

/* A copy of the row without what may be gone at the next snapshot; of a member, count is its pid. */
static struct row row_key(const struct row *row)
{
    struct row key = {.kind = row->kind, .type = row->type, .inode = row->inode};
    if (row->kind == ROW_MEMBER)
        key.count = (size_t)row->process->pid;
    return key;
}

static void remember_cursor(struct namespaces *view)
{
    const struct row *row = namespaces_row(view);
    if (row != NULL)
        view->cursor = row_key(row);
}

bool namespaces_find_row(const struct namespaces *view, const struct row *key, int *found)
{
    for (size_t i = 0; i < view->rows.count; i++) {
        struct row other = row_key(&view->rows.items[i]);
        if (same_row(&other, key)) {
            *found = (int)i;
            return true;
        }
    }
    return false;
}

/* The rows anew; the cursor stays on its thing, or where that was. */
void namespaces_rebuild(struct namespaces *view)
{
    int found = view->list.cursor;
    rows_build(&view->rows, view->app->now);
    if (!namespaces_find_row(view, &view->cursor, &found) && view->cursor.kind == ROW_MEMBER) {
        struct row parent = {
            .kind = ROW_SPACE, .type = view->cursor.type, .inode = view->cursor.inode};
        namespaces_find_row(view, &parent, &found);
    }
    int rows = view->list.rows > 0 ? view->list.rows : 1;
    list_fit(&view->list, (int)view->rows.count, rows);
    list_move(&view->list, found);
    remember_cursor(view);
}

void namespaces_moved(struct namespaces *view)
{
    remember_cursor(view);
    view->beside.top = 0;
    view->beside.selected.kind = THING_NONE;
}
