/* Reads options from the tables of the commands, with getopt_long(3). One clear sentence where
 * something is wrong, with the name that was probably meant. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

static const struct option_entry option_help = {'h', "help", NULL, "this help"};

/* The entry at a place of a command's table, the help being the last; null behind it. */
static const struct option_entry *option_at(const struct command *command, size_t place)
{
    const struct option_entry *entry = command->options;
    for (size_t i = 0; entry && entry->id; i++, entry++) {
        if (i == place)
            return entry;
        if (!entry[1].id)
            return place == i + 1 ? &option_help : NULL;
    }
    return place == 0 ? &option_help : NULL;
}

/* --NAME or --NAME=VALUE. */
static bool option_may_lack(const struct option_entry *entry)
{
    return entry->argument && entry->argument[0] == '[';
}

void options_start(struct options *options, const struct invocation *invocation, bool anywhere)
{
    const struct command *command = invocation->command;
    *options = (struct options){.invocation = invocation, .index = 1, .anywhere = anywhere};
    size_t count = 0;
    while (option_at(command, count))
        count++;
    options->table = xcalloc(count + 1, sizeof(*options->table));
    struct text letters = {0};
    text_add(&letters, anywhere ? ":" : "+:");
    size_t longs = 0;
    for (size_t i = 0; i < count; i++) {
        const struct option_entry *entry = option_at(command, i);
        if (entry->id < OPTION_LONG)
            text_addf(&letters, "%c%s", entry->id, entry->argument ? ":" : "");
        if (entry->name)
            options->table[longs++] =
                (struct option){.name = entry->name,
                                .has_arg = !entry->argument         ? no_argument
                                           : option_may_lack(entry) ? optional_argument
                                                                    : required_argument,
                                .val = entry->id};
    }
    options->letters = letters.data;
    opterr = 0;
    optind = 0; /* glibc: forget what an earlier reader has read */
}

void options_free(struct options *options)
{
    free(options->table);
    free(options->letters);
    options->table = NULL;
    options->letters = NULL;
}

void options_resume(struct options *options, int index)
{
    struct options again;
    options_free(options);
    options_start(&again, options->invocation, options->anywhere);
    again.index = index;
    optind = index; /* 0 would begin at argv[1] */
    *options = again;
}

/* Tells a mistake; with suggest, the name that is nearest to what was typed. */
static int options_wrong(struct options *options, const char *typed, const char *why, bool suggest)
{
    const struct invocation *invocation = options->invocation;
    const struct command *command = invocation->command;
    char word[SHOWN_SIZE];
    (void)shown(word, typed);
    word[strcspn(word, "=")] = '\0';
    bool is_long = strncmp(word, "--", 2) == 0;
    struct nearest nearest = {.word = word + strspn(word, "-")};
    for (size_t i = 0; suggest && is_long && option_at(command, i); i++) {
        if (option_at(command, i)->name)
            nearest_offer(&nearest, option_at(command, i)->name);
    }
    options->status = fail_with(invocation, command_status_usage(command),
                                "%s %s %s (%s%s%snstui help %s lists them)", command->name, why,
                                word, nearest.best ? "is --" : "", nearest.best ? nearest.best : "",
                                nearest.best ? " meant? " : "", command->name);
    return OPTIONS_DONE;
}

/* The option that getopt could not make sense of, as it was typed: a letter out of several, or a
 * word. */
static const char *option_typed(const struct options *options, char letter[3])
{
    bool is_letter = optopt > 0 && optopt < OPTION_LONG;
    const char *word = options->invocation->argv[optind - 1];
    if (strncmp(word, "--", 2) == 0 || !is_letter)
        return word;
    letter[0] = '-';
    letter[1] = (char)optopt;
    letter[2] = '\0';
    return letter;
}

static int options_mistake(struct options *options, int found)
{
    char letter[3];
    const char *typed = option_typed(options, letter);
    const struct command *command = options->invocation->command;
    if (found == ':') {
        char why[128] = "wants a value behind";
        for (size_t i = 0; option_at(command, i); i++) {
            const struct option_entry *entry = option_at(command, i);
            if (entry->id == optopt)
                (void)snprintf(why, sizeof(why), "wants %s behind", entry->argument);
        }
        return options_wrong(options, typed, why, false);
    }
    const char *name = typed + 2;
    size_t length = strncmp(typed, "--", 2) == 0 ? strcspn(name, "=") : 0, fits = 0;
    for (size_t i = 0; length && option_at(command, i); i++) {
        const struct option_entry *entry = option_at(command, i);
        if (!entry->name || strncmp(entry->name, name, length) != 0)
            continue;
        if (!entry->name[length] && name[length] == '=')
            return options_wrong(options, typed, "takes no value behind", false);
        fits++;
    }
    if (fits > 1)
        return options_wrong(options, typed, "has several options that begin with", false);
    const char *hint = foreign_hint(command->name, typed);
    if (!hint)
        return options_wrong(options, typed, "has no option", true);
    char word[SHOWN_SIZE];
    options->status =
        fail_with(options->invocation, command_status_usage(command), "%s has no option %s (%s)",
                  command->name, shown(word, typed), hint);
    return OPTIONS_DONE;
}

int options_next(struct options *options)
{
    const struct invocation *invocation = options->invocation;
    /* A cluster like -mpu keeps optind where it is until its last letter. */
    int found =
        getopt_long(invocation->argc, invocation->argv, options->letters, options->table, NULL);
    options->index = optind;
    options->value = optarg;
    if (found == -1) {
        options->separated = optind > 1 && strcmp(invocation->argv[optind - 1], "--") == 0;
        return OPTIONS_END;
    }
    if (found == '?' || found == ':')
        return options_mistake(options, found);
    if (found != option_help.id)
        return found;
    command_print_help(invocation->command);
    options->status = STATUS_OK;
    return OPTIONS_DONE;
}
