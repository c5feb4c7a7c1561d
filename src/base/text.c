/* Text: growing buffers, words as a shell wants them, and bytes that nobody vouches for made safe
 * for a terminal. */
#include "nstui/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_reserve(struct text *text, size_t more)
{
    size_t wanted = text->length + more + 1;
    if (wanted <= text->capacity)
        return;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < wanted)
        capacity *= 2;
    text->data = xrealloc(text->data, capacity);
    text->capacity = capacity;
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    text_reserve(text, length);
    if (length)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    text_reserve(text, (size_t)length);
    va_start(arguments, format);
    (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

void cleanup_text(void *text)
{
    text_free(text);
}

/* ---- words of a shell ------------------------------------------------------------------ */

/* True where a byte means only itself to a shell, wherever it stands in a word. */
static bool text_is_plain(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte && strchr("_-./:,=+@%^", byte));
}

char *text_shell_quote(const char *word)
{
    bool plain = *word != '\0';
    for (const char *byte = word; *byte && plain; byte++)
        plain = text_is_plain((unsigned char)*byte);
    if (plain)
        return xstrdup(word);
    struct text quoted = {0};
    text_add(&quoted, "'");
    for (const char *byte = word; *byte; byte++) {
        if (*byte == '\'')
            text_add(&quoted, "'\\''");
        else
            text_add_bytes(&quoted, byte, 1);
    }
    text_add(&quoted, "'");
    return quoted.data;
}

char *text_shell_line(char *const argv[])
{
    struct text line = {0};
    text_add(&line, "");
    for (size_t i = 0; argv[i]; i++) {
        _cleanup_free_ char *word = text_shell_quote(argv[i]);
        if (i)
            text_add(&line, " ");
        text_add(&line, word);
    }
    return line.data;
}

/* Reads one word at *line into word: quotes off, backslashes resolved. */
static int text_split_word(const char **line, struct text *word, struct err *err)
{
    char quote = '\0';
    const char *at = *line;
    text_add(word, "");
    for (; *at && (quote || !strchr(" \t", *at)); at++) {
        if (quote && *at == quote) {
            quote = '\0';
        } else if (!quote && (*at == '\'' || *at == '"')) {
            quote = *at;
        } else if (*at == '\\' && quote != '\'' && at[1]) {
            text_add_bytes(word, ++at, 1);
        } else if (!quote && strchr("|<>;&$`()", *at)) {
            (void)err_set(err, 0, "\"%c\" is for a shell", *at);
            return err_hint(err, "put it in quotes, or write sh -c '..'");
        } else {
            text_add_bytes(word, at, 1);
        }
    }
    if (quote)
        return err_set(err, 0, "a quote (%c) is not closed", quote);
    *line = at;
    return 0;
}

int text_shell_split(const char *line, struct strings *words, struct err *err)
{
    for (;;) {
        line += strspn(line, " \t");
        if (!*line)
            return 0;
        _cleanup_text_ struct text word = {0};
        if (text_split_word(&line, &word, err) < 0)
            return -1;
        strings_add(words, word.data);
    }
}

/* ---- bytes that nobody vouches for ----------------------------------------------------- */

/* How each length of a UTF-8 sequence starts, and the smallest code point that may need it. */
static const struct {
    unsigned char mask, lead;
    uint32_t least;
} utf8_forms[] = {
    {0x80, 0x00, 0},
    {0xe0, 0xc0, 0x80},
    {0xf0, 0xe0, 0x800},
    {0xf8, 0xf0, 0x10000},
};

size_t text_decode_utf8(const char *source, size_t length, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)source;
    for (size_t form = 0; form < array_length(utf8_forms) && form < length; form++) {
        if ((bytes[0] & utf8_forms[form].mask) != utf8_forms[form].lead)
            continue;
        uint32_t value = bytes[0] & (unsigned char)~utf8_forms[form].mask;
        for (size_t i = 1; i <= form; i++) {
            if ((bytes[i] & 0xc0) != 0x80)
                return 0;
            value = value << 6 | (bytes[i] & 0x3fU);
        }
        if (value < utf8_forms[form].least || value > 0x10ffff || (value & ~0x7ffU) == 0xd800)
            return 0;
        *code = value;
        return form + 1;
    }
    return 0;
}

bool text_code_is_printable(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } never[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},       /* C0, DEL and C1 */
        {0x061c, 0x061c}, {0x200e, 0x200f},   /* marks of direction */
        {0x2028, 0x202e}, {0x2066, 0x2069},   /* line ends, embeddings, overrides, isolates */
        {0xd800, 0xdfff}, {0xfeff, 0xfeff},   /* surrogates, byte order mark */
        {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}, /* interlinear marks, tags */
        {0x110000, ~0U},                      /* beyond Unicode */
    };
    for (size_t i = 0; i < array_length(never); i++) {
        if (code >= never[i].first && code <= never[i].last)
            return false;
    }
    return true;
}

char *text_printable(char *destination, size_t size, const char *source, size_t source_length,
                     bool utf8_allowed)
{
    size_t written = 0;
    for (size_t at = 0; at < source_length;) {
        uint32_t code = 0;
        size_t length = text_decode_utf8(source + at, source_length - at, &code);
        bool shown = length && text_code_is_printable(code) && (code < 0x80 || utf8_allowed);
        size_t wanted = shown ? length : 1;
        if (written + wanted >= size)
            break;
        if (shown)
            memcpy(destination + written, source + at, length);
        else
            destination[written] = '?';
        written += wanted;
        at += length ? length : 1;
    }
    if (size)
        destination[written] = '\0';
    return destination;
}

bool number_parse(const char *string, int64_t minimum, int64_t maximum, int64_t *number)
{
    bool negative = *string == '-';
    if (string[negative] < '0' || string[negative] > '9')
        return false;
    char *end = NULL;
    errno = 0;
    long long value = strtoll(string, &end, 10);
    if (errno || *end || value < minimum || value > maximum)
        return false;
    *number = value;
    return true;
}
