/* What a session has outside of its namespaces, a cgroup or a link: its tag is written down before
 * anything is made, so that whoever comes after a killed supervisor finds it; at the end it is asked
 * what there is to tell, and taken away. */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int outside_begin(struct supervisor *supervisor, struct err *err)
{
    struct spec *spec = supervisor->config->spec;
    struct session_state *state = &supervisor->state;
    if (!spec || !engine_outside_wanted(spec))
        return 0;
    if (!spec->tag[0])
        engine_tag_make(spec->tag);
    if (!spec->name)
        spec->name = xstrdup(supervisor->place.name);
    free(state->tag);
    state->tag = xstrdup(spec->tag);
    (void)snprintf(state->name, sizeof(state->name), "%s", supervisor->place.name);
    state->kind = supervisor->config->kind;
    state->remove = !supervisor->config->again; /* until it runs there is nothing worth keeping */
    state->supervisor = getpid();
    state->created_s = time(NULL);
    struct session_place running = supervisor->place;
    running.keep_fd = -1;
    return state_write(&running, state, err);
}

void outside_launched(struct supervisor *supervisor)
{
    free(supervisor->state.address);
    supervisor->state.address = xstrdup(supervisor->launched.address);
}

void outside_end(struct supervisor *supervisor)
{
    struct session_state *state = &supervisor->state;
    struct err err = {0};
    if (!state->tag[0])
        return;
    char *story = engine_outside_story(state->tag);
    if (engine_outside_clean(state->name, state->tag, &err) < 0 && !story)
        story = xstrdup(err.text);
    free(state->told);
    state->told = story ? story : xstrdup("");
}
