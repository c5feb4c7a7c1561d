/* Paths in there that are covered with something empty or become read-only, and sysctls. */
#include "private.h"

int paths_check(struct spec *spec, struct err *err)
{
    (void)spec, (void)err;
    return 0;
}

int paths_plan(struct steps *steps, const struct spec *spec, struct err *err)
{
    (void)steps, (void)spec, (void)err;
    return 0;
}

int step_mask(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup, (void)step, (void)err;
    return 0;
}

int step_sysctl(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup, (void)step, (void)err;
    return 0;
}

int step_root_read_only(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup, (void)step, (void)err;
    return 0;
}
