/* compare_draw: the compare view on the screen: tabs, the heads of the two sides, the rows of names
 * and of processes with their sign between them. Called by compare.c; decides nothing but columns. */
#include "compare.h"

#include <stdio.h>
#include <string.h>

#define LABEL_COLUMNS 15 /* "/etc/hostname" and a blank */

/* Where things stand in a row. left, right: the first column of a half, which is its cursor's. */
struct layout {
    bool narrow;
    int columns; /* of the screen */
    int halves[SIDES];
    int width; /* of a half */
    int sign;  /* column of != */
};

static struct layout layout_make(const struct compare *compare, struct box box)
{
    struct layout layout = {.narrow = compare_is_narrow(compare), .columns = box.columns};
    if (layout.narrow) {
        layout.width = box.columns - 3;
        layout.sign = box.columns - 3;
        return layout;
    }
    layout.sign = box.columns / 2 - 1;
    layout.width = layout.sign - 1;
    layout.halves[RIGHT] = layout.sign + 2;
    return layout;
}

static bool side_is_shown(const struct compare *compare, const struct layout *layout, int side)
{
    return !layout->narrow || (int)compare->focus == side;
}

static enum role role_for(bool on_cursor, enum role role)
{
    return on_cursor ? (enum role)((unsigned int)role | ROLE_ON_CURSOR) : role;
}

/* ---- tabs and heads ------------------------------------------------------------------------ */

static void draw_tabs(const struct compare *compare, struct box box)
{
    static const char *const names[COMPARE_TABS] = {"hostname", "ps"};
    int at = box.column + 1;
    if (compare_is_wide(compare)) {
        draw_text(box.row, at, box.columns - 1, ROLE_TAB_OPEN, "[hostname + ps]");
    } else {
        for (int i = 0; i < COMPARE_TABS; i++) {
            bool open = (int)compare->tab == i;
            at += draw_textf(box.row, at, box.columns - at, open ? ROLE_TAB_OPEN : ROLE_TAB,
                             open ? "[%s]" : " %s ", names[i]);
        }
    }
    const char *live = compare->view->app->frozen ? "frozen" : "live, every 1 s";
    draw_text_right(box.row, box.column + box.columns - 20, 19, ROLE_PLAIN, live);
}

/* What stands beside the name in a side's head; where it keeps us waiting, or failed, that. */
static enum role head_words(const struct compare *compare, int index, char *text, size_t size)
{
    const struct compare_side *side = &compare->sides[index];
    int waiting = side_waiting_s(side, clock_monotonic_ms());
    text[0] = '\0';
    if (!side->chosen)
        snprintf(text, size, "press %c to choose this side", index == LEFT ? '<' : '>');
    else if (waiting >= 0 && (!side->has_look || waiting >= 1))
        snprintf(text, size, "looking in %.40s .. %d s", side->name, waiting);
    else if (side->problem[0] != '\0')
        snprintf(text, size, "! %s", side->has_look ? "not seen now" : "not seen");
    else if (side->has_look && !compare_is_wide(compare) && compare->tab == TAB_PS)
        snprintf(text, size, "sees %zu process%s", side->look.ps.count,
                 side->look.ps.count == 1 ? "" : "es");
    else if (side->has_look && compare_is_wide(compare))
        snprintf(text, size, "pid %d, %.80s", side_is_host(side) ? 1 : (int)side->look.pid,
                 side->look.has_hostname ? side->look.hostname.nodename : "");
    else if (side->has_look)
        snprintf(text, size, "(pid %d)", side_is_host(side) ? 1 : (int)side->look.pid);
    if (!side->chosen)
        return ROLE_NOT_NOW;
    return waiting >= 0 ? ROLE_WARN : side->problem[0] != '\0' ? ROLE_WRONG : ROLE_PLAIN;
}

