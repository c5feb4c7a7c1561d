/* Looking at sessions: all of them, one, its log, its folder. Called by every command and by the
 * dashboard at every refresh; changes nothing, and a folder that vanishes meanwhile is no error. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void session_list_free(struct session_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        session_state_free(&list->items[i]);
    free(list->items);
    *list = (struct session_list){0};
}

static bool list_has(const struct session_list *list, const char *name, uid_t owner)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].owner == owner && strcmp(list->items[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Reads one folder and says what has become of the session: the file tells what it was when it was
 * written, the lock whether its supervisor still lives. */
static int session_read(int root_fd, const char *name, enum place_root root, uid_t owner,
                        struct session_state *state, struct err *err)
{
    _cleanup_close_ int fd = place_open_folder(root_fd, name, owner, err);
    if (fd < 0)
        return -1;
    /* Before the file is read: a supervisor that ends in between has then written its last word. */
    bool locked = root == ROOT_RUN && place_is_locked(fd);
    if (place_read_state(fd, name, state, err) < 0)
        return -1;
    state->owner = owner;
    if (root == ROOT_KEEP)
        state->condition = SESSION_EXITED; /* no folder in the run root: it runs no more */
    else if (!locked)
        state->condition = SESSION_LOST;
    if (state->condition != SESSION_RUNNING && root == ROOT_KEEP)
        state->pid = state->supervisor = 0;
    return 0;
}

static void list_add_root(struct session_list *list, int root_fd, enum place_root root, uid_t owner)
{
    _cleanup_strings_ struct strings names = {0};
    place_list(root_fd, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct session_state state;
        if (list_has(list, names.items[i], owner) ||
            session_read(root_fd, names.items[i], root, owner, &state, NULL) < 0)
            continue;
        array_grow(&list->items, list->count, &list->capacity, sizeof(*list->items));
        list->items[list->count++] = state;
    }
}

static int compare_age(const void *left, const void *right)
{
    const struct session_state *a = left;
    const struct session_state *b = right;
    if (a->created_s != b->created_s)
        return a->created_s < b->created_s ? -1 : 1;
    return strcmp(a->name, b->name);
}

int state_list(struct session_list *list, struct err *err)
{
    static const enum place_root roots[] = {ROOT_RUN, ROOT_KEEP};
    *list = (struct session_list){0};
    for (size_t i = 0; i < array_length(roots); i++) {
        struct err why = {0};
        _cleanup_close_ int root_fd = place_open_root(roots[i], false, &why);
        if (root_fd >= 0) {
            list_add_root(list, root_fd, roots[i], geteuid());
        } else if (why.errnum != ENOENT) {
            session_list_free(list);
            if (err)
                *err = why;
            return -1;
        }
    }
    _cleanup_strings_ struct strings users = {0};
    place_list_users(&users);
    for (size_t i = 0; i < users.count; i++) {
        uid_t user = (uid_t)strtoul(users.items[i], NULL, 10);
        _cleanup_close_ int root_fd = place_open_user_root(user, NULL);
        if (root_fd >= 0)
            list_add_root(list, root_fd, ROOT_RUN, user);
    }
    if (list->count > 1)
        qsort(list->items, list->count, sizeof(*list->items), compare_age);
    return 0;
}

/* ---- one session ----------------------------------------------------------------------- */

static int session_missing(const char *name, struct err *err)
{
    (void)err_set(err, 0, "there is no session %s", name);
    if (err)
        err->errnum = ENOENT;
    return err_hint(err, "nstui ps shows those there are");
}

/* Opens the folder of a session: one's own in either root, or, for root, a user's running one. */
static int session_open(const char *name, bool running_only, uid_t *owner, enum place_root *root,
                        struct err *err)
{
    static const enum place_root roots[] = {ROOT_RUN, ROOT_KEEP};
    if (session_name_check(name, err) < 0)
        return -1;
    for (size_t i = 0; i < (running_only ? 1 : array_length(roots)); i++) {
        struct err why = {0};
        *owner = geteuid();
        *root = roots[i];
        _cleanup_close_ int root_fd = place_open_root(roots[i], false, &why);
        int fd = root_fd < 0 ? -1 : place_open_folder(root_fd, name, *owner, &why);
        if (fd >= 0)
            return fd;
        if (why.errnum != ENOENT) {
            if (err)
                *err = why;
            return -1;
        }
    }
    _cleanup_strings_ struct strings users = {0};
    place_list_users(&users);
    for (size_t i = 0; i < users.count; i++) {
        *owner = (uid_t)strtoul(users.items[i], NULL, 10);
        *root = ROOT_RUN;
        _cleanup_close_ int root_fd = place_open_user_root(*owner, NULL);
        int fd = root_fd < 0 ? -1 : place_open_folder(root_fd, name, *owner, NULL);
        if (fd >= 0)
            return fd;
    }
    return session_missing(name, err);
}

int state_open_running(const char *name, uid_t *owner, struct err *err)
{
    enum place_root root;
    struct err why = {0};
    int fd = session_open(name, true, owner, &root, &why);
    if (fd >= 0)
        return fd;
    struct session_state state;
    if (why.errnum == ENOENT && state_find(name, &state, NULL) == 0) {
        (void)err_set(&why, 0, "%s does not run: it has ended", name);
        why.errnum = ENOENT;
        session_state_free(&state);
    }
    if (err)
        *err = why;
    return -1;
}

