/* compare: the view that puts what a container sees beside what the host sees: hostname and ps, row
 * by row, live. The dashboard opens it by its digit, or on a thing by compare_open(). It only looks:
 * compare_side.c starts the looks, and nothing here blocks or changes anything. */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At the first look the cursor goes to the first process that both sides see: what one came for. */
static void first_cursor(struct compare *compare)
{
    for (size_t i = 0; i < compare->rows.count; i++)
        if (compare->rows.items[i].sides[LEFT] && compare->rows.items[i].sides[RIGHT]) {
            compare->key = compare_row_key(&compare->rows.items[i]);
            return;
        }
}

/* ---- what was seen --------------------------------------------------------------------------- */

static const struct look_ps *ps_of(const struct compare_side *side)
{
    return side->has_look && side->look.has_ps ? &side->look.ps : NULL;
}

static void align(struct compare *compare)
{
    const struct look_ps *left = ps_of(&compare->sides[LEFT]);
    const struct look_ps *right = ps_of(&compare->sides[RIGHT]);
    compare_rows_free(&compare->rows);
    /* The lines hold numbers of rows that are gone now; the next drawing makes new ones. */
    compare_lines_free(&compare->lines);
    if (!left || !right)
        return;
    compare_rows_align(left, right, &compare->rows);
    if (!compare->key.set)
        first_cursor(compare);
    compare_refit(compare, compare->list.rows);
}

static void on_look(void *data, struct compare_side *side, const struct look *before)
{
    struct compare *compare = data;
    struct compare_side *other = &compare->sides[side == &compare->sides[LEFT] ? RIGHT : LEFT];
    time_t now = time(NULL);
    if (compare->since == 0)
        compare->since = now;
    history_age(&compare->history, now);
    /* A pid that was typed is from now on the process that was seen first under it. */
    if (side->has_look && side->thing.kind == THING_PROCESS && side->thing.start_time == 0) {
        side->thing.start_time = side->look.start_time;
        snprintf(side->name, sizeof(side->name), "%s", side->look.command);
    }
    if (before && before->has_hostname && side->look.has_hostname &&
        before->start_time == side->look.start_time) {
        struct look_hostname after = side->look.hostname;
        struct history only_this = {0};
        if (history_compare(&only_this, side->name, &before->hostname, &after, now)) {
            if (other->has_look && other->chosen)
                history_unchanged(&compare->history, other->name, now);
            history_compare(&compare->history, side->name, &before->hostname, &after, now);
        }
    }
    align(compare);
}

static unsigned int what_to_look_at(const struct compare *compare)
{
    return LOOK_HOSTNAME |
           (compare_is_wide(compare) || compare->tab == TAB_PS ? (unsigned int)LOOK_PS : 0U);
}

static bool compare_tick(struct view *view, int64_t now_ms)
{
    struct compare *compare = view->data;
    bool waiting = false;
    for (int i = 0; i < SIDES; i++) {
        if (!view->app->frozen)
            side_look(&compare->sides[i], what_to_look_at(compare), now_ms);
        waiting = waiting || side_waiting_s(&compare->sides[i], now_ms) >= 0;
    }
    return waiting;
}

static void hurry(struct compare *compare)
{
    for (int i = 0; i < SIDES; i++)
        side_hurry(&compare->sides[i]);
    compare_tick(compare->view, clock_monotonic_ms());
}

/* ---- which sides ----------------------------------------------------------------------------- */

static void choose(struct compare *compare, enum side_index index, const struct thing *thing)
{
    /* The lists that the rows borrow are going. */
    compare_rows_free(&compare->rows);
    compare_lines_free(&compare->lines);
    compare->key.set = false;
    compare->history.count = 0;
    compare->since = 0;
    side_choose(&compare->sides[index], thing);
    hurry(compare);
}

static void chose_left(void *data, const struct thing *thing)
{
    if (thing)
        choose(data, LEFT, thing);
}

static void chose_right(void *data, const struct thing *thing)
{
    if (thing)
        choose(data, RIGHT, thing);
}

/* The newest container of ours that runs, for who opens the view by its digit. */
static void choose_default(struct compare *compare)
{
    const struct session_list *sessions = compare->view->app->sessions;
    for (size_t i = sessions ? sessions->count : 0; i > 0; i--) {
        const struct session_state *state = &sessions->items[i - 1];
        if (state->condition != SESSION_RUNNING || state->kind != SESSION_CONTAINER ||
            state->pid <= 0)
            continue;
        struct thing thing = {
            .kind = THING_SESSION, .pid = state->pid, .start_time = state->pid_start, .ours = true};
        snprintf(thing.name, sizeof(thing.name), "%s", state->name);
        choose(compare, RIGHT, &thing);
        return;
    }
}

