/* namespaces_rows: what the list of namespaces shows, row by row, made from a snapshot, from what is
 * folded and filtered, and from what was born or died within the last seconds. Knows no screen. */
#ifndef NSTUI_UI_NAMESPACES_ROWS_H
#define NSTUI_UI_NAMESPACES_ROWS_H

#include "filter.h"
#include "nstui/model.h"

/* How long a birth, a death, a move stays to be seen. */
#define CHANGE_SHOWN_MS 5000

enum row_kind {
    ROW_HEAD,   /* a type, with the host's own namespace of it */
    ROW_SPACE,  /* another namespace */
    ROW_OTHERS, /* services that have a namespace of their own and nothing else, in one row */
    ROW_MEMBER, /* a process in an opened namespace */
};

/* What the namespaces of a type are sorted by. */
enum rows_order {
    ROWS_BY_IDENTITY,
    ROWS_BY_PROCS,
    ROWS_BY_PID,
    ROWS_BY_LEADER,
    ROWS_BY_OWNER,
    ROWS_BY_NAME,
    ROWS_ORDERS,
};

/* How an order is told: its column, and what comes first, as it is and reversed. */
struct rows_order_words {
    const char *column, *first, *first_reversed;
};
extern const struct rows_order_words rows_orders[ROWS_ORDERS];

struct row {
    enum row_kind kind;
    enum ns_type type;
    uint64_t inode;                /* of the namespace; of a member: the one it is shown in */
    const struct namespace *space; /* null: OTHERS, one that died, a host's that we cannot see */
    const struct process *process; /* leader, or member; null: none */
    size_t count;                  /* members; of OTHERS the namespaces in `others` */
    size_t others;
    size_t hidden; /* of a folded HEAD: namespaces below it */
    char sign;     /* '-' unfolded, '+' folded, ' ' */
    char change;   /* '+' born, '-' died, '~' moved, ' ' */
    const struct ghost *ghost;
};

/* A namespace that died; kept until nobody needs to see it. */
struct ghost {
    enum ns_type type;
    uint64_t inode;
    bool service;
    char leader[32], owner[32], name[64]; /* raw */
    int64_t until_ms;
};

struct change {
    char sign;
    enum ns_type type;
    uint64_t inode; /* a namespace that was born; 0: a process */
    pid_t pid;
    int64_t until_ms;
};

struct opened {
    enum ns_type type;
    uint64_t inode;
};

struct rows {
    struct row *items;
    size_t count, capacity;
    size_t shown, shown_hosts; /* namespaces that passed the filter; rows of the host */
    size_t folded_services;

    /* What is folded. */
    ns_set folded;      /* types whose namespaces are not listed */
    ns_set others_open; /* types whose services are listed one by one */
    struct opened *opened;
    size_t opened_count, opened_capacity;
    bool only_different;
    enum rows_order order;
    bool reverse;
    struct filter filter;

    struct ghost *ghosts;
    size_t ghost_count, ghost_capacity;
    struct change *changes;
    size_t change_count, change_capacity;
};

void rows_free(struct rows *rows);

/* Takes births, deaths and moves over from the difference of two snapshots. */
void rows_note_changes(struct rows *rows, const struct snapshot *before,
                       const struct snapshot *after, const struct snapshot_diff *diff,
                       int64_t now_ms);

/* Forgets what is over, but for the ghost of `keep` (an inode, 0: none). True where something was. */
bool rows_forget_changes(struct rows *rows, int64_t now_ms, uint64_t keep);

/* Makes the rows anew. */
void rows_build(struct rows *rows, const struct snapshot *snapshot);

/* Sorts namespaces of one type as rows->order says (namespaces_order.c). */
void rows_sort(const struct rows *rows, const struct snapshot *snapshot,
               const struct namespace **spaces, size_t count);

/* Fold and unfold one row. False where there is nothing to do. */
bool rows_fold(struct rows *rows, const struct row *row, bool open);

bool rows_is_open(const struct rows *rows, enum ns_type type, uint64_t inode);
void rows_set_open(struct rows *rows, enum ns_type type, uint64_t inode, bool open);

/* True where a row matches a filter (find). */
bool row_matches(const struct row *row, const struct filter *filter,
                 const struct snapshot *snapshot);

#endif
