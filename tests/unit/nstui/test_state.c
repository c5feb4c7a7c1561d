/* state: names, JSON there and back, folders that are claimed, listed and cleaned. As root the roots
 * are /run/nstui and /var/lib/nstui, which are empty and private to the test. */
#include "nstui/control.h"
#include "nstui/state.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support.h"

#define RUN  "/run/nstui"
#define KEPT "/var/lib/nstui"

static void only_names_that_are_safe_everywhere_are_names(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "box-1", "A.b_c-d", "1a", "lab8-join-1"};
    static const char *const bad[] = {"",        ".",        "..",   "-d",    "_x",     ".x",
                                      "7",       "123",      "a/b",  "../x",  "a b",    "a\nb",
                                      "a\033",   "\xc3\xa9", "a;ls", "a\xff", "/run/x", "~",
                                      "box-1\n", "a*",       "a'",   "$x",    "a\\nb"};
    char longest[SESSION_NAME_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    longest[SESSION_NAME_MAX + 1] = '\0';
    for (size_t i = 0; i < array_length(good); i++)
        assert_int_equal(session_name_check(good[i], NULL), 0);
    for (size_t i = 0; i < array_length(bad); i++) {
        struct err err = {0};
        if (session_name_check(bad[i], &err) == 0)
            fail_msg("taken for a name: %s", bad[i]);
        assert_null(strpbrk(err.text, "\n\033"));
    }
    assert_int_equal(session_name_check(longest, NULL), -1);
    longest[SESSION_NAME_MAX] = '\0';
    assert_int_equal(session_name_check(longest, NULL), 0);
}

