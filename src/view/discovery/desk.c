/* desk: a thread that reads the details that screens ask for, and what it has read so far. Called from
 * the dashboard's loop, which never waits here: what is not known yet is asked for, and the bell (the
 * event descriptor) rings when it came.
 *
 * A read may hang as long as a process wants. So the desk belongs to two: whoever opened it and the
 * thread; the last one to leave frees it. */
#include "private.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define KEPT_MAX 256 /* processes: more than fit on a screen */

struct entry {
    pid_t pid;
    uint64_t start_time;
    struct process_details *details; /* null: not read yet */
    int64_t read_ms, asked_ms;
    bool wanted; /* is to be read */
};

struct details_desk {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct entry entries[KEPT_MAX];
    size_t count;
    int bell;
    int holders;
    bool stop, thread_runs;
};

struct details_desk *details_desk_new(int event_fd)
{
    struct details_desk *desk = xcalloc(1, sizeof(*desk));

    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->wake, NULL);
    desk->bell = event_fd;
    desk->holders = 1;
    return desk;
}

/* With the lock held, which is gone afterwards. */
static void desk_leave(struct details_desk *desk)
{
    bool last = --desk->holders == 0;

    pthread_mutex_unlock(&desk->lock);
    if (!last) {
        return;
    }
    for (size_t i = 0; i < desk->count; i++) {
        process_details_free(desk->entries[i].details);
    }
    close(desk->bell);
    pthread_mutex_destroy(&desk->lock);
    pthread_cond_destroy(&desk->wake);
    free(desk);
}

void details_desk_free(struct details_desk *desk)
{
    if (desk) {
        pthread_mutex_lock(&desk->lock);
        desk->stop = true;
        pthread_cond_signal(&desk->wake);
        desk_leave(desk);
    }
}

static struct entry *desk_find(struct details_desk *desk, pid_t pid, uint64_t start_time)
{
    for (size_t i = 0; i < desk->count; i++) {
        if (desk->entries[i].pid == pid && desk->entries[i].start_time == start_time) {
            return &desk->entries[i];
        }
    }
    return NULL;
}

/* A new entry; where there is no room, in the place of what nobody asked for longest. */
static struct entry *desk_add(struct details_desk *desk, pid_t pid, uint64_t start_time)
{
    struct entry *place = &desk->entries[0];

    if (desk->count < KEPT_MAX) {
        place = &desk->entries[desk->count++];
    } else {
        for (size_t i = 1; i < KEPT_MAX; i++) {
            place = desk->entries[i].asked_ms < place->asked_ms ? &desk->entries[i] : place;
        }
        process_details_free(place->details);
    }
    *place = (struct entry){.pid = pid, .start_time = start_time};
    return place;
}

/* The one that was asked for last: it is on the screen. */
static struct entry *desk_next(struct details_desk *desk)
{
    struct entry *next = NULL;

    for (size_t i = 0; i < desk->count; i++) {
        if (desk->entries[i].wanted && (!next || desk->entries[i].asked_ms > next->asked_ms)) {
            next = &desk->entries[i];
        }
    }
    return next;
}

/* What its cgroup has used of a cpu since the look before. */
static void cpu_compare(const struct process_details *before, struct process_details *now)
{
    if (!before || before->usage.cpu_us < 0 || now->usage.cpu_us < before->usage.cpu_us) {
        return;
    }
    int64_t elapsed_us = (now->usage_ms - before->usage_ms) * 1000;
    if (elapsed_us > 0) {
        now->cpu_percent = (int)((now->usage.cpu_us - before->usage.cpu_us) * 100 / elapsed_us);
    }
}

static void *desk_run(void *data)
{
    struct details_desk *desk = data;
    const uint64_t one = 1;

    pthread_mutex_lock(&desk->lock);
    while (!desk->stop) {
        struct entry *entry = desk_next(desk);
        if (!entry) {
            pthread_cond_wait(&desk->wake, &desk->lock);
            continue;
        }
        pid_t pid = entry->pid;
        uint64_t start_time = entry->start_time;
        pthread_mutex_unlock(&desk->lock);
        struct process_details *details = process_details_read(pid, start_time);
        pthread_mutex_lock(&desk->lock);
        entry = desk_find(desk, pid, start_time); /* it may have had to make room */
        if (entry) {
            cpu_compare(entry->details, details);
            process_details_free(entry->details);
            entry->details = pointer_take(details);
            entry->read_ms = clock_monotonic_ms();
            entry->wanted = false;
        }
        process_details_free(details);
        if (write(desk->bell, &one, sizeof(one)) == -1) {
            /* the counter is full: it rings already */
        }
    }
    desk_leave(desk);
    return NULL;
}

/* With the lock held. */
static void desk_start_thread(struct details_desk *desk)
{
    pthread_t thread;
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the loop takes the signals */
    desk->holders++;
    if (pthread_create(&thread, NULL, desk_run, desk) == 0) {
        pthread_detach(thread);
        desk->thread_runs = true;
    } else {
        desk->holders--; /* tried again at the next question */
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static struct process_details *details_copy(const struct process_details *details)
{
    struct process_details *copy = xmalloc(sizeof(*copy));

    *copy = *details;
    copy->command = xstrdup(details->command);
    copy->cgroup = xstrdup(details->cgroup);
    return copy;
}

struct process_details *details_desk_get(struct details_desk *desk, const struct process *process,
                                         int max_age_ms)
{
    int64_t now_ms = clock_monotonic_ms();

    pthread_mutex_lock(&desk->lock);
    struct entry *entry = desk_find(desk, process->pid, process->start_time);
    if (!entry) {
        entry = desk_add(desk, process->pid, process->start_time);
    }
    entry->asked_ms = now_ms;
    bool old = max_age_ms > 0 && now_ms - entry->read_ms > max_age_ms;
    if (!entry->details || (old && !entry->details->gone)) {
        entry->wanted = true;
        if (!desk->thread_runs) {
            desk_start_thread(desk);
        }
        pthread_cond_signal(&desk->wake);
    }
    struct process_details *copy = entry->details ? details_copy(entry->details) : NULL;
    pthread_mutex_unlock(&desk->lock);
    return copy;
}
