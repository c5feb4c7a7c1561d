/* nstui trace -- CMD: the program as if nobody traced it, what is hard on a tracer, and what it cannot
 * see. test_trace_strace.c holds what it does see against strace. */
#include "nstui/trace.h"
#include "support.h"
#include "traced.h"

static char self[4096]; /* this program, which is what is traced too */

#define trace_self(status, result, ...)                                                            \
    run_expect((status), (result), "nstui", "trace", "--", self, "traced", __VA_ARGS__)

/* ---- it is as if nobody traced it ------------------------------------------------------------ */

static void the_status_is_the_programs(void **state)
{
    (void)state;
    _cleanup_result_ struct result first = {0}, second = {0}, third = {0}, fourth = {0};
    run_expect(7, &first, "nstui", "trace", "--", "sh", "-c", "exit 7");
    run_expect(128 + SIGKILL, &second, "nstui", "trace", "--", "sh", "-c", "kill -KILL $$");
    run_expect(127, &third, "nstui", "trace", "--", "nstui-test-no-such-program");
    assert_non_null(strstr(third.error, "cannot execute nstui-test-no-such-program"));
    run_expect(126, &fourth, "nstui", "trace", "--", "/dev/null");
    assert_non_null(strstr(fourth.error, "cannot execute /dev/null: Permission denied"));
}

static void what_a_program_reads_and_writes_stays_as_it_is(void **state)
{
    (void)state;
    size_t size = 1u << 20;
    _cleanup_free_ char *bytes = xmalloc(size);
    for (size_t at = 0; at < size; at++)
        bytes[at] = (char)(at * 31 + at / 251);
    const char *file = test_path("%s/trace", test_folder());
    const char *const words[] = {
        "nstui", "trace", "-o", file,
        "--",    "sh",    "-c", "cat; echo oops >&2; mkdir / 2>/dev/null; exit 9",
        NULL};
    _cleanup_result_ struct result result = {0};
    assert_int_equal(run_program(words, bytes, size, WAIT_MS, &result), 9);
    assert_int_equal(result.out_length, size);
    assert_memory_equal(result.out, bytes, size);
    assert_string_equal(result.error, "oops\n");
    assert_non_null(strstr(file_get(file), "mkdir(\"/\", 0777)"));
    assert_non_null(strstr(file_get(file), " EEXIST\n"));
}

static void a_reader_that_goes_away_does_not_end_the_program(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    const char *line = test_path("{ %s trace -J -- sh -c 'for i in 1 2 3 4; do mkdir / || :; done "
                                 "2>/dev/null; echo whole' 2>&3; echo $? ; } 3>&1 >&2 | head -n 1",
                                 program_of_ours("nstui"));
    run_expect(0, &result, "sh", "-c", line);
    assert_non_null(strstr(result.error, "whole\n0\n"));
}

struct table_line {
    const char *options, *command, *wanted;
};

static void calls_are_told_with_their_results(void **state)
{
    (void)state;
    need_root();
    static const struct table_line lines[] = {
        {"", "unshare -u true", "unshare(CLONE_NEWUTS)                  = 0\n"},
        {"", "unshare -u true", " calls in "},
        {"", "mkdir /", " EEXIST\n"},
        {"--failed", "mkdir /", " ms, 1 failed\n"},
        {"--about paths,ids", "mkdir /", " ms, 1 failed\n"},
        {"--about mounts", "mkdir /", "0 calls in 0.00 ms, none failed\n"},
        {"--full --about paths", "mkdir /", " ms, 1 failed\n"},
        {"-v", "sh -c 'true & wait'",
         "clone(flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD"},
        {"", "unshare -Ur true", "write(3</proc/"},
        {"", "unshare -Ur true", "/uid_map>, \"0 0 1\", 5)"},
        {"--full", "unshare -Ur true", "/uid_map>, \"0 0 1\", 5)"},
        {"", "nsenter -u -t $$ true", "setns(3<uts:["},
        {"", "env nstui-test-no-such",
         "execve(\"/usr/local/sbin/nstui-test-no-such\", "
         "[\"nstui-test-no-such\"], /* "},
        {"", "env nstui-test-no-such", "and 5 more places ENOENT\n"},
        {"", "env -C /proc/self/fd/3 true 3</usr", "chdir(\"/usr\") "},
        {"-J", "env -C /proc/self/fd/3 true 3</usr", "\"to\":\"/usr\""},
        {"-J", "true", "{\"time_ns\":0,\"who\":\"other\",\"pid\":"},
    };
    for (size_t at = 0; at < array_length(lines); at++) {
        _cleanup_result_ struct result result = {0};
        (void)run_words(
            &result, "sh", "-c",
            test_path("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
                      "exec %s trace %s -- %s",
                      program_of_ours("nstui"), lines[at].options, lines[at].command));
        if (!strstr(result.error, lines[at].wanted))
            fail_msg("%s: no \"%s\" in:\n%s", lines[at].command, lines[at].wanted, result.error);
    }
}

