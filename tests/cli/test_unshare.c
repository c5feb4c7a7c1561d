/* nstui unshare, pin and unpin: namespaces held by a process, and kept by files; and that nothing is
 * unmounted or removed that they have not made. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"

static void assert_says(const struct result *result, const char *text)
{
    if (!strstr(result->error, text))
        fail_msg("stderr has no \"%s\":\n%s", text, result->error);
}

static void unshare_start(const char *letters, const char *name, const char *hostname)
{
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "unshare", letters, "-d", "--name", name, "--hostname",
               hostname);
    assert_string_equal(result.out, test_path("%s\n", name));
}

static void assert_output_of(const char *const argv[], const char *out)
{
    _cleanup_result_ struct result result = {0};
    run_expect_at(0, argv, &result, __FILE__, __LINE__);
    assert_string_equal(result.out, out);
}
#define assert_output(out, ...) assert_output_of((const char *const[]){__VA_ARGS__, NULL}, (out))

/* ---- held by a process ----------------------------------------------------------------------- */

static void a_held_namespace_is_a_session_that_can_be_joined(void **state)
{
    (void)state;
    need_root();
    char ours[256], after[256];
    assert_int_equal(gethostname(ours, sizeof(ours)), 0);
    unshare_start("-u", "held", "studio6-uts");
    _cleanup_session_state_ struct session_state session = {0}, ended = {0};
    session_read("held", &session);
    assert_int_equal(session.condition, SESSION_RUNNING);
    assert_int_equal(session.own, NS_BIT(NS_UTS));
    assert_output("studio6-uts\n", "nstui", "join", "held", "--", "hostname");
    assert_output("studio6-uts\n", "nstui", "join", test_path("%d", (int)session.pid), "--",
                  "hostname");
    assert_output("", "nstui", "join", "held", "--", "hostname", "changed");
    assert_output("changed\n", "nstui", "join", "held", "--", "hostname");
    assert_int_equal(gethostname(after, sizeof(after)), 0);
    assert_string_equal(ours, after);
    assert_output("", "nstui", "stop", "held");
    session_read("held", &ended);
    assert_int_equal(ended.exit_status, 0); /* that is how it is to end */
    session_remove("held");
}

static void in_the_foreground_it_holds_until_control_c(void **state)
{
    (void)state;
    need_root();
    static const char *const words[] = {"timeout",    "--foreground", "-s",      "INT",
                                        "0.7",        "nstui",        "unshare", "-pu",
                                        "--hostname", "box",          NULL};
    _cleanup_result_ struct result result = {0};
    _cleanup_free_ char *path = xstrdup(program_of_ours("nstui"));
    const char *argv[array_length(words)];
    memcpy(argv, words, sizeof(words));
    argv[5] = path;
    assert_int_equal(run_program(argv, NULL, 0, WAIT_MS, &result), 124);
    assert_says(&result, "holds new: pid uts");
    assert_says(&result, "hostname in there: box");
    assert_says(&result, "ctrl-C ends it");
    assert_string_equal(result.out, "");
}

static void with_a_command_it_runs_that(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0}, missing = {0};
    run_expect(7, &result, "nstui", "unshare", "-pmu", "--hostname", "box", "--", "sh", "-c",
               "hostname; echo $$; exit 7");
    assert_string_equal(result.out, "box\n1\n");
    run_expect(127, &missing, "nstui", "unshare", "-p", "nosuch");
}

static void what_makes_no_sense_is_125(void **state)
{
    (void)state;
    need_root();
    static const struct {
        const char *words[8];
        const char *error;
    } cases[] = {
        {{"nstui", "unshare"}, "there is no namespace to make"},
        {{"nstui", "unshare", "-m", "--hostname", "x"}, "a hostname needs a uts namespace"},
        {{"nstui", "unshare", "-u", "--pin", "/nosuch/x/y"}, "cannot make the directory"},
        {{"nstui", "unshare", "-u", "--pin", "/tmp/x", "true"}, "with --pin no process stays"},
        {{"nstui", "unshare", "-u", "--pin", "/tmp/x", "-d"}, "with --pin no process stays"},
        {{"nstui", "unshare", "-pu", "--pin", "/tmp/x"}, "cannot be kept by a file alone"},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect_at(125, cases[i].words, &result, __FILE__, __LINE__);
        assert_says(&result, cases[i].error);
    }
    assert_false(path_exists("/tmp/x"));
}

/* ---- kept by files ---------------------------------------------------------------------------- */

