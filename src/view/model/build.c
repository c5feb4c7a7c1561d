/* build: from processes to a snapshot. Discovery adds processes, has them grouped, adds what it
 * knows of the namespaces that came of it, and takes the snapshot, which nobody changes from then
 * on. */
#include "nstui/base.h"
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct user_name {
    uid_t uid;
    const char *name;
};

struct snapshot_builder {
    struct snapshot_owned *owned;
    size_t process_capacity;
    size_t namespace_capacity;
    uint64_t ours[NS_TYPES];
    struct identity_table table;
    struct namespace_facts *relations;
    size_t relation_count, relation_capacity;
    struct user_name *users;
    size_t user_count, user_capacity;
};

struct snapshot_builder *snapshot_builder_new(void)
{
    struct snapshot_builder *builder = xcalloc(1, sizeof(*builder));

    builder->owned = xcalloc(1, sizeof(*builder->owned));
    atomic_init(&builder->owned->holders, 1);
    builder->owned->public.types = NS_ALL;
    builder->owned->public.source = "";
    return builder;
}

void snapshot_builder_free(struct snapshot_builder *builder)
{
    if (!builder) {
        return;
    }
    if (builder->owned) {
        snapshot_owned_free(builder->owned);
    }
    identity_table_free(&builder->table);
    free(builder->relations);
    free(builder->users);
    free(builder);
}

/* ---- what comes in before grouping ---------------------------------------------------------- */

/* A zombie shows pid and user at most. One whose leader alone has ended, while other threads of it
 * live, is read through them and knows more. */
static bool facts_are_zombie(const struct process_facts *facts)
{
    if (facts->state != 'Z' && facts->state != 'X') {
        return false;
    }
    for (int type = 0; type < NS_TYPES; type++) {
        if (type != NS_PID && type != NS_USER && facts->identities[type] != 0) {
            return false;
        }
    }
    return true;
}

void snapshot_builder_add_process(struct snapshot_builder *builder,
                                  const struct process_facts *facts)
{
    struct snapshot_owned *owned = builder->owned;
    size_t count = owned->public.process_count;

    array_grow(&owned->processes, count, &builder->process_capacity, sizeof(*owned->processes));
    struct process *process = &owned->processes[count];
    *process = (struct process){
        .pid = facts->pid,
        .ppid = facts->ppid,
        .uid = facts->uid,
        .start_time = facts->start_time,
        .state = facts->state,
        .zombie = facts_are_zombie(facts),
        .kernel_thread = facts->kernel_thread,
        .forbidden = facts->forbidden,
        .threads = facts->threads,
        .tty = facts->tty,
        .comm = arena_add(&owned->arena, facts->comm ? facts->comm : ""),
    };
    memcpy(process->identities, facts->identities, sizeof(process->identities));
    for (int type = 0; type < NS_TYPES; type++) {
        process->namespaces[type] = SNAPSHOT_NONE;
    }
    owned->public.processes = owned->processes;
    owned->public.process_count = count + 1;
}

void snapshot_builder_count_vanished(struct snapshot_builder *builder, size_t count)
{
    builder->owned->public.counts.vanished += count;
}

void snapshot_builder_set_kernel(struct snapshot_builder *builder, ns_set types,
                                 const uint64_t ours[NS_TYPES])
{
    builder->owned->public.types = types;
    memcpy(builder->ours, ours, sizeof(builder->ours));
}

void snapshot_builder_set_source(struct snapshot_builder *builder, const char *source)
{
    builder->owned->public.source = arena_add(&builder->owned->arena, source);
}

void snapshot_builder_set_time(struct snapshot_builder *builder, int64_t taken_ms,
                               int64_t taken_wall_s, int64_t duration_us, uint64_t number)
{
    struct snapshot *public = &builder->owned->public;

    public->taken_ms = taken_ms;
    public->taken_wall_s = taken_wall_s;
    public->duration_us = duration_us;
    public->number = number;
}

/* ---- grouping ------------------------------------------------------------------------------- */

