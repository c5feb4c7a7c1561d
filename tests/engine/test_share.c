/* Shared namespaces: a launch enters what exists, in the order that rights and kernel ask for, is born
 * in a pid namespace that is shared, and leaves nothing when the process between dies. */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "box.h"

/* A container to be shared. */
struct other {
    struct spec spec;
    struct launched launched;
};

static void other_start(struct other *other, const char *letters, const char *root)
{
    struct text text = {0};
    *other = (struct other){.spec = {.init = true}};
    other->spec.hostname = strchr(letters, 'u') ? xstrdup("other") : NULL;
    box_spec(&other->spec, letters, root, "echo ready; exec sleep 3333");
    box_launch(&other->spec, &other->launched);
    assert_true(box_read(other->launched.output, &text, "ready"));
    text_free(&text);
}

static void other_end(struct other *other)
{
    box_kill(&other->launched);
    spec_free(&other->spec);
}

static void share(struct spec *spec, enum ns_type type, const struct other *other)
{
    spec->shared |= NS_BIT(type);
    spec->shares[type] = (struct ns_target){.pid = other->launched.pid};
}

static void share_path(struct spec *spec, enum ns_type type, const char *path)
{
    spec->shared |= NS_BIT(type);
    spec->shares[type] = (struct ns_target){.path = xstrdup(path)};
}

/* The links of a launch's own namespaces are those of the other, in these types and no other. */
static void assert_same(pid_t pid, pid_t other, ns_set types)
{
    for (size_t at = 0; at < NS_TYPES; at++) {
        char ours[64], theirs[64];
        process_namespace(pid, ns_types[at].name, ours);
        process_namespace(other, ns_types[at].name, theirs);
        if ((types & NS_BIT(at)) && strcmp(ours, theirs) != 0)
            fail_msg("%s is %s and not %s", ns_types[at].name, ours, theirs);
        if (!(types & NS_BIT(at)) && strcmp(ours, theirs) == 0)
            fail_msg("%s is that of the other", ns_types[at].name);
    }
}

static void every_type_of_a_container_can_be_shared(void **state)
{
    (void)state;
    static const enum ns_type types[] = {NS_MNT, NS_UTS,    NS_IPC, NS_PID,
                                         NS_NET, NS_CGROUP, NS_TIME};
    struct other other;
    other_start(&other, "mpuinCT", test_folder());
    ns_set all = 0;
    for (size_t at = 0; at <= array_length(types); at++) {
        struct spec spec = {0};
        struct launched launched;
        ns_set shared = 0;
        box_spec(&spec, "", NULL, "read line");
        for (size_t one = 0; one < array_length(types); one++) {
            if (one == at || at == array_length(types)) {
                share(&spec, types[one], &other);
                shared |= NS_BIT(types[one]);
            }
        }
        all |= shared;
        box_launch(&spec, &launched);
        assert_same(launched.pid, other.launched.pid, shared | NS_BIT(NS_USER));
        box_kill(&launched);
        spec_free(&spec);
    }
    assert_int_equal(all, NS_ALL & ~NS_BIT(NS_USER));
    other_end(&other);
}

static void shared_pid_is_really_entered_and_the_process_is_ours(void **state)
{
    (void)state;
    struct other other;
    other_start(&other, "mp", test_folder());
    struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "mu", NULL,
             "echo $PPID; cat /proc/1/comm; ps -o comm= -p $$; hostname inner;"
             "hostname; exit 7");
    share(&spec, NS_PID, &other);
    struct launched launched;
    box_launch(&spec, &launched);
    pid_t pid = launched.pid;
    assert_true(pid > 0);
    box_collect(&launched, &result);
    assert_string_equal(result.out.data, "0\nnstui-init\nsh\ninner\n");
    assert_int_equal(result.status, 7); /* it was ours to wait for */
    spec_free(&spec);
    other_end(&other);
}

