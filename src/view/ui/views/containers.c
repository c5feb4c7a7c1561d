/* containers: what nstui started, running or ended: containers, joined shells, shells of the host.
 * The rows come from the sessions' state, so one that another dashboard or a script made is here as
 * well. */
#include "containers.h"

#include "../doors.h"
#include "../widgets/list.h"
#include "../widgets/menu.h"
#include "../widgets/prompt.h"
#include "filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONTAINERS_DIGIT 4
#define WIDE             120

struct containers {
    struct view *view;
    struct list list;
    size_t *rows; /* indices in app->sessions that the filter lets through */
    size_t row_capacity;
    char cursor_name[SESSION_NAME_MAX + 1]; /* the cursor stays on its thing */
    char filter_text[128];
    char find_text[128];
    bool only_apart; /* = : no shells of the host */
    int order;       /* in orders[] */
    bool reverse;
};

/* What the rows are sorted by, below "what runs before what has ended". */
static int compare_age(const struct session_state *left, const struct session_state *right)
{
    return (left->created_s < right->created_s) - (left->created_s > right->created_s);
}

static int compare_name(const struct session_state *left, const struct session_state *right)
{
    return strcmp(left->name, right->name);
}

static int compare_root(const struct session_state *left, const struct session_state *right)
{
    return strcmp(left->root, right->root);
}

static const struct {
    const char *column, *first, *first_reversed;
    int (*compare)(const struct session_state *left, const struct session_state *right);
} orders[] = {
    {"UP", "newest first", "oldest first", compare_age},
    {"NAME", "a to z", "z to a", compare_name},
    {"ROOT", "a to z", "z to a", compare_root},
};

/* ---- rows ------------------------------------------------------------------------------ */

static bool session_matches(const struct session_state *state, const char *words)
{
    struct filter filter;
    char shown[32];
    _cleanup_text_ struct text command = {0};
    filter_parse(&filter, words);
    session_words_command(state, &command);
    const struct filter_facts facts = {
        .pid = state->pid,
        .texts = {state->name, command.data, state->root,
                  session_words_state(state, shown, sizeof(shown))},
    };
    return filter_matches(&filter, &facts);
}

static bool goes_before(const struct containers *containers, size_t left, size_t right)
{
    const struct session_list *sessions = containers->view->app->sessions;
    int order = orders[containers->order].compare(&sessions->items[left], &sessions->items[right]);
    return containers->reverse ? order > 0 : order < 0;
}

/* Puts the newest of `count` rows where it belongs among those from `first` on. */
static void row_settle(struct containers *containers, int first, int count)
{
    size_t index = containers->rows[count - 1];
    int at = count - 1;
    for (; at > first && goes_before(containers, index, containers->rows[at - 1]); at--)
        containers->rows[at] = containers->rows[at - 1];
    containers->rows[at] = index;
}

static const struct session_state *containers_at(const struct containers *containers, int row)
{
    const struct session_list *sessions = containers->view->app->sessions;
    if (sessions == NULL || row < 0 || row >= containers->list.count)
        return NULL;
    size_t index = containers->rows[row];
    return index < sessions->count ? &sessions->items[index] : NULL;
}

static void containers_remember(struct containers *containers)
{
    const struct session_state *state = containers_at(containers, containers->list.cursor);
    if (state != NULL)
        snprintf(containers->cursor_name, sizeof(containers->cursor_name), "%s", state->name);
}

/* What runs before what has ended, each in the chosen order. */
static void containers_collect(struct containers *containers)
{
    const struct session_list *sessions = containers->view->app->sessions;
    int count = 0;
    for (int running = 1; running >= 0; running--) {
        int first = count;
        for (size_t i = sessions != NULL ? sessions->count : 0; i-- > 0;) {
            const struct session_state *state = &sessions->items[i];
            if ((state->condition == SESSION_RUNNING) != (running == 1) ||
                (containers->only_apart && state->kind == SESSION_SHELL) ||
                !session_matches(state, containers->filter_text))
                continue;
            array_grow(&containers->rows, (size_t)count, &containers->row_capacity,
                       sizeof(containers->rows[0]));
            containers->rows[count++] = i;
            row_settle(containers, first, count);
        }
    }
    list_fit(&containers->list, count, containers->list.rows);
    for (int row = 0; row < count; row++)
        if (strcmp(sessions->items[containers->rows[row]].name, containers->cursor_name) == 0)
            list_move(&containers->list, row);
    /* Also one that no key has chosen; a filter only hides what it was on. */
    if (app_session(containers->view->app, containers->cursor_name) == NULL)
        containers_remember(containers);
}

/* ---- columns --------------------------------------------------------------------------- */

enum column { NAME, ENGINE, STATE, INIT, PROCS, MEM, CPU, UP, OWN, ROOT, COMMAND, COLUMNS };

