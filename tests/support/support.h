/* support: what the authors of tests lean on: programs run and reaped, waiting without sleeping
 * blindly, folders, a machine that is looked at before and after, and a screen that types and
 * reads.
 *
 * A test that touches the machine is listed as machine_test(name): whatever it opened here is
 * closed afterwards, also where it failed, and a process, mount or state folder that is left fails
 * it. All waits have a limit. Nothing here may be fed bytes that a hostile program wrote: the judge
 * of screens is libvterm 0.1.4.
 */
#ifndef NSTUI_TESTS_SUPPORT_H
#define NSTUI_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

/* Long enough for a slow machine that does other things too; a test that works never waits so long.
 */
#define WAIT_MS 20000

/* ---- programs that end ------------------------------------------------------------------- */

/* What a program said and how it ended. Start with {0}; result_free(). */
struct result {
    char *out; /* its stdout, a 0 byte follows */
    size_t out_length;
    char *error; /* its stderr, a 0 byte follows */
    size_t error_length;
    int status;     /* exit status, or 128 + N where signal N killed it */
    bool timed_out; /* it was killed by us */
    bool held_open; /* something that outlives it keeps its stdout or stderr */
};

struct run_options {
    const char *const *argv; /* NULL-ended; a word without slash that begins with "nstui" is ours */
    const void *input;       /* its stdin; NULL: empty */
    size_t input_length;
    int timeout_ms; /* 0: WAIT_MS */
    const char *const
        *env;        /* NULL-ended "NAME=value" added to ours, "NAME" takes away; may be NULL */
    const char *cwd; /* NULL: ours */
    uid_t uid;       /* not 0: runs as this uid and gid without groups and capabilities */
};

/* Runs a program in a process group of its own, gives it the input, collects what it says, and
 * reaps it. At the timeout the group is killed with SIGKILL (status 137, timed_out). Fails the test
 * where it cannot be started at all. Returns result->status. */
int run_program(const char *const argv[], const void *input, size_t input_length, int timeout_ms,
                struct result *result);
int run_program_with(const struct run_options *options, struct result *result);

/* The same with the words as arguments and no input: run_words(&result, "nstui", "ls"). */
#define run_words(result, ...)                                                                     \
    run_program((const char *const[]){__VA_ARGS__, NULL}, NULL, 0, WAIT_MS, (result))

/* Runs it, fails the test unless it ends with the status, printing what it said. */
#define run_expect(wanted, result, ...)                                                            \
    run_expect_at((wanted), (const char *const[]){__VA_ARGS__, NULL}, (result), __FILE__, __LINE__)
void run_expect_at(int wanted, const char *const argv[], struct result *result, const char *file,
                   int line);

void result_free(struct result *result);
#define _cleanup_result_ __attribute__((cleanup(result_free)))

/* The path of a program of ours in the build folder: program_of_ours("nstui-term"). */
const char *program_of_ours(const char *name);

/* True where a program is on the PATH. */
bool program_is_there(const char *name);

/* ---- programs in the background ---------------------------------------------------------- */

/* Starts a program with stdin, stdout and stderr on /dev/null, in a process group of its own. It is
 * killed at the end of the test. process_end() kills the group with SIGKILL and reaps earlier. */
pid_t process_start(const char *const argv[]);
#define process_start_words(...) process_start((const char *const[]){__VA_ARGS__, NULL})
void process_end(pid_t pid);

/* Waits until a process has executed another program than the test itself, so that its namespaces
 * are those that were asked for: the name in /proc/PID/comm is this one. Fails the test else. */
void process_wait_comm(pid_t pid, const char *comm);

/* The first child, grandchild .. of a process whose /proc/PID/comm begins so; 0 where there is
 * none. With parent 0: of the test itself (who is parent of all orphans that it made). */
pid_t process_find_below(pid_t parent, const char *comm);

/* Reads a link as /proc/PID/ns/uts: "uts:[4026531838]". Returns text, "" where it cannot. */
char *process_namespace(pid_t pid, const char *type, char text[64]);

/* True where the process is there and is no zombie. */
bool process_is_alive(pid_t pid);

