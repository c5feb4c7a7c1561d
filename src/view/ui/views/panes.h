/* panes: what the files of the Panes view share: panes.c (which there are, how they are drawn) and
 * panes_acts.c (what keys do). */
#ifndef NSTUI_UI_VIEWS_PANES_H
#define NSTUI_UI_VIEWS_PANES_H

#include "../widgets/pane.h"
#include "../widgets/split.h"

#define PANES_MAX 9

struct panes {
    struct app *app;
    struct view *view;
    struct pane *items[PANES_MAX];
    struct box boxes[PANES_MAX]; /* as last laid out, rule included; rows 0: not shown */
    size_t count;
    size_t focus;
    struct split *tree;
    enum split_way next_way; /* of the pane that is being made */
    bool typing;             /* keys go to the program in the focused pane */
    bool reading;            /* scrolled back from typing: q ends that, not the typing */
    bool prefix;             /* the prefix was typed; the next key is ours */
    int64_t prefix_until_ms;
    bool zoomed;
    bool alone;       /* as last laid out: the focused one has all the room */
    bool had_any;     /* a pane, at any time: an empty view is the user's wish then */
    bool takes_paste; /* the user's terminal was asked to mark what is pasted */
    bool quiet;       /* a session is opened by name: no others by themselves */
    uv_prepare_t flush;
};

/* ---- panes.c --------------------------------------------------------------------------- */

/* The pane that keys and scrolling are about, null where there is none. */
struct pane *panes_focused(const struct panes *panes);

/* From now on keys are nstui's. */
void panes_watch(struct panes *panes);

/* Takes a pane off the screen; its session goes on. */
void panes_remove(struct panes *panes, size_t index);

/* Running sessions that are in no pane yet, at most `most` of them. Returns how many were opened. */
size_t panes_add_running(struct panes *panes, size_t most);

/* ---- panes_acts.c: view_ops, and ------------------------------------------------------- */

/* Keys go to the program in the focused pane, if it takes any. */
void panes_type(struct panes *panes);

enum key_context panes_context(struct view *view);
bool panes_request(struct view *view, enum request request);
bool panes_raw_key(struct view *view, struct key key);
bool panes_want_raw_keys(struct view *view);
bool panes_on_tick(struct view *view, int64_t now_ms);

#endif
