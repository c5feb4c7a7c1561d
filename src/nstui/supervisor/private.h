/* What the files of the supervisor share, and nobody else sees:
 *  - run.c: a session from its launch to its end; record.c: its state, written down
 *  - signals.c: stops and signals
 *  - loop.c: epoll, one event at a time; pump.c: bytes from one descriptor to another
 *  - relay.c: the foreground, a terminal or pipes; tty.c: the caller's terminal, raw
 *  - screen.c: detached, the pty, its input and log; log.c: the last of the output
 *  - term.c: nstui-term, started and started again; replies.c: what a terminal may answer
 *  - clients.c: the control socket
 *  - detach.c: a supervisor of its own; clean.c: after those that died
 */
#ifndef NSTUI_SUPERVISOR_PRIVATE_H
#define NSTUI_SUPERVISOR_PRIVATE_H

#include "nstui/supervisor.h"

#include <signal.h>
#include <sys/epoll.h>

#define NEVER_MS INT64_MAX /* a time that does not come */

/* ---- loop.c ---------------------------------------------------------------------------- */

/* One descriptor that is waited for. Start with WATCH_EMPTY; loop_watch() with events 0 before it is
 * freed or its fd closed. */
struct watch {
    int fd;
    uint32_t events; /* EPOLLIN, EPOLLOUT; 0: it is not waited for */
    bool always;     /* a plain file: epoll refuses it, it is always ready */
    void (*ready)(void *owner);
    void *owner;
    struct watch *next; /* in the list of those that are always ready */
};

#define WATCH_EMPTY                                                                                \
    {                                                                                              \
        .fd = -1                                                                                   \
    }

struct loop {
    int epoll_fd;
    struct watch *always;
};

int loop_open(struct loop *loop, struct err *err);
void loop_close(struct loop *loop);

/* Changes what is waited for. Nothing is waited for that is not wanted: also a hang-up wakes only
 * somebody who wants to read or write. */
void loop_watch(struct loop *loop, struct watch *watch, uint32_t events);

/* Stops waiting and closes the fd. */
void loop_drop(struct loop *loop, struct watch *watch);

/* Waits until until_ms (NEVER_MS: for ever) for one event and lets its owner handle it: one at a time,
 * so that a handler may drop any watch. */
void loop_step(struct loop *loop, int64_t until_ms);

/* ---- pump.c ---------------------------------------------------------------------------- */

#define PUMP_SIZE (64u * 1024)

/* Carries bytes from one descriptor to another, owns both, and never waits. Reads only while it has
 * nothing to write, so whoever writes too fast is held up, and nothing is lost. */
struct pump {
    struct loop *loop;
    struct watch source;
    struct watch sink;
    size_t sink_part; /* bytes that one write may have: all, or what never blocks */
    bool source_ended;
    bool sink_ended;
    bool end_is_sign;   /* at the end of source ctrl-D is written: sink is a pty's master */
    int64_t *active_ms; /* when bytes last went through any pump */
    char *bytes;
    size_t start;
    size_t length;
};

/* Takes both descriptors. nonblocking: the sink never blocks a write. Fields that are not set here may
 * be set after it. */
void pump_open(struct pump *pump, struct loop *loop, int source, int sink, bool nonblocking,
               int64_t *active_ms);
void pump_close(struct pump *pump);

/* All that its source wrote has arrived, or there is nobody to write to any more. */
bool pump_is_done(const struct pump *pump);
bool pump_is_empty(const struct pump *pump);

/* A descriptor of the caller's own file that never blocks: opened anew where that is possible, since
 * O_NONBLOCK belongs to the open file and the caller's shell has it too. Else a copy. */
int fd_open_anew(int fd, int flags, bool *nonblocking);

/* ---- tty.c ----------------------------------------------------------------------------- */

/* Makes the caller's terminal raw, and as it was on every way out: tty_restore(), exit and fatal
 * signals. */
int tty_make_raw(int fd, struct err *err);
void tty_make_raw_again(void); /* after a stop, when the shell has set its own modes */
void tty_restore(void);

/* ---- log.c ----------------------------------------------------------------------------- */

