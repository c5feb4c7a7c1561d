/* Control messages: a struct to a packet of JSON and back, with one descriptor beside it. Called by
 * supervisors and by their clients. What comes in is hostile until it is checked: nothing is
 * believed about its size, its form, its numbers or the descriptors that came along. */
#include "nstui/control.h"

#include <errno.h>
#include <json-c/json.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL_DEPTH 8 /* of nested JSON; ours has 1 */

enum field {
    FIELD_COLUMNS = 1 << 0,
    FIELD_ROWS = 1 << 1,
    FIELD_SIGNAL = 1 << 2,
    FIELD_TIMEOUT = 1 << 3,
    FIELD_STATUS = 1 << 4,
    FIELD_BYTES = 1 << 5,
    FIELD_TEXT = 1 << 6,
    FIELD_FD = 1 << 7,
};
#define FIELD_SIZE (FIELD_COLUMNS | FIELD_ROWS)

/* What each op must have, and what it may have besides. */
static const struct {
    const char *name;
    unsigned int must;
    unsigned int may;
} control_ops[CONTROL_OPS] = {
    [CONTROL_ATTACH] = {"attach", FIELD_SIZE, 0},
    [CONTROL_INPUT] = {"input", FIELD_BYTES, 0},
    [CONTROL_RESIZE] = {"resize", FIELD_SIZE, 0},
    [CONTROL_DETACH] = {"detach", 0, 0},
    [CONTROL_STATE] = {"state", 0, 0},
    [CONTROL_STOP] = {"stop", FIELD_TIMEOUT, 0},
    [CONTROL_KILL] = {"kill", FIELD_SIGNAL, 0},
    [CONTROL_OK] = {"ok", 0, FIELD_SIZE | FIELD_TEXT | FIELD_FD},
    [CONTROL_ERROR] = {"error", FIELD_TEXT, 0},
    [CONTROL_WAKE] = {"wake", 0, 0},
    [CONTROL_RESTARTED] = {"restarted", FIELD_FD, 0},
    [CONTROL_EXITED] = {"exited", FIELD_STATUS, 0},
    [CONTROL_SIZE] = {"size", FIELD_SIZE, 0},
};

/* The fields that are numbers, with what they may be. */
static const struct {
    enum field field;
    const char *key;
    size_t offset;
    int minimum;
    int maximum;
} control_numbers[] = {
    {FIELD_COLUMNS, "columns", offsetof(struct control_message, columns), 1, 10000},
    {FIELD_ROWS, "rows", offsetof(struct control_message, rows), 1, 10000},
    {FIELD_SIGNAL, "signal", offsetof(struct control_message, signal), 1, 64},
    {FIELD_TIMEOUT, "timeout_ms", offsetof(struct control_message, timeout_ms), 0, 86400000},
    {FIELD_STATUS, "status", offsetof(struct control_message, status), -1, 255},
};

void control_message_free(struct control_message *message)
{
    free(message->bytes);
    free(message->text);
    cleanup_close(&message->fd);
    *message = (struct control_message)CONTROL_MESSAGE_EMPTY;
}

int control_message_take_fd(struct control_message *message)
{
    return fd_take(&message->fd);
}

static void json_free(void *object)
{
    json_object_put(*(json_object **)object);
}
#define _cleanup_json_ __attribute__((cleanup(json_free)))

/* ---- out ------------------------------------------------------------------------------- */

