/* frame: the same frame round every view: title, tabs, the content, a rule with words, sentences
 * about the selected thing, what to press next, the function bar; dialogs over it. Called by the loop
 * when something changed. Asks the view for everything and knows none. */
#include "core.h"
#include "draw_private.h"
#include "screen.h"

#include <curses.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define LEAST_ROWS    12
#define LEAST_COLUMNS 40
#define NARROW        60  /* below: short words */
#define TITLE_FULL    76  /* below: the short title */
#define WIDE          120 /* from here: more words */
#define BAR_COLUMNS   80  /* below: letters instead of F-keys */

/* ---- line 1 ---------------------------------------------------------------------------- */

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static const char *user_name(void)
{
    static char name[64]; /* asked once: getpwuid may read files */
    if (name[0] == '\0') {
        const struct passwd *entry = getpwuid(getuid());
        if (entry != NULL)
            snprintf(name, sizeof(name), "%s", entry->pw_name);
        else
            snprintf(name, sizeof(name), "uid %d", (int)getuid());
    }
    return name;
}

static void who(const struct app *app, char *text, size_t size)
{
    const char *sudo = getenv("SUDO_USER");
    if (!app->root)
        snprintf(text, size, "%s, no root", user_name());
    else if (sudo != NULL && *sudo != '\0' && app->columns >= WIDE)
        snprintf(text, size, "root (sudo by %s)", sudo);
    else
        snprintf(text, size, "root");
}

static void title_counts(const struct app *app, const struct utsname *host, char *text, size_t size)
{
    struct source_counts counts = app->core->counts;
    char processes[24], spaces[24];
    text_count(counts.processes, processes, sizeof(processes));
    text_count(counts.namespaces, spaces, sizeof(spaces));
    if (app->columns < TITLE_FULL) {
        snprintf(text, size, " %s %s ns %zu ct", host->nodename, spaces, counts.containers);
        return;
    }
    if (app->columns < WIDE) {
        snprintf(text, size, " nstui  %s  %s procs  %s namespaces  %zu container%s", host->nodename,
                 processes, spaces, counts.containers, plural(counts.containers));
        return;
    }
    char running[32] = "";
    if (counts.containers > 0)
        snprintf(running, sizeof(running), " (%zu running)", counts.running);
    snprintf(text, size, " nstui  %s  %s %s %s   %s procs  %s namespaces  %zu container%s%s",
             host->nodename, host->sysname, host->release, host->machine, processes, spaces,
             counts.containers, plural(counts.containers), running);
}

static void draw_title(const struct app *app)
{
    char left[512], person[96], right[128], clock_text[16];
    struct utsname host = {0};
    struct tm parts;
    time_t now = app->frozen ? app->frozen_since : time(NULL);
    uname(&host);
    title_counts(app, &host, left, sizeof(left));
    who(app, person, sizeof(person));
    localtime_r(&now, &parts);
    strftime(clock_text, sizeof(clock_text), "%H:%M:%S", &parts);
    if (app->frozen)
        snprintf(right, sizeof(right), "FROZEN since %s ", clock_text);
    else
        snprintf(right, sizeof(right), "%s ", clock_text);
    int clock_columns = text_columns(right);
    int taken = draw_text(0, 0, app->columns - clock_columns - 1, ROLE_TITLE, left);
    int gap = app->columns >= WIDE ? 3 : app->columns >= NARROW ? 2 : 1;
    int at = taken + gap;
    at += draw_text(0, at, app->columns - clock_columns - at - 1, ROLE_TITLE, person);
    if (app->columns >= WIDE && app->now != NULL)
        draw_textf(0, at + gap, app->columns - clock_columns - at - gap - 1, ROLE_PLAIN,
                   "source %s", strcmp(app->now->source, "proc") == 0 ? "/proc" : app->now->source);
    draw_text_right(0, app->columns - clock_columns, clock_columns,
                    app->frozen ? ROLE_WARN : ROLE_TITLE, right);
}

/* ---- line 2 ---------------------------------------------------------------------------- */

