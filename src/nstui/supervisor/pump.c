/* Bytes from one descriptor to another: what a foreground session's pipes and terminal are made of.
 * Looks at no byte, loses none, and never makes the loop wait. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe or a terminal that poll(2) calls writable takes this much without blocking (PIPE_BUF). */
#define PART_THAT_FITS 4096

#define END_OF_INPUT "\004" /* ctrl-D, what a terminal calls the end of a file: termios(3), VEOF */

int fd_open_anew(int fd, int flags, bool *nonblocking)
{
    struct stat status;
    *nonblocking = false;
    if (fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || isatty(fd))) {
        char path[32];
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        int anew = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        *nonblocking = anew >= 0;
        if (anew >= 0)
            return anew;
    }
    return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

/* What is waited for follows from what there is: bytes to write, or room to read. */
static void pump_update(struct pump *pump)
{
    if (pump->source_ended && pump->length == 0 && !pump->sink_ended) {
        pump->sink_ended = true;
        loop_drop(pump->loop, &pump->sink); /* whoever reads there sees the end too */
    }
    if (pump->sink_ended && !pump->source_ended) {
        pump->source_ended = true;
        pump->length = 0;
        loop_drop(pump->loop, &pump->source); /* whoever writes there gets EPIPE */
    }
    loop_watch(pump->loop, &pump->sink, pump->length > 0 ? EPOLLOUT : 0);
    loop_watch(pump->loop, &pump->source, pump->length == 0 && !pump->source_ended ? EPOLLIN : 0);
}

static void pump_write(struct pump *pump)
{
    while (pump->length > 0 && !pump->sink_ended) {
        size_t part = pump->length < pump->sink_part ? pump->length : pump->sink_part;
        ssize_t put = write(pump->sink.fd, pump->bytes + pump->start, part);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN)
            break;
        if (put < 0) {
            pump->sink_ended = true;
            pump->length = 0;
            loop_drop(pump->loop, &pump->sink);
            break;
        }
        pump->start += (size_t)put;
        pump->length -= (size_t)put;
        *pump->active_ms = clock_monotonic_ms();
        if (pump->sink_part != PUMP_SIZE)
            break; /* the next part waits until there is room for it */
    }
}

static void pump_sink_ready(void *owner)
{
    struct pump *pump = owner;
    pump_write(pump);
    pump_update(pump);
}

static void pump_source_ready(void *owner)
{
    struct pump *pump = owner;
    ssize_t got = read(pump->source.fd, pump->bytes, PUMP_SIZE);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    pump->start = 0;
    if (got > 0) {
        pump->length = (size_t)got;
        *pump->active_ms = clock_monotonic_ms();
    } else {
        /* 0; or EIO: the other side of a terminal is closed, or has hung up. */
        pump->source_ended = true;
        loop_drop(pump->loop, &pump->source);
        if (pump->end_is_sign) {
            memcpy(pump->bytes, END_OF_INPUT, 1);
            pump->length = 1;
        }
    }
    if (pump->sink_part == PUMP_SIZE)
        pump_write(pump);
    pump_update(pump);
}

void pump_open(struct pump *pump, struct loop *loop, int source, int sink, bool nonblocking,
               int64_t *active_ms)
{
    *pump = (struct pump){
        .loop = loop,
        .source = {.fd = source, .ready = pump_source_ready, .owner = pump},
        .sink = {.fd = sink, .ready = pump_sink_ready, .owner = pump},
        .sink_part = nonblocking ? PUMP_SIZE : PART_THAT_FITS,
        .source_ended = source < 0,
        .sink_ended = sink < 0,
        .active_ms = active_ms,
        .bytes = xmalloc(PUMP_SIZE),
    };
    pump_update(pump);
}

void pump_close(struct pump *pump)
{
    if (!pump->bytes)
        return;
    loop_drop(pump->loop, &pump->source);
    loop_drop(pump->loop, &pump->sink);
    free(pump->bytes);
    *pump = (struct pump){.source = WATCH_EMPTY, .sink = WATCH_EMPTY};
}

bool pump_is_done(const struct pump *pump)
{
    return pump->source_ended && pump->sink_ended;
}

bool pump_is_empty(const struct pump *pump)
{
    return pump->length == 0;
}
