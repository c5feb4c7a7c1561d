/* key_input: characters out of the bytes that a terminal sends. Called by the loop with each byte
 * that curses makes no key of. Curses could do it too (get_wch), but takes what follows a byte that
 * is none of the locale's along with it, and in the C locale that is every letter beyond ASCII. */
#ifndef NSTUI_UI_KEY_INPUT_H
#define NSTUI_UI_KEY_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* Where a character stands of which only the first bytes have come; start with {0}. */
struct key_input {
    wint_t code, least; /* so far; the least that may be written with so many bytes */
    int missing;        /* bytes */
};

/* Takes a byte; in an 8-bit locale (one_byte) it is a character by itself, else it is UTF-8. Returns
 * true where code is one now. Bytes that are no character are dropped, and no other with them. */
bool key_input_take(struct key_input *input, unsigned char byte, bool one_byte, wint_t *code);

#endif
