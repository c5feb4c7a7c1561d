/* pane_keys: keys as the program in a pane expects them. */
#ifndef NSTUI_UI_WIDGETS_PANE_KEYS_H
#define NSTUI_UI_WIDGETS_PANE_KEYS_H

#include "../keymap.h"

#include <stdint.h>

#define PANE_KEY_MAX 16

/* Writes what a terminal of TERM=xterm-256color sends for a key, in the modes (enum grid_mode) that
 * the program asked for. Returns how many bytes; 0 where such a terminal has no such key. */
size_t pane_key_encode(struct key key, uint32_t modes, char bytes[PANE_KEY_MAX]);

#endif