static int compare_pids(const void *left, const void *right)
{
    const struct process *a = left, *b = right;

    return (a->pid > b->pid) - (a->pid < b->pid);
}

/* By pid, the last one that was added for each. */
static void sort_processes(struct snapshot_owned *owned)
{
    struct process *processes = owned->processes;
    size_t count = owned->public.process_count;
    bool sorted = true;

    for (size_t i = 1; i < count && sorted; i++) {
        sorted = processes[i - 1].pid < processes[i].pid;
    }
    if (sorted) {
        return;
    }
    /* glibc's qsort is a stable merge sort where memory allows, but nobody promises that. */
    for (size_t i = 0; i < count; i++) {
        processes[i].parent = (uint32_t)i;
    }
    qsort(processes, count, sizeof(*processes), compare_pids);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && processes[kept - 1].pid == processes[i].pid) {
            if (processes[i].parent > processes[kept - 1].parent) {
                processes[kept - 1] = processes[i];
            }
        } else {
            processes[kept++] = processes[i];
        }
    }
    owned->public.process_count = kept;
}

/* The index of an identity's namespace, which is appended where it is new. */
static uint32_t namespace_at(struct snapshot_builder *builder, enum ns_type type, uint64_t inode)
{
    struct snapshot_owned *owned = builder->owned;
    uint32_t *place = identity_table_at(&builder->table, type, inode);

    if (*place == SNAPSHOT_NONE) {
        size_t count = owned->public.namespace_count;
        array_grow(&owned->namespaces, count, &builder->namespace_capacity,
                   sizeof(*owned->namespaces));
        owned->namespaces[count] = (struct namespace){
            .type = type,
            .inode = inode,
            .host = owned->public.host[type] == inode,
            .leader = SNAPSHOT_NONE,
        };
        *place = (uint32_t)count;
        owned->public.namespaces = owned->namespaces;
        owned->public.namespace_count = count + 1;
    }
    return *place;
}

static int compare_namespaces(const void *left, const void *right)
{
    const struct namespace *a = left, *b = right;

    if (a->type != b->type) {
        return a->type < b->type ? -1 : 1;
    }
    if (a->host != b->host) {
        return a->host ? -1 : 1;
    }
    return (a->inode > b->inode) - (a->inode < b->inode);
}

/* Puts the namespaces into their order and the processes' indices right. */
static void sort_namespaces(struct snapshot_builder *builder)
{
    struct snapshot_owned *owned = builder->owned;
    struct snapshot *public = &owned->public;
    size_t count = public->namespace_count;

    if (count > 1) {
        qsort(owned->namespaces, count, sizeof(*owned->namespaces), compare_namespaces);
    }
    _cleanup_free_ uint32_t *moved_to = xcalloc(count + 1, sizeof(*moved_to));
    memset(public->type_start, 0, sizeof(public->type_start));
    for (size_t i = 0; i < count; i++) {
        const struct namespace *space = &owned->namespaces[i];
        uint32_t *place = identity_table_at(&builder->table, space->type, space->inode);
        moved_to[*place] = (uint32_t)i;
        *place = (uint32_t)i;
        public->type_start[space->type + 1]++;
    }
    for (int type = 0; type < NS_TYPES; type++) {
        public->counts.by_type[type] = public->type_start[type + 1];
        public->type_start[type + 1] += public->type_start[type];
    }
    for (size_t i = 0; i < public->process_count; i++) {
        for (int type = 0; type < NS_TYPES; type++) {
            uint32_t *index = &owned->processes[i].namespaces[type];
            *index = *index == SNAPSHOT_NONE ? SNAPSHOT_NONE : moved_to[*index];
        }
    }
}

