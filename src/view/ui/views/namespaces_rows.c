/* namespaces_rows: see namespaces_rows.h. Called by views/namespaces.c at each snapshot and each key
 * that folds or filters. */
#include "namespaces_rows.h"

#include "nstui/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rows_free(struct rows *rows)
{
    free(rows->items);
    free(rows->opened);
    free(rows->ghosts);
    free(rows->changes);
    *rows = (struct rows){0};
}

/* ---- folding --------------------------------------------------------------------------- */

bool rows_is_open(const struct rows *rows, enum ns_type type, uint64_t inode)
{
    for (size_t i = 0; i < rows->opened_count; i++)
        if (rows->opened[i].type == type && rows->opened[i].inode == inode)
            return true;
    return false;
}

void rows_set_open(struct rows *rows, enum ns_type type, uint64_t inode, bool open)
{
    for (size_t i = 0; i < rows->opened_count; i++)
        if (rows->opened[i].type == type && rows->opened[i].inode == inode) {
            if (!open)
                rows->opened[i] = rows->opened[--rows->opened_count];
            return;
        }
    if (!open)
        return;
    array_grow(&rows->opened, rows->opened_count, &rows->opened_capacity, sizeof(*rows->opened));
    rows->opened[rows->opened_count++] = (struct opened){type, inode};
}

static bool set_bit(ns_set *set, enum ns_type type, bool on)
{
    ns_set before = *set;
    *set = on ? before | NS_BIT(type) : before & ~NS_BIT(type);
    return *set != before;
}

bool rows_fold(struct rows *rows, const struct row *row, bool open)
{
    switch (row->kind) {
    case ROW_HEAD:
        return row->sign != ' ' && set_bit(&rows->folded, row->type, !open);
    case ROW_OTHERS:
        return set_bit(&rows->others_open, row->type, open);
    case ROW_SPACE:
        if (row->sign == ' ' || rows_is_open(rows, row->type, row->inode) == open)
            return false;
        rows_set_open(rows, row->type, row->inode, open);
        return true;
    case ROW_MEMBER:
        break;
    }
    return false;
}

/* ---- births and deaths ------------------------------------------------------------------ */

/* Services that only have a mnt or uts of their own (LOOK 16): started by process 1 or the kernel,
 * on no terminal, in no container, and nobody in there is apart in anything else. */
static bool is_service(const struct snapshot *snapshot, const struct namespace *space)
{
    const struct process *leader = snapshot_leader(snapshot, space);
    if (leader == NULL || space->host || space->container != NULL || leader->tty != 0)
        return false;
    if (leader->ppid > 2 || leader->pid == 1)
        return false;
    for (size_t i = 0; i < space->member_count; i++) {
        ns_set differs = process_differs(snapshot, &snapshot->processes[space->members[i]]);
        if ((differs & ~(NS_BIT(NS_MNT) | NS_BIT(NS_UTS))) != 0)
            return false;
    }
    return true;
}

static void add_change(struct rows *rows, struct change change)
{
    array_grow(&rows->changes, rows->change_count, &rows->change_capacity, sizeof(*rows->changes));
    rows->changes[rows->change_count++] = change;
}

static void add_ghost(struct rows *rows, const struct snapshot *before,
                      const struct namespace *space, int64_t until_ms)
{
    const struct process *leader = snapshot_leader(before, space);
    size_t at = 0; /* a number that is used again may die again */
    while (at < rows->ghost_count &&
           (rows->ghosts[at].inode != space->inode || rows->ghosts[at].type != space->type))
        at++;
    if (at == rows->ghost_count) {
        array_grow(&rows->ghosts, at, &rows->ghost_capacity, sizeof(*rows->ghosts));
        rows->ghost_count++;
    }
    struct ghost *ghost = &rows->ghosts[at];
    *ghost = (struct ghost){.type = space->type,
                            .inode = space->inode,
                            .service = is_service(before, space),
                            .until_ms = until_ms};
    snprintf(ghost->leader, sizeof(ghost->leader), "%s", leader != NULL ? leader->comm : "-");
    snprintf(ghost->owner, sizeof(ghost->owner), "%s",
             space->owner_name != NULL ? space->owner_name : "-");
    snprintf(ghost->name, sizeof(ghost->name), "%s",
             space->container != NULL ? space->container : "");
}