static void new_namespaces_are_made_beside_shared_ones(void **state)
{
    (void)state;
    struct other other;
    other_start(&other, "pn", NULL);
    struct spec spec = {.hostname = xstrdup("both")};
    const char *root = test_folder();
    struct launched launched;
    struct text text = {0};
    box_spec(&spec, "mui", root, "hostname; ls -d /old-root /sys; read line");
    share(&spec, NS_NET, &other);
    share(&spec, NS_PID, &other);
    box_launch(&spec, &launched);
    assert_true(box_read(launched.output, &text, "both\n"));
    char ours[64], theirs[64];
    assert_string_equal(process_namespace(launched.pid, "net", ours),
                        process_namespace(other.launched.pid, "net", theirs));
    assert_string_not_equal(process_namespace(launched.pid, "ipc", ours),
                            process_namespace(other.launched.pid, "ipc", theirs));
    box_kill(&launched);
    text_free(&text);
    spec_free(&spec);
    other_end(&other);
}

static void shared_user_namespace_makes_root_in_there(void **state)
{
    (void)state;
    struct other other;
    other_start(&other, "Upmunim", test_folder());
    struct spec spec = {.hostname = NULL};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "", NULL, "id -u; hostname; cat /proc/1/comm; pwd");
    share(&spec, NS_USER, &other);
    share(&spec, NS_MNT, &other);
    share(&spec, NS_PID, &other);
    share(&spec, NS_UTS, &other);
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "0\nother\nnstui-init\n/\n");
    assert_int_equal(result.status, 0);
    spec_free(&spec);
    other_end(&other);
}

/* Rights over a namespace of the host's are gone once a user namespace has been entered or made. */
static void what_the_host_owns_is_entered_before_the_user_namespace(void **state)
{
    (void)state;
    struct other plain, user;
    other_start(&plain, "un", NULL);
    other_start(&user, "U", NULL);
    for (int made = 0; made < 2; made++) {
        struct spec spec = {0};
        _cleanup_box_ struct box_result result = {0};
        char user_link[64];
        box_spec(&spec, made ? "U" : "", NULL, "hostname; id -u; readlink /proc/self/ns/user");
        share(&spec, NS_UTS, &plain);
        if (!made)
            share(&spec, NS_USER, &user);
        process_namespace(user.launched.pid, "user", user_link);
        box_run(&spec, &result);
        assert_has(result.out.data, "other\n0\n");
        if (made)
            assert_has_not(result.out.data, user_link);
        else
            assert_has(result.out.data, user_link);
        spec_free(&spec);
    }
    other_end(&plain);
    other_end(&user);
}

static void namespace_can_be_shared_by_file_and_by_identity(void **state)
{
    (void)state;
    struct other other;
    char identity[64];
    other_start(&other, "u", NULL);
    process_namespace(other.launched.pid, "uts", identity);
    const char *const ways[] = {test_path("/proc/%d/ns/uts", other.launched.pid), identity};
    for (size_t at = 0; at < array_length(ways); at++) {
        struct spec spec = {0};
        _cleanup_box_ struct box_result result = {0};
        box_spec(&spec, "", NULL, "hostname");
        share_path(&spec, NS_UTS, ways[at]);
        box_run(&spec, &result);
        assert_string_equal(result.out.data, "other\n");
        spec_free(&spec);
    }
    other_end(&other);
}

static void namespace_that_is_ours_already_is_no_failure(void **state)
{
    (void)state;
    struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "", NULL, "echo ok");
    for (size_t at = 0; at < NS_TYPES; at++) {
        spec.shared |= NS_BIT(at);
        spec.shares[at] = (struct ns_target){.pid = getpid()};
    }
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "ok\n");
    spec_free(&spec);
}

