/* snapshot: holding, finding and comparing what one look saw. Called by everyone who shows
 * something, from any thread; it never changes a snapshot but for the count of its holders. */
#include "nstui/base.h"
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

static struct snapshot_owned *snapshot_own(const struct snapshot *snapshot)
{
    /* The public part is the first member, and we made it: no caller's const is broken. */
    return (struct snapshot_owned *)(uintptr_t)snapshot;
}

struct snapshot *snapshot_ref(const struct snapshot *snapshot)
{
    struct snapshot_owned *owned = snapshot_own(snapshot);
    atomic_fetch_add_explicit(&owned->holders, 1, memory_order_relaxed);
    return &owned->public;
}

void snapshot_unref(const struct snapshot *snapshot)
{
    if (!snapshot) {
        return;
    }
    struct snapshot_owned *owned = snapshot_own(snapshot);
    if (atomic_fetch_sub_explicit(&owned->holders, 1, memory_order_acq_rel) == 1) {
        snapshot_owned_free(owned);
    }
}

void snapshot_cleanup(const struct snapshot **snapshot)
{
    snapshot_unref(*snapshot);
}

void snapshot_owned_free(struct snapshot_owned *owned)
{
    free(owned->processes);
    free(owned->namespaces);
    free(owned->members);
    arena_free(&owned->arena);
    free(owned);
}

/* ---- finding ------------------------------------------------------------------------------- */

const struct namespace *snapshot_find_namespace(const struct snapshot *snapshot, enum ns_type type,
                                                uint64_t inode)
{
    size_t low = snapshot->type_start[type], high = snapshot->type_start[type + 1];

    /* The host's comes first, out of the order of the inodes. */
    if (low < high && snapshot->namespaces[low].host) {
        if (snapshot->namespaces[low].inode == inode) {
            return &snapshot->namespaces[low];
        }
        low++;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct namespace *space = &snapshot->namespaces[middle];
        if (space->inode == inode) {
            return space;
        }
        if (space->inode < inode) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct process *snapshot_find_process(const struct snapshot *snapshot, pid_t pid)
{
    size_t low = 0, high = snapshot->process_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct process *process = &snapshot->processes[middle];
        if (process->pid == pid) {
            return process;
        }
        if (process->pid < pid) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct process *snapshot_find_same_process(const struct snapshot *snapshot, pid_t pid,
                                                 uint64_t start_time)
{
    const struct process *process = snapshot_find_process(snapshot, pid);

    return process && (start_time == 0 || process->start_time == start_time) ? process : NULL;
}

const struct process *snapshot_leader(const struct snapshot *snapshot,
                                      const struct namespace *space)
{
    return space->leader == SNAPSHOT_NONE ? NULL : &snapshot->processes[space->leader];
}

const struct namespace *snapshot_namespace_of(const struct snapshot *snapshot,
                                              const struct process *process, enum ns_type type)
{
    uint32_t index = process->namespaces[type];

    return index == SNAPSHOT_NONE ? NULL : &snapshot->namespaces[index];
}

uint32_t snapshot_process_index(const struct snapshot *snapshot, const struct process *process)
{
    return (uint32_t)(process - snapshot->processes);
}

uint32_t snapshot_namespace_index(const struct snapshot *snapshot, const struct namespace *space)
{
    return (uint32_t)(space - snapshot->namespaces);
}

/* ---- what differs -------------------------------------------------------------------------- */

static ns_set identities_differ(const uint64_t left[NS_TYPES], const uint64_t right[NS_TYPES])
{
    ns_set set = 0;

    for (int type = 0; type < NS_TYPES; type++) {
        if (left[type] != 0 && right[type] != 0 && left[type] != right[type]) {
            set |= NS_BIT(type);
        }
    }
    return set;
}

ns_set process_differs(const struct snapshot *snapshot, const struct process *process)
{
    return identities_differ(snapshot->host, process->identities);
}

ns_set process_differs_from(const struct process *left, const struct process *right)
{
    return identities_differ(left->identities, right->identities);
}

ns_set process_known(const struct process *process)
{
    ns_set set = 0;

    for (int type = 0; type < NS_TYPES; type++) {
        set |= process->identities[type] != 0 ? NS_BIT(type) : 0;
    }
    return set;
}

/* ---- words --------------------------------------------------------------------------------- */

/* The terminals that people meet, by major number (Documentation/admin-guide/devices.txt). */
static const struct {
    unsigned int major, minor_first, minor_last;
    const char *name;
    unsigned int base; /* the number of minor_first */
} tty_names[] = {
    {4, 0, 63, "tty", 0},         {4, 64, 255, "ttyS", 0},     {5, 1, 1, "console", 0},
    {136, 0, 1048575, "pts/", 0}, {204, 64, 191, "ttyAMA", 0}, {188, 0, 255, "ttyUSB", 0},
    {166, 0, 255, "ttyACM", 0},   {229, 0, 255, "hvc", 0},
};

char *process_tty_name(const struct process *process, char *text, size_t size)
{
    unsigned int class = major(process->tty), number = minor(process->tty);

    if (process->tty == 0) {
        snprintf(text, size, "-");
        return text;
    }
    if (class > 136 && class <= 143) { /* further ptys, 256 a major number */
        number += (class - 136) * 256;
        class = 136;
    }
    for (size_t i = 0; i < array_length(tty_names); i++) {
        if (tty_names[i].major != class || number < tty_names[i].minor_first ||
            number > tty_names[i].minor_last) {
            continue;
        }
        if (tty_names[i].minor_first == tty_names[i].minor_last) {
            snprintf(text, size, "%s", tty_names[i].name);
        } else {
            snprintf(text, size, "%s%u", tty_names[i].name,
                     number - tty_names[i].minor_first + tty_names[i].base);
        }
        return text;
    }
    snprintf(text, size, "%u:%u", class, number);
    return text;
}

const char *host_origin_name(enum host_origin origin)
{
    static const char *const names[] = {
        [HOST_UNKNOWN] = "unknown",
        [HOST_OF_PID_1] = "process 1",
        [HOST_OF_INITIAL] = "the initial ones",
        [HOST_OF_OURS] = "our own",
    };
    return names[origin];
}

enum host_origin snapshot_host_origin(const struct snapshot *snapshot)
{
    enum host_origin weakest = HOST_OF_PID_1;

    for (int type = 0; type < NS_TYPES; type++) {
        if (!(snapshot->types & NS_BIT(type))) {
            continue;
        }
        enum host_origin origin = snapshot->host_origin[type];
        if (origin == HOST_UNKNOWN) {
            return HOST_UNKNOWN;
        }
        weakest = origin > weakest ? origin : weakest;
    }
    return weakest;
}
