/* nstui doctor --repair: shows what it found and what it would do, asks, lets it be done, and looks again.
 * Without a terminal and without --yes it does nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"

static void print_line(const char *line)
{
    char printable[ERR_TEXT_SIZE];
    (void)printf("  %s\n",
                 text_printable(printable, sizeof(printable), line, strlen(line), utf8_is_shown()));
    (void)fflush(stdout);
}

/* A path that has several mounts on it makes as many equal lines: they are counted. */
void doctor_print_acts(const struct repair *repair, const char *title)
{
    _cleanup_strings_ struct strings lines = {0};
    if (repair->count)
        (void)printf("\n%s\n", title);
    for (size_t i = 0; i < repair->count; i++) {
        _cleanup_free_ char *line = repair_line(&repair->acts[i]);
        strings_add(&lines, line);
    }
    for (size_t i = 0; i < lines.count; i++) {
        size_t times = 0, before = 0;
        for (size_t j = 0; j < lines.count; j++) {
            bool same = strcmp(lines.items[i], lines.items[j]) == 0;
            times += same;
            before += same && j < i;
        }
        if (before)
            continue;
        _cleanup_free_ char *many = xasprintf("%s  (%zu times)", lines.items[i], times);
        print_line(times > 1 ? many : lines.items[i]);
    }
}

static void print_found(const struct repair *repair)
{
    for (size_t i = 0; i < repair->findings.count; i++)
        print_line(repair->findings.items[i]);
    for (size_t i = 0; i < repair->left.count; i++) {
        _cleanup_free_ char *line = xasprintf("not touched: %s", repair->left.items[i]);
        print_line(line);
    }
}

static bool answer_is_yes(void)
{
    char answer[16] = "";
    (void)printf("\nDo this? [y/N] ");
    (void)fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

int doctor_repair(const struct invocation *invocation, bool yes)
{
    struct err err = {0};
    _cleanup_repair_ struct repair repair = {0}, after = {0};
    if (repair_find(&repair, &err) < 0)
        return fail(invocation, STATUS_FAILED, &err);
    print_found(&repair);
    if (!repair.count && !repair.left.count)
        (void)printf("There is nothing to repair.\n");
    if (!repair.count)
        return repair.left.count ? STATUS_FAILED : STATUS_OK;
    if (geteuid() != 0)
        return fail_with(invocation, STATUS_FAILED,
                         "nstui doctor --repair needs root to mend this "
                         "(sudo nstui doctor --repair)");
    doctor_print_acts(&repair, "To be done:");
    if (!yes && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
        return fail_with(invocation, STATUS_FAILED,
                         "there is no terminal to ask on, so nothing was done (add --yes)");
    if (!yes && !answer_is_yes()) {
        (void)printf("Nothing was done.\n");
        return STATUS_FAILED;
    }
    (void)printf("\nDone:\n");
    (void)repair_run(&repair, print_line);
    if (repair_find(&after, &err) < 0)
        return fail(invocation, STATUS_FAILED, &err);
    if (!after.count && !after.left.count) {
        (void)printf("\nThe host is as it was.\n");
        return STATUS_OK;
    }
    (void)printf("\nNot all of it is mended:\n");
    print_found(&after);
    return STATUS_FAILED;
}
