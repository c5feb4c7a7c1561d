/* Help, and that what is written by hand about commands and options (the man page, three completions,
 * nstui-view's own help of ls) says what the tables say. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

enum { ROWS_MAX = 256 };

/* A row of `nstui help --table`: a command (option null), or an option of one. */
struct row {
    const char *command, *letter, *option, *help;
};

static struct row rows[ROWS_MAX];
static size_t row_count;
static struct result table;

/* Cuts a line at its tabs; a field may be empty. */
static size_t line_cut(char *line, char *fields[5])
{
    size_t count = 0;
    for (char *field; count < 5 && (field = strsep(&line, "\t"));)
        fields[count++] = field;
    return count;
}

static int table_read(void **state)
{
    (void)state;
    run_expect(0, &table, "nstui", "help", "--table");
    char *rest = table.out;
    for (char *line; (line = strsep(&rest, "\n")) && *line && row_count < ROWS_MAX;) {
        char *fields[5];
        size_t count = line_cut(line, fields);
        if (count == 3)
            rows[row_count++] = (struct row){.command = fields[0], .help = fields[2]};
        else if (count == 5)
            rows[row_count++] = (struct row){fields[0], fields[1], fields[2], fields[4]};
        else
            return -1;
    }
    return row_count > 20 && row_count < ROWS_MAX ? 0 : -1;
}

static int table_free(void **state)
{
    (void)state;
    result_free(&table);
    return 0;
}

/* Whether a word stands in a part of a text with no letter, digit or dash on either side. */
static bool has_word(const char *from, const char *to, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = from; (at = strstr(at, word)) && at < to; at++) {
        char before = at == from ? ' ' : at[-1], after = at[length];
        if (!isalnum((unsigned char)before) && before != '-' && !isalnum((unsigned char)after) &&
            after != '-')
            return true;
    }
    return false;
}

/* The part of a file that is about a command: from begin (a format with its name) to end. */
static bool part_find(const char *file, const char *begin, const char *end, const char *command,
                      const char **from, const char **to)
{
    char mark[128];
    (void)snprintf(mark, sizeof(mark), "%s%s%s", begin, command, end[0] == '\n' ? "\n" : ")");
    *from = strstr(file, mark);
    if (!*from)
        return false;
    *from += strlen(mark);
    *to = strstr(*from, end[0] == '\n' ? begin : end);
    if (!*to)
        *to = *from + strlen(*from);
    return true;
}

static void completion_has_all(const char *name)
{
    const char *file = file_get(test_path("%s/assets/completions/%s", SOURCE_DIR, name));
    for (size_t i = 0; i < row_count; i++) {
        const char *from, *to;
        if (!part_find(file, "\n    ", ";;\n", rows[i].command, &from, &to))
            fail_msg("%s: no part for %s", name, rows[i].command);
        if (!rows[i].option) {
            if (!has_word(file, file + strlen(file), rows[i].command))
                fail_msg("%s: no command %s", name, rows[i].command);
            continue;
        }
        if (!has_word(from, to, rows[i].option) ||
            (rows[i].letter[0] && !has_word(from, to, rows[i].letter)))
            fail_msg("%s: %s has no %s %s", name, rows[i].command, rows[i].letter, rows[i].option);
    }
}

static void the_completion_of_bash_has_all(void **state)
{
    (void)state;
    completion_has_all("nstui.bash");
}

static void the_completion_of_zsh_has_all(void **state)
{
    (void)state;
    completion_has_all("nstui.zsh");
}

static void the_completion_of_fish_has_all(void **state)
{
    (void)state;
    const char *file = file_get(test_path("%s/assets/completions/nstui.fish", SOURCE_DIR));
    for (size_t i = 0; i < row_count; i++) {
        const char *line;
        if (!rows[i].option)
            line = test_path("\ncomplete -c nstui -n __fish_use_subcommand -a %s -d '%s'\n",
                             rows[i].command, rows[i].help);
        else
            line = test_path("\ncomplete -c nstui -n '__fish_seen_subcommand_from %s' %s%s%s-l %s ",
                             rows[i].command, rows[i].letter[0] ? "-s " : "",
                             rows[i].letter[0] ? rows[i].letter + 1 : "",
                             rows[i].letter[0] ? " " : "", rows[i].option + 2);
        if (!strstr(file, line))
            fail_msg("nstui.fish lacks:%s", line);
    }
}

static void the_man_page_has_all(void **state)
{
    (void)state;
    const char *file = file_get(test_path("%s/doc/nstui.1", SOURCE_DIR));
    for (size_t i = 0; i < row_count; i++) {
        const char *from, *to;
        if (!part_find(file, "\n.Ss nstui ", "\n", rows[i].command, &from, &to))
            fail_msg("nstui.1: no part for %s", rows[i].command);
        if (!rows[i].option)
            continue;
        const char *item = rows[i].letter[0] ? test_path("\n.It Fl %s , Fl -%s", rows[i].letter + 1,
                                                         rows[i].option + 2)
                                             : test_path("\n.It Fl -%s", rows[i].option + 2);
        const char *at = strstr(from - 1, item);
        if (!at || at >= to || !strchr(" \n", at[strlen(item)]))
            fail_msg("nstui.1: %s lacks %s", rows[i].command, rows[i].option);
    }
}

