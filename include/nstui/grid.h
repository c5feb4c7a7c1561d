/* grid: the cells of one terminal in shared memory, and the frames that feed it.
 *
 * The supervisor makes the memory (grid_create) and hands it to nstui-term as fd 3 and to
 * dashboards over the control socket. nstui-term, which parses what a hostile child may have
 * written, is the only writer. A dashboard maps it read-only and believes nothing of it: every
 * value is copied out first and checked in the copy, so that what a reader of this header gets is
 * always in bounds and printable, whatever the writer holds or does meanwhile.
 *
 * This is the whole of what nstui-term links, so it stands on libc alone: functions return 0, or
 * a value of at least 0, and on failure a negative errno.
 */
#ifndef NSTUI_GRID_H
#define NSTUI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRID_COLUMNS_MIN 2 /* libtsm crashes on one column; a narrower pane shows part of two */
#define GRID_COLUMNS_MAX 512
#define GRID_ROWS_MIN    1
#define GRID_ROWS_MAX    256
#define GRID_LINES       2048 /* screen and scrollback together; a power of two */
#define GRID_TITLE_SIZE  128  /* bytes, the final 0 included */

/* ---- what a reader gets: checked ------------------------------------------------------- */

enum grid_attribute {
    GRID_BOLD = 1 << 0,
    GRID_FAINT = 1 << 1,
    GRID_ITALIC = 1 << 2,
    GRID_UNDERLINE = 1 << 3,
    GRID_INVERSE = 1 << 4,
    GRID_BLINK = 1 << 5,
    GRID_ATTRIBUTES_ALL = (1 << 6) - 1,
};

/* A colour: the kind in the top byte, its value below. */
#define GRID_COLOR_DEFAULT 0u
#define GRID_COLOR_INDEX   0x01000000u /* | 0..255, the palette of xterm */
#define GRID_COLOR_RGB     0x02000000u /* | 0xRRGGBB */
#define GRID_COLOR_KIND    0xff000000u

/* One cell. A character of width 2 is followed by a cell of width 0 and code 0, which belongs to
 * it; no character of width 2 stands in the last column. A blank is ' '. The width is what the
 * writer thinks: draw '?' where your own wcwidth() differs from it. */
struct grid_cell {
    uint32_t code; /* a printable code point, or 0 with width 0 */
    uint32_t foreground;
    uint32_t background;
    uint8_t width;      /* 1, 2, or 0: the right half of a 2 */
    uint8_t attributes; /* enum grid_attribute */
};

/* What the program in there asked of its terminal, for whoever encodes keys for it. */
enum grid_mode {
    GRID_MODE_APPLICATION_CURSOR = 1 << 0, /* DECCKM: arrows are ESC O A, not ESC [ A */
    GRID_MODE_APPLICATION_KEYPAD = 1 << 1, /* DECKPAM */
    GRID_MODE_BRACKETED_PASTE = 1 << 2,    /* 2004 */
    GRID_MODE_ALTERNATE_SCREEN = 1 << 3,   /* no scrollback meanwhile */
    GRID_MODE_MOUSE_CLICK = 1 << 4,        /* 9, 1000 */
    GRID_MODE_MOUSE_DRAG = 1 << 5,         /* 1002 */
    GRID_MODE_MOUSE_MOTION = 1 << 6,       /* 1003 */
    GRID_MODE_MOUSE_SGR = 1 << 7,          /* 1006 */
    GRID_MODE_FOCUS = 1 << 8,              /* 1004 */
    GRID_MODE_NEWLINE = 1 << 9,            /* LNM: Enter sends CR LF */
    GRID_MODES_ALL = (1 << 10) - 1,
};

/* The terminal but for its cells. Lines are numbered from the first that the terminal ever had;
 * first <= top, and the screen is the lines top .. top + rows - 1. */
struct grid_state {
    uint64_t generation; /* changes with everything that a publication changes */
    uint64_t first;      /* the oldest line that is still there */
    uint64_t top;        /* the line in the screen's first row */
    uint16_t columns;
    uint16_t rows;
    uint16_t cursor_column; /* always below columns */
    uint16_t cursor_row;    /* always below rows */
    bool cursor_visible;
    uint32_t modes;              /* enum grid_mode */
    uint32_t bells;              /* how many bells it rang; wraps around */
    char title[GRID_TITLE_SIZE]; /* printable UTF-8, "" where none was set */
};

/* A reader's mapping. Start with `struct grid grid = {0};`. */
struct grid {
    const struct grid_memory *memory;
};

/* Maps fd read-only after checking its seals and its size (memfd_create(2), F_GET_SEALS): a file
 * that could shrink would end the reader by SIGBUS. The fd stays the caller's and may be closed.
 * -EINVAL where it is no grid, -EPROTO where it is one of another version. */
int grid_map(struct grid *grid, int fd);
void grid_unmap(struct grid *grid); /* fine on an empty one */

/* The generation alone, for a look whether anything changed. */
uint64_t grid_generation(const struct grid *grid);

/* Copies the state, checked. False where the writer did not hold still for it: state is filled with
 * safe values all the same. */
