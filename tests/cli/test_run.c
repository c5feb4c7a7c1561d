/* nstui run: exit statuses, bytes through pipes, what is left behind (nothing), and the sentences for
 * what cannot be. Runs the program on the real kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

static void assert_says(const struct result *result, const char *text)
{
    if (!strstr(result->error, text))
        fail_msg("stderr has no \"%s\":\n%s", text, result->error);
}

/* One sentence: `nstui: ..` and a newline at its end, and nothing on stdout. */
static void assert_one_sentence(const struct result *result)
{
    assert_string_equal(result->out, "");
    assert_int_equal(strncmp(result->error, "nstui: ", 7), 0);
    const char *end = strchr(result->error, '\n');
    if (!end || end[1] != '\0')
        fail_msg("not one line: %s", result->error);
}

/* ---- what the issue shows ---------------------------------------------------------------- */

static void run_prints_hostname_and_pid_and_leaves_no_mount(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    char before[256], after[256];
    const char *root = test_path("%s/box", test_folder());
    int mounts = mount_count("/");
    assert_int_equal(gethostname(before, sizeof(before)), 0);
    run_expect(0, &result, "nstui", "run", "-pmuin", "--hostname", "box", "--root", root, "--",
               "sh", "-c", "hostname; echo $$");
    assert_string_equal(result.out, "box\n1\n");
    assert_string_equal(result.error, "");
    assert_int_equal(mount_count("/"), mounts);
    assert_int_equal(mount_count(root), 0);
    assert_int_equal(gethostname(after, sizeof(after)), 0);
    assert_string_equal(before, after);
}

static void init_is_pid_1_where_it_is_asked_for(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    const char *root = test_path("%s/box", test_folder());
    run_expect(0, &result, "nstui", "run", "-pmu", "--init", "--root", root, "--", "sh", "-c",
               "echo $$; cat /proc/1/comm");
    assert_string_equal(result.out, "2\nnstui-init\n");
}

static void chroot_enters_the_root_too(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    const char *root = test_path("%s/box", test_folder());
    int mounts = mount_count("/");
    run_expect(0, &result, "nstui", "run", "-pu", "--chroot", "--root", root, "--", "sh", "-c",
               "echo mine > /file; pwd; ls -d /usr /file");
    assert_string_equal(result.out, "/\n/file\n/usr\n");
    assert_string_equal(file_get(test_path("%s/file", root)), "mine\n");
    assert_int_equal(mount_count("/"), mounts);
}

/* ---- statuses ---------------------------------------------------------------------------- */

static void the_status_is_that_of_the_command(void **state)
{
    (void)state;
    need_root();
    static const struct {
        const char *script;
        int status;
    } cases[] = {{"exit 0", 0},       {"exit 1", 1},       {"exit 7", 7},
                 {"exit 255", 255},   {"kill -9 $$", 137}, {"kill -TERM $$", 143},
                 {"kill -15 $$", 143}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect(cases[i].status, &result, "nstui", "run", "--", "sh", "-c", cases[i].script);
        assert_string_equal(result.error, "");
    }
}

static void a_missing_command_is_127_and_a_sentence(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(127, &result, "nstui", "run", "-mpu", "--", "no-such-command");
    assert_one_sentence(&result);
    assert_says(&result, "no-such-command");
    run_expect(127, &result, "nstui", "run", "--init", "-mpu", "--", "/no/such");
    assert_one_sentence(&result);
    run_expect(127, &result, "nstui", "run", "-d", "-mpu", "--", "no-such-command");
    assert_one_sentence(&result);
}

static void what_cannot_be_executed_is_126(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    const char *plain = test_path("%s/plain", test_folder());
    file_put(plain, "no program\n");
    run_expect(126, &result, "nstui", "run", "--", plain);
    assert_one_sentence(&result);
    run_expect(126, &result, "nstui", "run", "--", "/tmp");
    assert_one_sentence(&result);
}

static void wrong_command_lines_are_125(void **state)
{
    (void)state;
    static const char *const lines[][6] = {
        {"nstui", "run"},
        {"nstui", "run", "-x", "true"},
        {"nstui", "run", "--hostnam=a b", "-u", "true"},
        {"nstui", "run", "--name", "1234", "true"},
        {"nstui", "run", "--name", "../up", "true"},
        {"nstui", "run", "--name"},
        {"nstui", "run", "--init=shell", "true"},
        {"nstui", "run", "--layout", "studio", "true"},
        {"nstui", "run", "--chroot", "true"},
        {"nstui", "run", "--env", "novalue", "true"},
        {"nstui", "run", "--workdir", "here", "true"},
        {"nstui", "run", "-J", "true"},
        {"nstui", "join"},
        {"nstui", "join", "-x", "1"},
        {"nstui", "shell", "-x"},
        {"nstui", "shell", "word"},
        {"nstui", "shell", "--user", "no-such-user"},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect_at(125, lines[i], &result, __FILE__, __LINE__);
        assert_one_sentence(&result);
    }
}

/* ---- bytes ------------------------------------------------------------------------------- */

