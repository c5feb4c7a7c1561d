/* Discovery over time: the thread that looks again and again, what it remembers from look to look, and
 * the details that are read when someone asks. */
#include "children.h"
#include "nstui/discovery.h"
#include "nstui/state.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#define NOBODY 65534

static const struct snapshot *look(void)
{
    const struct snapshot *snapshot = NULL;
    struct err err = {0};

    if (discovery_look_once(NULL, &snapshot, &err) == -1) {
        fail_msg("%s", err.text);
    }
    return snapshot;
}

/* ---- the thread ------------------------------------------------------------------------------------ */

static const struct snapshot *next_snapshot(struct discovery *discovery, uint64_t after_number)
{
    int64_t until_ms = clock_monotonic_ms() + WAIT_MS;

    while (clock_monotonic_ms() < until_ms) {
        const struct snapshot *latest = discovery_latest(discovery);
        if (latest && latest->number > after_number) {
            return latest;
        }
        snapshot_unref(latest);
        struct pollfd bell = {.fd = discovery_event_fd(discovery), .events = POLLIN};
        assert_int_not_equal(poll(&bell, 1, WAIT_MS), 0);
        discovery_acknowledge(discovery);
    }
    fail_msg("no snapshot came");
    return NULL;
}

static struct discovery *open_discovery(int interval_ms)
{
    const struct discovery_options options = {.interval_ms = interval_ms};
    struct discovery *discovery = NULL;
    struct err err = {0};

    if (discovery_open(&options, &discovery, &err) == -1) {
        fail_msg("%s", err.text);
    }
    return discovery;
}

static void the_thread_looks_again_and_again_and_at_once_when_asked(void **state)
{
    (void)state;
    struct discovery *discovery = open_discovery(50);
    _cleanup_snapshot_ const struct snapshot *first = next_snapshot(discovery, 0);
    _cleanup_snapshot_ const struct snapshot *second = next_snapshot(discovery, first->number);
    assert_true(second->number > first->number);

    discovery_set_interval(discovery, 3600 * 1000); /* from here on only when asked */
    discovery_refresh(discovery);
    _cleanup_snapshot_ const struct snapshot *third = next_snapshot(discovery, second->number);
    pid_t pid = child_start(0, NULL);
    discovery_refresh(discovery);
    /* One look may have been under way when we asked. */
    const struct snapshot *newest = next_snapshot(discovery, third->number);
    if (!snapshot_find_process(newest, pid)) {
        uint64_t number = newest->number;
        snapshot_unref(newest);
        newest = next_snapshot(discovery, number);
    }
    const struct process *child = snapshot_find_process(newest, pid);
    assert_non_null(child);
    struct snapshot_diff *diff = snapshot_diff(third, newest);
    bool started = false;
    for (size_t i = 0; i < diff->started_count; i++) {
        started |= newest->processes[diff->started[i]].pid == pid;
    }
    assert_true(started);
    snapshot_diff_free(diff);
    child_end(pid);
    discovery_close(discovery);
    assert_int_equal(newest->processes[0].pid > 0, true); /* it lives on */
    snapshot_unref(newest);
}

static void relations_stay_right_while_namespaces_come_and_go(void **state)
{
    (void)state;
    need_root();
    struct discovery *discovery = open_discovery(3600 * 1000);
    _cleanup_snapshot_ const struct snapshot *first = next_snapshot(discovery, 0);
    uint64_t number = first->number;
    for (int round = 0; round < 6; round++) { /* the inodes are used again at once */
        bool with_user = round % 2 == 0;
        pid_t pid = child_start(CLONE_NEWUTS | (with_user ? CLONE_NEWUSER : 0),
                                with_user ? unshare_user_again : NULL);
        discovery_refresh(discovery);
        const struct namespace *uts = NULL;
        for (int tries = 0; tries < 3 && !uts; tries++) {
            _cleanup_snapshot_ const struct snapshot *snapshot = next_snapshot(discovery, number);
            number = snapshot->number;
            if (!snapshot_find_process(snapshot, pid)) {
                continue;
            }
            uts = snapshot_find_namespace(snapshot, NS_UTS, inode_of(pid, NS_UTS));
            assert_non_null(uts);
            const struct namespace *inner =
                snapshot_find_namespace(snapshot, NS_USER, inode_of(pid, NS_USER));
            assert_int_equal(uts->owner, with_user ? inner->parent : inode_of(getpid(), NS_USER));
            const struct namespace *owner = snapshot_find_namespace(snapshot, NS_USER, uts->owner);
            assert_non_null(owner);
            assert_true(!with_user || owner->member_count == 0);
        }
        assert_non_null(uts);
        child_end(pid);
    }
    discovery_close(discovery);
}

static int become_nobody_and_hide(void)
{
    return setgid(NOBODY) == -1 || setuid(NOBODY) == -1 ? -1 : prctl(PR_SET_DUMPABLE, 0);
}

static void the_user_of_a_process_that_hides_itself_and_its_pid_inside_are_known(void **state)
{
    (void)state;
    need_root();
    pid_t pid = child_start(CLONE_NEWPID, become_nobody_and_hide);
    struct discovery *discovery = open_discovery(0);
    _cleanup_snapshot_ const struct snapshot *snapshot = next_snapshot(discovery, 0);
    const struct process *child = snapshot_find_process(snapshot, pid);

    assert_non_null(child);
    assert_int_equal(child->uid, NOBODY);
    assert_string_equal(child->user, "nobody");
    assert_int_equal(child->pid_inside, 1);
    assert_int_equal(snapshot_find_process(snapshot, getpid())->pid_inside, 0);
    child_end(pid);
    discovery_close(discovery);
}

