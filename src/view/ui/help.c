/* help: the keys in force, printed from the keymap: small keys look at the left, capitals act at the
 * right; above them what a dialog says of the thing under its cursor. Opened by ?, F1. Of keys it says
 * nothing that the keymap does not. */
#include "core.h"
#include "doors.h"

#include <stdio.h>
#include <stdlib.h>

#define KEYS_LEFT   16
#define KEYS_RIGHT  8
#define TWO_COLUMNS 76

struct help {
    enum key_context context;
    const struct keymap_row *left[128], *right[128]; /* null: an empty line or a heading */
    const char *right_heading[128];
    int left_count, right_count;
    int top, rows;
    char title[64];    /* of what is explained; "": nothing is */
    struct text about; /* the explanation */
};

/* Its first key means this here: a view may have taken the key for something of its own. */
static bool is_in_force(enum key_context context, const struct keymap_row *row)
{
    return row->keys[0] == 0 ||
           keymap_request(context, (struct key){.code = row->keys[0]}) == row->request;
}

/* Rows of a group that are in force, specific ones first. */
static int collect(enum key_context context, enum key_group group, const struct keymap_row **rows,
                   int count)
{
    for (enum key_context asked = context; asked != CONTEXT_NONE; asked = keymap_parent(asked))
        for (size_t i = 0; i < keymap_count && count < 120; i++) {
            const struct keymap_row *row = &keymap_rows[i];
            if (row->context == asked && row->group == group && row->shown != NULL &&
                keymap_find(context, row->request) == row && is_in_force(context, row))
                rows[count++] = row;
        }
    return count;
}

static void heading(struct help *help, const char *text)
{
    help->right_heading[help->right_count++] = text;
}

static void draw_column(const struct keymap_row *row, const char *words, int line, int column,
                        int keys, int width)
{
    if (row == NULL) {
        if (words != NULL)
            draw_text(line, column, width, ROLE_TITLE, words);
        return;
    }
    draw_text(line, column, keys - 1, ROLE_KEY, row->shown);
    draw_text(line, column + keys, width - keys, ROLE_PLAIN, row->help);
}

static int help_lines(const struct help *help, bool two)
{
    int more = help->left_count > help->right_count ? help->left_count : help->right_count;
    return two ? more : help->left_count + help->right_count;
}

static void draw_headings(struct box box, int line, bool two)
{
    draw_text(line, 1, box.columns - 2, ROLE_TITLE, "SMALL KEYS LOOK: they change nothing");
    if (two)
        draw_text(line, 44, box.columns - 44, ROLE_TITLE, "CAPITALS ACT: they ask first");
}

/* A line of keys; index counts from the first of them. */
static void draw_keys(const struct help *help, struct box body, int line, int index, bool two)
{
    int half = two ? 44 : body.columns;
    if (index < help->left_count)
        draw_column(help->left[index], NULL, line, 1, KEYS_LEFT, half - 2);
    int right = two ? index : index - help->left_count;
    if (right >= 0 && right < help->right_count)
        draw_column(help->right[right], help->right_heading[right], line, two ? half : 1,
                    two ? KEYS_RIGHT : KEYS_LEFT, two ? body.columns - half : half - 2);
}

static int about_lines(const struct help *help, int columns)
{
    return help->title[0] ? text_wrap_count(help->about.data, columns - 2) : 0;
}

/* All that scrolls: what is explained, a blank line and the headings below it; the keys. */
static int all_lines(const struct help *help, int columns)
{
    int about = about_lines(help, columns);
    return about + (about ? 2 : 0) + help_lines(help, columns >= TWO_COLUMNS);
}

static void draw_lines(const struct help *help, struct box body)
{
    int about = about_lines(help, body.columns), total = all_lines(help, body.columns);
    bool two = body.columns >= TWO_COLUMNS;
    char text[256];
    for (int i = 0; i < body.rows && help->top + i < total; i++) {
        int index = help->top + i, line = body.row + i;
        if (about && index == about + 1)
            draw_headings(body, line, two);
        else if (about && index > about)
            draw_keys(help, body, line, index - about - 2, two);
        else if (!about)
            draw_keys(help, body, line, index, two);
        else if (text_wrap(help->about.data, body.columns - 2, index, text, sizeof(text)))
            draw_text(line, 1, body.columns - 2, text[0] == '!' ? ROLE_WRONG : ROLE_PLAIN, text);
    }
}

