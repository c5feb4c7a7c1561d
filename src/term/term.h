/* What the files of nstui-term share. The way of a byte: main.c reads it, vet.c lets through what
 * libtsm understands, terminal.c feeds libtsm and writes the grid; sandbox.c took all rights
 * before.
 */
#ifndef NSTUI_TERM_H
#define NSTUI_TERM_H

#include "nstui/grid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- vet.c ----------------------------------------------------------------------------- */

#define VET_SEQUENCE_MAX 256

enum vet_state {
    VET_GROUND,
    VET_ESCAPE,     /* after ESC */
    VET_CSI,        /* after ESC [: collected whole */
    VET_CSI_IGNORE, /* too long or malformed: swallowed up to its end */
    VET_STRING,     /* OSC and its like, up to BEL or ESC */
    VET_C2,         /* after 0xc2: a C1 control may follow */
};

/* What vet found in the bytes besides text. */
struct vet_sink {
    void (*text)(void *data, const char *bytes, size_t length); /* for libtsm */
    void (*forget)(void *data);                                 /* the scrollback shall go */
    void *data;
};

/* One vet a terminal. Start with vet_start(). */
struct vet {
    struct vet_sink sink;
    enum vet_state state;
    enum vet_state back;   /* where VET_C2 came from */
    bool string_ends_bell; /* only an OSC ends with BEL */
    uint32_t modes;        /* enum grid_mode, but for the alternate screen */
    uint32_t bells;
    unsigned int columns; /* bounds how often a character may be repeated */
    size_t length;
    char sequence[VET_SEQUENCE_MAX]; /* ESC [ and what came behind it */
    size_t tail_length;
    char tail[8]; /* the last bytes of text, for REP */
};

void vet_start(struct vet *vet, const struct vet_sink *sink, unsigned int columns);

/* Takes any bytes, cut anywhere, and gives to the sink what libtsm shall see, in order. */
void vet_feed(struct vet *vet, const char *bytes, size_t length);

/* ---- terminal.c -------------------------------------------------------------------------- */

struct terminal;

/* Gives memory back that lines on their way have left: for a rest. */
void terminal_trim(struct terminal *terminal);

/* A terminal over the grid's memory. reply is called with what the terminal answers. NULL without
 * memory. Lives as long as the process, or until terminal_free(). */
struct terminal *terminal_new(struct grid_memory *memory, unsigned int columns, unsigned int rows,
                              void (*reply)(const char *bytes, size_t length));
void terminal_free(struct terminal *terminal);

void terminal_feed(struct terminal *terminal, const char *bytes, size_t length);
void terminal_resize(struct terminal *terminal, unsigned int columns, unsigned int rows);

/* Writes into the grid what has changed since the last time. Without drain the lines that left the
 * screen stay in libtsm, and the screen keeps its line numbers, until a call with it. */
void terminal_publish(struct terminal *terminal, bool drain);

/* Under a flood fewer lines are kept between two drains, for speed. Leave a flood only right after a
 * drain, or a loss would not be noticed. */
void terminal_set_flood(struct terminal *terminal, bool flood);

/* ---- sandbox.c ------------------------------------------------------------------------- */

/* Gives up every right but: read the frames, write replies and wakes, memory, time. -1 with a
 * message on stderr where something could not be given up. */
int sandbox_enter(void);

#endif
