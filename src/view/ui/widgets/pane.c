/* pane: the connection to one supervisor. Runs in the dashboard's loop and never waits: what cannot
 * be sent now is kept or dropped. What the grid says is believed no further than nstui/grid.h checks
 * it. */
#include "pane.h"

#include "nstui/control.h"
#include "pane_keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PENDING_MAX (256u * 1024) /* a paste that the program does not read */

static void pane_tell(struct pane *pane)
{
    if (!pane->closing)
        pane->changed(pane);
}

static void pane_look(struct pane *pane)
{
    if (pane->grid.memory != NULL)
        (void)grid_read_state(&pane->grid, &pane->state);
    if (pane->is_scrolled && pane->scroll < pane->state.first)
        pane->scroll = pane->state.first; /* what was looked at has left the ring */
}

bool pane_has_ended(const struct pane *pane)
{
    return pane->condition == PANE_EXITED || pane->condition == PANE_LOST;
}

static void pane_end(struct pane *pane, enum pane_condition condition, int status)
{
    if (pane_has_ended(pane))
        return;
    pane_look(pane);
    pane->condition = condition;
    pane->exit_status = status;
    text_free(&pane->pending);
    uv_poll_stop(&pane->poll);
}

static void pane_take_grid(struct pane *pane, struct control_message *message)
{
    int fd = control_message_take_fd(message);
    struct grid grid = {0};
    int result = fd < 0 ? -ENODATA : grid_map(&grid, fd);
    if (fd >= 0)
        close(fd);
    if (result < 0) {
        snprintf(pane->problem, sizeof(pane->problem),
                 fd < 0 ? "%s has no terminal; m shows what it has written"
                        : "the screen of %s is none that this nstui can read",
                 pane->name);
        pane_end(pane, PANE_LOST, -1);
        return;
    }
    grid_unmap(&pane->grid);
    pane->grid = grid;
    pane->condition = PANE_RUNNING;
    pane_scroll_end(pane);
    pane_look(pane);
}

static void pane_take(struct pane *pane, struct control_message *message)
{
    switch (message->op) {
    case CONTROL_OK:
        if (pane->condition == PANE_WAITING)
            pane_take_grid(pane, message);
        break;
    case CONTROL_ERROR:
        snprintf(pane->problem, sizeof(pane->problem), "%s",
                 message->text != NULL ? message->text : "the supervisor refuses");
        pane_end(pane, PANE_LOST, -1);
        break;
    case CONTROL_RESTARTED:
        pane_take_grid(pane, message);
        pane->restarted = true;
        break;
    case CONTROL_EXITED:
        pane_end(pane, PANE_EXITED, message->status);
        break;
    case CONTROL_WAKE:
    case CONTROL_SIZE:
        pane_look(pane);
        break;
    default:
        break;
    }
}

static void pane_on_event(uv_poll_t *poll, int status, int events)
{
    struct pane *pane = poll->data;
    (void)events;
    for (int i = 0; i < 256 && !pane->closing && !pane_has_ended(pane); i++) {
        _cleanup_control_message_ struct control_message message = CONTROL_MESSAGE_EMPTY;
        struct err err = {0};
        int got = status < 0 ? 0 : control_receive(pane->fd, &message, &err);
        if (got < 0 && err.errnum == EAGAIN)
            break;
        if (got < 0 && err.errnum == EPROTO)
            continue;
        if (got <= 0) {
            snprintf(pane->problem, sizeof(pane->problem), "the supervisor of %s has gone",
                     pane->name);
            pane_end(pane, PANE_LOST, -1);
            break;
        }
        pane_take(pane, &message);
    }
    pane_tell(pane);
}

