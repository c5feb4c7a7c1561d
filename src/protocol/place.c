/* The roots and folders of sessions: found, opened without following links, and refused where
 * somebody else could have put something there. Called by the other files of this room. Changes
 * nothing but that it makes a missing root. */
#include "place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_FILE_MAX (64u * 1024)

#define USERS_ROOT "/run/user" /* where pam_systemd(8) and elogind make $XDG_RUNTIME_DIR */

/* The path of one's own root. */
static char *root_path(enum place_root root)
{
    if (geteuid() == 0)
        return xstrdup(root == ROOT_RUN ? "/run/nstui" : "/var/lib/nstui");
    const char *base = getenv(root == ROOT_RUN ? "XDG_RUNTIME_DIR" : "XDG_STATE_HOME");
    if (base && base[0] == '/')
        return xasprintf("%s/nstui", base);
    const char *home = getenv("HOME");
    if (root == ROOT_KEEP && home && home[0] == '/')
        return xasprintf("%s/.local/state/nstui", home);
    const char *word = root == ROOT_RUN ? "nstui" : "nstui-state";
    _cleanup_free_ char *users = xasprintf("%s/%u", USERS_ROOT, geteuid());
    if (access(users, W_OK) == 0)
        return xasprintf("%s/%s", users, word);
    /* No session of a log-in manager: a folder that the owner's check below guards. */
    return xasprintf("/tmp/%s-%u", word, geteuid());
}

/* A refusal of ours, not of the kernel: EPERM for the caller, no words of it for the reader. */
static int distrust(struct err *err)
{
    if (err)
        err->errnum = EPERM;
    return -1;
}

/* A folder is to be trusted where its owner alone can write to it. */
static int folder_check(int fd, const char *path, uid_t owner, struct err *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return err_set(err, errno, "cannot look at %s", path);
    if (status.st_uid != owner) {
        (void)err_set(err, 0, "cannot trust %s: it belongs to user %u, not to user %u", path,
                      status.st_uid, owner);
        return distrust(err);
    }
    if (status.st_mode & (S_IWGRP | S_IWOTH)) {
        (void)err_set(err, 0, "cannot trust %s: others can write to it", path);
        (void)err_hint(err, "chmod 700 %s, after a look at what is in it", path);
        return distrust(err);
    }
    return 0;
}

static int folder_open(int dirfd, const char *path, const char *shown, uid_t owner, struct err *err)
{
    _cleanup_close_ int fd =
        openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_set(err, errno, "cannot open %s", shown);
    if (folder_check(fd, shown, owner, err) < 0)
        return -1;
    return fd_take(&fd);
}

int place_open_root(enum place_root root, bool make, struct err *err)
{
    _cleanup_free_ char *path = root_path(root);
    if (make && dir_make(path, 0700, err) < 0)
        return -1;
    return folder_open(AT_FDCWD, path, path, geteuid(), err);
}

int place_open_user_root(uid_t user, struct err *err)
{
    _cleanup_free_ char *path = xasprintf("%s/%u", USERS_ROOT, user);
    _cleanup_close_ int home = folder_open(AT_FDCWD, path, path, user, err);
    return home < 0 ? -1 : folder_open(home, "nstui", path, user, err);
}

int place_open_folder(int root_fd, const char *name, uid_t owner, struct err *err)
{
    _cleanup_free_ char *shown = xasprintf("the folder of the session %s", name);
    return folder_open(root_fd, name, shown, owner, err);
}

/* Calls add for each entry's name. */
static void folder_each(int root_fd, void (*add)(const char *name, void *list), void *list)
{
    int copy = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_dir_ DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    if (!directory) {
        cleanup_close(&copy);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(directory)))
        add(entry->d_name, list);
}

static void add_session(const char *name, void *list)
{
    if (session_name_check(name, NULL) == 0)
        strings_add(list, name);
}

void place_list(int root_fd, struct strings *names)
{
    folder_each(root_fd, add_session, names);
}

static void add_user(const char *name, void *list)
{
    int64_t user;
    if (number_parse(name, 1, UINT32_MAX - 1, &user))
        strings_add(list, name);
}

void place_list_users(struct strings *users)
{
    _cleanup_close_ int fd = open(USERS_ROOT, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && geteuid() == 0)
        folder_each(fd, add_user, users);
}

/* ---- files of a session ---------------------------------------------------------------- */

int place_open_file(int fd, const char *name, struct err *err)
{
    _cleanup_close_ int file =
        openat(fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    if (file < 0)
        return err_set(err, errno, "cannot open %s", name);
    if (fstat(file, &status) < 0)
        return err_set(err, errno, "cannot look at %s", name);
    if (!S_ISREG(status.st_mode)) {
        (void)err_set(err, 0, "cannot trust %s: it is no plain file", name);
        return distrust(err);
    }
    return fd_take(&file);
}

int place_read_state(int fd, const char *name, struct session_state *state, struct err *err)
{
    _cleanup_close_ int file = place_open_file(fd, "state.json", err);
    if (file < 0)
        return -1;
    char text[STATE_FILE_MAX + 1];
    size_t length = 0;
    for (;;) {
        ssize_t got = read(file, text + length, STATE_FILE_MAX - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, errno, "cannot read the state of %s", name);
        if (got == 0)
            break;
        length += (size_t)got;
    }
    text[length] = '\0';
    if (session_state_parse(text, state, err) < 0)
        return err_prefix(err, "%s", name);
    if (strcmp(state->name, name) != 0) {
        session_state_free(state);
        return err_set(err, 0, "cannot read the state of %s: it is another session's", name);
    }
    return 0;
}

/* Open file description locks: they end with the supervisor's last descriptor, and can be asked for
 * without being taken (fcntl(2)). */
bool place_lock(int lock_fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(lock_fd, F_OFD_SETLK, &lock) == 0;
}

bool place_is_locked(int fd)
{
    _cleanup_close_ int lock_fd = place_open_file(fd, "lock", NULL);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return lock_fd >= 0 && fcntl(lock_fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
