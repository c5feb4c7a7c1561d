/* The list of what a terminal may answer to a program. nstui-term has parsed hostile bytes and may be
 * anybody's by now; whatever it says that is not exactly of one of these forms goes nowhere. */
#include "private.h"

#include <string.h>

static const struct {
    const char *begin;
    char end;
    size_t numbers_max; /* between them: so many numbers of up to 4 digits, parted by ';' */
} reply_forms[] = {
    {"\033[?", 'c', 5}, /* DA1: what I am */
    {"\033[>", 'c', 3}, /* DA2: which version */
    {"\033[", 'n', 1},  /* DSR: all is well; only 0, see below */
    {"\033[", 'R', 2},  /* CPR: where the cursor is */
};

enum verdict { REPLY_NO, REPLY_PART, REPLY_WHOLE };

static bool numbers_fit(const char *text, size_t length, size_t numbers_max)
{
    size_t numbers = 1, digits = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == ';') {
            numbers++;
            digits = 0;
        } else if (text[i] < '0' || text[i] > '9' || ++digits > 4) {
            return false;
        }
    }
    return numbers <= numbers_max;
}

/* How the bytes stand to one form. */
static enum verdict form_match(const char *text, size_t length, size_t form)
{
    size_t begin = strlen(reply_forms[form].begin);
    if (memcmp(text, reply_forms[form].begin, length < begin ? length : begin) != 0)
        return REPLY_NO;
    if (length <= begin)
        return REPLY_PART;
    char end = reply_forms[form].end;
    bool whole = text[length - 1] == end;
    size_t inner = length - begin - (whole ? 1 : 0);
    if (!numbers_fit(text + begin, inner, reply_forms[form].numbers_max))
        return REPLY_NO;
    if (!whole)
        return length < REPLY_MAX ? REPLY_PART : REPLY_NO;
    bool fits = end == 'n'   ? inner == 1 && text[begin] == '0'
                : end == 'R' ? inner >= 3 && memchr(text + begin, ';', inner)
                             : true;
    return fits ? REPLY_WHOLE : REPLY_NO;
}

static enum verdict reply_match(const char *text, size_t length)
{
    enum verdict best = REPLY_NO;
    for (size_t form = 0; form < array_length(reply_forms); form++) {
        enum verdict verdict = form_match(text, length, form);
        best = verdict > best ? verdict : best;
    }
    return best;
}

void replies_filter(struct replies *replies, const char *bytes, size_t length, struct text *out)
{
    for (size_t i = 0; i < length; i++) {
        /* An ESC begins anew, whatever was held. */
        if (bytes[i] == '\033')
            replies->length = 0;
        replies->held[replies->length++] = bytes[i];
        switch (reply_match(replies->held, replies->length)) {
        case REPLY_WHOLE:
            text_add_bytes(out, replies->held, replies->length);
            replies->length = 0;
            break;
        case REPLY_NO:
            replies->length = 0;
            break;
        case REPLY_PART:
            break;
        }
    }
}