/* No option in the man page's part on a command that the command does not have. */
static void the_man_page_has_no_more(void **state)
{
    (void)state;
    const char *file = file_get(test_path("%s/doc/nstui.1", SOURCE_DIR));
    for (size_t i = 0; i < row_count; i++) {
        const char *from, *to;
        size_t wanted = 0, found = 0;
        if (rows[i].option)
            continue;
        assert_true(part_find(file, "\n.Ss nstui ", "\n", rows[i].command, &from, &to));
        for (size_t j = 0; j < row_count; j++)
            wanted += rows[j].option && strcmp(rows[j].command, rows[i].command) == 0;
        const char *section = strstr(from, "\n.Sh ");
        for (const char *at = from - 1; (at = strstr(at, "\n.It Fl")) && at < to && at < section;
             at++)
            found++;
        if (found != wanted)
            fail_msg("nstui.1 has %zu options of %s, there are %zu", found, rows[i].command,
                     wanted);
    }
}

static void every_command_has_help_with_its_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].option)
            continue;
        _cleanup_result_ struct result help = {0}, flag = {0}, letter = {0};
        run_expect(0, &help, "nstui", "help", rows[i].command);
        run_expect(0, &flag, "nstui", rows[i].command, "--help");
        run_expect(0, &letter, "nstui", rows[i].command, "-h");
        assert_string_equal(flag.out, letter.out);
        assert_string_equal(flag.error, "");
        assert_string_equal(help.error, "");
        if (strcmp(rows[i].command, "ls") != 0) /* nstui-view's own */
            assert_string_equal(help.out, flag.out);
        for (size_t j = 0; j < row_count; j++) {
            if (!rows[j].option || strcmp(rows[j].command, rows[i].command) != 0)
                continue;
            if (!has_word(flag.out, flag.out + flag.out_length, rows[j].option) ||
                !has_word(help.out, help.out + help.out_length, rows[j].option))
                fail_msg("help of %s lacks %s", rows[i].command, rows[j].option);
        }
    }
}

static void help_lists_every_command_and_no_hidden_one(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0}, same = {0}, letter = {0};
    run_expect(0, &result, "nstui", "help");
    run_expect(0, &same, "nstui", "--help");
    run_expect(0, &letter, "nstui", "-h");
    assert_string_equal(result.out, same.out);
    assert_string_equal(result.out, letter.out);
    for (size_t i = 0; i < row_count; i++) {
        if (!rows[i].option)
            assert_true(has_word(result.out, result.out + result.out_length, rows[i].command));
    }
    assert_null(strstr(result.out, "supervise "));
    assert_null(strstr(result.out, "login "));
}

static void help_fits_80_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].option)
            continue;
        _cleanup_result_ struct result result = {0};
        run_expect(0, &result, "nstui", "help", rows[i].command);
        char *rest = result.out;
        for (char *line; (line = strsep(&rest, "\n"));) {
            if (strlen(line) > 90)
                fail_msg("help %s: %zu columns: %s", rows[i].command, strlen(line), line);
        }
    }
}

/* ---- what there is not ------------------------------------------------------------------- */

