/* tasks: run by the kernel over every task there is (a task iterator), writes one record for each
 * process, one for each thread that is in other namespaces than its process, and one for each namespace
 * that it meets. Loaded by source_bpf.c. It only reads. Of the kernel's types only the few fields that
 * it needs are declared, and the kernel itself finds out where they lie (CO-RE). */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "records.h"

#define KERNEL_THREAD 0x00200000 /* PF_KTHREAD */
#define SEEN_SIZE     1024

enum { MNT, UTS, IPC, PID, NET, USER, CGROUP, TIME };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
    unsigned int inum;
    __u64 ns_id;
};
typedef struct {
    unsigned int val;
} kuid_t;
struct user_namespace {
    struct user_namespace *parent;
    kuid_t owner;
    struct ns_common ns;
};
struct pid_namespace {
    struct pid_namespace *parent;
    struct user_namespace *user_ns;
    struct ns_common ns;
};
struct mnt_namespace {
    struct ns_common ns;
    struct user_namespace *user_ns;
};
struct uts_namespace {
    struct user_namespace *user_ns;
    struct ns_common ns;
};
struct ipc_namespace {
    struct user_namespace *user_ns;
    struct ns_common ns;
};
struct net {
    struct user_namespace *user_ns;
    struct ns_common ns;
};
struct cgroup_namespace {
    struct ns_common ns;
    struct user_namespace *user_ns;
};
struct time_namespace {
    struct user_namespace *user_ns;
    struct ns_common ns;
};
struct nsproxy {
    struct uts_namespace *uts_ns;
    struct ipc_namespace *ipc_ns;
    struct mnt_namespace *mnt_ns;
    struct net *net_ns;
    struct time_namespace *time_ns;
    struct cgroup_namespace *cgroup_ns;
};
struct upid {
    int nr;
    struct pid_namespace *ns;
};
struct pid {
    unsigned int level;
    struct upid numbers[1];
};
struct cred {
    kuid_t euid;
    struct user_namespace *user_ns;
};
struct tty_driver {
    int major;
    int minor_start;
};
struct tty_struct {
    struct tty_driver *driver;
    int index;
};
struct signal_struct {
    int nr_threads;
    struct tty_struct *tty;
};
struct task_struct {
    unsigned int __state;
    unsigned int flags;
    int exit_state;
    __u64 start_boottime;
    struct task_struct *real_parent;
    struct task_struct *group_leader;
    struct pid *thread_pid;
    const struct cred *real_cred;
    char comm[TASK_NAME_SIZE];
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
};

struct task_struct___old { /* before Linux 5.14 */
    long state;
};

struct seq_file;
struct bpf_iter_meta {
    struct seq_file *seq;
};
struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

#pragma clang attribute pop

/* What was met in this look, by the address of its nsproxy, user or pid namespace; emptied before each
 * by source_bpf.c. A place is lost to the next one that falls on it: then a namespace is told twice,
 * which does no harm. */
__u64 seen[SEEN_SIZE];

static int is_new(const void *pointer)
{
    __u64 address = (__u64)pointer;
    __u32 place = (__u32)(address >> 6 ^ address >> 16) & (SEEN_SIZE - 1);
    if (seen[place] == address)
        return 0;
    seen[place] = address;
    return 1;
}

/* ---- namespaces ---------------------------------------------------------------------------- */

static void namespace_write(struct seq_file *seq, __u32 type, struct ns_common *common,
                            struct user_namespace *owner, __u32 parent, __u32 uid)
{
    struct namespace_record record = {.kind = RECORD_NAMESPACE, .type = type};
    record.inode = BPF_CORE_READ(common, inum);
    record.owner = owner ? BPF_CORE_READ(owner, ns.inum) : 0;
    record.parent = parent;
    record.uid = uid;
    if (bpf_core_field_exists(common->ns_id))
        record.id = BPF_CORE_READ(common, ns_id);
    bpf_seq_write(seq, &record, sizeof(record));
}

