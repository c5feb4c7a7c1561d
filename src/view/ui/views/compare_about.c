/* compare_about: what the row under the cursor means, in plain words. Called by compare.c. Reads
 * what was seen and says no more than that. */
#include "compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The two sides as sentences need them: the one that is talked about, and the one it is held against. */
struct talk {
    const struct compare *compare;
    const struct compare_side *here;  /* the host where one of them is */
    const struct compare_side *there; /* the container */
    enum side_index there_index;
};

static struct talk talk_make(const struct compare *compare)
{
    enum side_index there = side_is_host(&compare->sides[RIGHT]) ? LEFT : RIGHT;
    return (struct talk){.compare = compare,
                         .here = &compare->sides[1 - there],
                         .there = &compare->sides[there],
                         .there_index = there};
}

static const char *here_name(const struct talk *talk)
{
    return side_is_host(talk->here) ? "the host" : talk->here->name;
}

/* How a person names it in a command. */
static void target_word(const struct compare_side *side, char *text, size_t size)
{
    if (side->thing.kind == THING_SESSION && side->thing.ours)
        snprintf(text, size, "%s", side->name);
    else
        snprintf(text, size, "%d", (int)side->pid);
}

/* ---- hostname ------------------------------------------------------------------------------ */

static void about_file(const struct talk *talk, struct text *text)
{
    const struct look_hostname *here = &talk->here->look.hostname;
    const struct look_hostname *there = &talk->there->look.hostname;
    bool same_file = here->file == LOOK_FILE_READ && there->file == LOOK_FILE_READ &&
                     here->file_inode == there->file_inode &&
                     here->file_device == there->file_device;
    if (same_file)
        text_addf(text,
                  "The file is the same one on both sides%s: it does not follow sethostname(). ",
                  there->file_read_only ? ", read-only in there" : "");
    else if (there->file == LOOK_FILE_STRANGE)
        text_addf(text, "What is at /etc/hostname in %s is no ordinary file; it was not opened. ",
                  talk->there->name);
    else if (there->file == LOOK_FILE_MISSING)
        text_addf(text, "The root of %s has no such file. ", talk->there->name);
    else
        text_add(text, "A file of its root directory: it does not follow sethostname(). ");
}

static void about_hostname(const struct talk *talk, struct text *text)
{
    const struct look_hostname *here = &talk->here->look.hostname;
    const struct look_hostname *there = &talk->there->look.hostname;
    if (there->problem[0] != '\0' || here->problem[0] != '\0') {
        text_addf(text, "The name is not known: %s. ",
                  there->problem[0] != '\0' ? there->problem : here->problem);
        return;
    }
    if (here->uts == there->uts) {
        text_addf(text,
                  "The name belongs to the uts namespace, and %s has none of its own: it shares "
                  "that of %s. `hostname NAME` in there renames both. ",
                  talk->there->name, here_name(talk));
        return;
    }
    text_addf(text, "The name belongs to the uts namespace. %s has its own: ", talk->there->name);
    if (strcmp(here->nodename, there->nodename) == 0) {
        text_addf(text, "it began with the same name, and sethostname() in there changes that one "
                        "only. ");
        return;
    }
    text_add(text, "sethostname() in there changed that one only. ");
    if (here->file == LOOK_FILE_READ && strcmp(here->file_name, there->file_name) == 0)
        text_add(text, "/etc/hostname is a file: it did not follow. ");
    text_add(text, "A bash prompt keeps the old name until a new bash starts. ");
}

static void about_uts(const struct talk *talk, struct text *text)
{
    bool same = talk->here->look.hostname.uts == talk->there->look.hostname.uts;
    text_addf(text,
              "The number of /proc/PID/ns/uts: who has the same number shares hostname and domain. "
              "%s %s.",
              talk->there->name, same ? "shares it" : "has one of its own");
}

static void two_shells(const struct talk *talk, struct text *text)
{
    char target[THING_NAME_SIZE];
    target_word(talk->there, target, sizeof(target));
    text_addf(text, "\nTo show it in two shells:  hostname   and   nstui join %s -u -- hostname",
              target);
}

/* Where both tabs are one page there is no room for the list of changes. */
static void last_change(const struct compare *compare, struct text *text)
{
    const struct history_entry *entry = &compare->history.entries[0];
    char clock_text[16];
    struct tm parts;
    if (!compare_is_wide(compare) || compare->history.count == 0)
        return;
    localtime_r(&entry->when, &parts);
    strftime(clock_text, sizeof(clock_text), "%H:%M:%S", &parts);
    text_addf(text, "\nSeen at %s: %s.", clock_text, entry->text);
}

