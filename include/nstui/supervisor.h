/* supervisor: the parent of one session. It launches the container or the joined shell, holds its
 * pty, lock, state, log and socket as long as it runs, and cleans up after it; `nstui run` in the
 * foreground is its own supervisor, with -d it is a process of its own (see supervisor_detach).
 *
 * It never looks into the bytes that pass through it: nstui-term, a process without rights, does.
 */
#ifndef NSTUI_SUPERVISOR_H
#define NSTUI_SUPERVISOR_H

#include "nstui/engine.h"
#include "nstui/state.h"

struct supervisor_config {
    enum session_kind kind;
    const char *name;   /* as asked for; null: made up */
    struct spec *spec;  /* SESSION_CONTAINER, SESSION_SHELL: a checked spec (spec_check) */
    struct join *join;  /* SESSION_JOIN */
    const char *target; /* join: TARGET as it was typed, for name and state; else null */

    /* terminal in spec or join says pty or pipes; columns and rows of 0 are filled in from the
     * caller's terminal, else 80x24. Detached sessions always have a pty. */
    bool detached;
    bool remove;  /* --rm: nothing is kept of a detached session when it ends. Joins and shells:
                     always */
    int ready_fd; /* detached: where `ok NAME WARNING\n` or `error STATUS sentence\n` is written,
                   * closed after it; who goes before that breaks the start off; else -1 */
    const char *config_json; /* detached: the spec as it is kept in config.json; null: none */
    char *const *words; /* detached: the command line, kept where there is no config_json, since
                              * it may hold bytes that JSON cannot; NULL-ended, may be null */
    bool again;         /* name is a session that has ended and is kept: it starts again there,
                              * behind its old log */

    /* Called once when the command has been executed, before the first byte is passed on and
     * before the terminal is made raw, so that it may print. pid: as here. May be null. */
    void (*started)(void *data, pid_t pid);
    void *started_data;

    /* Called before started, where it has got an address on a bridge: "10.88.77.2/24 10.88.77.1", its
     * own and its gateway's. May be null. */
    void (*addressed)(const char *address);

    /* What a launch without the step private has left in its stand-in for the host, a sentence each,
     * also where it failed; may be null. */
    struct strings *leaks;

    /* Called once at the end, when the terminal is as it was, with a sentence where there is one to
     * tell: `the kernel ended it: it wanted more than 64 MiB`. May be null. */
    void (*told)(const char *sentence);
};

/* Runs a session from its launch to its end and returns the exit status for the program: that of
 * the command, 128+N where signal N ended it, ENGINE_STATUS_* where nothing was run. Then err->text
 * has the sentence for the user (a detached one has already told it by ready_fd); where the text is
 * empty there is nothing to say. A foreground run leaves nothing behind; SIGHUP, SIGINT, SIGTERM
 * and SIGQUIT go to the command, and the terminal is as it was on every way out. Call it from a
 * process of one thread that has no children. */
int supervisor_run(const struct supervisor_config *config, struct err *err);

/* Starts a detached supervisor afresh: executes our own program again, in a session of its own with
 * stdio on /dev/null and an environment of a few known variables, with the arguments
 *     nstui supervise READYFD WORD..
 * and waits for what it says on the ready pipe. words is NULL-ended: what the user typed (run -d
 * ..), any bytes. It starts in the caller's directory, so that relative paths mean the same to it,
 * and supervisor_run leaves that one after the launch. Returns 0, the name of the session and a word
 * of warning, mostly "" (both the caller's), or the exit status for the program with err filled. */
int supervisor_detach(char *const words[], char **name, char **warning, struct err *err);

/* Cleans up after supervisors that died: ends what is left of their containers and removes their
 * folders. Every command calls it first. A session that cannot be cleaned is passed over and told
 * in err (-1); the caller goes on. */
int supervisor_clean_lost(struct err *err);

#endif