bool grid_read_state(const struct grid *grid, struct grid_state *state);

/* When the line was last written (a generation), 0 where it is not there. */
uint64_t grid_line_generation(const struct grid *grid, uint64_t number);

/* Copies columns cells of a line, checked; blanks beyond its end, and all blanks with false where
 * the line is not there (any more, or yet). columns is cut to GRID_COLUMNS_MAX. *generation (may be
 * null) is the line's, or 0 where it is not there or could not be had in one piece: look again
 * then. */
bool grid_read_line(const struct grid *grid, uint64_t number, struct grid_cell *cells,
                    unsigned int columns, uint64_t *generation);

/* True where a code point may stand in a cell: no control, no direction or zero-width sign, no
 * surrogate, no noncharacter, not past U+10FFFF. */
bool grid_code_is_printable(uint32_t code);

/* Columns or rows cut to what a grid can have. */
uint16_t grid_clamp_columns(unsigned int columns);
uint16_t grid_clamp_rows(unsigned int rows);

/* ---- the supervisor's side ------------------------------------------------------------- */

/* A new grid of blanks: a memfd, close-on-exec, sealed against shrinking, growing and more seals.
 * Returns the fd, the caller's. Sizes are clamped. memfd_create(2). */
int grid_create(unsigned int columns, unsigned int rows);

/* The same memory by a descriptor that cannot be written or mapped writable: what a dashboard is
 * sent. Needs /proc. Returns a new fd, the caller's. */
int grid_open_reader(int fd);

/* The frames of the pipe into nstui-term (its fd 0): this header, then length bytes. */
enum grid_frame_kind {
    GRID_FRAME_DATA = 1,   /* bytes of the child */
    GRID_FRAME_RESIZE = 2, /* a struct grid_frame_size */
};

#define GRID_FRAME_LENGTH_MAX (64u * 1024)

struct grid_frame {
    uint32_t kind;
    uint32_t length;
};

struct grid_frame_size {
    uint16_t columns;
    uint16_t rows;
};

/* The descriptors that nstui-term starts with. */
enum grid_term_fd {
    GRID_TERM_FRAMES = 0,  /* pipe, read: the frames; its end ends nstui-term with 0 */
    GRID_TERM_REPLIES = 1, /* pipe, written without waiting: DA, DSR, CPR */
    GRID_TERM_GRID = 3,    /* the grid's memfd, writable */
    GRID_TERM_WAKE = 4,    /* pipe, written without waiting: one byte a publication */
};

/* ---- nstui-term's side: the memory itself ---------------------------------------------- */

#define GRID_MAGIC   0x4e535447u /* "NSTG" */
#define GRID_VERSION 1u

/* A stored cell: code point in bits 0..20, width in 21..22, attributes in 23..30. */
struct grid_stored_cell {
    uint32_t glyph;
    uint32_t foreground;
    uint32_t background;
};

#define GRID_GLYPH_WIDTH_SHIFT      21
#define GRID_GLYPH_ATTRIBUTES_SHIFT 23
#define GRID_GLYPH_CODE_MASK        0x1fffffu

/* Each half-written thing has an odd sequence; a reader that sees one, or sees it change, looks
 * again. */
struct grid_stored_line {
    uint32_t sequence;
    uint32_t columns;    /* cells that are written; beyond them: blanks */
    uint64_t number;     /* which line this slot holds; slot = number % GRID_LINES */
    uint64_t generation; /* 0: none yet */
};

struct grid_stored_state {
    uint32_t sequence;
    uint16_t columns;
    uint16_t rows;
    uint64_t generation;
    uint64_t first;
    uint64_t top;
    uint16_t cursor_column;
    uint16_t cursor_row;
    uint32_t cursor_visible;
    uint32_t modes;
    uint32_t bells;
    uint32_t title_length;
    char title[GRID_TITLE_SIZE];
};

/* The cells lie in strips of 64 columns, so that a line of 80 touches 128 cells of memory, not the
 * 512 of the widest: pages that nobody writes cost nothing. */
#define GRID_STRIP_COLUMNS 64
#define GRID_STRIPS        (GRID_COLUMNS_MAX / GRID_STRIP_COLUMNS)

struct grid_memory {
    uint32_t magic;
    uint32_t version;
    struct grid_stored_state state;
    struct grid_stored_line lines[GRID_LINES];
    struct grid_stored_cell cells[GRID_STRIPS][GRID_LINES][GRID_STRIP_COLUMNS];
};

#define GRID_SIZE_BYTES ((sizeof(struct grid_memory) + 65535) & ~(size_t)65535)

/* Maps fd writable. *memory is unmapped at the end of the process. */
int grid_open_writer(int fd, struct grid_memory **memory);

/* Writes one line, if it differs from what its slot holds, with this generation. True where it was
 * written. columns is at most GRID_COLUMNS_MAX. */
bool grid_write_line(struct grid_memory *memory, uint64_t number,
                     const struct grid_stored_cell *cells, unsigned int columns,
                     uint64_t generation);

/* Writes the state whole; state->sequence is not looked at. */
void grid_write_state(struct grid_memory *memory, const struct grid_stored_state *state);

#endif
