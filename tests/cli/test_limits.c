/* Limits and networks by the command line: what run tells, what ps shows, that nothing is left, also
 * after everything of ours was killed; and the sentences for what cannot be. Links are made only in a
 * net namespace of the test's own. */
#include <errno.h>
#include <glob.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "nstui/cgroups.h"
#include "support.h"

#define NOBODY 54321

static bool apart; /* we are in a net namespace of our own */

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

/* ---- what a test needs ---------------------------------------------------------------------- */

/* The folder of a hierarchy with a controller that root may write to. */
static const char *hierarchy(enum cgroup_controller controller)
{
    struct cgroup_mounts mounts = {0};
    need_root();
    if (cgroup_mounts_read(&mounts, NULL) < 0)
        fail_msg("mountinfo cannot be read");
    const struct cgroup_mount *mount = cgroup_mounts_find(&mounts, controller);
    const char *point = mount ? test_path("%s", mount->point) : NULL;
    cgroup_mounts_free(&mounts);
    if (!point)
        skip_because("%s cannot be limited here", cgroup_controller_names[controller]);
    if (mkdir(test_path("%s/nstui-probe", point), 0755) < 0)
        skip_because("no cgroup can be made in %s: %s", point, strerror(errno));
    (void)rmdir(test_path("%s/nstui-probe", point));
    return point;
}

static void need_network(void)
{
    _cleanup_result_ struct result result = {0};
    need_root();
    if (!apart)
        skip_because("no net namespace of its own can be made here");
    if (run_words(&result, "ip", "link", "add", "nst-probe", "type", "bridge") != 0)
        skip_because("no bridge can be made here: %s", result.error);
    run_expect(0, &result, "ip", "link", "del", "nst-probe");
}

static void tag_read(const char *name, char tag[9])
{
    _cleanup_session_state_ struct session_state session = {0};
    session_read(name, &session);
    (void)snprintf(tag, 9, "%s", session.tag);
    assert_int_equal(strlen(tag), 8);
}

/* Whether a session of that name has left a cgroup: others may have theirs meanwhile. */
static bool cgroup_is_left(const char *point, const char *name)
{
    glob_t found;
    bool left = glob(test_path("%s/nstui/%s-*", point, name), 0, NULL, &found) == 0;
    globfree(&found);
    return left;
}

/* ---- limits ------------------------------------------------------------------------------------ */

static void run_tells_that_memory_was_the_reason(void **state)
{
    (void)state;
    const char *point = hierarchy(CGROUP_MEMORY);
    _cleanup_result_ struct result result = {0};
    run_expect(137, &result, "nstui", "run", "--name", "hog", "-pm", "--memory", "64m", "--",
               "timeout", "15", "tail", "/dev/zero");
    assert_string_equal(result.out, "");
    assert_says(result.error, "nstui: the kernel ended it: it wanted more than 64 MiB\n");
    assert_false(cgroup_is_left(point, "hog"));
}

static void run_tells_that_processes_were_refused(void **state)
{
    (void)state;
    (void)hierarchy(CGROUP_PIDS);
    _cleanup_result_ struct result result = {0};
    (void)run_words(&result, "nstui", "run", "-p", "--pids-limit", "4", "--", "sh", "-c",
                    "for i in 1 2 3 4 5; do sleep 0.2 & done");
    assert_says(result.error, "nstui: it was refused a new process 1 time: it may have 4\n");
}

static void who_keeps_to_its_limits_is_not_talked_about(void **state)
{
    (void)state;
    const char *point = hierarchy(CGROUP_PIDS);
    _cleanup_result_ struct result result = {0};
    run_expect(7, &result, "nstui", "run", "--name", "keeps", "-pm", "--pids-limit", "20", "--",
               "sh", "-c", "grep pids /proc/self/cgroup; exit 7");
    assert_string_equal(result.error, "");
    assert_false(cgroup_is_left(point, "keeps"));
}

/* Without a pid namespace the kernel ends nobody with the first process: the cgroup does. */
static void what_stays_behind_is_ended_with_the_session(void **state)
{
    (void)state;
    (void)hierarchy(CGROUP_PIDS);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-m", "--pids-limit", "20", "--", "sh", "-c",
               "setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $!");
    pid_t left = (pid_t)strtol(result.out, NULL, 10);
    assert_true(left > 1);
    assert_false(process_is_alive(left));
}

