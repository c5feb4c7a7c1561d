/* pane: one session's terminal in the dashboard: its connection, its grid, what was scrolled back to,
 * and the keys under way to it. The view panes.c owns them; pane_draw.c draws them. */
#ifndef NSTUI_UI_WIDGETS_PANE_H
#define NSTUI_UI_WIDGETS_PANE_H

#include "../app.h"
#include "nstui/grid.h"

enum pane_condition {
    PANE_WAITING, /* for its size, then for the supervisor's answer */
    PANE_RUNNING,
    PANE_EXITED, /* exit_status tells; the last screen stays */
    PANE_LOST,   /* the supervisor went away without a word, or has no terminal: problem tells */
};

struct pane {
    struct app *app;
    char name[SESSION_NAME_MAX + 1];
    enum pane_condition condition;
    int exit_status; /* -1: not known */
    bool restarted;  /* nstui-term crashed and another draws; until a key */
    char problem[ERR_TEXT_SIZE];

    struct grid grid;        /* memory null: none yet */
    struct grid_state state; /* as it was last looked at */
    int64_t fitted_ms;       /* when the supervisor was told another size */
    int columns, rows;       /* of the picture, as the supervisor was told; 0: not yet */
    bool is_scrolled;        /* the picture starts at scroll, not at state.top */
    uint64_t scroll;

    struct text pending; /* keys that the supervisor has not taken yet */

    int fd;
    uv_poll_t poll;
    bool closing;                       /* pane_close was called: uv owns it */
    void (*changed)(struct pane *pane); /* something to draw, or another condition */
    void *owner;
};

/* Connects to a running session. The pane is the caller's until pane_close(). Null with err where it
 * does not run. changed is called in the loop from then on. */
struct pane *pane_open(struct app *app, const char *name, void (*changed)(struct pane *pane),
                       void *owner, struct err *err);

/* Lets go of the session, which goes on; frees the pane in the loop. */
void pane_close(struct pane *pane);

/* The session has ended, or cannot be seen any more. */
bool pane_has_ended(const struct pane *pane);

/* The picture is this large from now on; the first time it attaches. Cheap when nothing changed. */
void pane_fit(struct pane *pane, int columns, int rows);

/* Gives a key, or bytes, to the program. False where it cannot have any. They leave with
 * pane_flush(). */
bool pane_type(struct pane *pane, struct key key);

/* Sends what pane_type collected; what the program does not take stays, up to a limit. */
void pane_flush(struct pane *pane);

/* The program's screen is smaller than the picture: another one that looks at it has less room. */
bool pane_is_narrowed(const struct pane *pane);

/* Moves the picture by lines; back to the end where that is below it. */
void pane_scroll(struct pane *pane, int64_t lines);
void pane_scroll_first(struct pane *pane);
void pane_scroll_end(struct pane *pane);

/* The line in the picture's first row. */
uint64_t pane_top(const struct pane *pane);

/* ---- pane_draw.c ----------------------------------------------------------------------- */

/* Draws the picture into box. */
void pane_draw(const struct pane *pane, struct box box);

/* Where the program's cursor stands; false where it is hidden or out of the picture. */
bool pane_cursor(const struct pane *pane, struct box box, int *row, int *column);

#endif
