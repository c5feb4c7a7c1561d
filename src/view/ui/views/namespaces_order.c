/* namespaces_order: what the namespaces of a type are sorted by (key o). Called by
 * namespaces_rows.c; the host's own always comes first, what has no value comes last. */
#include "namespaces_rows.h"

#include <stdlib.h>
#include <string.h>

const struct rows_order_words rows_orders[ROWS_ORDERS] = {
    [ROWS_BY_IDENTITY] = {"IDENTITY", "lowest first", "highest first"},
    [ROWS_BY_PROCS] = {"PROCS", "most first", "fewest first"},
    [ROWS_BY_PID] = {"PID", "lowest first", "highest first"},
    [ROWS_BY_LEADER] = {"LEADER", "a to z", "z to a"},
    [ROWS_BY_OWNER] = {"OWNER", "a to z", "z to a"},
    [ROWS_BY_NAME] = {"NAME", "a to z", "z to a"},
};

struct sorting {
    const struct snapshot *snapshot;
    enum rows_order order;
    int sign;
};

static int compare_numbers(uint64_t left, uint64_t right)
{
    return (left > right) - (left < right);
}

static const char *text_of(const struct sorting *sorting, const struct namespace *space)
{
    const struct process *leader = snapshot_leader(sorting->snapshot, space);
    switch (sorting->order) {
    case ROWS_BY_LEADER:
        return leader != NULL ? leader->comm : NULL;
    case ROWS_BY_OWNER:
        return space->owner_name;
    default:
        return space->container;
    }
}

static int compare_texts(const struct sorting *sorting, const struct namespace *left,
                         const struct namespace *right)
{
    const char *a = text_of(sorting, left), *b = text_of(sorting, right);
    if (a == NULL || b == NULL)
        return (a == NULL) - (b == NULL);
    int result = strcmp(a, b);
    return sorting->sign < 0 ? -result : result;
}

static int compare_leaders(const struct sorting *sorting, const struct namespace *left,
                           const struct namespace *right)
{
    const struct process *a = snapshot_leader(sorting->snapshot, left);
    const struct process *b = snapshot_leader(sorting->snapshot, right);
    if (a == NULL || b == NULL)
        return (a == NULL) - (b == NULL);
    return sorting->sign * compare_numbers((uint64_t)a->pid, (uint64_t)b->pid);
}

static int compare(const void *left_item, const void *right_item, void *data)
{
    const struct sorting *sorting = data;
    const struct namespace *left = *(const struct namespace *const *)left_item;
    const struct namespace *right = *(const struct namespace *const *)right_item;
    int result = 0;
    if (sorting->order == ROWS_BY_IDENTITY)
        return sorting->sign * compare_numbers(left->inode, right->inode);
    if (sorting->order == ROWS_BY_PROCS)
        result = sorting->sign * compare_numbers(right->member_count, left->member_count);
    else if (sorting->order == ROWS_BY_PID)
        result = compare_leaders(sorting, left, right);
    else
        result = compare_texts(sorting, left, right);
    return result != 0 ? result : compare_numbers(left->inode, right->inode);
}

void rows_sort(const struct rows *rows, const struct snapshot *snapshot,
               const struct namespace **spaces, size_t count)
{
    struct sorting sorting = {snapshot, rows->order, rows->reverse ? -1 : 1};
    if (count > 1)
        qsort_r(spaces, count, sizeof(*spaces), compare, &sorting);
}
