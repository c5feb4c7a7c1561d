/* The lab's exercises 2 to 8 by the command line: what each has its student see, on both sides. And what
 * goes wrong without a step, seen where the host comes to no harm. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

static void assert_says(const struct result *result, const char *text)
{
    if (!strstr(result->error, text))
        fail_msg("stderr has no \"%s\":\n%s", text, result->error);
}

static void assert_prints(const struct result *result, const char *text)
{
    if (!strstr(result->out, text))
        fail_msg("stdout has no \"%s\":\n%s%s", text, result->out, result->error);
}

/* The first word behind a text in what was said, as a number. */
static int number_behind(const char *said, const char *text)
{
    const char *at = strstr(said, text);
    if (!at)
        fail_msg("there is no \"%s\" in:\n%s", text, said);
    return atoi(at + strlen(text));
}

static void assert_same(pid_t pid, const char *types, const char *type, bool same)
{
    char theirs[64], ours[64];
    (void)process_namespace(pid, type, theirs);
    (void)process_namespace(getpid(), type, ours);
    assert_true(theirs[0]);
    if ((strcmp(theirs, ours) == 0) != same)
        fail_msg("%s of pid %d (%s) is %s ours", type, (int)pid, types, same ? "not" : "still");
}

static bool session_has_ended(void *data)
{
    _cleanup_session_state_ struct session_state session = {0};
    session_read(data, &session);
    return session.condition == SESSION_EXITED;
}

static void session_wait_end(const char *name)
{
    _cleanup_free_ char *copy = xstrdup(name);
    assert_true(wait_until(session_has_ended, copy, WAIT_MS));
}

/* ---- 2 and 3: a uts namespace held by a process, joined from elsewhere -------------------------- */

static void exercise_2_a_hostname_of_its_own(void **state)
{
    (void)state;
    need_root();
    char before[256], after[256];
    _cleanup_result_ struct result result = {0}, stopped = {0};
    assert_int_equal(gethostname(before, sizeof(before)), 0);
    run_expect(0, &result, "nstui", "unshare", "-u", "--hostname", "studio6-uts", "-d", "--name",
               "ex2");
    pid_t pid = number_behind(result.error, "nstui: pid ");
    assert_says(&result, "hostname in there: studio6-uts");
    assert_same(pid, "-u", "uts", false);
    static const char *const same[] = {"mnt", "pid", "net", "ipc"};
    for (size_t at = 0; at < array_length(same); at++)
        assert_same(pid, "-u", same[at], true);
    assert_int_equal(gethostname(after, sizeof(after)), 0);
    assert_string_equal(before, after);
    run_expect(0, &stopped, "nstui", "stop", "ex2");
    assert_false(process_is_alive(pid));
    session_remove("ex2");
}

static void exercise_3_join_by_pid(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0}, inside = {0}, usage = {0}, gone = {0};
    _cleanup_result_ struct result command = {0}, denied = {0}, outside = {0};
    run_expect(0, &result, "nstui", "unshare", "-u", "--hostname", "studio6-uts", "-d", "--name",
               "ex3");
    const char *pid = test_path("%d", number_behind(result.error, "nstui: pid "));
    char host[256];
    assert_int_equal(gethostname(host, sizeof(host)), 0);
    run_expect(
        0, &inside, "nstui", "join", pid, "--", "sh", "-c",
        test_path("hostname; test $(readlink /proc/self/ns/uts) = $(readlink /proc/%s/ns/uts) "
                  "&& echo same; hostname changed-from-2",
                  pid));
    assert_string_equal(inside.out, "studio6-uts\nsame\n");
    run_expect(0, &outside, "hostname");
    assert_string_equal(outside.out, test_path("%s\n", host));
    run_expect(125, &usage, "nstui", "join");
    assert_says(&usage, "say what to join");
    run_expect(125, &gone, "nstui", "join", "4194303", "--", "true");
    run_expect(127, &command, "nstui", "join", pid, "--", "/no/such");
    static const char *words[] = {"nstui", "join", NULL, "--", "true", NULL};
    words[2] = pid;
    struct run_options options = {.argv = words, .uid = 65534};
    assert_int_equal(run_program_with(&options, &denied), 125);
    assert_says(&denied, "sudo");
    /* The joined shell keeps the namespace when the one that made it has ended. */
    session_start((const char *const[]){"nstui", "join", "-d", "--name", "joined", pid, "--",
                                        "sleep", "1000", NULL});
    _cleanup_session_state_ struct session_state joined = {0};
    session_read("joined", &joined);
    session_kill("ex3");
    _cleanup_result_ struct result kept = {0};
    run_expect(0, &kept, "nstui", "join", test_path("%d", (int)joined.pid), "--", "hostname");
    assert_string_equal(kept.out, "changed-from-2\n");
    session_kill("joined");
    session_remove("ex3");
}