static void swap(struct compare *compare)
{
    compare_rows_free(&compare->rows);
    compare_lines_free(&compare->lines);
    pid_t pid = compare->key.pids[LEFT];
    compare->key.pids[LEFT] = compare->key.pids[RIGHT];
    compare->key.pids[RIGHT] = pid;
    side_swap(&compare->sides[LEFT], &compare->sides[RIGHT]);
    align(compare);
    hurry(compare);
}

int compare_open(struct app *app, const struct thing *left, const struct thing *right)
{
    static const struct thing host = {.kind = THING_NONE, .host = true};
    struct view *before = app->view;
    struct view *view = app_view_go(app, 5);
    if (!view)
        return -1;
    struct compare *compare = view->data;
    if (before != view)
        compare->came_by_act = true;
    choose(compare, LEFT, left ? left : &host);
    choose(compare, RIGHT, right ? right : &host);
    return 0;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool compare_thing_now(struct compare *compare, struct thing *thing);

/* Enter: a fold opens, a process is shown in the Namespaces view. */
static void open_row(struct compare *compare)
{
    const struct compare_line *line = compare_line_now(compare);
    struct thing thing;
    if (line && line->folded > 0)
        compare->wish.unfolded = true;
    else if (!compare_on_names(compare) && compare_thing_now(compare, &thing))
        (void)app_open(compare->view->app, REQ_SHOW_NAMESPACE, &thing);
}

static void toggle_different(struct compare *compare)
{
    compare->wish.only_different = !compare->wish.only_different;
    enum name_row rows[NAMES];
    int count = compare_names(compare, rows);
    if (compare->name_cursor >= count)
        compare->name_cursor = count > 0 ? count - 1 : 0;
}

static void turn_tab(struct compare *compare)
{
    if (compare_is_wide(compare)) {
        compare->in_names = !compare->in_names;
        return;
    }
    compare->tab = compare->tab == TAB_PS ? TAB_HOSTNAME : TAB_PS;
    hurry(compare);
}

/* q: back to where `c` was pressed; opened by its digit, the view is a top of its own. */
static bool go_back(struct compare *compare)
{
    if (compare_find_forget(compare))
        return true;
    if (!compare->came_by_act)
        return false;
    compare->came_by_act = false;
    app_view_back(compare->view->app);
    return true;
}

static bool compare_request(struct view *view, enum request request)
{
    struct compare *compare = view->data;
    bool done = true;
    switch (request) {
    case REQ_TAB_NEXT:
    case REQ_TAB_PREVIOUS:
        turn_tab(compare);
        break;
    case REQ_FOCUS_NEXT:
    case REQ_FOCUS_PREVIOUS:
        compare->focus = compare->focus == LEFT ? RIGHT : LEFT;
        break;
    case REQ_CHOOSE_LEFT:
        compare_choose_open(view->app, "Left side", chose_left, compare);
        break;
    case REQ_CHOOSE_RIGHT:
        compare_choose_open(view->app, "Right side", chose_right, compare);
        break;
    case REQ_SWAP:
        swap(compare);
        break;
    case REQ_ONLY_DIFFERENT:
        toggle_different(compare);
        break;
    case REQ_RIGHT:
    case REQ_LEFT:
        compare->wish.unfolded = request == REQ_RIGHT;
        break;
    case REQ_OPEN:
        open_row(compare);
        break;
    case REQ_DIFFERENCE_NEXT:
    case REQ_DIFFERENCE_PREVIOUS:
        compare_move_next(compare, request == REQ_DIFFERENCE_NEXT ? 1 : -1);
        break;
    case REQ_FILTER:
        compare_ask_filter(compare);
        break;
    case REQ_FIND:
        compare_ask_find(compare);
        break;
    case REQ_REFRESH:
        hurry(compare);
        return false; /* the app looks again at the rest */
    case REQ_BACK:
        done = go_back(compare);
        break;
    default:
        done = compare_move(compare, request);
        break;
    }
    /* A fold keeps the row it began with, so that unfolding leaves the cursor in place. */
    compare_remember(compare);
    return done;
}

/* ---- what the frame asks --------------------------------------------------------------------- */

static bool compare_thing_now(struct compare *compare, struct thing *thing)
{
    const struct compare_row *row = compare_row_now(compare);
    const struct compare_side *side = &compare->sides[compare->focus];
    *thing = (struct thing){.kind = THING_NONE};
    if (!row) {
        if (side->chosen && !side_is_host(side))
            *thing = side->thing;
        return thing->kind != THING_NONE;
    }
    const struct look_process *process = row->sides[compare->focus];
    if (!process)
        process = row->sides[1 - compare->focus];
    if (process->host_pid <= 0)
        return false;
    thing->kind = THING_PROCESS;
    thing->pid = process->host_pid;
    thing->start_time = process->start_time;
    snprintf(thing->command, sizeof(thing->command), "%.60s", process->command);
    /* What it belongs to is the snapshot's to say; a process of this second is not in it yet. */
    const struct snapshot *now = compare->view->app->now;
    const struct process *known =
        now ? snapshot_find_same_process(now, thing->pid, thing->start_time) : NULL;
    if (known) {
        thing->host = process_differs(now, known) == 0;
        if (known->container)
            text_printable(thing->name, sizeof(thing->name), known->container,
                           strlen(known->container), draw_utf8());
    }
    return true;
}

static void compare_thing(struct view *view, struct thing *thing)
{
    compare_thing_now(view->data, thing);
}

static int compare_view_open(struct view *view, struct err *err)
{
    (void)err;
    struct compare *compare = xcalloc(1, sizeof(*compare));
    struct thing host = {.kind = THING_NONE, .host = true};
    view->data = compare;
    compare->view = view;
    compare->list.rows = 1;
    for (int i = 0; i < SIDES; i++) {
        compare->sides[i].app = view->app;
        compare->sides[i].changed = on_look;
        compare->sides[i].data = compare;
    }
    side_choose(&compare->sides[LEFT], &host);
    return 0;
}

static void compare_view_close(struct view *view)
{
    struct compare *compare = view->data;
    compare_rows_free(&compare->rows);
    compare_lines_free(&compare->lines);
    for (int i = 0; i < SIDES; i++)
        side_close(&compare->sides[i]);
    free(compare);
    view->data = NULL;
}

static void compare_shown(struct view *view)
{
    struct compare *compare = view->data;
    if (!compare->sides[RIGHT].chosen)
        choose_default(compare);
    hurry(compare);
}

/* The sessions are read after the first screen; one that is made later is taken too. */
static void compare_on_snapshot(struct view *view)
{
    struct compare *compare = view->data;
    if (view->app->view == view && !compare->sides[RIGHT].chosen)
        choose_default(compare);
}

static void compare_hidden(struct view *view)
{
    struct compare *compare = view->data;
    compare->came_by_act = false;
}

static void compare_view_draw(struct view *view, struct box box)
{
    compare_draw(view->data, box);
}

static void compare_view_about(struct view *view, struct about *about)
{
    compare_about(view->data, about);
}

static void compare_hint(struct view *view, struct text *hint)
{
    const struct compare *compare = view->data;
    const struct compare_line *line = compare_line_now(compare);
    if (!compare->sides[RIGHT].chosen || !compare->sides[LEFT].chosen) {
        text_add(hint, "`>` choose the right side  `<` the left one  `C` create a container");
        return;
    }
    if (line && line->folded > 0)
        text_add(hint, "`l` unfold  ");
    if (!compare_is_wide(compare))
        text_add(hint, "`]` next tab  ");
    text_addf(hint,
              "`=` %s  `Tab` other side  `<` `>` choose sides  `n` next difference  `v` swap  "
              "`z` freeze  `y` its command line",
              compare->wish.only_different ? "all rows" : "only differences");
}

static bool compare_explain(struct view *view, char *title, size_t size, struct text *text)
{
    struct about about = {0};
    compare_about(view->data, &about);
    snprintf(title, size, "compare: %s", about.left);
    if (about.text.data)
        text_add(text, about.text.data);
    text_free(&about.text);
    return text->data != NULL;
}

static bool compare_command(struct view *view, struct text *line)
{
    const struct compare *compare = view->data;
    const struct compare_side *side =
        &compare->sides[side_is_host(&compare->sides[RIGHT]) ? LEFT : RIGHT];
    char target[THING_NAME_SIZE];
    if (!side->chosen || side_is_host(side))
        return false;
    thing_target(&side->thing, target, sizeof(target));
    text_addf(line, "%snstui join %s %s", view->app->root ? "sudo " : "", target,
              compare_on_names(compare) ? "-u -- hostname" : "-mp -- ps -ef");
    return true;
}

const struct view_ops view_compare = {
    .name = "Compare",
    .digit = 5,
    .context = CONTEXT_COMPARE,
    .open = compare_view_open,
    .close = compare_view_close,
    .shown = compare_shown,
    .hidden = compare_hidden,
    .draw = compare_view_draw,
    .about = compare_view_about,
    .hint = compare_hint,
    .thing = compare_thing,
    .request = compare_request,
    .on_snapshot = compare_on_snapshot,
    .on_tick = compare_tick,
    .explain = compare_explain,
    .command = compare_command,
};