static void a_container_of_ours_is_known_by_name(void **state)
{
    (void)state;
    need_root();
    struct session_place place = SESSION_PLACE_EMPTY;
    struct session_state session;
    struct err err = {0};
    if (state_claim(NULL, "discovery-test", false, &place, &err) == -1) {
        fail_msg("%s", err.text);
    }
    pid_t pid = child_start(CLONE_NEWPID | CLONE_NEWUTS, NULL);
    session_state_init(&session);
    snprintf(session.name, sizeof(session.name), "%s", place.name);
    session.kind = SESSION_CONTAINER;
    session.condition = SESSION_RUNNING;
    session.supervisor = getpid();
    session.pid = pid;
    session.own = NS_BIT(NS_PID) | NS_BIT(NS_UTS);
    assert_int_equal(process_identify(pid, &session.pid_start, &session.pid_ns_inode), 0);
    assert_int_equal(state_write(&place, &session, &err), 0);
    const struct snapshot *snapshot = look();
    const struct process *child = snapshot_find_process(snapshot, pid);
    const struct namespace *uts = snapshot_namespace_of(snapshot, child, NS_UTS);
    char found[2][80];
    snprintf(found[0], sizeof(found[0]), "%s", child->container ? child->container : "none");
    snprintf(found[1], sizeof(found[1]), "%s", uts->container ? uts->container : "none");
    bool self_named = snapshot_find_process(snapshot, getpid())->container != NULL;
    snapshot_unref(snapshot);
    child_end(pid);
    state_release(&place, true);

    assert_string_equal(found[0], session.name);
    assert_string_equal(found[1], session.name);
    assert_false(self_named);
    session_state_free(&session);
}

/* ---- details ---------------------------------------------------------------------------------------- */

static void details_of_a_process_are_whole_and_printable(void **state)
{
    (void)state;
    need_root();
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        char *const argv[] = {"a\033[31mname", "two words", "-x", NULL};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        fcntl(ready[1], F_SETFD, FD_CLOEXEC);
        dup2(ready[0], 0);
        close(ready[0]);
        execv("/bin/cat", (char *const[]){argv[0], "-", "/nowhere or there", NULL});
        _exit(1);
    }
    close(ready[0]);
    for (int tries = 0; tries < 200; tries++) {
        char comm[32] = "";
        char path[64];
        snprintf(path, sizeof(path), "/proc/%d/comm", pid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = fd == -1 ? -1 : read(fd, comm, sizeof(comm) - 1);
        close(fd);
        if (got > 0 && strncmp(comm, "cat", 3) == 0) {
            break;
        }
        wait_ms(10);
    }
    (void)byte;
    struct process_details *details = process_details_read(pid, 0);
    assert_false(details->gone);
    assert_string_equal(details->command, "'a?[31mname' - '/nowhere or there'");
    assert_int_equal(details->pid_count, 2);
    assert_int_equal(details->pids[0], pid);
    assert_int_equal(details->pids[1], 1);
    assert_true(details->capabilities_known);
    assert_int_equal(details->seccomp, 0);
    int64_t age_s = time(NULL) - details->started_wall_s;
    assert_true(age_s >= -1 && age_s < 60);
    struct process_details *other = process_details_read(pid, details->start_time + 1);
    assert_true(other->gone); /* the pid means another process */
    process_details_free(other);
    process_details_free(details);
    close(ready[1]);
    child_end(pid);
    struct process_details *ended = process_details_read(pid, 0);
    assert_true(ended->gone);
    assert_string_equal(ended->command, "");
    process_details_free(ended);
}

static void details_come_by_the_bell_and_are_kept(void **state)
{
    (void)state;
    struct discovery *discovery = open_discovery(3600 * 1000);
    _cleanup_snapshot_ const struct snapshot *snapshot = next_snapshot(discovery, 0);
    const struct process *self = snapshot_find_process(snapshot, getpid());
    struct process_details *details = NULL;

    while (!(details = discovery_details(discovery, self, 0))) {
        struct pollfd bell = {.fd = discovery_event_fd(discovery), .events = POLLIN};
        assert_int_equal(poll(&bell, 1, WAIT_MS), 1);
        discovery_acknowledge(discovery);
    }
    assert_non_null(strstr(details->command, program_invocation_short_name));
    assert_int_equal(details->start_time, self->start_time);
    process_details_free(details);
    details = discovery_details(discovery, self, 0);
    assert_non_null(details);
    process_details_free(details);
    discovery_close(discovery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_thread_looks_again_and_again_and_at_once_when_asked),
        cmocka_unit_test(relations_stay_right_while_namespaces_come_and_go),
        cmocka_unit_test(the_user_of_a_process_that_hides_itself_and_its_pid_inside_are_known),
        cmocka_unit_test(a_container_of_ours_is_known_by_name),
        cmocka_unit_test(details_of_a_process_are_whole_and_printable),
        cmocka_unit_test(details_come_by_the_bell_and_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
