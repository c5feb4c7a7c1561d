/* look: what a process in a container would see, seen from outside, on the real kernel: containers
 * are made here by clone(2) in a mount namespace of their own, with roots that are well, and roots
 * that someone hostile made. */
#include "nstui/look.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "look_container.h"

/* ---- what a well container shows --------------------------------------------------------------- */

static void a_container_shows_its_own_processes_and_names(void **state)
{
    (void)state;
    struct box box = {.hostname = "in-there"};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "all", &look);
    assert_string_equal(look.hostname.nodename, "in-there");
    assert_string_equal(look.hostname.domain, "(none)");
    assert_int_equal(look.ps.proc, LOOK_PROC_OWN);
    assert_false(look.ps.proc_of_host);
    assert_int_equal(look.ps.count, 2);
    assert_int_equal(look.ps.members, 2);
    assert_int_equal(look.ps.rows[0].pid, 1);
    assert_int_equal(look.ps.rows[0].ppid, 0);
    assert_int_equal(look.ps.rows[0].host_pid, box.pid);
    assert_string_equal(look.ps.rows[0].user, "root");
    assert_int_equal(look.ps.rows[1].pid, 2);
    assert_int_equal(look.ps.rows[1].ppid, 1);
    assert_true(look.ps.rows[1].host_pid > 1);
    assert_int_not_equal(look.ps.rows[1].host_pid, 2);
    assert_true(look.ps.minor != look.ps.host_minor || look.ps.major != look.ps.host_major);
    assert_true(look.ps.pid_ns != look.ps.host_pid_ns);
    box_end(&box);
}

/* The device is the one that mountinfo of the container tells. */
static void the_device_of_proc_is_that_of_mountinfo(void **state)
{
    (void)state;
    struct box box = {0};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "ps", &look);
    const char *mounts = file_get(test_path("/proc/%d/mountinfo", (int)box.pid));
    const char *wanted = test_path(" %u:%u / /proc ", look.ps.major, look.ps.minor);
    assert_non_null(strstr(mounts, wanted));
    box_end(&box);
}

static void the_host_shows_the_same_process_under_its_own_number(void **state)
{
    (void)state;
    struct box box = {.hostname = "in-there"};
    box_start(&box);
    _cleanup_look_ struct look host = {0}, inner = {0};
    look_at(0, "all", &host);
    look_at(box.pid, "ps", &inner);
    const struct look_process *outside = find(&host, box.pid);
    assert_non_null(outside);
    assert_int_equal(outside->host_pid, box.pid);
    assert_int_equal(outside->start_time, inner.ps.rows[0].start_time);
    assert_int_equal(outside->ppid, getpid());
    assert_string_not_equal(host.hostname.nodename, "in-there");
    assert_int_equal(host.ps.proc, LOOK_PROC_OWN);
    assert_true(host.ps.proc_of_host);
    box_end(&box);
}

static void looking_leaves_the_looker_where_it_was(void **state)
{
    (void)state;
    struct box box = {.hostname = "in-there"};
    char before[64], after[64], name[64];
    box_start(&box);
    process_namespace(getpid(), "uts", before);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "hostname", &look);
    process_namespace(getpid(), "uts", after);
    assert_string_equal(before, after);
    assert_int_equal(gethostname(name, sizeof(name)), 0);
    assert_string_not_equal(name, "in-there");
    box_end(&box);
}

static void escape_bytes_in_names_reach_nobody(void **state)
{
    (void)state;
    struct box box = {.hostname = "ev\033[2Jil\n\"\\x"};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "all", &look);
    assert_string_equal(look.hostname.nodename, "ev?[2Jil?\"\\x");
    assert_null(strchr(look.ps.rows[1].command, '\033'));
    box_end(&box);
}

/* ---- what /proc in there may be ------------------------------------------------------------------ */

static void without_a_proc_it_says_so(void **state)
{
    (void)state;
    struct box box = {.root = root_make(), .proc = BOX_PROC_NONE};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "ps", &look);
    assert_int_equal(look.ps.proc, LOOK_PROC_NONE);
    assert_int_equal(look.ps.count, 0);
    assert_int_equal(look.ps.members, 2);
    box_end(&box);
}

static void without_even_a_folder_it_says_so(void **state)
{
    (void)state;
    const char *root = root_make();
    assert_int_equal(rmdir(test_path("%s/proc", root)), 0);
    struct box box = {.root = root, .proc = BOX_PROC_NONE};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "ps", &look);
    assert_int_equal(look.ps.proc, LOOK_PROC_MISSING);
    box_end(&box);
}

