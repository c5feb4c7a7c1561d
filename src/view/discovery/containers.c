/* containers: which container a process belongs to. Called by the scanner after grouping. Each way of
 * knowing is a function in a table; today there is our own state alone, the engines' cgroup paths and
 * state (docker, podman, containerd, LXC, systemd-nspawn) find their place below it. */
#include "private.h"

#include "nstui/state.h"

typedef void (*containers_knower)(const struct snapshot *view, struct snapshot_builder *builder);

/* A running container of ours is its init and all below it, and all who are in its pid namespace:
 * also those that were sent in by a join. The oldest come first: one that was started in another
 * belongs to the inner. */
static void name_ours(const struct snapshot *view, struct snapshot_builder *builder)
{
    _cleanup_session_list_ struct session_list list = {0};
    struct err ignored = {0};

    if (state_list(&list, &ignored) == -1) {
        return; /* names are a help, not the matter; ps and doctor tell what is wrong there */
    }
    for (size_t i = 0; i < list.count; i++) {
        const struct session_state *session = &list.items[i];
        if (session->kind != SESSION_CONTAINER || session->condition == SESSION_EXITED ||
            session->pid <= 0) {
            continue;
        }
        const struct process *init =
            snapshot_find_same_process(view, session->pid, session->pid_start);
        if (!init || init->zombie) {
            continue;
        }
        const struct namespace *space = snapshot_namespace_of(view, init, NS_PID);
        if ((session->own & NS_BIT(NS_PID)) && space && !space->host) {
            snapshot_builder_container_members(builder, snapshot_namespace_index(view, space),
                                               session->name);
        }
        snapshot_builder_container_tree(builder, snapshot_process_index(view, init), session->name);
    }
}

static const containers_knower knowers[] = {
    name_ours,
};

void containers_name(const struct snapshot *view, struct snapshot_builder *builder)
{
    for (size_t i = 0; i < array_length(knowers); i++) {
        knowers[i](view, builder);
    }
}