static json_object *bytes_to_hex(const unsigned char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    _cleanup_free_ char *hex = xmalloc(length * 2 + 1);
    for (size_t i = 0; i < length; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    return json_object_new_string_len(hex, (int)(length * 2));
}

/* Whether an optional field is to be sent: what is empty is left out. */
static bool message_has(const struct control_message *message, enum field field)
{
    unsigned int must = control_ops[message->op].must;
    unsigned int may = control_ops[message->op].may;
    if (must & field)
        return true;
    if (!(may & field))
        return false;
    switch (field) {
    case FIELD_COLUMNS:
    case FIELD_ROWS:
        return message->columns > 0 && message->rows > 0;
    case FIELD_TEXT:
        return message->text != NULL;
    default:
        return false;
    }
}

static json_object *message_format(const struct control_message *message)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "v", json_object_new_int(CONTROL_VERSION));
    json_object_object_add(object, "op", json_object_new_string(control_ops[message->op].name));
    for (size_t i = 0; i < array_length(control_numbers); i++) {
        if (!message_has(message, control_numbers[i].field))
            continue;
        const char *place = (const char *)message + control_numbers[i].offset;
        int number;
        memcpy(&number, place, sizeof(number));
        json_object_object_add(object, control_numbers[i].key, json_object_new_int(number));
    }
    if (message_has(message, FIELD_BYTES))
        json_object_object_add(object, "bytes",
                               bytes_to_hex(message->bytes, message->bytes_length));
    if (message_has(message, FIELD_TEXT))
        json_object_object_add(object, "text",
                               json_object_new_string(message->text ? message->text : ""));
    return object;
}

int control_send(int fd, const struct control_message *message, struct err *err)
{
    if (message->bytes_length > CONTROL_INPUT_MAX)
        return err_set(err, EMSGSIZE, "cannot send a control message");
    _cleanup_json_ json_object *object = message_format(message);
    size_t length = 0;
    const char *text = json_object_to_json_string_length(object, JSON_C_TO_STRING_PLAIN, &length);
    if (!text || length > CONTROL_MESSAGE_MAX)
        return err_set(err, EMSGSIZE, "cannot send a control message");
    struct iovec data = {.iov_base = (void *)(uintptr_t)text, .iov_len = length};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } beside = {0};
    struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
    if (message->fd >= 0) {
        header.msg_control = beside.bytes;
        header.msg_controllen = sizeof(beside.bytes);
        struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(cmsg), &message->fd, sizeof(int));
    }
    ssize_t sent;
    do {
        sent = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return err_set(err, errno, "cannot send a control message");
    return 0;
}

/* ---- in -------------------------------------------------------------------------------- */