int state_find(const char *name, struct session_state *state, struct err *err)
{
    uid_t owner;
    enum place_root root;
    _cleanup_close_ int fd = session_open(name, false, &owner, &root, err);
    if (fd < 0)
        return -1;
    _cleanup_close_ int root_fd = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct err why = {0};
    if (session_read(root_fd, name, root, owner, state, &why) == 0)
        return 0;
    /* It ends just now, and what is kept of it lies elsewhere; or it has only begun to begin. */
    bool ending = root == ROOT_RUN && why.errnum == ENOENT;
    _cleanup_close_ int kept = ending ? place_open_root(ROOT_KEEP, false, NULL) : -1;
    if (kept >= 0 && session_read(kept, name, ROOT_KEEP, geteuid(), state, NULL) == 0)
        return 0;
    if (why.errnum == ENOENT)
        return session_missing(name, err);
    if (err)
        *err = why;
    return -1;
}

/* ---- the log --------------------------------------------------------------------------- */

/* Adds one of the log's two files; a missing one is fine. */
static int log_add_file(int fd, const char *file_name, struct text *text, struct err *err)
{
    struct err why = {0};
    _cleanup_close_ int file = place_open_file(fd, file_name, &why);
    if (file < 0 && why.errnum == ENOENT)
        return 0;
    char chunk[65536];
    ssize_t got = file < 0 ? -1 : 0;
    while (file >= 0 && text->length < 4u * SESSION_LOG_MAX &&
           (got = read(file, chunk, sizeof(chunk))) > 0)
        text_add_bytes(text, chunk, (size_t)got);
    if (file < 0 && err)
        *err = why;
    if (file >= 0 && got < 0)
        return err_set(err, errno, "cannot read the log");
    return file < 0 ? -1 : 0;
}

int state_log_read(const char *name, char **data, size_t *length, struct err *err)
{
    uid_t owner;
    enum place_root root;
    _cleanup_close_ int fd = session_open(name, false, &owner, &root, err);
    if (fd < 0)
        return -1;
    _cleanup_close_ int keep_root = place_open_root(ROOT_KEEP, false, NULL);
    _cleanup_close_ int keep =
        keep_root < 0 || root == ROOT_KEEP ? -1 : place_open_folder(keep_root, name, owner, NULL);
    _cleanup_text_ struct text text = {0};
    if (log_add_file(keep < 0 ? fd : keep, "log.1", &text, err) < 0 ||
        log_add_file(keep < 0 ? fd : keep, "log", &text, err) < 0)
        return err_prefix(err, "%s", name);
    text_add(&text, "");
    size_t cut = text.length > SESSION_LOG_MAX ? text.length - SESSION_LOG_MAX : 0;
    memmove(text.data, text.data + cut, text.length - cut + 1);
    *length = text.length - cut;
    *data = pointer_take(text.data);
    return 0;
}

int state_trace_read(const char *name, struct trace *trace, struct err *err)
{
    uid_t owner;
    enum place_root root;
    size_t length = 0;
    _cleanup_free_ char *data = NULL;
    *trace = (struct trace){0};
    _cleanup_close_ int fd = session_open(name, false, &owner, &root, err);
    if (fd < 0)
        return -1;
    _cleanup_close_ int keep_root = place_open_root(ROOT_KEEP, false, NULL);
    _cleanup_close_ int keep =
        keep_root < 0 || root == ROOT_KEEP ? -1 : place_open_folder(keep_root, name, owner, NULL);
    _cleanup_close_ int file = place_open_file(keep < 0 ? fd : keep, STATE_TRACE_FILE, NULL);
    if (file < 0 && errno == ENOENT) {
        (void)err_set(err, 0, "%s has no trace", name);
        if (err)
            err->errnum = ENOENT;
        return err_hint(err, "it is written a moment after the start; programs before nstui 0.2 "
                             "wrote none");
    }
    if (file < 0)
        return err_set(err, errno, "cannot open the trace of %s", name);
    char path[32];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    if (file_read(AT_FDCWD, path, STATE_TRACE_MAX, &data, &length, err) < 0 ||
        trace_parse(data, length, trace, err) < 0)
        return err_prefix(err, "the trace of %s", name);
    return 0;
}

/* ---- processes ------------------------------------------------------------------------- */

int process_identify(pid_t pid, uint64_t *start, uint64_t *pid_ns_inode)
{
    char path[64];
    _cleanup_free_ char *text = NULL;
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    if (file_read(AT_FDCWD, path, 4096, &text, NULL, NULL) < 0)
        return -1;
    /* The name is in brackets and may hold any sign; field 22 is the 20th after the last one. */
    const char *field = strrchr(text, ')');
    for (int i = 0; field && i < 20; i++) {
        field = strchr(field, ' ');
        field = field ? field + 1 : NULL;
    }
    struct stat status;
    (void)snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
    if (!field || stat(path, &status) < 0)
        return -1;
    *start = strtoull(field, NULL, 10);
    *pid_ns_inode = status.st_ino;
    return 0;
}
