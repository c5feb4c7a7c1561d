/* support: the machine before and after a test: its mounts, the processes that came from the test,
 * and the state folders of nstui; and the files and folders of a test. */
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEST_LIMIT_SECONDS 200
#define GONE_WAIT_MS       10000
#define FOLDERS_MAX        32

/* ---- lists of lines ---------------------------------------------------------------------- */

struct lines {
    char **items;
    size_t count;
};

static void lines_add(struct lines *lines, const char *line)
{
    char **larger = realloc(lines->items, (lines->count + 1) * sizeof(*larger));
    if (larger == NULL)
        abort();
    lines->items = larger;
    lines->items[lines->count++] = strdup(line);
}

static bool lines_have(const struct lines *lines, const char *line)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strcmp(lines->items[i], line) == 0)
            return true;
    return false;
}

static void lines_free(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->items[i]);
    free(lines->items);
    *lines = (struct lines){0};
}

/* ---- what there is ----------------------------------------------------------------------- */

struct machine {
    struct lines mounts;
    struct lines processes; /* "PID START-TIME" */
    struct lines states;
};

/* An orphan of the test comes to the test itself, so that it finds what its programs left. */
__attribute__((constructor)) static void adopt_orphans(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void look_mounts(struct lines *lines)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    if (file == NULL)
        return;
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, file) != -1) {
        line[strcspn(line, "\n")] = '\0';
        lines_add(lines, line);
    }
    free(line);
    (void)fclose(file);
}

static void look_states(struct lines *lines, const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char path[PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        lines_add(lines, path);
    }
    (void)closedir(dir);
}

struct task {
    pid_t pid, parent;
    char state;
    unsigned long long start_time;
};

static bool task_read(pid_t pid, struct task *task)
{
    char path[64], text[1024];
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return false;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    text[got > 0 ? got : 0] = '\0';
    const char *rest = strrchr(text, ')');
    task->pid = pid;
    return rest != NULL &&
           sscanf(rest + 1,
                  " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                  &task->state, &task->parent, &task->start_time) == 3;
}

static size_t tasks_read(struct task *tasks, size_t size)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return 0;
    size_t count = 0;
    for (struct dirent *entry = readdir(proc); entry != NULL; entry = readdir(proc)) {
        pid_t pid = (pid_t)atoi(entry->d_name);
        if (pid > 0 && count < size && task_read(pid, &tasks[count]))
            count++;
    }
    (void)closedir(proc);
    return count;
}

/* Reaps adopted orphans that have ended; what a test started itself stays for its own wait. */
static void reap_orphans(void)
{
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 || info.si_pid == 0 ||
            processes_are_kept(info.si_pid))
            return;
        (void)waitpid(info.si_pid, NULL, 0);
    }
}

static void look_processes(struct lines *lines)
{
    static struct task tasks[20000];
    reap_orphans();
    size_t count = tasks_read(tasks, sizeof(tasks) / sizeof(tasks[0]));
    for (size_t i = 0; i < count; i++) {
        pid_t ancestor = tasks[i].parent;
        for (int depth = 0; depth < 64 && ancestor > 1 && ancestor != getpid(); depth++) {
            size_t j = 0;
            while (j < count && tasks[j].pid != ancestor)
                j++;
            ancestor = j < count ? tasks[j].parent : 0;
        }
        if (ancestor != getpid() || tasks[i].state == 'Z' || processes_are_kept(tasks[i].pid))
            continue;
        char line[64];
        (void)snprintf(line, sizeof(line), "%d %llu", (int)tasks[i].pid, tasks[i].start_time);
        lines_add(lines, line);
    }
}

struct machine *machine_look(void)
{
    struct machine *machine = calloc(1, sizeof(*machine));
    if (machine == NULL)
        abort();
    look_mounts(&machine->mounts);
    look_processes(&machine->processes);
    look_states(&machine->states, "/run/nstui");
    look_states(&machine->states, "/var/lib/nstui");
    return machine;
}

void machine_free(struct machine *machine)
{
    if (machine == NULL)
        return;
    lines_free(&machine->mounts);
    lines_free(&machine->processes);
    lines_free(&machine->states);
    free(machine);
}

/* ---- what is left ------------------------------------------------------------------------ */

static size_t count_new(const struct lines *before, const struct lines *now)
{
    size_t count = 0;
    for (size_t i = 0; i < now->count; i++)
        if (!lines_have(before, now->items[i]))
            count++;
    return count;
}

static bool nothing_new(void *data)
{
    const struct machine *before = data;
    struct machine *now = machine_look();
    bool same = count_new(&before->mounts, &now->mounts) == 0 &&
                count_new(&now->mounts, &before->mounts) == 0 &&
                count_new(&before->processes, &now->processes) == 0 &&
                count_new(&before->states, &now->states) == 0;
    machine_free(now);
    return same;
}

static void print_process(const char *line)
{
    char path[64], text[256];
    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", atoi(line));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd != -1 ? read(fd, text, sizeof(text) - 1) : 0;
    if (fd != -1)
        (void)close(fd);
    for (ssize_t i = 0; i < got; i++)
        if (text[i] < ' ' || text[i] > '~')
            text[i] = ' ';
    text[got > 0 ? got : 0] = '\0';
    print_error("left behind: process %d: %s\n", atoi(line), text);
}

