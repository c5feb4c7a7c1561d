/* form: fields one below the other, one of them with the cursor. What the fields are is a table of
 * the dialog that owns it (create, join); the form knows how each kind is drawn and typed into. */
#ifndef NSTUI_UI_WIDGETS_FORM_H
#define NSTUI_UI_WIDGETS_FORM_H

#include "../app.h"
#include "line_input.h"

enum field_kind {
    FIELD_TEXT,       /* a line that is typed into */
    FIELD_NAMESPACES, /* eight ticks; the letters of the flags tick them */
    FIELD_CHOICE,     /* one of a few words */
    FIELD_BUTTON,     /* pressed by Enter */
};

#define FIELD_ERROR_SIZE 256

struct field {
    enum field_kind kind;
    const char *label;          /* "Hostname"; of a button what stands on it */
    const char *hint;           /* what it does, at its right; null: none */
    const char *help;           /* sentences on it, for F1; null: none */
    struct line_input input;    /* FIELD_TEXT */
    ns_set ticked;              /* FIELD_NAMESPACES */
    int tick;                   /* FIELD_NAMESPACES: the one under the cursor, in ns_letter_order */
    const char *const *choices; /* FIELD_CHOICE; null ends */
    int choice;
    bool off;                     /* means nothing now: dim, and passed over */
    bool hidden;                  /* takes no room: not asked for now */
    char error[FIELD_ERROR_SIZE]; /* what is wrong with it; "": nothing */
};

struct form {
    struct field *fields; /* borrowed from the owner */
    int count;
    int current;
    int label_width; /* columns of the labels */
    int input_width; /* columns of a text field, at most */
    int buttons_row; /* row of the screen that the buttons stand in; 0: below the fields */
    int top;         /* first row of the fields that is shown: they scroll where room is short */
    int total;       /* rows that all fields take; from form_draw */
    int shown_from, shown_to; /* rows of the screen that fields may draw in; from form_draw */
    int ticks_a_row;          /* as many as there is room for; from form_draw */
    bool tall_ticks;          /* namespaces one a row, with a note each, instead of five a row */
    /* What stands behind a tick where tall_ticks is set: "mnt     4026532560". */
    void (*tick_note)(void *data, enum ns_type type, char *text, size_t size);
    /* A value has changed. May be null. */
    void (*changed)(void *data, struct field *field);
    /* A button was pressed. */
    void (*pressed)(void *data, struct field *field);
    void *data;
};

/* Rows that a field takes on the screen. */
int form_field_rows(const struct form *form, const struct field *field);

/* Draws the fields from the first row of box on, as many as fit, the current one among them; buttons that follow each other share a row.
 * Returns the rows taken. */
int form_draw(struct form *form, struct box box);

/* Where the terminal's cursor stands; after form_draw. False: the field under it is none to type
 * in. */
bool form_cursor(const struct form *form, struct box box, int *row, int *column);

/* For dialog_ops.raw_key and .request. */
bool form_raw_key(struct form *form, struct key key);
bool form_request(struct form *form, enum request request);

/* Puts the cursor on a field. */
void form_go(struct form *form, int field);

/* "3-12 of 30" where not all rows are shown, "" else; after form_draw. */
void form_position(const struct form *form, char *text, size_t size);

/* What F1 tells of the field under the cursor: its label and its help. False: it has none. For
 * dialog_ops.explain. */
bool form_explain(const struct form *form, char *title, size_t size, struct text *text);

/* How many fields have an error; the first of them in *first (may be null). */
int form_errors(const struct form *form, int *first);

#endif
