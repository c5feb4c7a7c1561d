/* The plan of a launch: exercise 8's order, told as calls and as plain words; and what a spec may
 * not ask for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nstui/engine.h"
#include "support.h"

static void spec_begin(struct spec *spec, const char *letters)
{
    for (; *letters; letters++) {
        enum ns_type type;
        assert_true(ns_type_by_letter(*letters, &type));
        spec->namespaces |= NS_BIT(type);
    }
    strings_add(&spec->argv, "sh");
}

static void plan(struct spec *spec, struct steps *steps)
{
    struct err err = {0};
    if (spec_check(spec, NULL, &err) < 0 || steps_plan(spec, steps, &err) < 0)
        fail_msg("%s", err.text);
}

/* All lines of a plan, joined. */
static char *lines_of(const struct steps *steps)
{
    struct text text = {0};
    text_add(&text, "");
    for (size_t at = 0; at < steps->count; at++) {
        _cleanup_free_ char *line = step_line(&steps->items[at]);
        text_addf(&text, "%s %s\n", step_who_name(steps->items[at].who), line);
    }
    return text.data;
}

static void steps_follow_exercise_8(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.hostname = xstrdup("box"), .terminal = true, .init = true};
    _cleanup_steps_ struct steps steps = {0};
    struct err err = {0};
    spec_begin(&spec, "pmu");
    spec.root = xstrdup("/tmp/nstui-plan");
    spec.old_root_folder = true;
    assert_int_equal(
        layout_parse("l", "[D] /etc *\n[F] /dev/null\nproc /proc\n", &spec.layout, &err), 0);
    plan(&spec, &steps);
    _cleanup_free_ char *lines = lines_of(&steps);
    assert_string_equal(
        lines,
        "parent clone3(NEWNS|NEWUTS|NEWPID, pidfd)\n"
        "child mount(\"\", \"/\", MS_PRIVATE|MS_REC)\n"
        "child mount(\"/tmp/nstui-plan\", \"/tmp/nstui-plan\", MS_BIND|MS_REC)\n"
        "child chdir(\"/tmp/nstui-plan\")\n"
        "child mkdir(\"etc\", 0755)\n"
        "child open(\"dev/null\", O_CREAT)\n"
        "child mkdir(\"proc\", 0755)\n"
        "child mount(\"/etc\", \"etc\", MS_BIND|MS_REC)\n"
        "child mount_setattr(\"etc\", AT_RECURSIVE, RDONLY)\n"
        "child mount(\"/dev/null\", \"dev/null\", MS_BIND|MS_REC)\n"
        "child mount(\"proc\", \"proc\", \"proc\", MS_NOSUID|MS_NODEV|MS_NOEXEC)\n"
        "child mount(\"proc/sys\", \"proc/sys\", MS_BIND|MS_REC), mount_setattr(RDONLY)\n"
        "child mount(\"proc/sysrq-trigger\", \"proc/sysrq-trigger\", MS_BIND|MS_REC), "
        "mount_setattr(RDONLY)\n"
        "child open(\"dev/pts/ptmx\"), ioctl(TIOCSCTTY)\n"
        "child mkdir(\"old-root\", 0700)\n"
        "child pivot_root(\".\", \"old-root\")\n"
        "child chdir(\"/\")\n"
        "child umount2(\"/old-root\", MNT_DETACH)\n"
        "child rmdir(\"/old-root\")\n"
        "child sethostname(\"box\")\n"
        "child prctl(PR_CAPBSET_DROP, SYS_MODULE SYS_RAWIO SYS_BOOT SYS_TIME MKNOD MAC_OVERRIDE "
        "MAC_ADMIN SYSLOG)\n"
        "child execveat(memfd nstui-init)\n"
        "init chdir(\"/\")\n"
        "init execve: sh\n");
}

static void plan_makes_no_directory(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_steps_ struct steps steps = {0};
    spec_begin(&spec, "m");
    spec.root = xstrdup("/tmp/nstui-plan");
    plan(&spec, &steps);
    assert_int_equal(access("/tmp/nstui-plan", F_OK), -1);
}

static void every_mount_point_comes_before_the_first_bind(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_steps_ struct steps steps = {0};
    struct err err = {0};
    spec_begin(&spec, "mp");
    spec.root = xstrdup("/tmp/nstui-plan");
    assert_int_equal(layout_load(SOURCE_DIR "/assets/layouts/studio.layout", &spec.layout, &err),
                     0);
    plan(&spec, &steps);
    bool bound = false;
    for (size_t at = 0; at < steps.count; at++) {
        bound |= steps.items[at].kind == STEP_BIND;
        assert_false(bound && steps.items[at].kind == STEP_POINT);
    }
    assert_true(bound);
}

