/* diff: what happened between two looks. Called by the screens for births and deaths. Never
 * quadratic: both sides are sorted. */
#include "nstui/base.h"
#include "private.h"

#include <stdlib.h>

static bool share_a_member(const struct snapshot *before, const struct namespace *left,
                           const struct snapshot *after, const struct namespace *right)
{
    size_t i = 0, j = 0;

    while (i < left->member_count && j < right->member_count) {
        const struct process *a = &before->processes[left->members[i]];
        const struct process *b = &after->processes[right->members[j]];
        if (a->pid == b->pid && a->start_time == b->start_time) {
            return true;
        }
        if (a->pid <= b->pid) {
            i++;
        } else {
            j++;
        }
    }
    return false;
}

bool snapshot_same_namespace(const struct snapshot *before, const struct namespace *left,
                             const struct snapshot *after, const struct namespace *right)
{
    if (left->type != right->type || left->inode != right->inode) {
        return false;
    }
    if (left->id != 0 && right->id != 0) {
        return left->id == right->id;
    }
    if ((left->host && right->host) || left->member_count == 0 || right->member_count == 0) {
        return true; /* the host's does not end; of a hidden one nothing speaks against it */
    }
    return share_a_member(before, left, after, right);
}

static void add_index(uint32_t **items, size_t *count, size_t *capacity, size_t index)
{
    array_grow(items, *count, capacity, sizeof(**items));
    (*items)[(*count)++] = (uint32_t)index;
}

/* Namespaces of `mine` that the other side has not. */
static void namespaces_only_in(const struct snapshot *mine, const struct snapshot *other,
                               uint32_t **items, size_t *count)
{
    size_t capacity = 0;

    for (size_t i = 0; i < mine->namespace_count; i++) {
        const struct namespace *space = &mine->namespaces[i];
        const struct namespace *same = snapshot_find_namespace(other, space->type, space->inode);
        if (!same || !snapshot_same_namespace(mine, space, other, same)) {
            add_index(items, count, &capacity, i);
        }
    }
}

struct capacities {
    size_t moves, started, ended;
};

static void compare_process(struct snapshot_diff *diff, struct capacities *capacities,
                            const struct process *left, uint32_t left_index,
                            const struct process *right, uint32_t right_index)
{
    if (right->zombie && !left->zombie) {
        add_index(&diff->ended, &diff->ended_count, &capacities->ended, left_index);
        return;
    }
    for (int type = 0; type < NS_TYPES; type++) {
        uint64_t from = left->identities[type], to = right->identities[type];
        if (from == to || from == 0 || to == 0) {
            continue;
        }
        array_grow(&diff->moves, diff->move_count, &capacities->moves, sizeof(*diff->moves));
        diff->moves[diff->move_count++] = (struct snapshot_move){
            .before = left_index,
            .after = right_index,
            .type = (enum ns_type)type,
            .from = from,
            .to = to,
        };
    }
}

static void compare_processes(const struct snapshot *before, const struct snapshot *after,
                              struct snapshot_diff *diff)
{
    struct capacities capacities = {0};
    size_t i = 0, j = 0;

    while (i < before->process_count || j < after->process_count) {
        const struct process *left = i < before->process_count ? &before->processes[i] : NULL;
        const struct process *right = j < after->process_count ? &after->processes[j] : NULL;
        if (left && right && left->pid == right->pid && left->start_time == right->start_time) {
            compare_process(diff, &capacities, left, (uint32_t)i, right, (uint32_t)j);
            i++;
            j++;
        } else if (left && (!right || left->pid <= right->pid)) {
            if (!left->zombie) {
                add_index(&diff->ended, &diff->ended_count, &capacities.ended, i);
            }
            i++;
        } else {
            if (!right->zombie) {
                add_index(&diff->started, &diff->started_count, &capacities.started, j);
            }
            j++;
        }
    }
}

struct snapshot_diff *snapshot_diff(const struct snapshot *before, const struct snapshot *after)
{
    struct snapshot_diff *diff = xcalloc(1, sizeof(*diff));

    namespaces_only_in(after, before, &diff->born, &diff->born_count);
    namespaces_only_in(before, after, &diff->died, &diff->died_count);
    compare_processes(before, after, diff);
    return diff;
}

void snapshot_diff_free(struct snapshot_diff *diff)
{
    if (!diff) {
        return;
    }
    free(diff->born);
    free(diff->died);
    free(diff->moves);
    free(diff->started);
    free(diff->ended);
    free(diff);
}