static void about_name_row(const struct talk *talk, enum name_row row, struct text *text)
{
    switch (row) {
    case NAME_HOSTNAME:
        about_hostname(talk, text);
        last_change(talk->compare, text);
        two_shells(talk, text);
        break;
    case NAME_DOMAIN:
        text_add(text, "The NIS domain, (none) where nobody set one. It belongs to the uts "
                       "namespace as the hostname does, and has nothing to do with DNS.");
        break;
    case NAME_UTS:
        about_uts(talk, text);
        break;
    case NAME_FILE:
        about_file(talk, text);
        text_add(text, "At boot the host takes its name from there; a container does not.");
        break;
    case NAME_KERNEL:
    case NAME_MACHINE:
        text_add(text, "One kernel for both: a container is processes with another view, not "
                       "another machine. No namespace changes this.");
        break;
    case NAMES:
        break;
    }
}

/* ---- ps ------------------------------------------------------------------------------------ */

/* What ps in there would say, and why: the lab's exercise 5 in one sentence. */
static void about_proc(const struct talk *talk, const struct compare_side *side, struct text *text)
{
    const struct look_ps *ps = &side->look.ps;
    const char *name = side->name;
    switch (ps->proc) {
    case LOOK_PROC_OWN:
        if (ps->pid_ns != ps->host_pid_ns)
            text_addf(text, "ps in %s reads a proc of its own (%u:%u; the host has %u:%u). ",
                      side_is_host(talk->here) ? "there" : name, ps->major, ps->minor,
                      ps->host_major, ps->host_minor);
        else
            text_addf(text,
                      "%s has the pid namespace of the host: ps in there lists all that is "
                      "out here. ",
                      name);
        break;
    case LOOK_PROC_OTHER:
        text_addf(text,
                  "%s has a pid namespace of its own, but its /proc (%u:%u) is %s: ps in there "
                  "lists that, or ends with `fatal library error, lookup self`. "
                  "mount -t proc proc /proc in there mends it. ",
                  name, ps->major, ps->minor,
                  ps->proc_of_host ? "the host's" : "that of another one");
        break;
    case LOOK_PROC_ENDED:
        text_addf(text,
                  "The /proc in %s belongs to a pid namespace that has ended: ps in there "
                  "finds nobody, itself neither. umount /proc takes it away. ",
                  name);
        break;
    case LOOK_PROC_PART:
        text_addf(text,
                  "At /proc in %s lies a part of a proc file system only: ps in there does "
                  "not work. ",
                  name);
        break;
    case LOOK_PROC_NONE:
    case LOOK_PROC_MISSING:
        text_addf(text,
                  "%s has no proc file system at /proc%s: ps in there says "
                  "`Error, do this: mount -t proc proc /proc`. ",
                  name, ps->proc == LOOK_PROC_MISSING ? ", not even the directory" : "");
        if (ps->members > 0)
            text_addf(text, "Seen from out here %u process%s in its pid namespace. ", ps->members,
                      ps->members == 1 ? " lives" : "es live");
        break;
    case LOOK_PROC_REFUSED:
        text_addf(text, "The /proc in %s cannot be read: %s. ", name, ps->what_is_there);
        break;
    case LOOK_PROCS:
        break;
    }
}

static void about_limits(const struct compare_side *side, struct text *text)
{
    const struct look_ps *ps = &side->look.ps;
    if (ps->covered > 0)
        text_addf(text,
                  "Something is mounted over %u process%s in /proc of %s: ps in there does not see "
                  "%s. ",
                  ps->covered, ps->covered == 1 ? "" : "es", side->name,
                  ps->covered == 1 ? "it" : "them");
    if (ps->truncated)
        text_addf(text, "Only the first %u processes are listed. ", LOOK_ROWS_MAX);
    if (side->look.brief)
        text_add(text, "Command lines are left out: reading them did not answer before. ");
    if (ps->passwd == LOOK_FILE_STRANGE)
        text_addf(text, "/etc/passwd in %s is no ordinary file: users are numbers. ", side->name);
}

static void about_both(const struct talk *talk, const struct compare_row *row, struct text *text)
{
    const struct look_process *there = row->sides[talk->there_index];
    const struct look_process *here = row->sides[1 - talk->there_index];
    if (there->pid == here->pid) {
        text_addf(text, "One process, the same number on both sides%s. ",
                  row->differs ? "; what differs is bold" : "");
        return;
    }
    text_addf(text,
              "One process, two numbers: %s has a pid namespace of its own and counts in it from "
              "1. ",
              talk->there->name);
    if (there->ppid == 0 && here->ppid != 0)
        text_addf(text, "PPID 0 in there: the parent (%d) is outside and has no number there. ",
                  (int)here->ppid);
    else if (strcmp(there->user, here->user) != 0)
        text_addf(text, "The user is %s in there, %s out here. ", there->user, here->user);
    if (compare_is_wide(talk->compare) && side_is_host(talk->here))
        text_addf(text,
                  "The host can signal these %zu processes; they have no number for any other of "
                  "the %zu. ",
                  talk->there->look.ps.count, talk->here->look.ps.count);
}

