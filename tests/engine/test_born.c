/* spec.born: who launches learns of the first process before anything of the container runs, so that a
 * word of it is written down whatever is killed later. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"

struct birth {
    const char *mark; /* made by the command */
    pid_t pid;
    bool early; /* the command had run by then */
    bool fails;
    pid_t *shared; /* where it is told before we die */
};

static int on_born(void *data, const struct launched *launched, struct err *err)
{
    struct birth *birth = data;
    birth->pid = launched->pid;
    wait_ms(200); /* the set-up itself takes a few */
    birth->early = path_exists(birth->mark);
    if (birth->shared) {
        *birth->shared = launched->pid;
        (void)kill(getpid(), SIGKILL);
    }
    return birth->fails ? err_set(err, 0, "nobody wants it") : 0;
}

static void birth_spec(struct spec *spec, struct birth *birth, const char *letters)
{
    birth->mark = test_path("%s/mark", test_folder());
    box_spec(spec, letters, NULL, test_path("echo x >%s", birth->mark));
    spec->born = on_born;
    spec->born_data = birth;
}

static bool is_gone(void *data)
{
    return !process_is_alive(*(pid_t *)data);
}

static void nothing_of_the_container_runs_before_its_birth_was_told(void **state)
{
    (void)state;
    need_root();
    static const char *const letters[] = {"p", "mpui", "T", ""};
    for (size_t i = 0; i < array_length(letters); i++) {
        for (int init = 0; init < 2; init++) {
            _cleanup_spec_ struct spec spec = {0};
            struct birth birth = {0};
            struct launched launched;
            birth_spec(&spec, &birth, letters[i]);
            spec.init = init;
            box_launch(&spec, &launched);
            assert_int_equal(birth.pid, launched.pid);
            assert_false(birth.early);
            assert_int_equal(box_end(&launched, WAIT_MS), 0);
            assert_true(path_exists(birth.mark));
            launched_close(&launched);
        }
    }
}

static void a_birth_that_cannot_be_written_down_breaks_the_launch_off(void **state)
{
    (void)state;
    need_root();
    _cleanup_spec_ struct spec spec = {0};
    struct birth birth = {.fails = true};
    struct launched launched;
    struct err err = {0};
    birth_spec(&spec, &birth, "p");
    assert_int_equal(spec_check(&spec, NULL, &err), 0);
    assert_int_equal(engine_launch(&spec, &launched, &err), -1);
    assert_string_equal(err.text, "nobody wants it");
    assert_false(process_is_alive(birth.pid));
    assert_false(path_exists(birth.mark));
    launched_close(&launched);
}

static void who_dies_before_it_is_written_down_takes_it_along(void **state)
{
    (void)state;
    need_root();
    struct birth birth = {0};
    _cleanup_spec_ struct spec spec = {0};
    birth_spec(&spec, &birth, "p");
    birth.shared =
        mmap(NULL, sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(birth.shared != MAP_FAILED);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct launched launched;
        struct err err = {0};
        if (spec_check(&spec, NULL, &err) == 0)
            (void)engine_launch(&spec, &launched, &err);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    pid_t child = *birth.shared;
    (void)munmap(birth.shared, sizeof(pid_t));
    assert_true(child > 0);
    assert_true(wait_until(is_gone, &child, WAIT_MS));
    assert_false(path_exists(birth.mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(nothing_of_the_container_runs_before_its_birth_was_told),
        machine_test(a_birth_that_cannot_be_written_down_breaks_the_launch_off),
        machine_test(who_dies_before_it_is_written_down_takes_it_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
