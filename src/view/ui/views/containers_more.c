/* containers_more: what a container was made with beyond its root and hostname, read from the line that
 * made it, which its state keeps. Called by containers_words.c. Says nothing where the line is not known.
 */
#include "containers.h"

#include <stdio.h>
#include <string.h>

/* Options that are worth a word in the few lines about a container. */
static const struct {
    const char *option;
    bool has_value;
    const char *words; /* the value stands behind them */
} told[] = {
    {"--throw-away", false, "what it writes to its root is thrown away"},
    {"--read-only", false, "its root is read-only"},
    {"--keep-old-root", false, "the host's root is at /old-root in there"},
    {"--bundle", true, "from the bundle"},
    {"--cpus", true, "at most cpus:"},
    {"--setuid", true, "user"},
    {"--setgid", true, "group"},
    {"--map-users", true, "users"},
    {"--map-auto", false, "users from /etc/subuid"},
    {"--share", true, "shares"},
    {"--network", true, "network"},
    {"--cap-add", true, "also has"},
    {"--cap-drop", true, "has no"},
    {"--seccomp", true, "seccomp"},
    {"--without", true, "without the step"},
    {"--boottime", true, "uptime +"},
};

/* The words of the line that are options: all before the command, which is known. */
static size_t options_count(const struct session_state *state, const struct strings *words)
{
    for (size_t at = 0; at < words->count; at++)
        if (strcmp(words->items[at], "--") == 0)
            return at;
    size_t command = session_is_init_alone(state) ? 0 : state->command.count;
    return words->count < command ? 0 : words->count - command;
}

/* The value of an option, --option VALUE or --option=VALUE; null: the word is not this option. */
static const char *option_value(const struct strings *words, size_t at, const char *option)
{
    size_t length = strlen(option);
    const char *word = words->items[at];
    if (strncmp(word, option, length) != 0)
        return NULL;
    if (word[length] == '=')
        return word + length + 1;
    if (word[length] != '\0')
        return NULL;
    return at + 1 < words->count ? words->items[at + 1] : "";
}

void session_words_more(const struct session_state *state, struct text *text)
{
    _cleanup_strings_ struct strings words = {0};
    const char *separator = "more     ";
    if (state->kind != SESSION_CONTAINER || text_shell_split(state->line, &words, NULL) < 0)
        return;
    size_t count = options_count(state, &words);
    for (size_t at = 1; at < count; at++) {
        for (size_t i = 0; i < array_length(told); i++) {
            const char *value = option_value(&words, at, told[i].option);
            if (!value)
                continue;
            text_addf(text, "%s%s%s%s", separator, told[i].words, told[i].has_value ? " " : "",
                      told[i].has_value ? value : "");
            separator = "; ";
            at += told[i].has_value && words.items[at][strlen(told[i].option)] == '\0';
            break;
        }
    }
    if (*separator == ';')
        text_add(text, "\n");
}
