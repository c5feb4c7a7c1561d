/* control: what goes in comes out, and what is no message of ours does no harm. */
#include "nstui/control.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int ends[2];

static int pair_open(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
}

static int pair_close(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void pass(const struct control_message *sent, struct control_message *received)
{
    struct err err = {0};
    assert_int_equal(control_send(ends[0], sent, &err), 0);
    if (control_receive(ends[1], received, &err) != 1)
        fail_msg("%s", err.text);
    assert_int_equal(received->op, sent->op);
}

static void every_op_comes_out_as_it_went_in(void **state)
{
    (void)state;
    char text[] = "cannot \"do\" that\n\ttoday";
    unsigned char bytes[] = {0, 1, 27, 128, 255, 'a'};
    for (enum control_op op = 0; op < CONTROL_OPS; op++) {
        struct control_message sent = {.op = op,
                                       .columns = 80,
                                       .rows = 24,
                                       .signal = 9,
                                       .timeout_ms = 0,
                                       .status = -1,
                                       .bytes = bytes,
                                       .bytes_length = sizeof(bytes),
                                       .text = text,
                                       .fd = op == CONTROL_RESTARTED ? 0 : -1};
        _cleanup_control_message_ struct control_message got = CONTROL_MESSAGE_EMPTY;
        pass(&sent, &got);
        switch (op) {
        case CONTROL_INPUT:
            assert_int_equal(got.bytes_length, sizeof(bytes));
            assert_memory_equal(got.bytes, bytes, sizeof(bytes));
            break;
        case CONTROL_ERROR:
            assert_string_equal(got.text, text);
            break;
        case CONTROL_ATTACH:
        case CONTROL_SIZE:
            assert_int_equal(got.columns, 80);
            assert_int_equal(got.rows, 24);
            break;
        case CONTROL_KILL:
            assert_int_equal(got.signal, 9);
            break;
        case CONTROL_EXITED:
            assert_int_equal(got.status, -1);
            break;
        default:
            break;
        }
    }
}

static void a_descriptor_travels_and_is_close_on_exec(void **state)
{
    (void)state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct control_message sent = {.op = CONTROL_OK, .columns = 1, .rows = 1, .fd = fd};
    _cleanup_control_message_ struct control_message got = CONTROL_MESSAGE_EMPTY;
    pass(&sent, &got);
    int received = control_message_take_fd(&got);
    struct stat one, other;
    assert_true(received >= 0 && received != fd);
    assert_int_equal(fstat(fd, &one), 0);
    assert_int_equal(fstat(received, &other), 0);
    assert_int_equal(one.st_rdev, other.st_rdev);
    assert_true(fcntl(received, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(got.fd, -1);
    close(fd);
    close(received);
}

static int descriptors_open(void)
{
    int count = 0;
    for (int fd = 0; fd < 64; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* Sends bytes as they are, with some descriptors. */
static void send_raw(const char *bytes, size_t length, int count)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * 16)];
        struct cmsghdr align;
    } beside = {0};
    struct iovec data = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
    struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
    if (count > 0) {
        header.msg_control = beside.bytes;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
        struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
        for (int i = 0; i < count; i++)
            memcpy(CMSG_DATA(cmsg) + (size_t)i * sizeof(int), &ends[0], sizeof(int));
    }
    assert_int_equal(sendmsg(ends[0], &header, 0), (ssize_t)length);
}

static void what_is_no_message_of_ours_is_refused_and_the_connection_goes_on(void **state)
{
    (void)state;
    static const char *const hostile[] = {
        "x",
        "{",
        "[]",
        "null",
        "\"op\"",
        "{}",
        "{\"v\":1}",
        "{\"op\":\"wake\"}",
        "{\"v\":\"1\",\"op\":\"wake\"}",
        "{\"v\":0,\"op\":\"wake\"}",
        "{\"v\":-1,\"op\":\"wake\"}",
        "{\"v\":2,\"op\":\"wake\"}",
        "{\"v\":1.5,\"op\":\"wake\"}",
        "{\"v\":1,\"op\":7}",
        "{\"v\":1,\"op\":\"format\"}",
        "{\"v\":1,\"op\":\"wake\"} {\"v\":1,\"op\":\"wake\"}",
        "{\"v\":1,\"op\":\"wake\"",
        "{\"v\":1,\"op\":\"attach\"}",
        "{\"v\":1,\"op\":\"attach\",\"columns\":80}",
        "{\"v\":1,\"op\":\"attach\",\"columns\":80,\"rows\":0}",
        "{\"v\":1,\"op\":\"attach\",\"columns\":80,\"rows\":-24}",
        "{\"v\":1,\"op\":\"attach\",\"columns\":80,\"rows\":\"24\"}",
        "{\"v\":1,\"op\":\"attach\",\"columns\":4294967297,\"rows\":24}",
        "{\"v\":1,\"op\":\"resize\",\"columns\":80,\"rows\":1e2}",
        "{\"v\":1,\"op\":\"kill\",\"signal\":0}",
        "{\"v\":1,\"op\":\"kill\",\"signal\":65}",
        "{\"v\":1,\"op\":\"kill\",\"signal\":99999999999999999999999999}",
        "{\"v\":1,\"op\":\"stop\",\"timeout_ms\":-1}",
        "{\"v\":1,\"op\":\"input\"}",
        "{\"v\":1,\"op\":\"input\",\"bytes\":\"f\"}",
        "{\"v\":1,\"op\":\"input\",\"bytes\":\"fg\"}",
        "{\"v\":1,\"op\":\"input\",\"bytes\":\"FF\"}",
        "{\"v\":1,\"op\":\"input\",\"bytes\":[1]}",
        "{\"v\":1,\"op\":\"error\"}",
        "{\"v\":1,\"op\":\"error\",\"text\":{}}",
        "{\"v\":1,\"op\":\"restarted\"}",
        "{\"v\":1,\"op\":\"wake\",\"a\":[[[[[[[[[[[[]]]]]]]]]]]]}",
    };
    for (size_t i = 0; i < array_length(hostile); i++) {
        struct err err = {0};
        struct control_message got;
        send_raw(hostile[i], strlen(hostile[i]), 0);
        if (control_receive(ends[1], &got, &err) != -1)
            fail_msg("taken for a message: %s", hostile[i]);
        assert_int_equal(err.errnum, EPROTO);
        assert_true(strncmp(err.text, "not a control message: ", 23) == 0);
        assert_null(got.bytes);
        assert_null(got.text);
        assert_int_equal(got.fd, -1);
    }
    send_raw("{\"v\":1,\"op\":\"wake\"}\0x", 21, 0);
    struct control_message got;
    struct err err = {0};
    assert_int_equal(control_receive(ends[1], &got, &err), -1);
    assert_int_equal(err.errnum, EPROTO);
    const struct control_message wake = {.op = CONTROL_WAKE, .fd = -1};
    pass(&wake, &got);
}

static void a_packet_that_is_too_long_is_refused_whole(void **state)
{
    (void)state;
    size_t length = CONTROL_MESSAGE_MAX + 1;
    _cleanup_free_ char *packet = xmalloc(length);
    memset(packet, ' ', length);
    memcpy(packet, "{\"v\":1,\"op\":\"wake\"}", 19);
    send_raw(packet, length, 0);
    struct err err = {0};
    struct control_message got;
    assert_int_equal(control_receive(ends[1], &got, &err), -1);
    assert_int_equal(err.errnum, EPROTO);
    send_raw(packet, length - 1, 0); /* blanks behind it are still JSON */
    assert_int_equal(control_receive(ends[1], &got, &err), 1);

    unsigned char *bytes = (unsigned char *)packet;
    struct control_message sent = {
        .op = CONTROL_INPUT, .bytes = bytes, .bytes_length = CONTROL_INPUT_MAX + 1, .fd = -1};
    assert_int_equal(control_send(ends[0], &sent, &err), -1);
    assert_int_equal(err.errnum, EMSGSIZE);
    sent.bytes_length = CONTROL_INPUT_MAX;
    pass(&sent, &got);
    assert_int_equal(got.bytes_length, CONTROL_INPUT_MAX);
    control_message_free(&got);
}

static void keys_that_a_newer_program_sends_are_passed_over(void **state)
{
    (void)state;
    const char *packet =
        "{\"v\":1,\"op\":\"wake\",\"why\":{\"lines\":[1,2]},\"fd\":7,\"rows\":\"x\"}";
    send_raw(packet, strlen(packet), 0);
    struct control_message got;
    assert_int_equal(control_receive(ends[1], &got, NULL), 1);
    assert_int_equal(got.op, CONTROL_WAKE);
}

static void descriptors_that_nobody_asked_for_are_closed(void **state)
{
    (void)state;
    int before = descriptors_open();
    static const char *const packets[] = {"{\"v\":1,\"op\":\"wake\"}", "not a message"};
    static const int counts[] = {1, 3, 16};
    for (size_t i = 0; i < array_length(packets); i++) {
        for (size_t j = 0; j < array_length(counts); j++) {
            struct control_message got;
            send_raw(packets[i], strlen(packets[i]), counts[j]);
            int result = control_receive(ends[1], &got, NULL);
            assert_int_equal(result, i == 0 ? 1 : -1);
            assert_int_equal(got.fd, -1);
            assert_int_equal(descriptors_open(), before);
        }
    }
    struct control_message got;
    send_raw("{\"v\":1,\"op\":\"ok\"}", 17, 3);
    assert_int_equal(control_receive(ends[1], &got, NULL), 1);
    assert_int_equal(descriptors_open(), before + 1);
    control_message_free(&got);
    assert_int_equal(descriptors_open(), before);
}

static void nobody_waits_for_who_does_not_read(void **state)
{
    (void)state;
    const struct control_message wake = {.op = CONTROL_WAKE, .fd = -1};
    struct err err = {0};
    int sent = 0;
    while (sent < 1000000 && control_send(ends[0], &wake, &err) == 0)
        sent++;
    assert_true(sent > 1 && sent < 1000000);
    assert_int_equal(err.errnum, EAGAIN);
    char keys[] = "keys";
    assert_int_equal(control_input(ends[0], keys, 4, &err), 0);
}

static void the_other_side_may_go_without_a_word(void **state)
{
    (void)state;
    struct err err = {0};
    struct control_message got;
    const struct control_message wake = {.op = CONTROL_WAKE, .fd = -1};
    assert_int_equal(control_receive(ends[1], &got, &err), -1);
    assert_int_equal(err.errnum, EAGAIN);
    assert_int_equal(control_send(ends[0], &wake, &err), 0);
    assert_int_equal(shutdown(ends[0], SHUT_RDWR), 0);
    assert_int_equal(control_receive(ends[1], &got, &err), 1);
    assert_int_equal(control_receive(ends[1], &got, &err), 0);
    assert_int_equal(control_send(ends[1], &wake, &err), -1);
    assert_int_equal(err.errnum, EPIPE);
    int status = 7;
    assert_int_equal(control_wait(ends[1], 1000, &status, &err), 1);
    assert_int_equal(status, -1);
}

static void a_request_passes_over_events_and_an_error_reply_is_its_sentence(void **state)
{
    (void)state;
    char sentence[] = "no \033[2J way";
    const struct control_message wake = {.op = CONTROL_WAKE, .fd = -1};
    const struct control_message reply = {.op = CONTROL_ERROR, .text = sentence, .fd = -1};
    struct err err = {0};
    assert_int_equal(control_send(ends[1], &wake, &err), 0);
    assert_int_equal(control_send(ends[1], &reply, &err), 0);
    assert_int_equal(control_kill(ends[0], 15, &err), -1);
    assert_string_equal(err.text, "no ?[2J way");
    const struct control_message request = {.op = CONTROL_STATE, .fd = -1};
    assert_int_equal(control_request(ends[0], &request, NULL, 20, &err), -1);
    assert_int_equal(err.errnum, ETIMEDOUT);
}

static void input_of_any_length_arrives_in_order(void **state)
{
    (void)state;
    unsigned char keys[3 * CONTROL_INPUT_MAX / 2];
    for (size_t i = 0; i < sizeof(keys); i++)
        keys[i] = (unsigned char)(i * 7);
    struct err err = {0};
    assert_int_equal(control_input(ends[0], keys, sizeof(keys), &err), (int)sizeof(keys));
    size_t at = 0;
    while (at < sizeof(keys)) {
        _cleanup_control_message_ struct control_message got = CONTROL_MESSAGE_EMPTY;
        assert_int_equal(control_receive(ends[1], &got, &err), 1);
        assert_true(at + got.bytes_length <= sizeof(keys));
        assert_memory_equal(got.bytes, keys + at, got.bytes_length);
        at += got.bytes_length;
    }
}

static void a_stranger_is_not_accepted(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("skip: becoming another user needs root\n");
        skip();
    }
    char folder[] = "/tmp/nstui-control-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0755), 0);
    int dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct err err = {0};
    int listener = control_listen(dirfd, &err);
    assert_true(listener >= 0);
    struct stat status;
    assert_int_equal(fstatat(dirfd, "control", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(fchmodat(dirfd, "control", 0666, 0), 0); /* as if somebody had been careless */
    assert_int_equal(control_accept(listener, 0, &err), -1);
    assert_int_equal(err.errnum, EAGAIN);
    static const struct {
        uid_t user;
        uid_t owner;
        bool welcome;
    } rows[] = {{65534, 0, false}, {65534, 1000, false}, {65534, 65534, true}, {0, 65534, true}};
    for (size_t i = 0; i < array_length(rows); i++) {
        pid_t pid = fork();
        if (pid == 0) {
            struct sockaddr_un address = {.sun_family = AF_UNIX};
            (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", folder);
            int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
            _exit(setresuid(rows[i].user, rows[i].user, rows[i].user) < 0 ||
                  connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0);
        }
        int ended;
        assert_int_equal(waitpid(pid, &ended, 0), pid);
        assert_int_equal(ended, 0);
        int fd = control_accept(listener, rows[i].owner, &err);
        assert_int_equal(fd >= 0, rows[i].welcome);
        assert_int_equal(fd < 0 ? err.errnum : EPERM, EPERM);
        cleanup_close(&fd);
    }
    close(listener);
    assert_int_equal(unlinkat(dirfd, "control", 0), 0);
    close(dirfd);
    assert_int_equal(rmdir(folder), 0);
}

#define pair_test(test) cmocka_unit_test_setup_teardown(test, pair_open, pair_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        pair_test(every_op_comes_out_as_it_went_in),
        pair_test(a_descriptor_travels_and_is_close_on_exec),
        pair_test(what_is_no_message_of_ours_is_refused_and_the_connection_goes_on),
        pair_test(a_packet_that_is_too_long_is_refused_whole),
        pair_test(keys_that_a_newer_program_sends_are_passed_over),
        pair_test(descriptors_that_nobody_asked_for_are_closed),
        pair_test(nobody_waits_for_who_does_not_read),
        pair_test(the_other_side_may_go_without_a_word),
        pair_test(a_request_passes_over_events_and_an_error_reply_is_its_sentence),
        pair_test(a_stranger_is_not_accepted),
        pair_test(input_of_any_length_arrives_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
