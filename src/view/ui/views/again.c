/* again: acts on a container that take no dialog: start one that has ended, export one as a bundle.
 * Each runs the line of nstui that it shows. */
#include "../doors.h"
#include "../widgets/prompt.h"

#include <stdio.h>
#include <stdlib.h>

static void started(struct app *app, void *data, const struct command_result *result)
{
    (void)data;
    if (result->status == 0)
        app_refresh(app);
}

void session_start_again(struct app *app, const char *name)
{
    const char *const words[] = {"start", name, NULL};
    app_command_run(app, words, started, NULL);
}

static void exported(struct app *app, void *data, const char *path, bool kept)
{
    _cleanup_free_ char *name = data;
    const char *const words[] = {"export", name, path, NULL};
    if (kept && *path)
        app_command_run(app, words, NULL, NULL);
}

void session_export_ask(struct app *app, const char *name)
{
    char path[THING_NAME_SIZE + 16];
    (void)snprintf(path, sizeof(path), "./%s.bundle", name);
    prompt_open(app, &(struct prompt){.label = "Export an OCI bundle to",
                                      .text = path,
                                      .hint = "`Enter` write it  `Esc` leave",
                                      .done = exported,
                                      .data = xstrdup(name)});
}
