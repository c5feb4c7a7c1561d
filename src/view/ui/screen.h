/* screen: the terminal as we found it, as curses has it, and back again on every way out. One
 * terminal, so no struct. Called by the loop alone. */
#ifndef NSTUI_UI_SCREEN_H
#define NSTUI_UI_SCREEN_H

#include "nstui/base.h"

/* Takes the terminal of stdin and stdout over. -1 where it is none or cannot be driven; then nothing
 * was written to it. */
int screen_open(struct err *err);

/* Gives it back as it was. Fine to call twice. */
void screen_close(void);

/* Between the two, to stop and to go on (SIGTSTP, SIGCONT). */
void screen_pause(void);
void screen_resume(void);

/* The window has another size: asks the kernel for it and tells curses. */
void screen_resize(void);

/* The next update writes every cell (ctrl-L, after somebody else wrote to the terminal). */
void screen_redraw_all(void);

/* True where the terminal's description has F-keys. */
bool screen_has_fkeys(void);

/* True where the other end of the terminal has gone. */
bool screen_is_gone(void);

#endif
