/* What nstui-term says is typed into the container only where it is one of a few reports. */
#include "../../../src/nstui/supervisor/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *said;
    const char *typed;
} rows[] = {
    {"\033[?6c", "\033[?6c"},
    {"\033[?62;1;2;6c", "\033[?62;1;2;6c"},
    {"\033[?c", "\033[?c"},
    {"\033[>0;95;0c", "\033[>0;95;0c"},
    {"\033[0n", "\033[0n"},
    {"\033[1;1R", "\033[1;1R"},
    {"\033[24;80R\033[0n", "\033[24;80R\033[0n"},
    /* None of these. */
    {"", ""},
    {"rm -rf /\n", ""},
    {"\033[3n", ""},
    {"\033[n", ""},
    {"\033[00n", ""},
    {"\033[24R", ""},
    {"\033[1;2;3R", ""},
    {"\033[12345;1R", ""},
    {"\033[?1;2R", ""},
    {"\033[c", ""},
    {"\033[0c", ""},
    {"\033[1;1\nR", ""},
    {"\033[1;1r", ""},
    {"\033]0;title\007", ""},
    {"\033P1$r0m\033\\", ""},
    {"\033[8;24;80t", ""},
    {"\033[?1;1;1;1;1;1;1;1;1;1;1;1c", ""},
    {"\033[?111111111111111111111111111111111111c", ""},
    {"\033[>1;1;1;1c", ""},
    {"\233?6c", ""},
    /* What is good among what is not, and nothing more of it. */
    {"ls\n\033[0nls\n", "\033[0n"},
    {"\033[\033[0n", "\033[0n"},
    {"\033[1;\033[2;2Rx\033[5n", "\033[2;2R"},
    {"\033[0n0n", "\033[0n"},
};

static void only_listed_reports_are_typed(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct replies whole = {0}, pieces = {0};
        _cleanup_text_ struct text out = {0}, out_pieces = {0};
        text_add(&out, "");
        text_add(&out_pieces, "");
        size_t length = strlen(rows[i].said);
        replies_filter(&whole, rows[i].said, length, &out);
        for (size_t at = 0; at < length; at++)
            replies_filter(&pieces, rows[i].said + at, 1, &out_pieces);
        assert_string_equal(out.data, rows[i].typed);
        assert_string_equal(out_pieces.data, rows[i].typed);
    }
}

static void no_byte_sequence_overflows_what_is_held(void **state)
{
    (void)state;
    struct replies replies = {0};
    _cleanup_text_ struct text out = {0};
    static const char signs[] = "\033[?>;0123456789cnRx\n";
    unsigned int seed = 1;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 1103515245u + 12345u;
        replies_filter(&replies, &signs[(seed >> 16) % (sizeof(signs) - 1)], 1, &out);
        assert_true(replies.length < REPLY_MAX);
    }
    for (size_t i = 0; i < out.length; i++)
        assert_non_null(strchr("\033[?>;0123456789cnR", out.data[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_listed_reports_are_typed),
        cmocka_unit_test(no_byte_sequence_overflows_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
