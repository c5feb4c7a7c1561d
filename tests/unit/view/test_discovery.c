/* Discovery on the real kernel: what the test itself starts is found, rightly, and is gone when it has
 * ended; nothing else of the machine is assumed. */
#include "children.h"
#include "nstui/discovery.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mount.h>

#define NOBODY 65534

/* The source that is tried: all that is found must be found by each. */
static const char *source = "proc";

static const struct snapshot *look(void)
{
    const struct snapshot *snapshot = NULL;
    struct err err = {0};

    if (discovery_look_once(source, &snapshot, &err) == -1) {
        fail_msg("%s", err.text);
    }
    return snapshot;
}

/* ---- what there is ------------------------------------------------------------------------------ */

static void a_child_in_a_new_namespace_of_each_type_is_found_and_gone(void **state)
{
    (void)state;
    need_root();
    for (int t = 0; t < NS_TYPES; t++) {
        enum ns_type type = (enum ns_type)t;
        if (inode_of(getpid(), type) == 0) {
            printf("this kernel has no %s namespaces\n", ns_types[type].name);
            continue;
        }
        pid_t pid = child_start(ns_types[type].clone_flag, NULL);
        uint64_t inode = inode_of(pid, type);
        assert_int_not_equal(inode, inode_of(getpid(), type));

        _cleanup_snapshot_ const struct snapshot *there = look();
        const struct namespace *space = snapshot_find_namespace(there, type, inode);
        assert_non_null(space);
        assert_int_equal(space->member_count, 1);
        assert_int_equal(snapshot_leader(there, space)->pid, pid);
        const struct process *child = snapshot_find_process(there, pid);
        const struct process *self = snapshot_find_process(there, getpid());
        assert_int_equal(process_differs_from(child, self), NS_BIT(type));
        assert_int_equal(there->processes[child->parent].pid, getpid());

        child_end(pid);
        _cleanup_snapshot_ const struct snapshot *after = look();
        space = snapshot_find_namespace(after, type, inode);
        assert_true(!space ||
                    !snapshot_same_namespace(there, snapshot_find_namespace(there, type, inode),
                                             after, space));
        assert_null(snapshot_find_process(after, pid));
    }
}

static void our_own_process_is_as_the_kernel_says(void **state)
{
    (void)state;
    _cleanup_snapshot_ const struct snapshot *snapshot = look();
    const struct process *self = snapshot_find_process(snapshot, getpid());

    assert_non_null(self);
    assert_int_equal(self->ppid, getppid());
    assert_int_equal(self->uid, geteuid());
    assert_false(self->forbidden);
    assert_false(self->zombie);
    assert_false(self->kernel_thread);
    for (int type = 0; type < NS_TYPES; type++) {
        assert_int_equal(self->identities[type], inode_of(getpid(), (enum ns_type)type));
        if (self->identities[type] != 0) {
            assert_true(snapshot->types & NS_BIT(type));
            assert_int_not_equal(snapshot->host[type], 0);
        }
    }
    assert_string_equal(snapshot->source, source);
    assert_true(snapshot->duration_us > 0);
}

static void relations_are_those_of_the_kernel(void **state)
{
    (void)state;
    need_root();
    pid_t pid = child_start(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID, NULL);
    _cleanup_snapshot_ const struct snapshot *snapshot = look();
    uint64_t user_inode = inode_of(pid, NS_USER), our_user = inode_of(getpid(), NS_USER);

    const struct namespace *net = snapshot_find_namespace(snapshot, NS_NET, inode_of(pid, NS_NET));
    const struct namespace *pids = snapshot_find_namespace(snapshot, NS_PID, inode_of(pid, NS_PID));
    const struct namespace *user = snapshot_find_namespace(snapshot, NS_USER, user_inode);
    assert_int_equal(net->owner, user_inode);
    assert_int_equal(net->parent, 0);
    assert_int_equal(pids->owner, user_inode);
    assert_int_equal(pids->parent, inode_of(getpid(), NS_PID));
    assert_int_equal(user->owner, our_user);
    assert_int_equal(user->parent, our_user);
    assert_true(user->owner_uid_known && net->owner_uid_known);
    assert_int_equal(user->owner_uid, geteuid());
    assert_int_equal(net->owner_uid, geteuid());
    assert_string_equal(net->owner_name, "root");
    child_end(pid);
}

