/* compare_rows: two lists of processes beside each other, one process in one row, and which of the
 * rows stand on the screen. Pure: called by compare.c with every look; knows no screen and no kernel.
 */
#include "compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- aligning --------------------------------------------------------------------------- */

/* The host's order; who the host does not know comes last, by the number in there. */
static int process_compare(const struct look_process *a, const struct look_process *b)
{
    bool a_known = a->host_pid > 0;
    bool b_known = b->host_pid > 0;
    if (a_known != b_known)
        return a_known ? -1 : 1;
    if (a_known && a->host_pid != b->host_pid)
        return a->host_pid < b->host_pid ? -1 : 1;
    if (a_known && a->start_time != b->start_time)
        return a->start_time < b->start_time ? -1 : 1;
    if (a->pid != b->pid && !a_known)
        return a->pid < b->pid ? -1 : 1;
    return 0;
}

static int pointer_compare(const void *left, const void *right)
{
    return process_compare(*(const struct look_process *const *)left,
                           *(const struct look_process *const *)right);
}

static const struct look_process **sorted(const struct look_ps *ps, size_t *count)
{
    *count = ps ? ps->count : 0;
    const struct look_process **pointers = xcalloc(*count + 1, sizeof(*pointers));
    for (size_t i = 0; i < *count; i++)
        pointers[i] = &ps->rows[i];
    if (*count > 0)
        qsort(pointers, *count, sizeof(*pointers), pointer_compare);
    return pointers;
}

/* State and age change by themselves: two looks of one moment may differ in them. */
static bool process_differs_in_words(const struct look_process *a, const struct look_process *b)
{
    return a->pid != b->pid || a->ppid != b->ppid || strcmp(a->user, b->user) != 0 ||
           strcmp(a->tty, b->tty) != 0 || strcmp(a->command, b->command) != 0;
}

static void add_row(struct compare_rows *rows, const struct look_process *left,
                    const struct look_process *right)
{
    struct compare_row row = {.sides = {left, right}};
    if (left && right) {
        row.differs = process_differs_in_words(left, right);
        rows->both++;
        rows->differing += row.differs;
    } else {
        rows->only[left ? LEFT : RIGHT]++;
    }
    rows->items[rows->count++] = row;
}

