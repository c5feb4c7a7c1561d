/* identities: in which namespaces processes are: the links of /proc/PID/ns. Called by the proc source
 * for every process at every look, so it is the hot place: the folder is opened once and the links
 * are read below it, which is half of what stat(2) of eight long paths costs.
 *
 * A zombie shows its pid and user namespace alone. Where the leader of a process has ended and other
 * threads have not, they are asked instead. proc(5), namespaces(7) */
#include "private.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 4
#define SLICE       64 /* processes that a thread takes at once */

/* "mnt:[4026531841]" -> 4026531841; 0 where it is something else. */
static uint64_t inode_of_link(const char *link)
{
    const char *bracket = strchr(link, '[');

    return bracket ? strtoull(bracket + 1, NULL, 10) : 0;
}

/* Reads the links of a folder. Returns 0, or the errno of the first failure that was not of a type by
 * itself (ENOENT: a zombie shows only some). */
static int read_links(int folder, ns_set types, uint64_t identities[NS_TYPES])
{
    char link[64];

    for (int type = 0; type < NS_TYPES; type++) {
        if (!(types & NS_BIT(type))) {
            continue;
        }
        ssize_t length = readlinkat(folder, ns_types[type].name, link, sizeof(link) - 1);
        if (length == -1) {
            if (errno != ENOENT) {
                return errno;
            }
            continue;
        }
        link[length] = '\0';
        identities[type] = inode_of_link(link);
    }
    return 0;
}

static ns_set known_types(const uint64_t identities[NS_TYPES])
{
    ns_set set = 0;

    for (int type = 0; type < NS_TYPES; type++) {
        set |= identities[type] != 0 ? NS_BIT(type) : 0;
    }
    return set;
}

static int open_folder(int proc_fd, const char *path)
{
    return openat(proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* The namespaces of the first thread that still has some. */
static void read_other_threads(int proc_fd, pid_t pid, ns_set types, uint64_t identities[NS_TYPES])
{
    char path[96];

    snprintf(path, sizeof(path), "%d/task", pid);
    int folder = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder == -1) {
        return;
    }
    _cleanup_dir_ DIR *tasks = fdopendir(folder);
    if (!tasks) {
        close(folder);
        return;
    }
    for (struct dirent *entry; (entry = readdir(tasks));) {
        if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) == pid) {
            continue;
        }
        snprintf(path, sizeof(path), "%d/task/%.20s/ns", pid, entry->d_name);
        _cleanup_close_ int links = open_folder(proc_fd, path);
        uint64_t found[NS_TYPES] = {0};
        if (links != -1 && read_links(links, types, found) == 0 && known_types(found) == types) {
            memcpy(identities, found, sizeof(found));
            return;
        }
    }
}

static void keep_what_zombies_show(uint64_t identities[NS_TYPES])
{
    for (int type = 0; type < NS_TYPES; type++) {
        if (type != NS_PID && type != NS_USER) {
            identities[type] = 0;
        }
    }
}

static enum identities_result read_one(int proc_fd, ns_set types, struct process_facts *facts)
{
    char path[32];

    snprintf(path, sizeof(path), "%d/ns", facts->pid);
    _cleanup_close_ int links = open_folder(proc_fd, path);
    if (links == -1) {
        return errno == EACCES || errno == EPERM ? IDENTITIES_FORBIDDEN : IDENTITIES_VANISHED;
    }
    int failed = read_links(links, types, facts->identities);
    if (failed == EACCES || failed == EPERM) {
        return IDENTITIES_FORBIDDEN;
    }
    if (failed != 0 || (facts->identities[NS_PID] == 0 && facts->identities[NS_USER] == 0)) {
        return IDENTITIES_VANISHED;
    }
    if (known_types(facts->identities) != types) { /* it has ended, maybe while we read */
        keep_what_zombies_show(facts->identities);
        facts->state = 'Z';
        if (facts->threads > 1) {
            read_other_threads(proc_fd, facts->pid, types, facts->identities);
        }
    }
    return IDENTITIES_READ;
}

struct job {
    int proc_fd;
    ns_set types;
    struct process_facts *facts;
    enum identities_result *results;
    size_t count;
    atomic_size_t next;
};

static void *work(void *data)
{
    struct job *job = data;

    for (;;) {
        size_t start = atomic_fetch_add(&job->next, SLICE);
        if (start >= job->count) {
            return NULL;
        }
        size_t end = start + SLICE < job->count ? start + SLICE : job->count;
        for (size_t i = start; i < end; i++) {
            struct process_facts *facts = &job->facts[i];
            job->results[i] = read_one(job->proc_fd, job->types, facts);
            facts->forbidden = job->results[i] == IDENTITIES_FORBIDDEN;
        }
    }
}

void identities_read(int proc_fd, ns_set types, struct process_facts *facts,
                     enum identities_result *results, size_t count)
{
    struct job job = {
        .proc_fd = proc_fd, .types = types, .facts = facts, .results = results, .count = count};
    pthread_t threads[THREADS_MAX];
    size_t started = 0;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    /* A thread costs as much as two or three processes. */
    while (count > SLICE * 4 && started + 1 < THREADS_MAX && (long)started + 1 < processors) {
        if (pthread_create(&threads[started], NULL, work, &job) != 0) {
            break; /* then this one does it */
        }
        started++;
    }
    work(&job);
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
}
