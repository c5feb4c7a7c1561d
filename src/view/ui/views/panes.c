/* panes: terminals of sessions beside and below each other. In one that is typed into every key goes
 * to the program, but the prefix. Leaving, closing a pane or the dashboard ends no session. */
#include "panes.h"

#include "../doors.h"
#include "../widgets/paste.h"
#include "panes_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PANES_DIGIT   6
#define PANES_AT_ONCE 4 /* how many running sessions the view opens by itself */
#define LEAST_ROWS    3 /* of a pane, its rule included; fewer: the focused one alone is shown */
#define LEAST_COLUMNS 20

/* ---- which there are ------------------------------------------------------------------- */

struct pane *panes_focused(const struct panes *panes)
{
    return panes->count ? panes->items[panes->focus] : NULL;
}

static size_t panes_index(const struct panes *panes, const struct pane *pane)
{
    size_t i = 0;
    while (i < panes->count && panes->items[i] != pane)
        i++;
    return i;
}

static bool panes_find(const struct panes *panes, const char *name, size_t *index)
{
    for (size_t i = 0; i < panes->count; i++) {
        if (strcmp(panes->items[i]->name, name) != 0)
            continue;
        *index = i;
        return true;
    }
    return false;
}

/* While the program in the focused pane wants to know what is pasted, the user's terminal marks it; the
 * marks reach the program as they come. */
static void panes_ask_paste(struct panes *panes)
{
    const struct pane *pane = panes_focused(panes);
    bool wanted = pane != NULL && panes->typing && !panes->reading &&
                  (pane->state.modes & GRID_MODE_BRACKETED_PASTE) != 0;
    if (wanted == panes->takes_paste)
        return;
    panes->takes_paste = wanted;
    paste_marks(wanted);
}

void panes_watch(struct panes *panes)
{
    panes->typing = panes->reading = panes->prefix = false;
    panes_ask_paste(panes);
}

void panes_remove(struct panes *panes, size_t index)
{
    struct pane *pane = panes->items[index];
    split_remove(&panes->tree, pane);
    memmove(&panes->items[index], &panes->items[index + 1],
            (panes->count - index - 1) * sizeof(panes->items[0]));
    panes->count--;
    if (panes->focus > index || panes->focus == panes->count)
        panes->focus -= panes->focus > 0;
    pane_close(pane);
}

/* A pane whose session has ended makes room for the next. */
void panes_remove_ended(struct panes *panes)
{
    for (size_t i = panes->count; i-- > 0;)
        if (pane_has_ended(panes->items[i]))
            panes_remove(panes, i);
}

static void panes_on_change(struct pane *pane)
{
    struct panes *panes = pane->owner;
    struct app *app = panes->app;
    if (app->view == panes->view)
        app_redraw(app);
    if (!pane_has_ended(pane))
        return;
    char words[256];
    app_result(app, "%s: %s", pane->name, pane_condition_words(pane, words, sizeof(words)));
    app_refresh(app);
    if (panes_focused(panes) == pane)
        panes_watch(panes);
    if (app->attached && panes->items[0] == pane) {
        snprintf(app->farewell, sizeof(app->farewell), "%.64s: %.160s", pane->name, words);
        app_quit(app);
    }
}

static int panes_add(struct panes *panes, const char *name, struct err *err)
{
    if (panes->count == PANES_MAX)
        return err_set(err, 0, "there are %d panes already (^A x closes one; its shell lives on)",
                       PANES_MAX);
    struct pane *pane = pane_open(panes->app, name, panes_on_change, panes, err);
    if (pane == NULL)
        return -1;
    split_add(&panes->tree, panes_focused(panes), pane, panes->next_way);
    panes->next_way = SPLIT_AUTO;
    panes->focus = panes->count;
    panes->items[panes->count++] = pane;
    panes->had_any = true;
    return 0;
}

/* Running sessions that are in no pane yet, at most `most` of them. Returns how many were opened. */
size_t panes_add_running(struct panes *panes, size_t most)
{
    const struct session_list *sessions = panes->app->sessions;
    size_t opened = 0, at;
    for (size_t i = 0; sessions != NULL && i < sessions->count && opened < most; i++) {
        const struct session_state *state = &sessions->items[i];
        struct err err = {0};
        if (state->condition != SESSION_RUNNING || !state->terminal ||
            panes_find(panes, state->name, &at))
            continue;
        if (panes_add(panes, state->name, &err) == 0)
            opened++;
    }
    return opened;
}

