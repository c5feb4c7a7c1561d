/* The supervisor's loop: epoll, one event at a time. What is not wanted is not waited for, so nothing
 * spins on a hang-up that nobody handles, and an idle session wakes nobody. */
#include "private.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

int loop_open(struct loop *loop, struct err *err)
{
    *loop = (struct loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    if (loop->epoll_fd < 0)
        return err_set(err, errno, "cannot wait for a session");
    return 0;
}

void loop_close(struct loop *loop)
{
    cleanup_close(&loop->epoll_fd);
    loop->epoll_fd = -1;
}

static void always_add(struct loop *loop, struct watch *watch)
{
    watch->always = true;
    watch->next = loop->always;
    loop->always = watch;
}

static void always_remove(struct loop *loop, struct watch *watch)
{
    struct watch **place = &loop->always;
    while (*place && *place != watch)
        place = &(*place)->next;
    if (*place)
        *place = watch->next;
    watch->always = false;
}

void loop_watch(struct loop *loop, struct watch *watch, uint32_t events)
{
    if (watch->fd < 0 || events == watch->events)
        return;
    uint32_t before = watch->events;
    watch->events = events;
    if (watch->always) {
        if (!events)
            always_remove(loop, watch);
        return;
    }
    struct epoll_event event = {.events = events, .data.ptr = watch};
    int call = !events ? EPOLL_CTL_DEL : before ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(loop->epoll_fd, call, watch->fd, &event) < 0 && errno == EPERM)
        always_add(loop, watch); /* a plain file, /dev/null: epoll_ctl(2) */
}

void loop_drop(struct loop *loop, struct watch *watch)
{
    loop_watch(loop, watch, 0);
    cleanup_close(&watch->fd);
    watch->fd = -1;
}

void loop_step(struct loop *loop, int64_t until_ms)
{
    int timeout_ms = -1;
    if (until_ms != NEVER_MS) {
        int64_t left_ms = until_ms - clock_monotonic_ms();
        timeout_ms = left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
    }
    if (loop->always)
        timeout_ms = 0;
    struct epoll_event event;
    int count = epoll_wait(loop->epoll_fd, &event, 1, timeout_ms);
    if (count > 0) {
        struct watch *watch = event.data.ptr;
        watch->ready(watch->owner);
    }
    /* One of the always ready a round, the list turning: none waits for ever. */
    struct watch *watch = loop->always;
    if (watch) {
        always_remove(loop, watch);
        struct watch **last = &loop->always;
        while (*last)
            last = &(*last)->next;
        watch->always = true;
        watch->next = NULL;
        *last = watch;
        watch->ready(watch->owner);
    }
}
