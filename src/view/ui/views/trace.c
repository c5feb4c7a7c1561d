/* trace: the calls that made a container, in order, as the engine and nstui-init made them, each with
 * its result and what it is for. Reads the list that the session keeps; changes nothing. */
#include "trace.h"

#include "../doors.h"
#include "../widgets/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_DIGIT 7

struct trace_view {
    struct view *view;
    struct list list;
    enum trace_tab tab;
    char name[SESSION_NAME_MAX + 1]; /* whose; "": nobody's yet */
    int64_t created_s;               /* of that one: a name may come again */
    struct trace trace;
    struct trace_rows rows;
    bool *open; /* a fold for each record */
    char problem[ERR_TEXT_SIZE];
};

/* ---- what is shown ------------------------------------------------------------------------- */

static void rows_fill(struct trace_view *shown)
{
    trace_rows_fill(&shown->rows, &shown->trace, shown->tab, shown->open);
    list_fit(&shown->list, (int)shown->rows.count, shown->list.rows);
}

static void trace_load(struct trace_view *shown, const char *name)
{
    struct err err = {0};
    const struct session_state *state = app_session(shown->view->app, name);
    trace_free(&shown->trace);
    free(shown->open);
    (void)snprintf(shown->name, sizeof(shown->name), "%s", name);
    shown->created_s = state ? state->created_s : 0;
    shown->problem[0] = '\0';
    shown->list.cursor = shown->list.top = 0;
    if (*name && state_trace_read(name, &shown->trace, &err) < 0)
        (void)snprintf(shown->problem, sizeof(shown->problem), "%s", err.text);
    shown->open = xcalloc(shown->trace.count + 1, sizeof(bool));
    rows_fill(shown);
}

/* Where none was chosen: the newest session that is a container. */
static void choose_newest(struct trace_view *shown)
{
    const struct session_list *sessions = shown->view->app->sessions;
    for (size_t at = sessions ? sessions->count : 0; at-- > 0;) {
        if (sessions->items[at].kind != SESSION_SHELL)
            return trace_load(shown, sessions->items[at].name);
    }
}

static const struct trace_row *row_here(const struct trace_view *shown)
{
    int cursor = shown->list.cursor;
    return cursor >= 0 && (size_t)cursor < shown->rows.count ? &shown->rows.items[cursor] : NULL;
}

/* ---- drawing ------------------------------------------------------------------------------- */

static void summary_words(const struct trace_view *shown, char *text, size_t size)
{
    size_t failed = 0, there = 0, count = shown->trace.count;
    for (size_t at = 0; at < count; at++) {
        const struct trace_record *record = &shown->trace.items[at];
        failed += record->errnum != 0;
        there += record->errnum == EEXIST && record->about == TRACE_PATHS;
    }
    if (!shown->name[0] || !count) {
        (void)snprintf(text, size, "%s", shown->name);
        return;
    }
    double ms = (double)shown->trace.items[count - 1].time_ns / 1e6;
    int used = snprintf(text, size, "%s: %zu calls in %.2f ms, ", shown->name, count, ms);
    if (used > 0 && (size_t)used < size && failed && failed == there)
        (void)snprintf(text + used, size - (size_t)used, "%zu found it there", there);
    else if (used > 0 && (size_t)used < size && failed)
        (void)snprintf(text + used, size - (size_t)used, "%zu failed", failed);
    else if (used > 0 && (size_t)used < size)
        (void)snprintf(text + used, size - (size_t)used, "none failed");
}

static void draw_tabs(const struct trace_view *shown, struct box box)
{
    char summary[160];
    int at = box.column + 1;
    for (int tab = 0; tab < TRACE_TABS; tab++) {
        bool open = tab == (int)shown->tab;
        at += draw_textf(box.row, at, box.columns, open ? ROLE_TAB_OPEN : ROLE_TAB,
                         open ? "[%s]" : " %s ", trace_tab_names[tab]);
    }
    summary_words(shown, summary, sizeof(summary));
    draw_text_right(box.row, at + 1, box.column + box.columns - at - 3, ROLE_PLAIN, summary);
}