/* ---- life ------------------------------------------------------------------------------ */

static void panes_on_flush(uv_prepare_t *flush)
{
    struct panes *panes = flush->data;
    for (size_t i = 0; i < panes->count; i++)
        pane_flush(panes->items[i]);
}

static void panes_make(struct view *view)
{
    if (view->data != NULL)
        return;
    struct panes *panes = xcalloc(1, sizeof(*panes));
    panes->app = view->app;
    panes->view = view;
    panes->flush.data = panes;
    uv_prepare_init(view->app->loop, &panes->flush);
    uv_prepare_start(&panes->flush, panes_on_flush);
    view->data = panes;
}

static int view_open(struct view *view, struct err *err)
{
    (void)err;
    panes_make(view);
    return 0;
}

static void panes_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void view_close(struct view *view)
{
    struct panes *panes = view->data;
    while (panes->count > 0)
        panes_remove(panes, panes->count - 1);
    uv_close((uv_handle_t *)&panes->flush, panes_on_closed);
    view->data = NULL;
}

static void view_shown(struct view *view)
{
    struct panes *panes = view->data;
    if (panes->count > 0 || panes->quiet)
        return;
    panes_add_running(panes, PANES_AT_ONCE);
    panes->focus = 0;
}

static void view_hidden(struct view *view)
{
    struct panes *panes = view->data;
    panes_watch(panes);
}

static void view_on_snapshot(struct view *view)
{
    struct panes *panes = view->data;
    if (view->app->view == view && !panes->had_any)
        view_shown(view); /* sessions that came while the view is still empty */
}

/* ---- drawing --------------------------------------------------------------------------- */

static void lay_one(void *data, void *leaf, struct box box)
{
    struct panes *panes = data;
    size_t index = panes_index(panes, leaf);
    if (index < panes->count)
        panes->boxes[index] = box;
}

static void draw_between(struct box box)
{
    draw_rule_down(box.row, box.column, box.rows);
}

static void panes_lay_out(struct panes *panes, struct box box)
{
    bool alone = panes->zoomed;
    split_walk(panes->tree, box, lay_one, NULL, panes);
    for (size_t i = 0; i < panes->count; i++)
        alone =
            alone || panes->boxes[i].rows < LEAST_ROWS || panes->boxes[i].columns < LEAST_COLUMNS;
    panes->alone = alone && panes->count > 1;
    if (!panes->alone) {
        split_walk(panes->tree, box, lay_one, draw_between, panes);
        return;
    }
    for (size_t i = 0; i < panes->count; i++)
        panes->boxes[i] = i == panes->focus ? box : (struct box){0};
}

static struct box pane_content(struct box box)
{
    return (struct box){box.row + 1, box.column, box.rows - 1, box.columns};
}

static void draw_pane(struct panes *panes, size_t index)
{
    struct pane *pane = panes->items[index];
    struct box box = panes->boxes[index], content = pane_content(box);
    char left[160], right[128];
    bool focused = index == panes->focus;
    pane_fit(pane, content.columns, content.rows);
    pane_words_left(pane, (int)index + 1, left, sizeof(left));
    pane_words_right(pane, focused && panes->typing && !panes->reading, box.columns, right,
                     sizeof(right));
    if (panes->alone)
        snprintf(right + strlen(right), sizeof(right) - strlen(right), "; 1 of %zu", panes->count);
    draw_rule(box.row, box.column, box.columns, focused, left, right);
    pane_draw(pane, content);
    if (pane->problem[0] != '\0' && content.rows > 0)
        draw_text(content.row + content.rows - 1, content.column, content.columns, ROLE_WRONG,
                  pane->problem);
}

static void draw_none(struct box box)
{
    static const char *const lines[] = {
        "No shell is open in a pane.",
        "",
        "^A c   opens a shell of the host here",
        "C      makes a container and shows its terminal here",
        "4 a    shows the terminal of one that runs",
    };
    for (int i = 0; i < (int)array_length(lines) && i < box.rows - 1; i++)
        draw_text(box.row + 1 + i, box.column + 2, box.columns - 4, ROLE_PLAIN, lines[i]);
}

