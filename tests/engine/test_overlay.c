/* A throw-away root: whatever is done in there, the directory stays what it was, and so does one that
 * overlayfs cannot be laid over. */
#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "box.h"

static const char *root_fill(void)
{
    const char *root = test_folder();
    file_put(test_path("%s/file", root), "lower\n");
    assert_int_equal(mkdir(test_path("%s/sub", root), 0755), 0);
    file_put(test_path("%s/sub/one", root), "1\n");
    return root;
}

/* Nothing new in there, nothing missing, nothing changed. */
static void assert_untouched(const char *root)
{
    size_t count = 0;
    _cleanup_dir_ DIR *directory = opendir(root);
    for (struct dirent *entry; (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    assert_int_equal(count, 2);
    assert_string_equal(file_get(test_path("%s/file", root)), "lower\n");
    assert_string_equal(file_get(test_path("%s/sub/one", root)), "1\n");
    assert_int_equal(mount_count(root), 0);
}

static void what_is_written_to_a_throw_away_root_ends_with_it(void **state)
{
    (void)state;
    static const char *const letters[] = {"pmu", "Upmu"};
    static const enum enter ways[] = {ENTER_PIVOT, ENTER_CHROOT};
    const char *root = root_fill();
    for (size_t at = 0; at < array_length(letters) * array_length(ways); at++) {
        struct spec spec = {.root_throwaway = true, .enter = ways[at % 2]};
        _cleanup_box_ struct box_result result = {0};
        box_spec(
            &spec, letters[at / 2], root,
            "cat /file; echo upper >/file; cat /file; rm -r /sub; mkdir /sub; echo 2 >/sub/two;"
            "ls /sub; rm /sub/two; echo 3 >/new; cat /new");
        box_run(&spec, &result);
        assert_string_equal(result.out.data, "lower\nupper\ntwo\n3\n");
        assert_string_equal(result.error.data, "");
        assert_untouched(root);
        spec_free(&spec);
    }
}

static void layers_are_nowhere_to_be_seen(void **state)
{
    (void)state;
    const char *root = root_fill();
    struct spec spec = {.root_throwaway = true};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "pm", root,
             "find / -xdev -name upper -o -xdev -name work; grep -c ' / / ' /proc/self/mountinfo;"
             "stat -c %a / /proc/self/root; grep -c 'tmpfs tmpfs' /proc/self/mountinfo");
    assert_int_equal(chmod(root, 0750), 0);
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "1\n750\n777\n0\n");
    spec_free(&spec);
}

static void throw_away_root_that_fails_leaves_the_directory(void **state)
{
    (void)state;
    const char *root = root_fill();
    struct spec spec = {.root_throwaway = true};
    struct err err = {0};
    box_spec(&spec, "pm", root, NULL);
    strings_add(&spec.argv, "nosuch");
    assert_int_equal(box_fail(&spec, &err), 127);
    assert_untouched(root);
    spec_free(&spec);
}

static void throw_away_root_must_be_there(void **state)
{
    (void)state;
    struct spec missing = {.root_throwaway = true}, none = {.root_throwaway = true};
    struct err err = {0};
    const char *root = test_path("%s/missing", test_folder());
    box_spec(&missing, "m", root, "true");
    assert_int_equal(spec_check(&missing, NULL, &err), -1);
    assert_has(err.text, "it must be there");
    assert_false(path_exists(root));
    box_spec(&none, "m", NULL, "true");
    assert_int_equal(spec_check(&none, NULL, &err), -1);
    assert_has(err.text, "add --root DIR");
    spec_free(&missing);
    spec_free(&none);
}

/* Two overlays on each other are the most that the kernel allows. */
static void root_that_overlayfs_refuses_is_told(void **state)
{
    (void)state;
    const char *folder = test_folder(), *top = test_path("%s/top", folder);
    static const char *const names[] = {"layers", "low", "middle", "top"};
    for (size_t at = 0; at < array_length(names); at++)
        assert_int_equal(mkdir(test_path("%s/%s", folder, names[at]), 0755), 0);
    assert_int_equal(mount("tmpfs", test_path("%s/layers", folder), "tmpfs", 0, NULL), 0);
    for (int at = 0; at < 2; at++) {
        const char *layers = test_path("%s/layers/%d", folder, at);
        assert_int_equal(mkdir(layers, 0755), 0);
        assert_int_equal(mkdir(test_path("%s/upper", layers), 0755), 0);
        assert_int_equal(mkdir(test_path("%s/work", layers), 0755), 0);
        const char *options = test_path("lowerdir=%s/%s,upperdir=%s/upper,workdir=%s/work", folder,
                                        at ? "middle" : "low", layers, layers);
        assert_int_equal(
            mount("overlay", test_path("%s/%s", folder, names[2 + at]), "overlay", 0, options), 0);
    }
    struct spec spec = {.root_throwaway = true};
    struct err err = {0};
    box_spec(&spec, "m", top, "true");
    assert_int_equal(box_fail(&spec, &err), 125);
    assert_has(err.text, test_path("cannot lay a throw-away root over %s", top));
    assert_has(err.text, "it is an overlay on an overlay already");
    spec_free(&spec);
    assert_int_equal(umount2(top, MNT_DETACH), 0);
    assert_int_equal(umount2(test_path("%s/middle", folder), MNT_DETACH), 0);
    assert_int_equal(umount2(test_path("%s/layers", folder), MNT_DETACH), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(what_is_written_to_a_throw_away_root_ends_with_it),
        machine_test(layers_are_nowhere_to_be_seen),
        machine_test(throw_away_root_that_fails_leaves_the_directory),
        machine_test(throw_away_root_must_be_there),
        machine_test(root_that_overlayfs_refuses_is_told),
    };
    return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
