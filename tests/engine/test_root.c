/* A root directory that somebody hostile has filled, or a host that is not as it should be: no mount
 * leads outside, no file outside is touched. Aims only at files that the test has made. */
#include <sched.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "box.h"

static void read_only_binds_are_read_only_to_the_bottom(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    struct err err = {0};
    const char *source = test_folder();
    const char *below = test_path("%s/below", source);
    assert_int_equal(mkdir(below, 0755), 0);
    assert_int_equal(mount("tmpfs", below, "tmpfs", 0, NULL), 0);
    box_spec(&spec, "pmu", test_folder(),
             "for d in /bin /usr /etc /given /given/below; do "
             "(echo >$d/x) 2>&1 | grep -o 'Read-only file system' || echo $d is writable; done;"
             "echo >/writable/x && echo fine");
    _cleanup_free_ char *lines =
        xasprintf("[D] %s * -> /given\n[D] %s -> /writable\n[D] /bin *\n[D] /lib *\n"
                  "[D] /lib64 * ?\n[D] /usr *\n[D] /etc *\n",
                  source, source);
    layout_free(&spec.layout);
    assert_int_equal(layout_parse("l", lines, &spec.layout, &err), 0);
    box_run(&spec, &result);
    assert_int_equal(umount2(below, MNT_DETACH), 0);
    assert_string_equal(result.out.data,
                        "Read-only file system\nRead-only file system\nRead-only file system\n"
                        "Read-only file system\nRead-only file system\nfine\n");
    assert_true(path_exists(test_path("%s/x", source)));
}

static void link_in_the_root_does_not_lead_a_mount_outside(void **state)
{
    (void)state;
    static const char *const texts[] = {"%s", "../../../../../../..%s"};
    for (size_t at = 0; at < array_length(texts); at++) {
        _cleanup_spec_ struct spec spec = {0};
        struct launched launched;
        struct err err = {0};
        const char *root = test_folder(), *outside = test_folder();
        char text[512];
        (void)snprintf(text, sizeof(text), at ? "../../../../../..%s" : "%s", outside);
        file_put(test_path("%s/mine", outside), "mine");
        assert_int_equal(symlink(text, test_path("%s/dev", root)), 0);
        assert_int_equal(symlink(text, test_path("%s/etc", root)), 0);
        box_spec(&spec, "pmu", root, "true");
        assert_int_equal(spec_check(&spec, NULL, &err), 0);
        if (engine_launch(&spec, &launched, &err) == 0)
            box_kill(&launched);
        assert_string_equal(file_get(test_path("%s/mine", outside)), "mine");
        assert_false(path_exists(test_path("%s/null", outside)));
        assert_false(path_exists(test_path("%s/pts", outside)));
        assert_int_equal(mount_count(outside), 0);
    }
}

static void link_that_stays_in_the_root_is_followed(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    const char *root = test_folder();
    assert_int_equal(mkdir(test_path("%s/usr", root), 0755), 0);
    assert_int_equal(mkdir(test_path("%s/usr/bin", root), 0755), 0);
    assert_int_equal(symlink("usr/bin", test_path("%s/bin", root)), 0);
    box_spec(&spec, "pmu", root, "readlink /bin; ls /bin/sh");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "usr/bin\n/bin/sh\n");
}

static void devices_link_of_the_root_is_not_followed(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    const char *root = test_folder();
    assert_int_equal(mkdir(test_path("%s/dev", root), 0755), 0);
    file_put(test_path("%s/victim", root), "untouched");
    assert_int_equal(symlink("/victim", test_path("%s/dev/null", root)), 0);
    box_spec(&spec, "pmu", root, "echo hit >/dev/null");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
    assert_has(err.text, "dev/null");
    assert_has(err.text, "a symbolic link is in its way");
    assert_string_equal(file_get(test_path("%s/victim", root)), "untouched");
}

/* A process of its own, with mounts of its own: what it does to /dev/null nobody else sees. */
static void fake_device_child(const char *fake, const char *root)
{
    _cleanup_spec_ struct spec spec = {0};
    struct launched launched;
    struct err err = {0};
    if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_PRIVATE | MS_REC, NULL) < 0 ||
        mount(fake, "/dev/null", NULL, MS_BIND, NULL) < 0)
        _exit(2);
    box_spec(&spec, "pmu", root, "true");
    if (spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) == 0)
        _exit(3);
    _exit(strstr(err.text, "it is not the device 1:3 that it should be") ? 0 : 4);
}

