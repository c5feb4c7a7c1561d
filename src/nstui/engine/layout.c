/* Layout files: the lab's own notation, one entry a line. Called by the command line and by tests.
 * Reads files, never the machine: whether the sources are there is asked when steps are planned.
 *
 *   [D] /bin *            the host's /bin, on a directory, read-only
 *   [F] /dev/null         a file; marks and path may stand in any order
 *   [D] /lib64 * ?        only where the host has it
 *   [D] /opt/tools -> /tools
 *   proc /proc            devpts /dev/pts            tmpfs /run
 *   dir /tmp 1777         link /dev/ptmx -> pts/ptmx
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "private.h"

#define LAYOUT_LIMIT_BYTES   (256U * 1024U)
#define LAYOUT_LIMIT_ENTRIES 1000U
#define LINE_WORDS           8

/* One line under way. */
struct line {
    const char *file;
    unsigned number;
    char *words[LINE_WORDS + 1];
    size_t count;
};

static int line_error(const struct line *line, struct err *err, const char *reason,
                      const char *about)
{
    char file[WORD_SIZE], shown[WORD_SIZE];
    (void)err_set(err, 0, "%s:%u: ", word(file, line->file), line->number);
    size_t used = err ? strlen(err->text) : 0;
    if (err)
        (void)snprintf(err->text + used, sizeof(err->text) - used, reason,
                       word(shown, about ? about : ""));
    return -1;
}

bool layout_path_normalize(const char *path, char **normal)
{
    _cleanup_text_ struct text text = {0};
    if (path[0] != '/' || strlen(path) >= PATH_MAX)
        return false;
    for (const char *at = path; *at;) {
        at += strspn(at, "/");
        size_t length = strcspn(at, "/");
        if (length == 2 && strncmp(at, "..", 2) == 0)
            return false;
        if (length > 0 && !(length == 1 && *at == '.')) {
            text_add(&text, "/");
            text_add_bytes(&text, at, length);
        }
        at += length;
    }
    if (!text.data)
        return false;
    *normal = pointer_take(text.data);
    return true;
}

/* ---- the lines of the lab: marks and a path --------------------------------------------- */

/* Reads "[D]", "*", "?", a path, and any of them written together: "[D]*", "/bin*". */
static int marks_read(const struct line *line, const char *text, struct layout_entry *entry,
                      bool *kind_known, char **path, struct err *err)
{
    while (*text) {
        if (strncasecmp(text, "[D]", 3) == 0 || strncasecmp(text, "[F]", 3) == 0) {
            bool directory = text[1] == 'D' || text[1] == 'd';
            if (*kind_known && directory != entry->directory)
                return line_error(line, err, "%s is [D] and [F] at once (a mount point is one)",
                                  *path ? *path : "the entry");
            *kind_known = true;
            entry->directory = directory;
            text += 3;
        } else if (*text == '*') {
            entry->read_only = true;
            text++;
        } else if (*text == '?') {
            entry->optional = true;
            text++;
        } else if (*text == '/' && !*path) {
            size_t length = strlen(text);
            while (length > 1 && strchr("*?", text[length - 1])) {
                entry->read_only |= text[length - 1] == '*';
                entry->optional |= text[length - 1] == '?';
                length--;
            }
            *path = xstrndup(text, length);
            return 0;
        } else if (*text == '/') {
            return line_error(line, err,
                              "a second path, \"%s\" (one entry a line; -> TARGET puts "
                              "it elsewhere in the root)",
                              text);
        } else {
            return line_error(line, err,
                              "\"%s\" is no mark and no absolute path (write [D] for a "
                              "directory or [F] for a file, then its path)",
                              text);
        }
    }
    return 0;
}