static void options_of_other_tools_name_ours(void **state)
{
    (void)state;
    static const struct {
        const char *argv[6];
        const char *says;
    } cases[] = {
        {{"nstui", "run", "-it", "bash"}, "run has no option -t (it has a terminal where you have"},
        {{"nstui", "run", "-e", "A=1", "true"}, "(--env KEY=VALUE)"},
        {{"nstui", "run", "--volume=/a:/b", "true"}, "--layout FILE with --root DIR"},
        {{"nstui", "run", "-pf", "true"}, "has no option -f (what runs in there is always a child"},
        {{"nstui", "unshare", "-p", "--mount-proc"}, "-m with -p brings a new /proc"},
        {{"nstui", "join", "-t", "1", "-u"}, "the target is a word of its own: nstui join PID -u"},
        {{"nstui", "run", "--net", "host"}, "host is taken as the command, since --net takes no"},
        {{"nstui", "run", "-m", "64m"}, "(--memory SIZE is meant)"},
        {{"nstui", "run", "-v", "/no:/no"}, "/no:/no is taken as the command"},
        {{"nstui", "run", "-n", "--network", "host", "true"}, "(leave one of them out)"},
        {{"nstui", "run", "--privileged", "--walled", "true"}, "both walled and privileged"},
        {{"nstui", "run", "--walled", "--privileged", "true"}, "both walled and privileged"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_result_ struct result result = {0};
        int status = run_program(cases[i].argv, NULL, 0, WAIT_MS, &result);
        assert_true(status == 125 || status == 127);
        if (!strstr(result.error, cases[i].says))
            fail_msg("no \"%s\" in: %s", cases[i].says, result.error);
    }
}

/* What stands behind -- is meant, and what stands behind a command is the command's. */
static void commands_that_look_like_a_value_run(void **state)
{
    (void)state;
    static const char *const words[][6] = {
        {"nstui", "run", "-u", "--", "true"},
        {"nstui", "run", "-v", "--", "true", "64m"},
        {"nstui", "run", "-u", "true", "host"},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect_at(0, words[i], &result, __FILE__, __LINE__);
        assert_null(strstr(result.error, "is taken as"));
    }
}

static void unknown_words_name_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *argv[6];
        int status;
        const char *says;
    } cases[] = {
        {{"nstui", "rum"}, 2, "is run meant?"},
        {{"nstui", "jion", "1"}, 2, "is join meant?"},
        {{"nstui", "list"}, 2, "there is no command \"list\""},
        {{"nstui", "zzz"}, 2, "nstui help lists them all"},
        {{"nstui", "--frob"}, 2, "there is no option \"--frob\""},
        {{"nstui", "help", "kil"}, 2, "is kill meant?"},
        {{"nstui", "run", "--hosname", "x"}, 125, "is --hostname meant?"},
        {{"nstui", "run", "--hosname=x"}, 125, "is --hostname meant?"},
        {{"nstui", "run", "-mxp", "true"}, 125, "has no option -x"},
        {{"nstui", "run", "--hostname"}, 125, "wants HOST behind --hostname"},
        {{"nstui", "stop", "-t"}, 2, "wants SECONDS behind -t"},
        {{"nstui", "run", "--n", "x"}, 125, "several options"},
        {{"nstui", "run", "--rm=yes", "x"}, 125, "takes no value behind --rm"},
        {{"nstui", "ps", "--jsn"}, 2, "is --json meant?"},
        {{"nstui", "ps", "-x"}, 2, "has no option -x"},
        {{"nstui", "doctor", "--fix"}, 2, "has no option --fix"},
        {{"nstui", "version", "-x"}, 2, "has no option -x"},
        {{"nstui", "attach"}, 2, "which session"},
        {{"nstui", "logs"}, 2, "which session"},
        {{"nstui", "logs", "a", "b"}, 2, "which session"},
        {{"nstui", "ps", "word"}, 2, "takes no words"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect_at(cases[i].status, cases[i].argv, &result, __FILE__, __LINE__);
        assert_string_equal(result.out, "");
        if (!strstr(result.error, cases[i].says))
            fail_msg("no \"%s\" in: %s", cases[i].says, result.error);
        assert_ptr_equal(strchr(result.error, '\n'), result.error + result.error_length - 1);
    }
}

static void hidden_commands_cannot_be_typed(void **state)
{
    (void)state;
    static const char *const lines[][7] = {
        {"nstui", "supervise"},
        {"nstui", "supervise", "77", "run", "-d", "true"},
        {"nstui", "supervise", "1", "run", "-d", "true"},
        {"nstui", "supervise", "3", "ps"},
        {"nstui", "login"},
        {"nstui", "login", "no-such-user"},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect_at(125, lines[i], &result, __FILE__, __LINE__);
        assert_string_equal(result.out, "");
        assert_true(result.error_length > 0);
    }
}

static void version_is_one_line(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0}, same = {0};
    run_expect(0, &result, "nstui", "version");
    run_expect(0, &same, "nstui", "--version");
    assert_string_equal(result.out, same.out);
    assert_int_equal(strncmp(result.out, "nstui ", 6), 0);
}

static void without_a_terminal_the_dashboard_is_the_list(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0}, list = {0};
    run_expect(0, &result, "nstui");
    run_expect(0, &list, "nstui", "ls");
    if (!strstr(result.error, "wants a terminal"))
        fail_msg("stderr: %s", result.error);
    /* The head of the table; the rest lives. */
    size_t head = strcspn(list.out, "\n");
    assert_int_equal(strncmp(result.out, list.out, head), 0);
    assert_true(result.out_length > head + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_completion_of_bash_has_all),
        cmocka_unit_test(the_completion_of_zsh_has_all),
        cmocka_unit_test(the_completion_of_fish_has_all),
        cmocka_unit_test(the_man_page_has_all),
        cmocka_unit_test(the_man_page_has_no_more),
        cmocka_unit_test(every_command_has_help_with_its_options),
        cmocka_unit_test(help_lists_every_command_and_no_hidden_one),
        cmocka_unit_test(help_fits_80_columns),
        cmocka_unit_test(unknown_words_name_the_nearest),
        machine_test(options_of_other_tools_name_ours),
        machine_test(commands_that_look_like_a_value_run),
        cmocka_unit_test(hidden_commands_cannot_be_typed),
        cmocka_unit_test(version_is_one_line),
        machine_test(without_a_terminal_the_dashboard_is_the_list),
    };
    return cmocka_run_group_tests(tests, table_read, table_free);
}
