/* Records as lines of JSON and back, as files that somebody may have edited; how results and folds
 * read. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nstui/trace.h"

static struct trace_record *add(struct trace *trace, const char *call, const char *from,
                                const char *to)
{
    struct trace_record *record = trace_add(trace);
    record->who = TRACE_CHILD;
    record->about = TRACE_MOUNTS;
    record->call = xstrdup(call);
    record->from = xstrdup(from);
    record->to = xstrdup(to);
    return record;
}

static void records_come_back_as_they_went(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0}, again = {0};
    struct err err = {0};
    struct trace_record *first =
        add(&trace, "mount(\"a\\n\\\"\", \"\xc3\xa9/b\", NULL)", "", "x\\y");
    first->pid = 12;
    first->time_ns = INT64_MAX;
    first->result = -1;
    first->errnum = ENOENT;
    struct trace_record *second = add(&trace, "execve(\"/bin/true\")", "", "");
    second->who = TRACE_OTHER;
    second->about = TRACE_EXEC;
    second->pending = true;
    second->name = xstrdup("sh");
    struct trace_record *third = add(&trace, "clone(flags=CLONE_NEWPID)", "", "");
    third->result = 1;
    third->child = 4711;
    trace.lost = 3;
    _cleanup_free_ char *text = trace_format(&trace);
    assert_int_equal(trace_parse(text, strlen(text), &again, &err), 0);
    assert_int_equal(again.count, 3);
    assert_int_equal(again.lost, 3);
    assert_string_equal(again.items[0].call, trace.items[0].call);
    assert_string_equal(again.items[0].to, "x\\y");
    assert_string_equal(again.items[0].from, "");
    assert_int_equal(again.items[0].pid, 12);
    assert_true(again.items[0].time_ns == INT64_MAX);
    assert_int_equal(again.items[0].errnum, ENOENT);
    assert_int_equal(again.items[0].who, TRACE_CHILD);
    assert_int_equal(again.items[1].about, TRACE_EXEC);
    assert_true(again.items[1].pending);
    assert_string_equal(again.items[1].name, "sh");
    assert_null(again.items[0].name);
    assert_int_equal(again.items[2].child, 4711);
    _cleanup_free_ char *twice = trace_format(&again);
    assert_string_equal(twice, text);
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    _cleanup_free_ char *text = trace_format(&trace);
    assert_string_equal(text, "");
    assert_int_equal(trace_parse("", 0, &trace, NULL), 0);
    assert_int_equal(trace_parse("\n\n", 2, &trace, NULL), 0);
    assert_int_equal(trace.count, 0);
}

#define GOOD "\"time_ns\":1,\"who\":\"child\",\"about\":\"ids\",\"call\":\"x()\",\"result\":0"

static void a_line_that_is_no_record_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{",
        "[]",
        "1",
        "\"x\"",
        "{}",
        "{" GOOD "} {" GOOD "}",
        "{" GOOD ",}",
        "{" GOOD ",\"pid\":-1}",
        "{" GOOD ",\"pid\":4294967296}",
        "{" GOOD ",\"pid\":\"1\"}",
        "{" GOOD ",\"errno\":99999}",
        "{" GOOD ",\"pending\":1}",
        "{" GOOD ",\"from\":1}",
        "{" GOOD ",\"name\":{}}",
        "{" GOOD ",\"lost\":-1}",
        "{" GOOD ",\"deep\":[[[[1]]]]}",
        "{\"time_ns\":-1,\"who\":\"child\",\"about\":\"ids\",\"call\":\"x()\",\"result\":0}",
        "{\"time_ns\":1,\"who\":\"nobody\",\"about\":\"ids\",\"call\":\"x()\",\"result\":0}",
        "{\"time_ns\":1,\"who\":\"child\",\"about\":\"\",\"call\":\"x()\",\"result\":0}",
        "{\"time_ns\":1,\"who\":\"child\",\"about\":\"ids\",\"result\":0}",
        "{\"time_ns\":1,\"who\":\"child\",\"about\":\"ids\",\"call\":null,\"result\":0}",
        "{\"time_ns\":1,\"who\":\"child\",\"about\":\"ids\",\"call\":\"x()\"}",
    };
    for (size_t at = 0; at < array_length(lines); at++) {
        _cleanup_trace_ struct trace trace = {0};
        struct err err = {0};
        _cleanup_free_ char *text = xasprintf("{" GOOD "}\n%s\n", lines[at]);
        if (trace_parse(text, strlen(text), &trace, &err) == 0)
            fail_msg("taken: %s", lines[at]);
        assert_non_null(strstr(err.text, "line 2 of the trace: "));
        assert_int_equal(trace.count, 0);
    }
    _cleanup_trace_ struct trace trace = {0};
    assert_int_equal(
        trace_parse("{" GOOD ",\"new\":1}", strlen("{" GOOD ",\"new\":1}"), &trace, NULL), 0);
    assert_int_equal(trace.count, 1);
}

static void what_was_read_is_printable(void **state)
{
    (void)state;
    static const char text[] = "{\"time_ns\":1,\"who\":\"child\",\"about\":\"ids\",\"call\":"
                               "\"\\u001b[31m\\u202e\\u0000x\",\"from\":\"a\\nb\",\"result\":0}";
    _cleanup_trace_ struct trace trace = {0};
    assert_int_equal(trace_parse(text, strlen(text), &trace, NULL), 0);
    assert_string_equal(trace.items[0].call, "?[31m??x");
    assert_string_equal(trace.items[0].from, "a?b");
}

static void what_is_written_is_json_whatever_is_in_it(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0}, again = {0};
    add(&trace, "a\033\xff\"\\", "\n", "\t");
    _cleanup_free_ char *text = trace_format(&trace);
    assert_int_equal(trace_parse(text, strlen(text), &again, NULL), 0);
    assert_string_equal(again.items[0].call, "a??\"\\");
}

static void a_trace_without_end_is_refused(void **state)
{
    (void)state;
    size_t length = 16u * 1024 * 1024 + 1;
    _cleanup_free_ char *text = xcalloc(1, length);
    _cleanup_trace_ struct trace trace = {0};
    struct err err = {0};
    memset(text, '\n', length);
    assert_int_equal(trace_parse(text, length, &trace, &err), -1);
    assert_non_null(strstr(err.text, "16 MiB"));
    assert_int_equal(trace_parse(text, length - 1, &trace, &err), 0);
}

static void results_read_as_people_know_them(void **state)
{
    (void)state;
    char buffer[TRACE_RESULT_SIZE];
    assert_string_equal(trace_result(&(struct trace_record){.result = 2210}, buffer), "= 2210");
    assert_string_equal(trace_result(&(struct trace_record){.errnum = EEXIST}, buffer), "EEXIST");
    assert_string_equal(trace_result(&(struct trace_record){.errnum = 4000}, buffer), "error 4000");
    assert_string_equal(trace_result(&(struct trace_record){.pending = true}, buffer), "no return");
}

static void neighbours_of_a_kind_are_one_line(void **state)
{
    (void)state;
    _cleanup_trace_ struct trace trace = {0};
    add(&trace, "chdir(\"/\")", "", "");
    static const char *const points[] = {"bin", "lib", "usr", "etc"};
    for (size_t at = 0; at < array_length(points); at++)
        add(&trace, "mkdirat(5, \"x\", 0755)", "", points[at]);
    add(&trace, "mkdirat(5, \"x\", 0755)", "", "failed")->errnum = EACCES;
    assert_int_equal(trace_fold_length(&trace, 0), 1);
    assert_int_equal(trace_fold_length(&trace, 1), 4);
    assert_int_equal(trace_fold_length(&trace, 2), 1);
    assert_int_equal(trace_fold_length(&trace, 5), 1);
    _cleanup_free_ char *text = trace_fold_text(&trace, 1, 4);
    assert_string_equal(text, "4 mount points: bin lib usr etc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_as_they_went),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(a_line_that_is_no_record_is_refused),
        cmocka_unit_test(what_was_read_is_printable),
        cmocka_unit_test(what_is_written_is_json_whatever_is_in_it),
        cmocka_unit_test(a_trace_without_end_is_refused),
        cmocka_unit_test(results_read_as_people_know_them),
        cmocka_unit_test(neighbours_of_a_kind_are_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
