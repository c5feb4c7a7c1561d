/* What nstui-init has called, told to the engine for the trace: kept as lines and sent when there is
 * time for it. Costs nothing where nobody listens. See told_calls() in src/nstui/engine/channel.c. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

static void number_add(struct calls *calls, long long number)
{
    char digits[24];
    unsigned at = sizeof(digits) - 1;
    unsigned long long rest =
        number < 0 ? 0ULL - (unsigned long long)number : (unsigned long long)number;
    digits[at] = '\0';
    digits[--at] = ' ';
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        digits[--at] = '-';
    memcpy(calls->text + calls->used, digits + at, sizeof(digits) - 1 - at);
    calls->used += (unsigned)(sizeof(digits) - 1 - at);
}

void calls_send(const struct orders *orders)
{
    struct calls *calls = orders->calls;
    int errnum = errno;
    if (calls->used == 0)
        return;
    calls->text[calls->used] = '\0';
    report_send(orders->report, calls->text, -1);
    calls->used = 0;
    errno = errnum;
}

void calls_add(const struct orders *orders, const struct told_call *call)
{
    struct calls *calls = orders->calls;
    struct timespec now;
    int errnum = errno;
    size_t length = call->text ? strnlen(call->text, CALL_TEXT_MAX) : 0;
    if (orders->report < 0)
        return;
    if (calls->used + length + 200 > sizeof(calls->text))
        calls_send(orders);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    calls->text[calls->used] = calls->used == 0 ? 'C' : '\n';
    calls->used++;
    number_add(calls, (long long)now.tv_sec * 1000000000 + now.tv_nsec);
    number_add(calls, call->number);
    number_add(calls, call->result);
    for (int at = 0; at < 4; at++)
        number_add(calls, call->words[at]);
    number_add(calls, call->text ? call->which : -1);
    for (size_t at = 0; at < length; at++) { /* a newline would begin another one */
        char letter = call->text[at];
        calls->text[calls->used++] = letter == '\n' ? '?' : letter;
    }
    errno = errnum;
}

void calls_add_path(const struct orders *orders, long number, const char *path, long result)
{
    const struct told_call call = {
        .number = number,
        .result = result < 0 ? -errno : result,
        .text = path,
    };
    calls_add(orders, &call);
}