static int bind_parse(const struct line *line, struct layout_entry *entry, struct err *err)
{
    _cleanup_free_ char *path = NULL;
    bool kind_known = false;
    size_t at = 0;
    for (; at < line->count && strcmp(line->words[at], "->") != 0; at++) {
        if (marks_read(line, line->words[at], entry, &kind_known, &path, err) < 0)
            return -1;
    }
    if (!path)
        return line_error(line, err, "there is no path in this line%s", "");
    if (!kind_known)
        return line_error(line, err, "%s has no mark (write [D] for a directory or [F] for a file)",
                          path);
    if (!layout_path_normalize(path, &entry->source))
        return line_error(line, err,
                          "\"%s\" cannot be bound (an absolute path without .., and not "
                          "/ itself)",
                          path);
    if (at == line->count) {
        entry->target = xstrdup(entry->source);
    } else {
        const char *target = line->words[at + 1];
        if (at + 2 != line->count || !layout_path_normalize(target, &entry->target))
            return line_error(line, err,
                              "behind -> stands one absolute path in the root, not "
                              "\"%s\"",
                              target ? target : "");
    }
    /* The lab lists /proc with the rest and mounts a new one all the same: the host's, bound, shows
     * pids that mean nothing in there, and ps ends with "fatal library error, lookup self". */
    if (entry->directory && strcmp(entry->source, "/proc") == 0)
        entry->kind = LAYOUT_PROC;
    return 0;
}

/* ---- the lines that begin with a word ---------------------------------------------------- */

static int target_parse(const struct line *line, struct layout_entry *entry, struct err *err)
{
    if (line->count < 2 || !layout_path_normalize(line->words[1], &entry->target))
        return line_error(line, err,
                          "behind %s stands an absolute path in the root, without .. and "
                          "not / itself",
                          line->words[0]);
    return 0;
}

static int plain_parse(const struct line *line, struct layout_entry *entry, struct err *err)
{
    if (target_parse(line, entry, err) < 0)
        return -1;
    if (line->count == 3 && entry->kind == LAYOUT_PROC && strcmp(line->words[2], "*") == 0)
        return entry->read_only = true, 0;
    if (line->count > 2)
        return line_error(line, err, "nothing is known to stand here: \"%s\"", line->words[2]);
    return 0;
}

static int dir_parse(const struct line *line, struct layout_entry *entry, struct err *err)
{
    entry->mode = 0755;
    if (target_parse(line, entry, err) < 0)
        return -1;
    if (line->count == 2)
        return 0;
    char *end;
    long mode = strtol(line->words[2], &end, 8);
    if (line->count > 3 || *end != '\0' || mode < 0 || mode > 01777)
        return line_error(line, err, "\"%s\" is no mode of a directory (octal, as 755 or 1777)",
                          line->words[2]);
    entry->mode = (mode_t)mode;
    return 0;
}

static int link_parse(const struct line *line, struct layout_entry *entry, struct err *err)
{
    if (target_parse(line, entry, err) < 0)
        return -1;
    if (line->count != 4 || strcmp(line->words[2], "->") != 0)
        return line_error(line, err, "a link is written: link %s -> TEXT", entry->target);
    entry->source = xstrdup(line->words[3]);
    return 0;
}

static const struct {
    const char *name;
    enum layout_kind kind;
    int (*parse)(const struct line *, struct layout_entry *, struct err *);
} keywords[] = {
    {"proc", LAYOUT_PROC, plain_parse},   {"devpts", LAYOUT_DEVPTS, plain_parse},
    {"tmpfs", LAYOUT_TMPFS, plain_parse}, {"dir", LAYOUT_DIR, dir_parse},
    {"link", LAYOUT_LINK, link_parse},
};

static int entry_parse(const struct line *line, struct layout_entry *entry, struct err *err)
{
    for (size_t at = 0; at < array_length(keywords); at++) {
        if (strcmp(line->words[0], keywords[at].name) == 0) {
            entry->kind = keywords[at].kind;
            return keywords[at].parse(line, entry, err);
        }
    }
    entry->kind = LAYOUT_BIND;
    return bind_parse(line, entry, err);
}

