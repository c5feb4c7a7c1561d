/* Attacks on the host from a container, or by whoever fills a root directory: each is tried, on the
 * grade walled and on lab where lab is to stand it too. They aim only at files that the test has
 * made. More of them: test_root.c (links in a root, devices), test_launch.c and test_join.c
 * (descriptors), test_rights.c (passwd, /proc/sys). */
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "box.h"

static void graded_spec(struct spec *spec, enum grade grade, const char *letters, const char *root,
                        const char *script)
{
    spec->grade = grade;
    if (grade == GRADE_WALLED)
        spec->seccomp = xstrdup(file_get(SOURCE_DIR "/assets/seccomp/walled.json"));
    box_spec(spec, letters, root, script);
}

static const enum grade both[] = {GRADE_WALLED, GRADE_LAB};

/* Ends a box and takes what it has said until then. */
static void box_kill_reading(struct launched *launched, struct text *text)
{
    (void)syscall(SYS_pidfd_send_signal, launched->pidfd, SIGKILL, NULL, 0);
    assert_true(box_read(launched->output, text, NULL));
    box_kill(launched);
}

/* ---- our own program in there ---------------------------------------------------------------- */

/* A copy of nstui-init that may be attacked. */
static char *program_to_attack(const char *folder)
{
    char *path = xasprintf("%s/nstui-init", folder);
    _cleanup_free_ char *data = NULL;
    size_t length;
    assert_int_equal(
        file_read(AT_FDCWD, program_of_ours("nstui-init"), 1U << 24, &data, &length, NULL), 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    assert_int_equal(fd_write_all(fd, data, length, NULL), 0);
    (void)close(fd);
    return path;
}

static bool file_is_as_ours(const char *path)
{
    _cleanup_free_ char *one = NULL, *other = NULL;
    size_t length, other_length;
    return file_read(AT_FDCWD, path, 1U << 24, &one, &length, NULL) == 0 &&
           file_read(AT_FDCWD, program_of_ours("nstui-init"), 1U << 24, &other, &other_length,
                     NULL) == 0 &&
           length == other_length && memcmp(one, other, length) == 0;
}

/* CVE-2019-5736: a command that is a script of /proc/self/exe runs what made the container, and
 * keeps a handle on it to write when it has ended. */
#define OVERWRITE                                                                                  \
    "for p in /proc/[0-9]*/exe; do case $(readlink $p) in *init*) echo tried;"                     \
    "(exec 9<$p; (exec 8>/proc/self/fd/9) && echo opened; (exec 8>>$p) && echo appended;"          \
    "(exec 8<>$p) && echo opened);; esac; done 2>/dev/null; true"

static void program_of_the_host_cannot_be_overwritten(void **state)
{
    (void)state;
    for (size_t at = 0; at < 2 * array_length(both); at++) {
        _cleanup_spec_ struct spec spec = {.init = at & 1};
        _cleanup_box_ struct box_result result = {0};
        const char *root = test_folder();
        char *program = program_to_attack(test_folder());
        graded_spec(&spec, both[at / 2], "pmu", root, OVERWRITE);
        free(spec.init_program);
        spec.init_program = program;
        box_run(&spec, &result);
        assert_string_equal(result.out.data, at & 1 ? "tried\n" : "");
        assert_true(file_is_as_ours(program));
    }
}

static void script_of_proc_self_exe_gets_nothing_of_the_host(void **state)
{
    (void)state;
    for (size_t at = 0; at < array_length(both); at++) {
        _cleanup_spec_ struct spec spec = {.init = true};
        struct launched launched;
        struct err err = {0};
        const char *root = test_folder(), *attack = test_path("%s/attack", root);
        char *program = program_to_attack(test_folder());
        file_put(attack, "#!/proc/self/exe --exec -- /bin/sh -c\n");
        assert_int_equal(chmod(attack, 0755), 0);
        graded_spec(&spec, both[at], "pmu", root, NULL);
        strings_add(&spec.argv, "/attack");
        strings_add(&spec.argv, OVERWRITE);
        free(spec.init_program);
        spec.init_program = program;
        assert_int_equal(spec_check(&spec, NULL, &err), 0);
        if (engine_launch(&spec, &launched, &err) == 0) {
            _cleanup_box_ struct box_result result = {0};
            box_collect(&launched, &result);
            assert_has_not(result.out.data, "opened");
            assert_has_not(result.out.data, "appended");
        }
        assert_true(file_is_as_ours(program));
    }
}

/* The same by a container that lies in wait for who joins it: it keeps a handle on his program, and
 * writes when he has gone and the file is not busy any more. */
#define LIE_IN_WAIT                                                                                \
    "$| = 1; print qq(ready\n); my %h; my $end = time + 20; my $said = 0;"                         \
    "while (time < $end) { for my $p (glob '/proc/[0-9]*/exe') { next if $p eq '/proc/1/exe';"     \
    "my $l = readlink $p; next unless defined $l && $l =~ /init/; my $f;"                          \
    "if (open $f, '<', $p) { $h{$p} = $f; print qq(caught\n) unless $said++; } }"                  \
    "for my $f (values %h) { my $g; next unless open $g, '+<', '/proc/self/fd/' . fileno $f;"      \
    "print qq(written\n) if defined syswrite $g, 'hit'; } }"

static void joining_program_cannot_be_overwritten(void **state)
{
    (void)state;
    if (!program_is_there("perl"))
        skip_because("there is no perl to lie in wait with");
    for (size_t at = 0; at < array_length(both); at++) {
        _cleanup_spec_ struct spec spec = {.init = true};
        struct launched launched, joined;
        struct text text = {0};
        struct err err = {0};
        char *program = program_to_attack(test_folder());
        graded_spec(&spec, both[at], "pmu", test_folder(), NULL);
        strings_add(&spec.argv, "perl");
        strings_add(&spec.argv, "-e");
        strings_add(&spec.argv, LIE_IN_WAIT);
        box_launch(&spec, &launched);
        assert_true(box_read(launched.output, &text, "ready\n"));
        for (int round = 0; round < 100; round++) {
            struct join join = {.pid = launched.pid, .init_program = xstrdup(program)};
            strings_add(&join.argv, "true");
            if (engine_join(&join, &joined, &err) < 0)
                fail_msg("%s", err.text);
            assert_int_equal(box_end(&joined, WAIT_MS), 0);
            launched_close(&joined);
            join_free(&join);
        }
        wait_ms(50);
        box_kill_reading(&launched, &text);
        assert_has_not(text.data, "written");
        if (!strstr(text.data, "caught")) /* on walled it may not even look at it */
            print_message("        nobody was caught in %s\n", grade_name(both[at]));
        assert_true(file_is_as_ours(program));
        text_free(&text);
        free(program);
    }
}

/* ---- descriptors and directories -------------------------------------------------------------- */

/* CVE-2024-21626: a directory of the host that the caller has left open. */
static void directories_that_the_caller_left_open_lead_nowhere(void **state)
{
    (void)state;
    const char *outside = test_folder(), *root = test_folder();
    file_put(test_path("%s/mine", outside), "secret");
    int left = open(outside, O_RDONLY | O_DIRECTORY); /* not close-on-exec */
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(outside), 0);
    for (size_t at = 0; at < 2 * array_length(both); at++) {
        _cleanup_spec_ struct spec spec = {.init = at & 1}, second = {.init = at & 1};
        _cleanup_box_ struct box_result result = {0};
        struct launched launched;
        struct err err = {0};
        const char *way = test_path("/proc/self/fd/%d", left);
        graded_spec(&spec, both[at / 2], "pmu", root,
                    test_path("pwd; ls /proc/*/cwd/mine /proc/*/root/mine /proc/*/fd/*/mine "
                              "%s/mine ../../../mine 2>/dev/null",
                              way));
        box_run(&spec, &result);
        assert_string_equal(result.out.data, "/\n");
        second.cwd = xstrdup(way);
        graded_spec(&second, both[at / 2], "pmu", root, "cat mine");
        assert_int_equal(spec_check(&second, NULL, &err), 0);
        assert_int_equal(engine_launch(&second, &launched, &err), -1);
        assert_has(err.text, "cannot enter the working directory");
    }
    assert_int_equal(chdir(before), 0);
    free(before);
    (void)close(left);
}

