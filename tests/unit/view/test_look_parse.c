/* look_parse: what a look printed, read in the dashboard: answers that are cut off, changed, too long
 * or full of control characters. */
#include "nstui/look.h"
#include "support.h"

#include <string.h>

static int parse(const char *json)
{
    struct err err = {0};
    struct look look = {0};
    int result = look_parse(json, strlen(json), &look, &err);
    if (result < 0)
        assert_true(err.text[0] != '\0');
    look_free(&look);
    return result;
}

#define HEAD "{\"pid\":1,\"start_time\":1,\"command\":\"a\",\"own_side\":false,\"brief\":false"
#define PS                                                                                         \
    ",\"ps\":{\"major\":0,\"minor\":1,\"host_major\":0,\"host_minor\":1,\"pid_ns\":1,"             \
    "\"host_pid_ns\":1,\"proc\":\"own\",\"what_is_there\":\"\",\"passwd\":\"read\","               \
    "\"proc_of_host\":false,\"truncated\":false,\"covered\":0,\"members\":0,\"rows\":"

static void answers_that_are_not_right_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "{",
        "[]",
        "null",
        "12",
        "{}",
        HEAD ",\"hostname\":7}",
        HEAD ",\"hostname\":{}}",
        HEAD PS "7}}",
        HEAD PS "[7]}}",
        HEAD PS "[[1,0,1,5,1,\"S\",\"root\",\"?\"]]}}",
        HEAD PS "[[-1,0,1,5,1,\"S\",\"root\",\"?\",\"sh\"]]}}",
        HEAD PS "[[1,0,1,5,1,\"S\",\"root\",\"?\",7]]}}",
        HEAD PS "[[1,0,99999999999,5,1,\"S\",\"root\",\"?\",\"sh\"]]}}",
        HEAD PS "[[1,0,1,5,1,\"S\",\"root\",\"?\",\"sh\"]]",
        "{\"error\":\"it said so\"}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    };
    for (size_t i = 0; i < array_length(wrong); i++)
        if (parse(wrong[i]) == 0)
            fail_msg("taken: %s", wrong[i]);
    assert_int_equal(parse(HEAD PS "[[1,0,1,5,1,\"S\",\"root\",\"?\",\"sh\"]]}}"), 0);
}

/* Cut anywhere, changed anywhere: a sentence or a look, never a crash. */
static void an_answer_cut_or_changed_anywhere_harms_nobody(void **state)
{
    (void)state;
    static const char right[] = HEAD PS "[[1,0,1,5,1,\"S\",\"root\",\"?\",\"sh -c x\"]]}}";
    char copy[sizeof(right)];
    for (size_t i = 0; i < sizeof(right) - 1; i++) {
        memcpy(copy, right, sizeof(right));
        copy[i] = '\0';
        assert_int_equal(parse(copy), -1);
        for (int byte = 1; byte < 256; byte += 5) {
            memcpy(copy, right, sizeof(right));
            copy[i] = (char)byte;
            (void)parse(copy);
        }
    }
}

static void texts_of_an_answer_are_bounded_and_printable(void **state)
{
    (void)state;
    struct err err = {0};
    _cleanup_look_ struct look look = {0};
    _cleanup_text_ struct text json = {0};
    text_add(&json, HEAD PS "[[1,0,1,5,1,\"\\u001b\",\"ro\\u001b[2Jot\",\"\\u0000\",\"");
    for (int i = 0; i < 5000; i++)
        text_add(&json, "x");
    text_add(&json, "\"]]}}");
    assert_int_equal(look_parse(json.data, json.length, &look, &err), 0);
    assert_int_equal(look.ps.count, 1);
    assert_int_equal(look.ps.rows[0].state, '?');
    assert_string_equal(look.ps.rows[0].user, "ro?[2Jot");
    assert_true(strlen(look.ps.rows[0].command) < LOOK_TEXT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_that_are_not_right_are_refused),
        cmocka_unit_test(an_answer_cut_or_changed_anywhere_harms_nobody),
        cmocka_unit_test(texts_of_an_answer_are_bounded_and_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
