/* nstui help and nstui version. All of it is printed from the tables that the commands are read by,
 * so it cannot say anything else than they do. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "private.h"

enum { HELP_TABLE = OPTION_LONG };

static const struct option_entry help_options[] = {
    {HELP_TABLE, "table", NULL, "every command and option, a line each, parted by tabs"},
    {0},
};

static void option_print(const struct option_entry *entry)
{
    char left[64];
    (void)snprintf(left, sizeof(left), "%s%c%s--%s%s%s", entry->id < OPTION_LONG ? "-" : " ",
                   entry->id < OPTION_LONG ? entry->id : ' ', entry->id < OPTION_LONG ? ", " : "  ",
                   entry->name, entry->argument && entry->argument[0] != '[' ? " " : "",
                   entry->argument ? entry->argument : "");
    (void)printf("  %-22s  %s\n", left, entry->help);
}

void command_print_help(const struct command *command)
{
    (void)printf("usage: nstui %s %s\n\n%s\n", command->name, command->usage, command->help);
    if (command->options && command->options->id)
        (void)printf("\n");
    for (const struct option_entry *entry = command->options; entry && entry->id; entry++)
        option_print(entry);
    if (command->more)
        (void)printf("\n%s", command->more);
}

static void help_all(void)
{
    (void)printf("usage: nstui [COMMAND [ARGUMENT..]]\n\n"
                 "Without a command: the dashboard.\n\n");
    for (size_t i = 0; commands[i]; i++) {
        if (!(commands[i]->flags & COMMAND_HIDDEN))
            (void)printf("  %-8s  %s\n", commands[i]->name, commands[i]->help);
    }
    (void)printf("\nnstui help COMMAND tells more of one; nstui(1) tells everything.\n");
}

/* NAME, USAGE, HELP; then for each option NAME, -LETTER or "", --WORD, ARGUMENT or "", HELP. */
static void help_table(void)
{
    for (size_t i = 0; commands[i]; i++) {
        if (commands[i]->flags & COMMAND_HIDDEN)
            continue;
        (void)printf("%s\t%s\t%s\n", commands[i]->name, commands[i]->usage, commands[i]->help);
        const struct option_entry *entry = commands[i]->options;
        for (; entry && entry->id; entry++) {
            char letter[3] = {'-', (char)entry->id, '\0'};
            (void)printf("%s\t%s\t--%s\t%s\t%s\n", commands[i]->name,
                         entry->id < OPTION_LONG ? letter : "", entry->name,
                         entry->argument ? entry->argument : "", entry->help);
        }
    }
}

static int help_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    options_start(&options, invocation, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE)
            return options.status;
        help_table();
        return STATUS_OK;
    }
    if (options.index >= invocation->argc) {
        help_all();
        return STATUS_OK;
    }
    const char *name = invocation->argv[options.index];
    const struct command *command = command_find(name);
    if (command) {
        command_print_help(command);
        return STATUS_OK;
    }
    char typed[SHOWN_SIZE];
    struct nearest nearest = {.word = name};
    for (size_t i = 0; commands[i]; i++)
        nearest_offer(&nearest, commands[i]->name);
    return fail_with(invocation, STATUS_USAGE, "there is no command \"%s\"%s%s%s",
                     shown(typed, name), nearest.best ? " (is " : "",
                     nearest.best ? nearest.best : "", nearest.best ? " meant?)" : "");
}

const struct command command_help = {
    .name = "help",
    .usage = "[COMMAND]",
    .help = "what there is, or how one command is used",
    .options = help_options,
    .flags = COMMAND_WITHOUT_PROC,
    .run = help_run,
};

static int version_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    options_start(&options, invocation, true);
    if (options_next(&options) == OPTIONS_DONE)
        return options.status;
    (void)printf("nstui %s\n", NSTUI_VERSION);
    return STATUS_OK;
}

const struct command command_version = {
    .name = "version",
    .usage = "",
    .help = "which nstui this is",
    .flags = COMMAND_WITHOUT_PROC,
    .run = version_run,
};