static void draw_heads(const struct compare *compare, const struct layout *layout, int row)
{
    for (int i = 0; i < SIDES; i++) {
        if (!side_is_shown(compare, layout, i))
            continue;
        const struct compare_side *side = &compare->sides[i];
        char words[160];
        enum role role = head_words(compare, i, words, sizeof(words));
        int at = layout->halves[i] + 1;
        int width = layout->width - 1;
        bool focused = compare->focus == (enum side_index)i;
        bool named = side->chosen && (side->has_look || role != ROLE_WARN);
        if (named)
            at += draw_text(row, at, width < 26 ? width / 2 : width - 13,
                            focused ? ROLE_RULE_FOCUSED : ROLE_PLAIN, side->name) +
                  (compare->tab == TAB_PS || compare_is_wide(compare) ? 3 : 1);
        draw_text(row, at, layout->halves[i] + layout->width - at, role, words);
    }
    if (layout->narrow)
        draw_text_right(row, layout->columns - 20, 19, ROLE_NOT_NOW, "Tab turns it over");
    else
        draw_rule_down(row, layout->sign, 1);
}

static void draw_sign(const struct layout *layout, int row, bool differs, enum role role)
{
    draw_text(row, layout->sign, 2, role, differs ? "!=" : "=");
}

/* ---- the rows of names --------------------------------------------------------------------- */

/* What is worth saying behind the file's name where there is room. */
static const char *file_note(const struct compare *compare, int index)
{
    const struct look_hostname *other = &compare->sides[1 - index].look.hostname;
    const struct look_hostname *own = &compare->sides[index].look.hostname;
    if (side_is_host(&compare->sides[index]) || own->file != LOOK_FILE_READ)
        return "";
    if (other->file == LOOK_FILE_READ && own->file_inode == other->file_inode &&
        own->file_device == other->file_device)
        return own->file_read_only ? "the same file, read-only in there" : "the same file";
    return own->file_read_only ? "read-only" : "";
}

static void draw_name_row(const struct compare *compare, const struct layout *layout, int row,
                          enum name_row name, bool on_cursor)
{
    const struct look *looks[SIDES] = {&compare->sides[LEFT].look, &compare->sides[RIGHT].look};
    bool known = looks[LEFT]->has_hostname && looks[RIGHT]->has_hostname;
    bool differs = known && name_row_differs(&looks[LEFT]->hostname, &looks[RIGHT]->hostname, name);
    draw_text(row, 0, 1, role_for(on_cursor, ROLE_PLAIN), on_cursor ? ">" : " ");
    draw_field(row, 1, LABEL_COLUMNS, role_for(on_cursor, ROLE_PLAIN), name_row_labels[name]);
    for (int i = 0; i < SIDES; i++) {
        char value[LOOK_TEXT_MAX], text[LOOK_TEXT_MAX + 64];
        if (!side_is_shown(compare, layout, i))
            continue;
        int at = i == LEFT || layout->narrow ? 1 + LABEL_COLUMNS : layout->halves[i] + 1;
        int end = layout->halves[i] + layout->width;
        name_row_value(&looks[i]->hostname, name, value, sizeof(value));
        bool noted = name == NAME_FILE && layout->width >= 60;
        snprintf(text, sizeof(text), noted ? "%-22s %s" : "%s",
                 looks[i]->has_hostname ? value : "..", file_note(compare, i));
        draw_field(row, at, end - at,
                   role_for(on_cursor && compare->focus == (enum side_index)i,
                            differs ? ROLE_OWN : ROLE_PLAIN),
                   text);
    }
    if (known)
        draw_sign(layout, row, differs, differs ? ROLE_OWN : ROLE_PLAIN);
}

static int draw_names(const struct compare *compare, const struct layout *layout, int row,
                      int bottom)
{
    enum name_row rows[NAMES];
    int count = compare_names(compare, rows);
    for (int i = 0; i < count && row < bottom; i++, row++)
        draw_name_row(compare, layout, row, rows[i],
                      compare_on_names(compare) && compare->name_cursor == i);
    if (count == 0 && row < bottom)
        draw_text(row++, 2, layout->columns - 4, ROLE_PLAIN,
                  "no row differs; = shows them all again");
    return row;
}