static void pinned_namespaces_are_there_without_a_process(void **state)
{
    (void)state;
    need_root();
    struct stat status;
    _cleanup_result_ struct result result = {0};
    const char *place = test_path("%s/pins", test_folder());
    const char *uts = test_path("%s/uts", place), *net = test_path("%s/net", place);
    run_expect(0, &result, "nstui", "unshare", "-un", "--hostname", "kept", "--pin", place);
    assert_string_equal(result.out, test_path("%s\n%s\n", uts, net));
    assert_string_equal(result.error, "");
    assert_int_equal(process_find_below(0, "nstui"), 0);
    assert_output("kept\n", "nstui", "join", uts, "--", "hostname");
    assert_output("1\n", "nstui", "join", net, "--", "sh", "-c",
                  "ls /proc/self/net/dev_snmp6 | wc -l");
    assert_output("", "nstui", "join", uts, "--", "hostname", "anew");
    assert_output("anew\n", "nstui", "join", uts, "--", "hostname");
    assert_output("", "nstui", "unpin", uts);
    assert_false(path_exists(uts));
    assert_int_equal(stat(net, &status), 0);
    assert_output("", "nstui", "unpin", place);
    assert_int_equal(mount_count(place), 0);
    assert_int_equal(rmdir(place), 0); /* nothing is in it */
}

static void every_type_but_pid_can_be_pinned(void **state)
{
    (void)state;
    need_root();
    const char *place = test_path("%s/pins", test_folder());
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "unshare", "-imnuUCT", "--pin", place);
    for (size_t at = 0; at < NS_TYPES; at++) {
        const char *path = test_path("%s/%s", place, ns_types[at].name);
        assert_int_equal(path_exists(path), at != NS_PID);
        if (at == NS_PID)
            continue;
        char link[64];
        struct stat status;
        assert_int_equal(stat(path, &status), 0);
        (void)snprintf(link, sizeof(link), "%s:[%llu]", ns_types[at].name,
                       (unsigned long long)status.st_ino);
        if (at != NS_USER && at != NS_MNT)
            assert_output(test_path("%s\n", link), "nstui", "join", path, "--", "readlink",
                          test_path("/proc/self/ns/%s", ns_types[at].name));
    }
    assert_output("", "nstui", "unpin", place);
    assert_int_equal(mount_count(place), 0);
}

/* A folder that is a shared mount with a peer, as a systemd host's are. */
static const char *shared_folder(const char **peer)
{
    const char *folder = test_folder();
    *peer = test_folder();
    assert_int_equal(mount("tmpfs", folder, "tmpfs", 0, NULL), 0);
    assert_int_equal(mount("", folder, NULL, MS_SHARED, NULL), 0);
    assert_int_equal(mount(folder, *peer, NULL, MS_BIND, NULL), 0);
    return folder;
}

static void a_mount_namespace_is_pinned_on_a_mount_of_its_own_where_mounts_are_shared(void **state)
{
    (void)state;
    need_root();
    const char *peer, *folder = shared_folder(&peer), *place = test_path("%s/pins", folder);
    int before = mount_count("/");
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "unshare", "-mu", "--hostname", "kept", "--pin", place);
    assert_says(&result, "bound on itself and made private");
    assert_output("", "nstui", "join", test_path("%s/mnt", place), "--", "true");
    assert_int_equal(mount_count(test_path("%s/pins/mnt", peer)), 0);
    assert_output("", "nstui", "unpin", test_path("%s/mnt", place));
    assert_output("kept\n", "nstui", "join", test_path("%s/uts", place), "--", "hostname");
    assert_output("", "nstui", "unpin", test_path("%s/uts", place));
    assert_int_equal(mount_count("/"), before); /* the bind has gone with the last one */
    assert_int_equal(umount(peer), 0);
    assert_int_equal(umount(folder), 0);
}

static void a_session_s_namespaces_outlive_it_by_their_files(void **state)
{
    (void)state;
    need_root();
    const char *place = test_folder(), *uts = test_path("%s/uts", place);
    _cleanup_result_ struct result result = {0}, dead = {0};
    unshare_start("-pu", "held", "kept");
    run_expect(0, &result, "nstui", "pin", "held", place);
    assert_says(&result, "it takes no new one");
    assert_output("", "nstui", "stop", "held");
    assert_output("kept\n", "nstui", "join", uts, "--", "hostname");
    /* The exhausted pid namespace: fork(2) gives ENOMEM there, and it is told why. */
    run_expect(125, &dead, "nstui", "join", test_path("%s/pid", place), "--", "true");
    assert_says(&dead, "its first process has ended");
    assert_output("", "nstui", "unpin", place);
    session_remove("held");
}

