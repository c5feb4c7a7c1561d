/* The model by itself: grouping, leaders, the host, hidden namespaces, and what two looks differ in. */
#include "support.h"

#include "nstui/model.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* A process in the namespaces of the host of these tests, whose inodes are 100 + type. */
static struct process_facts on_host(pid_t pid, pid_t ppid, uint64_t start_time)
{
    struct process_facts facts = {.pid = pid,
                                  .ppid = ppid,
                                  .start_time = start_time,
                                  .state = 'S',
                                  .threads = 1,
                                  .comm = "p"};

    for (int type = 0; type < NS_TYPES; type++) {
        facts.identities[type] = 100 + (uint64_t)type;
    }
    return facts;
}

static void add(struct snapshot_builder *builder, pid_t pid, pid_t ppid, uint64_t start_time)
{
    struct process_facts facts = on_host(pid, ppid, start_time);

    snapshot_builder_add_process(builder, &facts);
}

/* The same, but elsewhere in one type. */
static void add_in(struct snapshot_builder *builder, pid_t pid, pid_t ppid, uint64_t start_time,
                   enum ns_type type, uint64_t inode)
{
    struct process_facts facts = on_host(pid, ppid, start_time);

    facts.identities[type] = inode;
    snapshot_builder_add_process(builder, &facts);
}

static struct snapshot *finish(struct snapshot_builder *builder)
{
    snapshot_builder_group(builder);
    return snapshot_builder_finish(builder);
}

static pid_t leader_pid(const struct snapshot *snapshot, enum ns_type type, uint64_t inode)
{
    const struct namespace *space = snapshot_find_namespace(snapshot, type, inode);

    assert_non_null(space);
    const struct process *leader = snapshot_leader(snapshot, space);
    return leader ? leader->pid : 0;
}

static void processes_are_grouped_by_type_and_identity(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    add_in(builder, 30, 1, 5, NS_UTS, 7);
    add(builder, 1, 0, 1);
    add_in(builder, 20, 1, 5, NS_UTS, 9);
    add_in(builder, 10, 1, 5, NS_UTS, 7);
    _cleanup_snapshot_ const struct snapshot *snapshot = finish(builder);

    assert_int_equal(snapshot->namespace_count, NS_TYPES + 2);
    assert_int_equal(snapshot->counts.by_type[NS_UTS], 3);
    const struct namespace *uts = &snapshot->namespaces[snapshot->type_start[NS_UTS]];
    assert_true(uts[0].host); /* though its inode is the largest */
    assert_int_equal(uts[0].inode, 100 + NS_UTS);
    assert_int_equal(uts[1].inode, 7);
    assert_int_equal(uts[2].inode, 9);
    assert_int_equal(uts[1].member_count, 2);
    assert_int_equal(snapshot->processes[uts[1].members[0]].pid, 10);
    assert_int_equal(snapshot->processes[uts[1].members[1]].pid, 30);
    assert_ptr_equal(snapshot_namespace_of(snapshot, snapshot_find_process(snapshot, 30), NS_UTS),
                     &uts[1]);
    assert_null(snapshot_find_namespace(snapshot, NS_IPC, 7));
    assert_null(snapshot_find_process(snapshot, 11));
}

static void leader_is_the_top_of_the_tree_and_the_oldest_of_several(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    add(builder, 1, 0, 1);
    add(builder, 50, 1, 2);
    add_in(builder, 900, 50, 100, NS_NET, 7); /* the first one in there */
    add_in(builder, 901, 900, 101, NS_NET, 7);
    add_in(builder, 60, 1, 150, NS_NET, 7);  /* an orphan that process 1 took over */
    add_in(builder, 70, 50, 200, NS_NET, 7); /* sent in later */
    add_in(builder, 80, 1, 30, NS_NET, 8);   /* two tops as old as each other: the lower pid */
    add_in(builder, 81, 1, 30, NS_NET, 8);
    _cleanup_snapshot_ const struct snapshot *snapshot = finish(builder);

    assert_int_equal(leader_pid(snapshot, NS_NET, 7), 900);
    assert_int_equal(leader_pid(snapshot, NS_NET, 8), 80);
    assert_int_equal(leader_pid(snapshot, NS_NET, 100 + NS_NET), 1);
}