/* ---- 4 and 5: pids from both sides, /proc of its own --------------------------------------------- */

/* Prints its pid and its parent's, as the lab's print_pids does. */
#define PRINT_PIDS "echo PID $$ PPID $PPID"

static void exercise_4_pids_from_both_sides(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0}, plain = {0}, kept = {0};
    run_expect(0, &result, "nstui", "run", "-pv", "--", "sh", "-c", PRINT_PIDS);
    int pid = number_behind(result.error, "nstui: pid ");
    assert_true(pid > 1);
    assert_says(&result, test_path("pid %d out here, 1 in there", pid));
    assert_says(&result, "out here, 0 in there: it lies outside");
    assert_string_equal(result.out, "PID 1 PPID 0\n");
    assert_says(&result, test_path("pid %d has ended, status 0; nstui, its parent, waited", pid));
    run_expect(0, &plain, "nstui", "run", "-v", "--", "sh", "-c", PRINT_PIDS);
    pid = number_behind(plain.error, "nstui: pid ");
    int parent = number_behind(plain.error, "its parent is pid ");
    assert_says(&plain, test_path("pid %d out here, %d in there", pid, pid));
    assert_string_equal(plain.out, test_path("PID %d PPID %d\n", pid, parent));
    /* TERM does nothing to a process 1 that has no handler for it; KILL from outside ends it. */
    run_expect(0, &kept, "nstui", "run", "-d", "-pv", "--name", "ex4", "--", "sleep", "60");
    pid = number_behind(kept.error, "nstui: pid ");
    _cleanup_free_ char *status = xstrdup(file_get(test_path("/proc/%d/status", pid)));
    assert_non_null(strstr(status, test_path("NSpid:\t%d\t1\n", pid)));
    assert_same(pid, "-p", "pid", false);
    assert_same(pid, "-p", "uts", true);
    assert_int_equal(kill(pid, SIGTERM), 0);
    wait_ms(200);
    assert_true(process_is_alive(pid));
    assert_int_equal(kill(pid, SIGKILL), 0);
    pid_t ended = pid;
    assert_true(wait_until(process_is_gone, &ended, WAIT_MS));
    session_wait_end("ex4");
    session_remove("ex4");
}

static void exercise_5_ps_of_its_own_and_the_host_keeps_its_proc(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0}, forgotten = {0};
    int before = mount_count("/proc");
    run_expect(0, &result, "nstui", "run", "-pmv", "--", "sh", "-c",
               PRINT_PIDS "; exec ps -e -o pid=,args=");
    assert_prints(&result, "PID 1 PPID 0\n");
    assert_string_equal(strchr(result.out, '\n') + 1, "      1 ps -e -o pid=,args=\n");
    assert_int_equal(mount_count("/proc"), before);
    assert_true(path_exists("/proc/self"));
    /* Without -p every process of the host is seen. */
    run_expect(0, &forgotten, "nstui", "run", "-m", "--", "ps", "-e", "-o", "pid=");
    assert_prints(&forgotten, test_path("%d\n", (int)getpid()));
}

/* ---- 6: init with its shell, orphans -------------------------------------------------------------- */

