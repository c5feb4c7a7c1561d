/* key_table: from two numbers to a third, open addressing. What discovery remembers of namespaces
 * (type, inode), processes (pid, start time) and users is found through it. */
#include "private.h"

#include <stdlib.h>

static size_t key_hash(uint64_t first, uint64_t second)
{
    uint64_t hash = (first * 0x9E3779B97F4A7C15u) ^ (second * 0xC2B2AE3D27D4EB4Fu);

    return (size_t)(hash ^ (hash >> 29));
}

static void key_table_grow(struct key_table *table)
{
    struct key_table larger = {.size = table->size ? table->size * 2 : 64};

    larger.slots = xcalloc(larger.size, sizeof(*larger.slots));
    for (size_t i = 0; i < table->size; i++) {
        const struct key_slot *slot = &table->slots[i];
        if (slot->used) {
            *key_table_at(&larger, slot->first, slot->second) = slot->value;
        }
    }
    free(table->slots);
    *table = larger;
}

static struct key_slot *key_slot_of(const struct key_table *table, uint64_t first, uint64_t second)
{
    size_t mask = table->size - 1;
    size_t at = key_hash(first, second) & mask;

    while (table->slots[at].used &&
           (table->slots[at].first != first || table->slots[at].second != second)) {
        at = (at + 1) & mask;
    }
    return &table->slots[at];
}

size_t *key_table_at(struct key_table *table, uint64_t first, uint64_t second)
{
    if ((table->count + 1) * 4 > table->size * 3) {
        key_table_grow(table);
    }
    struct key_slot *slot = key_slot_of(table, first, second);
    if (!slot->used) {
        *slot = (struct key_slot){first, second, KEY_NONE, true};
        table->count++;
    }
    return &slot->value;
}

size_t key_table_find(const struct key_table *table, uint64_t first, uint64_t second)
{
    if (table->size == 0) {
        return KEY_NONE;
    }
    const struct key_slot *slot = key_slot_of(table, first, second);
    return slot->used ? slot->value : KEY_NONE;
}

void key_table_free(struct key_table *table)
{
    free(table->slots);
    *table = (struct key_table){0};
}
