/* compare: what the files of the compare view share. compare.c is the view; compare_cursor.c knows
 * where its cursor is; compare_side.c looks at the two sides; compare_rows.c puts them beside each other (pure); compare_draw.c and
 * compare_about.c show it; compare_history.c remembers changes; compare_choose.c asks for a side. */
#ifndef NSTUI_UI_VIEWS_COMPARE_H
#define NSTUI_UI_VIEWS_COMPARE_H

#include "../doors.h"
#include "../widgets/list.h"
#include "filter.h"
#include "nstui/look.h"

#include <time.h>

enum side_index { LEFT, RIGHT, SIDES };

enum compare_tab { TAB_HOSTNAME, TAB_PS, COMPARE_TABS };

/* ---- compare_side.c: one side and its looks ------------------------------------------------ */

struct compare_side {
    struct app *app;
    bool chosen;        /* false: nobody said what to look at */
    struct thing thing; /* THING_NONE: the host */
    char name[THING_NAME_SIZE];
    pid_t pid; /* of the last request; 0: the host's process 1 */

    struct look look; /* the newest that answered; zeroed before */
    bool has_look;
    char problem[ERR_TEXT_SIZE]; /* why the last one failed; "" where it did not */

    struct look_job *job; /* under way, or killed and not gone yet */
    bool stuck;           /* it was killed for not answering */
    unsigned int asked;   /* enum look_what of the look under way */
    int64_t started_ms;
    int64_t next_ms; /* when to look again */
    int64_t brief_until_ms;

    /* Called in the loop when look or problem is new; `before` is the look that it replaces (freed
     * afterwards), null where there was none. */
    void (*changed)(void *data, struct compare_side *side, const struct look *before);
    void *data;
};

/* What to look at from now on; forgets what was seen. */
void side_choose(struct compare_side *side, const struct thing *thing);

/* Starts a look if it is time; what as in enum look_what. Never two at a time. */
void side_look(struct compare_side *side, unsigned int what, int64_t now_ms);

/* Looks at the next occasion instead of after a second. */
void side_hurry(struct compare_side *side);

/* Seconds that it has been waiting for an answer, once these are worth a word; -1: not waiting. */
int side_waiting_s(const struct compare_side *side, int64_t now_ms);

/* Ends whatever is under way and frees the look. */
void side_close(struct compare_side *side);

/* Exchanges all but the jobs under way, which are given up. */
void side_swap(struct compare_side *left, struct compare_side *right);

static inline bool side_is_host(const struct compare_side *side)
{
    return side->thing.kind == THING_NONE;
}

/* ---- compare_rows.c: pure ------------------------------------------------------------------ */

/* One process, one row: side null where it is not visible there. */
struct compare_row {
    const struct look_process *sides[SIDES];
    bool differs; /* in both, and a number or a word is not the same */
};

struct compare_rows {
    struct compare_row *items;
    size_t count;
    size_t both, differing;
    size_t only[SIDES];
};

/* Puts two lists beside each other by the process that the host knows (pid and start time there), in
 * the host's order; what it does not know comes last. Either may be null. Borrows the lists. */
void compare_rows_align(const struct look_ps *left, const struct look_ps *right,
                        struct compare_rows *rows);
void compare_rows_free(struct compare_rows *rows);

/* What stands on one line of the screen: a row, or rows alike that are folded to their number. */
struct compare_line {
    size_t row;    /* the row, or the first that is folded */
    size_t folded; /* how many; 0: it is a row */
};

struct compare_lines {
    struct compare_line *items;
    size_t count;
};

/* Which rows are wanted. */
struct compare_wish {
    bool unfolded;        /* every row has a line of its own */
    bool only_different;  /* just rows that are in both and differ */
    struct filter filter; /* just rows that match (filter.h) */
};

/* Chooses lines for `visible` of them on the screen: runs of rows on one side only are folded, but
 * for their ends, where not all fits. What was sifted by a wish is not folded. */
void compare_lines_make(const struct compare_rows *rows, size_t visible,
                        const struct compare_wish *wish, struct compare_lines *lines);
void compare_lines_free(struct compare_lines *lines);

/* Who a row is, so that the cursor finds it again in the next look. */
struct compare_key {
    pid_t host_pid;
    uint64_t start_time;
    pid_t pids[SIDES];
    bool set;
};

bool compare_row_matches(const struct compare_row *row, const struct filter *filter);

struct compare_key compare_row_key(const struct compare_row *row);

