/* Errors as sentences. Called by every function that can fail; prints nothing itself. */
#include "nstui/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Appends to the sentence and cuts it quietly where it would not fit. */
static void err_append(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void err_append(struct err *err, const char *format, ...)
{
    size_t used = strlen(err->text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(err->text + used, sizeof(err->text) - used, format, arguments);
    va_end(arguments);
}

int err_set(struct err *err, int errnum, const char *format, ...)
{
    if (!err)
        return -1;
    err->errnum = errnum;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, arguments);
    va_end(arguments);
    if (errnum)
        err_append(err, ": %s", strerror(errnum));
    return -1;
}

int err_hint(struct err *err, const char *format, ...)
{
    if (!err)
        return -1;
    char hint[ERR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(hint, sizeof(hint), format, arguments);
    va_end(arguments);
    err_append(err, " (%s)", hint);
    return -1;
}

int err_prefix(struct err *err, const char *format, ...)
{
    if (!err)
        return -1;
    char rest[ERR_TEXT_SIZE];
    memcpy(rest, err->text, sizeof(rest));
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, arguments);
    va_end(arguments);
    err_append(err, ": %s", rest);
    return -1;
}