static void draw_history(const struct compare *compare, struct box box, int row)
{
    const struct history *history = &compare->history;
    char text[HISTORY_TEXT_SIZE + 16], clock_text[16];
    struct tm parts;
    if (row + 1 >= box.row + box.rows)
        return;
    draw_rule(row++, box.column, box.columns, false, "seen in the last 5 minutes", NULL);
    for (size_t i = 0; i < history->count && row < box.row + box.rows; i++, row++) {
        localtime_r(&history->entries[i].when, &parts);
        strftime(clock_text, sizeof(clock_text), "%H:%M:%S", &parts);
        snprintf(text, sizeof(text), "%s  %s", clock_text, history->entries[i].text);
        draw_text(row, 1, box.columns - 2, ROLE_PLAIN, text);
    }
    if (history->count > 0 || compare->since == 0)
        return;
    localtime_r(&compare->since, &parts);
    strftime(clock_text, sizeof(clock_text), "%H:%M:%S", &parts);
    draw_textf(row, 1, box.columns - 2, ROLE_PLAIN, "no name changed since %s", clock_text);
}

/* ---- the rows of processes ----------------------------------------------------------------- */

/* Columns of one half; 0: not shown. Numbers are never cut: the widest says how wide. */
struct ps_columns {
    int pid, user, tty, state, up;
};

static int digits(pid_t pid)
{
    int count = 1;
    for (; pid > 9; pid /= 10)
        count++;
    return count;
}

static struct ps_columns columns_make(const struct compare *compare, const struct layout *layout)
{
    struct ps_columns columns = {.pid = 5, .user = 4};
    int user_most = layout->width >= 60 ? 8 : 5;
    for (int i = 0; i < SIDES; i++) {
        const struct look_ps *ps = &compare->sides[i].look.ps;
        for (size_t p = 0; p < ps->count; p++) {
            int user = (int)strlen(ps->rows[p].user);
            if (digits(ps->rows[p].pid) > columns.pid)
                columns.pid = digits(ps->rows[p].pid);
            if (user > columns.user)
                columns.user = user < user_most ? user : user_most;
        }
    }
    if (layout->width >= 68) {
        columns.tty = 6;
        columns.state = 5;
        columns.up = 6;
    }
    return columns;
}

static const char *state_word(char state)
{
    static const struct {
        char state;
        const char *word;
    } words[] = {{'R', "run"},   {'S', "sleep"}, {'D', "disk"}, {'T', "stop"},
                 {'t', "trace"}, {'Z', "dead"},  {'I', "idle"}};
    for (size_t i = 0; i < array_length(words); i++)
        if (words[i].state == state)
            return words[i].word;
    return "?";
}

static void draw_ps_head(const struct compare *compare, const struct layout *layout, int row,
                         const struct ps_columns *columns)
{
    char text[128];
    int used = snprintf(text, sizeof(text), "%*s %*s %-*s ", columns->pid, "PID", columns->pid,
                        "PPID", columns->user, "USER");
    if (columns->tty > 0)
        used += snprintf(text + used, sizeof(text) - (size_t)used, "%-*s %-*s %*s ", columns->tty,
                         "TTY", columns->state, "STATE", columns->up, "UP");
    snprintf(text + used, sizeof(text) - (size_t)used, "COMMAND");
    for (int i = 0; i < SIDES; i++)
        if (side_is_shown(compare, layout, i))
            draw_text(row, layout->halves[i] + 1, layout->width - 1, ROLE_HEAD, text);
    if (!layout->narrow)
        draw_rule_down(row, layout->sign, 1);
}

