/* nstui start: what was kept of a session is enough to run it again. And nstui rm --root: what was made
 * for it goes, and nothing else. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"

static bool has_ended(void *data)
{
    return !path_exists(test_path("/run/nstui/%s", (const char *)data));
}

static void wait_end(const char *name)
{
    if (!wait_until(has_ended, (void *)(uintptr_t)name, WAIT_MS))
        fail_msg("%s does not end", name);
}

static char *log_of(const char *name)
{
    size_t length = 0;
    _cleanup_free_ char *data = NULL;
    assert_int_equal(state_log_read(name, &data, &length, NULL), 0);
    return xstrdup(data);
}

static int status_of(const char *name)
{
    _cleanup_session_state_ struct session_state session = {0};
    session_read(name, &session);
    assert_int_equal(session.condition, SESSION_EXITED);
    return session.exit_status;
}

/* ---- start ----------------------------------------------------------------------------- */

static void an_ended_session_starts_again_behind_its_old_log(void **state)
{
    (void)state;
    need_root();
    const char *counter = test_path("%s/counter", test_folder());
    session_run("--name", "st", "-pmu", "--hostname", "again", "--env", "COUNTER=7", "--", "sh",
                "-c",
                test_path("echo x >>%s; n=$(wc -l <%s); echo run $n on $(hostname) $COUNTER "
                          "$$; exit $((n + 2))",
                          counter, counter));
    wait_end("st");
    assert_int_equal(status_of("st"), 3);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "start", "st");
    assert_string_equal(result.out, "st\n");
    wait_end("st");
    assert_int_equal(status_of("st"), 4);
    _cleanup_free_ char *log = log_of("st");
    const char *first = strstr(log, "run 1 on again 7 1\r\n");
    const char *mark = strstr(log, "--- started again ");
    const char *second = strstr(log, "run 2 on again 7 1\r\n");
    assert_non_null(first);
    assert_non_null(mark);
    assert_non_null(second);
    assert_true(first < mark && mark < second);
    session_remove("st");
    session_assert_gone("st");
}

static void what_is_started_again_is_a_session_as_any(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "st", "-p", "--", "sh", "-c", "echo old words; cat");
    session_kill("st");
    wait_end("st");
    _cleanup_result_ struct result result = {0}, running = {0};
    run_expect(0, &result, "nstui", "start", "st");
    struct client client;
    client_attach(&client, "st", 80, 24);
    client_type(&client, "typed a''gain\n");
    client_wait_text(&client, "typed a''gain");
    run_expect(0, &running, "nstui", "start", "st"); /* as docker has it */
    assert_non_null(strstr(running.error, "st runs already"));
    /* A new nstui-term is fed with what this run has written, not with what an older one had. */
    _cleanup_session_state_ struct session_state session = {0};
    session_read("st", &session);
    assert_int_equal(kill(process_find_below(session.supervisor, "nstui-term"), SIGKILL), 0);
    client_wait_restarts(&client, 1);
    client_wait_text(&client, "typed a''gain");
    assert_false(client_sees(&client, "started again"));
    session_kill("st");
    client_close(&client);
    wait_end("st");
    assert_int_equal(status_of("st"), 128 + SIGKILL);
    session_remove("st");
}

static void arguments_of_any_bytes_come_back(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "st", "-m", "--", "printf", "a\377b\001c %s.\\n", "\302\205 '\" \\");
    wait_end("st");
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "start", "st");
    wait_end("st");
    _cleanup_free_ char *log = log_of("st");
    static const char said[] = "a\377b\001c \302\205 '\" \\.\r\n";
    const char *first = strstr(log, said);
    assert_non_null(first);
    assert_non_null(strstr(first + 1, said));
    session_remove("st");
}

/* As it is kept where there is no config.json. */
static void the_words_that_were_typed_are_enough(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "st", "-p", "--", "echo", "from the config");
    wait_end("st");
    const char *folder = test_folder();
    char words[512];
    int length = snprintf(words, sizeof(words), "%s%crun%c-d%c--name%cst%c-p%c--%csh%c-c%cpwd%c",
                          folder, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(unlink("/var/lib/nstui/st/config.json"), 0);
    FILE *file = fopen("/var/lib/nstui/st/words", "we");
    assert_non_null(file);
    assert_int_equal(fwrite(words, 1, (size_t)length, file), length);
    assert_int_equal(fclose(file), 0);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "start", "st");
    wait_end("st");
    _cleanup_free_ char *log = log_of("st");
    assert_non_null(strstr(log, folder));
    session_remove("st");
}

static void a_start_that_fails_leaves_what_was_kept(void **state)
{
    (void)state;
    need_root();
    const char *program = test_path("%s/program", test_folder());
    file_put(program, "#!/bin/sh\nexit 9\n");
    assert_int_equal(chmod(program, 0755), 0);
    session_run("--name", "st", "-p", "--", program);
    wait_end("st");
    assert_int_equal(unlink(program), 0);
    _cleanup_result_ struct result result = {0}, missing = {0}, damaged = {0};
    run_expect(1, &result, "nstui", "start", "st");
    assert_non_null(strstr(result.error, program));
    assert_false(path_exists("/run/nstui/st"));
    assert_int_equal(status_of("st"), 9);
    file_put("/var/lib/nstui/st/config.json", "{\"ociVersion\":");
    run_expect(1, &damaged, "nstui", "start", "st");
    assert_non_null(strstr(damaged.error, "config.json"));
    assert_int_equal(unlink("/var/lib/nstui/st/config.json"), 0);
    run_expect(1, &missing, "nstui", "start", "st");
    assert_non_null(strstr(missing.error, "was not kept"));
    assert_int_equal(status_of("st"), 9);
    session_remove("st");
}

