/* What a session is made from, kept beside its state for nstui start: the spec as config.json, or the
 * words of the command line where JSON cannot hold their bytes. Written by supervisors, read by
 * nstui start. Looks into neither. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_FILE "config.json"
#define WORDS_FILE  "words"
#define CONFIG_MAX  (4u * 1024 * 1024)
#define WORDS_MAX   (8u * 1024 * 1024) /* more than execve(2) takes */

/* The working directory, then the words, each with a 0 byte behind it: no word can hold one. */
static int words_write(int dirfd, char *const words[], struct err *err)
{
    _cleanup_text_ struct text text = {0};
    _cleanup_free_ char *directory = getcwd(NULL, 0);
    const char *where = directory ? directory : "/";
    text_add_bytes(&text, where, strlen(where) + 1);
    for (size_t i = 0; words[i]; i++)
        text_add_bytes(&text, words[i], strlen(words[i]) + 1);
    return file_write_atomic(dirfd, WORDS_FILE, text.data, text.length, 0600, err);
}

int state_keep_spec(const struct session_place *place, const char *config_json, char *const words[],
                    struct err *err)
{
    if (config_json)
        return file_write_atomic(place->keep_fd, CONFIG_FILE, config_json, strlen(config_json),
                                 0600, err);
    return words ? words_write(place->keep_fd, words, err) : 0;
}

/* A file of the folder, whole. -1 with ENOENT where it is not there. */
static int kept_read(int dirfd, const char *file_name, size_t limit, char **data, size_t *length,
                     struct err *err)
{
    char path[32];
    _cleanup_close_ int file = place_open_file(dirfd, file_name, err);
    if (file < 0)
        return -1;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    return file_read(AT_FDCWD, path, limit, data, length, err);
}

static int words_split(const char *data, size_t length, struct strings *words, char **directory,
                       struct err *err)
{
    const char *end = data + length;
    if (length == 0 || end[-1] != '\0' || data[0] != '/')
        return err_set(err, 0, "%s is damaged", WORDS_FILE);
    *directory = xstrdup(data);
    for (const char *word = data + strlen(data) + 1; word < end; word += strlen(word) + 1)
        strings_add(words, word);
    return words->count ? 0 : err_set(err, 0, "%s is damaged", WORDS_FILE);
}

int state_read_spec(const char *name, char **config_json, size_t *length, struct strings *words,
                    char **directory, struct err *err)
{
    struct err why = {0};
    _cleanup_free_ char *data = NULL;
    *config_json = *directory = NULL;
    *length = 0;
    if (session_name_check(name, err) < 0)
        return -1;
    _cleanup_close_ int root = place_open_root(ROOT_KEEP, false, err);
    _cleanup_close_ int fd = root < 0 ? -1 : place_open_folder(root, name, geteuid(), err);
    if (fd < 0)
        return -1;
    if (kept_read(fd, CONFIG_FILE, CONFIG_MAX, config_json, length, &why) == 0)
        return 0;
    size_t size = 0;
    if (why.errnum == ENOENT) {
        why = (struct err){0};
        if (kept_read(fd, WORDS_FILE, WORDS_MAX, &data, &size, &why) == 0 &&
            words_split(data, size, words, directory, &why) == 0)
            return 0;
    }
    if (why.errnum == ENOENT) {
        (void)err_set(&why, 0, "what %s was made from was not kept", name);
        why.errnum = ENOENT;
    }
    if (err)
        *err = why;
    return -1;
}