static void draw_process(const struct look_process *process, int row, int at, int end,
                         const struct ps_columns *columns, enum role role)
{
    char text[32];
    snprintf(text, sizeof(text), "%*d %*d ", columns->pid, (int)process->pid, columns->pid,
             (int)process->ppid);
    at += draw_text(row, at, end - at, role, text);
    draw_field(row, at, columns->user, role, process->user);
    at += columns->user;
    if (columns->tty > 0) {
        char up[24], more[64];
        snprintf(more, sizeof(more), " %-*.*s %-*s %*s", columns->tty, columns->tty, process->tty,
                 columns->state, state_word(process->state), columns->up,
                 text_span(process->up_s, up, sizeof(up)));
        at += draw_text(row, at, end - at, role, more);
    }
    draw_blank(row, at, 1, role);
    draw_field(row, at + 1, end - at - 1, role, process->command);
}

/* With one side on the screen the row tells which process it is that is not seen there. */
static void draw_absent(const struct layout *layout, const struct look_process *other, int row,
                        int at, int end, const struct ps_columns *columns, enum role role)
{
    char text[LOOK_TEXT_MAX + 64];
    if (layout->narrow)
        snprintf(text, sizeof(text), "%*s not visible in there: %d %s", columns->pid, "-",
                 (int)other->pid, other->command);
    else
        snprintf(text, sizeof(text), "%*s not visible in there", columns->pid, "-");
    draw_field(row, at, end - at, role, text);
}

static void draw_ps_row(const struct compare *compare, const struct layout *layout, int row,
                        const struct compare_row *item, const struct ps_columns *columns,
                        bool on_cursor)
{
    bool both = item->sides[LEFT] && item->sides[RIGHT];
    for (int i = 0; i < SIDES; i++) {
        if (!side_is_shown(compare, layout, i))
            continue;
        const struct look_process *process = item->sides[i];
        bool reverse = on_cursor && compare->focus == (enum side_index)i;
        bool born = process && process->up_s < 5;
        enum role role = !process                          ? ROLE_HOST
                         : both && item->differs           ? ROLE_OWN
                         : !both && item->sides[i] != NULL ? ROLE_HOST
                                                           : ROLE_PLAIN;
        role = role_for(reverse, born && !reverse ? ROLE_BORN : role);
        int start = layout->halves[i];
        draw_text(row, start, 1, role, reverse ? ">" : born ? "+" : " ");
        if (process)
            draw_process(process, row, start + 1, start + layout->width, columns, role);
        else
            draw_absent(layout, item->sides[1 - i], row, start + 1, start + layout->width, columns,
                        role);
    }
    if (both)
        draw_sign(layout, row, item->differs, item->differs ? ROLE_OWN : ROLE_PLAIN);
    else if (!layout->narrow)
        draw_rule_down(row, layout->sign, 1);
}

static void draw_fold(const struct compare *compare, const struct layout *layout, int row,
                      const struct compare_line *line, const struct ps_columns *columns,
                      bool on_cursor)
{
    const struct compare_row *first = &compare->rows.items[line->row];
    for (int i = 0; i < SIDES; i++) {
        char text[96];
        if (!side_is_shown(compare, layout, i))
            continue;
        bool reverse = on_cursor && compare->focus == (enum side_index)i;
        enum role role = role_for(reverse, ROLE_HOST);
        int start = layout->halves[i];
        draw_text(row, start, 1, role, reverse ? ">" : " ");
        if (first->sides[i] || layout->narrow)
            snprintf(text, sizeof(text), "%*s ... %zu more like these", columns->pid - 4, "",
                     line->folded);
        else
            snprintf(text, sizeof(text), "%*s not visible in there", columns->pid, "-");
        draw_field(row, start + 1, layout->width - 1, role, text);
    }
    if (!layout->narrow)
        draw_rule_down(row, layout->sign, 1);
}

static const char *nothing_to_list(const struct compare *compare)
{
    if (compare->sides[LEFT].look.has_ps && compare->sides[RIGHT].look.has_ps)
        return compare->wish.filter.count > 0 ? "no process matches the filter; Esc shows all again"
               : compare->wish.only_different ? "no process differs; = shows all rows again"
                                              : "no process is seen on either side";
    return "";
}