static void draw_tabs(const struct app *app)
{
    bool wide = app->columns >= WIDE;
    int at = 0;
    for (size_t i = 0; i < app->view_count; i++) {
        const struct view *view = &app->views[i];
        bool open = view == app->view;
        char name[64];
        if (app->columns < NARROW && !open)
            snprintf(name, sizeof(name), "%d", view->ops->digit);
        else
            snprintf(name, sizeof(name), "%d%s%s", view->ops->digit, wide ? " " : "",
                     view->ops->name);
        bool after_open = i > 0 && &app->views[i - 1] == app->view;
        if (!after_open)
            draw_text(1, at, 1, ROLE_TAB_OPEN, open ? "[" : " ");
        at++;
        at += draw_text(1, at, app->columns - at, open ? ROLE_TAB_OPEN : ROLE_TAB, name);
        if (open)
            draw_text(1, at, 1, ROLE_TAB_OPEN, "]");
        if (wide || (app->columns < NARROW && open))
            at += wide ? 2 : 1;
    }
}

static void draw_line_2(struct app *app)
{
    char crumbs[256];
    if (app->view->ops->crumbs != NULL && app->view->ops->crumbs(app->view, crumbs, sizeof(crumbs)))
        draw_text(1, 1, app->columns - 1, ROLE_TITLE, crumbs);
    else
        draw_tabs(app);
}

/* ---- lines 23 and 24 ------------------------------------------------------------------- */

enum key_context frame_context(struct app *app)
{
    if (app->dialog != NULL)
        return app->dialog->ops->context;
    if (app->view->ops->context_now != NULL)
        return app->view->ops->context_now(app->view);
    return app->view->ops->context;
}

#define MESSAGE_ROWS 4

/* A sentence that is longer than line 23 takes the lines above it, so that it can be read whole. */
static void draw_sentence(const struct app *app, int row, enum role role, const char *mark,
                          const char *text)
{
    char line[1024];
    int width = app->columns - 2 - text_columns(mark);
    int count = text_wrap_count(text, width);
    if (count > MESSAGE_ROWS)
        count = MESSAGE_ROWS;
    for (int i = 0; i < count && text_wrap(text, width, i, line, sizeof(line)); i++) {
        int at = row - count + 1 + i;
        draw_blank(at, 0, app->columns, ROLE_PLAIN);
        draw_text(at, 1, text_columns(mark), role, i == 0 ? mark : "");
        draw_text(at, 1 + text_columns(mark), width, role, line);
    }
}

static bool draw_message(const struct app *app, int row)
{
    const char *line = app->core->running_line;
    if (app->message_kind == MESSAGE_ERROR)
        draw_sentence(app, row, ROLE_WRONG, "! ", app->message);
    else if (line != NULL)
        draw_sentence(app, row, ROLE_PLAIN, "running: ", line);
    else if (app->message_kind == MESSAGE_RESULT)
        draw_sentence(app, row, ROLE_GOOD, "", app->message);
    return app->message_kind != MESSAGE_NONE || line != NULL;
}

static void draw_line_23(struct app *app, int row)
{
    _cleanup_text_ struct text hint = {0};
    if (app->dialog != NULL && app->dialog->ops->line) {
        app->dialog->ops->draw(app->dialog, (struct box){row, 0, 1, app->columns});
        return;
    }
    if (draw_message(app, row))
        return;
    if (app->dialog != NULL) {
        if (app->dialog->ops->hint != NULL)
            app->dialog->ops->hint(app->dialog, &hint);
    } else if (app->view->ops->hint != NULL) {
        app->view->ops->hint(app->view, &hint);
    }
    if (hint.data != NULL)
        draw_hint(row, 1, app->columns - 1, hint.data);
}

