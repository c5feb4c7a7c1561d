/* base: what every room stands on and nothing of namespaces: errors, clean-up, text, files.
 *
 * Conventions that hold in the whole tree:
 *  - a function that can fail returns 0, or a value of at least 0, and on failure -1 with a
 *    `struct err` filled; it prints nothing;
 *  - every descriptor is close-on-exec from birth;
 *  - ownership shows at the declaration: `_cleanup_free_ char *text = NULL;`.
 */
#ifndef NSTUI_BASE_H
#define NSTUI_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- errors ---------------------------------------------------------------------------- */

#define ERR_TEXT_SIZE 768

/* One failure, told as a sentence for the person at the keyboard: what was tried, on what, why it
 * failed, and in brackets what to do about it. Start with `struct err err = {0};`. */
struct err {
    int errnum; /* errno of the failure, 0 where no system call failed */
    char text[ERR_TEXT_SIZE];
};

/* Fills err with a formatted sentence; with errnum not 0, ": strerror(errnum)" follows.
 * Takes a null err. Always returns -1, so that a caller can write `return err_set(..);`. */
int err_set(struct err *err, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds " (hint)" at the end of a filled err. Returns -1. */
int err_hint(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "what: " in front of a filled err, for a caller that knows more. Returns -1. */
int err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- clean-up at the end of a scope ---------------------------------------------------- */

void cleanup_free(void *pointer);    /* free(*pointer) */
void cleanup_close(int *fd);         /* close(*fd) unless negative; errno is kept */
void cleanup_file(void *pointer);    /* fclose(*(FILE **)pointer) */
void cleanup_dir(void *pointer);     /* closedir(*(DIR **)pointer) */
void cleanup_strings(void *strings); /* strings_free((struct strings *)strings) */
void cleanup_text(void *text);       /* text_free((struct text *)text) */

#define _cleanup_free_    __attribute__((cleanup(cleanup_free)))
#define _cleanup_close_   __attribute__((cleanup(cleanup_close)))
#define _cleanup_file_    __attribute__((cleanup(cleanup_file)))
#define _cleanup_dir_     __attribute__((cleanup(cleanup_dir)))
#define _cleanup_strings_ __attribute__((cleanup(cleanup_strings)))
#define _cleanup_text_    __attribute__((cleanup(cleanup_text)))

/* Gives *fd away: returns it and leaves -1. */
int fd_take(int *fd);

/* Gives *pointer away: returns it and leaves NULL. */
#define pointer_take(pointer)                                                                      \
    __extension__({                                                                                \
        __typeof__(pointer) taken_ = (pointer);                                                    \
        (pointer) = NULL;                                                                          \
        taken_;                                                                                    \
    })

#define array_length(array) (sizeof(array) / sizeof((array)[0]))

/* ---- memory ---------------------------------------------------------------------------- */

/* As the functions of libc, but they never return NULL: on a full memory they write one sentence to
 * stderr and abort, since no caller could do better. */
void *xmalloc(size_t size_bytes);
void *xcalloc(size_t count, size_t size_bytes);
void *xrealloc(void *pointer, size_t size_bytes);
char *xstrdup(const char *string);
char *xstrndup(const char *string, size_t length);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes room for one more item in a growing array: *items has *capacity items of item_size bytes,
 * of which count are used. Call before items[count++] = ..; NULL and 0 are a good start. */
void array_grow(void *items, size_t count, size_t *capacity, size_t item_size);

/* ---- lists of strings ------------------------------------------------------------------ */

/* A list that owns its strings. items[count] is always NULL once something was added, so items can
 * be an argv. Start with `struct strings list = {0};`. */
struct strings {
    char **items;
    size_t count;
    size_t capacity;
};

void strings_add(struct strings *list, const char *item);        /* copies item */
void strings_addf(struct strings *list, const char *format, ...) /* adds the formatted text */
    __attribute__((format(printf, 2, 3)));
void strings_free(struct strings *list); /* frees the items; the list is empty again */

/* ---- text ------------------------------------------------------------------------------ */

/* A growing text, always ended by a 0 byte once something was added (data is NULL before). */
struct text {
    char *data;
    size_t length;
    size_t capacity;
};

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *bytes, size_t length);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *text);

