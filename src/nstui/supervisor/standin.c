/* At the end of a session that was launched without the step private: what has come out of it. Called
 * by run.c before anything is closed. */
#include "private.h"

#include <stdlib.h>

void standin_end(struct supervisor *supervisor)
{
    const struct supervisor_config *config = supervisor->config;
    struct session_state *state = &supervisor->state;
    _cleanup_strings_ struct strings told = {0};
    _cleanup_text_ struct text text = {0};
    if (supervisor->launched.standin.mounts < 0 || !config->spec)
        return;
    engine_standin_story(&supervisor->launched.standin, config->spec, &told);
    for (size_t i = 0; i < told.count; i++) {
        text_addf(&text, "%s%s", i ? "; " : "", told.items[i]);
        if (config->leaks)
            strings_add(config->leaks, told.items[i]);
    }
    if (!config->detached || state->told[0] || !text.length)
        return;
    free(state->told);
    state->told = xstrdup(text.data);
}
