/* Gives up all rights before a byte of the child is read. main.c calls it once. What follows can
 * read the frames, write its two pipes, ask for memory and the time, wait, and end. Anything else
 * ends the process by SIGSYS. seccomp(2), prctl(2), capabilities(7). */
#include "term.h"

#include <errno.h>
#include <grp.h>
#include <linux/close_range.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static int sandbox_fail(const char *what)
{
    (void)fprintf(stderr, "nstui-term: cannot %s: %s\n", what, strerror(errno));
    return -1;
}

/* Another user, where we are root; who started us without root keeps his own id. */
static int drop_user(void)
{
    if (geteuid() != 0)
        return 0;
    if (setgroups(0, NULL) < 0 && errno != EPERM) /* EPERM: a user namespace may forbid it */
        return sandbox_fail("drop the groups");
    if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0) {
        /* EINVAL: a user namespace without that id; the filter and no capabilities must do. */
        if (errno != EINVAL)
            return sandbox_fail("become nobody");
    }
    return 0;
}

static int drop_capabilities(void)
{
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return 0;
}

static int clear_capabilities(void)
{
    cap_t none = cap_init();
    int result = none ? cap_set_proc(none) : -1;
    (void)cap_free(none);
    return result < 0 ? sandbox_fail("drop the capabilities") : 0;
}

/* NOFILE bounds new descriptors only, but poll(2) refuses more entries than it: 0 would break it.
 */
static int set_limits(void)
{
    static const struct {
        int resource;
        rlim_t limit;
    } limits[] = {
        {RLIMIT_NOFILE, 5},
        {RLIMIT_FSIZE, 0},
        {RLIMIT_CORE, 0},
        {RLIMIT_NPROC, 0},
        {RLIMIT_MEMLOCK, 0},
#if !SANITIZED
        {RLIMIT_DATA, (rlim_t)192 * 1024 * 1024},
#endif
    };
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        const struct rlimit limit = {limits[i].limit, limits[i].limit};
        if (setrlimit((__rlimit_resource_t)limits[i].resource, &limit) < 0)
            return sandbox_fail("set the limits");
    }
    return 0;
}

/* One call that stays; argument < 0: with any arguments, else only where (argument & mask) is
 * value.
 */
struct rule {
    int call;
    int argument;
    scmp_datum_t mask, value;
};

static const struct rule rules[] = {
    {SCMP_SYS(read), 0, 0xffffffffu, GRID_TERM_FRAMES},
    {SCMP_SYS(write), 0, 0xffffffffu, GRID_TERM_REPLIES},
    {SCMP_SYS(write), 0, 0xffffffffu, GRID_TERM_WAKE},
    {SCMP_SYS(poll), -1, 0, 0},
    {SCMP_SYS(ppoll), -1, 0, 0},
    {SCMP_SYS(ppoll_time64), -1, 0, 0},
    {SCMP_SYS(restart_syscall), -1, 0, 0}, /* poll, after SIGSTOP and SIGCONT */
    {SCMP_SYS(clock_gettime), -1, 0, 0},
    {SCMP_SYS(clock_gettime64), -1, 0, 0},
    {SCMP_SYS(gettimeofday), -1, 0, 0}, /* 32-bit ARM, where the vDSO has no clock_gettime64 */
    {SCMP_SYS(brk), -1, 0, 0},          /* malloc(3) */
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS(mmap2), 2, PROT_EXEC, 0},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    {SCMP_SYS(munmap), -1, 0, 0},
    {SCMP_SYS(mremap), -1, 0, 0},
    {SCMP_SYS(madvise), -1, 0, 0},
    {SCMP_SYS(rt_sigreturn), -1, 0, 0},
    {SCMP_SYS(sigreturn), -1, 0, 0},
    {SCMP_SYS(exit_group), -1, 0, 0},
};

static int add_rule(scmp_filter_ctx filter, const struct rule *rule)
{
    if (rule->call < 0) /* a call that this architecture does not have */
        return 0;
    if (rule->argument < 0)
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, rule->call, 0);
    const struct scmp_arg_cmp compare = {
        .arg = (unsigned int)rule->argument,
        .op = SCMP_CMP_MASKED_EQ,
        .datum_a = rule->mask,
        .datum_b = rule->value,
    };
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule->call, 1, &compare);
}

static int filter_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int result = filter ? 0 : -ENOMEM;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && result == 0; i++)
        result = add_rule(filter, &rules[i]);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    errno = -result;
    return result < 0 ? sandbox_fail("filter its system calls") : 0;
}

int sandbox_enter(void)
{
    /* Capabilities to set ids and bounds are needed until the ids are set. */
    if (drop_capabilities() < 0 || drop_user() < 0 || clear_capabilities() < 0)
        return -1;
    /* The end of the frames ends it; a supervisor that died ends it also where it hangs or is
     * stopped. Forgotten when ids change, so not before. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return sandbox_fail("end with its supervisor");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return sandbox_fail("give up privileges for good");
    (void)umask(0777);
    (void)close_range(GRID_TERM_WAKE + 1, ~0U, 0);
    if (set_limits() < 0)
        return -1;
    return SANITIZED ? 0 : filter_calls();
}
