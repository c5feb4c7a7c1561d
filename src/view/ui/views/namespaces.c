/* namespaces: view 1: all namespaces by type, folded to identities, opened to members; what differs
 * from the host stands out, births and deaths are seen. Its rows come from namespaces_rows.c, its
 * drawing from namespaces_draw.c, the detail from detail.c. Shows; changes nothing. */
#include "namespaces.h"

#include "../doors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct namespaces *state_of(struct view *view)
{
    return view->data;
}

static void on_snapshot(struct view *self)
{
    struct namespaces *view = state_of(self);
    struct app *app = view->app;
    if (app->now == NULL)
        return;
    bool is_new = app->now->number != view->seen;
    if (is_new && app->diff != NULL && view->seen != 0) {
        rows_note_changes(&view->rows, app->before, app->now, app->diff, clock_monotonic_ms());
        latest_note(&view->latest, app->before, app->now, app->diff);
    }
    view->seen = app->now->number;
    namespaces_rebuild(view);
}

/* The uts namespace whose names are on the screen. */
static const struct namespace *names_wanted(struct namespaces *view)
{
    const struct row *row = namespaces_row(view);
    const struct thing *page = view->depth > 0 ? &view->pages[view->depth - 1].subject : NULL;
    if (view->app->now == NULL || (page != NULL && page->kind != THING_NAMESPACE))
        return NULL;
    if (page != NULL)
        return snapshot_find_namespace(view->app->now, page->type, page->inode);
    return row != NULL && row->kind == ROW_SPACE ? row->space : NULL;
}

static bool on_tick(struct view *self, int64_t now_ms)
{
    struct namespaces *view = state_of(self);
    const struct row *row = namespaces_row(view);
    hostname_tick(&view->hostname, names_wanted(view), now_ms);
    uint64_t keep = row != NULL && row->ghost != NULL ? row->inode : 0;
    if (!rows_forget_changes(&view->rows, now_ms, keep))
        return false;
    namespaces_rebuild(view);
    return true;
}

static int open_view(struct view *self, struct err *err)
{
    (void)err;
    struct namespaces *view = xcalloc(1, sizeof(*view));
    view->app = self->app;
    view->hostname.app = self->app;
    view->list.rows = 16;
    view->cursor.kind = ROW_HEAD;
    self->data = view;
    namespaces_rebuild(view);
    return 0;
}

static void close_view(struct view *self)
{
    struct namespaces *view = state_of(self);
    rows_free(&view->rows);
    detail_free(&view->beside);
    for (int i = 0; i < DETAIL_STACK; i++)
        detail_free(&view->pages[i]);
    free(view);
}

/* ---- drawing --------------------------------------------------------------------------- */

static struct detail *open_page(struct namespaces *view)
{
    return view->depth > 0 ? &view->pages[view->depth - 1] : NULL;
}

static bool is_beside(const struct namespaces *view)
{
    return view->app->columns >= BESIDE_FROM;
}

static void draw_beside(struct namespaces *view, struct box box)
{
    struct detail *page = open_page(view);
    struct detail *detail = page != NULL ? page : &view->beside;
    if (page == NULL)
        view->beside.subject = namespaces_thing(view, namespaces_row(view));
    draw_rule_down(box.row, box.column, box.rows);
    box.column += 1;
    box.columns -= 1;
    view->detail_rows = box.rows;
    detail->beside = true;
    detail->names = &view->hostname;
    detail->latest = &view->latest;
    detail_build(detail, view->app, box.columns - 1);
    detail_draw(detail, view->app, box, view->beside_focused);
}

static void draw(struct view *self, struct box box)
{
    struct namespaces *view = state_of(self);
    struct detail *page = open_page(view);
    if (is_beside(view)) {
        struct box list = {box.row, box.column, box.rows, LIST_BESIDE};
        struct box detail = {box.row, box.column + LIST_BESIDE, box.rows,
                             box.columns - LIST_BESIDE};
        namespaces_draw_list(view, list, !view->beside_focused);
        draw_beside(view, detail);
    } else if (page != NULL) {
        view->detail_rows = box.rows;
        page->beside = false;
        page->names = &view->hostname;
        page->latest = NULL;
        detail_build(page, view->app, box.columns - 2);
        detail_draw(page, view->app, box, true);
    } else {
        namespaces_draw_list(view, box, true);
    }
}

static bool page_is_whole(const struct namespaces *view)
{
    return view->depth > 0 && !is_beside(view);
}

