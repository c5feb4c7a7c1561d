/* What the files of the model share: how a snapshot owns its parts, and the table of identities. */
#ifndef NSTUI_MODEL_PRIVATE_H
#define NSTUI_MODEL_PRIVATE_H

#include "nstui/model.h"

#include <stdatomic.h>

/* Strings that live and die together; pointers into it stay where they are. */
struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    char bytes[];
};

struct arena {
    struct arena_chunk *chunks;
};

const char *arena_add(struct arena *arena, const char *string);
void arena_free(struct arena *arena);

/* A snapshot as it lies in memory: what the world sees comes first. */
struct snapshot_owned {
    struct snapshot public;
    atomic_uint holders;
    struct process *processes;
    struct namespace *namespaces;
    uint32_t *members; /* of all namespaces, one after the other */
    struct arena arena;
};

void snapshot_owned_free(struct snapshot_owned *owned);

/* (type, inode) -> index, open addressing; the values are indices of namespaces. */
struct identity_slot {
    uint64_t inode;
    uint32_t index;
    uint8_t type;
    bool used;
};

struct identity_table {
    struct identity_slot *slots;
    size_t size; /* a power of two */
    size_t count;
};

/* The place of the index of an identity; a new one holds SNAPSHOT_NONE. Valid until the next call.
 */
uint32_t *identity_table_at(struct identity_table *table, enum ns_type type, uint64_t inode);
void identity_table_free(struct identity_table *table);

/* Finds whose namespaces are the host's, from sorted processes. */
void snapshot_find_host(struct snapshot *snapshot, const uint64_t ours[NS_TYPES]);

/* parent, first_child and next_sibling of sorted processes. */
void snapshot_link_tree(const struct snapshot *snapshot, struct process *processes);

#endif