static void print_new(const struct machine *before, const struct machine *now)
{
    for (size_t i = 0; i < now->mounts.count; i++)
        if (!lines_have(&before->mounts, now->mounts.items[i]))
            print_error("left behind: mount: %s\n", now->mounts.items[i]);
    for (size_t i = 0; i < before->mounts.count; i++)
        if (!lines_have(&now->mounts, before->mounts.items[i]))
            print_error("gone: mount: %s\n", before->mounts.items[i]);
    for (size_t i = 0; i < now->processes.count; i++)
        if (!lines_have(&before->processes, now->processes.items[i]))
            print_process(now->processes.items[i]);
    for (size_t i = 0; i < now->states.count; i++)
        if (!lines_have(&before->states, now->states.items[i]))
            print_error("left behind: %s\n", now->states.items[i]);
}

bool machine_is_as_before(const struct machine *before)
{
    if (wait_until(nothing_new, (void *)(uintptr_t)before, GONE_WAIT_MS))
        return true;
    struct machine *now = machine_look();
    print_new(before, now);
    machine_free(now);
    return false;
}

/* After a failed test, so that the next one starts on a clean machine. */
static void machine_mend(const struct machine *before)
{
    struct machine *now = machine_look();
    for (size_t i = 0; i < now->states.count; i++) {
        struct result result = {0};
        const char *name = strrchr(now->states.items[i], '/') + 1;
        const char *const argv[] = {"nstui", "rm", "-f", name, NULL};
        if (!lines_have(&before->states, now->states.items[i]))
            (void)run_program(argv, NULL, 0, 15000, &result);
        result_free(&result);
    }
    machine_free(now);
    now = machine_look();
    for (size_t i = 0; i < now->processes.count; i++)
        if (!lines_have(&before->processes, now->processes.items[i]))
            (void)kill((pid_t)atoi(now->processes.items[i]), SIGKILL); /* descends from the test */
    machine_free(now);
}

/* Not in *state, which a parametrized test has for itself. */
static struct machine *machine_of_this_test;

int machine_setup(void **state)
{
    (void)state;
    (void)alarm(TEST_LIMIT_SECONDS);
    machine_of_this_test = machine_look();
    return 0;
}

int machine_teardown(void **state)
{
    (void)state;
    harness_end_screens();
    harness_end_processes();
    bool clean = machine_is_as_before(machine_of_this_test);
    if (!clean)
        machine_mend(machine_of_this_test);
    machine_free(machine_of_this_test);
    machine_of_this_test = NULL;
    if (!harness_remove_folders())
        clean = false;
    harness_forget_strings();
    (void)alarm(0);
    return clean ? 0 : -1;
}

void need_root(void)
{
    if (geteuid() != 0)
        skip_because("this test makes namespaces and needs root");
}

/* ---- files and folders ------------------------------------------------------------------- */

static char **kept_strings;
static size_t kept_string_count;
static char *folders[FOLDERS_MAX];
static size_t folder_count;

char *harness_keep(char *string)
{
    char **larger = realloc(kept_strings, (kept_string_count + 1) * sizeof(*larger));
    if (larger == NULL || string == NULL)
        abort();
    kept_strings = larger;
    kept_strings[kept_string_count++] = string;
    return string;
}

void harness_forget_strings(void)
{
    for (size_t i = 0; i < kept_string_count; i++)
        free(kept_strings[i]);
    free(kept_strings);
    kept_strings = NULL;
    kept_string_count = 0;
}

const char *test_folder(void)
{
    char *folder = strdup("/tmp/nstui-test-XXXXXX");
    if (folder == NULL || mkdtemp(folder) == NULL || folder_count == FOLDERS_MAX)
        fail_msg("cannot make a folder below /tmp: %s", strerror(errno));
    (void)chmod(folder, 0755);
    folders[folder_count++] = folder;
    return folder;
}

const char *test_path(const char *format, ...)
{
    char *path = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&path, format, arguments) == -1)
        abort();
    va_end(arguments);
    return harness_keep(path);
}

int mount_count(const char *prefix)
{
    struct lines mounts = {0};
    look_mounts(&mounts);
    int count = 0;
    size_t length = strlen(prefix);
    for (size_t i = 0; i < mounts.count; i++) {
        char point[PATH_MAX];
        if (sscanf(mounts.items[i], "%*s %*s %*s %*s %4095s", point) == 1 &&
            strncmp(point, prefix, length) == 0 && (point[length] == '\0' || point[length] == '/'))
            count++;
    }
    lines_free(&mounts);
    return count;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    (void)remove(path);
    return 0;
}

bool harness_remove_folders(void)
{
    bool all = true;
    while (folder_count > 0) {
        char *folder = folders[--folder_count];
        if (mount_count(folder) != 0) {
            print_error("not removed, something is mounted below it: %s\n", folder);
            all = false;
        } else {
            (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
            if (path_exists(folder)) {
                print_error("could not be removed: %s\n", folder);
                all = false;
            }
        }
        free(folder);
    }
    return all;
}

bool path_exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

void file_put(const char *path, const char *content)
{
    FILE *file = fopen(path, "we");
    if (file == NULL || fputs(content, file) == EOF || fclose(file) == EOF)
        fail_msg("cannot write %s: %s", path, strerror(errno));
}

const char *file_get(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        fail_msg("cannot read %s: %s", path, strerror(errno));
    char *content = calloc(1, 1u << 20);
    if (content == NULL)
        abort();
    (void)fread(content, 1, (1u << 20) - 1, file);
    (void)fclose(file);
    return harness_keep(content);
}
