/* What nstui doctor --repair mends: mounts that are left on the host, by a program of the lab that forgot
 * to make its mounts private, or a script that laid out a root on shared mounts. Found by
 * repair_find.c and repair_proc.c, carried out by repair.c, shown by doctor.c. mount_table.c reads
 * the mounts, also where /proc is lost. */
#ifndef NSTUI_COMMAND_REPAIR_H
#define NSTUI_COMMAND_REPAIR_H

#include "private.h"

/* ---- mount_table.c ----------------------------------------------------------------------- */

/* One line of /proc/PID/mountinfo: proc(5). */
struct mount_line {
    int id, parent;
    unsigned major, minor;
    char *root;  /* which part of its file system it shows */
    char *point; /* where */
    char *type;
    unsigned peers; /* the group that it shares its mounts with; 0: it is private or a slave */
};
struct mount_table {
    struct mount_line *items;
    size_t count, capacity;
};

/* A folder of a /proc of our own pid namespace: the one that is mounted, or where that is lost a new
 * one that is mounted nowhere (root alone; fsopen(2)). The descriptor is the caller's. */
int proc_open_own(struct err *err);

int mount_table_read(int proc, struct mount_table *table, struct err *err);
void mount_table_free(struct mount_table *table);
#define _cleanup_mount_table_ __attribute__((cleanup(mount_table_free)))

/* The mount that one sees at a path, and the uppermost of those on a mount point; null where there is
 * none. */
const struct mount_line *mount_table_at(const struct mount_table *table, const char *path);
const struct mount_line *mount_table_top(const struct mount_table *table, const char *point);
const struct mount_line *mount_table_by_id(const struct mount_table *table, int id);
bool mount_table_has_child(const struct mount_table *table, int id);

/* Whether a path is another one, or lies below it. */
bool path_is_below(const char *path, const char *folder);

/* The mount points that somebody wants: those of fstab(5) and of systemd's mount units. */
void mounts_known_fill(struct strings *points);

/* ---- what is to be done ------------------------------------------------------------------ */

enum repair_kind {
    REPAIR_UMOUNT,
    REPAIR_MOUNT_PROC,
    REPAIR_SHARE, /* what a program has made private for good */
};
struct repair_act {
    enum repair_kind kind;
    int id; /* of the mount, REPAIR_UMOUNT */
    char *point;
    int depth; /* how many mounts it lies on */
    bool busy; /* umount(2) said so once */
    bool over; /* done, or left */
};
struct repair {
    struct repair_act *acts;
    size_t count, capacity;
    struct strings findings; /* a sentence each: what is wrong */
    struct strings left;     /* a sentence each: what looks wrong and is not touched, and why */
};

void repair_add(struct repair *repair, enum repair_kind kind, int id, const char *point);
void repair_free(struct repair *repair);
#define _cleanup_repair_ __attribute__((cleanup(repair_free)))

/* Looks for all of it; changes nothing. -1 where the mounts cannot be read. */
int repair_find(struct repair *repair, struct err *err);

/* A process that has a directory as its root, in whatever mount namespace, or in ours one below it; 0:
 * none. proc: of proc_open_own(). */
pid_t root_user(int proc, const char *root);

/* repair_proc.c: the part of /proc. */
void repair_find_proc(struct repair *repair, const struct mount_table *table, int proc);

/* An act as one would type it; the caller's. */
char *repair_line(const struct repair_act *act);

/* Carries it out in the order that is safest: what has nothing on it first; by force only what is busy,
 * in the end. Tells each by said. Returns how many could not be done. */
size_t repair_run(struct repair *repair, void (*said)(const char *line));

/* ---- remove_root.c ----------------------------------------------------------------------- */

/* Removes the root of an ended session with all that is in it; fine where it is gone already. -1 where
 * nstui has not made it, something is mounted at or below it, or somebody lives in it. */
int root_remove(const struct session_state *state, struct err *err);

#endif
