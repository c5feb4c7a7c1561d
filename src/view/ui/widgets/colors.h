/* colors: the colours of a grid on whatever this terminal has: 256, 16, 8 or none. */
#ifndef NSTUI_UI_WIDGETS_COLORS_H
#define NSTUI_UI_WIDGETS_COLORS_H

#include <curses.h>
#include <stdint.h>

/* The nearest that the terminal can do: a pair for setcchar(3) and attributes that go with it (bold,
 * where a bright colour has to be made of a dark one). Colours are those of nstui/grid.h. */
struct color_look {
    short pair;
    attr_t attributes;
};

struct color_look color_find(uint32_t foreground, uint32_t background);

#endif
