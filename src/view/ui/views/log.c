/* log: what a session has written so far, as a page to read. The bytes are a container's: sequences
 * for a terminal are taken out, what remains is made printable. */
#include "../doors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_SHOWN_BYTES (48u * 1024) /* the newest of it; `nstui logs` prints all */

/* Skips one escape sequence at bytes[0] == ESC; returns how many bytes it has. */
static size_t sequence_length(const char *bytes, size_t length)
{
    if (length < 2)
        return 1;
    size_t i = 2;
    if (bytes[1] == '[') { /* CSI: up to a letter */
        while (i < length && (bytes[i] < 0x40 || bytes[i] > 0x7e))
            i++;
        return i < length ? i + 1 : length;
    }
    if (bytes[1] == ']' || bytes[1] == 'P' || bytes[1] == '_' || bytes[1] == '^') {
        while (i < length && bytes[i] != '\a' && bytes[i] != '\033')
            i++;
        return i < length && bytes[i] == '\033' ? i + 2 : i + 1;
    }
    return bytes[1] == '(' || bytes[1] == ')' ? 3 : 2;
}

/* One line without sequences and carriage returns; backspaces take back. */
static void line_add(struct text *page, const char *bytes, size_t length)
{
    _cleanup_text_ struct text plain = {0};
    text_add(&plain, "");
    for (size_t i = 0; i < length;) {
        if (bytes[i] == '\033') {
            i += sequence_length(bytes + i, length - i);
            continue;
        }
        if (bytes[i] == '\b' && plain.length > 0)
            plain.data[--plain.length] = '\0';
        else if (bytes[i] == '\t')
            text_add(&plain, "    ");
        else if (bytes[i] != '\r' && bytes[i] != '\a' && bytes[i] != '\b')
            text_add_bytes(&plain, &bytes[i], 1);
        i++;
    }
    _cleanup_free_ char *shown = xmalloc(plain.length + 1);
    text_printable(shown, plain.length + 1, plain.data, plain.length, draw_utf8());
    text_addf(page, "%s\n", shown);
}

int log_open(struct app *app, const char *name)
{
    _cleanup_free_ char *data = NULL;
    _cleanup_text_ struct text page = {0};
    char title[128];
    size_t length = 0;
    struct err err = {0};
    if (state_log_read(name, &data, &length, &err) == -1) {
        app_error(app, "%s", err.text);
        return -1;
    }
    size_t at = length > LOG_SHOWN_BYTES ? length - LOG_SHOWN_BYTES : 0;
    if (at > 0)
        text_add(&page, "(older output: nstui logs prints all that is kept)\n");
    while (at < length) {
        const char *end = memchr(data + at, '\n', length - at);
        size_t part = end != NULL ? (size_t)(end - data) - at : length - at;
        line_add(&page, data + at, part);
        at += part + 1;
    }
    if (length == 0)
        text_addf(&page, "%s has written nothing yet.\n", name);
    (void)snprintf(title, sizeof(title), "%s: what it has written", name);
    app_page_open(app, title, page.data);
    return 0;
}