/* So the processes of a table are known before they appear. */
static void a_clone_is_told_before_what_its_child_does(void **state)
{
    (void)state;
    need_root();
    const char *file = test_path("%s/trace", test_folder());
    _cleanup_result_ struct result result = {0};
    _cleanup_trace_ struct trace trace = {0};
    run_expect(0, &result, "nstui", "trace", "-J", "-o", file, "--", self, "traced", "clones",
               "300");
    const char *text = file_get(file);
    assert_int_equal(trace_parse(text, strlen(text), &trace, NULL), 0);
    assert_int_equal(trace.count, 601);
    for (size_t at = 0; at < trace.count; at++) {
        const struct trace_record *record = &trace.items[at];
        bool told = record->pid == trace.items[0].pid;
        for (size_t before = 0; before < at && !told; before++)
            told = trace.items[before].child == record->pid;
        if (!told)
            fail_msg("call %zu is by %d, whom nobody has made yet", at + 1, (int)record->pid);
    }
}

/* ---- signals and terminals ------------------------------------------------------------------- */

static bool is_gone(void *data)
{
    return !process_is_alive(*(pid_t *)data);
}

struct child_wait {
    pid_t parent, found;
    const char *comm;
};

static bool has_child(void *data)
{
    struct child_wait *wait = data;
    wait->found = process_find_below(wait->parent, wait->comm);
    return wait->found != 0;
}

/* Starts `nstui trace` of a sleep, waits for that. */
static pid_t sleep_start(pid_t *sleeps)
{
    pid_t pid = process_start_words("nstui", "trace", "--", "sleep", "1000");
    struct child_wait wait = {.parent = pid, .comm = "sleep"};
    assert_true(wait_until(has_child, &wait, WAIT_MS));
    *sleeps = wait.found;
    return pid;
}

static void a_signal_to_the_tracer_is_for_the_program(void **state)
{
    (void)state;
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
    for (size_t at = 0; at < array_length(numbers); at++) {
        pid_t sleeps, pid = sleep_start(&sleeps);
        int status = 0;
        assert_int_equal(kill(pid, numbers[at]), 0);
        assert_true(wait_until(is_gone, &sleeps, WAIT_MS));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 128 + numbers[at]);
    }
}

static void a_tracer_that_dies_leaves_nobody(void **state)
{
    (void)state;
    pid_t sleeps, pid = sleep_start(&sleeps);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_true(wait_until(is_gone, &sleeps, WAIT_MS));
    process_end(pid);
}

static void who_is_left_behind_ends_with_the_tracer(void **state)
{
    (void)state;
    pid_t pid = process_start_words("nstui", "trace", "--", "sh", "-c",
                                    "setsid sleep 1000 & exec sleep 0.2");
    struct child_wait wait = {.parent = 0, .comm = "sleep"};
    assert_true(wait_until(has_child, &wait, WAIT_MS));
    wait_ms(600); /* the program has ended, its child has not */
    assert_true(process_is_alive(pid));
    assert_true(has_child(&wait));
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_true(wait_until(is_gone, &wait.found, WAIT_MS));
    process_end(pid);
}

static void a_terminal_and_job_control_work_through(void **state)
{
    (void)state;
    static const char *const words[] = {"sh", "-im", NULL};
    static const char *const env[] = {"PS1=> ", NULL};
    struct screen *screen = screen_start(&(struct screen_options){.argv = words, .env = env});
    screen_wait_text(screen, ">", WAIT_MS);
    screen_type(screen, test_path("NSTUI=%s; clear\n", program_of_ours("nstui")));
    screen_settle(screen);
    screen_type(screen, "$NSTUI trace -o /dev/null -- sh -c 'echo re''ady; read x; echo got $x'\n");
    screen_wait_text(screen, "ready", WAIT_MS);
    screen_type(screen, "\x1a");
    screen_wait_text(screen, "Stopped", WAIT_MS);
    screen_type(screen, "fg\n");
    wait_ms(200);
    screen_type(screen, "word\n");
    screen_wait_text(screen, "got word", WAIT_MS);
    screen_type(screen, "$NSTUI trace -o /dev/null -- sleep 1000; echo status $?\n");
    wait_ms(300);
    screen_type(screen, "\x03");
    screen_wait_text(screen, "status 130", WAIT_MS);
    screen_type(screen, "exit\n");
    (void)screen_wait_end(screen);
}