static void with_the_hosts_proc_it_lists_the_host(void **state)
{
    (void)state;
    struct box box = {.proc = BOX_PROC_HOST};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "ps", &look);
    assert_int_equal(look.ps.proc, LOOK_PROC_OTHER);
    assert_true(look.ps.proc_of_host);
    assert_true(look.ps.count > 2);
    assert_int_equal(look.ps.major, look.ps.host_major);
    assert_int_equal(look.ps.minor, look.ps.host_minor);
    const struct look_process *row = find(&look, box.pid);
    assert_non_null(row);
    assert_int_equal(row->host_pid, box.pid);
    box_end(&box);
}

static void a_part_of_a_proc_is_not_taken_for_one(void **state)
{
    (void)state;
    struct box box = {.root = root_make(), .proc = BOX_PROC_PART};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "ps", &look);
    assert_int_equal(look.ps.proc, LOOK_PROC_PART);
    assert_int_equal(look.ps.count, 0);
    box_end(&box);
}

/* A proc that is a plain folder with files like a proc's is none. */
static void a_faked_proc_is_not_believed(void **state)
{
    (void)state;
    const char *root = root_make();
    assert_int_equal(mkdir(test_path("%s/proc/1", root), 0755), 0);
    file_put(test_path("%s/proc/1/stat", root),
             "1 (init) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 0 0 0 0 9 0");
    struct box box = {.root = root, .proc = BOX_PROC_NONE};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "ps", &look);
    assert_int_equal(look.ps.proc, LOOK_PROC_NONE);
    assert_int_equal(look.ps.count, 0);
    box_end(&box);
}

static int cover_process_1(void)
{
    return mount("/etc", "/proc/1", NULL, MS_BIND, NULL);
}

static void a_process_covered_by_a_mount_is_counted_not_read(void **state)
{
    (void)state;
    struct box box = {.prepare = cover_process_1};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "ps", &look);
    assert_int_equal(look.ps.covered, 1);
    assert_int_equal(look.ps.count, 1);
    assert_int_equal(look.ps.rows[0].pid, 2);
    box_end(&box);
}

static int cover_stat(void)
{
    return mkfifo("/etc/pipe", 0600) == 0 || errno == EEXIST
               ? mount("/etc/pipe", "/proc/1/stat", NULL, MS_BIND, NULL)
               : -1;
}

static void a_fifo_mounted_over_a_file_of_proc_is_not_opened(void **state)
{
    (void)state;
    struct box box = {.root = root_make(), .prepare = cover_stat};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "ps", &look);
    assert_null(find(&look, 1));
    assert_non_null(find(&look, 2));
    box_end(&box);
}

/* ---- the container's files ---------------------------------------------------------------------- */

static void users_have_the_names_of_its_own_passwd(void **state)
{
    (void)state;
    const char *root = root_make();
    file_put(test_path("%s/etc/passwd", root), "broken\nmaster:x:0:0::/:/bin/sh\nsecond:x:0:0::\n");
    file_put(test_path("%s/etc/hostname", root), "from-its-file\nsecond line\n");
    struct box box = {.root = root};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "all", &look);
    assert_int_equal(look.ps.passwd, LOOK_FILE_READ);
    assert_string_equal(look.ps.rows[0].user, "master");
    assert_int_equal(look.hostname.file, LOOK_FILE_READ);
    assert_string_equal(look.hostname.file_name, "from-its-file");
    box_end(&box);
}

/* Looks with one strange thing at /etc/passwd and /etc/hostname. */
static void look_with(const char *root, enum look_file wanted)
{
    struct box box = {.root = root};
    int64_t start_ms = clock_monotonic_ms();
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "all", &look);
    assert_int_equal(look.ps.passwd, wanted);
    assert_int_equal(look.hostname.file, wanted);
    assert_string_equal(look.ps.rows[0].user, "0");
    assert_true(clock_monotonic_ms() - start_ms < 3000);
    box_end(&box);
}

static void a_fifo_for_passwd_is_not_opened(void **state)
{
    (void)state;
    const char *root = root_make();
    assert_int_equal(mkfifo(test_path("%s/etc/passwd", root), 0644), 0);
    assert_int_equal(mkfifo(test_path("%s/etc/hostname", root), 0644), 0);
    look_with(root, LOOK_FILE_STRANGE);
}