static void a_parent_that_nobody_is_in_is_listed_without_members(void **state)
{
    (void)state;
    need_root();
    pid_t pid = child_start(CLONE_NEWUSER, unshare_user_again);
    _cleanup_snapshot_ const struct snapshot *snapshot = look();
    const struct namespace *inner =
        snapshot_find_namespace(snapshot, NS_USER, inode_of(pid, NS_USER));
    const struct namespace *middle = snapshot_find_namespace(snapshot, NS_USER, inner->parent);

    assert_non_null(middle);
    assert_int_equal(middle->member_count, 0);
    assert_null(snapshot_leader(snapshot, middle));
    assert_int_equal(middle->parent, inode_of(getpid(), NS_USER));
    child_end(pid);
}

/* ---- those that are not quite there ---------------------------------------------------------------- */

static void a_zombie_is_seen_and_is_no_member(void **state)
{
    (void)state;
    need_root();
    pid_t pid = child_start(CLONE_NEWNET | CLONE_NEWPID, NULL);
    uint64_t pid_inode = inode_of(pid, NS_PID);
    siginfo_t info;
    kill(pid, SIGKILL);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    _cleanup_snapshot_ const struct snapshot *snapshot = look();

    const struct process *zombie = snapshot_find_process(snapshot, pid);
    assert_non_null(zombie);
    assert_true(zombie->zombie);
    assert_int_equal(zombie->state, 'Z');
    assert_int_equal(zombie->identities[NS_PID], pid_inode);
    assert_int_equal(process_known(zombie), NS_BIT(NS_PID) | NS_BIT(NS_USER));
    assert_true(snapshot->counts.zombies >= 1);
    assert_null(snapshot_find_namespace(snapshot, NS_PID, pid_inode));
    waitpid(pid, NULL, 0);
}

static int ready_fd = -1;

static void *thread_that_stays(void *data)
{
    (void)data;
    if (unshare(CLONE_NEWNET) == 0 && write(ready_fd, "r", 1) == 1) {
        for (;;) {
            pause();
        }
    }
    _exit(1);
}

static void a_process_whose_leader_thread_ended_is_read_through_the_others(void **state)
{
    (void)state;
    need_root();
    int ready[2];
    char byte;
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        ready_fd = ready[1];
        pthread_create(&thread, NULL, thread_that_stays, NULL);
        syscall(SYS_exit, 0); /* this thread alone */
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    const struct process *process = NULL;
    const struct snapshot *snapshot = NULL;
    for (int tries = 0; tries < 50; tries++) { /* until the leader has ended */
        snapshot_unref(snapshot);
        snapshot = look();
        process = snapshot_find_process(snapshot, pid);
        if (process && process->state == 'Z') {
            break;
        }
        wait_ms(20);
    }
    assert_non_null(process);
    assert_int_equal(process->state, 'Z');
    assert_false(process->zombie);
    assert_int_equal(process_known(process), snapshot->types);
    const struct namespace *net = snapshot_namespace_of(snapshot, process, NS_NET);
    assert_int_not_equal(net->inode, inode_of(getpid(), NS_NET));
    assert_int_equal(net->member_count, 1);
    snapshot_unref(snapshot);
    child_end(pid);
}

