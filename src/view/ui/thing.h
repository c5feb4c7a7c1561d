/* thing: what the cursor stands on, as a value that outlives the snapshot it was taken from. Views
 * answer it, acts and dialogs take it; whoever uses it looks it up again in the newest snapshot,
 * since a process may have ended and a pid may mean another one by then. */
#ifndef NSTUI_UI_THING_H
#define NSTUI_UI_THING_H

#include "nstui/types.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum thing_kind {
    THING_NONE,
    THING_NAMESPACE,
    THING_PROCESS,
    THING_SESSION, /* a container of ours or one found; a joined or host shell of ours */
};

#define THING_NAME_SIZE 128

struct thing {
    enum thing_kind kind;
    enum ns_type type;          /* of a namespace */
    uint64_t inode;             /* of a namespace: as in /proc/PID/ns/TYPE */
    pid_t pid;                  /* of a process; the leader of a namespace, the init of a session;
                                   0: none */
    uint64_t start_time;        /* of pid, field 22 of /proc/PID/stat; 0: not known */
    bool host;                  /* it is of the host: nothing about it differs */
    bool ours;                  /* name is a session of nstui's own */
    char name[THING_NAME_SIZE]; /* the container or session it belongs to, printable; else "" */
    char command[64];           /* of pid, printable; else "" */
};

/* How a person calls it: `uts:[4026532561] of lab8`, `process 2214 bash`, `lab8`. Returns text. */
char *thing_describe(const struct thing *thing, char *text, size_t size);

/* As a TARGET of the command line: `lab8`, `2214`, `uts:[4026532561]`. Returns text. */
char *thing_target(const struct thing *thing, char *text, size_t size);

bool thing_equal(const struct thing *left, const struct thing *right);

#endif