void rows_note_changes(struct rows *rows, const struct snapshot *before,
                       const struct snapshot *after, const struct snapshot_diff *diff,
                       int64_t now_ms)
{
    int64_t until = now_ms + CHANGE_SHOWN_MS;
    for (size_t i = 0; i < diff->died_count; i++)
        add_ghost(rows, before, &before->namespaces[diff->died[i]], until);
    for (size_t i = 0; i < diff->born_count; i++) {
        const struct namespace *space = &after->namespaces[diff->born[i]];
        add_change(rows, (struct change){'+', space->type, space->inode, 0, until});
    }
    for (size_t i = 0; i < diff->move_count; i++) {
        const struct snapshot_move *move = &diff->moves[i];
        pid_t pid = after->processes[move->after].pid;
        add_change(rows, (struct change){'~', move->type, 0, pid, until});
    }
    for (size_t i = 0; i < diff->started_count; i++) {
        pid_t pid = after->processes[diff->started[i]].pid;
        add_change(rows, (struct change){'+', NS_TYPES, 0, pid, until});
    }
}

bool rows_forget_changes(struct rows *rows, int64_t now_ms, uint64_t keep)
{
    size_t ghosts = 0, changes = 0;
    for (size_t i = 0; i < rows->ghost_count; i++)
        if (rows->ghosts[i].until_ms > now_ms || rows->ghosts[i].inode == keep)
            rows->ghosts[ghosts++] = rows->ghosts[i];
    for (size_t i = 0; i < rows->change_count; i++)
        if (rows->changes[i].until_ms > now_ms)
            rows->changes[changes++] = rows->changes[i];
    bool forgot = ghosts != rows->ghost_count || changes != rows->change_count;
    rows->ghost_count = ghosts;
    rows->change_count = changes;
    return forgot;
}

static char change_of(const struct rows *rows, enum ns_type type, uint64_t inode, pid_t pid)
{
    for (size_t i = 0; i < rows->change_count; i++) {
        const struct change *change = &rows->changes[i];
        if (change->inode != 0 ? change->inode == inode && change->type == type && pid == 0
                               : change->pid == pid && pid != 0 &&
                                     (change->type == type || change->type == NS_TYPES))
            return change->sign;
    }
    return ' ';
}

/* ---- matching -------------------------------------------------------------------------- */

static bool process_has_word(const struct process *process, const char *word)
{
    struct filter_facts facts = {.pid = process->pid,
                                 .texts = {process->comm, process->user, process->container}};
    return filter_word_matches(word, &facts);
}

/* A namespace matches by itself or by any of its members. */
static bool space_matches(const struct snapshot *snapshot, const struct namespace *space,
                          const struct filter *filter)
{
    struct filter_facts facts = {
        .has_type = true,
        .type = space->type,
        .inode = space->inode,
        .texts = {space->container, space->owner_name, space->host ? "(host)" : NULL}};
    const struct process *leader = snapshot_leader(snapshot, space);
    for (size_t i = 0; i < filter->count; i++) {
        const char *word = filter->words[i];
        if (filter_word_matches(word, &facts))
            continue;
        bool found = leader != NULL && process_has_word(leader, word);
        /* The host's members are everything: there the leader alone stands for it. */
        for (size_t j = 0; !space->host && !found && j < space->member_count; j++)
            found = process_has_word(&snapshot->processes[space->members[j]], word);
        if (!found)
            return false;
    }
    return true;
}

