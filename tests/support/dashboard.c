/* dashboard: see dashboard.h. Knows the look of the screens (rule: `>` marks the cursor, [ ] the
 * open view) and nothing of how they are made. */
#include "dashboard.h"

#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 400

const struct terminal_case terminal_cases[] = {
    {"xterm-256color 80x24", "xterm-256color", "C.UTF-8", 24, 80},
    {"xterm-256color 160x50", "xterm-256color", "C.UTF-8", 50, 160},
    {"screen 80x24", "screen", "C.UTF-8", 24, 80},
    {"screen 160x50", "screen", "C.UTF-8", 50, 160},
    {"linux 80x24", "linux", "C.UTF-8", 24, 80},
    {"linux 160x50", "linux", "C.UTF-8", 50, 160},
    {"vt100 80x24, no UTF-8", "vt100", "", 24, 80},
    {"vt100 160x50, no UTF-8", "vt100", "", 50, 160},
};
const size_t terminal_case_count = sizeof(terminal_cases) / sizeof(terminal_cases[0]);

int run_terminal_tests(const char *group, const struct terminal_test *tests, size_t count)
{
    struct CMUnitTest *all = calloc(count * terminal_case_count, sizeof(*all));
    char(*names)[128] = calloc(count * terminal_case_count, sizeof(*names));
    if (all == NULL || names == NULL)
        abort();
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < terminal_case_count; j++) {
            (void)snprintf(names[total], sizeof(names[total]), "%s [%s]", tests[i].name,
                           terminal_cases[j].name);
            all[total] =
                (struct CMUnitTest){.name = names[total],
                                    .test_func = tests[i].function,
                                    .setup_func = machine_setup,
                                    .teardown_func = machine_teardown,
                                    .initial_state = (void *)(uintptr_t)&terminal_cases[j]};
            total++;
        }
    int failed = _cmocka_run_group_tests(group, all, total, NULL, NULL);
    free(all);
    free(names);
    return failed;
}

/* ---- starting ---------------------------------------------------------------------------- */

static bool first_screen(struct screen *screen, void *data)
{
    (void)data;
    return screen_find_row(screen, "(host)", 0) != -1 && /* the rule comes last */
           screen_find_row(screen, " rows 1-", 0) != -1;
}

struct screen *dashboard_start_with(const struct screen_options *options)
{
    struct screen *screen = screen_start(options);
    screen_wait(screen, first_screen, NULL);
    return screen;
}

struct screen *dashboard_start(const struct terminal_case *terminal)
{
    struct screen_options options = {0};
    if (terminal != NULL)
        options = (struct screen_options){.rows = terminal->rows,
                                          .columns = terminal->columns,
                                          .term = terminal->term,
                                          .lang = terminal->lang};
    return dashboard_start_with(&options);
}

/* ---- views ------------------------------------------------------------------------------- */

struct tab {
    int digit;
    const char *name;
};

static bool tab_is_open(struct screen *screen, void *data)
{
    const struct tab *tab = data;
    char narrow[64], wide[64];
    (void)snprintf(narrow, sizeof(narrow), "[%d%s]", tab->digit, tab->name);
    (void)snprintf(wide, sizeof(wide), "[%d %s]", tab->digit, tab->name);
    const char *tabs = screen_row(screen, 1);
    return strstr(tabs, narrow) != NULL || strstr(tabs, wide) != NULL;
}

bool dashboard_view_is(struct screen *screen, int digit, const char *name)
{
    struct tab tab = {digit, name};
    return tab_is_open(screen, &tab);
}

void dashboard_view(struct screen *screen, int digit, const char *name)
{
    struct tab tab = {digit, name};
    char key[2] = {(char)('0' + digit), '\0'};
    screen_type(screen, key);
    screen_wait(screen, tab_is_open, &tab);
}

/* ---- the cursor of a list ------------------------------------------------------------------ */

int cursor_row(struct screen *screen)
{
    for (int row = 2; row < screen_rows(screen) - 1; row++)
        if (strcmp(screen_cell(screen, row, 0).text, ">") == 0)
            return row;
    return -1;
}

struct step {
    int row;
    char text[2048];
};

static void step_take(struct screen *screen, struct step *step)
{
    step->row = cursor_row(screen);
    (void)snprintf(step->text, sizeof(step->text), "%s",
                   step->row != -1 ? screen_row(screen, step->row) : "");
}

struct step_wait {
    struct screen *screen;
    struct step before;
};

static bool has_stepped(void *data)
{
    struct step_wait *wait = data;
    struct step now;
    step_take(wait->screen, &now);
    return now.row != -1 &&
           (now.row != wait->before.row || strcmp(now.text, wait->before.text) != 0);
}