#define WIDTH_NUMBER 4
#define WIDTH_MS     7
#define WIDTH_WHO    7
#define WIDTH_RESULT 10

static void draw_row(const struct trace_view *shown, struct box box, int at, int index)
{
    const struct trace_row *row = &shown->rows.items[index];
    const struct trace_record *record = &shown->trace.items[row->first];
    bool here = index == shown->list.cursor;
    char result[TRACE_RESULT_SIZE];
    _cleanup_free_ char *call = trace_row_call(&shown->trace, row);
    enum role plain = role_here(ROLE_PLAIN, here);
    const char *fold = row->count > 1 ? "+" : row->unfolded ? "-" : row->inside ? " " : "";
    draw_blank(at, box.column, box.columns, plain);
    draw_text(at, box.column, 1, plain, here ? ">" : " ");
    draw_text(at, box.column + 1, 1, plain, fold);
    int column = box.column + 2;
    draw_textf(at, column, WIDTH_NUMBER, plain, "%*zu", WIDTH_NUMBER, row->first + 1);
    column += WIDTH_NUMBER + 1;
    if (box.columns >= 60) {
        draw_textf(at, column, WIDTH_MS, plain, "%*.2f", WIDTH_MS - 1,
                   (double)record->time_ns / 1e6);
        column += WIDTH_MS;
    }
    draw_text(at, column, WIDTH_WHO, plain, trace_who_names[record->who]);
    column += WIDTH_WHO + 1;
    int left = box.column + box.columns - column - WIDTH_RESULT - 1;
    draw_text(at, column, left, plain, call);
    bool failed = row->count == 1 && record->errnum != 0;
    draw_text(at, box.column + box.columns - WIDTH_RESULT, WIDTH_RESULT,
              role_here(failed ? ROLE_WARN : ROLE_PLAIN, here),
              trace_row_result(&shown->trace, row, result));
}

static void draw_head(struct box box, int at)
{
    int column = box.column + 2;
    draw_textf(at, column, WIDTH_NUMBER, ROLE_HEAD, "%*s", WIDTH_NUMBER, "#");
    column += WIDTH_NUMBER + 1;
    if (box.columns >= 60) {
        draw_textf(at, column, WIDTH_MS, ROLE_HEAD, "%*s", WIDTH_MS - 1, "MS");
        column += WIDTH_MS;
    }
    draw_text(at, column, WIDTH_WHO, ROLE_HEAD, "WHO");
    draw_text(at, column + WIDTH_WHO + 1, 8, ROLE_HEAD, "CALL");
    draw_text(at, box.column + box.columns - WIDTH_RESULT, WIDTH_RESULT, ROLE_HEAD, "RESULT");
}

static void draw_none(const struct trace_view *shown, struct box box)
{
    char text[ERR_TEXT_SIZE + 64], line[256];
    if (shown->problem[0])
        (void)snprintf(text, sizeof(text), "%s", shown->problem);
    else if (!shown->name[0])
        (void)snprintf(text, sizeof(text),
                       "Here are the calls that made a container. There is none yet: C makes one; "
                       "s on one in Containers shows its calls.");
    else
        (void)snprintf(text, sizeof(text),
                       "None of its calls is of this kind; [ shows the others.");
    for (int i = 0; i < box.rows - 3 && text_wrap(text, box.columns - 4, i, line, sizeof(line));
         i++)
        draw_text(box.row + 2 + i, box.column + 2, box.columns - 4, ROLE_PLAIN, line);
}

static void view_draw(struct view *view, struct box box)
{
    struct trace_view *shown = view->data;
    draw_tabs(shown, box);
    list_fit(&shown->list, (int)shown->rows.count, box.rows - 2);
    if (shown->rows.count == 0) {
        draw_none(shown, box);
        return;
    }
    draw_head(box, box.row + 1);
    for (int i = 0; i < shown->list.rows; i++) {
        int index = shown->list.top + i;
        if (index < shown->list.count)
            draw_row(shown, box, box.row + 2 + i, index);
    }
}

