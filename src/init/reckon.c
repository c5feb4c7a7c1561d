/* $((2+3)): whole numbers, + - * / % ( ) and names of variables. Called by expand.c. Knows no more than
 * that, and says so. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

#define NESTED_MAX 64

struct sum {
    const char *at;
    const char *problem; /* NULL: none so far */
    int depth;
};

static long sum_value(struct sum *sum);

static long failed(struct sum *sum, const char *problem)
{
    if (!sum->problem)
        sum->problem = problem;
    return 0;
}

static char next(struct sum *sum)
{
    while (*sum->at == ' ' || *sum->at == '\t')
        sum->at++;
    return *sum->at;
}

static long number_value(struct sum *sum)
{
    char *end;
    errno = 0;
    long value = strtol(sum->at, &end, 0);
    if (errno == ERANGE)
        return failed(sum, "the number is too large");
    sum->at = end;
    return value;
}

/* A variable that is not there counts as 0, as in every shell. */
static long name_value(struct sum *sum)
{
    char name[64];
    size_t length = strspn(sum->at, NAME_LETTERS DIGITS);
    if (length >= sizeof(name))
        return failed(sum, "the name is too long");
    memcpy(name, sum->at, length);
    name[length] = '\0';
    sum->at += length;
    const char *text = getenv(name);
    char *end = NULL;
    long value = text ? strtol(text, &end, 0) : 0;
    return end && *end ? failed(sum, "a variable in it is no number") : value;
}

static long single_value(struct sum *sum)
{
    char sign = next(sum);
    long value;
    if (++sum->depth > NESTED_MAX)
        return failed(sum, "it is nested too deep");
    if (sign == '-' || sign == '+') {
        sum->at++;
        value = single_value(sum);
        if (sign == '-' && __builtin_sub_overflow(0L, value, &value))
            return failed(sum, "the number is too large");
    } else if (sign == '(') {
        sum->at++;
        value = sum_value(sum);
        if (next(sum) != ')')
            return failed(sum, "a bracket is not closed");
        sum->at++;
    } else {
        if (sign == '$')
            sum->at++;
        if (*sum->at >= '0' && *sum->at <= '9')
            value = number_value(sum);
        else if (*sum->at && strchr(NAME_LETTERS, *sum->at))
            value = name_value(sum);
        else
            return failed(sum, "init reckons with numbers, names and + - * / % ( ) alone");
    }
    sum->depth--;
    return value;
}

static long product_value(struct sum *sum)
{
    long value = single_value(sum);
    for (char sign; !sum->problem && (sign = next(sum)) && strchr("*/%", sign);) {
        sum->at++;
        long other = single_value(sum);
        if (sum->problem)
            break;
        if (sign == '*') {
            if (__builtin_mul_overflow(value, other, &value))
                return failed(sum, "the number is too large");
            continue;
        }
        if (other == 0)
            return failed(sum, "it divides by 0");
        if (value == LONG_MIN && other == -1) /* the machine has no such number */
            return failed(sum, "the number is too large");
        value = sign == '/' ? value / other : value % other;
    }
    return value;
}

static long sum_value(struct sum *sum)
{
    long value = product_value(sum);
    for (char sign; !sum->problem && ((sign = next(sum)) == '+' || sign == '-');) {
        sum->at++;
        long other = product_value(sum);
        if (sign == '+' ? __builtin_add_overflow(value, other, &value)
                        : __builtin_sub_overflow(value, other, &value))
            return failed(sum, "the number is too large");
    }
    return value;
}

bool reckon(const char *text, long *result, const char **problem)
{
    struct sum sum = {.at = text};
    *result = next(&sum) ? sum_value(&sum) : 0;
    if (!sum.problem && next(&sum))
        sum.problem = "init reckons with numbers, names and + - * / % ( ) alone";
    *problem = sum.problem;
    return !sum.problem;
}
