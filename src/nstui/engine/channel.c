/* What the child of a launch and nstui-init tell their parent: descriptors and failures, one packet
 * each, until the end of file says that the command runs. The packets of nstui-init are described
 * in src/init/init.h; here they are read strictly, since the one that wrote them may by then share
 * namespaces with somebody hostile. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "private.h"

#define PACKET_SIZE 1024

static int packet_send(int socket, const char *text, size_t length, int descriptor)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)text, .iov_len = length};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int channel_send_terminal(int child, int master)
{
    return packet_send(child, "T", 1, master);
}

void channel_fail(int child, const struct err *err)
{
    char packet[PACKET_SIZE];
    int length = snprintf(packet, sizeof(packet), "F %d %s", err->errnum, err->text);
    size_t size = (size_t)length < sizeof(packet) ? (size_t)length : sizeof(packet) - 1;
    (void)packet_send(child, packet, size, -1);
}

/* ---- the parent's side --------------------------------------------------------------------- */

int channel_say(int parent, const char *words, int descriptor, struct err *err)
{
    if (packet_send(parent, words, strlen(words), descriptor) == 0)
        return 0;
    return err_set(err, errno, "the process ended at once");
}

struct reading {
    const char *command, *place;
    struct channel_result *result;
    struct err *err;
    struct call
        held; /* an exec that is under way: the next packet, or the end, tells how it went */
    char held_text[WORD_SIZE];
};

static void fail(struct reading *reading, int status)
{
    reading->result->failed = true;
    reading->result->status = status;
}

/* "X ERRNO THERE": nstui-init could not execute the command. */
static void told_exec(struct reading *reading, const char *text)
{
    static const struct {
        int errnum;
        bool there;
        const char *hint;
    } hints[] = {
        {ENOENT, false, "there is no such command in there"},
        {ENOENT, true,
         "the file is there; the loader or interpreter that it names is not: does the "
         "layout bring /lib, /lib64 and /usr?"},
        {EACCES, true, "it is a directory, not marked as executable, or on a mount with noexec"},
        {ENOEXEC, true,
         "it is no program of this machine, and no script with #! in its first line"},
    };
    int errnum = 0, there = 0;
    (void)sscanf(text, "%d %d", &errnum, &there);
    (void)err_set(reading->err, errnum, "cannot run %s%s%s", reading->command,
                  *reading->place ? " in " : "", reading->place);
    for (size_t at = 0; at < array_length(hints); at++) {
        if (hints[at].errnum == errnum && hints[at].there == (there != 0))
            (void)err_hint(reading->err, "%s", hints[at].hint);
    }
    fail(reading, there ? ENGINE_STATUS_CANNOT_EXEC : ENGINE_STATUS_NOT_FOUND);
}

/* "W ERRNO": the working directory. */
static void told_directory(struct reading *reading, const char *text)
{
    int errnum = 0;
    (void)sscanf(text, "%d", &errnum);
    (void)err_set(reading->err, errnum, "cannot enter the working directory%s%s",
                  *reading->place ? " in " : "", reading->place);
    (void)err_hint(reading->err, "it must be a directory in there");
    fail(reading, ENGINE_STATUS_FAILED);
}

/* Why a join has failed, where errno alone is a riddle. */
static void words_hint(struct err *err, const char *words)
{
    static const struct {
        const char *words; /* that it begins with */
        int errnum;
        const char *hint;
    } hints[] = {
        {"start a process", EAGAIN,
         "a limit on processes is reached: that of its cgroup (pids.max) "
         "or of the user (ulimit -u)"},
        {"enter the pid", EINVAL,
         "it is none below ours: pid namespaces are only entered downwards"},
        {"enter ", ESRCH, "its process has ended meanwhile"},
        {"enter the user", EINVAL, "it is one that we are in already, or around us"},
        {"enter ", EPERM, "the user namespace that owns it gives us no rights here"},
        {"become somebody", EINVAL,
         "it maps no id, so that root of the host would be nobody there and root out here"},
        {"make a mount", EPERM, "this needs root: run it with sudo"},
        {"take the files", EINVAL, "one of its mounts is not to be bound elsewhere (unbindable)"},
        {"take the files", ESRCH, "its process has ended meanwhile"},
    };
    if (!err)
        return;
    if (err->errnum == ENOMEM && strncmp(words, "start a process", 15) == 0) {
        (void)pid_ended_hint(err);
        return;
    }
    for (size_t at = 0; at < array_length(hints); at++) {
        if (err->errnum == hints[at].errnum &&
            strncmp(words, hints[at].words, strlen(hints[at].words)) == 0) {
            (void)err_hint(err, "%s", hints[at].hint);
            return;
        }
    }
}

/* "M ERRNO WORDS": anything else that nstui-init could not do. */
static void told_words(struct reading *reading, const char *text)
{
    int errnum = 0, used = 0;
    char words[WORD_SIZE];
    (void)sscanf(text, "%d %n", &errnum, &used);
    (void)err_set(reading->err, errnum, "%s%scannot %s", reading->place,
                  *reading->place ? ": " : "", word(words, text + used));
    words_hint(reading->err, words);
    fail(reading, ENGINE_STATUS_FAILED);
}

/* "F ERRNO SENTENCE": the child's own err, which nobody but our code has written. */
static void told_failure(struct reading *reading, const char *text)
{
    int errnum = 0, used = 0;
    (void)sscanf(text, "%d %n", &errnum, &used);
    (void)err_set(reading->err, 0, "%s", text + used);
    if (reading->err)
        reading->err->errnum = errnum;
    fail(reading, ENGINE_STATUS_FAILED);
}