static void view_about(struct view *view, struct about *about)
{
    struct trace_view *shown = view->data;
    const struct trace_row *row = row_here(shown);
    char result[TRACE_RESULT_SIZE], manual[32];
    about->rows = 3;
    (void)list_position(&shown->list, about->right, sizeof(about->right));
    if (!row)
        return;
    const struct trace_record *record = &shown->trace.items[row->first];
    _cleanup_free_ char *call = trace_row_call(&shown->trace, row);
    (void)snprintf(about->left, sizeof(about->left), "call %zu: %.100s %s", row->first + 1, call,
                   trace_row_result(&shown->trace, row, result));
    text_addf(&about->text, "%s %s", trace_explain(record), trace_manual(record, manual));
    if (row->count == 1 && record->errnum != 0)
        text_addf(&about->text, "\nIt gave %s: %s. %s", result, strerror(record->errnum),
                  trace_explain_error(record));
}

static void view_hint(struct view *view, struct text *hint)
{
    const struct trace_view *shown = view->data;
    const struct trace_row *row = row_here(shown);
    if (!row) {
        text_add(hint, "`4` containers  `C` create  `]` next tab");
        return;
    }
    text_add(hint, "`Enter` whole call  ");
    if (row->count > 1)
        text_add(hint, "`l` unfold  ");
    else if (row->inside)
        text_add(hint, "`h` fold  ");
    text_addf(hint, "`]` %s  `w` write to a file  `4` containers",
              shown->tab + 1 < TRACE_TABS ? trace_tab_names[shown->tab + 1] : "all");
}

/* ---- keys ---------------------------------------------------------------------------------- */

static void page_open(struct trace_view *shown)
{
    const struct trace_row *row = row_here(shown);
    _cleanup_text_ struct text text = {0};
    char title[64], result[TRACE_RESULT_SIZE], manual[32];
    if (!row)
        return;
    for (size_t at = row->first; at < row->first + row->count; at++) {
        const struct trace_record *record = &shown->trace.items[at];
        _cleanup_free_ char *call = trace_call_shown(record);
        text_addf(&text, "%zu  %.3f ms  %s%s", at + 1, (double)record->time_ns / 1e6,
                  trace_who_names[record->who], record->pid ? "" : "\n");
        if (record->pid)
            text_addf(&text, ", pid %d\n", (int)record->pid);
        text_addf(&text, "%s %s\n", call, trace_result(record, result));
        if (strcmp(call, record->call) != 0)
            text_addf(&text, "as it was made: %s\n", record->call);
        if (record->errnum)
            text_addf(&text, "%s. %s\n", strerror(record->errnum), trace_explain_error(record));
        text_add(&text, "\n");
    }
    const struct trace_record *record = &shown->trace.items[row->first];
    text_addf(&text, "%s\n\nMore: man 2 %.*s\n", trace_explain(record),
              (int)strcspn(trace_manual(record, manual), "("), manual);
    (void)snprintf(title, sizeof(title), "call %zu of %s", row->first + 1, shown->name);
    app_page_open(shown->view->app, title, text.data);
}

/* Opens or closes the fold under the cursor; the cursor stays on its first call. */
static void fold_turn(struct trace_view *shown, bool open)
{
    const struct trace_row *row = row_here(shown);
    if (!row || (open ? row->count == 1 : !row->inside))
        return;
    int cursor = shown->list.cursor;
    while (!open && cursor > 0 && !shown->rows.items[cursor].unfolded)
        cursor--;
    shown->open[shown->rows.items[cursor].first] = open;
    rows_fill(shown);
    list_move(&shown->list, cursor);
}

static void tab_turn(struct trace_view *shown, int step)
{
    shown->tab = (enum trace_tab)(((int)shown->tab + step + TRACE_TABS) % TRACE_TABS);
    shown->list.cursor = shown->list.top = 0;
    rows_fill(shown);
}