void compare_rows_align(const struct look_ps *left, const struct look_ps *right,
                        struct compare_rows *rows)
{
    size_t counts[SIDES], at[SIDES] = {0};
    const struct look_process **lists[SIDES] = {sorted(left, &counts[LEFT]),
                                                sorted(right, &counts[RIGHT])};
    *rows = (struct compare_rows){0};
    rows->items = xcalloc(counts[LEFT] + counts[RIGHT] + 1, sizeof(*rows->items));
    while (at[LEFT] < counts[LEFT] || at[RIGHT] < counts[RIGHT]) {
        const struct look_process *a = at[LEFT] < counts[LEFT] ? lists[LEFT][at[LEFT]] : NULL;
        const struct look_process *b = at[RIGHT] < counts[RIGHT] ? lists[RIGHT][at[RIGHT]] : NULL;
        int order = !a ? 1 : !b ? -1 : process_compare(a, b);
        /* Two processes that the host does not know are never the same one. */
        if (order == 0 && a && a->host_pid == 0)
            order = -1;
        add_row(rows, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
        at[LEFT] += order <= 0;
        at[RIGHT] += order >= 0;
    }
    free(lists[LEFT]);
    free(lists[RIGHT]);
}

void compare_rows_free(struct compare_rows *rows)
{
    free(rows->items);
    *rows = (struct compare_rows){0};
}

/* ---- folding ----------------------------------------------------------------------------- */

#define FOLD_HEAD  2 /* rows of a run that stay above its fold */
#define FOLD_TAIL  2 /* and below */
#define FOLD_LEAST 2 /* fewer hidden rows are not worth a line */

/* Rows from `start` on that are alike: on the same one side only. 1 for a row in both. */
static size_t run_length(const struct compare_rows *rows, size_t start)
{
    const struct compare_row *first = &rows->items[start];
    size_t length = 1;
    if (first->sides[LEFT] && first->sides[RIGHT])
        return 1;
    while (start + length < rows->count) {
        const struct compare_row *row = &rows->items[start + length];
        if ((row->sides[LEFT] != NULL) != (first->sides[LEFT] != NULL) ||
            (row->sides[RIGHT] != NULL) != (first->sides[RIGHT] != NULL))
            break;
        length++;
    }
    return length;
}

static bool is_foldable(size_t length)
{
    return length >= FOLD_HEAD + FOLD_TAIL + FOLD_LEAST;
}

static void add_line(struct compare_lines *lines, size_t row, size_t folded)
{
    lines->items[lines->count++] = (struct compare_line){.row = row, .folded = folded};
}

/* Lines if every run is folded as far as it goes; *longest is where the longest begins. */
static size_t least_lines(const struct compare_rows *rows, size_t *longest)
{
    size_t lines = 0, most = 0;
    for (size_t at = 0; at < rows->count;) {
        size_t length = run_length(rows, at);
        lines += is_foldable(length) ? FOLD_HEAD + FOLD_TAIL + 1 : length;
        if (length > most) {
            most = length;
            *longest = at;
        }
        at += length;
    }
    return lines;
}

/* One run: its head, how many are hidden, its tail. spare: lines that may be added to the head. */
static void add_run(struct compare_lines *lines, size_t start, size_t length, size_t spare)
{
    size_t head = FOLD_HEAD + spare;
    size_t hidden = head + FOLD_TAIL < length ? length - head - FOLD_TAIL : 0;
    if (!is_foldable(length) || hidden < FOLD_LEAST)
        hidden = 0;
    for (size_t i = 0; i < length; i++) {
        if (hidden > 0 && i == head) {
            add_line(lines, start + i, hidden);
            i += hidden - 1;
            continue;
        }
        add_line(lines, start + i, 0);
    }
}

bool compare_row_matches(const struct compare_row *row, const struct filter *filter)
{
    for (size_t i = 0; i < filter->count; i++) {
        bool matches = false;
        for (int side = 0; side < SIDES; side++) {
            const struct look_process *process = row->sides[side];
            if (!process)
                continue;
            const struct filter_facts facts = {
                .pid = process->pid, .texts = {process->command, process->user, process->tty}};
            matches = matches || filter_word_matches(filter->words[i], &facts);
        }
        if (!matches)
            return false;
    }
    return true;
}

static bool is_wanted(const struct compare_row *row, const struct compare_wish *wish)
{
    return (!wish->only_different || row->differs) && compare_row_matches(row, &wish->filter);
}

void compare_lines_make(const struct compare_rows *rows, size_t visible,
                        const struct compare_wish *wish, struct compare_lines *lines)
{
    *lines = (struct compare_lines){0};
    lines->items = xcalloc(rows->count + 1, sizeof(*lines->items));
    bool sifted = wish->only_different || wish->filter.count > 0;
    if (sifted || wish->unfolded || rows->count <= visible) {
        for (size_t at = 0; at < rows->count; at++)
            if (is_wanted(&rows->items[at], wish))
                add_line(lines, at, 0);
        return;
    }
    size_t longest = SIZE_MAX;
    size_t least = least_lines(rows, &longest);
    size_t spare = visible > least ? visible - least : 0;
    for (size_t at = 0; at < rows->count;) {
        size_t length = run_length(rows, at);
        add_run(lines, at, length, at == longest ? spare : 0);
        at += length;
    }
}

void compare_lines_free(struct compare_lines *lines)
{
    free(lines->items);
    *lines = (struct compare_lines){0};
}

/* ---- finding a row again ------------------------------------------------------------------ */

struct compare_key compare_row_key(const struct compare_row *row)
{
    struct compare_key key = {.set = true};
    for (int side = 0; side < SIDES; side++) {
        const struct look_process *process = row->sides[side];
        if (!process)
            continue;
        key.pids[side] = process->pid;
        key.start_time = process->start_time;
        if (process->host_pid > 0)
            key.host_pid = process->host_pid;
    }
    return key;
}

static bool key_is_of(const struct compare_key *key, const struct compare_row *row)
{
    struct compare_key other = compare_row_key(row);
    if (key->host_pid != other.host_pid || key->start_time != other.start_time)
        return false;
    return key->host_pid != 0 ||
           (key->pids[LEFT] == other.pids[LEFT] && key->pids[RIGHT] == other.pids[RIGHT]);
}

int compare_lines_find(const struct compare_rows *rows, const struct compare_lines *lines,
                       const struct compare_key *key)
{
    for (size_t i = 0; key->set && i < lines->count; i++) {
        const struct compare_line *line = &lines->items[i];
        size_t last = line->row + (line->folded > 0 ? line->folded : 1);
        for (size_t row = line->row; row < last; row++)
            if (key_is_of(key, &rows->items[row]))
                return (int)i;
    }
    return -1;
}

/* ---- the hostname tab --------------------------------------------------------------------- */

const char *const name_row_labels[NAMES] = {
    [NAME_HOSTNAME] = "hostname",  [NAME_DOMAIN] = "domain", [NAME_UTS] = "uts namespace",
    [NAME_FILE] = "/etc/hostname", [NAME_KERNEL] = "kernel", [NAME_MACHINE] = "machine",
};

static const char *file_value(const struct look_hostname *hostname)
{
    switch (hostname->file) {
    case LOOK_FILE_READ:
        if (!hostname->file_name) /* nothing was seen yet */
            return "?";
        return hostname->file_name[0] ? hostname->file_name : "(empty)";
    case LOOK_FILE_MISSING:
        return "(none)";
    case LOOK_FILE_STRANGE:
        return "(no ordinary file)";
    case LOOK_FILE_REFUSED:
        return "? may not be read";
    case LOOK_FILE_NOT_ASKED:
        break;
    }
    return "? not asked";
}

char *name_row_value(const struct look_hostname *hostname, enum name_row row, char *text,
                     size_t size)
{
    const char *values[NAMES] = {
        [NAME_HOSTNAME] = hostname->nodename, [NAME_DOMAIN] = hostname->domain,
        [NAME_FILE] = file_value(hostname),   [NAME_KERNEL] = hostname->kernel,
        [NAME_MACHINE] = hostname->machine,
    };
    if (row == NAME_UTS && hostname->uts != 0)
        snprintf(text, size, "%" PRIu64, hostname->uts);
    else
        snprintf(text, size, "%s", values[row] && values[row][0] ? values[row] : "?");
    return text;
}

bool name_row_differs(const struct look_hostname *left, const struct look_hostname *right,
                      enum name_row row)
{
    char left_text[LOOK_TEXT_MAX], right_text[LOOK_TEXT_MAX];
    name_row_value(left, row, left_text, sizeof(left_text));
    name_row_value(right, row, right_text, sizeof(right_text));
    /* What is not known differs from nothing. */
    return left_text[0] != '?' && right_text[0] != '?' && strcmp(left_text, right_text) != 0;
}