/* Parents and owners in which no task is are not told: loops cost the verifier more than the few
 * that there are cost source_bpf.c, which asks for them by ioctl_ns(2). */
static void user_write(struct seq_file *seq, struct user_namespace *space)
{
    struct user_namespace *parent = BPF_CORE_READ(space, parent);
    __u32 inode = parent ? BPF_CORE_READ(parent, ns.inum) : 0;
    namespace_write(seq, USER, &space->ns, parent, inode, BPF_CORE_READ(space, owner.val));
}

static void pid_write(struct seq_file *seq, struct pid_namespace *space)
{
    struct pid_namespace *parent = BPF_CORE_READ(space, parent);
    __u32 inode = parent ? BPF_CORE_READ(parent, ns.inum) : 0;
    namespace_write(seq, PID, &space->ns, BPF_CORE_READ(space, user_ns), inode, 0);
}

static void proxy_write(struct seq_file *seq, struct nsproxy *proxy)
{
    struct mnt_namespace *mnt = BPF_CORE_READ(proxy, mnt_ns);
    struct uts_namespace *uts = BPF_CORE_READ(proxy, uts_ns);
    struct ipc_namespace *ipc = BPF_CORE_READ(proxy, ipc_ns);
    struct net *net = BPF_CORE_READ(proxy, net_ns);
    namespace_write(seq, MNT, &mnt->ns, BPF_CORE_READ(mnt, user_ns), 0, 0);
    namespace_write(seq, UTS, &uts->ns, BPF_CORE_READ(uts, user_ns), 0, 0);
    namespace_write(seq, IPC, &ipc->ns, BPF_CORE_READ(ipc, user_ns), 0, 0);
    namespace_write(seq, NET, &net->ns, BPF_CORE_READ(net, user_ns), 0, 0);
    if (bpf_core_field_exists(proxy->cgroup_ns)) {
        struct cgroup_namespace *cgroup = BPF_CORE_READ(proxy, cgroup_ns);
        namespace_write(seq, CGROUP, &cgroup->ns, BPF_CORE_READ(cgroup, user_ns), 0, 0);
    }
    if (bpf_core_field_exists(proxy->time_ns)) {
        struct time_namespace *time = BPF_CORE_READ(proxy, time_ns);
        namespace_write(seq, TIME, &time->ns, BPF_CORE_READ(time, user_ns), 0, 0);
    }
}

/* ---- tasks --------------------------------------------------------------------------------- */

static const struct upid *number_place(struct pid *pid, __u32 level)
{
    const char *first = (const char *)&pid->numbers[0];
    return (const struct upid *)(first + level * bpf_core_type_size(struct upid));
}

/* The number of a task at a level of pid namespaces; 0: it is not seen from there. */
static __u32 number_at(struct pid *pid, __u32 level)
{
    int number = 0;
    if (!pid || level > BPF_CORE_READ(pid, level))
        return 0;
    const struct upid *place = number_place(pid, level);
    bpf_core_read(&number, sizeof(number), &place->nr);
    return (__u32)number;
}

static struct pid_namespace *pid_namespace_of(struct pid *pid)
{
    struct pid_namespace *space = 0;
    const struct upid *place = number_place(pid, BPF_CORE_READ(pid, level));
    bpf_core_read(&space, sizeof(space), &place->ns);
    return space;
}

static void namespaces_fill(struct nsproxy *proxy, __u32 namespaces[8])
{
    namespaces[MNT] = BPF_CORE_READ(proxy, mnt_ns, ns.inum);
    namespaces[UTS] = BPF_CORE_READ(proxy, uts_ns, ns.inum);
    namespaces[IPC] = BPF_CORE_READ(proxy, ipc_ns, ns.inum);
    namespaces[NET] = BPF_CORE_READ(proxy, net_ns, ns.inum);
    if (bpf_core_field_exists(proxy->cgroup_ns))
        namespaces[CGROUP] = BPF_CORE_READ(proxy, cgroup_ns, ns.inum);
    if (bpf_core_field_exists(proxy->time_ns))
        namespaces[TIME] = BPF_CORE_READ(proxy, time_ns, ns.inum);
}

