/* What is known of a session, gathered and written down: at the birth of its first process, and once it
 * runs. Called by run.c. Whoever comes after a killed supervisor believes these files alone. */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void set_string(char **place, const char *string)
{
    free(*place);
    *place = xstrdup(string ? string : "");
}

static void state_from_spec(struct session_state *state, const struct spec *spec)
{
    static const char *const enters[] = {"none", "chroot", "pivot"};
    state->own = spec->namespaces;
    state->init = spec->init;
    state->terminal = spec->terminal;
    set_string(&state->root, spec->root);
    set_string(&state->enter, enters[spec->enter]);
    set_string(&state->layout, spec->layout.name);
    set_string(&state->hostname, spec->hostname);
    set_string(&state->grade, grade_name(spec->grade));
    for (size_t i = 0; i < spec->argv.count; i++)
        strings_add(&state->command, spec->argv.items[i]);
    if (spec->hold || spec->init_shell) { /* for show: what runs in there */
        strings_add(&state->command, "nstui-init");
        strings_add(&state->command, spec->hold ? "--hold" : "--prompt");
    }
}

/* After the launch, when engine_join() has said what it entered. */
static void state_from_join(struct session_state *state, const struct supervisor_config *config)
{
    const struct join *join = config->join;
    state->own = join->entered;
    state->terminal = join->terminal;
    set_string(&state->enter, "none");
    set_string(&state->target, config->target);
    for (size_t i = 0; i < join->argv.count; i++)
        strings_add(&state->command, join->argv.items[i]);
}

/* The line that makes it again, for show. What cannot be shown whole, and as it is, is not kept. */
static void line_from_words(struct session_state *state, const struct supervisor_config *config)
{
    char printable[SESSION_LINE_MAX + 1];
    if (!config->words || config->again)
        return;
    _cleanup_free_ char *line = text_shell_line(config->words);
    (void)text_printable(printable, sizeof(printable), line, strlen(line), true);
    set_string(&state->line, strcmp(line, printable) == 0 ? line : "");
}

bool session_is_kept(const struct supervisor_config *config)
{
    return config->detached && !config->remove && config->kind == SESSION_CONTAINER;
}

void record_take_over(struct supervisor *supervisor, const struct session_state *before)
{
    set_string(&supervisor->state.made, before->made);
    set_string(&supervisor->state.line, before->line);
}

static void state_fill(struct supervisor *supervisor)
{
    const struct supervisor_config *config = supervisor->config;
    struct session_state *state = &supervisor->state;
    (void)snprintf(state->name, sizeof(state->name), "%s", supervisor->place.name);
    state->kind = config->kind;
    state->condition = SESSION_RUNNING;
    state->owner = geteuid();
    state->detached = config->detached;
    state->remove = !session_is_kept(config);
    state->supervisor = getpid();
    state->created_s = time(NULL);
    line_from_words(state, config);
    if (config->join)
        state_from_join(state, config);
    else
        state_from_spec(state, config->spec);
}

/* Who it is. In a user namespace of its own it cannot be looked at while it changes who it is. */
static void state_identify(struct supervisor *supervisor)
{
    struct session_state *state = &supervisor->state;
    state->pid = supervisor->launched.pid;
    (void)process_identify(state->pid, &state->pid_start, &state->pid_ns_inode);
}

/* Which directory was made for it, for nstui rm --root. */
static void root_identify(struct supervisor *supervisor)
{
    struct stat status;
    struct session_state *state = &supervisor->state;
    if (!supervisor->config->spec->root || lstat(supervisor->config->spec->root, &status) < 0)
        return;
    free(state->made);
    state->made = xasprintf("%llx:%llu", (unsigned long long)status.st_dev,
                            (unsigned long long)status.st_ino);
}

/* By the engine, while the child sets itself up: what is found here ends what nobody watches any more.
 * Only where it runs it is worth to be kept, and gets into the kept folder. What need not come before
 * the launch is done here too, since a second processor has nothing to do meanwhile. */
int record_born(void *data, const struct launched *launched, struct err *err)
{
    struct supervisor *supervisor = data;
    struct session_place running = supervisor->place;
    running.keep_fd = -1;
    if (!supervisor->config->name)
        (void)supervisor_clean_lost(NULL);
    if (clients_open(supervisor, err) < 0)
        return -1;
    outside_launched(supervisor);
    state_fill(supervisor);
    if (launched->made_root)
        root_identify(supervisor);
    state_identify(supervisor);
    bool remove = supervisor->state.remove;
    supervisor->state.remove = remove || !supervisor->config->again;
    int result = state_write(&running, &supervisor->state, err);
    supervisor->state.remove = remove;
    return result;
}

/* After the launch: what could not be written at the birth. */
int record_complete(struct supervisor *supervisor, struct err *err)
{
    struct session_state *state = &supervisor->state;
    bool written = state->pid != 0;
    if (!written)
        state_fill(supervisor);
    if (!state->pid_start)
        state_identify(supervisor), written = false;
    if (written && supervisor->place.keep_fd < 0)
        return 0;
    return state_write(&supervisor->place, state, err);
}