/* One list of members a namespace, all in one piece of memory, ascending by pid. */
static void list_members(struct snapshot_owned *owned)
{
    struct snapshot *public = &owned->public;
    size_t total = 0;

    for (size_t i = 0; i < public->namespace_count; i++) {
        total += owned->namespaces[i].member_count;
    }
    owned->members = xcalloc(total + 1, sizeof(*owned->members));
    _cleanup_free_ uint32_t **ends = xcalloc(public->namespace_count + 1, sizeof(*ends));
    uint32_t *next = owned->members;
    for (size_t i = 0; i < public->namespace_count; i++) {
        owned->namespaces[i].members = ends[i] = next;
        next += owned->namespaces[i].member_count;
    }
    for (size_t i = 0; i < public->process_count; i++) {
        for (int type = 0; type < NS_TYPES; type++) {
            uint32_t index = owned->processes[i].namespaces[type];
            if (index != SNAPSHOT_NONE) {
                *ends[index]++ = (uint32_t)i;
            }
        }
    }
}

/* The top of the tree that the members form: a process that was sent in later (nsenter) is a top
 * too, but younger, and an orphan that process 1 took over is younger as well. */
static uint32_t leader_of(const struct snapshot *snapshot, const struct namespace *space,
                          uint32_t index)
{
    uint32_t leader = SNAPSHOT_NONE;

    for (size_t i = 0; i < space->member_count; i++) {
        const struct process *member = &snapshot->processes[space->members[i]];
        if (member->parent != SNAPSHOT_NONE &&
            snapshot->processes[member->parent].namespaces[space->type] == index) {
            continue;
        }
        if (leader == SNAPSHOT_NONE ||
            member->start_time < snapshot->processes[leader].start_time) {
            leader = space->members[i];
        }
    }
    return leader;
}

const struct snapshot *snapshot_builder_group(struct snapshot_builder *builder)
{
    struct snapshot_owned *owned = builder->owned;
    struct snapshot *public = &owned->public;

    sort_processes(owned);
    snapshot_find_host(public, builder->ours);
    snapshot_link_tree(public, owned->processes);
    for (size_t i = 0; i < public->process_count; i++) {
        struct process *process = &owned->processes[i];
        public->counts.forbidden += process->forbidden;
        public->counts.zombies += process->zombie;
        public->counts.kernel_threads += process->kernel_thread;
        for (int type = 0; type < NS_TYPES && !process->zombie; type++) {
            if (process->identities[type] != 0) {
                uint32_t index =
                    namespace_at(builder, (enum ns_type)type, process->identities[type]);
                process->namespaces[type] = index;
                owned->namespaces[index].member_count++;
            }
        }
    }
    sort_namespaces(builder);
    list_members(owned);
    for (size_t i = 0; i < public->namespace_count; i++) {
        owned->namespaces[i].leader = leader_of(public, &owned->namespaces[i], (uint32_t)i);
    }
    return public;
}

/* ---- what comes in after grouping ------------------------------------------------------------ */

void snapshot_builder_relate(struct snapshot_builder *builder, const struct namespace_facts *facts)
{
    array_grow(&builder->relations, builder->relation_count, &builder->relation_capacity,
               sizeof(*builder->relations));
    builder->relations[builder->relation_count++] = *facts;
}

void snapshot_builder_name_user(struct snapshot_builder *builder, uid_t uid, const char *name)
{
    array_grow(&builder->users, builder->user_count, &builder->user_capacity,
               sizeof(*builder->users));
    builder->users[builder->user_count++] =
        (struct user_name){uid, arena_add(&builder->owned->arena, name)};
}

void snapshot_builder_set_uid(struct snapshot_builder *builder, uint32_t process, uid_t uid)
{
    builder->owned->processes[process].uid = uid;
}

void snapshot_builder_pid_inside(struct snapshot_builder *builder, uint32_t process, pid_t pid)
{
    builder->owned->processes[process].pid_inside = pid;
}

