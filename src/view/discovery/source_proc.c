/* source_proc: the source that works on every kernel. libproc2 tells what processes there are, their
 * parents, users, names and states; identities.c reads their namespaces. Called by the scanner.
 *
 * libproc2 has items for namespaces too (PIDS_NS_MNT ..), but it calls stat(2) on eight long paths for
 * each process, which takes twice as long as reading the links, and gives 0 for forbidden, for ended
 * and for a type that the kernel lacks alike. */
#include "private.h"

#include <errno.h>
#include <libproc2/pids.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_THREAD_FLAG 0x00200000u /* PF_KTHREAD, include/linux/sched.h */

/* The order of both lists is the same. Results are read through the struct's members, so that the
 * two forms that the PIDS_VAL macro has had both build. */
enum item { PID, PPID, UID, START, STATE, COMM, FLAGS, THREADS, TTY, ITEMS };

static enum pids_item items[ITEMS] = {
    [PID] = PIDS_ID_PID,       [PPID] = PIDS_ID_PPID, [UID] = PIDS_ID_EUID,
    [START] = PIDS_TICS_BEGAN, [STATE] = PIDS_STATE,  [COMM] = PIDS_CMD,
    [FLAGS] = PIDS_FLAGS,      [THREADS] = PIDS_NLWP, [TTY] = PIDS_TTY,
};

struct state {
    struct pids_info *info;
};

static void proc_source_close(void *data)
{
    struct state *state = data;

    if (state) {
        if (state->info) {
            procps_pids_unref(&state->info);
        }
        free(state);
    }
}

static int proc_source_open(void **data, struct err *err)
{
    struct state *state = xcalloc(1, sizeof(*state));
    enum pids_item wanted[ITEMS];

    /* Meant for ps and top: members that are not listed would be missing from every count. */
    unsetenv("LIBPROC_HIDE_KERNEL");
    memcpy(wanted, items, sizeof(wanted)); /* the library takes no const */
    int failed = procps_pids_new(&state->info, wanted, ITEMS);
    if (failed < 0) {
        free(state);
        return err_set(err, -failed, "cannot use libproc2 to read /proc");
    }
    *data = state;
    return 0;
}

static void facts_of(const struct pids_stack *stack, struct process_facts *facts)
{
    const struct pids_result *result = stack->head;

    *facts = (struct process_facts){
        .pid = result[PID].result.s_int,
        .ppid = result[PPID].result.s_int,
        .uid = result[UID].result.u_int,
        .start_time = result[START].result.ull_int,
        .state = (char)result[STATE].result.s_ch,
        .comm = result[COMM].result.str,
        .kernel_thread = (result[FLAGS].result.ul_int & KERNEL_THREAD_FLAG) != 0,
        .threads = result[THREADS].result.s_int,
        .tty = (dev_t)(unsigned int)result[TTY].result.s_int,
    };
}

static int proc_source_read(void *data, struct snapshot_builder *builder, struct err *err)
{
    struct state *state = data;
    _cleanup_close_ int proc_fd = proc_open(err);
    uint64_t ours[NS_TYPES];

    if (proc_fd == -1) {
        return -1;
    }
    ns_set types = proc_our_identities(proc_fd, ours);
    snapshot_builder_set_kernel(builder, types, ours);
    struct pids_fetch *fetch = procps_pids_reap(state->info, PIDS_FETCH_TASKS_ONLY);
    if (!fetch || fetch->counts->total < 0) {
        return err_set(err, errno, "cannot read the processes in /proc");
    }
    size_t count = (size_t)fetch->counts->total;
    _cleanup_free_ struct process_facts *facts = xcalloc(count + 1, sizeof(*facts));
    _cleanup_free_ enum identities_result *results = xcalloc(count + 1, sizeof(*results));
    for (size_t i = 0; i < count; i++) {
        facts_of(fetch->stacks[i], &facts[i]);
    }
    identities_read(proc_fd, types, facts, results, count);
    for (size_t i = 0; i < count; i++) {
        if (results[i] == IDENTITIES_VANISHED) {
            snapshot_builder_count_vanished(builder, 1);
        } else {
            snapshot_builder_add_process(builder, &facts[i]);
        }
    }
    return 0;
}

const struct source source_proc = {
    .name = "proc",
    .open = proc_source_open,
    .read = proc_source_read,
    .close = proc_source_close,
};

#ifdef __SANITIZE_ADDRESS__
/* libproc2 keeps buffers for each thread that read (4.0.2: 260 KiB) and frees them never. We have one
 * such thread. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libproc2\n";
}
#endif