/* ---- what is hard on a tracer ---------------------------------------------------------------- */

static void a_thread_that_executes_is_followed(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        _cleanup_result_ struct result result = {0};
        trace_self(0, &result, "exec-of-threads");
        char *call = strstr(result.error, "execve(\"/bin/true\"");
        assert_non_null(call);
        assert_non_null(strstr(call, " = 0\n"));
    }
}

static void a_thousand_children_at_once(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    trace_self(0, &result, "many", "1000");
    size_t seen = 0;
    for (const char *at = result.error; (at = strstr(at, "chdir(\"/\")")); at++)
        seen++;
    assert_true(seen > 900); /* the last may not have come so far */
}

static void processes_may_be_killed_at_any_moment(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0}, full = {0};
    trace_self(0, &result, "killed", "60");
    run_expect(0, &full, "nstui", "trace", "--full", "-v", "--", self, "traced", "killed", "30");
}

static void a_stopped_process_stays_stopped_until_it_is_continued(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    trace_self(0, &result, "stopped");
    assert_string_equal(result.out, "on again\n");
}

static void no_byte_of_a_program_reaches_the_terminal(void **state)
{
    (void)state;
    need_root();
    static const char *const options[] = {"-v", "-J", "--full"};
    for (size_t at = 0; at < array_length(options); at++) {
        _cleanup_result_ struct result result = {0};
        run_expect(0, &result, "nstui", "trace", options[at], "--", self, "traced", "hostile");
        for (size_t byte = 0; byte < result.error_length; byte++) {
            unsigned char sign = (unsigned char)result.error[byte];
            assert_true(sign == '\n' || (sign >= 0x20 && sign < 0x7f));
        }
        assert_non_null(strstr(result.error, "ENAMETOOLONG"));
    }
}

/* ---- what it cannot see it says -------------------------------------------------------------- */

static void a_call_that_an_own_filter_refuses_is_not_seen_and_it_says_so(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0}, full = {0};
    trace_self(0, &result, "own-filter");
    assert_non_null(strstr(result.error, "seccomp filter of its own"));
    assert_null(strstr(result.error, "unshare("));
    run_expect(0, &full, "nstui", "trace", "--full", "--", self, "traced", "own-filter");
    assert_null(strstr(full.error, "seccomp filter of its own"));
    assert_non_null(strstr(full.error, "unshare(CLONE_NEWUTS)                  ENOTTY\n"));
}

static void other_things_that_it_does_not_see_are_said(void **state)
{
    (void)state;
    _cleanup_result_ struct result untraced = {0}, tracer = {0}, nested = {0};
    trace_self(0, &untraced, "untraced-child");
    assert_non_null(strstr(untraced.error, "CLONE_UNTRACED"));
    trace_self(0, &tracer, "tracer");
    assert_non_null(strstr(tracer.error, "wants to trace, or to be traced"));
    run_expect(125, &nested, "nstui", "trace", "--", program_of_ours("nstui"), "trace", "--",
               "true");
    assert_non_null(strstr(nested.error, "cannot trace a program: Operation not permitted"));
}

#ifdef __x86_64__
/* exit(3) by int 0x80, as an executable of i386. */
static const unsigned char program_i386[] = {
    0x7f, 'E',  'L',  'F',  1,    1,    1,    0,    0,  0,    0, 0, 0,  0, 0,    0,   2, 0, 3, 0,
    1,    0,    0,    0,    0x54, 0x80, 0x04, 0x08, 52, 0,    0, 0, 0,  0, 0,    0,   0, 0, 0, 0,
    52,   0,    32,   0,    1,    0,    0,    0,    0,  0,    0, 0, 1,  0, 0,    0,   0, 0, 0, 0,
    0,    0x80, 0x04, 0x08, 0,    0x80, 0x04, 0x08, 96, 0,    0, 0, 96, 0, 0,    0,   5, 0, 0, 0,
    0,    0x10, 0,    0,    0xb8, 1,    0,    0,    0,  0xbb, 3, 0, 0,  0, 0xcd, 0x80};

static void a_program_of_another_architecture_is_named(void **state)
{
    (void)state;
    const char *path = test_path("%s/i386", test_folder());
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, program_i386, sizeof(program_i386)), sizeof(program_i386));
    assert_int_equal(close(fd), 0);
    _cleanup_result_ struct result result = {0}, traced = {0};
    if (run_words(&result, "sh", "-c", path) != 3)
        skip_because("this kernel runs no programs of i386");
    run_expect(3, &traced, "nstui", "trace", "--", path);
    assert_non_null(strstr(traced.error, "i386 ("));
    assert_non_null(strstr(traced.error, "another architecture"));
}
#endif

