/* What the files of this room share: the rows of the table, and how an argument reads. */
#ifndef NSTUI_CALLS_PRIVATE_H
#define NSTUI_CALLS_PRIVATE_H

#include "nstui/calls.h"

/* Bits and their names, greedy from the top: a name of several bits stands before its parts. */
struct flag_name {
    uint64_t value;
    const char *name;
};
struct flag_set {
    const struct flag_name *names;
    size_t count;
    bool is_choice;   /* one of the values, not bits */
    const char *zero; /* the name of none of them; NULL: "0" */
};
extern const struct flag_set flags_clone, flags_mount, flags_umount, flags_at, flags_execveat,
    flags_unlink, flags_open_tree, flags_move_mount, flags_fsopen, flags_fsconfig, flags_fsmount,
    flags_fspick, flags_mount_attr, flags_open, flags_propagation;

/* "MS_BIND|MS_REC", "0"; what has no name as 0x400. */
void flags_add(struct text *text, const struct flag_set *set, uint64_t value);

enum argument_kind {
    ARGUMENT_NONE, /* behind the last */
    ARGUMENT_FD,
    ARGUMENT_DIRFD, /* or AT_FDCWD */
    ARGUMENT_STRING,
    ARGUMENT_BYTES, /* the next argument is how many */
    ARGUMENT_NUMBER,
    ARGUMENT_SIZE,
    ARGUMENT_MODE,
    ARGUMENT_FLAGS,
    ARGUMENT_CLONE_FLAGS, /* the lowest byte is a signal */
    ARGUMENT_CLONE_ARGS,
    ARGUMENT_MOUNT_ATTR,
    ARGUMENT_OPEN_HOW,
    ARGUMENT_FSCONFIG, /* a string, where the command (argument 1) takes one */
    ARGUMENT_WORDS,
    ARGUMENT_VARIABLES,
};

struct argument {
    enum argument_kind kind;
    const struct flag_set *flags;
};

struct row {
    struct call_watch watch;
    const char *name;
    enum trace_about about;
    struct argument arguments[CALL_ARGUMENTS];
};

/* The row of a call; NULL where there is none. */
const struct row *row_find(long number);

#endif