bool row_matches(const struct row *row, const struct filter *filter,
                 const struct snapshot *snapshot)
{
    if (row->kind == ROW_MEMBER) {
        struct filter_facts facts = {
            .pid = row->process->pid,
            .texts = {row->process->comm, row->process->user, row->process->container}};
        return filter_matches(filter, &facts);
    }
    return row->space != NULL && space_matches(snapshot, row->space, filter);
}

/* ---- building -------------------------------------------------------------------------- */

static struct row *add_row(struct rows *rows, struct row row)
{
    array_grow(&rows->items, rows->count, &rows->capacity, sizeof(*rows->items));
    rows->items[rows->count] = row;
    return &rows->items[rows->count++];
}

static void add_members(struct rows *rows, const struct snapshot *snapshot,
                        const struct namespace *space)
{
    for (size_t i = 0; i < space->member_count; i++) {
        const struct process *process = &snapshot->processes[space->members[i]];
        add_row(rows, (struct row){.kind = ROW_MEMBER,
                                   .type = space->type,
                                   .inode = space->inode,
                                   .space = space,
                                   .process = process,
                                   .sign = ' ',
                                   .change = change_of(rows, space->type, 0, process->pid)});
    }
}

static void add_space(struct rows *rows, const struct snapshot *snapshot,
                      const struct namespace *space)
{
    bool open = rows_is_open(rows, space->type, space->inode);
    add_row(rows, (struct row){.kind = ROW_SPACE,
                               .type = space->type,
                               .inode = space->inode,
                               .space = space,
                               .process = snapshot_leader(snapshot, space),
                               .count = space->member_count,
                               .sign = space->member_count == 0 ? ' '
                                       : open                   ? '-'
                                                                : '+',
                               .change = change_of(rows, space->type, space->inode, 0)});
    if (open)
        add_members(rows, snapshot, space);
}

static void add_ghost_row(struct rows *rows, const struct ghost *ghost)
{
    add_row(rows, (struct row){.kind = ROW_SPACE,
                               .type = ghost->type,
                               .inode = ghost->inode,
                               .sign = ' ',
                               .change = '-',
                               .ghost = ghost});
}

/* A dead one is shown where it would be if it lived: not in a folded row of services, and only where
 * the filter lets it through. */
static bool ghost_is_shown(const struct rows *rows, const struct ghost *ghost)
{
    struct filter_facts facts = {.has_type = true,
                                 .type = ghost->type,
                                 .inode = ghost->inode,
                                 .texts = {ghost->leader, ghost->owner, ghost->name}};
    if (rows->filter.count > 0)
        return filter_matches(&rows->filter, &facts);
    return !ghost->service || (rows->others_open & NS_BIT(ghost->type)) != 0;
}

/* Ghosts of a type with inodes in (after, before): a dead row stays where it was. */
static void add_ghosts(struct rows *rows, enum ns_type type, uint64_t after, uint64_t before)
{
    for (size_t i = 0; i < rows->ghost_count; i++) {
        const struct ghost *ghost = &rows->ghosts[i];
        if (ghost->type == type && ghost->inode > after && ghost->inode < before &&
            ghost_is_shown(rows, ghost))
            add_ghost_row(rows, ghost);
    }
}

/* The services of a type: one row where there are two or more, then each where it is open. */
static void add_services(struct rows *rows, const struct snapshot *snapshot, enum ns_type type,
                         const struct namespace *const *services, size_t count)
{
    bool open = (rows->others_open & NS_BIT(type)) != 0;
    struct row all = {.kind = ROW_OTHERS, .type = type, .others = count, .change = ' '};
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        all.count += services[i]->member_count;
        if (change_of(rows, type, services[i]->inode, 0) == '+')
            all.change = '+';
    }
    all.process = snapshot_leader(snapshot, services[0]);
    all.sign = open ? '-' : '+';
    add_row(rows, all);
    rows->folded_services += open ? 0 : count;
    for (size_t i = 0; open && i < count; i++)
        add_space(rows, snapshot, services[i]);
}

