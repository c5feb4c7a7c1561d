/* Sessions that end at the very moment at which somebody stops or removes them. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

/* Enough that some are asked in the middle of their last act; found by `make bench`. */
enum { TIMES = 25 };

static void start(const char *name)
{
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "--name", name, "-pmu", "--", "true");
}

static void rm_force_removes_one_that_is_just_ending(void **state)
{
    (void)state;
    for (int at = 0; at < TIMES; at++) {
        const char *name = test_path("ending-%d", at);
        _cleanup_result_ struct result result = {0};
        start(name);
        wait_ms(at % 5);
        run_expect(0, &result, "nstui", "rm", "-f", name);
        assert_string_equal(result.error, "");
        assert_int_not_equal(access(test_path("/var/lib/nstui/%s", name), F_OK), 0);
        assert_int_not_equal(access(test_path("/run/nstui/%s", name), F_OK), 0);
    }
}

static void stop_is_content_with_one_that_has_just_ended(void **state)
{
    (void)state;
    for (int at = 0; at < TIMES; at++) {
        const char *name = test_path("stopping-%d", at);
        _cleanup_result_ struct result stopped = {0}, removed = {0};
        start(name);
        wait_ms(at % 5);
        run_expect(0, &stopped, "nstui", "stop", name);
        run_expect(0, &removed, "nstui", "rm", name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(rm_force_removes_one_that_is_just_ending),
        machine_test(stop_is_content_with_one_that_has_just_ended),
    };
    return cmocka_run_group_tests_name("ending", tests, NULL, NULL);
}
