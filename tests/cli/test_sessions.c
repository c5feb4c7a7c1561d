/* Detached sessions from the command line: run -d, ps, logs, join, stop, kill, rm; and that nothing
 * is left when they are gone. */
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in:\n%s", part, text);
}

/* Waits until the log of a session has a text. */
struct log_wait {
    const char *name, *text;
};

static bool log_has(void *data)
{
    const struct log_wait *wanted = data;
    _cleanup_result_ struct result result = {0};
    (void)run_words(&result, "nstui", "logs", wanted->name);
    return result.status == 0 && strstr(result.out, wanted->text) != NULL;
}

static void wait_log(const char *name, const char *text)
{
    struct log_wait wanted = {name, text};
    if (!wait_until(log_has, &wanted, WAIT_MS))
        fail_msg("%s never wrote \"%s\"", name, text);
}

static bool session_has_ended(void *data)
{
    _cleanup_result_ struct result result = {0};
    (void)run_words(&result, "nstui", "ps");
    const char *line = strstr(result.out, (const char *)data);
    return line && strstr(line, "exited");
}

/* The value of a key of the only session, from ps -J. */
static struct json_object *only_session(struct json_object **root)
{
    _cleanup_result_ struct result result = {0};
    struct json_object *list = NULL;
    run_expect(0, &result, "nstui", "ps", "-J");
    *root = json_tokener_parse(result.out);
    assert_non_null(*root);
    assert_true(json_object_object_get_ex(*root, "sessions", &list));
    assert_int_equal(json_object_array_length(list), 1);
    return json_object_array_get_idx(list, 0);
}

static const char *text_of(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, key, &value) ? json_object_get_string(value) : "";
}

static int number_of(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, key, &value) ? json_object_get_int(value) : -1;
}

/* ---- from birth to removal --------------------------------------------------------------- */

static void a_detached_session_is_listed_logged_stopped_and_removed(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    const char *root = test_path("%s/box", test_folder());
    run_expect(0, &result, "nstui", "run", "-d", "-mpu", "--name", "web", "--hostname", "web-host",
               "--root", root, "--", "sh", "-c", "echo from in there; hostname; exec sleep 1000");
    assert_string_equal(result.out, "web\n");
    assert_string_equal(result.error, "");
    assert_false(result.held_open);
    run_expect(0, &result, "nstui", "ps");
    assert_has(result.out, "web ");
    assert_has(result.out, "running");
    assert_has(result.out, "-mpu");
    assert_has(result.out, "web-host");
    wait_log("web", "from in there\r\nweb-host\r\n");
    run_expect(0, &result, "nstui", "join", "web", "--", "hostname");
    assert_string_equal(result.out, "web-host\n");
    run_expect(1, &result, "nstui", "attach", "web");
    assert_has(result.error, "attach wants a terminal (nstui logs web");
    run_expect(1, &result, "nstui", "rm", "web");
    assert_has(result.error, "web runs");
    run_expect(0, &result, "nstui", "stop", "-t", "1", "web");
    assert_string_equal(result.error, "");
    run_expect(0, &result, "nstui", "ps");
    assert_has(result.out, "exited");
    run_expect(0, &result, "nstui", "logs", "web");
    assert_has(result.out, "from in there");
    run_expect(125, &result, "nstui", "join", "web", "--", "true");
    assert_has(result.error, "does not run any more");
    run_expect(0, &result, "nstui", "stop", "web");
    run_expect(0, &result, "nstui", "rm", "web");
    run_expect(0, &result, "nstui", "ps", "-q");
    assert_string_equal(result.out, "");
    assert_int_equal(mount_count(root), 0);
    assert_true(path_exists(root)); /* the user's files are his own */
}

static void ps_json_has_the_documented_keys(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    const char *root = test_path("%s/box", test_folder());
    struct json_object *document = NULL, *own = NULL, *command = NULL;
    run_expect(0, &result, "nstui", "run", "-d", "--init", "-mpu", "--name", "keys", "--hostname",
               "h", "--root", root, "--", "sleep", "1000");
    struct json_object *session = only_session(&document);
    assert_string_equal(text_of(session, "name"), "keys");
    assert_string_equal(text_of(session, "kind"), "container");
    assert_string_equal(text_of(session, "state"), "running");
    assert_string_equal(text_of(session, "hostname"), "h");
    assert_string_equal(text_of(session, "root"), root);
    assert_string_equal(text_of(session, "enter"), "pivot");
    assert_string_equal(text_of(session, "layout"), "studio");
    assert_string_equal(text_of(session, "grade"), "lab");
    assert_string_equal(text_of(session, "init"), "true");
    assert_int_equal(number_of(session, "owner"), 0);
    assert_int_equal(number_of(session, "status"), -1); /* none yet */
    assert_true(number_of(session, "created") > 0);
    int pid = number_of(session, "pid"), supervisor = number_of(session, "supervisor");
    assert_true(process_is_alive(pid));
    assert_true(process_is_alive(supervisor));
    assert_true(json_object_object_get_ex(session, "own", &own));
    assert_int_equal(json_object_array_length(own), 3);
    assert_true(json_object_object_get_ex(session, "command", &command));
    assert_string_equal(json_object_get_string(json_object_array_get_idx(command, 1)), "1000");
    (void)json_object_put(document);
    run_expect(0, &result, "nstui", "kill", "keys", "SIGKILL");
    session = only_session(&document);
    assert_string_equal(text_of(session, "state"), "exited");
    assert_int_equal(number_of(session, "status"), 137);
    assert_int_equal(number_of(session, "pid"), -1);
    (void)json_object_put(document);
    run_expect(0, &result, "nstui", "rm", "keys");
}

