/* Options that unshare(1), nsenter(1), docker(1) and bwrap(1) have and ours do not: what to type
 * instead. For the sentence about an unknown option, and for the word that follows a flag which
 * takes a value there and none here. Must not change what a line means. */
#include <string.h>

#include "private.h"

#define MAKES    "run unshare"
#define TERMINAL "it has a terminal where you have one: leave -i and -t out"
#define LAYOUT   "a layout file says what is mounted in its root: --layout FILE with --root DIR"

static const struct {
    const char *commands; /* that it is about, with blanks between */
    const char *options;  /* the same */
    const char *hint;
} rows[] = {
    {"run", "-t --interactive", TERMINAL},
    {"run", "-e --setenv", "--env KEY=VALUE"},
    {"run", "-w --wd --chdir", "--workdir DIR"},
    {"run", "--uid -S", "--setuid USER"},
    {"run", "--gid -G", "--setgid GROUP"},
    {"run", "-R --rootfs", "--root DIR"},
    {"run", "-c", "--map-current-user"},
    {"run", "--volume --bind --ro-bind --dev-bind --dev --proc --tmpfs --symlink", LAYOUT},
    {"run", "-P --publish", "no port is forwarded: with --network bridge the host reaches it"},
    {MAKES, "-r", "-U makes the caller root in there by itself"},
    {MAKES, "-f --fork", "what runs in there is always a child: leave it out"},
    {MAKES, "--mount-proc", "-m with -p brings a new /proc by itself"},
    {MAKES, "--kill-child --die-with-parent", "what runs in there ends with nstui: leave it out"},
    {MAKES, "--unshare-all", "-imnpuUC"},
    {MAKES, "--unshare-user --unshare-ipc --unshare-pid --unshare-net --unshare-uts", "-imnpuUC"},
    {"join", "-t --target", "the target is a word of its own: nstui join PID -u"},
    {"join", "-a --all", "without letters all that differ are entered"},
    {"join", "-e", "--env"},
    {"join", "-w --wd", "--workdir DIR"},
    {"join", "-r --root", "with -m, and without letters, its root is entered too"},
    {"join", "-F --no-fork", "it is always a child: leave it out"},
};

/* Whether a word is one of several that have blanks between. */
static bool word_is_in(const char *words, const char *word, size_t length)
{
    for (const char *at = words; *at; at += strspn(at, " ")) {
        size_t here = strcspn(at, " ");
        if (here == length && strncmp(at, word, length) == 0)
            return true;
        at += here;
    }
    return false;
}

const char *foreign_hint(const char *command, const char *option)
{
    for (size_t at = 0; at < array_length(rows); at++) {
        if (word_is_in(rows[at].commands, command, strlen(command)) &&
            word_is_in(rows[at].options, option, strcspn(option, "=")))
            return rows[at].hint;
    }
    return NULL;
}

/* 64m and 1000, but not 7z. */
static bool word_is_amount(const char *word)
{
    size_t digits = strspn(word, "0123456789");
    size_t unit = strspn(word + digits, "kmgKMG");
    return digits && unit <= 1 && !word[digits + unit];
}

const char *foreign_value(const char *flag, const char *word)
{
    static const struct {
        const char *flags, *hint;
    } values[] = {
        {"--net", "--network KIND is meant"},
        {"--user", "--setuid USER is meant"},
        {"-m", "--memory SIZE is meant"},
        {"-v", LAYOUT},
        {"-p", "no port is forwarded; with --network bridge the host reaches it"},
        {"--pid --ipc --uts --cgroup", "it makes a new namespace, and without it there is none"},
    };
    bool is_value = word_is_in("host none bridge private shareable", word, strlen(word)) ||
                    word_is_amount(word) || (strchr("/0123456789", word[0]) && strchr(word, ':'));
    for (size_t at = 0; is_value && at < array_length(values); at++) {
        if (word_is_in(values[at].flags, flag, strlen(flag)))
            return values[at].hint;
    }
    return NULL;
}
