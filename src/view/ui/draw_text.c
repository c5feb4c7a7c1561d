/* draw_text: text against columns, the pure part of draw.h: how wide a text is, where it is cut or
 * broken, how numbers are shortened. Called by draw.c and by whoever lays out a row. Never touches
 * the screen. */
#include "draw_private.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

static bool utf8_screen;

void draw_text_begin(bool utf8)
{
    utf8_screen = utf8;
}

bool draw_utf8(void)
{
    return utf8_screen;
}

/* One character as it will be shown. */
struct glyph {
    const char *bytes;
    size_t length;
    int columns;
};

static struct glyph next_glyph(const char **source, const char *end, bool utf8)
{
    struct glyph unknown = {.bytes = "?", .length = 1, .columns = 1};
    const char *start = *source;
    uint32_t code = 0;
    size_t length = text_decode_utf8(start, (size_t)(end - start), &code);
    *source += length > 0 ? length : 1;
    if (length == 0 || !text_code_is_printable(code) || (code > 126 && !utf8))
        return unknown;
    int columns = code < 127 ? 1 : wcwidth((wchar_t)code);
    if (columns < 0)
        return unknown;
    return (struct glyph){.bytes = start, .length = length, .columns = columns};
}

static int columns_of(const char *text, const char *end, bool utf8)
{
    int columns = 0;
    while (text < end)
        columns += next_glyph(&text, end, utf8).columns;
    return columns;
}

int text_columns(const char *text)
{
    return columns_of(text, text + strlen(text), utf8_screen);
}

/* Appends glyphs of text while they fit; returns the columns they take. */
static int copy_glyphs(char *destination, size_t size, size_t *used, const char *text,
                       const char *end, int columns, bool utf8)
{
    int taken = 0;
    while (text < end) {
        struct glyph glyph = next_glyph(&text, end, utf8);
        if (taken + glyph.columns > columns || *used + glyph.length + 1 > size)
            break;
        memcpy(destination + *used, glyph.bytes, glyph.length);
        *used += glyph.length;
        taken += glyph.columns;
    }
    destination[*used] = '\0';
    return taken;
}

static int append_cut_sign(char *destination, size_t size, size_t *used, bool utf8)
{
    char sign[8];
    (void)snprintf(sign, sizeof(sign), "%s", utf8 ? "\u2026" : "~");
    return copy_glyphs(destination, size, used, sign, sign + strlen(sign), 1, utf8);
}

int text_cut(char *destination, size_t size, const char *text, int columns, bool utf8)
{
    const char *end = text + strlen(text);
    size_t used = 0;
    destination[0] = '\0';
    if (columns <= 0)
        return 0;
    if (columns_of(text, end, utf8) <= columns)
        return copy_glyphs(destination, size, &used, text, end, columns, utf8);
    int taken = copy_glyphs(destination, size - 4, &used, text, end, columns - 1, utf8);
    return taken + append_cut_sign(destination, size, &used, utf8);
}

int text_cut_middle(char *destination, size_t size, const char *text, int columns, bool utf8)
{
    const char *end = text + strlen(text);
    int whole = columns_of(text, end, utf8);
    size_t used = 0;
    destination[0] = '\0';
    if (whole <= columns || columns < 3)
        return text_cut(destination, size, text, columns, utf8);
    int tail = (columns - 1 + 1) / 2;
    int taken = copy_glyphs(destination, size - 4, &used, text, end, columns - 1 - tail, utf8);
    taken += append_cut_sign(destination, size, &used, utf8);
    const char *rest = text;
    for (int left = whole; left > tail && rest < end;)
        left -= next_glyph(&rest, end, utf8).columns;
    return taken + copy_glyphs(destination, size, &used, rest, end, tail, utf8);
}

/* The end of the line that begins at text: the last blank that fits, or the last glyph. *next is
 * where the following line begins. */
static const char *line_end(const char *text, int columns, const char **next)
{
    const char *end = text + strcspn(text, "\n");
    const char *at = text;
    const char *blank = NULL;
    int taken = 0;
    while (at < end) {
        const char *glyph = at;
        int wide = next_glyph(&at, end, utf8_screen).columns;
        if (*glyph == ' ')
            blank = glyph;
        if (taken + wide > columns && glyph > text) {
            const char *stop = blank != NULL && blank > text ? blank : glyph;
            *next = stop;
            while (**next == ' ')
                ++*next;
            return stop;
        }
        taken += wide;
    }
    *next = *end == '\n' ? end + 1 : end;
    return end;
}

bool text_wrap(const char *text, int columns, int index, char *destination, size_t size)
{
    if (columns < 1)
        columns = 1;
    for (int line = 0; *text != '\0'; line++) {
        const char *next = NULL;
        const char *end = line_end(text, columns, &next);
        if (line == index) {
            size_t used = 0;
            destination[0] = '\0';
            copy_glyphs(destination, size, &used, text, end, columns, utf8_screen);
            return true;
        }
        text = next;
    }
    return false;
}

int text_wrap_count(const char *text, int columns)
{
    int lines = 0;
    if (columns < 1)
        columns = 1;
    while (*text != '\0') {
        const char *next = NULL;
        line_end(text, columns, &next);
        text = next;
        lines++;
    }
    return lines;
}

char *text_count(uint64_t count, char *text, size_t size)
{
    if (count < 10000)
        snprintf(text, size, "%llu", (unsigned long long)count);
    else if (count < 10000000)
        snprintf(text, size, "%lluk", (unsigned long long)(count / 1000));
    else
        snprintf(text, size, "%lluM", (unsigned long long)(count / 1000000));
    return text;
}

char *text_span(int64_t seconds, char *text, size_t size)
{
    long long s = seconds < 0 ? 0 : (long long)seconds;
    if (s < 60)
        snprintf(text, size, "%llds", s);
    else if (s < 3600)
        snprintf(text, size, "%lldm", s / 60);
    else if (s < 86400)
        snprintf(text, size, "%lldh%02lldm", s / 3600, s / 60 % 60);
    else
        snprintf(text, size, "%lldd%02lldh", s / 86400, s / 3600 % 24);
    return text;
}

char *text_bytes(uint64_t bytes, char *text, size_t size)
{
    static const char units[] = " KMGTP";
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1000 && unit + 1 < sizeof(units) - 1; unit++)
        value /= 1024;
    if (unit == 0)
        snprintf(text, size, "%llu", (unsigned long long)bytes);
    else if (value < 9.95)
        snprintf(text, size, "%.1f%c", value, units[unit]);
    else
        snprintf(text, size, "%.0f%c", value, units[unit]);
    return text;
}
