/* containers_words: sentences about a session, from its state file and the newest snapshot. Called by
 * containers.c. */
#include "containers.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

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
    bool walled = strcmp(state->grade, "walled") == 0 || state->own & NS_BIT(NS_USER);
    text_addf(text, "first process: %s; rights: %s%s\n", state->init ? "nstui-init" : "its command",
              state->grade[0] != '\0' ? state->grade : "lab", walled ? ", a wall" : ", no wall");
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
    about_root(state, text);
    about_how(state, text);
    if (state->condition != SESSION_RUNNING)
        about_time(state, text);
    session_words_more(state, text);
    session_words_usage(app, state, text);
    text_add(text, "command  ");
    session_words_line(state, text);
    text_add(text, "\n");
    session_words_no_usage(app, state, text);
}

/* The whole line, and where the rest is where it is not known. */
static void about_line(const struct session_state *state, struct text *text)
{
    bool kept = state->kind == SESSION_CONTAINER && state->detached && !state->remove;
    text_add(text, "\n## the line that makes it again\n");
    session_words_line(state, text);
    if (kept && state->line[0] == '\0')
        text_addf(
            text,
            "\n\nIts state tells no more than this; the config.json that was kept of it has all: "
            "nstui export %s DIR.",
            state->name);
    if (kept && state->condition != SESSION_RUNNING)
        text_addf(text,
                  "\n\nnstui start %s starts it again under its name, behind its old log (R).",
                  state->name);
}

void session_words_all(struct app *app, const struct session_state *state, struct text *text)
{
    char words[64];
    const struct snapshot *now = app->now;
    text_addf(text, "state    %s\n", session_words_state(state, words, sizeof(words)));
    about_time(state, text);
    about_root(state, text);
    about_how(state, text);
    session_words_more(state, text);
    session_words_usage(app, state, text);
    session_words_no_usage(app, state, text);
    text_add(text, "command  ");
    session_words_command(state, text);
    text_add(text, "\n");
    if (state->condition == SESSION_RUNNING)
        text_addf(text, "init     %d out here; supervisor %d, which goes on when you leave nstui\n",
                  (int)state->pid, (int)state->supervisor);
    about_line(state, text);
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
