/* nstui unpin: takes away what nstui pin has made. The engine sees to it that it is nothing else. */
#include <stdio.h>

#include "private.h"

static int unpin_run(const struct invocation *invocation)
{
    int status = STATUS_OK;
    _cleanup_options_ struct options options = {0};
    options_start(&options, invocation, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE)
            return options.status;
    }
    if (options.index >= invocation->argc)
        return fail_with(invocation, STATUS_USAGE,
                         "say which: a directory of pinned namespaces, or their files (nstui unpin "
                         "%s)",
                         invocation->command->usage);
    for (int i = options.index; i < invocation->argc; i++) {
        struct err err = {0};
        _cleanup_strings_ struct strings files = {0};
        if (engine_unpin(invocation->argv[i], &files, &err) < 0)
            status = fail(invocation, STATUS_FAILED, &err);
    }
    return status;
}

const struct command command_unpin = {
    .name = "unpin",
    .usage = "DIR|FILE..",
    .help = "let go of namespaces that files keep",
    .more =
        "Unmounts the namespace on each FILE, or on the files of DIR, and removes the files that\n"
        "nstui has made. A namespace that nobody else holds is gone then.\n",
    .flags = COMMAND_CLEANS,
    .run = unpin_run,
};
