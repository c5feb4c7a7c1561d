/* look/private: what the files of this room share. The flow: command.c opens the target (target.c),
 * lets hostname.c and ps.c look, and prints what they found as JSON (print.c); parse.c reads it in
 * the dashboard. files.c is the only one that opens anything below a container's root. */
#ifndef NSTUI_VIEW_LOOK_PRIVATE_H
#define NSTUI_VIEW_LOOK_PRIVATE_H

#include "nstui/look.h"

#include <sys/stat.h>

/* ---- target.c: whom we look at ---------------------------------------------------------- */

struct look_target {
    int host_proc; /* the proc of this program's own root */
    int folder;    /* /proc/PID there; reads below it fail with ESRCH once the process has gone */
    int root;      /* O_PATH of its root directory */
    pid_t pid;
    uint64_t start_time;
    bool own_side;
    bool brief;
    char command[64];
};

#define LOOK_TARGET_EMPTY                                                                          \
    {                                                                                              \
        .host_proc = -1, .folder = -1, .root = -1                                                  \
    }

/* Opens all of it for a request. -1 with a sentence for the user. */
int target_open(const struct look_request *request, struct look_target *target, struct err *err);
void target_close(struct look_target *target);

/* Inode behind a link as /proc/PID/ns/uts, 0 where it cannot be read. */
uint64_t namespace_inode(int folder, const char *path);

/* ---- files.c: the only way into a container's root -------------------------------------- */

/* An O_PATH descriptor of a path below root, symbolic links resolved in there; -1 with errno. */
int root_open_path(int root, const char *path);

/* Reads an ordinary file below root, at most limit bytes of it (the rest is cut off) into *data
 * (the caller's, a 0 byte follows). status and read_only may be null; they are set where it is
 * there. */
enum look_file root_read(int root, const char *path, size_t limit, char **data, size_t *length,
                         struct stat *status, bool *read_only);

/* Reads a file of a proc file system: never over a mount that covers it (-1 with EXDEV), never
 * through a link. Fills buffer, a 0 byte follows; returns the length. */
ssize_t look_read_file(int folder, const char *path, char *buffer, size_t size);

/* Opens a folder of a proc file system, with the same care. */
int proc_open_folder(int folder, const char *path);

/* ---- process.c: one process of a proc file system ---------------------------------------- */

struct proc_stat {
    char name[64]; /* raw */
    char state;
    pid_t ppid;
    unsigned int tty;
    uint64_t start_time;
};

/* Parses the text of /proc/N/stat; the name may hold blanks, brackets and line ends. */
bool stat_parse(const char *text, struct proc_stat *stat);

/* Finds a line "Key:" of /proc/N/status; null where there is none. Points behind the colon. */
const char *status_find(const char *text, const char *key);

/* Numbers of a line of status, at most max of them. Returns how many. */
size_t status_numbers(const char *line, int64_t *numbers, size_t max);

/* The command as it is shown; cmdline is the raw text of /proc/N/cmdline. */
void command_format(char *text, size_t size, const char *cmdline, size_t length,
                    const struct proc_stat *stat);

/* "pts/0" of a device number as in stat. */
void tty_format(char *text, size_t size, unsigned int tty);

/* ---- users.c: names for uids, as in there ------------------------------------------------ */

struct users {
    struct user_entry *entries; /* by uid; the first line of the file that names one wins */
    size_t count, capacity;
    struct user_map *maps; /* of its user namespace */
    size_t map_count, map_capacity;
};

void users_load(struct users *users, const struct look_target *target, enum look_file *passwd);
void users_parse_passwd(struct users *users, const char *text);
void users_parse_map(struct users *users, const char *text);
/* The name, or number, that a process in there would see for a uid of the host. */
void users_name(const struct users *users, uint32_t uid, char *text, size_t size);
void users_free(struct users *users);

/* ---- hosts.c: which process of the host is which number in there -------------------------- */

struct host_number {
    pid_t inner, host;
};

struct host_numbers {
    struct host_number *items; /* by inner */
    size_t count, capacity;
};

/* Looks at all processes of the host which live in the pid namespace with this inode or below it;
 * level: how many pid namespaces lie between it and the host's proc (1: a child of it). */
void host_numbers_load(struct host_numbers *numbers, int host_proc, uint64_t inode, size_t level);
pid_t host_numbers_find(const struct host_numbers *numbers, pid_t inner);
void host_numbers_free(struct host_numbers *numbers);

/* How many pid namespaces lie above the one that the link at path leads to, up to ours: 0 is ours.
 * -1 where that cannot be known. */
int pid_namespace_level(int folder, const char *path);

/* ---- the two looks, and their JSON -------------------------------------------------------- */

void hostname_look(const struct look_target *target, struct look_hostname *hostname);
void ps_look(const struct look_target *target, struct look_ps *ps);

void look_print(const struct look *look, struct text *json);
void look_print_error(const char *sentence, struct text *json);

extern const char *const look_file_names[];
extern const char *const look_proc_names[];
#define LOOK_FILES (LOOK_FILE_NOT_ASKED + 1)

#endif
