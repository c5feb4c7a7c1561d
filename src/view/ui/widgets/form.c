/* The form: keys and drawing of its four kinds of fields, each kind a row of one table. Called by
 * the create and join dialogs; it runs nothing itself. */
#include "form.h"

#include <curses.h>
#include <stdio.h>
#include <string.h>

#define TICKS_A_ROW  5  /* at most */
#define TICK_COLUMNS 12 /* "[x]C cgroup " */

/* What makes a kind of field: how it is drawn and which keys it takes. */
struct field_ops {
    void (*draw)(struct form *form, struct field *field, struct box box, bool here);
    bool (*key)(struct form *form, struct field *field, struct key key);
    bool (*choose)(struct form *form, struct field *field); /* Space */
};

static int ticks_a_row(const struct form *form)
{
    return form->tall_ticks ? 1 : form->ticks_a_row ? form->ticks_a_row : TICKS_A_ROW;
}

static void form_changed(struct form *form, struct field *field)
{
    if (form->changed)
        form->changed(form->data, field);
}

static bool is_shown(const struct form *form, int row)
{
    return row >= form->shown_from && row < form->shown_to;
}

/* ---- text ------------------------------------------------------------------------------ */

static int text_width(const struct form *form, struct box box)
{
    int room = box.columns - form->label_width - 3;
    return form->input_width < room ? form->input_width : room;
}

static void text_draw(struct form *form, struct field *field, struct box box, bool here)
{
    int column = box.column + form->label_width + 1;
    int width = text_width(form, box);
    draw_text(box.row, column, 1, ROLE_PLAIN, "[");
    enum role role = here ? ROLE_INPUT : ROLE_PLAIN;
    line_input_draw(&field->input, box.row, column + 1, width, role, NULL);
    /* What is free is seen to be: also where reverse and colours are not. */
    for (int at = text_columns(field->input.text + field->input.left); at < width; at++)
        draw_text(box.row, column + 1 + at, 1, field->off ? ROLE_NOT_NOW : role, "_");
    draw_text(box.row, column + 1 + width, 1, ROLE_PLAIN, "]");
}

static bool text_key(struct form *form, struct field *field, struct key key)
{
    enum line_input_result result = line_input_key(&field->input, key);
    if (result == LINE_INPUT_CHANGED)
        form_changed(form, field);
    return result == LINE_INPUT_CHANGED || result == LINE_INPUT_MOVED;
}

/* ---- ticks ----------------------------------------------------------------------------- */

static void ticks_draw(struct form *form, struct field *field, struct box box, bool here)
{
    for (int i = 0; i < NS_TYPES; i++) {
        enum ns_type type = ns_letter_order[i];
        int per_row = ticks_a_row(form);
        int row = box.row + i / per_row;
        int column = box.column + form->label_width + 1 + (i % per_row) * TICK_COLUMNS;
        char tick[96];
        if (!is_shown(form, row))
            continue;
        (void)snprintf(tick, sizeof(tick), "[%c]%c %-6s", field->ticked & NS_BIT(type) ? 'x' : ' ',
                       ns_types[type].letter, ns_types[type].name);
        int on_cursor = here && field->tick == i ? ROLE_ON_CURSOR : 0;
        draw_text(row, column, TICK_COLUMNS, (enum role)(ROLE_PLAIN | on_cursor), tick);
        if (form->tall_ticks && form->tick_note) {
            form->tick_note(form->data, type, tick, sizeof(tick));
            draw_text(row, column + TICK_COLUMNS + 1,
                      box.columns - column + box.column - TICK_COLUMNS, ROLE_PLAIN, tick);
        }
    }
    if (ticks_a_row(form) == TICKS_A_ROW && is_shown(form, box.row + 1))
        draw_text(box.row + 1, box.column + form->label_width + 1 + 3 * TICK_COLUMNS + 2,
                  box.columns - form->label_width - 3 * TICK_COLUMNS - 3, ROLE_HOST,
                  field->error[0] ? "" : "a letter here ticks its box");
}

static void ticks_toggle(struct form *form, struct field *field, int index)
{
    field->tick = index;
    field->ticked ^= NS_BIT(ns_letter_order[index]);
    form_changed(form, field);
}

static bool ticks_key(struct form *form, struct field *field, struct key key)
{
    int step = ticks_a_row(form);
    if (key.is_function) {
        int to = field->tick;
        if (key.code == KEY_LEFT)
            to--;
        else if (key.code == KEY_RIGHT)
            to++;
        else if (key.code == KEY_UP)
            to -= step;
        else if (key.code == KEY_DOWN)
            to += step;
        if (to == field->tick || to < 0 || to >= NS_TYPES)
            return false; /* Up and Down leave the field at its edges */
        field->tick = to;
        return true;
    }
    for (int i = 0; i < NS_TYPES; i++) {
        if (key.code == (wint_t)ns_types[ns_letter_order[i]].letter) {
            ticks_toggle(form, field, i);
            return true;
        }
    }
    return false;
}