struct layout {
    int start[COLUMNS], width[COLUMNS]; /* width 0: not shown */
};

static const struct {
    const char *title;
    int width;
    bool right;
    int from; /* shown on screens of so many columns */
} columns[COLUMNS] = {
    [NAME] = {"NAME", 0, false, 0},       [ENGINE] = {"ENGINE", 6, false, 70},
    [STATE] = {"STATE", 10, false, 0},    [INIT] = {"INIT", 7, true, 60},
    [PROCS] = {"PROCS", 5, true, 0},      [MEM] = {"MEM", 5, true, 72},
    [CPU] = {"CPU", 5, true, 100},        [UP] = {"UP", 6, true, 50},
    [OWN] = {"OWN", 9, false, 60},        [ROOT] = {"ROOT", 24, false, WIDE},
    [COMMAND] = {"COMMAND", 0, false, 0},
};

static void lay_out(const struct containers *containers, struct box box, struct layout *layout)
{
    int name = 8;
    for (int row = 0; row < containers->list.count; row++) {
        const struct session_state *state = containers_at(containers, row);
        int length = state != NULL ? (int)strlen(state->name) : 0;
        name = length > name ? length : name;
    }
    int most = box.columns >= WIDE ? 32 : 18;
    int at = box.column + 1;
    for (int i = 0; i < COLUMNS; i++) {
        int width = i == NAME ? (name > most ? most : name) : columns[i].width;
        if (i == COMMAND)
            width = box.column + box.columns - at - 1;
        layout->start[i] = at;
        layout->width[i] = box.columns >= columns[i].from && width > 0 ? width : 0;
        at += layout->width[i] > 0 ? layout->width[i] + 1 : 0;
    }
}

static void draw_cell(const struct layout *layout, enum column column, int row, enum role role,
                      const char *text)
{
    if (layout->width[column] <= 0)
        return;
    if (columns[column].right)
        draw_text_right(row, layout->start[column], layout->width[column], role, text);
    else
        draw_field(row, layout->start[column], layout->width[column], role, text);
}

static void draw_row(const struct containers *containers, const struct layout *layout,
                     struct box box, int row, int at)
{
    struct app *app = containers->view->app;
    const struct session_state *state = containers_at(containers, row);
    bool cursor = row == containers->list.cursor;
    unsigned int on = cursor ? ROLE_ON_CURSOR : 0;
    enum role plain = (enum role)(ROLE_PLAIN | on), host = (enum role)(ROLE_HOST | on);
    bool runs = state->condition == SESSION_RUNNING;
    enum role words = runs ? plain : host;
    struct session_usage usage;
    char text[64];
    _cleanup_text_ struct text command = {0};
    draw_blank(at, box.column, box.columns, plain);
    draw_text(at, box.column, 1, plain, cursor ? ">" : " ");
    draw_cell(layout, NAME, at, words, state->name);
    draw_cell(layout, ENGINE, at, words, "nstui");
    draw_cell(layout, STATE, at, runs ? (enum role)(ROLE_GOOD | on) : words,
              session_words_state(state, text, sizeof(text)));
    snprintf(text, sizeof(text), runs && state->pid > 0 ? "%d" : "-", (int)state->pid);
    draw_cell(layout, INIT, at, words, text);
    draw_cell(layout, PROCS, at, words,
              text_count(session_processes(app, state), text, sizeof(text)));
    (void)session_usage(app, state, &usage);
    draw_cell(layout, MEM, at, words, session_usage_memory(&usage, text, sizeof(text)));
    draw_cell(layout, CPU, at, words, session_usage_cpu(&usage, text, sizeof(text)));
    draw_cell(layout, UP, at, words,
              runs ? text_span((int64_t)time(NULL) - state->created_s, text, sizeof(text)) : "-");
    draw_cell(layout, OWN, at, runs ? (enum role)(ROLE_OWN | on) : words,
              session_words_own(state, text, sizeof(text)));
    draw_cell(layout, ROOT, at, words, state->root[0] != '\0' ? state->root : "/");
    session_words_command(state, &command);
    draw_cell(layout, COMMAND, at, words, command.data != NULL ? command.data : "");
}

static void draw_none(const struct containers *containers, struct box box)
{
    char text[256], line[256];
    if (containers->filter_text[0] != '\0')
        snprintf(text, sizeof(text), "Nothing matches \"%s\"; / changes it, Esc shows all again.",
                 containers->filter_text);
    else if (containers->only_apart)
        snprintf(text, sizeof(text), "Nothing here is apart from the host; = shows all again.");
    else
        snprintf(text, sizeof(text),
                 "nstui has started no container yet. C makes one; J on any process of the other "
                 "views joins it.");
    for (int i = 0; i < box.rows - 2 && text_wrap(text, box.columns - 4, i, line, sizeof(line));
         i++)
        draw_text(box.row + 2 + i, box.column + 2, box.columns - 4, ROLE_PLAIN, line);
}

