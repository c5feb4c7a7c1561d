/* The two ends of a control socket: a supervisor listens and accepts, a client connects, asks and
 * waits. Here it is checked who is at the other end; what is said is control.c's. */
#include "nstui/control.h"
#include "nstui/state.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONTROL_BACKLOG  16
#define CONTROL_REPLY_MS 5000

/* The address of "control" below a descriptor: a folder's own path may be longer than the 108 bytes
 * of unix(7), and may have changed hands since it was checked. */
static struct sockaddr_un control_address(int dirfd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/control", dirfd);
    return address;
}

int control_listen(int dirfd, struct err *err)
{
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set(err, errno, "cannot make the control socket");
    struct sockaddr_un address = control_address(dirfd);
    if (unlinkat(dirfd, "control", 0) < 0 && errno != ENOENT)
        return err_set(err, errno, "cannot remove an old control socket");
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        fchmodat(dirfd, "control", 0600, 0) < 0 || listen(fd, CONTROL_BACKLOG) < 0)
        return err_set(err, errno, "cannot make the control socket");
    return fd_take(&fd);
}

static int peer_check(int fd, uid_t owner, struct err *err)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return err_set(err, errno, "cannot tell who is at the other end of the control socket");
    if (peer.uid == 0 || peer.uid == owner)
        return 0;
    return err_set(err, EPERM, "user %u is at the other end of the control socket", peer.uid);
}

int control_accept(int listen_fd, uid_t owner, struct err *err)
{
    _cleanup_close_ int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return err_set(err, errno, "cannot accept a client");
    if (peer_check(fd, owner, err) < 0)
        return -1;
    return fd_take(&fd);
}

int control_connect(const char *name, struct err *err)
{
    uid_t owner;
    _cleanup_close_ int dirfd = state_open_running(name, &owner, err);
    if (dirfd < 0)
        return -1;
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set(err, errno, "cannot make a socket");
    struct sockaddr_un address = control_address(dirfd);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int reason = errno;
        (void)err_set(err, reason, "cannot reach the supervisor of %s", name);
        if (reason == EAGAIN)
            return err_hint(err, "it answers nobody; too many wait already");
        return -1;
    }
    if (peer_check(fd, owner, err) < 0)
        return err_prefix(err, "cannot trust the supervisor of %s", name);
    return fd_take(&fd);
}

/* ---- a client's words ------------------------------------------------------------------ */

/* Waits for events on fd until the deadline (-1: for ever). False where the time is over. */
static bool wait_until(int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms < 0 ? -1 : deadline_ms - clock_monotonic_ms();
        if (deadline_ms >= 0 && left < 0)
            left = 0;
        struct pollfd wait = {.fd = fd, .events = events};
        int ready = poll(&wait, 1, left > INT_MAX ? INT_MAX : (int)left);
        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

/* control_send that waits for room. */
static int send_until(int fd, const struct control_message *message, int64_t deadline_ms,
                      struct err *err)
{
    for (;;) {
        struct err why = {0};
        if (control_send(fd, message, &why) == 0)
            return 0;
        if (why.errnum != EAGAIN || !wait_until(fd, POLLOUT, deadline_ms)) {
            if (err)
                *err = why;
            return -1;
        }
    }
}

/* The next message before the deadline: 1, 0 at the end of the connection, -1 (ETIMEDOUT). */
static int receive_until(int fd, struct control_message *message, int64_t deadline_ms,
                         struct err *err)
{
    for (;;) {
        if (!wait_until(fd, POLLIN, deadline_ms))
            return err_set(err, ETIMEDOUT, "the supervisor does not answer");
        struct err why = {0};
        int result = control_receive(fd, message, &why);
        if (result >= 0)
            return result;
        if (why.errnum != EAGAIN) {
            if (err)
                *err = why;
            return -1;
        }
    }
}

int control_request(int fd, const struct control_message *request, struct control_message *reply,
                    int timeout_ms, struct err *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    if (send_until(fd, request, deadline_ms, err) < 0)
        return -1;
    for (;;) {
        _cleanup_control_message_ struct control_message message = CONTROL_MESSAGE_EMPTY;
        int got = receive_until(fd, &message, deadline_ms, err);
        if (got < 0)
            return -1;
        if (got == 0)
            return err_set(err, EPIPE, "the supervisor went away without an answer");
        if (message.op == CONTROL_ERROR) {
            char sentence[ERR_TEXT_SIZE];
            text_printable(sentence, sizeof(sentence), message.text, strlen(message.text), true);
            return err_set(err, 0, "%s", sentence);
        }
        if (message.op != CONTROL_OK)
            continue;
        if (reply) {
            *reply = message;
            message = (struct control_message)CONTROL_MESSAGE_EMPTY;
        }
        return 0;
    }
}

int control_attach(int fd, int columns, int rows, int *grid_fd, struct err *err)
{
    const struct control_message request = {
        .op = CONTROL_ATTACH, .columns = columns, .rows = rows, .fd = -1};
    _cleanup_control_message_ struct control_message reply = CONTROL_MESSAGE_EMPTY;
    if (control_request(fd, &request, &reply, CONTROL_REPLY_MS, err) < 0)
        return -1;
    *grid_fd = control_message_take_fd(&reply);
    if (*grid_fd < 0)
        return err_set(err, 0, "the supervisor has no screen to show");
    return 0;
}

ssize_t control_input(int fd, const void *bytes, size_t length, struct err *err)
{
    size_t taken = 0;
    while (taken < length) {
        size_t part = length - taken < CONTROL_INPUT_MAX ? length - taken : CONTROL_INPUT_MAX;
        const struct control_message message = {
            .op = CONTROL_INPUT,
            .bytes = (unsigned char *)(uintptr_t)bytes + taken,
            .bytes_length = part,
            .fd = -1,
        };
        struct err why = {0};
        if (control_send(fd, &message, &why) < 0) {
            if (why.errnum == EAGAIN)
                break;
            if (err)
                *err = why;
            return -1;
        }
        taken += part;
    }
    return (ssize_t)taken;
}

int control_resize(int fd, int columns, int rows, struct err *err)
{
    const struct control_message message = {
        .op = CONTROL_RESIZE, .columns = columns, .rows = rows, .fd = -1};
    return control_send(fd, &message, err);
}

int control_stop(int fd, int timeout_ms, struct err *err)
{
    const struct control_message request = {.op = CONTROL_STOP, .timeout_ms = timeout_ms, .fd = -1};
    return control_request(fd, &request, NULL, CONTROL_REPLY_MS, err);
}

int control_kill(int fd, int signal_number, struct err *err)
{
    const struct control_message request = {.op = CONTROL_KILL, .signal = signal_number, .fd = -1};
    return control_request(fd, &request, NULL, CONTROL_REPLY_MS, err);
}

int control_wait(int fd, int timeout_ms, int *status, struct err *err)
{
    int64_t deadline_ms = timeout_ms < 0 ? -1 : clock_monotonic_ms() + timeout_ms;
    *status = -1;
    for (;;) {
        _cleanup_control_message_ struct control_message message = CONTROL_MESSAGE_EMPTY;
        struct err why = {0};
        int got = receive_until(fd, &message, deadline_ms, &why);
        if (got == 0)
            return 1;
        if (got < 0 && why.errnum == ETIMEDOUT)
            return 0;
        if (got < 0 && why.errnum != EPROTO) {
            if (err)
                *err = why;
            return -1;
        }
        if (got == 1 && message.op == CONTROL_EXITED) {
            *status = message.status;
            return 1;
        }
    }
}