static void device_of_the_host_that_is_none_is_not_bound(void **state)
{
    (void)state;
    const char *root = test_folder(), *fake = test_path("%s/fake", test_folder());
    file_put(fake, "secret");
    pid_t child = fork();
    if (child == 0)
        fake_device_child(fake, root);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void old_root_that_is_a_link_is_refused(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    const char *root = test_folder(), *outside = test_folder();
    assert_int_equal(symlink(outside, test_path("%s/old-root", root)), 0);
    box_spec(&spec, "pmu", root, "true");
    spec.old_root_folder = true; /* else nothing of that name is wanted */
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
    assert_has(err.text, "cannot put the old root on");
    assert_true(path_exists(outside));
}

static void working_directory_does_not_lead_outside(void **state)
{
    (void)state;
    const char *root = test_folder();
    for (int fd = 3; fd < 24; fd++) {
        _cleanup_spec_ struct spec spec = {.init = fd & 1};
        struct launched launched;
        struct err err = {0};
        (void)unlink(test_path("%s/way", root));
        assert_int_equal(symlink(test_path("/proc/self/fd/%d", fd), test_path("%s/way", root)), 0);
        spec.cwd = xstrdup("/way");
        box_spec(&spec, "pmu", root, "pwd -P");
        assert_int_equal(spec_check(&spec, NULL, &err), 0);
        if (engine_launch(&spec, &launched, &err) == 0) {
            _cleanup_box_ struct box_result result = {0};
            box_collect(&launched, &result);
            fail_msg("descriptor %d led to %s", fd, result.out.data);
        }
        assert_has(err.text, "cannot enter the working directory");
    }
}

static void mount_point_of_the_wrong_kind_is_told(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    const char *root = test_folder();
    file_put(test_path("%s/bin", root), "a file");
    box_spec(&spec, "pmu", root, "true");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
    assert_has(err.text, test_path("cannot make the mount point %s/bin", root));
    assert_has(err.text, "a file is in its way");
    assert_string_equal(file_get(test_path("%s/bin", root)), "a file");
}

static void mount_point_behind_a_broken_link_is_told(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    const char *root = test_folder();
    assert_int_equal(symlink("/nowhere", test_path("%s/bin", root)), 0);
    box_spec(&spec, "pmu", root, "true");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
    assert_has(err.text, "a symbolic link in its way leads to nothing in the root");
}

static void chroot_leaves_no_mount_on_the_host(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.enter = ENTER_CHROOT};
    struct launched launched;
    struct text text = {0};
    const char *root = test_folder();
    box_spec(&spec, "pmu", root, "ls -d /old-root /sys; echo ready; read line");
    box_launch(&spec, &launched);
    assert_true(box_read(launched.output, &text, "ready"));
    assert_string_equal(text.data, "ready\n");
    assert_int_equal(mount_count(root), 0);
    text_free(&text);
    box_kill(&launched);
}

/* Between the check and the launch somebody else owns a part of the path. */
static void link_put_into_the_path_of_the_root_is_refused(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct launched launched;
    struct err err = {0};
    const char *theirs = test_folder(), *outside = test_folder();
    assert_int_equal(mkdir(test_path("%s/sub", theirs), 0755), 0);
    assert_int_equal(mkdir(test_path("%s/sub/root", theirs), 0755), 0);
    assert_int_equal(mkdir(test_path("%s/root", outside), 0755), 0);
    box_spec(&spec, "pmu", test_path("%s/sub/root", theirs), "true");
    assert_int_equal(spec_check(&spec, NULL, &err), 0);
    assert_int_equal(rename(test_path("%s/sub", theirs), test_path("%s/gone", theirs)), 0);
    assert_int_equal(symlink(outside, test_path("%s/sub", theirs)), 0);
    int result = engine_launch(&spec, &launched, &err);
    if (result == 0)
        box_kill(&launched);
    assert_int_equal(result, -1);
    assert_non_null(strstr(err.text, "symbolic link"));
    assert_int_equal(rmdir(test_path("%s/root", outside)), 0); /* nothing was made in it */
}

/* A mode that is set by name after the directory was made can hit what a link of that name leads
 * to. */
static void mount_points_get_their_mode_without_chmod(void **state)
{
    (void)state;
    const char *root = test_folder();
    pid_t pid = fork();
    if (pid == 0) {
        struct spec spec = {0};
        struct launched launched;
        struct err err = {0};
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
        (void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(fchmodat), 0);
        (void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(chmod), 0);
        box_spec(&spec, "pmu", root, "true");
        if (seccomp_load(filter) < 0 || spec_check(&spec, NULL, &err) < 0 ||
            engine_launch(&spec, &launched, &err) < 0)
            (void)fprintf(stderr, "%s\n", err.text), _exit(1);
        _exit(box_end(&launched, WAIT_MS));
    }
    int status;
    struct stat directory;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(stat(test_path("%s/tmp", root), &directory), 0);
    assert_int_equal(directory.st_mode & 07777, 01777);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(read_only_binds_are_read_only_to_the_bottom),
        machine_test(link_in_the_root_does_not_lead_a_mount_outside),
        machine_test(link_that_stays_in_the_root_is_followed),
        machine_test(devices_link_of_the_root_is_not_followed),
        machine_test(device_of_the_host_that_is_none_is_not_bound),
        machine_test(old_root_that_is_a_link_is_refused),
        machine_test(link_put_into_the_path_of_the_root_is_refused),
        machine_test(mount_points_get_their_mode_without_chmod),
        machine_test(working_directory_does_not_lead_outside),
        machine_test(mount_point_of_the_wrong_kind_is_told),
        machine_test(mount_point_behind_a_broken_link_is_told),
        machine_test(chroot_leaves_no_mount_on_the_host),
    };
    return cmocka_run_group_tests_name("root", tests, NULL, NULL);
}
