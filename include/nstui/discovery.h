/* discovery: looks at the machine and makes snapshots of it: once for a list, or again and again in
 * a thread of its own for the dashboard, whose loop never waits for /proc. It changes nothing.
 *
 * Where the bytes come from is a source: "bpf", a program that the kernel runs over all tasks, where
 * the kernel has BTF and lets us load it; "proc" (libproc2 on /proc) on every kernel. Both give the
 * same snapshot.
 */
#ifndef NSTUI_DISCOVERY_H
#define NSTUI_DISCOVERY_H

#include "nstui/base.h"
#include "nstui/cgroups.h"
#include "nstui/model.h"

struct discovery;

struct discovery_options {
    int interval_ms;    /* between two looks; 0: 2000 */
    const char *source; /* "auto" (null too): the best that works here; "bpf", "proc" */
};

/* Starts looking, in a thread that takes no signals. The first snapshot follows within moments.
 * -1: no such source, no source works (/proc not mounted is no failure here: it may be mended while
 * we run, see discovery_problem), no thread. */
int discovery_open(const struct discovery_options *options, struct discovery **discovery,
                   struct err *err);

/* Ends the thread. Snapshots that were taken live on. Takes null. */
void discovery_close(struct discovery *discovery);

/* Becomes readable with every new snapshot, every problem and every facts that came; for uv_poll.
 * Call discovery_acknowledge() then. Belongs to discovery. */
int discovery_event_fd(const struct discovery *discovery);
void discovery_acknowledge(struct discovery *discovery);

/* The newest snapshot; the caller holds it and gives it back by snapshot_unref(). Null before the
 * first one. */
const struct snapshot *discovery_latest(struct discovery *discovery);

/* Why the last look failed (then the newest snapshot is older than it could be). False where it did
 * not. */
bool discovery_problem(struct discovery *discovery, struct err *problem);

/* Looks now instead of at the end of the interval: after an act. */
void discovery_refresh(struct discovery *discovery);

/* Another pace; 0: 2000. */
void discovery_set_interval(struct discovery *discovery, int interval_ms);

/* One look, here and now. "auto" takes /proc on a machine with few tasks, where that is faster than
 * loading a program. The snapshot is the caller's. -1 with a sentence: no such source, /proc
 * is not mounted. */
int discovery_look_once(const char *source, const struct snapshot **snapshot, struct err *err);

/* ---- dear facts of a few processes --------------------------------------------------------- */

#define FACTS_LEVELS_MAX 33 /* pid namespaces nest at most 32 deep */

/* Everything in here is printable and may go to a terminal. */
struct process_details {
    pid_t pid;
    uint64_t start_time;
    bool gone;                    /* it ended before it could be read: the rest is empty */
    char *command;                /* its command line, words quoted as for a shell; "[comm]" where
                                   * there is none; cut after 4096 bytes */
    char *cgroup;                 /* path in the unified hierarchy, else in the first one; "" */
    int64_t started_wall_s;       /* seconds since 1970 */
    pid_t pids[FACTS_LEVELS_MAX]; /* its pid at every level, from ours to its own (NSpid) */
    size_t pid_count;
    uint64_t resident_kib; /* VmRSS */
    bool no_new_privs;
    int seccomp;           /* 0 off, 1 strict, 2 filter; -1 not known */
    uint64_t capabilities; /* CapEff */
    bool capabilities_known;
    struct cgroup_usage usage; /* of the cgroup that nstui made for it; usage.own: it has one */
    int64_t usage_ms;          /* CLOCK_MONOTONIC, when that was read */
    int cpu_percent;           /* of one cpu, since the look before; -1: not known yet */
};

/* The details of a process if they are known by now: a copy for the caller, process_details_free().
 * Null: they are being read by a thread of their own (a process can make reading its command line
 * wait for as long as it likes), and the event descriptor becomes readable when they are there.
 * Call again at every draw: what is older than max_age_ms is read anew meanwhile (0: never again).
 */
struct process_details *discovery_details(struct discovery *discovery,
                                          const struct process *process, int max_age_ms);

/* The same at once, for a list: may block as long as the process wants. Never null. */
struct process_details *process_details_read(pid_t pid, uint64_t start_time);

void process_details_free(struct process_details *details);
void process_details_cleanup(struct process_details **details);
#define _cleanup_details_ __attribute__((cleanup(process_details_cleanup)))

#endif
