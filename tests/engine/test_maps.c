/* User namespaces with maps of their own: who is who in there and out here, and what is refused. As
 * root here; an ordinary user's are in tests/cli/test_rootless.c. */
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "box.h"

static void map_add(struct id_maps *maps, uint32_t inside, uint32_t outside, uint32_t count)
{
    array_grow(&maps->items, maps->count, &maps->capacity, sizeof(struct id_map));
    maps->items[maps->count++] = (struct id_map){inside, outside, count};
}

static void root_in_there_is_another_out_here(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    struct stat status;
    const char *folder = test_folder(), *root = test_path("%s/root", folder);
    assert_int_equal(chmod(folder, 0755), 0);
    map_add(&spec.uid_map, 0, 100000, 1000);
    map_add(&spec.uid_map, 5000, 200000, 10);
    map_add(&spec.gid_map, 0, 300000, 1000);
    box_spec(&spec, "Upmui", root,
             "id -u; echo here >/tmp/x; cat /proc/self/uid_map /proc/self/gid_map;"
             "chown 5001:7 /tmp/x; stat -c %u:%g /tmp/x; echo again >/dev/stdout");
    box_run(&spec, &result);
    assert_string_equal(result.error.data, "");
    assert_string_equal(result.out.data, "0\n         0     100000       1000\n"
                                         "      5000     200000         10\n"
                                         "         0     300000       1000\n5001:7\nagain\n");
    assert_int_equal(stat(root, &status), 0); /* it was made for it, so it is its own */
    assert_int_equal(status.st_uid, 100000);
    assert_int_equal(stat(test_path("%s/tmp/x", root), &status), 0);
    assert_int_equal(status.st_uid, 200001);
    assert_int_equal(status.st_gid, 300007);
}

/* A group of root's on the host would still open the host's files. */
static void groups_of_the_host_are_left_behind(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    const char *folder = test_folder(), *secret = test_path("%s/secret", folder);
    file_put(secret, "of the group");
    assert_int_equal(chmod(secret, 0040), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    map_add(&spec.uid_map, 0, 100000, 10);
    map_add(&spec.gid_map, 0, 100000, 10);
    box_spec(&spec, "Upm", NULL,
             test_path("sed -n 's/^Groups:.//p' /proc/self/status; cat %s", secret));
    gid_t groups[32];
    int count = getgroups(32, groups);
    assert_int_equal(setgroups(1, (gid_t[]){0}), 0);
    box_run(&spec, &result);
    assert_int_equal(setgroups((size_t)count, groups), 0);
    assert_has_not(result.out.data, "of the group");
    assert_has(result.error.data, "Permission denied");
    assert_has(result.out.data, " \n");
}

static void ids_that_are_not_mapped_cannot_be_taken(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.identity = {.given = true, .uid = 1000, .gid = 1000}},
                               other = {.identity = {.given = true, .uid = 5, .gid = 7}};
    struct err err = {0}, second = {0};
    box_spec(&spec, "Upm", NULL, "true");
    (void)box_fail(&spec, &err);
    assert_has(err.text, "user 1000 in there is nobody out here");
    assert_has(err.text, "--map-auto");
    map_add(&other.uid_map, 0, 100000, 10);
    map_add(&other.gid_map, 0, 100000, 2);
    box_spec(&other, "Upm", NULL, "true");
    assert_int_equal(box_fail(&other, &second), ENGINE_STATUS_FAILED);
    assert_has(second.text, "cannot become user 5, group 7: setresgid: Invalid argument");
    assert_has(second.text, "does not map that id");
}

static void user_that_is_mapped_has_no_rights(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.identity = {.given = true, .uid = 5, .gid = 7}};
    _cleanup_box_ struct box_result result = {0};
    map_add(&spec.uid_map, 0, 100000, 10);
    map_add(&spec.gid_map, 0, 100000, 10);
    box_spec(&spec, "Upm", NULL, "id -u; id -g; sed -n 's/CapEff:.//p' /proc/self/status");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "5\n7\n0000000000000000\n");
}

