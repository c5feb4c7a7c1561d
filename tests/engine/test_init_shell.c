/* The small shell of nstui-init (--init=shell): the habits of the lab's own init, none of its faults.
 * Lines are piped in, and typed on a terminal. */
#include <sys/stat.h>

#include "box.h"

static void shell_spec(struct spec *spec, const char *letters)
{
    box_spec(spec, letters, NULL, NULL);
    spec->init_shell = true;
}

/* Pipes a script in and collects all that comes of it. */
static void script_run(struct spec *spec, const char *script, struct box_result *result)
{
    struct launched launched;
    box_launch(spec, &launched);
    assert_int_equal(write(launched.input, script, strlen(script)), strlen(script));
    box_collect(&launched, result);
}

/* One line in a new pid namespace. */
static void line_run(const char *line, struct box_result *result)
{
    _cleanup_spec_ struct spec spec = {0};
    shell_spec(&spec, "pmu");
    script_run(&spec, test_path("%s\n", line), result);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void words_are_made_as_a_shell_makes_them(void **state)
{
    (void)state;
    static const struct {
        const char *line, *out;
    } cases[] = {
        {"echo hello   world", "hello world\n"},
        {"echo \"two  words\" 'and  $HOME' a\\ b", "two  words and  $HOME a b\n"},
        {"echo $HOME ~ ~/x a~ \"~\"", "/root /root /root/x a~ ~\n"},
        {"echo [$NOSUCH] \"$NOSUCH\" x${HOME}y", "[]  x/rooty\n"},
        {"echo $((2+3)) $(( (2+3) * 4 - 10/3 % 2 )) $((-7))", "5 19 -7\n"},
        {"echo $(echo one; echo two) \"$(echo one; echo two)\"", "one two one\ntwo\n"},
        {"echo `echo back`", "back\n"},
        {"echo $(printf 'a b')$(printf c)", "a bc\n"},
        {"cd /etc", ""},
        {"echo /etc/host[n]ame /etc/hostnam? '/etc/hostn*' /etc/hostnam\\?",
         "/etc/hostname /etc/hostname /etc/hostn* /etc/hostnam?\n"},
        {"echo /nosuch*/x ?nosuch", "/nosuch*/x ?nosuch\n"},
        {"echo a#b # the rest", "a#b\n"},
        {"printf '<%s>' '' \"\" x$NOSUCH", "<><><x>"},
        {"printf '<%s>' \"\\\"\\$\\\\\\n\"", "<\"$\\\\n>"},
        {"echo $ $? a$", "$ 0 a$\n"},
        {"A='x  y' printf '<%s>' 1", "<1>"},
        {"B=2 printenv B", "2\n"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_box_ struct box_result result = {0};
        line_run(cases[at].line, &result);
        if (strcmp(result.out.data, cases[at].out) != 0 || result.error.length)
            fail_msg("%s gave:\n%s%s", cases[at].line, result.out.data, result.error.data);
    }
}

static void patterns_find_files_in_order(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    const char *place = test_folder();
    static const char *const names[] = {"b.c", "a.c", "c.h", ".hidden.c", "x*y", "\303\244.c"};
    for (size_t at = 0; at < array_length(names); at++)
        file_put(test_path("%s/%s", place, names[at]), "");
    assert_int_equal(mkdir(test_path("%s/dir", place), 0755), 0);
    file_put(test_path("%s/dir/in.c", place), "");
    shell_spec(&spec, "p");
    spec.cwd = xstrdup(place);
    script_run(
        &spec,
        "echo *.c\necho ?.c\necho [ab].c [!ab].h [a-b].*\necho */*.c\necho x\\*y 'x*'y x[*]y\n"
        "echo .h*\nP='*.h'\necho $P \"$P\"\n",
        &result);
    assert_string_equal(result.out.data,
                        "a.c b.c \303\244.c\na.c b.c \303\244.c\na.c b.c c.h a.c b.c\n"
                        "dir/in.c\nx*y x*y x*y\n.hidden.c\nc.h *.h\n");
}

static void what_init_does_itself_stays(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    shell_spec(&spec, "pmu");
    script_run(
        &spec,
        "cd /usr\npwd\ncd -\npwd\nA=1\nexport B=\"x y\" C\nprintenv A B\nunset A\nprintenv A\n"
        "echo $?\nB=3 printenv B\nprintenv B\ncd /nosuch\necho $?\nexport 1x\nhelp\n",
        &result);
    assert_has(result.out.data, "/usr\n/");
    assert_has(result.out.data, "1\nx y\n1\n3\nx y\n1\n");
    assert_has(result.error.data, "init: cd: /nosuch: not found\n");
    assert_has(result.error.data, "1x is no name");
    assert_has(result.out.data, "ctrl-C ends the program that runs");
}

/* The published simple_init leaves one more of itself behind for each such line. */
static void what_only_a_shell_can_is_a_sentence_and_leaves_no_process(void **state)
{
    (void)state;
    static const char *const lines[] = {"ls | wc",  "ls > /nosuch/x", "cat < /etc/passwd",
                                        "ls; ls",   "sleep 9 &",      "(ls)",
                                        "ls && ls", "ls || ls"};
    for (size_t at = 0; at < array_length(lines); at++) {
        _cleanup_spec_ struct spec spec = {0};
        _cleanup_box_ struct box_result result = {0};
        shell_spec(&spec, "pmu");
        script_run(&spec, test_path("%s\necho $?\nps -e -o comm=\n", lines[at]), &result);
        assert_string_equal(result.out.data, "2\nnstui-init\nps\n");
        assert_has(result.error.data, "\" is beyond init");
        assert_has(result.error.data, test_path("sh -c '%s'", lines[at]));
    }
}

static void lines_that_make_no_sense_are_told_and_the_next_one_runs(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } cases[] = {
        {"$NOSUCH", ""},
        {"   ", ""},
        {"\"\"", "init: : not found\n"},
        {"echo 'open", "the quote ' is not closed"},
        {"echo \"open", "the quote \" is not closed"},
        {"echo `open", "the quote ` is not closed"},
        {"echo $(open", "\"$(\" is not closed"},
        {"echo ${A:-b}", "init knows ${NAME} alone"},
        {"echo $((1/0))", "it divides by 0"},
        {"echo $((9223372036854775807+1))", "too large"},
        {"echo $((2**3))", "reckons with"},
        {"echo $((1+", "not closed"},
        {"echo x\\", "ends in \\"},
        {"exec ls", "exec is a word of shells"},
        {"for", "for is a word of shells"},
        {"exit 999", "one status from 0 to 255"},
        {"fg", "nothing is stopped"},
        {"\033]0x\007", "?]0x?: not found"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_box_ struct box_result result = {0};
        line_run(test_path("%s\necho alive", cases[at].line), &result);
        assert_string_equal(result.out.data, "alive\n");
        assert_has(result.error.data, cases[at].error);
        assert_null(strchr(result.error.data, '\033'));
    }
}

static void endless_input_has_limits(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct launched launched;
    _cleanup_box_ struct box_result result = {0};
    struct text script = {0};
    for (int at = 0; at < 8000; at++)
        text_add(&script, "echo 123456");
    text_add(&script, "\necho ");
    for (int at = 0; at < 2000; at++)
        text_add(&script, "$((");
    text_add(&script, "\necho $((");
    for (int at = 0; at < 2000; at++)
        text_add(&script, "(");
    text_add(&script, "1");
    for (int at = 0; at < 2000; at++)
        text_add(&script, ")");
    text_add(&script, "))\necho $(yes | head -c 9000000) x\necho a");
    text_add_bytes(&script, "\0live\n", 6);
    shell_spec(&spec, "pmu");
    box_launch(&spec, &launched);
    pid_t writer = fork();
    if (writer == 0) /* more than a pipe holds */
        _exit(fd_write_all(launched.input, script.data, script.length, NULL) < 0);
    (void)close(launched.input);
    launched.input = -1;
    box_collect(&launched, &result);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    assert_has(result.error.data, "the line is too long");
    assert_has(result.error.data, "nested too deep");
    assert_has(result.error.data, "64 KiB");
    assert_has(result.out.data, "alive\n");
    text_free(&script);
}

static void missing_programs_are_told_as_a_shell_does(void **state)
{
    (void)state;
    const char *place = test_folder();
    const char *plain = test_path("%s/plain", place), *script = test_path("%s/script", place);
    file_put(plain, "no program\n");
    file_put(script, "#!/nosuch/interpreter\n");
    assert_int_equal(chmod(script, 0755), 0);
    const struct {
        const char *line, *error;
    } cases[] = {
        {"nosuch", "init: nosuch: not found\n"},
        {"/no/such", "init: /no/such: not found\n"},
        {"/etc", "/etc: a directory (cd enters it)\n"},
        {plain, "it may not be executed"},
        {script, "the interpreter that it names is not in this root"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_box_ struct box_result result = {0};
        line_run(test_path("%s\necho $?", cases[at].line), &result);
        assert_string_equal(result.out.data, at < 2 ? "127\n" : "126\n");
        assert_has(result.error.data, cases[at].error);
    }
}

static void the_status_is_that_of_the_last_command_or_of_exit(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int status;
    } cases[] = {
        {"", 0},
        {"true\n", 0},
        {"false\n", 1},
        {"false", 1},
        {"exit 7\nfalse\n", 7},
        {"quit\n", 0},
        {"nosuch\n", 127},
        {"sh -c 'kill -9 $$'\n", 137},
        {"false\nexit\n", 1},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {0};
        _cleanup_box_ struct box_result result = {0};
        shell_spec(&spec, at % 2 ? "pmu" : "u");
        script_run(&spec, cases[at].script, &result);
        assert_int_equal(result.status, cases[at].status);
        assert_has_not(result.out.data, "init$");
    }
}

static void the_rest_of_a_script_is_for_the_command_that_reads_it(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    shell_spec(&spec, "pmu");
    script_run(&spec, "echo first\nsh -c 'read x; echo got $x'\nfor sh\ncat\nnot a command\n",
               &result);
    assert_string_equal(result.out.data, "first\ngot for sh\nnot a command\n");
    assert_string_equal(result.error.data, "");
}

/* ---- processes ------------------------------------------------------------------------------- */

static void every_end_is_told_when_verbose_and_no_zombie_stays(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.verbose = true};
    _cleanup_box_ struct box_result result = {0};
    shell_spec(&spec, "pmu");
    script_run(&spec, "sh -c '(sleep 0.1 &)'\nsleep 0.4\nps -e -o stat=\n", &result);
    assert_has(result.error.data, "init: my pid is 1\ninit: started pid 2\n"
                                  "init: collected pid 2, the command, status 0\n");
    assert_has(result.error.data, ", an orphan, status 0\n");
    assert_has(result.error.data, "init: exiting\n");
    assert_null(strchr(result.out.data, 'Z'));
}

static void it_is_told_what_ends_it_and_passes_it_on(void **state)
{
    (void)state;
    for (int runs = 0; runs < 2; runs++) {
        _cleanup_spec_ struct spec spec = {0};
        struct launched launched;
        struct text text = {0};
        shell_spec(&spec, "pmu");
        box_launch(&spec, &launched);
        static const char script[] =
            "sh -c 'trap \"echo passed; exit 3\" TERM; echo ready; while :; do sleep 0.05; done'\n";
        static const char idle[] = "echo ready\n";
        const char *lines = runs ? script : idle;
        assert_int_equal(write(launched.input, lines, strlen(lines)), strlen(lines));
        assert_true(box_read(launched.output, &text, "ready"));
        assert_int_equal(syscall(SYS_pidfd_send_signal, launched.pidfd, SIGTERM, NULL, 0), 0);
        if (runs)
            assert_true(box_read(launched.output, &text, "passed"));
        assert_int_equal(box_end(&launched, WAIT_MS), 128 + SIGTERM);
        text_free(&text);
        launched_close(&launched);
    }
}

static void it_ends_with_its_supervisor(void **state)
{
    (void)state;
    static const char *const lines[] = {"", "sleep 3333\n"};
    for (size_t at = 0; at < array_length(lines); at++) {
        _cleanup_spec_ struct spec spec = {0};
        struct launched launched;
        shell_spec(&spec, at ? "u" : "pmu");
        box_launch(&spec, &launched);
        assert_int_equal(write(launched.input, lines[at], strlen(lines[at])), strlen(lines[at]));
        (void)close(launched.alive);
        launched.alive = -1;
        assert_int_equal(box_end(&launched, WAIT_MS), 128 + SIGKILL);
        launched_close(&launched);
        assert_int_equal(process_find_below(0, "sleep"), 0);
    }
}

/* ---- typed ------------------------------------------------------------------------------------ */

struct typed {
    struct spec spec;
    struct launched launched;
    struct text text;
    size_t seen; /* of text: what was waited for */
};

static void typed_start(struct typed *typed, const char *letters)
{
    *typed = (struct typed){.spec = {.terminal = true}};
    shell_spec(&typed->spec, letters);
    box_launch(&typed->spec, &typed->launched);
    text_add(&typed->text, "");
}

/* Types, and waits until `until` has come since the last wait. */
static void typed_expect(struct typed *typed, const char *keys, const char *until)
{
    int64_t end_ms = clock_monotonic_ms() + WAIT_MS;
    assert_int_equal(write(typed->launched.terminal, keys, strlen(keys)), strlen(keys));
    for (const char *found; !(found = strstr(typed->text.data + typed->seen, until));) {
        struct pollfd event = {.fd = typed->launched.terminal, .events = POLLIN};
        char bytes[4096];
        ssize_t length = -1;
        if (poll(&event, 1, (int)(end_ms - clock_monotonic_ms())) == 1)
            length = read(typed->launched.terminal, bytes, sizeof(bytes));
        if (length <= 0)
            fail_msg("\"%s\" did not come:\n%s", until, typed->text.data);
        text_add_bytes(&typed->text, bytes, (size_t)length);
    }
    typed->seen =
        (size_t)(strstr(typed->text.data + typed->seen, until) - typed->text.data) + strlen(until);
}

/* A command whose output is no echo of what was typed. */
static void typed_answers(struct typed *typed)
{
    typed_expect(typed, "echo an''swer\n", "answer");
    typed_expect(typed, "", "init$ ");
}

static void typed_end(struct typed *typed, const char *keys, int status)
{
    assert_int_equal(write(typed->launched.terminal, keys, strlen(keys)), strlen(keys));
    assert_int_equal(box_end(&typed->launched, WAIT_MS), status);
    launched_close(&typed->launched);
    text_free(&typed->text);
    spec_free(&typed->spec);
}

static void control_c_at_the_prompt_drops_the_line_and_ends_nothing(void **state)
{
    (void)state;
    static const char *const letters[] = {"pmu", "u"};
    for (size_t at = 0; at < array_length(letters); at++) {
        struct typed typed;
        typed_start(&typed, letters[at]);
        typed_expect(&typed, "", "init$ ");
        typed_expect(&typed, "exit 9\003", "init$ ");
        typed_expect(&typed, "\003", "init$ ");
        typed_expect(&typed, "\034\032\003", "init$ ");
        typed_answers(&typed);
        typed_end(&typed, "exit 4\n", 4);
    }
}

/* With exec: dash itself forgets a ctrl-C that comes while it forks. */
static void control_c_ends_the_command_alone(void **state)
{
    (void)state;
    struct typed typed;
    typed_start(&typed, "pmu");
    typed_expect(&typed, "sh -c 'echo re''ady; exec sleep 3333'\n", "ready");
    typed_expect(&typed, "\003", "init$ ");
    typed_expect(&typed, "echo $?\n", "130");
    typed_expect(&typed, "echo $(echo re''ady >&2; exec sleep 3333)\n", "ready");
    typed_expect(&typed, "\003", "init$ ");
    typed_answers(&typed);
    typed_end(&typed, "\004", 0);
}

static void control_z_stops_the_command_and_fg_lets_it_go_on(void **state)
{
    (void)state;
    struct typed typed;
    typed_start(&typed, "pmu");
    typed_expect(&typed, "sh -c 'echo re''ady; read x; echo got $x'\n", "ready");
    typed_expect(&typed, "\032", "fg lets it go on");
    typed_expect(&typed, "", "init$ ");
    typed_expect(&typed, "sh -c 'echo re''ady; exec cat'\n", "ready");
    typed_expect(&typed, "\032", "fg lets it go on");
    typed_answers(&typed);
    typed_expect(&typed, "fg\n", "fg");
    typed_expect(&typed, "\004", "init$ ");
    typed_expect(&typed, "fg\n", "fg");
    typed_expect(&typed, "li''ne\n", "got li''ne");
    typed_answers(&typed);
    typed_expect(&typed, "sh -c 'echo re''ady; exec sleep 3333'\n", "ready");
    typed_expect(&typed, "\032", "init$ ");
    typed_end(&typed, "exit 5\n", 5); /* what is stopped ends with it */
}

static void a_killed_command_gives_the_terminal_back_as_it_was(void **state)
{
    (void)state;
    struct typed typed;
    typed_start(&typed, "pmu");
    typed_expect(&typed, "sh -c 'stty raw -echo; kill -9 $$'\n", "signal 9 has ended it");
    typed_expect(&typed, "stty -a\n", "icanon");
    typed_answers(&typed);
    typed_end(&typed, "quit\n", 0);
}

/* The published simple_init takes the terminal from a running bash when any child of its ends. */
static void an_orphans_end_leaves_the_terminal_to_the_program_that_runs(void **state)
{
    (void)state;
    struct typed typed;
    typed_start(&typed, "pmu");
    typed_expect(&typed, "bash --norc --noediting\n", "bash-");
    typed_expect(&typed, "(sleep 0.1 &); sleep 0.4; echo still-$((40+2))\n", "still-42");
    typed_expect(&typed, "read x; echo got-$x\n", "read");
    typed_expect(&typed, "one\n", "got-one");
    typed_expect(&typed, "exit\n", "init$ ");
    assert_has_not(typed.text.data, "job control");
    typed_answers(&typed);
    typed_end(&typed, "\004", 0);
}

static void an_orphan_told_at_the_prompt_is_followed_by_a_prompt(void **state)
{
    (void)state;
    struct typed typed = {.spec = {.terminal = true, .verbose = true}};
    shell_spec(&typed.spec, "pmu");
    box_launch(&typed.spec, &typed.launched);
    text_add(&typed.text, "");
    typed_expect(&typed, "sh -c '(sleep 0.3 &)'\n", "the command, status 0");
    typed_expect(&typed, "", "init$ ");
    typed_expect(&typed, "", "an orphan, status 0\r\ninit$ ");
    typed_end(&typed, "\004", 0);
}

/* Who ends between the fork and the waiting must not be missed: one prompt in 400 was, there. */
static void no_prompt_is_lost(void **state)
{
    (void)state;
    struct typed typed;
    typed_start(&typed, "pmu");
    typed_expect(&typed, "", "init$ ");
    for (int at = 0; at < 400; at++)
        typed_expect(&typed, "true\n", "init$ ");
    typed_end(&typed, "\004", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(words_are_made_as_a_shell_makes_them),
        machine_test(patterns_find_files_in_order),
        machine_test(what_init_does_itself_stays),
        machine_test(what_only_a_shell_can_is_a_sentence_and_leaves_no_process),
        machine_test(lines_that_make_no_sense_are_told_and_the_next_one_runs),
        machine_test(endless_input_has_limits),
        machine_test(missing_programs_are_told_as_a_shell_does),
        machine_test(the_status_is_that_of_the_last_command_or_of_exit),
        machine_test(the_rest_of_a_script_is_for_the_command_that_reads_it),
        machine_test(every_end_is_told_when_verbose_and_no_zombie_stays),
        machine_test(it_is_told_what_ends_it_and_passes_it_on),
        machine_test(it_ends_with_its_supervisor),
        machine_test(control_c_at_the_prompt_drops_the_line_and_ends_nothing),
        machine_test(control_c_ends_the_command_alone),
        machine_test(control_z_stops_the_command_and_fg_lets_it_go_on),
        machine_test(a_killed_command_gives_the_terminal_back_as_it_was),
        machine_test(an_orphans_end_leaves_the_terminal_to_the_program_that_runs),
        machine_test(an_orphan_told_at_the_prompt_is_followed_by_a_prompt),
        machine_test(no_prompt_is_lost),
    };
    return cmocka_run_group_tests_name("init_shell", tests, NULL, NULL);
}
