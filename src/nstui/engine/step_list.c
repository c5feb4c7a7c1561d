/* The list of steps, to which each part of a plan adds its own. */
#include <stdlib.h>

#include "private.h"

struct step *step_add(struct steps *steps, enum step_kind kind, enum step_who who)
{
    array_grow(&steps->items, steps->count, &steps->capacity, sizeof(struct step));
    struct step *step = &steps->items[steps->count++];
    *step = (struct step){.kind = kind, .who = who};
    return step;
}

struct step *step_add_child(struct steps *steps, enum step_kind kind, const char *source,
                            const char *target)
{
    struct step *step = step_add(steps, kind, STEP_CHILD);
    step->source = source ? xstrdup(source) : NULL;
    step->target = target ? xstrdup(target) : NULL;
    return step;
}

void steps_free(struct steps *steps)
{
    for (size_t at = 0; at < steps->count; at++) {
        free(steps->items[at].source);
        free(steps->items[at].target);
    }
    free(steps->items);
    *steps = (struct steps){0};
}

void cleanup_steps(void *steps)
{
    steps_free(steps);
}
