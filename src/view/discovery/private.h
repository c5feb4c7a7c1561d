/* What the files of discovery share: the sources, and what one look after the other remembers. */
#ifndef NSTUI_DISCOVERY_PRIVATE_H
#define NSTUI_DISCOVERY_PRIVATE_H

#include "nstui/discovery.h"

/* ---- sources ------------------------------------------------------------------------------- */

/* Where the processes and their identities come from. A source reads; it decides nothing. */
struct source {
    const char *name;

    /* Gets ready. -1 where it cannot work on this machine: the next one in the table is tried. */
    int (*open)(void **state, struct err *err);

    /* Adds all processes to the builder, and what the kernel has. */
    int (*read)(void *state, struct snapshot_builder *builder, struct err *err);

    /* What it knows of namespaces' owners and parents after read(): an array for the caller to free,
     * and its length. What is not in it is asked of the kernel (relations.c). May be null. */
    size_t (*relate)(void *state, const struct snapshot *view, struct namespace_facts **facts);

    void (*close)(void *state);
};

extern const struct source source_bpf, source_proc;

/* ---- /proc --------------------------------------------------------------------------------- */

/* A descriptor of /proc (O_PATH), after checking that it is one, and that it is of our pid namespace.
 * -1 with a sentence that says how to mend it. */
int proc_open(struct err *err);

/* Reads all of a small file below /proc into text, ended by 0. Returns its length, or -1 with errno:
 * ENOENT and ESRCH: the process has gone. */
ssize_t proc_read(int proc_fd, pid_t pid, const char *name, char *text, size_t size);

/* Adds process 1 as /proc has it: some machines hide it from everything else. */
void proc_add_first(int proc_fd, ns_set types, struct snapshot_builder *builder);

/* The namespaces in /proc/self/ns: the types of this kernel, and our identities. */
ns_set proc_our_identities(int proc_fd, uint64_t identities[NS_TYPES]);

/* How reading one process's identities went. */
enum identities_result { IDENTITIES_READ, IDENTITIES_FORBIDDEN, IDENTITIES_VANISHED };

/* Fills in the identities of count processes, on as many threads as help. results: one each. A process
 * that turns out to have ended but is not reaped gets the state Z. */
void identities_read(int proc_fd, ns_set types, struct process_facts *facts,
                     enum identities_result *results, size_t count);

/* ---- a table from two numbers to a third --------------------------------------------------- */

struct key_slot {
    uint64_t first, second;
    size_t value;
    bool used;
};

struct key_table {
    struct key_slot *slots;
    size_t size, count;
};

#define KEY_NONE SIZE_MAX

/* The place of the value of a key; KEY_NONE in a new one. Valid until the next call. */
size_t *key_table_at(struct key_table *table, uint64_t first, uint64_t second);

/* The value, KEY_NONE where the key is not there. */
size_t key_table_find(const struct key_table *table, uint64_t first, uint64_t second);
void key_table_free(struct key_table *table);

/* ---- what is remembered from look to look -------------------------------------------------- */

/* Relations of namespaces: asked of the kernel once, as long as the same process leads it. */
struct relations;
struct relations *relations_new(void);
void relations_free(struct relations *relations);

/* Adds the relations of all namespaces that the grouped view has to its builder. told: what the source
 * knew of them by itself; the rest is asked of the kernel. */
void relations_add(struct relations *relations, int proc_fd, const struct snapshot *view,
                   const struct namespace_facts *told, size_t told_count,
                   struct snapshot_builder *builder);

/* Names of users (getpwuid(3)), asked again after a minute. people_name() names those who have
 * processes, people_name_uid() one more of the same look. */
struct people;
struct people *people_new(void);
void people_free(struct people *people);
void people_name(struct people *people, const struct snapshot *view,
                 struct snapshot_builder *builder);
void people_name_uid(struct people *people, uid_t uid, struct snapshot_builder *builder);

/* Names those who made user namespaces of the last relations_add(); they may have no process. */
void relations_name_owners(const struct relations *relations, struct people *people,
                           struct snapshot_builder *builder);

/* What only /proc/PID/status says: the pid inside, and the user of a process that hides it. */
struct statuses;
struct statuses *statuses_new(void);
void statuses_free(struct statuses *statuses);
void statuses_add(struct statuses *statuses, int proc_fd, const struct snapshot *view,
                  struct snapshot_builder *builder);

/* Gives processes the names of the containers that they are in. */
void containers_name(const struct snapshot *view, struct snapshot_builder *builder);

/* ---- one look ------------------------------------------------------------------------------ */

/* A source that is open, and the memory above. Used by one thread at a time. */
struct scanner;

/* name: "auto", null, or of the table. */
int scanner_open(const char *name, struct scanner **scanner, struct err *err);
void scanner_close(struct scanner *scanner);

/* brief: without what only a screen needs (statuses). */
int scanner_look(struct scanner *scanner, bool brief, const struct snapshot **snapshot,
                 struct err *err);

/* ---- details ------------------------------------------------------------------------------- */

/* The thread that reads details, and what it has read. Has its own descriptor of a bell: event_fd is
 * copied. */
struct details_desk;
struct details_desk *details_desk_new(int event_fd);

/* Ends the thread; where it is stuck in a read, it is left to end when that does. */
void details_desk_free(struct details_desk *desk);
struct process_details *details_desk_get(struct details_desk *desk, const struct process *process,
                                         int max_age_ms);

#endif
