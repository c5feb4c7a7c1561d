/* dashboard: what the screen tests do all the time: start the dashboard on one of the terminals of
 * a table, go to a view, put the cursor on a row, fill in a form. All of it waits for what the keys
 * did. */
#ifndef NSTUI_TESTS_DASHBOARD_H
#define NSTUI_TESTS_DASHBOARD_H

#include "support.h"

struct terminal_case {
    const char *name; /* "xterm-256color 80x24" */
    const char *term;
    const char *lang; /* as in screen_options */
    int rows, columns;
};

extern const struct terminal_case terminal_cases[];
extern const size_t terminal_case_count;

/* Runs each of the tests on each terminal of the table; the names tell which. For main(). */
struct terminal_test {
    const char *name;
    CMUnitTestFunction function; /* *state is a const struct terminal_case * */
};
#define terminal_test(test)                                                                        \
    {                                                                                              \
#test, test                                                                                \
    }
int run_terminal_tests(const char *group, const struct terminal_test *tests, size_t count);

/* Starts the dashboard and waits until its first complete screen is there (a list with the host's
 * namespaces). The case may be null: xterm-256color, 80x24. */
struct screen *dashboard_start(const struct terminal_case *terminal);
struct screen *dashboard_start_with(const struct screen_options *options);

/* Types the digit and waits until the tab of that name is the open one: [4Containers], and
 * [4 Containers] where the screen is wide. */
void dashboard_view(struct screen *screen, int digit, const char *name);
bool dashboard_view_is(struct screen *screen, int digit, const char *name);

/* The row with `>` in its first column, -1 where there is none. */
int cursor_row(struct screen *screen);

/* Moves the cursor with j from the first row on until its row has the text; the test fails where no
 * row has it. */
void cursor_to(struct screen *screen, const char *text);

/* Types a filter with /, keeps it with Enter. */
void filter_set(struct screen *screen, const char *text);

/* Moves to the field of a form that begins with the label (the cursor `>` is drawn before it). */
void form_to(struct screen *screen, const char *label);

/* Moves to a field, empties it, and types. */
void form_set(struct screen *screen, const char *label, const char *text);

/* A session's init (or command) as the host numbers it, by `nstui ps -J`; 0: not there. */
pid_t session_pid(const char *name);

/* A container with a shell, made by the command line: new pid, mnt, uts and a root in a folder of
 * the test, hostname NAME-host, init, /bin/bash, detached. Returns its root. */
const char *container_start(const char *name);
/* Stops and removes it; asserts both worked. */
void container_remove(const char *name);

#endif
