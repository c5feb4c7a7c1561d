/* nstui join and nstui run --share as they are typed: names, options, and the sentences for what cannot
 * be. Runs the program on the real kernel. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

static void assert_says(const struct result *result, const char *text)
{
    if (!strstr(result->error, text))
        fail_msg("stderr has no \"%s\":\n%s", text, result->error);
}

/* A container in the background, laid out in a root of its own, and its pid. */
static void box_start(const char *name, const char *letters)
{
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--name", name, letters, "--hostname", name,
               "--root", test_folder(), "--init", "--env", "COLOR=blue", "--", "sleep", "3333");
}

static void box_end(const char *name)
{
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "rm", "-f", name);
}

static pid_t box_pid(const char *name)
{
    _cleanup_result_ struct result result = {0};
    int pid = 0;
    run_expect(0, &result, "nstui", "join", "-v", name, "-u", "--", "true");
    run_expect(0, &result, "cat", test_path("/run/nstui/%s/state.json", name));
    const char *found = strstr(result.out, "\"pid\":");
    assert_non_null(found);
    assert_int_equal(sscanf(found, "\"pid\": %d", &pid), 1);
    return pid;
}

/* ---- share ------------------------------------------------------------------------------------ */

static void container_is_shared_by_its_name(void **state)
{
    (void)state;
    need_root();
    box_start("box", "-pmuin");
    _cleanup_result_ struct result result = {0}, walled = {0};
    run_expect(0, &result, "nstui", "run", "--share", "uts=box", "--share", "pid=box", "--share",
               "net=box", "-m", "--", "sh", "-c", "hostname; cat /proc/1/comm");
    assert_string_equal(result.out, "box\nnstui-init\n");
    assert_string_equal(result.error, "");
    run_expect(0, &walled, "nstui", "run", "--walled", "--share", "pid=box", "--", "cat",
               "/proc/1/comm");
    assert_string_equal(walled.out, "nstui-init\n");
    box_end("box");
}

static void words_that_name_nothing_to_share_are_told(void **state)
{
    (void)state;
    need_root();
    static const struct {
        const char *option, *value, *says;
    } cases[] = {
        {"--share", "net", "write TYPE=TARGET"},
        {"--share", "net=", "write TYPE=TARGET"},
        {"--share", "nosuch=1", "the types are mnt uts"},
        {"--share", "net=nosuch", "--share net: there is no session \"nosuch\""},
        {"--share", "net=\033]0;x", "\"?]0;x\""},
        {"--share", "net=/etc/passwd", "/etc/passwd is no namespace"},
        {"--share", "net=net:[7]", "cannot find net:[7]"},
        {"--share", "uts=/proc/self/ns/net", "it is a namespace of type net"},
        {"--boottime", "5x", "\"5x\" is no number of seconds"},
        {"--boottime", "1.1234567890", "is no number of seconds"},
        {"--boottime", "5", "add -T"},
        {"--propagation", "blue", "write private, slave or shared"},
        {"--propagation", "slave", "add -m"},
        {"--throw-away", "--", "add --root DIR"},
        {"--keep-old-root", "--", "add --root DIR"},
    };
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        _cleanup_result_ struct result result = {0};
        run_words(&result, "nstui", "run", cases[at].option, cases[at].value, "true");
        assert_int_equal(result.status, 125);
        assert_says(&result, cases[at].says);
        assert_string_equal(result.out, "");
    }
}

static void clocks_are_set_by_options(void **state)
{
    (void)state;
    need_root();
    if (!path_exists("/proc/self/ns/time"))
        skip_because("this kernel has no time namespaces");
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-T", "--boottime", "86400.25", "--monotonic=-1.5", "--",
               "cat", "/proc/self/timens_offsets");
    long seconds[2], rest[2];
    assert_int_equal(sscanf(result.out, "monotonic %ld %ld boottime %ld %ld", &seconds[0], &rest[0],
                            &seconds[1], &rest[1]),
                     4);
    assert_int_equal(seconds[0], -2);
    assert_int_equal(rest[0], 500000000);
    assert_int_equal(seconds[1], 86400);
    assert_int_equal(rest[1], 250000000);
}

