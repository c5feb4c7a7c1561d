/* nstui-term, the process without rights that turns the session's bytes into cells: started with its
 * four descriptors, fed without ever waiting for it, and started again when it dies of what it read.
 * The container never notices: at worst it is held up while the pipe is full, and a nstui-term that
 * reads nothing for ten seconds is ended. */
#include "private.h"

#include "nstui/grid.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAMES_PIPE_SIZE (256 * 1024)
#define LOG_FED_MAX      (256u * 1024) /* of the log, to a nstui-term that follows another */
#define DIED_OF_LOG_MS   1000          /* it died so soon after it was fed that */
#define LIVED_WELL_MS    10000         /* after so long a death counts as the first one */
#define DELAY_FIRST_MS   250
#define DELAY_MAX_MS     30000
#define STUCK_MS         10000
#define MUTE_MS          500  /* answers to what was asked long ago come within this time */
#define FINISH_MS        5000 /* to draw what is still in the pipe, on a slow machine too */

/* ---- start ----------------------------------------------------------------------------- */

/* The child's side of four descriptors, all above those that they become. */
struct term_ends {
    int frames;
    int replies;
    int grid;
    int wake;
};

/* A copy of fd that is out of the way of 0..4. The original is closed where it is owned. */
static int move_up(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 16);
}

