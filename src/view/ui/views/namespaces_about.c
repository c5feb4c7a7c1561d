/* namespaces_about: the sentences below the list about the row under the cursor. Called by
 * namespaces.c; says what the snapshot knows and no more. */
#include "../explain.h"
#include "detail_lines.h"
#include "namespaces.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *s(size_t count)
{
    return count == 1 ? "" : "s";
}

static void about_head(struct namespaces *view, const struct row *row, struct about *about)
{
    const struct snapshot *now = view->app->now;
    if (row->space == NULL) {
        text_addf(&about->text, "The host's own cannot be seen from here.\n%s",
                  explain_types[row->type].brief);
        return;
    }
    size_t below = now->type_start[row->type + 1] - now->type_start[row->type] - 1;
    if (below == 0)
        text_add(&about->text, "Every process that we can see is in this one: the host's.");
    else
        text_addf(&about->text,
                  "The host's own: %zu of %zu processes are in it. %zu other%s of this type.",
                  row->space->member_count, now->process_count, below, s(below));
    char host[80];
    if (row->type == NS_UTS && hostname_of_host(view->app, host, sizeof(host)))
        text_addf(&about->text, "\nHostname out here: %s.", host);
    else if (now->host_origin[row->type] == HOST_OF_OURS)
        text_add(&about->text, "\nProcess 1 may not be read here: our own stand for the host's.");
    else
        text_addf(&about->text, "\n%s", explain_types[row->type].brief);
}

/* What the namespace is about: its hostname, beside the host's. */
static bool about_names(struct namespaces *view, const struct namespace *space, struct about *about)
{
    const char *name = hostname_of(&view->hostname, space);
    char host[80];
    if (name == NULL)
        return false;
    text_addf(&about->text, "Hostname in here: %s.", name);
    if (hostname_of_host(view->app, host, sizeof(host)))
        text_addf(&about->text, " The host %s: %s.",
                  strcmp(name, host) == 0 ? "has the same" : "keeps", host);
    return true;
}

static void about_space(struct namespaces *view, const struct row *row, struct about *about)
{
    const struct namespace *space = row->space;
    const struct session_state *state =
        space->container != NULL ? app_session(view->app, space->container) : NULL;
    if (row->type == NS_UTS && about_names(view, space, about))
        ;
    else if (state != NULL && row->type == NS_UTS && state->hostname[0] != '\0')
        text_addf(&about->text, "Its hostname was set to %s at the start. ", state->hostname);
    else if (state != NULL && row->type == NS_MNT && state->root[0] != '\0')
        text_addf(&about->text, "Its root is %s of the host. ", state->root);
    else
        text_addf(&about->text, "A process in here %c%s ",
                  explain_types[row->type].own[0] - 'A' + 'a', explain_types[row->type].own + 1);
    if (space->member_count == 0)
        text_add(&about->text, "\nNo process is in it; another namespace below it, or owned by "
                               "it, keeps it.");
    else
        text_addf(&about->text, "\n%zu process%s hold%s it; when the last one ends, it is gone.",
                  space->member_count, space->member_count == 1 ? "" : "es",
                  space->member_count == 1 ? "s" : "");
}

static void about_member(struct namespaces *view, const struct row *row, struct about *about)
{
    const struct process *process = row->process;
    ns_set differs = process_differs(view->app->now, process);
    char age[16];
    if (process->pid_inside != 0 && process->pid_inside != process->pid)
        text_addf(&about->text, "One process, two numbers: %d out here, %d in there. ",
                  (int)process->pid, (int)process->pid_inside);
    else
        text_addf(&about->text, "It has run for %s. ",
                  text_span(process_age_s(process), age, sizeof(age)));
    text_add(&about->text, "\nOwn:");
    for (int type = 0; type < NS_TYPES; type++)
        if ((differs & NS_BIT(type)) != 0)
            text_addf(&about->text, " %s", ns_types[type].name);
    text_add(&about->text, differs == 0 ? " none." : ". All else is the host's.");
}

static void title(struct namespaces *view, const struct row *row, struct about *about)
{
    struct thing thing = namespaces_thing(view, row);
    if (row->kind == ROW_OTHERS)
        snprintf(about->left, sizeof(about->left), "%zu services with a %s namespace of their own",
                 row->others, ns_types[row->type].name);
    else if (view->app->columns < 60 && thing.name[0] != '\0')
        snprintf(about->left, sizeof(about->left), "%.63s, leader %d %s", thing.name,
                 (int)thing.pid, thing.command);
    else
        thing_describe(&thing, about->left, sizeof(about->left));
}

void namespaces_about(struct namespaces *view, const struct row *row, struct about *about)
{
    if (row == NULL)
        return;
    title(view, row, about);
    if (row->ghost != NULL)
        text_add(&about->text, "It has gone: nothing holds it any more.");
    else if (row->kind == ROW_OTHERS)
        text_addf(&about->text,
                  "Services of the machine that share all but this with the host.\nl lists them.");
    else if (row->kind == ROW_MEMBER)
        about_member(view, row, about);
    else if (row->kind == ROW_HEAD)
        about_head(view, row, about);
    else
        about_space(view, row, about);
}