static void a_stem_is_a_name_whatever_was_joined(void **state)
{
    (void)state;
    static const struct {
        enum session_kind kind;
        const char *target;
        const char *stem;
    } rows[] = {
        {SESSION_CONTAINER, NULL, "box"},
        {SESSION_SHELL, NULL, "shell"},
        {SESSION_JOIN, "lab8", "lab8-join"},
        {SESSION_JOIN, "1234", "1234-join"},
        {SESSION_JOIN, "/proc/7/ns/net", "proc-7-ns-net-join"},
        {SESSION_JOIN, "net:[4026532609]", "net-4026532609-join"},
        {SESSION_JOIN, "/../..", "join"},
        {SESSION_JOIN, "\033[2J", "2J-join"},
        {SESSION_JOIN, NULL, "join"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        char stem[SESSION_NAME_MAX + 1];
        session_name_stem(rows[i].kind, rows[i].target, stem);
        assert_string_equal(stem, rows[i].stem);
        assert_int_equal(session_name_check(stem, NULL), 0);
    }
    char longer[500], stem[SESSION_NAME_MAX + 1];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    session_name_stem(SESSION_JOIN, longer, stem);
    assert_true(strlen(stem) <= SESSION_NAME_MAX - 8);
}

/* ---- JSON ------------------------------------------------------------------------------ */

static void example_fill(struct session_state *session)
{
    session_state_init(session);
    (void)snprintf(session->name, sizeof(session->name), "box-1");
    session->kind = SESSION_JOIN;
    session->condition = SESSION_RUNNING;
    session->owner = 1000;
    session->detached = session->terminal = true;
    session->supervisor = 100;
    session->pid = 101;
    session->pid_start = 123456789;
    session->pid_ns_inode = 4026532999;
    session->created_s = 1700000000;
    session->own = NS_BIT(NS_MNT) | NS_BIT(NS_TIME);
    free(session->root);
    session->root = xstrdup("/tmp/a \"b\"\\c");
    strings_add(&session->command, "sh");
    strings_add(&session->command, "-c");
    strings_add(&session->command, "echo \"hi\"; exit");
}

static void a_state_comes_back_as_it_was(void **state)
{
    (void)state;
    _cleanup_session_state_ struct session_state one = {0}, other = {0};
    example_fill(&one);
    _cleanup_free_ char *text = session_state_format(&one);
    struct err err = {0};
    if (session_state_parse(text, &other, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(other.name, "box-1");
    assert_int_equal(other.kind, SESSION_JOIN);
    assert_int_equal(other.owner, 1000);
    assert_true(other.detached && other.terminal && !other.init && !other.remove);
    assert_int_equal(other.pid_start, one.pid_start);
    assert_int_equal(other.pid_ns_inode, one.pid_ns_inode);
    assert_int_equal(other.own, one.own);
    assert_string_equal(other.root, one.root);
    assert_int_equal(other.command.count, 3);
    assert_string_equal(other.command.items[2], one.command.items[2]);
    assert_int_equal(other.exit_status, SESSION_STATUS_NONE);
    one.exit_status = 0;
    _cleanup_free_ char *ended = session_state_format(&one);
    session_state_free(&other);
    assert_int_equal(session_state_parse(ended, &other, &err), 0);
    assert_int_equal(other.exit_status, 0);
}

static void a_command_of_any_bytes_and_length_is_written_printable_and_bounded(void **state)
{
    (void)state;
    _cleanup_session_state_ struct session_state one = {0}, other = {0};
    example_fill(&one);
    char longer[5000];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    strings_add(&one.command, "\033[2J\xff\n");
    for (int i = 0; i < 100; i++)
        strings_add(&one.command, longer);
    _cleanup_free_ char *text = session_state_format(&one);
    assert_true(strlen(text) < CONTROL_MESSAGE_MAX / 2);
    assert_int_equal(session_state_parse(text, &other, NULL), 0);
    assert_string_equal(other.command.items[3], "?[2J??");
    assert_string_equal(other.command.items[other.command.count - 1], "...");
}

/* The example's text with one thing exchanged. */
static char *exchanged(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void a_state_that_is_none_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
    } rows[] = {
        {"\"version\": 1", "\"version\": 2"},
        {"\"version\": 1", "\"version\": 0"},
        {"\"version\": 1", "\"vision\": 1"},
        {"\"box-1\"", "\"../box\""},
        {"\"box-1\"", "17"},
        {"\"join\"", "\"jail\""},
        {"\"running\"", "\"walking\""},
        {"\"pid\": 101", "\"pid\": -1"},
        {"\"pid\": 101", "\"pid\": 4294967397"},
        {"\"pid\": 101", "\"pid\": \"101\""},
        {"\"terminal\": true", "\"terminal\": 1"},
        {"\"command\": [", "\"command\": [ 7,"},
        {"\"own\": [", "\"owned\": ["},
        {" }", ""},
        {"{ ", "{ { "},
    };
    _cleanup_session_state_ struct session_state one = {0};
    example_fill(&one);
    _cleanup_free_ char *text = session_state_format(&one);
    for (size_t i = 0; i < array_length(rows); i++) {
        _cleanup_free_ char *wrong = exchanged(text, rows[i].from, rows[i].to);
        struct session_state other;
        struct err err = {0};
        if (session_state_parse(wrong, &other, &err) == 0)
            fail_msg("taken for a state: %s", wrong);
        assert_true(strncmp(err.text, "cannot read a session's state: ", 31) == 0);
        assert_null(other.root);
    }
    static const char *const none[] = {"", "null", "[]", "{}", "x"};
    for (size_t i = 0; i < array_length(none); i++) {
        struct session_state other;
        assert_int_equal(session_state_parse(none[i], &other, NULL), -1);
    }
    _cleanup_free_ char *newer = exchanged(text, "\"own\": [", "\"new\": {}, \"own\": [ \"vdso\",");
    struct session_state other;
    assert_int_equal(session_state_parse(newer, &other, NULL), 0);
    assert_int_equal(other.own, one.own);
    session_state_free(&other);
}

/* ---- folders --------------------------------------------------------------------------- */

static void place_fill(const struct session_place *place)
{
    _cleanup_session_state_ struct session_state session = {0};
    example_fill(&session);
    (void)snprintf(session.name, sizeof(session.name), "%s", place->name);
    session.pid = 0;
    session.owner = geteuid();
    assert_int_equal(state_write(place, &session, NULL), 0);
}

static void a_claimed_place_is_listed_as_running_and_taken(void **state)
{
    (void)state;
    need_root();
    struct session_place place, second;
    struct err err = {0};
    assert_int_equal(state_claim("box-1", "box", true, &place, &err), 0);
    place_fill(&place);
    struct stat status;
    assert_int_equal(stat(RUN "/box-1", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(stat(RUN "/box-1/state.json", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(state_claim("box-1", "box", false, &second, &err), -1);
    assert_int_equal(err.errnum, EEXIST);
    assert_int_equal(state_claim(NULL, "box", false, &second, &err), 0);
    assert_string_equal(second.name, "box-2");
    _cleanup_session_list_ struct session_list list = {0};
    assert_int_equal(state_list(&list, &err), 0);
    assert_int_equal(list.count, 1); /* the second has not yet said what it is */
    assert_int_equal(list.items[0].condition, SESSION_RUNNING);
    assert_int_equal(state_remove("box-1", &err), -1);
    assert_int_equal(err.errnum, EBUSY);
    state_release(&second, true);
    state_release(&place, true);
    assert_false(path_exists(RUN "/box-1"));
    assert_false(path_exists(KEPT "/box-1"));
}

static void what_is_kept_is_listed_as_exited_until_it_is_removed(void **state)
{
    (void)state;
    need_root();
    struct session_place place;
    struct err err = {0};
    assert_int_equal(state_claim("kept", "box", true, &place, &err), 0);
    place_fill(&place);
    state_release(&place, false);
    _cleanup_session_list_ struct session_list list = {0};
    assert_int_equal(state_list(&list, &err), 0);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].condition, SESSION_EXITED);
    assert_int_equal(list.items[0].supervisor, 0);
    assert_int_equal(state_claim("kept", "box", true, &place, &err), -1);
    assert_int_equal(err.errnum, EEXIST);
    assert_int_equal(control_connect("kept", &err), -1);
    assert_int_equal(err.errnum, ENOENT);
    assert_int_equal(state_remove("kept", &err), 0);
    assert_int_equal(state_remove("kept", &err), -1);
    assert_int_equal(err.errnum, ENOENT);
    assert_false(path_exists(KEPT "/kept"));
}

static void what_is_kept_is_claimed_again_once(void **state)
{
    (void)state;
    need_root();
    struct session_place place, second;
    struct err err = {0};
    assert_int_equal(state_claim_again("again", &place, &err), -1);
    assert_int_equal(err.errnum, ENOENT);
    assert_int_equal(state_claim("again", "box", true, &place, &err), 0);
    place_fill(&place);
    assert_int_equal(state_claim_again("again", &second, &err), -1); /* it runs */
    assert_int_equal(err.errnum, EBUSY);
    state_release(&place, false);
    assert_int_equal(state_claim_again("again", &place, &err), 0);
    assert_true(place.keep_fd >= 0);
    assert_int_equal(state_claim_again("again", &second, &err), -1);
    assert_int_equal(err.errnum, EBUSY);
    state_release(&place, true);
    assert_false(path_exists(KEPT "/again"));
}

static void what_a_session_is_made_from_comes_back_byte_by_byte(void **state)
{
    (void)state;
    need_root();
    struct session_place place;
    struct err err = {0};
    size_t length = 0;
    char run[] = "run", odd[] = "\377\n\033[ ", empty[] = "";
    char *const words[] = {run, odd, empty, NULL};
    assert_int_equal(state_claim("made", "box", true, &place, &err), 0);
    for (int json = 0; json < 2; json++) {
        _cleanup_free_ char *text = NULL, *directory = NULL;
        _cleanup_strings_ struct strings back = {0};
        assert_int_equal(state_read_spec("made", &text, &length, &back, &directory, &err),
                         json ? 0 : -1);
        assert_int_equal(json ? 0 : ENOENT, json ? 0 : err.errnum);
        if (json) {
            assert_null(text);
            assert_int_equal(back.count, 3);
            for (size_t i = 0; i < 3; i++)
                assert_string_equal(back.items[i], words[i]);
            assert_int_equal(directory[0], '/');
        }
        assert_int_equal(state_keep_spec(&place, json ? "{\"x\": 1}" : NULL, words, &err), 0);
    }
    _cleanup_free_ char *text = NULL, *directory = NULL;
    _cleanup_strings_ struct strings back = {0};
    assert_int_equal(state_read_spec("made", &text, &length, &back, &directory, &err), 0);
    assert_string_equal(text, "{\"x\": 1}"); /* where both are there it counts */
    assert_int_equal(back.count, 0);
    assert_int_equal(unlink(KEPT "/made/config.json"), 0);
    static const char *const damaged[] = {"", "/", "x", "/ run"};
    for (size_t i = 0; i < array_length(damaged); i++) {
        free(text);
        free(directory);
        file_put(KEPT "/made/words", damaged[i]);
        assert_int_equal(state_read_spec("made", &text, &length, &back, &directory, &err), -1);
    }
    state_release(&place, true);
}

/* It was to start again, and its supervisor was killed before it had a word of its own. */
static void a_kept_state_stands_in_for_one_that_is_missing(void **state)
{
    (void)state;
    need_root();
    struct session_place place;
    struct err err = {0};
    _cleanup_session_state_ struct session_state session = {0};
    _cleanup_strings_ struct strings skip = {0};
    assert_int_equal(state_claim("torn", "box", true, &place, &err), 0);
    place_fill(&place);
    assert_int_equal(unlink(RUN "/torn/state.json"), 0);
    state_close(&place);
    assert_int_equal(state_claim_lost(&place, &session, &skip, &err), 1);
    assert_string_equal(session.name, "torn");
    assert_false(session.remove);
    state_release(&place, true);
}

static void the_lock_dies_with_its_holder_and_the_next_gets_the_place(void **state)
{
    (void)state;
    need_root();
    int ready[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct session_place place;
        if (state_claim("lost", "box", false, &place, NULL) == 0) {
            place_fill(&place);
            (void)!write(ready[1], "x", 1);
        }
        for (;;)
            (void)pause();
    }
    char byte;
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    struct session_place place;
    _cleanup_session_state_ struct session_state session = {0};
    _cleanup_strings_ struct strings skip = {0};
    struct err err = {0};
    assert_int_equal(state_claim_lost(&place, &session, &skip, &err), 0);
    assert_int_equal(state_find("lost", &session, &err), 0);
    assert_int_equal(session.condition, SESSION_RUNNING);
    session_state_free(&session);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(state_find("lost", &session, &err), 0);
    assert_int_equal(session.condition, SESSION_LOST);
    session_state_free(&session);
    assert_int_equal(state_claim_lost(&place, &session, &skip, &err), 1);
    assert_string_equal(session.name, "lost");
    /* Looking changes nothing, and meanwhile the cleaner has it. */
    struct session_place other;
    struct session_state nothing;
    assert_int_equal(state_claim_lost(&other, &nothing, &skip, &err), 0);
    state_release(&place, true);
    assert_false(path_exists(RUN "/lost"));
}

static void a_half_made_place_is_cleaned_too(void **state)
{
    (void)state;
    need_root();
    struct session_place place;
    struct err err = {0};
    assert_int_equal(state_claim("half", "box", false, &place, &err), 0);
    state_close(&place); /* it died before it wrote a state */
    _cleanup_session_list_ struct session_list list = {0};
    assert_int_equal(state_list(&list, &err), 0);
    assert_int_equal(list.count, 0);
    assert_int_equal(mkdir(RUN "/empty", 0700), 0); /* and this one before it had a lock */
    _cleanup_strings_ struct strings skip = {0};
    for (int i = 0; i < 2; i++) {
        _cleanup_session_state_ struct session_state session = {0};
        assert_int_equal(state_claim_lost(&place, &session, &skip, &err), 1);
        state_release(&place, true);
    }
    assert_false(path_exists(RUN "/half"));
    assert_false(path_exists(RUN "/empty"));
}

static void a_folder_that_others_could_write_is_refused_with_a_sentence(void **state)
{
    (void)state;
    need_root();
    struct session_place place;
    struct err err = {0};
    assert_int_equal(state_claim("mine", "box", false, &place, &err), 0);
    place_fill(&place);
    assert_int_equal(chmod(RUN, 0777), 0);
    _cleanup_session_list_ struct session_list list = {0};
    assert_int_equal(state_list(&list, &err), -1);
    assert_int_equal(err.errnum, EPERM);
    assert_non_null(strstr(err.text, "cannot trust " RUN ": others can write to it"));
    assert_int_equal(control_connect("mine", &err), -1);
    assert_int_equal(chmod(RUN, 0700), 0);
    assert_int_equal(chown(RUN "/mine", 65534, 65534), 0);
    assert_int_equal(control_connect("mine", &err), -1);
    assert_int_equal(err.errnum, EPERM);
    assert_int_equal(chown(RUN "/mine", 0, 0), 0);
    state_release(&place, true);
}

static void links_and_pipes_in_place_of_files_are_not_followed(void **state)
{
    (void)state;
    need_root();
    struct session_place place;
    struct err err = {0};
    assert_int_equal(state_claim("mine", "box", false, &place, &err), 0);
    place_fill(&place);
    assert_int_equal(symlink(RUN "/mine", RUN "/linked"), 0);
    assert_int_equal(control_connect("linked", &err), -1);
    assert_int_equal(rename(RUN "/mine/state.json", RUN "/mine/real.json"), 0);
    assert_int_equal(symlink("real.json", RUN "/mine/state.json"), 0);
    struct session_state session;
    assert_int_equal(state_find("mine", &session, &err), -1);
    assert_int_equal(unlink(RUN "/mine/state.json"), 0);
    assert_int_equal(mkfifo(RUN "/mine/state.json", 0600), 0);
    assert_int_equal(state_find("mine", &session, &err), -1); /* and does not wait for a writer */
    assert_int_equal(unlink(RUN "/linked"), 0);
    state_release(&place, true);
    assert_false(path_exists(RUN "/mine"));
}

static void a_reader_never_sees_half_a_state(void **state)
{
    (void)state;
    need_root();
    struct session_place place;
    assert_int_equal(state_claim("busy", "box", false, &place, NULL), 0);
    place_fill(&place);
    pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            place_fill(&place);
    }
    for (int i = 0; i < 500; i++) {
        struct session_state session;
        struct err err = {0};
        if (state_find("busy", &session, &err) < 0)
            fail_msg("%s", err.text);
        session_state_free(&session);
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    state_release(&place, true); /* with what the writer left half written */
    assert_false(path_exists(RUN "/busy"));
}

static void many_at_once_each_get_a_name_of_their_own(void **state)
{
    (void)state;
    need_root();
    enum { CHILDREN = 12 };
    pid_t pids[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            for (int round = 0; round < 20; round++) {
                struct session_place place;
                if (state_claim(NULL, "box", true, &place, NULL) < 0)
                    _exit(1);
                place_fill(&place);
                state_release(&place, true);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_false(path_exists(RUN "/box-1"));
    assert_false(path_exists(KEPT "/box-1"));
}

static void a_process_is_known_by_more_than_its_number(void **state)
{
    (void)state;
    uint64_t start, inode, again, inode_again;
    assert_int_equal(process_identify(getpid(), &start, &inode), 0);
    assert_int_equal(process_identify(getpid(), &again, &inode_again), 0);
    assert_true(start > 0 && inode > 0 && start == again && inode == inode_again);
    assert_int_equal(process_identify(0x3fffffff, &start, &inode), -1);
}

static int roots_remove(void **state)
{
    (void)state;
    (void)rmdir(RUN);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_names_that_are_safe_everywhere_are_names),
        cmocka_unit_test(a_stem_is_a_name_whatever_was_joined),
        cmocka_unit_test(a_state_comes_back_as_it_was),
        cmocka_unit_test(a_command_of_any_bytes_and_length_is_written_printable_and_bounded),
        cmocka_unit_test(a_state_that_is_none_is_refused),
        machine_test(a_claimed_place_is_listed_as_running_and_taken),
        machine_test(what_is_kept_is_listed_as_exited_until_it_is_removed),
        machine_test(what_is_kept_is_claimed_again_once),
        machine_test(what_a_session_is_made_from_comes_back_byte_by_byte),
        machine_test(a_kept_state_stands_in_for_one_that_is_missing),
        machine_test(the_lock_dies_with_its_holder_and_the_next_gets_the_place),
        machine_test(a_half_made_place_is_cleaned_too),
        machine_test(a_folder_that_others_could_write_is_refused_with_a_sentence),
        machine_test(links_and_pipes_in_place_of_files_are_not_followed),
        machine_test(a_reader_never_sees_half_a_state),
        machine_test(many_at_once_each_get_a_name_of_their_own),
        cmocka_unit_test(a_process_is_known_by_more_than_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, roots_remove);
}
