/* The process between: enters pid and user namespaces that its child is to be born in, sets the
 * clocks of a new time namespace, and clones the child with CLONE_PARENT. */
#include <errno.h>

#include "private.h"

bool between_is_needed(const struct steps *steps)
{
    for (size_t at = 0; at < steps->count; at++) {
        if (steps->items[at].who == STEP_BETWEEN)
            return true;
    }
    return false;
}

pid_t between_clone(struct launch *launch, unsigned long flags, int *pidfd, struct err *err)
{
    (void)err;
    return kernel_clone(&launch->kernel, flags, pidfd);
}