static void exercise_6_orphans_are_adopted_by_init(void **state)
{
    (void)state;
    need_root();
    static const char orphan[] =
        "sh -c '(exec sh -c \"echo child of \\$PPID; sleep 0.4; echo orphan of \\$(ps -o ppid= -p "
        "\\$\\$)\") & sleep 0.1; echo parent $$ of $PPID'\n"
        "sleep 0.8\nps -e -o pid=,ppid=,stat=,comm=\nexit\n";
    static const char *const words[] = {"nstui", "run", "-pmv", "--init=shell", NULL};
    _cleanup_result_ struct result result = {0};
    assert_int_equal(run_program(words, orphan, strlen(orphan), WAIT_MS, &result), 0);
    assert_says(&result, "init: my pid is 1\n");
    assert_says(&result, "init: started pid 2\n");
    assert_says(&result, "init: collected pid 2, the command, status 0\n");
    assert_says(&result, ", an orphan, status 0\n");
    assert_says(&result, "init: exiting\n");
    assert_prints(&result, "child of 2\n");
    assert_prints(&result, "parent 2 of 1\n");
    assert_prints(&result, "orphan of 1\n");
    assert_null(strchr(result.out, 'Z'));
}

static void exercise_6_at_the_prompt_of_a_terminal(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "ex6", "-pmv", "--init=shell");
    struct client client;
    client_attach(&client, "ex6", 80, 24);
    client_wait_text(&client, "init: my pid is 1");
    client_wait_text(&client, "init$ ");
    client_type(&client, "\003");
    client_wait_text(&client, "init$ ^C");
    client_type(&client, "ls | wc\n");
    client_wait_text(&client, "a shell does it");
    client_type(&client, "sh -c 'echo 4''2'\n");
    client_wait_text(&client, "42");
    client_type(&client, "quit\n");
    assert_int_equal(client_wait_exit(&client), 0);
    client_close(&client);
    session_remove("ex6");
}

/* ---- 7 and 8: a root of its own --------------------------------------------------------------------- */

/* Files made in there, seen from both sides. */
#define HOME_FILES "mkdir -p /home && cd /home && touch one two && ls -i1 /home"

static void files_are_the_same(const char *root, const char *listed)
{
    struct stat one, two;
    assert_int_equal(stat(test_path("%s/home/one", root), &one), 0);
    assert_int_equal(stat(test_path("%s/home/two", root), &two), 0);
    assert_non_null(strstr(listed, test_path("%llu one\n", (unsigned long long)one.st_ino)));
    assert_non_null(strstr(listed, test_path("%llu two\n", (unsigned long long)two.st_ino)));
}

static void exercise_7_chroot_with_a_layout(void **state)
{
    (void)state;
    need_root();
    const char *root = test_path("%s/containerfs", test_folder());
    int before = mount_count("/");
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "--chroot", "--root", root, "--", "bash", "-c",
               HOME_FILES "; echo x > /etc/x; pwd; ps -o comm= -p $$; exit 0");
    files_are_the_same(root, result.out);
    assert_prints(&result, "/home\n");
    assert_prints(&result, "bash\n");
    assert_says(&result, "Read-only file system");
    /* Its root is the directory, its other namespaces are the host's. */
    session_run("--name", "ex7", "--chroot", "--root", root, "--", "sleep", "1000");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("ex7", &session);
    char link[4096] = "";
    assert_true(readlink(test_path("/proc/%d/root", (int)session.pid), link, sizeof(link) - 1) > 0);
    assert_string_equal(link, root);
    assert_same(session.pid, "-m", "pid", true);
    assert_same(session.pid, "-m", "uts", true);
    session_kill("ex7");
    session_remove("ex7");
    assert_int_equal(mount_count("/"), before);
}

