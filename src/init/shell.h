/* The small shell of nstui-init (--prompt): what its files share.
 *  - shell.c: the prompt, a line, what init does itself (cd, exit ..)
 *  - jobs.c: commands as processes, and whose the terminal is
 *  - expand.c: a line into words; match.c: *.c; reckon.c: $((2+3))
 */
#ifndef NSTUI_INIT_SHELL_H
#define NSTUI_INIT_SHELL_H

#include <termios.h>

#include "init.h"

#define LINE_LONGEST  65536   /* bytes of a line that is read */
#define WORDS_LONGEST 1048576 /* bytes of the words that it becomes */
#define JOBS_STOPPED  16

#define DIGITS       "0123456789"
#define NAME_LETTERS "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Bytes that grow. Start with {0}; data is NULL until something is in it, and ends with a 0 that is not
 * counted. */
struct bytes {
    char *data;
    size_t length, room;
};

/* False: more than the limit, or no memory. */
bool bytes_add(struct bytes *bytes, const char *from, size_t length);
void bytes_free(struct bytes *bytes);

/* The words of a line, ended by NULL. The first ones may be assignments, A=1. */
struct words {
    char **items;
    unsigned count, room, assignments;
};

bool words_add(struct words *words, const char *word);
void words_free(struct words *words);

struct shell {
    const struct orders *orders;
    int signals;      /* signalfd */
    bool typed;       /* stdin is a terminal: there is a prompt */
    bool control;     /* it is the controlling one: its foreground is ours to pass on */
    bool prompted;    /* the prompt stands on the terminal, and nothing behind it */
    bool interrupted; /* ctrl-C ended the command that ran last */
    bool over;        /* it is to end, with status */
    int ended_by;     /* the signal that ends it; 0: none */
    int status;       /* of the last command, $? */
    struct termios modes;
    pid_t stopped[JOBS_STOPPED]; /* by ctrl-Z, the last one last */
    unsigned stopped_count;
    char input[4096]; /* read and not yet taken */
    unsigned input_at, input_length;
};

/* "init: " and the texts in a line on stderr. What would move a cursor is shown as ?. */
#define shell_say(...) shell_say_texts((const char *const[]){__VA_ARGS__, NULL})
void shell_say_texts(const char *const *texts);

/* Collects whoever has ended. job: whose end or stop is waited for, 0: nobody's. Returns what became
 * of it; after JOB_ENDED shell->status is its status. */
enum job_state { JOB_RUNS, JOB_STOPPED, JOB_ENDED };
enum job_state jobs_collect(struct shell *shell, pid_t job);

/* Runs a command in the foreground and waits for it, or until it is stopped. output: a place for what it
 * writes to stdout; NULL: that goes where ours goes. shell->status is set. */
void job_run(struct shell *shell, char **words, struct bytes *output);

/* Lets the one that was stopped last go on, or that pid. */
void job_continue(struct shell *shell, pid_t pid);

/* Makes words of a line. False where it cannot: then it has been said why. */
bool expand_line(struct shell *shell, const char *line, struct words *words);

/* match.c: adds the files that a pattern means, in order; a backslash takes the meaning of what stands
 * behind it. None: adds nothing. False: too many, or no memory. */
bool files_match(const char *pattern, struct words *found);

/* Reckons with whole numbers: + - * / % ( ) and names. False: *problem says why. */
bool reckon(const char *sum, long *result, const char **problem);

#endif
