/* explain: texts in plain sentences, one a thing. */
#ifndef NSTUI_UI_EXPLAIN_H
#define NSTUI_UI_EXPLAIN_H

#include "nstui/types.h"

struct explain_type {
    const char *one;   /* "A uts namespace holds two names: the hostname and the domain name." */
    const char *brief; /* the same in one line of 78 columns */
    const char *own;   /* what it means for a process to have its own */
    const char *host;  /* what it means to share the host's */
    const char *more;  /* a few sentences for key e */
    const char *see;   /* how to see it in a shell */
};

extern const struct explain_type explain_types[NS_TYPES];

/* The columns of the namespaces' list, in plain sentences. */
extern const char explain_columns[];

#endif
