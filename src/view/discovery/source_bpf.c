/* source_bpf: the fast source. A small program that the kernel runs over all tasks (bpf/tasks.bpf.c)
 * writes what /proc would take eight links and a file a process to tell, and what the namespaces belong
 * to. Called by the scanner. Works where the kernel has BTF and lets us load programs, else open()
 * fails and the next source is tried. Built only where clang and bpftool were there (WITH_BPF). */
#include "private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef WITH_BPF

#include "bpf/records.h"
#include "tasks.lskel.h"

#define CHUNK (256u * 1024)

struct state {
    struct tasks *program;
    int link;
    char *bytes; /* of the last look */
    size_t length, capacity;
};

static void bpf_source_close(void *data)
{
    struct state *state = data;

    if (state) {
        cleanup_close(&state->link);
        tasks__destroy(state->program);
        free(state->bytes);
        free(state);
    }
}

static int bpf_source_open(void **data, struct err *err)
{
    struct state *state = xcalloc(1, sizeof(*state));

    state->link = -1;
    state->program = tasks__open();
    int failed = state->program ? tasks__load(state->program) : -ENOMEM;
    if (failed) {
        bpf_source_close(state);
        err_set(err, -failed, "cannot load a BPF program");
        return failed == -EPERM ? err_hint(err, "it takes root, or CAP_BPF and CAP_PERFMON") : -1;
    }
    state->link = skel_link_create(state->program->progs.tasks.prog_fd, 0, BPF_TRACE_ITER);
    if (state->link < 0) {
        failed = state->link;
        state->link = -1;
        bpf_source_close(state);
        return err_set(err, -failed, "cannot run a BPF program over all tasks");
    }
    *data = state;
    return 0;
}

/* Runs the program once: all of its records. */
static int records_read(struct state *state, struct err *err)
{
    union bpf_attr attributes;

    memset(state->program->bss->seen, 0, sizeof(state->program->bss->seen));
    memset(&attributes, 0, sizeof(attributes));
    attributes.iter_create.link_fd = (unsigned int)state->link;
    _cleanup_close_ int records =
        (int)syscall(SYS_bpf, BPF_ITER_CREATE, &attributes, sizeof(attributes));
    if (records == -1) {
        return err_set(err, errno, "cannot run a BPF program over all tasks");
    }
    state->length = 0;
    for (;;) {
        if (state->capacity - state->length < CHUNK) {
            state->capacity = state->capacity * 2 + CHUNK * 2;
            state->bytes = xrealloc(state->bytes, state->capacity);
        }
        ssize_t got = read(records, state->bytes + state->length, state->capacity - state->length);
        if (got == 0) {
            return 0;
        }
        if (got > 0) {
            state->length += (size_t)got;
        } else if (errno != EINTR && errno != EAGAIN) {
            return err_set(err, errno, "cannot read what a BPF program found");
        }
    }
}

/* The next record; null at the end. Both kinds begin with theirs. */
static const void *record_next(const struct state *state, size_t *at)
{
    static const size_t sizes[] = {[RECORD_TASK] = sizeof(struct task_record),
                                   [RECORD_NAMESPACE] = sizeof(struct namespace_record)};
    const char *record = state->bytes + *at;
    unsigned int kind;

    if (state->length - *at < sizeof(kind)) {
        return NULL;
    }
    memcpy(&kind, record, sizeof(kind));
    if (kind >= array_length(sizes) || sizes[kind] == 0 || state->length - *at < sizes[kind]) {
        return NULL;
    }
    *at += sizes[kind];
    return record;
}

/* As fs/proc/array.c turns the bits of a task's state into a letter. */
static char state_letter(unsigned int state)
{
    static const char letters[] = "RSDTtXZPI";
    const unsigned int report = 0x7f, idle = 0x402, rtlock = 0x1000, frozen = 0x8000;

    if ((state & idle) == idle) {
        return 'I';
    }
    if (state & (rtlock | frozen)) {
        return 'D';
    }
    state &= report;
    return letters[state ? 32 - __builtin_clz(state) : 0];
}

static void facts_of(const struct task_record *task, struct process_facts *facts,
                     char name[TASK_NAME_SIZE + 1])
{
    const uint64_t tick_ns = 1000000000u / (unsigned long)sysconf(_SC_CLK_TCK);

    memcpy(name, task->name, TASK_NAME_SIZE);
    name[TASK_NAME_SIZE] = '\0';
    *facts = (struct process_facts){
        .pid = (pid_t)task->pid,
        .ppid = (pid_t)task->parent,
        .uid = task->uid,
        .start_time = task->start_ns / tick_ns,
        .state = state_letter(task->state),
        .kernel_thread = (task->flags & TASK_KERNEL) != 0,
        .threads = (int)task->threads,
        .tty = task->tty,
        .comm = name,
    };
    for (int type = 0; type < NS_TYPES; type++) {
        facts->identities[type] = task->namespaces[type];
    }
    if (task->namespaces[NS_MNT] == 0) { /* it has let go of them already, on its way to its end */
        facts->state = 'Z';
    }
}

