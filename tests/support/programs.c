/* support: programs that a test runs: in a process group of their own, read without ever blocking,
 * killed at the end of their time, always reaped. */
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_LIMIT      (64u << 20)
#define HELD_OPEN_WAIT_MS 2000
#define PROCESSES_MAX     512

static pid_t kept_processes[PROCESSES_MAX];
static size_t kept_count;

int64_t harness_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

_Noreturn void harness_fail(const char *file, int line)
{
    _fail(file, line);
    abort(); /* cmocka jumps */
}

void processes_keep(pid_t pid)
{
    if (kept_count < PROCESSES_MAX)
        kept_processes[kept_count++] = pid;
}

bool processes_are_kept(pid_t pid)
{
    for (size_t i = 0; i < kept_count; i++)
        if (kept_processes[i] == pid)
            return true;
    return false;
}

void processes_forget(pid_t pid)
{
    for (size_t i = 0; i < kept_count; i++)
        if (kept_processes[i] == pid)
            kept_processes[i] = kept_processes[--kept_count];
}

/* ---- starting ---------------------------------------------------------------------------- */

const char *program_of_ours(const char *name)
{
    return test_path("%s/%s", BUILD_DIR, name);
}

static const char *program_resolve(const char *name)
{
    if (strncmp(name, "nstui", 5) == 0 && strchr(name, '/') == NULL)
        return program_of_ours(name);
    return name;
}

bool program_is_there(const char *name)
{
    const char *path = getenv("PATH");
    char *folders = strdup(path != NULL ? path : "/usr/sbin:/usr/bin:/sbin:/bin");
    bool found = false;
    char *rest = NULL;
    for (char *folder = strtok_r(folders, ":", &rest); folder != NULL && !found;
         folder = strtok_r(NULL, ":", &rest)) {
        char file[PATH_MAX];
        (void)snprintf(file, sizeof(file), "%s/%s", folder, name);
        found = access(file, X_OK) == 0;
    }
    free(folders);
    return found;
}

static void become_user(uid_t uid)
{
    if (uid == 0)
        return;
    if (setgroups(0, NULL) == -1 || setresgid(uid, uid, uid) == -1 ||
        setresuid(uid, uid, uid) == -1)
        _exit(120);
}

static void apply_environment(const char *const *env, bool env_is_all)
{
    if (env_is_all)
        (void)clearenv();
    for (size_t i = 0; env != NULL && env[i] != NULL; i++) {
        if (strchr(env[i], '=') != NULL)
            (void)putenv(strdup(env[i]));
        else
            (void)unsetenv(env[i]);
    }
}

_Noreturn void harness_exec(const char *const argv[], const char *const *env, bool env_is_all,
                            const char *cwd, uid_t uid)
{
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL);
    (void)alarm(0);
    char *program = strdup(program_resolve(argv[0]));
    apply_environment(env, env_is_all);
    if (cwd != NULL && chdir(cwd) == -1)
        _exit(121);
    become_user(uid);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* after the change of user, which forgets it */
    (void)execvp(program, (char *const *)(uintptr_t)argv);
    (void)dprintf(2, "the test cannot execute %s: %s\n", program, strerror(errno));
    _exit(122);
}

static void pipe_or_fail(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) == -1)
        fail_msg("pipe2: %s", strerror(errno));
}

static void make_nonblocking(int fd)
{
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* ---- run: input, output, end ------------------------------------------------------------- */

struct run {
    pid_t pid;
    int pidfd, input, out, error;
    const char *bytes;
    size_t bytes_left;
    struct result *result;
};

static void run_start(struct run *run, const struct run_options *options)
{
    int input[2], out[2], error[2];
    pipe_or_fail(input);
    pipe_or_fail(out);
    pipe_or_fail(error);
    pid_t pid = fork();
    if (pid == -1)
        fail_msg("fork: %s", strerror(errno));
    if (pid == 0) {
        (void)setpgid(0, 0);
        if (dup2(input[0], 0) == -1 || dup2(out[1], 1) == -1 || dup2(error[1], 2) == -1)
            _exit(123);
        harness_exec(options->argv, options->env, false, options->cwd, options->uid);
    }
    (void)setpgid(pid, pid);
    (void)close(input[0]);
    (void)close(out[1]);
    (void)close(error[1]);
    run->pid = pid;
    run->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (run->pidfd == -1)
        fail_msg("pidfd_open: %s", strerror(errno));
    (void)fcntl(run->pidfd, F_SETFD, FD_CLOEXEC);
    run->input = input[1];
    run->out = out[0];
    run->error = error[0];
    make_nonblocking(run->input);
    make_nonblocking(run->out);
    make_nonblocking(run->error);
    run->bytes = options->input;
    run->bytes_left = options->input != NULL ? options->input_length : 0;
}

/* Reads what is there; closes at the end of file. */
static void run_read(int *fd, char **data, size_t *length)
{
    char buffer[65536];
    for (;;) {
        ssize_t got = read(*fd, buffer, sizeof(buffer));
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1 && errno == EAGAIN)
            return;
        if (got <= 0 || *length + (size_t)got > OUTPUT_LIMIT) {
            (void)close(*fd);
            *fd = -1;
            return;
        }
        char *larger = realloc(*data, *length + (size_t)got + 1);
        if (larger == NULL)
            abort();
        memcpy(larger + *length, buffer, (size_t)got);
        *length += (size_t)got;
        larger[*length] = '\0';
        *data = larger;
    }
}