static bool view_request(struct view *view, enum request request)
{
    struct trace_view *shown = view->data;
    if (list_request(&shown->list, request))
        return true;
    switch (request) {
    case REQ_OPEN:
        page_open(shown);
        return true;
    case REQ_LEFT:
    case REQ_RIGHT:
        fold_turn(shown, request == REQ_RIGHT);
        return true;
    case REQ_TAB_NEXT:
    case REQ_TAB_PREVIOUS:
        tab_turn(shown, request == REQ_TAB_NEXT ? 1 : -1);
        return true;
    case REQ_REFRESH:
        trace_load(shown, shown->name);
        return false; /* and everything else looks again too */
    default:
        return false;
    }
}

/* ---- life ---------------------------------------------------------------------------------- */

static int view_open(struct view *view, struct err *err)
{
    (void)err;
    struct trace_view *shown = xcalloc(1, sizeof(*shown));
    shown->view = view;
    shown->open = xcalloc(1, sizeof(bool));
    view->data = shown;
    return 0;
}

static void view_close(struct view *view)
{
    struct trace_view *shown = view->data;
    trace_free(&shown->trace);
    trace_rows_free(&shown->rows);
    free(shown->open);
    free(shown);
    view->data = NULL;
}

static void view_shown(struct view *view)
{
    struct trace_view *shown = view->data;
    if (!shown->name[0] || !app_session(view->app, shown->name))
        choose_newest(shown);
}

/* Another one of the same name, or the file that was not written yet. */
static void view_on_snapshot(struct view *view)
{
    struct trace_view *shown = view->data;
    const struct session_state *state = app_session(view->app, shown->name);
    if (!shown->name[0])
        choose_newest(shown);
    else if (state && (state->created_s != shown->created_s || shown->problem[0]))
        trace_load(shown, shown->name);
}

static void view_thing(struct view *view, struct thing *thing)
{
    const struct trace_view *shown = view->data;
    const struct session_state *state = app_session(view->app, shown->name);
    if (!state)
        return;
    thing->kind = THING_SESSION;
    thing->ours = true;
    thing->pid = state->pid;
    thing->start_time = state->pid_start;
    (void)snprintf(thing->name, sizeof(thing->name), "%s", state->name);
}

static bool view_explain(struct view *view, char *title, size_t size, struct text *text)
{
    const struct trace_view *shown = view->data;
    const struct trace_row *row = row_here(shown);
    char manual[32];
    if (!row)
        return false;
    const struct trace_record *record = &shown->trace.items[row->first];
    (void)snprintf(title, size, "%s", trace_manual(record, manual));
    text_addf(text, "%s\n", trace_explain(record));
    if (record->errnum)
        text_addf(text, "\nIt gave an error: %s. %s\n", strerror(record->errnum),
                  trace_explain_error(record));
    text_add(text,
             "\nThe columns of the list\n"
             "#  which call it was. + is a fold: neighbours of a kind, l opens it. MS  when, in "
             "milliseconds since the first. WHO  parent: the engine, out here. between: the "
             "process that enters pid and user namespaces or sets clocks. child: the one that "
             "becomes the container. init: nstui-init, in there. RESULT  what the call gave; "
             "\"no return\" where another program took over.\n\n"
             "nstui trace -- CMD shows the same of any program.\n");
    return true;
}

static bool view_command(struct view *view, struct text *line)
{
    const struct trace_view *shown = view->data;
    if (!shown->name[0])
        return false;
    text_addf(line, "nstui trace %s", shown->name);
    return true;
}

int trace_open(struct app *app, const char *name)
{
    struct view *view = app_view_go(app, TRACE_DIGIT);
    if (!view)
        return -1;
    struct trace_view *shown = view->data;
    shown->tab = TRACE_TAB_ALL;
    trace_load(shown, name);
    app_redraw(app);
    return 0;
}

const struct view_ops view_trace = {
    .name = "Trace",
    .digit = TRACE_DIGIT,
    .context = CONTEXT_LIST,
    .open = view_open,
    .close = view_close,
    .shown = view_shown,
    .draw = view_draw,
    .about = view_about,
    .hint = view_hint,
    .thing = view_thing,
    .request = view_request,
    .on_snapshot = view_on_snapshot,
    .explain = view_explain,
    .command = view_command,
};
