/* What nstui run can ask for, part by part: each part has its rows of the option table here, and a
 * file run_PART.c with the function that takes them. */
#ifndef NSTUI_COMMAND_RUN_H
#define NSTUI_COMMAND_RUN_H

#include "private.h"

/* Options without a letter. */
enum run_option {
    RUN_NAME = OPTION_LONG,
    RUN_HOSTNAME,
    RUN_ROOT,
    RUN_LAYOUT,
    RUN_CHROOT,
    RUN_INIT,
    RUN_RM,
    RUN_TTY,
    RUN_NO_TTY,
    RUN_ENV,
    RUN_WORKDIR,
    RUN_PRIVILEGED,
    RUN_DRY_RUN,
    RUN_BUNDLE,
    RUN_SHARE,
    RUN_MONOTONIC,
    RUN_BOOTTIME,
    RUN_PROPAGATION,
    RUN_THROW_AWAY,
    RUN_OLD_ROOT,
    RUN_KEEP_OLD_ROOT,
    RUN_MEMORY, /* run_limits.c, until RUN_GATEWAY */
    RUN_MEMORY_SWAP,
    RUN_PIDS_LIMIT,
    RUN_CPUS,
    RUN_CPU_WEIGHT,
    RUN_CPU_SHARES,
    RUN_CGROUP_PARENT,
    RUN_NETWORK,
    RUN_IP,
    RUN_GATEWAY,
    RUN_WALLED, /* run_rights.c, until RUN_RO_PATH */
    RUN_MAP_USERS,
    RUN_MAP_GROUPS,
    RUN_MAP_AUTO,
    RUN_MAP_ROOT,
    RUN_MAP_CURRENT,
    RUN_CAP_ADD,
    RUN_CAP_DROP,
    RUN_SETUID,
    RUN_SETGID,
    RUN_GROUP_ADD,
    RUN_NO_NEW_PRIVS,
    RUN_SECCOMP,
    RUN_ULIMIT,
    RUN_OOM_SCORE,
    RUN_UMASK,
    RUN_READ_ONLY,
    RUN_SYSCTL,
    RUN_MASK,
    RUN_RO_PATH,
    RUN_WITHOUT,
};

/* Takes one option of a part into spec. 1: it was one of its own; 0: it was not; -1: its value is
 * wrong, and err says how. */
typedef int run_take(struct spec *spec, int id, const char *value, struct err *err);

/* run_bundle.c: a spec from a config.json, which the options change. */

/* Looks for --bundle among the options. OPTIONS_END, *bundle NULL where there is none; else
 * OPTIONS_DONE with *status. */
int bundle_find(const struct invocation *invocation, const char **bundle, int *status);

/* Fills spec; says what is not supported. */
int bundle_load(const struct invocation *invocation, const char *bundle, struct spec *spec,
                struct err *err);

/* After the options: what they cannot mean with a bundle is an error. before: its own grade. */
int bundle_settle(struct spec *spec, enum grade before, const char *layout, const char **field,
                  struct err *err);

/* run_limits.c */
#define RUN_OPTIONS_LIMITS                                                                         \
    {RUN_MEMORY, "memory", "SIZE", "at most so much memory: 64m, 1g"},                             \
        {RUN_MEMORY_SWAP, "memory-swap", "SIZE",                                                   \
         "memory and swap together; -1: swap as it likes"},                                        \
        {RUN_PIDS_LIMIT, "pids-limit", "N", "at most so many processes"},                          \
        {RUN_CPUS, "cpus", "N", "at most the time of so many cpus: 0.5, 2"},                       \
        {RUN_CPU_WEIGHT, "cpu-weight", "N",                                                        \
         "its part where cpus are short, 1 to 10000; usual 100"},                                  \
        {RUN_CPU_SHARES, "cpu-shares", "N", "the same as docker counts it; usual 1024"},           \
        {RUN_CGROUP_PARENT, "cgroup-parent", "PATH", "its cgroup is made below this one"},         \
        {RUN_NETWORK, "network", "KIND", "host, none, bridge or bridge:NAME"},                     \
        {RUN_IP, "ip", "ADDRESS/LENGTH",                                                           \
         "its address on the bridge; else the first that is free"},                                \
    {                                                                                              \
        RUN_GATEWAY, "gateway", "ADDRESS", "its default route; else the bridge; none"              \
    }