/* A leader that has ended while other threads live has lost its namespaces; they have not. */
static void dead_leaders_read(const struct state *state, struct key_table *dead,
                              struct process_facts *facts)
{
    const struct task_record *task;

    for (size_t at = 0; dead->count > 0 && (task = record_next(state, &at));) {
        if (task->kind != RECORD_TASK || (task->flags & TASK_LEADER) ||
            task->namespaces[NS_MNT] == 0) {
            continue;
        }
        size_t place = key_table_find(dead, task->process, 0);
        for (int type = 0; place != KEY_NONE && type < NS_TYPES; type++) {
            facts[place].identities[type] = task->namespaces[type];
        }
    }
}

static int bpf_source_read(void *data, struct snapshot_builder *builder, struct err *err)
{
    struct state *state = data;
    _cleanup_close_ int proc_fd = proc_open(err);
    uint64_t ours[NS_TYPES];
    const struct task_record *task;
    struct key_table dead = {0};
    bool first_seen = false;

    if (proc_fd == -1 || records_read(state, err) == -1) {
        return -1;
    }
    ns_set types = proc_our_identities(proc_fd, ours);
    snapshot_builder_set_kernel(builder, types, ours);
    size_t count = state->length / sizeof(struct task_record) + 1, used = 0;
    _cleanup_free_ struct process_facts *facts = xcalloc(count, sizeof(*facts));
    _cleanup_free_ char(*names)[TASK_NAME_SIZE + 1] = xcalloc(count, sizeof(*names));
    for (size_t at = 0; (task = record_next(state, &at));) {
        if (task->kind != RECORD_TASK || !(task->flags & TASK_LEADER)) {
            continue;
        }
        facts_of(task, &facts[used], names[used]);
        if (task->namespaces[NS_MNT] == 0 && task->threads > 1) {
            *key_table_at(&dead, task->pid, 0) = used;
        }
        first_seen = first_seen || task->pid == 1;
        used++;
    }
    dead_leaders_read(state, &dead, facts);
    key_table_free(&dead);
    for (size_t i = 0; i < used; i++) {
        snapshot_builder_add_process(builder, &facts[i]);
    }
    if (!first_seen) {
        proc_add_first(proc_fd, types, builder);
    }
    return 0;
}

/* ---- after grouping -------------------------------------------------------------------------- */

static bool is_known(const struct snapshot *view, const struct key_table *table, enum ns_type type,
                     uint64_t inode)
{
    return inode == 0 || key_table_find(table, type, inode) != KEY_NONE ||
           snapshot_find_namespace(view, type, inode) != NULL;
}

static size_t bpf_source_relate(void *data, const struct snapshot *view,
                                struct namespace_facts **facts)
{
    struct state *state = data;
    const struct namespace_record *record;
    struct key_table table = {0};
    size_t count = 0, capacity = 0, kept = 0;

    *facts = NULL;
    for (size_t at = 0; (record = record_next(state, &at));) {
        if (record->kind != RECORD_NAMESPACE || record->type >= NS_TYPES) {
            continue;
        }
        size_t *place = key_table_at(&table, record->type, record->inode);
        if (*place != KEY_NONE) {
            continue;
        }
        array_grow(facts, count, &capacity, sizeof(**facts));
        *place = count;
        (*facts)[count++] = (struct namespace_facts){
            .type = (enum ns_type)record->type,
            .inode = record->inode,
            .id = record->id,
            .owner = record->owner,
            .parent = record->parent,
            .owner_uid_known = record->type == NS_USER,
            .owner_uid = record->uid,
        };
    }
    /* One that hangs below something that no task is in is asked for by the other way. */
    for (size_t i = 0; i < count; i++) {
        const struct namespace_facts *one = &(*facts)[i];
        if (is_known(view, &table, NS_USER, one->owner) &&
            is_known(view, &table, one->type, one->parent)) {
            (*facts)[kept++] = *one;
        }
    }
    key_table_free(&table);
    return kept;
}

const struct source source_bpf = {
    .name = "bpf",
    .open = bpf_source_open,
    .read = bpf_source_read,
    .relate = bpf_source_relate,
    .close = bpf_source_close,
};

#else

static int bpf_source_open(void **data, struct err *err)
{
    (void)data;
    err_set(err, 0, "nstui was built without BPF");
    return err_hint(err, "install clang, bpftool and libbpf-dev, and build it again");
}

const struct source source_bpf = {.name = "bpf", .open = bpf_source_open};

#endif
