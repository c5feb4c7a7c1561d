/* A line as it is typed, made into words: quotes, $NAME, ~, *.c, $(program), $((2+3)). Called by
 * shell.c for each line. What a whole shell has beyond that (| > < ; &) is answered with a sentence:
 * nothing of such a line is run.
 *
 * A word under way is kept as a pattern: what was quoted and would mean something to match.c has a
 * backslash before it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

#define BLANKS " \t\r"

struct expansion {
    struct shell *shell;
    const char *line, *at;
    struct words *words;
    struct bytes pattern; /* of the word under way */
    bool begun;           /* there is one, though it may be empty */
    bool wild;            /* it has a * ? [ that is not quoted */
    bool assignment;      /* it is A=..: never parted, never a pattern */
};

static bool fail(const char *first, const char *second, const char *third)
{
    shell_say(first, second ? second : "", third ? third : "");
    return false;
}

static bool too_long(void)
{
    return fail("the line becomes too long, or there is no memory for it", NULL, NULL);
}

/* ---- the word under way ---------------------------------------------------------------------- */

/* Adds what shall be there as it is. */
static bool plain_add(struct expansion *expansion, const char *from, size_t length)
{
    expansion->begun = true;
    for (size_t at = 0; at < length; at++) {
        if (strchr("*?[]\\", from[at]) && from[at] && !bytes_add(&expansion->pattern, "\\", 1))
            return too_long();
        if (!bytes_add(&expansion->pattern, from + at, 1))
            return too_long();
    }
    return true;
}

/* Adds one sign that is not quoted. */
static bool sign_add(struct expansion *expansion, char sign)
{
    if (expansion->assignment || !sign || !strchr("*?[]", sign))
        return plain_add(expansion, &sign, 1);
    expansion->begun = true;
    expansion->wild |= sign != ']';
    return bytes_add(&expansion->pattern, &sign, 1) || too_long();
}

