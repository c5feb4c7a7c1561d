/* kill -9 at every moment: of each process that takes part in a launch, at its system calls, one after
 * the other. Whatever was killed, the next nstui finds what lives and cleans what does not: no
 * process, folder, mount, cgroup or link is left.
 *
 * All that a launch starts is traced (ptrace(2)), so that each of them is known to the test and can be
 * killed right before or behind any call; at the end each has to be gone. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "nstui/cgroups.h"

#define TRACED_MAX 32
#define ROUND_MS   15000
#define BUDGET_MS  4000 /* for one series; a slow machine takes larger steps */
#define STEP       3    /* NSTUI_TEST_ALL in the environment: each stop, and no budget */
#define OPTIONS                                                                                    \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |      \
     PTRACE_O_EXITKILL)

/* ---- a launch, traced -------------------------------------------------------------------- */

struct traced {
    pid_t pids[TRACED_MAX]; /* in the order in which they were born; 0: it is the next one's */
    bool over[TRACED_MAX];
    size_t count;
    size_t victim; /* which of them */
    unsigned stop; /* at its so many-th stop at a call; a call has two */
    unsigned seen;
    bool killed;
};

static size_t traced_find(struct traced *traced, pid_t pid)
{
    size_t at = 0;
    while (at < traced->count && traced->pids[at] != pid)
        at++;
    if (at == traced->count) {
        assert_true(at < TRACED_MAX);
        traced->pids[traced->count++] = pid;
    }
    return at;
}

static pid_t traced_start(const char *const words[])
{
    char *argv[24] = {0};
    for (size_t i = 0; words[i]; i++)
        argv[i] = (char *)(uintptr_t)words[i];
    const char *program = program_of_ours("nstui");
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        (void)dup2(null, 0), (void)dup2(null, 1), (void)dup2(null, 2);
        (void)raise(SIGSTOP); /* until it is traced */
        (void)execv(program, argv);
        _exit(99);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_int_equal(ptrace(PTRACE_SEIZE, pid, NULL, (void *)(uintptr_t)OPTIONS), 0);
    (void)kill(pid, SIGCONT);
    return pid;
}

/* One stop of one process: lets it go on, to its next call or, after the killing, free. */
static void traced_stop(struct traced *traced, size_t at, int status)
{
    pid_t pid = traced->pids[at];
    int signal_number = WSTOPSIG(status), event = status >> 16;
    bool call = signal_number == (SIGTRAP | 0x80);
    unsigned long born = 0;
    bool birth =
        event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE;
    if (birth && ptrace(PTRACE_GETEVENTMSG, pid, NULL, &born) == 0)
        (void)traced_find(traced, (pid_t)born);
    if (call && at == traced->victim && !traced->killed && ++traced->seen == traced->stop) {
        traced->killed = true;
        (void)kill(pid, SIGKILL);
        for (size_t i = 0; i < traced->count; i++) {
            if (i != at && !traced->over[i])
                (void)ptrace(PTRACE_INTERRUPT, traced->pids[i], NULL, NULL);
        }
        return;
    }
    int deliver = call || event || signal_number == SIGTRAP ? 0 : signal_number;
    if (event == PTRACE_EVENT_STOP && signal_number != SIGTRAP && !traced->killed) {
        (void)ptrace(PTRACE_LISTEN, pid, NULL, NULL); /* a group stop */
        return;
    }
    enum __ptrace_request request = traced->killed ? PTRACE_DETACH : PTRACE_SYSCALL;
    if (ptrace(request, pid, NULL, (void *)(uintptr_t)deliver) == 0 && traced->killed)
        traced->over[at] = true;
}

static bool traced_all_over(const struct traced *traced)
{
    for (size_t i = 0; i < traced->count; i++) {
        if (!traced->over[i])
            return false;
    }
    return true;
}

/* An orphan of the round before may come, too. */
static void traced_over(struct traced *traced, pid_t pid)
{
    for (size_t at = 0; at < traced->count; at++) {
        if (traced->pids[at] == pid)
            traced->over[at] = true;
    }
}

