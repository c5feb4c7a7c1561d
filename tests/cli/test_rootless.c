/* nstui run for an ordinary user: a root directory of his own, ids that /etc/subuid gives him, and
 * the whole life of a detached session. The user, and what the system knows of him, are made by this
 * test, in its own mount namespace. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nstui/base.h"
#include "support.h"

#define STUDENT 54321 /* has subordinate ids */
#define OTHER   54322 /* has none */

static const char *const replaced[] = {"/etc/passwd", "/etc/subuid", "/etc/subgid"};
static char folder[] = "/tmp/nstui-rootless.XXXXXX";
static bool ready;

static void put(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        abort();
    (void)close(fd);
}

static void home_make(const char *name, uid_t uid)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (mkdir(path, 0755) < 0 || chown(path, uid, uid) < 0)
        abort();
    (void)snprintf(path, sizeof(path), "%s/%s/run", folder, name);
    if (mkdir(path, 0700) < 0 || chown(path, uid, uid) < 0)
        abort();
}

static int world_make(void **state)
{
    (void)state;
    static const char *const contents[] = {
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"
        "student:x:54321:54321::/home:/bin/sh\nother:x:54322:54322::/home:/bin/sh\n"
        "daemon:x:1:1:daemon:/usr/sbin:/bin/sh\n",
        "student:700000:65536\n",
        "student:800000:65536\n",
    };
    if (geteuid() != 0 || !mkdtemp(folder))
        return 0;
    (void)chmod(folder, 0755);
    home_make("student", STUDENT);
    home_make("other", OTHER);
    ready = true;
    for (size_t at = 0; at < array_length(replaced); at++) {
        char path[256];
        put(strrchr(replaced[at], '/') + 1, contents[at]);
        (void)snprintf(path, sizeof(path), "%s/%s", folder, strrchr(replaced[at], '/') + 1);
        if (mount(path, replaced[at], NULL, MS_BIND, NULL) < 0)
            ready = false;
    }
    return 0;
}

static int world_end(void **state)
{
    (void)state;
    for (size_t at = 0; at < array_length(replaced); at++)
        (void)umount2(replaced[at], MNT_DETACH);
    struct result result = {0};
    if (geteuid() == 0)
        (void)run_words(&result, "rm", "-rf", "--one-file-system", folder);
    result_free(&result);
    return 0;
}

static void need_world(void)
{
    need_root();
    if (!ready)
        skip_because("the system has no /etc/subuid to put another over");
    struct result result = {0};
    const char *const argv[] = {"nstui", "version", NULL};
    int status = run_program_with(&(struct run_options){.argv = argv, .uid = STUDENT}, &result);
    result_free(&result);
    if (status != 0)
        skip_because("an ordinary user cannot execute the programs of this build folder");
    if (strtol(file_get("/proc/sys/user/max_user_namespaces"), NULL, 10) == 0)
        skip_because("this system lets no ordinary user make user namespaces");
}

/* Runs words of a shell as one of the two, in his home; $N is nstui. */
static int as_user(uid_t uid, const char *script, struct result *result)
{
    const char *home = test_path("%s/%s", folder, uid == STUDENT ? "student" : "other");
    const char *const env[] = {
        test_path("HOME=%s", home),
        test_path("XDG_RUNTIME_DIR=%s/run", home),
        test_path("N=%s", program_of_ours("nstui")),
        "XDG_STATE_HOME",
        NULL,
    };
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct run_options options = {.argv = argv, .env = env, .cwd = home, .uid = uid};
    return run_program_with(&options, result);
}

static void says(const struct result *result, int status, const char *out, const char *error)
{
    if (result->status != status || (out && strcmp(result->out, out) != 0) ||
        (error && !strstr(result->error, error)))
        fail_msg("status %d, stdout:\n%s\nstderr:\n%s\nwanted %d:\n%s\n%s", result->status,
                 result->out, result->error, status, out ? out : "", error ? error : "");
}

static void he_is_root_in_a_root_of_his_own(void **state)
{
    (void)state;
    need_world();
    _cleanup_result_ struct result result = {0};
    (void)as_user(
        STUDENT,
        "$N run -Upmui --hostname mine --root box --init -- sh -c 'id -u; hostname; "
        "tr -s \" \" </proc/self/uid_map; touch /tmp/x; ps -o pid= | head -1 | tr -d \" \"' && "
        "stat -c %u box box/tmp/x",
        &result);
    says(&result, 0, "0\nmine\n 0 54321 1\n1\n54321\n54321\n", NULL);
    assert_string_equal(result.error, "");
}

/* gid 5, tty, is not mapped: devpts must do without. */
static void his_terminal_is_one_of_his_own(void **state)
{
    (void)state;
    need_world();
    _cleanup_result_ struct result result = {0};
    (void)as_user(STUDENT, "$N run --tty -Upmui --root box -- sh -c 'tty; echo to >/dev/tty'",
                  &result);
    says(&result, 0, "/dev/pts/0\r\nto\r\n", NULL);
}