static void run_write(struct run *run)
{
    while (run->bytes_left > 0) {
        ssize_t put = write(run->input, run->bytes, run->bytes_left);
        if (put == -1 && errno == EINTR)
            continue;
        if (put == -1 && errno == EAGAIN)
            return;
        if (put <= 0)
            break; /* it does not want to read: its own affair */
        run->bytes += put;
        run->bytes_left -= (size_t)put;
    }
    (void)close(run->input);
    run->input = -1;
}

/* One round; returns false once the program has ended. */
static bool run_round(struct run *run, int timeout_ms, bool ended)
{
    struct pollfd fds[4] = {
        {.fd = run->out, .events = POLLIN},
        {.fd = run->error, .events = POLLIN},
        {.fd = run->input, .events = POLLOUT},
        {.fd = ended ? -1 : run->pidfd, .events = POLLIN},
    };
    harness_poll(fds, 4, timeout_ms);
    if (fds[2].revents != 0)
        run_write(run);
    if (fds[0].revents != 0)
        run_read(&run->out, &run->result->out, &run->result->out_length);
    if (fds[1].revents != 0)
        run_read(&run->error, &run->result->error, &run->result->error_length);
    return fds[3].revents == 0;
}

static void run_finish(struct run *run)
{
    int64_t until = harness_now_ms() + HELD_OPEN_WAIT_MS;
    while ((run->out != -1 || run->error != -1) && harness_now_ms() < until)
        (void)run_round(run, 100, true);
    run->result->held_open = run->out != -1 || run->error != -1;
    int fds[] = {run->pidfd, run->input, run->out, run->error};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] != -1)
            (void)close(fds[i]);
    if (run->result->out == NULL)
        run->result->out = strdup("");
    if (run->result->error == NULL)
        run->result->error = strdup("");
}

int run_program_with(const struct run_options *options, struct result *result)
{
    result_free(result);
    void (*pipe_signal)(int) = signal(SIGPIPE, SIG_IGN);
    struct run run = {.result = result};
    int timeout_ms = options->timeout_ms != 0 ? options->timeout_ms : WAIT_MS;
    run_start(&run, options);
    int64_t until = harness_now_ms() + timeout_ms;
    bool running = true;
    while (running && harness_now_ms() < until)
        running = run_round(&run, (int)(until - harness_now_ms()), false);
    if (running) {
        result->timed_out = true;
        (void)kill(-run.pid, SIGKILL);
        (void)kill(run.pid, SIGKILL);
    }
    int status = 0;
    while (waitpid(run.pid, &status, 0) == -1 && errno == EINTR)
        ;
    result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    run_finish(&run);
    (void)signal(SIGPIPE, pipe_signal);
    return result->status;
}

int run_program(const char *const argv[], const void *input, size_t input_length, int timeout_ms,
                struct result *result)
{
    struct run_options options = {
        .argv = argv, .input = input, .input_length = input_length, .timeout_ms = timeout_ms};
    return run_program_with(&options, result);
}

void run_expect_at(int wanted, const char *const argv[], struct result *result, const char *file,
                   int line)
{
    (void)run_program(argv, NULL, 0, WAIT_MS, result);
    if (result->status == wanted && !result->timed_out)
        return;
    print_error("%s:%d:", file, line);
    for (size_t i = 0; argv[i] != NULL; i++)
        print_error(" %s", argv[i]);
    print_error(": status %d%s, expected %d\nstdout: %s\nstderr: %s\n", result->status,
                result->timed_out ? " (killed at the timeout)" : "", wanted, result->out,
                result->error);
    harness_fail(file, line);
}