/* Takes the exec that was held as having succeeded, or drops it where the same one failed. */
static void held_settle(struct reading *reading, const struct call *next)
{
    struct call *held = &reading->held;
    held->result = 0;
    if (held->number && (!next || next->number != held->number))
        recorder_add(reading->result->recorder, TRACE_INIT, 0, held, NULL, NULL);
    held->number = 0;
}

/* "C", then a line for each call: TIME NUMBER RESULT A0 A1 A2 A3 WHICH TEXT, where WHICH is the argument
 * that TEXT is, or -1. */
static void told_calls(struct reading *reading, char *packet)
{
    char *rest = packet + 1;
    for (char *line; (line = strsep(&rest, "\n"));) {
        struct call call = {0};
        long long time_ns, words[4];
        int which = -1, used = 0;
        if (sscanf(line, "%lld %ld %ld %lld %lld %lld %lld %d %n", &time_ns, &call.number,
                   &call.result, &words[0], &words[1], &words[2], &words[3], &which, &used) != 8 ||
            !call_is_known(call.number))
            continue;
        for (size_t at = 0; at < array_length(words); at++)
            call.arguments[at] = (uint64_t)words[at];
        if (which >= 0 && which < CALL_ARGUMENTS && used)
            call.strings[which] = line + used;
        call.time_ns = time_ns;
        held_settle(reading, &call);
        if (call.result != CALL_PENDING) {
            recorder_add(reading->result->recorder, TRACE_INIT, 0, &call, NULL, NULL);
            continue;
        }
        reading->held = call;
        (void)snprintf(reading->held_text, sizeof(reading->held_text), "%s", line + used);
        reading->held.strings[0] = reading->held_text;
    }
}

static void keep(int *place, int descriptor)
{
    if (*place >= 0)
        (void)close(descriptor);
    else
        *place = descriptor;
}

static void told(struct reading *reading, char *text, int descriptor)
{
    if (descriptor >= 0) {
        if (text[0] == 'T' && reading->result->wants_terminal)
            keep(&reading->result->terminal, descriptor);
        else if (text[0] == 'P')
            keep(&reading->result->pidfd, descriptor);
        else
            (void)close(descriptor);
        return;
    }
    static const struct {
        char letter;
        void (*told)(struct reading *, const char *);
    } letters[] = {{'X', told_exec}, {'W', told_directory}, {'M', told_words}, {'F', told_failure}};
    if (text[0] == 'C')
        told_calls(reading, text);
    if (reading->result->failed) /* the first failure is the reason of the others */
        return;
    for (size_t at = 0; at < array_length(letters); at++) {
        if (letters[at].letter == text[0])
            letters[at].told(reading, text[1] ? text + 2 : "");
    }
}

/* One packet. Returns its length, 0 at the end, -1 with errno. */
static ssize_t packet_read(int socket, char packet[PACKET_SIZE], int *descriptor)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = packet, .iov_len = PACKET_SIZE - 1};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    *descriptor = -1;
    ssize_t length;
    /* ECONNRESET: it ended before it had read all that we said. What it said comes behind that. */
    do
        length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (length < 0 && (errno == EINTR || errno == ECONNRESET));
    if (length < 0)
        return -1;
    packet[length] = '\0';
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(descriptor, CMSG_DATA(header), sizeof(int));
    return length;
}

int channel_take(int child)
{
    char packet[PACKET_SIZE];
    int descriptor = -1;
    return packet_read(child, packet, &descriptor) > 0 ? descriptor : -1;
}

/* Waits for the next packet. False where none will be read: the time is over, or it is not wanted
 * any more. */
static bool packet_wait(struct reading *reading, int parent, const int cancel[2], int64_t end_ms)
{
    struct pollfd events[] = {
        {.fd = parent, .events = POLLIN},
        {.fd = cancel[0] ? cancel[0] : -1, .events = POLLIN},
        {.fd = cancel[1] ? cancel[1] : -1, .events = POLLIN},
    };
    for (;;) {
        int64_t left_ms = end_ms < 0 ? -1 : end_ms - clock_monotonic_ms();
        int ready =
            poll(events, array_length(events), left_ms < 0 && end_ms >= 0 ? 0 : (int)left_ms);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready > 0 && events[0].revents)
            return true;
        fail(reading, ENGINE_STATUS_FAILED);
        if (ready > 0)
            return err_set(reading->err, EINTR, "cannot run %s", reading->command), false;
        (void)err_set(reading->err, ETIMEDOUT, "cannot start a process in %s", reading->place);
        (void)err_hint(reading->err, "a file system in there may hang");
        return false;
    }
}

void channel_wait(int parent, const char *command, const char *place, int timeout_ms,
                  const int cancel[2], struct channel_result *result, struct err *err)
{
    char command_shown[WORD_SIZE], place_shown[WORD_SIZE], packet[PACKET_SIZE];
    *result = (struct channel_result){.recorder = result->recorder,
                                      .wants_terminal = result->wants_terminal,
                                      .terminal = -1,
                                      .pidfd = -1};
    struct reading reading = {
        .command = word(command_shown, command),
        .place = word(place_shown, place),
        .result = result,
        .err = err,
    };
    int64_t end_ms = timeout_ms < 0 ? -1 : clock_monotonic_ms() + timeout_ms;
    while (packet_wait(&reading, parent, cancel, end_ms)) {
        int descriptor;
        ssize_t length = packet_read(parent, packet, &descriptor);
        if (length <= 0 || packet[0] == 'G') {
            cleanup_close(&descriptor);
            held_settle(&reading, NULL);
            return;
        }
        told(&reading, packet, descriptor);
    }
}
