/* Limits of a container: checked, planned, written into a cgroup of its own by the parent while the
 * child waits, which is then moved in. And what that cgroup tells at the end. cgroups(7). */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"

#define PERIOD_US        100000
#define PERIOD_LEAST_US  1000
#define PERIOD_MOST_US   1000000
#define WEIGHT_MOST      10000
#define MEMORY_LEAST     (2u << 20) /* less, and the set-up itself may be ended */
#define SHARES_OF_WEIGHT 1024       /* of v1; the kernel's own word for the weight 100 */

static bool limits_given(const struct limits *limits)
{
    return limits->memory_bytes || limits->processes || limits->cpu_quota_us || limits->cpu_weight;
}

static unsigned limits_controllers(const struct limits *limits)
{
    unsigned controllers = 0;
    if (limits->memory_bytes)
        controllers |= CGROUP_BIT(CGROUP_MEMORY);
    if (limits->processes)
        controllers |= CGROUP_BIT(CGROUP_PIDS);
    if (limits->cpu_quota_us || limits->cpu_weight)
        controllers |= CGROUP_BIT(CGROUP_CPU);
    return controllers;
}

/* ---- check ----------------------------------------------------------------------------------- */

static int check_base(const char *base, struct err *err)
{
    char path[WORD_SIZE];
    for (const char *part = base; *part;) {
        size_t length = strcspn(part, "/");
        if ((length == 1 && part[0] == '.') || (length == 2 && strncmp(part, "..", 2) == 0))
            return err_set(err, 0, "\"%s\" is no cgroup: . and .. cannot be in its path",
                           word(path, base));
        if (length > NAME_MAX)
            return err_set(err, 0, "\"%s\" is no cgroup: a part of its path is too long",
                           word(path, base));
        part += length + (part[length] == '/');
    }
    return 0;
}

static int check_cpu(struct limits *limits, struct err *err)
{
    if (limits->cpu_quota_us && !limits->cpu_period_us)
        limits->cpu_period_us = PERIOD_US;
    if (limits->cpu_quota_us && limits->cpu_quota_us < PERIOD_LEAST_US) {
        (void)err_set(err, 0, "the share of cpu time is too small: %llu microseconds in each %llu",
                      (unsigned long long)limits->cpu_quota_us,
                      (unsigned long long)limits->cpu_period_us);
        return err_hint(err, "the kernel wants %d at least, as in --cpus 0.01", PERIOD_LEAST_US);
    }
    if (limits->cpu_quota_us &&
        (limits->cpu_period_us < PERIOD_LEAST_US || limits->cpu_period_us > PERIOD_MOST_US))
        return err_set(err, 0, "a cpu period of %llu microseconds is not between %d and %d",
                       (unsigned long long)limits->cpu_period_us, PERIOD_LEAST_US, PERIOD_MOST_US);
    if (limits->cpu_weight > WEIGHT_MOST)
        return err_set(err, 0, "a cpu weight is between 1 and %d", WEIGHT_MOST);
    return 0;
}

int limits_check(struct spec *spec, struct err *err)
{
    struct limits *limits = &spec->limits;
    if (limits->swap_bytes && !limits->memory_bytes) {
        (void)err_set(err, 0, "a limit of swap needs one of memory");
        return err_hint(err, "add --memory SIZE; --memory-swap is memory and swap together");
    }
    if (!limits_given(limits) && spec->cgroup && !spec->no_grade_paths) {
        char path[WORD_SIZE];
        (void)err_set(err, 0, "there is no limit, so no cgroup is made below %s",
                      word(path, spec->cgroup));
        return err_hint(err, "add --memory, --pids-limit or --cpus, or leave --cgroup-parent out");
    }
    if (!limits_given(limits))
        return 0;
    if (limits->memory_bytes && limits->memory_bytes < MEMORY_LEAST)
        return err_set(err, 0, "a memory limit of less than %u MiB is too small to start anything",
                       MEMORY_LEAST >> 20);
    if (spec->init && limits->processes == 1) {
        (void)err_set(err, 0, "a limit of 1 process is too small: nstui-init is one by itself");
        return err_hint(err, "--pids-limit 2 or more");
    }
    if (check_cpu(limits, err) < 0 || (spec->cgroup && check_base(spec->cgroup, err) < 0))
        return -1;
    _cleanup_cgroup_mounts_ struct cgroup_mounts mounts = {0};
    if (cgroup_mounts_read(&mounts, err) < 0)
        return -1;
    for (enum cgroup_controller at = 0; at < CGROUP_CONTROLLERS; at++) {
        if ((limits_controllers(limits) & CGROUP_BIT(at)) && !cgroup_mounts_find(&mounts, at))
            return cgroup_controller_missing(at, err);
    }
    return 0;
}

