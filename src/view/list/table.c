/* table: the list for people. Called by ls. On a terminal the columns are cut to its width; identities
 * and counts never are. In a pipe every text is whole. */
#include "nstui/discovery.h"
#include "private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

/* What a cell is made of. */
struct row {
    const struct snapshot *snapshot;
    const struct namespace *space;
    const struct process *leader; /* null: no member */
    bool utf8;
};

static void add_printable(const struct row *row, struct text *cell, const char *bytes)
{
    char text[512];

    text_add(cell, text_printable(text, sizeof(text), bytes, strlen(bytes), row->utf8));
}

static void cell_type(const struct row *row, struct text *cell)
{
    text_add(cell, ns_types[row->space->type].name);
}

static void cell_identity(const struct row *row, struct text *cell)
{
    text_addf(cell, "%" PRIu64, row->space->inode);
}

static void cell_procs(const struct row *row, struct text *cell)
{
    text_addf(cell, "%zu", row->space->member_count);
}

static void cell_pid(const struct row *row, struct text *cell)
{
    if (row->leader) {
        text_addf(cell, "%d", row->leader->pid);
    }
}

static void cell_leader(const struct row *row, struct text *cell)
{
    if (row->leader) {
        add_printable(row, cell, row->leader->comm);
    }
}

static void cell_command(const struct row *row, struct text *cell)
{
    if (row->leader) {
        _cleanup_details_ struct process_details *details =
            process_details_read(row->leader->pid, row->leader->start_time);
        add_printable(row, cell, details->command);
    }
}

static void cell_user(const struct row *row, struct text *cell)
{
    if (row->leader) {
        add_printable(row, cell, row->leader->user);
    }
}

static void cell_owner(const struct row *row, struct text *cell)
{
    if (row->space->owner_name) {
        add_printable(row, cell, row->space->owner_name);
    }
}

static void cell_name(const struct row *row, struct text *cell)
{
    if (row->space->host) {
        text_add(cell, "(host)");
    } else if (row->space->container) {
        add_printable(row, cell, row->space->container);
    }
}

static void add_number(struct text *cell, uint64_t number)
{
    if (number != 0) {
        text_addf(cell, "%" PRIu64, number);
    }
}

static void cell_owner_namespace(const struct row *row, struct text *cell)
{
    add_number(cell, row->space->owner);
}

static void cell_parent(const struct row *row, struct text *cell)
{
    add_number(cell, row->space->parent);
}

static void cell_id(const struct row *row, struct text *cell)
{
    add_number(cell, row->space->id);
}

/* least: cells that are left of it when it is cut; 0: it is never cut. Of those that may be, the last
 * in `cut_order` goes first. */
static const struct column {
    const char *name;
    void (*cell)(const struct row *row, struct text *cell);
    bool right, usual;
    size_t least;
} columns_known[] = {
    {"TYPE", cell_type, false, true, 0},        {"IDENTITY", cell_identity, true, true, 0},
    {"PROCS", cell_procs, true, true, 0},       {"PID", cell_pid, true, true, 0},
    {"LEADER", cell_leader, false, true, 4},    {"OWNER", cell_owner, false, true, 4},
    {"NAME", cell_name, false, true, 8},        {"USER", cell_user, false, false, 4},
    {"COMMAND", cell_command, false, false, 8}, {"OWNERNS", cell_owner_namespace, true, false, 0},
    {"PARENT", cell_parent, true, false, 0},    {"ID", cell_id, true, false, 0},
};

static const char *const cut_order[] = {"COMMAND", "LEADER", "USER", "OWNER", "NAME"};

static int add_column(struct list_columns *columns, const char *name, size_t length,
                      struct err *err)
{
    for (size_t i = 0; i < array_length(columns_known); i++) {
        if (strlen(columns_known[i].name) == length &&
            strncasecmp(columns_known[i].name, name, length) == 0) {
            if (columns->count == LIST_COLUMNS_MAX) {
                return err_set(err, 0, "more than %d columns are asked for", LIST_COLUMNS_MAX);
            }
            columns->items[columns->count++] = i;
            return 0;
        }
    }
    _cleanup_text_ struct text known = {0};
    for (size_t i = 0; i < array_length(columns_known); i++) {
        text_addf(&known, "%s%s", i ? " " : "", columns_known[i].name);
    }
    err_set(err, 0, "there is no column \"%.*s\"", length > 40 ? 40 : (int)length, name);
    return err_hint(err, "there are: %s", known.data);
}

