/* no_root: what a user without root is told once at the start: what can be seen and done, what needs
 * sudo. Everything visible is shown behind it. */
#include "core.h"
#include "doors.h"

static const char *const pairs[][2] = {
    {"WITHOUT SUDO YOU CAN", "FOR THESE YOU NEED SUDO"},
    {"see your own processes and namespaces", "see every process and container"},
    {"create with a user namespace (-U)", "create without one"},
    {"join your own containers", "join those of others"},
    {"compare your containers with the host", "compare everybody's"},
};

static void no_root_draw(struct dialog *dialog, struct box box)
{
    const struct app *app = dialog->app;
    size_t all = app->now != NULL ? app->now->process_count : 0;
    size_t hidden = app->now != NULL ? app->now->counts.forbidden : 0;
    int row = box.row + 1;
    bool two = box.columns >= 76;
    draw_text(row++, 1, box.columns - 2, ROLE_OWN,
              "You started nstui without sudo. It shows what you may see and nothing more.");
    row++;
    draw_textf(row++, 2, box.columns - 3, ROLE_PLAIN,
               "%zu of %zu processes can be read in full: your own.", all - hidden, all);
    draw_textf(row++, 2, box.columns - 3, ROLE_PLAIN,
               "The other %zu belong to other users; the kernel hides their namespaces.", hidden);
    row++;
    for (size_t i = 0; i < array_length(pairs); i++) {
        enum role role = i == 0 ? ROLE_TITLE : ROLE_PLAIN;
        draw_text(row, 2, two ? 40 : box.columns - 3, role, pairs[i][0]);
        if (two)
            draw_text(row, 43, box.columns - 44, role, pairs[i][1]);
        row++;
    }
    row++;
    if (row + 3 < box.row + box.rows) {
        draw_text(row++, 2, box.columns - 3, ROLE_PLAIN,
                  "To see all of it, leave with q and type:");
        draw_text(++row, 6, box.columns - 8, ROLE_OWN, "sudo nstui");
    }
    draw_rule(box.row + box.rows - 1, 0, box.columns, false, "this page comes once", "");
}

static bool no_root_request(struct dialog *dialog, enum request request)
{
    (void)dialog;
    return request == REQ_UP;
}

/* Enter goes on, q leaves the dashboard, as it does at the top of a view. */
static bool no_root_raw_key(struct dialog *dialog, struct key key)
{
    struct app *app = dialog->app;
    if (key.is_function)
        return false;
    if (key.code == 'q' || key.code == 'Q') {
        app_quit(app);
        return true;
    }
    if (key.code == '\r' || key.code == '\n') {
        app_dialog_close(app, dialog);
        return true;
    }
    return false;
}

static void no_root_hint(struct dialog *dialog, struct text *hint)
{
    (void)dialog;
    text_add(hint, "`Enter` go on without root  `q` leave");
}

static const struct dialog_ops no_root_ops = {
    .context = CONTEXT_PAGE,
    .page = true,
    .draw = no_root_draw,
    .raw_key = no_root_raw_key,
    .request = no_root_request,
    .hint = no_root_hint,
};

void no_root_open(struct app *app)
{
    app_dialog_open(app, &no_root_ops, NULL);
}