static void an_ended_session_keeps_its_status(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--name", "short", "--", "sh", "-c",
               "echo done; exit 7");
    assert_true(wait_until(session_has_ended, (void *)(uintptr_t) "short", WAIT_MS));
    run_expect(0, &result, "nstui", "ps");
    assert_has(result.out, "exited 7");
    run_expect(1, &result, "nstui", "attach", "short");
    assert_has(result.error, "status 7");
    run_expect(0, &result, "nstui", "rm", "short");
}

static void names_are_made_up_and_never_given_twice(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--", "sleep", "1000");
    assert_string_equal(result.out, "box-1\n");
    run_expect(0, &result, "nstui", "run", "-d", "--", "sleep", "1000");
    assert_string_equal(result.out, "box-2\n");
    run_expect(125, &result, "nstui", "run", "-d", "--name", "box-1", "--", "sleep", "1000");
    assert_has(result.error, "box-1");
    run_expect(0, &result, "nstui", "join", "-d", "box-1", "--", "sleep", "1000");
    assert_string_equal(result.out, "box-1-join-1\n");
    run_expect(0, &result, "nstui", "shell", "-d");
    assert_string_equal(result.out, "shell-1\n");
    run_expect(0, &result, "nstui", "rm", "-f", "box-1", "box-2", "box-1-join-1", "shell-1");
    run_expect(0, &result, "nstui", "ps", "-q");
    assert_string_equal(result.out, "");
}

static void rm_leaves_nothing_of_a_detached_one(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--rm", "--name", "gone", "--", "sleep", "1000");
    run_expect(0, &result, "nstui", "stop", "gone");
    run_expect(0, &result, "nstui", "ps", "-q");
    assert_string_equal(result.out, "");
    assert_false(path_exists("/var/lib/nstui/gone"));
    assert_false(path_exists("/run/nstui/gone"));
}

static void a_foreground_run_keeps_nothing(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "--name", "fore", "-pm", "--", "true");
    assert_false(path_exists("/var/lib/nstui/fore"));
    assert_false(path_exists("/run/nstui/fore"));
}

static void what_fails_detached_leaves_no_session(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(127, &result, "nstui", "run", "-d", "--name", "bad", "-mpu", "--", "no-such");
    run_expect(125, &result, "nstui", "run", "-d", "--name", "bad", "--root", "/", "--", "true");
    run_expect(125, &result, "nstui", "join", "-d", "no-such", "--", "true");
    run_expect(0, &result, "nstui", "ps", "-q");
    assert_string_equal(result.out, "");
}

/* ---- words in bytes ---------------------------------------------------------------------- */

static void detached_arguments_may_hold_any_bytes(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--name", "bytes", "--", "sh", "-c",
               "printf '<%s>' \"$1\" | od -An -tx1; sleep 1000", "sh", "a\n\xff\x1b");
    wait_log("bytes", "3c 61 0a ff 1b 3e");
    run_expect(0, &result, "nstui", "ps");
    assert_null(strchr(result.out, '\x1b'));
    assert_null(strchr(result.out, '\xff'));
    run_expect(0, &result, "nstui", "rm", "-f", "bytes");
}

static void logs_are_bytes_in_a_pipe_and_signs_on_a_terminal(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--name", "raw", "--", "sh", "-c",
               "printf 'one\\033[31mred\\007\\ntwo\\n'; sleep 1000");
    wait_log("raw", "one\x1b[31mred\x07\r\ntwo\r\n");
    static const char *const argv[] = {"nstui", "logs", "raw", NULL};
    struct screen_options options = {.argv = argv};
    struct screen *screen = screen_start(&options);
    screen_wait_text(screen, "two", WAIT_MS);
    screen_assert(screen, screen_find_row(screen, "one^[[31mred^G", 0) >= 0);
    assert_int_equal(screen_wait_end(screen), 0);
    size_t length;
    const char *output = screen_output(screen, &length);
    assert_null(memchr(output, '\x1b', length));
    run_expect(0, &result, "nstui", "rm", "-f", "raw");
}

static void logs_follow_until_the_end(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--name", "slow", "--", "sh", "-c",
               "for i in 1 2 3; do echo line $i; sleep 0.3; done; echo end");
    run_expect(0, &result, "nstui", "logs", "-f", "slow");
    assert_string_equal(result.out, "line 1\r\nline 2\r\nline 3\r\nend\r\n");
    run_expect(0, &result, "nstui", "rm", "slow");
}

