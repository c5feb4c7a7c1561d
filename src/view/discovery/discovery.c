/* discovery: the thread that looks again and again. Called from the dashboard's loop, which only takes
 * the newest snapshot and never waits for /proc. The thread takes no signals and touches no terminal. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_MS 2000

struct discovery {
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    const struct snapshot *latest;
    struct err problem;
    bool has_problem;
    bool asked; /* a look is wanted now */
    bool stop;
    int interval_ms;

    struct scanner *scanner; /* the thread's alone */
    int event_fd;
    struct details_desk *desk;
};

static void ring(int event_fd)
{
    const uint64_t one = 1;

    if (write(event_fd, &one, sizeof(one)) == -1) {
        /* the counter is full: it rings already */
    }
}

static void publish(struct discovery *discovery, const struct snapshot *snapshot,
                    const struct err *problem)
{
    const struct snapshot *old = NULL;

    pthread_mutex_lock(&discovery->lock);
    if (snapshot) {
        old = discovery->latest;
        discovery->latest = snapshot;
    } else {
        discovery->problem = *problem;
    }
    discovery->has_problem = !snapshot;
    pthread_mutex_unlock(&discovery->lock);
    ring(discovery->event_fd);
    snapshot_unref(old);
}

/* Waits until the next look is due; with the lock held. Where a look takes long (a slow machine, many
 * processes) it is made less often, so that we stay a small part of the load. */
static void wait_for_next(struct discovery *discovery, int64_t began_ms)
{
    int64_t took_ms = clock_monotonic_ms() - began_ms;

    while (!discovery->stop && !discovery->asked) {
        int64_t pause_ms =
            took_ms * 4 > discovery->interval_ms ? took_ms * 4 : discovery->interval_ms;
        int64_t due_ms = began_ms + pause_ms;
        struct timespec until;

        if (due_ms <= clock_monotonic_ms()) {
            return;
        }
        until.tv_sec = (time_t)(due_ms / 1000);
        until.tv_nsec = (long)(due_ms % 1000) * 1000000;
        if (pthread_cond_timedwait(&discovery->wake, &discovery->lock, &until) == ETIMEDOUT) {
            return;
        }
    }
}

static void *run(void *data)
{
    struct discovery *discovery = data;

    pthread_mutex_lock(&discovery->lock);
    while (!discovery->stop) {
        const struct snapshot *snapshot = NULL;
        struct err problem = {0};
        int64_t began_ms = clock_monotonic_ms();

        discovery->asked = false;
        pthread_mutex_unlock(&discovery->lock);
        bool failed = scanner_look(discovery->scanner, false, &snapshot, &problem) == -1;
        publish(discovery, failed ? NULL : snapshot, &problem);
        pthread_mutex_lock(&discovery->lock);
        wait_for_next(discovery, began_ms);
    }
    pthread_mutex_unlock(&discovery->lock);
    return NULL;
}

static int start(struct discovery *discovery, struct err *err)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* threads begin with the mask of their maker */
    int failed = pthread_create(&discovery->thread, NULL, run, discovery);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed ? err_set(err, failed, "cannot start the thread that looks at /proc") : 0;
}

static void discovery_free(struct discovery *discovery)
{
    details_desk_free(discovery->desk);
    scanner_close(discovery->scanner);
    snapshot_unref(discovery->latest);
    cleanup_close(&discovery->event_fd);
    pthread_cond_destroy(&discovery->wake);
    pthread_mutex_destroy(&discovery->lock);
    free(discovery);
}

int discovery_open(const struct discovery_options *options, struct discovery **discovery,
                   struct err *err)
{
    struct discovery *fresh = xcalloc(1, sizeof(*fresh));
    pthread_condattr_t attributes;

    pthread_mutex_init(&fresh->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&fresh->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    fresh->interval_ms = options->interval_ms > 0 ? options->interval_ms : INTERVAL_MS;
    fresh->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int bell = fresh->event_fd == -1 ? -1 : fcntl(fresh->event_fd, F_DUPFD_CLOEXEC, 0);
    if (bell == -1) {
        err_set(err, errno, "cannot make an event descriptor");
        discovery_free(fresh);
        return -1;
    }
    fresh->desk = details_desk_new(bell);
    if (scanner_open(options->source, &fresh->scanner, err) == -1 || start(fresh, err) == -1) {
        discovery_free(fresh);
        return -1;
    }
    *discovery = fresh;
    return 0;
}

void discovery_close(struct discovery *discovery)
{
    if (!discovery) {
        return;
    }
    pthread_mutex_lock(&discovery->lock);
    discovery->stop = true;
    pthread_cond_signal(&discovery->wake);
    pthread_mutex_unlock(&discovery->lock);
    pthread_join(discovery->thread, NULL);
    discovery_free(discovery);
}

int discovery_event_fd(const struct discovery *discovery)
{
    return discovery->event_fd;
}

void discovery_acknowledge(struct discovery *discovery)
{
    uint64_t count;

    if (read(discovery->event_fd, &count, sizeof(count)) == -1) {
        /* nothing rang */
    }
}

const struct snapshot *discovery_latest(struct discovery *discovery)
{
    pthread_mutex_lock(&discovery->lock);
    const struct snapshot *latest = discovery->latest ? snapshot_ref(discovery->latest) : NULL;
    pthread_mutex_unlock(&discovery->lock);
    return latest;
}

bool discovery_problem(struct discovery *discovery, struct err *problem)
{
    pthread_mutex_lock(&discovery->lock);
    bool there = discovery->has_problem;
    if (there) {
        *problem = discovery->problem;
    }
    pthread_mutex_unlock(&discovery->lock);
    return there;
}

void discovery_refresh(struct discovery *discovery)
{
    pthread_mutex_lock(&discovery->lock);
    discovery->asked = true;
    pthread_cond_signal(&discovery->wake);
    pthread_mutex_unlock(&discovery->lock);
}

void discovery_set_interval(struct discovery *discovery, int interval_ms)
{
    pthread_mutex_lock(&discovery->lock);
    discovery->interval_ms = interval_ms > 0 ? interval_ms : INTERVAL_MS;
    pthread_cond_signal(&discovery->wake);
    pthread_mutex_unlock(&discovery->lock);
}

struct process_details *discovery_details(struct discovery *discovery,
                                          const struct process *process, int max_age_ms)
{
    return details_desk_get(discovery->desk, process, max_age_ms);
}