static void rule_right(struct namespaces *view, char *text, size_t size)
{
    const struct snapshot *now = view->app->now;
    const struct rows *rows = &view->rows;
    if (rows->filter.count > 0 && now != NULL) {
        snprintf(text, size, "%zu of %zu namespaces, %zu host row%s", rows->shown,
                 now->namespace_count, rows->shown_hosts, rows->shown_hosts == 1 ? "" : "s");
        return;
    }
    list_position(&view->list, text, size);
    size_t used = strlen(text);
    if (rows->order != ROWS_BY_IDENTITY || rows->reverse)
        used += (size_t)snprintf(text + used, size - used, ", by %s%s",
                                 rows_orders[rows->order].column, rows->reverse ? " reversed" : "");
    if (rows->only_different)
        snprintf(text + used, size - used, ", only what differs");
    else if (rows->folded_services > 0 && view->app->columns >= BESIDE_FROM)
        snprintf(text + used, size - used, ", %zu service namespaces folded",
                 rows->folded_services);
}

static void about(struct view *self, struct about *about)
{
    struct namespaces *view = state_of(self);
    if (page_is_whole(view)) {
        about->rows = -1;
        return;
    }
    rule_right(view, about->right, sizeof(about->right));
    namespaces_about(view, namespaces_row(view), about);
}

static void hint(struct view *self, struct text *hint)
{
    struct namespaces *view = state_of(self);
    const struct row *row = namespaces_row(view);
    if (view->depth > 0 || view->beside_focused) {
        text_add(hint, "`Enter` open  `J` join  `c` compare  `e` explain  `x` menu  `q` back");
        return;
    }
    if (row != NULL && row->kind == ROW_OTHERS) {
        text_add(hint, "`l` list them  `=` only what differs  `/` filter  `e` explain  `?` keys");
        return;
    }
    text_add(hint, "`Enter` open  ");
    if (row != NULL && row->sign == '+')
        text_add(hint, "`l` unfold  ");
    text_add(hint, "`J` join  `c` compare with host  `e` explain  `x` menu  ");
    if (view->list.top + view->list.rows < view->list.count)
        text_add(hint, "`d` more rows  ");
    text_add(hint, "`/` filter  `C` create  `?` all keys");
}

static bool crumbs(struct view *self, char *text, size_t size)
{
    struct namespaces *view = state_of(self);
    char name[192];
    if (view->depth == 0)
        return false;
    size_t used = (size_t)snprintf(text, size, "Namespaces");
    for (int i = 0; i < view->depth && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, " > %s",
                                 thing_describe(&view->pages[i].subject, name, sizeof(name)));
    return true;
}

static void thing(struct view *self, struct thing *thing)
{
    struct namespaces *view = state_of(self);
    struct detail *page = open_page(view);
    struct detail *detail = page != NULL ? page : view->beside_focused ? &view->beside : NULL;
    if (view->app->now == NULL)
        return;
    if (detail == NULL) {
        *thing = namespaces_thing(view, namespaces_row(view));
        return;
    }
    /* On a page acts are about what it tells of, unless the cursor was put on something in it. */
    *thing = detail->selected.kind != THING_NONE ? detail->selected : detail->subject;
}

/* ---- requests -------------------------------------------------------------------------- */

static void push_page(struct namespaces *view, struct thing subject)
{
    if (subject.kind == THING_NONE)
        return;
    if (view->depth == DETAIL_STACK) {
        app_result(view->app, "deep enough; q goes back");
        return;
    }
    struct detail *page = &view->pages[view->depth++];
    page->subject = subject;
    page->selected.kind = THING_NONE;
    page->top = 0;
}

/* Enter on the list: the detail; from 120 columns, where it is there already, the focus to it. */
static void open_row(struct namespaces *view)
{
    const struct row *row = namespaces_row(view);
    if (row == NULL)
        return;
    if (row->kind == ROW_OTHERS) {
        rows_fold(&view->rows, row, row->sign == '+');
        namespaces_rebuild(view);
    } else if (is_beside(view)) {
        view->beside_focused = true;
    } else {
        push_page(view, namespaces_thing(view, row));
    }
}

/* The thing under the cursor of a page, where it is one. */
static void open_in_page(struct namespaces *view, struct detail *detail)
{
    struct thing chosen = detail->selected;
    for (size_t i = 0; chosen.kind == THING_NONE && i < detail->count; i++)
        if (detail->lines[i].is_thing)
            chosen = detail->lines[i].thing;
    if (chosen.kind != THING_NONE && !thing_equal(&chosen, &detail->subject))
        push_page(view, chosen);
}

static bool request_in_page(struct namespaces *view, struct detail *detail, enum request request)
{
    switch (request) {
    case REQ_OPEN:
    case REQ_RIGHT:
        open_in_page(view, detail);
        return true;
    case REQ_BACK:
    case REQ_LEFT:
        if (view->depth > 0)
            view->depth--;
        else
            view->beside_focused = false;
        return true;
    case REQ_FOCUS_NEXT:
    case REQ_FOCUS_PREVIOUS:
        if (is_beside(view))
            view->beside_focused = !view->beside_focused;
        return true;
    case REQ_FILTER:
    case REQ_FIND:
    case REQ_FIND_NEXT:
    case REQ_FIND_PREVIOUS:
    case REQ_ONLY_DIFFERENT:
    case REQ_ORDER:
        app_result(view->app, "this works in the list; q goes back to it");
        return true;
    default:
        return detail_request(detail, request, view->detail_rows);
    }
}

