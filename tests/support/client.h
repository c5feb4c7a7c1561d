/* client: a dashboard without a screen: attaches to a session by the control socket, reads its grid and
 * its events, types. For the tests of the supervisor. Everything fails the test where it does not
 * work. */
#ifndef NSTUI_TESTS_CLIENT_H
#define NSTUI_TESTS_CLIENT_H

#include "nstui/control.h"
#include "nstui/grid.h"
#include "nstui/state.h"

#include "support.h"

struct client {
    int fd;
    struct grid grid;
    int columns, rows; /* as the last size event had it; 0: none came */
    int restarts;      /* of nstui-term */
};

void client_attach(struct client *client, const char *name, int columns, int rows);
void client_close(struct client *client);

/* Types, whole. */
void client_type(struct client *client, const char *keys);

/* Whether a text stands in a line of the screen just now, and waiting for it. */
bool client_sees(const struct client *client, const char *text);
void client_wait_text(struct client *client, const char *text);

/* Waits until the terminal has so many columns, nstui-term has been started again so often. */
void client_wait_columns(struct client *client, int columns);
void client_wait_restarts(struct client *client, int restarts);

/* Waits for the end of the session and returns its status. */
int client_wait_exit(struct client *client);

/* nstui run -d with these words, which has to work. */
#define session_run(...)                                                                           \
    session_start((const char *const[]){"nstui", "run", "-d", __VA_ARGS__, NULL})
void session_start(const char *const words[]);

void session_read(const char *name, struct session_state *session);
void session_remove(const char *name); /* nstui rm */
void session_kill(const char *name);   /* SIGKILL, and waits for its end */
void session_assert_gone(const char *name);

/* For wait_until(): data is a pid_t. */
bool process_is_gone(void *data);

#endif