static void about_one_side(const struct talk *talk, const struct compare_row *row,
                           struct text *text)
{
    if (row->sides[talk->there_index]) {
        text_addf(text,
                  "%s lists it, %s does not: it has just started or ended, or lives where "
                  "the other side does not see it. ",
                  talk->there->name, here_name(talk));
        return;
    }
    text_addf(text,
              "Not visible in %s: ps in there does not list it, and kill in there has no number "
              "for it. ",
              talk->there->name);
}

static void about_ps_row(const struct talk *talk, struct text *text)
{
    const struct compare_line *line = compare_line_now(talk->compare);
    const struct compare_row *row = compare_row_now(talk->compare);
    if (!talk->there->look.has_ps)
        return;
    if (line && line->folded > 0)
        text_addf(text,
                  "%zu more that only one side sees. l unfolds them, = shows only what "
                  "differs. ",
                  line->folded);
    else if (row && row->sides[LEFT] && row->sides[RIGHT])
        about_both(talk, row, text);
    else if (row)
        about_one_side(talk, row, text);
    about_proc(talk, talk->there, text);
    if (!side_is_host(talk->here) && talk->here->look.has_ps &&
        talk->here->look.ps.proc != LOOK_PROC_OWN)
        about_proc(talk, talk->here, text);
    about_limits(talk->there, text);
    if (!compare_is_wide(talk->compare))
        return;
    char target[THING_NAME_SIZE];
    target_word(talk->there, target, sizeof(target));
    text_addf(text, "\nIn two shells:  ps -ef   and   nstui join %s -mp -- ps -ef", target);
}

/* ---- the rule ------------------------------------------------------------------------------ */

static void rule_names(const struct compare *compare, struct about *about, enum name_row row)
{
    const struct look *left = &compare->sides[LEFT].look;
    const struct look *right = &compare->sides[RIGHT].look;
    int differing = 0;
    for (int i = 0; i < NAMES; i++)
        differing += name_row_differs(&left->hostname, &right->hostname, (enum name_row)i);
    snprintf(about->left, sizeof(about->left), "%s", name_row_labels[row]);
    snprintf(about->right, sizeof(about->right), "%d of %d rows differ", differing, (int)NAMES);
}

static void rule_ps(const struct compare *compare, struct about *about)
{
    const struct compare_rows *rows = &compare->rows;
    const struct compare_row *row = compare_row_now(compare);
    const struct look_process *left = row ? row->sides[LEFT] : NULL;
    const struct look_process *right = row ? row->sides[RIGHT] : NULL;
    bool host_left = side_is_host(&compare->sides[LEFT]);
    if (left && right && left->pid != right->pid && compare_is_wide(compare) && host_left)
        snprintf(about->left, sizeof(about->left), "process %d out here, %d in there",
                 (int)left->pid, (int)right->pid);
    else if ((left || right) && compare_is_wide(compare))
        snprintf(about->left, sizeof(about->left), "process %d",
                 (int)(left ? left->pid : right->pid));
    else
        snprintf(about->left, sizeof(about->left), "one process, one row");
    if (compare->filter[0] != '\0')
        snprintf(about->left, sizeof(about->left), "filter: %s", compare->filter);
    if (compare->wish.unfolded || compare->filter[0] != '\0' || compare_is_wide(compare))
        list_position(&compare->list, about->right, sizeof(about->right));
    else if (rows->only[RIGHT] == 0)
        snprintf(about->right, sizeof(about->right), "%zu in both, %zu only here", rows->both,
                 rows->only[LEFT]);
    else
        snprintf(about->right, sizeof(about->right), "%zu in both, %zu only left, %zu only right",
                 rows->both, rows->only[LEFT], rows->only[RIGHT]);
}

/* Steady for a pair of sides: three lines hold what is said of a container whose /proc is its own. */
static int rows_wanted(const struct compare *compare, const struct talk *talk)
{
    const struct look_ps *ps = &talk->there->look.ps;
    bool short_words =
        ps->proc == LOOK_PROC_OWN && strlen(talk->there->name) <= 10 && side_is_host(talk->here);
    if (compare_is_wide(compare))
        return 5;
    return compare->tab == TAB_PS && short_words ? 3 : 4;
}

void compare_about(struct compare *compare, struct about *about)
{
    struct talk talk = talk_make(compare);
    const struct look *left = &compare->sides[LEFT].look;
    const struct look *right = &compare->sides[RIGHT].look;
    about->rows = rows_wanted(compare, &talk);
    if (!compare->sides[LEFT].chosen || !compare->sides[RIGHT].chosen) {
        snprintf(about->left, sizeof(about->left), "compare");
        return;
    }
    if (compare_on_names(compare)) {
        enum name_row rows[NAMES];
        int count = compare_names(compare, rows);
        if (!left->has_hostname || !right->has_hostname || compare->name_cursor >= count) {
            snprintf(about->left, sizeof(about->left), "hostname");
            return;
        }
        rule_names(compare, about, rows[compare->name_cursor]);
        about_name_row(&talk, rows[compare->name_cursor], &about->text);
        return;
    }
    rule_ps(compare, about);
    about_ps_row(&talk, &about->text);
}
