/* Which calls have to do with namespaces, and what their arguments are: a row each. The filter of the
 * tracer, the decoder and the recorder all follow it. A call that a machine has not (arm64 has no
 * mkdir, only mkdirat) has no row there. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <linux/seccomp.h>

#include "private.h"

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467 /* Linux 6.15 */
#endif

#define CLONE_NEW                                                                                  \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

#define SHOWN(call) .watch = {.number = SYS_##call}, .name = #call
#define FD                                                                                         \
    {                                                                                              \
        ARGUMENT_FD, NULL                                                                          \
    }
#define DIRFD                                                                                      \
    {                                                                                              \
        ARGUMENT_DIRFD, NULL                                                                       \
    }
#define STRING                                                                                     \
    {                                                                                              \
        ARGUMENT_STRING, NULL                                                                      \
    }
#define BYTES                                                                                      \
    {                                                                                              \
        ARGUMENT_BYTES, NULL                                                                       \
    }
#define NUMBER                                                                                     \
    {                                                                                              \
        ARGUMENT_NUMBER, NULL                                                                      \
    }
#define SIZE                                                                                       \
    {                                                                                              \
        ARGUMENT_SIZE, NULL                                                                        \
    }
#define MODE                                                                                       \
    {                                                                                              \
        ARGUMENT_MODE, NULL                                                                        \
    }
#define FLAGS(which)                                                                               \
    {                                                                                              \
        ARGUMENT_FLAGS, &flags_##which                                                             \
    }
#define OTHER(kind)                                                                                \
    {                                                                                              \
        ARGUMENT_##kind, NULL                                                                      \
    }

