/* The control socket: who connects, what is asked, and the events that go out. A client that does not
 * read is dropped and never waited for; one that types faster than the program reads is not read. */
#include "private.h"

#include "nstui/control.h"

#include <errno.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CLIENTS_MAX 64

struct client {
    struct supervisor *supervisor;
    struct watch watch;
    bool is_attached;
    bool has_typed;
    bool is_gone;  /* to be freed by clients_sweep() */
    bool is_woken; /* the last that was sent to it is a wake */
    int columns;
    int rows;
    struct client *next;
};

/* ---- going ----------------------------------------------------------------------------- */

/* The smaller size of all attached wins; where none is, the terminal stays as it is. */
static void size_settle(struct supervisor *supervisor)
{
    int columns = 0, rows = 0;
    for (const struct client *client = supervisor->clients; client; client = client->next) {
        if (!client->is_attached || client->is_gone)
            continue;
        columns = columns && columns < client->columns ? columns : client->columns;
        rows = rows && rows < client->rows ? rows : client->rows;
    }
    if (columns && supervisor->screen)
        screen_resize(supervisor->screen, columns, rows);
}

/* It is only marked: whoever walks the list just now must be able to go on. */
static void client_leave(struct client *client)
{
    client->is_gone = true;
    loop_watch(&client->supervisor->loop, &client->watch, 0);
}

/* Frees those that are marked. True where there were any. */
static bool sweep(struct supervisor *supervisor)
{
    bool found = false;
    for (struct client **place = &supervisor->clients; *place;) {
        struct client *client = *place;
        if (!client->is_gone) {
            place = &client->next;
            continue;
        }
        *place = client->next;
        loop_drop(&supervisor->loop, &client->watch);
        free(client);
        found = true;
    }
    return found;
}

void clients_sweep(struct supervisor *supervisor)
{
    /* The size that the rest settles on is told to them, and that may find another one gone. */
    while (sweep(supervisor))
        size_settle(supervisor);
}

/* Sends; a client that does not read has to go. */
static void client_send(struct client *client, const struct control_message *message)
{
    struct err err = {0};
    client->is_woken = message->op == CONTROL_WAKE;
    if (control_send(client->watch.fd, message, &err) < 0 && err.errnum != EMSGSIZE)
        client_leave(client);
}

static void clients_send(struct supervisor *supervisor, const struct control_message *message)
{
    for (struct client *client = supervisor->clients; client; client = client->next) {
        if (client->is_attached && !client->is_gone)
            client_send(client, message);
    }
}

/* ---- events ---------------------------------------------------------------------------- */

/* A client that has not yet read the last wake has it still before it: one is enough. */
static bool wake_waits(const struct client *client)
{
    int unread = 0;
    return client->is_woken && ioctl(client->watch.fd, SIOCOUTQ, &unread) == 0 && unread > 0;
}

void clients_wake(struct supervisor *supervisor)
{
    const struct control_message message = {.op = CONTROL_WAKE, .fd = -1};
    for (struct client *client = supervisor->clients; client; client = client->next) {
        if (client->is_attached && !client->is_gone && !wake_waits(client))
            client_send(client, &message);
    }
}

void clients_tell_size(struct supervisor *supervisor, int columns, int rows)
{
    const struct control_message message = {
        .op = CONTROL_SIZE, .columns = columns, .rows = rows, .fd = -1};
    clients_send(supervisor, &message);
}

void clients_tell_restart(struct supervisor *supervisor, int reader_fd)
{
    const struct control_message message = {.op = CONTROL_RESTARTED, .fd = reader_fd};
    clients_send(supervisor, &message);
}

void clients_tell_exit(struct supervisor *supervisor, int status)
{
    const struct control_message message = {.op = CONTROL_EXITED, .status = status, .fd = -1};
    for (struct client *client = supervisor->clients; client; client = client->next) {
        if (!client->is_gone)
            client_send(client, &message);
    }
}

/* ---- requests -------------------------------------------------------------------------- */

static void reply_ok(struct client *client)
{
    const struct control_message reply = {.op = CONTROL_OK, .fd = -1};
    client_send(client, &reply);
}

static void reply_error(struct client *client, const char *sentence)
{
    _cleanup_free_ char *text = xstrdup(sentence);
    const struct control_message reply = {.op = CONTROL_ERROR, .text = text, .fd = -1};
    client_send(client, &reply);
}

