/* nstui-term is held to its filter: the running one, of a real session, is made to call what its filter
 * does not list, by a debugger that sets its registers (ptrace(2)). It has to end by SIGSYS before the
 * call does anything, another takes its place, and the container does not notice. Then the grid: a
 * nstui-term that was taken over may write there what it likes. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define user user_of_the_c_library /* its struct and ours bear one name */
#include <sys/user.h>
#undef user

#include "client.h"

/* ---- a call from outside ----------------------------------------------------------------- */

struct injection {
    long number;
    unsigned long arguments[4];
};

#if defined(__x86_64__)
#define CAN_INJECT 1
/* It waits in poll(2), right behind its syscall instruction of two bytes. */
static void registers_set(struct user_regs_struct *registers, const struct injection *call)
{
    registers->rip -= 2;
    registers->rax = (unsigned long)call->number;
    registers->orig_rax = ~0UL; /* the call that was broken off is not taken up again */
    registers->rdi = call->arguments[0];
    registers->rsi = call->arguments[1];
    registers->rdx = call->arguments[2];
    registers->r10 = call->arguments[3];
}
static unsigned long registers_stack(const struct user_regs_struct *registers)
{
    return registers->rsp;
}
#elif defined(__aarch64__)
#define CAN_INJECT 1
static void registers_set(struct user_regs_struct *registers, const struct injection *call)
{
    registers->pc -= 4;
    registers->regs[8] = (unsigned long)call->number;
    for (int i = 0; i < 4; i++)
        registers->regs[i] = call->arguments[i];
}
static unsigned long registers_stack(const struct user_regs_struct *registers)
{
    return registers->sp;
}
#else
#define CAN_INJECT 0
#endif

#if CAN_INJECT
/* Stops it where it waits, and lets it go on with another call. Returns how it ended, as waitpid(2) has
 * it. path: put on its stack, its address is the argument that is 1. */
static int call_inject(pid_t pid, struct injection call, const char *path)
{
    struct user_regs_struct registers;
    struct iovec part = {.iov_base = &registers, .iov_len = sizeof(registers)};
    int status = 0;
    assert_int_equal(ptrace(PTRACE_SEIZE, pid, NULL, NULL), 0);
    assert_int_equal(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0);
    assert_int_equal(waitpid(pid, &status, __WALL), pid);
    assert_true(WIFSTOPPED(status));
    void *general = (void *)(uintptr_t)NT_PRSTATUS;
    assert_int_equal(ptrace(PTRACE_GETREGSET, pid, general, &part), 0);
    unsigned long place = (registers_stack(&registers) - 4096) & ~15UL;
    char words[64] = {0};
    (void)snprintf(words, sizeof(words), "%s", path);
    for (size_t at = 0; at < sizeof(words); at += sizeof(long)) {
        long word;
        memcpy(&word, words + at, sizeof(word));
        assert_int_equal(ptrace(PTRACE_POKEDATA, pid, (void *)(place + at), (void *)word), 0);
    }
    for (int i = 0; i < 4; i++)
        call.arguments[i] = call.arguments[i] == 1 ? place : call.arguments[i];
    registers_set(&registers, &call);
    assert_int_equal(ptrace(PTRACE_SETREGSET, pid, general, &part), 0);
    assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
    int64_t end_ms = clock_monotonic_ms() + WAIT_MS;
    pid_t got;
    while ((got = waitpid(pid, &status, __WALL | WNOHANG)) == 0 && clock_monotonic_ms() < end_ms)
        wait_ms(5);
    if (got == 0) {
        (void)kill(pid, SIGKILL);
        fail_msg("it lives on after the call %ld", call.number);
    }
    return status;
}
#endif

#if CAN_INJECT
/* A session for each: those that die one after another are started later and later. */
static void held_try(const char *name, const struct injection *call, const char *path)
{
    session_run("--name", "held", "--rm", "-p", "--", "sh");
    struct client client;
    client_attach(&client, "held", 80, 24);
    client_type(&client, "echo be''fore $$\n");
    client_wait_text(&client, "before 1");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("held", &session);
    pid_t term = process_find_below(session.supervisor, "nstui-term");
    assert_true(term > 0);
    wait_ms(20); /* it waits, having drawn what there was */
    int status = call_inject(term, *call, path);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
        fail_msg("%s: status %#x", name, (unsigned)status);
    client_wait_restarts(&client, 1);
    client_type(&client, "echo a''live\n");
    client_wait_text(&client, "alive");
    assert_true(process_is_alive(session.pid));
    client_type(&client, "exit 3\n");
    assert_int_equal(client_wait_exit(&client), 3);
    client_close(&client);
}
#endif

