/* The table of commands, and all that comes between the command line and a command's function.
 * Called by main. Knows no command by what it does. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nstui/command.h"
#include "private.h"

const struct command *const commands[] = {
    &command_ls,     &command_run,   &command_join,    &command_unshare,
    &command_shell,  &command_ps,    &command_attach,  &command_logs,
    &command_start,  &command_stop,  &command_kill,    &command_rm,
    &command_pin,    &command_unpin, &command_trace,   &command_export,
    &command_doctor, &command_help,  &command_version, &command_supervise,
    &command_login,  NULL,
};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

int command_status_failed(const struct command *command)
{
    return command->flags & COMMAND_SESSION ? ENGINE_STATUS_FAILED : STATUS_FAILED;
}

int command_status_usage(const struct command *command)
{
    return command->flags & COMMAND_SESSION ? ENGINE_STATUS_FAILED : STATUS_USAGE;
}

/* What was printed may still be on its way: a full disk shows only now. */
static int output_finish(const struct command *command, int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    say("cannot write to stdout%s%s", errno ? ": " : "", errno ? strerror(errno) : "");
    return status ? status : command_status_failed(command);
}

int command_call(const struct command *command, int argc, char **argv, int ready_fd)
{
    struct invocation invocation = {
        .command = command, .argc = argc, .argv = argv, .ready_fd = ready_fd};
    struct err err = {0};
    if (!(command->flags & COMMAND_WITHOUT_PROC) && proc_check(&err) < 0)
        return fail(&invocation, command_status_failed(command), &err);
    if ((command->flags & COMMAND_CLEANS) && ready_fd < 0 && supervisor_clean_lost(&err) < 0)
        say("%s", err.text);
    return output_finish(command, command->run(&invocation));
}

static int command_unknown(const char *word)
{
    char typed[SHOWN_SIZE];
    struct nearest nearest = {.word = word};
    for (size_t i = 0; commands[i]; i++) {
        if (!(commands[i]->flags & COMMAND_HIDDEN))
            nearest_offer(&nearest, commands[i]->name);
    }
    const char *kind = word[0] == '-' ? "option" : "command";
    if (word[0] != '-' && nearest.best)
        say("there is no command \"%s\" (is %s meant? nstui help lists them all)",
            shown(typed, word), nearest.best);
    else
        say("there is no %s \"%s\" (nstui help lists them all)", kind, shown(typed, word));
    return STATUS_USAGE;
}

/* Options that people try before they know a command. */
static const struct {
    const char *word;
    const struct command *command;
} first_words[] = {
    {"-h", &command_help},
    {"--help", &command_help},
    {"-V", &command_version},
    {"--version", &command_version},
};

int command_main(int argc, char **argv)
{
    static char name[] = "nstui";
    char *nothing[] = {name, NULL};
    if (argc < 2)
        return command_call(&command_dashboard, 1, argc ? argv : nothing, -1);
    for (size_t i = 0; i < array_length(first_words); i++) {
        if (strcmp(argv[1], first_words[i].word) == 0)
            return command_call(first_words[i].command, argc - 1, argv + 1, -1);
    }
    const struct command *command = command_find(argv[1]);
    if (!command)
        return command_unknown(argv[1]);
    return command_call(command, argc - 1, argv + 1, -1);
}

int program_execute(const char *name, char *const argv[], struct err *err)
{
    _cleanup_free_ char *path = NULL;
    if (program_find(name, &path, err) < 0)
        return -1;
    struct strings words = {0};
    strings_add(&words, name);
    for (size_t i = 1; argv[0] && argv[i]; i++)
        strings_add(&words, argv[i]);
    (void)fflush(stdout);
    (void)execv(path, words.items);
    int saved = errno;
    strings_free(&words);
    return err_set(err, saved, "cannot execute %s", path);
}
