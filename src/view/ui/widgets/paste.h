/* paste: whether the user's terminal marks what is pasted (bracketed paste). */
#ifndef NSTUI_UI_WIDGETS_PASTE_H
#define NSTUI_UI_WIDGETS_PASTE_H

#include <stdbool.h>

/* Asks for it, or takes it back; nothing on a terminal whose terminfo entry does not know it. */
void paste_marks(bool wanted);

#endif