static bool bomb_is_full(void *pid)
{
    struct cgroup_usage usage;
    cgroup_usage_read(*(pid_t *)pid, &usage);
    return usage.processes >= 30;
}

static void a_fork_bomb_ends_with_its_session(void **state)
{
    (void)state;
    const char *point = hierarchy(CGROUP_PIDS);
    _cleanup_result_ struct result result = {0};
    session_run("--name", "bomb", "-m", "--pids-limit", "40", "--cpus", "0.3", "--", "sh", "-c",
                "f() { while :; do f & done; }; f & exec sleep 60");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("bomb", &session);
    if (!wait_until(bomb_is_full, &session.pid, WAIT_MS))
        fail_msg("it has not reached its limit");
    run_expect(0, &result, "sh", "-c", "true | true");
    run_expect(0, &result, "nstui", "stop", "-t", "1", "bomb");
    run_expect(0, &result, "nstui", "ps", "-J");
    assert_says(result.out, "\"state\":\"exited\"");
    assert_false(cgroup_is_left(point, "bomb"));
    session_remove("bomb");
}

static void ps_shows_the_figures_of_its_cgroup(void **state)
{
    (void)state;
    (void)hierarchy(CGROUP_MEMORY);
    (void)hierarchy(CGROUP_PIDS);
    _cleanup_result_ struct result result = {0};
    session_run("--name", "plain", "-p", "--", "sleep", "1000");
    run_expect(0, &result, "nstui", "ps");
    assert_null(strstr(result.out, "MEM"));
    session_run("--name", "fig", "-p", "--memory", "64m", "--pids-limit", "20", "--", "sh", "-c",
                "sleep 1000; true");
    run_expect(0, &result, "nstui", "ps");
    assert_says(result.out, "MEM PIDS");
    run_expect(0, &result, "nstui", "ps", "-J");
    assert_says(result.out, "\"memory_limit\":67108864");
    assert_says(result.out, "\"process_limit\":20");
    assert_says(result.out, "\"processes\":");
    assert_says(result.out, "\"memory\":");
    run_expect(0, &result, "nstui", "stop", "-t", "1", "fig", "plain");
    session_remove("fig");
    session_remove("plain");
}

static void after_a_kill_of_everything_the_next_command_cleans(void **state)
{
    (void)state;
    const char *point = hierarchy(CGROUP_PIDS);
    _cleanup_result_ struct result result = {0};
    char tag[9];
    /* What it leaves behind is in no pid namespace and would live on. */
    session_run("--name", "lost", "-m", "--pids-limit", "20", "--", "sh", "-c",
                "setsid sleep 300 & echo; sleep 300");
    tag_read("lost", tag);
    const char *own = test_path("%s/nstui/lost-%s", point, tag);
    assert_true(path_exists(own));
    _cleanup_session_state_ struct session_state session = {0};
    session_read("lost", &session);
    assert_int_equal(kill(session.supervisor, SIGKILL), 0);
    assert_int_equal(kill(session.pid, SIGKILL) == 0 || errno == ESRCH, true);
    wait_ms(100);
    assert_true(path_exists(own));
    run_expect(0, &result, "nstui", "ps");
    assert_false(path_exists(own));
    session_remove("lost");
}

/* ---- network ----------------------------------------------------------------------------------- */

static void a_session_on_a_bridge_tells_its_address_and_leaves_no_link(void **state)
{
    (void)state;
    need_network();
    _cleanup_result_ struct result result = {0};
    char tag[9];
    session_run("--name", "net", "-pm", "--network", "bridge", "--", "sleep", "1000");
    tag_read("net", tag);
    assert_int_not_equal(if_nametoindex(test_path("nst-%s", tag)), 0);
    run_expect(0, &result, "nstui", "ps", "-J");
    assert_says(result.out, "\"address\":\"10.88.77.2/24 10.88.77.1\"");
    run_expect(0, &result, "nstui", "run", "-vpm", "--network", "bridge", "--", "ping", "-nqc", "1",
               "-W", "3", "10.88.77.2");
    assert_says(result.error,
                "nstui: eth0 in there has 10.88.77.3/24, and its way out is 10.88.77.1\n");
    run_expect(0, &result, "nstui", "stop", "-t", "1", "net");
    assert_int_equal(if_nametoindex(test_path("nst-%s", tag)), 0);
    assert_int_equal(if_nametoindex("nstui0"), 0);
    session_remove("net");
}

