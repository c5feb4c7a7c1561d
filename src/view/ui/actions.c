/* actions: the menu (x, F9) of what can be done with the thing under the cursor; what cannot be done
 * is there too, with its reason. Made from the keymap and app_refusal(). */
#include "core.h"
#include "doors.h"
#include "widgets/menu.h"

#include <stdio.h>
#include <string.h>

struct entry {
    enum request request; /* REQ_NONE: a line */
    const char *label;    /* %s: the container's name, or "it" */
    const char *note;     /* the same */
};

static const struct entry entries[] = {
    {REQ_OPEN, "Open", "what it is, who holds it"},
    {REQ_JOIN, "Join..", "a shell or command in it"},
    {REQ_COMPARE, "Compare", "host beside %s"},
    {REQ_ATTACH, "Attach", "the terminal of %s"},
    {REQ_LOG, "Log", "what %s has written"},
    {REQ_TRACE, "Trace", "the calls that made %s"},
    {REQ_EXPLAIN, "Explain", "what this is"},
    {REQ_NONE, NULL, NULL},
    {REQ_CREATE, "Create..", "a new container"},
    {REQ_UNSHARE, "Unshare..", "new namespaces, and only those"},
    {REQ_SHELL, "Shell", "of the host, in a pane"},
    {REQ_NONE, NULL, NULL},
    {REQ_STOP, "Stop %s..", "TERM, then KILL"},
    {REQ_KILL, "Kill..", "a process or all of %s"},
    {REQ_RESTART, "Start again", "as %s was made"},
    {REQ_EXPORT, "Export..", "%s as an OCI bundle"},
    {REQ_REMOVE, "Remove..", "state and log of %s"},
};

static void chosen(struct app *app, void *data, int value)
{
    (void)data;
    if (value >= 0)
        app_request(app, (enum request)value);
}

static void keys_of(const struct keymap_row *row, char *text, size_t size)
{
    const char *first = row->keys[0] == '\r' ? "Enter" : (char[]){(char)row->keys[0], '\0'};
    if (row->keys[0] == 0)
        text[0] = '\0';
    else if (row->fkey != 0)
        snprintf(text, size, "%-2s F%d", first, row->fkey);
    else
        snprintf(text, size, "%s", first);
}

static const char *insert_name(const char *format, const char *name, char *text, size_t size)
{
    const char *place = strstr(format, "%s");
    if (place == NULL)
        snprintf(text, size, "%s", format);
    else
        snprintf(text, size, "%.*s%s%s", (int)(place - format), format, name, place + 2);
    return text;
}

struct filled {
    char keys[16], label[96], note[160];
};

static bool fill(struct app *app, const struct entry *entry, const struct thing *thing,
                 struct menu_row *row, struct filled *filled)
{
    *row = (struct menu_row){.label = NULL};
    if (entry->request == REQ_NONE)
        return true;
    const struct keymap_row *keys = keymap_find(frame_context(app), entry->request);
    if (keys == NULL && entry->request != REQ_OPEN) /* a pane: here the letters are still free */
        keys = keymap_find(CONTEXT_LIST, entry->request);
    if (keys == NULL)
        return false;
    const char *name = thing->name[0] != '\0' ? thing->name : "it";
    keys_of(keys, filled->keys, sizeof(filled->keys));
    insert_name(entry->label, name, filled->label, sizeof(filled->label));
    insert_name(entry->note, name, filled->note, sizeof(filled->note));
    *row = (struct menu_row){.keys = filled->keys,
                             .label = filled->label,
                             .note = filled->note,
                             .key = keys->keys[0] > ' ' ? keys->keys[0] : 0,
                             .value = (int)entry->request};
    char reason[160];
    if (app_refusal(app, entry->request, thing, reason, sizeof(reason)) != NULL) {
        snprintf(filled->note, sizeof(filled->note), "%s", reason);
        row->refused = true;
    }
    return true;
}

void actions_menu_open(struct app *app, const struct thing *thing)
{
    struct menu_row rows[array_length(entries)];
    struct filled filled[array_length(entries)];
    char title[192];
    size_t count = 0;
    for (size_t i = 0; i < array_length(entries); i++)
        if (fill(app, &entries[i], thing, &rows[count], &filled[count]))
            count++;
    thing_describe(thing, title, sizeof(title));
    bool is_list = keymap_find(frame_context(app), REQ_FIND) != NULL;
    menu_open(app, title, rows, count, 0, true,
              is_list ? "Also: f find  / filter  o order  z freeze  w write"
                      : "Also: z freeze  w write",
              chosen, NULL);
}
