/* question: see question.h. Used by every act that ends or removes something. Runs nothing itself:
 * it tells which button was pressed. */
#include "question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUESTION_COLUMNS 64

struct asked {
    char *title, *text, *command, *hint;
    struct question_button buttons[QUESTION_BUTTONS];
    char *labels[QUESTION_BUTTONS];
    int button_count; /* Cancel not counted */
    int cursor;       /* 0: Cancel */
    void (*done)(struct app *, void *, int);
    void *data;
};

static char *copy(const char *string)
{
    return string != NULL ? xstrdup(string) : NULL;
}

static void asked_free(struct asked *asked)
{
    free(asked->title);
    free(asked->text);
    free(asked->command);
    free(asked->hint);
    for (int i = 0; i < asked->button_count; i++)
        free(asked->labels[i]);
    free(asked);
}

static void question_close(struct dialog *dialog)
{
    asked_free(dialog->data);
}

static int command_rows(const struct asked *asked, int columns)
{
    return asked->command != NULL ? text_wrap_count(asked->command, columns - 4) + 1 : 0;
}

static void question_size(struct dialog *dialog, int screen_rows, int screen_columns, int *rows,
                          int *columns)
{
    (void)screen_rows;
    const struct asked *asked = dialog->data;
    *columns = QUESTION_COLUMNS < screen_columns - 2 ? QUESTION_COLUMNS : screen_columns - 2;
    int inside = *columns - 4;
    *rows = 2 + text_wrap_count(asked->text, inside) + 1 + command_rows(asked, inside) + 1;
}

static void question_title(struct dialog *dialog, char *text, size_t size)
{
    snprintf(text, size, "%s", ((struct asked *)dialog->data)->title);
}

#define BUTTONS_ROOMY 44 /* columns below which buttons stand close */

static void draw_buttons(const struct asked *asked, struct box box, int row)
{
    int column = box.column;
    for (int i = 0; i <= asked->button_count; i++) {
        char label[64];
        bool here = i == asked->cursor;
        if (i == 0)
            snprintf(label, sizeof(label), "[ Cancel ]");
        else
            snprintf(label, sizeof(label), "[ %lc %s ]", asked->buttons[i - 1].key,
                     asked->labels[i - 1]);
        draw_text(row, column, 1, ROLE_OWN, here ? ">" : " ");
        column += 1 + draw_text(row, column + 1, box.column + box.columns - column - 1,
                                role_here(here ? ROLE_OWN : ROLE_PLAIN, here), label);
        column += box.columns < BUTTONS_ROOMY ? 0 : 3;
    }
}

static void question_draw(struct dialog *dialog, struct box box)
{
    const struct asked *asked = dialog->data;
    char line[512];
    int buttons = box.row + box.rows - 1;
    int command = buttons - command_rows(asked, box.columns);
    for (int i = 0; box.row + i < command; i++) {
        if (!text_wrap(asked->text, box.columns, i, line, sizeof(line)))
            break;
        draw_text(box.row + i, box.column, box.columns, ROLE_PLAIN, line);
    }
    for (int i = 0; asked->command != NULL && command + i < buttons; i++)
        if (text_wrap(asked->command, box.columns - 4, i, line, sizeof(line)))
            draw_text(command + i, box.column + (i == 0 ? 2 : 4), box.columns - 4, ROLE_OWN, line);
    draw_buttons(asked, box, buttons);
}

static void question_hint(struct dialog *dialog, struct text *hint)
{
    const struct asked *asked = dialog->data;
    if (asked->hint != NULL) {
        text_add(hint, asked->hint);
        return;
    }
    for (int i = 0; i < asked->button_count; i++)
        text_addf(hint, "`%lc` %s  ", asked->buttons[i].key, asked->labels[i]);
    text_add(hint, "`Esc` or `Enter` leaves it as it is");
}

static void answer(struct dialog *dialog, int button)
{
    struct app *app = dialog->app;
    struct asked *asked = dialog->data;
    void (*done)(struct app *, void *, int) = asked->done;
    void *data = asked->data;
    app_dialog_close(app, dialog);
    if (done != NULL)
        done(app, data, button);
}

static bool question_raw_key(struct dialog *dialog, struct key key)
{
    const struct asked *asked = dialog->data;
    for (int i = 0; i < asked->button_count; i++)
        if (!key.is_function && asked->buttons[i].key == key.code) {
            answer(dialog, i);
            return true;
        }
    return false;
}

static bool question_request(struct dialog *dialog, enum request request)
{
    struct asked *asked = dialog->data;
    switch (request) {
    case REQ_RIGHT:
        asked->cursor = (asked->cursor + 1) % (asked->button_count + 1);
        return true;
    case REQ_LEFT:
        asked->cursor = (asked->cursor + asked->button_count) % (asked->button_count + 1);
        return true;
    case REQ_PRESS:
        answer(dialog, asked->cursor - 1);
        return true;
    case REQ_LEAVE:
        answer(dialog, -1);
        return true;
    default:
        return false;
    }
}

static const struct dialog_ops question_ops = {
    .context = CONTEXT_QUESTION,
    .size = question_size,
    .title = question_title,
    .draw = question_draw,
    .hint = question_hint,
    .raw_key = question_raw_key,
    .request = question_request,
    .close = question_close,
};

void question_open(struct app *app, const struct question *question)
{
    struct asked *asked = xcalloc(1, sizeof(*asked));
    asked->title = xstrdup(question->title);
    asked->text = xstrdup(question->text);
    asked->command = copy(question->command);
    asked->hint = copy(question->hint);
    for (int i = 0; i < QUESTION_BUTTONS && question->buttons[i].key != 0; i++) {
        asked->buttons[i] = question->buttons[i];
        asked->labels[i] = xstrdup(question->buttons[i].label);
        asked->button_count++;
    }
    asked->done = question->done;
    asked->data = question->data;
    app_dialog_open(app, &question_ops, asked);
}
