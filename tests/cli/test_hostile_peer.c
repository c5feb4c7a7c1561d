/* Peers that lie on the control socket, and state folders that somebody has edited: the session lives on,
 * serves who behaves, and no command follows a link, believes a number, or hangs. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"

/* ---- the control socket ------------------------------------------------------------------ */

static int peer_connect(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "/run/nstui/%s/control", name);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    for (int tries = 0; tries < 500; tries++) { /* EAGAIN: so many wait already */
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
            return fd;
        if (errno != EAGAIN)
            break;
        wait_ms(2);
    }
    close(fd);
    return -1;
}

/* It still does what it is there for. */
static void assert_serves(const char *name, const char *word)
{
    struct client client;
    client_attach(&client, name, 80, 24);
    client_type(&client, test_path("echo %s''.\n", word));
    client_wait_text(&client, test_path("%s.", word));
    client_close(&client);
}

static size_t descriptors_count(pid_t pid)
{
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += path_exists(test_path("/proc/%d/fd/%d", (int)pid, fd));
    return count;
}

/* A sanitizer keeps memory of its own for each allocation. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_COUNTS false
#else
#define MEMORY_COUNTS true
#endif

static long memory_kb(pid_t pid)
{
    const char *text = file_get(test_path("/proc/%d/smaps_rollup", (int)pid));
    const char *dirty = strstr(text, "Private_Dirty:"), *clean = strstr(text, "Private_Clean:");
    assert_non_null(dirty);
    assert_non_null(clean);
    return strtol(dirty + 14, NULL, 10) + strtol(clean + 14, NULL, 10);
}

static void words_that_are_no_messages_end_nothing(void **state)
{
    (void)state;
    need_root();
    static const char *const lies[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "\"attach\"",
        "{\"v\":1}",
        "{\"v\":1,\"op\":7}",
        "{\"v\":1,\"op\":\"nothing\"}",
        "{\"v\":\"1\",\"op\":\"attach\"}",
        "{\"v\":99999999999999999999,\"op\":\"state\"}",
        "{\"v\":1,\"op\":\"attach\"}",
        "{\"v\":1,\"op\":\"attach\",\"columns\":-1,\"rows\":0}",
        "{\"v\":1,\"op\":\"attach\",\"columns\":1e300,\"rows\":\"x\"}",
        "{\"v\":1,\"op\":\"resize\",\"columns\":2147483648,\"rows\":24}",
        "{\"v\":1,\"op\":\"kill\",\"signal\":-9}",
        "{\"v\":1,\"op\":\"kill\",\"signal\":4096}",
        "{\"v\":1,\"op\":\"stop\",\"timeout_ms\":-5}",
        "{\"v\":1,\"op\":\"stop\",\"timeout_ms\":99999999999}",
        "{\"v\":1,\"op\":\"input\",\"bytes\":\"not base64 @@@@\"}",
        "{\"v\":1,\"op\":\"input\",\"bytes\":[1,2,3]}",
        "{\"v\":1,\"op\":\"exited\",\"status\":0}",
        "{\"v\":1,\"op\":\"ok\"}",
        "{\"op\":\"attach\",\"columns\":80,\"rows\":24,\"v\":1",
        "\377\376{\"v\":1}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    };
    session_run("--name", "peer", "--rm", "-p", "--", "sh");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("peer", &session);
    for (size_t i = 0; i < array_length(lies); i++) {
        int fd = peer_connect("peer");
        assert_true(fd >= 0);
        for (int again = 0; again < 3; again++)
            (void)send(fd, lies[i], strlen(lies[i]), MSG_NOSIGNAL);
        close(fd);
    }
    /* Each of these cut short, at each byte. */
    static const char whole[] = "{\"v\":1,\"op\":\"attach\",\"columns\":80,\"rows\":24}";
    int fd = peer_connect("peer");
    for (size_t length = 0; length < sizeof(whole) - 1; length++)
        (void)send(fd, whole, length, MSG_NOSIGNAL);
    close(fd);
    assert_true(process_is_alive(session.pid));
    assert_serves("peer", "good");
    session_kill("peer");
}

static void huge_packets_and_stuffed_descriptors_cost_nothing(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "peer", "--rm", "-p", "--", "sh");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("peer", &session);
    assert_serves("peer", "before");
    size_t descriptors = descriptors_count(session.supervisor);
    enum { SIZE = 150000, FDS = 250 };
    char *packet = xmalloc(SIZE);
    memset(packet, '[', SIZE);
    int many[FDS];
    for (int i = 0; i < FDS; i++)
        many[i] = 1;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(many))];
    } control;
    for (int round = 0; round < 60; round++) {
        int fd = peer_connect("peer");
        assert_true(fd >= 0);
        (void)send(fd, packet, SIZE, MSG_NOSIGNAL);
        struct iovec part = {.iov_base = packet, .iov_len = 40};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof(control.bytes)};
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(many));
        memcpy(CMSG_DATA(header), many, sizeof(many));
        for (int i = 0; i < 5; i++)
            (void)sendmsg(fd, &message, MSG_NOSIGNAL);
        close(fd);
    }
    free(packet);
    assert_serves("peer", "after");
    assert_true(descriptors_count(session.supervisor) <= descriptors + 2);
    session_kill("peer");
}

