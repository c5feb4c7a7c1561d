/* page: a text over the view: explain, the detail of an error, what to know without root. Lines are
 * broken to the width; it scrolls. */
#include "page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
    char *title, *right, *text, *hint;
    int top, rows, count;
};

static void page_draw(struct dialog *dialog, struct box box)
{
    struct page *page = dialog->data;
    struct box body = draw_page_title(box, page->title, page->right);
    char line[1024];
    page->rows = body.rows;
    page->count = text_wrap_count(page->text, body.columns - 4);
    if (page->top > page->count - page->rows)
        page->top = page->count - page->rows;
    if (page->top < 0)
        page->top = 0;
    for (int i = 0; i < body.rows; i++) {
        if (!text_wrap(page->text, body.columns - 4, page->top + i, line, sizeof(line)))
            break;
        if (strncmp(line, "## ", 3) == 0)
            draw_rule(body.row + i, 0, body.columns, false, line + 3, "");
        else
            draw_text(body.row + i, body.column + 2, body.columns - 4, ROLE_PLAIN, line);
    }
}

static bool page_request(struct dialog *dialog, enum request request)
{
    struct page *page = dialog->data;
    switch (request) {
    case REQ_UP:
        page->top--;
        return true;
    case REQ_DOWN:
        page->top++;
        return true;
    case REQ_PAGE_UP:
        page->top -= page->rows;
        return true;
    case REQ_PAGE_DOWN:
        page->top += page->rows;
        return true;
    case REQ_FIRST:
        page->top = 0;
        return true;
    case REQ_LAST:
        page->top = page->count;
        return true;
    default:
        return false;
    }
}

static void page_hint(struct dialog *dialog, struct text *hint)
{
    const struct page *page = dialog->data;
    if (page->hint != NULL) {
        text_add(hint, page->hint);
        return;
    }
    if (page->count > page->rows)
        text_add(hint, "`d` next page  `u` page before  ");
    text_add(hint, "`Esc` or `q` back");
}

static void page_close(struct dialog *dialog)
{
    struct page *page = dialog->data;
    free(page->title);
    free(page->right);
    free(page->text);
    free(page->hint);
    free(page);
}

static const struct dialog_ops page_ops = {
    .context = CONTEXT_PAGE,
    .page = true,
    .draw = page_draw,
    .request = page_request,
    .hint = page_hint,
    .close = page_close,
};

void page_open(struct app *app, const char *title, const char *right, const char *text,
               const char *hint)
{
    struct page *page = xcalloc(1, sizeof(*page));
    page->title = xstrdup(title);
    page->right = right != NULL ? xstrdup(right) : NULL;
    page->text = xstrdup(text);
    page->hint = hint != NULL ? xstrdup(hint) : NULL;
    app_dialog_open(app, &page_ops, page);
}

void app_page_open(struct app *app, const char *title, const char *text)
{
    page_open(app, title, NULL, text, NULL);
}
