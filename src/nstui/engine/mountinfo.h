/* /proc/PID/mountinfo as a table: proc(5). For pin.c and standin.c alone. */
#ifndef NSTUI_ENGINE_MOUNTINFO_H
#define NSTUI_ENGINE_MOUNTINFO_H

#include "private.h"

/* One mount. Strings are owned. */
struct mount_row {
    int id, parent;
    char *device;     /* "8:1" */
    char *root;       /* which directory of its file system */
    char *point;      /* where it lies, as its reader sees it */
    char *filesystem; /* "ext4" */
    bool shared;      /* what is mounted below it is mounted elsewhere, too */
};

/* In the order of mounting. Start with {0}. */
struct mountinfo {
    struct mount_row *items;
    size_t count, capacity;
};

/* Reads what is text of mountinfo; lines that make no sense are passed over. */
void mountinfo_parse(const char *text, struct mountinfo *table);

/* Reads the one of our own mount namespace. */
int mountinfo_read(struct mountinfo *table, struct err *err);

/* The mount that a descriptor's file lies in; NULL: not in the table. */
const struct mount_row *mountinfo_of(const struct mountinfo *table, int fd);

const struct mount_row *mountinfo_find(const struct mountinfo *table, int id);

void mountinfo_free(struct mountinfo *table);
#define _cleanup_mountinfo_ __attribute__((cleanup(mountinfo_free)))

/* Whether path is folder or lies below it. */
bool path_is_within(const char *path, const char *folder);

#endif