static void root_of_a_chroot_is_followed(void **state)
{
    (void)state;
    const char *root = test_folder();
    struct other other = {.spec = {.init = true, .enter = ENTER_CHROOT}};
    struct text text = {0};
    box_spec(&other.spec, "mp", root, "echo ready; exec sleep 3333");
    box_launch(&other.spec, &other.launched);
    assert_true(box_read(other.launched.output, &text, "ready"));
    text_free(&text);
    file_put(test_path("%s/tmp/mark", root), "inside\n");
    struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "", NULL, "cat /tmp/mark; pwd; ls -d /sys");
    share(&spec, NS_MNT, &other);
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "inside\n/\n");
    spec_free(&spec);
    other_end(&other);
}

static void process_in_a_shared_pid_namespace_brings_nothing_of_ours(void **state)
{
    (void)state;
    struct other other;
    other_start(&other, "mp", test_folder());
    struct spec spec = {.terminal = true};
    struct launched launched;
    box_spec(&spec, "", NULL, OPEN_DESCRIPTORS);
    share(&spec, NS_PID, &other);
    share(&spec, NS_MNT, &other);
    int leaked = open("/etc/passwd", O_RDONLY);
    _cleanup_box_ struct box_result result = {0};
    box_launch(&spec, &launched);
    box_collect(&launched, &result);
    assert_string_equal(result.out.data, "0\r\n1\r\n2\r\n");
    (void)close(leaked);
    spec_free(&spec);
    other_end(&other);
}

/* ---- what cannot be ------------------------------------------------------------------------- */

static void spec_that_cannot_be_is_told(void **state)
{
    (void)state;
    struct err err = {0};
    struct spec both = {.namespaces = NS_BIT(NS_UTS)}, rooted = {0}, clock = {0}, spread = {0},
                old = {.keep_old_root = true};
    box_spec(&both, "u", NULL, "true");
    share_path(&both, NS_UTS, "/proc/self/ns/uts");
    assert_int_equal(spec_check(&both, NULL, &err), -1);
    assert_has(err.text, "both a new uts namespace and that of /proc/self/ns/uts");
    box_spec(&rooted, "m", test_folder(), "true");
    share_path(&rooted, NS_MNT, "/proc/self/ns/mnt");
    assert_int_equal(spec_check(&rooted, NULL, &err), -1);
    assert_has(err.text, "a root directory needs a new one");
    box_spec(&clock, "", NULL, "true");
    clock.monotonic = (struct time_offset){.given = true, .seconds = 5};
    assert_int_equal(spec_check(&clock, NULL, &err), -1);
    assert_has(err.text, "add -T");
    box_spec(&spread, "u", NULL, "true");
    spread.propagation = PROPAGATION_SLAVE;
    assert_int_equal(spec_check(&spread, NULL, &err), -1);
    assert_has(err.text, "add -m");
    box_spec(&old, "m", NULL, "true");
    assert_int_equal(spec_check(&old, NULL, &err), -1);
    assert_has(err.text, "add --root DIR");
    spec_free(&both);
    spec_free(&rooted);
    spec_free(&clock);
    spec_free(&spread);
    spec_free(&old);
}

static void target_that_is_gone_or_of_another_type_is_told(void **state)
{
    (void)state;
    pid_t ended = fork();
    if (ended == 0)
        _exit(0);
    assert_int_equal(waitpid(ended, NULL, 0), ended);
    struct err err = {0};
    struct spec gone = {0}, typed = {0};
    box_spec(&gone, "", NULL, "true");
    gone.shared = NS_BIT(NS_NET);
    gone.shares[NS_NET].pid = ended;
    assert_int_equal(box_fail(&gone, &err), 125);
    assert_has(err.text, test_path("cannot share net with pid %d: pid %d is gone", ended, ended));
    box_spec(&typed, "", NULL, "true");
    share_path(&typed, NS_NET, "/proc/self/ns/uts");
    assert_int_equal(box_fail(&typed, &err), 125);
    assert_has(err.text, "it is a namespace of type uts");
    spec_free(&gone);
    spec_free(&typed);
}

