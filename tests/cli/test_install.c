/* The installed tree: bin, libexec and share of one prefix find each other, wherever that lies. */
#include "support.h"

#include <string.h>
#include <unistd.h>

/* What make install does, from the build folder under test into a prefix of the test's. */
static const char *prefix_make(const char *folder)
{
    static const struct {
        const char *source, *target;
    } files[] = {
        {BUILD_DIR "/nstui", "bin/nstui"},
        {BUILD_DIR "/nstui-view", "libexec/nstui/nstui-view"},
        {BUILD_DIR "/nstui-term", "libexec/nstui/nstui-term"},
        {BUILD_DIR "/nstui-init", "libexec/nstui/nstui-init"},
        {SOURCE_DIR "/assets/layouts/studio.layout", "share/nstui/layouts/studio.layout"},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct result result = {0};
        assert_int_equal(run_words(&result, "install", "-D", files[i].source,
                                   test_path("%s/prefix/%s", folder, files[i].target)),
                         0);
        result_free(&result);
    }
    return test_path("%s/prefix/bin/nstui", folder);
}

static void an_installed_nstui_finds_its_own_programs_and_layouts(void **state)
{
    (void)state;
    need_root();
    const char *folder = test_folder();
    const char *nstui = prefix_make(folder);
    struct result result = {0};
    (void)run_words(&result, nstui, "run", "-pmu", "--root", test_path("%s/root", folder), "--init",
                    "--", "sh", "-c", "echo $$");
    assert_string_equal(result.error, "");
    assert_string_equal(result.out, "2\n");
    result_free(&result);
    assert_int_equal(run_words(&result, nstui, "ls", "-t", "uts"), 0);
    assert_non_null(strstr(result.out, "uts"));
    result_free(&result);
}

static void a_part_that_is_missing_is_named(void **state)
{
    (void)state;
    need_root();
    const char *folder = test_folder();
    const char *nstui = prefix_make(folder);
    struct result result = {0};
    assert_int_equal(unlink(test_path("%s/prefix/libexec/nstui/nstui-init", folder)), 0);
    assert_int_equal(run_words(&result, nstui, "run", "-u", "--", "true"), 125);
    assert_non_null(strstr(result.error, "cannot find nstui-init"));
    result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(an_installed_nstui_finds_its_own_programs_and_layouts),
        machine_test(a_part_that_is_missing_is_named),
    };
    return cmocka_run_group_tests_name("install", tests, NULL, NULL);
}