/* The output of a detached session: two files, log.1 the older one, which together have at least the
 * last SESSION_LOG_MAX bytes and at most twice that. A full disk loses log, never the session. */
struct log {
    int dirfd; /* not owned */
    int fd;
    size_t size;
    size_t begin; /* what is before it, and log.1 where it is not 0, is of an earlier run */
};

/* again: behind what is there, with a mark in between. */
void log_open(struct log *log, int dirfd, bool again);
void log_append(struct log *log, const char *bytes, size_t length);
void log_close(struct log *log);

/* Gives some of the disk back: the older file, else the end of the other. */
void log_shorten(struct log *log);

/* Adds the last bytes to text, at most limit, from the beginning of a line where there is one. */
void log_tail(const struct log *log, size_t limit, struct text *text);

/* ---- replies.c ------------------------------------------------------------------------- */

#define REPLY_MAX 24 /* bytes of the longest reply that is let through */

/* What a terminal may answer: ESC [ ? .. c and ESC [ > .. c (DA), ESC [ 0 n (DSR), ESC [ row ; column R
 * (CPR). Whoever writes to the master types as root in there, and nstui-term is not to be believed. */
struct replies {
    char held[REPLY_MAX];
    size_t length;
};

/* Takes bytes as they come and adds the whole, listed replies among them to out. */
void replies_filter(struct replies *replies, const char *bytes, size_t length, struct text *out);

/* ---- the session ----------------------------------------------------------------------- */

struct supervisor;
struct screen;
struct relay;
struct client;

/* In signals.c. Signals the session's first process; stops it: the signal now, KILL after it. */
void session_signal(struct supervisor *supervisor, int signal_number);
void session_stop(struct supervisor *supervisor, int signal_number, int64_t timeout_ms);

struct supervisor {
    const struct supervisor_config *config;
    struct loop loop;
    struct session_place place;
    struct session_state state;
    struct launched launched;
    bool is_launched;
    int slave; /* held while the session runs, so that the master knows no end before it */
    struct watch signals;
    struct watch child;
    struct watch listener;
    struct client *clients;
    struct screen *screen; /* detached */
    struct relay *relay;   /* foreground */
    int64_t kill_at_ms;
    int64_t rest_at_ms;  /* when the program's own pages are given back */
    int64_t trace_at_ms; /* when the calls of the launch are written down */
    int interrupts;
    bool has_ended;
    bool give_up;      /* what is still under way is dropped */
    int64_t active_ms; /* when bytes last moved, or the end came */
};

/* ---- signals.c ------------------------------------------------------------------------- */

#define HANG_UP_MS 2000 /* between the hang-up of a terminal and KILL: nobody is there who waits */

/* The signals that are the session's business, and their handling from now on. */
void signals_fill(sigset_t *set);
int signals_open(struct supervisor *supervisor, struct err *err);

/* A descriptor that can be read once a signal has come that ends a launch. */
int signals_cancel_open(void);

/* Takes the signal that ended it; 0 where there was none. */
int signals_cancel_take(int fd);

/* ---- trace.c --------------------------------------------------------------------------- */

#define TRACE_MS 100 /* after the start of a foreground session */

/* Writes the calls of the launch into the session's folder. */
void trace_save(struct supervisor *supervisor);

/* ---- record.c -------------------------------------------------------------------------- */

/* Whether its folder in the state root stays when it has ended. */
bool session_is_kept(const struct supervisor_config *config);

/* spec.born: while the child sets itself up. What is found there ends what nobody watches any more. */
int record_born(void *data, const struct launched *launched, struct err *err);

/* After the launch: what could not be written at the birth, and the kept folder. */
int record_complete(struct supervisor *supervisor, struct err *err);

/* Before it starts again: what is still true of it. */
void record_take_over(struct supervisor *supervisor, const struct session_state *before);

/* ---- outside.c ------------------------------------------------------------------------- */

/* Before the launch: a tag, written into state.json, where something is made outside. */
int outside_begin(struct supervisor *supervisor, struct err *err);

/* After it: what it got. */
void outside_launched(struct supervisor *supervisor);