struct pane *pane_open(struct app *app, const char *name, void (*changed)(struct pane *pane),
                       void *owner, struct err *err)
{
    int fd = control_connect(name, err);
    if (fd < 0)
        return NULL;
    struct pane *pane = xcalloc(1, sizeof(*pane));
    *pane =
        (struct pane){.app = app, .fd = fd, .exit_status = -1, .changed = changed, .owner = owner};
    snprintf(pane->name, sizeof(pane->name), "%s", name);
    int result = uv_poll_init(app->loop, &pane->poll, fd);
    if (result != 0) {
        err_set(err, -result, "cannot wait for the supervisor of %s", name);
        close(fd);
        free(pane);
        return NULL;
    }
    pane->poll.data = pane;
    uv_poll_start(&pane->poll, UV_READABLE, pane_on_event);
    return pane;
}

static void pane_on_closed(uv_handle_t *handle)
{
    struct pane *pane = handle->data;
    close(pane->fd);
    free(pane);
}

void pane_close(struct pane *pane)
{
    pane->closing = true;
    grid_unmap(&pane->grid);
    text_free(&pane->pending);
    uv_close((uv_handle_t *)&pane->poll, pane_on_closed);
}

void pane_fit(struct pane *pane, int columns, int rows)
{
    if (columns < 1 || rows < 1 || (columns == pane->columns && rows == pane->rows))
        return;
    struct err err = {0};
    int result = 0;
    if (pane->columns == 0) {
        const struct control_message request = {
            .op = CONTROL_ATTACH, .columns = columns, .rows = rows, .fd = -1};
        result = control_send(pane->fd, &request, &err);
    } else if (pane->condition == PANE_RUNNING || pane->condition == PANE_WAITING) {
        result = control_resize(pane->fd, columns, rows, &err);
    }
    if (result < 0)
        return; /* not now: the next drawing tries again */
    pane->columns = columns;
    pane->rows = rows;
    pane->fitted_ms = clock_monotonic_ms();
}

/* A program needs a moment for another size: that is no smaller screen elsewhere. */
#define FIT_MS 700

bool pane_is_narrowed(const struct pane *pane)
{
    bool smaller = pane->state.columns < pane->columns || pane->state.rows < pane->rows;
    return pane->condition == PANE_RUNNING && pane->grid.memory != NULL && smaller &&
           clock_monotonic_ms() - pane->fitted_ms > FIT_MS;
}

/* ---- keys ------------------------------------------------------------------------------ */

bool pane_type(struct pane *pane, struct key key)
{
    char bytes[PANE_KEY_MAX];
    if (pane_has_ended(pane))
        return false;
    pane->restarted = false;
    size_t length = pane_key_encode(key, pane->state.modes, bytes);
    if (pane->pending.length + length > PENDING_MAX)
        return false;
    text_add_bytes(&pane->pending, bytes, length);
    pane_scroll_end(pane);
    return true;
}

void pane_flush(struct pane *pane)
{
    if (pane->pending.length == 0 || pane->columns == 0) /* it attaches first */
        return;
    struct err err = {0};
    ssize_t taken = control_input(pane->fd, pane->pending.data, pane->pending.length, &err);
    if (taken < 0) /* gone: the poll will say so */
        taken = (ssize_t)pane->pending.length;
    size_t left = pane->pending.length - (size_t)taken;
    memmove(pane->pending.data, pane->pending.data + taken, left);
    pane->pending.length = left;
}

/* ---- scrolling ------------------------------------------------------------------------- */

uint64_t pane_top(const struct pane *pane)
{
    return pane->is_scrolled ? pane->scroll : pane->state.top;
}

void pane_scroll(struct pane *pane, int64_t lines)
{
    uint64_t top = pane_top(pane);
    uint64_t back = lines < 0 ? (uint64_t)-lines : 0, down = lines > 0 ? (uint64_t)lines : 0;
    if (back > top - pane->state.first)
        back = top - pane->state.first;
    pane->scroll = top - back + down;
    pane->is_scrolled = pane->scroll < pane->state.top;
}

void pane_scroll_first(struct pane *pane)
{
    pane->scroll = pane->state.first;
    pane->is_scrolled = pane->scroll < pane->state.top;
}

void pane_scroll_end(struct pane *pane)
{
    pane->is_scrolled = false;
}