/* ---- a hostile hand in the root while it is laid out -------------------------------------------- */

struct race {
    const char *root, *names[6];
    atomic_bool ended;
    unsigned long swaps;
};

static void *race_run(void *data)
{
    struct race *race = data;
    while (!atomic_load(&race->ended)) {
        for (size_t at = 0; race->names[at]; at++) {
            char name[512], other[512];
            (void)snprintf(name, sizeof(name), "%s/%s", race->root, race->names[at]);
            (void)snprintf(other, sizeof(other), "%s/.%s", race->root, race->names[at]);
            if (syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, other, RENAME_EXCHANGE) == 0)
                race->swaps++;
        }
    }
    return NULL;
}

/* Everything below a directory, as one text. */
static char *directory_list(const char *path)
{
    struct result result = {0};
    run_expect(0, &result, "find", path, "-printf", "%P %y %m %s\n");
    char *text = xstrdup(result.out);
    result_free(&result);
    return text;
}

static void race_of_links_leads_no_mount_outside(void **state)
{
    (void)state;
    const char *root = test_folder(), *outside = test_folder();
    struct race race = {.root = root, .names = {"dev", "etc", "proc", "tmp", "usr", NULL}};
    static const char *const below[] = {"null", "pts", "sys", "keys", "passwd", "bus"};
    for (size_t at = 0; at < array_length(below); at++)
        file_put(test_path("%s/%s", outside, below[at]), "mine");
    for (size_t at = 0; race.names[at]; at++) {
        assert_int_equal(mkdir(test_path("%s/%s", root, race.names[at]), 0755), 0);
        assert_int_equal(symlink(outside, test_path("%s/.%s", root, race.names[at])), 0);
    }
    _cleanup_free_ char *before = directory_list(outside);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, race_run, &race), 0);
    int started = 0, failed = 0;
    for (int round = 0; round < 60; round++) {
        _cleanup_spec_ struct spec spec = {.init = true};
        struct launched launched;
        struct err err = {0};
        graded_spec(&spec, both[round % 2], "pmu", root, "echo hit >/dev/null; echo >/tmp/x; true");
        if (spec_check(&spec, NULL, &err) == 0 && engine_launch(&spec, &launched, &err) == 0) {
            started++;
            assert_int_not_equal(box_end(&launched, WAIT_MS), -1);
            launched_close(&launched);
        } else {
            failed++;
            assert_true(err.text[0] != '\0');
        }
        assert_int_equal(mount_count(outside), 0);
    }
    atomic_store(&race.ended, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(started + failed, 60);
    assert_true(race.swaps > 100);
    _cleanup_free_ char *after = directory_list(outside);
    assert_string_equal(after, before);
}

