/* The options of nstui run that limit a container, and those of its network; they bear docker's names.
 * Called by run.c. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define CPU_PERIOD_US 100000
#define CPUS_MOST     100000
#define SHARES_MOST   262144
#define SHARES_USUAL  1024 /* of cgroup v1; v2 has the weight 100 for it */

static void string_set(char **place, const char *value)
{
    free(*place);
    *place = xstrdup(value);
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* 64m, 1g, 512K, 1048576, 1.5g. */
static int size_parse(const char *text, uint64_t *bytes, struct err *err)
{
    static const char units[] = "bkmgt";
    char shown_text[SHOWN_SIZE], *end;
    double number = isdigit((unsigned char)text[0]) ? strtod(text, &end) : -1;
    const char *unit = number > 0 && *end ? strchr(units, tolower((unsigned char)*end)) : units;
    bool ends = number > 0 && (!*end || !end[1] || (strcasecmp(end + 1, "b") == 0) ||
                               strcasecmp(end + 1, "ib") == 0);
    if (number > 0 && unit && ends) {
        number = ldexp(number, 10 * (int)(unit - units));
        if (number >= 1 && number < ldexp(1, 62)) {
            *bytes = (uint64_t)number;
            return 0;
        }
    }
    (void)err_set(err, 0, "\"%s\" is no size", shown(shown_text, text));
    return err_hint(err, "write it as 64m, 1g or 1048576");
}

/* swap_bytes is what comes beside memory, --memory-swap both together; they may come in any order. */
static int take_memory(struct spec *spec, const char *value, struct err *err)
{
    struct limits *limits = &spec->limits;
    uint64_t bytes, both = limits->swap_bytes + limits->memory_bytes;
    if (size_parse(value, &bytes, err) < 0)
        return -1;
    if (limits->swap_bytes && limits->swap_bytes != UINT64_MAX) {
        if (both < bytes)
            return err_set(err, 0,
                           "--memory-swap is memory and swap together, and less than "
                           "--memory");
        limits->swap_bytes = both - bytes;
    }
    limits->memory_bytes = bytes;
    return 1;
}

static int take_swap(struct spec *spec, const char *value, struct err *err)
{
    struct limits *limits = &spec->limits;
    uint64_t both;
    if (strcmp(value, "-1") == 0) {
        limits->swap_bytes = UINT64_MAX;
        return 1;
    }
    if (size_parse(value, &both, err) < 0)
        return -1;
    if (both < limits->memory_bytes)
        return err_set(err, 0, "--memory-swap is memory and swap together, and less than --memory");
    limits->swap_bytes = both - limits->memory_bytes;
    return 1;
}

static int number_take(const char *value, int64_t most, const char *what, uint64_t *place,
                       struct err *err)
{
    char shown_value[SHOWN_SIZE];
    int64_t number;
    if (!number_parse(value, 1, most, &number))
        return err_set(err, 0, "\"%s\" is no %s: a number from 1 to %lld is",
                       shown(shown_value, value), what, (long long)most);
    *place = (uint64_t)number;
    return 1;
}

static int take_processes(struct spec *spec, const char *value, struct err *err)
{
    if (strcmp(value, "-1") == 0) { /* docker's word for no limit */
        spec->limits.processes = 0;
        return 1;
    }
    return number_take(value, 4194304, "number of processes", &spec->limits.processes, err);
}

static int take_cpus(struct spec *spec, const char *value, struct err *err)
{
    char shown_value[SHOWN_SIZE], *end;
    double number = isdigit((unsigned char)value[0]) || value[0] == '.' ? strtod(value, &end) : -1;
    if (number < 0.01 || number > CPUS_MOST || *end) {
        (void)err_set(err, 0, "\"%s\" is no number of cpus", shown(shown_value, value));
        return err_hint(err, "write it as 0.5 or 1.5; 0.01 is the least");
    }
    spec->limits.cpu_period_us = CPU_PERIOD_US;
    spec->limits.cpu_quota_us = (uint64_t)(number * CPU_PERIOD_US + 0.5);
    return 1;
}

static int take_weight(struct spec *spec, const char *value, struct err *err)
{
    return number_take(value, 10000, "cpu weight", &spec->limits.cpu_weight, err);
}

static int take_shares(struct spec *spec, const char *value, struct err *err)
{
    uint64_t shares = 0;
    if (number_take(value, SHARES_MOST, "number of cpu shares", &shares, err) < 0)
        return -1;
    uint64_t weight = shares * 100 / SHARES_USUAL;
    spec->limits.cpu_weight = weight < 1 ? 1 : weight > 10000 ? 10000 : weight;
    return 1;
}

static int take_parent(struct spec *spec, const char *value, struct err *err)
{
    value += strspn(value, "/");
    if (!*value)
        return err_set(err, 0, "--cgroup-parent wants a path below the root of the hierarchy");
    string_set(&spec->cgroup, value);
    return 1;
}

/* ---- network ----------------------------------------------------------------------------------- */

static int take_network(struct spec *spec, const char *value, struct err *err)
{
    char shown_value[SHOWN_SIZE];
    size_t length = strcspn(value, ":");
    bool bridge = length == strlen("bridge") && strncmp(value, "bridge", length) == 0;
    if (bridge) {
        spec->namespaces |= NS_BIT(NS_NET);
        spec->network.kind = NETWORK_BRIDGE;
        if (value[length])
            string_set(&spec->network.bridge, value + length + 1);
        return 1;
    }
    if (strcmp(value, "none") != 0 && strcmp(value, "host") != 0)
        return err_set(err, 0, "\"%s\" is no network: host, none, bridge and bridge:NAME are",
                       shown(shown_value, value));
    spec->network.kind = NETWORK_AS_IS;
    if (strcmp(value, "none") == 0)
        spec->namespaces |= NS_BIT(NS_NET);
    else
        spec->namespaces &= ~NS_BIT(NS_NET);
    return 1;
}

static int take_ip(struct spec *spec, const char *value, struct err *err)
{
    (void)err;
    string_set(&spec->network.address, value);
    return 1;
}

static int take_gateway(struct spec *spec, const char *value, struct err *err)
{
    (void)err;
    string_set(&spec->network.gateway, strcmp(value, "none") == 0 ? "" : value);
    return 1;
}

int run_take_limits(struct spec *spec, int id, const char *value, struct err *err)
{
    static const struct {
        int id;
        int (*take)(struct spec *, const char *, struct err *);
    } takes[] = {
        {RUN_MEMORY, take_memory},
        {RUN_MEMORY_SWAP, take_swap},
        {RUN_PIDS_LIMIT, take_processes},
        {RUN_CPUS, take_cpus},
        {RUN_CPU_WEIGHT, take_weight},
        {RUN_CPU_SHARES, take_shares},
        {RUN_CGROUP_PARENT, take_parent},
        {RUN_NETWORK, take_network},
        {RUN_IP, take_ip},
        {RUN_GATEWAY, take_gateway},
    };
    for (size_t at = 0; at < array_length(takes); at++) {
        if (takes[at].id == id)
            return takes[at].take(spec, value, err);
    }
    return 0;
}