static void draw_processes(struct compare *compare, const struct layout *layout, struct box box,
                           int row)
{
    int bottom = box.row + box.rows;
    struct ps_columns columns = columns_make(compare, layout);
    draw_ps_head(compare, layout, row++, &columns);
    compare_refit(compare, bottom - row);
    if (compare->lines.count == 0)
        draw_text(row, 2, box.columns - 4, ROLE_PLAIN, nothing_to_list(compare));
    for (int i = compare->list.top; i < (int)compare->lines.count && row < bottom; i++, row++) {
        const struct compare_line *line = &compare->lines.items[i];
        bool on_cursor = !compare_on_names(compare) && compare->list.cursor == i;
        if (line->folded > 0)
            draw_fold(compare, layout, row, line, &columns, on_cursor);
        else
            draw_ps_row(compare, layout, row, &compare->rows.items[line->row], &columns, on_cursor);
    }
}

/* ---- the page ------------------------------------------------------------------------------ */

/* The sentence of a side that could not be seen. Returns the rows that it took. */
static int draw_problems(const struct compare *compare, struct box box, int row)
{
    int taken = 0;
    for (int i = 0; i < SIDES; i++) {
        const struct compare_side *side = &compare->sides[i];
        char text[ERR_TEXT_SIZE + THING_NAME_SIZE + 8], line[512];
        if (side->problem[0] == '\0')
            continue;
        snprintf(text, sizeof(text), "! %s: %s", side->name, side->problem);
        for (int l = 0; l < 2 && row + taken < box.row + box.rows; l++)
            if (text_wrap(text, box.columns - 2, l, line, sizeof(line)))
                draw_text(row + taken++, 1, box.columns - 2, ROLE_WRONG, line);
    }
    return taken;
}

static void draw_wide(struct compare *compare, const struct layout *layout, struct box box, int row)
{
    char right[96];
    const struct look *left_look = &compare->sides[LEFT].look;
    const struct look *right_look = &compare->sides[RIGHT].look;
    int differing = 0;
    for (int i = 0; left_look->has_hostname && right_look->has_hostname && i < NAMES; i++)
        differing +=
            name_row_differs(&left_look->hostname, &right_look->hostname, (enum name_row)i);
    snprintf(right, sizeof(right), "%d of %d rows differ", differing, (int)NAMES);
    draw_rule(row++, box.column, box.columns, compare_on_names(compare), "hostname", right);
    row = draw_names(compare, layout, row, box.row + box.rows);
    snprintf(right, sizeof(right), "%zu here, %zu there, %zu in both; one process, one row",
             left_look->ps.count, right_look->ps.count, compare->rows.both);
    if (row + 2 >= box.row + box.rows)
        return;
    draw_rule(row++, box.column, box.columns, !compare_on_names(compare), "ps", right);
    draw_processes(compare, layout, box, row);
}

static void draw_nothing_chosen(struct box box)
{
    static const char *const lines[] = {
        "Compare puts what a container sees beside what the host sees.",
        "",
        "Nothing is chosen for the right side: `>` chooses a container or a process,",
        "`1` and `4` list them (`c` there comes back here), `C` makes a new one.",
    };
    for (size_t i = 0; i < array_length(lines) && (int)i + 3 < box.rows; i++)
        draw_hint(box.row + 3 + (int)i, 2, box.columns - 4, lines[i]);
}

void compare_draw(struct compare *compare, struct box box)
{
    struct layout layout = layout_make(compare, box);
    int row = box.row;
    draw_tabs(compare, box);
    draw_heads(compare, &layout, ++row);
    row++;
    if (!compare->sides[LEFT].chosen || !compare->sides[RIGHT].chosen) {
        draw_nothing_chosen(box);
        return;
    }
    row += draw_problems(compare, box, row);
    if (compare_is_wide(compare)) {
        draw_wide(compare, &layout, box, row);
    } else if (compare->tab == TAB_PS) {
        draw_processes(compare, &layout, box, row);
    } else {
        row = draw_names(compare, &layout, row, box.row + box.rows);
        draw_history(compare, box, row + 1);
    }
}
