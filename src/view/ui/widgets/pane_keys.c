/* pane_keys: from curses keys back to bytes. The program in a pane speaks to an xterm, whatever the
 * user's own terminal is. panes.c calls it; knows nothing of panes. */
#include "pane_keys.h"

#include "nstui/base.h"
#include "nstui/grid.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a key is written: ESC [ number ~, or ESC [ letter (ESC O letter in application mode); with a
 * modifier ESC [ number ; modifier ~ and ESC [ 1 ; modifier letter. */
struct key_form {
    int number;  /* 0: by letter */
    char letter; /* A..H: cursor keys, P..S: F1 to F4 */
};

static const struct {
    int code;
    struct key_form form;
    int modifier; /* as xterm counts: 2 Shift, 3 Alt, 5 Ctrl; 0: none */
} curses_keys[] = {
    {KEY_UP, {0, 'A'}, 0},    {KEY_DOWN, {0, 'B'}, 0},  {KEY_RIGHT, {0, 'C'}, 0},
    {KEY_LEFT, {0, 'D'}, 0},  {KEY_HOME, {0, 'H'}, 0},  {KEY_END, {0, 'F'}, 0},
    {KEY_FIND, {1, 0}, 0},    {KEY_IC, {2, 0}, 0},      {KEY_DC, {3, 0}, 0},
    {KEY_SELECT, {4, 0}, 0},  {KEY_PPAGE, {5, 0}, 0},   {KEY_NPAGE, {6, 0}, 0},
    {KEY_SR, {0, 'A'}, 2},    {KEY_SF, {0, 'B'}, 2},    {KEY_SRIGHT, {0, 'C'}, 2},
    {KEY_SLEFT, {0, 'D'}, 2}, {KEY_SHOME, {0, 'H'}, 2}, {KEY_SEND, {0, 'F'}, 2},
    {KEY_SDC, {3, 0}, 2},     {KEY_SIC, {2, 0}, 2},     {KEY_SPREVIOUS, {5, 0}, 2},
    {KEY_SNEXT, {6, 0}, 2},   {KEY_A1, {0, 'H'}, 0},    {KEY_A3, {5, 0}, 0},
    {KEY_B2, {0, 'E'}, 0},    {KEY_C1, {0, 'F'}, 0},    {KEY_C3, {6, 0}, 0},
};

/* F1 to F12. */
static const struct key_form function_keys[12] = {
    {0, 'P'}, {0, 'Q'}, {0, 'R'}, {0, 'S'}, {15, 0}, {17, 0},
    {18, 0},  {19, 0},  {20, 0},  {21, 0},  {23, 0}, {24, 0},
};

/* curses gives keys with modifiers numbers of its own; their names end in xterm's modifier. */
static const struct {
    const char *name;
    struct key_form form;
} named_keys[] = {
    {"kUP", {0, 'A'}},  {"kDN", {0, 'B'}},  {"kRIT", {0, 'C'}}, {"kLFT", {0, 'D'}},
    {"kHOM", {0, 'H'}}, {"kEND", {0, 'F'}}, {"kIC", {2, 0}},    {"kDC", {3, 0}},
    {"kPRV", {5, 0}},   {"kNXT", {6, 0}},
};

static size_t form_write(struct key_form form, int modifier, bool application,
                         char bytes[PANE_KEY_MAX])
{
    int length;
    if (form.number && modifier)
        length = snprintf(bytes, PANE_KEY_MAX, "\033[%d;%d~", form.number, modifier);
    else if (form.number)
        length = snprintf(bytes, PANE_KEY_MAX, "\033[%d~", form.number);
    else if (modifier)
        length = snprintf(bytes, PANE_KEY_MAX, "\033[1;%d%c", modifier, form.letter);
    else
        length = snprintf(bytes, PANE_KEY_MAX, "\033%c%c", application ? 'O' : '[', form.letter);
    return (size_t)length;
}

/* F13 to F24 are what curses calls F1 to F12 with Shift, F25 to F36 with Ctrl, and so on. */
static size_t function_key(int number, char bytes[PANE_KEY_MAX])
{
    static const int modifiers[] = {0, 2, 5, 6, 3};
    size_t group = (size_t)(number - 1) / 12;
    if (number < 1 || group >= array_length(modifiers))
        return 0;
    const struct key_form form = function_keys[(number - 1) % 12];
    return form_write(form, modifiers[group], true, bytes);
}

static size_t named_key(int code, char bytes[PANE_KEY_MAX])
{
    const char *name = keyname(code);
    for (size_t i = 0; name != NULL && i < array_length(named_keys); i++) {
        size_t length = strlen(named_keys[i].name);
        if (strncmp(name, named_keys[i].name, length) != 0)
            continue;
        char modifier = name[length];
        if (modifier >= '2' && modifier <= '8' && name[length + 1] == '\0')
            return form_write(named_keys[i].form, modifier - '0', false, bytes);
        if (modifier == '\0') /* curses names the one with Shift so */
            return form_write(named_keys[i].form, 2, false, bytes);
    }
    return 0;
}

static size_t write_string(char bytes[PANE_KEY_MAX], const char *string)
{
    size_t length = strlen(string);
    memcpy(bytes, string, length + 1);
    return length;
}

static size_t write_utf8(uint32_t code, char bytes[PANE_KEY_MAX])
{
    static const struct {
        uint32_t below;
        unsigned char lead;
    } forms[] = {{0x80, 0}, {0x800, 0xc0}, {0x10000, 0xe0}, {0x110000, 0xf0}};
    for (size_t more = 0; more < array_length(forms); more++) {
        if (code >= forms[more].below)
            continue;
        bytes[0] = (char)(forms[more].lead | code >> (6 * more));
        for (size_t i = 1; i <= more; i++)
            bytes[i] = (char)(0x80 | (code >> (6 * (more - i)) & 0x3f));
        return more + 1;
    }
    return 0;
}

size_t pane_key_encode(struct key key, uint32_t modes, char bytes[PANE_KEY_MAX])
{
    const char *enter = modes & GRID_MODE_NEWLINE ? "\r\n" : "\r";
    if (!key.is_function && key.code == '\r')
        return write_string(bytes, enter);
    if (!key.is_function && key.code < 0x100 && MB_CUR_MAX == 1) {
        bytes[0] = (char)key.code; /* our own locale is no UTF-8: the byte as it came */
        return 1;
    }
    if (!key.is_function)
        return write_utf8(key.code, bytes);
    int code = (int)key.code;
    switch (code) {
    case KEY_ENTER:
        return write_string(bytes, enter);
    case KEY_BACKSPACE:
        return write_string(bytes, "\177");
    case KEY_BTAB:
        return write_string(bytes, "\033[Z");
    default:
        break;
    }
    for (size_t i = 0; i < array_length(curses_keys); i++)
        if (curses_keys[i].code == code)
            return form_write(curses_keys[i].form, curses_keys[i].modifier,
                              (modes & GRID_MODE_APPLICATION_CURSOR) != 0, bytes);
    if (code > KEY_F0 && code <= KEY_F(63))
        return function_key(code - KEY_F0, bytes);
    return named_key(code, bytes);
}
