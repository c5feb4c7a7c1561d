/* help: the keys in force, printed from the keymap: small keys look at the left, capitals act at the
 * right. Opened by ?, F1. Says nothing that the keymap does not. */
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

static void draw_lines(const struct help *help, struct box body, bool two)
{
    int total = help_lines(help, two);
    int half = two ? 44 : body.columns;
    for (int i = 0; i < body.rows && help->top + i < total; i++) {
        int index = help->top + i;
        int line = body.row + i;
        if (index < help->left_count)
            draw_column(help->left[index], NULL, line, 1, KEYS_LEFT, half - 2);
        int right = two ? index : index - help->left_count;
        if (right >= 0 && right < help->right_count)
            draw_column(help->right[right], help->right_heading[right], line, two ? half : 1,
                        two ? KEYS_RIGHT : KEYS_LEFT, two ? body.columns - half : half - 2);
    }
}

static void help_draw(struct dialog *dialog, struct box box)
{
    struct help *help = dialog->data;
    bool two = box.columns >= TWO_COLUMNS;
    char left[96], right[32];
    int foot = box.rows >= 16 ? 2 : 0;
    int rows = box.rows - 2 - foot;
    int total = help_lines(help, two);
    help->rows = rows;
    if (help->top > total - rows)
        help->top = total - rows;
    if (help->top < 0)
        help->top = 0;
    snprintf(left, sizeof(left), "Help: keys in %s", keymap_context_name(help->context));
    if (dialog->app->view->ops->context == help->context)
        snprintf(left, sizeof(left), "Help: keys in %s", dialog->app->view->ops->name);
    int page = rows > 0 ? (help->top + rows - 1) / rows + 1 : 1;
    snprintf(right, sizeof(right), "page %d of %d", page, rows > 0 ? (total + rows - 1) / rows : 1);
    struct box body = draw_page_title(box, left, right);
    draw_text(body.row, 1, box.columns - 2, ROLE_TITLE, "SMALL KEYS LOOK: they change nothing");
    if (two)
        draw_text(body.row, 44, box.columns - 44, ROLE_TITLE, "CAPITALS ACT: they ask first");
    body.row++;
    body.rows = rows;
    draw_lines(help, body, two);
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
    if (help_lines(help, dialog->app->columns >= TWO_COLUMNS) > help->rows)
        text_add(hint, "`d` next page  ");
    text_add(hint, "`Esc` or `q` back");
}

static void help_close(struct dialog *dialog)
{
    free(dialog->data);
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
    help->left_count = collect(context, GROUP_LOOK, help->left, 0);
    help->right_count = collect(context, GROUP_ACT, help->right, 0);
    if (help->right_count > 0)
        heading(help, NULL);
    heading(help, "ASK");
    help->right_count = collect(context, GROUP_ASK, help->right, help->right_count);
    app_dialog_open(app, &help_ops, help);
}
