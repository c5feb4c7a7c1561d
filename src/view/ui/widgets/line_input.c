/* line_input: see line_input.h. Holds UTF-8 that was typed; what cannot be shown cannot be typed. */
#include "line_input.h"

#include "nstui/base.h"

#include <curses.h>
#include <stdio.h>
#include <string.h>

#define CTRL(letter) ((wint_t)(letter)&0x1f)

void line_input_set(struct line_input *input, const char *text)
{
    snprintf(input->text, sizeof(input->text), "%s", text);
    input->cursor = (int)strlen(input->text);
    input->left = 0;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static int before(const struct line_input *input, int at)
{
    const char *byte = input->text + at;
    while (byte > input->text && is_continuation(*--byte))
        ;
    return (int)(byte - input->text);
}

static int after(const struct line_input *input, int at)
{
    if (input->text[at] != '\0')
        at++;
    while (is_continuation(input->text[at]))
        at++;
    return at;
}

static enum line_input_result erase_bytes(struct line_input *input, int from, int to)
{
    if (from == to)
        return LINE_INPUT_MOVED;
    memmove(input->text + from, input->text + to, strlen(input->text + to) + 1);
    input->cursor = from;
    return LINE_INPUT_CHANGED;
}

static int encode(uint32_t code, char bytes[4])
{
    if (code < 0x80) {
        bytes[0] = (char)code;
        return 1;
    }
    int length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (int i = length - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    bytes[0] = (char)(leads[length] | code);
    return length;
}

static enum line_input_result insert(struct line_input *input, wint_t code)
{
    char bytes[4];
    if (!text_code_is_printable((uint32_t)code))
        return LINE_INPUT_MOVED;
    size_t length = (size_t)encode((uint32_t)code, bytes);
    size_t used = strlen(input->text);
    if (used + length + 1 > sizeof(input->text))
        return LINE_INPUT_MOVED;
    char *at = input->text + input->cursor;
    memmove(at + length, at, used + 1 - (size_t)input->cursor);
    memcpy(at, bytes, length);
    input->cursor += (int)length;
    return LINE_INPUT_CHANGED;
}

static int word_before(const struct line_input *input)
{
    int at = input->cursor;
    while (at > 0 && input->text[at - 1] == ' ')
        at--;
    while (at > 0 && input->text[at - 1] != ' ')
        at--;
    return at;
}

static enum line_input_result move_to(struct line_input *input, int to)
{
    input->cursor = to;
    return LINE_INPUT_MOVED;
}

static enum line_input_result function_key(struct line_input *input, wint_t code)
{
    switch (code) {
    case KEY_LEFT:
        return move_to(input, before(input, input->cursor));
    case KEY_RIGHT:
        return move_to(input, after(input, input->cursor));
    case KEY_HOME:
        return move_to(input, 0);
    case KEY_END:
        return move_to(input, (int)strlen(input->text));
    case KEY_BACKSPACE:
        return erase_bytes(input, before(input, input->cursor), input->cursor);
    case KEY_DC:
        return erase_bytes(input, input->cursor, after(input, input->cursor));
    case KEY_ENTER:
        return LINE_INPUT_ENTER;
    default:
        return LINE_INPUT_NOT_MINE;
    }
}

enum line_input_result line_input_key(struct line_input *input, struct key key)
{
    if (key.is_function)
        return function_key(input, key.code);
    switch (key.code) {
    case '\r':
    case '\n':
        return LINE_INPUT_ENTER;
    case 27:
    case CTRL('c'):
        return LINE_INPUT_ESC;
    case CTRL('a'):
        return move_to(input, 0);
    case CTRL('e'):
        return move_to(input, (int)strlen(input->text));
    case CTRL('h'):
    case 127:
        return erase_bytes(input, before(input, input->cursor), input->cursor);
    case CTRL('d'):
        return erase_bytes(input, input->cursor, after(input, input->cursor));
    case CTRL('k'):
        return erase_bytes(input, input->cursor, (int)strlen(input->text));
    case CTRL('u'):
        return erase_bytes(input, 0, input->cursor);
    case CTRL('w'):
        return erase_bytes(input, word_before(input), input->cursor);
    default:
        return key_is_text(key) ? insert(input, key.code) : LINE_INPUT_NOT_MINE;
    }
}

/* Columns between two bytes of the text. */
static int columns_between(const struct line_input *input, int from, int to)
{
    char part[LINE_INPUT_SIZE];
    snprintf(part, sizeof(part), "%.*s", to - from, input->text + from);
    return text_columns(part);
}

void line_input_draw(struct line_input *input, int row, int column, int width, enum role role,
                     int *cursor_column)
{
    if (input->left > input->cursor)
        input->left = input->cursor;
    while (input->left < input->cursor &&
           columns_between(input, input->left, input->cursor) >= width)
        input->left = after(input, input->left);
    draw_field(row, column, width, role, input->text + input->left);
    if (cursor_column != NULL)
        *cursor_column = column + columns_between(input, input->left, input->cursor);
}
