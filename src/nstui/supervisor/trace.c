/* The calls of a launch as a file of the session: at once where it is detached, else a moment later, so
 * that a container that ends at once has not waited for it. */
#include "private.h"

#include <string.h>

void trace_save(struct supervisor *supervisor)
{
    const struct session_place *place = &supervisor->place;
    _cleanup_trace_ struct trace trace = {0};
    supervisor->trace_at_ms = NEVER_MS;
    launched_trace(&supervisor->launched, &trace);
    _cleanup_free_ char *text = trace_format(&trace);
    /* A full disk costs the trace, never the session. */
    (void)file_write_atomic(place->keep_fd >= 0 ? place->keep_fd : place->run_fd, STATE_TRACE_FILE,
                            text, strlen(text), 0600, NULL);
}