static void a_device_for_passwd_is_not_opened(void **state)
{
    (void)state;
    const char *root = root_make();
    need_root();
    if (mknod(test_path("%s/etc/passwd", root), S_IFCHR | 0644, makedev(1, 5)) < 0)
        skip_because("cannot make a device here: %s", strerror(errno));
    assert_int_equal(mknod(test_path("%s/etc/hostname", root), S_IFCHR | 0644, makedev(1, 5)), 0);
    look_with(root, LOOK_FILE_STRANGE);
}

/* "/etc/passwd" of a link in there means the root's own, which has none at that place. */
static void a_link_out_of_the_root_stays_in_it(void **state)
{
    (void)state;
    const char *root = root_make();
    const char *outside = test_folder();
    file_put(test_path("%s/secret", outside), "host:x:0:0::\n");
    assert_int_equal(symlink(test_path("%s/secret", outside), test_path("%s/etc/passwd", root)), 0);
    assert_int_equal(
        symlink("../../../../../../../../etc/hostname", test_path("%s/etc/hostname", root)), 0);
    struct box box = {.root = root};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "all", &look);
    assert_int_equal(look.ps.passwd, LOOK_FILE_MISSING);
    assert_string_equal(look.ps.rows[0].user, "0");
    assert_int_equal(look.hostname.file, LOOK_FILE_STRANGE); /* in there it leads to itself */
    box_end(&box);
}

/* What a link into proc would give depends on who reads: nothing of it is opened. */
static void a_link_to_a_file_of_proc_is_not_read(void **state)
{
    (void)state;
    const char *root = root_make();
    assert_int_equal(symlink("/proc/kmsg", test_path("%s/etc/passwd", root)), 0);
    assert_int_equal(symlink("/proc/1/root/etc/hostname", test_path("%s/etc/hostname", root)), 0);
    look_with(root, LOOK_FILE_STRANGE);
}

static void a_huge_passwd_is_read_to_a_bound(void **state)
{
    (void)state;
    const char *root = root_make();
    const char *path = test_path("%s/etc/passwd", root);
    file_put(path, "first:x:0:0::\n");
    assert_int_equal(truncate(path, 64LL << 30), 0); /* sparse */
    struct box box = {.root = root};
    box_start(&box);
    _cleanup_look_ struct look look = {0};
    look_at(box.pid, "ps", &look);
    assert_int_equal(look.ps.passwd, LOOK_FILE_READ);
    assert_string_equal(look.ps.rows[0].user, "first");
    box_end(&box);
}

static void brief_reads_none_of_its_files(void **state)
{
    (void)state;
    struct box box = {0};
    struct err err = {0};
    int status;
    box_start(&box);
    _cleanup_free_ char *json = look_run(test_path("%d", (int)box.pid), "all", "--brief", &status);
    _cleanup_look_ struct look look = {0};
    assert_int_equal(look_parse(json, strlen(json), &look, &err), 0);
    assert_true(look.brief);
    assert_int_equal(look.ps.passwd, LOOK_FILE_NOT_ASKED);
    assert_int_equal(look.hostname.file, LOOK_FILE_NOT_ASKED);
    assert_int_equal(look.ps.rows[0].command[0], '[');
    box_end(&box);
}

/* ---- processes that are not there, time that runs out ------------------------------------------- */

static void look_fails_with(const char *whom, const char *words)
{
    struct err err = {0};
    struct look look = {0};
    int status;
    _cleanup_free_ char *json = look_run(whom, "all", NULL, &status);
    assert_int_equal(look_parse(json, strlen(json), &look, &err), -1);
    if (!strstr(err.text, words))
        fail_msg("%s", err.text);
    assert_int_equal(WEXITSTATUS(status), 1);
    look_free(&look);
}

static void a_process_that_has_ended_is_a_sentence(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT), 0);
    look_fails_with(test_path("%d", (int)child), "has ended"); /* a zombie */
    assert_int_equal(waitpid(child, NULL, 0), child);
    look_fails_with(test_path("%d", (int)child), "has ended");
}

static void a_number_that_means_another_process_now_is_a_sentence(void **state)
{
    (void)state;
    look_fails_with(test_path("%d@1", (int)getpid()), "another one has its number");
}

