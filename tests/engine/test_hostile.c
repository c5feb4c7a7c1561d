/* Somebody who waits for root to come in, and options that would take a wall away together: what is
 * refused, and why it would have been the host's loss. */
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "joined.h"

#define SOMEBODY 12345 /* an ordinary user; he needs no entry anywhere */

/* ---- user namespaces of others ------------------------------------------------------------------ */

/* A process of an ordinary user in a user namespace that he has made; map: what he writes as its
 * uid_map, or NULL. */
static pid_t lair_start(const char *map)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (setgroups(0, NULL) < 0 || setresgid(SOMEBODY, SOMEBODY, SOMEBODY) < 0 ||
            setresuid(SOMEBODY, SOMEBODY, SOMEBODY) < 0 || unshare(CLONE_NEWUSER) < 0)
            _exit(1);
        (void)prctl(PR_SET_DUMPABLE, 1);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        int file = map ? open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC) : -1;
        if (map && write(file, map, strlen(map)) < 0)
            _exit(1);
        (void)!write(ends[1], "r", 1);
        for (;;)
            (void)pause();
    }
    (void)close(ends[1]);
    bool ready = read(ends[0], &byte, 1) == 1;
    (void)close(ends[0]);
    if (!ready)
        skip_because("an ordinary user cannot make a user namespace here");
    return pid;
}

static void lair_end(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Root of the host, who is nobody in there, would still be root out here, and traced by its owner. */
static void root_does_not_join_a_user_namespace_as_nobody(void **state)
{
    (void)state;
    static const char *const maps[] = {NULL,
                                       "0 12345 1"}; /* the second has no group, and never will */
    for (size_t at = 0; at < array_length(maps); at++) {
        struct err err = {0};
        pid_t lair = lair_start(maps[at]);
        _cleanup_join_ struct join join = {.pid = lair};
        assert_int_equal(join_fail(&join, &err), ENGINE_STATUS_FAILED);
        assert_has(err.text, "cannot become somebody in its user namespace");
        assert_has(err.text, "root out here");
        lair_end(lair);
    }
}

static void root_does_not_share_a_user_namespace_as_nobody(void **state)
{
    (void)state;
    static const char *const maps[] = {NULL, "0 12345 1"};
    for (size_t at = 0; at < array_length(maps); at++) {
        struct err err = {0};
        pid_t lair = lair_start(maps[at]);
        _cleanup_spec_ struct spec spec = {.shared = NS_BIT(NS_USER)};
        spec.shares[NS_USER].pid = lair;
        box_spec(&spec, "", NULL, "true");
        assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
        assert_has(err.text, "cannot become root in the user namespace that is shared");
        lair_end(lair);
    }
}

/* Who joins is the first that is mapped, where root is not. */
static void join_becomes_the_first_id_where_root_is_not_mapped(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {
        .identity = {.given = true, .uid = 2000003, .gid = 1000},
    };
    struct launched launched;
    struct text text = {0};
    spec.uid_map = (struct id_maps){.items = xcalloc(1, sizeof(struct id_map)), .count = 1};
    spec.gid_map = (struct id_maps){.items = xcalloc(1, sizeof(struct id_map)), .count = 1};
    spec.uid_map.items[0] = (struct id_map){2000003, 100000, 10};
    spec.gid_map.items[0] = (struct id_map){1000, 100000, 10};
    spec.init = true;
    box_spec(&spec, "Upm", NULL, "echo ready; exec sleep 3333");
    box_launch(&spec, &launched);
    assert_true(box_read(launched.output, &text, "ready"));
    text_free(&text);
    _cleanup_join_ struct join join = {.pid = launched.pid};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "id -u; id -g; sed -n 's/^Groups:.//p' /proc/self/status");
    join_run(&join, &result);
    assert_string_equal(result.out.data, "2000003\n1000\n \n");
    box_kill(&launched);
}