static void a_name_of_nothing_is_told(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0}, none = {0};
    run_expect(1, &result, "nstui", "start", "nosuch");
    assert_non_null(strstr(result.error, "there is no session \"nosuch\""));
    run_expect(2, &none, "nstui", "start");
    assert_non_null(strstr(none.error, "say which session"));
}

static void a_supervisor_killed_while_it_starts_again_loses_nothing_of_the_old(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "st", "-p", "--", "sleep", "1000");
    session_kill("st");
    wait_end("st");
    _cleanup_result_ struct result result = {0}, ps = {0};
    run_expect(0, &result, "nstui", "start", "st");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("st", &session);
    assert_int_equal(kill(session.supervisor, SIGKILL), 0);
    assert_true(wait_until(process_is_gone, &session.pid, WAIT_MS));
    /* As if it had died before the first word of its own. */
    assert_int_equal(unlink("/run/nstui/st/state.json"), 0);
    run_expect(0, &ps, "nstui", "ps");
    assert_true(path_exists("/var/lib/nstui/st/config.json"));
    assert_int_equal(status_of("st"), SESSION_STATUS_NONE);
    session_remove("st");
}

/* ---- rm --root ------------------------------------------------------------------------- */

static void a_root_that_was_made_goes_when_it_is_asked_for(void **state)
{
    (void)state;
    need_root();
    const char *folder = test_folder(), *root = test_path("%s/root", folder);
    const char *outside = test_path("%s/outside", folder);
    file_put(outside, "mine");
    session_run("--name", "st", "-pm", "--root", root, "--", "sh", "-c",
                test_path("ln -s %s /link; mkdir /a; echo x >/a/file; mkfifo /a/pipe; chmod 0 /a; "
                          "i=0; while [ $i -lt 150 ]; do mkdir d && cd d; i=$((i+1)); done",
                          outside));
    wait_end("st");
    assert_true(path_exists(test_path("%s/a/file", root)));
    _cleanup_result_ struct result plain = {0}, again = {0}, result = {0};
    run_expect(0, &again, "nstui", "start", "st"); /* it is still the one that was made for it */
    wait_end("st");
    run_expect(0, &result, "nstui", "rm", "--root", "st");
    assert_false(path_exists(root));
    assert_string_equal(file_get(outside), "mine");
    session_assert_gone("st");
    session_run("--name", "st", "-pm", "--root", root, "--", "true");
    wait_end("st");
    run_expect(0, &plain, "nstui", "rm", "st");
    assert_true(path_exists(root));
}

static void a_root_is_left_that_is_not_ours_or_not_alone(void **state)
{
    (void)state;
    need_root();
    const char *folder = test_folder(), *root = test_path("%s/root", folder);
    const char *below = test_path("%s/tmp", root);
    _cleanup_result_ struct result theirs = {0}, mounted = {0}, used = {0}, other = {0}, link = {0};
    assert_int_equal(mkdir(root, 0755), 0);
    session_run("--name", "st", "-pm", "--root", root, "--", "true");
    wait_end("st");
    run_expect(1, &theirs, "nstui", "rm", "--root", "st");
    assert_non_null(strstr(theirs.error, "nstui has not made it"));
    assert_true(path_exists("/var/lib/nstui/st"));
    session_remove("st");

    root = test_path("%s/made", folder);
    below = test_path("%s/tmp", root);
    session_run("--name", "st", "-pm", "--root", root, "--", "true");
    wait_end("st");
    assert_int_equal(mount("tmpfs", below, "tmpfs", 0, NULL), 0);
    file_put(test_path("%s/precious", below), "x");
    int status = run_words(&mounted, "nstui", "rm", "--root", "st");
    bool there = path_exists(test_path("%s/precious", below));
    assert_int_equal(umount2(below, 0), 0);
    assert_int_equal(status, 1);
    assert_true(there);
    assert_non_null(strstr(mounted.error, "something is mounted on"));

    session_run("--name", "other", "--rm", "-pm", "--root", root, "--", "sleep", "1000");
    run_expect(1, &used, "nstui", "rm", "--root", "st");
    assert_non_null(strstr(used.error, "lives in it"));
    session_kill("other");
    wait_end("other");

    const char *moved = test_path("%s/moved", folder);
    assert_int_equal(rename(root, moved), 0);
    assert_int_equal(mkdir(root, 0755), 0);
    run_expect(1, &other, "nstui", "rm", "--root", "st");
    assert_non_null(strstr(other.error, "another directory"));
    assert_int_equal(rmdir(root), 0);
    assert_int_equal(symlink(moved, root), 0);
    run_expect(1, &link, "nstui", "rm", "--root", "st");
    assert_true(path_exists(test_path("%s/etc", moved)));
    session_remove("st");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(an_ended_session_starts_again_behind_its_old_log),
        machine_test(what_is_started_again_is_a_session_as_any),
        machine_test(arguments_of_any_bytes_come_back),
        machine_test(the_words_that_were_typed_are_enough),
        machine_test(a_start_that_fails_leaves_what_was_kept),
        machine_test(a_name_of_nothing_is_told),
        machine_test(a_supervisor_killed_while_it_starts_again_loses_nothing_of_the_old),
        machine_test(a_root_that_was_made_goes_when_it_is_asked_for),
        machine_test(a_root_is_left_that_is_not_ours_or_not_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
