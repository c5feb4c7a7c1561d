/* After supervisors that died: what is left of their containers is ended, their folders are removed.
 * Called by every command at its start. Ends only what is proved to be the session's own: the lock of
 * the dead one is held, and pid, start time and pid namespace are those that it wrote down. */
#include "private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEATH_MS 5000

/* Ends the first process of a lost session. 0 where it is gone, -1. */
static int lost_end(const struct session_state *state, struct err *err)
{
    uint64_t start, pid_ns_inode;
    if (state->pid <= 0)
        return 0;
    /* First the descriptor, then the comparison: what is compared is then what is signalled. */
    _cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, state->pid, 0);
    if (pidfd < 0)
        return errno == ESRCH ? 0 : err_set(err, errno, "cannot look at process %d", state->pid);
    if (process_identify(state->pid, &start, &pid_ns_inode) < 0 || start != state->pid_start ||
        pid_ns_inode != state->pid_ns_inode)
        return 0; /* another one has its number by now, or it is dead and waits to be collected */
    if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
        return err_set(err, errno, "cannot end process %d", state->pid);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    if (poll(&end, 1, DEATH_MS) == 0)
        return err_set(err, 0, "process %d does not end", state->pid);
    return 0;
}

int supervisor_clean_lost(struct err *err)
{
    _cleanup_strings_ struct strings skip = {0};
    int result = 0;
    for (;;) {
        struct session_place place;
        _cleanup_session_state_ struct session_state state = {0};
        size_t skipped = skip.count;
        int found = state_claim_lost(&place, &state, &skip, err);
        if (found == 0)
            return result;
        if (found < 0) {
            result = -1;
            if (skip.count == skipped)
                return result; /* it is the root folder itself */
            continue;
        }
        if (lost_end(&state, err) < 0 || engine_outside_clean(NULL, state.tag, err) < 0) {
            (void)err_prefix(err, "cannot clean up after the session %s", place.name);
            strings_add(&skip, place.name);
            state_close(&place);
            result = -1;
            continue;
        }
        bool keep = place.keep_fd >= 0 && !state.remove;
        state.condition = SESSION_EXITED;
        state.supervisor = state.pid = 0;
        state.ended_s = time(NULL);
        if (keep)
            (void)state_write(&place, &state, NULL);
        state_release(&place, !keep);
    }
}
