/* The rows of the namespaces view, from a snapshot that is built here: grouping, folding, services,
 * filter, what was born and what died. */
#include "../../../src/view/ui/views/namespaces_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HOST 4026531830u

static void add(struct snapshot_builder *builder, pid_t pid, pid_t ppid, const char *comm,
                ns_set own, uint64_t inode)
{
    struct process_facts facts = {.pid = pid,
                                  .ppid = ppid,
                                  .start_time = (uint64_t)pid,
                                  .state = 'S',
                                  .comm = comm,
                                  .tty = ppid > 2 ? 34816 : 0};
    for (int type = 0; type < NS_TYPES; type++)
        facts.identities[type] =
            (own & NS_BIT(type)) != 0 ? inode + (uint64_t)type : HOST + (uint64_t)type;
    snapshot_builder_add_process(builder, &facts);
}

static struct snapshot *machine(bool with_box)
{
    struct snapshot_builder *builder = snapshot_builder_new();
    add(builder, 1, 0, "systemd", 0, 0);
    add(builder, 30, 1, "udevd", NS_BIT(NS_MNT), 4026532100);
    add(builder, 31, 1, "logind", NS_BIT(NS_MNT), 4026532200);
    add(builder, 40, 1, "bash", 0, 0);
    if (with_box) {
        add(builder, 50, 40, "nstui-init", NS_BIT(NS_UTS) | NS_BIT(NS_PID), 4026532300);
        add(builder, 51, 50, "sleep", NS_BIT(NS_UTS) | NS_BIT(NS_PID), 4026532300);
    }
    snapshot_builder_group(builder);
    return snapshot_builder_finish(builder);
}

static const struct row *row_of(const struct rows *rows, enum row_kind kind, enum ns_type type)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].kind == kind && rows->items[i].type == type)
            return &rows->items[i];
    return NULL;
}

static void a_type_begins_with_the_host_and_lists_what_differs(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct snapshot *snapshot = machine(true);
    rows_build(&rows, snapshot);
    const struct row *head = row_of(&rows, ROW_HEAD, NS_UTS);
    assert_non_null(head);
    assert_int_equal(head->sign, '-');
    assert_int_equal(head[1].kind, ROW_SPACE);
    assert_int_equal(head[1].inode, 4026532300u + NS_UTS);
    assert_int_equal(head[1].count, 2);
    assert_int_equal(head[1].process->pid, 50);
    assert_int_equal(row_of(&rows, ROW_HEAD, NS_NET)->sign, ' ');
    rows_free(&rows);
    snapshot_unref(snapshot);
}

static void services_with_nothing_but_a_mnt_fold_into_one_row(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct snapshot *snapshot = machine(true);
    rows_build(&rows, snapshot);
    const struct row *others = row_of(&rows, ROW_OTHERS, NS_MNT);
    assert_non_null(others);
    assert_int_equal(others->others, 2);
    size_t before = rows.count;
    assert_true(rows_fold(&rows, others, true));
    rows_build(&rows, snapshot);
    assert_int_equal(rows.count, before + 2);
    rows_free(&rows);
    snapshot_unref(snapshot);
}

static void a_namespace_opens_to_its_members(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct snapshot *snapshot = machine(true);
    rows_build(&rows, snapshot);
    assert_true(rows_fold(&rows, row_of(&rows, ROW_SPACE, NS_UTS), true));
    rows_build(&rows, snapshot);
    const struct row *space = row_of(&rows, ROW_SPACE, NS_UTS);
    assert_int_equal(space->sign, '-');
    assert_int_equal(space[1].kind, ROW_MEMBER);
    assert_int_equal(space[1].process->pid, 50);
    assert_int_equal(space[2].process->pid, 51);
    rows_free(&rows);
    snapshot_unref(snapshot);
}

static void a_folded_type_says_how_many_it_hides(void **state)
{
    (void)state;
    struct rows rows = {.folded = NS_BIT(NS_UTS)};
    struct snapshot *snapshot = machine(true);
    rows_build(&rows, snapshot);
    const struct row *head = row_of(&rows, ROW_HEAD, NS_UTS);
    assert_int_equal(head->sign, '+');
    assert_int_equal(head->hidden, 1);
    assert_null(row_of(&rows, ROW_SPACE, NS_UTS));
    rows_free(&rows);
    snapshot_unref(snapshot);
}

static void only_what_differs_hides_the_host_and_its_services(void **state)
{
    (void)state;
    struct rows rows = {.only_different = true};
    struct snapshot *snapshot = machine(true);
    rows_build(&rows, snapshot);
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.items[0].type, NS_UTS);
    assert_int_equal(rows.items[1].type, NS_PID);
    rows_free(&rows);
    snapshot_unref(snapshot);
}

static size_t shown_with(const struct snapshot *snapshot, const char *words)
{
    struct rows rows = {0};
    filter_parse(&rows.filter, words);
    rows_build(&rows, snapshot);
    size_t shown = rows.shown;
    rows_free(&rows);
    return shown;
}