/* Until each has ended, or was let go after the killing. */
static void traced_run(struct traced *traced)
{
    int64_t end_ms = clock_monotonic_ms() + ROUND_MS;
    while (!traced_all_over(traced)) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);
        if (pid <= 0) {
            if (clock_monotonic_ms() > end_ms)
                fail_msg("process %zu at stop %u: it hangs", traced->victim, traced->stop);
            (void)usleep(20);
            continue;
        }
        if (WIFSTOPPED(status))
            traced_stop(traced, traced_find(traced, pid), status);
        else
            traced_over(traced, pid);
    }
}

/* ---- what is left ------------------------------------------------------------------------ */

static bool all_gone(void *data)
{
    const struct traced *traced = data;
    while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
        ;
    for (size_t i = 0; i < traced->count; i++) {
        if (process_is_alive(traced->pids[i]))
            return false;
    }
    return true;
}

static bool folder_is_empty(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;
    while (folder && readdir(folder))
        count++;
    if (folder)
        (void)closedir(folder);
    return count <= 2;
}

static bool has_outside; /* it asks for a cgroup and a link */
static size_t links_before;

static size_t links_count(void);
static bool cgroup_is_left(void);

static bool outside_is_clean(void *data)
{
    (void)data;
    return !cgroup_is_left() && links_count() == links_before;
}

static void assert_nothing_left(const struct traced *traced)
{
    _cleanup_result_ struct result result = {0};
    if (!wait_until(all_gone, (void *)(uintptr_t)traced, WAIT_MS))
        fail_msg("process %zu at stop %u: a process is left", traced->victim, traced->stop);
    int status = run_words(&result, "nstui", "rm", "-f", "killed");
    if (status != 0)
        fail_msg("process %zu at stop %u: nstui rm: %s", traced->victim, traced->stop,
                 result.error);
    if (!folder_is_empty("/run/nstui") || !folder_is_empty("/var/lib/nstui"))
        fail_msg("process %zu at stop %u: a folder is left", traced->victim, traced->stop);
    if (has_outside && !wait_until(outside_is_clean, NULL, WAIT_MS))
        fail_msg("process %zu at stop %u: %s is left", traced->victim, traced->stop,
                 cgroup_is_left() ? "a cgroup" : "a link");
}

/* Kills one process of a launch at each of its stops. Returns how many it had. */
static unsigned kill_at_each_stop(const char *const words[], size_t victim)
{
    int64_t begin_ms = clock_monotonic_ms();
    bool all = getenv("NSTUI_TEST_ALL");
    unsigned stop = 1, step = all ? 1 : STEP;
    for (;; stop += step) {
        struct traced traced = {.victim = victim, .stop = stop};
        (void)traced_find(&traced, traced_start(words));
        traced_run(&traced);
        assert_nothing_left(&traced);
        if (!traced.killed)
            return stop;
        if (!all && clock_monotonic_ms() - begin_ms > BUDGET_MS)
            step = 8 * STEP + 1;
    }
}

/* ---- tests ------------------------------------------------------------------------------- */

static const char *const foreground[] = {"nstui",  "run", "-pmuin", "--name", "killed",
                                         "--init", "--",  "true",   NULL};
static const char *const detached[] = {"nstui",  "run",    "-d", "-pmui", "--name",
                                       "killed", "--init", "--", "true",  NULL};

static void a_foreground_run_killed_at_any_call_leaves_nothing(void **state)
{
    (void)state;
    need_root();
    assert_true(kill_at_each_stop(foreground, 0) > 100);
}

static void a_first_process_killed_at_any_call_leaves_nothing(void **state)
{
    (void)state;
    need_root();
    assert_true(kill_at_each_stop(foreground, 1) > 40);
}

static void a_command_killed_at_any_call_leaves_nothing(void **state)
{
    (void)state;
    need_root();
    assert_true(kill_at_each_stop(foreground, 2) > 20);
}

static void who_starts_a_supervisor_killed_at_any_call_leaves_nothing(void **state)
{
    (void)state;
    need_root();
    assert_true(kill_at_each_stop(detached, 0) > 20);
}