int list_columns_parse(const char *names, struct list_columns *columns, struct err *err)
{
    columns->count = 0;
    if (!names) {
        for (size_t i = 0; i < array_length(columns_known); i++) {
            if (columns_known[i].usual) {
                columns->items[columns->count++] = i;
            }
        }
        return 0;
    }
    for (const char *at = names;; at++) {
        size_t length = strcspn(at, ",");
        if (add_column(columns, at, length, err) == -1) {
            return -1;
        }
        at += length;
        if (*at == '\0') {
            return 0;
        }
    }
}

/* ---- widths ---------------------------------------------------------------------------------- */

/* How many cells a printable text takes, or, with limit, how many bytes of it fit into so many. */
static size_t measure(const char *string, bool utf8, size_t limit, size_t *bytes_that_fit)
{
    size_t length = strlen(string), cells = 0;

    for (size_t at = 0; at < length;) {
        uint32_t code = (unsigned char)string[at];
        size_t step = utf8 ? text_decode_utf8(string + at, length - at, &code) : 1;
        int width = step > 0 && utf8 ? wcwidth((wchar_t)code) : 1;
        if (bytes_that_fit && cells + (size_t)(width > 0 ? width : 0) > limit) {
            *bytes_that_fit = at;
            return cells;
        }
        cells += (size_t)(width > 0 ? width : 0);
        at += step > 0 ? step : 1;
    }
    if (bytes_that_fit) {
        *bytes_that_fit = length;
    }
    return cells;
}

static void fit_widths(const struct list_columns *columns, size_t widths[], size_t width)
{
    size_t total = 0;

    for (size_t c = 0; c < columns->count; c++) {
        total += widths[c] + (c > 0);
    }
    for (size_t o = 0; o < array_length(cut_order); o++) {
        for (size_t c = 0; c < columns->count && total > width; c++) {
            const struct column *column = &columns_known[columns->items[c]];
            if (strcmp(column->name, cut_order[o]) != 0 || widths[c] <= column->least) {
                continue;
            }
            size_t excess = total - width, room = widths[c] - column->least;
            widths[c] -= excess < room ? excess : room;
            total -= excess < room ? excess : room;
        }
    }
}

static void add_cell(struct text *text, const char *cell, size_t width, bool right, bool utf8)
{
    size_t cells = measure(cell, utf8, 0, NULL), bytes = strlen(cell);
    const char *mark = "";

    if (cells > width) {
        cells = measure(cell, utf8, width - 1, &bytes) + 1;
        mark = utf8 ? "…" : "~";
    }
    int blanks = (int)(width > cells ? width - cells : 0);
    text_addf(text, "%*s%.*s%s%*s", right ? blanks : 0, "", (int)bytes, cell, mark,
              right ? 0 : blanks, "");
}

/* ---- the table --------------------------------------------------------------------------------- */

/* All cells, row by row; the first row is the head. */
static void make_cells(const struct snapshot *snapshot, const struct list_choice *choice,
                       const struct list_columns *columns, bool utf8, struct strings *cells)
{
    for (size_t c = 0; c < columns->count; c++) {
        strings_add(cells, columns_known[columns->items[c]].name);
    }
    for (size_t i = 0; i < snapshot->namespace_count; i++) {
        const struct namespace *space = &snapshot->namespaces[i];
        const struct row row = {snapshot, space, snapshot_leader(snapshot, space), utf8};
        if (!list_chosen(snapshot, space, choice)) {
            continue;
        }
        for (size_t c = 0; c < columns->count; c++) {
            _cleanup_text_ struct text cell = {0};
            columns_known[columns->items[c]].cell(&row, &cell);
            bool last = c + 1 == columns->count;
            strings_add(cells, cell.length > 0 ? cell.data : last ? "" : "-");
        }
    }
}

void list_table(const struct snapshot *snapshot, const struct list_choice *choice,
                const struct list_columns *columns, size_t width, bool utf8, struct text *text)
{
    _cleanup_strings_ struct strings cells = {0};
    size_t widths[LIST_COLUMNS_MAX] = {0};

    make_cells(snapshot, choice, columns, utf8, &cells);
    for (size_t i = 0; i < cells.count; i++) {
        size_t cell_width = measure(cells.items[i], utf8, 0, NULL);
        size_t *column_width = &widths[i % columns->count];
        *column_width = cell_width > *column_width ? cell_width : *column_width;
    }
    if (width > 0) {
        fit_widths(columns, widths, width);
    }
    for (size_t i = 0; i < cells.count; i++) {
        size_t c = i % columns->count;
        bool last = c + 1 == columns->count;
        text_add(text, c > 0 ? " " : "");
        add_cell(text, cells.items[i], widths[c], columns_known[columns->items[c]].right, utf8);
        if (last) { /* nobody wants blanks at the end */
            while (text->data[text->length - 1] == ' ') {
                text->data[--text->length] = '\0';
            }
            text_add(text, "\n");
        }
    }
}