static void a_filter_takes_types_numbers_and_parts_of_names(void **state)
{
    (void)state;
    struct snapshot *snapshot = machine(true);
    assert_int_equal(shown_with(snapshot, "uts"), 2);        /* the type: host's and the box's */
    assert_int_equal(shown_with(snapshot, "51"), 2);         /* a member's pid */
    assert_int_equal(shown_with(snapshot, "4026532301"), 1); /* an identity */
    assert_int_equal(shown_with(snapshot, "32301"), 1);      /* its end */
    assert_int_equal(shown_with(snapshot, "NSTUI"), 2);      /* a command, in any letters */
    assert_int_equal(shown_with(snapshot, "uts nstui"), 1);  /* all words */
    assert_int_equal(shown_with(snapshot, "logind"), 1);     /* services are no longer folded */
    assert_int_equal(shown_with(snapshot, "nosuch"), 0);
    snapshot_unref(snapshot);
}

static void what_died_stays_in_its_place_for_a_while(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct snapshot *before = machine(true), *after = machine(false);
    struct snapshot_diff *diff = snapshot_diff(before, after);
    rows_note_changes(&rows, before, after, diff, 1000);
    rows_build(&rows, after);
    const struct row *dead = row_of(&rows, ROW_SPACE, NS_UTS);
    assert_non_null(dead);
    assert_int_equal(dead->change, '-');
    assert_int_equal(dead->count, 0);
    assert_string_equal(dead->ghost->leader, "nstui-init");
    assert_false(rows_forget_changes(&rows, 1000 + CHANGE_SHOWN_MS - 1, 0));
    assert_true(rows_forget_changes(&rows, 1000 + CHANGE_SHOWN_MS, 0));
    rows_build(&rows, after);
    assert_null(row_of(&rows, ROW_SPACE, NS_UTS));
    snapshot_diff_free(diff);
    rows_free(&rows);
    snapshot_unref(before);
    snapshot_unref(after);
}

static void what_the_cursor_is_on_is_not_forgotten(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct snapshot *before = machine(true), *after = machine(false);
    struct snapshot_diff *diff = snapshot_diff(before, after);
    rows_note_changes(&rows, before, after, diff, 1000);
    rows_forget_changes(&rows, 60000, 4026532300u + NS_UTS);
    rows_build(&rows, after);
    assert_non_null(row_of(&rows, ROW_SPACE, NS_UTS));
    assert_null(row_of(&rows, ROW_SPACE, NS_PID));
    snapshot_diff_free(diff);
    rows_free(&rows);
    snapshot_unref(before);
    snapshot_unref(after);
}

static void what_was_born_is_marked(void **state)
{
    (void)state;
    struct rows rows = {0};
    struct snapshot *before = machine(false), *after = machine(true);
    struct snapshot_diff *diff = snapshot_diff(before, after);
    rows_note_changes(&rows, before, after, diff, 1000);
    rows_build(&rows, after);
    assert_int_equal(row_of(&rows, ROW_SPACE, NS_UTS)->change, '+');
    assert_int_equal(row_of(&rows, ROW_HEAD, NS_UTS)->change, ' ');
    snapshot_diff_free(diff);
    rows_free(&rows);
    snapshot_unref(before);
    snapshot_unref(after);
}

static void an_order_sorts_within_each_type_and_the_host_stays_first(void **state)
{
    (void)state;
    struct rows rows = {.others_open = NS_BIT(NS_MNT), .order = ROWS_BY_LEADER};
    struct snapshot *snapshot = machine(false);
    rows_build(&rows, snapshot);
    assert_int_equal(rows.items[0].kind, ROW_HEAD);
    assert_int_equal(rows.items[1].kind, ROW_OTHERS);
    assert_string_equal(rows.items[2].process->comm, "logind");
    assert_string_equal(rows.items[3].process->comm, "udevd");
    rows.reverse = true;
    rows_build(&rows, snapshot);
    assert_string_equal(rows.items[2].process->comm, "udevd");
    rows.order = ROWS_BY_NAME; /* without any: the order of identities */
    rows.reverse = false;
    rows_build(&rows, snapshot);
    assert_string_equal(rows.items[2].process->comm, "udevd");
    rows_free(&rows);
    snapshot_unref(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_begins_with_the_host_and_lists_what_differs),
        cmocka_unit_test(services_with_nothing_but_a_mnt_fold_into_one_row),
        cmocka_unit_test(a_namespace_opens_to_its_members),
        cmocka_unit_test(a_folded_type_says_how_many_it_hides),
        cmocka_unit_test(only_what_differs_hides_the_host_and_its_services),
        cmocka_unit_test(a_filter_takes_types_numbers_and_parts_of_names),
        cmocka_unit_test(what_died_stays_in_its_place_for_a_while),
        cmocka_unit_test(what_the_cursor_is_on_is_not_forgotten),
        cmocka_unit_test(what_was_born_is_marked),
        cmocka_unit_test(an_order_sorts_within_each_type_and_the_host_stays_first),
    };
    return cmocka_run_group_tests_name("namespaces_rows", tests, NULL, NULL);
}