/* The F-keys of a context in their order. */
static void bar_of_fkeys(enum key_context context, bool wide, struct text *bar)
{
    for (int fkey = 1; fkey <= 10; fkey++) {
        const struct keymap_row *found = NULL;
        for (enum key_context asked = context; asked != CONTEXT_NONE && found == NULL;
             asked = keymap_parent(asked))
            for (size_t i = 0; i < keymap_count && found == NULL; i++)
                if (keymap_rows[i].context == asked && keymap_rows[i].fkey == fkey)
                    found = &keymap_rows[i];
        if (found != NULL && found->label != NULL)
            text_addf(bar, wide ? "`F%d `%s     " : "`F%d`%s ", fkey, found->label);
    }
}

/* The same by letters, the likeliest first, since a narrow screen holds few. */
static void bar_of_letters(enum key_context context, struct text *bar)
{
    static const enum request order[] = {REQ_HELP, REQ_CREATE, REQ_MENU,    REQ_BACK, REQ_FILTER,
                                         REQ_FIND, REQ_JOIN,   REQ_COMPARE, REQ_KILL, REQ_QUIT};
    for (size_t i = 0; i < array_length(order); i++) {
        const struct keymap_row *row = keymap_find(context, order[i]);
        if (row == NULL || row->keys[0] <= ' ')
            continue;
        const char *label = order[i] == REQ_BACK ? "Back" : row->label;
        if (label != NULL)
            text_addf(bar, "`%c` %s  ", (char)row->keys[0], label);
    }
}

static void draw_line_24(struct app *app, int row)
{
    _cleanup_text_ struct text bar = {0};
    enum key_context context = frame_context(app);
    bool letters = app->columns < BAR_COLUMNS || !screen_has_fkeys();
    if (app->dialog != NULL && app->dialog->ops->bar != NULL)
        app->dialog->ops->bar(app->dialog, &bar);
    else if (app->dialog == NULL && app->view->ops->bar != NULL)
        app->view->ops->bar(app->view, &bar);
    else if (letters && keymap_find(context, REQ_BACK) != NULL)
        bar_of_letters(context, &bar);
    else
        bar_of_fkeys(context, app->columns >= WIDE, &bar);
    if (app->dialog != NULL && app->dialog->ops->bar == NULL)
        text_add(&bar, "`Esc` Leave");
    if (bar.data != NULL)
        draw_bar(row, 0, app->columns, bar.data);
}

/* ---- the middle ------------------------------------------------------------------------ */

static int about_rows(const struct app *app, const struct about *about)
{
    if (about->rows <= 0)
        return 0;
    if (app->columns < NARROW || app->rows < 16)
        return 1;
    return about->rows < app->rows / 3 ? about->rows : app->rows / 3;
}

/* Draws the rule and the sentences; returns how many rows are left above them. */
static int draw_about(struct app *app, int bottom)
{
    struct about about = {.rows = 2};
    if (app->view->ops->about == NULL)
        return bottom;
    app->view->ops->about(app->view, &about);
    if (about.rows < 0) {
        text_free(&about.text);
        return bottom;
    }
    int rows = about_rows(app, &about);
    int rule = bottom - rows - 1;
    draw_rule(rule, 0, app->columns, false, about.left, about.right);
    char line[512];
    for (int i = 0; about.text.data != NULL && i < rows; i++)
        if (text_wrap(about.text.data, app->columns - 2, i, line, sizeof(line)))
            draw_text(rule + 1 + i, 1, app->columns - 2, ROLE_PLAIN, line);
    text_free(&about.text);
    return rule;
}

/* Where nothing can be seen yet, or not at all: a sentence instead of an empty list. */
static bool draw_nothing_known(const struct app *app, struct box box)
{
    if (app->now != NULL)
        return false;
    const char *text = app->problem[0] != '\0' ? app->problem : "looking at the machine ..";
    char line[512];
    for (int i = 0; i < box.rows && text_wrap(text, box.columns - 4, i, line, sizeof(line)); i++)
        draw_text(box.row + 1 + i, box.column + 2, box.columns - 4,
                  app->problem[0] != '\0' ? ROLE_WRONG : ROLE_PLAIN, line);
    return true;
}

