/* What the files of the trace view share: which calls are shown, and how they fold. */
#ifndef NSTUI_UI_VIEWS_TRACE_H
#define NSTUI_UI_VIEWS_TRACE_H

#include "nstui/state.h"
#include "nstui/trace.h"

enum trace_tab { TRACE_TAB_ALL, TRACE_TAB_MOUNTS, TRACE_TAB_IDS, TRACE_TAB_FAILED, TRACE_TABS };
extern const char *const trace_tab_names[TRACE_TABS];

/* One line of the list: one call, or neighbours of a kind folded into one. */
struct trace_row {
    size_t first, count; /* of records; more than one: a fold */
    bool unfolded;       /* it is the first of a fold that is open */
    bool inside;         /* it is one of an open fold */
};

struct trace_rows {
    struct trace_row *items;
    size_t count, capacity;
};

void trace_rows_free(struct trace_rows *rows);

/* Fills rows with what a tab shows. open: for each record whether the fold that begins with it is open;
 * as long as the trace. */
void trace_rows_fill(struct trace_rows *rows, const struct trace *trace, enum trace_tab tab,
                     const bool *open);

/* A row in words: `mount("/bin", "bin", ..)`, `14 mount points: mkdir, symlink`. The caller's. */
char *trace_row_call(const struct trace *trace, const struct trace_row *row);

/* Its result: "= 0", "EEXIST", "all 0". Returns buffer. */
char *trace_row_result(const struct trace *trace, const struct trace_row *row,
                       char buffer[TRACE_RESULT_SIZE]);

/* What a call does and why it stands there, in plain words; "" where nothing is known. */
const char *trace_explain(const struct trace_record *record);

/* What its error means in this place; "" where that is no more than strerror(3) says. */
const char *trace_explain_error(const struct trace_record *record);

/* The man page of a call, "mount(2)"; "" where none is known. */
const char *trace_manual(const struct trace_record *record, char buffer[32]);

#endif
