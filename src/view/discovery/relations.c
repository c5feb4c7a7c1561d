/* relations: who owns a namespace and what it is nested in, asked of the kernel by ioctl_ns(2) on the
 * file of one member. Called by the scanner after grouping. An answer is kept as long as the same
 * process leads the namespace: an inode number is used again as soon as it is free.
 *
 * Owners and parents that no process is in any more are followed through the descriptors that the
 * kernel hands out, so that they show as namespaces without members. What lies above our own user or
 * pid namespace the kernel does not tell (EPERM): not known. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, uint64_t) /* Linux 6.18 */
#endif

#define MEMBERS_TRIED 8 /* a leader may end, or forbid, while others do not */

struct relation {
    struct namespace_facts facts;
    pid_t leader; /* 0: hidden */
    uint64_t leader_start;
};

struct relation_list {
    struct relation *items;
    size_t count, capacity;
    struct key_table table; /* (type, inode) */
};

struct relations {
    struct relation_list before; /* of the last look */
    struct relation_list now;
    bool no_ids; /* this kernel has no NS_GET_ID */
};

struct relations *relations_new(void)
{
    return xcalloc(1, sizeof(struct relations));
}

static void relation_list_free(struct relation_list *list)
{
    free(list->items);
    key_table_free(&list->table);
    *list = (struct relation_list){0};
}

void relations_free(struct relations *relations)
{
    if (relations) {
        relation_list_free(&relations->before);
        relation_list_free(&relations->now);
        free(relations);
    }
}

static const struct relation *relation_find(const struct relation_list *list, enum ns_type type,
                                            uint64_t inode)
{
    size_t index = key_table_find(&list->table, type, inode);

    return index == KEY_NONE ? NULL : &list->items[index];
}

static void relation_keep(struct relation_list *list, const struct relation *relation)
{
    size_t *place = key_table_at(&list->table, relation->facts.type, relation->facts.inode);

    if (*place != KEY_NONE) {
        list->items[*place] = *relation;
        return;
    }
    array_grow(&list->items, list->count, &list->capacity, sizeof(*list->items));
    *place = list->count;
    list->items[list->count++] = *relation;
}

/* The inode behind a namespace's descriptor, 0 on failure. */
static uint64_t inode_of(int fd)
{
    struct stat status;

    return fd != -1 && fstat(fd, &status) == 0 ? status.st_ino : 0;
}

static void ask_hidden(struct relations *relations, const struct snapshot *view, int fd,
                       enum ns_type type, uint64_t inode);

/* Asks the kernel about the namespace behind fd, and about owners and parents without members. */
static void ask(struct relations *relations, const struct snapshot *view, int fd,
                struct relation *relation)
{
    struct namespace_facts *facts = &relation->facts;
    bool nests = facts->type == NS_USER || facts->type == NS_PID;

    /* ioctl's descriptors are close-on-exec by themselves. */
    _cleanup_close_ int owner = ioctl(fd, NS_GET_USERNS);
    _cleanup_close_ int parent = nests ? ioctl(fd, NS_GET_PARENT) : -1;
    facts->owner = inode_of(owner);
    facts->parent = inode_of(parent);
    if (facts->type == NS_USER) {
        facts->owner_uid_known = ioctl(fd, NS_GET_OWNER_UID, &facts->owner_uid) == 0;
    }
    if (!relations->no_ids && ioctl(fd, NS_GET_ID, &facts->id) == -1) {
        relations->no_ids = errno == ENOTTY || errno == EINVAL;
        facts->id = 0;
    }
    relation_keep(&relations->now, relation); /* before going up: it ends there */
    if (facts->owner != 0) {
        ask_hidden(relations, view, owner, NS_USER, facts->owner);
    }
    if (facts->parent != 0) {
        ask_hidden(relations, view, parent, facts->type, facts->parent);
    }
}

static void ask_hidden(struct relations *relations, const struct snapshot *view, int fd,
                       enum ns_type type, uint64_t inode)
{
    struct relation hidden = {.facts = {.type = type, .inode = inode}};

