/* split: how panes share the content of the screen: a tree whose leaves are panes. Knows no pane, only
 * that there are some. */
#ifndef NSTUI_UI_WIDGETS_SPLIT_H
#define NSTUI_UI_WIDGETS_SPLIT_H

#include "../draw.h"

enum split_way {
    SPLIT_AUTO,  /* beside each other where there is room for that, else below */
    SPLIT_RIGHT, /* asked for */
    SPLIT_BELOW,
};

struct split; /* a tree; null is an empty one */

/* Puts a leaf beside the leaf `at` (null, or not in there: beside all). */
void split_add(struct split **tree, void *at, void *leaf, enum split_way way);

/* Takes a leaf out; its neighbour gets the room. */
void split_remove(struct split **tree, const void *leaf);
void split_free(struct split **tree);

/* Calls each for every leaf with its rectangle, in reading order, and line for the column that stands
 * between two (may be null). */
void split_walk(const struct split *tree, struct box box,
                void (*each)(void *data, void *leaf, struct box box), void (*line)(struct box box),
                void *data);

#endif