static void a_supervisor_killed_at_any_call_leaves_nothing(void **state)
{
    (void)state;
    need_root();
    assert_true(kill_at_each_stop(detached, 1) > 100);
}

/* ---- with something outside of its namespaces ---------------------------------------------- */

static const char *const outside[] = {"nstui",
                                      "run",
                                      "-pmuin",
                                      "--name",
                                      "killed",
                                      "--init",
                                      "--pids-limit",
                                      "50",

                                      "--network",
                                      "bridge:nst-kill",
                                      "--ip",
                                      "10.231.7.2/24",
                                      "--",
                                      "true",
                                      NULL};

/* The cgroups that these have, in one hierarchy. */
static const char *const hierarchies[] = {"pids", "memory", "unified", "."};

static bool cgroup_is_left(void)
{
    for (size_t i = 0; i < array_length(hierarchies); i++) {
        DIR *folder = opendir(test_path("/sys/fs/cgroup/%s/nstui", hierarchies[i]));
        const struct dirent *entry;
        bool left = false;
        while (folder && (entry = readdir(folder)))
            left = left || strncmp(entry->d_name, "killed-", 7) == 0;
        if (folder)
            (void)closedir(folder);
        if (left)
            return true;
    }
    return false;
}

static size_t links_count(void)
{
    struct if_nameindex *links = if_nameindex();
    size_t count = 0;
    while (links && links[count].if_index)
        count++;
    if_freenameindex(links);
    return count;
}

/* In a net namespace of the test's own: the host's links are none of its business. */
static void outside_kill(size_t victim)
{
    static bool apart;
    need_root();
    if (!apart && unshare(CLONE_NEWNET) < 0)
        skip_because("no net namespace can be made here: %s", strerror(errno));
    apart = true;
    size_t links = links_count();
    _cleanup_result_ struct result result = {0};
    if (run_program(outside, NULL, 0, WAIT_MS, &result) != 0)
        skip_because("no bridge or no limit can be made here: %s", result.error);
    has_outside = true;
    links_before = links;
    unsigned stops = kill_at_each_stop(outside, victim);
    has_outside = false;
    assert_true(stops > 40);
}

static void a_run_with_limits_and_a_bridge_killed_at_any_call_leaves_nothing(void **state)
{
    (void)state;
    outside_kill(0);
}

static void a_first_process_with_them_killed_at_any_call_leaves_nothing(void **state)
{
    (void)state;
    outside_kill(1);
}

/* ---- a first process that does not want to die ---------------------------------------------- */

static bool is_started(void *data)
{
    return path_exists(data);
}

static void who_forgets_its_death_signal_is_found_by_the_next_command(void **state)
{
    (void)state;
    need_root();
    if (!program_is_there("setpriv"))
        skip_because("setpriv is not there");
    const char *mark = test_path("%s/mark", test_folder());
    const char *const words[] = {
        "nstui",  "run", "-p",      "--name",
        "killed", "--",  "setpriv", "--pdeathsig",
        "clear",  "sh",  "-c",      test_path(">%s; sleep 1000; sleep 1000", mark),
        NULL};
    pid_t pid = process_start(words);
    assert_true(wait_until(is_started, (void *)(uintptr_t)mark, WAIT_MS));
    _cleanup_session_state_ struct session_state session = {0};
    session_read("killed", &session);
    process_end(pid);
    wait_ms(100);
    assert_true(process_is_alive(session.pid));
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "ps");
    assert_true(wait_until(process_is_gone, &session.pid, WAIT_MS));
    session_assert_gone("killed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_foreground_run_killed_at_any_call_leaves_nothing),
        machine_test(a_first_process_killed_at_any_call_leaves_nothing),
        machine_test(a_command_killed_at_any_call_leaves_nothing),
        machine_test(who_starts_a_supervisor_killed_at_any_call_leaves_nothing),
        machine_test(a_supervisor_killed_at_any_call_leaves_nothing),
        machine_test(who_forgets_its_death_signal_is_found_by_the_next_command),
        machine_test(a_run_with_limits_and_a_bridge_killed_at_any_call_leaves_nothing),
        machine_test(a_first_process_with_them_killed_at_any_call_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
