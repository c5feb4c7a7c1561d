/* nstui-term against bytes that mean it harm, and the rights that it does not have. */
#include "running.h"

/* ---- hostile ---------------------------------------------------------------------------- */

static void repeat(struct term *term, const char *bytes, size_t times)
{
    size_t length = strlen(bytes);
    char *all = malloc(length * times);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * length, bytes, length);
    term_data(term, all, length * times);
    free(all);
}

static void endless_sequences_end_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *start, *repeated;
    } attacks[] = {
        {"\x1b]0;", "endless title "},
        {"\x1b[", ";"},
        {"\x1b[", "1;"},
        {"\x1b[", "9"},
        {"\x1bP", "device "},
        {"\x1b[38", ";2;255"},
        {"\x1b", "\x1b"},
        {"", "\xc2"},
        {"", "\xf0\x9f"},
        {"\x1b]", "\xc2\x9c\xc2"},
        {"\x1b_", "program "},
        {"x", "\x1b[99999b"},
        {"", "\x1b[99999S"},
        {"", "\x1b[99999L"},
        {"", "\x1b[99999;99999H"},
        {"", "\x1b[?1049h\x1b[?1049l"},
    };
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        struct term *term = term_start(80, 24);
        term_say(term, attacks[i].start);
        repeat(term, attacks[i].repeated, 20000);
        term_say(term, "m\x18\x1b\\\x1b[0m\x1b[2J\x1b[Halive");
        assert_int_equal(term_end(term), 0);
        assert_string_equal(term_row(term, 0), "alive");
        term_free(term);
    }
}

static void the_known_crashers_crash_nothing(void **state)
{
    (void)state;
    static const char *const attacks[] = {
        "\x1b[;;;;;;;;;;;;;;;;1234567890a", "\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;38m",
        "\x1b[;;;;;;;;;;;;;;;38mx",         "\xed\xa0\x80\xf4\x90\x80\x80\xf8\x88\x80\x80\x80",
        "\x1b[62;1\"p\xff\xfe\x80\x9b",     "\x1b[61\"p\xff\xfe\x80\x9b",
        "\x1b[5;2r\x1b[?6h\x1b[9;9H\x1bM",  "\x1b(0\x1b)0\x0e\x7f\xa0\xff",
    };
    for (unsigned int columns = 2; columns < 84; columns += 27) {
        struct term *term = term_start(columns, 3);
        for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++)
            repeat(term, attacks[i], 50);
        term_say(term, "\x1b"
                       "c");
        term_say(term, "ok");
        assert_int_equal(term_end(term), 0);
        assert_string_equal(term_row(term, 0), "ok");
        term_free(term);
    }
}

/* A title that never ends, then a sequence that libtsm is not shown: what follows is text again. */
static void an_unended_string_swallows_no_text(void **state)
{
    (void)state;
    struct term *term = term_after(20, 3, "\x1b]0;title\x1b[>4;2mok");
    assert_string_equal(term_row(term, 0), "ok");
    term_free(term);
}

/* Random bytes, made of the signs that parsers mind. */
static void noise_ends_nothing(void **state)
{
    (void)state;
    static const char signs[] = "\x1b\x1b\x1b[[[]P?>;;;:0123456789mhlHJKrLMPX@ABCDSTbcnpsu$!\" '()"
                                "\a\b\t\r\n\x0e\x0f\x18\xc2\x9b\xe4\xb8\xad\xf0\x9f\x98\x80\xffxyz";
    unsigned int seed = 4;
    struct term *term = term_start(80, 24);
    for (int round = 0; round < 300; round++) {
        char bytes[4096];
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = rand_r(&seed) % 16 ? signs[(size_t)rand_r(&seed) % (sizeof(signs) - 1)]
                                          : (char)(rand_r(&seed) >> 7);
        term_data(term, bytes, sizeof(bytes));
        if (round % 8 == 0)
            term_resize(term, (uint16_t)(rand_r(&seed) % 200), (uint16_t)(rand_r(&seed) % 60));
    }
    term_say(term, "\x18\x1b\\\x1b"
                   "c");
    term_resize(term, 80, 24);
    term_say(term, "alive");
    assert_int_equal(term_end(term), 0);
    assert_string_equal(term_row(term, 0), "alive");
    term_free(term);
}

static void frames_that_are_none_end_it_with_1(void **state)
{
    (void)state;
    static const struct grid_frame frames[] = {
        {3, 4}, {GRID_FRAME_DATA, GRID_FRAME_LENGTH_MAX + 1}, {GRID_FRAME_RESIZE, 5}};
    for (size_t i = 0; i < 3; i++) {
        struct term *term = term_start(20, 5);
        int status;
        write_all(term->frames, &frames[i], sizeof(frames[i]));
        assert_int_equal(waitpid(term->pid, &status, 0), term->pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        term_free(term);
    }
}

/* ---- the sandbox ------------------------------------------------------------------------ */

static void filter_kills_what_is_not_listed(void **state)
{
    (void)state;
    static const char *const calls[] = {"open", "fork", "connect", "exec", "write"};
    if (!HAS_FILTER) {
        print_message("skipped: a build with sanitizers has no filter\n");
        skip();
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct term *term = term_start_with(80, 24, calls[i]);
        int status = term_end(term);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
        term_free(term);
    }
    struct term *term = term_start_with(80, 24, "nothing");
    assert_int_equal(term_end(term), 0);
    term_free(term);
}

/* The value of a line "Name:\tvalue" of /proc/PID/status. */
static const char *status_value(pid_t pid, const char *name)
{
    static char line[256];
    char path[64];
    const char *value = "";
    size_t length = strlen(name);
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, name, length) != 0 || line[length] != ':')
            continue;
        line[strcspn(line, "\n")] = '\0';
        value = line + length + 2;
        break;
    }
    (void)fclose(file);
    return value;
}

static void it_has_no_rights(void **state)
{
    (void)state;
    struct term *term = term_start(80, 24);
    char path[64], target[64];
    assert_true(wake_within(term, PATIENCE_MS));
    assert_string_equal(status_value(term->pid, "NoNewPrivs"), "1");
    if (HAS_FILTER)
        assert_string_equal(status_value(term->pid, "Seccomp"), "2");
    if (geteuid() == 0) {
        assert_string_equal(status_value(term->pid, "Uid"), "65534\t65534\t65534\t65534");
        assert_string_equal(status_value(term->pid, "Gid"), "65534\t65534\t65534\t65534");
        assert_int_equal(strspn(status_value(term->pid, "Groups"), " "),
                         strlen(status_value(term->pid, "Groups")));
        assert_string_equal(status_value(term->pid, "CapBnd"), "0000000000000000");
    }
    assert_string_equal(status_value(term->pid, "CapEff"), "0000000000000000");
    assert_string_equal(status_value(term->pid, "CapPrm"), "0000000000000000");
    if (geteuid() == 0) /* not dumpable: else only root could read it */
        for (int fd = 5; fd < 64; fd++) {
            (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)term->pid, fd);
            assert_int_equal(readlink(path, target, sizeof(target)), -1);
        }
    assert_int_equal(term_end(term), 0);
    term_free(term);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endless_sequences_end_nothing),
        cmocka_unit_test(the_known_crashers_crash_nothing),
        cmocka_unit_test(an_unended_string_swallows_no_text),
        cmocka_unit_test(noise_ends_nothing),
        cmocka_unit_test(frames_that_are_none_end_it_with_1),
        cmocka_unit_test(filter_kills_what_is_not_listed),
        cmocka_unit_test(it_has_no_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