/* CVE-2025-31133: what covers a file is the host's own /dev/null, not what bears its name in there;
 * and what is covered is never what a link in the root leads to. */
static void covering_uses_nothing_of_the_root(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    struct err err = {0};
    const char *root = test_folder(), *outside = test_folder();
    const char *victim = test_path("%s/victim", outside);
    file_put(victim, "secret");
    assert_int_equal(mkdir(test_path("%s/dev", root), 0755), 0);
    assert_int_equal(mkdir(test_path("%s/sys", root), 0755), 0);
    assert_int_equal(symlink(victim, test_path("%s/dev/null", root)), 0);
    assert_int_equal(symlink(outside, test_path("%s/sys/firmware", root)), 0);
    graded_spec(&spec, GRADE_WALLED, "pmu", root, "cat /proc/keys; stat -c %t:%T /proc/keys");
    layout_free(&spec.layout);
    assert_int_equal(layout_parse("l",
                                  "[D] /bin *\n[D] /lib *\n[D] /lib64 * ?\n[D] /usr *\n"
                                  "[D] /proc\n",
                                  &spec.layout, &err),
                     0);
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "1:3\n");
    assert_string_equal(file_get(victim), "secret");
    assert_int_equal(mount_count(outside), 0);
}

static void null_child(const char *fake, const char *root)
{
    struct spec spec = {0};
    struct launched launched;
    struct err err = {0};
    if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_PRIVATE | MS_REC, NULL) < 0 ||
        mount(fake, "/dev/null", NULL, MS_BIND, NULL) < 0)
        _exit(2);
    graded_spec(&spec, GRADE_WALLED, "pmu", root, "true");
    layout_free(&spec.layout);
    if (layout_parse("l", "[D] /bin *\n[D] /proc\n", &spec.layout, &err) < 0 ||
        spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) == 0)
        _exit(3);
    _exit(strstr(err.text, "it is not the device 1:3 that it should be") ? 0 : 4);
}