static void draw_view(struct app *app)
{
    draw_line_2(app);
    int bottom = app->rows - 2;
    int rule = draw_about(app, bottom);
    struct box box = {2, 0, rule - 2, app->columns};
    if (app->problem[0] != '\0' && app->now != NULL && box.rows > 4) {
        /* What is shown is older than it could be: say so, and why. */
        char line[ERR_TEXT_SIZE];
        int rows = text_wrap_count(app->problem, app->columns - 4);
        rows = rows > 2 ? 2 : rows;
        for (int i = 0; i < rows; i++)
            if (text_wrap(app->problem, app->columns - 4, i, line, sizeof(line)))
                draw_textf(box.row + i, 1, app->columns - 2, ROLE_WRONG, "%s%s",
                           i == 0 ? "! " : "  ", line);
        box.row += rows;
        box.rows -= rows;
    }
    if (!draw_nothing_known(app, box))
        app->view->ops->draw(app->view, box);
}

static struct box dialog_box(const struct app *app, struct dialog *dialog)
{
    if (dialog->ops->page)
        return (struct box){1, 0, app->rows - 3, app->columns};
    struct box area = {1, 1, app->rows - 3, app->columns - 2};
    int rows = area.rows, columns = area.columns;
    if (dialog->ops->size != NULL)
        dialog->ops->size(dialog, area.rows, area.columns, &rows, &columns);
    struct box box = box_centre(area, rows, columns);
    if (dialog->ops->right)
        box.column = area.column + area.columns - box.columns;
    return box;
}

static void draw_dialogs(struct app *app, struct dialog *dialog)
{
    if (dialog == NULL)
        return;
    draw_dialogs(app, dialog->below);
    if (dialog->ops->line)
        return;
    struct box box = dialog_box(app, dialog);
    if (dialog->ops->page) {
        draw_clear(box);
        dialog->ops->draw(dialog, box);
        return;
    }
    char title[160] = "";
    if (dialog->ops->title != NULL)
        dialog->ops->title(dialog, title, sizeof(title));
    dialog->ops->draw(dialog, draw_border(box, dialog == app->dialog, title));
}

static void place_cursor(struct app *app)
{
    int row = 0, column = 0;
    bool shown = false;
    if (app->dialog != NULL)
        shown = app->dialog->ops->cursor != NULL &&
                app->dialog->ops->cursor(app->dialog, &row, &column);
    else
        shown = app->view->ops->cursor != NULL && app->view->ops->cursor(app->view, &row, &column);
    if (shown)
        move(row, column);
    curs_set(shown ? 1 : 0);
}

/* ---- too small ------------------------------------------------------------------------- */

static void draw_too_small(const struct app *app)
{
    _cleanup_text_ struct text text = {0};
    bool roomy = app->rows >= 9;
    char line[256];
    text_addf(&text, "nstui needs %d columns, %d rows.\nThis terminal: %d columns, %d rows.\n%s",
              LEAST_COLUMNS, LEAST_ROWS, app->columns, app->rows, roomy ? "\n" : "");
    text_addf(&text, "Make the window larger and nstui goes on. Your containers run.\n%s",
              roomy ? "\n" : "");
    text_addf(&text, "Now: %zu running.", app->core->counts.running);
    int rows = roomy ? app->rows - 1 : app->rows;
    for (int i = 0; i < rows && text_wrap(text.data, app->columns, i, line, sizeof(line)); i++)
        draw_text(i, 0, app->columns, ROLE_PLAIN, line);
    if (roomy)
        draw_hint(app->rows - 1, 0, app->columns, "`q` quit  then: nstui ls");
    curs_set(0);
}

void frame_draw(struct app *app)
{
    erase();
    app->rows = LINES;
    app->columns = COLS;
    if (app->rows < LEAST_ROWS || app->columns < LEAST_COLUMNS) {
        draw_too_small(app);
    } else {
        draw_title(app);
        draw_view(app);
        draw_dialogs(app, app->dialog);
        draw_line_23(app, app->rows - 2);
        draw_line_24(app, app->rows - 1);
        place_cursor(app);
    }
    refresh();
}
