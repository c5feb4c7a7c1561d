/* 1,000 containers made and removed, 8 at a time, and a count of all that is left of them. It happens in
 * a pid and a net namespace of the bench's own, so that each process and link that is counted is ours. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { CONTAINERS = 1000, AT_A_TIME = 8 };

/* ---- what there is --------------------------------------------------------------------- */

static long lines_count(const char *path)
{
    FILE *file = fopen(path, "re");
    long count = 0;
    for (int sign; file && (sign = getc(file)) != EOF;)
        count += sign == '\n';
    if (file)
        (void)fclose(file);
    return count;
}

static long mounts_count(void)
{
    return lines_count("/proc/self/mountinfo");
}

static long links_count(void)
{
    return lines_count("/proc/net/dev");
}

/* Processes, or those in one state. */
static long processes_count(const char *state)
{
    DIR *folder = opendir("/proc");
    long count = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char path[300], text[1024] = "";
        (void)snprintf(path, sizeof(path), "/proc/%s/status", entry->d_name);
        FILE *file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "re") : NULL;
        if (!file)
            continue;
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        count += !state || strstr(text, state) != NULL;
        (void)fclose(file);
    }
    if (folder)
        (void)closedir(folder);
    return count;
}

static long all_count(void)
{
    return processes_count(NULL);
}

static long zombies_count(void)
{
    return processes_count("\nState:\tZ");
}

static long counted;

static int count_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)path, (void)status, (void)kind, (void)where;
    counted++;
    return 0;
}

static int count_cgroup(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    counted += kind == FTW_D && strncmp(path + where->base, "bench-", 6) == 0;
    return 0;
}

static long below(const char *path, __nftw_func_t function)
{
    counted = 0;
    (void)nftw(path, function, 16, FTW_PHYS);
    return counted;
}

static long cgroups_count(void)
{
    return below("/sys/fs/cgroup", count_cgroup);
}

static long run_count(void)
{
    return below("/run/nstui", count_one);
}

static long keep_count(void)
{
    return below("/var/lib/nstui", count_one);
}

static long descriptors_count(void)
{
    DIR *folder = opendir("/proc/self/fd");
    long count = 0;
    while (folder && readdir(folder))
        count++;
    if (folder)
        (void)closedir(folder);
    return count;
}

static const struct {
    const char *what;
    long (*count)(void);
} things[] = {
    {"mounts", mounts_count},
    {"processes", all_count},
    {"zombies", zombies_count},
    {"cgroups", cgroups_count},
    {"links", links_count},
    {"descriptors of ours", descriptors_count},
    {"files in /run/nstui", run_count},
    {"files in /var/lib/nstui", keep_count},
};

enum { THINGS = sizeof(things) / sizeof(things[0]) };

/* ---- containers ------------------------------------------------------------------------ */

/* The kinds take turns. One that is kept is removed by name. */
static const struct kind {
    const char *label;
    bool kept;
    const char *options[8];
} kinds[] = {
    {"in the foreground", false, {NULL}},
    {"detached, then rm", true, {"-d", NULL}},
    {"with limits", false, {"--memory", "64m", "--pids-limit", "50", NULL}},
    {"on a bridge", false, {"--network", "bridge", NULL}},
    {"walled", false, {"--walled", NULL}},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static int container_make(const struct bench_setting *setting, const struct kind *kind,
                          const char *name, const char *root)
{
    struct bench_command run = {0}, remove = {0};
    char why[512] = "";
    bench_words(&run, setting->nstui, "run", "--name", name, "-pmuin", "--root", root, "--init");
    bench_command_add(&run, kind->options);
    bench_words(&run, "--", "true");
    bench_words(&remove, setting->nstui, "rm", "-f", name);
    if (bench_run(&run, why, sizeof(why)) >= 0 &&
        (!kind->kept || bench_run(&remove, why, sizeof(why)) >= 0))
        return 0;
    (void)printf("a container %s: %s\n", kind->label, why);
    (void)fflush(stdout);
    return -1;
}

/* Kinds that this machine cannot do take no part. */
static unsigned kinds_try(const struct bench_setting *setting, bool usable[KINDS])
{
    char root[4096];
    unsigned count = 0;
    (void)snprintf(root, sizeof(root), "%s/many-try", setting->folder);
    for (size_t at = 0; at < KINDS; at++) {
        usable[at] = container_make(setting, &kinds[at], "bench-try", root) == 0;
        count += usable[at];
    }
    return count;
}

/* One of the eight: its part of the containers, one after the other, in a root of its own. */
static int worker_run(const struct bench_setting *setting, const bool usable[KINDS],
                      unsigned number, unsigned containers)
{
    char root[4096], name[64];
    int failed = 0;
    size_t kind = number % KINDS;
    (void)snprintf(root, sizeof(root), "%s/many-%u", setting->folder, number);
    for (unsigned at = number; at < containers; at += AT_A_TIME) {
        do
            kind = (kind + 1) % KINDS;
        while (!usable[kind]);
        (void)snprintf(name, sizeof(name), "bench-%u", at);
        failed |= container_make(setting, &kinds[kind], name, root) < 0;
    }
    return failed;
}

static int workers_run(const struct bench_setting *setting, const bool usable[KINDS],
                       unsigned containers)
{
    int failed = 0, status;
    (void)fflush(stdout);
    for (unsigned number = 0; number < AT_A_TIME; number++) {
        if (fork() == 0)
            _exit(worker_run(setting, usable, number, containers));
    }
    while (wait(&status) > 0)
        failed |= status != 0;
    return failed ? -1 : 0;
}

/* ---- the whole ------------------------------------------------------------------------- */

static int left_print(const long before[THINGS])
{
    int result = 0;
    (void)printf("%-26s %8s %8s %8s\n", "", "before", "after", "left");
    for (size_t at = 0; at < THINGS; at++) {
        long after = things[at].count();
        (void)printf("%-26s %8ld %8ld %8ld\n", things[at].what, before[at], after,
                     after - before[at]);
        if (after != before[at])
            result = -1;
    }
    return result;
}

static int inside_run(const struct bench_setting *setting)
{
    bool usable[KINDS];
    long before[THINGS];
    unsigned containers = setting->rounds ? setting->rounds : CONTAINERS;
    if (mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0 ||
        mount("proc", "/proc", "proc", 0, NULL) < 0 || kinds_try(setting, usable) == 0)
        return -1;
    for (size_t at = 0; at < THINGS; at++)
        before[at] = things[at].count();
    int64_t start_ns = bench_now_ns();
    int failed = workers_run(setting, usable, containers);
    double took_s = (double)(bench_now_ns() - start_ns) / 1e9;
    (void)printf("%u containers, %d at a time, in %.1f s: %.1f ms each\n", containers, AT_A_TIME,
                 took_s, took_s * 1000 / containers);
    int left = left_print(before);
    return failed || left ? -1 : 0;
}

static int many_run(const struct bench_setting *setting)
{
    int status = -1;
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        /* The pid namespace is that of the children, so once more. */
        if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET) < 0) {
            perror("cannot make namespaces for the bench");
            _exit(1);
        }
        pid_t inside = fork();
        if (inside == 0) {
            int result = inside_run(setting);
            (void)fflush(stdout);
            _exit(result < 0);
        }
        (void)waitpid(inside, &status, 0);
        _exit(status != 0);
    }
    return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

const struct bench bench_many = {
    .name = "many",
    .help = "1,000 containers made and removed, 8 at a time, and what is left of them",
    .run = many_run,
};
