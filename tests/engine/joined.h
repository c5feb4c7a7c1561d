/* joined: what the tests of joins share: a container to be joined, and joins of it. */
#ifndef NSTUI_TESTS_ENGINE_JOINED_H
#define NSTUI_TESTS_ENGINE_JOINED_H

#include "box.h"

/* A container to be joined. */
struct target {
    struct spec spec;
    struct launched launched;
    const char *root;
};

__attribute__((unused)) static void target_start(struct target *target, const char *letters,
                                                 enum enter enter)
{
    struct text text = {0};
    *target = (struct target){.spec = {.init = true, .enter = enter}};
    target->root = strchr(letters, 'm') ? test_folder() : NULL;
    target->spec.hostname = strchr(letters, 'u') ? xstrdup("target") : NULL;
    box_spec(&target->spec, letters, target->root, "echo ready; exec sleep 3333");
    box_launch(&target->spec, &target->launched);
    assert_true(box_read(target->launched.output, &text, "ready"));
    text_free(&text);
}

__attribute__((unused)) static void target_end(struct target *target)
{
    box_kill(&target->launched);
    spec_free(&target->spec);
}

__attribute__((unused)) static void join_begin(struct join *join, const char *script)
{
    join->init_program = xstrdup(program_of_ours("nstui-init"));
    if (script) {
        strings_add(&join->argv, "sh");
        strings_add(&join->argv, "-c");
        strings_add(&join->argv, script);
    }
}

__attribute__((unused)) static void join_run(struct join *join, struct box_result *result)
{
    struct launched launched;
    struct err err = {0};
    if (engine_join(join, &launched, &err) < 0)
        fail_msg("%s", err.text);
    box_collect(&launched, result);
}

__attribute__((unused)) static int join_fail(struct join *join, struct err *err)
{
    struct launched launched;
    join_begin(join, join->argv.count ? NULL : "true");
    assert_int_equal(engine_join(join, &launched, err), -1);
    assert_int_equal(launched.pidfd, -1);
    return launched.status;
}

#endif
