/* line_input: one line that is typed into: filter, find, a field of a form. */
#ifndef NSTUI_UI_WIDGETS_LINE_INPUT_H
#define NSTUI_UI_WIDGETS_LINE_INPUT_H

#include "../draw.h"
#include "../keymap.h"

#define LINE_INPUT_SIZE 1024

struct line_input {
    char text[LINE_INPUT_SIZE]; /* UTF-8, ended by 0; what was typed */
    int cursor;                 /* byte in text */
    int left;                   /* first byte shown */
};

enum line_input_result {
    LINE_INPUT_NOT_MINE, /* the key is none for a line: Up, Tab, an F-key .. */
    LINE_INPUT_MOVED,
    LINE_INPUT_CHANGED,
    LINE_INPUT_ENTER,
    LINE_INPUT_ESC,
};

void line_input_set(struct line_input *input, const char *text);
enum line_input_result line_input_key(struct line_input *input, struct key key);

/* Draws it in width columns and says where the cursor stands (cursor_column may be null). */
void line_input_draw(struct line_input *input, int row, int column, int width, enum role role,
                     int *cursor_column);

#endif
