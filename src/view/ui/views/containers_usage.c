/* containers_usage: what a running session uses, from its own cgroup, for the columns MEM and CPU, and
 * in a sentence why there is nothing to show. Called by containers.c and containers_words.c. The files
 * are read by the thread of details, never here. */
#include "containers.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define AGE_MS 2000

bool session_usage(struct app *app, const struct session_state *state, struct session_usage *usage)
{
    *usage = (struct session_usage){.cpu_percent = -1};
    if (app->now == NULL || app->discovery == NULL || state->condition != SESSION_RUNNING)
        return false;
    const struct process *first =
        snapshot_find_same_process(app->now, state->pid, state->pid_start);
    if (first == NULL)
        return false;
    _cleanup_details_ struct process_details *details =
        discovery_details(app->discovery, first, AGE_MS);
    if (details == NULL || details->gone)
        return false;
    usage->cgroup = details->usage;
    usage->cpu_percent = details->cpu_percent;
    return true;
}

char *session_usage_memory(const struct session_usage *usage, char *text, size_t size)
{
    if (usage->cgroup.own && usage->cgroup.memory_bytes >= 0)
        return text_bytes((uint64_t)usage->cgroup.memory_bytes, text, size);
    snprintf(text, size, "-");
    return text;
}

char *session_usage_cpu(const struct session_usage *usage, char *text, size_t size)
{
    snprintf(text, size, usage->cpu_percent >= 0 ? "%d%%" : "-", usage->cpu_percent);
    return text;
}

/* "limits   12M of 64M memory, 3 of 20 processes": what it has and what it may have. */
static void about_limits(const struct session_usage *usage, struct text *text)
{
    const struct cgroup_usage *cgroup = &usage->cgroup;
    const bool memory = cgroup->memory_limit_bytes >= 0 && cgroup->memory_limit_bytes != INT64_MAX;
    const bool processes = cgroup->process_limit >= 0 && cgroup->process_limit != INT64_MAX;
    char now[16], most[16];
    text_add(text, "limits   ");
    if (memory && cgroup->memory_bytes >= 0)
        text_addf(text, "%s of %s memory", text_bytes((uint64_t)cgroup->memory_bytes, now, 16),
                  text_bytes((uint64_t)cgroup->memory_limit_bytes, most, 16));
    if (processes)
        text_addf(text, "%s%lld of %lld processes", memory ? ", " : "",
                  (long long)cgroup->processes, (long long)cgroup->process_limit);
    if (!memory && !processes)
        text_add(text, "of cpu time alone");
    text_add(text, "\n");
}

void session_words_usage(struct app *app, const struct session_state *state, struct text *text)
{
    struct session_usage usage;
    if (state->condition == SESSION_RUNNING && state->address[0] != '\0')
        text_addf(text, "network  eth0 with %.*s on a bridge of the host\n",
                  (int)strcspn(state->address, " "), state->address);
    if (state->condition != SESSION_RUNNING && state->told[0] != '\0')
        text_addf(text, "its end  %s\n", state->told);
    if (session_usage(app, state, &usage) && usage.cgroup.own)
        about_limits(&usage, text);
}

void session_words_no_usage(struct app *app, const struct session_state *state, struct text *text)
{
    struct session_usage usage;
    if (!session_usage(app, state, &usage) || usage.cgroup.own)
        return;
    if (usage.cgroup.memory_is_off)
        text_addf(text,
                  "MEM is \"-\": this kernel counts no memory. Add cgroup_enable=memory to %s and "
                  "reboot.\n",
                  access("/boot/firmware/cmdline.txt", F_OK) == 0 ? "/boot/firmware/cmdline.txt"
                                                                  : "its command line");
    else if (state->kind == SESSION_CONTAINER)
        text_add(text, "MEM is \"-\": it has no cgroup of its own; a limit, as --memory 1g, makes "
                       "one.\n");
}
