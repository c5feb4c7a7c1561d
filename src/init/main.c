/* nstui-init: reads its orders from the command line and hands them to the mode asked for. Executed
 * by the engine alone (src/nstui/engine), from a sealed memfd; a person who starts it is told so.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

static _Noreturn void usage(void)
{
    static const char text[] =
        "usage: nstui-init [-v] [--exec | --enter .. | --prompt | --hold] [--report FD] [--alive "
        "FD] "
        "[--chdir DIR] -- COMMAND..\n"
        "The first process of a container: nstui starts it. See nstui run --init.\n";
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(STATUS_FAILED);
}

static int number(const char *word)
{
    char *end;
    long value = word ? strtol(word, &end, 10) : -1;
    if (value < 0 || value > 1 << 20 || *end != '\0')
        usage();
    return (int)value;
}

static unsigned long long bits(const char *word)
{
    if (word)
        return strtoull(word, NULL, 16);
    usage();
}

static void terminal_size(struct orders *orders, const char *word)
{
    char *end = NULL;
    unsigned long columns = word ? strtoul(word, &end, 10) : 0;
    if (end && *end == 'x') {
        orders->columns = (unsigned short)columns;
        orders->rows = (unsigned short)strtoul(end + 1, NULL, 10);
        orders->terminal = true;
        return;
    }
    usage();
}

/* One option; returns how many words it has taken. */
static int option(struct orders *orders, const char *word, const char *value)
{
    if (strcmp(word, "-v") == 0)
        return orders->verbose = true, 1;
    if (strcmp(word, "--exec") == 0)
        return orders->mode = MODE_EXEC, 1;
    if (strcmp(word, "--enter") == 0)
        return orders->mode = MODE_ENTER, 1;
    if (strcmp(word, "--shell") == 0)
        return orders->shell = true, 1;
    if (strcmp(word, "--prompt") == 0)
        return orders->prompt = true, 1;
    if (strcmp(word, "--hold") == 0)
        return orders->hold = true, 1;
    if (strcmp(word, "--report") == 0)
        return orders->report = number(value), 2;
    if (strcmp(word, "--alive") == 0)
        return orders->alive = number(value), 2;
    if (strcmp(word, "--target") == 0)
        return orders->target = number(value), 2;
    if (strcmp(word, "--root") == 0)
        return orders->root = number(value), 2;
    if (strcmp(word, "--types") == 0)
        return orders->types = (unsigned long)bits(value), 2;
    if (strcmp(word, "--bound") == 0)
        return orders->bound = bits(value), 2;
    if (strcmp(word, "--uid") == 0)
        return orders->uid = (uid_t)bits(value), 2;
    if (strcmp(word, "--gid") == 0)
        return orders->gid = (gid_t)bits(value), 2;
    if (strcmp(word, "--tools") == 0 && value)
        return orders->tools = value, 2;
    if (strcmp(word, "--etc") == 0 && value)
        return orders->etc = value, 2;
    if (strcmp(word, "--terminal") == 0)
        return terminal_size(orders, value), 2;
    if (strcmp(word, "--chdir") == 0 && value)
        return orders->directory = value, 2;
    if (strcmp(word, "--no-new-privs") == 0)
        return orders->no_new_privs = true, 1;
    if (strcmp(word, "--filter") == 0)
        return orders->filter = number(value), 2;
    if (strcmp(word, "--umask") == 0)
        return orders->mask = (unsigned)number(value), 2;
    usage();
}

int main(int count, char **words)
{
    struct calls calls = {.used = 0};
    struct orders orders = {
        .calls = &calls,
        .mode = MODE_INIT,
        .report = -1,
        .alive = -1,
        .target = -1,
        .root = -1,
        .bound = ~0ULL,
        .mask = 022,
        .filter = -1,
        .words = words,
    };
    /* Until now the kernel calls us "memfd:nstui-ini" or "3", after the descriptor. */
    (void)prctl(PR_SET_NAME, "nstui-init");
    int at = 1;
    while (at < count && strcmp(words[at], "--") != 0)
        at += option(&orders, words[at], at + 1 < count ? words[at + 1] : NULL);
    orders.command = at < count ? words + at + 1 : words + count;
    if (!orders.command[0] && !orders.shell && !orders.prompt && !orders.hold)
        usage();

    (void)umask(orders.mask);
    if (orders.mode == MODE_ENTER)
        enter_run(&orders);
    parent_watch(&orders);
    if (orders.mode == MODE_EXEC)
        command_execute(&orders);
    return init_run(&orders);
}