static const struct row rows[] = {
    /* ids: who is in which namespaces */
    {.watch = {SYS_clone, CALL_FORK, CALL_ANY_BIT, 0, CLONE_NEW | CLONE_UNTRACED},
     .name = "clone",
     .about = TRACE_IDS,
     .arguments = {OTHER(CLONE_FLAGS)}},
    {.watch = {SYS_clone3, CALL_FORK, CALL_ALWAYS, 0, 0},
     .name = "clone3",
     .about = TRACE_IDS,
     .arguments = {OTHER(CLONE_ARGS), SIZE}},
#ifdef SYS_fork
    {.watch = {SYS_fork, CALL_FORK, CALL_EQUAL, -1, 0}, .name = "fork", .about = TRACE_IDS},
#endif
#ifdef SYS_vfork
    {.watch = {SYS_vfork, CALL_FORK, CALL_EQUAL, -1, 0}, .name = "vfork", .about = TRACE_IDS},
#endif
    {SHOWN(unshare), .about = TRACE_IDS, .arguments = {FLAGS(clone)}},
    {SHOWN(setns), .about = TRACE_IDS, .arguments = {FD, FLAGS(clone)}},
#ifdef SYS_open
    {.watch = {SYS_open, CALL_OPEN, CALL_ANY_BIT, 1, O_ACCMODE},
     .name = "open",
     .about = TRACE_IDS,
     .arguments = {STRING, FLAGS(open)}},
#endif
    {.watch = {SYS_openat, CALL_OPEN, CALL_ANY_BIT, 2, O_ACCMODE},
     .name = "openat",
     .about = TRACE_IDS,
     .arguments = {DIRFD, STRING, FLAGS(open)}},
    {.watch = {SYS_openat2, CALL_OPEN, CALL_ALWAYS, 0, 0},
     .name = "openat2",
     .about = TRACE_IDS,
     .arguments = {DIRFD, STRING, OTHER(OPEN_HOW), SIZE}},
    {.watch = {SYS_write, CALL_WRITE, CALL_EQUAL, -1, 0},
     .name = "write",
     .about = TRACE_IDS,
     .arguments = {FD, BYTES, SIZE}},
    {.watch = {SYS_pwrite64, CALL_WRITE, CALL_EQUAL, -1, 0},
     .name = "pwrite64",
     .about = TRACE_IDS,
     .arguments = {FD, BYTES, SIZE}},

    /* mounts: the tree itself */
    {SHOWN(mount), .about = TRACE_MOUNTS,
     .arguments = {STRING, STRING, STRING, FLAGS(mount), STRING}},
    {SHOWN(umount2), .about = TRACE_MOUNTS, .arguments = {STRING, FLAGS(umount)}},
    {SHOWN(pivot_root), .about = TRACE_MOUNTS, .arguments = {STRING, STRING}},
    {SHOWN(chroot), .about = TRACE_MOUNTS, .arguments = {STRING}},
    {SHOWN(mount_setattr), .about = TRACE_MOUNTS,
     .arguments = {DIRFD, STRING, FLAGS(at), OTHER(MOUNT_ATTR), SIZE}},
    {SHOWN(open_tree), .about = TRACE_MOUNTS, .arguments = {DIRFD, STRING, FLAGS(open_tree)}},
    {SHOWN(open_tree_attr), .about = TRACE_MOUNTS,
     .arguments = {DIRFD, STRING, FLAGS(open_tree), OTHER(MOUNT_ATTR), SIZE}},
    {SHOWN(move_mount), .about = TRACE_MOUNTS,
     .arguments = {DIRFD, STRING, DIRFD, STRING, FLAGS(move_mount)}},
    {SHOWN(fsopen), .about = TRACE_MOUNTS, .arguments = {STRING, FLAGS(fsopen)}},
    {SHOWN(fsconfig), .about = TRACE_MOUNTS,
     .arguments = {FD, FLAGS(fsconfig), STRING, OTHER(FSCONFIG), NUMBER}},
    {SHOWN(fsmount), .about = TRACE_MOUNTS, .arguments = {FD, FLAGS(fsmount), FLAGS(mount_attr)}},
    {SHOWN(fspick), .about = TRACE_MOUNTS, .arguments = {DIRFD, STRING, FLAGS(fspick)}},

    /* paths: where a process stands, and what mounts are put on */
    {SHOWN(chdir), .about = TRACE_PATHS, .arguments = {STRING}},
    {SHOWN(fchdir), .about = TRACE_PATHS, .arguments = {FD}},
#ifdef SYS_mkdir
    {SHOWN(mkdir), .about = TRACE_PATHS, .arguments = {STRING, MODE}},
#endif
    {SHOWN(mkdirat), .about = TRACE_PATHS, .arguments = {DIRFD, STRING, MODE}},
#ifdef SYS_rmdir
    {SHOWN(rmdir), .about = TRACE_PATHS, .arguments = {STRING}},
#endif
    {.watch = {SYS_unlinkat, CALL_SHOWN, CALL_ANY_BIT, 2, AT_REMOVEDIR},
     .name = "unlinkat",
     .about = TRACE_PATHS,
     .arguments = {DIRFD, STRING, FLAGS(unlink)}},
#ifdef SYS_symlink
    {SHOWN(symlink), .about = TRACE_PATHS, .arguments = {STRING, STRING}},
#endif
    {SHOWN(symlinkat), .about = TRACE_PATHS, .arguments = {STRING, DIRFD, STRING}},

    {SHOWN(sethostname), .about = TRACE_NAMES, .arguments = {BYTES, SIZE}},
    {SHOWN(setdomainname), .about = TRACE_NAMES, .arguments = {BYTES, SIZE}},

    {SHOWN(execve), .about = TRACE_EXEC, .arguments = {STRING, OTHER(WORDS), OTHER(VARIABLES)}},
    {SHOWN(execveat), .about = TRACE_EXEC,
     .arguments = {DIRFD, STRING, OTHER(WORDS), OTHER(VARIABLES), FLAGS(execveat)}},

    /* what hides something from a tracer */
    {.watch = {SYS_seccomp, CALL_WATCH, CALL_EQUAL, 0, SECCOMP_SET_MODE_FILTER},
     .name = "seccomp",
     .arguments = {NUMBER, NUMBER}},
    {.watch = {SYS_prctl, CALL_WATCH, CALL_EQUAL, 0, PR_SET_SECCOMP},
     .name = "prctl",
     .arguments = {NUMBER, NUMBER}},
    {.watch = {SYS_ptrace, CALL_WATCH, CALL_ALWAYS, 0, 0},
     .name = "ptrace",
     .arguments = {NUMBER, NUMBER}},
};

