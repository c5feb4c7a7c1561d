/* nstui-term: turns what one child writes into the cells of a grid, with no rights at all. The
 * supervisor starts one for each terminal and feeds it frames; see nstui/grid.h for its
 * descriptors. It must never be believed: whoever reads its grid or its replies checks them.
 *
 * `nstui-term --try CALL` is for its own test: CALL is tried behind the filter, which must kill it.
 */
#include "term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PUBLISH_EVERY_MS 16

/* The scrollback goes into the grid with each publication, but not under a flood, of which most lines
 * will have left the ring before anyone can look: then less often, or after a quiet time. */
#define FLOOD_BYTES    (32u * 1024)
#define DRAIN_EVERY_MS 250
#define DRAIN_QUIET_MS 30

/* So much without a quiet time is a flood of which not even 2000 lines are worth their price. */
#define GREAT_FLOOD_BYTES (2u * 1024 * 1024)
#define TRIM_BYTES        (64u * 1024) /* so much output leaves memory behind that a rest can spare */

/* ---- frames out of a stream ------------------------------------------------------------ */

/* The pipe cuts frames anywhere; a header is gathered here, data goes on as it comes. */
struct stream {
    struct grid_frame header;
    size_t header_length;
    size_t left; /* of the frame's bytes */
    struct grid_frame_size size;
    size_t size_length;
    size_t fed;  /* bytes of frames that reached the terminal; the reader sets it back */
    bool broken; /* the sender is no supervisor of ours */
};