/* The line on which that row is, itself or folded; -1 where it is gone. */
int compare_lines_find(const struct compare_rows *rows, const struct compare_lines *lines,
                       const struct compare_key *key);

/* The rows of the hostname tab. */
enum name_row { NAME_HOSTNAME, NAME_DOMAIN, NAME_UTS, NAME_FILE, NAME_KERNEL, NAME_MACHINE, NAMES };

extern const char *const name_row_labels[NAMES];

/* The value of a row as it is shown; "?" where it is not known. Returns text. */
char *name_row_value(const struct look_hostname *hostname, enum name_row row, char *text,
                     size_t size);
bool name_row_differs(const struct look_hostname *left, const struct look_hostname *right,
                      enum name_row row);

/* ---- compare_history.c --------------------------------------------------------------------- */

#define HISTORY_MAX       32
#define HISTORY_SECONDS   300
#define HISTORY_TEXT_SIZE 288

struct history_entry {
    time_t when;
    char text[HISTORY_TEXT_SIZE]; /* "lab8  hostname  raspberrypi -> mycontainer" */
};

struct history {
    struct history_entry entries[HISTORY_MAX]; /* newest first */
    size_t count;
};

/* Remembers what is not the same in two looks at one side; returns whether anything was. */
bool history_compare(struct history *history, const char *name, const struct look_hostname *before,
                     const struct look_hostname *after, time_t now);
/* "host  hostname  unchanged", for the other side of a change. */
void history_unchanged(struct history *history, const char *name, time_t now);
/* Forgets what is older than HISTORY_SECONDS. */
void history_age(struct history *history, time_t now);

/* ---- compare.c: the view's own data -------------------------------------------------------- */

struct compare {
    struct view *view;
    struct compare_side sides[SIDES];
    enum compare_tab tab;  /* where one of them is shown */
    enum side_index focus; /* the side that acts go to; below 70 columns the one that is shown */
    bool in_names;         /* wide: the cursor is in the hostname part */
    struct compare_wish wish;
    char filter[128]; /* as it was typed */
    char find[128];
    struct compare_key find_from; /* where the cursor was when find was asked */
    bool came_by_act;             /* q goes back to where c was pressed */
    int name_cursor;
    struct list list; /* of lines */
    struct compare_key key;
    struct compare_rows rows;
    struct compare_lines lines;
    struct history history;
    time_t since; /* when the first look was taken of this pair */
};

/* ---- compare_cursor.c ---------------------------------------------------------------------- */

/* Both tabs on one page. */
bool compare_is_wide(const struct compare *compare);

/* One side at a time. */
bool compare_is_narrow(const struct compare *compare);

/* True where the cursor is on a row of the hostname part, of the ps part. */
bool compare_on_names(const struct compare *compare);

/* The line, row under the cursor of the ps part; null where there is none. */
const struct compare_line *compare_line_now(const struct compare *compare);
const struct compare_row *compare_row_now(const struct compare *compare);

/* Folds and fits the lines into `visible` of the screen and puts the cursor where it was. */
void compare_refit(struct compare *compare, int visible);

/* Takes the row under the cursor as the cursor's from here on. */
void compare_remember(struct compare *compare);

/* How many name rows are shown, and which is the n-th (= hides those that are equal). */
int compare_names(const struct compare *compare, enum name_row rows[NAMES]);

/* ---- compare_move.c ------------------------------------------------------------------------ */

/* Moves the cursor as a list does. False where the request is no move. */
bool compare_move(struct compare *compare, enum request request);

/* n, N: to the next row (by 1) or the one before (-1) that was searched, else that differs. */
void compare_move_next(struct compare *compare, int by);

/* ---- compare_find.c: / f n N in the ps part ------------------------------------------------- */

void compare_ask_filter(struct compare *compare);
void compare_ask_find(struct compare *compare);

/* Esc: takes the filter, then what was searched, away. False where there was neither. */
bool compare_find_forget(struct compare *compare);

/* To the next row (by 1) or the one before (-1) that was searched for. */
void compare_find_again(struct compare *compare, int by);

/* ---- compare_draw.c, compare_about.c, compare_choose.c ------------------------------------- */

void compare_draw(struct compare *compare, struct box box);

void compare_about(struct compare *compare, struct about *about);

/* Asks what to look at; done gets the thing that was chosen, null where the box was left. */
void compare_choose_open(struct app *app, const char *title,
                         void (*done)(void *data, const struct thing *thing), void *data);

#endif
