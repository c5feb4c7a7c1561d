/* What the command line makes of its host: doctor, a /proc that is missing or is not ours, and a user
 * without root. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

enum { NOBODY = 65534 };

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in:\n%s", part, text);
}

/* Runs a script in a mount namespace of its own; "$0" is nstui. */
static void run_apart(int status, struct result *result, const char *script)
{
    /* A sanitizer looks for leaks by way of /proc, which these scripts take away. */
    run_expect(status, result, "env", "ASAN_OPTIONS=detect_leaks=0", "unshare", "-m",
               "--propagation", "private", "sh", "-c", script, program_of_ours("nstui"));
}

/* ---- doctor ------------------------------------------------------------------------------ */

static void doctor_finds_this_machine_good_enough(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "doctor");
    assert_string_equal(result.error, "");
    static const char *const wanted[] = {
        "[ok] kernel:", "[ok] proc:",      "[ok] types:", "[ok] rights:",   "memfd:",    "devpts:",
        "cgroup:",      "memory:",         "btf:",        "[ok] programs:", "sessions:", "locale:",
        "terminal:",    "nstui works here"};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        assert_has(result.out, wanted[i]);
}

static void doctor_changes_nothing(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    bool before = path_exists("/run/nstui");
    run_expect(0, &result, "nstui", "doctor");
    assert_int_equal(path_exists("/run/nstui"), before);
}

static void doctor_sees_what_is_missing_and_how_to_mend_it(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_apart(1, &result, "while umount -l /proc 2>/dev/null; do :; done; exec \"$0\" doctor");
    assert_has(result.out, "[!!] proc: /proc is not mounted");
    assert_has(result.out, "mount -t proc proc /proc");
    assert_has(result.out, "[ok] kernel:");
    run_apart(1, &result, "while umount -l /dev/pts 2>/dev/null; do :; done; exec \"$0\" doctor");
    assert_has(result.out, "[!!] devpts:");
    run_apart(0, &result, "LC_ALL=C exec \"$0\" doctor");
    assert_has(result.out, "[!!] locale: not UTF-8");
}

/* ---- /proc ------------------------------------------------------------------------------- */

static void without_proc_every_command_says_so(void **state)
{
    (void)state;
    need_root();
    static const struct {
        const char *words;
        int status;
    } cases[] = {{"ps", 1},         {"ls", 1},       {"", 1},        {"kill 12", 1},
                 {"logs x", 1},     {"stop x", 1},   {"rm x", 1},    {"attach x", 1},
                 {"run true", 125}, {"join 1", 125}, {"shell", 125}, {"run -d true", 125}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_result_ struct result result = {0};
        run_apart(cases[i].status, &result,
                  test_path("while umount -l /proc 2>/dev/null; do :; done; exec \"$0\" %s",
                            cases[i].words));
        assert_string_equal(result.out, "");
        assert_has(result.error, "/proc is not mounted");
        assert_has(result.error, "mount -t proc proc /proc");
    }
    _cleanup_result_ struct result result = {0};
    run_apart(0, &result,
              "while umount -l /proc 2>/dev/null; do :; done; \"$0\" help run && "
              "\"$0\" version");
    assert_has(result.out, "usage: nstui run");
}

/* The lab's exercise 5 without MS_PRIVATE: the /proc of a pid namespace that has ended stays. */
static void a_proc_of_another_pid_namespace_is_noticed(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_apart(1, &result, "unshare -pf mount -t proc proc /proc; exec \"$0\" ps");
    assert_has(result.error, "belongs to another pid namespace");
    assert_has(result.error, "umount /proc");
}

/* ---- without root ------------------------------------------------------------------------ */

/* Runs a command as nobody, with folders of its own. */
static void run_as_nobody(int status, struct result *result, const char *const argv[])
{
    const char *folder = test_folder();
    if (chown(folder, NOBODY, NOBODY) == -1)
        fail_msg("chown");
    const char *const environment[] = {test_path("XDG_RUNTIME_DIR=%s", folder),
                                       test_path("XDG_STATE_HOME=%s/state", folder),
                                       test_path("HOME=%s", folder), NULL};
    struct run_options options = {.argv = argv, .env = environment, .uid = NOBODY, .cwd = "/"};
    (void)run_program_with(&options, result);
    if (result->status != status)
        fail_msg("status %d, not %d\nstdout: %s\nstderr: %s", result->status, status, result->out,
                 result->error);
}

/* A build folder below a home that is closed to others cannot be tried so. */
static void need_reachable_program(void)
{
    _cleanup_result_ struct result result = {0};
    static const char *const argv[] = {"/bin/sh", "-c", "test -x \"$0\"", NULL, NULL};
    const char *words[5] = {argv[0], argv[1], argv[2], program_of_ours("nstui"), NULL};
    struct run_options options = {.argv = words, .uid = NOBODY, .cwd = "/"};
    if (run_program_with(&options, &result) != 0)
        skip_because("the build folder is closed to other users");
}