static void subordinate_ids_are_his_in_there(void **state)
{
    (void)state;
    need_world();
    if (!program_is_there("newuidmap"))
        skip_because("there is no newuidmap here");
    _cleanup_result_ struct result result = {0}, second = {0}, third = {0};
    (void)as_user(STUDENT,
                  "$N run -pmui --map-auto --root box -- sh -c 'tr -s \" \" </proc/self/uid_map; "
                  "tr -s \" \" </proc/self/gid_map; touch /tmp/y; chown 5:7 /tmp/y; "
                  "stat -c %u:%g /tmp/y' && stat -c %u:%g box/tmp/y",
                  &result);
    says(&result, 0,
         " 0 54321 1\n 1 700000 65536\n 0 54321 1\n 1 800000 65536\n5:7\n700004:800006\n", NULL);
    (void)as_user(STUDENT,
                  "$N run -pmui --map-auto --root box --setuid daemon -- sh -c 'id -un; "
                  "cat /proc/self/setgroups; echo fine >/dev/stdout; rm -f /tmp/y 2>&1 | wc -l'",
                  &second);
    says(&second, 0, "daemon\nallow\nfine\n1\n", NULL);
    (void)as_user(STUDENT,
                  "$N run -pmu --map-users 0:54321:1 --map-users 1:700000:9 "
                  "--map-groups 0:800000:9 --root box -- rm -f /tmp/y",
                  &third);
    says(&third, 0, "", NULL);
}

static void ids_that_are_not_his_are_refused(void **state)
{
    (void)state;
    need_world();
    if (!program_is_there("newuidmap"))
        skip_because("there is no newuidmap here");
    _cleanup_result_ struct result result = {0}, second = {0}, third = {0};
    (void)as_user(STUDENT, "$N run -pmu --map-users 0:54321:1 --map-users 1:0:9 -- id", &result);
    says(&result, 125, "",
         "newuidmap refuses the map: uid range [1-10) -> [0-9) not allowed (only "
         "the ids that /etc/subuid gives you can be mapped)");
    (void)as_user(OTHER, "$N run -pmu --map-auto -- id", &second);
    says(&second, 125, "",
         "there are no subordinate user ids for other in /etc/subuid (root adds a "
         "line to it: other:100000:65536)");
    (void)as_user(OTHER, "$N run -pmu --map-users 0:54322:1 --map-groups 0:0:1 -- id", &third);
    says(&third, 125, "", "newgidmap refuses the map");
}

static void missing_newuidmap_is_told(void **state)
{
    (void)state;
    need_world();
    if (!path_exists("/usr/bin/newuidmap"))
        skip_because("there is no /usr/bin/newuidmap to hide");
    _cleanup_result_ struct result result = {0}, second = {0};
    assert_int_equal(mount("/dev/null", "/usr/bin/newuidmap", NULL, MS_BIND, NULL), 0);
    (void)as_user(STUDENT, "$N run -pmu --map-auto -- id", &result);
    (void)as_user(STUDENT, "$N run -Upmu -- id -u", &second);
    assert_int_equal(umount2("/usr/bin/newuidmap", MNT_DETACH), 0);
    says(&result, 125, "",
         "a map of several users needs newuidmap, and it is not there (root "
         "installs the package uidmap; one id alone needs none of it)");
    says(&second, 0, "0\n", NULL);
}

static void without_a_user_namespace_he_is_told_about_one(void **state)
{
    (void)state;
    need_world();
    _cleanup_result_ struct result result = {0}, second = {0};
    (void)as_user(STUDENT, "$N run -pm -- id", &result);
    says(&result, 125, "", "add -U, a user namespace of your own");
    (void)as_user(STUDENT, "$N run --setuid 1:1 -- id", &second);
    says(&second, 125, "", "cannot become user 1, group 1");
}

static void switch_of_the_system_is_named(void **state)
{
    (void)state;
    need_world();
    static const char file[] = "/proc/sys/user/max_user_namespaces";
    _cleanup_result_ struct result result = {0};
    put("zero", "0\n");
    assert_int_equal(mount(test_path("%s/zero", folder), file, NULL, MS_BIND, NULL), 0);
    (void)as_user(STUDENT, "$N run -Upm -- id", &result);
    assert_int_equal(umount2(file, MNT_DETACH), 0);
    says(&result, 125, "", "sysctl user.max_user_namespaces=0 forbids them");
}

/* As in a container of docker's, where no new proc can be had. */
static void covered_proc_is_told(void **state)
{
    (void)state;
    need_world();
    _cleanup_result_ struct result result = {0};
    assert_int_equal(mount("/dev/null", "/proc/version", NULL, MS_BIND, NULL), 0);
    (void)as_user(STUDENT, "$N run -Upm --root box -- id", &result);
    assert_int_equal(umount2("/proc/version", MNT_DETACH), 0);
    says(&result, 125, "", "cannot mount proc on /proc in there");
    says(&result, 125, "", "parts of /proc out here are covered");
}

