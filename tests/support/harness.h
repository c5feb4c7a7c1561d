/* harness: what the files of tests/support share with each other; no test includes it. */
#ifndef NSTUI_TESTS_HARNESS_H
#define NSTUI_TESTS_HARNESS_H

#include "support.h"

#include <poll.h>

/* Waits for the given descriptors (count may be 0) or for output of a screen, which is read. */
void harness_poll(struct pollfd *fds, size_t count, int timeout_ms);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t harness_now_ms(void);

/* Keeps an allocated string until the test is over. Returns it. */
char *harness_keep(char *string);
void harness_forget_strings(void);

/* In a child before exec: dies with the test, default signals, the environment and the user of the
 * options, then executes. Never returns. */
_Noreturn void harness_exec(const char *const argv[], const char *const *env, bool env_is_all,
                            const char *cwd, uid_t uid);

/* Fails the running test. */
_Noreturn void harness_fail(const char *file, int line);

/* At the end of a test: false where something had to be ended by force or could not be removed. */
void harness_end_screens(void);
void harness_end_processes(void);
bool harness_remove_folders(void);

/* For harness_poll: descriptors of the screens, and their reading. */
size_t screens_poll_fill(struct pollfd *fds, size_t size);
void screens_pump(void);

/* The sequence that a terminal of this TERM sends for a key; NULL: it has none. */
const char *screen_key_sequence(const char *term, enum screen_key key);

/* A started process is reaped by nobody else. */
void processes_keep(pid_t pid);
bool processes_are_kept(pid_t pid);
void processes_forget(pid_t pid);

#endif