static int term_spawn(const struct term_ends *ends, pid_t *pid, struct err *err)
{
    _cleanup_free_ char *path = NULL;
    if (program_find("nstui-term", &path, err) < 0)
        return -1;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, ends->frames, GRID_TERM_FRAMES);
    posix_spawn_file_actions_adddup2(&actions, ends->replies, GRID_TERM_REPLIES);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends->grid, GRID_TERM_GRID);
    posix_spawn_file_actions_adddup2(&actions, ends->wake, GRID_TERM_WAKE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char name[] = "nstui-term";
    char *argv[] = {name, NULL};
    char *environment[] = {NULL};
    int reason = posix_spawn(pid, path, &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return reason ? err_set(err, reason, "cannot start %s", path) : 0;
}

/* Pipes and process. What is the term's own is in it when this fails, for term_stop(). */
static int term_start(struct term *term, struct err *err)
{
    _cleanup_close_ int frames = -1;
    _cleanup_close_ int replies = -1;
    _cleanup_close_ int wake = -1;
    int pipes[3][2];
    for (size_t i = 0; i < 3; i++) {
        if (pipe2(pipes[i], O_CLOEXEC) == 0)
            continue;
        for (int reason = errno; i-- > 0; errno = reason)
            close(pipes[i][0]), close(pipes[i][1]);
        return err_set(err, errno, "cannot make the pipes to nstui-term");
    }
    frames = pipes[0][0], term->frames.fd = pipes[0][1];
    replies = pipes[1][1], term->replies.fd = pipes[1][0];
    wake = pipes[2][1], term->wake.fd = pipes[2][0];
    (void)fcntl(term->frames.fd, F_SETPIPE_SZ, FRAMES_PIPE_SIZE);
    (void)fcntl(term->frames.fd, F_SETFL, O_NONBLOCK);
    (void)fcntl(term->replies.fd, F_SETFL, O_NONBLOCK);
    (void)fcntl(term->wake.fd, F_SETFL, O_NONBLOCK);
    _cleanup_close_ int frames_up = move_up(frames);
    _cleanup_close_ int replies_up = move_up(replies);
    _cleanup_close_ int grid_up = move_up(term->grid_fd);
    _cleanup_close_ int wake_up = move_up(wake);
    if (frames_up < 0 || replies_up < 0 || grid_up < 0 || wake_up < 0)
        return err_set(err, errno, "cannot make the descriptors of nstui-term");
    struct term_ends ends = {frames_up, replies_up, grid_up, wake_up};
    pid_t pid;
    if (term_spawn(&ends, &pid, err) < 0)
        return -1;
    term->process.fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (term->process.fd < 0) {
        (void)err_set(err, errno, "cannot watch nstui-term");
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        return -1;
    }
    return 0;
}

static void term_on_end(void *owner);
static void term_on_frames(void *owner);
static void term_on_replies(void *owner);
static void term_on_wake(void *owner);

/* A new grid and a new process on it. The old grid stays mapped where a dashboard has it. */
static int term_begin(struct term *term, struct err *err)
{
    struct loop *loop = &term->supervisor->loop;
    unsigned int columns = (unsigned int)screen_columns(term->screen);
    unsigned int rows = (unsigned int)screen_rows(term->screen);
    int grid_fd = grid_create(columns, rows);
    if (grid_fd < 0)
        return err_set(err, -grid_fd, "cannot make the grid of the terminal");
    cleanup_close(&term->grid_fd);
    term->grid_fd = grid_fd;
    int reader_fd = grid_open_reader(grid_fd);
    if (reader_fd < 0)
        return err_set(err, -reader_fd, "cannot open the grid of the terminal for reading");
    cleanup_close(&term->reader_fd);
    term->reader_fd = reader_fd;
    if (term_start(term, err) < 0)
        return -1;
    term->feed.length = term->feed_start = 0;
    term->stuck_since_ms = term->restart_at_ms = NEVER_MS;
    term->started_ms = clock_monotonic_ms();
    term->filter.length = 0;
    loop_watch(loop, &term->process, EPOLLIN);
    loop_watch(loop, &term->replies, EPOLLIN);
    loop_watch(loop, &term->wake, EPOLLIN);
    return 0;
}

int term_open(struct term *term, struct supervisor *supervisor, struct screen *screen,
              struct err *err)
{
    *term = (struct term){
        .supervisor = supervisor,
        .screen = screen,
        .process = {.fd = -1, .ready = term_on_end, .owner = term},
        .frames = {.fd = -1, .ready = term_on_frames, .owner = term},
        .replies = {.fd = -1, .ready = term_on_replies, .owner = term},
        .wake = {.fd = -1, .ready = term_on_wake, .owner = term},
        .grid_fd = -1,
        .reader_fd = -1,
        .stuck_since_ms = NEVER_MS,
        .restart_at_ms = NEVER_MS,
    };
    return term_begin(term, err);
}

/* Ends the process and closes the pipes; the grid stays for those who look at it. */
static void term_stop(struct term *term)
{
    struct loop *loop = &term->supervisor->loop;
    if (term->process.fd >= 0) {
        (void)syscall(SYS_pidfd_send_signal, term->process.fd, SIGKILL, NULL, 0);
        siginfo_t end;
        while (waitid(P_PIDFD, (id_t)term->process.fd, &end, WEXITED) < 0 && errno == EINTR)
            continue;
    }
    loop_drop(loop, &term->process);
    loop_drop(loop, &term->frames);
    loop_drop(loop, &term->replies);
    loop_drop(loop, &term->wake);
    term->feed.length = term->feed_start = 0;
    term->stuck_since_ms = NEVER_MS;
}

void term_close(struct term *term)
{
    term_stop(term);
    cleanup_close(&term->grid_fd);
    cleanup_close(&term->reader_fd);
    text_free(&term->feed);
}

/* ---- feeding --------------------------------------------------------------------------- */

/* Writes what the pipe takes, and waits for room for the rest. */
static void feed_write(struct term *term)
{
    while (term->frames.fd >= 0 && term->feed_start < term->feed.length) {
        ssize_t put = write(term->frames.fd, term->feed.data + term->feed_start,
                            term->feed.length - term->feed_start);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN) {
            if (term->stuck_since_ms == NEVER_MS)
                term->stuck_since_ms = clock_monotonic_ms();
            break;
        }
        if (put < 0) { /* it has died: its pidfd tells */
            term->feed.length = term->feed_start = 0;
            loop_drop(&term->supervisor->loop, &term->frames);
            break;
        }
        term->feed_start += (size_t)put;
        term->stuck_since_ms = NEVER_MS;
    }
    if (term->feed_start == term->feed.length) {
        term->feed.length = term->feed_start = 0;
        term->stuck_since_ms = NEVER_MS;
    }
    loop_watch(&term->supervisor->loop, &term->frames, term->feed.length ? EPOLLOUT : 0);
}

static void frame_add(struct term *term, uint32_t kind, const void *bytes, size_t length)
{
    struct grid_frame frame = {.kind = kind, .length = (uint32_t)length};
    text_add_bytes(&term->feed, &frame, sizeof(frame));
    text_add_bytes(&term->feed, bytes, length);
}