static void what_its_filter_does_not_list_ends_it_and_another_follows(void **state)
{
    (void)state;
    need_root();
#if CAN_INJECT
    const char *mark = test_path("%s/mark", test_folder());
    const struct {
        const char *name;
        struct injection call;
    } calls[] = {
        {"openat", {SYS_openat, {(unsigned long)AT_FDCWD, 1, O_RDWR | O_CREAT, 0600}}},
        {"clone", {SYS_clone, {SIGCHLD, 0, 0, 0}}},
        {"execve", {SYS_execve, {1, 0, 0, 0}}},
        {"socket", {SYS_socket, {2, 2, 0, 0}}},
        {"connect", {SYS_connect, {GRID_TERM_WAKE, 1, 16, 0}}},
        {"kill", {SYS_kill, {(unsigned long)getpid(), 0, 0, 0}}},
        {"ptrace", {SYS_ptrace, {PTRACE_ATTACH, (unsigned long)getpid(), 0, 0}}},
        {"mmap", {SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS}}},
        {"write", {SYS_write, {GRID_TERM_GRID, 1, 8, 0}}}, /* a descriptor of its own */
        {"read", {SYS_read, {GRID_TERM_WAKE, 1, 8, 0}}},
    };
    for (size_t i = 0; i < array_length(calls); i++)
        held_try(calls[i].name, &calls[i].call, mark);
    assert_false(path_exists(mark));
#else
    skip_because("registers of this machine are not known to the test");
#endif
}

/* ---- a grid that lies -------------------------------------------------------------------- */

static uint32_t noise_state = 12345;
static uint32_t noise(void)
{
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 17;
    noise_state ^= noise_state << 5;
    return noise_state;
}

/* The supervisor's own descriptor of the grid, as nstui-term has it. */
static struct grid_memory *grid_take(pid_t supervisor)
{
    for (int fd = 3; fd < 64; fd++) {
        char path[64], link[64] = "";
        (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)supervisor, fd);
        if (readlink(path, link, sizeof(link) - 1) < 0 ||
            strncmp(link, "/memfd:nstui-grid", 17) != 0)
            continue;
        int grid_fd = open(path, O_RDWR | O_CLOEXEC);
        if (grid_fd < 0)
            continue; /* the readers' */
        void *memory = mmap(NULL, GRID_SIZE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, grid_fd, 0);
        close(grid_fd);
        return memory == MAP_FAILED ? NULL : memory;
    }
    return NULL;
}

/* Sequences that a terminal would obey, in the cells and in the title; and noise in all the rest. */
static void grid_spoil(struct grid_memory *memory, int round)
{
    static const char evil[] = "\033]0;EVIL\007\033[2J\033P$q\233c";
    unsigned char *bytes = (unsigned char *)&memory->state;
    for (size_t at = 0; at < sizeof(memory->state); at++)
        bytes[at] = (unsigned char)noise();
    if (round % 2) { /* numbers that may be believed, so that the cells are looked at */
        memory->state = (struct grid_stored_state){.sequence = 2 * (uint32_t)round,
                                                   .columns = 80,
                                                   .rows = 24,
                                                   .generation = noise(),
                                                   .title_length = sizeof(evil)};
        memcpy(memory->state.title, evil, sizeof(evil));
    }
    for (unsigned line = 0; line < 64; line++) {
        memory->lines[line] = (struct grid_stored_line){.sequence = 2 * (uint32_t)round,
                                                        .columns = round % 3 ? 80 : noise(),
                                                        .number = round % 5 ? line : noise(),
                                                        .generation = noise()};
        for (unsigned column = 0; column < GRID_STRIP_COLUMNS; column++) {
            uint32_t code = (unsigned char)evil[(line + column) % (sizeof(evil) - 1)];
            memory->cells[0][line][column].glyph =
                round % 3 ? code | 1u << GRID_GLYPH_WIDTH_SHIFT : noise();
        }
    }
}

/* What reaches the terminal of who looks at it: nothing that was in the cells as a sequence. */
static bool bytes_are_evil(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (strncmp(bytes + at, "\033]0;EVIL", 9) == 0 || strncmp(bytes + at, "\033P$q", 4) == 0 ||
            strncmp(bytes + at, "\033[2JP", 5) == 0)
            return true;
    }
    return false;
}

static void a_grid_that_lies_sends_nothing_to_the_terminal_of_who_looks(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "liar", "--rm", "-p", "--", "sh", "-c", "echo here; exec cat");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("liar", &session);
    struct grid_memory *memory = grid_take(session.supervisor);
    assert_non_null(memory);
    int master = -1;
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    pid_t pid = forkpty(&master, NULL, NULL, &size);
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)setenv("TERM", "xterm", 1);
        (void)setenv("LANG", "C.UTF-8", 1);
        (void)execl(program_of_ours("nstui"), "nstui", "attach", "liar", NULL);
        _exit(99);
    }
    _cleanup_text_ struct text said = {0};
    char bytes[8192];
    for (int round = 1; round < 150; round++) {
        grid_spoil(memory, round);
        assert_true((write(master, "x", 1)) == 1); /* echoed: the dashboard is woken */
        struct pollfd ready = {.fd = master, .events = POLLIN};
        while (poll(&ready, 1, 8) == 1) {
            ssize_t got = read(master, bytes, sizeof(bytes));
            if (got <= 0)
                break;
            text_add_bytes(&said, bytes, (size_t)got);
        }
    }
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it looks still */
    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(master);
    (void)munmap(memory, GRID_SIZE_BYTES);
    text_add(&said, "");
    assert_true(said.length > 1000);
    assert_non_null(strstr(said.data, "EVI")); /* they were looked at */
    assert_false(bytes_are_evil(said.data, said.length));
    assert_true(process_is_alive(session.supervisor));
    session_kill("liar");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(what_its_filter_does_not_list_ends_it_and_another_follows),
        machine_test(a_grid_that_lies_sends_nothing_to_the_terminal_of_who_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
