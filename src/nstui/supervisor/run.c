/* A session from its launch to its end: claims the name, launches, waits, drains, writes down how it
 * ended, and leaves nothing that is not to be kept. Called by the commands run, join, shell and
 * supervise. Prints nothing, looks into no byte. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

#define QUIET_MS 200 /* without output after the end, with somebody still able to write */

/* ---- beginning ------------------------------------------------------------------------- */

static int place_claim(struct supervisor *supervisor, const char *stem, struct err *err)
{
    const struct supervisor_config *config = supervisor->config;
    if (config->again) {
        _cleanup_session_state_ struct session_state before = {0};
        if (state_find(config->name, &before, NULL) == 0)
            record_take_over(supervisor, &before);
        return state_claim_again(config->name, &supervisor->place, err);
    }
    return state_claim(config->name, stem, session_is_kept(config), &supervisor->place, err);
}

/* The place, the socket and the signals, before anything runs. */
static int session_prepare(struct supervisor *supervisor, struct err *err)
{
    const struct supervisor_config *config = supervisor->config;
    char stem[SESSION_NAME_MAX + 1];
    session_name_stem(config->kind, config->target, stem);
    if (config->name || config->join) /* what cannot be cleaned keeps its name, and is told there */
        (void)supervisor_clean_lost(NULL);
    if (place_claim(supervisor, stem, err) < 0 || loop_open(&supervisor->loop, err) < 0 ||
        signals_open(supervisor, err) < 0)
        return -1;
    supervisor->state.owner = geteuid();
    if (supervisor->place.keep_fd >= 0 && !config->again &&
        state_keep_spec(&supervisor->place, config->config_json, config->words, err) < 0)
        return -1;
    return config->join ? clients_open(supervisor, err) : 0; /* a launch: on_born() */
}

static void on_child_end(void *owner)
{
    struct supervisor *supervisor = owner;
    siginfo_t end = {0};
    int result = waitid(P_PIDFD, (id_t)supervisor->child.fd, &end, WEXITED | WNOHANG);
    if (result < 0 ? errno == EINTR : end.si_pid == 0)
        return;
    if (result == 0) /* else somebody else has collected it, and the status is lost */
        supervisor->state.exit_status =
            end.si_code == CLD_EXITED ? end.si_status & 255 : 128 + end.si_status;
    supervisor->has_ended = true;
    supervisor->kill_at_ms = NEVER_MS;
    supervisor->active_ms = clock_monotonic_ms();
    cleanup_close(&supervisor->slave);
    supervisor->slave = -1;
    loop_drop(&supervisor->loop, &supervisor->child);
}

/* By the engine. What hangs in there (a file system that never answers) ends by the user's ctrl-C,
 * and a detached launch with the one who waits for its name. */
static int engine_start(struct supervisor *supervisor, struct err *err)
{
    const struct supervisor_config *config = supervisor->config;
    struct launched *launched = &supervisor->launched;
    unsigned short columns = 80, rows = 24;
    (void)caller_size(&columns, &rows);
    _cleanup_close_ int cancel = signals_cancel_open();
    int *cancels = config->join ? config->join->cancel : config->spec->cancel;
    int result;
    cancels[0] = cancel > 0 ? cancel : 0;
    cancels[1] = config->detached ? config->ready_fd : 0;
    if (config->join) {
        config->join->columns = config->join->columns ? config->join->columns : columns;
        config->join->rows = config->join->rows ? config->join->rows : rows;
        config->join->terminal |= config->detached;
        result = engine_join(config->join, launched, err);
    } else {
        config->spec->columns = config->spec->columns ? config->spec->columns : columns;
        config->spec->rows = config->spec->rows ? config->spec->rows : rows;
        config->spec->terminal |= config->detached;
        config->spec->born = record_born;
        config->spec->born_data = supervisor;
        result = engine_launch(config->spec, launched, err);
    }
    cancels[0] = cancels[1] = 0;
    int signal_number = result < 0 ? signals_cancel_take(cancel) : 0;
    if (signal_number)
        launched->status = 128 + signal_number;
    return result;
}

