/* The create form: what its fields mean as words, and what its keys do to them. */
#include "../../../src/view/ui/views/create.h"

#include <curses.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { EMPTY = 6 };

static void form_start(struct create *create, int preset)
{
    memset(create, 0, sizeof(*create));
    memcpy(create->fields, create_fields, sizeof(create_fields));
    create->fields[CREATE_PRESET].choice = preset;
    create->form = (struct form){.fields = create->fields, .count = CREATE_FIELDS, .data = create};
    create_preset_apply(create);
}

static void assert_words(const struct create *create, const char *line)
{
    _cleanup_strings_ struct strings words = {0};
    create_words(create, &words);
    _cleanup_free_ char *told = text_shell_line(words.items);
    assert_string_equal(told, line);
}

static void a_preset_becomes_the_line_of_its_exercise(void **state)
{
    (void)state;
    static const struct {
        int preset;
        const char *line;
    } rows[] = {
        {0, "run -d -mpu --name x --hostname mycontainer --root /containerfs --old-root --layout "
            "studio "
            "--init -- "
            "/bin/bash"},
        {1, "run -d -m --name x --root /containerfs --chroot --layout studio -- /bin/bash"},
        {2, "run -d -mp --name x --init=shell -v"},
        {3, "run -d -mp --name x -- /bin/bash"},
        {4, "run -d -p --name x -- /bin/bash"},
        {5, "run -d -u --name x --hostname mycontainer -- /bin/bash"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct create create;
        form_start(&create, rows[i].preset);
        line_input_set(&create.fields[CREATE_NAME].input, "x");
        assert_words(&create, rows[i].line);
    }
}

static void a_quoted_command_stays_one_word(void **state)
{
    (void)state;
    struct create create;
    form_start(&create, EMPTY);
    line_input_set(&create.fields[CREATE_COMMAND].input, "sh -c 'echo $$; id'");
    assert_words(&create, "run -d -- sh -c 'echo $$; id'");
}

static void what_is_beyond_the_first_page_becomes_options(void **state)
{
    (void)state;
    struct create create;
    char more[96];
    form_start(&create, EMPTY);
    create_more_words(&create, more, sizeof(more));
    assert_string_equal(more, "as usual: limits, network, rights, users");
    create.fields[CREATE_GRADE].choice = 1;
    create.fields[CREATE_WRITES].choice = 1;
    line_input_set(&create.fields[CREATE_MEMORY].input, "64m");
    line_input_set(&create.fields[CREATE_VARIABLES].input, "A=1 'B=two words'");
    line_input_set(&create.fields[CREATE_COMMAND].input, "true");
    assert_words(&create,
                 "run -d --walled --memory 64m --throw-away --env A=1 --env 'B=two words' -- true");
    create_more_words(&create, more, sizeof(more));
    assert_non_null(strstr(more, "--memory 64m"));
}

static void a_field_that_is_off_says_nothing(void **state)
{
    (void)state;
    struct create create;
    form_start(&create, 1);
    create.fields[CREATE_ROOT].off = true;
    create.fields[CREATE_ENTER].off = true;
    create.fields[CREATE_LAYOUT].off = true;
    assert_words(&create, "run -d -m -- /bin/bash");
}

static void a_letter_ticks_its_namespace(void **state)
{
    (void)state;
    struct create create;
    form_start(&create, EMPTY);
    form_go(&create.form, CREATE_NAMESPACES);
    for (const char *letter = "nUT"; *letter; letter++)
        assert_true(form_raw_key(&create.form, (struct key){.code = (wint_t)*letter}));
    assert_int_equal(create.fields[CREATE_NAMESPACES].ticked,
                     NS_BIT(NS_NET) | NS_BIT(NS_USER) | NS_BIT(NS_TIME));
    assert_true(form_raw_key(&create.form, (struct key){.code = 'n'}));
    assert_false(create.fields[CREATE_NAMESPACES].ticked & NS_BIT(NS_NET));
    assert_false(form_raw_key(&create.form, (struct key){.code = 'x'}));
}

static void enter_in_a_field_goes_on_and_runs_nothing(void **state)
{
    (void)state;
    struct create create;
    form_start(&create, EMPTY); /* pressed is null: a press would crash */
    for (int i = 0; i + 1 < CREATE_FIELDS; i++)
        assert_true(form_request(&create.form, REQ_PRESS));
    assert_int_equal(create.form.current, CREATE_RUN);
}

static void up_in_the_first_field_is_the_button(void **state)
{
    (void)state;
    struct create create;
    form_start(&create, EMPTY);
    assert_true(form_request(&create.form, REQ_FIELD_PREVIOUS));
    assert_int_equal(create.form.current, CREATE_RUN);
    assert_true(form_request(&create.form, REQ_FIELD_NEXT));
    assert_int_equal(create.form.current, CREATE_NAME);
}

static void errors_are_counted_where_fields_mean_something(void **state)
{
    (void)state;
    struct create create;
    int first = -1;
    form_start(&create, 0);
    strcpy(create.fields[CREATE_LAYOUT].error, "no such layout");
    strcpy(create.fields[CREATE_HOSTNAME].error, "not a hostname");
    assert_int_equal(form_errors(&create.form, &first), 2);
    assert_int_equal(first, CREATE_HOSTNAME);
    create.fields[CREATE_LAYOUT].off = true;
    assert_int_equal(form_errors(&create.form, NULL), 1);
}

/* At 80 columns 38 are free beside a line that is typed, 44 beside a choice. */
static void every_field_says_what_it_wants_and_no_hint_is_cut(void **state)
{
    (void)state;
    for (int i = 0; i < CREATE_FIELDS; i++) {
        const struct field *field = &create_fields[i];
        size_t room = field->kind == FIELD_CHOICE ? 44 : 38;
        if (!field->help)
            fail_msg("%s has no help", field->label);
        if (field->hint && strlen(field->hint) > room)
            fail_msg("the hint of %s is cut: %s", field->label, field->hint);
    }
}

static void the_small_shell_takes_no_command(void **state)
{
    (void)state;
    struct create create;
    form_start(&create, EMPTY);
    create.fields[CREATE_INIT].choice = 1;
    line_input_set(&create.fields[CREATE_COMMAND].input, "true");
    assert_true(create_has_shell(&create));
    assert_words(&create, "run -d --init=shell");
}

static void a_bundle_may_bring_its_own_command(void **state)
{
    (void)state;
    struct create create;
    form_start(&create, EMPTY);
    line_input_set(&create.fields[CREATE_BUNDLE].input, "/srv/b");
    assert_words(&create, "run -d --bundle /srv/b");
    line_input_set(&create.fields[CREATE_COMMAND].input, "true");
    assert_words(&create, "run -d --bundle /srv/b -- true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preset_becomes_the_line_of_its_exercise),
        cmocka_unit_test(a_quoted_command_stays_one_word),
        cmocka_unit_test(what_is_beyond_the_first_page_becomes_options),
        cmocka_unit_test(a_field_that_is_off_says_nothing),
        cmocka_unit_test(every_field_says_what_it_wants_and_no_hint_is_cut),
        cmocka_unit_test(the_small_shell_takes_no_command),
        cmocka_unit_test(a_bundle_may_bring_its_own_command),
        cmocka_unit_test(a_letter_ticks_its_namespace),
        cmocka_unit_test(enter_in_a_field_goes_on_and_runs_nothing),
        cmocka_unit_test(up_in_the_first_field_is_the_button),
        cmocka_unit_test(errors_are_counted_where_fields_mean_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
