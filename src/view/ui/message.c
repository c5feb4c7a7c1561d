/* message: what line 23 says, and that the screen is to be drawn again. The lowest floor of the
 * dashboard: everything may call it, it calls nothing of ours. */
#include "core.h"

#include <stdarg.h>
#include <stdio.h>

#define RESULT_MS 5000

void app_redraw(struct app *app)
{
    app->core->must_draw = true;
}

/* ---- line 23 --------------------------------------------------------------------------- */

static void message(struct app *app, enum message_kind kind, const char *format, va_list arguments)
{
    vsnprintf(app->message, sizeof(app->message), format, arguments);
    app->message_kind = kind;
    app->message_until_ms = kind == MESSAGE_RESULT ? clock_monotonic_ms() + RESULT_MS : 0;
    app_redraw(app);
}

void app_result(struct app *app, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    message(app, MESSAGE_RESULT, format, arguments);
    va_end(arguments);
}

void app_error(struct app *app, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    message(app, MESSAGE_ERROR, format, arguments);
    va_end(arguments);
}
