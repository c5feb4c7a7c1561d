/* What a container costs that rests: the private memory of every process that keeps it, not that of the
 * command in it. smaps_rollup of proc(5). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "nstui/state.h"

#define NAME "bench-memory"

enum { AIM_KB = 3072, CHILDREN = 16, WAIT_US = 500000 };

struct cost {
    long private_kb, shared_kb; /* shared: its part of what others have too */
};

static long field_kb(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    return found ? strtol(found + strlen(name), NULL, 10) : 0;
}

static bool cost_read(pid_t pid, struct cost *cost)
{
    char path[64];
    _cleanup_free_ char *text = NULL;
    (void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    if (file_read(-1, path, 65536, &text, NULL, NULL) < 0)
        return false;
    cost->private_kb = field_kb(text, "Private_Clean:") + field_kb(text, "Private_Dirty:");
    cost->shared_kb = field_kb(text, "\nPss:") - cost->private_kb;
    return true;
}

static void name_read(pid_t pid, char *name, size_t size)
{
    char path[64];
    _cleanup_free_ char *text = NULL;
    (void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    (void)snprintf(name, size, "%s", file_read(-1, path, 256, &text, NULL, NULL) < 0 ? "?" : text);
    name[strcspn(name, "\n")] = '\0';
}

static size_t children_read(pid_t pid, pid_t children[CHILDREN])
{
    char path[64];
    _cleanup_free_ char *text = NULL;
    size_t count = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    if (file_read(-1, path, 4096, &text, NULL, NULL) < 0)
        return 0;
    for (char *at = text, *end; count < CHILDREN; at = end) {
        pid_t child = (pid_t)strtol(at, &end, 10);
        if (end == at)
            break;
        children[count++] = child;
    }
    return count;
}

/* This process and all below it but the command; adds up their private memory. */
static long tree_print(pid_t pid, const char *command)
{
    struct cost cost;
    char name[64];
    pid_t children[CHILDREN];
    name_read(pid, name, sizeof(name));
    if (strcmp(name, command) == 0 || !cost_read(pid, &cost))
        return 0;
    (void)printf("  %-24s %8ld %8ld\n", name, cost.private_kb, cost.shared_kb);
    long sum_kb = cost.private_kb;
    size_t count = children_read(pid, children);
    for (size_t at = 0; at < count; at++)
        sum_kb += tree_print(children[at], command);
    return sum_kb;
}

static int ours_print(const struct bench_setting *setting, const char *root)
{
    struct bench_command run = {0}, stop = {0};
    _cleanup_session_state_ struct session_state state = {0};
    struct err err = {0};
    char why[512] = "";
    bench_words(&run, setting->nstui, "run", "-d", "--rm", "--name", NAME, "-pmuin", "--root", root,
                "--init", "--", "sleep", "1000");
    bench_words(&stop, setting->nstui, "stop", "-t", "0", NAME);
    /* Not bench_run(): it would wait for the supervisor, too. */
    int status = -1;
    pid_t pid = bench_start(&run);
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0) {
        (void)fprintf(stderr, "cannot start a container that rests\n");
        return -1;
    }
    (void)usleep(WAIT_US);
    if (state_find(NAME, &state, &err) < 0 || !state.supervisor) {
        (void)fprintf(stderr, "cannot find the container: %s\n", err.text);
        return -1;
    }
    (void)printf("nstui run -d, with init and a terminal\n");
    long sum_kb = tree_print(state.supervisor, "sleep");
    (void)printf("  %-24s %8ld          %.2f of %d\n", "together", sum_kb, (double)sum_kb / AIM_KB,
                 AIM_KB);
    return bench_run(&stop, why, sizeof(why)) < 0 ? fprintf(stderr, "%s\n", why), -1 : 0;
}

/* A peer that stays beside its container, started by us. */
static void peer_print(const char *label, const struct bench_command *command)
{
    pid_t pid = bench_start(command);
    (void)usleep(WAIT_US);
    (void)printf("%s\n", label);
    long sum_kb = pid > 0 ? tree_print(pid, "sleep") : 0;
    (void)printf("  %-24s %8ld\n", "together", sum_kb);
    pid_t children[CHILDREN];
    size_t count = pid > 0 ? children_read(pid, children) : 0;
    for (size_t at = 0; at < count; at++)
        (void)kill(children[at], SIGKILL);
    if (pid > 0)
        (void)kill(pid, SIGKILL);
    while (wait(NULL) > 0)
        ;
}

static int memory_run(const struct bench_setting *setting)
{
    char root[4096];
    (void)snprintf(root, sizeof(root), "%s/resting", setting->folder);
    (void)mkdir(root, 0755);
    (void)printf("  %-24s %8s %8s\n", "process", "private", "shared, its part; KB");
    if (ours_print(setting, root) < 0)
        return -1;
    if (bench_has("bwrap")) {
        struct bench_command command = {0};
        bench_words(&command, "bwrap", "--unshare-pid", "--unshare-net", "--bind", "/", "/", "--",
                    "sleep", "1000");
        peer_print("bwrap", &command);
    }
    if (bench_has("unshare")) {
        struct bench_command command = {0};
        bench_words(&command, "unshare", "-pmuinf", "sleep", "1000");
        peer_print("unshare", &command);
    }
    (void)printf(
        "crun and runc leave no process beside a detached container; who watches it, and holds\n"
        "its terminal and log, is another program (conmon)\n");
    return 0;
}

const struct bench bench_memory = {
    .name = "memory",
    .help = "memory of a container that rests, without that of its command",
    .run = memory_run,
};