static void null_of_the_host_that_is_none_covers_nothing(void **state)
{
    (void)state;
    const char *fake = test_path("%s/fake", test_folder()), *root = test_folder();
    file_put(fake, "secret");
    pid_t child = fork();
    if (child == 0)
        null_child(fake, root);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* CVE-2025-52565: a ptmx, or a console, that is something else. */
static void terminal_is_never_a_file_of_the_root(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        _cleanup_spec_ struct spec spec = {.terminal = true};
        _cleanup_box_ struct box_result result = {0};
        struct err err = {0};
        const char *root = test_folder(), *victim = test_path("%s/victim", test_folder());
        const char *console = test_path("%s/dev/console", root),
                   *ptmx = test_path("%s/dev/pts/ptmx", root);
        file_put(victim, "untouched");
        assert_int_equal(mkdir(test_path("%s/dev", root), 0755), 0);
        assert_int_equal(mkdir(test_path("%s/dev/pts", root), 0755), 0);
        if (kind == 0) {
            assert_int_equal(mkfifo(ptmx, 0666), 0);
            assert_int_equal(mkfifo(console, 0666), 0);
        } else if (kind == 1) {
            assert_int_equal(symlink(victim, ptmx), 0);
            assert_int_equal(symlink(victim, console), 0);
        } else {
            file_put(ptmx, "untouched");
            file_put(console, "untouched");
        }
        graded_spec(&spec, GRADE_WALLED, "pmu", root, "test -t 0 && echo terminal");
        layout_free(&spec.layout);
        assert_int_equal(layout_parse("l",
                                      "[D] /bin *\n[D] /lib *\n[D] /lib64 * ?\n[D] /usr *\n"
                                      "[D] /proc\n",
                                      &spec.layout, &err),
                         0);
        box_run(&spec, &result);
        assert_string_equal(result.out.data, "terminal\r\n");
        assert_string_equal(file_get(victim), "untouched");
        if (kind == 2)
            assert_string_equal(file_get(ptmx), "untouched");
    }
}

/* ---- typing into somebody's terminal ------------------------------------------------------------ */

#define TYPE                                                                                       \
    "perl -e 'for (split //, \"typed\\n\") { $r = ioctl(STDIN, 0x5412, $_) } print $r ? \"yes\" "  \
    ": \"no\"'"