void snapshot_builder_container_tree(struct snapshot_builder *builder, uint32_t process,
                                     const char *name)
{
    struct process *processes = builder->owned->processes;
    const char *owned_name = arena_add(&builder->owned->arena, name);
    uint32_t at = process;

    for (;;) { /* down first, then to the side, up where there is no more side */
        processes[at].container = owned_name;
        if (processes[at].first_child != SNAPSHOT_NONE) {
            at = processes[at].first_child;
            continue;
        }
        while (at != process && processes[at].next_sibling == SNAPSHOT_NONE) {
            at = processes[at].parent;
        }
        if (at == process) {
            return;
        }
        at = processes[at].next_sibling;
    }
}

void snapshot_builder_container_members(struct snapshot_builder *builder, uint32_t space,
                                        const char *name)
{
    const struct namespace *group = &builder->owned->namespaces[space];
    const char *owned_name = arena_add(&builder->owned->arena, name);

    for (size_t i = 0; i < group->member_count; i++) {
        builder->owned->processes[group->members[i]].container = owned_name;
    }
}

/* ---- the end --------------------------------------------------------------------------------- */

static int compare_users(const void *left, const void *right)
{
    const struct user_name *a = left, *b = right;

    return (a->uid > b->uid) - (a->uid < b->uid);
}

static const char *user_name(struct snapshot_builder *builder, uid_t uid)
{
    struct user_name key = {.uid = uid};
    const struct user_name *user = builder->user_count == 0
                                       ? NULL
                                       : bsearch(&key, builder->users, builder->user_count,
                                                 sizeof(*builder->users), compare_users);
    if (user) {
        return user->name;
    }
    char number[24];
    snprintf(number, sizeof(number), "%u", uid);
    return arena_add(&builder->owned->arena, number);
}

static void apply_relations(struct snapshot_builder *builder)
{
    /* First all that are named, so that no index moves below; then what is said of them. */
    for (size_t i = 0; i < builder->relation_count; i++) {
        const struct namespace_facts *facts = &builder->relations[i];
        namespace_at(builder, facts->type, facts->inode);
        if (facts->owner != 0) {
            namespace_at(builder, NS_USER, facts->owner);
        }
        if (facts->parent != 0) {
            namespace_at(builder, facts->type, facts->parent);
        }
    }
    for (size_t i = 0; i < builder->relation_count; i++) {
        const struct namespace_facts *facts = &builder->relations[i];
        struct namespace *space =
            &builder->owned->namespaces[namespace_at(builder, facts->type, facts->inode)];
        space->id = facts->id;
        space->owner = facts->owner;
        space->parent = facts->parent;
        space->owner_uid_known = facts->owner_uid_known;
        space->owner_uid = facts->owner_uid;
    }
    /* The kernel says who made a user namespace; what it owns is his by that. */
    for (size_t i = 0; i < builder->owned->public.namespace_count; i++) {
        struct namespace *space = &builder->owned->namespaces[i];
        if (!space->owner_uid_known && space->owner != 0) {
            const struct namespace *owner =
                &builder->owned->namespaces[namespace_at(builder, NS_USER, space->owner)];
            space->owner_uid_known = owner->owner_uid_known;
            space->owner_uid = owner->owner_uid;
        }
        if (space->owner_uid_known) {
            space->owner_name = user_name(builder, space->owner_uid);
        }
    }
    sort_namespaces(builder);
}

struct snapshot *snapshot_builder_finish(struct snapshot_builder *builder)
{
    struct snapshot_owned *owned = builder->owned;

    if (builder->user_count > 1) {
        qsort(builder->users, builder->user_count, sizeof(*builder->users), compare_users);
    }
    apply_relations(builder);
    for (size_t i = 0; i < owned->public.process_count; i++) {
        struct process *process = &owned->processes[i];
        bool as_before = i > 0 && process[-1].uid == process->uid;
        process->user = as_before ? process[-1].user : user_name(builder, process->uid);
    }
    for (size_t i = 0; i < owned->public.namespace_count; i++) {
        struct namespace *space = &owned->namespaces[i];
        if (space->leader != SNAPSHOT_NONE && !space->host) {
            space->container = owned->processes[space->leader].container;
        }
    }
    builder->owned = NULL;
    snapshot_builder_free(builder);
    return &owned->public;
}