static void run_as_user(struct result *result, const char *const words[])
{
    (void)run_program_with(&(struct run_options){.argv = words, .uid = 65534}, result);
}

static void without_root_it_works_and_set_uid_programs_do_not(void **state)
{
    (void)state;
    need_root();
    static const char *const version[] = {"nstui", "version", NULL};
    static const char *const su[] = {"nstui", "trace", "--", "su", "--version", NULL};
    static const char *const promise[] = {
        "nstui", "trace", "--", "grep", "NoNewPrivs", "/proc/self/status", NULL};
    _cleanup_result_ struct result reach = {0}, first = {0}, second = {0}, root = {0};
    run_as_user(&reach, version);
    if (reach.status != 0)
        skip_because("a user cannot reach the build folder");
    run_as_user(&first, su);
    assert_int_equal(first.status, 0);
    assert_non_null(strstr(first.error, "su ("));
    assert_non_null(strstr(first.error, "has set-uid bits or capabilities, and runs without them"));
    run_as_user(&second, promise);
    assert_string_equal(second.out, "NoNewPrivs:\t1\n");
    run_program(promise, NULL, 0, WAIT_MS, &root);
    assert_string_equal(root.out, "NoNewPrivs:\t0\n");
}

static int64_t run_ms(const char *before, const char *count)
{
    _cleanup_result_ struct result result = {0};
    int64_t start_ms = clock_monotonic_ms();
    run_expect(0, &result, "sh", "-c", test_path("%s %s traced calls %s", before, self, count));
    return clock_monotonic_ms() - start_ms;
}

static void calls_of_no_interest_cost_next_to_nothing(void **state)
{
    (void)state;
    const char *nstui = program_of_ours("nstui");
    int64_t filtered_ms = run_ms(test_path("%s trace --", nstui), "50000");
    int64_t full_ms = run_ms(test_path("%s trace --full --", nstui), "50000");
    print_message("50,000 calls: %d ms, with --full %d ms\n", (int)filtered_ms, (int)full_ms);
    assert_true(filtered_ms * 4 < full_ms);
}

static void what_is_asked_for_wrongly_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *words, *wanted;
    } lines[] = {
        {"", "say what: a session (nstui ps lists them), or a program behind --"},
        {"--", "say what: a session"},
        {"nothing", "there is no session \"nothing\""},
        {"nothing", "a program stands behind --: nstui trace -- nothing .."},
        {"--about nonsense -- true", "and no \"nonsense\""},
        {"one two", "one session at a time"},
        {"one --full", "--full is for programs, behind --"},
        {"-o x one", "-o is for programs, behind --"},
        {"-o /nowhere/x -- true", "cannot write to /nowhere/x: No such file or directory"},
    };
    for (size_t at = 0; at < array_length(lines); at++) {
        _cleanup_result_ struct result result = {0};
        assert_int_not_equal(
            run_words(&result, "sh", "-c",
                      test_path("exec %s trace %s", program_of_ours("nstui"), lines[at].words)),
            0);
        if (!strstr(result.error, lines[at].wanted))
            fail_msg("%s: no \"%s\" in: %s", lines[at].words, lines[at].wanted, result.error);
    }
}

int main(int argc, char **argv)
{
    traced_main(argc, argv);
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (length < 0)
        return 1;
    self[length] = '\0';
    const struct CMUnitTest tests[] = {
        machine_test(the_status_is_the_programs),
        machine_test(what_a_program_reads_and_writes_stays_as_it_is),
        machine_test(a_reader_that_goes_away_does_not_end_the_program),
        machine_test(calls_are_told_with_their_results),
        machine_test(a_clone_is_told_before_what_its_child_does),
        machine_test(a_signal_to_the_tracer_is_for_the_program),
        machine_test(a_tracer_that_dies_leaves_nobody),
        machine_test(who_is_left_behind_ends_with_the_tracer),
        machine_test(a_terminal_and_job_control_work_through),
        machine_test(a_thread_that_executes_is_followed),
        machine_test(a_thousand_children_at_once),
        machine_test(processes_may_be_killed_at_any_moment),
        machine_test(a_stopped_process_stays_stopped_until_it_is_continued),
        machine_test(no_byte_of_a_program_reaches_the_terminal),
        machine_test(a_call_that_an_own_filter_refuses_is_not_seen_and_it_says_so),
        machine_test(other_things_that_it_does_not_see_are_said),
#ifdef __x86_64__
        machine_test(a_program_of_another_architecture_is_named),
#endif
        machine_test(without_root_it_works_and_set_uid_programs_do_not),
        machine_test(calls_of_no_interest_cost_next_to_nothing),
        machine_test(what_is_asked_for_wrongly_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
