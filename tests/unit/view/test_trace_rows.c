/* The calls of a launch as lines of a list: what folds, what a tab shows, how a line reads. */
#include "../../../src/view/ui/views/trace.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void add(struct trace *trace, enum trace_who who, enum trace_about about, const char *call,
                const char *from, const char *to, int errnum)
{
    struct trace_record *record = trace_add(trace);
    record->who = who;
    record->about = about;
    record->call = xstrdup(call);
    record->from = xstrdup(from);
    record->to = xstrdup(to);
    record->errnum = errnum;
    record->result = errnum ? -1 : 0;
    record->time_ns = (int64_t)trace->count * 1000;
}

/* clone, private, five mount points, three binds made read-only, pivot_root. */
static void launch_fill(struct trace *trace)
{
    static const char *const points[] = {"bin", "lib", "usr", "etc", "dev"};
    static const char *const binds[] = {"bin", "lib", "usr"};
    add(trace, TRACE_PARENT, TRACE_IDS, "clone3({flags=CLONE_NEWNS})", "", "", 0);
    add(trace, TRACE_CHILD, TRACE_MOUNTS, "mount(\"\", \"/\", \"\", MS_PRIVATE|MS_REC, NULL)", "",
        "/", 0);
    for (size_t at = 0; at < array_length(points); at++)
        add(trace, TRACE_CHILD, TRACE_PATHS, "mkdirat(5, \"x\", 0755)", "", points[at], 0);
    for (size_t at = 0; at < array_length(binds); at++) {
        _cleanup_free_ char *from = xasprintf("/%s", binds[at]);
        add(trace, TRACE_CHILD, TRACE_MOUNTS,
            "mount(\"/proc/self/fd/7\", \"/proc/self/fd/8\", NULL, MS_BIND|MS_REC, NULL)", from,
            binds[at], 0);
        add(trace, TRACE_CHILD, TRACE_MOUNTS, "mount_setattr(9, \"\", AT_RECURSIVE, {..})", "",
            binds[at], 0);
    }
    add(trace, TRACE_CHILD, TRACE_MOUNTS, "pivot_root(\".\", \"old-root\")", ".", "old-root",
        EINVAL);
}

static void neighbours_of_a_kind_fold_into_one_line(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    struct trace_rows rows = {0};
    bool open[32] = {false};
    launch_fill(&trace);
    trace_rows_fill(&rows, &trace, TRACE_TAB_ALL, open);
    assert_int_equal(rows.count, 5);
    assert_int_equal(rows.items[2].count, 5);
    assert_int_equal(rows.items[3].count, 6);
    _cleanup_free_ char *points = trace_row_call(&trace, &rows.items[2]);
    assert_string_equal(points, "5 mount points: bin lib usr etc dev");
    _cleanup_free_ char *binds = trace_row_call(&trace, &rows.items[3]);
    assert_non_null(strstr(binds, ": bin lib usr"));
    trace_rows_free(&rows);
}

static void folders_of_the_parent_are_no_mount_points(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    for (int at = 0; at < 4; at++)
        add(&trace, TRACE_PARENT, TRACE_PATHS, "mkdirat(5, \"nstui\", 0755)", "", "64 MiB", 0);
    _cleanup_free_ char *words = trace_fold_text(&trace, 0, 4);
    assert_string_equal(words, "4 folders: 64 MiB");
}

static void an_open_fold_shows_each_call(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    struct trace_rows rows = {0};
    bool open[32] = {false};
    launch_fill(&trace);
    open[2] = true;
    trace_rows_fill(&rows, &trace, TRACE_TAB_ALL, open);
    assert_int_equal(rows.count, 9);
    assert_true(rows.items[2].unfolded);
    assert_true(rows.items[6].inside && !rows.items[6].unfolded);
    assert_int_equal(rows.items[7].count, 6);
    trace_rows_free(&rows);
}

static void a_failed_call_never_hides_in_a_fold(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    struct trace_rows rows = {0};
    bool open[32] = {false};
    launch_fill(&trace);
    trace.items[4].errnum = EACCES;
    trace_rows_fill(&rows, &trace, TRACE_TAB_ALL, open);
    bool alone = false;
    for (size_t at = 0; at < rows.count; at++)
        alone = alone || (rows.items[at].first == 4 && rows.items[at].count == 1);
    assert_true(alone);
    trace_rows_fill(&rows, &trace, TRACE_TAB_FAILED, open);
    assert_int_equal(rows.count, 2);
    trace_rows_free(&rows);
}

static void tabs_show_their_kind(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    struct trace_rows rows = {0};
    bool open[32] = {false};
    launch_fill(&trace);
    trace_rows_fill(&rows, &trace, TRACE_TAB_IDS, open);
    assert_int_equal(rows.count, 1);
    trace_rows_fill(&rows, &trace, TRACE_TAB_MOUNTS, open);
    assert_int_equal(rows.count, 4);
    trace_rows_free(&rows);
}

static void a_path_of_a_descriptor_reads_as_what_it_leads_to(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    launch_fill(&trace);
    _cleanup_free_ char *shown = trace_call_shown(&trace.items[7]);
    assert_string_equal(shown, "mount(\"/bin\", \"bin\", NULL, MS_BIND|MS_REC, NULL)");
    trace.items[7].from[0] = '\0';
    _cleanup_free_ char *half = trace_call_shown(&trace.items[7]);
    assert_non_null(strstr(half, "\"/proc/self/fd/7\""));
}

static void every_call_that_the_engine_makes_is_explained(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    launch_fill(&trace);
    for (size_t at = 0; at < trace.count; at++)
        assert_true(*trace_explain(&trace.items[at]) != '\0');
    char manual[32];
    assert_string_equal(trace_manual(&trace.items[13], manual), "pivot_root(2)");
}

static void something_bound_on_itself_is_told_apart(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    add(&trace, TRACE_CHILD, TRACE_MOUNTS, "mount(\"/box\", \"/box\", NULL, MS_BIND|MS_REC, NULL)",
        "", "", 0);
    add(&trace, TRACE_CHILD, TRACE_MOUNTS, "mount(\"/bin\", \"/box\", NULL, MS_BIND|MS_REC, NULL)",
        "", "", 0);
    assert_non_null(strstr(trace_explain(&trace.items[0]), "on itself"));
    assert_null(strstr(trace_explain(&trace.items[1]), "on itself"));
}

static void an_error_says_what_it_means_here(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    add(&trace, TRACE_CHILD, TRACE_PATHS, "mkdirat(5, \"bin\", 0755)", "", "bin", EEXIST);
    add(&trace, TRACE_CHILD, TRACE_MOUNTS, "pivot_root(\".\", \"old-root\")", "", "", EINVAL);
    assert_non_null(strstr(trace_explain_error(&trace.items[0]), "there already"));
    assert_non_null(strstr(trace_explain_error(&trace.items[1]), "mount point"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_of_a_kind_fold_into_one_line),
        cmocka_unit_test(folders_of_the_parent_are_no_mount_points),
        cmocka_unit_test(an_open_fold_shows_each_call),
        cmocka_unit_test(a_failed_call_never_hides_in_a_fold),
        cmocka_unit_test(tabs_show_their_kind),
        cmocka_unit_test(a_path_of_a_descriptor_reads_as_what_it_leads_to),
        cmocka_unit_test(every_call_that_the_engine_makes_is_explained),
        cmocka_unit_test(something_bound_on_itself_is_told_apart),
        cmocka_unit_test(an_error_says_what_it_means_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
