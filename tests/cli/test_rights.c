/* The options of nstui run that say what a command may do: their words, and what they come to. What
 * they do in the kernel is in tests/engine/test_rights.c, test_walled.c and test_maps.c. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "nstui/base.h"
#include "support.h"

static void words_that_make_no_sense_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value, *sentence;
    } cases[] = {
        {"--map-users", "1:2", "\"1:2\" is no map of ids (write INSIDE:OUTSIDE:COUNT"},
        {"--map-users", "1:2:3:4", "is no map of ids"},
        {"--map-groups", "1,2", "is no map of ids"},
        {"--map-users", "-1:2:3", "is no map of ids"},
        {"--cap-add", "SYS_EVERYTHING", "there is no capability SYS_EVERYTHING"},
        {"--cap-drop", "", "there is no capability"},
        {"--setuid", ":5", "is no user: write UID[:GID] or NAME[:GROUP]"},
        {"--setuid", "5:", "is no group: write its number or its name"},
        {"--setgid", "a:b", "is no group"},
        {"--group-add", "video", "\"video\" is no number of a group"},
        {"--seccomp", "/nosuch.json", "cannot read the seccomp profile: "},
        {"--seccomp", "/dev/zero", "the seccomp profile /dev/zero is no file"},
        {"--seccomp", "/dev/null", "the seccomp profile /dev/null is no file"},
        {"--ulimit", "nofile", "\"nofile\" is no limit (write NAME=SOFT[:HARD]"},
        {"--ulimit", "files=3", "there is no limit \"files\""},
        {"--ulimit", "nofile=9:3", "the limit nofile: its soft value is above the hard one"},
        {"--oom-score-adj", "1001", "is no oom score: it is between -1000 and 1000"},
        {"--umask", "8", "\"8\" is no umask: write it as 022"},
        {"--umask", "01777", "is no umask"},
        {"--sysctl", "kernel.hostname", "is no sysctl: write NAME=VALUE"},
        {"--mask", "etc", "is no absolute path of a part"},
        {"--ro-path", "/a/./b", "has a . in it"},
        {"--mask", "/a\nb/..", "the path \"/a?b/..\" that is to be covered has a .. in it"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_result_ struct result result = {0};
        run_expect(125, &result, "nstui", "run", "-pm", cases[at].option, cases[at].value, "--",
                   "echo", "ran");
        assert_string_equal(result.out, "");
        if (!strstr(result.error, cases[at].sentence))
            fail_msg("%s %s: %s", cases[at].option, cases[at].value, result.error);
    }
}

static void maps_are_read_in_both_orders_of_unshare(void **state)
{
    (void)state;
    need_root();
    static const char *const maps[] = {"0:100000:50", "100000,0,50"};
    for (size_t at = 0; at < array_length(maps); at++) {
        _cleanup_result_ struct result result = {0};
        run_expect(0, &result, "nstui", "run", "-m", "--map-users", maps[at], "--map-groups",
                   maps[at], "--", "cat", "/proc/self/uid_map", "/proc/self/gid_map");
        assert_string_equal(result.out, "         0     100000         50\n"
                                        "         0     100000         50\n");
    }
}

static void options_come_to_the_rights_that_they_name(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-pmi", "--cap-drop", "ALL", "--cap-add", "net_raw",
               "--cap-add", "CAP_CHOWN", "--setuid", "7:8", "--group-add", "9", "--no-new-privs",
               "--ulimit", "nofile=30:40", "--ulimit", "core=0", "--umask", "077", "--seccomp",
               "walled", "--oom-score-adj", "5", "--", "sh", "-c",
               "echo $(id -u) $(id -g) $(id -G); ulimit -n; ulimit -Hn; ulimit -c; umask; "
               "cat /proc/self/oom_score_adj; "
               "sed -n 's/^CapEff:.0*//p;s/^CapBnd:.0*//p;s/^NoNewPrivs:.//p;s/^Seccomp:.//p' "
               "/proc/self/status");
    assert_string_equal(result.out, "7 8 8 9\n30\n40\n0\n0077\n5\n2001\n2001\n1\n2\n");
}

static void walled_is_a_word_of_the_session(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result start = {0}, list = {0}, join = {0}, end = {0};
    run_expect(0, &start, "nstui", "run", "-d", "--name", "wall", "--walled", "--init", "--",
               "sleep", "60");
    run_expect(0, &list, "nstui", "ps", "-J");
    assert_non_null(strstr(list.out, "\"grade\":\"walled\""));
    run_expect(0, &join, "nstui", "join", "wall", "--", "sed", "-n",
               "s/^NoNewPrivs:.//p;s/^Seccomp:.//p", "/proc/self/status");
    assert_string_equal(join.out, "1\n2\n");
    assert_string_equal(join.error, "");
    run_expect(0, &end, "nstui", "rm", "-f", "wall");
}

static void dry_run_tells_the_steps_of_the_grade(void **state)
{
    (void)state;
    static const char *const steps[] = {
        "mount(tmpfs or /dev/null, \"proc/keys\")",
        "mount(\"proc/sys\", \"proc/sys\", MS_BIND|MS_REC), mount_setattr(RDONLY)",
        "mount_setattr(\"/\", RDONLY|NODEV)",
        "write(uid_map \"0 1000 5, 5 2000 5\", gid_map \"0 ",
        ("prctl(PR_CAPBSET_DROP, all but CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID "
         "SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT AUDIT_WRITE SETFCAP)"),
        "read(\"etc/passwd\")",
        "setgroups, setresgid, setresuid: daemon",
        "prctl(PR_SET_NO_NEW_PRIVS, 1)",
        "seccomp(SECCOMP_SET_MODE_FILTER)",
        "write(\"/proc/sys/net/ipv4/ip_forward\", \"1\")",
        "write(oom_score_adj \"9\")",
    };
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "--dry-run", "-n", "--walled", "--root",
               test_path("%s/root", test_folder()), "--read-only", "--setuid", "daemon",
               "--map-users", "0:1000:5", "--map-users", "5:2000:5", "--sysctl",
               "net.ipv4.ip_forward=1", "--oom-score-adj", "9", "--", "true");
    for (size_t at = 0; at < array_length(steps); at++) {
        if (!strstr(result.out, steps[at]))
            fail_msg("%s is not in:\n%s", steps[at], result.out);
    }
}

static void what_a_wall_around_us_refuses_is_told(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    run_expect(125, &result, "nstui", "run", "--walled", "--", program_of_ours("nstui"), "run",
               "-u", "true");
    assert_non_null(strstr(result.error, "root in here lacks CAP_SYS_ADMIN"));
    assert_null(strstr(result.error, "sudo"));
    run_expect(125, &result, "nstui", "run", "-m", "--", "unshare", "-Ur", program_of_ours("nstui"),
               "run", "-m", "--root", test_path("%s/root", test_folder()), "true");
    assert_non_null(strstr(result.error, "no pid namespace of its own; add -p"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(words_that_make_no_sense_are_told),
        machine_test(maps_are_read_in_both_orders_of_unshare),
        machine_test(options_come_to_the_rights_that_they_name),
        machine_test(walled_is_a_word_of_the_session),
        machine_test(dry_run_tells_the_steps_of_the_grade),
        machine_test(what_a_wall_around_us_refuses_is_told),
    };
    return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