static __u32 tty_of(struct signal_struct *signal)
{
    struct tty_struct *tty = BPF_CORE_READ(signal, tty);
    if (!tty)
        return 0;
    __u32 major = (__u32)BPF_CORE_READ(tty, driver, major);
    __u32 minor = (__u32)(BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index));
    return (minor & 0xff) | major << 8 | (minor & ~0xffU) << 12;
}

static __u32 state_of(struct task_struct *task)
{
    if (bpf_core_field_exists(task->__state))
        return BPF_CORE_READ(task, __state);
    return (__u32)BPF_CORE_READ((struct task_struct___old *)task, state);
}

static void task_write(struct seq_file *seq, struct task_struct *task, struct task_struct *leader,
                       struct pid *pid, __u32 number, __u32 level)
{
    struct task_record record = {.kind = RECORD_TASK, .pid = number};
    struct nsproxy *proxy = BPF_CORE_READ(task, nsproxy);
    struct user_namespace *user = BPF_CORE_READ(task, real_cred, user_ns);
    struct pid_namespace *space = pid_namespace_of(pid);
    struct signal_struct *signal = BPF_CORE_READ(task, signal);
    __u32 ended = (__u32)BPF_CORE_READ(task, exit_state);
    record.flags = (task == leader ? TASK_LEADER : 0) |
                   (BPF_CORE_READ(task, flags) & KERNEL_THREAD ? TASK_KERNEL : 0) |
                   (ended ? TASK_DEAD : 0);
    record.process = number_at(BPF_CORE_READ(leader, thread_pid), level);
    record.parent = number_at(BPF_CORE_READ(task, real_parent, group_leader, thread_pid), level);
    record.pid_inside = number_at(pid, BPF_CORE_READ(pid, level));
    record.uid = BPF_CORE_READ(task, real_cred, euid.val);
    record.state = state_of(task) | ended;
    record.threads = (__u32)BPF_CORE_READ(signal, nr_threads);
    record.tty = tty_of(signal);
    record.start_ns = BPF_CORE_READ(task, start_boottime);
    record.namespaces[USER] = BPF_CORE_READ(user, ns.inum);
    record.namespaces[PID] = BPF_CORE_READ(space, ns.inum);
    if (proxy)
        namespaces_fill(proxy, record.namespaces);
    bpf_core_read(&record.name, sizeof(record.name), &task->comm);
    bpf_seq_write(seq, &record, sizeof(record));
    if (!proxy) /* it is ending: it keeps nothing alive that anybody could enter */
        return;
    if (user && is_new(user))
        user_write(seq, user);
    if (space && is_new(space))
        pid_write(seq, space);
    if (is_new(proxy))
        proxy_write(seq, proxy);
}

SEC("iter/task")
int tasks(struct bpf_iter__task *context)
{
    struct task_struct *task = context->task;
    if (!task)
        return 0;
    struct task_struct *leader = BPF_CORE_READ(task, group_leader);
    if (task != leader && BPF_CORE_READ(task, nsproxy) == BPF_CORE_READ(leader, nsproxy) &&
        BPF_CORE_READ(task, real_cred, user_ns) == BPF_CORE_READ(leader, real_cred, user_ns))
        return 0;
    struct task_struct *reader = (struct task_struct *)bpf_get_current_task();
    struct pid *pid = BPF_CORE_READ(task, thread_pid);
    __u32 level = BPF_CORE_READ(reader, thread_pid, level);
    __u32 number = number_at(pid, level);
    if (number) /* not the idle tasks, nor what is not seen from here */
        task_write(context->meta->seq, task, leader, pid, number, level);
    return 0;
}

char program_license[] SEC("license") = "GPL";