/* ---- waiting ----------------------------------------------------------------------------- */

/* Calls condition(data) until it is true or the time is over; meanwhile all open screens are read.
 * Returns whether it became true. */
bool wait_until(bool (*condition)(void *data), void *data, int timeout_ms);

/* Lets time pass for something that must not happen: screens are read meanwhile. Only where there
 * is nothing that one could wait for. */
void wait_ms(int ms);

/* Skips the test, saying why in a way that the counting of tests/run shows. Does not return. */
void skip_because(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- files and mounts -------------------------------------------------------------------- */

/* A new empty folder below /tmp that goes away with the test; nothing is removed while something is
 * mounted below it (that fails the test). The string lives as long as the test. */
const char *test_folder(void);

/* A formatted path; the string lives as long as the test. */
const char *test_path(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes and reads a small file whole; they fail the test where that does not work. The content
 * read lives as long as the test. */
void file_put(const char *path, const char *content);
const char *file_get(const char *path);

bool path_exists(const char *path);

/* How many mounts of our mount namespace lie at or below a path. */
int mount_count(const char *prefix);

/* ---- the machine before and after -------------------------------------------------------- */

/* The mounts of our namespace, the processes that descend from the test (orphans come to it), and
 * the names below /run/nstui and /var/lib/nstui. */
struct machine;
struct machine *machine_look(void);
void machine_free(struct machine *machine);

/* Waits a while until nothing is there that was not before, then prints what is. True: as before.
 */
bool machine_is_as_before(const struct machine *before);
#define assert_machine_as_before(before) assert_true(machine_is_as_before(before))

/* Setup and teardown of a test that touches the machine. */
int machine_setup(void **state);
int machine_teardown(void **state);
#define machine_test(test) cmocka_unit_test_setup_teardown(test, machine_setup, machine_teardown)
#define machine_test_with(test, data)                                                              \
    cmocka_unit_test_prestate_setup_teardown(test, machine_setup, machine_teardown, data)

/* Skips where the test does not run as root. */
void need_root(void);

/* ---- screens ----------------------------------------------------------------------------- */

enum screen_key {
    SCREEN_UP,
    SCREEN_DOWN,
    SCREEN_LEFT,
    SCREEN_RIGHT,
    SCREEN_HOME,
    SCREEN_END,
    SCREEN_PAGE_UP,
    SCREEN_PAGE_DOWN,
    SCREEN_DELETE,
    SCREEN_SHIFT_TAB,
    SCREEN_F1,
    SCREEN_F2,
    SCREEN_F3,
    SCREEN_F4,
    SCREEN_F5,
    SCREEN_F6,
    SCREEN_F7,
    SCREEN_F8,
    SCREEN_F9,
    SCREEN_F10,
    SCREEN_TAB,
    SCREEN_ENTER,
    SCREEN_ESC,
    SCREEN_BACKSPACE,
    SCREEN_KEYS,
};

struct screen_options {
    const char *const *argv; /* as in run_options; NULL: the dashboard */
    int rows, columns;       /* 0: 24, 80 */
    const char *term;        /* NULL: xterm-256color */
    const char *lang;        /* NULL: C.UTF-8; "": none at all */
    const char *const *env;  /* as in run_options; starts from PATH, HOME, TERM and LANG only */
    const char *cwd;
    uid_t uid;
};

/* A program on a pty, and what it drew, as libvterm sees it. */
struct screen;

/* Starts it. The test fails where that does not work. The screen is ended with the test where the
 * test does not do it. */
struct screen *screen_start(const struct screen_options *options);
pid_t screen_pid(const struct screen *screen);

/* Types bytes as they are, or a key as a terminal of that TERM sends it (terminfo, application
 * mode; the test fails where this TERM has no such key: screen_has_key). */
void screen_type(struct screen *screen, const char *bytes);
void screen_key(struct screen *screen, enum screen_key key);
bool screen_has_key(const struct screen *screen, enum screen_key key);

/* Waits until a text is somewhere in a row of the screen, or nowhere any more. On failure the test
 * fails with the whole screen printed. */
#define screen_wait_text(screen, text, timeout_ms)                                                 \
    screen_wait_text_at((screen), (text), (timeout_ms), true, __FILE__, __LINE__)
#define screen_wait_gone(screen, text, timeout_ms)                                                 \
    screen_wait_text_at((screen), (text), (timeout_ms), false, __FILE__, __LINE__)
void screen_wait_text_at(struct screen *screen, const char *text, int timeout_ms, bool there,
                         const char *file, int line);

/* Waits until a condition on the screen is true. */
#define screen_wait(screen, condition, data)                                                       \
    screen_wait_at((screen), (condition), (data), #condition, __FILE__, __LINE__)
void screen_wait_at(struct screen *screen, bool (*condition)(struct screen *screen, void *data),
                    void *data, const char *name, const char *file, int line);

/* Waits until the program has written nothing for a moment, so that a frame is there as a whole. */
void screen_settle(struct screen *screen);

/* Fails the test with the screen printed unless a thing is true of it. */
#define screen_assert(screen, what) screen_assert_at((screen), (what), #what, __FILE__, __LINE__)
void screen_assert_at(struct screen *screen, bool truth, const char *what, const char *file,
                      int line);

/* Row n from 0 as UTF-8, blanks at its end cut off; valid until it is asked for again. */
const char *screen_row(struct screen *screen, int row);

/* Where a text stands (first row, first column in cells). Returns false where it does not. */
bool screen_find(struct screen *screen, const char *text, int *row, int *column);

/* The number of the first row at or after `from` that has the text, -1 where there is none. */
int screen_find_row(struct screen *screen, const char *text, int from);

int screen_rows(const struct screen *screen);
int screen_columns(const struct screen *screen);

#define SCREEN_DEFAULT_COLOR (-1)

struct screen_cell {
    char text[32]; /* UTF-8; " " for a blank */
    int width;
    bool bold, reverse, underline, italic, blink; /* faint is not known to libvterm */
    int foreground, background;                   /* 0..255, or 0x1000000 | rgb, or the default */
};
struct screen_cell screen_cell(struct screen *screen, int row, int column);

/* The cursor of the terminal; any pointer may be null. */
void screen_cursor(struct screen *screen, int *row, int *column, bool *visible);

/* Gives the terminal another size, as a window manager does (SIGWINCH). */
void screen_resize(struct screen *screen, int rows, int columns);

/* Reads what there is to read now, without waiting. */
void screen_pump(struct screen *screen);

/* All bytes that the program wrote since the start or the last screen_output_forget(). */
const char *screen_output(struct screen *screen, size_t *length);
void screen_output_forget(struct screen *screen);

/* Prints the screen with a frame to stderr. */
void screen_dump(struct screen *screen);

/* Waits for the end of the program; the test fails where it does not end. Returns its exit status
 * or 128 + N; stays valid. */
#define screen_wait_end(screen) screen_wait_end_at((screen), __FILE__, __LINE__)
int screen_wait_end_at(struct screen *screen, const char *file, int line);

/* The program has ended and left the terminal as it was: the modes of the pty, main screen, cursor
 * visible, no mouse. The test fails else. */
#define screen_assert_restored(screen) screen_assert_restored_at((screen), __FILE__, __LINE__)
void screen_assert_restored_at(struct screen *screen, const char *file, int line);

/* Leaves the dashboard by Q, asserts the status 0 and a restored terminal, frees the screen. */
#define screen_quit(screen) screen_quit_at((screen), __FILE__, __LINE__)
void screen_quit_at(struct screen *screen, const char *file, int line);

/* Ends the program (SIGTERM where it still runs), asserts a restored terminal, frees the screen. */
#define screen_end(screen) screen_end_at((screen), __FILE__, __LINE__)
void screen_end_at(struct screen *screen, const char *file, int line);

/* Takes the terminal away, as a dropped line does (SIGHUP), waits for the end, frees the screen. */
#define screen_hang_up(screen) screen_hang_up_at((screen), __FILE__, __LINE__)
void screen_hang_up_at(struct screen *screen, const char *file, int line);

#endif