/* ---- plan ------------------------------------------------------------------------------------ */

/* 64 MiB, 1536 KiB, 1000 bytes. */
static char *size_words(uint64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    while (unit + 1 < array_length(units) && bytes && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    return xasprintf("%llu %s", (unsigned long long)bytes, units[unit]);
}

void limits_plan(struct steps *steps, const struct spec *spec)
{
    const struct limits *limits = &spec->limits;
    struct text text = {0};
    if (!limits_given(limits))
        return;
    if (limits->memory_bytes) {
        _cleanup_free_ char *size = size_words(limits->memory_bytes);
        text_addf(&text, "%s of memory", size);
    }
    if (limits->processes)
        text_addf(&text, "%s%llu processes", text.length ? ", " : "",
                  (unsigned long long)limits->processes);
    if (limits->cpu_quota_us)
        text_addf(&text, "%s%.4g cpus", text.length ? ", " : "",
                  (double)limits->cpu_quota_us / (double)limits->cpu_period_us);
    if (limits->cpu_weight)
        text_addf(&text, "%scpu weight %llu", text.length ? ", " : "",
                  (unsigned long long)limits->cpu_weight);
    step_add(steps, STEP_LIMITS, STEP_PARENT)->target = text.data;
}

/* ---- the parent's step ------------------------------------------------------------------------ */

static int value_set(const struct cgroup_place *place, const char *file, struct err *err,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

static int value_set(const struct cgroup_place *place, const char *file, struct err *err,
                     const char *format, ...)
{
    char value[64], path[WORD_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    if (cgroup_write(place, file, value) < 0)
        return err_set(err, errno, "cannot write %s to %s/%s", value, word(path, place->path),
                       file);
    return 0;
}

/* v2 has a limit of swap alone, v1 one of memory and swap together. Where swap is not counted, there
 * is either none or nobody limits it: fine, but where a number was asked for. */
static int swap_set(const struct cgroup_place *place, const struct limits *limits, struct err *err)
{
    struct err why = {0};
    int result = 0;
    if (limits->swap_bytes == UINT64_MAX)
        return 0;
    if (place->v2)
        result = value_set(place, "memory.swap.max", &why, "%llu",
                           (unsigned long long)limits->swap_bytes);
    else
        result = value_set(place, "memory.memsw.limit_in_bytes", &why, "%llu",
                           (unsigned long long)limits->memory_bytes + limits->swap_bytes);
    if (result == 0 || (why.errnum == ENOENT && limits->swap_bytes == 0))
        return 0;
    if (why.errnum == ENOENT) {
        (void)err_set(err, 0, "cannot limit swap: this kernel does not count it");
        return err_hint(err, "add swapaccount=1 to the kernel command line, or leave "
                             "--memory-swap out");
    }
    *err = why;
    return -1;
}

static int memory_set(const struct cgroup_place *place, const struct limits *limits,
                      struct err *err)
{
    if (value_set(place, place->v2 ? "memory.max" : "memory.limit_in_bytes", err, "%llu",
                  (unsigned long long)limits->memory_bytes) < 0)
        return -1;
    return swap_set(place, limits, err);
}

static int processes_set(const struct cgroup_place *place, const struct limits *limits,
                         struct err *err)
{
    return value_set(place, "pids.max", err, "%llu", (unsigned long long)limits->processes);
}

static int cpu_set(const struct cgroup_place *place, const struct limits *limits, struct err *err)
{
    unsigned long long quota = limits->cpu_quota_us, period = limits->cpu_period_us,
                       weight = limits->cpu_weight;
    if (quota && place->v2 && value_set(place, "cpu.max", err, "%llu %llu", quota, period) < 0)
        return -1;
    if (quota && !place->v2 &&
        (value_set(place, "cpu.cfs_period_us", err, "%llu", period) < 0 ||
         value_set(place, "cpu.cfs_quota_us", err, "%llu", quota) < 0))
        return -1;
    if (weight && place->v2)
        return value_set(place, "cpu.weight", err, "%llu", weight);
    if (weight)
        return value_set(place, "cpu.shares", err, "%llu",
                         weight * SHARES_OF_WEIGHT / 100 > 2 ? weight * SHARES_OF_WEIGHT / 100 : 2);
    return 0;
}

int parent_limits(struct launch *launch, const struct step *step, struct err *err)
{
    (void)step;
    static int (*const setters[])(const struct cgroup_place *, const struct limits *,
                                  struct err *) = {
        [CGROUP_MEMORY] = memory_set,
        [CGROUP_PIDS] = processes_set,
        [CGROUP_CPU] = cpu_set,
    };
    const struct spec *spec = launch->spec;
    unsigned needs = limits_controllers(&spec->limits);
    /* Those that nothing limits are there for the figures; and with pids an end is one round. */
    unsigned wants =
        CGROUP_BIT(CGROUP_MEMORY) | CGROUP_BIT(CGROUP_PIDS) | CGROUP_BIT(CGROUP_CPUACCT);
    _cleanup_cgroup_ struct cgroup cgroup = {0};
    _cleanup_free_ char *leaf = xasprintf("%s-%s", spec->name ? spec->name : "box", launch->tag);
    if (cgroup_make(&launch->kernel, spec->cgroup, leaf, needs, wants, &cgroup, err) < 0)
        return -1;
    for (enum cgroup_controller at = 0; at < array_length(setters); at++) {
        if ((needs & CGROUP_BIT(at)) &&
            setters[at](cgroup_find(&cgroup, at), &spec->limits, err) < 0)
            return -1;
    }
    return cgroup_enter(&cgroup, launch->pid, err);
}

/* ---- what it tells at the end ------------------------------------------------------------------ */

static void story_memory(const struct cgroup *cgroup, struct text *text)
{
    const struct cgroup_place *place = cgroup_find(cgroup, CGROUP_MEMORY);
    int64_t killed = -1, limit = -1;
    if (place && place->v2) {
        killed = cgroup_number(place->fd, "memory.events", "oom_kill");
        limit = cgroup_number(place->fd, "memory.max", NULL);
    } else if (place) {
        killed = cgroup_number(place->fd, "memory.oom_control", "oom_kill");
        limit = cgroup_number(place->fd, "memory.limit_in_bytes", NULL);
    }
    if (killed <= 0 || limit <= 0 || limit == INT64_MAX)
        return;
    _cleanup_free_ char *size = size_words((uint64_t)limit);
    if (killed == 1)
        text_addf(text, "the kernel ended it: it wanted more than %s", size);
    else
        text_addf(text, "the kernel ended %lld processes in it: they wanted more than %s",
                  (long long)killed, size);
}

static void story_processes(const struct cgroup *cgroup, struct text *text)
{
    const struct cgroup_place *place = cgroup_find(cgroup, CGROUP_PIDS);
    int64_t refused = place ? cgroup_number(place->fd, "pids.events", "max") : -1;
    int64_t limit = place ? cgroup_number(place->fd, "pids.max", NULL) : -1;
    if (refused <= 0 || limit <= 0 || limit == INT64_MAX)
        return;
    text_addf(text, "%sit was refused a new process %lld time%s: it may have %lld",
              text->length ? "; " : "", (long long)refused, refused == 1 ? "" : "s",
              (long long)limit);
}

char *engine_outside_story(const char *tag)
{
    _cleanup_cgroup_ struct cgroup cgroup = {0};
    struct text text = {0};
    if (strlen(tag) == 8)
        cgroup_search(tag, &cgroup);
    story_memory(&cgroup, &text);
    story_processes(&cgroup, &text);
    return text.data;
}
