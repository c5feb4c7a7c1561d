/* arena and identity_table: the two containers that the model is made of. Called by the builder;
 * they know nothing of processes. */
#include "private.h"

#include "nstui/base.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE_BYTES 16384

const char *arena_add(struct arena *arena, const char *string)
{
    size_t size = strlen(string) + 1;
    struct arena_chunk *chunk = arena->chunks;

    if (!chunk || chunk->size - chunk->used < size) {
        size_t room = size > CHUNK_SIZE_BYTES ? size : CHUNK_SIZE_BYTES;
        chunk = xmalloc(sizeof(*chunk) + room);
        chunk->next = arena->chunks;
        chunk->used = 0;
        chunk->size = room;
        arena->chunks = chunk;
    }
    char *place = chunk->bytes + chunk->used;
    memcpy(place, string, size);
    chunk->used += size;
    return place;
}

void arena_free(struct arena *arena)
{
    while (arena->chunks) {
        struct arena_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
}

static size_t identity_hash(enum ns_type type, uint64_t inode)
{
    /* Inodes are dense at the top of 32 bits: multiply to spread them. */
    uint64_t hash = (inode ^ ((uint64_t)type << 56)) * 0x9E3779B97F4A7C15u;
    return (size_t)(hash >> 20);
}

static void identity_table_grow(struct identity_table *table)
{
    struct identity_table larger = {.size = table->size ? table->size * 2 : 256};

    larger.slots = xcalloc(larger.size, sizeof(*larger.slots));
    for (size_t i = 0; i < table->size; i++) {
        const struct identity_slot *slot = &table->slots[i];
        if (slot->used) {
            *identity_table_at(&larger, (enum ns_type)slot->type, slot->inode) = slot->index;
        }
    }
    free(table->slots);
    *table = larger;
}

uint32_t *identity_table_at(struct identity_table *table, enum ns_type type, uint64_t inode)
{
    if ((table->count + 1) * 4 > table->size * 3) {
        identity_table_grow(table);
    }
    size_t mask = table->size - 1;
    size_t at = identity_hash(type, inode) & mask;

    while (table->slots[at].used) {
        if (table->slots[at].inode == inode && table->slots[at].type == type) {
            return &table->slots[at].index;
        }
        at = (at + 1) & mask;
    }
    table->slots[at] = (struct identity_slot){
        .inode = inode, .index = SNAPSHOT_NONE, .type = (uint8_t)type, .used = true};
    table->count++;
    return &table->slots[at].index;
}

void identity_table_free(struct identity_table *table)
{
    free(table->slots);
    *table = (struct identity_table){0};
}