static void throw_away_root_is_thrown_away(void **state)
{
    (void)state;
    need_root();
    const char *root = test_folder();
    file_put(test_path("%s/file", root), "old\n");
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-pm", "--throw-away", "--root", root, "--", "sh", "-c",
               "echo new >/file; cat /file");
    assert_string_equal(result.out, "new\n");
    assert_string_equal(file_get(test_path("%s/file", root)), "old\n");
    assert_false(path_exists(test_path("%s/usr", root)));
}

/* An ordinary user shares what is his own. */
static void user_shares_a_user_namespace_of_his_own(void **state)
{
    (void)state;
    need_root();
    const char *home = test_folder();
    assert_int_equal(chmod(home, 0777), 0);
    pid_t other = process_start_words("setpriv", "--reuid", "65534", "--regid", "65534",
                                      "--clear-groups", "unshare", "-Urn", "sleep", "3333");
    process_wait_comm(other, "sleep");
    const char *const argv[] = {"nstui",
                                "run",
                                "--share",
                                test_path("user=%d", other),
                                "--share",
                                test_path("net=%d", other),
                                "-u",
                                "--hostname",
                                "mine",
                                "--",
                                "sh",
                                "-c",
                                "id -u; hostname; readlink /proc/self/ns/net",
                                NULL};
    const char *const env[] = {test_path("HOME=%s", home), NULL};
    _cleanup_result_ struct result result = {0};
    char link[64];
    run_program_with(&(struct run_options){.argv = argv, .env = env, .uid = 65534}, &result);
    if (result.status != 0)
        fail_msg("%s", result.error);
    assert_string_equal(result.out,
                        test_path("0\nmine\n%s\n", process_namespace(other, "net", link)));
    process_end(other);
}

/* ---- join ------------------------------------------------------------------------------------- */

static void join_takes_the_variables_on_request(void **state)
{
    (void)state;
    need_root();
    box_start("box", "-pmu");
    _cleanup_result_ struct result with = {0}, without = {0};
    run_expect(0, &with, "nstui", "join", "box", "--env", "--", "sh", "-c", "echo $COLOR");
    assert_string_equal(with.out, "blue\n");
    run_expect(0, &without, "nstui", "join", "box", "--", "sh", "-c", "echo $COLOR");
    assert_string_equal(without.out, "\n");
    box_end("box");
}

static void tools_say_where_the_files_are(void **state)
{
    (void)state;
    need_root();
    box_start("box", "-pmu");
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "join", "box", "--tools", "--", "sh", "-c",
               "hostname; ls /run/nstui; ls -d /run/nstui/box/target/usr /sys; cat "
               "/run/nstui/box/proc/1/comm");
    assert_string_equal(result.out, "box\nbox\n/run/nstui/box/target/usr\n/sys\nnstui-init\n");
    assert_string_equal(result.error,
                        "nstui: its files are at /run/nstui/box/target, its processes at "
                        "/run/nstui/box/proc; all else is the host's\n");
    box_end("box");
}

static bool comm_is_gone(void *data)
{
    return !process_is_alive(*(pid_t *)data);
}

static void killed_join_with_tools_leaves_nothing(void **state)
{
    (void)state;
    need_root();
    box_start("box", "-pmu");
    int mounts = mount_count("/");
    pid_t join =
        process_start_words("nstui", "join", "box", "--no-tty", "--tools", "--", "sleep", "2222");
    pid_t tool = 0;
    for (int attempt = 0; attempt < 2000 && !tool; attempt++) {
        wait_ms(5);
        tool = process_find_below(join, "sleep");
    }
    assert_true(tool > 0);
    assert_int_equal(kill(join, SIGKILL), 0);
    assert_true(wait_until(comm_is_gone, &tool, WAIT_MS));
    process_end(join);
    assert_int_equal(mount_count("/"), mounts);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "ps", "-q");
    assert_string_equal(result.out, "box\n");
    box_end("box");
}

