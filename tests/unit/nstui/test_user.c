/* base's users: those of /etc/passwd and those that only getent(1) knows. */
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "nstui/base.h"
#include "support.h"

static void root_is_found_by_name_and_by_number(void **state)
{
    (void)state;
    _cleanup_user_ struct user by_name = {0}, by_id = {0};
    assert_true(user_by_name("root", &by_name));
    assert_int_equal(by_name.uid, 0);
    assert_int_equal(by_name.gid, 0);
    assert_true(user_by_id(0, &by_id));
    assert_string_equal(by_id.name, "root");
    assert_string_equal(by_id.home, by_name.home);
    assert_string_equal(by_id.shell, by_name.shell);
}

/* The C library may load modules in a test; what it says is what we must say. */
static void every_user_is_as_the_c_library_has_him(void **state)
{
    (void)state;
    setpwent();
    for (const struct passwd *entry; (entry = getpwent());) {
        _cleanup_user_ struct user user = {0};
        assert_true(user_by_name(entry->pw_name, &user));
        assert_int_equal(user.uid, entry->pw_uid);
        assert_int_equal(user.gid, entry->pw_gid);
        assert_string_equal(user.home, entry->pw_dir);
        assert_string_equal(user.shell, entry->pw_shell);
    }
    endpwent();
}

static void groups_are_those_of_the_c_library(void **state)
{
    (void)state;
    static const char *const names[] = {"root", "nobody", "daemon"};
    for (size_t at = 0; at < array_length(names); at++) {
        _cleanup_user_ struct user user = {0};
        gid_t groups[USER_GROUPS_MAX], wanted[USER_GROUPS_MAX];
        int wanted_count = USER_GROUPS_MAX;
        if (!user_by_name(names[at], &user))
            continue;
        assert_true(getgrouplist(names[at], user.gid, wanted, &wanted_count) >= 0);
        size_t count = user_groups(&user, groups);
        assert_int_equal(groups[0], user.gid);
        assert_int_equal(count, wanted_count);
    }
}

static void who_is_not_there_is_not_found(void **state)
{
    (void)state;
    static const char *const names[] = {"",  "no-such-user", "-h",     "--help",
                                        "0", "a:b",          "root:x", "a\nb"};
    for (size_t at = 0; at < array_length(names); at++) {
        _cleanup_user_ struct user user = {0};
        assert_false(user_by_name(names[at], &user));
        assert_null(user.name);
    }
    _cleanup_user_ struct user user = {0};
    assert_false(user_by_id(3999999999U, &user));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_is_found_by_name_and_by_number),
        cmocka_unit_test(every_user_is_as_the_c_library_has_him),
        cmocka_unit_test(groups_are_those_of_the_c_library),
        cmocka_unit_test(who_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests_name("user", tests, NULL, NULL);
}
