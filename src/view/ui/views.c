/* views: the table of all views, in the order of the tabs. */
#include "view.h"

#include "app.h"

extern const struct view_ops view_namespaces, view_containers, view_compare, view_panes, view_trace;

static const struct view_ops *const all_views[] = {
    &view_namespaces, &view_containers, &view_compare, &view_panes, &view_trace,
};

struct view *views_all(struct app *app, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < array_length(all_views); i++)
        app->views[(*count)++] = (struct view){.ops = all_views[i], .app = app};
    return app->views;
}