static void after_a_kill_of_everything_the_links_go_too(void **state)
{
    (void)state;
    need_network();
    _cleanup_result_ struct result result = {0};
    session_run("--name", "net", "-p", "--network", "bridge", "--", "sleep", "1000");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("net", &session);
    assert_int_equal(kill(session.supervisor, SIGKILL), 0);
    assert_int_equal(kill(session.pid, SIGKILL) == 0 || errno == ESRCH, true);
    assert_int_not_equal(if_nametoindex("nstui0"), 0);
    wait_ms(100);
    run_expect(0, &result, "nstui", "ps");
    assert_int_equal(if_nametoindex("nstui0"), 0);
    session_remove("net");
}

static void no_network_is_a_loopback_that_is_up(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "--network", "none", "--", "sh", "-c",
               "sed 1,2d /proc/net/dev | wc -l; ip -br link show lo | grep -c LOWER_UP");
    assert_says(result.out, "\n1\n");
    run_expect(0, &result, "nstui", "run", "--network", "host", "--", "readlink",
               "/proc/self/ns/net");
    char host[64] = "";
    assert_true(readlink("/proc/self/ns/net", host, sizeof(host) - 1) > 0);
    assert_string_equal(result.out, test_path("%s\n", host));
}

/* ---- sentences ----------------------------------------------------------------------------------- */

static void what_makes_no_sense_is_a_sentence(void **state)
{
    (void)state;
    need_root();
    static const struct {
        const char *words[7], *says;
    } cases[] = {
        {{"--memory", "lots"}, "\"lots\" is no size (write it as 64m, 1g or 1048576)"},
        {{"--memory", "-5m"}, "is no size"},
        {{"--memory", "64mm"}, "is no size"},
        {{"--memory", "1k"}, "too small to start anything"},
        {{"--memory-swap", "1g"}, "a limit of swap needs one of memory (add --memory SIZE"},
        {{"--memory", "64m", "--memory-swap", "32m"}, "and less than --memory"},
        {{"--memory-swap", "32m", "--memory", "64m"}, "and less than --memory"},
        {{"--pids-limit", "0"}, "\"0\" is no number of processes"},
        {{"--pids-limit", "many"}, "is no number of processes"},
        {{"--pids-limit", "1", "--init"}, "a limit of 1 process is too small"},
        {{"--cpus", "0"}, "\"0\" is no number of cpus (write it as 0.5 or 1.5"},
        {{"--cpus", "1.5x"}, "is no number of cpus"},
        {{"--cpu-weight", "20000"}, "is no cpu weight: a number from 1 to 10000 is"},
        {{"--cpu-shares", "0"}, "is no number of cpu shares"},
        {{"--cgroup-parent", "/", "--pids-limit", "5"}, "wants a path below the root"},
        {{"--cgroup-parent", "../x", "--pids-limit", "5"}, ". and .. cannot be in its path"},
        {{"--network", "wlan"}, "\"wlan\" is no network: host, none, bridge and bridge:NAME are"},
        {{"--network", "bridge:"}, "the name of a bridge has 1 to 15 signs"},
        {{"--ip", "10.0.0.2/24"}, "an address needs a network of its own (add --network bridge)"},
        {{"--network", "bridge", "--ip", "10.0.0.2"}, "(write 10.0.0.2/24)"},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        const char *argv[16] = {"nstui", "run", "--dry-run"};
        int count = 3;
        for (size_t at = 0; cases[i].words[at]; at++)
            argv[count++] = cases[i].words[at];
        argv[count++] = "true";
        _cleanup_result_ struct result result = {0};
        assert_int_equal(run_program(argv, NULL, 0, WAIT_MS, &result), 125);
        assert_says(result.error, cases[i].says);
    }
}