static void network_of_ip_netns_is_joined_by_its_name(void **state)
{
    (void)state;
    need_root();
    if (!program_is_there("ip"))
        skip_because("ip is missing");
    bool made = mkdir("/etc/netns", 0755) == 0;
    assert_int_equal(mount("tmpfs", "/etc/netns", "tmpfs", 0, NULL), 0);
    _cleanup_result_ struct result added = {0}, joined = {0}, shared = {0}, removed = {0};
    run_expect(0, &added, "ip", "netns", "add", "nstuitest");
    assert_int_equal(mkdir("/etc/netns/nstuitest", 0755), 0);
    file_put("/etc/netns/nstuitest/hosts", "its own\n");
    int mounts = mount_count("/");
    run_expect(0, &joined, "nstui", "join", "nstuitest", "--", "sh", "-c",
               "cat /etc/hosts; cat /proc/net/dev | wc -l");
    assert_string_equal(joined.out, "its own\n3\n"); /* two lines of heads, and lo */
    run_expect(0, &shared, "nstui", "run", "--share", "net=nstuitest", "--", "cat", "/etc/hosts");
    assert_string_equal(shared.out, "its own\n");
    assert_int_equal(mount_count("/"), mounts);
    run_expect(0, &removed, "ip", "netns", "del", "nstuitest");
    assert_int_equal(umount2("/etc/netns", MNT_DETACH), 0);
    (void)umount2("/run/netns", MNT_DETACH);
    (void)rmdir("/run/netns");
    if (made)
        (void)rmdir("/etc/netns");
}

/* ---- what cannot be ---------------------------------------------------------------------------- */

/* As the user nobody. */
static void join_as_nobody(pid_t pid, struct result *result)
{
    const char *home = test_folder();
    assert_int_equal(chmod(home, 0777), 0);
    const char *const argv[] = {"nstui", "join", test_path("%d", pid), "--", "true", NULL};
    const char *const env[] = {test_path("HOME=%s", home), NULL};
    run_program_with(&(struct run_options){.argv = argv, .env = env, .uid = 65534}, result);
    assert_int_equal(result->status, 125);
}

static void process_of_another_user_is_told(void **state)
{
    (void)state;
    need_root();
    pid_t other = process_start_words("unshare", "-u", "sleep", "3333");
    process_wait_comm(other, "sleep");
    _cleanup_result_ struct result result = {0};
    join_as_nobody(other, &result);
    assert_says(&result, "it is another user's: run it with sudo");
    process_end(other);
}

static void process_that_proc_hides_is_told(void **state)
{
    (void)state;
    need_root();
    pid_t other = process_start_words("unshare", "-u", "sleep", "3333");
    process_wait_comm(other, "sleep");
    if (mount("proc", "/proc", "proc", 0, "hidepid=2") < 0) { /* in our own mount namespace */
        process_end(other);
        skip_because("no proc with hidepid can be mounted here");
    }
    _cleanup_result_ struct result result = {0};
    join_as_nobody(other, &result);
    assert_int_equal(umount2("/proc", MNT_DETACH), 0);
    assert_says(&result, "it is alive, and /proc does not show it (/proc is mounted with hidepid");
    process_end(other);
}

static void target_that_dies_while_it_is_joined_is_told(void **state)
{
    (void)state;
    need_root();
    if (!program_is_there("strace"))
        skip_because("strace is missing, which holds a call for a while");
    box_start("box", "-pmu");
    pid_t pid = box_pid("box");
    char log[128];
    (void)snprintf(log, sizeof(log), "%s", test_path("%s/log", test_folder()));
    file_put(log, "");
    const char *script = test_path("strace -f -qq -o %s -e trace=setns -e "
                                   "inject=setns:delay_enter=1500000:when=1 %s join %d -- true",
                                   log, program_of_ours("nstui"), pid);
    const char *both =
        test_path("(%s; echo status $?) 2>&1 & sleep 0.7; kill -9 %d; wait", script, pid);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "sh", "-c", both);
    if (strstr(result.out, "ptrace"))
        skip_because("nobody may trace here");
    if (!strstr(result.out, "its process has ended meanwhile") || !strstr(result.out, "status 125"))
        fail_msg("%s", result.out);
    box_end("box");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(container_is_shared_by_its_name),
        machine_test(words_that_name_nothing_to_share_are_told),
        machine_test(clocks_are_set_by_options),
        machine_test(throw_away_root_is_thrown_away),
        machine_test(user_shares_a_user_namespace_of_his_own),
        machine_test(join_takes_the_variables_on_request),
        machine_test(tools_say_where_the_files_are),
        machine_test(killed_join_with_tools_leaves_nothing),
        machine_test(network_of_ip_netns_is_joined_by_its_name),
        machine_test(process_of_another_user_is_told),
        machine_test(process_that_proc_hides_is_told),
        machine_test(target_that_dies_while_it_is_joined_is_told),
    };
    return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