/* At the end: what there is to tell goes into the state, and all of it away. */
void outside_end(struct supervisor *supervisor);

/* ---- standin.c ------------------------------------------------------------------------- */

/* At the end: what a launch without the step private has leaked. */
void standin_end(struct supervisor *supervisor);

/* ---- clients.c ------------------------------------------------------------------------- */

int clients_open(struct supervisor *supervisor, struct err *err);
void clients_close(struct supervisor *supervisor);

/* Frees those that went or that do not read, after an event was handled. */
void clients_sweep(struct supervisor *supervisor);

/* Events to all attached ones. */
void clients_wake(struct supervisor *supervisor);
void clients_tell_size(struct supervisor *supervisor, int columns, int rows);
void clients_tell_restart(struct supervisor *supervisor, int reader_fd);

/* To every one. */
void clients_tell_exit(struct supervisor *supervisor, int status);

/* Whether input is taken from them just now. */
void clients_hold_input(struct supervisor *supervisor, bool hold);

/* ---- screen.c -------------------------------------------------------------------------- */

int screen_open(struct supervisor *supervisor, struct err *err);
void screen_log_shorten(struct screen *screen);
void screen_close(struct screen *screen);
void screen_input(struct screen *screen, const void *bytes, size_t length);
bool screen_input_is_full(const struct screen *screen);
void screen_resize(struct screen *screen, int columns, int rows);
int screen_columns(const struct screen *screen);
int screen_rows(const struct screen *screen);
int screen_reader_fd(const struct screen *screen); /* stays the screen's */

/* After the end of the session: all output is read. */
bool screen_is_drained(const struct screen *screen);
bool screen_is_empty(const struct screen *screen); /* nothing that was read waits to be passed on */

/* Lets nstui-term draw what it has, and end. Waits a moment for it. */
void screen_finish(struct screen *screen);

/* What is to be done later: when, and doing what is due. */
int64_t screen_deadline_ms(const struct screen *screen);
void screen_on_time(struct screen *screen, int64_t now_ms);

/* For term.c: it has room again, or not. */
void screen_feed_changed(struct screen *screen);

/* ---- term.c ---------------------------------------------------------------------------- */

/* One nstui-term and the pipes to it. */
struct term {
    struct supervisor *supervisor;
    struct screen *screen;
    struct watch process; /* pidfd */
    struct watch frames;
    struct watch replies;
    struct watch wake;
    int grid_fd;
    int reader_fd;
    struct text feed; /* frames that are still to be written */
    size_t feed_start;
    int64_t stuck_since_ms; /* the pipe has been full since; NEVER_MS: it is not */
    int64_t started_ms;
    int64_t restart_at_ms; /* NEVER_MS: it runs */
    int64_t delay_ms;      /* before the next restart */
    int64_t mute_until_ms; /* answers to a repeated log are not passed on */
    bool was_fed_log;
    struct replies filter;
};

int term_open(struct term *term, struct supervisor *supervisor, struct screen *screen,
              struct err *err);
void term_close(struct term *term);
void term_feed(struct term *term, const char *bytes, size_t length);
void term_resize(struct term *term, int columns, int rows);
bool term_has_room(const struct term *term); /* all was written, or nobody is there to read it */
void term_finish(struct term *term);
int64_t term_deadline_ms(const struct term *term);
void term_on_time(struct term *term, int64_t now_ms);

/* For term.c: the tail of the log. */
void screen_log_tail(const struct screen *screen, size_t limit, struct text *text);

/* ---- relay.c --------------------------------------------------------------------------- */

int relay_open(struct supervisor *supervisor, struct err *err);
void relay_close(struct relay *relay);
void relay_resize(struct relay *relay);            /* the caller's terminal has another size */
void relay_continue(struct relay *relay);          /* after a stop */
bool relay_has_hung_up(const struct relay *relay); /* the caller's terminal is gone */
bool relay_is_drained(const struct relay *relay);
bool relay_is_empty(const struct relay *relay);

/* The size of the caller's terminal; false where it has none. */
bool caller_size(unsigned short *columns, unsigned short *rows);

#endif
