/* detail: what there is to know of one namespace or one process, as lines, and a cursor over those
 * lines that are things themselves. Used by the namespaces view, as a page or beside the list. */
#ifndef NSTUI_UI_DETAIL_H
#define NSTUI_UI_DETAIL_H

#include "../app.h"
#include "../widgets/list.h"

enum detail_kind {
    DETAIL_TEXT,
    DETAIL_RULE,
    DETAIL_MEMBER, /* a process: formatted when it is drawn, since its command line is a dear fact */
    DETAIL_TYPE,   /* a namespace of a process, in words */
};

struct detail_line {
    enum detail_kind kind;
    enum role role;
    char *text;
    bool is_thing;
    struct thing thing; /* that the cursor can stand on */
    bool own;           /* of DETAIL_TYPE: it differs from the host's */
};

struct hostname;
struct latest;

struct detail {
    struct detail_line *lines;
    size_t count, capacity;
    struct thing subject;  /* what it tells of */
    struct thing selected; /* the thing under the cursor; kind none: the first */
    int top;
    const struct latest *latest;  /* births and deaths to tell at the foot, null: none; borrowed */
    const struct hostname *names; /* of a uts namespace, where they are known; borrowed */
    bool beside;                  /* it stands beside something else that may have the keys */
};

void detail_free(struct detail *detail);

/* Makes the lines anew for the newest snapshot; width is what there is for a line. */
void detail_build(struct detail *detail, struct app *app, int width);

/* Draws them; focused: the cursor is shown. */
void detail_draw(struct detail *detail, struct app *app, struct box box, bool focused);

/* Moves the cursor, or scrolls where there is nothing to stand on. False: not its request. */
bool detail_request(struct detail *detail, enum request request, int rows);

/* Things of the newest snapshot. */
struct thing thing_of_namespace(struct app *app, const struct namespace *space);
struct thing thing_of_process(struct app *app, const struct process *process);

#endif