static void connections_without_end_leave_room_for_others(void **state)
{
    (void)state;
    need_root();
    enum { MANY = 200 };
    session_run("--name", "peer", "--rm", "-p", "--", "sh");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("peer", &session);
    int fds[MANY];
    for (int i = 0; i < MANY; i++)
        fds[i] = peer_connect("peer");
    wait_ms(100);
    assert_true(descriptors_count(session.supervisor) < 128);
    assert_true(process_is_alive(session.supervisor));
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
    for (int i = 0; i < 800; i++) /* hundreds that come and go */
        close(peer_connect("peer"));
    assert_serves("peer", "room");
    session_kill("peer");
}

/* How many sizes a client was told. */
static int sizes_told(const struct client *client)
{
    int count = 0;
    for (;;) {
        _cleanup_control_message_ struct control_message event = CONTROL_MESSAGE_EMPTY;
        if (control_receive(client->fd, &event, NULL) <= 0)
            return count;
        count += event.op == CONTROL_SIZE;
    }
}

static void resizes_without_end_are_few_for_the_program(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "peer", "--rm", "-p", "--", "sh");
    struct client client, other;
    client_attach(&client, "peer", 80, 24);
    client_attach(&other, "peer", 100, 40);
    int64_t begin_ms = clock_monotonic_ms(), took_ms;
    int sent = 0, told = 0;
    while ((took_ms = clock_monotonic_ms() - begin_ms) < 500) {
        sent += control_resize(client.fd, 40 + sent % 40, 10 + sent % 14, NULL) == 0;
        told += sizes_told(&other);
    }
    assert_true(sent > 200);
    assert_true(told > 1 && told <= took_ms / 30 + 3);  /* of each the program was told by WINCH */
    while (control_resize(client.fd, 61, 17, NULL) < 0) /* the last word counts */
        wait_ms(5);
    client_wait_columns(&client, 61);
    assert_int_equal(client.rows, 17);
    client_type(&client, "stty size\n");
    client_wait_text(&client, "17 61");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("peer", &session);
    assert_true(!MEMORY_COUNTS || memory_kb(session.supervisor) < 3072);
    client_close(&client);
    client_close(&other);
    session_kill("peer");
}

/* ---- the state folder -------------------------------------------------------------------- */

#define STATE "/run/nstui/peer/state.json"

/* Every command that looks at sessions ends, and soon, whatever is in the folder. */
static void look_at_all(void)
{
    static const char *const looks[][5] = {
        {"nstui", "ps", NULL},           {"nstui", "ps", "-J", NULL},
        {"nstui", "logs", "peer", NULL}, {"nstui", "trace", "peer", NULL},
        {"nstui", "kill", "peer", "0"},  {"nstui", "doctor", NULL},
    };
    for (size_t i = 0; i < array_length(looks); i++) {
        _cleanup_result_ struct result result = {0};
        (void)run_program(looks[i], NULL, 0, WAIT_MS, &result);
        assert_false(result.timed_out);
        assert_true(result.status < 128);
        assert_null(strchr(result.out, '\033'));
        assert_null(strchr(result.error, '\033'));
    }
}