    /* Those with members are asked through them; what was asked in this look is fresh. */
    if (!snapshot_find_namespace(view, type, inode) &&
        !relation_find(&relations->now, type, inode)) {
        ask(relations, view, fd, &hidden);
    }
}

/* What was known before of a hidden one, and of those above it. A known child keeps them alive. */
static void keep_hidden(struct relations *relations, enum ns_type type, uint64_t inode)
{
    if (inode == 0 || relation_find(&relations->now, type, inode)) {
        return;
    }
    const struct relation *known = relation_find(&relations->before, type, inode);
    if (!known || known->leader != 0) {
        return;
    }
    relation_keep(&relations->now, known);
    keep_hidden(relations, NS_USER, known->facts.owner);
    keep_hidden(relations, type, known->facts.parent);
}

static int open_member(int proc_fd, const struct process *process, enum ns_type type)
{
    char path[48];

    snprintf(path, sizeof(path), "%d/ns/%s", process->pid, ns_types[type].name);
    return openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
}

static void relate_one(struct relations *relations, int proc_fd, const struct snapshot *view,
                       const struct namespace *space)
{
    const struct process *leader = snapshot_leader(view, space);
    const struct relation *known = relation_find(&relations->before, space->type, space->inode);

    if (!leader) {
        return;
    }
    if (known && known->leader == leader->pid && known->leader_start == leader->start_time) {
        struct relation kept = *known;
        relation_keep(&relations->now, &kept);
        keep_hidden(relations, NS_USER, kept.facts.owner);
        keep_hidden(relations, space->type, kept.facts.parent);
        return;
    }
    struct relation fresh = {.facts = {.type = space->type, .inode = space->inode},
                             .leader = leader->pid,
                             .leader_start = leader->start_time};
    _cleanup_close_ int fd = open_member(proc_fd, leader, space->type);
    for (size_t i = 0; inode_of(fd) != space->inode && i < MEMBERS_TRIED; i++) {
        if (i >= space->member_count) {
            break;
        }
        cleanup_close(&fd);
        fd = open_member(proc_fd, &view->processes[space->members[i]], space->type);
    }
    /* It may be another one by now, or be gone: then nothing is known of it. */
    if (inode_of(fd) == space->inode) {
        ask(relations, view, fd, &fresh);
    }
}

/* What the source has told needs no question. */
static void told_keep(struct relations *relations, const struct snapshot *view,
                      const struct namespace_facts *told)
{
    const struct namespace *space = snapshot_find_namespace(view, told->type, told->inode);
    const struct process *leader = space ? snapshot_leader(view, space) : NULL;
    struct relation relation = {.facts = *told,
                                .leader = leader ? leader->pid : 0,
                                .leader_start = leader ? leader->start_time : 0};

    relation_keep(&relations->now, &relation);
}

void relations_add(struct relations *relations, int proc_fd, const struct snapshot *view,
                   const struct namespace_facts *told, size_t told_count,
                   struct snapshot_builder *builder)
{
    for (size_t i = 0; i < told_count; i++) {
        told_keep(relations, view, &told[i]);
    }
    for (size_t i = 0; i < view->namespace_count; i++) {
        if (told_count > 0 &&
            relation_find(&relations->now, view->namespaces[i].type, view->namespaces[i].inode)) {
            continue;
        }
        relate_one(relations, proc_fd, view, &view->namespaces[i]);
    }
    for (size_t i = 0; i < relations->now.count; i++) {
        snapshot_builder_relate(builder, &relations->now.items[i].facts);
    }
    relation_list_free(&relations->before);
    relations->before = relations->now;
    relations->now = (struct relation_list){0};
}

void relations_name_owners(const struct relations *relations, struct people *people,
                           struct snapshot_builder *builder)
{
    for (size_t i = 0; i < relations->before.count; i++) {
        const struct namespace_facts *facts = &relations->before.items[i].facts;
        if (facts->owner_uid_known) {
            people_name_uid(people, facts->owner_uid, builder);
        }
    }
}