static void pin_fails_as_a_whole(void **state)
{
    (void)state;
    need_root();
    const char *place = test_folder(), *gone = test_path("%s/made", place);
    _cleanup_result_ struct result result = {0}, twice = {0}, ours = {0}, missing = {0};
    file_put(test_path("%s/net", place), "mine");
    run_expect(125, &result, "nstui", "unshare", "-un", "--pin", place);
    assert_says(&result, "/net is there already, and no empty file");
    assert_false(path_exists(test_path("%s/uts", place)));
    assert_string_equal(file_get(test_path("%s/net", place)), "mine");
    assert_output(test_path("%s/uts\n", place), "nstui", "unshare", "-u", "--pin", place);
    run_expect(125, &twice, "nstui", "unshare", "-u", "--pin", place);
    assert_says(&twice, "a namespace is pinned to");
    assert_output("", "nstui", "unpin", place);
    run_expect(1, &ours, "nstui", "pin", test_path("%d", (int)getpid()), "-m", gone);
    assert_says(&ours, "mount_namespaces(7)");
    assert_false(path_exists(gone));
    run_expect(1, &missing, "nstui", "pin", "4194303", gone);
    assert_false(path_exists(gone));
    assert_int_equal(mount_count(place), 0);
}

static void unpin_takes_nothing_but_pins(void **state)
{
    (void)state;
    need_root();
    const char *place = test_folder(), *other = test_folder();
    const char *mine = test_path("%s/uts", other), *link = test_path("%s/link", other);
    const char *tmpfs = test_path("%s/mounted", other);
    assert_output(test_path("%s/uts\n", place), "nstui", "unshare", "-u", "--pin", place);
    file_put(mine, "");
    assert_int_equal(chmod(mine, 0444), 0);
    assert_int_equal(symlink(test_path("%s/uts", place), link), 0);
    assert_int_equal(symlink(place, test_path("%s/net", other)), 0);
    assert_int_equal(mkdir(tmpfs, 0755), 0);
    assert_int_equal(mount("tmpfs", tmpfs, "tmpfs", 0, NULL), 0);
    const struct {
        const char *path, *error;
    } cases[] = {
        {mine, "no namespace is pinned to"},
        {link, "is a symbolic link, and none is followed"},
        {test_path("%s/net", other), "is a symbolic link, and none is followed"},
        {"/proc/self/ns/uts", "is a symbolic link, and none is followed"},
        {other, "no namespace is pinned in"},
        {tmpfs, "no namespace is pinned in"},
        {"/etc/passwd", "no namespace is pinned to"},
        {"/nosuch", "No such file or directory"},
        {"/", "no namespace is pinned in"},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect(1, &result, "nstui", "unpin", cases[i].path);
        assert_says(&result, cases[i].error);
    }
    assert_true(path_exists(mine));
    assert_int_equal(mount_count(tmpfs), 1);
    assert_int_equal(mount_count(test_path("%s/uts", place)), 1);
    assert_int_equal(umount(tmpfs), 0);
    /* A file of somebody else's below the mount stays. */
    assert_int_equal(mount("/proc/self/ns/uts", mine, NULL, MS_BIND, NULL), 0);
    assert_output("", "nstui", "unpin", place);
    assert_output("", "nstui", "unpin", mine);
    assert_false(path_exists(mine)); /* empty and 0444: as if it was ours */
    file_put(mine, "content");
    assert_int_equal(mount("/proc/self/ns/uts", mine, NULL, MS_BIND, NULL), 0);
    assert_output("", "nstui", "unpin", mine);
    assert_string_equal(file_get(mine), "content");
}

static void without_root_it_says_what_would_help(void **state)
{
    (void)state;
    need_root();
    static const char *const words[] = {"nstui", "unshare", "-u", NULL};
    struct run_options options = {.argv = words, .uid = 65534};
    _cleanup_result_ struct result result = {0};
    assert_int_equal(run_program_with(&options, &result), 125);
    assert_says(&result, "sudo nstui unshare ..");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_held_namespace_is_a_session_that_can_be_joined),
        machine_test(in_the_foreground_it_holds_until_control_c),
        machine_test(with_a_command_it_runs_that),
        machine_test(what_makes_no_sense_is_125),
        machine_test(pinned_namespaces_are_there_without_a_process),
        machine_test(every_type_but_pid_can_be_pinned),
        machine_test(a_mount_namespace_is_pinned_on_a_mount_of_its_own_where_mounts_are_shared),
        machine_test(a_session_s_namespaces_outlive_it_by_their_files),
        machine_test(pin_fails_as_a_whole),
        machine_test(unpin_takes_nothing_but_pins),
        machine_test(without_root_it_says_what_would_help),
    };
    return cmocka_run_group_tests_name("unshare", tests, NULL, NULL);
}
