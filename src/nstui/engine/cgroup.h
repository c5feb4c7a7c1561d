/* What limits.c, cgroup.c, cgroup_end.c and outside.c share: one cgroup of ours, in one or several
 * hierarchies. */
#ifndef NSTUI_ENGINE_CGROUP_H
#define NSTUI_ENGINE_CGROUP_H

#include "nstui/cgroups.h"
#include "private.h"

/* Its directory in one hierarchy. */
struct cgroup_place {
    int fd;
    bool v2;
    unsigned controllers;
    char *path; /* of the directory, for messages */
};

struct cgroup {
    struct cgroup_place *places;
    size_t count, capacity;
};

void cgroup_close(struct cgroup *cgroup);
#define _cleanup_cgroup_ __attribute__((cleanup(cgroup_close)))

/* Makes base/leaf in each hierarchy that has one of the controllers: needs must be had, wants are taken
 * where they are to be had. base NULL: "nstui", from the root of the hierarchy; without root below the
 * nearest cgroup that is the caller's. Also after a failure cgroup_remove() is the caller's to call. */
int cgroup_make(struct kernel *kernel, const char *base, const char *leaf, unsigned needs,
                unsigned wants, struct cgroup *cgroup, struct err *err);

/* The place that has a controller; NULL: none. */
const struct cgroup_place *cgroup_find(const struct cgroup *cgroup,
                                       enum cgroup_controller controller);

/* Writes a file of it; -1 with errno. */
int cgroup_write(const struct cgroup_place *place, const char *file, const char *value);

/* Moves a process into it, in every hierarchy. */
int cgroup_enter(const struct cgroup *cgroup, pid_t pid, struct err *err);

/* ---- cgroup_end.c ------------------------------------------------------------------------ */

/* Opens the cgroups that bear a tag, wherever they lie. None is fine. */
void cgroup_search(const char *tag, struct cgroup *cgroup);

/* Ends every process in the cgroups of a tag and removes them, and "nstui" where it was the last. -1
 * and a sentence where one stays. */
int cgroup_remove(const char *tag, struct err *err);

/* Removes the directories above a path, from below, as long as they are empty and ours: the name says
 * so, or the mark. */
void cgroup_parents_remove(const char *path);

/* A directory that was made by us and has no name that tells it. xattr(7) */
void cgroup_mark(int fd);
bool cgroup_is_marked(int fd);

#define CGROUP_BASE "nstui"

#endif