static void fold(struct namespaces *view, bool open)
{
    const struct row *row = namespaces_row(view);
    int found = 0;
    if (row == NULL)
        return;
    if (rows_fold(&view->rows, row, open)) {
        namespaces_rebuild(view);
        return;
    }
    if (open) /* nothing more to unfold: its first row below */
        return;
    struct row parent = {.kind = row->kind == ROW_MEMBER ? ROW_SPACE : ROW_HEAD,
                         .type = row->type,
                         .inode = row->inode};
    if (namespaces_find_row(view, &parent, &found)) {
        list_move(&view->list, found);
        namespaces_moved(view);
    }
}

static bool back(struct namespaces *view)
{
    if (view->rows.filter.count > 0) {
        namespaces_set_filter(view, "");
        return true;
    }
    if (view->rows.only_different) {
        view->rows.only_different = false;
        namespaces_rebuild(view);
        return true;
    }
    return false;
}

static bool request_in_list(struct namespaces *view, enum request request)
{
    switch (request) {
    case REQ_OPEN:
        open_row(view);
        return true;
    case REQ_LEFT:
        fold(view, false);
        return true;
    case REQ_RIGHT:
        fold(view, true);
        return true;
    case REQ_FILTER:
        namespaces_ask_filter(view);
        return true;
    case REQ_FIND:
        namespaces_ask_find(view);
        return true;
    case REQ_FIND_NEXT:
        namespaces_find_again(view, 1);
        return true;
    case REQ_FIND_PREVIOUS:
        namespaces_find_again(view, -1);
        return true;
    case REQ_ONLY_DIFFERENT:
        view->rows.only_different = !view->rows.only_different;
        namespaces_rebuild(view);
        return true;
    case REQ_ORDER:
        namespaces_ask_order(view);
        return true;
    case REQ_FOCUS_NEXT:
    case REQ_FOCUS_PREVIOUS:
        view->beside_focused = is_beside(view);
        if (!is_beside(view))
            app_result(view->app,
                       "one part here; Enter opens the detail, from %d columns it stands beside",
                       BESIDE_FROM);
        return true;
    case REQ_BACK:
        return back(view);
    default:
        if (!list_request(&view->list, request))
            return false;
        namespaces_moved(view);
        return true;
    }
}

static bool request(struct view *self, enum request request)
{
    struct namespaces *view = state_of(self);
    struct detail *page = open_page(view);
    if (page != NULL && (!is_beside(view) || view->beside_focused))
        return request_in_page(view, page, request);
    if (view->beside_focused && is_beside(view))
        return request_in_page(view, &view->beside, request);
    return request_in_list(view, request);
}

static void on_resize(struct view *self, int rows, int columns)
{
    struct namespaces *view = state_of(self);
    (void)rows;
    if (columns < BESIDE_FROM)
        view->beside_focused = false;
    else if (view->depth > 0)
        view->beside_focused = true;
}

static bool command(struct view *self, struct text *line)
{
    struct namespaces *view = state_of(self);
    const struct row *row = namespaces_row(view);
    text_add(line, view->app->root ? "sudo nstui ls" : "nstui ls");
    if (row != NULL && row->kind == ROW_MEMBER)
        text_addf(line, " -p %d", (int)row->process->pid);
    else if (row != NULL)
        text_addf(line, " -t %s", ns_types[row->type].name);
    return true;
}

/* ---- the door for other views ----------------------------------------------------------- */

int namespaces_show(struct app *app, const struct thing *thing)
{
    struct view *self = app_view_go(app, 1);
    if (self == NULL)
        return -1;
    struct namespaces *view = state_of(self);
    struct row key = {.kind = ROW_SPACE, .type = thing->type, .inode = thing->inode};
    int found = 0;
    view->depth = 0;
    namespaces_set_filter(view, "");
    view->rows.folded &= ~NS_BIT(thing->type);
    view->rows.others_open |= NS_BIT(thing->type);
    namespaces_rebuild(view);
    if (thing->kind == THING_PROCESS) {
        push_page(view, *thing);
        return 0;
    }
    if (thing->host)
        key.kind = ROW_HEAD;
    if (!namespaces_find_row(view, &key, &found)) {
        app_error(app, "%s:[%" PRIu64 "] has gone", ns_types[thing->type].name, thing->inode);
        return -1;
    }
    list_move(&view->list, found);
    namespaces_moved(view);
    return 0;
}

extern const struct view_ops view_namespaces;
const struct view_ops view_namespaces = {
    .name = "Namespaces",
    .digit = 1,
    .context = CONTEXT_LIST,
    .open = open_view,
    .close = close_view,
    .draw = draw,
    .about = about,
    .hint = hint,
    .crumbs = crumbs,
    .thing = thing,
    .request = request,
    .on_snapshot = on_snapshot,
    .on_tick = on_tick,
    .on_resize = on_resize,
    .command = command,
};
