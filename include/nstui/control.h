/* control: what programs say to a supervisor and what it answers: JSON messages of bounded size
 * over a SOCK_SEQPACKET UNIX socket, one message a packet, descriptors beside them (unix(7),
 * SCM_RIGHTS).
 *
 * Both ends check the other's SO_PEERCRED: a supervisor serves root and its owner alone, a client
 * believes only root and the session's owner. Every message carries a version; an unknown key is
 * passed over (a newer program may say more), a known key of the wrong type or size is an error.
 */
#ifndef NSTUI_CONTROL_H
#define NSTUI_CONTROL_H

#include "nstui/base.h"

#define CONTROL_VERSION     1
#define CONTROL_MESSAGE_MAX (32u * 1024) /* bytes of a packet */
#define CONTROL_INPUT_MAX   (8u * 1024)  /* bytes of one input message */

enum control_op {
    /* What a client asks. attach, state, stop and kill get one reply each, ok or error; input,
     * resize and detach get none. */
    CONTROL_ATTACH, /* columns, rows; reply ok with the grid's fd (none where it has no grid),
                     * columns and rows as they are now */
    CONTROL_INPUT,  /* bytes for the program, already encoded as its terminal's keys */
    CONTROL_RESIZE, /* columns, rows of this client; the smaller size of all attached wins */
    CONTROL_DETACH, /* no more events and no part in the size; the connection stays */
    CONTROL_STATE,  /* reply ok with text: the session's state, for session_state_parse() */
    CONTROL_STOP,   /* timeout_ms: TERM now, KILL after it; ok at once, exited when it has ended */
    CONTROL_KILL, /* signal, to the container's first process, or through its init to the command */

    /* Replies. */
    CONTROL_OK,
    CONTROL_ERROR, /* text: a sentence */

    /* Events. exited comes to every connected client, when state and files are already final; the
     * others only to attached ones. */
    CONTROL_WAKE,      /* the grid changed: look at it */
    CONTROL_RESTARTED, /* nstui-term died and another runs: fd is the new grid */
    CONTROL_EXITED,    /* status: 0..255, 128+N where a signal ended it */
    CONTROL_SIZE,      /* columns, rows: what the terminal has now */
    CONTROL_OPS,
};

/* One message. Start with `struct control_message message = CONTROL_MESSAGE_EMPTY;`; which fields
 * an op has is told above. */
struct control_message {
    enum control_op op;
    int columns;
    int rows;
    int signal;
    int timeout_ms;
    int status;
    unsigned char *bytes; /* owned by the message */
    size_t bytes_length;
    char *text; /* owned by the message */
    int fd; /* received: the receiver's, closed by control_message_free(); sent: the sender keeps
             * it; -1: none */
};

#define CONTROL_MESSAGE_EMPTY                                                                      \
    {                                                                                              \
        .fd = -1                                                                                   \
    }

/* Frees what a message owns and closes its fd; it is empty again. */
void control_message_free(struct control_message *message);
#define _cleanup_control_message_ __attribute__((cleanup(control_message_free)))

/* Takes the received fd out of a message: the caller's from now on, -1 where there is none. */
int control_message_take_fd(struct control_message *message);

/* Sends one message without waiting. 0, or -1 with err: errnum EAGAIN where the other side does not
 * read just now, EPIPE where it has gone. Raises no SIGPIPE. */
int control_send(int fd, const struct control_message *message, struct err *err);

/* Receives one message; waits for it only where fd is a blocking one. 1 with a message (the caller
 * frees it), 0 where the other side has closed, -1 with err: errnum EAGAIN where none is there;
 * EPROTO where it was no message of ours (the packet is gone, the connection can go on). */
int control_receive(int fd, struct control_message *message, struct err *err);

/* ---- the two ends ---------------------------------------------------------------------- */

/* A listening socket "control" in a session's folder (a descriptor of it). Non-blocking; the
 * caller's.
 */
int control_listen(int dirfd, struct err *err);

/* Accepts one client and checks who it is: root or owner. The fd is non-blocking and the caller's.
 * -1 with errnum EAGAIN where nobody waits, EPERM where it was somebody else (closed already). */
int control_accept(int listen_fd, uid_t owner, struct err *err);

/* Connects to the supervisor of a running session: one's own, or, for root, anybody's. Checks that
 * nobody else could have put the socket there. The fd is non-blocking, for poll(2) and epoll, and
 * the caller's. -1 where there is no such session or it does not run (ENOENT). */
int control_connect(const char *name, struct err *err);

/* ---- a client's words ------------------------------------------------------------------ */

/* Sends a request and waits, at most timeout_ms, for its reply; events that come before the reply
 * are passed over, so ask before attaching or on a connection of its own. An error reply becomes -1
 * with its sentence. reply may be null. */
int control_request(int fd, const struct control_message *request, struct control_message *reply,
                    int timeout_ms, struct err *err);

/* Attaches with the size of a pane. *grid_fd: the grid, to be mapped (grid_map) and closed by the
 * caller. */
int control_attach(int fd, int columns, int rows, int *grid_fd, struct err *err);

/* Passes bytes to the program, without waiting. Returns how many were taken, fewer than length
 * where the program does not read; -1 with err where the connection is gone. */
ssize_t control_input(int fd, const void *bytes, size_t length, struct err *err);

/* Tells the size of the pane. Where it cannot be sent just now: -1 with EAGAIN. */
int control_resize(int fd, int columns, int rows, struct err *err);

/* Stops or signals; waits at most a few seconds for the word that it is under way. */
int control_stop(int fd, int timeout_ms, struct err *err);
int control_kill(int fd, int signal_number, struct err *err);

/* Waits at most timeout_ms (-1: for ever) for the end of the session. 1 with *status (-1 where the
 * supervisor went away without a word), 0 where the time is over, -1 with err. */
int control_wait(int fd, int timeout_ms, int *status, struct err *err);

#endif