static void limit_of_processes_is_told(void **state)
{
    (void)state;
    need_world();
    _cleanup_result_ struct result result = {0};
    (void)as_user(STUDENT, "exec prlimit --nproc=1:1 $N run -Upm -- id", &result);
    says(&result, 125, "",
         "Resource temporarily unavailable (too many processes: of this user, "
         "ulimit -u, or of the cgroup, pids.max)");
}

static void detached_sessions_are_his_to_the_end(void **state)
{
    (void)state;
    need_world();
    const bool many = program_is_there("newuidmap");
    _cleanup_result_ struct result result = {0}, second = {0};
    (void)as_user(
        STUDENT,
        test_path(
            "$N run -d --name mine -pmui %s --root box --init --hostname mine -- sh -c "
            "'trap \"echo caught\" USR1; echo hello; while :; do sleep 0.1; done' && "
            "for i in $(seq 100); do $N logs mine | grep -q hello && break; sleep 0.05; done;"
            "$N ps | grep -c '^mine  *container running';"
            "$N join mine -- sh -c 'id -u; hostname; tr -s \" \" </proc/self/uid_map | head -1';"
            "$N kill mine USR1 && for i in $(seq 100); do $N logs mine | grep -q caught && "
            "break; sleep 0.05; done; $N logs mine | tr -d '\\r'; $N stop -t 0 mine;"
            "$N ps | grep -c '^mine  *container exited'; $N rm mine; $N ps -q; "
            "ls -A run/nstui .local/state/nstui",
            many ? "--map-auto" : "-U"),
        &result);
    says(&result, 0,
         "mine\n1\n0\nmine\n 0 54321 1\nhello\ncaught\n1\n.local/state/nstui:\n\nrun/nstui:\n",
         NULL);
    (void)as_user(STUDENT, "rm -rf .local run/nstui", &second);
}

static void nobody_else_can_enter_his_session(void **state)
{
    (void)state;
    need_world();
    _cleanup_result_ struct result start = {0}, foreign = {0}, end = {0};
    (void)as_user(STUDENT,
                  "$N run -d --name mine -Upmui --root box --init -- sleep 60 && "
                  "$N ps -J | sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p' | head -1",
                  &start);
    const char *pid = strchr(start.out, '\n');
    assert_non_null(pid);
    (void)as_user(OTHER,
                  test_path("$N join mine -- id; $N kill mine; $N join %.*s -- id; $N kill "
                            "%.*s; true",
                            (int)strcspn(pid + 1, "\n"), pid + 1, (int)strcspn(pid + 1, "\n"),
                            pid + 1),
                  &foreign);
    assert_string_equal(foreign.out, "");
    (void)as_user(STUDENT, "$N ps | grep -c running; $N rm -f mine; rm -rf .local run/nstui", &end);
    says(&end, 0, "1\n", NULL);
}

static void his_wall_stands(void **state)
{
    (void)state;
    need_world();
    _cleanup_result_ struct result result = {0}, second = {0};
    (void)as_user(STUDENT,
                  "$N run -U --walled --root box --read-only --ulimit nofile=64 -- sh -c "
                  "'sed -n \"s/^CapEff:.//p;s/^NoNewPrivs:.//p;s/^Seccomp:.//p\" "
                  "/proc/self/status; stat -c %t:%T /proc/keys; ulimit -n; touch /x'",
                  &result);
    says(&result, 1, "00000000a00425fb\n1\n2\n1:3\n64\n", "Read-only file system");
    (void)as_user(STUDENT, "$N run --no-new-privs --seccomp walled -- unshare -U true", &second);
    says(&second, 1, "", "unshare failed: Operation not permitted");
}

static void filter_without_rights_needs_no_new_privs(void **state)
{
    (void)state;
    need_world();
    _cleanup_result_ struct result result = {0};
    (void)as_user(STUDENT, "$N run --seccomp walled -- true", &result);
    says(&result, 125, "",
         "cannot set the seccomp filter: Permission denied (without root it needs "
         "no_new_privs: add --no-new-privs)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(he_is_root_in_a_root_of_his_own),
        machine_test(his_terminal_is_one_of_his_own),
        machine_test(subordinate_ids_are_his_in_there),
        machine_test(ids_that_are_not_his_are_refused),
        machine_test(missing_newuidmap_is_told),
        machine_test(without_a_user_namespace_he_is_told_about_one),
        machine_test(switch_of_the_system_is_named),
        machine_test(covered_proc_is_told),
        machine_test(limit_of_processes_is_told),
        machine_test(detached_sessions_are_his_to_the_end),
        machine_test(nobody_else_can_enter_his_session),
        machine_test(his_wall_stands),
        machine_test(filter_without_rights_needs_no_new_privs),
    };
    return cmocka_run_group_tests_name("rootless", tests, world_make, world_end);
}
