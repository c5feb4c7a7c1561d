/* nstui logs: what a detached session wrote to its terminal, the last of it. Through a pipe byte for
 * byte; on a terminal control characters appear as signs, since whoever wrote them would else type
 * commands into the reader's terminal. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "private.h"

#define LOGS_BEAT_MS     250
#define LOGS_OVERLAP_MAX 4096 /* bytes by which an earlier look is found again in a full log */

static const struct option_entry logs_options[] = {
    {'f', "follow", NULL, "go on as it writes more, until it ends"},
    {0},
};

/* One byte or character as a sign: ^[ for escape, M-^[ beyond ASCII where it is no UTF-8. */
static void sign_add(struct text *out, unsigned char byte)
{
    if (byte >= 0x80)
        text_add(out, "M-");
    byte &= 0x7f;
    if (byte < 0x20 || byte == 0x7f)
        text_addf(out, "^%c", byte ^ 0x40);
    else
        text_addf(out, "%c", byte);
}

/* A line's end is \r\n on a terminal: that, and tabs, stay what they are. */
static void signs_add(struct text *out, const char *data, size_t length)
{
    bool utf8 = utf8_is_shown();
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t bytes = text_decode_utf8(data + at, length - at, &code);
        bool line_end = data[at] == '\r' && at + 1 < length && data[at + 1] == '\n';
        bool fits = bytes && text_code_is_printable(code) && (code < 0x80 || utf8);
        if (data[at] == '\n' || data[at] == '\t' || fits)
            text_add_bytes(out, data + at, bytes ? bytes : 1);
        else if (!line_end) {
            for (size_t i = 0; i < (bytes ? bytes : 1); i++)
                sign_add(out, (unsigned char)data[at + i]);
        }
        at += bytes ? bytes : 1;
    }
}

static int logs_write(const char *data, size_t length, struct err *err)
{
    if (!isatty(STDOUT_FILENO))
        return fd_write_all(STDOUT_FILENO, data, length, err);
    _cleanup_text_ struct text out = {0};
    signs_add(&out, data, length);
    return out.length ? fd_write_all(STDOUT_FILENO, out.data, out.length, err) : 0;
}

/* How much of the new log was there at the last look. While it is not full the old one is its
 * beginning; later the tail of the old one is searched in it. */
static size_t logs_known(const char *old, size_t old_length, const char *new, size_t new_length)
{
    if (old_length <= new_length && (old_length == 0 || memcmp(old, new, old_length) == 0))
        return old_length;
    size_t tail = old_length < LOGS_OVERLAP_MAX ? old_length : LOGS_OVERLAP_MAX;
    const char *needle = old + old_length - tail, *last = NULL;
    for (size_t at = 0; at < new_length;) {
        const char *found = memmem(new + at, new_length - at, needle, tail);
        if (!found)
            break;
        last = found + tail;
        at = (size_t)(found - new) + 1;
    }
    return last ? (size_t)(last - new) : 0;
}

static bool session_runs(const char *name)
{
    _cleanup_session_state_ struct session_state state = {0};
    return state_find(name, &state, NULL) == 0 && state.condition == SESSION_RUNNING;
}

/* Each look asks first whether it runs, so that what it wrote last is not missed. */
static int logs_follow(const char *name, char **old, size_t *old_length, struct err *err)
{
    for (bool running = true; running;) {
        struct timespec beat = {.tv_nsec = LOGS_BEAT_MS * 1000000L};
        running = session_runs(name);
        _cleanup_free_ char *data = NULL;
        size_t length = 0;
        if (state_log_read(name, &data, &length, err) < 0) /* --rm: gone with its end */
            return running ? -1 : 0;
        size_t known = logs_known(*old, *old_length, data, length);
        if (logs_write(data + known, length - known, err) < 0)
            return -1;
        free(*old);
        *old = pointer_take(data);
        *old_length = length;
        if (running)
            (void)nanosleep(&beat, NULL);
    }
    return 0;
}

static int logs_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    struct err err = {0};
    bool follow = false;
    options_start(&options, invocation, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE)
            return options.status;
        follow = true;
    }
    if (invocation->argc != options.index + 1)
        return fail_with(invocation, STATUS_USAGE,
                         "say which session, and one only (nstui ps lists them)");
    const char *name = invocation->argv[options.index];
    _cleanup_session_state_ struct session_state state = {0};
    if (session_find(name, &state, &err) < 0)
        return fail(invocation, STATUS_FAILED, &err);
    if (!state.detached)
        return fail_with(invocation, STATUS_FAILED,
                         "%s runs in the foreground: what it writes is where it was started, and "
                         "nothing is kept (nstui run -d keeps it)",
                         state.name);
    _cleanup_free_ char *data = NULL;
    size_t length = 0;
    if (state_log_read(name, &data, &length, &err) < 0 || logs_write(data, length, &err) < 0 ||
        (follow && logs_follow(name, &data, &length, &err) < 0))
        return fail(invocation, STATUS_FAILED, &err);
    return STATUS_OK;
}

const struct command command_logs = {
    .name = "logs",
    .usage = "[-f] NAME",
    .help = "what a session wrote to its terminal",
    .more = "The last 1 MiB of it. On a terminal control characters appear as signs (^[),\n"
            "through a pipe it is byte for byte.\n",
    .options = logs_options,
    .flags = COMMAND_CLEANS,
    .run = logs_run,
};