static void view_draw(struct view *view, struct box box)
{
    struct containers *containers = view->data;
    struct layout layout;
    containers_collect(containers);
    list_fit(&containers->list, containers->list.count, box.rows - 1);
    lay_out(containers, box, &layout);
    for (int i = 0; i < COLUMNS; i++)
        draw_cell(&layout, (enum column)i, box.row, ROLE_HEAD, columns[i].title);
    if (containers->list.count == 0)
        draw_none(containers, box);
    for (int i = 0; i < containers->list.rows; i++) {
        int row = containers->list.top + i;
        if (row < containers->list.count)
            draw_row(containers, &layout, box, row, box.row + 1 + i);
    }
}

/* ---- about ----------------------------------------------------------------------------- */

/* "1 container, 2 shells, by NAME": shells are no containers, here as in the title. */
static void count_words(const struct containers *containers, char *text, size_t size)
{
    int of[SESSION_SHELL + 1] = {0};
    size_t used = 0;
    for (int row = 0; row < containers->list.count; row++)
        of[containers_at(containers, row)->kind]++;
    int made = of[SESSION_CONTAINER], shells = of[SESSION_JOIN] + of[SESSION_SHELL];
    used += (size_t)snprintf(text, size, "%d container%s", made, made == 1 ? "" : "s");
    if (shells > 0)
        used += (size_t)snprintf(text + used, size - used, ", %d shell%s", shells,
                                 shells == 1 ? "" : "s");
    if (containers->order != 0 || containers->reverse)
        used += (size_t)snprintf(text + used, size - used, ", by %s%s",
                                 orders[containers->order].column,
                                 containers->reverse ? " reversed" : "");
    if (containers->only_apart)
        snprintf(text + used, size - used, ", no host shells");
}

static void view_about(struct view *view, struct about *about)
{
    struct containers *containers = view->data;
    containers_collect(containers);
    const struct session_state *state = containers_at(containers, containers->list.cursor);
    char made[16];
    about->rows = 5;
    count_words(containers, about->right, sizeof(about->right));
    if (state == NULL)
        return;
    if (state->kind == SESSION_SHELL)
        snprintf(about->left, sizeof(about->left), "%s, a shell of the host", state->name);
    else
        snprintf(about->left, sizeof(about->left), "%s, made with nstui by %s %s ago", state->name,
                 state->owner == 0 ? "root" : "a user without root",
                 text_span((int64_t)time(NULL) - state->created_s, made, sizeof(made)));
    session_words_about(view->app, state, &about->text);
}

static void view_hint(struct view *view, struct text *hint)
{
    const struct containers *containers = view->data;
    const struct session_state *state = containers_at(containers, containers->list.cursor);
    if (state == NULL)
        text_add(hint, "`C` create a container  `1` namespaces  `?` keys");
    else if (state->condition == SESSION_RUNNING)
        text_add(hint, "`a` attach  `J` shell in it  `c` compare  `s` calls  `m` log  `S` stop  "
                       "`Enter` all of it");
    else
        text_add(hint,
                 "`R` start again  `s` calls  `m` log  `E` export  `D` remove  `Enter` all of it");
}

static void session_thing(struct app *app, const struct session_state *state, struct thing *thing)
{
    *thing = (struct thing){
        .kind = THING_SESSION,
        .pid = state->pid,
        .start_time = state->pid_start,
        .host = state->kind == SESSION_SHELL,
        .ours = true,
    };
    snprintf(thing->name, sizeof(thing->name), "%s", state->name);
    const struct process *process = app_process(app, thing);
    if (process != NULL)
        text_printable(thing->command, sizeof(thing->command), process->comm, strlen(process->comm),
                       draw_utf8());
}

static void view_thing(struct view *view, struct thing *thing)
{
    struct containers *containers = view->data;
    const struct session_state *state = containers_at(containers, containers->list.cursor);
    if (state != NULL)
        session_thing(view->app, state, thing);
}

static bool view_command(struct view *view, struct text *line)
{
    (void)view;
    text_add(line, "nstui ps");
    return true;
}

/* ---- requests -------------------------------------------------------------------------- */

static void filter_changed(struct app *app, void *data, const char *text)
{
    struct containers *containers = data;
    snprintf(containers->filter_text, sizeof(containers->filter_text), "%s", text);
    app_redraw(app);
}

static void filter_done(struct app *app, void *data, const char *text, bool kept)
{
    filter_changed(app, data, kept ? text : "");
}

