/* A dashboard without a screen; see client.h. */
#include "client.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void client_take_grid(struct client *client, int grid_fd)
{
    grid_unmap(&client->grid);
    assert_true(grid_fd >= 0);
    assert_int_equal(grid_map(&client->grid, grid_fd), 0);
    close(grid_fd);
}

void client_attach(struct client *client, const char *name, int columns, int rows)
{
    struct err err = {0};
    int grid_fd = -1;
    *client = (struct client){.fd = control_connect(name, &err)};
    if (client->fd < 0 || control_attach(client->fd, columns, rows, &grid_fd, &err) < 0)
        fail_msg("%s", err.text);
    client_take_grid(client, grid_fd);
}

void client_close(struct client *client)
{
    grid_unmap(&client->grid);
    close(client->fd);
}

void client_type(struct client *client, const char *keys)
{
    struct err err = {0};
    size_t length = strlen(keys);
    if (control_input(client->fd, keys, length, &err) != (ssize_t)length)
        fail_msg("cannot type: %s", err.text);
}

/* Takes all events that are there. */
static void client_read(struct client *client)
{
    for (;;) {
        _cleanup_control_message_ struct control_message event = CONTROL_MESSAGE_EMPTY;
        struct err err = {0};
        if (control_receive(client->fd, &event, &err) <= 0)
            return;
        if (event.op == CONTROL_SIZE) {
            client->columns = event.columns;
            client->rows = event.rows;
        } else if (event.op == CONTROL_RESTARTED) {
            client->restarts++;
            client_take_grid(client, control_message_take_fd(&event));
        }
    }
}

bool client_sees(const struct client *client, const char *text)
{
    struct grid_state state;
    if (!grid_read_state(&client->grid, &state))
        return false;
    for (unsigned int row = 0; row < state.rows; row++) {
        struct grid_cell cells[GRID_COLUMNS_MAX];
        char line[GRID_COLUMNS_MAX + 1];
        (void)grid_read_line(&client->grid, state.top + row, cells, state.columns, NULL);
        for (unsigned int i = 0; i < state.columns; i++)
            line[i] = cells[i].code < 128 && cells[i].code ? (char)cells[i].code : '?';
        line[state.columns] = '\0';
        if (strstr(line, text))
            return true;
    }
    return false;
}

/* ---- waiting --------------------------------------------------------------------------- */

struct wanted {
    struct client *client;
    const char *text;
    int number;
};

static bool text_is_there(void *data)
{
    const struct wanted *wanted = data;
    client_read(wanted->client);
    return client_sees(wanted->client, wanted->text);
}

static bool columns_are_there(void *data)
{
    const struct wanted *wanted = data;
    client_read(wanted->client);
    return wanted->client->columns == wanted->number;
}

static bool restarts_are_there(void *data)
{
    const struct wanted *wanted = data;
    client_read(wanted->client);
    return wanted->client->restarts >= wanted->number;
}

void client_wait_text(struct client *client, const char *text)
{
    struct wanted wanted = {.client = client, .text = text};
    if (!wait_until(text_is_there, &wanted, WAIT_MS))
        fail_msg("\"%s\" does not appear", text);
}

void client_wait_columns(struct client *client, int columns)
{
    struct wanted wanted = {.client = client, .number = columns};
    if (!wait_until(columns_are_there, &wanted, WAIT_MS))
        fail_msg("the terminal has %d columns, not %d", client->columns, columns);
}

void client_wait_restarts(struct client *client, int restarts)
{
    struct wanted wanted = {.client = client, .number = restarts};
    if (!wait_until(restarts_are_there, &wanted, WAIT_MS))
        fail_msg("nstui-term was started again %d times, not %d", client->restarts, restarts);
}

int client_wait_exit(struct client *client)
{
    struct err err = {0};
    int status = -1;
    assert_int_equal(control_wait(client->fd, WAIT_MS, &status, &err), 1);
    return status;
}

bool process_is_gone(void *data)
{
    return !process_is_alive(*(pid_t *)data);
}

/* ---- sessions -------------------------------------------------------------------------- */

void session_start(const char *const words[])
{
    _cleanup_result_ struct result result = {0};
    if (run_program(words, NULL, 0, WAIT_MS, &result) != 0)
        fail_msg("status %d: %s", result.status, result.error);
}

void session_read(const char *name, struct session_state *session)
{
    struct err err = {0};
    if (state_find(name, session, &err) < 0)
        fail_msg("%s", err.text);
}

void session_remove(const char *name)
{
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "rm", name);
}

void session_kill(const char *name)
{
    struct err err = {0};
    int status = 0;
    int fd = control_connect(name, &err);
    if (fd < 0 || control_kill(fd, SIGKILL, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(control_wait(fd, WAIT_MS, &status, &err), 1);
    assert_int_equal(status, 128 + SIGKILL);
    close(fd);
}

void session_assert_gone(const char *name)
{
    assert_false(path_exists(test_path("/run/nstui/%s", name)));
    assert_false(path_exists(test_path("/var/lib/nstui/%s", name)));
}
