/* latest: see latest.h. Called by the namespaces view at each snapshot and by the detail. */
#include "latest.h"

#include "detail_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void add(struct latest *latest, char sign, const struct snapshot *snapshot,
                const struct namespace *space, int64_t at_s)
{
    const struct process *leader = snapshot_leader(snapshot, space);
    memmove(&latest->events[1], &latest->events[0], (LATEST_KEPT - 1) * sizeof(latest->events[0]));
    latest->events[0] = (struct latest_event){.at_s = at_s,
                                              .sign = sign,
                                              .type = space->type,
                                              .inode = space->inode,
                                              .pid = leader != NULL ? leader->pid : 0};
    if (leader != NULL)
        snprintf(latest->events[0].leader, sizeof(latest->events[0].leader), "%s", leader->comm);
    if (latest->count < LATEST_KEPT)
        latest->count++;
}

void latest_note(struct latest *latest, const struct snapshot *before, const struct snapshot *after,
                 const struct snapshot_diff *diff)
{
    for (size_t i = 0; i < diff->died_count; i++)
        add(latest, '-', before, &before->namespaces[diff->died[i]], after->taken_wall_s);
    for (size_t i = 0; i < diff->born_count; i++)
        add(latest, '+', after, &after->namespaces[diff->born[i]], after->taken_wall_s);
}

void latest_tell(const struct latest *latest, struct detail *detail)
{
    if (latest->count == 0)
        return;
    detail_rule(detail, "LATEST");
    for (size_t i = 0; i < latest->count; i++) {
        const struct latest_event *event = &latest->events[i];
        char clock_text[16], leader[64] = "";
        time_t at = (time_t)event->at_s;
        struct tm parts;
        localtime_r(&at, &parts);
        strftime(clock_text, sizeof(clock_text), "%H:%M:%S", &parts);
        if (event->pid != 0) {
            size_t used = (size_t)snprintf(leader, sizeof(leader), ", %d ", (int)event->pid);
            text_printable(leader + used, sizeof(leader) - used, event->leader,
                           strlen(event->leader), draw_utf8());
        }
        detail_add(detail, event->sign == '+' ? ROLE_BORN : ROLE_DEAD,
                   "%s  %c  %s:[%" PRIu64 "]  %s%s", clock_text, event->sign,
                   ns_types[event->type].name, event->inode, event->sign == '+' ? "born" : "died",
                   leader);
    }
}