static void the_field_that_is_wrong_is_named(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(125, &result, "nstui", "run", "--dry-run", "-J", "--memory", "1k", "true");
    assert_says(result.out, "\"limits\"");
    run_expect(125, &result, "nstui", "run", "--dry-run", "-J", "--network", "bridge", "--ip", "x",
               "true");
    assert_says(result.out, "\"network\"");
}

static void the_steps_name_limits_and_network(void **state)
{
    (void)state;
    (void)hierarchy(CGROUP_MEMORY);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "--dry-run", "-p", "--memory-swap", "1g", "--memory",
               "512m", "--pids-limit", "20", "--network", "bridge:br7", "--ip", "10.1.2.3/24",
               "true");
    assert_says(result.out, "512 MiB of memory, 20 processes");
    assert_says(result.out, "bridge br7");
    assert_says(result.out, "10.1.2.3/24");
}

/* ---- without root --------------------------------------------------------------------------------- */

/* Runs as nobody, after the shell's line `before` was done as root. */
static void run_as_nobody(const char *before, struct result *result)
{
    const char *folder = test_folder();
    assert_int_equal(chown(folder, NOBODY, NOBODY), 0);
    const char *script =
        test_path("%s; exec setpriv --reuid %d --regid %d --clear-groups env XDG_RUNTIME_DIR=%s "
                  "XDG_STATE_HOME=%s/state HOME=%s %s run -U --pids-limit 9 -- cat "
                  "/proc/self/cgroup",
                  before, NOBODY, NOBODY, folder, folder, folder, program_of_ours("nstui"));
    (void)run_words(result, "sh", "-c", script);
    if (result->status == 126 || strstr(result->error, "Permission denied\nsh"))
        skip_because("the build folder is closed to other users");
    if (strstr(result->error, "user namespace here"))
        skip_because("users may not make user namespaces here");
}

static void without_root_limits_say_what_they_need(void **state)
{
    (void)state;
    (void)hierarchy(CGROUP_PIDS);
    _cleanup_result_ struct result result = {0};
    run_as_nobody("true", &result);
    assert_int_equal(result.status, 125);
    assert_says(result.error, "limits need root, or a cgroup that systemd has given away");
    assert_says(result.error, "-p Delegate=yes");
}

static void without_root_a_cgroup_that_was_given_away_is_used(void **state)
{
    (void)state;
    const char *given = test_path("%s/nstui-given", hierarchy(CGROUP_PIDS));
    _cleanup_result_ struct result result = {0}, removed = {0};
    const char *before = test_path(
        "mkdir -p %s/leaf && chown -R %d %s && (echo +pids >%s/cgroup.subtree_control; true) "
        "2>/dev/null && echo $$ >%s/leaf/cgroup.procs",
        given, NOBODY, given, given, given);
    run_as_nobody(before, &result);
    run_expect(0, &removed, "sh", "-c",
               test_path("find %s -depth -type d -exec rmdir {} + && ! test -e %s", given, given));
    if (result.status != 0)
        fail_msg("%s", result.error);
    assert_says(result.out, "/nstui-given/");
    assert_says(result.out, "/nstui/");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(run_tells_that_memory_was_the_reason),
        machine_test(run_tells_that_processes_were_refused),
        machine_test(who_keeps_to_its_limits_is_not_talked_about),
        machine_test(what_stays_behind_is_ended_with_the_session),
        machine_test(a_fork_bomb_ends_with_its_session),
        machine_test(ps_shows_the_figures_of_its_cgroup),
        machine_test(after_a_kill_of_everything_the_next_command_cleans),
        machine_test(a_session_on_a_bridge_tells_its_address_and_leaves_no_link),
        machine_test(after_a_kill_of_everything_the_links_go_too),
        machine_test(no_network_is_a_loopback_that_is_up),
        machine_test(what_makes_no_sense_is_a_sentence),
        machine_test(the_field_that_is_wrong_is_named),
        machine_test(the_steps_name_limits_and_network),
        machine_test(without_root_limits_say_what_they_need),
        machine_test(without_root_a_cgroup_that_was_given_away_is_used),
    };
    apart = unshare(CLONE_NEWNET) == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
