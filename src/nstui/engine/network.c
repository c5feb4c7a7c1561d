/* A network of its own: a veth pair, one end in a bridge of the host's, the other in the container with
 * an address and a route. veth(4). */
#include "private.h"

int network_check(struct spec *spec, struct err *err)
{
    (void)spec, (void)err;
    return 0;
}

void network_plan(struct steps *steps, const struct spec *spec)
{
    (void)steps, (void)spec;
}

void network_plan_child(struct steps *steps, const struct spec *spec)
{
    (void)steps, (void)spec;
}

int parent_network(struct launch *launch, const struct step *step, struct err *err)
{
    (void)launch, (void)step, (void)err;
    return 0;
}

int step_address(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup, (void)step, (void)err;
    return 0;
}