void result_free(struct result *result)
{
    free(result->out);
    free(result->error);
    *result = (struct result){0};
}

/* ---- in the background ------------------------------------------------------------------- */

pid_t process_start(const char *const argv[])
{
    pid_t pid = fork();
    if (pid == -1)
        fail_msg("fork: %s", strerror(errno));
    if (pid == 0) {
        (void)setpgid(0, 0);
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null == -1 || dup2(null, 0) == -1 || dup2(null, 1) == -1 || dup2(null, 2) == -1)
            _exit(123);
        harness_exec(argv, NULL, false, NULL, 0);
    }
    (void)setpgid(pid, pid);
    processes_keep(pid);
    return pid;
}

void process_end(pid_t pid)
{
    if (!processes_are_kept(pid))
        return;
    (void)kill(-pid, SIGKILL);
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
        ;
    processes_forget(pid);
}

void harness_end_processes(void)
{
    while (kept_count > 0)
        process_end(kept_processes[0]);
}

static void process_comm(pid_t pid, char comm[32])
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    comm[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return;
    ssize_t got = read(fd, comm, 31);
    (void)close(fd);
    comm[got > 0 ? got : 0] = '\0';
    comm[strcspn(comm, "\n")] = '\0';
}

struct comm_wait {
    pid_t pid;
    const char *comm;
};

static bool comm_is(void *data)
{
    const struct comm_wait *wanted = data;
    char comm[32];
    process_comm(wanted->pid, comm);
    return strcmp(comm, wanted->comm) == 0;
}

void process_wait_comm(pid_t pid, const char *comm)
{
    struct comm_wait wanted = {pid, comm};
    if (!wait_until(comm_is, &wanted, WAIT_MS))
        fail_msg("process %d did not become %s", (int)pid, comm);
}

/* Parent of a process, and its state letter. */
static pid_t process_parent(pid_t pid, char *state)
{
    char path[64], text[512];
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return -1;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    text[got > 0 ? got : 0] = '\0';
    const char *end = strrchr(text, ')');
    int parent = -1;
    if (end == NULL || sscanf(end + 1, " %c %d", state, &parent) != 2)
        return -1;
    return parent;
}

bool process_is_alive(pid_t pid)
{
    char state = 'X';
    return process_parent(pid, &state) != -1 && state != 'Z' && state != 'X';
}

static bool process_descends(pid_t pid, pid_t ancestor)
{
    for (int depth = 0; depth < 64 && pid > 1; depth++) {
        char state;
        pid = process_parent(pid, &state);
        if (pid == ancestor)
            return true;
    }
    return false;
}

pid_t process_find_below(pid_t parent, const char *comm)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return 0;
    pid_t found = 0;
    pid_t ancestor = parent != 0 ? parent : getpid();
    for (struct dirent *entry = readdir(proc); entry != NULL; entry = readdir(proc)) {
        pid_t pid = (pid_t)atoi(entry->d_name);
        char name[32];
        if (pid <= 0 || (found != 0 && pid > found))
            continue;
        process_comm(pid, name);
        if (strncmp(name, comm, strlen(comm)) == 0 && process_is_alive(pid) &&
            process_descends(pid, ancestor))
            found = pid;
    }
    (void)closedir(proc);
    return found;
}

char *process_namespace(pid_t pid, const char *type, char text[64])
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, type);
    ssize_t got = readlink(path, text, 63);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

/* ---- waiting ----------------------------------------------------------------------------- */

void harness_poll(struct pollfd *fds, size_t count, int timeout_ms)
{
    struct pollfd all[64];
    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++) {
        fds[i].revents = 0;
        all[i] = fds[i];
    }
    size_t total = count + screens_poll_fill(all + count, 64 - count);
    (void)poll(all, (nfds_t)total, timeout_ms < 0 ? 0 : timeout_ms);
    for (size_t i = 0; i < count; i++)
        fds[i].revents = all[i].revents;
    screens_pump();
}

bool wait_until(bool (*condition)(void *data), void *data, int timeout_ms)
{
    int64_t until = harness_now_ms() + timeout_ms;
    while (!condition(data)) {
        if (harness_now_ms() >= until)
            return condition(data);
        harness_poll(NULL, 0, 20);
    }
    return true;
}

void wait_ms(int ms)
{
    int64_t until = harness_now_ms() + ms;
    while (harness_now_ms() < until)
        harness_poll(NULL, 0, (int)(until - harness_now_ms()));
}

void skip_because(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)printf("skip: %s\n", text); /* tests/run prints these lines */
    (void)fflush(stdout);
    skip();
}
