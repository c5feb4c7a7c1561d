/* `nstui ls`: equal to lsns(8) in identity and count for 300 processes in 20 sets of namespaces, valid
 * JSON and a harmless table whatever processes call themselves, and sentences for what cannot be. */
#include "support.h"

#include "nstui/base.h"
#include "nstui/types.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETS    20
#define MEMBERS 15 /* of a set: 300 processes in all */
#define NOBODY  65534

/* ---- processes in sets of namespaces ----------------------------------------------------------- */

static const int flags_of_sets[] = {
    CLONE_NEWNS,
    CLONE_NEWUTS,
    CLONE_NEWIPC,
    CLONE_NEWPID,
    CLONE_NEWNET,
    CLONE_NEWUSER,
    CLONE_NEWCGROUP,
    CLONE_NEWTIME,
    CLONE_NEWNS | CLONE_NEWUTS,
    CLONE_NEWPID | CLONE_NEWNS,
    CLONE_NEWNET | CLONE_NEWIPC,
    CLONE_NEWUSER | CLONE_NEWUTS,
    CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID,
    CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET,
    CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUSER |
        CLONE_NEWCGROUP,
    CLONE_NEWTIME | CLONE_NEWUTS,
    CLONE_NEWTIME | CLONE_NEWPID,
};

struct set {
    int flags;
    pid_t head; /* the first process in it; the others are its children */
};

/* Sleeps until the test closes its end, or ends. */
static void sleep_until_closed(int fd)
{
    char byte;

    while (read(fd, &byte, 1) > 0) {
    }
    _exit(0);
}

/* The head: makes the others and says that all are there. */
static void be_head(int ready_fd, const int end[2])
{
    int end_fd = end[0];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(end[1]);
    for (int i = 1; i < MEMBERS; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            sleep_until_closed(end_fd);
        }
        if (pid == -1) {
            _exit(1);
        }
    }
    if (write(ready_fd, "r", 1) != 1) {
        _exit(1);
    }
    sleep_until_closed(end_fd);
}

/* A time namespace is entered by children alone: made here, left again afterwards. */
static void set_start(struct set *set, int flags, const int end[2])
{
    _cleanup_close_ int time_before = -1;
    int ready[2];
    char byte;

    set->flags = flags;
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    if (flags & CLONE_NEWTIME) {
        time_before = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
        assert_int_equal(unshare(CLONE_NEWTIME), 0);
    }
    set->head =
        (pid_t)syscall(SYS_clone, (flags & ~CLONE_NEWTIME) | SIGCHLD, NULL, NULL, NULL, NULL);
    if (set->head == 0) {
        be_head(ready[1], end);
    }
    if (time_before != -1) {
        assert_int_equal(setns(time_before, CLONE_NEWTIME), 0);
    }
    assert_true(set->head > 0);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
}

static uint64_t inode_of(pid_t pid, enum ns_type type)
{
    char path[64];
    struct stat status;

    snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_types[type].name);
    return stat(path, &status) == 0 ? status.st_ino : 0;
}

/* ---- the two lists --------------------------------------------------------------------------------- */

static struct json_object *json_of(const struct result *result)
{
    enum json_tokener_error error;
    struct json_tokener *tokener = json_tokener_new();

    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *json = json_tokener_parse_ex(tokener, result->out, (int)result->out_length);
    error = json_tokener_get_error(tokener);
    if (error != json_tokener_success) {
        fail_msg("%s: %s", json_tokener_error_desc(error), result->out);
    }
    json_tokener_free(tokener);
    return json;
}

/* The row of a namespace; null where there is none. */
static struct json_object *row_of(struct json_object *list, const char *inode_key, uint64_t inode)
{
    struct json_object *rows = json_object_object_get(list, "namespaces");

    assert_non_null(rows);
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        if (json_object_get_uint64(json_object_object_get(row, inode_key)) == inode) {
            return row;
        }
    }
    return NULL;
}

static int64_t number_in(struct json_object *row, const char *key)
{
    return json_object_get_int64(json_object_object_get(row, key));
}

static const char *text_in(struct json_object *row, const char *key)
{
    return json_object_get_string(json_object_object_get(row, key));
}

static void compare_set(const struct set *set, struct json_object *ours, struct json_object *theirs,
                        int *compared)
{
    for (int type = 0; type < NS_TYPES; type++) {
        if (!(set->flags & ns_types[type].clone_flag)) {
            continue;
        }
        uint64_t inode = inode_of(set->head, (enum ns_type)type);
        struct json_object *our_row = row_of(ours, "inode", inode);
        struct json_object *their_row = row_of(theirs, "ns", inode);
        assert_non_null(our_row);
        assert_non_null(their_row);
        assert_string_equal(text_in(our_row, "type"), text_in(their_row, "type"));
        assert_int_equal(number_in(our_row, "members"), number_in(their_row, "nprocs"));
        assert_int_equal(number_in(our_row, "members"), MEMBERS);
        assert_int_equal(number_in(json_object_object_get(our_row, "leader"), "pid"), set->head);
        ++*compared;
    }
}

