/* nstui kill: signals to sessions and processes, and who gets none. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static bool is_gone(void *data)
{
    return !process_is_alive(*(pid_t *)data);
}

static void kill_sends_the_signal_that_is_named(void **state)
{
    (void)state;
    static const char *const forms[][5] = {
        {"nstui", "kill", "PID"},
        {"nstui", "kill", "PID", "TERM"},
        {"nstui", "kill", "PID", "kill"},
        {"nstui", "kill", "PID", "SIGKILL"},
        {"nstui", "kill", "PID", "9"},
        {"nstui", "kill", "-9", "PID"},
        {"nstui", "kill", "-KILL", "PID"},
        {"nstui", "kill", "-s", "HUP", "PID"},
        {"nstui", "kill", "PID", "RTMIN+1"},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        _cleanup_result_ struct result result = {0};
        const char *argv[6] = {NULL};
        pid_t pid = process_start_words("sleep", "1000");
        process_wait_comm(pid, "sleep");
        for (size_t word = 0; word < 5 && forms[i][word]; word++)
            argv[word] =
                strcmp(forms[i][word], "PID") == 0 ? test_path("%d", (int)pid) : forms[i][word];
        run_expect_at(0, argv, &result, __FILE__, __LINE__);
        assert_string_equal(result.error, "");
        assert_true(wait_until(is_gone, &pid, WAIT_MS));
        process_end(pid);
    }
}

static void signal_0_only_asks(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    pid_t pid = process_start_words("sleep", "1000");
    process_wait_comm(pid, "sleep");
    run_expect(0, &result, "nstui", "kill", test_path("%d", (int)pid), "0");
    assert_true(process_is_alive(pid));
}

static void a_process_that_vanished_is_a_sentence(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    pid_t pid = process_start_words("sleep", "1000");
    process_end(pid);
    run_expect(1, &result, "nstui", "kill", test_path("%d", (int)pid));
    assert_has(result.error, "there is no process");
}

static void a_zombie_has_ended_already(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    siginfo_t end;
    assert_int_equal(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT), 0);
    run_expect(1, &result, "nstui", "kill", test_path("%d", (int)pid));
    assert_has(result.error, "has ended already");
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void process_1_gets_no_signal(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    run_expect(1, &result, "nstui", "kill", "1", "0");
    assert_has(result.error, "pid 1 ");
}

static void threads_of_the_kernel_get_no_signal(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    if (access("/proc/2/exe", F_OK) == 0 || !path_exists("/proc/2"))
        skip_because("pid 2 is no thread of the kernel here");
    run_expect(1, &result, "nstui", "kill", "2", "0");
    assert_has(result.error, "thread of the kernel");
}

static void *thread_wait(void *data)
{
    pid_t *tid = data;
    __atomic_store_n(tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
    for (;;)
        (void)pause();
    return NULL;
}

static void a_thread_is_no_process(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    pthread_t thread;
    pid_t tid = 0;
    assert_int_equal(pthread_create(&thread, NULL, thread_wait, &tid), 0);
    while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
        wait_ms(5);
    run_expect(1, &result, "nstui", "kill", test_path("%d", (int)tid), "0");
    assert_has(result.error, test_path("is a thread of process %d", (int)getpid()));
    assert_int_equal(pthread_cancel(thread), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void it_does_not_signal_itself(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    run_expect(1, &result, "sh", "-c", "exec \"$0\" kill $$ KILL", program_of_ours("nstui"));
    assert_has(result.error, "this nstui itself");
}

static void wrong_words_are_2(void **state)
{
    (void)state;
    static const struct {
        const char *argv[6], *says;
    } cases[] = {
        {{"nstui", "kill"}, "a signal behind it"},
        {{"nstui", "kill", "12", "TERM", "13"}, "a signal behind it"},
        {{"nstui", "kill", "12", "TRM"}, "is TERM meant?"},
        {{"nstui", "kill", "12", "99"}, "no signal"},
        {{"nstui", "kill", "0"}, "no pid"},
        {{"nstui", "kill", "--", "-1"}, "no pid"},
        {{"nstui", "kill", "99999999999"}, "no pid"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect_at(2, cases[i].argv, &result, __FILE__, __LINE__);
        assert_has(result.error, cases[i].says);
    }
}

static void a_session_gets_it_through_its_init(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--init", "-pm", "--name", "sig", "--", "sh", "-c",
               "trap 'echo got it; exit 5' USR1; echo ready; while :; do sleep 0.1; done");
    for (int i = 0; i < 200; i++) {
        (void)run_words(&result, "nstui", "logs", "sig");
        if (strstr(result.out, "ready"))
            break;
        wait_ms(20);
    }
    run_expect(0, &result, "nstui", "kill", "sig", "USR1");
    run_expect(0, &result, "nstui", "logs", "-f", "sig");
    assert_has(result.out, "got it");
    run_expect(0, &result, "nstui", "ps");
    assert_has(result.out, "exited 5");
    run_expect(1, &result, "nstui", "kill", "sig");
    assert_has(result.error, "does not run any more");
    run_expect(0, &result, "nstui", "rm", "sig");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(kill_sends_the_signal_that_is_named),
        machine_test(signal_0_only_asks),
        machine_test(a_process_that_vanished_is_a_sentence),
        machine_test(a_zombie_has_ended_already),
        machine_test(process_1_gets_no_signal),
        machine_test(threads_of_the_kernel_get_no_signal),
        machine_test(a_thread_is_no_process),
        machine_test(it_does_not_signal_itself),
        machine_test(wrong_words_are_2),
        machine_test(a_session_gets_it_through_its_init),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
