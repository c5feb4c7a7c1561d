/* Sentences for the person at the keyboard. Called by all commands; the only place that writes to
 * stderr. A sentence may carry what somebody else has written (a path, a name), so no byte of it
 * reaches a terminal unlooked at. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

bool utf8_is_shown(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < array_length(variables); i++) {
        const char *value = getenv(variables[i]);
        if (value && *value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

char *shown(char buffer[SHOWN_SIZE], const char *text)
{
    return text_printable(buffer, SHOWN_SIZE, text, strlen(text), utf8_is_shown());
}

void user_name(uid_t uid, char name[SHOWN_SIZE])
{
    _cleanup_user_ struct user user = {0};
    if (user_by_id(uid, &user))
        (void)shown(name, user.name);
    else
        (void)snprintf(name, SHOWN_SIZE, "user %u", (unsigned)uid);
}

void say(const char *format, ...)
{
    char sentence[ERR_TEXT_SIZE + SHOWN_SIZE], printable[sizeof(sentence)];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    (void)text_printable(printable, sizeof(printable), sentence, strlen(sentence), utf8_is_shown());
    (void)fprintf(stderr, "nstui: %s\n", printable);
}

/* The word that a forgotten sudo wants, unless the sentence has it already. */
static void sudo_hint(const struct invocation *invocation, struct err *err)
{
    if (geteuid() == 0 || (err->errnum != EPERM && err->errnum != EACCES) ||
        strstr(err->text, "sudo"))
        return;
    (void)err_hint(err, "root may: sudo nstui %s ..", invocation->command->name);
}

int fail(const struct invocation *invocation, int status, const struct err *err)
{
    struct err told = *err;
    sudo_hint(invocation, &told);
    if (invocation->ready_fd < 0) {
        say("%s", told.text);
        return status;
    }
    char printable[ERR_TEXT_SIZE];
    (void)text_printable(printable, sizeof(printable), told.text, strlen(told.text), true);
    _cleanup_free_ char *word = xasprintf("error %d %s\n", status, printable);
    (void)fd_write_all(invocation->ready_fd, word, strlen(word), NULL);
    return status;
}

int fail_with(const struct invocation *invocation, int status, const char *format, ...)
{
    struct err err = {0};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(err.text, sizeof(err.text), format, arguments);
    va_end(arguments);
    return fail(invocation, status, &err);
}