static void a_child_older_than_its_parent_is_not_its_child(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    add_in(builder, 10, 20, 50, NS_NET, 7); /* 20 ended, and its pid means another one now */
    add_in(builder, 20, 1, 90, NS_NET, 7);
    add(builder, 1, 0, 1);
    _cleanup_snapshot_ const struct snapshot *snapshot = finish(builder);

    assert_int_equal(snapshot_find_process(snapshot, 10)->parent, SNAPSHOT_NONE);
    assert_int_equal(leader_pid(snapshot, NS_NET, 7), 10);
}

static void circles_in_the_tree_are_cut(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    add(builder, 10, 30, 5);
    add(builder, 20, 10, 5);
    add(builder, 30, 20, 5);
    snapshot_builder_group(builder);
    snapshot_builder_container_tree(builder, 0, "box"); /* comes to an end */
    _cleanup_snapshot_ const struct snapshot *snapshot = snapshot_builder_finish(builder);

    for (size_t i = 0; i < snapshot->process_count; i++) {
        size_t steps = 0;
        for (uint32_t at = (uint32_t)i; at != SNAPSHOT_NONE; at = snapshot->processes[at].parent) {
            assert_true(steps++ < 3);
        }
    }
}

static void children_are_linked_in_order_of_pid(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    add(builder, 12, 1, 4);
    add(builder, 11, 1, 5);
    add(builder, 1, 0, 1);
    _cleanup_snapshot_ const struct snapshot *snapshot = finish(builder);

    const struct process *first = &snapshot->processes[snapshot->processes[0].first_child];
    assert_int_equal(first->pid, 11);
    assert_int_equal(snapshot->processes[first->next_sibling].pid, 12);
    assert_int_equal(snapshot->processes[first->next_sibling].next_sibling, SNAPSHOT_NONE);
}

static void zombies_are_shown_but_are_members_of_nothing(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    struct process_facts zombie = {.pid = 5, .ppid = 1, .start_time = 3, .state = 'Z', .comm = "z"};
    zombie.identities[NS_PID] = 55;
    zombie.identities[NS_USER] = 100 + NS_USER;
    add(builder, 1, 0, 1);
    snapshot_builder_add_process(builder, &zombie);
    _cleanup_snapshot_ const struct snapshot *snapshot = finish(builder);

    assert_int_equal(snapshot->counts.zombies, 1);
    const struct process *process = snapshot_find_process(snapshot, 5);
    assert_true(process->zombie);
    assert_int_equal(process_known(process), NS_BIT(NS_PID) | NS_BIT(NS_USER));
    assert_int_equal(process_differs(snapshot, process), NS_BIT(NS_PID));
    assert_null(snapshot_find_namespace(snapshot, NS_PID, 55));
    assert_int_equal(snapshot_find_namespace(snapshot, NS_USER, 100 + NS_USER)->member_count, 1);
}

static void a_dead_leader_with_live_threads_is_a_member(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    struct process_facts facts = on_host(5, 1, 3);
    facts.state = 'Z';
    facts.threads = 2;
    facts.identities[NS_NET] = 9;
    add(builder, 1, 0, 1);
    snapshot_builder_add_process(builder, &facts);
    _cleanup_snapshot_ const struct snapshot *snapshot = finish(builder);

    assert_int_equal(snapshot->counts.zombies, 0);
    assert_int_equal(leader_pid(snapshot, NS_NET, 9), 5);
}

