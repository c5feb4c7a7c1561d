/* Which namespaces a list shows: asked by both of its forms. */
#include "private.h"

bool list_chosen(const struct snapshot *snapshot, const struct namespace *space,
                 const struct list_choice *choice)
{
    if (!(choice->types & NS_BIT(space->type))) {
        return false;
    }
    return !choice->process ||
           snapshot_namespace_of(snapshot, choice->process, space->type) == space;
}
