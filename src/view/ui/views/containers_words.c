/* containers_words: sentences about a session, from its state file and the newest snapshot. Called by
 * containers.c. */
#include "containers.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

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

void session_words_line(const struct session_state *state, struct text *line)
{
    char letters[NS_TYPES + 1];
    text_addf(line, "nstui %s -d",
              state->kind == SESSION_SHELL  ? "shell"
              : state->kind == SESSION_JOIN ? "join"
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
        if (state->init)
            text_add(line, " --init");
        if (strcmp(state->grade, "privileged") == 0)
            text_add(line, " --privileged");
    }
    if (state->kind == SESSION_SHELL || state->command.count == 0)
        return;
    text_add(line, " -- ");
    session_words_command(state, line);
}

/* ---- processes ------------------------------------------------------------------------- */

static size_t count_below(const struct snapshot *now, const struct process *process)
{
    size_t count = 1;
    for (uint32_t child = process->first_child; child != SNAPSHOT_NONE;
         child = now->processes[child].next_sibling)
        count += count_below(now, &now->processes[child]);
    return count;
}

size_t session_processes(const struct app *app, const struct session_state *state)
{
    const struct snapshot *now = app->now;
    if (now == NULL || state->condition != SESSION_RUNNING)
        return 0;
    size_t count = 0;
    for (size_t i = 0; state->kind == SESSION_CONTAINER && i < now->process_count; i++) {
        const char *container = now->processes[i].container;
        count += container != NULL && strcmp(container, state->name) == 0;
    }
    const struct process *first =
        count == 0 ? snapshot_find_same_process(now, state->pid, state->pid_start) : NULL;
    return first != NULL ? count_below(now, first) : count;
}

/* ---- sentences ------------------------------------------------------------------------- */

static void about_root(const struct session_state *state, struct text *text)
{
    if (state->kind == SESSION_SHELL)
        text_add(text, "A shell of the host under nstui; nothing about it is apart.\n");
    else if (state->kind == SESSION_JOIN)
        text_addf(text, "joined   %s: a shell in namespaces that exist already\n",
                  state->target[0] != '\0' ? state->target : "other namespaces");
    else if (state->root[0] == '\0')
        text_add(text, "root     / of the host\n");
    else
        text_addf(text, "root     %s by %s%s%s\n", state->root,
                  strcmp(state->enter, "chroot") == 0 ? "chroot" : "pivot_root",
                  state->layout[0] != '\0' ? ", layout " : "", state->layout);
}

static void about_how(const struct session_state *state, struct text *text)
{
    if (state->kind != SESSION_CONTAINER)
        return;
    text_addf(text, "hostname %s; ",
              state->hostname[0] != '\0'    ? state->hostname
              : state->own & NS_BIT(NS_UTS) ? "as the host's was"
                                            : "the host's");
    text_addf(text, "%s; rights: %s\n",
              state->init ? "nstui-init is its first process" : "its command is its first process",
              state->grade[0] != '\0' ? state->grade : "lab");
}

/* When it was made, and when it ended. */
static void about_time(const struct session_state *state, struct text *text)
{
    char made[64], span[16];
    time_t created = (time_t)state->created_s;
    struct tm parts;
    localtime_r(&created, &parts);
    strftime(made, sizeof(made), "%b %d %H:%M:%S", &parts);
    text_addf(text, "made     %s", made);
    if (state->condition == SESSION_EXITED && state->ended_s >= state->created_s)
        text_addf(text, "; ended after %s",
                  text_span(state->ended_s - state->created_s, span, sizeof(span)));
    if (state->condition == SESSION_LOST)
        text_add(text, "; its supervisor has died: the next nstui command cleans what it left");
    text_add(text, "\n");
}

void session_words_about(struct app *app, const struct session_state *state, struct text *text)
{
    (void)app;
    about_root(state, text);
    about_how(state, text);
    if (state->condition != SESSION_RUNNING)
        about_time(state, text);
    text_add(text, "command  ");
    session_words_line(state, text);
}

void session_words_all(struct app *app, const struct session_state *state, struct text *text)
{
    char words[64];
    const struct snapshot *now = app->now;
    text_addf(text, "state    %s\n", session_words_state(state, words, sizeof(words)));
    about_time(state, text);
    about_root(state, text);
    about_how(state, text);
    text_add(text, "command  ");
    session_words_command(state, text);
    text_add(text, "\n");
    if (state->condition == SESSION_RUNNING)
        text_addf(text, "init     %d out here; supervisor %d, which goes on when you leave nstui\n",
                  (int)state->pid, (int)state->supervisor);
    text_add(text, "\n## the line that makes it again\n");
    session_words_line(state, text);
    if (now == NULL || state->condition != SESSION_RUNNING)
        return;
    text_add(text, "\n\n## processes\n");
    for (size_t i = 0; i < now->process_count; i++) {
        const struct process *process = &now->processes[i];
        char command[64];
        if (process->container == NULL || strcmp(process->container, state->name) != 0)
            continue;
        text_printable(command, sizeof(command), process->comm, strlen(process->comm), draw_utf8());
        text_addf(text, "%7d", (int)process->pid);
        if (process->pid_inside > 0)
            text_addf(text, " = %d inside", (int)process->pid_inside);
        text_addf(text, "  %s  %s\n", process->user != NULL ? process->user : "?", command);
    }
}
