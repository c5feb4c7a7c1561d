/* panes_acts: what keys do in the Panes view: to the program, or, behind the prefix and while watching,
 * to the panes. Nothing here ends a session. */
#include "panes.h"

#include "../doors.h"
#include "panes_words.h"

#include <string.h>

#define PREFIX_MS 1000

enum key_context panes_context(struct view *view)
{
    const struct panes *panes = view->data;
    if (panes->prefix)
        return CONTEXT_PANE_PREFIX;
    return panes->typing && !panes->reading ? CONTEXT_PANE_TYPE : CONTEXT_PANE_WATCH;
}

/* ---- what keys ask --------------------------------------------------------------------- */

void panes_type(struct panes *panes)
{
    struct pane *pane = panes_focused(panes);
    char words[256];
    if (pane == NULL)
        return;
    if (pane_has_ended(pane)) {
        app_error(panes->app, "%s takes no keys: %s", pane->name,
                  pane_condition_words(pane, words, sizeof(words)));
        return;
    }
    pane_scroll_end(pane);
    panes->typing = true;
    panes->reading = false;
}

static void act_stop_typing(struct panes *panes)
{
    if (panes->app->attached)
        app_quit(panes->app);
    panes_watch(panes);
}

static void act_leave(struct panes *panes)
{
    struct pane *pane = panes_focused(panes);
    if (panes->reading) {
        panes_type(panes);
        return;
    }
    if (pane != NULL && pane->is_scrolled) {
        pane_scroll_end(pane);
        return;
    }
    if (panes->app->attached)
        app_quit(panes->app);
    else
        app_view_back(panes->app);
}

static void act_next(struct panes *panes)
{
    if (panes->count > 0)
        panes->focus = (panes->focus + 1) % panes->count;
    const struct pane *pane = panes_focused(panes);
    panes->reading = false;
    if (pane != NULL && pane_has_ended(pane))
        panes_watch(panes);
}

static void act_zoom(struct panes *panes)
{
    panes->zoomed = !panes->zoomed;
}

/* Splits show a session that runs unseen, else a new host shell. */
static void act_split(struct panes *panes, enum split_way way)
{
    panes->next_way = way;
    panes->zoomed = false;
    if (panes_add_running(panes, 1) == 0)
        panes_open_shell(panes->app);
}

static void act_split_right(struct panes *panes)
{
    act_split(panes, SPLIT_RIGHT);
}

static void act_split_below(struct panes *panes)
{
    act_split(panes, SPLIT_BELOW);
}

static void act_shell(struct panes *panes)
{
    panes->next_way = SPLIT_AUTO;
    panes_open_shell(panes->app);
}

static void act_read(struct panes *panes)
{
    struct pane *pane = panes_focused(panes);
    if (pane == NULL)
        return;
    panes->reading = panes->typing;
    pane_scroll(pane, -(pane->rows > 1 ? pane->rows / 2 : 1));
}

static void act_close(struct panes *panes)
{
    if (panes->count == 0)
        return;
    const struct pane *pane = panes_focused(panes);
    if (pane->condition == PANE_RUNNING)
        app_result(panes->app, "%s goes on; 4 shows it, a opens it again", pane->name);
    panes_watch(panes);
    panes->zoomed = false;
    panes_remove(panes, panes->focus);
    if (panes->app->attached)
        app_quit(panes->app);
}

static void act_send_prefix(struct panes *panes)
{
    struct pane *pane = panes_focused(panes);
    const struct keymap_row *row = keymap_find(CONTEXT_PANE_TYPE, REQ_PANE_PREFIX);
    if (pane != NULL && row != NULL && panes->typing)
        (void)pane_type(pane, (struct key){.code = row->keys[0]});
}

static const struct {
    enum request request;
    void (*act)(struct panes *panes);
} acts[] = {
    {REQ_PANE_TYPE, panes_type},
    {REQ_PANE_STOP_TYPING, act_stop_typing},
    {REQ_PANE_SEND_PREFIX, act_send_prefix},
    {REQ_PANE_LEAVE, act_leave},
    {REQ_BACK, act_leave},
    {REQ_PANE_NEXT, act_next},
    {REQ_FOCUS_NEXT, act_next},
    {REQ_PANE_ZOOM, act_zoom},
    {REQ_PANE_SPLIT_RIGHT, act_split_right},
    {REQ_PANE_SPLIT_BELOW, act_split_below},
    {REQ_PANE_SHELL, act_shell},
    {REQ_PANE_SCROLL, act_read},
    {REQ_PANE_CLOSE, act_close},
};

static bool panes_scroll(struct panes *panes, enum request request)
{
    struct pane *pane = panes_focused(panes);
    int page = pane != NULL && pane->rows > 1 ? pane->rows : 2;
    const struct {
        enum request request;
        int lines;
    } moves[] = {
        {REQ_UP, -1},
        {REQ_DOWN, 1},
        {REQ_HALF_UP, -(page / 2)},
        {REQ_HALF_DOWN, page / 2},
        {REQ_PAGE_UP, -page},
        {REQ_PAGE_DOWN, page},
    };
    if (pane == NULL)
        return false;
    for (size_t i = 0; i < array_length(moves); i++)
        if (moves[i].request == request) {
            pane_scroll(pane, moves[i].lines);
            return true;
        }
    if (request == REQ_FIRST)
        pane_scroll_first(pane);
    else if (request == REQ_LAST)
        pane_scroll_end(pane);
    return request == REQ_FIRST || request == REQ_LAST;
}

bool panes_request(struct view *view, enum request request)
{
    struct panes *panes = view->data;
    for (size_t i = 0; i < array_length(acts); i++)
        if (acts[i].request == request) {
            acts[i].act(panes);
            return true;
        }
    return panes_scroll(panes, request);
}

/* The key behind the prefix. Help must still see that context while it opens. */
static void panes_prefix_key(struct panes *panes, struct key key)
{
    enum request request = keymap_request(CONTEXT_PANE_PREFIX, key);
    panes->prefix = request == REQ_HELP;
    app_request(panes->app, request);
    panes->prefix = false;
}

bool panes_raw_key(struct view *view, struct key key)
{
    struct panes *panes = view->data;
    struct pane *pane = panes_focused(panes);
    if (panes->prefix) {
        panes_prefix_key(panes, key);
        return true;
    }
    if (keymap_request(CONTEXT_PANE_TYPE, key) == REQ_PANE_PREFIX) {
        panes->prefix = true;
        panes->prefix_until_ms = clock_monotonic_ms() + PREFIX_MS;
        return true;
    }
    if (pane == NULL || !panes->typing || panes->reading)
        return false;
    if (!pane_type(pane, key) && pane->pending.length > 0)
        app_error(panes->app, "%s does not read its keys; this one is lost", pane->name);
    return true;
}

bool panes_want_raw_keys(struct view *view)
{
    const struct panes *panes = view->data;
    return panes->prefix || (panes->typing && !panes->reading);
}

bool panes_on_tick(struct view *view, int64_t now_ms)
{
    struct panes *panes = view->data;
    if (!panes->prefix || now_ms < panes->prefix_until_ms)
        return false;
    panes->prefix = false;
    return true;
}
