/* tree: who is whose child. Called by the builder once the processes are sorted by pid. */
#include "nstui/base.h"
#include "private.h"

#include <stdlib.h>

/* A process is read a moment after its child: its pid may mean a younger process by then, and a
 * younger one is nobody's parent. */
static uint32_t parent_of(const struct snapshot *snapshot, const struct process *process)
{
    if (process->ppid <= 0 || process->ppid == process->pid) {
        return SNAPSHOT_NONE;
    }
    const struct process *parent = snapshot_find_process(snapshot, process->ppid);
    if (!parent || parent->start_time > process->start_time) {
        return SNAPSHOT_NONE;
    }
    return snapshot_process_index(snapshot, parent);
}

/* Two processes of the same tick could name each other: whoever walks up must come to an end. */
static void cut_circles(struct process *processes, size_t count)
{
    _cleanup_free_ uint32_t *seen_by = xcalloc(count ? count : 1, sizeof(*seen_by));

    for (uint32_t start = 0; start < count; start++) {
        uint32_t at = start;
        while (seen_by[at] == 0) {
            seen_by[at] = start + 1;
            uint32_t parent = processes[at].parent;
            if (parent == SNAPSHOT_NONE) {
                break;
            }
            if (seen_by[parent] == start + 1) {
                processes[at].parent = SNAPSHOT_NONE;
                break;
            }
            at = parent;
        }
    }
}

void snapshot_link_tree(const struct snapshot *snapshot, struct process *processes)
{
    size_t count = snapshot->process_count;

    for (size_t i = 0; i < count; i++) {
        processes[i].parent = parent_of(snapshot, &processes[i]);
        processes[i].first_child = processes[i].next_sibling = SNAPSHOT_NONE;
    }
    cut_circles(processes, count);
    for (size_t i = count; i-- > 0;) { /* backwards, so that children are in order */
        uint32_t parent = processes[i].parent;
        if (parent != SNAPSHOT_NONE) {
            processes[i].next_sibling = processes[parent].first_child;
            processes[parent].first_child = (uint32_t)i;
        }
    }
}