static void find_step(struct containers *containers, int step)
{
    struct list *list = &containers->list;
    if (containers->find_text[0] == '\0' || list->count == 0)
        return;
    for (int i = 1; i <= list->count; i++) {
        int row = ((list->cursor + step * i) % list->count + list->count) % list->count;
        if (!session_matches(containers_at(containers, row), containers->find_text))
            continue;
        list_move(list, row);
        containers_remember(containers);
        return;
    }
    app_result(containers->view->app, "nothing here matches \"%s\"", containers->find_text);
}

static void find_done(struct app *app, void *data, const char *text, bool kept)
{
    struct containers *containers = data;
    if (!kept)
        return;
    snprintf(containers->find_text, sizeof(containers->find_text), "%s", text);
    find_step(containers, 1);
    app_redraw(app);
}

static void ask_filter(struct containers *containers)
{
    const struct prompt prompt = {
        .label = "Filter",
        .text = containers->filter_text,
        .hint = "`Enter` keep it  `Esc` show all again",
        .changed = filter_changed,
        .done = filter_done,
        .data = containers,
    };
    prompt_open(containers->view->app, &prompt);
}

static void ask_find(struct containers *containers)
{
    const struct prompt prompt = {
        .label = "Find",
        .hint = "`Enter` go to it  `Esc` leave",
        .done = find_done,
        .data = containers,
    };
    prompt_open(containers->view->app, &prompt);
}

static void order_chosen(struct app *app, void *data, int value)
{
    struct containers *containers = data;
    if (value < 0)
        return;
    containers->reverse = containers->order == value && !containers->reverse;
    containers->order = value;
    app_result(app, "by %s, %s", orders[value].column,
               containers->reverse ? orders[value].first_reversed : orders[value].first);
}

static void ask_order(struct containers *containers)
{
    struct menu_row rows[array_length(orders)];
    for (int i = 0; i < (int)array_length(orders); i++) {
        bool turns = i == containers->order && !containers->reverse;
        rows[i] = (struct menu_row){.label = orders[i].column,
                                    .note = turns ? orders[i].first_reversed : orders[i].first,
                                    .value = i};
    }
    menu_open(containers->view->app, "Order by", rows, array_length(orders),
              (size_t)containers->order, false, "again on the same: reversed", order_chosen,
              containers);
}

static void open_page(struct containers *containers)
{
    struct app *app = containers->view->app;
    const struct session_state *state = containers_at(containers, containers->list.cursor);
    _cleanup_text_ struct text text = {0};
    if (state == NULL)
        return;
    session_words_all(app, state, &text);
    app_page_open(app, state->name, text.data);
}

static bool view_request(struct view *view, enum request request)
{
    struct containers *containers = view->data;
    if (list_request(&containers->list, request)) {
        containers_remember(containers);
        return true;
    }
    switch (request) {
    case REQ_FILTER:
        ask_filter(containers);
        return true;
    case REQ_FIND:
        ask_find(containers);
        return true;
    case REQ_FIND_NEXT:
        find_step(containers, 1);
        return true;
    case REQ_FIND_PREVIOUS:
        find_step(containers, -1);
        return true;
    case REQ_OPEN:
        open_page(containers);
        return true;
    case REQ_ORDER:
        ask_order(containers);
        return true;
    case REQ_ONLY_DIFFERENT:
        containers->only_apart = !containers->only_apart;
        return true;
    case REQ_BACK:
        if (containers->filter_text[0] == '\0' && !containers->only_apart)
            return false;
        if (containers->filter_text[0] == '\0')
            containers->only_apart = false;
        containers->filter_text[0] = '\0';
        return true;
    default:
        return false;
    }
}

/* ---- life ------------------------------------------------------------------------------ */

static int view_open(struct view *view, struct err *err)
{
    (void)err;
    struct containers *containers = xcalloc(1, sizeof(*containers));
    containers->view = view;
    view->data = containers;
    containers_collect(containers);
    return 0;
}

static void view_close(struct view *view)
{
    struct containers *containers = view->data;
    free(containers->rows);
    free(containers);
    view->data = NULL;
}

static void view_on_snapshot(struct view *view)
{
    containers_collect(view->data);
}

int containers_show(struct app *app, const char *name)
{
    struct view *view = app_view_go(app, CONTAINERS_DIGIT);
    if (view == NULL)
        return -1;
    struct containers *containers = view->data;
    containers->filter_text[0] = '\0';
    containers->only_apart = false;
    snprintf(containers->cursor_name, sizeof(containers->cursor_name), "%s", name);
    app_redraw(app);
    return 0;
}

const struct view_ops view_containers = {
    .name = "Containers",
    .digit = CONTAINERS_DIGIT,
    .context = CONTEXT_LIST,
    .open = view_open,
    .close = view_close,
    .draw = view_draw,
    .about = view_about,
    .hint = view_hint,
    .thing = view_thing,
    .request = view_request,
    .on_snapshot = view_on_snapshot,
    .command = view_command,
};
