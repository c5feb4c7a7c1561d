/* A foreground session: its pty between the caller's terminal and the container, or its three pipes,
 * byte for byte. Called by run.c. The caller's terminal and files are left as they were. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct relay {
    struct supervisor *supervisor;
    int master; /* for its size; -1 with pipes */
    struct pump in;
    struct pump out;
    struct pump error;
    bool caller_has_terminal; /* raw, and ours until the end */
};

bool caller_size(unsigned short *columns, unsigned short *rows)
{
    static const int fds[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    for (size_t i = 0; i < array_length(fds); i++) {
        struct winsize size;
        if (ioctl(fds[i], TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
            *columns = size.ws_col;
            *rows = size.ws_row;
            return true;
        }
    }
    return false;
}

void relay_resize(struct relay *relay)
{
    struct winsize size = {0};
    if (relay->master >= 0 && caller_size(&size.ws_col, &size.ws_row))
        (void)ioctl(relay->master, TIOCSWINSZ, &size);
}

void relay_continue(struct relay *relay)
{
    tty_make_raw_again();
    relay_resize(relay);
}

static int relay_open_terminal(struct relay *relay, struct err *err)
{
    struct supervisor *supervisor = relay->supervisor;
    struct loop *loop = &supervisor->loop;
    int64_t *active_ms = &supervisor->active_ms;
    relay->master = fd_take(&supervisor->launched.terminal);
    (void)fcntl(relay->master, F_SETFL, O_RDWR | O_NONBLOCK);
    relay->caller_has_terminal = isatty(STDIN_FILENO);
    if (relay->caller_has_terminal && tty_make_raw(STDIN_FILENO, err) < 0)
        return -1;
    relay_resize(relay); /* it may have changed since the launch */
    bool ignored, nonblocking;
    int from = fd_open_anew(STDIN_FILENO, O_RDONLY, &ignored);
    int to = fd_open_anew(STDOUT_FILENO, O_WRONLY, &nonblocking);
    int master_in = fcntl(relay->master, F_DUPFD_CLOEXEC, 3);
    int master_out = fcntl(relay->master, F_DUPFD_CLOEXEC, 3);
    pump_open(&relay->in, loop, from, master_in, true, active_ms);
    pump_open(&relay->out, loop, master_out, to, nonblocking, active_ms);
    relay->in.end_is_sign = !relay->caller_has_terminal;
    return 0;
}

static int relay_open_pipes(struct relay *relay)
{
    struct supervisor *supervisor = relay->supervisor;
    struct launched *launched = &supervisor->launched;
    int64_t *active_ms = &supervisor->active_ms;
    bool nonblocking;
    /* Our ends alone: the other end of a pipe is another open file. */
    (void)fcntl(launched->input, F_SETFL, O_WRONLY | O_NONBLOCK);
    (void)fcntl(launched->output, F_SETFL, O_RDONLY | O_NONBLOCK);
    (void)fcntl(launched->error, F_SETFL, O_RDONLY | O_NONBLOCK);
    int from = fd_open_anew(STDIN_FILENO, O_RDONLY, &nonblocking);
    pump_open(&relay->in, &supervisor->loop, from, fd_take(&launched->input), true, active_ms);
    int to = fd_open_anew(STDOUT_FILENO, O_WRONLY, &nonblocking);
    pump_open(&relay->out, &supervisor->loop, fd_take(&launched->output), to, nonblocking,
              active_ms);
    to = fd_open_anew(STDERR_FILENO, O_WRONLY, &nonblocking);
    pump_open(&relay->error, &supervisor->loop, fd_take(&launched->error), to, nonblocking,
              active_ms);
    return 0;
}

int relay_open(struct supervisor *supervisor, struct err *err)
{
    struct relay *relay = xcalloc(1, sizeof(*relay));
    supervisor->relay = relay;
    relay->supervisor = supervisor;
    relay->master = -1;
    if (supervisor->state.terminal)
        return relay_open_terminal(relay, err);
    return relay_open_pipes(relay);
}

void relay_close(struct relay *relay)
{
    pump_close(&relay->in);
    pump_close(&relay->out);
    pump_close(&relay->error);
    cleanup_close(&relay->master);
    tty_restore();
    free(relay);
}

bool relay_has_hung_up(const struct relay *relay)
{
    return relay->caller_has_terminal && relay->in.source_ended;
}

bool relay_is_drained(const struct relay *relay)
{
    return pump_is_done(&relay->out) && (!relay->error.bytes || pump_is_done(&relay->error));
}

bool relay_is_empty(const struct relay *relay)
{
    return pump_is_empty(&relay->out) && pump_is_empty(&relay->error);
}
