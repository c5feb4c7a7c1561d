/* A seccomp program: filter.c decides which and sets it, profile.c compiles it. Nothing else includes
 * this. */
#ifndef NSTUI_ENGINE_FILTER_H
#define NSTUI_ENGINE_FILTER_H

#include <linux/filter.h>

#include "private.h"

struct filter {
    struct sock_fprog program;
    unsigned flags; /* SECCOMP_FILTER_FLAG_* */
};

/* Compiles the JSON of an OCI linux.seccomp. filter->program.filter is the caller's to free, also on
 * failure. */
int profile_compile(const char *text, struct filter *filter, struct err *err);

#endif