static void what_is_unknown_does_not_differ(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    struct process_facts facts = on_host(5, 1, 3);
    facts.identities[NS_NET] = 9;
    facts.identities[NS_MNT] = 0;
    add(builder, 1, 0, 1);
    snapshot_builder_add_process(builder, &facts);
    _cleanup_snapshot_ const struct snapshot *snapshot = finish(builder);

    const struct process *process = snapshot_find_process(snapshot, 5);
    assert_int_equal(process_differs(snapshot, process), NS_BIT(NS_NET));
    assert_int_equal(process_differs_from(process, snapshot_find_process(snapshot, 1)),
                     NS_BIT(NS_NET));
    assert_int_equal(process->namespaces[NS_MNT], SNAPSHOT_NONE);
}

static void the_host_is_process_1_else_the_initial_ones_else_our_own(void **state)
{
    (void)state;
    const uint64_t pid_initial = 0xEFFFFFFCu, uts_initial = 0xEFFFFFFEu;
    const uint64_t mnt_initial = 0xEFFFFFF8u;
    struct process_facts hidden = {.pid = 1, .start_time = 1, .state = 'S', .forbidden = true};
    uint64_t ours[NS_TYPES] = {[NS_MNT] = 3, [NS_UTS] = 4, [NS_PID] = pid_initial, [NS_NET] = 6};
    ns_set types = NS_BIT(NS_MNT) | NS_BIT(NS_UTS) | NS_BIT(NS_PID) | NS_BIT(NS_NET);

    struct snapshot_builder *builder = snapshot_builder_new();
    snapshot_builder_set_kernel(builder, types, ours);
    snapshot_builder_add_process(builder, &hidden);
    add_in(builder, 2, 0, 1, NS_MNT, mnt_initial);
    _cleanup_snapshot_ const struct snapshot *initial = finish(builder);
    assert_int_equal(initial->host[NS_UTS], uts_initial);
    assert_int_equal(initial->host_origin[NS_UTS], HOST_OF_INITIAL);
    assert_int_equal(initial->host[NS_MNT], mnt_initial); /* since someone is in it */
    assert_int_equal(initial->host[NS_NET], 6);           /* older kernels have no fixed number */
    assert_int_equal(initial->host_origin[NS_NET], HOST_OF_OURS);
    assert_int_equal(snapshot_host_origin(initial), HOST_OF_OURS);
    assert_int_equal(initial->host[NS_TIME], 0);
    assert_int_equal(initial->counts.forbidden, 1);

    ours[NS_PID] = 77; /* in a container: process 1 is the container's */
    builder = snapshot_builder_new();
    snapshot_builder_set_kernel(builder, types, ours);
    snapshot_builder_add_process(builder, &hidden);
    _cleanup_snapshot_ const struct snapshot *own = finish(builder);
    assert_int_equal(own->host[NS_UTS], 4);
    assert_int_equal(own->host[NS_PID], 77);
    assert_string_equal(host_origin_name(snapshot_host_origin(own)), "our own");

    builder = snapshot_builder_new();
    add(builder, 1, 0, 1);
    _cleanup_snapshot_ const struct snapshot *sure = finish(builder);
    assert_int_equal(snapshot_host_origin(sure), HOST_OF_PID_1);
    assert_int_equal(sure->host[NS_USER], 100 + NS_USER);
}

