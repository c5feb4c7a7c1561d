/* Words as people type them: which one was meant, and the names of signals. */
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "private.h"

#define WORD_LONGEST 64

/* Levenshtein's distance, a swap of neighbours being one step too. */
size_t word_distance(const char *left, const char *right)
{
    size_t rows[3][WORD_LONGEST + 1];
    size_t left_length = strlen(left), right_length = strlen(right);
    if (left_length > WORD_LONGEST || right_length > WORD_LONGEST)
        return WORD_LONGEST;
    for (size_t column = 0; column <= right_length; column++)
        rows[0][column] = column;
    for (size_t row = 1; row <= left_length; row++) {
        size_t *now = rows[row % 3], *before = rows[(row + 2) % 3], *earlier = rows[(row + 1) % 3];
        now[0] = row;
        for (size_t column = 1; column <= right_length; column++) {
            size_t best = before[column - 1] + (left[row - 1] != right[column - 1]);
            if (before[column] + 1 < best)
                best = before[column] + 1;
            if (now[column - 1] + 1 < best)
                best = now[column - 1] + 1;
            if (row > 1 && column > 1 && left[row - 1] == right[column - 2] &&
                left[row - 2] == right[column - 1] && earlier[column - 2] + 1 < best)
                best = earlier[column - 2] + 1;
            now[column] = best;
        }
    }
    return rows[left_length % 3][right_length];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    size_t length = strlen(nearest->word), distance = word_distance(nearest->word, candidate);
    bool begins = length > 1 && strncmp(candidate, nearest->word, length) == 0;
    if (begins)
        distance = 1;
    size_t allowed = length <= 3 ? 1 : length <= 6 ? 2 : 3;
    if (distance > allowed || (nearest->best && distance >= nearest->distance))
        return;
    nearest->best = candidate;
    nearest->distance = distance;
}

/* ---- signals ----------------------------------------------------------------------------- */

/* Real-time ones as kill(1) writes them: RTMIN, RTMIN+3, RTMAX-1. */
static bool signal_parse_real_time(const char *text, int *number)
{
    bool low = strncasecmp(text, "RTMIN", 5) == 0;
    if (!low && strncasecmp(text, "RTMAX", 5) != 0)
        return false;
    int64_t offset = 0;
    if (text[5] && (text[5] != (low ? '+' : '-') || !number_parse(text + 6, 0, 64, &offset)))
        return false;
    int wanted = low ? SIGRTMIN + (int)offset : SIGRTMAX - (int)offset;
    if (wanted < SIGRTMIN || wanted > SIGRTMAX)
        return false;
    *number = wanted;
    return true;
}

bool signal_parse(const char *text, int *number)
{
    int64_t value;
    if (number_parse(text, 0, SIGRTMAX, &value)) {
        *number = (int)value;
        return true;
    }
    if (strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    for (int i = 1; i < SIGRTMIN; i++) {
        const char *name = sigabbrev_np(i);
        if (name && strcasecmp(name, text) == 0) {
            *number = i;
            return true;
        }
    }
    return signal_parse_real_time(text, number);
}

const char *signal_suggest(const char *text)
{
    char upper[16] = "";
    if (strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    for (size_t i = 0; i < sizeof(upper) - 1 && text[i]; i++)
        upper[i] = (char)toupper((unsigned char)text[i]);
    struct nearest nearest = {.word = upper};
    for (int i = 1; i < SIGRTMIN; i++) {
        const char *name = sigabbrev_np(i);
        if (name)
            nearest_offer(&nearest, name);
    }
    return nearest.best;
}