/* The word as one would type it in a shell: as it is when no sign in it is special, else in single
 * quotes. The result is the caller's. */
char *text_shell_quote(const char *word);

/* All words of a NULL-ended argv, quoted and joined by blanks. The result is the caller's. */
char *text_shell_line(char *const argv[]);

/* The other way round: splits a line into words as a shell does with quotes and backslashes, and
 * nothing else of a shell: no variables, no patterns. Adds them to words. -1 where a quote is open
 * or a sign that only a shell understands stands outside quotes (| < > ; & $ `): then sh -c is
 * needed. */
int text_shell_split(const char *line, struct strings *words, struct err *err);

/* Copies bytes that nobody vouches for (a process's name, a file's) into a string that is safe on a
 * terminal and in a line: control characters (C0, DEL, C1), bidirectional controls, surrogates and
 * broken UTF-8 each become '?'. Where utf8_allowed is false everything beyond ASCII does too.
 * Writes at most size bytes with the final 0, cutting before a character. Returns destination. */
char *text_printable(char *destination, size_t size, const char *source, size_t source_length,
                     bool utf8_allowed);

/* Decodes one character of well-formed UTF-8 at source. Returns its length in bytes and sets *code,
 * or 0 where there is no well-formed, valid character. */
size_t text_decode_utf8(const char *source, size_t length, uint32_t *code);

/* True where a code point may be shown on a terminal as it is: no control, no bidirectional
 * control, no surrogate, not past U+10FFFF. */
bool text_code_is_printable(uint32_t code);

/* Reads a whole string as a decimal number between minimum and maximum. False where it is not one.
 */
bool number_parse(const char *string, int64_t minimum, int64_t maximum, int64_t *number);

/* ---- users ----------------------------------------------------------------------------- */

/* One line of passwd(5); the strings are its own. Start with {0}; user_free(). */
struct user {
    char *name, *home, *shell;
    uid_t uid;
    gid_t gid;
};

#define USER_GROUPS_MAX 1024

/* Looks a user up, by all means that this host has (getent(1)). False where there is none. */
bool user_by_name(const char *name, struct user *user);
bool user_by_id(uid_t uid, struct user *user);
void user_free(struct user *user);
#define _cleanup_user_ __attribute__((cleanup(user_free)))

/* His groups, his own first, for setgroups(2). Returns how many. */
size_t user_groups(const struct user *user, gid_t groups[USER_GROUPS_MAX]);

/* ---- files ----------------------------------------------------------------------------- */

/* Reads a file whole, at most limit_bytes of it, into *data (the caller's, a 0 byte follows) and
 * *length (may be null). Works on /proc. dirfd as in openat(2). More than limit_bytes is an error.
 */
int file_read(int dirfd, const char *path, size_t limit_bytes, char **data, size_t *length,
              struct err *err);

/* Replaces a file whole or not at all: writes beside it, fsync, renameat. mode as in open(2). */
int file_write_atomic(int dirfd, const char *path, const void *data, size_t length, mode_t mode,
                      struct err *err);

/* Writes all of it to fd, over interruptions and short writes. */
int fd_write_all(int fd, const void *data, size_t length, struct err *err);

/* Makes a directory and its missing parents with mode; fine where it is there already. */
int dir_make(const char *path, mode_t mode, struct err *err);

/* The path of a program of ours, found from the folder of /proc/self/exe: beside it (a build folder),
 * or between bin and libexec/nstui of one prefix. The result is the caller's. */
int program_find(const char *name, char **path, struct err *err);

/* The path of an asset ("layouts/studio.layout"): in the assets folder beside a build folder, or in
 * share/nstui of the prefix. The result is the caller's. */
int assets_find(const char *name, char **path, struct err *err);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_monotonic_ms(void);

#endif
