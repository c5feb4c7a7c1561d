/* hostname: see hostname.h. Called by the namespaces view in the loop, which it never blocks. */
#include "hostname.h"

#include "nstui/look.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define AGAIN_MS 5000 /* a name changes seldom, and each look is a process */

static void on_look(struct app *app, void *data, const struct command_result *result)
{
    struct hostname *hostname = data;
    struct look look = {0};
    struct err err = {0};
    bool good = result->status == 0 &&
                look_parse(result->out, strlen(result->out), &look, &err) == 0 &&
                look.has_hostname && look.hostname.uts == hostname->asked &&
                look.hostname.nodename[0] != '\0';
    if (good) {
        const struct look_hostname *names = &look.hostname;
        bool same = hostname->known == names->uts && strcmp(hostname->name, names->nodename) == 0;
        hostname->known = names->uts;
        snprintf(hostname->name, sizeof(hostname->name), "%s", names->nodename);
        snprintf(hostname->domain, sizeof(hostname->domain), "%s", names->domain);
        if (!same)
            app_redraw(app);
    } else if (hostname->known == hostname->asked) {
        hostname->known = 0; /* what was known may be wrong by now */
    }
    hostname->asked = 0;
    look_free(&look);
}

void hostname_tick(struct hostname *hostname, const struct namespace *space, int64_t now_ms)
{
    struct app *app = hostname->app;
    const struct process *leader = space != NULL ? snapshot_leader(app->now, space) : NULL;
    if (leader == NULL || space->type != NS_UTS || space->host || hostname->asked != 0)
        return;
    if (app->frozen || (now_ms < hostname->next_ms && hostname->tried == space->inode))
        return;
    hostname->asked = hostname->tried = space->inode;
    hostname->next_ms = now_ms + AGAIN_MS;
    const struct look_request request = {
        .pid = leader->pid, .start_time = leader->start_time, .what = LOOK_HOSTNAME, .brief = true};
    app_look(app, &request, on_look, hostname);
}

const char *hostname_of(const struct hostname *hostname, const struct namespace *space)
{
    return space->type == NS_UTS && hostname->known == space->inode ? hostname->name : NULL;
}

bool hostname_of_host(const struct app *app, char *text, size_t size)
{
    struct stat ours;
    struct utsname names;
    if (app->now == NULL || stat("/proc/self/ns/uts", &ours) == -1 ||
        ours.st_ino != app->now->host[NS_UTS] || uname(&names) == -1)
        return false;
    text_printable(text, size, names.nodename, strlen(names.nodename), draw_utf8());
    return text[0] != '\0';
}
