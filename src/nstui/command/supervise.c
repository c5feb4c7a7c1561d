/* nstui supervise: the hidden command that a detached session's supervisor is. supervisor_detach()
 * executes it with the descriptor of its ready pipe and the words that the user typed. */
#include <fcntl.h>
#include <string.h>

#include "private.h"

static int supervise_run(const struct invocation *invocation)
{
    int64_t ready_fd;
    const struct command *command = invocation->argc > 2 ? command_find(invocation->argv[2]) : NULL;
    /* Not for people: a descriptor that is not there, or a command that starts no session, was
     * typed by hand. */
    if (!command || !(command->flags & COMMAND_SESSION || command == &command_start) ||
        (command->flags & COMMAND_HIDDEN) ||
        !number_parse(invocation->argv[1], 3, 1 << 20, &ready_fd) ||
        fcntl((int)ready_fd, F_SETFD, FD_CLOEXEC) < 0)
        return fail_with(invocation, ENGINE_STATUS_FAILED,
                         "nstui supervise is what nstui run -d starts; it is not to be typed");
    return command_call(command, invocation->argc - 2, invocation->argv + 2, (int)ready_fd);
}

const struct command command_supervise = {
    .name = "supervise",
    .usage = "READYFD COMMAND..",
    .help = "the supervisor of a detached session",
    .flags = COMMAND_HIDDEN | COMMAND_SESSION | COMMAND_WITHOUT_PROC,
    .run = supervise_run,
};
