/* hostname: the names that a uts namespace has now, for the one under the cursor. They lie in no file
 * that may be read from outside, so a child looks (nstui/look.h): seldom, one at a time. */
#ifndef NSTUI_UI_HOSTNAME_H
#define NSTUI_UI_HOSTNAME_H

#include "../app.h"

struct hostname {
    struct app *app;
    uint64_t known;  /* inode of the namespace whose names these are, 0: none */
    uint64_t asked;  /* of the one that is being looked at, 0: none */
    uint64_t tried;  /* of the last one that was */
    int64_t next_ms; /* which is not looked at again before */
    char name[80], domain[80];
};

/* Four times a second, with the uts namespace under the cursor, null where it is none: looks where
 * that is due. */
void hostname_tick(struct hostname *hostname, const struct namespace *space, int64_t now_ms);

/* The hostname in a namespace, null where it is not known (yet). */
const char *hostname_of(const struct hostname *hostname, const struct namespace *space);

/* The host's own; false where we are not in its uts namespace ourselves. */
bool hostname_of_host(const struct app *app, char *text, size_t size);

#endif