/* A map without 0 and without the caller: the command would be nobody, with the caller's rights. */
static void map_that_leaves_the_command_nobody_is_refused(void **state)
{
    (void)state;
    for (int group = 0; group < 2; group++) {
        _cleanup_spec_ struct spec spec = {0};
        struct err err = {0};
        struct id_maps *maps = group ? &spec.gid_map : &spec.uid_map;
        *maps = (struct id_maps){.items = xcalloc(1, sizeof(struct id_map)), .count = 1};
        maps->items[0] = (struct id_map){1000, 100000, 10};
        box_spec(&spec, "Upm", NULL, "true");
        assert_int_equal(spec_check(&spec, NULL, &err), -1);
        assert_has(err.text, group ? "leaves the command no group" : "leaves the command no user");
        assert_has(err.text, "--setuid");
    }
}

/* ---- walls --------------------------------------------------------------------------------------- */

/* The set of a wall has SYS_CHROOT, with which root leaves every chroot. */
static void walled_root_is_not_entered_by_chroot(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.grade = GRADE_WALLED, .enter = ENTER_CHROOT};
    const char *field = NULL;
    struct err err = {0};
    box_spec(&spec, "pmui", test_folder(), "true");
    assert_int_equal(spec_check(&spec, &field, &err), -1);
    assert_string_equal(field, "rights");
    assert_has(err.text, "a walled container cannot be entered by chroot");
}

/* Takes SETPCAP from this process, so that it can drop nothing. */
static void setpcap_lose(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    if (prctl(PR_CAPBSET_DROP, CAP_SETPCAP, 0, 0, 0) < 0 || syscall(SYS_capget, &header, sets) < 0)
        _exit(2);
    sets[0].effective &= ~(1U << CAP_SETPCAP);
    sets[0].permitted &= ~(1U << CAP_SETPCAP);
    if (syscall(SYS_capset, &header, sets) < 0)
        _exit(2);
}

static int without_setpcap(void (*child)(const char *root), const char *root)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        setpcap_lose();
        child(root);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void wall_child(const char *root)
{
    _cleanup_spec_ struct spec spec = {.grade = GRADE_WALLED, .seccomp = xstrdup("")};
    struct launched launched;
    struct err err = {0};
    box_spec(&spec, "pmui", root, "true");
    if (spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) == 0)
        _exit(3);
    _exit(strstr(err.text, "cannot drop the capability CAP_") ? 0 : 4);
}

static void capabilities_that_cannot_be_dropped_are_told(void **state)
{
    (void)state;
    assert_int_equal(without_setpcap(wall_child, test_folder()), 0);
}

static pid_t joined_pid;

static void join_child(const char *root)
{
    struct join join = {.pid = joined_pid};
    struct launched launched;
    struct err err = {0};
    (void)root;
    join_begin(&join, "true");
    if (engine_join(&join, &launched, &err) == 0)
        _exit(3);
    _exit(strstr(err.text, "cannot drop the capabilities that its processes do not have") ? 0 : 4);
}

static void join_that_would_have_more_rights_is_refused(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmu", ENTER_PIVOT);
    joined_pid = target.launched.pid;
    assert_int_equal(without_setpcap(join_child, NULL), 0);
    target_end(&target);
}

/* ---- what would do nothing ----------------------------------------------------------------------- */

static void cgroup_without_a_limit_is_told(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.cgroup = xstrdup("a/b")};
    struct err err = {0};
    box_spec(&spec, "pm", NULL, "true");
    assert_int_equal(spec_check(&spec, NULL, &err), -1);
    assert_has(err.text, "no cgroup is made below a/b");
}

/* ---- mounts and directories ---------------------------------------------------------------------- */

static void directory_of_the_old_root_goes_where_pivot_root_fails(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.omit = OMIT_BIND_ROOT};
    struct err err = {0};
    const char *root = test_folder();
    box_spec(&spec, "pm", root, "true");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
    assert_has(err.text, "pivot_root");
    assert_false(path_exists(test_path("%s/old-root", root)));
}