static void ls_equals_lsns_for_300_processes_in_20_sets_of_namespaces(void **state)
{
    (void)state;
    need_root();
    if (!program_is_there("lsns")) {
        skip_because("there is no lsns to compare with (package util-linux)");
    }
    struct set sets[SETS];
    int end[2], compared = 0;
    assert_int_equal(pipe2(end, O_CLOEXEC), 0);
    bool has_time = inode_of(getpid(), NS_TIME) != 0;
    for (size_t i = 0; i < SETS; i++) {
        int flags = flags_of_sets[i % array_length(flags_of_sets)];
        set_start(&sets[i], has_time ? flags : (flags & ~CLONE_NEWTIME) | CLONE_NEWUTS, end);
    }
    _cleanup_result_ struct result theirs_text = {0}, ours_text = {0};
    run_expect(0, &ours_text, "nstui", "ls", "-J");
    run_expect(0, &theirs_text, "lsns", "-J", "-o", "NS,TYPE,NPROCS");
    struct json_object *ours = json_of(&ours_text), *theirs = json_of(&theirs_text);
    for (size_t i = 0; i < SETS; i++) {
        compare_set(&sets[i], ours, theirs, &compared);
    }
    printf("%d namespaces of %d processes are the same in both\n", compared, SETS * MEMBERS);
    assert_true(compared >= SETS);
    json_object_put(ours);
    json_object_put(theirs);
    close(end[1]); /* all of them read the end of it */
    close(end[0]);
    while (waitpid(-1, NULL, 0) > 0) { /* the heads, and their children, who come to us */
    }
}

/* ---- what names may hold ------------------------------------------------------------------------ */

/* A child in a uts namespace of its own, with a name. */
static pid_t named_start(const char *name)
{
    int ready[2];
    char byte;

    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, name);
        if (write(ready[1], "r", 1) == 1) {
            for (;;) {
                pause();
            }
        }
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void names_of_any_bytes_give_valid_json_and_a_harmless_table(void **state)
{
    (void)state;
    need_root();
    /* libproc2 makes what is no text into '?' already. */
    static const struct {
        const char *name, *in_json, *in_table;
    } cases[] = {
        {"a\033[31m\"b\\", "a?[31m\"b\\", "a?[31m\"b\\"},
        {"x\xff\xc3 y", "x?? y", "x?? y"},
        {"n\nl\t\x7f", "n?l??", "n?l??"},
        {"\xc2\x9b"
         "2J\xe2\x80\xaez",
         "\xc2\x9b"
         "2J\xe2\x80\xaez",
         "?2J?z"},
        {") S 1 (", ") S 1 (", ") S 1 ("},
        {"\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac"},
    };
    const char *const utf8[] = {"LC_ALL=C.UTF-8", NULL};
    for (size_t i = 0; i < array_length(cases); i++) {
        pid_t pid = named_start(cases[i].name);
        char pid_text[16];
        snprintf(pid_text, sizeof(pid_text), "%d", pid);
        const char *const table_argv[] = {"nstui", "ls", "-t", "uts", "-p", pid_text, NULL};
        _cleanup_result_ struct result json_text = {0}, table = {0};
        run_expect(0, &json_text, "nstui", "ls", "-J", "-t", "uts");
        run_program_with(&(struct run_options){.argv = table_argv, .env = utf8}, &table);

        struct json_object *json = json_of(&json_text);
        struct json_object *row = row_of(json, "inode", inode_of(pid, NS_UTS));
        assert_non_null(row);
        assert_string_equal(text_in(json_object_object_get(row, "leader"), "command"),
                            cases[i].in_json);
        json_object_put(json);
        for (size_t at = 0; at < json_text.out_length; at++) { /* harmless on a terminal too */
            unsigned char byte = (unsigned char)json_text.out[at];
            assert_true((byte >= ' ' && byte != 0x7f) || byte == '\n');
        }
        assert_non_null(strstr(table.out, cases[i].in_table));
        assert_null(memchr(table.out, '\033', table.out_length));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

/* ---- words ---------------------------------------------------------------------------------------- */

static void types_and_columns_can_be_chosen(void **state)
{
    (void)state;
    need_root();
    pid_t pid = named_start("chosen");
    char pid_text[16], inode_text[32];
    snprintf(pid_text, sizeof(pid_text), "%d", pid);
    snprintf(inode_text, sizeof(inode_text), "%llu", (unsigned long long)inode_of(pid, NS_UTS));
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "ls", "-t", "uts,ipc", "-t", "net", "-p", pid_text, "-o",
               "type,procs,identity,leader");

    size_t lines = 0;
    for (const char *at = result.out; (at = strchr(at, '\n')); at++) {
        lines++;
    }
    assert_int_equal(lines, 4); /* the head and three types */
    assert_int_equal(strncmp(result.out, "TYPE ", 5), 0);
    assert_non_null(strstr(result.out, inode_text));
    assert_non_null(strstr(result.out, "chosen"));
    assert_null(strstr(result.out, "mnt"));
    assert_null(strstr(result.out, "NAME"));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void json_has_the_keys_that_apply_and_no_others(void **state)
{
    (void)state;
    need_root();
    pid_t pid = named_start("keys");
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "ls", "-J");
    struct json_object *json = json_of(&result);
    struct json_object *row = row_of(json, "inode", inode_of(pid, NS_UTS));

    assert_string_equal(text_in(row, "type"), "uts");
    assert_int_equal(number_in(row, "members"), 1);
    assert_int_equal(number_in(json_object_object_get(row, "leader"), "pid"), pid);
    assert_int_equal(number_in(row, "owner"), inode_of(getpid(), NS_USER));
    assert_false(json_object_object_get_ex(row, "parent", NULL));    /* uts do not nest */
    assert_false(json_object_object_get_ex(row, "container", NULL)); /* it is in none */
    assert_false(json_object_object_get_ex(row, "host", NULL));
    json_object_put(json);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void senseless_words_end_with_2_and_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *argv[6];
        int status;
        const char *says;
    } cases[] = {
        {{"nstui-view", "ls", "-t", "cgroups"}, 2, "\"cgroups\" is no type of namespace"},
        {{"nstui-view", "ls", "-p", "bash"}, 2, "\"bash\" is no process number"},
        {{"nstui-view", "ls", "-p"}, 2, "-p wants a value"},
        {{"nstui-view", "ls", "--colour"}, 2, "ls knows no option --colour"},
        {{"nstui-view", "ls", "mnt"}, 2, "does not know what to do with \"mnt\""},
        {{"nstui-view", "ls", "-o", "PID,SIZE"}, 1, "there is no column \"SIZE\""},
        {{"nstui-view", "ls", "--source", "x"}, 1, "there is no source \"x\""},
        {{"nstui-view", "ls", "-p", "2147483647"}, 1, "there is no process 2147483647"},
    };

    for (size_t i = 0; i < array_length(cases); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect_at(cases[i].status, cases[i].argv, &result, __FILE__, __LINE__);
        assert_non_null(strstr(result.error, cases[i].says));
        assert_int_equal(result.out_length, 0);
    }
}

