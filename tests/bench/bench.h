/* bench: what the benches share. A bench measures ours beside a peer's in one run and prints a table
 * of both and of their ratios; it asserts no time. One file a bench, a table of them in main.c; run
 * by tests/bench/run, inside a mount namespace of its own, and never by make test. */
#ifndef NSTUI_TESTS_BENCH_H
#define NSTUI_TESTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What all benches get. */
struct bench_setting {
    const char *nstui;  /* the program of the build folder */
    const char *folder; /* an empty one of their own; whoever runs the benches removes it */
    unsigned rounds;    /* 0: as many as the bench finds enough */
};

/* Returns 0, or -1 after a sentence on stderr: it could not be measured, or something was left. */
struct bench {
    const char *name, *help;
    int (*run)(const struct bench_setting *setting);
};

extern const struct bench bench_launch, bench_many, bench_memory;

/* ---- running --------------------------------------------------------------------------- */

enum { BENCH_WORDS = 64 };

/* A command, as words. The words are not copied. */
struct bench_command {
    const char *words[BENCH_WORDS + 1];
    size_t count;
};

/* Adds words up to a NULL; bench_words() is the comfortable way. */
void bench_command_add(struct bench_command *command, const char *const words[]);
#define bench_words(command, ...)                                                                  \
    bench_command_add((command), (const char *const[]){__VA_ARGS__, NULL})

/* CLOCK_MONOTONIC. */
int64_t bench_now_ns(void);

/* Runs it with /dev/null as stdin and stdout. The clock runs from before its process is made until it
 * and every process that it left behind have ended and were collected (bwrap's first process ends
 * before the last one in there). Nanoseconds; -1 where it cannot run or ends with another status than
 * 0: *why, of size bytes, then has the last line of its stderr. */
int64_t bench_run(const struct bench_command *command, char *why, size_t size);

/* The same without waiting. The pid, -1 with errno. */
pid_t bench_start(const struct bench_command *command);

/* Whether a program is on the PATH; says so where it is not. */
bool bench_has(const char *program);

/* ---- races ----------------------------------------------------------------------------- */

/* One that takes part. Label and command are given, the rest is filled by bench_race(). */
struct bench_racer {
    const char *label;
    struct bench_command command;
    bool is_out; /* it did not run; said on stdout */
    double *samples_ms;
    size_t count;
};

/* Runs all of them once to warm up, who fails there is out; then rounds times each, in another order
 * every round, with a moment between them so that what the kernel puts off (net namespaces) is
 * charged to nobody else. Prints the table: minimum, median, maximum, and the first one's over each.
 * -1 where the first one fails, or another later. */
int bench_race(struct bench_racer *racers, size_t count, unsigned rounds);

/* ---- a root and a bundle --------------------------------------------------------------- */

/* The directories that the layout studio binds read-only, those that this host has; ends with NULL. */
const char *const *bench_binds(void);

/* Writes an OCI bundle for crun and runc: that root, the same binds, /proc, /dev, devpts. */
int bench_bundle_write(const char *folder, const char *root);

#endif
