/* containers_line: a session in a word each: its state, what it has for itself, its command, and the line
 * that makes it again. Called by containers.c and by the files that have sentences about it. */
#include "containers.h"

#include <stdio.h>
#include <string.h>

char *session_words_state(const struct session_state *state, char *text, size_t size)
{
    if (state->condition == SESSION_RUNNING)
        snprintf(text, size, "running");
    else if (state->condition == SESSION_LOST)
        snprintf(text, size, "lost");
    else if (state->exit_status == SESSION_STATUS_NONE)
        snprintf(text, size, "exited");
    else
        snprintf(text, size, "exited %d", state->exit_status);
    return text;
}

char *session_words_own(const struct session_state *state, char *text, size_t size)
{
    char letters[NS_TYPES + 1];
    if (state->kind == SESSION_SHELL)
        snprintf(text, size, "host");
    else if (state->kind == SESSION_JOIN)
        snprintf(text, size, "joined");
    else if (state->own != 0)
        snprintf(text, size, "-%s", ns_set_letters(state->own, letters));
    else
        snprintf(text, size, "%s", strcmp(state->enter, "chroot") == 0 ? "chroot" : "-");
    return text;
}

/* The order of nstui-init where it is all that was started; null: there is a command. */
static const char *init_order(const struct session_state *state)
{
    const struct strings *command = &state->command;
    bool alone = command->count == 2 && strcmp(command->items[0], "nstui-init") == 0;
    return alone && strncmp(command->items[1], "--", 2) == 0 ? command->items[1] : NULL;
}

bool session_is_init_alone(const struct session_state *state)
{
    return init_order(state) != NULL;
}

void session_words_command(const struct session_state *state, struct text *line)
{
    text_add(line, "");
    for (size_t i = 0; i < state->command.count; i++) {
        _cleanup_free_ char *word = text_shell_quote(state->command.items[i]);
        text_addf(line, "%s%s", i > 0 ? " " : "", word);
    }
}

static void add_option(struct text *line, const char *option, const char *value)
{
    if (value[0] == '\0')
        return;
    _cleanup_free_ char *word = text_shell_quote(value);
    text_addf(line, " %s %s", option, word);
}

/* Of one that an older nstui made, or whose line could not be kept: what its state tells. */
static void line_from_state(const struct session_state *state, struct text *line)
{
    char letters[NS_TYPES + 1];
    const char *order = init_order(state);
    bool held = order && strcmp(order, "--hold") == 0;
    text_addf(line, "nstui %s -d",
              state->kind == SESSION_SHELL  ? "shell"
              : state->kind == SESSION_JOIN ? "join"
              : held                        ? "unshare"
                                            : "run");
    if (state->kind == SESSION_JOIN && state->target[0] != '\0') {
        _cleanup_free_ char *word = text_shell_quote(state->target);
        text_addf(line, " %s", word);
    }
    if (state->kind != SESSION_SHELL && state->own != 0)
        text_addf(line, " -%s", ns_set_letters(state->own, letters));
    add_option(line, "--name", state->name);
    if (state->kind == SESSION_CONTAINER) {
        add_option(line, "--hostname", state->hostname);
        add_option(line, "--root", state->root);
        if (state->root[0] != '\0')
            add_option(line, "--layout", state->layout);
        if (strcmp(state->enter, "chroot") == 0)
            text_add(line, " --chroot");
        if (state->init && !held)
            text_add(line, order ? " --init=shell" : " --init");
        if (strcmp(state->grade, "privileged") == 0)
            text_add(line, " --privileged");
        if (strcmp(state->grade, "walled") == 0)
            text_add(line, " --walled");
    }
    if (state->kind == SESSION_SHELL || state->command.count == 0 || order)
        return;
    text_add(line, " -- ");
    session_words_command(state, line);
}

void session_words_line(const struct session_state *state, struct text *line)
{
    if (state->line[0] != '\0')
        text_addf(line, "nstui %s", state->line);
    else
        line_from_state(state, line);
}
