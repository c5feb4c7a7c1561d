/* Commands run one after the other against the clock, and the table of what they took. Ratios of one
 * run are all that counts: this machine may be busy, and the next is another one. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define SETTLE_US                                                                                  \
    3000 /* between two runs: a net namespace is taken apart by a thread of the kernel */

extern char **environ;

void bench_command_add(struct bench_command *command, const char *const words[])
{
    for (size_t at = 0; words[at] && command->count < BENCH_WORDS; at++)
        command->words[command->count++] = words[at];
}

int64_t bench_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool bench_has(const char *program)
{
    const char *path = getenv("PATH");
    char file[4096];
    for (; path && *path; path += strcspn(path, ":"), path += *path == ':') {
        (void)snprintf(file, sizeof(file), "%.*s/%s", (int)strcspn(path, ":"), path, program);
        if (access(file, X_OK) == 0)
            return true;
    }
    (void)printf("%s is not installed and takes no part\n", program);
    return false;
}

/* ---- running --------------------------------------------------------------------------- */

static int command_spawn(const struct bench_command *command, int errors, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (errors >= 0)
        (void)posix_spawn_file_actions_adddup2(&actions, errors, 2);
    char *const *words = (char *const *)(uintptr_t)command->words;
    int reason = posix_spawnp(pid, words[0], &actions, NULL, words, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return reason ? (errno = reason, -1) : 0;
}

pid_t bench_start(const struct bench_command *command)
{
    pid_t pid;
    return command_spawn(command, -1, &pid) < 0 ? -1 : pid;
}

/* The last line of what a command has said. */
static void last_line(int errors, char *why, size_t size)
{
    char text[1024];
    ssize_t length = pread(errors, text, sizeof(text) - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    for (length--; length >= 0 && text[length] == '\n'; length--)
        text[length] = '\0';
    const char *line = strrchr(text, '\n');
    (void)snprintf(why, size, "%s", line ? line + 1 : text);
}

int64_t bench_run(const struct bench_command *command, char *why, size_t size)
{
    pid_t pid, ended;
    int status = 0, its_status = -1;
    int errors = memfd_create("errors", MFD_CLOEXEC);
    int64_t start_ns = bench_now_ns();
    if (command_spawn(command, errors, &pid) < 0) {
        (void)snprintf(why, size, "%s", strerror(errno));
        (void)close(errors);
        return -1;
    }
    while ((ended = wait(&status)) > 0 || errno == EINTR) {
        if (ended == pid)
            its_status = status;
    }
    int64_t took_ns = bench_now_ns() - start_ns;
    if (its_status != 0)
        last_line(errors, why, size);
    (void)close(errors);
    return its_status == 0 ? took_ns : -1;
}

/* ---- races ----------------------------------------------------------------------------- */

static int by_size(const void *left, const void *right)
{
    const double one = *(const double *)left, other = *(const double *)right;
    return (one > other) - (one < other);
}

static double median(const struct bench_racer *racer)
{
    size_t middle = racer->count / 2;
    const double *samples = racer->samples_ms;
    return racer->count % 2 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

static void table_print(struct bench_racer *racers, size_t count)
{
    const struct bench_racer *ours = &racers[0];
    (void)printf("%-34s %8s %8s %8s   ours / it: %s\n", "", "min ms", "median", "max",
                 "min   median");
    for (size_t at = 0; at < count; at++) {
        struct bench_racer *racer = &racers[at];
        if (racer->is_out || !racer->count)
            continue;
        qsort(racer->samples_ms, racer->count, sizeof(double), by_size);
        double least = racer->samples_ms[0], middle = median(racer);
        (void)printf("%-34s %8.3f %8.3f %8.3f", racer->label, least, middle,
                     racer->samples_ms[racer->count - 1]);
        if (racer != ours)
            (void)printf("            %5.2f    %5.2f", ours->samples_ms[0] / least,
                         median(ours) / middle);
        (void)printf("\n");
    }
}

/* One more sample; the first runs are not kept. */
static int racer_run(struct bench_racer *racer, bool keep)
{
    char why[512] = "";
    int64_t took_ns = bench_run(&racer->command, why, sizeof(why));
    (void)usleep(SETTLE_US);
    if (took_ns < 0) {
        (void)printf("%s does not run here: %s\n", racer->label, why);
        racer->is_out = true;
        return -1;
    }
    if (keep)
        racer->samples_ms[racer->count++] = (double)took_ns / 1e6;
    return 0;
}

/* Another order: who runs after whom must make no difference. */
static void shuffle(size_t *order, size_t count)
{
    for (size_t at = count; at > 1; at--) {
        size_t other = (size_t)random() % at, one = order[at - 1];
        order[at - 1] = order[other];
        order[other] = one;
    }
}

static int rounds_run(struct bench_racer *racers, size_t count, unsigned rounds)
{
    size_t order[BENCH_WORDS];
    for (size_t at = 0; at < count; at++)
        order[at] = at;
    for (unsigned round = 0; round < rounds; round++) {
        shuffle(order, count);
        for (size_t at = 0; at < count; at++) {
            struct bench_racer *racer = &racers[order[at]];
            if (!racer->is_out && racer_run(racer, true) < 0)
                return -1;
        }
    }
    return 0;
}

int bench_race(struct bench_racer *racers, size_t count, unsigned rounds)
{
    int result = 0;
    for (size_t at = 0; at < count; at++) {
        racers[at].samples_ms = calloc(rounds, sizeof(double));
        racers[at].count = 0;
        (void)racer_run(&racers[at], false);
        if (!racers[at].is_out)
            (void)racer_run(&racers[at], false);
    }
    if (racers[0].is_out)
        result = -1;
    else
        result = rounds_run(racers, count, rounds);
    if (result == 0)
        table_print(racers, count);
    for (size_t at = 0; at < count; at++)
        free(racers[at].samples_ms);
    return result;
}