run_take run_take_limits;

/* run_rights.c */
#define RUN_OPTIONS_RIGHTS                                                                         \
    {RUN_WALLED, "walled", NULL,                                                                   \
     "a wall: few capabilities, seccomp, covered paths (brings -imp)"},                            \
        {RUN_MAP_USERS, "map-users", "IN:OUT:COUNT", "users of its user namespace (brings -U)"},   \
        {RUN_MAP_GROUPS, "map-groups", "IN:OUT:COUNT", "groups of it"},                            \
        {RUN_MAP_AUTO, "map-auto", NULL, "both, from /etc/subuid and /etc/subgid"},                \
        {RUN_MAP_ROOT, "map-root-user", NULL, "root in there is the caller (brings -U)"},          \
        {RUN_MAP_CURRENT, "map-current-user", NULL, "the caller is himself in there"},             \
        {RUN_CAP_ADD, "cap-add", "CAPABILITY", "one more than its grade has; ALL"},                \
        {RUN_CAP_DROP, "cap-drop", "CAPABILITY", "one less; ALL"},                                 \
        {RUN_SETUID, "setuid", "USER[:GROUP]", "who the command is, by number or its passwd"},     \
        {RUN_SETGID, "setgid", "GROUP", "its group"},                                              \
        {RUN_GROUP_ADD, "group-add", "GID", "one more group of it"},                               \
        {RUN_NO_NEW_PRIVS, "no-new-privs", NULL, "no program in there gains rights"},              \
        {RUN_SECCOMP, "seccomp", "FILE", "which system calls it may make; none, walled"},          \
        {RUN_ULIMIT, "ulimit", "NAME=SOFT[:HARD]", "a limit of resources, as nofile=1024"},        \
        {RUN_OOM_SCORE, "oom-score-adj", "N", "who ends first where memory does, -1000 to 1000"},  \
        {RUN_UMASK, "umask", "MODE", "of the files it makes; else 022"},                           \
        {RUN_READ_ONLY, "read-only", NULL, "its root is read-only, but for mounts in it"},         \
        {RUN_SYSCTL, "sysctl", "NAME=VALUE", "a setting of its own namespaces"},                   \
        {RUN_MASK, "mask", "PATH", "a path in there that is covered with something empty"},        \
    {                                                                                              \
        RUN_RO_PATH, "ro-path", "PATH", "a path in there that is read-only"                        \
    }
run_take run_take_rights;

/* run_share.c: namespaces that exist, clocks, how mounts spread, what becomes of the root. */
#define RUN_OPTIONS_SHARE                                                                          \
    {RUN_SHARE, "share", "TYPE=TARGET", "not a new namespace but that of a pid, a name, a file"},  \
        {RUN_MONOTONIC, "monotonic", "SECONDS", "added to its monotonic clock (with -T)"},         \
        {RUN_BOOTTIME, "boottime", "SECONDS", "added to its clock since boot (with -T)"},          \
        {RUN_PROPAGATION, "propagation", "HOW", "of its mounts: private, slave or shared"},        \
        {RUN_THROW_AWAY, "throw-away", NULL, "what it writes to its root ends with it"},           \
        {RUN_OLD_ROOT, "old-root", NULL, "pivot_root by way of /old-root, as exercise 8"},         \
    {                                                                                              \
        RUN_KEEP_OLD_ROOT, "keep-old-root", NULL, "the host's root stays at /old-root in there"    \
    }
run_take run_take_share;

/* run_without.c */
#define RUN_OPTIONS_WITHOUT                                                                        \
    {                                                                                              \
        RUN_WITHOUT, "without", "STEP",                                                            \
            "leave out private, proc, init or bind-root, to see why not"                           \
    }
run_take run_take_without;

/* Says what is to be seen, for the OMIT_* of a spec. */
void without_tell(unsigned omitted);

#endif