static void pid_namespace_whose_init_has_ended_is_told(void **state)
{
    (void)state;
    struct other other;
    other_start(&other, "p", NULL);
    const char *pinned = test_path("%s/pid", test_folder());
    file_put(pinned, "");
    const char *file = test_path("/proc/%d/ns/pid", other.launched.pid);
    assert_int_equal(mount(file, pinned, NULL, MS_BIND, NULL), 0);
    other_end(&other);
    struct err err = {0};
    struct spec spec = {0};
    box_spec(&spec, "", NULL, "true");
    share_path(&spec, NS_PID, pinned);
    assert_int_equal(box_fail(&spec, &err), 125);
    assert_has(err.text, "Cannot allocate memory (its first process has ended");
    spec_free(&spec);
    assert_int_equal(umount2(pinned, MNT_DETACH), 0);
}

/* ---- the process between dies ----------------------------------------------------------------- */

static void death_of_the_process_between_leaves_nothing(void **state)
{
    (void)state;
    if (!program_is_there("strace"))
        skip_because("strace is missing, which kills a process at one call");
    struct other other;
    other_start(&other, "p", NULL);
    const char *pid = test_path("pid=%d", other.launched.pid);
    static const char *const calls[] = {"setns", "unshare"};
    for (size_t at = 0; at < array_length(calls); at++) {
        _cleanup_result_ struct result result = {0};
        run_words(&result, "strace", "-f", "-qq", "-o", "/dev/null", "-e",
                  test_path("trace=%s", calls[at]), "-e",
                  test_path("inject=%s:signal=KILL:when=1", calls[at]), program_of_ours("nstui"),
                  "run", "-T", "--boottime", "5", "--share", pid, "--", "true");
        if (result.status != 125 && strstr(result.error, "ptrace"))
            skip_because("nobody may trace here: %s", result.error);
        assert_int_equal(result.status, 125);
        assert_has(result.error, "the process that enters namespaces for the container was killed");
    }
    other_end(&other);
}

/* ---- a network with a name ------------------------------------------------------------------- */

static void files_of_a_named_network_lie_over_those_of_etc(void **state)
{
    (void)state;
    if (!program_is_there("ip"))
        skip_because("ip is missing");
    bool made = mkdir("/etc/netns", 0755) == 0;
    assert_int_equal(mount("tmpfs", "/etc/netns", "tmpfs", 0, NULL), 0);
    _cleanup_result_ struct result added = {0};
    run_expect(0, &added, "ip", "netns", "add", "nstuitest");
    assert_int_equal(mkdir("/etc/netns/nstuitest", 0755), 0);
    file_put("/etc/netns/nstuitest/hosts", "its own\n");
    file_put("/etc/netns/nstuitest/nosuchfile", "x\n");
    const char *const roots[] = {NULL, test_folder()};
    for (size_t at = 0; at < array_length(roots); at++) {
        struct spec spec = {0};
        _cleanup_box_ struct box_result result = {0};
        box_spec(&spec, roots[at] ? "m" : "", roots[at], "cat /etc/hosts; ls /etc/nosuchfile");
        share_path(&spec, NS_NET, "/run/netns/nstuitest");
        box_run(&spec, &result);
        assert_string_equal(result.out.data, "its own\n");
        spec_free(&spec);
    }
    assert_has_not(file_get("/etc/hosts"), "its own");
    _cleanup_result_ struct result removed = {0};
    run_expect(0, &removed, "ip", "netns", "del", "nstuitest");
    assert_int_equal(umount2("/etc/netns", MNT_DETACH), 0);
    (void)umount2("/run/netns", MNT_DETACH);
    (void)rmdir("/run/netns");
    if (made)
        (void)rmdir("/etc/netns");
}

/* ---- how mounts spread, and the old root ------------------------------------------------------ */

