/* The Namespaces view with namespaces that the test makes: seen, born and died while one looks,
 * folded and unfolded, filtered, told apart from the host's. */
#include "dashboard.h"

#include <stdio.h>
#include <string.h>

/* A process in a uts namespace of its own; its inode as text. */
static pid_t start_with_own_uts(char inode[64])
{
    need_root();
    pid_t pid = process_start_words("unshare", "--uts", "sleep", "600");
    process_wait_comm(pid, "sleep");
    char link[64];
    (void)sscanf(process_namespace(pid, "uts", link), "uts:[%63[0-9]", inode);
    return pid;
}

struct row_wanted {
    const char *inode;
    const char *sign; /* what stands in column 1 */
    bool there;
};

/* A number may be used again at once, so there may be a row of a dead one beside it. */
static bool row_is_so(struct screen *screen, void *data)
{
    const struct row_wanted *wanted = data;
    for (int row = screen_find_row(screen, wanted->inode, 2); row != -1;
         row = screen_find_row(screen, wanted->inode, row + 1))
        if (wanted->sign == NULL || strcmp(screen_cell(screen, row, 0).text, wanted->sign) == 0)
            return wanted->there;
    return !wanted->there;
}

struct dead_wait {
    struct screen *screen;
    struct row_wanted wanted;
};

static bool dead_row_is_there(void *data)
{
    struct dead_wait *wait = data;
    return row_is_so(wait->screen, &wait->wanted);
}

static void wait_row(struct screen *screen, const char *inode, const char *sign, bool there)
{
    struct row_wanted wanted = {inode, sign, there};
    screen_wait(screen, row_is_so, &wanted);
}

static void a_namespace_of_its_own_is_seen_with_its_leader(void **state)
{
    char inode[64];
    pid_t pid = start_with_own_uts(inode);
    struct screen *screen = dashboard_start(*state);
    filter_set(screen, inode);
    wait_row(screen, inode, NULL, true);
    const char *row = screen_row(screen, screen_find_row(screen, inode, 2));
    screen_assert(screen, strstr(row, "uts") != NULL);
    screen_assert(screen, strstr(row, "sleep") != NULL);
    screen_assert(screen, strstr(row, test_path(" %d ", (int)pid)) != NULL);
    screen_quit(screen);
}

static void a_birth_is_marked_and_a_death_stays_a_while(void **state)
{
    const struct terminal_case *terminal = *state;
    need_root();
    struct screen_options options = {.rows = 150, .columns = 80}; /* all namespaces have room */
    if (terminal != NULL) {
        options.term = terminal->term;
        options.lang = terminal->lang;
        options.columns = terminal->columns;
    }
    struct screen *screen = dashboard_start_with(&options);
    bool seen = false;
    /* The kernel gives a number away again at once: where another program on this machine takes it
     * before the next look, there is no dead row to see. */
    for (int i = 0; i < 4 && !seen; i++) {
        char inode[64];
        pid_t pid = start_with_own_uts(inode);
        wait_row(screen, inode, "+", true);
        process_end(pid);
        struct dead_wait dead = {screen, {inode, "-", true}};
        seen = wait_until(dead_row_is_there, &dead, WAIT_MS / 2);
        if (seen)
            wait_row(screen, inode, "-", false);
    }
    screen_assert(screen, seen);
    screen_quit(screen);
}

static void a_namespace_unfolds_to_its_members_and_folds_again(void **state)
{
    char inode[64];
    pid_t pid = start_with_own_uts(inode);
    struct screen *screen = dashboard_start(*state);
    filter_set(screen, inode);
    cursor_to(screen, inode);
    int row = cursor_row(screen);
    screen_type(screen, "l");
    screen_wait_text(screen, "pid ", WAIT_MS);
    screen_assert(screen, strstr(screen_row(screen, row), "-uts") != NULL);
    screen_assert(screen, strstr(screen_row(screen, row + 1), test_path("%d", (int)pid)) != NULL);
    screen_type(screen, "h");
    screen_wait_text(screen, "+uts", WAIT_MS);
    screen_quit(screen);
}

static void a_filter_hides_rows_while_it_is_typed_and_escape_shows_all_again(void **state)
{
    char inode[64];
    (void)start_with_own_uts(inode);
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "/");
    screen_wait_text(screen, "Filter:", WAIT_MS);
    screen_type(screen, inode);
    wait_row(screen, inode, NULL, true);
    screen_wait_gone(screen, "ipc ", WAIT_MS); /* no namespace of this type has the number */
    screen_key(screen, SCREEN_ESC);
    screen_wait_text(screen, " rows 1-", WAIT_MS);
    screen_quit(screen);
}

static void a_filter_that_nothing_matches_says_so(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "/");
    screen_wait_text(screen, "Filter:", WAIT_MS);
    screen_type(screen, "nosuchthing");
    screen_wait_gone(screen, "(host)", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_text(screen, "(host)", WAIT_MS);
    screen_quit(screen);
}

static void what_differs_from_the_host_is_bold(void **state)
{
    const struct terminal_case *terminal = *state;
    char inode[64];
    (void)start_with_own_uts(inode);
    struct screen *screen = dashboard_start(terminal);
    filter_set(screen, inode);
    wait_row(screen, inode, NULL, true);
    screen_type(screen, "g"); /* the cursor's row is drawn in its own way */
    int row, column;
    screen_assert(screen, screen_find(screen, inode, &row, &column));
    screen_assert(screen, row == cursor_row(screen) || screen_cell(screen, row, column).bold);
    screen_quit(screen);
}

static void a_refresh_that_changes_nothing_writes_little(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "z"); /* frozen: nothing but the clock may change */
    wait_ms(1000);
    screen_output_forget(screen);
    wait_ms(3000);
    size_t length;
    (void)screen_output(screen, &length);
    screen_assert(screen, length < 1500);
    screen_quit(screen);
}

static void enter_opens_the_detail_and_q_goes_back(void **state)
{
    char inode[64];
    pid_t pid = start_with_own_uts(inode);
    struct screen *screen = dashboard_start(*state);
    filter_set(screen, inode);
    cursor_to(screen, inode);
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, test_path("%d", (int)pid), WAIT_MS);
    screen_wait_text(screen, test_path("uts:[%s]", inode), WAIT_MS);
    screen_type(screen, "q");
    screen_wait_text(screen, "IDENTITY", WAIT_MS);
    screen_quit(screen);
}

int main(void)
{
    static const struct terminal_test tests[] = {
        terminal_test(a_namespace_of_its_own_is_seen_with_its_leader),
        terminal_test(what_differs_from_the_host_is_bold),
    };
    const struct CMUnitTest once[] = {
        machine_test(a_birth_is_marked_and_a_death_stays_a_while),
        machine_test(a_namespace_unfolds_to_its_members_and_folds_again),
        machine_test(a_filter_hides_rows_while_it_is_typed_and_escape_shows_all_again),
        machine_test(a_filter_that_nothing_matches_says_so),
        machine_test(a_refresh_that_changes_nothing_writes_little),
        machine_test(enter_opens_the_detail_and_q_goes_back),
        machine_test_with(a_birth_is_marked_and_a_death_stays_a_while,
                          (void *)(uintptr_t)&terminal_cases[1]),
        machine_test_with(a_birth_is_marked_and_a_death_stays_a_while,
                          (void *)(uintptr_t)&terminal_cases[6]),
    };
    int failed = run_terminal_tests("namespaces", tests, sizeof(tests) / sizeof(tests[0]));
    return failed + cmocka_run_group_tests_name("namespaces, once", once, NULL, NULL);
}