static void what_is_typed_by_a_program_stays_in_there(void **state)
{
    (void)state;
    if (!program_is_there("perl"))
        skip_because("there is no perl to make the call with");
    for (size_t at = 0; at < array_length(both); at++) {
        _cleanup_spec_ struct spec spec = {.terminal = true};
        struct launched launched;
        struct text text = {0};
        graded_spec(&spec, both[at], "pmu", test_folder(), TYPE "; echo; read line");
        box_launch(&spec, &launched);
        assert_true(box_read(launched.terminal, &text, "\n"));
        /* lab: of its own terminal alone, as far as the kernel does it at all. */
        if (both[at] == GRADE_WALLED)
            assert_has(text.data, "no\r\n");
        int waiting = 0;
        if (isatty(STDIN_FILENO))
            assert_true(ioctl(STDIN_FILENO, FIONREAD, &waiting) < 0 || waiting == 0);
        text_free(&text);
        box_kill(&launched);
    }
}

/* ---- the ways out of a container -------------------------------------------------------------------- */

static void ways_out_of_the_root_are_closed(void **state)
{
    (void)state;
    const char *outside = test_folder();
    file_put(test_path("%s/mine", outside), "secret");
    static const char *const ways[] = {
        /* the classic one: a second root below the first, with a directory left outside of it */
        "perl -e 'mkdir \"/tmp/j\"; opendir(my $d, \"/\"); chroot \"/tmp/j\"; "
        "chdir \"..\" for 1 .. 100; chroot \".\"; exec \"cat\", \"%s/mine\"'",
        "cd /proc/1/root/../../../.. && cat .%s/mine",
        "nsenter -t 1 -m cat %s/mine",
        "for p in /proc/[0-9]*; do cat $p/root%s/mine $p/cwd%1$s/mine; done",
        "unshare -m cat %s/mine; mkdir -p /tmp/m; mount -t proc proc /tmp/m; cat "
        "/tmp/m/1/root%1$s/mine",
    };
    for (size_t grade = 0; grade < array_length(both); grade++) {
        for (size_t at = 0; at < array_length(ways); at++) {
            _cleanup_spec_ struct spec spec = {.init = at & 1};
            _cleanup_box_ struct box_result result = {0};
            struct text script = {0};
            for (const char *sign = ways[at]; *sign; sign++) {
                if (*sign != '%') {
                    text_add_bytes(&script, sign, 1);
                    continue;
                }
                text_add(&script, outside);
                sign += sign[1] == '1' ? 3 : 1;
            }
            graded_spec(&spec, both[grade], "pmui", test_folder(), script.data);
            text_free(&script);
            box_run(&spec, &result);
            assert_has_not(result.out.data, "secret");
        }
    }
}

static void processes_of_the_host_are_out_of_reach(void **state)
{
    (void)state;
    for (size_t at = 0; at < array_length(both); at++) {
        _cleanup_spec_ struct spec spec = {.init = true};
        _cleanup_box_ struct box_result result = {0};
        pid_t victim = process_start_words("sleep", "60");
        graded_spec(&spec, both[at], "pmui", test_folder(),
                    test_path("kill -KILL %d; ls /proc | grep -c '^[0-9]'", (int)victim));
        box_run(&spec, &result);
        assert_true(process_is_alive(victim));
        process_end(victim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(program_of_the_host_cannot_be_overwritten),
        machine_test(script_of_proc_self_exe_gets_nothing_of_the_host),
        machine_test(joining_program_cannot_be_overwritten),
        machine_test(directories_that_the_caller_left_open_lead_nowhere),
        machine_test(race_of_links_leads_no_mount_outside),
        machine_test(covering_uses_nothing_of_the_root),
        machine_test(null_of_the_host_that_is_none_covers_nothing),
        machine_test(terminal_is_never_a_file_of_the_root),
        machine_test(what_is_typed_by_a_program_stays_in_there),
        machine_test(ways_out_of_the_root_are_closed),
        machine_test(processes_of_the_host_are_out_of_reach),
    };
    return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