static int session_launch(struct supervisor *supervisor, struct err *err)
{
    struct launched *launched = &supervisor->launched;
    if (engine_start(supervisor, err) < 0)
        return -1;
    supervisor->is_launched = true;
    supervisor->child = (struct watch){
        .fd = fcntl(launched->pidfd, F_DUPFD_CLOEXEC, 3),
        .ready = on_child_end,
        .owner = supervisor,
    };
    loop_watch(&supervisor->loop, &supervisor->child, EPOLLIN);
    /* With one end held the master knows no end of file while the session runs, also where all in it
     * have closed theirs for a while. ioctl_tty(2), TIOCGPTPEER. */
    if (launched->terminal >= 0)
        supervisor->slave = ioctl(launched->terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return 0;
}

/* `ok NAME WARNING` for supervisor_detach(). Where nobody hears it, nobody wants the session. */
static int ready_tell(const struct supervisor *supervisor, struct err *err)
{
    const struct supervisor_config *config = supervisor->config;
    const char *warning = config->join ? config->join->message : "";
    _cleanup_free_ char *line = xasprintf("ok %s %s\n", supervisor->place.name, warning);
    if (fd_write_all(config->ready_fd, line, strlen(line), NULL) < 0)
        return err_set(err, errno, "cannot tell the name of the session: nobody waits for it");
    (void)close(config->ready_fd);
    return 0;
}

/* `error STATUS sentence` */
static void ready_fail(const struct supervisor_config *config, int status, const struct err *err)
{
    _cleanup_free_ char *line = xasprintf("error %d %s\n", status, err->text);
    if (!config->detached)
        return;
    (void)fd_write_all(config->ready_fd, line, strlen(line), NULL);
    (void)close(config->ready_fd);
}

#define REST_MS 500 /* without anything to do */

/* A supervisor rests for days, and the larger part of the program was for its start: what it still
 * needs of it comes back from the page cache by itself. madvise(2). */
static void program_rest(void)
{
    extern const char __executable_start[], etext[];
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = (uintptr_t)__executable_start & ~(page - 1);
    uintptr_t to = (uintptr_t)etext & ~(page - 1);
    (void)madvise((void *)from, to - from, MADV_DONTNEED);
}

static int session_begin(struct supervisor *supervisor, struct err *err)
{
    if (session_prepare(supervisor, err) < 0 || outside_begin(supervisor, err) < 0 ||
        session_launch(supervisor, err) < 0)
        return -1;
    (void)signal(SIGPIPE, SIG_IGN); /* not before the launch: what runs in there must not have it */
    if (record_complete(supervisor, err) < 0)
        return -1;
    if (supervisor->config->addressed && supervisor->launched.address[0])
        supervisor->config->addressed(supervisor->launched.address);
    if (supervisor->config->started)
        supervisor->config->started(supervisor->config->started_data, supervisor->launched.pid);
    supervisor->trace_at_ms = clock_monotonic_ms() + TRACE_MS;
    if (!supervisor->config->detached)
        return relay_open(supervisor, err);
    trace_save(supervisor);
    (void)prctl(PR_SET_NAME, "nstui"); /* it was executed as /proc/self/exe */
    if (chdir("/") < 0)                /* nor shall nstui-term keep it busy */
        return err_set(err, errno, "cannot leave the directory that it was started in");
    if (screen_open(supervisor, err) < 0 || ready_tell(supervisor, err) < 0)
        return -1;
    supervisor->rest_at_ms = clock_monotonic_ms() + REST_MS;
    return 0;
}

/* ---- waiting --------------------------------------------------------------------------- */

/* After the end: whether what it wrote has arrived, or nothing more will come. */
static bool session_is_over(const struct supervisor *supervisor, int64_t now_ms)
{
    if (!supervisor->has_ended)
        return false;
    if (supervisor->give_up)
        return true;
    const struct screen *screen = supervisor->screen;
    const struct relay *relay = supervisor->relay;
    if (screen ? screen_is_drained(screen) : relay_is_drained(relay))
        return true;
    bool empty = screen ? screen_is_empty(screen) : relay_is_empty(relay);
    return empty && now_ms >= supervisor->active_ms + QUIET_MS;
}

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static void session_wait(struct supervisor *supervisor)
{
    for (;;) {
        int64_t now_ms = clock_monotonic_ms();
        if (session_is_over(supervisor, now_ms))
            return;
        if (now_ms >= supervisor->kill_at_ms) {
            supervisor->kill_at_ms = NEVER_MS;
            session_signal(supervisor, SIGKILL);
        }
        bool hung_up = supervisor->relay && relay_has_hung_up(supervisor->relay);
        if (hung_up && !supervisor->has_ended && supervisor->kill_at_ms == NEVER_MS)
            session_stop(supervisor, SIGHUP, HANG_UP_MS);
        if (now_ms >= supervisor->trace_at_ms)
            trace_save(supervisor);
        int64_t until_ms = earlier(supervisor->kill_at_ms, supervisor->trace_at_ms);
        if (supervisor->screen) {
            screen_on_time(supervisor->screen, now_ms);
            until_ms = earlier(until_ms, screen_deadline_ms(supervisor->screen));
        }
        bool empty = supervisor->screen ? screen_is_empty(supervisor->screen)
                                        : relay_is_empty(supervisor->relay);
        if (supervisor->has_ended && empty)
            until_ms = earlier(until_ms, supervisor->active_ms + QUIET_MS);
        if (now_ms >= supervisor->rest_at_ms) {
            program_rest();
            supervisor->rest_at_ms = NEVER_MS;
        }
        until_ms = earlier(until_ms, supervisor->rest_at_ms);
        loop_step(&supervisor->loop, until_ms);
        clients_sweep(supervisor);
        if (supervisor->screen &&
            clock_monotonic_ms() < until_ms) /* somebody had something to do */
            supervisor->rest_at_ms = now_ms + REST_MS;
    }
}

/* ---- end ------------------------------------------------------------------------------- */

/* Ends a session that could not begin. */
static void session_abort(struct supervisor *supervisor)
{
    if (!supervisor->is_launched)
        return;
    session_signal(supervisor, SIGKILL);
    siginfo_t end;
    while (waitid(P_PIDFD, (id_t)supervisor->launched.pidfd, &end, WEXITED) < 0 && errno == EINTR)
        continue;
}

/* The files are final before anybody is told. */
static void session_finish(struct supervisor *supervisor, bool began)
{
    struct session_state *state = &supervisor->state;
    outside_end(supervisor);
    standin_end(supervisor);
    if (supervisor->screen && began)
        screen_finish(supervisor->screen);
    bool again = supervisor->config->again;
    if (supervisor->place.keep_fd >= 0 && (began || (again && supervisor->is_launched))) {
        state->condition = SESSION_EXITED;
        state->supervisor = state->pid = 0;
        state->ended_s = time(NULL);
        if (state_write(&supervisor->place, state, NULL) < 0 && began) { /* a full disk */
            screen_log_shorten(supervisor->screen);
            (void)state_write(&supervisor->place, state, NULL);
        }
    }
    state_release(&supervisor->place, !again && !(began && session_is_kept(supervisor->config)));
    if (began)
        clients_tell_exit(supervisor, state->exit_status);
    if (supervisor->loop.epoll_fd >= 0)
        clients_close(supervisor);
    if (supervisor->relay)
        relay_close(supervisor->relay);
    if (supervisor->screen)
        screen_close(supervisor->screen);
    loop_drop(&supervisor->loop, &supervisor->child);
    loop_drop(&supervisor->loop, &supervisor->signals);
    cleanup_close(&supervisor->slave);
    if (supervisor->is_launched)
        launched_close(&supervisor->launched);
    loop_close(&supervisor->loop);
    if (began && state->told[0] && supervisor->config->told)
        supervisor->config->told(state->told);
    session_state_free(state);
}

int supervisor_run(const struct supervisor_config *config, struct err *err)
{
    struct err own = {0};
    err = err ? err : &own;
    struct supervisor supervisor = {
        .config = config,
        .loop = {.epoll_fd = -1},
        .place = SESSION_PLACE_EMPTY,
        .launched =
            {
                .pidfd = -1,
                .alive = -1,
                .terminal = -1,
                .input = -1,
                .output = -1,
                .error = -1,
                .standin = {-1, -1, -1},
            },
        .slave = -1,
        .signals = WATCH_EMPTY,
        .child = WATCH_EMPTY,
        .listener = WATCH_EMPTY,
        .kill_at_ms = NEVER_MS,
        .trace_at_ms = NEVER_MS,
        .rest_at_ms = NEVER_MS,
    };
    session_state_init(&supervisor.state);
    sigset_t set, before;
    signals_fill(&set);
    (void)sigprocmask(SIG_BLOCK, &set, &before);
    int status;
    if (session_begin(&supervisor, err) < 0) {
        status = supervisor.launched.status ? supervisor.launched.status : ENGINE_STATUS_FAILED;
        session_abort(&supervisor);
        session_finish(&supervisor, false);
        ready_fail(config, status, err);
    } else {
        session_wait(&supervisor);
        status = supervisor.state.exit_status;
        status = status < 0 ? ENGINE_STATUS_FAILED : status;
        session_finish(&supervisor, true);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}