static void a_look_that_is_held_up_ends_by_its_own_alarm(void **state)
{
    (void)state;
    int64_t start_ms = clock_monotonic_ms();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* Nobody reads what it writes: the pipe is full before it begins. */
        int ends[2];
        static char filler[1 << 20];
        char *words[] = {(char *)(uintptr_t) "look", (char *)(uintptr_t) "host",
                         (char *)(uintptr_t) "all", NULL};
        signal(SIGALRM, SIG_IGN);
        if (pipe2(ends, O_NONBLOCK) < 0 || write(ends[1], filler, sizeof(filler)) < 0 ||
            fcntl(ends[1], F_SETFL, 0) < 0)
            _exit(3);
        dup2(ends[1], STDOUT_FILENO);
        _exit(look_main(3, words));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGALRM);
    assert_true(clock_monotonic_ms() - start_ms < LOOK_LIMIT_MS + 4000);
}

/* A file system whose server never says a word: whoever looks into it waits. */
static int fuse_fd = -1;

static int mount_silence(void)
{
    char options[96];
    snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse_fd);
    return mount("silence", "/etc", "fuse", 0, options);
}

static void a_file_system_that_never_answers_costs_one_look(void **state)
{
    (void)state;
    struct err err = {0};
    int status;
    fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fuse_fd < 0)
        skip_because("no /dev/fuse: %s", strerror(errno));
    struct box box = {.root = root_make(), .hostname = "silent", .prepare = mount_silence};
    box_start(&box);
    const char *whom = test_path("%d", (int)box.pid);
    int64_t start_ms = clock_monotonic_ms();
    _cleanup_free_ char *whole = look_run(whom, "all", NULL, &status);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGALRM);
    assert_string_equal(whole, "");
    assert_true(clock_monotonic_ms() - start_ms < LOOK_LIMIT_MS + 4000);

    start_ms = clock_monotonic_ms();
    _cleanup_free_ char *brief = look_run(whom, "all", "--brief", &status);
    _cleanup_look_ struct look look = {0};
    assert_int_equal(look_parse(brief, strlen(brief), &look, &err), 0);
    assert_string_equal(look.hostname.nodename, "silent");
    assert_int_equal(look.ps.count, 2);
    assert_true(clock_monotonic_ms() - start_ms < 3000);
    box_end(&box);
    close(fuse_fd);
}

static void bad_words_are_usage(void **state)
{
    (void)state;
    static const char *const whoms[] = {"", "0", "-1", "1x", "99999999999", "1@", "1@x", "hosts"};
    int status;
    int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int saved = dup(STDERR_FILENO);
    dup2(quiet, STDERR_FILENO);
    for (size_t i = 0; i < array_length(whoms); i++) {
        _cleanup_free_ char *json = look_run(whoms[i], "all", NULL, &status);
        assert_int_equal(WEXITSTATUS(status), 2);
        assert_string_equal(json, "");
    }
    _cleanup_free_ char *other = look_run("host", "mounts", NULL, &status);
    assert_int_equal(WEXITSTATUS(status), 2);
    assert_string_equal(other, "");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(quiet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_container_shows_its_own_processes_and_names),
        machine_test(the_device_of_proc_is_that_of_mountinfo),
        machine_test(the_host_shows_the_same_process_under_its_own_number),
        machine_test(looking_leaves_the_looker_where_it_was),
        machine_test(escape_bytes_in_names_reach_nobody),
        machine_test(without_a_proc_it_says_so),
        machine_test(without_even_a_folder_it_says_so),
        machine_test(with_the_hosts_proc_it_lists_the_host),
        machine_test(a_part_of_a_proc_is_not_taken_for_one),
        machine_test(a_faked_proc_is_not_believed),
        machine_test(a_process_covered_by_a_mount_is_counted_not_read),
        machine_test(a_fifo_mounted_over_a_file_of_proc_is_not_opened),
        machine_test(users_have_the_names_of_its_own_passwd),
        machine_test(a_fifo_for_passwd_is_not_opened),
        machine_test(a_device_for_passwd_is_not_opened),
        machine_test(a_link_out_of_the_root_stays_in_it),
        machine_test(a_link_to_a_file_of_proc_is_not_read),
        machine_test(a_huge_passwd_is_read_to_a_bound),
        machine_test(brief_reads_none_of_its_files),
        machine_test(a_process_that_has_ended_is_a_sentence),
        machine_test(a_number_that_means_another_process_now_is_a_sentence),
        machine_test(a_look_that_is_held_up_ends_by_its_own_alarm),
        machine_test(a_file_system_that_never_answers_costs_one_look),
        machine_test(bad_words_are_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
