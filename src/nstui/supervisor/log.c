/* The log of a detached session: bounded, on disk, in two files of which the older one is dropped.
 * Written by screen.c, read back for a new nstui-term, and by state_log_read() for `nstui logs`. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SHORTEN_SIZE (64u * 1024)

static int log_make(int dirfd)
{
    return openat(dirfd, "log", O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* On a line of its own, whatever was the last word. */
static void log_mark(struct log *log)
{
    char when[64] = "", line[128];
    time_t now = time(NULL);
    struct tm parts;
    if (localtime_r(&now, &parts))
        (void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &parts);
    int length = snprintf(line, sizeof(line), "\r\n--- started again %s ---\r\n", when);
    log_append(log, line, (size_t)length);
}

void log_open(struct log *log, int dirfd, bool again)
{
    struct stat status;
    *log = (struct log){.dirfd = dirfd, .fd = -1};
    int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    if (again)
        log->fd = openat(dirfd, "log", flags);
    if (log->fd < 0 || fstat(log->fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        log_close(log);
        log->fd = log_make(dirfd);
    } else {
        log->size = (size_t)status.st_size;
    }
    if (again)
        log_mark(log);
    log->begin = again ? log->size : 0;
}

void log_close(struct log *log)
{
    cleanup_close(&log->fd);
    log->fd = -1;
}

void log_append(struct log *log, const char *bytes, size_t length)
{
    if (log->size >= SESSION_LOG_MAX && renameat(log->dirfd, "log", log->dirfd, "log.1") == 0) {
        log_close(log);
        *log = (struct log){.dirfd = log->dirfd, .fd = log_make(log->dirfd)};
    }
    if (log->fd >= 0 && fd_write_all(log->fd, bytes, length, NULL) == 0)
        log->size += length;
}

void log_shorten(struct log *log)
{
    if (unlinkat(log->dirfd, "log.1", 0) == 0 || log->fd < 0)
        return;
    log->size = log->size > SHORTEN_SIZE ? log->size - SHORTEN_SIZE : 0;
    log->begin = log->begin < log->size ? log->begin : log->size;
    (void)!ftruncate(log->fd, (off_t)log->size);
}

/* Adds the last bytes of one file. */
static void tail_add(int fd, size_t limit, struct text *text)
{
    off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t at = end > (off_t)limit ? end - (off_t)limit : 0;
    while (at < end) {
        char chunk[16384];
        ssize_t got = pread(fd, chunk, sizeof(chunk), at);
        if (got <= 0)
            break;
        text_add_bytes(text, chunk, (size_t)got);
        at += got;
    }
}

void log_tail(const struct log *log, size_t limit, struct text *text)
{
    size_t own = log->begin ? log->size - log->begin : SIZE_MAX;
    bool whole = own <= limit;
    limit = whole ? own : limit;
    if (log->size < limit) {
        _cleanup_close_ int older = openat(log->dirfd, "log.1", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        tail_add(older, limit - log->size, text);
    }
    tail_add(log->fd, limit, text);
    /* In the middle of a line may also be the middle of a sequence. */
    if (text->length < limit || whole)
        return;
    const char *line = memchr(text->data, '\n', text->length);
    if (!line)
        return;
    size_t cut = (size_t)(line - text->data) + 1;
    memmove(text->data, text->data + cut, text->length - cut + 1);
    text->length -= cut;
}
