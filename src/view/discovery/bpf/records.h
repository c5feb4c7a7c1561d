/* What the program in tasks.bpf.c writes and source_bpf.c reads: records of two kinds, each begins with
 * its kind. Only the kernel's own types, since a BPF program has no C library. */
#ifndef NSTUI_DISCOVERY_BPF_RECORDS_H
#define NSTUI_DISCOVERY_BPF_RECORDS_H

#include <linux/types.h>

enum { RECORD_TASK = 1, RECORD_NAMESPACE = 2 };

#define TASK_NAME_SIZE 16

enum task_flags {
    TASK_LEADER = 1, /* the first thread of its process; else one whose namespaces differ from it */
    TASK_KERNEL = 2, /* a thread of the kernel */
    TASK_DEAD = 4,   /* it has ended and is not reaped */
};

struct task_record {
    __u32 kind;
    __u32 flags;
    __u32 pid, process, parent; /* as in the pid namespace of who reads; process: its leader's */
    __u32 pid_inside;           /* in its own pid namespace */
    __u32 uid;                  /* effective, as in the initial user namespace */
    __u32 state;                /* the bits of TASK_* in the kernel's sched.h */
    __u32 threads;
    __u32 tty;           /* as in field 7 of /proc/PID/stat */
    __u32 namespaces[8]; /* in the order of enum ns_type; 0: it has none of the type any more */
    __u64 start_ns;      /* after boot */
    char name[TASK_NAME_SIZE];
};

/* What a namespace belongs to. The same one may come more than once. */
struct namespace_record {
    __u32 kind;
    __u32 type; /* enum ns_type */
    __u32 inode;
    __u32 owner;  /* inode of the user namespace that owns it; of the initial one: 0 */
    __u32 parent; /* pid, user: inode of the one it is nested in, 0: none */
    __u32 uid;    /* user: who made it */
    __u64 id;     /* 0: this kernel has none */
};

#endif