static void help_title(const struct dialog *dialog, char *left, size_t size)
{
    const struct help *help = dialog->data;
    const char *where = keymap_context_name(help->context);
    if (dialog->app->view->ops->context == help->context)
        where = dialog->app->view->ops->name;
    if (help->title[0])
        snprintf(left, size, "Help: %s", help->title);
    else
        snprintf(left, size, "Help: keys in %s", where);
}

static void help_draw(struct dialog *dialog, struct box box)
{
    struct help *help = dialog->data;
    char left[96], right[32];
    int total = all_lines(help, box.columns);
    int headings = help->title[0] ? 0 : 1; /* that stay */
    int foot = box.rows >= 16 ? 2 : 0;
    int rows = box.rows - 1 - headings - foot;
    help->rows = rows;
    if (help->top > total - rows)
        help->top = total - rows;
    if (help->top < 0)
        help->top = 0;
    help_title(dialog, left, sizeof(left));
    int page = rows > 0 ? (help->top + rows - 1) / rows + 1 : 1;
    snprintf(right, sizeof(right), "page %d of %d", page, rows > 0 ? (total + rows - 1) / rows : 1);
    struct box body = draw_page_title(box, left, right);
    if (headings)
        draw_headings(box, body.row++, box.columns >= TWO_COLUMNS);
    body.rows = rows;
    draw_lines(help, body);
    if (foot == 0)
        return;
    draw_text(body.row + rows, 1, box.columns - 2, ROLE_PLAIN,
              "No F-keys? Every one has a letter. Esc then 1 to 0 is F1 to F10.");
    draw_text(body.row + rows + 1, 1, box.columns - 2, ROLE_PLAIN,
              "In a pane all keys go to the program; ^A is the way out, and is shown there.");
}

static bool help_request(struct dialog *dialog, enum request request)
{
    struct help *help = dialog->data;
    switch (request) {
    case REQ_UP:
        help->top--;
        return true;
    case REQ_DOWN:
        help->top++;
        return true;
    case REQ_PAGE_UP:
        help->top -= help->rows;
        return true;
    case REQ_PAGE_DOWN:
        help->top += help->rows;
        return true;
    case REQ_FIRST:
        help->top = 0;
        return true;
    case REQ_LAST:
        help->top = 1000;
        return true;
    default:
        return request == REQ_HELP;
    }
}

static void help_hint(struct dialog *dialog, struct text *hint)
{
    const struct help *help = dialog->data;
    if (all_lines(help, dialog->app->columns) > help->rows)
        text_add(hint, "`d` next page  ");
    text_add(hint, "`Esc` or `q` back");
}

static void help_close(struct dialog *dialog)
{
    struct help *help = dialog->data;
    text_free(&help->about);
    free(help);
}

static const struct dialog_ops help_ops = {
    .context = CONTEXT_PAGE,
    .page = true,
    .draw = help_draw,
    .request = help_request,
    .hint = help_hint,
    .close = help_close,
};

void help_open(struct app *app, const struct thing *thing)
{
    enum key_context context = frame_context(app);
    (void)thing;
    struct help *help = xcalloc(1, sizeof(*help));
    help->context = context;
    struct dialog *asks = app->dialog;
    if (asks != NULL && asks->ops->explain != NULL &&
        !asks->ops->explain(asks, help->title, sizeof(help->title), &help->about))
        help->title[0] = '\0';
    help->left_count = collect(context, GROUP_LOOK, help->left, 0);
    help->right_count = collect(context, GROUP_ACT, help->right, 0);
    if (help->right_count > 0)
        heading(help, NULL);
    heading(help, "ASK");
    help->right_count = collect(context, GROUP_ASK, help->right, help->right_count);
    app_dialog_open(app, &help_ops, help);
}
