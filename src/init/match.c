/* Patterns of files: * ? [abc] [a-z] [!x]. Called by expand.c. As glob(7), without what glob(3) needs the
 * user database and half of a C library for; a name that begins with a dot wants a dot. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell.h"

#define FILES_MOST 65536

/* ---- one name --------------------------------------------------------------------------------------- */

/* The ] of a bracket that begins at pattern; NULL: none, it is an ordinary sign. */
static const char *bracket_end(const char *pattern)
{
    const char *at = pattern + 1;
    at += *at == '!' || *at == '^';
    at += *at == ']';
    while (*at && *at != ']' && *at != '/')
        at += *at == '\\' && at[1] ? 2 : 1;
    return *at == ']' ? at : NULL;
}

static bool bracket_matches(const char *pattern, const char *end, unsigned char sign)
{
    const char *at = pattern + 1;
    bool negative = *at == '!' || *at == '^', found = false;
    at += negative;
    for (bool first = true; at < end || first; first = false) {
        at += *at == '\\' && at + 1 < end;
        unsigned char low = (unsigned char)*at++, high = low;
        if (*at == '-' && at + 1 < end) {
            at += 1 + (at[1] == '\\' && at + 2 < end);
            high = (unsigned char)*at++;
        }
        found |= sign >= low && sign <= high;
    }
    return found != negative;
}

/* The rest of a sign of UTF-8 goes with it. */
static const char *sign_skip(const char *name)
{
    name++;
    while (((unsigned char)*name & 0xc0) == 0x80)
        name++;
    return name;
}

/* The last * is where it begins again when something does not fit: no recursion, so no pattern takes
 * long. The pattern ends at end. */
static bool name_matches(const char *pattern, const char *end, const char *name)
{
    const char *star = NULL, *star_name = NULL;
    if (*name == '.' && *pattern != '.')
        return false;
    for (;;) {
        if (pattern < end && *pattern == '*') {
            star = ++pattern;
            star_name = name;
            continue;
        }
        if (!*name && pattern >= end)
            return true;
        const char *closing = pattern < end && *pattern == '[' ? bracket_end(pattern) : NULL;
        bool good;
        const char *after = pattern + 1;
        if (pattern >= end || !*name) {
            good = false;
        } else if (closing && closing < end) {
            good = bracket_matches(pattern, closing, (unsigned char)*name);
            after = closing + 1;
        } else if (*pattern == '?') {
            good = true;
        } else {
            const char *plain = pattern + (*pattern == '\\' && pattern + 1 < end);
            good = *plain == *name;
            after = plain + 1;
        }
        if (good) {
            name = *pattern == '?' ? sign_skip(name) : name + 1;
            pattern = after;
        } else if (star && *star_name) {
            name = ++star_name;
            pattern = star;
        } else {
            return false;
        }
    }
}

/* ---- paths ------------------------------------------------------------------------------------------- */

/* Adds length bytes of a pattern without their backslashes. */
static bool plain_part(struct bytes *path, const char *from, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        at += from[at] == '\\' && at + 1 < length;
        if (!bytes_add(path, from + at, 1))
            return false;
    }
    return true;
}

static bool is_wild(const char *from, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (from[at] == '\\')
            at++;
        else if (strchr("*?[", from[at]))
            return true;
    }
    return false;
}

static bool files_walk(const char *pattern, struct bytes *path, struct words *found);

/* Names of the folder that path is so far. */
static bool folder_walk(const char *pattern, size_t length, struct bytes *path, struct words *found)
{
    size_t before = path->length;
    bool good = true;
    DIR *folder = opendir(before ? path->data : ".");
    if (!folder)
        return true;
    for (struct dirent *entry; good && (entry = readdir(folder));) {
        if (!name_matches(pattern, pattern + length, entry->d_name))
            continue;
        good = bytes_add(path, entry->d_name, strlen(entry->d_name)) &&
               files_walk(pattern + length, path, found);
        path->length = before;
        if (path->data)
            path->data[before] = '\0';
    }
    (void)closedir(folder);
    return good;
}

/* pattern: what is left of it, from a slash or a name on. */
static bool files_walk(const char *pattern, struct bytes *path, struct words *found)
{
    struct stat status;
    size_t before = path->length;
    for (;;) {
        size_t slashes = strspn(pattern, "/"), length = strcspn(pattern + slashes, "/");
        if (slashes && !bytes_add(path, "/", 1))
            return false;
        pattern += slashes;
        if (length == 0)
            break;
        if (is_wild(pattern, length)) {
            bool good = folder_walk(pattern, length, path, found);
            path->length = before;
            return good;
        }
        if (!plain_part(path, pattern, length))
            return false;
        pattern += length;
    }
    bool good = true;
    if (path->data && lstat(path->data, &status) == 0)
        good = found->count < FILES_MOST && words_add(found, path->data);
    path->length = before;
    return good;
}

static int order(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

bool files_match(const char *pattern, struct words *found)
{
    struct bytes path = {0};
    bool good = files_walk(pattern, &path, found);
    bytes_free(&path);
    if (found->count > 1)
        qsort(found->items, found->count, sizeof(*found->items), order);
    return good;
}
