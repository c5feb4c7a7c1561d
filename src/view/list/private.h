/* What the two forms of the list share. */
#ifndef NSTUI_LIST_PRIVATE_H
#define NSTUI_LIST_PRIVATE_H

#include "nstui/base.h"
#include "nstui/model.h"

/* Which namespaces are shown. */
struct list_choice {
    ns_set types;                  /* those of these types */
    const struct process *process; /* and of this process alone; null: of all */
};

bool list_chosen(const struct snapshot *snapshot, const struct namespace *space,
                 const struct list_choice *choice);

#define LIST_COLUMNS_MAX 32

/* What the columns of a table are: indices into a table of them. */
struct list_columns {
    size_t items[LIST_COLUMNS_MAX];
    size_t count;
};

/* Reads "type,identity,procs"; the default where names is null. -1 with the names that there are. */
int list_columns_parse(const char *names, struct list_columns *columns, struct err *err);

/* Adds the table to text. width: cells of the terminal, 0: as wide as it needs. */
void list_table(const struct snapshot *snapshot, const struct list_choice *choice,
                const struct list_columns *columns, size_t width, bool utf8, struct text *text);

/* Adds the JSON to text. */
void list_json(const struct snapshot *snapshot, const struct list_choice *choice,
               struct text *text);

#endif
