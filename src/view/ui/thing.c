/* thing: what the cursor stands on, in words. Pure; called wherever a thing is named. */
#include "thing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

char *thing_describe(const struct thing *thing, char *text, size_t size)
{
    const char *of = thing->name[0] != '\0' ? " of " : "";
    switch (thing->kind) {
    case THING_NAMESPACE:
        if (thing->host)
            snprintf(text, size, "%s:[%" PRIu64 "] of the host", ns_types[thing->type].name,
                     thing->inode);
        else
            snprintf(text, size, "%s:[%" PRIu64 "]%s%s", ns_types[thing->type].name, thing->inode,
                     of, thing->name);
        break;
    case THING_PROCESS:
        snprintf(text, size, "process %d %s%s%s", (int)thing->pid, thing->command, of, thing->name);
        break;
    case THING_SESSION:
        snprintf(text, size, "%s", thing->name);
        break;
    case THING_NONE:
        snprintf(text, size, "nothing");
        break;
    }
    return text;
}

char *thing_target(const struct thing *thing, char *text, size_t size)
{
    if (thing->kind == THING_SESSION && thing->ours)
        snprintf(text, size, "%s", thing->name);
    else if (thing->kind == THING_NAMESPACE)
        snprintf(text, size, "%s:[%" PRIu64 "]", ns_types[thing->type].name, thing->inode);
    else
        snprintf(text, size, "%d", (int)thing->pid);
    return text;
}

bool thing_equal(const struct thing *left, const struct thing *right)
{
    if (left->kind != right->kind)
        return false;
    switch (left->kind) {
    case THING_NAMESPACE:
        return left->type == right->type && left->inode == right->inode;
    case THING_PROCESS:
        return left->pid == right->pid && left->start_time == right->start_time;
    case THING_SESSION:
        return strcmp(left->name, right->name) == 0;
    case THING_NONE:
        break;
    }
    return true;
}
