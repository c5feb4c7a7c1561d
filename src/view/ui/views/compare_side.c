/* compare_side: looks at one side of the compare view, again and again, each time by a child that it
 * starts and gives a few seconds (nstui/look.h). Called by compare.c in the loop, which it never
 * blocks: a child that does not answer is killed, and while one waits in the kernel in spite of that
 * no second one is started. The answer is parsed in a thread of libuv's. */
#include "compare.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL_MS  1000
#define WORTH_A_WORD 300   /* ms without an answer, after which the screen says that it waits */
#define BRIEF_MS     30000 /* how long after a silence only what cannot wait is read */
#define CHUNK_BYTES  65536
#define SLOW_FACTOR  4 /* a look that takes long is not taken more often than 1 part of time in 5 */

/* One child and its answer. Lives until its handles are closed, longer than the interest in it. */
struct look_job {
    struct compare_side *side; /* null: nobody wants its answer any more */
    uv_process_t process;
    uv_pipe_t output;
    uv_timer_t limit;
    uv_work_t work;
    int open_handles;
    bool parsing;
    bool exited, output_ended, timed_out, too_long, closing;
    struct text json;
    struct look look;
    struct err err;
    int result;
};

static void job_free(struct look_job *job)
{
    if (job->open_handles > 0 || job->parsing)
        return;
    text_free(&job->json);
    look_free(&job->look);
    free(job);
}

static void on_closed(uv_handle_t *handle)
{
    struct look_job *job = handle->data;
    job->open_handles--;
    job_free(job);
}

static void job_close(struct look_job *job)
{
    if (job->closing)
        return;
    job->closing = true;
    if (job->side)
        job->side->job = NULL;
    uv_close((uv_handle_t *)&job->process, on_closed);
    uv_close((uv_handle_t *)&job->output, on_closed);
    uv_close((uv_handle_t *)&job->limit, on_closed);
}

/* The screen gets to know: a look, or a sentence. */
static void deliver(struct compare_side *side, struct look *look, const char *problem)
{
    struct look before = side->look;
    bool had = side->has_look;
    snprintf(side->problem, sizeof(side->problem), "%s", problem);
    if (look) {
        side->look = *look;
        *look = (struct look){0};
        side->has_look = true;
    }
    side->changed(side->data, side, had && look ? &before : NULL);
    if (look)
        look_free(&before);
    app_redraw(side->app);
}

static void schedule(struct compare_side *side)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t took_ms = now_ms - side->started_ms;
    side->next_ms = side->started_ms + INTERVAL_MS;
    if (side->next_ms < now_ms + took_ms * SLOW_FACTOR)
        side->next_ms = now_ms + took_ms * SLOW_FACTOR;
    if (side->next_ms > now_ms + LOOK_LIMIT_MS)
        side->next_ms = now_ms + LOOK_LIMIT_MS;
}

static void on_parse(uv_work_t *work)
{
    struct look_job *job = work->data;
    job->result =
        look_parse(job->json.data ? job->json.data : "", job->json.length, &job->look, &job->err);
}

static void on_parsed(uv_work_t *work, int status)
{
    struct look_job *job = work->data;
    struct compare_side *side = job->side;
    job->parsing = false;
    if (side && status == 0) {
        schedule(side);
        deliver(side, job->result == 0 ? &job->look : NULL, job->err.text);
    }
    if (job->closing)
        job_free(job);
    else
        job_close(job);
}

/* Both the child and its pipe have ended. */
static void job_ended(struct look_job *job)
{
    struct compare_side *side = job->side;
    if (!job->exited || !job->output_ended || job->closing)
        return;
    uv_timer_stop(&job->limit);
    if (side && !job->timed_out && !job->too_long) {
        job->parsing = true;
        job->work.data = job;
        if (uv_queue_work(side->app->loop, &job->work, on_parse, on_parsed) == 0)
            return;
        job->parsing = false;
    }
    if (side) {
        side->stuck = false;
        schedule(side);
        if (job->too_long)
            deliver(side, NULL, "the look answered more than anything could show");
    }
    job_close(job);
}

static void on_limit(uv_timer_t *timer)
{
    struct look_job *job = timer->data;
    struct compare_side *side = job->side;
    job->timed_out = true;
    if (!job->exited)
        uv_process_kill(&job->process, SIGKILL);
    if (!side)
        return;
    char problem[ERR_TEXT_SIZE];
    bool was_brief = side->brief_until_ms > side->started_ms;
    snprintf(problem, sizeof(problem), "%s did not answer within %d s; the look was ended (%s)",
             side->name, LOOK_LIMIT_MS / 1000,
             was_brief ? "its /proc or its root lies on a file system that does not answer"
                       : "the next ones leave out command lines and files");
    side->stuck = true;
    side->brief_until_ms = clock_monotonic_ms() + BRIEF_MS;
    deliver(side, NULL, problem);
}