static bool ticks_choose(struct form *form, struct field *field)
{
    ticks_toggle(form, field, field->tick);
    return true;
}

/* ---- choices --------------------------------------------------------------------------- */

static void choice_draw(struct form *form, struct field *field, struct box box, bool here)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "(%-15s v)", field->choices[field->choice]);
    draw_text(box.row, box.column + form->label_width + 1, box.columns - form->label_width,
              here ? (enum role)(ROLE_PLAIN | ROLE_ON_CURSOR) : ROLE_PLAIN, text);
}

static void choice_step(struct form *form, struct field *field, int by)
{
    int count = 0;
    while (field->choices[count])
        count++;
    field->choice = (field->choice + by + count) % count;
    form_changed(form, field);
}

static bool choice_key(struct form *form, struct field *field, struct key key)
{
    if (!key.is_function || (key.code != KEY_LEFT && key.code != KEY_RIGHT))
        return false;
    choice_step(form, field, key.code == KEY_LEFT ? -1 : 1);
    return true;
}

static bool choice_choose(struct form *form, struct field *field)
{
    choice_step(form, field, 1);
    return true;
}

/* ---- buttons --------------------------------------------------------------------------- */

static void button_draw(struct form *form, struct field *field, struct box box, bool here)
{
    (void)form;
    enum role role = field->off ? ROLE_NOT_NOW : ROLE_PLAIN;
    draw_textf(box.row, box.column, box.columns, here ? (enum role)(role | ROLE_ON_CURSOR) : role,
               "[ %s ]", field->label);
}

static bool button_key(struct form *form, struct field *field, struct key key)
{
    (void)field;
    if (!key.is_function || (key.code != KEY_LEFT && key.code != KEY_RIGHT))
        return false;
    return form_request(form, key.code == KEY_LEFT ? REQ_FIELD_PREVIOUS : REQ_FIELD_NEXT);
}

static bool button_press(struct form *form, struct field *field)
{
    form->pressed(form->data, field);
    return true;
}

static const struct field_ops field_kinds[] = {
    [FIELD_TEXT] = {text_draw, text_key, NULL},
    [FIELD_NAMESPACES] = {ticks_draw, ticks_key, ticks_choose},
    [FIELD_CHOICE] = {choice_draw, choice_key, choice_choose},
    [FIELD_BUTTON] = {button_draw, button_key, button_press},
};

/* ---- the form -------------------------------------------------------------------------- */

int form_field_rows(const struct form *form, const struct field *field)
{
    if (field->hidden)
        return 0;
    if (field->kind != FIELD_NAMESPACES)
        return 1;
    int per_row = ticks_a_row(form);
    return (NS_TYPES + per_row - 1) / per_row;
}

/* The label before a field and, at its right, its error or else its hint. */
static void field_frame_draw(struct form *form, const struct field *field, struct box box,
                             bool here)
{
    enum role role = field->off ? ROLE_NOT_NOW : ROLE_PLAIN;
    if (is_shown(form, box.row)) {
        draw_text(box.row, box.column - 2, 1, ROLE_PLAIN, here ? ">" : " ");
        draw_text(box.row, box.column, form->label_width, role, field->label);
    }
    bool ticks = field->kind == FIELD_NAMESPACES;
    bool whole = ticks && ticks_a_row(form) == TICKS_A_ROW;
    int taken = form->label_width + (ticks                         ? TICKS_A_ROW * TICK_COLUMNS
                                     : field->kind == FIELD_CHOICE ? 22
                                                                   : text_width(form, box) + 4);
    int row = box.row;
    if (whole) {
        row++;
        taken = form->label_width + 3 * TICK_COLUMNS + 3;
    }
    if (!is_shown(form, row))
        return;
    if (field->error[0])
        draw_textf(row, box.column + taken, box.columns - taken, ROLE_WRONG, "! %s", field->error);
    else if (field->hint && !ticks)
        draw_text(row, box.column + taken, box.columns - taken, ROLE_HOST, field->hint);
}

/* The row, counted from the first field's, that the cursor is in; of a button the last one's. */
static int current_row(const struct form *form, int *total)
{
    int row = 0, at = 0;
    for (int i = 0; i < form->count; i++) {
        const struct field *field = &form->fields[i];
        int per_row = ticks_a_row(form);
        if (i == form->current)
            at = row + (field->kind == FIELD_NAMESPACES ? field->tick / per_row : 0);
        row += field->kind == FIELD_BUTTON ? 0 : form_field_rows(form, field);
    }
    *total = row;
    return at < row ? at : row - 1;
}

