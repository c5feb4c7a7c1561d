/* The target of a join, found and held: join.c asks, target.c looks. Nothing else includes this. */
#ifndef NSTUI_ENGINE_TARGET_H
#define NSTUI_ENGINE_TARGET_H

#include "private.h"

/* Descriptors are owned, -1 where there is none. */
struct target {
    int handle;     /* what setns(2) takes: a pidfd, or a file of nsfs */
    int root;       /* O_PATH of its root directory */
    ns_set has;     /* the types that the handle leads to */
    ns_set differs; /* those of them that are not ours already */
    uint64_t bound; /* CapBnd: what its processes could have at most */
    bool is_pid;
    char words[64]; /* "pid 123", "net:[4026532609]": for sentences */
};

void target_clear(struct target *target);
void target_close(struct target *target);

/* Finds what join->pid or join->path names. A process that ends meanwhile is told, and never
 * another one that has got its pid. */
int target_open(const struct join *join, struct target *target, struct err *err);

#endif