static void bytes_pass_through_pipes_as_they_are(void **state)
{
    (void)state;
    need_root();
    enum { LENGTH = 1 << 20 };
    unsigned char *bytes = malloc(LENGTH);
    assert_non_null(bytes);
    for (size_t i = 0; i < LENGTH; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 251);
    _cleanup_result_ struct result result = {0};
    const char *const argv[] = {"nstui", "run", "-mpu", "--", "cat", NULL};
    assert_int_equal(run_program(argv, bytes, LENGTH, WAIT_MS, &result), 0);
    assert_int_equal(result.out_length, LENGTH);
    assert_memory_equal(result.out, bytes, LENGTH);
    assert_int_equal(result.error_length, 0);
    free(bytes);
}

static void stderr_is_kept_apart(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(3, &result, "nstui", "run", "-p", "--", "sh", "-c",
               "printf out; printf err >&2; exit 3");
    assert_string_equal(result.out, "out");
    assert_string_equal(result.error, "err");
}

static void arguments_may_hold_any_bytes(void **state)
{
    (void)state;
    need_root();
    static const char any[] = "a\nb\t\x01\x1b[31m \xff\xfe'\"$\\ \xc3\xa4";
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-pm", "--env", "ANY=\xff\nx", "--", "sh", "-c",
               "printf %s \"$1\"; printf %s \"$ANY\"", "sh", any);
    char wanted[128];
    (void)snprintf(wanted, sizeof(wanted), "%s\xff\nx", any);
    assert_string_equal(result.out, wanted);
}

static void the_command_starts_clean(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    static const char *const environment[] = {"SECRET=1", "LANG=C.UTF-8", NULL};
    static const char *const argv[] = {
        "nstui", "run", "--env", "MINE=2",
        "--",    "sh",  "-c",    "echo ${SECRET-none} $MINE $(umask); ls /proc/self/fd | wc -l",
        NULL};
    struct run_options options = {.argv = argv, .env = environment};
    assert_int_equal(run_program_with(&options, &result), 0);
    /* 0, 1, 2 and the folder that ls reads */
    assert_string_equal(result.out, "none 2 0022\n4\n");
}

static void tty_gives_it_a_terminal_and_no_tty_takes_it(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "--tty", "--", "sh", "-c", "test -t 0 && test -t 1");
    run_expect(1, &result, "nstui", "run", "--no-tty", "--", "sh", "-c", "test -t 0 || test -t 1");
    run_expect(1, &result, "nstui", "run", "--", "sh", "-c", "test -t 0 || test -t 1");
}

static void on_a_terminal_it_has_one_of_its_own(void **state)
{
    (void)state;
    need_root();
    static const char *const argv[] = {
        "nstui",
        "run",
        "-p",
        "--",
        "sh",
        "-c",
        "test -t 0 && test -t 1 && echo \"yes $TERM $(stty size)\"; exit 5",
        NULL};
    static const char *const without[] = {
        "nstui", "run", "--no-tty", "--", "sh", "-c", "test -t 0 || test -t 1 || echo pipes", NULL};
    struct screen_options options = {.argv = argv, .rows = 30, .columns = 90, .term = "screen"};
    struct screen *screen = screen_start(&options);
    screen_wait_text(screen, "yes screen 30 90", WAIT_MS);
    assert_int_equal(screen_wait_end(screen), 5);
    screen_end(screen);
    options.argv = without;
    screen = screen_start(&options);
    screen_wait_text(screen, "pipes", WAIT_MS);
    assert_int_equal(screen_wait_end(screen), 0);
    screen_end(screen);
}

/* ---- sentences --------------------------------------------------------------------------- */

static void bad_roots_are_refused_with_a_sentence(void **state)
{
    (void)state;
    need_root();
    const char *folder = test_folder(), *file = test_path("%s/file", folder);
    file_put(file, "");
    const struct {
        const char *root, *says;
    } cases[] = {
        {"/", "/"},         {file, "is a file"}, {test_path("%s/no/parent/box", folder), "parent"},
        {"/proc", "/proc"}, {"", "root"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect(125, &result, "nstui", "run", "--root", cases[i].root, "--", "true");
        assert_one_sentence(&result);
        assert_says(&result, cases[i].says);
    }
    assert_false(path_exists(test_path("%s/no", folder)));
}

static void a_bad_layout_line_is_told_with_file_and_line(void **state)
{
    (void)state;
    need_root();
    const char *folder = test_folder(), *layout = test_path("%s/mine.layout", folder);
    file_put(layout, "# mine\n[D] /usr *\n[X] /bin\n");
    _cleanup_result_ struct result result = {0};
    run_expect(125, &result, "nstui", "run", "--root", test_path("%s/box", folder), "--layout",
               layout, "--", "true");
    assert_one_sentence(&result);
    assert_says(&result, "mine.layout:3: ");
    assert_says(&result, "[X]");
    run_expect(125, &result, "nstui", "run", "--root", test_path("%s/box", folder), "--layout",
               "nosuch", "--", "true");
    assert_one_sentence(&result);
}

static void bad_hostnames_name_a_better_one(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    run_expect(125, &result, "nstui", "run", "-u", "--hostname", "my_box", "--", "true");
    assert_one_sentence(&result);
    assert_says(&result, "try my-box");
    run_expect(125, &result, "nstui", "run", "--hostname", "box", "--", "true");
    assert_one_sentence(&result);
    assert_says(&result, "-u");
}

static void flags_behind_the_program_get_a_hint(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "echo", "-pmu");
    assert_string_equal(result.out, "-pmu\n");
    assert_says(&result, "nstui run -pmu echo");
    run_expect(0, &result, "nstui", "run", "-p", "echo", "-pmu");
    assert_string_equal(result.error, "");
    run_expect(0, &result, "nstui", "run", "--", "echo", "-pmu");
    assert_string_equal(result.error, "");
    run_expect(127, &result, "nstui", "run", "--", "-p");
    assert_says(&result, "looks like an option");
}