static size_t smaller(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* Gathers into a fixed struct. Returns how many bytes it took. */
static size_t gather(void *into, size_t size, size_t *length, const char *bytes, size_t available)
{
    size_t part = smaller(size - *length, available);
    memcpy((char *)into + *length, bytes, part);
    *length += part;
    return part;
}

static void stream_header(struct stream *stream)
{
    stream->left = stream->header.length;
    stream->size_length = 0;
    stream->broken =
        stream->header.length > GRID_FRAME_LENGTH_MAX ||
        (stream->header.kind == GRID_FRAME_RESIZE &&
         stream->header.length != sizeof(stream->size)) ||
        (stream->header.kind != GRID_FRAME_RESIZE && stream->header.kind != GRID_FRAME_DATA);
}

static size_t stream_step(struct stream *stream, struct terminal *terminal, const char *bytes,
                          size_t available)
{
    size_t part;
    if (stream->header_length < sizeof(stream->header)) {
        part = gather(&stream->header, sizeof(stream->header), &stream->header_length, bytes,
                      available);
        if (stream->header_length == sizeof(stream->header))
            stream_header(stream);
    } else if (stream->header.kind == GRID_FRAME_DATA) {
        part = smaller(stream->left, available);
        terminal_feed(terminal, bytes, part);
        stream->left -= part;
        stream->fed += part;
    } else {
        part = gather(&stream->size, sizeof(stream->size), &stream->size_length, bytes, available);
        stream->left -= part;
        if (!stream->left) {
            terminal_resize(terminal, stream->size.columns, stream->size.rows);
            stream->fed += sizeof(stream->size);
        }
    }
    if (stream->header_length == sizeof(stream->header) && !stream->left)
        stream->header_length = 0;
    return part;
}

static void stream_feed(struct stream *stream, struct terminal *terminal, const char *bytes,
                        size_t length)
{
    while (length && !stream->broken) {
        size_t taken = stream_step(stream, terminal, bytes, length);
        bytes += taken;
        length -= taken;
    }
}

/* ---- pipes ----------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* What the terminal answers. A full pipe loses it, as a full line would. */
static void reply(const char *bytes, size_t length)
{
    ssize_t written = write(GRID_TERM_REPLIES, bytes, length);
    (void)written;
}

/* Waits until there is something to read. */
static bool readable_within(int timeout_ms)
{
    struct pollfd frames = {.fd = GRID_TERM_FRAMES, .events = POLLIN};
    return poll(&frames, 1, timeout_ms) > 0;
}

/* When the grid lags behind what was read, and since when. */
struct pace {
    bool dirty;
    bool scrolled; /* the last publication left the scrollback out */
    int64_t dirty_since_ms;
    int64_t published_ms;
    int64_t drained_ms; /* the last publication with the scrollback */
    size_t fed;         /* bytes since then */
    size_t flood;       /* bytes since the last quiet time */
    size_t grown;       /* bytes since memory was last given back */
};

/* Waits for bytes. True where it is time to publish instead: nothing more came, and the last
 * publication is long enough ago; or bytes came without a pause for as long as that. */
static bool publish_is_due(const struct pace *pace)
{
    if (!pace->dirty && !pace->scrolled) {
        (void)readable_within(-1);
        return false;
    }
    int64_t now = now_ms();
    int64_t due_ms = pace->published_ms + (pace->dirty ? PUBLISH_EVERY_MS : DRAIN_QUIET_MS);
    bool more = readable_within(due_ms > now ? (int)(due_ms - now) : 0);
    return !more || (pace->dirty && now >= pace->dirty_since_ms + PUBLISH_EVERY_MS);
}

/* A full pipe wakes its reader just as well. */
static void publish(struct terminal *terminal, struct pace *pace, bool last)
{
    int64_t now = now_ms();
    bool quiet = last || !pace->dirty || pace->fed < FLOOD_BYTES;
    bool drain = quiet || now >= pace->drained_ms + DRAIN_EVERY_MS;
    terminal_publish(terminal, drain);
    if (quiet)
        pace->flood = 0;
    if (quiet || pace->flood > GREAT_FLOOD_BYTES)
        terminal_set_flood(terminal, !quiet);
    ssize_t written = write(GRID_TERM_WAKE, "", 1);
    (void)written;
    pace->dirty = false;
    pace->scrolled = !drain;
    pace->published_ms = now_ms();
    if (!drain)
        return;
    pace->drained_ms = now;
    pace->fed = 0;
    if (quiet && pace->grown > TRIM_BYTES) {
        terminal_trim(terminal);
        pace->grown = 0;
    }
}

static int run(struct terminal *terminal)
{
    static char buffer[128 * 1024];
    struct stream stream = {0};
    struct pace pace = {.dirty = true, .grown = TRIM_BYTES + 1}; /* what the start took, too */
    while (!stream.broken) {
        if (publish_is_due(&pace)) {
            publish(terminal, &pace, false);
            continue;
        }
        ssize_t length = read(GRID_TERM_FRAMES, buffer, sizeof(buffer));
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            break;
        stream_feed(&stream, terminal, buffer, (size_t)length);
        if (!pace.dirty && stream.fed)
            pace.dirty_since_ms = now_ms();
        pace.dirty = pace.dirty || stream.fed;
        pace.fed += stream.fed;
        pace.flood += stream.fed;
        pace.grown += stream.fed;
        stream.fed = 0;
    }
    publish(terminal, &pace, true);
    return stream.broken ? 1 : 0;
}

/* ---- start ----------------------------------------------------------------------------- */

static void try_open(void)
{
    (void)open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void try_fork(void)
{
    (void)fork();
}

static void try_connect(void)
{
    (void)socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void try_exec(void)
{
    (void)execl("/bin/true", "true", (char *)NULL);
}

static void try_write(void)
{
    ssize_t written = write(GRID_TERM_GRID, "", 1);
    (void)written;
}

static int try_call(const char *name)
{
    static const struct {
        const char *name;
        void (*call)(void);
    } calls[] = {
        {"open", try_open}, {"fork", try_fork},   {"connect", try_connect},
        {"exec", try_exec}, {"write", try_write}, {"nothing", NULL},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].name, name) != 0)
            continue;
        if (calls[i].call)
            calls[i].call();
        return 0;
    }
    return 2;
}

#ifdef __SANITIZE_ADDRESS__
/* Looking for leaks wants ptrace(2), which this program has given up by then. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

int main(int argc, char **argv)
{
    struct grid_memory *memory;
    int result = grid_open_writer(GRID_TERM_GRID, &memory);
    if (result < 0) {
        (void)fprintf(stderr,
                      "nstui-term: there is no grid on descriptor 3: %s (nstui starts this program "
                      "itself; by hand it does nothing)\n",
                      strerror(-result));
        return 1;
    }
    if (fcntl(GRID_TERM_REPLIES, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(GRID_TERM_WAKE, F_SETFL, O_NONBLOCK) < 0) {
        (void)fprintf(stderr, "nstui-term: cannot use descriptors 1 and 4: %s\n", strerror(errno));
        return 1;
    }
    if (sandbox_enter() < 0)
        return 1;
    if (argc == 3 && strcmp(argv[1], "--try") == 0)
        return try_call(argv[2]);
    struct terminal *terminal =
        terminal_new(memory, memory->state.columns, memory->state.rows, reply);
    if (!terminal)
        return 1;
    result = run(terminal);
    terminal_free(terminal);
    return result;
}
