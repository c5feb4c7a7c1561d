/* The folders of sessions, seen from their supervisor: claimed and locked, written, given up; and
 * the places of supervisors that died. Every change below a root is made while the root folder
 * itself is locked, so that a claim and a clean-up never meet half way. Kills nothing itself. */
#include "place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MADE_UP_MAX 100000

/* Removes a session's folder with the files in it, whatever they are called; below it are no
 * folders of ours, and what somebody else made there stays, and the folder with it. The lock goes
 * last. */
static void folder_remove(int root_fd, int fd, const char *name)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    if (!directory) {
        cleanup_close(&copy);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            strcmp(entry->d_name, "lock") != 0)
            (void)unlinkat(fd, entry->d_name, 0);
    }
    closedir(directory);
    (void)unlinkat(fd, "lock", 0);
    (void)unlinkat(root_fd, name, AT_REMOVEDIR);
}

/* ---- claiming -------------------------------------------------------------------------- */

static bool folder_is_there(int root_fd, const char *name)
{
    struct stat status;
    return root_fd >= 0 && fstatat(root_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Makes a new folder below a locked root. */
static int folder_make(int root_fd, const char *name, struct err *err)
{
    if (mkdirat(root_fd, name, 0700) < 0)
        return err_set(err, errno, "cannot make the folder of the session %s", name);
    int fd = place_open_folder(root_fd, name, geteuid(), err);
    if (fd < 0)
        (void)unlinkat(root_fd, name, AT_REMOVEDIR);
    return fd;
}

static int name_taken(struct err *err)
{
    if (err)
        err->errnum = EEXIST;
    return -1;
}

/* The folder of a running session and its lock. */
static int claim_running(int run_root, const char *name, struct session_place *place,
                         struct err *err)
{
    (void)snprintf(place->name, sizeof(place->name), "%s", name);
    place->run_fd = folder_make(run_root, name, err);
    if (place->run_fd < 0)
        return -1;
    place->lock_fd =
        openat(place->run_fd, "lock", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (place->lock_fd < 0)
        (void)err_set(err, errno, "cannot make the lock of the session %s", name);
    else if (!place_lock(place->lock_fd))
        (void)err_set(err, errno, "cannot lock the session %s", name);
    else
        return 0;
    folder_remove(run_root, place->run_fd, name);
    state_close(place);
    return -1;
}

/* Takes one name, both roots being locked. */
static int claim_name(int run_root, int keep_root, const char *name, bool keep,
                      struct session_place *place, struct err *err)
{
    if (folder_is_there(run_root, name)) {
        (void)err_set(err, 0, "cannot call the session %s: one of that name runs", name);
        return name_taken(err);
    }
    if (folder_is_there(keep_root, name)) {
        (void)err_set(err, 0, "cannot call the session %s: one of that name has ended and is kept",
                      name);
        (void)err_hint(err, "nstui start %s starts it again, nstui rm %s removes it", name, name);
        return name_taken(err);
    }
    if (claim_running(run_root, name, place, err) < 0)
        return -1;
    if (!keep || (place->keep_fd = folder_make(keep_root, name, err)) >= 0)
        return 0;
    folder_remove(run_root, place->run_fd, name);
    state_close(place);
    return -1;
}

int state_claim(const char *name, const char *stem, bool keep, struct session_place *place,
                struct err *err)
{
    *place = (struct session_place)SESSION_PLACE_EMPTY;
    if (name && session_name_check(name, err) < 0)
        return -1;
    _cleanup_close_ int run_root = place_open_root(ROOT_RUN, true, err);
    if (run_root < 0)
        return -1;
    struct err why = {0};
    _cleanup_close_ int keep_root = place_open_root(ROOT_KEEP, keep, &why);
    if (keep_root < 0 && (keep || why.errnum != ENOENT)) {
        if (err)
            *err = why;
        return -1;
    }
    (void)flock(run_root, LOCK_EX);
    if (name)
        return claim_name(run_root, keep_root, name, keep, place, err);
    for (int i = 1; i < MADE_UP_MAX; i++) {
        char made[SESSION_NAME_MAX + 1];
        (void)snprintf(made, sizeof(made), "%.*s-%d", SESSION_NAME_MAX - 8, stem, i);
        if (!folder_is_there(run_root, made) && !folder_is_there(keep_root, made))
            return claim_name(run_root, keep_root, made, keep, place, err);
    }
    (void)err_set(err, 0, "cannot make up a name: %s-1 and all that follow are taken", stem);
    return name_taken(err);
}

int state_claim_again(const char *name, struct session_place *place, struct err *err)
{
    *place = (struct session_place)SESSION_PLACE_EMPTY;
    if (session_name_check(name, err) < 0)
        return -1;
    _cleanup_close_ int run_root = place_open_root(ROOT_RUN, true, err);
    if (run_root < 0)
        return -1;
    (void)flock(run_root, LOCK_EX);
    if (folder_is_there(run_root, name)) {
        (void)err_set(err, 0, "cannot start %s: it runs", name);
        if (err)
            err->errnum = EBUSY;
        return -1;
    }
    struct err why = {0};
    _cleanup_close_ int keep_root = place_open_root(ROOT_KEEP, false, &why);
    _cleanup_close_ int keep =
        keep_root < 0 ? -1 : place_open_folder(keep_root, name, geteuid(), &why);
    if (keep < 0) {
        if (err)
            *err = why;
        return -1;
    }
    if (claim_running(run_root, name, place, err) < 0)
        return -1;
    place->keep_fd = fd_take(&keep);
    return 0;
}

int state_write(const struct session_place *place, const struct session_state *state,
                struct err *err)
{
    _cleanup_free_ char *text = session_state_format(state);
    int result = 0;
    if (place->run_fd >= 0 &&
        file_write_atomic(place->run_fd, "state.json", text, strlen(text), 0600, err) < 0)
        result = -1;
    if (place->keep_fd >= 0 &&
        file_write_atomic(place->keep_fd, "state.json", text, strlen(text), 0600, err) < 0)
        result = -1;
    return result;
}

void state_release(struct session_place *place, bool remove_kept)
{
    if (place->keep_fd >= 0 && remove_kept) {
        _cleanup_close_ int keep_root = openat(place->keep_fd, "..", O_DIRECTORY | O_CLOEXEC);
        folder_remove(keep_root, place->keep_fd, place->name);
    }
    if (place->run_fd >= 0) {
        _cleanup_close_ int run_root = openat(place->run_fd, "..", O_DIRECTORY | O_CLOEXEC);
        (void)flock(run_root, LOCK_EX);
        folder_remove(run_root, place->run_fd, place->name);
    }
    state_close(place);
}

void state_close(struct session_place *place)
{
    cleanup_close(&place->run_fd);
    cleanup_close(&place->keep_fd);
    cleanup_close(&place->lock_fd);
    *place = (struct session_place)SESSION_PLACE_EMPTY;
}

/* ---- what is over ---------------------------------------------------------------------- */

int state_remove(const char *name, struct err *err)
{
    if (session_name_check(name, err) < 0)
        return -1;
    struct err why = {0};
    _cleanup_close_ int run_root = place_open_root(ROOT_RUN, false, &why);
    if (run_root < 0 && why.errnum != ENOENT) {
        if (err)
            *err = why;
        return -1;
    }
    if (run_root >= 0)
        (void)flock(run_root, LOCK_EX);
    if (folder_is_there(run_root, name)) {
        (void)err_set(err, 0, "cannot remove %s: it runs", name);
        if (err)
            err->errnum = EBUSY;
        return err_hint(err, "nstui stop %s ends it", name);
    }
    _cleanup_close_ int keep_root = place_open_root(ROOT_KEEP, false, &why);
    _cleanup_close_ int fd =
        keep_root < 0 ? -1 : place_open_folder(keep_root, name, geteuid(), &why);
    if (fd < 0) {
        if (why.errnum == ENOENT) {
            (void)err_set(&why, 0, "there is no session %s", name);
            why.errnum = ENOENT;
        }
        if (err)
            *err = why;
        return -1;
    }
    folder_remove(keep_root, fd, name);
    if (folder_is_there(keep_root, name))
        return err_set(
            err, 0, "cannot remove all of %s: its folder has what nstui did not put there", name);
    return 0;
}

/* Locks one folder if its supervisor has died. 1, 0 where it lives, -1. */
static int lost_try(int run_root, const char *name, struct session_place *place,
                    struct session_state *state, struct err *err)
{
    _cleanup_close_ int fd = place_open_folder(run_root, name, geteuid(), err);
    if (fd < 0)
        return err && err->errnum == ENOENT ? 0 : -1;
    /* The root is locked: a folder without a lock file belongs to nobody who is still at it. */
    _cleanup_close_ int lock_fd =
        openat(fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (lock_fd < 0)
        return err_set(err, errno, "cannot open the lock of the session %s", name);
    if (!place_lock(lock_fd))
        return 0;
    _cleanup_close_ int keep_root = place_open_root(ROOT_KEEP, false, NULL);
    (void)snprintf(place->name, sizeof(place->name), "%s", name);
    place->keep_fd = keep_root < 0 ? -1 : place_open_folder(keep_root, name, geteuid(), NULL);
    /* One that was to start again has a state there since it ended; a new one has not begun. */
    if (place_read_state(fd, name, state, NULL) < 0 &&
        (place->keep_fd < 0 || place_read_state(place->keep_fd, name, state, NULL) < 0)) {
        session_state_init(state);
        (void)snprintf(state->name, sizeof(state->name), "%s", name);
        state->remove = true;
    }
    place->run_fd = fd_take(&fd);
    place->lock_fd = fd_take(&lock_fd);
    return 1;
}

static bool list_has(const struct strings *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], item) == 0)
            return true;
    }
    return false;
}

int state_claim_lost(struct session_place *place, struct session_state *state, struct strings *skip,
                     struct err *err)
{
    *place = (struct session_place)SESSION_PLACE_EMPTY;
    struct err why = {0};
    _cleanup_close_ int run_root = place_open_root(ROOT_RUN, false, &why);
    if (run_root < 0) {
        if (why.errnum == ENOENT)
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    (void)flock(run_root, LOCK_EX);
    _cleanup_strings_ struct strings names = {0};
    place_list(run_root, &names);
    for (size_t i = 0; i < names.count; i++) {
        if (list_has(skip, names.items[i]))
            continue;
        why = (struct err){0};
        int result = lost_try(run_root, names.items[i], place, state, &why);
        if (result > 0)
            return 1;
        if (result < 0) {
            strings_add(skip, names.items[i]);
            if (err)
                *err = why;
            return -1;
        }
    }
    return 0;
}