static void the_old_root_needs_no_folder_unless_it_is_asked_for(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.grade = GRADE_PRIVILEGED};
    _cleanup_steps_ struct steps steps = {0};
    spec_begin(&spec, "m");
    spec.root = xstrdup("/tmp/nstui-plan");
    plan(&spec, &steps);
    _cleanup_free_ char *lines = lines_of(&steps);
    assert_non_null(strstr(lines, "pivot_root(\".\", \".\")\nchild umount2(\".\", MNT_DETACH)\n"
                                  "child chdir(\"/\")\n"));
    assert_null(strstr(lines, "old-root"));
}

static void chroot_has_no_pivot_and_no_old_root(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.enter = ENTER_CHROOT, .grade = GRADE_PRIVILEGED};
    _cleanup_steps_ struct steps steps = {0};
    spec_begin(&spec, "m");
    spec.root = xstrdup("/tmp/nstui-plan");
    plan(&spec, &steps);
    _cleanup_free_ char *lines = lines_of(&steps);
    assert_non_null(strstr(lines, "chroot(\".\")\nchild chdir(\"/\")\n"));
    assert_null(strstr(lines, "pivot"));
    assert_null(strstr(lines, "old-root"));
    assert_null(strstr(lines, "CAPBSET"));
}

static void new_pids_without_a_root_get_their_own_proc(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0}, without = {0};
    _cleanup_steps_ struct steps steps = {0}, none = {0};
    spec_begin(&spec, "mp");
    plan(&spec, &steps);
    _cleanup_free_ char *lines = lines_of(&steps);
    assert_non_null(strstr(lines, "mount(\"\", \"/\", MS_PRIVATE|MS_REC)\nchild mount(\"proc\""));
    spec_begin(&without, "p"); /* no mount namespace: the host's /proc is not touched */
    plan(&without, &none);
    _cleanup_free_ char *other = lines_of(&none);
    assert_null(strstr(other, "mount("));
}

static void summary_says_it_in_plain_words(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.hostname = xstrdup("box"), .init = true};
    _cleanup_steps_ struct steps steps = {0};
    _cleanup_strings_ struct strings words = {0};
    struct err err = {0};
    spec_begin(&spec, "mpu");
    spec.root = xstrdup("/tmp/nstui-plan");
    assert_int_equal(layout_parse("l", "[D] /etc *\n[D] /usr\nproc /proc\n", &spec.layout, &err),
                     0);
    plan(&spec, &steps);
    steps_summary(&steps, &words);
    static const char *const wanted[] = {
        "clone: new mnt uts pid",
        "make every mount private",
        "bind /tmp/nstui-plan on itself, chdir",
        "make 3 mount points and links",
        "bind 2 entries, 1 of them read-only",
        "mount a new proc",
        "make /proc/sys and sysrq read-only",
        "pivot_root, detach the old root",
        "set the hostname box",
        "drop the rights that could harm the host",
        "start nstui-init as the first process",
        "run sh",
    };
    assert_int_equal(words.count, array_length(wanted));
    for (size_t at = 0; at < array_length(wanted); at++)
        assert_string_equal(words.items[at], wanted[at]);
}

static void source_that_is_missing_names_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *layout, *wanted;
    } cases[] = {
        {"\n[D] /nosuch *\n",
         "cannot bind /nosuch: No such file or directory (line 2 of the layout "
         "mine asks for it; remove the line, create it, or mark"},
        {"[F] /etc\n", "line 1 of the layout mine says [F] and it is a directory (write [D])"},
        {"[D] /etc/passwd\n", "says [D] and it is a file (write [F])"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {0};
        struct steps steps = {0};
        struct err err = {0};
        spec_begin(&spec, "m");
        spec.root = xstrdup("/tmp/nstui-plan");
        assert_int_equal(layout_parse("mine", cases[at].layout, &spec.layout, &err), 0);
        assert_int_equal(spec_check(&spec, NULL, &err), 0);
        assert_int_equal(steps_plan(&spec, &steps, &err), -1);
        if (!strstr(err.text, cases[at].wanted))
            fail_msg("%s", err.text);
    }
}

static void optional_source_that_is_missing_is_left_out(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_steps_ struct steps steps = {0};
    struct err err = {0};
    spec_begin(&spec, "m");
    spec.root = xstrdup("/tmp/nstui-plan");
    assert_int_equal(layout_parse("l", "[D] /nosuch * ?\n", &spec.layout, &err), 0);
    plan(&spec, &steps);
    _cleanup_free_ char *lines = lines_of(&steps);
    assert_null(strstr(lines, "nosuch"));
}

