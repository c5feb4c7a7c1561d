/* host: whose namespaces are called the host's. Called by the builder once the processes are
 * sorted.
 *
 * Those of process 1 as we see it. Where it may not be read (no root; a supervisor with more rights
 * than root here) the initial namespaces are told by numbers that the kernel fixes
 * (include/linux/proc_ns.h, PROC_UTS_INIT_INO ..), but only if we see the initial pid namespace: in
 * a container without rights process 1 is the container's. Then those that we are in stand in. */
#include "private.h"

/* mnt and net have fixed numbers only in newer kernels (6.18); before, one of them may belong to
 * nobody. All lie below the first number that is given out freely (0xF0000000), so that none can
 * mean something else. */
static const struct {
    uint64_t inode;
    bool always;
} initial[NS_TYPES] = {
    [NS_MNT] = {0xEFFFFFF8u, false},   [NS_UTS] = {0xEFFFFFFEu, true},
    [NS_IPC] = {0xEFFFFFFFu, true},    [NS_PID] = {0xEFFFFFFCu, true},
    [NS_NET] = {0xEFFFFFF9u, false},   [NS_USER] = {0xEFFFFFFDu, true},
    [NS_CGROUP] = {0xEFFFFFFBu, true}, [NS_TIME] = {0xEFFFFFFAu, true},
};

static bool anyone_is_in(const struct snapshot *snapshot, enum ns_type type, uint64_t inode)
{
    for (size_t i = 0; i < snapshot->process_count; i++) {
        if (snapshot->processes[i].identities[type] == inode) {
            return true;
        }
    }
    return false;
}

void snapshot_find_host(struct snapshot *snapshot, const uint64_t ours[NS_TYPES])
{
    const struct process *first = snapshot_find_process(snapshot, 1);
    bool see_initial = ours[NS_PID] == initial[NS_PID].inode;

    for (int t = 0; t < NS_TYPES; t++) {
        enum ns_type type = (enum ns_type)t;
        if (!(snapshot->types & NS_BIT(type))) {
            continue;
        }
        if (first && first->identities[type] != 0) {
            snapshot->host[type] = first->identities[type];
            snapshot->host_origin[type] = HOST_OF_PID_1;
        } else if (see_initial &&
                   (initial[type].always || anyone_is_in(snapshot, type, initial[type].inode))) {
            snapshot->host[type] = initial[type].inode;
            snapshot->host_origin[type] = HOST_OF_INITIAL;
        } else if (ours[type] != 0) {
            snapshot->host[type] = ours[type];
            snapshot->host_origin[type] = HOST_OF_OURS;
        }
    }
}