static void owners_and_parents_without_members_become_namespaces(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    add(builder, 1, 0, 1);
    add_in(builder, 10, 1, 5, NS_NET, 7);
    snapshot_builder_group(builder);
    snapshot_builder_relate(
        builder, &(struct namespace_facts){.type = NS_NET, .inode = 7, .owner = 40, .id = 12});
    snapshot_builder_relate(builder, &(struct namespace_facts){.type = NS_USER,
                                                               .inode = 40,
                                                               .owner = 41,
                                                               .parent = 41,
                                                               .owner_uid_known = true,
                                                               .owner_uid = 1000});
    snapshot_builder_name_user(builder, 1000, "pi");
    _cleanup_snapshot_ const struct snapshot *snapshot = snapshot_builder_finish(builder);

    const struct namespace *net = snapshot_find_namespace(snapshot, NS_NET, 7);
    assert_int_equal(net->owner, 40);
    assert_int_equal(net->id, 12);
    assert_true(net->owner_uid_known); /* who made the user namespace owns what it owns */
    assert_string_equal(net->owner_name, "pi");
    for (uint64_t inode = 40; inode <= 41; inode++) {
        const struct namespace *user = snapshot_find_namespace(snapshot, NS_USER, inode);
        assert_non_null(user);
        assert_int_equal(user->member_count, 0);
        assert_int_equal(user->leader, SNAPSHOT_NONE);
    }
    assert_null(snapshot_find_namespace(snapshot, NS_USER, 41)->owner_name);
    /* Members still point to the right ones, though namespaces came in between. */
    assert_ptr_equal(snapshot_namespace_of(snapshot, snapshot_find_process(snapshot, 10), NS_NET),
                     net);
    assert_int_equal(snapshot->counts.by_type[NS_USER], 3);
}

static void containers_name_the_tree_or_the_members(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    add(builder, 1, 0, 1);
    add(builder, 10, 1, 5);
    add(builder, 11, 10, 6);
    add(builder, 12, 11, 7);
    add(builder, 13, 10, 8);
    add(builder, 20, 1, 9);
    add_in(builder, 30, 1, 10, NS_PID, 7);
    const struct snapshot *view = snapshot_builder_group(builder);
    snapshot_builder_container_tree(
        builder, snapshot_process_index(view, snapshot_find_process(view, 10)), "tree");
    snapshot_builder_container_members(
        builder, snapshot_namespace_index(view, snapshot_find_namespace(view, NS_PID, 7)), "pids");
    _cleanup_snapshot_ const struct snapshot *snapshot = snapshot_builder_finish(builder);

    for (pid_t pid = 10; pid <= 13; pid++) {
        assert_string_equal(snapshot_find_process(snapshot, pid)->container, "tree");
    }
    assert_null(snapshot_find_process(snapshot, 20)->container);
    assert_null(snapshot_find_process(snapshot, 1)->container);
    assert_string_equal(snapshot_find_namespace(snapshot, NS_PID, 7)->container, "pids");
    assert_null(snapshot_find_namespace(snapshot, NS_PID, 100 + NS_PID)->container);
}

static void a_pid_that_was_read_twice_is_there_once(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    add(builder, 9, 1, 5);
    add(builder, 1, 0, 1);
    add(builder, 9, 1, 70);
    _cleanup_snapshot_ const struct snapshot *snapshot = finish(builder);

    assert_int_equal(snapshot->process_count, 2);
    assert_int_equal(snapshot_find_process(snapshot, 9)->start_time, 70);
    assert_null(snapshot_find_same_process(snapshot, 9, 5));
    assert_non_null(snapshot_find_same_process(snapshot, 9, 0));
}

static void nothing_at_all_is_a_snapshot_too(void **state)
{
    (void)state;
    _cleanup_snapshot_ const struct snapshot *snapshot = finish(snapshot_builder_new());

    assert_int_equal(snapshot->process_count, 0);
    assert_int_equal(snapshot->namespace_count, 0);
    assert_null(snapshot_find_namespace(snapshot, NS_MNT, 1));
    assert_int_equal(snapshot_host_origin(snapshot), HOST_UNKNOWN);
    struct snapshot_diff *diff = snapshot_diff(snapshot, snapshot);
    assert_int_equal(diff->born_count + diff->died_count + diff->started_count, 0);
    snapshot_diff_free(diff);
}