static void exercise_8_pivot_root_with_init(void **state)
{
    (void)state;
    need_root();
    char before[256], after[256];
    const char *root = test_path("%s/containerfs", test_folder());
    int mounts = mount_count("/");
    assert_int_equal(gethostname(before, sizeof(before)), 0);
    for (int run = 0; run < 2; run++) { /* the second time, too: old-root may be there */
        static const char script[] =
            "bash -c '" HOME_FILES "'\nps -e -o pid=,comm=\nhostname newhost\nhostname\n";
        static const char *words[] = {"nstui",  "run", "-pmuv", "--init=shell",
                                      "--root", NULL,  NULL};
        words[5] = root;
        _cleanup_result_ struct result result = {0};
        assert_int_equal(run_program(words, script, strlen(script), WAIT_MS, &result), 0);
        files_are_the_same(root, result.out);
        assert_prints(&result, "      1 nstui-init\n");
        assert_prints(&result, "\nnewhost\n");
    }
    assert_int_equal(gethostname(after, sizeof(after)), 0);
    assert_string_equal(before, after);
    assert_int_equal(mount_count("/"), mounts);
    session_run("--name", "ex8", "-pmu", "--init=shell", "--root", root);
    _cleanup_session_state_ struct session_state session = {0};
    session_read("ex8", &session);
    static const char *const own[] = {"mnt", "pid", "uts"};
    static const char *const shared[] = {"net", "ipc", "user"};
    for (size_t at = 0; at < array_length(own); at++) {
        assert_same(session.pid, "-pmu", own[at], false);
        assert_same(session.pid, "-pmu", shared[at], true);
    }
    struct stat inside, outside;
    assert_int_equal(stat(test_path("/proc/%d/root/.", (int)session.pid), &inside), 0);
    assert_int_equal(stat(root, &outside), 0);
    assert_int_equal(inside.st_ino, outside.st_ino);
    _cleanup_free_ char *table =
        xstrdup(file_get(test_path("/proc/%d/mountinfo", (int)session.pid)));
    assert_null(strstr(table, "shared:"));
    assert_null(strstr(table, "master:"));
    session_kill("ex8");
    session_remove("ex8");
}

/* ---- without a step ---------------------------------------------------------------------------------- */

/* In a mount namespace whose mounts are shared, as a systemd host's: what would come out is seen. */
static void shared_run(int wanted, struct result *result, const char *words)
{
    const char *script =
        test_path("mount --make-rshared / && before=$(cat /proc/self/mountinfo) && "
                  "%s %s; status=$?; [ \"$before\" = \"$(cat /proc/self/mountinfo)\" ] "
                  "|| echo host-changed; test -e /proc/self/fd || echo blind; exit "
                  "$status",
                  program_of_ours("nstui"), words);
    run_expect_at(wanted,
                  (const char *const[]){"unshare", "-m", "--propagation", "private", "sh", "-c",
                                        script, NULL},
                  result, __FILE__, __LINE__);
    if (strstr(result->out, "host-changed") || strstr(result->out, "blind"))
        fail_msg("%s: the host's mounts are not as they were", words);
}

static void without_private_the_proc_comes_out_to_a_stand_in_alone(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    shared_run(3, &result, "run -pm --without private -- sh -c 'ps -e -o pid=; exit 3'");
    assert_says(&result, "without private: its mounts stay shared with the host: a stand-in");
    assert_says(&result, "come out to the host, here its stand-in: on /proc");
    assert_says(&result, "Error, do this: mount -t proc proc /proc");
    assert_says(&result, "umount /proc");
    assert_says(&result, "MS_PRIVATE|MS_REC");
    assert_null(strstr(result.out, test_path(" %d\n", (int)getpid())));
}

static void without_private_the_plan_has_the_stand_in_and_not_the_step(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "--dry-run", "-pm", "--without", "private", "true");
    assert_prints(&result, "between  unshare(NEWNS), mount(\"\", \"/\", MS_SHARED|MS_REC)");
    assert_null(strstr(result.out, "MS_PRIVATE"));
    assert_prints(&result, "mount(\"proc\", \"proc\"");
}

static void without_private_pivot_root_is_einval_and_says_why(void **state)
{
    (void)state;
    need_root();
    const char *root = test_path("%s/box", test_folder());
    for (int run = 0; run < 2; run++) {
        _cleanup_result_ struct result result = {0};
        shared_run(125, &result, test_path("run -pm --without private --root %s -- true", root));
        assert_says(&result,
                    "pivot_root: Invalid argument (the mount that the root lies in is shared");
        assert_says(&result, test_path("at and below %s", root));
        int leaked = number_behind(result.error, "\nnstui: without private: ");
        assert_true(leaked > 15);
        if (run == 0) { /* a root that was made for it is gone again */
            assert_false(path_exists(root));
            assert_int_equal(mkdir(root, 0755), 0);
        }
    }
}