static bool cursor_has(struct screen *screen, const char *text)
{
    int row = cursor_row(screen);
    return row != -1 && strstr(screen_row(screen, row), text) != NULL;
}

/* Presses a key and waits until the cursor stands elsewhere; false at the end of the list. */
static bool step_with(struct screen *screen, const char *key)
{
    struct step_wait wait = {.screen = screen};
    screen_settle(screen);
    step_take(screen, &wait.before);
    screen_type(screen, key);
    return wait_until(has_stepped, &wait, 1500);
}

void cursor_to(struct screen *screen, const char *text)
{
    for (int round = 0; round < 3; round++) { /* a list may be filled only at the next refresh */
        screen_settle(screen);
        if (cursor_has(screen, text))
            return;
        (void)step_with(screen, "g");
        for (int i = 0; i < STEPS_MAX; i++) {
            screen_settle(screen);
            if (cursor_has(screen, text))
                return;
            if (!step_with(screen, "j"))
                break;
        }
        wait_ms(1000);
    }
    screen_dump(screen);
    fail_msg("no row of the list has: %s", text);
}

void filter_set(struct screen *screen, const char *text)
{
    screen_type(screen, "/");
    screen_wait_text(screen, "Filter:", WAIT_MS);
    screen_type(screen, text);
    screen_wait_text(screen, text, WAIT_MS);
    screen_key(screen, SCREEN_ENTER);
    screen_wait_gone(screen, "Filter: ", WAIT_MS);
}

/* ---- forms ------------------------------------------------------------------------------- */

/* `>` before the label, as in "> Name" and ">[ Join ]", in a page or in a box over one. */
static bool on_field(struct screen *screen, const char *label)
{
    for (int row = 2; row < screen_rows(screen); row++)
        for (const char *at = screen_row(screen, row); (at = strchr(at, '>')) != NULL;) {
            at++;
            if (strncmp(at + strspn(at, " "), label, strlen(label)) == 0)
                return true;
        }
    return false;
}

/* Where the marks `>` stand and the label behind each, as one number: it changes when the cursor moves,
 * also in a form that scrolls below it, and with nothing else. */
static uint64_t marks(struct screen *screen)
{
    uint64_t sum = 1469598103934665603u;
    for (int row = 2; row < screen_rows(screen); row++)
        for (int column = 0; column < screen_columns(screen); column++) {
            if (strcmp(screen_cell(screen, row, column).text, ">") != 0)
                continue;
            sum = (sum ^ (uint64_t)(row * 1000 + column)) * 1099511628211u;
            for (int at = column + 1; at < column + 10 && at < screen_columns(screen); at++)
                sum = (sum ^ (uint64_t)screen_cell(screen, row, at).text[0]) * 1099511628211u;
        }
    return sum;
}

struct marks_wait {
    struct screen *screen;
    uint64_t before;
};

static bool marks_have_moved(void *data)
{
    struct marks_wait *wait = data;
    return marks(wait->screen) != wait->before;
}

void form_to(struct screen *screen, const char *label)
{
    for (int i = 0; i < 80; i++) {
        screen_settle(screen);
        if (on_field(screen, label))
            return;
        struct marks_wait wait = {screen, marks(screen)};
        screen_type(screen, "\t");
        (void)wait_until(marks_have_moved, &wait, 5000);
    }
    screen_dump(screen);
    fail_msg("the form has no field: %s", label);
}

void form_set(struct screen *screen, const char *label, const char *text)
{
    size_t length = strlen(text);
    form_to(screen, label);
    screen_type(screen, "\025"); /* Ctrl-U */
    screen_type(screen, text);
    /* A field shows the end of what is too long for it. */
    screen_wait_text(screen, length > 14 ? text + length - 14 : text, WAIT_MS);
}

/* ---- sessions ---------------------------------------------------------------------------- */

pid_t session_pid(const char *name)
{
    _cleanup_result_ struct result result = {0};
    (void)run_words(&result, "nstui", "ps");
    char *rest = NULL;
    for (char *line = strtok_r(result.out, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char first[256];
        if (sscanf(line, "%255s", first) != 1 || strcmp(first, name) != 0)
            continue;
        for (const char *word = line; *word != '\0';
             word++) /* the first number that is a process */
            if (word[0] == ' ' && word[1] >= '0' && word[1] <= '9' &&
                process_is_alive((pid_t)atoi(word + 1)))
                return (pid_t)atoi(word + 1);
    }
    return 0;
}

const char *container_start(const char *name)
{
    const char *root = test_path("%s/root", test_folder());
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "-mpu", "--name", name, "--hostname",
               test_path("%s-host", name), "--root", root, "--init", "--", "/bin/bash");
    return root;
}

void container_remove(const char *name)
{
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "stop", "-t", "5", name);
    run_expect(0, &result, "nstui", "rm", name);
}