static void on_attach(struct client *client, const struct control_message *request)
{
    struct supervisor *supervisor = client->supervisor;
    struct screen *screen = supervisor->screen;
    if (!screen) {
        reply_error(client,
                    "the session runs in the foreground of a terminal or a program, and has "
                    "no screen of its own (nstui run -d gives it one)");
        return;
    }
    client->columns = request->columns;
    client->rows = request->rows;
    /* Not yet attached: the reply comes before any event. */
    int columns = client->columns, rows = client->rows;
    for (const struct client *other = supervisor->clients; other; other = other->next) {
        if (!other->is_attached || other->is_gone || other == client)
            continue;
        columns = columns < other->columns ? columns : other->columns;
        rows = rows < other->rows ? rows : other->rows;
    }
    client->is_attached = false;
    screen_resize(screen, columns, rows);
    const struct control_message reply = {
        .op = CONTROL_OK,
        .columns = screen_columns(screen),
        .rows = screen_rows(screen),
        .fd = screen_reader_fd(screen),
    };
    client->is_attached = true;
    client_send(client, &reply);
}

static void on_input(struct client *client, const struct control_message *request)
{
    client->has_typed = true;
    if (client->supervisor->screen)
        screen_input(client->supervisor->screen, request->bytes, request->bytes_length);
}

static void on_resize(struct client *client, const struct control_message *request)
{
    client->columns = request->columns;
    client->rows = request->rows;
    size_settle(client->supervisor);
}

static void on_detach(struct client *client, const struct control_message *request)
{
    (void)request;
    client->is_attached = false;
    size_settle(client->supervisor);
}

static void on_state(struct client *client, const struct control_message *request)
{
    (void)request;
    _cleanup_free_ char *text = session_state_format(&client->supervisor->state);
    const struct control_message reply = {.op = CONTROL_OK, .text = text, .fd = -1};
    if (strlen(text) > CONTROL_MESSAGE_MAX / 2)
        reply_error(client, "the state of the session is too long for a message");
    else
        client_send(client, &reply);
}

static void on_stop(struct client *client, const struct control_message *request)
{
    session_stop(client->supervisor, SIGTERM, request->timeout_ms);
    reply_ok(client);
}

static void on_kill(struct client *client, const struct control_message *request)
{
    session_signal(client->supervisor, request->signal);
    reply_ok(client);
}

static void (*const client_requests[CONTROL_OPS])(struct client *client,
                                                  const struct control_message *request) = {
    [CONTROL_ATTACH] = on_attach, [CONTROL_INPUT] = on_input, [CONTROL_RESIZE] = on_resize,
    [CONTROL_DETACH] = on_detach, [CONTROL_STATE] = on_state, [CONTROL_STOP] = on_stop,
    [CONTROL_KILL] = on_kill,
};

static void client_on_message(void *owner)
{
    struct client *client = owner;
    _cleanup_control_message_ struct control_message request = CONTROL_MESSAGE_EMPTY;
    struct err err = {0};
    int got = control_receive(client->watch.fd, &request, &err);
    if (got < 0 && err.errnum == EAGAIN)
        return;
    if (got > 0 && client_requests[request.op])
        client_requests[request.op](client, &request);
    else if (got > 0)
        reply_error(client, "this is nothing that a client may ask");
    else if (got < 0 && err.errnum == EPROTO)
        reply_error(client, err.text);
    else
        client_leave(client);
}

void clients_hold_input(struct supervisor *supervisor, bool hold)
{
    for (struct client *client = supervisor->clients; client; client = client->next) {
        bool wanted = !client->is_gone && !(hold && client->has_typed);
        loop_watch(&supervisor->loop, &client->watch, wanted ? EPOLLIN : 0);
    }
}

/* ---- coming ---------------------------------------------------------------------------- */

static void on_connection(void *owner)
{
    struct supervisor *supervisor = owner;
    int fd = control_accept(supervisor->listener.fd, supervisor->state.owner, NULL);
    if (fd < 0)
        return;
    int count = 0;
    for (const struct client *client = supervisor->clients; client; client = client->next)
        count++;
    if (count >= CLIENTS_MAX) {
        close(fd);
        return;
    }
    struct client *client = xcalloc(1, sizeof(*client));
    client->supervisor = supervisor;
    client->watch = (struct watch){.fd = fd, .ready = client_on_message, .owner = client};
    client->next = supervisor->clients;
    supervisor->clients = client;
    loop_watch(&supervisor->loop, &client->watch, EPOLLIN);
}

int clients_open(struct supervisor *supervisor, struct err *err)
{
    int fd = control_listen(supervisor->place.run_fd, err);
    if (fd < 0)
        return -1;
    supervisor->listener = (struct watch){.fd = fd, .ready = on_connection, .owner = supervisor};
    loop_watch(&supervisor->loop, &supervisor->listener, EPOLLIN);
    return 0;
}

void clients_close(struct supervisor *supervisor)
{
    for (struct client *client = supervisor->clients; client; client = client->next)
        client->is_gone = true;
    (void)sweep(supervisor);
    loop_drop(&supervisor->loop, &supervisor->listener);
}
