/* Characters out of bytes: what is none is dropped and takes nothing else with it. */
#include "../../../src/view/ui/key_input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *bytes, const wchar_t *wanted)
{
    struct key_input input = {0};
    size_t got = 0;
    for (; *bytes != '\0'; bytes++) {
        wint_t code = 0;
        if (!key_input_take(&input, (unsigned char)*bytes, false, &code))
            continue;
        assert_true(got < wcslen(wanted));
        assert_int_equal(code, wanted[got++]);
    }
    assert_int_equal(got, wcslen(wanted));
}

static void letters_of_every_length_are_put_together(void **state)
{
    (void)state;
    expect("a\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80z", L"a\u00e9\u6f22\U0001f600z");
}

static void a_byte_that_is_no_character_takes_nothing_with_it(void **state)
{
    (void)state;
    expect("\xff?", L"?");
    expect("\xe9?", L"?");
    expect("\x80\x80\x80?", L"?");
    expect("\xc3\xc3\xa9?", L"\u00e9?");
    expect("\xe6\xbcq", L"q");
}

static void what_may_not_be_written_so_is_none(void **state)
{
    (void)state;
    expect("\xc0\xaf?", L"?");         /* '/' in two bytes */
    expect("\xed\xa0\x80?", L"?");     /* half of a pair */
    expect("\xf4\x90\x80\x80?", L"?"); /* beyond the last */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_every_length_are_put_together),
        cmocka_unit_test(a_byte_that_is_no_character_takes_nothing_with_it),
        cmocka_unit_test(what_may_not_be_written_so_is_none),
    };
    return cmocka_run_group_tests_name("key_input", tests, NULL, NULL);
}
