/* base: errors as sentences, text made safe, words of a shell, files. */
#include "nstui/base.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static void an_error_is_a_sentence_with_reason_and_hint(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(err_set(&err, ENOENT, "cannot mount %s", "/lib64"), -1);
    (void)err_hint(&err, "create it");
    (void)err_prefix(&err, "layout %s", "studio");
    assert_string_equal(
        err.text, "layout studio: cannot mount /lib64: No such file or directory (create it)");
    assert_int_equal(err.errnum, ENOENT);
    assert_int_equal(err_set(NULL, ENOENT, "nobody listens"), -1);
}

static void an_error_that_is_too_long_is_cut(void **state)
{
    (void)state;
    char longer[2 * ERR_TEXT_SIZE];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    struct err err = {0};
    (void)err_set(&err, EPERM, "%s", longer);
    (void)err_hint(&err, "%s", longer);
    (void)err_prefix(&err, "%s", longer);
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
}

static void bytes_that_could_move_a_cursor_become_question_marks(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        bool utf8;
        const char *shown;
    } rows[] = {
        {"plain name", true, "plain name"},
        {"\033[2Jevil\n", true, "?[2Jevil?"},
        {"caf\xc3\xa9", true, "caf\xc3\xa9"},
        {"caf\xc3\xa9", false, "caf?"},
        {"\xc2\x9b"
         "31m",
         true, "?31m"}, /* C1 control */
        {"\xe2\x80\xae"
         "txt.exe",
         true, "?txt.exe"},                 /* right-to-left override */
        {"\xed\xa0\x80", true, "???"},      /* surrogate */
        {"\xc0\xaf", true, "??"},           /* overlong */
        {"\xf4\x90\x80\x80", true, "????"}, /* past U+10FFFF */
        {"\xff\xfe", true, "??"},
        {"\xe4\xb8", true, "??"}, /* cut in the middle */
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        char shown[64];
        text_printable(shown, sizeof(shown), rows[i].raw, strlen(rows[i].raw), rows[i].utf8);
        assert_string_equal(shown, rows[i].shown);
    }
}

static void printable_text_is_cut_before_a_character(void **state)
{
    (void)state;
    char small[5];
    text_printable(small, sizeof(small), "abc\xc3\xa9", 5, true);
    assert_string_equal(small, "abc");
    text_printable(small, 1, "abc", 3, true);
    assert_string_equal(small, "");
}

static void a_word_is_quoted_only_when_a_shell_would_read_it_otherwise(void **state)
{
    (void)state;
    char *words[] = {(char *)"nstui", (char *)"--name=a", (char *)"echo $$",
                     (char *)"it's",  (char *)"",         NULL};
    _cleanup_free_ char *line = text_shell_line(words);
    assert_string_equal(line, "nstui --name=a 'echo $$' 'it'\\''s' ''");
}

static void a_line_splits_into_the_words_that_a_shell_would_see(void **state)
{
    (void)state;
    _cleanup_strings_ struct strings words = {0};
    struct err err = {0};
    assert_int_equal(text_shell_split("  sh -c 'echo $$; id' a\\ b \"it's\" ''", &words, &err), 0);
    static const char *const wanted[] = {"sh", "-c", "echo $$; id", "a b", "it's", ""};
    assert_int_equal(words.count, array_length(wanted));
    for (size_t i = 0; i < array_length(wanted); i++)
        assert_string_equal(words.items[i], wanted[i]);
    assert_int_equal(text_shell_split("ls | wc", &words, &err), -1);
    assert_string_equal(err.text, "\"|\" is for a shell (put it in quotes, or write sh -c '..')");
    assert_int_equal(text_shell_split("echo 'open", &words, &err), -1);
}

static void a_number_is_a_whole_number_in_its_bounds(void **state)
{
    (void)state;
    int64_t number = 0;
    assert_true(number_parse("42", 0, 100, &number));
    assert_int_equal(number, 42);
    assert_true(number_parse("-1", -1, 100, &number));
    static const char *const wrong[] = {"", "-", "4x", " 4", "+4", "101", "99999999999999999999"};
    for (size_t i = 0; i < array_length(wrong); i++)
        assert_false(number_parse(wrong[i], 0, 100, &number));
}

static void a_file_is_replaced_whole_or_not_at_all(void **state)
{
    (void)state;
    char folder[] = "/tmp/nstui-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    int dirfd = open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    struct err err = {0};
    assert_int_equal(file_write_atomic(dirfd, "f", "old", 3, 0600, &err), 0);
    assert_int_equal(file_write_atomic(dirfd, "f", "newer", 5, 0600, &err), 0);
    _cleanup_free_ char *data = NULL;
    size_t length = 0;
    assert_int_equal(file_read(dirfd, "f", 100, &data, &length, &err), 0);
    assert_int_equal(length, 5);
    assert_string_equal(data, "newer");
    _cleanup_free_ char *none = NULL;
    assert_int_equal(file_read(dirfd, "f", 4, &none, NULL, &err), -1);
    assert_int_equal(err.errnum, EFBIG);
    assert_int_equal(file_write_atomic(dirfd, "no/f", "x", 1, 0600, &err), -1);
    assert_int_equal(unlinkat(dirfd, "f", 0), 0);
    close(dirfd);
    assert_int_equal(rmdir(folder), 0); /* fails where a half-written file was left */
}

static void a_failed_write_names_the_file_and_its_folder(void **state)
{
    (void)state;
    char folder[] = "/tmp/nstui-test-XXXXXX", wanted[80];
    assert_non_null(mkdtemp(folder));
    int dirfd = open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    struct err err = {0};
    struct rlimit before, none;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    int result = file_write_atomic(dirfd, "f", "x", 1, 0600, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(result, -1);
    (void)snprintf(wanted, sizeof(wanted), "cannot write %s/f: File too large", folder);
    assert_string_equal(err.text, wanted);
    close(dirfd);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_a_sentence_with_reason_and_hint),
        cmocka_unit_test(an_error_that_is_too_long_is_cut),
        cmocka_unit_test(bytes_that_could_move_a_cursor_become_question_marks),
        cmocka_unit_test(printable_text_is_cut_before_a_character),
        cmocka_unit_test(a_word_is_quoted_only_when_a_shell_would_read_it_otherwise),
        cmocka_unit_test(a_line_splits_into_the_words_that_a_shell_would_see),
        cmocka_unit_test(a_number_is_a_whole_number_in_its_bounds),
        cmocka_unit_test(a_file_is_replaced_whole_or_not_at_all),
        cmocka_unit_test(a_failed_write_names_the_file_and_its_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