static void everything_of_ten_thousand_processes_is_found(void **state)
{
    (void)state;
    enum { COUNT = 10000, GROUPS = 500 };
    struct snapshot_builder *builder = snapshot_builder_new();
    add(builder, 1, 0, 1);
    for (pid_t pid = COUNT; pid >= 2; pid--) {
        add_in(builder, pid, 1, 10 + (uint64_t)pid, NS_UTS, 5000 + (uint64_t)(pid * 7 % GROUPS));
    }
    _cleanup_snapshot_ const struct snapshot *snapshot = finish(builder);

    assert_int_equal(snapshot->process_count, COUNT);
    assert_int_equal(snapshot->counts.by_type[NS_UTS], GROUPS + 1);
    size_t members = 0;
    for (uint64_t group = 0; group < GROUPS; group++) {
        const struct namespace *space = snapshot_find_namespace(snapshot, NS_UTS, 5000 + group);
        assert_non_null(space);
        for (size_t i = 0; i < space->member_count; i++) {
            const struct process *process = &snapshot->processes[space->members[i]];
            assert_int_equal(process->identities[NS_UTS], 5000 + group);
            assert_ptr_equal(snapshot_find_process(snapshot, process->pid), process);
        }
        members += space->member_count;
    }
    assert_int_equal(members, COUNT - 1);
}

/* ---- two looks ------------------------------------------------------------------------------- */

static void births_deaths_and_moves_are_told(void **state)
{
    (void)state;
    struct snapshot_builder *builder = snapshot_builder_new();
    add(builder, 1, 0, 1);
    add_in(builder, 10, 1, 5, NS_UTS, 7); /* ends, and the namespace with it */
    add(builder, 11, 1, 6);               /* moves */
    add(builder, 12, 1, 6);               /* becomes a zombie */
    _cleanup_snapshot_ const struct snapshot *before = finish(builder);
    builder = snapshot_builder_new();
    struct process_facts zombie = {.pid = 12, .ppid = 1, .start_time = 6, .state = 'Z'};
    add(builder, 1, 0, 1);
    add_in(builder, 11, 1, 6, NS_NET, 8);
    snapshot_builder_add_process(builder, &zombie);
    add(builder, 13, 1, 60);
    _cleanup_snapshot_ const struct snapshot *after = finish(builder);
    struct snapshot_diff *diff = snapshot_diff(before, after);

    assert_int_equal(diff->born_count, 1);
    assert_int_equal(after->namespaces[diff->born[0]].inode, 8);
    assert_int_equal(diff->died_count, 1);
    assert_int_equal(before->namespaces[diff->died[0]].inode, 7);
    assert_int_equal(diff->move_count, 1);
    assert_int_equal(after->processes[diff->moves[0].after].pid, 11);
    assert_int_equal(before->processes[diff->moves[0].before].pid, 11);
    assert_int_equal(diff->moves[0].type, NS_NET);
    assert_int_equal(diff->moves[0].from, 100 + NS_NET);
    assert_int_equal(diff->moves[0].to, 8);
    assert_int_equal(diff->started_count, 1);
    assert_int_equal(after->processes[diff->started[0]].pid, 13);
    assert_int_equal(diff->ended_count, 2);
    assert_int_equal(before->processes[diff->ended[0]].pid, 10);
    assert_int_equal(before->processes[diff->ended[1]].pid, 12);
    snapshot_diff_free(diff);
}

static const struct snapshot *one_in_uts_7(pid_t pid, uint64_t start_time, uint64_t id)
{
    struct snapshot_builder *builder = snapshot_builder_new();

    add(builder, 1, 0, 1);
    add_in(builder, pid, 1, start_time, NS_UTS, 7);
    snapshot_builder_group(builder);
    if (id != 0) {
        snapshot_builder_relate(builder,
                                &(struct namespace_facts){.type = NS_UTS, .inode = 7, .id = id});
    }
    return snapshot_builder_finish(builder);
}

static void assert_reborn(const struct snapshot *before, const struct snapshot *after, bool reborn)
{
    struct snapshot_diff *diff = snapshot_diff(before, after);

    assert_int_equal(diff->born_count, reborn);
    assert_int_equal(diff->died_count, reborn);
    snapshot_diff_free(diff);
}

