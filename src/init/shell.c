/* A small shell as the first process of a container (nstui run --init=shell), with the habits of the
 * init that exercise 6 of the lab starts: a prompt, one program a line, each waited for, every orphan
 * collected. Called by reap.c.
 *
 * It must never lose a prompt (signals are read from a signalfd), never end by a key but ctrl-D, and
 * never leave a second one of itself behind: a line that it cannot do is a sentence and nothing else. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "shell.h"

#define PROMPT "init$ "

/* ---- bytes and words ------------------------------------------------------------------------------ */

bool bytes_add(struct bytes *bytes, const char *from, size_t length)
{
    if (bytes->length + length >= WORDS_LONGEST)
        return false;
    if (bytes->length + length + 1 > bytes->room) {
        size_t room = (bytes->length + length + 1) * 2;
        char *data = realloc(bytes->data, room);
        if (!data)
            return false;
        bytes->data = data;
        bytes->room = room;
    }
    memcpy(bytes->data + bytes->length, from, length);
    bytes->length += length;
    bytes->data[bytes->length] = '\0';
    return true;
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

bool words_add(struct words *words, const char *word)
{
    if (words->count + 2 > words->room) {
        unsigned room = (words->count + 2) * 2;
        char **items = realloc(words->items, room * sizeof(*items));
        if (!items)
            return false;
        words->items = items;
        words->room = room;
    }
    words->items[words->count] = strdup(word);
    if (!words->items[words->count])
        return false;
    words->items[++words->count] = NULL;
    return true;
}

void words_free(struct words *words)
{
    for (unsigned at = 0; at < words->count; at++)
        free(words->items[at]);
    free(words->items);
    *words = (struct words){0};
}

void shell_say_texts(const char *const *texts)
{
    char line[1024] = "init: ";
    size_t used = strlen(line);
    for (; *texts; texts++) {
        for (const char *at = *texts; *at && used < sizeof(line) - 1; at++) {
            unsigned char sign = (unsigned char)*at;
            line[used++] = sign < ' ' || sign == 127 ? '?' : *at;
        }
    }
    line[used++] = '\n';
    (void)!write(STDERR_FILENO, line, used);
}

/* ---- what init does itself ------------------------------------------------------------------------ */

static bool number_read(const char *word, int most, int *number)
{
    char *end;
    long value = strtol(word, &end, 10);
    *number = (int)value;
    return end != word && !*end && value >= 0 && value <= most;
}

static int do_cd(struct shell *shell, const struct words *words)
{
    (void)shell;
    char where[4096];
    const char *to = words->count > 1 ? words->items[1] : getenv("HOME");
    if (words->count > 2)
        return shell_say("cd: one directory at a time"), 1;
    if (to && strcmp(to, "-") == 0)
        to = getenv("OLDPWD");
    if (!to || !*to)
        return shell_say("cd: there is no directory to go to"), 1;
    bool known = getcwd(where, sizeof(where));
    if (chdir(to) < 0) {
        const char *why = errno == ENOENT    ? ": not found"
                          : errno == ENOTDIR ? ": no directory"
                          : errno == EACCES  ? ": it may not be entered"
                                             : ": it cannot be entered";
        return shell_say("cd: ", to, why), 1;
    }
    if (known)
        (void)setenv("OLDPWD", where, 1);
    if (getcwd(where, sizeof(where)))
        (void)setenv("PWD", where, 1);
    return 0;
}

/* A=1. */
static bool assign(const char *word)
{
    char *equals = strchr(word, '=');
    char *name = equals ? strndup(word, (size_t)(equals - word)) : NULL;
    bool good = name && setenv(name, equals + 1, 1) == 0;
    free(name);
    return good;
}

/* A variable of ours is every program's. */
static int do_export(struct shell *shell, const struct words *words)
{
    (void)shell;
    int status = 0;
    for (unsigned at = 1; at < words->count; at++) {
        const char *word = words->items[at];
        size_t length = strspn(word, NAME_LETTERS);
        length += length ? strspn(word + length, DIGITS NAME_LETTERS) : 0;
        if (length == 0 || (word[length] && word[length] != '=')) {
            shell_say("export: ", word, " is no name: write export NAME=VALUE");
            status = 1;
        } else if (word[length] && !assign(word)) {
            status = 1;
        }
    }
    return status;
}

static int do_unset(struct shell *shell, const struct words *words)
{
    (void)shell;
    for (unsigned at = 1; at < words->count; at++)
        (void)unsetenv(words->items[at]);
    return 0;
}

static int do_exit(struct shell *shell, const struct words *words)
{
    int status = shell->status;
    if (words->count > 2 || (words->count == 2 && !number_read(words->items[1], 255, &status)))
        return shell_say(words->items[0], ": say one status from 0 to 255, or none"), 2;
    shell->over = true;
    return status;
}

static int do_fg(struct shell *shell, const struct words *words)
{
    int pid = 0;
    if (words->count > 2 || (words->count == 2 && !number_read(words->items[1], 1 << 22, &pid)))
        return shell_say("fg: say one pid, or none"), 2;
    job_continue(shell, pid);
    return shell->status;
}

static int do_help(struct shell *shell, const struct words *words)
{
    static const char text[] =
        "init is the first process in here. It starts one program a line, waits for it, and\n"
        "collects every orphan.\n"
        "  by itself   cd [DIR], A=1, export A=1, unset A, fg [PID], help, exit [STATUS]\n"
        "  to end      exit, quit or ctrl-D; with init all in here ends\n"
        "  in words    'as it is'  \"with $NAME\"  \\x  $NAME  $?  ~  *.c  $(program)  $((2+3))\n"
        "  not         | > < ; & and what else a shell does: sh -c 'ls | wc', or start bash\n"
        "  keys        ctrl-C ends the program that runs, ctrl-Z stops it, neither ends init\n";
    (void)shell, (void)words;
    (void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
    return 0;
}

static int do_shells(struct shell *shell, const struct words *words)
{
    (void)shell;
    shell_say(words->items[0],
              " is a word of shells, no program: sh -c '..' knows it, or start bash");
    return STATUS_NOT_FOUND;
}

static const struct {
    const char *word;
    int (*run)(struct shell *shell, const struct words *words);
} builtins[] = {
    {"cd", do_cd},         {"export", do_export}, {"unset", do_unset},    {"exit", do_exit},
    {"quit", do_exit},     {"fg", do_fg},         {"help", do_help},      {"alias", do_shells},
    {"bg", do_shells},     {"case", do_shells},   {"declare", do_shells}, {"eval", do_shells},
    {"exec", do_shells},   {"for", do_shells},    {"history", do_shells}, {"if", do_shells},
    {"jobs", do_shells},   {"read", do_shells},   {"set", do_shells},     {"shift", do_shells},
    {"source", do_shells}, {".", do_shells},      {"trap", do_shells},    {"ulimit", do_shells},
    {"umask", do_shells},  {"wait", do_shells},   {"while", do_shells},
};

/* ---- a line ----------------------------------------------------------------------------------------- */

/* A=1 B=2 PROGRAM: for that one alone. What was before comes back; the program has its own copy. */
static void run_with(struct shell *shell, const struct words *words)
{
    unsigned count = words->assignments;
    char **before = calloc(count + 1, sizeof(*before));
    for (unsigned at = 0; before && at < count; at++) {
        char *equals = strchr(words->items[at], '=');
        *equals = '\0';
        const char *value = getenv(words->items[at]);
        before[at] = value ? strdup(value) : NULL;
        (void)setenv(words->items[at], equals + 1, 1);
    }
    job_run(shell, words->items + count, NULL);
    for (unsigned at = 0; before && at < count; at++) {
        if (before[at])
            (void)setenv(words->items[at], before[at], 1);
        else
            (void)unsetenv(words->items[at]);
        free(before[at]);
    }
    free(before);
}

static void words_run(struct shell *shell, const struct words *words)
{
    const char *first = words->items[words->assignments];
    if (!first) {
        shell->status = 0;
        for (unsigned at = 0; at < words->count; at++)
            shell->status |= !assign(words->items[at]);
        return;
    }
    for (unsigned at = 0; words->assignments == 0 && at < sizeof(builtins) / sizeof(builtins[0]);
         at++) {
        if (strcmp(first, builtins[at].word) == 0) {
            shell->status = builtins[at].run(shell, words);
            return;
        }
    }
    run_with(shell, words);
}

static void line_run(struct shell *shell, const char *line)
{
    struct words words = {0};
    shell->interrupted = false;
    if (!expand_line(shell, line, &words))
        shell->status = shell->interrupted || shell->over ? shell->status : 2;
    else if (words.count > 0)
        words_run(shell, &words);
    words_free(&words);
}

/* ---- the prompt -------------------------------------------------------------------------------------- */

static void prompt_show(struct shell *shell)
{
    if (shell->typed)
        (void)!write(STDOUT_FILENO, PROMPT, sizeof(PROMPT) - 1);
    shell->prompted = shell->typed;
}

/* A signal at the prompt. True: the line is dropped. */
static bool signal_take(struct shell *shell)
{
    struct signalfd_siginfo info;
    if (read(shell->signals, &info, sizeof(info)) != sizeof(info))
        return false;
    int number = (int)info.ssi_signo;
    if (number == SIGCHLD) {
        (void)jobs_collect(shell, 0);
        if (shell->typed && !shell->prompted)
            prompt_show(shell);
        return false;
    }
    if (number == SIGINT && shell->typed) /* the terminal has dropped what was typed */
        return true;
    if (number == SIGUSR1 || number == SIGUSR2 || number == SIGTSTP ||
        (number == SIGQUIT && shell->typed))
        return false;
    shell->ended_by = number;
    shell->over = true;
    return true;
}

/* More input. False: it has ended. From what is no terminal one byte at a time: what follows the line
 * may be for the command. */
static bool input_read(struct shell *shell)
{
    size_t most = shell->typed ? sizeof(shell->input) : 1;
    ssize_t length = read(STDIN_FILENO, shell->input, most);
    if (length < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    /* Somebody in the background has taken the terminal: here nothing runs that it could be for. */
    if (length < 0 && errno == EIO && shell->control && tcgetpgrp(STDIN_FILENO) != getpgrp())
        return tcsetpgrp(STDIN_FILENO, getpgrp()) == 0;
    shell->input_at = 0;
    shell->input_length = length > 0 ? (unsigned)length : 0;
    return length > 0;
}

/* What is in input, up to the end of the line. True: that was there. A line that is too long is read
 * to its end, and too_long says so. */
static bool input_take(struct shell *shell, struct bytes *line, bool *too_long)
{
    while (shell->input_at < shell->input_length) {
        char sign = shell->input[shell->input_at++];
        if (sign == '\n')
            return true;
        if (sign && !*too_long)
            *too_long = line->length >= LINE_LONGEST || !bytes_add(line, &sign, 1);
    }
    return false;
}

/* True with a line, which may be empty; false where it was dropped, or nothing comes any more. */
static bool line_read(struct shell *shell, struct bytes *line)
{
    bool too_long = false;
    while (!input_take(shell, line, &too_long)) {
        struct pollfd events[] = {
            {.fd = STDIN_FILENO, .events = POLLIN},
            {.fd = shell->signals, .events = POLLIN},
            {.fd = shell->orders->alive, .events = 0}, /* POLLHUP comes unasked */
        };
        if (poll(events, 3, -1) < 0 && errno != EINTR)
            return shell->over = true, false;
        if (events[2].revents) {
            shell->status = 128 + SIGKILL;
            return shell->over = true, false;
        }
        if (events[1].revents) {
            if (signal_take(shell))
                return false;
            continue;
        }
        if (events[0].revents && !input_read(shell)) {
            shell->over = !line->data; /* else the end of the last line, without a newline */
            return !shell->over;
        }
    }
    if (too_long)
        shell_say("the line is too long");
    return !too_long;
}

int shell_run(const struct orders *orders, int signals)
{
    struct shell shell = {.orders = orders, .signals = signals};
    shell.typed = isatty(STDIN_FILENO);
    shell.control = shell.typed && tcgetpgrp(STDIN_FILENO) >= 0;
    if (shell.control)
        (void)tcsetpgrp(STDIN_FILENO, getpgrp());
    if (shell.typed)
        (void)tcgetattr(STDIN_FILENO, &shell.modes);
    while (!shell.over) {
        struct bytes line = {0};
        prompt_show(&shell);
        bool there = line_read(&shell, &line);
        shell.prompted = false;
        if (there && line.data)
            line_run(&shell, line.data);
        else if (!there && shell.typed)
            (void)!write(STDOUT_FILENO, "\n", 1);
        bytes_free(&line);
    }
    if (orders->verbose)
        shell_say("exiting");
    return shell.ended_by ? 128 + shell.ended_by : shell.status;
}
