/* The names of capabilities and of resource limits, both ways. capabilities(7), getrlimit(2). Called
 * by the plan, for its words, and by the command line. */
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "private.h"

/* By number: CAP_CHOWN is 0. */
static const char *const names[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

const char *capability_name(unsigned number)
{
    return number < array_length(names) ? names[number] : NULL;
}

int capability_parse(const char *name, uint64_t *bits, struct err *err)
{
    char typed[WORD_SIZE];
    const char *bare = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;
    if (strcasecmp(bare, "ALL") == 0) {
        *bits = UINT64_MAX;
        return 0;
    }
    for (size_t at = 0; at < array_length(names); at++) {
        if (strcasecmp(names[at] + strlen("CAP_"), bare) == 0) {
            *bits |= UINT64_C(1) << at;
            return 0;
        }
    }
    (void)err_set(err, 0, "there is no capability %s", word(typed, name));
    return err_hint(err, "man 7 capabilities lists them; ALL is every one");
}

static const struct {
    const char *name;
    int resource;
} limits[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};

int rlimit_number(const char *name)
{
    const char *bare = strncasecmp(name, "RLIMIT_", 7) == 0 ? name + 7 : name;
    for (size_t at = 0; at < array_length(limits); at++) {
        if (strcasecmp(limits[at].name, bare) == 0)
            return limits[at].resource;
    }
    return -1;
}

const char *rlimit_name(int resource)
{
    for (size_t at = 0; at < array_length(limits); at++) {
        if (limits[at].resource == resource)
            return limits[at].name;
    }
    return NULL;
}