static void without_root_it_says_what_needs_root(void **state)
{
    (void)state;
    need_root();
    need_reachable_program();
    _cleanup_result_ struct result result = {0};
    run_as_nobody(125, &result, (const char *const[]){"nstui", "run", "-mpu", "true", NULL});
    assert_has(result.error, "needs root for new namespaces");
    assert_has(result.error, "sudo nstui run");
    run_as_nobody(125, &result, (const char *const[]){"nstui", "run", "-d", "-mpu", "true", NULL});
    assert_has(result.error, "sudo nstui run");
    run_as_nobody(
        1, &result,
        (const char *const[]){"nstui", "kill", test_path("%d", (int)getpid()), "0", NULL});
    assert_has(result.error, "sudo nstui kill");
    run_as_nobody(
        125, &result,
        (const char *const[]){"nstui", "join", test_path("%d", (int)getpid()), "-u", "true", NULL});
    assert_has(result.error, "sudo");
    run_as_nobody(125, &result, (const char *const[]){"nstui", "shell", "--user", "root", NULL});
    assert_has(result.error, "sudo nstui shell");
    run_as_nobody(0, &result,
                  (const char *const[]){"nstui", "run", "--dry-run", "-mpu", "true", NULL});
}

static void without_root_it_does_what_can_be_done(void **state)
{
    (void)state;
    need_root();
    need_reachable_program();
    _cleanup_result_ struct result result = {0};
    run_as_nobody(0, &result, (const char *const[]){"nstui", "ps", NULL});
    run_as_nobody(0, &result, (const char *const[]){"nstui", "doctor", NULL});
    assert_has(result.out, "[!!] rights: no root");
    if (strstr(result.out, "[!!] users:"))
        skip_because("users without root may make no user namespaces here");
    run_as_nobody(4, &result,
                  (const char *const[]){"nstui", "run", "-U", "-pmu", "--hostname", "mine", "--",
                                        "sh", "-c", "hostname; id -u; exit 4", NULL});
    assert_string_equal(result.out, "mine\n0\n");
}

/* Also where passwd does not know him. */
static void an_ordinary_user_is_at_home_in_his_own_home(void **state)
{
    (void)state;
    need_root();
    need_reachable_program();
    static const char *const lines[][6] = {{"nstui", "shell"},
                                           {"nstui", "run", "--", "/bin/sh", NULL}};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const char *folder = test_folder();
        const char *const environment[] = {test_path("XDG_RUNTIME_DIR=%s", folder),
                                           test_path("HOME=%s", folder), NULL};
        assert_int_equal(chown(folder, 54321, 54321), 0);
        const struct run_options options = {.argv = lines[i],
                                            .env = environment,
                                            .uid = 54321,
                                            .cwd = "/",
                                            .input = "echo $HOME\n",
                                            .input_length = strlen("echo $HOME\n")};
        _cleanup_result_ struct result result = {0};
        assert_int_equal(run_program_with(&options, &result), 0);
        assert_string_equal(result.out, test_path("%s\n", folder));
    }
}

/* ---- shell ------------------------------------------------------------------------------- */

static void a_shell_of_the_host_is_a_session_in_no_new_namespace(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    static const char *const argv[] = {"nstui", "shell", NULL};
    static const char script[] = "readlink /proc/$$/ns/mnt; exit 6\n";
    char own[64];
    assert_int_equal(run_program(argv, script, sizeof(script) - 1, WAIT_MS, &result), 6);
    assert_has(result.out, process_namespace(getpid(), "mnt", own));
}

static void a_shell_for_another_user_is_that_user(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "sh", "-c", "getent passwd daemon || true");
    if (!strstr(result.out, "nologin"))
        skip_because("no user daemon without a shell here");
    static const char *const argv[] = {"nstui", "login", "daemon", NULL};
    (void)run_program(argv, NULL, 0, WAIT_MS, &result);
    assert_has(result.out, "not available"); /* what nologin(8) says: it was reached */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(doctor_finds_this_machine_good_enough),
        machine_test(doctor_changes_nothing),
        machine_test(doctor_sees_what_is_missing_and_how_to_mend_it),
        machine_test(without_proc_every_command_says_so),
        machine_test(a_proc_of_another_pid_namespace_is_noticed),
        machine_test(without_root_it_says_what_needs_root),
        machine_test(without_root_it_does_what_can_be_done),
        machine_test(an_ordinary_user_is_at_home_in_his_own_home),
        machine_test(a_shell_of_the_host_is_a_session_in_no_new_namespace),
        machine_test(a_shell_for_another_user_is_that_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