static void maps_that_make_no_sense_are_told(void **state)
{
    (void)state;
    static const struct {
        struct id_map maps[2];
        const char *sentence;
    } cases[] = {
        {{{0, 1, 10}, {5, 100, 10}}, "maps of users 0:1:10 and 5:100:10 overlap in there"},
        {{{0, 1, 10}, {50, 9, 10}}, "maps of users 0:1:10 and 50:9:10 overlap out here"},
        {{{0, 1, 0}, {0, 0, 0}}, "map of users 0:1:0 maps none"},
        {{{0, 4294967290, 10}, {0, 0, 0}}, "goes beyond the last id"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {0};
        struct err err = {0};
        for (size_t map = 0; map < 2; map++) {
            const struct id_map *one = &cases[at].maps[map];
            if (map == 0 || one->count)
                map_add(&spec.uid_map, one->inside, one->outside, one->count);
        }
        box_spec(&spec, "U", NULL, "true");
        assert_int_equal(spec_check(&spec, NULL, &err), -1);
        assert_has(err.text, cases[at].sentence);
    }
}

static void maps_without_a_user_namespace_are_refused(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0}, many = {0};
    struct err err = {0};
    map_add(&spec.uid_map, 0, 1000, 1);
    box_spec(&spec, "pm", NULL, "true");
    assert_int_equal(spec_check(&spec, NULL, &err), -1);
    assert_has(err.text, "need a user namespace of its own (add -U)");
    for (uint32_t id = 0; id < 341; id++)
        map_add(&many.uid_map, id, 1000 + id, 1);
    box_spec(&many, "U", NULL, "true");
    assert_int_equal(spec_check(&many, NULL, &err), -1);
    assert_has(err.text, "at most 340 lines, this one has 341");
}

static void maps_of_many_lines_are_written_whole_or_told(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    struct err err = {0};
    for (uint32_t id = 0; id < 280; id++)
        map_add(&spec.uid_map, id * 2, 100000 + id * 2, 1);
    box_spec(&spec, "U", NULL, "wc -l </proc/self/uid_map");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "280\n");
    for (uint32_t id = 280; id < 340; id++) /* the kernel takes a page and no more */
        map_add(&spec.uid_map, id * 2, 100000 + id * 2, 1);
    assert_int_equal(spec_check(&spec, NULL, &err), -1);
    assert_has(err.text, "bytes long");
}

/* In a process of its own: /etc/subuid is another there. */
static void auto_child(const char *subids, const char *root)
{
    _cleanup_spec_ struct spec spec = {0};
    struct launched launched;
    struct err err = {0};
    if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_PRIVATE | MS_REC, NULL) < 0 ||
        mount(subids, "/etc/subuid", NULL, MS_BIND, NULL) < 0 ||
        mount(subids, "/etc/subgid", NULL, MS_BIND, NULL) < 0)
        _exit(2);
    box_spec(&spec, "pmui", root,
             "test \"$(tr -s ' ' </proc/self/uid_map)\" = ' 0 500000 1000\n"
             " 1000 700000 50'");
    if (spec_map_auto(&spec, &err) < 0 || spec_check(&spec, NULL, &err) < 0 ||
        engine_launch(&spec, &launched, &err) < 0)
        (void)fprintf(stderr, "%s\n", err.text), _exit(3);
    _exit(box_end(&launched, WAIT_MS));
}

static void subordinate_ids_of_root_are_all_of_a_map(void **state)
{
    (void)state;
    const char *folder = test_folder(), *subids = test_path("%s/subuid", folder);
    if (!path_exists("/etc/subuid"))
        skip_because("there is no /etc/subuid here to put another over");
    assert_int_equal(chmod(folder, 0755), 0);
    file_put(subids, "# nothing\nsomebody:100:5\nroot:500000:1000\nroot:x:5\nbroken\n0:700000:50\n"
                     "root:4294967290:1000\nroot:1:0\n");
    pid_t child = fork();
    if (child == 0)
        auto_child(subids, test_path("%s/root", folder));
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void root_directory_of_somebody_else_is_told(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    const char *root = test_folder();
    assert_int_equal(chmod(root, 0755), 0);
    map_add(&spec.uid_map, 0, 100000, 10);
    map_add(&spec.gid_map, 0, 100000, 10);
    box_spec(&spec, "Upm", root, "true");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
    assert_has(err.text, "Permission denied");
    assert_has(err.text, "does not belong to root in there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(root_in_there_is_another_out_here),
        machine_test(groups_of_the_host_are_left_behind),
        machine_test(ids_that_are_not_mapped_cannot_be_taken),
        machine_test(user_that_is_mapped_has_no_rights),
        machine_test(maps_that_make_no_sense_are_told),
        machine_test(maps_without_a_user_namespace_are_refused),
        machine_test(maps_of_many_lines_are_written_whole_or_told),
        machine_test(subordinate_ids_of_root_are_all_of_a_map),
        machine_test(root_directory_of_somebody_else_is_told),
    };
    return cmocka_run_group_tests_name("maps", tests, NULL, NULL);
}
