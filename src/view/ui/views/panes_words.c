/* panes_words: names what is in a pane, from the newest snapshot and the session's state. Called by
 * panes.c at each drawing; looks at nothing but memory. */
#include "panes_words.h"

#include <curses.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* The process that one means by "the shell in there": init's first child, else the first process. */
static const struct process *pane_process(const struct pane *pane,
                                          const struct session_state *state)
{
    const struct snapshot *now = pane->app->now;
    if (now == NULL || state == NULL || state->pid == 0)
        return NULL;
    const struct process *process = snapshot_find_same_process(now, state->pid, state->pid_start);
    if (process != NULL && state->init && process->first_child != SNAPSHOT_NONE)
        process = &now->processes[process->first_child];
    return process;
}

/* The last part of a command's first word, for as long as no process is known. */
static const char *command_name(const struct session_state *state)
{
    if (state->command.count == 0)
        return "a shell";
    const char *word = state->command.items[0], *slash = strrchr(word, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : word;
}

char *pane_words_left(const struct pane *pane, int number, char *text, size_t size)
{
    const struct session_state *state = app_session(pane->app, pane->name);
    const struct process *process = pane_process(pane, state);
    char command[32] = "", pid[64] = "";
    if (state == NULL) {
        snprintf(text, size, "%d %s", number, pane->name);
        return text;
    }
    const char *name = process != NULL ? process->comm : command_name(state);
    text_printable(command, sizeof(command), name, strlen(name), draw_utf8());
    if (process != NULL && process->pid_inside > 0 && state->kind != SESSION_SHELL)
        snprintf(pid, sizeof(pid), ", pid %d = %d inside", (int)process->pid,
                 (int)process->pid_inside);
    else if (process != NULL)
        snprintf(pid, sizeof(pid), ", pid %d", (int)process->pid);
    if (state->kind == SESSION_SHELL)
        snprintf(text, size, "%d host: %s%s", number, command, pid);
    else if (state->kind == SESSION_JOIN)
        snprintf(text, size, "%d %s: joined %s%s", number,
                 state->target[0] != '\0' ? state->target : pane->name, command, pid);
    else
        snprintf(text, size, "%d %s: %s%s", number, pane->name, command, pid);
    return text;
}

char *pane_condition_words(const struct pane *pane, char *text, size_t size)
{
    const char *signal_name =
        pane->exit_status > 128 ? sigabbrev_np(pane->exit_status - 128) : NULL;
    switch (pane->condition) {
    case PANE_EXITED:
        if (pane->exit_status < 0)
            snprintf(text, size, "exited");
        else if (signal_name != NULL)
            snprintf(text, size, "exited, status %d (%s)", pane->exit_status, signal_name);
        else
            snprintf(text, size, "exited, status %d", pane->exit_status);
        break;
    case PANE_LOST:
        snprintf(text, size, "%s", pane->problem[0] != '\0' ? pane->problem : "gone");
        break;
    case PANE_WAITING:
        snprintf(text, size, "opening");
        break;
    case PANE_RUNNING:
    default:
        snprintf(text, size, "running");
        break;
    }
    return text;
}

/* What is happening to it, in as few words as that can be told. */
static void pane_words_mode(const struct pane *pane, bool typing, char *text, size_t size)
{
    if (pane->condition == PANE_LOST)
        snprintf(text, size, "gone");
    else if (pane->condition != PANE_RUNNING)
        pane_condition_words(pane, text, size);
    else if (typing)
        snprintf(text, size, "TYPING");
    else if (pane->is_scrolled)
        snprintf(text, size, "watching, %llu lines back",
                 (unsigned long long)(pane->state.top - pane_top(pane)));
    else
        snprintf(text, size, "watching");
}

char *pane_words_right(const struct pane *pane, bool typing, int columns, char *text, size_t size)
{
    const struct process *process = pane_process(pane, app_session(pane->app, pane->name));
    const char *user = process != NULL && process->user != NULL ? process->user : "";
    char mode[160];
    pane_words_mode(pane, typing, mode, sizeof(mode));
    if (pane->condition != PANE_RUNNING)
        user = "";
    snprintf(text, size, "%s%s%s%s%s", pane->restarted ? "terminal restarted; " : "", user,
             user[0] != '\0' ? ", " : "", mode, typing ? "; ^A leaves" : "");
    /* Why there is room beside it: the smallest of all screens that show it decides. */
    size_t used = strlen(text);
    if (pane_is_narrowed(pane))
        snprintf(text + used, size - used, "; %ux%u, a smaller dashboard shows it too",
                 pane->state.columns, pane->state.rows);
    if (text_columns(text) + 30 > columns)
        text[used] = '\0';
    /* Below that the rule would carry no words at the right at all, or none at the left. */
    if (text_columns(text) + 30 > columns)
        snprintf(text, size, "%s%s", pane->restarted ? "restarted; " : "", mode);
    if (text_columns(text) + 16 > columns)
        snprintf(text, size, "%s", mode);
    return text;
}

void pane_thing(const struct pane *pane, struct thing *thing)
{
    const struct session_state *state = app_session(pane->app, pane->name);
    if (state == NULL)
        return;
    const struct process *process = pane_process(pane, state);
    *thing = (struct thing){
        .kind = THING_SESSION,
        .pid = state->pid,
        .start_time = state->pid_start,
        .host = state->kind == SESSION_SHELL,
        .ours = true,
    };
    snprintf(thing->name, sizeof(thing->name), "%s", pane->name);
    if (process != NULL)
        text_printable(thing->command, sizeof(thing->command), process->comm, strlen(process->comm),
                       draw_utf8());
}

/* The key of a row as the bar writes it. */
static void bar_key(const struct keymap_row *row, char *text, size_t size)
{
    wint_t key = row->keys[0];
    if (key == '\r')
        snprintf(text, size, "Enter");
    else if (key > ' ' && key < 127)
        snprintf(text, size, "%c", (char)key);
    else
        snprintf(text, size, "?");
}

void panes_bar_prefix(struct text *bar)
{
    char key[16];
    text_add(bar, "^A then  `1-9`View  ");
    for (size_t i = 0; i < keymap_count; i++) {
        const struct keymap_row *row = &keymap_rows[i];
        if (row->context != CONTEXT_PANE_PREFIX || row->label == NULL)
            continue;
        bar_key(row, key, sizeof(key));
        text_addf(bar, "`%s`%s  ", key, row->label);
    }
}

/* As in every other view: the F-keys that mean something here. */
void panes_bar_watch(struct text *bar)
{
    for (int fkey = 1; fkey <= 10; fkey++) {
        const struct key key = {.code = (wint_t)KEY_F(fkey), .is_function = true};
        enum request request = keymap_request(CONTEXT_PANE_WATCH, key);
        const struct keymap_row *row =
            request != REQ_NONE ? keymap_find(CONTEXT_PANE_WATCH, request) : NULL;
        if (row != NULL && row->label != NULL)
            text_addf(bar, "`F%d`%s ", fkey, row->label);
    }
}