/* Which rows are shown: all, or those round the cursor. */
static void form_scroll(struct form *form, struct box box)
{
    int total, at = current_row(form, &total);
    form->total = total;
    if (form->top > at)
        form->top = at;
    if (form->top < at - box.rows + 1)
        form->top = at - box.rows + 1;
    if (form->top > total - box.rows)
        form->top = total - box.rows;
    if (form->top < 0)
        form->top = 0;
    form->shown_from = box.row;
    form->shown_to = box.row + box.rows;
}

static int buttons_draw(struct form *form, struct box box, int row)
{
    int column = box.column;
    for (int i = 0; i < form->count; i++) {
        struct field *field = &form->fields[i];
        struct box place = {row, column, 1, box.columns - (column - box.column)};
        if (field->kind != FIELD_BUTTON)
            continue;
        if (i == form->current)
            draw_text(row, column - 1, 1, ROLE_PLAIN, ">");
        button_draw(form, field, place, i == form->current);
        column += (int)strlen(field->label) + 8;
    }
    return column > box.column;
}

int form_draw(struct form *form, struct box box)
{
    int ticks = (box.columns - form->label_width - 1) / TICK_COLUMNS;
    form->ticks_a_row = ticks < 1 ? 1 : ticks < TICKS_A_ROW ? ticks : TICKS_A_ROW;
    form_scroll(form, box);
    int row = -form->top;
    for (int i = 0; i < form->count; i++) {
        struct field *field = &form->fields[i];
        struct box place = {box.row + row, box.column, 1, box.columns};
        int rows = field->kind == FIELD_BUTTON ? 0 : form_field_rows(form, field);
        row += rows;
        if (rows == 0 || row <= 0 || place.row >= form->shown_to)
            continue;
        field_frame_draw(form, field, place, i == form->current);
        if (rows > 1 || is_shown(form, place.row))
            field_kinds[field->kind].draw(form, field, place, i == form->current);
    }
    row = row < box.rows ? row : box.rows;
    int buttons = buttons_draw(form, box, form->buttons_row ? form->buttons_row : box.row + row);
    return row + (form->buttons_row ? 0 : buttons);
}

bool form_cursor(const struct form *form, struct box box, int *row, int *column)
{
    const struct field *current = &form->fields[form->current];
    if (current->kind != FIELD_TEXT)
        return false;
    int at = box.row - form->top;
    for (const struct field *field = form->fields; field < current; field++)
        at += form_field_rows(form, field);
    char before[LINE_INPUT_SIZE];
    int length = current->input.cursor - current->input.left;
    if (length < 0)
        length = 0;
    memcpy(before, current->input.text + current->input.left, (size_t)length);
    before[length] = '\0';
    *row = at;
    *column = box.column + form->label_width + 2 + text_columns(before);
    return is_shown(form, at);
}

void form_go(struct form *form, int field)
{
    form->current = field;
}

void form_position(const struct form *form, char *text, size_t size)
{
    int rows = form->shown_to - form->shown_from;
    *text = '\0';
    if (form->total > rows)
        (void)snprintf(text, size, "lines %d-%d of %d", form->top + 1, form->top + rows,
                       form->total);
}

bool form_explain(const struct form *form, char *title, size_t size, struct text *text)
{
    const struct field *field = &form->fields[form->current];
    if (!field->help)
        return false;
    (void)snprintf(title, size, "%s", field->label);
    text_add(text, field->help);
    if (field->error[0])
        text_addf(text, "\n\n! %s", field->error);
    return true;
}

int form_errors(const struct form *form, int *first)
{
    int errors = 0;
    for (int i = 0; i < form->count; i++) {
        if (!form->fields[i].error[0] || form->fields[i].off)
            continue;
        if (first && errors == 0)
            *first = i;
        errors++;
    }
    return errors;
}

bool form_raw_key(struct form *form, struct key key)
{
    struct field *field = &form->fields[form->current];
    return field_kinds[field->kind].key(form, field, key);
}

/* The next field in a direction that means something now. */
static void form_step(struct form *form, int by)
{
    for (int tried = 0; tried < form->count; tried++) {
        form->current = (form->current + by + form->count) % form->count;
        if (!form->fields[form->current].off && !form->fields[form->current].hidden)
            return;
    }
}

bool form_request(struct form *form, enum request request)
{
    struct field *field = &form->fields[form->current];
    switch (request) {
    case REQ_FIELD_NEXT:
        form_step(form, 1);
        return true;
    case REQ_FIELD_PREVIOUS:
        form_step(form, -1);
        return true;
    case REQ_PRESS: /* Enter never runs anything from inside a field */
        if (field->kind == FIELD_BUTTON)
            form->pressed(form->data, field);
        else
            form_step(form, 1);
        return true;
    case REQ_CHOOSE:
        return field_kinds[field->kind].choose && field_kinds[field->kind].choose(form, field);
    default:
        return false;
    }
}