/* Runs a check in a child and expects that it ends with 0. */
static void in_a_child(int (*check)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        _exit(check());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int as_nobody(void)
{
    const struct snapshot *snapshot = NULL;
    struct err err = {0};

    if (setgid(NOBODY) == -1 || setuid(NOBODY) == -1 || prctl(PR_SET_DUMPABLE, 1) == -1) {
        return 1;
    }
    if (discovery_look_once(NULL, &snapshot, &err) == -1) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    const struct process *self = snapshot_find_process(snapshot, getpid());
    const struct process *parent = snapshot_find_process(snapshot, getppid());
    if (!self || self->forbidden || process_known(self) != snapshot->types) {
        return 3;
    }
    if (!parent || !parent->forbidden || process_known(parent) != 0) {
        return 4;
    }
    if (snapshot->counts.forbidden == 0) {
        return 5;
    }
    snapshot_unref(snapshot);
    return 0;
}

static void without_root_our_own_are_read_and_the_others_are_counted(void **state)
{
    (void)state;
    need_root();
    in_a_child(as_nobody);
}

static int without_proc(void)
{
    const struct snapshot *snapshot = NULL;
    struct err err = {0};

    if (unshare(CLONE_NEWNS) == -1 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
        mount("none", "/proc", "tmpfs", 0, NULL) == -1) {
        return 1;
    }
    if (discovery_look_once(source, &snapshot, &err) != -1) {
        return 2;
    }
    return strstr(err.text, "/proc is not mounted") && strstr(err.text, "mount -t proc proc /proc")
               ? 0
               : 3;
}

static void without_proc_it_says_how_to_mend_it(void **state)
{
    (void)state;
    need_root();
    in_a_child(without_proc);
}

static int with_the_proc_of_another(void)
{
    const struct snapshot *snapshot = NULL;
    struct err err = {0};

    if (unshare(CLONE_NEWNS | CLONE_NEWPID) == -1 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) {
        return 1;
    }
    pid_t pid = fork();
    if (pid == 0) { /* process 1 of the new one mounts its proc and ends: the lab's mishap */
        _exit(mount("proc", "/proc", "proc", 0, NULL) == -1);
    }
    waitpid(pid, NULL, 0);
    if (discovery_look_once(source, &snapshot, &err) != -1) {
        return 2;
    }
    return strstr(err.text, "umount /proc") ? 0 : 3;
}

static void a_proc_of_another_pid_namespace_is_told(void **state)
{
    (void)state;
    need_root();
    in_a_child(with_the_proc_of_another);
}

static void an_unknown_source_is_refused_with_those_that_there_are(void **state)
{
    (void)state;
    const struct snapshot *snapshot = NULL;
    struct err err = {0};

    assert_int_equal(discovery_look_once("crystal", &snapshot, &err), -1);
    assert_non_null(strstr(err.text, "\"crystal\""));
    assert_non_null(strstr(err.text, "auto, bpf, proc"));
}

static void processes_that_die_while_they_are_read_leave_no_wrong_rows(void **state)
{
    (void)state;
    pid_t storm[2];
    for (size_t i = 0; i < 2; i++) {
        storm[i] = fork();
        if (storm[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) {
                pid_t pid = fork();
                if (pid == 0) {
                    _exit(0);
                }
                waitpid(pid, NULL, 0);
            }
        }
    }
    int64_t until_ms = clock_monotonic_ms() + 2000;
    do {
        _cleanup_snapshot_ const struct snapshot *snapshot = look();
        assert_non_null(snapshot_find_process(snapshot, getpid()));
        for (size_t i = 0; i < snapshot->process_count; i++) {
            const struct process *process = &snapshot->processes[i];
            ns_set known = process_known(process);
            if (process->forbidden) {
                continue;
            }
            if (process->zombie) {
                assert_int_equal(known & ~(NS_BIT(NS_PID) | NS_BIT(NS_USER)), 0);
            } else {
                assert_int_equal(known, snapshot->types);
            }
        }
    } while (clock_monotonic_ms() < until_ms);
    child_end(storm[0]);
    child_end(storm[1]);
}

/* ---- one source beside the other ------------------------------------------------------------- */

static void assert_same_process(const struct process *left, const struct process *right)
{
    assert_int_equal(left->ppid, right->ppid);
    assert_int_equal(left->uid, right->uid);
    assert_int_equal(left->tty, right->tty);
    assert_int_equal(left->kernel_thread, right->kernel_thread);
    assert_int_equal(left->forbidden, right->forbidden);
    for (int type = 0; type < NS_TYPES; type++) {
        assert_int_equal(left->identities[type], right->identities[type]);
    }
    /* /proc tells of a kernel's worker what it works on, too. */
    size_t length = left->kernel_thread ? 10 : 16;
    assert_int_equal(strncmp(left->comm, right->comm, length), 0);
}

static void assert_same_namespace(const struct namespace *left, const struct namespace *right)
{
    assert_int_equal(left->owner, right->owner);
    assert_int_equal(left->parent, right->parent);
    assert_int_equal(left->owner_uid_known, right->owner_uid_known);
    assert_int_equal(left->owner_uid, right->owner_uid);
    if (left->id != 0 && right->id != 0) {
        assert_int_equal(left->id, right->id);
    }
}

static void both_sources_see_the_same(void **state)
{
    (void)state;
    need_root();
    _cleanup_snapshot_ const struct snapshot *proc = NULL, *bpf = NULL;
    struct err err = {0};
    pid_t users = child_start(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWUTS, unshare_user_again);
    size_t processes = 0, namespaces = 0;

    assert_int_equal(discovery_look_once("proc", &proc, &err), 0);
    assert_int_equal(discovery_look_once("bpf", &bpf, &err), 0);
    for (size_t i = 0; i < proc->process_count; i++) {
        const struct process *left = &proc->processes[i];
        const struct process *right = snapshot_find_same_process(bpf, left->pid, left->start_time);
        if (right && !left->zombie && !right->zombie) {
            assert_same_process(left, right);
            processes++;
        }
    }
    for (size_t i = 0; i < proc->namespace_count; i++) {
        const struct namespace *left = &proc->namespaces[i];
        const struct namespace *right = snapshot_find_namespace(bpf, left->type, left->inode);
        if (right && right->id == left->id) {
            assert_same_namespace(left, right);
            namespaces++;
        }
    }
    child_end(users);
    assert_true(processes > 5);
    assert_true(namespaces > 8);
}

static bool bpf_works(void)
{
    _cleanup_snapshot_ const struct snapshot *snapshot = NULL;
    struct err err = {0};
    bool works = discovery_look_once("bpf", &snapshot, &err) == 0;

    if (!works) {
        print_message("the source bpf is not tried: %s\n", err.text);
    }
    return works;
}

int main(void)
{
    const struct CMUnitTest both[] = {cmocka_unit_test(both_sources_see_the_same)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_in_a_new_namespace_of_each_type_is_found_and_gone),
        cmocka_unit_test(our_own_process_is_as_the_kernel_says),
        cmocka_unit_test(relations_are_those_of_the_kernel),
        cmocka_unit_test(a_parent_that_nobody_is_in_is_listed_without_members),
        cmocka_unit_test(a_zombie_is_seen_and_is_no_member),
        cmocka_unit_test(a_process_whose_leader_thread_ended_is_read_through_the_others),
        cmocka_unit_test(without_root_our_own_are_read_and_the_others_are_counted),
        cmocka_unit_test(without_proc_it_says_how_to_mend_it),
        cmocka_unit_test(a_proc_of_another_pid_namespace_is_told),
        cmocka_unit_test(an_unknown_source_is_refused_with_those_that_there_are),
        cmocka_unit_test(processes_that_die_while_they_are_read_leave_no_wrong_rows),
    };
    int failed = cmocka_run_group_tests_name("proc", tests, NULL, NULL);
    if (!bpf_works()) {
        return failed;
    }
    source = "bpf";
    failed += cmocka_run_group_tests_name("bpf", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("both", both, NULL, NULL);
}