static int message_wrong(struct err *err, const char *what)
{
    (void)err_set(err, 0, "not a control message: %s", what);
    if (err)
        err->errnum = EPROTO;
    return -1;
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

static int message_read_bytes(json_object *value, struct control_message *message, struct err *err)
{
    if (!json_object_is_type(value, json_type_string))
        return message_wrong(err, "\"bytes\" is not a string");
    const char *hex = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    if (length % 2 != 0 || length / 2 > CONTROL_INPUT_MAX)
        return message_wrong(err, "\"bytes\" is too long or of odd length");
    message->bytes = xmalloc(length / 2);
    message->bytes_length = length / 2;
    for (size_t i = 0; i < length / 2; i++) {
        int high = hex_digit(hex[2 * i]);
        int low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return message_wrong(err, "\"bytes\" is not hexadecimal");
        message->bytes[i] = (unsigned char)(high << 4 | low);
    }
    return 0;
}

static int message_read_numbers(json_object *object, unsigned int must, unsigned int known,
                                struct control_message *message, struct err *err)
{
    for (size_t i = 0; i < array_length(control_numbers); i++) {
        json_object *value;
        const char *key = control_numbers[i].key;
        enum field field = control_numbers[i].field;
        if (!(known & field))
            continue;
        if (!json_object_object_get_ex(object, key, &value)) {
            if (!(must & field))
                continue;
            return message_wrong(err, "a number is missing");
        }
        int64_t number = json_object_get_int64(value);
        if (!json_object_is_type(value, json_type_int) || number < control_numbers[i].minimum ||
            number > control_numbers[i].maximum)
            return message_wrong(err, "a number is out of its range");
        int narrow = (int)number;
        memcpy((char *)message + control_numbers[i].offset, &narrow, sizeof(narrow));
    }
    return 0;
}

static int message_read_strings(json_object *object, unsigned int must, unsigned int known,
                                struct control_message *message, struct err *err)
{
    json_object *value;
    if (known & FIELD_BYTES) {
        if (!json_object_object_get_ex(object, "bytes", &value))
            return message_wrong(err, "\"bytes\" is missing");
        if (message_read_bytes(value, message, err) < 0)
            return -1;
    }
    if (!(known & FIELD_TEXT))
        return 0;
    if (json_object_object_get_ex(object, "text", &value)) {
        if (!json_object_is_type(value, json_type_string))
            return message_wrong(err, "\"text\" is not a string");
        message->text = xstrdup(json_object_get_string(value));
    } else if (must & FIELD_TEXT) {
        return message_wrong(err, "\"text\" is missing");
    }
    return 0;
}

static int message_read_op(json_object *object, enum control_op *op, struct err *err)
{
    json_object *value;
    if (!json_object_object_get_ex(object, "v", &value) ||
        !json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 1)
        return message_wrong(err, "it has no version");
    if (json_object_get_int64(value) > CONTROL_VERSION)
        return message_wrong(err, "it is of a newer version than this nstui knows");
    if (!json_object_object_get_ex(object, "op", &value) ||
        !json_object_is_type(value, json_type_string))
        return message_wrong(err, "it has no \"op\"");
    const char *name = json_object_get_string(value);
    for (int i = 0; i < CONTROL_OPS; i++) {
        if (strcmp(control_ops[i].name, name) == 0) {
            *op = (enum control_op)i;
            return 0;
        }
    }
    return message_wrong(err, "its \"op\" is unknown");
}

/* Fills everything but fd, which is there already. */
static int message_parse(const char *packet, size_t length, struct control_message *message,
                         struct err *err)
{
    if (memchr(packet, '\0', length))
        return message_wrong(err, "it has a 0 byte");
    json_tokener *tokener = json_tokener_new_ex(CONTROL_DEPTH);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    _cleanup_json_ json_object *object = json_tokener_parse_ex(tokener, packet, (int)length);
    bool whole = json_tokener_get_error(tokener) == json_tokener_success;
    json_tokener_free(tokener);
    if (!whole || !json_object_is_type(object, json_type_object))
        return message_wrong(err, "it is no JSON object");
    if (message_read_op(object, &message->op, err) < 0)
        return -1;
    unsigned int must = control_ops[message->op].must;
    unsigned int known = must | control_ops[message->op].may;
    if (message_read_numbers(object, must, known, message, err) < 0 ||
        message_read_strings(object, must, known, message, err) < 0)
        return -1;
    if ((must & FIELD_FD) && message->fd < 0)
        return message_wrong(err, "its descriptor is missing");
    if (!(known & FIELD_FD))
        cleanup_close(&message->fd), message->fd = -1;
    return 0;
}

/* Keeps the first descriptor that came along and closes all others. */
static void message_take_fds(struct msghdr *header, struct control_message *message)
{
    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(header); cmsg; cmsg = CMSG_NXTHDR(header, cmsg)) {
        if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(int));
            if (message->fd < 0)
                message->fd = fd;
            else
                close(fd);
        }
    }
}

int control_receive(int fd, struct control_message *message, struct err *err)
{
    *message = (struct control_message)CONTROL_MESSAGE_EMPTY;
    char packet[CONTROL_MESSAGE_MAX];
    union {
        char bytes[CMSG_SPACE(sizeof(int) * 4)];
        struct cmsghdr align;
    } beside;
    struct iovec data = {.iov_base = packet, .iov_len = sizeof(packet)};
    struct msghdr header = {.msg_iov = &data,
                            .msg_iovlen = 1,
                            .msg_control = beside.bytes,
                            .msg_controllen = sizeof(beside.bytes)};
    ssize_t got;
    do {
        got = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == ECONNRESET)
        return 0;
    if (got < 0)
        return err_set(err, errno, "cannot receive a control message");
    message_take_fds(&header, message);
    int result = 1;
    if (got == 0)
        result = 0;
    else if (header.msg_flags & MSG_TRUNC)
        result = message_wrong(err, "it is longer than 32 KiB");
    else if (message_parse(packet, (size_t)got, message, err) < 0)
        result = -1;
    if (result <= 0)
        control_message_free(message);
    return result;
}
