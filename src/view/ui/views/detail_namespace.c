/* detail_namespace: what there is to know of one namespace, as lines for detail.c. Says only what
 * the snapshot knows; what is not looked for is not told. */
#include "../explain.h"
#include "detail_lines.h"
#include "hostname.h"
#include "latest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MEMBERS_SHOWN 500

/* Its names now, beside the host's. */
static bool add_names(struct detail *detail, struct app *app, const struct namespace *space)
{
    char host[80];
    bool host_known = hostname_of_host(app, host, sizeof(host));
    const char *name = detail->names != NULL ? hostname_of(detail->names, space) : NULL;
    if (space->host && host_known)
        detail_add(detail, ROLE_PLAIN, "hostname   %s", host);
    if (space->host || name == NULL)
        return space->host;
    detail_add(detail, ROLE_PLAIN, "hostname   %-17s host: %s", name, host_known ? host : "?");
    detail_add(detail, ROLE_PLAIN, "domain     %s", detail->names->domain);
    return true;
}

static void add_relations(struct detail *detail, struct app *app, const struct namespace *space)
{
    char person[64] = "";
    if (space->owner_name != NULL)
        text_printable(person, sizeof(person), space->owner_name, strlen(space->owner_name),
                       draw_utf8());
    if (space->owner != 0)
        detail_add(detail, ROLE_PLAIN, "owner      user:[%" PRIu64 "]  root of it may change this",
                   space->owner);
    if (space->parent != 0)
        detail_add(detail, ROLE_PLAIN, "parent     %s:[%" PRIu64 "]", ns_types[space->type].name,
                   space->parent);
    if (person[0] != '\0')
        detail_add(detail, ROLE_PLAIN, "made by    %s", person);
    const struct session_state *state =
        space->container != NULL ? app_session(app, space->container) : NULL;
    if (space->type == NS_UTS && add_names(detail, app, space))
        return;
    if (state == NULL)
        return;
    if (space->type == NS_UTS && state->hostname[0] != '\0')
        detail_add(detail, ROLE_PLAIN, "hostname   %s at its start", state->hostname);
    if (space->type == NS_MNT && state->root[0] != '\0')
        detail_add(detail, ROLE_PLAIN, "root       %s of the host", state->root);
}

static void add_members(struct detail *detail, struct app *app, const struct namespace *space)
{
    detail_rule(detail, "WHO IS IN IT: %zu", space->member_count);
    if (space->member_count == 0) {
        detail_add(detail, ROLE_PLAIN, "No process that we can see.");
        return;
    }
    detail_add(detail, ROLE_HEAD, "   PID  INSIDE  USER     STATE     UP  COMMAND");
    for (size_t i = 0; i < space->member_count && i < MEMBERS_SHOWN; i++) {
        struct detail_line *line = detail_add_line(detail, DETAIL_MEMBER);
        line->is_thing = true;
        line->thing = thing_of_process(app, &app->now->processes[space->members[i]]);
    }
    if (space->member_count > MEMBERS_SHOWN)
        detail_add(detail, ROLE_PLAIN, "and %zu more", space->member_count - MEMBERS_SHOWN);
}

static void add_holders(struct detail *detail, struct app *app, const struct namespace *space,
                        int width)
{
    size_t below = 0, owned = 0;
    for (size_t i = 0; i < app->now->namespace_count; i++) {
        const struct namespace *other = &app->now->namespaces[i];
        below += other->type == space->type && other->parent == space->inode;
        owned += space->type == NS_USER && other->owner == space->inode;
    }
    detail_rule(detail, "WHAT KEEPS IT ALIVE");
    if (space->host) {
        detail_wrap(detail, ROLE_PLAIN, "It is the host's: there as long as the machine runs.",
                    width);
        if (app->now->host_origin[space->type] != HOST_OF_PID_1) {
            _cleanup_free_ char *origin =
                xasprintf("Process 1 may not be read here; what we take for the host's: %s.",
                          host_origin_name(app->now->host_origin[space->type]));
            detail_wrap(detail, ROLE_WARN, origin, width);
        }
        return;
    }
    detail_add(detail, ROLE_PLAIN, "processes       %zu", space->member_count);
    if (below > 0)
        detail_add(detail, ROLE_PLAIN, "nested in it    %zu", below);
    if (owned > 0)
        detail_add(detail, ROLE_PLAIN, "owned by it     %zu namespace%s", owned,
                   owned == 1 ? "" : "s");
    if (space->member_count > 0 && below + owned == 0)
        detail_wrap(detail, ROLE_PLAIN,
                    "When the last process ends it is gone, unless a bind mount or an open file "
                    "holds it.",
                    width);
}

/* The leader's other namespaces: which are its own, which the host's. */
static void add_company(struct detail *detail, struct app *app, const struct namespace *space)
{
    const struct process *leader = snapshot_leader(app->now, space);
    char host[96] = "";
    if (leader == NULL || space->host)
        return;
    ns_set differs = process_differs(app->now, leader);
    ns_set known = process_known(leader);
    detail_rule(detail, "WITH THE SAME PROCESSES");
    for (int type = 0; type < NS_TYPES; type++) {
        const struct namespace *other = snapshot_namespace_of(app->now, leader, (enum ns_type)type);
        size_t used = strlen(host);
        if (other == NULL)
            continue;
        if ((differs & NS_BIT(type)) == 0) {
            if ((known & NS_BIT(type)) != 0)
                snprintf(host + used, sizeof(host) - used, "%s  ", ns_types[type].name);
            continue;
        }
        struct detail_line *line = detail_add_line(detail, DETAIL_TYPE);
        line->is_thing = true;
        line->own = true;
        line->thing = thing_of_namespace(app, other);
        line->text = xstrdup(explain_types[type].own);
    }
    if (host[0] != '\0')
        detail_add(detail, ROLE_HOST, "of the host  %s", host);
}

static void add_shell_lines(struct detail *detail, struct app *app, const struct namespace *space)
{
    const struct process *leader = snapshot_leader(app->now, space);
    const struct ns_type_info *type = &ns_types[space->type];
    if (leader == NULL)
        return;
    detail_rule(detail, "DO THE SAME IN A SHELL");
    detail_add(detail, ROLE_PLAIN, "see it       readlink /proc/%d/ns/%s", (int)leader->pid,
               type->name);
    if (space->host)
        return;
    detail_add(detail, ROLE_PLAIN, "enter it     nstui join %d -%c -- /bin/bash", (int)leader->pid,
               type->letter);
    detail_add(detail, ROLE_PLAIN, "or           nsenter --%s --target %d /bin/bash", type->option,
               (int)leader->pid);
}

void detail_of_namespace(struct detail *detail, struct app *app, int width)
{
    const struct thing *subject = &detail->subject;
    const struct namespace *space =
        snapshot_find_namespace(app->now, subject->type, subject->inode);
    char name[192];
    detail_add(detail, ROLE_TITLE, "%s", thing_describe(subject, name, sizeof(name)));
    detail_rule(detail, "WHAT IT IS");
    detail_wrap(detail, ROLE_PLAIN, explain_types[subject->type].one, width - 1);
    if (space == NULL) {
        detail_add(detail, ROLE_WARN, "It has gone: nothing holds it any more.");
        return;
    }
    add_relations(detail, app, space);
    add_members(detail, app, space);
    add_holders(detail, app, space, width - 1);
    add_company(detail, app, space);
    add_shell_lines(detail, app, space);
    if (detail->latest != NULL)
        latest_tell(detail->latest, detail);
}
