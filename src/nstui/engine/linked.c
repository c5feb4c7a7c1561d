/* What an nstui that is linked statically brings with it of the libraries of libraries.h. Linked by the
 * Makefile into such a one alone, and called by nobody: these references are its whole effect. */
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/route.h>
#include <seccomp.h>

#include "libraries.h"

#define REFERENCE(function) (void *)(function),

extern void *const engine_linked[];
void *const engine_linked[] = {LINK_FUNCTIONS(REFERENCE) SECCOMP_FUNCTIONS(REFERENCE)};
