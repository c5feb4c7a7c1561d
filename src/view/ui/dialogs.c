/* dialogs: the stack of what stands over the view. Called by views, pages and widgets. */
#include "core.h"

#include <stdlib.h>

struct dialog *app_dialog_open(struct app *app, const struct dialog_ops *ops, void *data)
{
    struct dialog *dialog = xcalloc(1, sizeof(*dialog));
    *dialog = (struct dialog){.ops = ops, .app = app, .data = data, .below = app->dialog};
    app->dialog = dialog;
    if (app->message_kind == MESSAGE_RESULT) /* line 23 is for what can be pressed in it */
        app->message_kind = MESSAGE_NONE;
    app_redraw(app);
    return dialog;
}

void app_dialog_close(struct app *app, struct dialog *dialog)
{
    struct dialog **link = &app->dialog;
    while (*link != NULL && *link != dialog)
        link = &(*link)->below;
    if (*link == NULL)
        return;
    *link = dialog->below;
    if (dialog->ops->close != NULL)
        dialog->ops->close(dialog);
    free(dialog);
    app_redraw(app);
}