/* ---- join -------------------------------------------------------------------------------- */

static void join_enters_a_pid_a_path_and_an_identity(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    char uts[64];
    pid_t pid =
        process_start_words("unshare", "-u", "sh", "-c", "hostname deep-in; exec sleep 1000");
    process_wait_comm(pid, "sleep");
    run_expect(0, &result, "nstui", "join", test_path("%d", (int)pid), "-u", "--", "hostname");
    assert_string_equal(result.out, "deep-in\n");
    run_expect(0, &result, "nstui", "join", "-u", test_path("%d", (int)pid), "hostname");
    assert_string_equal(result.out, "deep-in\n");
    run_expect(0, &result, "nstui", "join", test_path("/proc/%d/ns/uts", (int)pid), "--",
               "hostname");
    assert_string_equal(result.out, "deep-in\n");
    run_expect(0, &result, "nstui", "join", process_namespace(pid, "uts", uts), "--", "hostname");
    assert_string_equal(result.out, "deep-in\n");
    run_expect(9, &result, "nstui", "join", "-u", test_path("%d", (int)pid), "sh", "-c", "exit 9");
    run_expect(127, &result, "nstui", "join", "-u", test_path("%d", (int)pid), "no-such");
    process_end(pid);
    run_expect(125, &result, "nstui", "join", test_path("%d", (int)pid), "--", "true");
    assert_has(result.error, test_path("%d", (int)pid));
}

static void join_verbose_tells_what_was_entered(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    pid_t pid = process_start_words("unshare", "-ui", "sleep", "1000");
    process_wait_comm(pid, "sleep");
    run_expect(0, &result, "nstui", "join", "-v", test_path("%d", (int)pid), "true");
    assert_has(result.error, "entered ipc uts\n");
    assert_has(result.error, "in there\n");
}

static void a_detached_join_tells_its_warning_too(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--rm", "--name", "sv", "-pmu", "sleep", "1000");
    run_expect(0, &result, "nstui", "join", "-d", "sv", "-p", "sleep", "1000");
    assert_has(result.error, "pid is entered without mnt");
    assert_string_equal(result.out, "sv-join-1\n");
    run_expect(0, &result, "nstui", "join", "-dv", "sv", "-u", "sleep", "1000");
    assert_has(result.error, "entered uts\n");
    run_expect(0, &result, "nstui", "rm", "-f", "sv-join-1", "sv-join-2", "sv");
}

static void join_names_the_session_that_was_meant(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--rm", "--name", "sensor", "--", "sleep", "1000");
    run_expect(125, &result, "nstui", "join", "senser", "--", "true");
    assert_has(result.error, "is sensor meant?");
    run_expect(1, &result, "nstui", "logs", "senser");
    assert_has(result.error, "is sensor meant?");
    run_expect(0, &result, "nstui", "rm", "-f", "sensor");
}

/* ---- rm ---------------------------------------------------------------------------------- */

static void rm_force_removes_a_state_that_cannot_be_read(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    assert_int_equal(mkdir("/var/lib/nstui/torn", 0700), 0);
    file_put("/var/lib/nstui/torn/state.json", "{");
    run_expect(1, &result, "nstui", "rm", "torn");
    assert_has(result.error, "it is no JSON object");
    assert_has(result.error, "nstui rm -f torn removes what is kept of it");
    run_expect(1, &result, "nstui", "rm", "-f", "--root", "torn");
    run_expect(0, &result, "nstui", "rm", "-f", "torn");
    assert_false(path_exists("/var/lib/nstui/torn"));
}

static void rm_of_what_is_not_there(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(1, &result, "nstui", "rm", "nothing");
    run_expect(0, &result, "nstui", "rm", "-f", "nothing");
    run_expect(1, &result, "nstui", "rm", "-f", "../../etc");
    run_expect(2, &result, "nstui", "rm");
    run_expect(2, &result, "nstui", "stop");
    run_expect(2, &result, "nstui", "stop", "-t", "soon", "x");
    run_expect(1, &result, "nstui", "stop", "nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_detached_session_is_listed_logged_stopped_and_removed),
        machine_test(ps_json_has_the_documented_keys),
        machine_test(an_ended_session_keeps_its_status),
        machine_test(names_are_made_up_and_never_given_twice),
        machine_test(rm_leaves_nothing_of_a_detached_one),
        machine_test(a_foreground_run_keeps_nothing),
        machine_test(what_fails_detached_leaves_no_session),
        machine_test(detached_arguments_may_hold_any_bytes),
        machine_test(logs_are_bytes_in_a_pipe_and_signs_on_a_terminal),
        machine_test(logs_follow_until_the_end),
        machine_test(join_enters_a_pid_a_path_and_an_identity),
        machine_test(join_verbose_tells_what_was_entered),
        machine_test(a_detached_join_tells_its_warning_too),
        machine_test(join_names_the_session_that_was_meant),
        machine_test(rm_force_removes_a_state_that_cannot_be_read),
        machine_test(rm_of_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
