/* process: one process of a proc file system: the small parser of stat, status and cmdline that
 * compare has for itself, since a library would read only the /proc of our own root. Pure functions
 * on text, called by ps.c, hosts.c and target.c; a process chooses its name and its arguments
 * itself, so nothing of them is believed. proc(5). */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Field n (from 3: state) of the text behind the last bracket; null where there are not so many. */
static const char *stat_field(const char *rest, int field)
{
    for (int at = 3; at < field && rest; at++) {
        rest = strchr(rest, ' ');
        if (rest)
            rest++;
    }
    return rest;
}

bool stat_parse(const char *text, struct proc_stat *stat)
{
    memset(stat, 0, sizeof(*stat));
    /* The name may hold brackets and blanks; nothing behind it does. */
    const char *open = strchr(text, '(');
    const char *close = strrchr(text, ')');
    if (!open || !close || close < open || close[1] != ' ')
        return false;
    size_t length = (size_t)(close - open) - 1;
    if (length >= sizeof(stat->name))
        length = sizeof(stat->name) - 1;
    memcpy(stat->name, open + 1, length);
    const char *rest = close + 2;
    const char *tty = stat_field(rest, 7);
    const char *start = stat_field(rest, 22);
    if (!start || !*start)
        return false;
    stat->state = *rest;
    stat->ppid = (pid_t)strtol(stat_field(rest, 4), NULL, 10);
    stat->tty = (unsigned int)strtol(tty, NULL, 10);
    stat->start_time = strtoull(start, NULL, 10);
    return true;
}

const char *status_find(const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            return line + length + 1;
    }
    return NULL;
}

size_t status_numbers(const char *line, int64_t *numbers, size_t max)
{
    size_t count = 0;
    while (line && count < max) {
        while (*line == '\t' || *line == ' ')
            line++;
        if (*line < '0' || *line > '9')
            break;
        char *end;
        numbers[count++] = strtoll(line, &end, 10);
        line = end;
    }
    return count;
}

/* The program's path is left out: "/usr/bin/python3 x" is "python3 x". */
static const char *without_path(const char *command)
{
    if (*command != '/')
        return command;
    size_t word = strcspn(command, " ");
    for (size_t i = word; i > 0; i--)
        if (command[i - 1] == '/')
            return i == word ? command : command + i;
    return command;
}

void command_format(char *text, size_t size, const char *cmdline, size_t length,
                    const struct proc_stat *stat)
{
    char line[1024];
    if (length >= sizeof(line))
        length = sizeof(line) - 1;
    for (size_t i = 0; i < length; i++)
        line[i] = cmdline[i] == '\0' ? ' ' : cmdline[i];
    while (length > 0 && line[length - 1] == ' ')
        length--;
    line[length] = '\0';
    if (length == 0)
        snprintf(line, sizeof(line), "[%s]%s", stat->name, stat->state == 'Z' ? " <defunct>" : "");
    const char *command = without_path(line);
    text_printable(text, size, command, strlen(command), true);
}

void tty_format(char *text, size_t size, unsigned int tty)
{
    /* As the kernel packs it: minor 31-20 and 7-0, major 15-8. */
    unsigned int major = (tty >> 8) & 0xfff;
    unsigned int minor = (tty & 0xff) | ((tty >> 12) & 0xfff00);
    if (tty == 0)
        snprintf(text, size, "?");
    else if (major >= 136 && major <= 143)
        snprintf(text, size, "pts/%u", (major - 136) * 256 + minor);
    else if (major == 4)
        snprintf(text, size, minor < 64 ? "tty%u" : "ttyS%u", minor < 64 ? minor : minor - 64);
    else if (major == 5 && minor == 1)
        snprintf(text, size, "console");
    else
        snprintf(text, size, "%u:%u", major, minor);
}