/* The pattern as the text that it was. */
static void pattern_plain(char *pattern)
{
    char *to = pattern;
    for (const char *from = pattern; *from; from++) {
        if (*from == '\\' && from[1])
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

static bool word_end(struct expansion *expansion)
{
    struct words found = {0};
    bool good = true;
    if (!expansion->begun)
        return true;
    if (!bytes_add(&expansion->pattern, "", 0))
        return too_long();
    if (expansion->wild)
        good = files_match(expansion->pattern.data, &found);
    for (unsigned at = 0; good && at < found.count; at++)
        good = words_add(expansion->words, found.items[at]);
    if (good && found.count == 0) { /* as in every shell: then it is the word itself */
        pattern_plain(expansion->pattern.data);
        good = words_add(expansion->words, expansion->pattern.data);
    }
    words_free(&found);
    expansion->words->assignments += expansion->assignment;
    expansion->pattern.length = 0;
    expansion->begun = expansion->wild = expansion->assignment = false;
    return good || too_long();
}

/* A value: without quotes around it, blanks part words and * ? [ are patterns. */
static bool value_add(struct expansion *expansion, const char *value, size_t length, bool quoted)
{
    if (quoted || expansion->assignment)
        return plain_add(expansion, value, length);
    for (size_t at = 0; at < length; at++) {
        bool blank = strchr(BLANKS "\n", value[at]) && value[at];
        if (blank ? !word_end(expansion) : !sign_add(expansion, value[at]))
            return false;
    }
    return true;
}

/* ---- $ ----------------------------------------------------------------------------------------- */

/* The bracket that closes, from behind the one that opens; quoted ones do not count. NULL: none. */
static const char *closing_find(const char *at)
{
    int depth = 1;
    for (; *at; at++) {
        if (*at == '\\' && at[1]) {
            at++;
        } else if (*at == '\'' || *at == '"') {
            const char *end = strchr(at + 1, *at);
            if (!end)
                return NULL;
            at = end;
        } else if (*at == '(') {
            depth++;
        } else if (*at == ')' && --depth == 0) {
            return at;
        }
    }
    return NULL;
}

static bool number_add(struct expansion *expansion, long number, bool quoted)
{
    char digits[24];
    unsigned at = sizeof(digits);
    unsigned long rest = number < 0 ? 0UL - (unsigned long)number : (unsigned long)number;
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        digits[--at] = '-';
    return value_add(expansion, digits + at, sizeof(digits) - at, quoted);
}

/* Puts what /bin/sh -c TEXT writes in its place. */
static bool program_add(struct expansion *expansion, const char *from, size_t length, bool quoted)
{
    struct bytes text = {0}, output = {0};
    char sh[] = "/bin/sh", c[] = "-c";
    bool good = bytes_add(&text, from, length);
    if (!good)
        return too_long();
    if (access(sh, X_OK) < 0) {
        good = fail("$(..) needs /bin/sh, which is not in this root", NULL, NULL);
    } else {
        char *words[] = {sh, c, text.data, NULL};
        job_run(expansion->shell, words, &output);
        good = !expansion->shell->interrupted && !expansion->shell->over;
        while (output.length > 0 && output.data[output.length - 1] == '\n')
            output.length--;
        good = good && value_add(expansion, output.data, output.length, quoted);
    }
    bytes_free(&text);
    bytes_free(&output);
    return good;
}

static bool sum_add(struct expansion *expansion, const char *from, size_t length, bool quoted)
{
    struct bytes text = {0};
    const char *problem = NULL;
    long result = 0;
    if (!bytes_add(&text, from, length))
        return too_long();
    bool good = reckon(text.data, &result, &problem);
    if (!good)
        fail("$((..)): ", problem, "; sh -c 'echo $((..))' does more");
    bytes_free(&text);
    return good && number_add(expansion, result, quoted);
}

static bool bracket_add(struct expansion *expansion, bool quoted)
{
    const char *from = expansion->at + 1, *end = closing_find(from);
    if (!end)
        return fail("\"$(\" is not closed", NULL, NULL);
    expansion->at = end + 1;
    if (*from == '(' && end[-1] == ')' && closing_find(from + 1) == end - 1)
        return sum_add(expansion, from + 1, (size_t)(end - 1 - (from + 1)), quoted);
    return program_add(expansion, from, (size_t)(end - from), quoted);
}

/* `program`: the old way to write $(program). */
static bool backquote_add(struct expansion *expansion, bool quoted)
{
    struct bytes text = {0};
    bool good = true;
    const char *at = expansion->at + 1;
    for (; good && *at && *at != '`'; at++) {
        if (*at == '\\' && at[1] && strchr("`\\$", at[1]))
            at++;
        good = bytes_add(&text, at, 1);
    }
    if (!good)
        too_long();
    else if (!*at)
        good = fail("the quote ` is not closed", NULL, NULL);
    expansion->at = at + (*at == '`');
    good = good && program_add(expansion, text.data ? text.data : "", text.length, quoted);
    bytes_free(&text);
    return good;
}

static bool variable_add(struct expansion *expansion, const char *from, size_t length, bool quoted)
{
    struct bytes name = {0};
    if (!bytes_add(&name, from, length))
        return too_long();
    const char *value = getenv(name.data);
    bytes_free(&name);
    return !value || value_add(expansion, value, strlen(value), quoted);
}

static bool brace_add(struct expansion *expansion, bool quoted)
{
    const char *from = expansion->at + 1;
    size_t length = strspn(from, NAME_LETTERS DIGITS);
    if (length == 0 || from[length] != '}')
        return fail("init knows ${NAME} alone; sh -c '..' knows more", NULL, NULL);
    expansion->at = from + length + 1;
    return variable_add(expansion, from, length, quoted);
}

/* Behind a $. */
static bool dollar_add(struct expansion *expansion, bool quoted)
{
    const char *from = ++expansion->at;
    size_t length = strspn(from, NAME_LETTERS);
    if (*from == '(')
        return bracket_add(expansion, quoted);
    if (*from == '{')
        return brace_add(expansion, quoted);
    if (*from == '?' || *from == '$') {
        expansion->at++;
        return number_add(expansion, *from == '?' ? expansion->shell->status : getpid(), quoted);
    }
    if (*from && strchr("@*#!-" DIGITS, *from)) { /* there are no arguments here */
        expansion->at++;
        return *from != '#' || number_add(expansion, 0, quoted);
    }
    if (length == 0)
        return plain_add(expansion, "$", 1);
    length += strspn(from + length, NAME_LETTERS DIGITS);
    expansion->at += length;
    return variable_add(expansion, from, length, quoted);
}

/* ---- the line ----------------------------------------------------------------------------------- */

static bool double_quotes_add(struct expansion *expansion)
{
    expansion->at++;
    expansion->begun = true;
    while (*expansion->at != '"') {
        bool good;
        const char *at = expansion->at;
        if (!*at)
            return fail("the quote \" is not closed", NULL, NULL);
        if (*at == '$') {
            good = dollar_add(expansion, true);
        } else if (*at == '`') {
            good = backquote_add(expansion, true);
        } else {
            at += *at == '\\' && at[1] && strchr("\"\\$`", at[1]);
            good = plain_add(expansion, at, 1);
            expansion->at = at + 1;
        }
        if (!good)
            return false;
    }
    expansion->at++;
    return true;
}

static bool single_quotes_add(struct expansion *expansion)
{
    const char *from = expansion->at + 1, *end = strchr(from, '\'');
    if (!end)
        return fail("the quote ' is not closed", NULL, NULL);
    expansion->begun = true;
    expansion->at = end + 1;
    return plain_add(expansion, from, (size_t)(end - from));
}

/* ~ and ~/..; other people's homes are not looked up. */
static bool home_add(struct expansion *expansion)
{
    const char *home = getenv("HOME"), after = expansion->at[1];
    bool mine = !expansion->begun && (!after || strchr("/" BLANKS, after));
    expansion->at++;
    return mine && home ? plain_add(expansion, home, strlen(home)) : plain_add(expansion, "~", 1);
}

static bool is_assignment(const char *at)
{
    size_t length = strspn(at, NAME_LETTERS);
    return length > 0 && at[length + strspn(at + length, NAME_LETTERS DIGITS)] == '=';
}

static bool refuse(const struct expansion *expansion)
{
    char sign[] = {*expansion->at, '\0'};
    bool quoted = strchr(expansion->line, '\''); /* would have to be quoted anew */
    shell_say("\"", sign,
              "\" is beyond init, which starts one program a line; a shell does it: sh -c '",
              quoted ? ".." : expansion->line, "'");
    return false;
}

static bool one_add(struct expansion *expansion)
{
    const char *at = expansion->at;
    switch (*at) {
    case '\'':
        return single_quotes_add(expansion);
    case '"':
        return double_quotes_add(expansion);
    case '$':
        return dollar_add(expansion, false);
    case '`':
        return backquote_add(expansion, false);
    case '~':
        return home_add(expansion);
    case '\\':
        if (!at[1])
            return fail("the line ends in \\, and init reads one line at a time", NULL, NULL);
        expansion->at += 2;
        return plain_add(expansion, at + 1, 1);
    case '|':
    case '&':
    case ';':
    case '<':
    case '>':
    case '(':
    case ')':
        return refuse(expansion);
    default:
        expansion->at++;
        return sign_add(expansion, *at);
    }
}

bool expand_line(struct shell *shell, const char *line, struct words *words)
{
    struct expansion expansion = {.shell = shell, .line = line, .at = line, .words = words};
    bool good = true;
    while (good && *expansion.at) {
        if (strchr(BLANKS, *expansion.at)) {
            good = word_end(&expansion);
            expansion.at++;
            continue;
        }
        if (*expansion.at == '#' && !expansion.begun)
            break;
        if (!expansion.begun && words->count == words->assignments)
            expansion.assignment = is_assignment(expansion.at);
        good = one_add(&expansion);
    }
    good = good && word_end(&expansion);
    bytes_free(&expansion.pattern);
    return good;
}
