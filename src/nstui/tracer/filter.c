/* The seccomp filter of a traced program: stops at the calls of the table, nothing else. For a call
 * that it always lets pass the kernel keeps a bit and does not run it at all (since Linux 5.11), so its
 * length costs nothing. It never refuses a call. */
#include <stddef.h>
#include <stdlib.h>

#include <linux/seccomp.h>

#include "private.h"

enum {
    LENGTH_MAX = 512,
    X32_BIT = 0x40000000,
};

static void add(struct sock_fprog *program, struct sock_filter step)
{
    if (program->len < LENGTH_MAX)
        program->filter[program->len++] = step;
}

#define STEP(code, value) ((struct sock_filter)BPF_STMT((code), (uint32_t)(value)))
#define JUMP(code, value, yes, no)                                                                 \
    ((struct sock_filter)BPF_JUMP((code), (uint32_t)(value), (yes), (no)))
#define LOAD(offset)  STEP(BPF_LD | BPF_W | BPF_ABS, (offset))
#define RETURN(value) STEP(BPF_RET | BPF_K, (value))
#define ARGUMENT(at)  (offsetof(struct seccomp_data, args) + (size_t)(at) * sizeof(uint64_t))

/* Behind the load of the number. The lower half of an argument comes first in memory: all that is
 * built for is little-endian. */
static void watch_add(struct sock_fprog *program, const struct call_watch *watch, bool always)
{
    if (always) {
        add(program, JUMP(BPF_JMP | BPF_JEQ | BPF_K, watch->number, 0, 1));
        add(program, RETURN(SECCOMP_RET_TRACE));
        return;
    }
    unsigned short test = watch->when == CALL_EQUAL ? BPF_JEQ : BPF_JSET;
    add(program, JUMP(BPF_JMP | BPF_JEQ | BPF_K, watch->number, 0, 4));
    add(program, LOAD(ARGUMENT(watch->argument)));
    add(program, JUMP((unsigned short)(BPF_JMP | test | BPF_K), watch->value, 0, 1));
    add(program, RETURN(SECCOMP_RET_TRACE));
    add(program, RETURN(SECCOMP_RET_ALLOW));
}

void filter_build(const struct tracer_options *options, struct sock_fprog *program)
{
    *program = (struct sock_fprog){.filter = xcalloc(LENGTH_MAX, sizeof(struct sock_filter))};
    add(program, LOAD(offsetof(struct seccomp_data, arch)));
    add(program, JUMP(BPF_JMP | BPF_JEQ | BPF_K, TRACER_ARCH, 1, 0));
    add(program, RETURN(SECCOMP_RET_ALLOW));
    add(program, LOAD(offsetof(struct seccomp_data, nr)));
#ifdef __x86_64__
    add(program, JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1));
    add(program, RETURN(SECCOMP_RET_TRACE | FILTER_X32));
#endif
    const struct call_watch *watch;
    for (size_t at = 0; (watch = call_watch_at(at)); at++) {
        bool forks = watch->kind == CALL_FORK && options->forks;
        unsigned about = 1U << call_about(watch->number);
        if (watch->kind != CALL_WATCH && options->about && !(options->about & about))
            continue;
        if (watch->when == CALL_ALWAYS || forks)
            watch_add(program, watch, true);
        else if (watch->argument >= 0)
            watch_add(program, watch, false);
    }
    add(program, RETURN(SECCOMP_RET_ALLOW));
}
