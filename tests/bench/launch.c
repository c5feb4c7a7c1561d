/* Start to exit of `true` in new pid, mnt, uts, ipc and net namespaces, on one root, with the same
 * read-only binds, /proc, /dev and devpts, by us and by others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "bench.h"

enum { ROUNDS = 200, RACERS = 8 };

/* Only in the mount namespace of the benches: crun knows no machine where cgroup v1 and v2 are both
 * mounted. */
static void cgroups_unify(void)
{
    struct stat status;
    if (stat("/sys/fs/cgroup/unified", &status) == 0)
        (void)mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
}

static void bwrap_add(struct bench_command *command, const char *root)
{
    bench_words(command, "bwrap", "--unshare-pid", "--unshare-uts", "--unshare-ipc",
                "--unshare-net", "--bind", root, "/");
    for (const char *const *bind = bench_binds(); *bind; bind++)
        bench_words(command, "--ro-bind", *bind, *bind);
    bench_words(command, "--proc", "/proc", "--dev", "/dev", "--", "true");
}

static size_t racers_fill(struct bench_racer *racers, const struct bench_setting *setting,
                          const char *root, const char *bundle)
{
    size_t count = 0;
    struct bench_racer *racer = &racers[count++];
    racer->label = "nstui run, with init";
    bench_words(&racer->command, setting->nstui, "run", "-pmuin", "--root", root, "--init", "--",
                "true");
    racer = &racers[count++];
    racer->label = "nstui run, without init";
    bench_words(&racer->command, setting->nstui, "run", "-pmuin", "--root", root, "--", "true");
    if (bench_has("unshare")) {
        racer = &racers[count++];
        racer->label = "unshare: the namespaces, no mounts";
        bench_words(&racer->command, "unshare", "-pmuinf", "true");
    }
    if (bench_has("bwrap")) {
        racer = &racers[count++];
        racer->label = "bwrap";
        bwrap_add(&racer->command, root);
    }
    if (bench_has("crun")) {
        racer = &racers[count++];
        racer->label = "crun, without a cgroup";
        bench_words(&racer->command, "crun", "--cgroup-manager=disabled", "run", "-b", bundle,
                    "bench-crun");
        racer = &racers[count++];
        racer->label = "crun";
        bench_words(&racer->command, "crun", "run", "-b", bundle, "bench-crun");
    }
    if (bench_has("runc")) {
        racer = &racers[count++];
        racer->label = "runc";
        bench_words(&racer->command, "runc", "run", "-b", bundle, "bench-runc");
    }
    return count;
}

static int launch_run(const struct bench_setting *setting)
{
    static struct bench_racer racers[RACERS];
    char root[4096], bundle[4096];
    unsigned rounds = setting->rounds ? setting->rounds : ROUNDS;
    (void)snprintf(root, sizeof(root), "%s/root", setting->folder);
    (void)snprintf(bundle, sizeof(bundle), "%s/bundle", setting->folder);
    (void)mkdir(root, 0755);
    if (bench_bundle_write(bundle, root) < 0)
        return -1;
    cgroups_unify();
    size_t count = racers_fill(racers, setting, root, bundle);
    (void)printf("%u rounds, each in another order\n", rounds);
    return bench_race(racers, count, rounds);
}

const struct bench bench_launch = {
    .name = "launch",
    .help = "start to exit of true in a container, beside unshare, bwrap, crun, runc",
    .run = launch_run,
};