const struct row *row_find(long number)
{
    for (size_t at = 0; at < array_length(rows); at++) {
        if (rows[at].watch.number == number)
            return &rows[at];
    }
    return NULL;
}

bool call_is_known(long number)
{
    return row_find(number) != NULL;
}

enum trace_about call_about(long number)
{
    const struct row *row = row_find(number);
    return row ? row->about : TRACE_IDS;
}

const char *call_name(long number)
{
    const struct row *row = row_find(number);
    return row ? row->name : NULL;
}

const struct call_watch *call_watch_at(size_t at)
{
    return at < array_length(rows) ? &rows[at].watch : NULL;
}

const struct call_watch *call_watch_find(long number)
{
    const struct row *row = row_find(number);
    return row ? &row->watch : NULL;
}

bool call_watch_applies(const struct call_watch *watch, const uint64_t arguments[CALL_ARGUMENTS])
{
    if (watch->when == CALL_ALWAYS)
        return true;
    if (watch->argument < 0)
        return false;
    uint32_t value = (uint32_t)arguments[watch->argument];
    return watch->when == CALL_EQUAL ? value == watch->value : (value & watch->value) != 0;
}

bool call_path_is_map(const char *path)
{
    static const char *const names[] = {"uid_map", "gid_map", "projid_map", "setgroups",
                                        "timens_offsets"};
    const char *slash = strrchr(path, '/');
    for (size_t at = 0; at < array_length(names); at++) {
        if (strcmp(slash ? slash + 1 : path, names[at]) == 0)
            return true;
    }
    return false;
}

static const struct {
    int size; /* as call_argument_size() */
    enum call_fetch fetch;
} kinds[] = {
    [ARGUMENT_FD] = {-1, CALL_FETCH_LINK},
    [ARGUMENT_DIRFD] = {-1, CALL_FETCH_LINK},
    [ARGUMENT_STRING] = {-1, CALL_FETCH_STRING},
    [ARGUMENT_BYTES] = {-1, CALL_FETCH_BYTES},
    [ARGUMENT_CLONE_ARGS] = {sizeof(struct clone_args), CALL_FETCH_STRUCT},
    [ARGUMENT_MOUNT_ATTR] = {sizeof(struct mount_attr), CALL_FETCH_STRUCT},
    [ARGUMENT_OPEN_HOW] = {sizeof(struct open_how), CALL_FETCH_STRUCT},
    [ARGUMENT_FSCONFIG] = {-1, CALL_FETCH_STRING},
    [ARGUMENT_WORDS] = {0, CALL_FETCH_ARGV},
    [ARGUMENT_VARIABLES] = {0, CALL_FETCH_COUNT},
};

int call_argument_size(long number, int argument)
{
    const struct row *row = row_find(number);
    return row ? kinds[row->arguments[argument].kind].size : 0;
}

enum call_fetch call_argument_fetch(long number, int argument, int *size_argument)
{
    const struct row *row = row_find(number);
    enum call_fetch fetch = row ? kinds[row->arguments[argument].kind].fetch : CALL_FETCH_NOTHING;
    bool next = fetch == CALL_FETCH_STRUCT && argument + 1 < CALL_ARGUMENTS &&
                row->arguments[argument + 1].kind == ARGUMENT_SIZE;
    if (size_argument)
        *size_argument = next ? argument + 1 : -1;
    return fetch;
}