static void add_head(struct rows *rows, const struct snapshot *snapshot, enum ns_type type,
                     const struct namespace *host, size_t below, bool folded)
{
    char sign = below == 0 ? ' ' : folded ? '+' : '-';
    add_row(rows, (struct row){.kind = ROW_HEAD,
                               .type = type,
                               .inode = host != NULL ? host->inode : snapshot->host[type],
                               .space = host,
                               .process = host != NULL ? snapshot_leader(snapshot, host) : NULL,
                               .count = host != NULL ? host->member_count : 0,
                               .hidden = folded ? below : 0,
                               .sign = sign,
                               .change = ' '});
    rows->shown_hosts++;
}

static bool has_ghosts(const struct rows *rows, enum ns_type type)
{
    for (size_t i = 0; i < rows->ghost_count; i++)
        if (rows->ghosts[i].type == type && ghost_is_shown(rows, &rows->ghosts[i]))
            return true;
    return false;
}

/* A dead one keeps its place among identities in their order; in another order it comes last. */
static void add_listed(struct rows *rows, const struct snapshot *snapshot, enum ns_type type,
                       const struct namespace *const *listed, size_t count)
{
    bool between = rows->order == ROWS_BY_IDENTITY && !rows->reverse;
    uint64_t last = 0;
    for (size_t i = 0; i < count; i++) {
        if (between)
            add_ghosts(rows, type, last, listed[i]->inode);
        last = listed[i]->inode;
        add_space(rows, snapshot, listed[i]);
    }
    add_ghosts(rows, type, between ? last : 0, UINT64_MAX);
}

static void build_type(struct rows *rows, const struct snapshot *snapshot, enum ns_type type)
{
    size_t start = snapshot->type_start[type], end = snapshot->type_start[type + 1];
    _cleanup_free_ const struct namespace **listed =
        xcalloc(2 * (end - start) + 1, sizeof(*listed));
    const struct namespace **services = listed + (end - start);
    size_t listed_count = 0, service_count = 0;
    const struct namespace *host = NULL;
    bool filtered = rows->filter.count > 0;
    bool host_matches = !filtered;
    for (size_t i = start; i < end; i++) {
        const struct namespace *space = &snapshot->namespaces[i];
        if (space->host) {
            host = space;
            host_matches = space_matches(snapshot, space, &rows->filter);
        } else if (filtered && !space_matches(snapshot, space, &rows->filter)) {
            continue;
        } else if (!filtered && is_service(snapshot, space)) {
            services[service_count++] = space;
        } else {
            listed[listed_count++] = space;
        }
    }
    if (service_count == 1) { /* one is not worth a fold */
        listed[listed_count++] = services[0];
        service_count = 0;
    }
    rows_sort(rows, snapshot, listed, listed_count);
    rows_sort(rows, snapshot, services, service_count);
    size_t below = listed_count + service_count;
    bool ghosts = has_ghosts(rows, type);
    bool folded = (rows->folded & NS_BIT(type)) != 0 && !filtered;
    rows->shown += below + (host != NULL && host_matches);
    bool nothing = below == 0 && !ghosts;
    if (nothing && (rows->only_different || (filtered && !host_matches)))
        return;
    if (!rows->only_different)
        add_head(rows, snapshot, type, host, below, folded);
    if (folded && !rows->only_different)
        return;
    add_listed(rows, snapshot, type, listed, listed_count);
    if (!rows->only_different)
        add_services(rows, snapshot, type, services, service_count);
}

void rows_build(struct rows *rows, const struct snapshot *snapshot)
{
    rows->count = rows->shown = rows->shown_hosts = rows->folded_services = 0;
    for (int type = 0; snapshot != NULL && type < NS_TYPES; type++)
        if ((snapshot->types & NS_BIT(type)) != 0)
            build_type(rows, snapshot, (enum ns_type)type);
}