/* ---- what a spec may not ask for ----------------------------------------------------------------- */

static void hostname_is_checked_and_another_suggested(void **state)
{
    (void)state;
    static const struct {
        const char *hostname, *wanted;
    } cases[] = {
        {"my_box", "\"_\" cannot be in a hostname: try my-box"},
        {"my box", "a blank cannot be in a hostname: try my-box"},
        {"b\303\266x", "\"\303\266\" cannot be in a hostname: try b-x"},
        {"a\033b", "\"?\" cannot be in a hostname: try a-b"},
        {"-a", "\"-\" cannot begin or end a hostname: try a"},
        {"a.", "\".\" cannot begin or end a hostname: try a"},
        {"_", "\"_\" cannot be in a hostname: try box"},
        {"", "a hostname has at least one letter"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "has at most 64"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        struct err err = {0};
        assert_int_equal(hostname_check(cases[at].hostname, &err), -1);
        if (!strstr(err.text, cases[at].wanted))
            fail_msg("%s: %s", cases[at].hostname, err.text);
    }
    struct err err = {0};
    assert_int_equal(hostname_check("a-b.example", &err), 0);
    assert_int_equal(hostname_check("7", &err), 0);
}

static void spec_without_sense_names_the_field(void **state)
{
    (void)state;
    static const struct {
        const char *letters, *hostname, *root, *field, *wanted;
    } cases[] = {
        {"m", "box", NULL, "hostname", "needs a uts namespace of its own (add -u"},
        {"u", NULL, "/tmp/x", "root", "needs a mount namespace of its own (add -m"},
        {"m", NULL, "/", "root", "cannot be / itself"},
        {"m", NULL, "/tmp/..", "root", "cannot be / itself"},
        {"m", NULL, "/etc/passwd", "root", "the root /etc/passwd is a file"},
        {"m", NULL, "/nosuch/box", "root",
         "its parent /nosuch: No such file or directory (make it"},
        {"m", NULL, "/usr", "root", "cannot be /usr, which the host uses"},
        {"m", NULL, "/proc/1", "root", "it is the kernel's"},
        {"m", NULL, "", "root", "has no name"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {0};
        const char *field = "";
        struct err err = {0};
        spec_begin(&spec, cases[at].letters);
        spec.hostname = cases[at].hostname ? xstrdup(cases[at].hostname) : NULL;
        spec.root = cases[at].root ? xstrdup(cases[at].root) : NULL;
        assert_int_equal(spec_check(&spec, &field, &err), -1);
        assert_string_equal(field, cases[at].field);
        if (!strstr(err.text, cases[at].wanted))
            fail_msg("%s", err.text);
    }
}

static void relative_root_becomes_absolute(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    _cleanup_free_ char *here = getcwd(NULL, 0);
    spec_begin(&spec, "m");
    assert_int_equal(chdir("/tmp"), 0);
    spec.root = xstrdup("box/");
    assert_int_equal(spec_check(&spec, NULL, &err), 0);
    assert_string_equal(spec.root, "/tmp/box");
    assert_int_equal(spec.enter, ENTER_PIVOT);
    assert_int_equal(chdir(here), 0);
}

static void later_variable_wins(void **state)
{
    (void)state;
    _cleanup_strings_ struct strings additions = {0}, list = {0};
    strings_add(&additions, "TERM=vt100");
    strings_add(&additions, "A=1");
    strings_add(&additions, "A=2");
    engine_environment(&additions, &list);
    assert_int_equal(list.count, 5);
    assert_string_equal(list.items[0], "TERM=vt100");
    assert_string_equal(list.items[4], "A=2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_follow_exercise_8),
        cmocka_unit_test(plan_makes_no_directory),
        cmocka_unit_test(every_mount_point_comes_before_the_first_bind),
        cmocka_unit_test(the_old_root_needs_no_folder_unless_it_is_asked_for),
        cmocka_unit_test(chroot_has_no_pivot_and_no_old_root),
        cmocka_unit_test(new_pids_without_a_root_get_their_own_proc),
        cmocka_unit_test(summary_says_it_in_plain_words),
        cmocka_unit_test(source_that_is_missing_names_the_line),
        cmocka_unit_test(optional_source_that_is_missing_is_left_out),
        cmocka_unit_test(hostname_is_checked_and_another_suggested),
        cmocka_unit_test(spec_without_sense_names_the_field),
        cmocka_unit_test(relative_root_becomes_absolute),
        cmocka_unit_test(later_variable_wins),
    };
    return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
