/* containers: what the Containers view says of a session. A word each is in containers_line.c, sentences
 * are in containers_words.c, what it uses in containers_usage.c. */
#ifndef NSTUI_UI_VIEWS_CONTAINERS_H
#define NSTUI_UI_VIEWS_CONTAINERS_H

#include "../app.h"

#include "nstui/cgroups.h"

/* "running", "exited 0", "lost". Returns text. */
char *session_words_state(const struct session_state *state, char *text, size_t size);

/* "-mpu", "chroot", "joined", "host", "-". Returns text. */
char *session_words_own(const struct session_state *state, char *text, size_t size);

/* The line that makes it again: `nstui run -d -mpu --name lab8 .. -- /bin/bash`. Adds to line. */
void session_words_line(const struct session_state *state, struct text *line);

/* What it was made with beyond its root and hostname (containers_more.c). Adds a line to text, or
 * none. */
void session_words_more(const struct session_state *state, struct text *text);

/* Its command is none that was typed, but nstui-init by itself: its small shell, or it only holds. */
bool session_is_init_alone(const struct session_state *state);

/* Its command as a person types it. Adds to line. */
void session_words_command(const struct session_state *state, struct text *line);

/* What a running one uses, as far as it is known by now (containers_usage.c). */
struct session_usage {
    struct cgroup_usage cgroup; /* own: it has one, and its figures are real */
    int cpu_percent;            /* of one cpu; -1: not known */
};
bool session_usage(struct app *app, const struct session_state *state, struct session_usage *usage);

/* "12M", "3%"; "-" where nobody counts it. They return text. */
char *session_usage_memory(const struct session_usage *usage, char *text, size_t size);
char *session_usage_cpu(const struct session_usage *usage, char *text, size_t size);

/* Its network, its limits, what they had to do with its end; why there are no figures. They add lines
 * to text, or none. */
void session_words_usage(struct app *app, const struct session_state *state, struct text *text);
void session_words_no_usage(struct app *app, const struct session_state *state, struct text *text);

/* How many processes of the snapshot are in it. */
size_t session_processes(const struct app *app, const struct session_state *state);

/* The sentences about it: four lines, or all that is known. Adds to text. */
void session_words_about(struct app *app, const struct session_state *state, struct text *text);
void session_words_all(struct app *app, const struct session_state *state, struct text *text);

#endif