/* ---- the file ----------------------------------------------------------------------------- */

/* Splits at blanks; what follows a # is a comment. Bullets that a copied page has stay behind. */
static int line_split(char *text, struct line *line, struct err *err)
{
    static const char blanks[] = " \t\r\v\f";
    char *rest = NULL;
    line->count = 0;
    for (char *item = strtok_r(text, blanks, &rest); item; item = strtok_r(NULL, blanks, &rest)) {
        if (item[0] == '#')
            break;
        if (line->count == 0 && (strcmp(item, "-") == 0 || strcmp(item, "\u2022") == 0))
            continue;
        if (line->count == LINE_WORDS)
            return line_error(line, err, "more words than a line can have, from \"%s\" on", item);
        line->words[line->count++] = item;
    }
    line->words[line->count] = NULL;
    return 0;
}

static void entry_free(struct layout_entry *entry)
{
    free(entry->type);
    free(entry->options);
    free(entry->source);
    free(entry->target);
}

static int lines_parse(char *text, struct layout *layout, struct err *err)
{
    struct line line = {.file = layout->name};
    for (char *next = text; next;) {
        char *start = strsep(&next, "\n");
        line.number++;
        if (line_split(start, &line, err) < 0)
            return -1;
        if (line.count == 0)
            continue;
        struct layout_entry entry = {.line = line.number};
        int result = entry_parse(&line, &entry, err);
        if (result == 0 && layout->count == LAYOUT_LIMIT_ENTRIES)
            result = line_error(&line, err, "a layout has at most 1000 entries%s", "");
        if (result < 0) {
            entry_free(&entry);
            return -1;
        }
        array_grow(&layout->entries, layout->count, &layout->capacity, sizeof(entry));
        layout->entries[layout->count++] = entry;
    }
    return 0;
}

int layout_parse(const char *name, const char *text, struct layout *layout, struct err *err)
{
    _cleanup_free_ char *copy = xstrdup(text);
    *layout = (struct layout){.name = xstrdup(name)};
    int result = lines_parse(copy, layout, err);
    if (result < 0)
        layout_free(layout);
    return result;
}

int layout_load(const char *name_or_path, struct layout *layout, struct err *err)
{
    _cleanup_free_ char *path = NULL, *text = NULL;
    char shown[WORD_SIZE];
    size_t length, name_length = strlen(name_or_path);
    bool is_path = strchr(name_or_path, '/') ||
                   (name_length > 7 && strcmp(name_or_path + name_length - 7, ".layout") == 0);
    *layout = (struct layout){0};
    if (strcmp(name_or_path, "none") == 0) {
        layout->name = xstrdup("none");
        return 0;
    }
    if (is_path) {
        path = xstrdup(name_or_path);
    } else {
        _cleanup_free_ char *asset = xasprintf("layouts/%s.layout", name_or_path);
        if (assets_find(asset, &path, err) < 0) {
            (void)err_set(err, 0, "there is no layout \"%s\"", word(shown, name_or_path));
            return err_hint(err,
                            "studio and none are there; a file of your own is written with a "
                            "slash: ./%s",
                            shown);
        }
    }
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return err_set(err, 0, "cannot read the layout %s: it is no file", word(shown, path));
    if (file_read(AT_FDCWD, path, LAYOUT_LIMIT_BYTES, &text, &length, err) < 0)
        return err_prefix(err, "layout");
    if (strlen(text) != length)
        return err_set(err, 0, "cannot read the layout %s: it is no text", word(shown, path));
    return layout_parse(name_or_path, text, layout, err);
}

void layout_free(struct layout *layout)
{
    for (size_t at = 0; at < layout->count; at++)
        entry_free(&layout->entries[at]);
    free(layout->entries);
    free(layout->name);
    *layout = (struct layout){0};
}

void cleanup_layout(void *layout)
{
    layout_free(layout);
}
