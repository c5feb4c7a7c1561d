/* split: a binary tree of rectangles. panes.c calls it. */
#include "split.h"

#include "nstui/base.h"

#include <stdlib.h>

#define BESIDE_COLUMNS 120 /* from here two shells of 60 fit */

struct split {
    void *leaf; /* null: two below */
    enum split_way way;
    struct split *first, *second;
};

static struct split *split_leaf(void *leaf)
{
    struct split *split = xcalloc(1, sizeof(*split));
    split->leaf = leaf;
    return split;
}

/* Where the leaf hangs, null where it does not. */
static struct split **split_find(struct split **tree, const void *leaf)
{
    struct split *split = *tree;
    if (split == NULL || leaf == NULL || split->leaf != NULL)
        return split != NULL && leaf != NULL && split->leaf == leaf ? tree : NULL;
    struct split **found = split_find(&split->first, leaf);
    return found != NULL ? found : split_find(&split->second, leaf);
}

void split_add(struct split **tree, void *at, void *leaf, enum split_way way)
{
    struct split **place = split_find(tree, at);
    if (place == NULL)
        place = tree;
    if (*place == NULL) {
        *place = split_leaf(leaf);
        return;
    }
    struct split *both = xcalloc(1, sizeof(*both));
    *both = (struct split){.way = way, .first = *place, .second = split_leaf(leaf)};
    *place = both;
}

void split_remove(struct split **tree, const void *leaf)
{
    struct split *split = *tree;
    if (split == NULL)
        return;
    if (split->leaf != NULL) {
        if (split->leaf == leaf)
            split_free(tree);
        return;
    }
    split_remove(&split->first, leaf);
    split_remove(&split->second, leaf);
    if (split->first != NULL && split->second != NULL)
        return;
    *tree = split->first != NULL ? split->first : split->second;
    free(split);
}

void split_free(struct split **tree)
{
    struct split *split = *tree;
    if (split == NULL)
        return;
    split_free(&split->first);
    split_free(&split->second);
    free(split);
    *tree = NULL;
}

static bool split_is_beside(const struct split *split, struct box box)
{
    if (split->way == SPLIT_AUTO)
        return box.columns >= BESIDE_COLUMNS;
    return split->way == SPLIT_RIGHT && box.columns >= 41;
}

void split_walk(const struct split *tree, struct box box,
                void (*each)(void *data, void *leaf, struct box box), void (*line)(struct box box),
                void *data)
{
    if (tree == NULL)
        return;
    if (tree->leaf != NULL) {
        each(data, tree->leaf, box);
        return;
    }
    struct box first = box, second = box;
    if (split_is_beside(tree, box)) {
        first.columns = (box.columns - 1) / 2;
        second.column += first.columns + 1;
        second.columns -= first.columns + 1;
        if (line != NULL)
            line((struct box){box.row, box.column + first.columns, box.rows, 1});
    } else {
        first.rows = box.rows / 2;
        second.row += first.rows;
        second.rows -= first.rows;
    }
    split_walk(tree->first, first, each, line, data);
    split_walk(tree->second, second, each, line, data);
}
