/* filter: see filter.h. Pure; asked by the lists for each row. */
#include "filter.h"

#include "nstui/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void filter_parse(struct filter *filter, const char *text)
{
    filter->count = 0;
    while (filter->count < FILTER_WORDS) {
        text += strspn(text, " \t");
        size_t length = strcspn(text, " \t");
        if (length == 0)
            break;
        snprintf(filter->words[filter->count++], FILTER_WORD_SIZE, "%.*s", (int)length, text);
        text += length;
    }
}

/* A number is a pid, or the beginning or the end of an identity. */
static bool number_matches(const char *word, const struct filter_facts *facts)
{
    char inode[24];
    int64_t number = 0;
    if (!number_parse(word, 0, INT64_MAX, &number))
        return false;
    if (facts->pid != 0 && number == facts->pid)
        return true;
    if (facts->inode == 0 || strlen(word) < 3)
        return false;
    int length = snprintf(inode, sizeof(inode), "%" PRIu64, facts->inode);
    size_t tail = strlen(word);
    return tail <= (size_t)length &&
           (strncmp(inode, word, tail) == 0 || strcmp(inode + length - tail, word) == 0);
}

bool filter_word_matches(const char *word, const struct filter_facts *facts)
{
    enum ns_type type;
    if (ns_type_by_name(word, &type))
        return facts->has_type && facts->type == type;
    if (number_matches(word, facts))
        return true;
    for (size_t i = 0; i < array_length(facts->texts); i++)
        if (facts->texts[i] != NULL && strcasestr(facts->texts[i], word) != NULL)
            return true;
    return false;
}

bool filter_matches(const struct filter *filter, const struct filter_facts *facts)
{
    for (size_t i = 0; i < filter->count; i++)
        if (!filter_word_matches(filter->words[i], facts))
            return false;
    return true;
}