static void control_bytes_never_reach_stderr(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    static const char *const lines[][6] = {
        {"nstui", "run", "--", "no\x1b[31m\nsuch"},
        {"nstui", "\x1b[31m"},
        {"nstui", "run", "--\x1b]0;x\x07"},
        {"nstui", "run", "--root", "/\x1b/x", "true"},
        {"nstui", "join", "\x1b[31m"},
        {"nstui", "logs", "a\x1b[31m"},
        {"nstui", "kill", "1", "\x1b[31m"},
        {"nstui", "help", "\x1b[31m"},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        (void)run_program(lines[i], NULL, 0, WAIT_MS, &result);
        assert_int_not_equal(result.status, 0);
        for (const char *at = result.error; *at; at++) {
            if ((unsigned char)*at < 0x20 && *at != '\n')
                fail_msg("a control byte in: %s", result.error);
        }
    }
}

/* ---- telling without doing --------------------------------------------------------------- */

static void dry_run_prints_the_steps_and_does_none(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    const char *root = test_path("%s/box", test_folder());
    run_expect(0, &result, "nstui", "run", "--dry-run", "-mpu", "--hostname", "box", "--root", root,
               "--", "sh", "-c", "echo 'x'");
    assert_string_equal(result.error, "");
    assert_false(path_exists(root));
    static const char *const wanted[] = {"clone", "pivot_root(", "sethostname(\"box\")",
                                         "MS_PRIVATE|MS_REC"};
    const char *at = result.out;
    assert_non_null(strstr(at, wanted[0]));
    const char *private = strstr(at, wanted[3]), *pivot = strstr(at, wanted[1]);
    assert_non_null(private);
    assert_non_null(pivot);
    assert_non_null(strstr(at, wanted[2]));
    assert_true(private < pivot);
    const char *line =
        test_path("\nnstui run -mpu --hostname box --root %s -- sh -c 'echo '\\''x'\\'''\n", root);
    assert_non_null(strstr(at, line));
}

static void dry_run_as_json_tells_what_is_wrong_too(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "--dry-run", "-J", "-mpu", "--", "true");
    assert_non_null(strstr(result.out, "\"command\": \"nstui run -mpu -- true\""));
    assert_non_null(strstr(result.out, "\"summary\": ["));
    run_expect(125, &result, "nstui", "run", "--dry-run", "--json", "-u", "--hostname", "a_b", "--",
               "true");
    assert_non_null(strstr(result.out, "\"field\": \"hostname\""));
    assert_says(&result, "try a-b");
}

static void verbose_tells_the_pid_here_and_there(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-v", "-pm", "--", "true");
    int outside = 0, inside = 0;
    assert_int_equal(sscanf(result.error, "nstui: pid %d out here, %d in there", &outside, &inside),
                     2);
    assert_true(outside > 1);
    assert_int_equal(inside, 1);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    run_expect(1, &result, "sh", "-c", "exec \"$0\" help > /dev/full", program_of_ours("nstui"));
    assert_says(&result, "cannot write to stdout");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(run_prints_hostname_and_pid_and_leaves_no_mount),
        machine_test(init_is_pid_1_where_it_is_asked_for),
        machine_test(chroot_enters_the_root_too),
        machine_test(the_status_is_that_of_the_command),
        machine_test(a_missing_command_is_127_and_a_sentence),
        machine_test(what_cannot_be_executed_is_126),
        machine_test(wrong_command_lines_are_125),
        machine_test(bytes_pass_through_pipes_as_they_are),
        machine_test(stderr_is_kept_apart),
        machine_test(arguments_may_hold_any_bytes),
        machine_test(the_command_starts_clean),
        machine_test(tty_gives_it_a_terminal_and_no_tty_takes_it),
        machine_test(on_a_terminal_it_has_one_of_its_own),
        machine_test(bad_roots_are_refused_with_a_sentence),
        machine_test(a_bad_layout_line_is_told_with_file_and_line),
        machine_test(bad_hostnames_name_a_better_one),
        machine_test(flags_behind_the_program_get_a_hint),
        machine_test(control_bytes_never_reach_stderr),
        machine_test(dry_run_prints_the_steps_and_does_none),
        machine_test(dry_run_as_json_tells_what_is_wrong_too),
        machine_test(verbose_tells_the_pid_here_and_there),
        machine_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
