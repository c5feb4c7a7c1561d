/* support: what the keys of a terminal send, as terminfo has it for each TERM that the tests use.
 */
#include "harness.h"

#include <string.h>

struct key_row {
    const char *term; /* the beginning of TERM */
    const char *sequences[SCREEN_KEYS];
};

#define KEYS_EVERYWHERE                                                                            \
    [SCREEN_TAB] = "\t", [SCREEN_ENTER] = "\r", [SCREEN_ESC] = "\033", [SCREEN_F1] = "\033OP",     \
    [SCREEN_F2] = "\033OQ", [SCREEN_F3] = "\033OR", [SCREEN_F4] = "\033OS"
#define KEYS_ARROWS_APPLICATION                                                                    \
    [SCREEN_UP] = "\033OA", [SCREEN_DOWN] = "\033OB", [SCREEN_RIGHT] = "\033OC",                   \
    [SCREEN_LEFT] = "\033OD"
#define KEYS_TILDE                                                                                 \
    [SCREEN_PAGE_UP] = "\033[5~", [SCREEN_PAGE_DOWN] = "\033[6~", [SCREEN_DELETE] = "\033[3~",     \
    [SCREEN_F6] = "\033[17~", [SCREEN_F7] = "\033[18~", [SCREEN_F8] = "\033[19~",                  \
    [SCREEN_F9] = "\033[20~", [SCREEN_F10] = "\033[21~", [SCREEN_BACKSPACE] = "\177"

static const struct key_row key_rows[] = {
    {"xterm",
     {KEYS_EVERYWHERE, KEYS_ARROWS_APPLICATION, KEYS_TILDE, [SCREEN_HOME] = "\033OH",
      [SCREEN_END] = "\033OF", [SCREEN_SHIFT_TAB] = "\033[Z", [SCREEN_F5] = "\033[15~"}},
    {"screen",
     {KEYS_EVERYWHERE, KEYS_ARROWS_APPLICATION, KEYS_TILDE, [SCREEN_HOME] = "\033[1~",
      [SCREEN_END] = "\033[4~", [SCREEN_SHIFT_TAB] = "\033[Z", [SCREEN_F5] = "\033[15~"}},
    {"linux",
     {[SCREEN_TAB] = "\t",
      [SCREEN_ENTER] = "\r",
      [SCREEN_ESC] = "\033",
      [SCREEN_F1] = "\033[[A",
      [SCREEN_F2] = "\033[[B",
      [SCREEN_F3] = "\033[[C",
      [SCREEN_F4] = "\033[[D",
      [SCREEN_F5] = "\033[[E",
      [SCREEN_UP] = "\033[A",
      [SCREEN_DOWN] = "\033[B",
      [SCREEN_RIGHT] = "\033[C",
      [SCREEN_LEFT] = "\033[D",
      [SCREEN_HOME] = "\033[1~",
      [SCREEN_END] = "\033[4~",
      KEYS_TILDE,
      [SCREEN_SHIFT_TAB] = "\033\t"}},
    {"vt100",
     {KEYS_EVERYWHERE, KEYS_ARROWS_APPLICATION, [SCREEN_F5] = "\033Ot", [SCREEN_F6] = "\033Ou",
      [SCREEN_F7] = "\033Ov", [SCREEN_F8] = "\033Ol", [SCREEN_F9] = "\033Ow",
      [SCREEN_F10] = "\033Ox", [SCREEN_BACKSPACE] = "\b"}},
};

const char *screen_key_sequence(const char *term, enum screen_key key)
{
    for (size_t i = 0; i < sizeof(key_rows) / sizeof(key_rows[0]); i++)
        if (strncmp(term, key_rows[i].term, strlen(key_rows[i].term)) == 0)
            return key_rows[i].sequences[key];
    return NULL;
}
