/* The benches by name. Called by tests/bench/run, which has made a place for them. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static const struct bench *const benches[] = {&bench_launch, &bench_many, &bench_memory};

enum { COUNT = sizeof(benches) / sizeof(benches[0]) };

static int usage(void)
{
    (void)fprintf(stderr, "usage: tests/bench/run [-n ROUNDS] [NAME]..\n");
    for (size_t at = 0; at < COUNT; at++)
        (void)fprintf(stderr, "  %-8s %s\n", benches[at]->name, benches[at]->help);
    return 2;
}

static const struct bench *bench_find(const char *name)
{
    for (size_t at = 0; at < COUNT; at++) {
        if (strcmp(benches[at]->name, name) == 0)
            return benches[at];
    }
    return NULL;
}

/* In a process and a mount namespace of its own: what one changes is no matter of the next. */
static int bench_do(const struct bench *bench, const struct bench_setting *setting)
{
    int status = -1;
    (void)printf("== %s: %s\n", bench->name, bench->help);
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (unshare(CLONE_NEWNS) < 0) {
            perror("cannot make a mount namespace");
            _exit(1);
        }
        /* Who is left behind by a command becomes our child: bench_run() waits for it. */
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
        int result = bench->run(setting);
        (void)fflush(stdout);
        _exit(result < 0);
    }
    bool failed = pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0;
    (void)printf("\n");
    return failed;
}

int main(int count, char **words)
{
    struct bench_setting setting = {
        .nstui = getenv("NSTUI"),
        .folder = getenv("BENCH_FOLDER"),
    };
    int result = 0;
    for (int option; (option = getopt(count, words, "n:")) != -1;) {
        char *end = NULL;
        unsigned long rounds = option == 'n' ? strtoul(optarg, &end, 10) : 0;
        if (!end || *end || rounds < 1 || rounds > 1000000)
            return usage();
        setting.rounds = (unsigned)rounds;
    }
    for (int at = optind; at < count; at++) {
        if (!bench_find(words[at]))
            return usage();
    }
    if (!setting.nstui || !setting.folder)
        return usage();
    for (size_t at = 0; optind >= count && at < COUNT; at++)
        result |= bench_do(benches[at], &setting);
    for (int at = optind; at < count; at++)
        result |= bench_do(bench_find(words[at]), &setting);
    return result ? 1 : 0;
}
