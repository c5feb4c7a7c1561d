/* The copy of nstui-init where the kernel executes nothing from memory (vm.memfd_noexec is 2): a setting
 * of a pid namespace, so each test sets it in one of its own. */
#include <sched.h>
#include <sys/mount.h>

#include "box.h"

/* Calls what in a new pid namespace whose kernel refuses programs in memory; gives its exit status. */
static int without_memory(int (*what)(const char *root))
{
    const char *root = test_folder();
    pid_t outer = fork();
    if (outer == 0) {
        int status;
        if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
            _exit(90);
        pid_t inner = fork();
        if (inner == 0) {
            if (mount("proc", "/proc", "proc", 0, NULL) < 0)
                _exit(91);
            if (access("/proc/sys/vm/memfd_noexec", F_OK) < 0)
                _exit(77);
            file_put("/proc/sys/vm/memfd_noexec", "2");
            _exit(what(root));
        }
        if (waitpid(inner, &status, 0) != inner)
            _exit(92);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 93);
    }
    int status;
    assert_int_equal(waitpid(outer, &status, 0), outer);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        (void)fprintf(stderr, "skip: this kernel has no vm.memfd_noexec\n");
        skip();
    }
    return WEXITSTATUS(status);
}

static int launch_and_look(const char *root)
{
    struct err err = {0};
    _cleanup_spec_ struct spec spec = {0};
    struct launched launched;
    /* It cannot be written to while it runs, and it is no file of the host's. */
    box_spec(&spec, "mpu", root,
             "readlink /proc/1/exe | grep -q ' (deleted)$' || exit 3;"
             "(echo x >/proc/1/exe) 2>/dev/null && exit 4; exit 21");
    spec.init = true;
    if (spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) < 0)
        return (void)fprintf(stderr, "%s\n", err.text), 94;
    return box_end(&launched, WAIT_MS);
}

static void without_programs_in_memory_an_unlinked_copy_runs(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(without_memory(launch_and_look), 21);
}

static int join_and_look(const char *root)
{
    struct err err = {0};
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_join_ struct join join = {0};
    struct launched launched, joined;
    box_spec(&spec, "mpu", root, "sleep 60");
    if (spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) < 0)
        return 94;
    join.pid = launched.pid;
    join.init_program = xstrdup(program_of_ours("nstui-init"));
    strings_add(&join.argv, "sh");
    strings_add(&join.argv, "-c");
    strings_add(&join.argv, "exit 22");
    if (engine_join(&join, &joined, &err) < 0)
        return (void)fprintf(stderr, "%s\n", err.text), 95;
    int status = box_end(&joined, WAIT_MS);
    (void)syscall(SYS_pidfd_send_signal, launched.pidfd, SIGKILL, NULL, 0);
    (void)box_end(&launched, WAIT_MS);
    return status;
}

static void a_join_takes_the_same_way(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(without_memory(join_and_look), 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(without_programs_in_memory_an_unlinked_copy_runs),
        machine_test(a_join_takes_the_same_way),
    };
    return cmocka_run_group_tests_name("sealed", tests, NULL, NULL);
}
