/* containers: what the Containers view says of a session (containers_words.c). */
#ifndef NSTUI_UI_VIEWS_CONTAINERS_H
#define NSTUI_UI_VIEWS_CONTAINERS_H

#include "../app.h"

/* "running", "exited 0", "lost". Returns text. */
char *session_words_state(const struct session_state *state, char *text, size_t size);

/* "-mpu", "chroot", "joined", "host", "-". Returns text. */
char *session_words_own(const struct session_state *state, char *text, size_t size);

/* The line that makes it again: `nstui run -d -mpu --name lab8 .. -- /bin/bash`. Adds to line. */
void session_words_line(const struct session_state *state, struct text *line);

/* Its command as a person types it. Adds to line. */
void session_words_command(const struct session_state *state, struct text *line);

/* How many processes of the snapshot are in it. */
size_t session_processes(const struct app *app, const struct session_state *state);

/* The sentences about it: four lines, or all that is known. Adds to text. */
void session_words_about(struct app *app, const struct session_state *state, struct text *text);
void session_words_all(struct app *app, const struct session_state *state, struct text *text);

#endif
