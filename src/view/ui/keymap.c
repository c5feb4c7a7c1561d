/* keymap: what a key means in a context, from the table in keymap_rows.c. The loop asks it; the bar,
 * the help page, the palette and the manual page print the same rows. */
#include "keymap.h"

#include <curses.h>
#include <string.h>

static const struct {
    enum key_context parent;
    const char *name;
} contexts[CONTEXTS] = {
    [CONTEXT_NONE] = {CONTEXT_NONE, ""},
    [CONTEXT_EVERYWHERE] = {CONTEXT_NONE, "every view"},
    [CONTEXT_LIST] = {CONTEXT_EVERYWHERE, "a list"},
    [CONTEXT_COMPARE] = {CONTEXT_LIST, "Compare"},
    [CONTEXT_DETAIL] = {CONTEXT_LIST, "a detail"},
    [CONTEXT_PANE_WATCH] = {CONTEXT_EVERYWHERE, "a pane, watching"},
    [CONTEXT_PANE_TYPE] = {CONTEXT_NONE, "a pane, typing"},
    [CONTEXT_PANE_PREFIX] = {CONTEXT_NONE, "a pane, after Ctrl-A"},
    [CONTEXT_FORM] = {CONTEXT_NONE, "a form"},
    [CONTEXT_QUESTION] = {CONTEXT_NONE, "a question"},
    [CONTEXT_TEXT] = {CONTEXT_NONE, "a line that is typed"},
    [CONTEXT_MENU] = {CONTEXT_NONE, "a menu"},
    [CONTEXT_PAGE] = {CONTEXT_NONE, "a page of text"},
};

enum key_context keymap_parent(enum key_context context)
{
    return contexts[context].parent;
}

const char *keymap_context_name(enum key_context context)
{
    return contexts[context].name;
}

static bool row_has(const struct keymap_row *row, struct key key)
{
    if (!key.is_function) {
        for (size_t i = 0; i < 4 && row->keys[i] != 0; i++)
            if (row->keys[i] == key.code)
                return true;
        return false;
    }
    if (row->fkey != 0 && (int)key.code == KEY_F(row->fkey))
        return true;
    for (size_t i = 0; i < 4 && row->curses_keys[i] != 0; i++)
        if ((wint_t)row->curses_keys[i] == key.code)
            return true;
    return false;
}

enum request keymap_request(enum key_context context, struct key key)
{
    for (; context != CONTEXT_NONE; context = keymap_parent(context))
        for (size_t i = 0; i < keymap_count; i++)
            if (keymap_rows[i].context == context && row_has(&keymap_rows[i], key))
                return keymap_rows[i].request;
    return REQ_NONE;
}

const struct keymap_row *keymap_find(enum key_context context, enum request request)
{
    for (; context != CONTEXT_NONE; context = keymap_parent(context))
        for (size_t i = 0; i < keymap_count; i++)
            if (keymap_rows[i].context == context && keymap_rows[i].request == request)
                return &keymap_rows[i];
    return NULL;
}

bool key_is_text(struct key key)
{
    return !key.is_function && key.code >= ' ' && key.code != 127;
}
