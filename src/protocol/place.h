/* Private to protocol: the roots and folders of sessions, opened step by step and checked. */
#ifndef PROTOCOL_PLACE_H
#define PROTOCOL_PLACE_H

#include "nstui/state.h"

enum place_root {
    ROOT_RUN,  /* /run/nstui, $XDG_RUNTIME_DIR/nstui */
    ROOT_KEEP, /* /var/lib/nstui, $XDG_STATE_HOME/nstui */
};

/* Opens one's own root folder, or makes it. -1 with ENOENT where it is not there, EPERM where it is
 * not ours or others could write to it. */
int place_open_root(enum place_root root, bool make, struct err *err);

/* The same for another user's run root, for root; nothing is made. */
int place_open_user_root(uid_t user, struct err *err);

/* The users that have a run root of their own, but for ourselves, for root. Adds uids as words. */
void place_list_users(struct strings *users);

/* Opens a folder below a root without following links and checks that it is the owner's. */
int place_open_folder(int root_fd, const char *name, uid_t owner, struct err *err);

/* The names of sessions below a root; what is no name is passed over. */
void place_list(int root_fd, struct strings *names);

/* Reads state.json of a folder; the name in it must be the folder's. */
int place_read_state(int fd, const char *name, struct session_state *state, struct err *err);

/* Opens a plain file for reading: no link, no device, no pipe. */
int place_open_file(int fd, const char *name, struct err *err);

/* Takes the lock, for as long as lock_fd is open. False where another has it. */
bool place_lock(int lock_fd);

/* Whether somebody holds the lock of this folder. Changes nothing. */
bool place_is_locked(int fd);

#endif