static void view_draw(struct view *view, struct box box)
{
    struct panes *panes = view->data;
    panes_ask_paste(panes);
    if (panes->count == 0) {
        draw_none(box);
        return;
    }
    panes_lay_out(panes, box);
    for (size_t i = 0; i < panes->count; i++)
        if (panes->boxes[i].rows > 0)
            draw_pane(panes, i);
}

static bool view_cursor(struct view *view, int *row, int *column)
{
    struct panes *panes = view->data;
    if (panes->count == 0 || !panes->typing || panes->reading)
        return false;
    return pane_cursor(panes_focused(panes), pane_content(panes->boxes[panes->focus]), row, column);
}

static void view_hint(struct view *view, struct text *hint)
{
    const struct panes *panes = view->data;
    const struct pane *pane = panes_focused(panes);
    const char *other = panes->count > 1 ? "`o` other pane  " : "";
    if (pane == NULL)
        text_add(hint, "`^A c` host shell  `C` create a container  `q` back");
    else if (panes->prefix)
        text_add(hint, "`^A` was typed: the next key is for nstui  `a` sends ^A to the program");
    else if (panes->reading)
        text_add(hint, "`PgUp` `PgDn` `k` `j` read back  `g` first line  `q` go on typing");
    else if (panes->typing)
        text_addf(hint, "Keys go to pane %zu.  %s`^A [` scroll  `^A |` split  `^A q` leave",
                  panes->focus + 1,
                  panes->count > 1 ? "`^A o` other pane  `^A z` full size  " : "");
    else if (!pane_has_ended(pane))
        text_addf(hint, "`Enter` type into it  %s`PgUp` read back  `|` `-` split  `q` back", other);
    else
        text_addf(hint, "`^A x` close this picture  %s`PgUp` read back  `q` back", other);
}

static void view_bar(struct view *view, struct text *bar)
{
    const struct panes *panes = view->data;
    if (panes->prefix || (panes->typing && !panes->reading))
        panes_bar_prefix(bar);
    else
        panes_bar_watch(bar);
}

static void view_thing(struct view *view, struct thing *thing)
{
    const struct pane *pane = panes_focused(view->data);
    if (pane != NULL)
        pane_thing(pane, thing);
}

static bool view_command(struct view *view, struct text *line)
{
    const struct pane *pane = panes_focused(view->data);
    if (pane == NULL)
        return false;
    text_addf(line, "nstui attach %s", pane->name);
    return true;
}

/* ---- doors ----------------------------------------------------------------------------- */

int panes_open_session(struct app *app, const char *name, bool typing)
{
    struct view *view = app_view_find(app, PANES_DIGIT);
    struct err err = {0};
    if (view == NULL)
        return -1;
    panes_make(view);
    struct panes *panes = view->data;
    panes->quiet = true;
    bool there = app_view_go(app, PANES_DIGIT) != NULL;
    panes->quiet = false;
    if (!there)
        return -1;
    panes_remove_ended(panes);
    size_t index;
    if (panes_find(panes, name, &index)) {
        panes->focus = index;
    } else if (panes_add(panes, name, &err) == -1) {
        app_error(app, "%s", err.text);
        return -1;
    }
    panes_watch(panes);
    if (typing)
        panes_type(panes);
    app_refresh(app);
    app_redraw(app);
    return 0;
}

static void shell_is_made(struct app *app, void *data, const struct command_result *result)
{
    (void)data;
    char name[SESSION_NAME_MAX + 1];
    if (result->status != 0)
        return;
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(result->out, "\n"), result->out);
    panes_open_session(app, name, true);
}

int panes_open_shell(struct app *app)
{
    static const char *const words[] = {"shell", "-d", NULL};
    app_command_run(app, words, shell_is_made, NULL);
    return 0;
}

const struct view_ops view_panes = {
    .name = "Panes",
    .digit = PANES_DIGIT,
    .context = CONTEXT_PANE_WATCH,
    .open = view_open,
    .close = view_close,
    .shown = view_shown,
    .hidden = view_hidden,
    .draw = view_draw,
    .hint = view_hint,
    .bar = view_bar,
    .cursor = view_cursor,
    .thing = view_thing,
    .raw_key = panes_raw_key,
    .request = panes_request,
    .wants_raw_keys = panes_want_raw_keys,
    .context_now = panes_context,
    .on_snapshot = view_on_snapshot,
    .on_tick = panes_on_tick,
    .command = view_command,
};
