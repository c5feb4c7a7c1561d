/* draw_private: what draw.c, draw_text.c and frame.c share and no view needs. */
#ifndef NSTUI_UI_DRAW_PRIVATE_H
#define NSTUI_UI_DRAW_PRIVATE_H

#include "dialog.h"
#include "draw.h"
#include "nstui/base.h"

/* Tells the pure part what the screen speaks. */
void draw_text_begin(bool utf8);

/* Line 24: as draw_hint, its words looking like buttons. For frame.c. */
int draw_bar(int row, int column, int width, const char *text);

#endif