static void on_look_exit(uv_process_t *process, int64_t status, int signal_number)
{
    struct look_job *job = process->data;
    (void)status;
    job->exited = true;
    /* Its own alarm: it was stopped for a while, or our timer came late. */
    if (signal_number == SIGALRM && !job->timed_out)
        on_limit(&job->limit);
    job_ended(job);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(xmalloc(CHUNK_BYTES), CHUNK_BYTES);
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct look_job *job = stream->data;
    if (count > 0 && job->json.length + (size_t)count <= LOOK_OUTPUT_MAX)
        text_add_bytes(&job->json, buffer->base, (size_t)count);
    else if (count > 0 && !job->too_long) {
        job->too_long = true;
        uv_process_kill(&job->process, SIGKILL);
    }
    free(buffer->base);
    if (count >= 0)
        return;
    uv_read_stop(stream);
    job->output_ended = true;
    job_ended(job);
}

static int job_spawn(struct look_job *job, char **argv)
{
    uv_loop_t *loop = job->side->app->loop;
    uv_pipe_init(loop, &job->output, 0);
    uv_timer_init(loop, &job->limit);
    job->output.data = job;
    job->limit.data = job;
    job->process.data = job;
    job->open_handles = 3;
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&job->output},
        {.flags = UV_IGNORE},
    };
    uv_process_options_t options = {
        .file = argv[0], .args = argv, .stdio = stdio, .stdio_count = 3, .exit_cb = on_look_exit};
    int result = uv_spawn(loop, &job->process, &options);
    if (result != 0)
        return result;
    uv_timer_start(&job->limit, on_limit, LOOK_LIMIT_MS, 0);
    return uv_read_start((uv_stream_t *)&job->output, on_room, on_output);
}

/* ---- what compare.c asks ------------------------------------------------------------------- */

/* Whom the side's thing means now; a session that was started again has another process. */
static void resolve(struct compare_side *side, struct look_request *request)
{
    struct app *app = side->app;
    struct thing *thing = &side->thing;
    if (side_is_host(side))
        return;
    const struct session_state *state =
        thing->kind == THING_SESSION && thing->ours ? app_session(app, thing->name) : NULL;
    const struct process *process = app_process(app, thing);
    request->pid = thing->pid;
    request->start_time = thing->start_time;
    if (state && state->condition == SESSION_RUNNING && state->pid > 0) {
        request->pid = state->pid;
        request->start_time = state->pid_start;
    } else if (process) {
        request->pid = process->pid;
        request->start_time = process->start_time;
    }
}

static void give_up(struct compare_side *side)
{
    struct look_job *job = side->job;
    if (!job)
        return;
    job->side = NULL;
    side->job = NULL;
    side->stuck = false;
    if (!job->closing && !job->exited)
        uv_process_kill(&job->process, SIGKILL);
}

static void forget(struct compare_side *side)
{
    give_up(side);
    look_free(&side->look);
    side->has_look = false;
    side->problem[0] = '\0';
    side->next_ms = 0;
    side->brief_until_ms = 0;
}

void side_choose(struct compare_side *side, const struct thing *thing)
{
    forget(side);
    side->chosen = true;
    side->thing = *thing;
    if (thing->kind == THING_NONE)
        snprintf(side->name, sizeof(side->name), "host");
    else if (thing->kind == THING_SESSION || thing->name[0] != '\0')
        snprintf(side->name, sizeof(side->name), "%s", thing->name);
    else if (thing->command[0] != '\0')
        snprintf(side->name, sizeof(side->name), "%s", thing->command);
    else
        snprintf(side->name, sizeof(side->name), "%d", (int)thing->pid);
}

void side_look(struct compare_side *side, unsigned int what, int64_t now_ms)
{
    if (!side->chosen || side->job || now_ms < side->next_ms)
        return;
    struct look_request request = {.what = what, .brief = now_ms < side->brief_until_ms};
    struct err err = {0};
    _cleanup_strings_ struct strings argv = {0};
    resolve(side, &request);
    side->pid = request.pid;
    side->asked = what;
    side->started_ms = now_ms;
    side->next_ms = now_ms + INTERVAL_MS;
    if (!side_is_host(side) && request.pid <= 0) {
        deliver(side, NULL, "no process is in it: nothing to look through");
        return;
    }
    if (look_argv(&request, &argv, &err) < 0) {
        deliver(side, NULL, err.text);
        return;
    }
    struct look_job *job = xcalloc(1, sizeof(*job));
    job->side = side;
    side->job = job;
    int result = job_spawn(job, argv.items);
    if (result == 0)
        return;
    (void)err_set(&err, -result, "cannot start a look");
    job_close(job);
    deliver(side, NULL, err.text);
}

void side_hurry(struct compare_side *side)
{
    side->next_ms = 0;
}

int side_waiting_s(const struct compare_side *side, int64_t now_ms)
{
    if (!side->job || now_ms - side->started_ms < WORTH_A_WORD)
        return -1;
    return (int)((now_ms - side->started_ms) / 1000);
}

void side_close(struct compare_side *side)
{
    struct look_job *job = side->job;
    forget(side);
    side->chosen = false;
    if (job)
        job_close(job);
}

void side_swap(struct compare_side *left, struct compare_side *right)
{
    give_up(left);
    give_up(right);
    struct compare_side other = *left;
    *left = *right;
    *right = other;
    side_hurry(left);
    side_hurry(right);
}