static void an_inode_that_is_used_again_is_another_namespace(void **state)
{
    (void)state;
    _cleanup_snapshot_ const struct snapshot *first = one_in_uts_7(10, 5, 0);
    _cleanup_snapshot_ const struct snapshot *same = one_in_uts_7(10, 5, 0);
    _cleanup_snapshot_ const struct snapshot *pid_reused = one_in_uts_7(10, 99, 0);

    assert_reborn(first, same, false);
    assert_reborn(first, pid_reused, true);
}

static void the_kernels_own_id_decides_where_it_is_known(void **state)
{
    (void)state;
    _cleanup_snapshot_ const struct snapshot *first = one_in_uts_7(10, 5, 300);
    _cleanup_snapshot_ const struct snapshot *other_member = one_in_uts_7(11, 9, 300);
    _cleanup_snapshot_ const struct snapshot *other_id = one_in_uts_7(10, 5, 301);

    assert_reborn(first, other_member, false);
    assert_reborn(first, other_id, true);
}

/* ---- small things ---------------------------------------------------------------------------- */

static void terminals_have_their_names(void **state)
{
    (void)state;
    static const struct {
        unsigned int major, minor;
        const char *name;
    } cases[] = {{136, 3, "pts/3"}, {137, 0, "pts/256"}, {4, 1, "tty1"},
                 {4, 64, "ttyS0"},  {5, 1, "console"},   {204, 64, "ttyAMA0"},
                 {229, 0, "hvc0"},  {250, 9, "250:9"},   {0, 0, "-"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct process process = {.tty = makedev(cases[i].major, cases[i].minor)};
        char text[32];
        assert_string_equal(process_tty_name(&process, text, sizeof(text)), cases[i].name);
    }
}

static void *hold_and_let_go(void *data)
{
    for (int i = 0; i < 20000; i++) {
        const struct snapshot *held = snapshot_ref(data);
        snapshot_unref(held);
    }
    snapshot_unref(data);
    return NULL;
}

static void holders_in_several_threads_free_it_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    struct snapshot_builder *builder = snapshot_builder_new();
    add(builder, 1, 0, 1);
    struct snapshot *snapshot = finish(builder);

    for (size_t i = 0; i < 4; i++) {
        snapshot_ref(snapshot);
        assert_int_equal(pthread_create(&threads[i], NULL, hold_and_let_go, snapshot), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(snapshot->process_count, 1); /* we still hold it */
    snapshot_unref(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processes_are_grouped_by_type_and_identity),
        cmocka_unit_test(leader_is_the_top_of_the_tree_and_the_oldest_of_several),
        cmocka_unit_test(a_child_older_than_its_parent_is_not_its_child),
        cmocka_unit_test(circles_in_the_tree_are_cut),
        cmocka_unit_test(children_are_linked_in_order_of_pid),
        cmocka_unit_test(zombies_are_shown_but_are_members_of_nothing),
        cmocka_unit_test(a_dead_leader_with_live_threads_is_a_member),
        cmocka_unit_test(what_is_unknown_does_not_differ),
        cmocka_unit_test(the_host_is_process_1_else_the_initial_ones_else_our_own),
        cmocka_unit_test(owners_and_parents_without_members_become_namespaces),
        cmocka_unit_test(containers_name_the_tree_or_the_members),
        cmocka_unit_test(a_pid_that_was_read_twice_is_there_once),
        cmocka_unit_test(nothing_at_all_is_a_snapshot_too),
        cmocka_unit_test(everything_of_ten_thousand_processes_is_found),
        cmocka_unit_test(births_deaths_and_moves_are_told),
        cmocka_unit_test(an_inode_that_is_used_again_is_another_namespace),
        cmocka_unit_test(the_kernels_own_id_decides_where_it_is_known),
        cmocka_unit_test(terminals_have_their_names),
        cmocka_unit_test(holders_in_several_threads_free_it_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
