/* command: runs `nstui WORDS..` for an act and tells how it ended. The dashboard changes nothing
 * itself: this child does, and what is run is what is shown. Called by dialogs through app.h. */
#include "core.h"
#include "nstui/look.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_MAX (64u * 1024)
/* A child of the command that keeps its stderr open does not keep us waiting longer than this. */
#define OUTPUT_GRACE_MS 300

struct running {
    uv_process_t process;
    uv_pipe_t pipes[2];
    uv_timer_t grace;
    struct text output[2]; /* stdout, stderr */
    int open_pipes;
    bool ended;
    bool told;
    bool quiet; /* nothing of it is shown */
    int open_handles;
    int status;
    char *line;
    struct app *app;
    command_done done;
    void *data;
    struct running *next;
};

char *app_command_line(struct app *app, const char *const words[])
{
    _cleanup_strings_ struct strings argv = {0};
    if (app->root)
        strings_add(&argv, "sudo");
    strings_add(&argv, "nstui");
    for (size_t i = 0; words[i] != NULL; i++)
        strings_add(&argv, words[i]);
    return text_shell_line(argv.items);
}

static void free_running(struct running *running)
{
    text_free(&running->output[0]);
    text_free(&running->output[1]);
    free(running->line);
    free(running);
}

static void on_closed(uv_handle_t *handle)
{
    struct running *running = handle->data;
    if (--running->open_handles == 0)
        free_running(running);
}

static void first_line(const char *text, char *line, size_t size)
{
    size_t length = strcspn(text, "\n");
    text_printable(line, size, text, length, draw_utf8());
}

static void tell_result(struct running *running)
{
    struct app *app = running->app;
    const struct command_result result = {
        .status = running->status,
        .out = running->output[0].data != NULL ? running->output[0].data : "",
        .err = running->output[1].data != NULL ? running->output[1].data : "",
    };
    char sentence[512];
    first_line(result.err, sentence, sizeof(sentence));
    const char *said = strncmp(sentence, "nstui: ", 7) == 0 ? sentence + 7 : sentence;
    if (running->quiet)
        ;
    else if (result.status == 0)
        app_result(app, "%s", running->line);
    else if (*said != '\0')
        app_error(app, "%s", said);
    else
        app_error(app, "%s: ended with status %d", running->line, result.status);
    if (!running->quiet) {
        app_refresh(app);
        app_redraw(app);
    }
    if (running->done != NULL)
        running->done(app, running->data, &result);
}

static void unlink_running(struct running *running)
{
    struct running **link = &running->app->core->commands;
    while (*link != NULL && *link != running)
        link = &(*link)->next;
    if (*link != NULL)
        *link = running->next;
}

/* It is freed when the last of its handles is closed. */
static void close_running(struct running *running)
{
    uv_close((uv_handle_t *)&running->process, on_closed);
    uv_close((uv_handle_t *)&running->grace, on_closed);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&running->pipes[i], on_closed);
}

static void finish(struct running *running)
{
    if (running->told)
        return;
    running->told = true;
    if (!running->quiet) {
        free(running->app->core->running_line);
        running->app->core->running_line = NULL;
    }
    unlink_running(running);
    tell_result(running);
    close_running(running);
}

void commands_forget(struct ui_core *core)
{
    while (core->commands != NULL) {
        struct running *running = core->commands;
        core->commands = running->next;
        running->told = true;
        close_running(running);
    }
}

static void on_grace(uv_timer_t *timer)
{
    finish(timer->data);
}

static void on_command_exit(uv_process_t *process, int64_t status, int signal_number)
{
    struct running *running = process->data;
    running->ended = true;
    running->status = signal_number != 0 ? 128 + signal_number : (int)status;
    if (running->open_pipes == 0)
        finish(running);
    else
        uv_timer_start(&running->grace, on_grace, OUTPUT_GRACE_MS, 0);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(xmalloc(4096), 4096);
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct running *running = stream->data;
    struct text *output = &running->output[stream == (uv_stream_t *)&running->pipes[1]];
    if (count > 0 && output->length + (size_t)count <= OUTPUT_MAX)
        text_add_bytes(output, buffer->base, (size_t)count);
    free(buffer->base);
    if (count >= 0)
        return;
    uv_read_stop(stream);
    if (--running->open_pipes == 0 && running->ended)
        finish(running);
}

static int spawn(struct running *running, const char *program, char **argv)
{
    uv_loop_t *loop = running->app->loop;
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}};
    for (int i = 0; i < 2; i++) {
        uv_pipe_init(loop, &running->pipes[i], 0);
        running->pipes[i].data = running;
        stdio[i + 1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
        stdio[i + 1].data.stream = (uv_stream_t *)&running->pipes[i];
    }
    uv_timer_init(loop, &running->grace);
    running->grace.data = running;
    running->process.data = running;
    running->open_handles = 4;
    uv_process_options_t options = {.file = program,
                                    .args = argv,
                                    .stdio = stdio,
                                    .stdio_count = 3,
                                    .exit_cb = on_command_exit};
    int result = uv_spawn(loop, &running->process, &options);
    if (result != 0)
        return result;
    running->open_pipes = 2;
    for (int i = 0; i < 2; i++)
        uv_read_start((uv_stream_t *)&running->pipes[i], on_room, on_output);
    return 0;
}

/* running->line is set; argv[0] is the program's name, or its path. */
static void launch(struct running *running, const char *program, char **argv)
{
    struct app *app = running->app;
    running->next = app->core->commands;
    app->core->commands = running;
    int result = spawn(running, program, argv);
    if (result != 0) {
        text_addf(&running->output[1], "cannot start %s: %s", program, uv_strerror(result));
        finish(running);
    }
}

static struct running *running_new(struct app *app, bool quiet, command_done done, void *data)
{
    struct running *running = xcalloc(1, sizeof(*running));
    *running =
        (struct running){.app = app, .done = done, .data = data, .quiet = quiet, .status = -1};
    return running;
}

static void not_found(struct running *running, const struct err *err)
{
    if (running->done != NULL)
        running->done(running->app, running->data,
                      &(struct command_result){.status = -1, .out = "", .err = err->text});
    free_running(running);
}

static void start(struct app *app, const char *const words[], bool quiet, command_done done,
                  void *data)
{
    struct running *running = running_new(app, quiet, done, data);
    running->line = app_command_line(app, words);
    _cleanup_free_ char *program = NULL;
    struct err err = {0};
    if (program_find("nstui", &program, &err) == -1) {
        app_error(app, "%s", err.text);
        not_found(running, &err);
        return;
    }
    _cleanup_strings_ struct strings argv = {0};
    strings_add(&argv, "nstui");
    for (size_t i = 0; words[i] != NULL; i++)
        strings_add(&argv, words[i]);
    if (!quiet) {
        free(app->core->running_line);
        app->core->running_line = xstrdup(running->line);
    }
    launch(running, program, argv.items);
    app_redraw(app);
}

void app_look(struct app *app, const struct look_request *request, command_done done, void *data)
{
    struct running *running = running_new(app, true, done, data);
    _cleanup_strings_ struct strings argv = {0};
    struct err err = {0};
    running->line = xstrdup("look");
    if (look_argv(request, &argv, &err) == -1)
        not_found(running, &err);
    else
        launch(running, argv.items[0], argv.items);
}

void app_command_run(struct app *app, const char *const words[], command_done done, void *data)
{
    start(app, words, false, done, data);
}

void app_command_ask(struct app *app, const char *const words[], command_done done, void *data)
{
    start(app, words, true, done, data);
}