static void without_proc_it_says_how_to_mend_it(void **state)
{
    (void)state;
    need_root();
    char command[512];
    snprintf(command, sizeof(command), "mount -t tmpfs none /proc && exec %s ls",
             program_of_ours("nstui-view"));
    _cleanup_result_ struct result result = {0};
    run_expect(1, &result, "unshare", "--mount", "--propagation", "private", "sh", "-c", command);
    assert_non_null(strstr(result.error, "/proc is not mounted"));
    assert_non_null(strstr(result.error, "mount -t proc proc /proc"));
}

static void without_root_what_can_be_seen_is_shown_and_the_rest_is_told(void **state)
{
    (void)state;
    need_root();
    const char *const argv[] = {"nstui-view", "ls", NULL};
    _cleanup_result_ struct result result = {0};
    run_program_with(&(struct run_options){.argv = argv, .uid = NOBODY}, &result);
    if (result.status == 126 || result.status == 127) {
        skip_because("user %d may not execute the programs in this folder", NOBODY);
    }
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.out, "uts"));
    assert_non_null(strstr(result.error, "the kernel hides their namespaces"));
    assert_non_null(strstr(result.error, "sudo nstui ls"));
}

static void a_narrow_terminal_cuts_names_and_never_numbers(void **state)
{
    (void)state;
    need_root();
    pid_t pid = named_start("averylongname15");
    char command[256], inode_text[32];
    snprintf(inode_text, sizeof(inode_text), "%llu", (unsigned long long)inode_of(pid, NS_UTS));
    snprintf(command, sizeof(command), "%s ls -t uts -p %d; sleep 60",
             program_of_ours("nstui-view"), pid);
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    struct screen *screen =
        screen_start(&(struct screen_options){.argv = argv, .rows = 10, .columns = 42, .lang = ""});
    screen_wait_text(screen, inode_text, WAIT_MS);
    int row, column;
    assert_false(screen_find(screen, "averylongname15", &row, &column));
    assert_true(screen_find(screen, "ave", &row, &column));
    assert_true(screen_find(screen, "~", &row, &column));
    screen_end(screen);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(ls_equals_lsns_for_300_processes_in_20_sets_of_namespaces),
        machine_test(names_of_any_bytes_give_valid_json_and_a_harmless_table),
        machine_test(types_and_columns_can_be_chosen),
        machine_test(json_has_the_keys_that_apply_and_no_others),
        machine_test(senseless_words_end_with_2_and_a_sentence),
        machine_test(without_proc_it_says_how_to_mend_it),
        machine_test(without_root_what_can_be_seen_is_shown_and_the_rest_is_told),
        machine_test(a_narrow_terminal_cuts_names_and_never_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
