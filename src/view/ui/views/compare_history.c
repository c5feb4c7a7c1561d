/* compare_history: what changed under the hostname tab in the last minutes. Called by compare.c with
 * every look; pure but for the bounds it keeps. */
#include "compare.h"

#include <stdio.h>
#include <string.h>

static void add(struct history *history, time_t now, const char *name, const char *what,
                const char *text)
{
    if (history->count == HISTORY_MAX)
        history->count--;
    memmove(&history->entries[1], &history->entries[0],
            history->count * sizeof(history->entries[0]));
    struct history_entry *entry = &history->entries[0];
    entry->when = now;
    snprintf(entry->text, sizeof(entry->text), "%.24s  %.16s  %.230s", name, what, text);
    history->count++;
}

bool history_compare(struct history *history, const char *name, const struct look_hostname *before,
                     const struct look_hostname *after, time_t now)
{
    /* The kernel and the machine stay what they are. */
    static const enum name_row rows[] = {NAME_FILE, NAME_UTS, NAME_DOMAIN, NAME_HOSTNAME};
    bool any = false;
    for (size_t i = 0; i < array_length(rows); i++) {
        char was[LOOK_TEXT_MAX], is[LOOK_TEXT_MAX], text[HISTORY_TEXT_SIZE];
        if (!name_row_differs(before, after, rows[i]))
            continue;
        name_row_value(before, rows[i], was, sizeof(was));
        name_row_value(after, rows[i], is, sizeof(is));
        snprintf(text, sizeof(text), "%.100s -> %.100s", was, is);
        add(history, now, name, name_row_labels[rows[i]], text);
        any = true;
    }
    return any;
}

void history_unchanged(struct history *history, const char *name, time_t now)
{
    add(history, now, name, name_row_labels[NAME_HOSTNAME], "unchanged");
}

void history_age(struct history *history, time_t now)
{
    while (history->count > 0 && history->entries[history->count - 1].when < now - HISTORY_SECONDS)
        history->count--;
}
