/* latest: the last births and deaths of namespaces, newest first, for the foot of a detail that stands
 * beside the list. What a snapshot's difference told, kept a little longer than the rows show it. */
#ifndef NSTUI_UI_LATEST_H
#define NSTUI_UI_LATEST_H

#include "detail.h"
#include "nstui/model.h"

#define LATEST_KEPT 8

struct latest {
    struct latest_event {
        int64_t at_s; /* wall clock */
        char sign;    /* '+' born, '-' died */
        enum ns_type type;
        uint64_t inode;
        pid_t pid;       /* its leader, 0: none */
        char leader[32]; /* raw */
    } events[LATEST_KEPT];
    size_t count;
};

/* Takes the difference over. */
void latest_note(struct latest *latest, const struct snapshot *before, const struct snapshot *after,
                 const struct snapshot_diff *diff);

/* Adds a rule and a line each; nothing where nothing has happened yet. */
void latest_tell(const struct latest *latest, struct detail *detail);

#endif
