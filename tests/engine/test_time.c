/* Clocks of a new time namespace: set before any process is in there, and owned by the user namespace
 * that comes with it. */
#include <math.h>
#include <time.h>

#include "box.h"

static double boottime_here(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void need_time_namespaces(void)
{
    if (!path_exists("/proc/self/ns/time"))
        skip_because("this kernel has no time namespaces");
}

static void clocks_are_set_by_the_offsets(void **state)
{
    (void)state;
    need_time_namespaces();
    static const char *const letters[] = {"T", "UT", "TpmuinC"};
    for (size_t at = 0; at < array_length(letters); at++) {
        struct spec spec = {
            .boottime = {.given = true, .seconds = 1000000},
            .monotonic = {.given = true, .seconds = 7, .nanoseconds = 500000000},
        };
        _cleanup_box_ struct box_result result = {0};
        box_spec(&spec, letters[at], NULL, "cat /proc/uptime /proc/self/timens_offsets");
        double before = boottime_here();
        box_run(&spec, &result);
        double inside = strtod(result.out.data, NULL);
        if (inside < before + 1000000 - 1 || inside > boottime_here() + 1000000 + 1)
            fail_msg("-%s: %s, and here it is %f", letters[at], result.out.data, before);
        int64_t seconds = 0, nanoseconds = 0;
        const char *monotonic = strstr(result.out.data, "monotonic");
        assert_non_null(monotonic);
        assert_int_equal(sscanf(monotonic, "monotonic %ld %ld", &seconds, &nanoseconds), 2);
        assert_int_equal(seconds, 7);
        assert_int_equal(nanoseconds, 500000000);
        spec_free(&spec);
    }
}

static void clock_can_be_set_back(void **state)
{
    (void)state;
    need_time_namespaces();
    struct spec spec = {
        .boottime = {.given = true, .seconds = -2, .nanoseconds = 500000000}, /* -1.5 s */
    };
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "T", NULL, "cat /proc/uptime");
    double before = boottime_here();
    box_run(&spec, &result);
    double inside = strtod(result.out.data, NULL);
    assert_true(inside > before - 1.6 && inside < boottime_here() - 1.4);
    spec_free(&spec);
}

static void new_time_namespace_belongs_to_the_new_user_namespace(void **state)
{
    (void)state;
    need_time_namespaces();
    struct spec spec = {.boottime = {.given = true, .seconds = 5}};
    struct launched launched;
    struct text text = {0};
    char time_inner[64], time_ours[64], user_inner[64], user_ours[64];
    box_spec(&spec, "UT", NULL, "id -u; read line");
    box_launch(&spec, &launched);
    assert_true(box_read(launched.output, &text, "0\n"));
    assert_string_not_equal(process_namespace(launched.pid, "time", time_inner),
                            process_namespace(getpid(), "time", time_ours));
    assert_string_not_equal(process_namespace(launched.pid, "user", user_inner),
                            process_namespace(getpid(), "user", user_ours));
    _cleanup_result_ struct result owner = {0};
    run_expect(0, &owner, "lsns", "-n", "-t", "user", "-o", "NS", "-p",
               test_path("%d", launched.pid));
    assert_has(user_inner, test_path("%.10s", owner.out + strspn(owner.out, " ")));
    box_kill(&launched);
    text_free(&text);
    spec_free(&spec);
}

static void clock_before_the_start_of_the_machine_is_told(void **state)
{
    (void)state;
    need_time_namespaces();
    struct spec spec = {.boottime = {.given = true, .seconds = -2000000000}};
    struct err err = {0};
    box_spec(&spec, "T", NULL, "true");
    assert_int_equal(box_fail(&spec, &err), 125);
    assert_has(err.text, "cannot set the clocks");
    assert_has(err.text, "a clock cannot be before the start of the machine");
    spec_free(&spec);
}

static void steps_say_who_sets_the_clocks(void **state)
{
    (void)state;
    struct spec spec = {.boottime = {.given = true, .seconds = 5},
                        .monotonic = {.given = true, .seconds = 6}};
    _cleanup_steps_ struct steps steps = {0};
    struct err err = {0};
    box_spec(&spec, "UTu", NULL, "true");
    assert_int_equal(spec_check(&spec, NULL, &err), 0);
    assert_int_equal(steps_plan(&spec, &steps, &err), 0);
    _cleanup_free_ char *first = step_line(&steps.items[0]), *second = step_line(&steps.items[1]);
    assert_string_equal(step_who_name(steps.items[0].who), "between");
    assert_string_equal(first, "unshare(NEWUSER|NEWTIME), "
                               "write(timens_offsets \"monotonic 6 0; boottime 5 0\")");
    assert_string_equal(second, "clone3(NEWUTS, pidfd)");
    spec_free(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(clocks_are_set_by_the_offsets),
        machine_test(clock_can_be_set_back),
        machine_test(new_time_namespace_belongs_to_the_new_user_namespace),
        machine_test(clock_before_the_start_of_the_machine_is_told),
        machine_test(steps_say_who_sets_the_clocks),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
