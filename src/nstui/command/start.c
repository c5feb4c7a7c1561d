/* How run, join and shell start a session: in the foreground as its own supervisor, or detached,
 * by a fresh supervisor that is told the same words again. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "private.h"

bool terminal_wanted(enum tty_wish wish, bool detached)
{
    if (detached || wish == TTY_YES)
        return true;
    return wish == TTY_AUTO && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

void terminal_size(unsigned short *columns, unsigned short *rows)
{
    struct winsize size;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
            continue;
        *columns = size.ws_col;
        *rows = size.ws_row;
        return;
    }
}

/* In front of a detached session: prints its name, once it runs. */
static int session_detach(const struct invocation *invocation,
                          const struct supervisor_config *config)
{
    struct err err = {0};
    _cleanup_free_ char *name = NULL, *warning = NULL;
    int status = supervisor_detach(invocation->argv, &name, &warning, &err);
    if (status != 0)
        return fail(invocation, status, &err);
    (void)printf("%s\n", name);
    if (*warning)
        say("%s", warning);
    /* What a foreground one tells at its start is asked of the state. */
    _cleanup_session_state_ struct session_state state = {0};
    if (!config->started || state_find(name, &state, NULL) < 0 || state.pid <= 0)
        return STATUS_OK;
    if (config->join)
        config->join->entered = state.own;
    config->started(config->started_data, state.pid);
    return STATUS_OK;
}

int session_start(const struct invocation *invocation, struct supervisor_config *config,
                  bool detached)
{
    if (detached && invocation->ready_fd < 0)
        return session_detach(invocation, config);
    struct err err = {0};
    config->detached = detached;
    config->ready_fd = invocation->ready_fd;
    config->words = invocation->argv;
    if (invocation->again) {
        config->again = true;
        config->name = invocation->again;
    }
    (void)fflush(stdout);
    int status = supervisor_run(config, &err);
    /* A detached one has told it already by the ready pipe, which is closed by now. */
    if (err.text[0] && !detached)
        return fail(invocation, status, &err);
    return status;
}