static void a_state_file_edited_by_hand_does_no_harm(void **state)
{
    (void)state;
    need_root();
    const char *outside = test_path("%s/outside", test_folder());
    session_run("--name", "peer", "--rm", "-p", "--", "sleep", "1000");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("peer", &session);
    const char *good = test_path("%s", file_get(STATE));
    char victim[32];
    pid_t other = process_start_words("sleep", "1000");
    (void)snprintf(victim, sizeof(victim), "%d", (int)other);
    static const char *const bad[] = {
        "",
        "{",
        "null",
        "[]",
        "{\"version\": 1}",
        "\033[2J\033]0;x\007",
        "{\"version\": 99, \"name\": \"peer\"}",
        "{\"version\": 1, \"name\": \"../../etc\", \"kind\": \"container\"}",
    };
    for (size_t i = 0; i < array_length(bad); i++) {
        file_put(STATE, bad[i]);
        look_at_all();
        assert_true(process_is_alive(session.supervisor));
    }
    /* A file without end, a link, a pipe, a folder in its place. */
    assert_int_equal(truncate(STATE, (off_t)4 << 30), 0);
    look_at_all();
    assert_int_equal(unlink(STATE), 0);
    assert_int_equal(symlink("/etc/shadow", STATE), 0);
    look_at_all();
    assert_int_equal(unlink(STATE), 0);
    assert_int_equal(mkfifo(STATE, 0600), 0);
    look_at_all();
    assert_int_equal(unlink(STATE), 0);
    assert_int_equal(mkdir(STATE, 0700), 0);
    look_at_all();
    assert_int_equal(rmdir(STATE), 0);
    /* Somebody else's process as the session's, and its supervisor dead: it is compared before it is
     * ended. */
    char *lie = xstrdup(good), *at = strstr(lie, "\"pid\": ");
    assert_non_null(at);
    _cleanup_free_ char *whole =
        xasprintf("%.*s\"pid\": %s%s", (int)(at - lie), lie, victim, strchr(at, ','));
    free(lie);
    file_put(outside, "x");
    file_put(STATE, whole);
    assert_int_equal(kill(session.supervisor, SIGKILL), 0);
    assert_true(wait_until(process_is_gone, &session.pid, WAIT_MS));
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "ps");
    assert_true(process_is_alive(other));
    assert_false(path_exists("/run/nstui/peer"));
    process_end(other);
}

static void folders_that_are_none_of_ours_are_passed_over(void **state)
{
    (void)state;
    need_root();
    const char *folder = test_folder(), *precious = test_path("%s/precious", folder);
    file_put(precious, "x");
    session_run("--name", "good", "--rm", "-p", "--", "sleep", "1000");
    assert_int_equal(symlink(folder, "/run/nstui/link"), 0);
    assert_int_equal(mkdir("/run/nstui/-rf", 0700), 0);
    assert_int_equal(mkdir("/run/nstui/a b", 0700), 0);
    file_put("/run/nstui/file", "x");
    assert_int_equal(mkdir("/run/nstui/theirs", 0700), 0);
    assert_int_equal(chown("/run/nstui/theirs", 12345, 12345), 0);
    assert_int_equal(mkdir("/run/nstui/open", 0777), 0);
    assert_int_equal(chmod("/run/nstui/open", 0777), 0);
    _cleanup_result_ struct result ps = {0}, rm = {0};
    (void)run_words(&ps, "nstui", "ps");
    assert_false(ps.timed_out);
    assert_non_null(strstr(ps.out, "good"));
    (void)run_words(&rm, "nstui", "rm", "-f", "link", "../etc", "a b", "theirs", "open", "file");
    bool kept = path_exists(precious), hung = rm.timed_out;
    (void)unlink("/run/nstui/link");
    (void)unlink("/run/nstui/file");
    static const char *const folders[] = {"-rf", "a b", "theirs", "open"};
    for (size_t i = 0; i < array_length(folders); i++)
        (void)rmdir(test_path("/run/nstui/%s", folders[i]));
    assert_true(kept);
    assert_false(hung);
    session_kill("good");
}

/* What a supervisor of the first version wrote: fewer keys. */
static void what_an_older_nstui_started_is_shown_and_stopped(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "old", "--", "sleep", "1000");
    static const char *const files[] = {"/run/nstui/old/state.json",
                                        "/var/lib/nstui/old/state.json"};
    static const char *const keys[] = {"\"tag\"", "\"address\"", "\"told\"", "\"made\""};
    for (size_t i = 0; i < array_length(files); i++) {
        char *text = xstrdup(file_get(files[i]));
        for (size_t j = 0; j < array_length(keys); j++) {
            char *at = strstr(text, keys[j]);
            assert_non_null(at);
            size_t length = strcspn(at, ",") + 2;
            assert_true(length < strlen(at));
            _cleanup_free_ char *rest = xstrdup(at + length);
            (void)strcpy(at, rest);
        }
        file_put(files[i], text);
        free(text);
    }
    _cleanup_result_ struct result ps = {0}, stop = {0};
    run_expect(0, &ps, "nstui", "ps");
    assert_non_null(strstr(ps.out, "running"));
    run_expect(0, &stop, "nstui", "stop", "-t", "0", "old");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("old", &session);
    assert_int_equal(session.condition, SESSION_EXITED);
    session_remove("old");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(words_that_are_no_messages_end_nothing),
        machine_test(huge_packets_and_stuffed_descriptors_cost_nothing),
        machine_test(connections_without_end_leave_room_for_others),
        machine_test(resizes_without_end_are_few_for_the_program),
        machine_test(a_state_file_edited_by_hand_does_no_harm),
        machine_test(folders_that_are_none_of_ours_are_passed_over),
        machine_test(what_an_older_nstui_started_is_shown_and_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