static void without_private_nothing_comes_out_of_a_user_namespace(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    shared_run(0, &result, "run -pmU --without private -- true");
    assert_says(&result, "no mount has come out");
    assert_says(&result, "slaves");
}

static void without_private_a_detached_one_tells_it_at_its_end(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "leak", "-pm", "--without", "private", "--", "true");
    session_wait_end("leak");
    struct session_state session = {0};
    session_read("leak", &session);
    assert_non_null(strstr(session.told, "come out to the host"));
    session_state_free(&session);
    session_remove("leak");
}

static void without_other_steps_it_goes_wrong_as_the_lab_says(void **state)
{
    (void)state;
    need_root();
    const char *root = test_path("%s/box", test_folder());
    _cleanup_result_ struct result proc = {0}, blind = {0}, bind = {0}, init = {0};
    run_expect(0, &proc, "nstui", "run", "-pm", "--without", "proc", "--", "ps", "-e", "-o",
               "pid=");
    assert_prints(&proc, test_path("%d\n", (int)getpid()));
    assert_says(&proc, "without proc: ");
    run_expect(47, &blind, "nstui", "run", "-pm", "--without", "proc", "--root", root, "--", "ps");
    assert_says(&blind, "Error, do this: mount -t proc proc /proc");
    run_expect(125, &bind, "nstui", "run", "-pm", "--without", "bind-root", "--root", root, "--",
               "true");
    assert_says(&bind, "pivot_root: Device or resource busy (the new root is no mount point");
    if (!program_is_there("perl"))
        skip_because("there is no perl, as a process 1 that collects nobody");
    run_expect(
        0, &init, "nstui", "run", "-pm", "--init", "--without", "init", "--", "perl", "-e",
        "system(\"sh -c 'sleep 0.01 &'\"); kill('TERM', $$); select(undef, undef, undef, 0.3);"
        "system('ps -e -o stat=')");
    assert_says(&init, "without init: the command itself is pid 1");
    assert_prints(&init, "Z");
}

static void a_step_that_would_not_be_taken_cannot_be_left_out(void **state)
{
    (void)state;
    need_root();
    static const struct {
        const char *words[10];
        const char *error;
    } cases[] = {
        {{"nstui", "run", "--without", "foo", "true"}, "private, proc, init and bind-root"},
        {{"nstui", "run", "-p", "--without", "private", "true"}, "no step private to leave out"},
        {{"nstui", "run", "-m", "--without", "proc", "true"}, "no step proc to leave out"},
        {{"nstui", "run", "-pm", "--without", "init", "true"},
         "no step init to leave out (add --init"},
        {{"nstui", "run", "-pm", "--without", "init", "--init=shell"}, "init's shell is in init"},
        {{"nstui", "run", "-pm", "--without", "bind-root", "true"}, "no step bind-root"},
        {{"nstui", "run", "--init=shell", "true"}, "init's shell takes no command"},
        {{"nstui", "run", "--init=bash", "true"}, "there is no init \"bash\""},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect_at(125, cases[i].words, &result, __FILE__, __LINE__);
        assert_says(&result, cases[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(exercise_2_a_hostname_of_its_own),
        machine_test(exercise_3_join_by_pid),
        machine_test(exercise_4_pids_from_both_sides),
        machine_test(exercise_5_ps_of_its_own_and_the_host_keeps_its_proc),
        machine_test(exercise_6_orphans_are_adopted_by_init),
        machine_test(exercise_6_at_the_prompt_of_a_terminal),
        machine_test(exercise_7_chroot_with_a_layout),
        machine_test(exercise_8_pivot_root_with_init),
        machine_test(without_private_the_proc_comes_out_to_a_stand_in_alone),
        machine_test(without_private_the_plan_has_the_stand_in_and_not_the_step),
        machine_test(without_private_pivot_root_is_einval_and_says_why),
        machine_test(without_private_nothing_comes_out_of_a_user_namespace),
        machine_test(without_private_a_detached_one_tells_it_at_its_end),
        machine_test(without_other_steps_it_goes_wrong_as_the_lab_says),
        machine_test(a_step_that_would_not_be_taken_cannot_be_left_out),
    };
    return cmocka_run_group_tests_name("lab", tests, NULL, NULL);
}