void term_feed(struct term *term, const char *bytes, size_t length)
{
    if (term->frames.fd < 0)
        return;
    for (size_t at = 0; at < length;) {
        size_t part = length - at < GRID_FRAME_LENGTH_MAX ? length - at : GRID_FRAME_LENGTH_MAX;
        frame_add(term, GRID_FRAME_DATA, bytes + at, part);
        at += part;
    }
    feed_write(term);
}

void term_resize(struct term *term, int columns, int rows)
{
    struct grid_frame_size size = {.columns = (uint16_t)columns, .rows = (uint16_t)rows};
    if (term->frames.fd < 0)
        return;
    frame_add(term, GRID_FRAME_RESIZE, &size, sizeof(size));
    feed_write(term);
}

bool term_has_room(const struct term *term)
{
    return term->feed.length == 0;
}

static void term_on_frames(void *owner)
{
    struct term *term = owner;
    feed_write(term);
    if (term->feed.length == 0)
        screen_feed_changed(term->screen);
}

/* ---- what it says ---------------------------------------------------------------------- */

static void term_on_wake(void *owner)
{
    struct term *term = owner;
    char bytes[256];
    ssize_t got = read(term->wake.fd, bytes, sizeof(bytes));
    if (got > 0)
        clients_wake(term->supervisor);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        loop_drop(&term->supervisor->loop, &term->wake);
}

static void term_on_replies(void *owner)
{
    struct term *term = owner;
    char bytes[1024];
    ssize_t got = read(term->replies.fd, bytes, sizeof(bytes));
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        loop_drop(&term->supervisor->loop, &term->replies);
    if (got <= 0 || clock_monotonic_ms() < term->mute_until_ms)
        return;
    _cleanup_text_ struct text out = {0};
    replies_filter(&term->filter, bytes, (size_t)got, &out);
    if (out.length && !screen_input_is_full(term->screen))
        screen_input(term->screen, out.data, out.length);
}

/* ---- its end, and the next ------------------------------------------------------------- */

/* It died, or has to: the next one comes at once, or after a while where they die one after another. */
static void term_is_lost(struct term *term)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t lived_ms = now_ms - term->started_ms;
    term_stop(term);
    if (lived_ms > LIVED_WELL_MS)
        term->delay_ms = 0;
    /* One that died at once of the log would have every successor die of it. */
    bool died_of_log = term->was_fed_log && lived_ms < DIED_OF_LOG_MS;
    term->was_fed_log = !died_of_log;
    term->restart_at_ms = now_ms + term->delay_ms;
    term->delay_ms = term->delay_ms == 0                 ? DELAY_FIRST_MS
                     : term->delay_ms > DELAY_MAX_MS / 2 ? DELAY_MAX_MS
                                                         : term->delay_ms * 2;
    screen_feed_changed(term->screen);
}

static void term_on_end(void *owner)
{
    struct term *term = owner;
    term_is_lost(term);
}

static void term_restart(struct term *term)
{
    struct err err = {0};
    if (term_begin(term, &err) < 0) {
        term->started_ms = clock_monotonic_ms();
        term_is_lost(term);
        return;
    }
    if (term->was_fed_log) {
        _cleanup_text_ struct text tail = {0};
        screen_log_tail(term->screen, LOG_FED_MAX, &tail);
        term->mute_until_ms = clock_monotonic_ms() + MUTE_MS;
        if (tail.length)
            term_feed(term, tail.data, tail.length);
    }
    clients_tell_restart(term->supervisor, term->reader_fd);
    screen_feed_changed(term->screen);
}

int64_t term_deadline_ms(const struct term *term)
{
    if (term->restart_at_ms != NEVER_MS)
        return term->restart_at_ms;
    return term->stuck_since_ms == NEVER_MS ? NEVER_MS : term->stuck_since_ms + STUCK_MS;
}

void term_on_time(struct term *term, int64_t now_ms)
{
    if (term->restart_at_ms != NEVER_MS) {
        if (now_ms >= term->restart_at_ms)
            term_restart(term);
    } else if (term->stuck_since_ms != NEVER_MS && now_ms >= term->stuck_since_ms + STUCK_MS) {
        term_is_lost(term);
    }
}

void term_finish(struct term *term)
{
    loop_drop(&term->supervisor->loop, &term->frames);
    struct pollfd end = {.fd = term->process.fd, .events = POLLIN};
    if (term->process.fd >= 0 && poll(&end, 1, FINISH_MS) > 0)
        clients_wake(term->supervisor);
}
