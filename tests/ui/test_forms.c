/* Forms where room is short and fingers are fast: every field can be reached, nothing is drawn over
 * another thing, nothing runs unchecked, no key is lost. */
#include "dashboard.h"

#include <string.h>

static void in_the_smallest_terminal_each_field_can_be_reached(void **state)
{
    (void)state;
    struct screen *screen =
        dashboard_start_with(&(struct screen_options){.rows = 12, .columns = 40});
    screen_type(screen, "C");
    screen_wait_text(screen, "> Name", WAIT_MS);
    form_to(screen, "Command");
    screen_wait_text(screen, "> Command", WAIT_MS);
    screen_wait_text(screen, "[ Run ]   ", WAIT_MS);
    form_to(screen, "Name");
    screen_wait_text(screen, "> Name", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);
    screen_quit(screen);
}

static void the_join_dialog_draws_nothing_over_itself(void **state)
{
    need_root();
    (void)state;
    container_start("joinme");
    static const int sizes[][2] = {{20, 60}, {12, 40}};
    for (size_t i = 0; i < 2; i++) {
        struct screen *screen = dashboard_start_with(
            &(struct screen_options){.rows = sizes[i][0], .columns = sizes[i][1]});
        dashboard_view(screen, 4, "Containers");
        screen_wait_text(screen, ">joinme", WAIT_MS);
        screen_type(screen, "J");
        screen_wait_text(screen, "   sudo nstui join joinme", WAIT_MS);
        screen_wait_text(screen, "[ Join ]    [ Cancel ]", WAIT_MS);
        screen_wait_text(screen, "F1Help  F2Join  Esc Leave", WAIT_MS);
        screen_key(screen, SCREEN_ESC);
        screen_wait_gone(screen, "[ Join ]", WAIT_MS);
        screen_quit(screen);
    }
    container_remove("joinme");
}

static void what_is_typed_and_run_at_once_is_checked_first(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "C");
    screen_wait_text(screen, "> Name", WAIT_MS);
    form_to(screen, "Hostname");
    screen_type(screen, "\025a_b\033OQ"); /* Ctrl-U, a name that cannot be, F2 */
    screen_wait_text(screen, "! not run: Hostname: ", WAIT_MS);
    screen_wait_text(screen, "Create a container", WAIT_MS);
    screen_assert(screen, !path_exists("/run/nstui/box-1"));
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);
    screen_quit(screen);
}

static void the_free_room_of_a_field_is_seen(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "C");
    screen_wait_text(screen, "[box-1___________________]", WAIT_MS);
    form_set(screen, "Name", "a-very-long-name-that-needs-more-room");
    screen_wait_text(screen, "needs-more-room_]", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);
    screen_quit(screen);
}

static void a_letter_beyond_ascii_swallows_no_other(void **state)
{
    (void)state;
    static const char *const langs[] = {"C", "C.UTF-8"};
    for (size_t i = 0; i < 2; i++) {
        struct screen *screen = dashboard_start_with(&(struct screen_options){.lang = langs[i]});
        screen_type(screen, "\xc3\xa9?");
        screen_wait_text(screen, "Help: keys in Namespaces", WAIT_MS);
        screen_type(screen, "q");
        screen_wait_gone(screen, "Help: keys", WAIT_MS);
        screen_type(screen, "\xff\xe9?");
        screen_wait_text(screen, "Help: keys in Namespaces", WAIT_MS);
        screen_quit(screen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(in_the_smallest_terminal_each_field_can_be_reached),
        machine_test(the_join_dialog_draws_nothing_over_itself),
        machine_test(what_is_typed_and_run_at_once_is_checked_first),
        machine_test(the_free_room_of_a_field_is_seen),
        machine_test(a_letter_beyond_ascii_swallows_no_other),
    };
    return cmocka_run_group_tests_name("forms", tests, NULL, NULL);
}
