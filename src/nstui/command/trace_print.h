/* How nstui trace prints: a table that grows line by line, or lines of JSON. */
#ifndef NSTUI_COMMAND_TRACE_PRINT_H
#define NSTUI_COMMAND_TRACE_PRINT_H

#include "nstui/trace.h"

/* What was asked for, and how far the printing is. Free it. */
struct printing {
    const char *session; /* its name; NULL: a program */
    bool json, verbose, failed;
    unsigned about; /* bits of enum trace_about; 0: all */
    int fd;

    size_t count, failures; /* of the calls that were wanted */
    int64_t last_ns;
    bool broken; /* nobody reads it any more */

    /* An exec that looks for its program on the PATH fails at each place but the last: one line. */
    struct trace tried; /* the first of such, at most one */
    size_t tries;
};

void printing_free(struct printing *printing);
#define _cleanup_printing_ __attribute__((cleanup(printing_free)))

/* Whether a call is among those that were asked for. */
bool printing_wants(const struct printing *printing, const struct trace_record *record);

/* One call of a program, now. */
void printing_call(struct printing *printing, const struct trace_record *record);

/* All calls of a session. */
void printing_session(struct printing *printing, const struct trace *trace);

/* What is held back, and how many it were. */
void printing_end(struct printing *printing);

#endif