static void propagation_is_as_asked_for(void **state)
{
    (void)state;
    static const struct {
        enum propagation propagation;
        const char *tag; /* in mountinfo; "": none of both */
    } cases[] = {
        {PROPAGATION_PRIVATE, ""}, {PROPAGATION_SLAVE, "master:"}, {PROPAGATION_SHARED, "shared:"}};
    const char *place = test_path("%s/place", test_folder());
    assert_int_equal(mkdir(place, 0755), 0);
    assert_int_equal(mount("tmpfs", place, "tmpfs", 0, NULL), 0);
    assert_int_equal(mount("", place, NULL, MS_SHARED, NULL), 0);
    for (size_t at = 0; at < array_length(cases); at++) {
        struct spec spec = {.propagation = cases[at].propagation};
        _cleanup_box_ struct box_result result = {0};
        const char *script = test_path("grep ' %s ' /proc/self/mountinfo", place);
        box_spec(&spec, "m", NULL, script);
        box_run(&spec, &result);
        assert_has(result.out.data, place);
        assert_int_equal(!!strstr(result.out.data, "master:"),
                         strcmp(cases[at].tag, "master:") == 0);
        assert_int_equal(!!strstr(result.out.data, "shared:"),
                         strcmp(cases[at].tag, "shared:") == 0);
        spec_free(&spec);
    }
    assert_int_equal(umount2(place, MNT_DETACH), 0);
}

/* A root can be shared with what is started in there, and its mounts are still no mounts of the
 * host's. */
static void shared_root_does_not_reach_the_host(void **state)
{
    (void)state;
    struct spec spec = {.propagation = PROPAGATION_SHARED};
    _cleanup_box_ struct box_result result = {0};
    const char *folder = test_folder(), *root = test_path("%s/root", folder);
    assert_int_equal(mkdir(root, 0755), 0);
    assert_int_equal(mount("tmpfs", root, "tmpfs", 0, NULL), 0);
    assert_int_equal(mount("", root, NULL, MS_SHARED, NULL), 0);
    box_spec(&spec, "m", root, "grep -c ' / / .*shared:' /proc/self/mountinfo");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "1\n");
    assert_int_equal(mount_count(folder), 1);
    spec_free(&spec);
    assert_int_equal(umount2(root, MNT_DETACH), 0);
}

static void old_root_stays_where_it_is_asked_for(void **state)
{
    (void)state;
    struct spec spec = {.keep_old_root = true};
    _cleanup_box_ struct box_result result = {0};
    const char *root = test_folder(), *mark = test_path("%s/mark", test_folder());
    file_put(mark, "of the host\n");
    const char *script = test_path("cat /old-root%s; grep -c ' /old-root ' /proc/mounts", mark);
    box_spec(&spec, "m", root, script);
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "of the host\n1\n");
    assert_int_equal(mount_count(root), 0);
    spec_free(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(every_type_of_a_container_can_be_shared),
        machine_test(shared_pid_is_really_entered_and_the_process_is_ours),
        machine_test(new_namespaces_are_made_beside_shared_ones),
        machine_test(shared_user_namespace_makes_root_in_there),
        machine_test(what_the_host_owns_is_entered_before_the_user_namespace),
        machine_test(namespace_can_be_shared_by_file_and_by_identity),
        machine_test(namespace_that_is_ours_already_is_no_failure),
        machine_test(root_of_a_chroot_is_followed),
        machine_test(process_in_a_shared_pid_namespace_brings_nothing_of_ours),
        machine_test(spec_that_cannot_be_is_told),
        machine_test(target_that_is_gone_or_of_another_type_is_told),
        machine_test(pid_namespace_whose_init_has_ended_is_told),
        machine_test(death_of_the_process_between_leaves_nothing),
        machine_test(files_of_a_named_network_lie_over_those_of_etc),
        machine_test(propagation_is_as_asked_for),
        machine_test(shared_root_does_not_reach_the_host),
        machine_test(old_root_stays_where_it_is_asked_for),
    };
    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