/* A host whose mounts are shared, as systemd leaves them. */
static void shared_child(void)
{
    _cleanup_spec_ struct spec spec = {.propagation = PROPAGATION_SHARED};
    struct launched launched;
    struct err err = {0};
    if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_PRIVATE | MS_REC, NULL) < 0 ||
        mount("", "/", "", MS_SHARED | MS_REC, NULL) < 0)
        _exit(2);
    box_spec(&spec, "pm", NULL, "test $(readlink /proc/self) -lt 10");
    if (spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) < 0)
        _exit(3);
    int status = box_end(&launched, WAIT_MS);
    _exit(access("/proc/self", F_OK) < 0 ? 4 : status);
}

static void proc_of_the_host_stays_where_mounts_are_shared_with_it(void **state)
{
    (void)state;
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        shared_child();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void nothing_is_covered_where_mounts_are_shared_with_the_host(void **state)
{
    (void)state;
    for (int at = 0; at < 3; at++) {
        _cleanup_spec_ struct spec spec = {.propagation = PROPAGATION_SHARED};
        struct err err = {0};
        spec.grade = at == 0 ? GRADE_WALLED : GRADE_LAB;
        if (at > 0)
            strings_add(at == 1 ? &spec.masked : &spec.read_only, "/etc/passwd");
        box_spec(&spec, "pm", NULL, "true");
        assert_int_equal(spec_check(&spec, NULL, &err), -1);
        assert_has(err.text, "would be so on the host, too");
    }
}

/* ---- the supervisor is killed -------------------------------------------------------------------- */

/* Launches, passes the pid that the box says on, and is gone. */
static void leaver_child(int to)
{
    _cleanup_spec_ struct spec spec = {.init = true};
    struct launched launched;
    struct text text = {0};
    struct err err = {0};
    box_spec(&spec, "m", NULL, "sleep 3333 & echo $!; wait");
    if (spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) < 0 ||
        !box_read(launched.output, &text, "\n"))
        _exit(1);
    pid_t pid = (pid_t)atoi(text.data);
    (void)!write(to, &pid, sizeof(pid));
    (void)kill(getpid(), SIGKILL);
}

static bool is_gone(void *pid)
{
    return !process_is_alive(*(pid_t *)pid);
}

/* Without a pid namespace nothing else would end what the command has left in the background. */
static void init_without_a_pid_namespace_takes_all_with_it(void **state)
{
    (void)state;
    int ends[2];
    pid_t background = -1;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t leaver = fork();
    if (leaver == 0)
        leaver_child(ends[1]);
    assert_int_equal(read(ends[0], &background, sizeof(background)), sizeof(background));
    assert_int_equal(waitpid(leaver, NULL, 0), leaver);
    bool gone = wait_until(is_gone, &background, WAIT_MS);
    if (!gone)
        (void)kill(background, SIGKILL);
    assert_true(gone);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(root_does_not_join_a_user_namespace_as_nobody),
        machine_test(root_does_not_share_a_user_namespace_as_nobody),
        machine_test(join_becomes_the_first_id_where_root_is_not_mapped),
        machine_test(map_that_leaves_the_command_nobody_is_refused),
        machine_test(walled_root_is_not_entered_by_chroot),
        machine_test(capabilities_that_cannot_be_dropped_are_told),
        machine_test(join_that_would_have_more_rights_is_refused),
        machine_test(cgroup_without_a_limit_is_told),
        machine_test(directory_of_the_old_root_goes_where_pivot_root_fails),
        machine_test(proc_of_the_host_stays_where_mounts_are_shared_with_it),
        machine_test(init_without_a_pid_namespace_takes_all_with_it),
        machine_test(nothing_is_covered_where_mounts_are_shared_with_the_host),
    };
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
