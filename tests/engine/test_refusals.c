/* What the kernel refuses because of who asks, how much there is already, or how deep it is nested: each
 * with the sentence that helps. And what is large or unusual and works all the same. */
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "box.h"

static void write_or_exit(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        _exit(90);
    (void)close(fd);
}

/* A user namespace of its own, where root may set its limits. */
static void namespace_of_its_own(unsigned more)
{
    if (unshare((int)(CLONE_NEWUSER | more)) < 0)
        _exit(91);
    write_or_exit("/proc/self/uid_map", "0 0 1");
    write_or_exit("/proc/self/setgroups", "deny");
    write_or_exit("/proc/self/gid_map", "0 0 1");
}

static void limit_child(const char *type, const char *letters)
{
    struct spec spec = {0};
    struct launched launched;
    struct err err = {0};
    box_spec(&spec, letters, NULL, "true");
    namespace_of_its_own(0);
    write_or_exit(test_path("/proc/sys/user/max_%s_namespaces", type), "0");
    if (spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) == 0)
        _exit(3);
    const char *sentence = test_path("the limit of %s namespaces is reached, "
                                     "user.max_%s_namespaces is 0",
                                     type, type);
    if (strstr(err.text, "cannot make ") && strstr(err.text, "No space left") &&
        strstr(err.text, sentence))
        _exit(0);
    (void)fprintf(stderr, "%s\n", err.text);
    _exit(4);
}

static void limit_of_namespaces_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *type, *letters;
    } cases[] = {{"pid", "pmu"}, {"mnt", "m"},   {"uts", "mpu"},  {"ipc", "i"},
                 {"net", "n"},   {"user", "Um"}, {"cgroup", "mC"}};
    for (size_t at = 0; at < array_length(cases); at++) {
        pid_t child = fork();
        if (child == 0)
            limit_child(cases[at].type, cases[at].letters);
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WEXITSTATUS(status) >= 90)
            skip_because("the limits of a user namespace cannot be set here");
        assert_int_equal(status, 0);
    }
}

static void depth_child(unsigned flag, const char *letters)
{
    struct spec spec = {0};
    struct launched launched;
    struct err err = {0};
    box_spec(&spec, letters, NULL, "true");
    for (int depth = 0; depth < 40; depth++) {
        if (unshare((int)flag) < 0)
            break;
        if (flag == CLONE_NEWUSER) {
            write_or_exit("/proc/self/uid_map", "0 0 1");
            write_or_exit("/proc/self/setgroups", "deny");
            write_or_exit("/proc/self/gid_map", "0 0 1");
            continue;
        }
        pid_t child = fork(); /* only a child is in it */
        if (child > 0) {
            int status = 0;
            (void)waitpid(child, &status, 0);
            _exit(WEXITSTATUS(status));
        }
    }
    if (spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) == 0)
        _exit(3);
    if (strstr(err.text, "cannot make new namespaces") && strstr(err.text, "nested"))
        _exit(0);
    (void)fprintf(stderr, "%s\n", err.text);
    _exit(4);
}

static void depth_of_nesting_is_named(void **state)
{
    (void)state;
    for (int at = 0; at < 2; at++) {
        pid_t child = fork();
        if (child == 0)
            depth_child(at ? CLONE_NEWPID : CLONE_NEWUSER, at ? "pm" : "Um");
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

static void hostname_that_is_not_ours_to_set_is_told(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.hostname = xstrdup("theirs"), .shared = NS_BIT(NS_UTS)};
    struct err err = {0};
    pid_t owner = process_start_words("unshare", "-u", "sleep", "60");
    process_wait_comm(owner, "sleep");
    spec.shares[NS_UTS].pid = owner;
    box_spec(&spec, "Um", NULL, "true");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
    assert_has(err.text,
               "cannot set the hostname theirs: Operation not permitted (its uts namespace "
               "belongs to a user namespace where we are nobody)");
    process_end(owner);
}

static void mounts_on_a_shared_file_system_stay_in_there(void **state)
{
    (void)state;
    const char *place = test_folder(), *peer = test_folder();
    assert_int_equal(mount("tmpfs", place, "tmpfs", 0, NULL), 0);
    assert_int_equal(mount("", place, "", MS_SHARED, NULL), 0);
    assert_int_equal(mount(place, peer, NULL, MS_BIND, NULL), 0);
    assert_int_equal(mkdir(test_path("%s/root", place), 0755), 0);
    int mounts = mount_count("/");
    for (size_t at = 0; at < 4; at++) {
        _cleanup_spec_ struct spec spec = {.enter = at & 1 ? ENTER_CHROOT : ENTER_PIVOT};
        struct launched launched;
        struct text text = {0};
        box_spec(&spec, "pmu", test_path("%s/root", place), "echo up; read line");
        box_launch(&spec, &launched);
        assert_true(box_read(launched.output, &text, "up"));
        assert_int_equal(mount_count("/"), mounts);
        text_free(&text);
        box_kill(&launched);
        assert_int_equal(mount_count("/"), mounts);
    }
    assert_int_equal(umount2(peer, MNT_DETACH), 0);
    assert_int_equal(umount2(place, MNT_DETACH), 0);
}

static void layout_of_a_thousand_lines_is_laid_out(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    struct text text = {0};
    struct err err = {0};
    const char *source = test_folder();
    text_add(&text, "[D] /bin *\n[D] /lib *\n[D] /lib64 * ?\n[D] /usr *\nproc /proc\n");
    for (int at = 0; at < 995; at++)
        text_addf(&text, "[D] %s * -> /many/%d/deep\n", source, at);
    box_spec(&spec, "pmu", test_folder(), "grep -c /many/ /proc/self/mountinfo");
    layout_free(&spec.layout);
    assert_int_equal(layout_parse("l", text.data, &spec.layout, &err), 0);
    text_free(&text);
    int64_t start_ms = clock_monotonic_ms();
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "995\n");
    assert_true(clock_monotonic_ms() - start_ms < WAIT_MS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(limit_of_namespaces_is_named),
        machine_test(depth_of_nesting_is_named),
        machine_test(hostname_that_is_not_ours_to_set_is_told),
        machine_test(mounts_on_a_shared_file_system_stay_in_there),
        machine_test(layout_of_a_thousand_lines_is_laid_out),
    };
    return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
