/* A spec as a config.json and back: nothing is lost, what was changed in between counts, and broken
 * bytes do no harm. */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "nstui/oci.h"
#include "support.h"

/* ---- any spec, there and back ------------------------------------------------------------------ */

static unsigned random_state;

static unsigned any(unsigned below)
{
    random_state = random_state * 1103515245u + 12345u;
    return (random_state >> 8) % below;
}

static bool maybe(void)
{
    return any(2);
}

static char *any_word(void)
{
    static const char *const words[] = {
        "a",       "b c",         "\"quoted\"",   "\\back",   "d\tt\nn",    "gr\u00fcn",
        "/x/../y", "{\"a\":[1]}", "\u4e2d\u6587", "\x1b[31m", "io.nstui.x", "100%"};
    return xasprintf("%s%u", words[any(array_length(words))], any(1000));
}

static char *maybe_word(void)
{
    return maybe() ? any_word() : NULL;
}

static void any_strings(struct strings *list, const char *prefix)
{
    for (unsigned count = any(4); count > 0; count--) {
        _cleanup_free_ char *word = any_word();
        strings_addf(list, "%s%u%s", prefix, count, word);
    }
}

static char *any_target(void)
{
    return xasprintf("/t%u/x %u", any(50), any(50));
}

static unsigned long any_flags(void)
{
    static const unsigned long times[] = {0, MS_NOATIME, MS_STRICTATIME, MS_RELATIME};
    return (maybe() ? MS_NOSUID : 0) | (maybe() ? MS_NODEV : 0) | (maybe() ? MS_NOEXEC : 0) |
           (maybe() ? MS_NODIRATIME : 0) | times[any(4)];
}

static void any_entry(struct layout *layout)
{
    static const unsigned long propagations[] = {
        0, 0, MS_PRIVATE, MS_SLAVE | MS_REC, MS_SHARED | MS_REC, MS_UNBINDABLE};
    array_grow(&layout->entries, layout->count, &layout->capacity, sizeof(struct layout_entry));
    struct layout_entry *entry = &layout->entries[layout->count++];
    *entry = (struct layout_entry){.kind = (enum layout_kind)any(7), .target = any_target()};
    entry->line = any(100);
    switch (entry->kind) {
    case LAYOUT_BIND:
        entry->source = any_target();
        entry->directory = maybe();
        entry->read_only = maybe();
        entry->optional = maybe();
        entry->shallow = maybe();
        break;
    case LAYOUT_PROC:
        entry->read_only = maybe();
        break;
    case LAYOUT_DIR:
        entry->mode = any(01777);
        return;
    case LAYOUT_LINK:
        entry->source = any_word();
        return;
    case LAYOUT_MOUNT:
        entry->type = xstrdup("sysfs");
        entry->source = any_word();
        entry->options = maybe() ? xstrdup("a=1,b") : NULL;
        break;
    default:
        entry->options = maybe() ? xstrdup("mode=755,size=4k") : NULL;
        break;
    }
    entry->flags = maybe() ? any_flags() : 0;
    if (entry->kind == LAYOUT_BIND)
        entry->flags &= ~(unsigned long)MS_RELATIME;
    entry->propagation = propagations[any(6)];
}

static void any_maps(struct id_maps *maps)
{
    for (unsigned count = any(4); count > 0; count--) {
        array_grow(&maps->items, maps->count, &maps->capacity, sizeof(struct id_map));
        maps->items[maps->count++] =
            (struct id_map){.inside = any(9), .outside = any(99999), .count = 1 + any(65536)};
    }
}

static uint64_t any_set(void)
{
    return (((uint64_t)any(1u << 20) << 21) | any(1u << 21)) & ((UINT64_C(2) << CAP_LAST_CAP) - 1);
}

static void any_rights(struct spec *spec)
{
    static const char *const profiles[] = {"", "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}"};
    spec->grade = (enum grade)any(3);
    spec->identity.given = maybe();
    if (spec->identity.given) {
        spec->identity.uid = any(70000);
        spec->identity.gid = any(70000);
        spec->identity.user = maybe_word();
        spec->identity.group = maybe_word();
        spec->identity.group_count = any(3);
        spec->identity.groups = xcalloc(3, sizeof(gid_t));
        for (size_t at = 0; at < spec->identity.group_count; at++)
            spec->identity.groups[at] = any(9999);
    }
    if (maybe()) {
        spec->capabilities =
            (struct capability_sets){true, any_set(), any_set(), any_set(), any_set(), any_set()};
    } else {
        spec->capabilities_added = any(5) ? any_set() & any_set() : UINT64_MAX;
        spec->capabilities_dropped = any(5) ? any_set() & any_set() : UINT64_MAX;
    }
    spec->no_new_privs = maybe();
    if (maybe() || spec->grade == GRADE_WALLED)
        spec->seccomp = xstrdup(profiles[any(2)]);
    for (unsigned at = any(3); at > 0; at--) {
        array_grow(&spec->rlimits.items, spec->rlimits.count, &spec->rlimits.capacity,
                   sizeof(struct rlimit_entry));
        spec->rlimits.items[spec->rlimits.count++] = (struct rlimit_entry){
            at == 1 ? RLIMIT_NOFILE : RLIMIT_CORE, any(1000), maybe() ? RLIM_INFINITY : 5000};
    }
    spec->oom_score = (int)any(2001) - 1000;
    spec->umask_given = maybe();
    spec->umask = spec->umask_given ? any(0777) : 0;
    spec->no_grade_paths = maybe();
    spec->root_no_devices = maybe();
    any_strings(&spec->masked, "/m");
    any_strings(&spec->read_only, "/r");
}

static void any_spaces(struct spec *spec)
{
    for (size_t at = 0; at < NS_TYPES; at++) {
        struct ns_target *target = &spec->shares[at];
        if (maybe())
            continue;
        if (maybe()) {
            spec->namespaces |= NS_BIT(at);
            continue;
        }
        spec->shared |= NS_BIT(at);
        target->words = maybe_word();
        if (any(3)) {
            target->pid = (pid_t)(1 + any(99999));
            target->start_time = maybe() ? UINT64_MAX - any(99) : 0;
        } else {
            target->path = maybe() ? xasprintf("/run/netns/%u", any(9))
                                   : xasprintf("%s:[4026532609]", ns_types[at].name);
        }
    }
    spec->monotonic = maybe() ? (struct time_offset){true, -(int64_t)any(99), any(999999999)}
                              : (struct time_offset){0};
    spec->boottime = maybe() ? (struct time_offset){true, any(99), 0} : (struct time_offset){0};
    any_maps(&spec->uid_map);
    any_maps(&spec->gid_map);
    spec->network.kind = maybe() ? NETWORK_BRIDGE : NETWORK_AS_IS;
    spec->network.bridge = maybe_word();
    spec->network.address = maybe_word();
    spec->network.gateway = maybe() ? xstrdup("") : NULL;
}

static void any_limits(struct spec *spec)
{
    spec->limits.memory_bytes = maybe() ? 1 + any(1u << 30) : 0;
    if (spec->limits.memory_bytes)
        spec->limits.swap_bytes = maybe() ? UINT64_MAX : any(1000);
    spec->limits.processes = any(3);
    spec->limits.cpu_quota_us = maybe() ? any(100000) : 0;
    spec->limits.cpu_period_us = maybe() ? any(100000) : 0;
    spec->limits.cpu_weight = maybe() ? 1 + any(10000) : 0;
    spec->cgroup = maybe() ? xasprintf("a/b%u", any(99)) : NULL;
}

static void any_spec(struct spec *spec)
{
    *spec = (struct spec){.name = maybe_word(),
                          .hostname = maybe_word(),
                          .domainname = maybe_word(),
                          .root_read_only = maybe(),
                          .root_throwaway = maybe(),
                          .old_root_folder = maybe(),
                          .keep_old_root = maybe(),
                          .propagation = (enum propagation)any(3),
                          .omit = any(16),
                          .init = maybe(),
                          .init_shell = maybe(),
                          .hold = maybe(),
                          .verbose = maybe(),
                          .env_exact = maybe(),
                          .terminal = maybe(),
                          .console = maybe()};
    if (maybe()) {
        spec->columns = (unsigned short)(1 + any(65535));
        spec->rows = (unsigned short)(1 + any(65535));
    }
    spec->root = maybe() ? xstrdup("/tmp") : NULL;
    spec->enter = spec->root ? (enum enter)(1 + any(2)) : ENTER_NONE;
    spec->cwd = maybe() ? xstrdup(maybe() ? "/" : "/c wd") : NULL;
    any_strings(&spec->argv, "");
    any_strings(&spec->env, "KEY=");
    for (size_t at = 0; at < spec->env.count; at++)
        spec->env.items[at][2] = (char)('A' + at);
    for (unsigned count = any(3); count > 0; count--)
        strings_addf(&spec->sysctls, "net.x%u=%u 5", count, any(9));
    spec->layout.name = maybe_word();
    for (unsigned count = any(9); count > 0; count--)
        any_entry(&spec->layout);
    any_rights(spec);
    any_spaces(spec);
    any_limits(spec);
}

static void same_string(const char *one, const char *other, const char *what)
{
    if ((one == NULL) != (other == NULL) || (one && strcmp(one, other) != 0))
        fail_msg("%s: %s became %s", what, one ? one : "(null)", other ? other : "(null)");
}

static void same_strings(const struct strings *one, const struct strings *other, const char *what)
{
    if (one->count != other->count)
        fail_msg("%s: %zu became %zu", what, one->count, other->count);
    for (size_t at = 0; at < one->count; at++)
        same_string(one->items[at], other->items[at], what);
}

#define same(field)                                                                                \
    do {                                                                                           \
        if (one->field != other->field)                                                            \
            fail_msg(#field ": %lld became %lld", (long long)one->field, (long long)other->field); \
    } while (0)
#define same_text(field) same_string(one->field, other->field, #field)

static void same_layout(const struct layout *first, const struct layout *second)
{
    same_string(first->name, second->name, "layout.name");
    assert_int_equal(first->count, second->count);
    for (size_t at = 0; at < first->count; at++) {
        const struct layout_entry *one = &first->entries[at], *other = &second->entries[at];
        same(kind);
        same(directory);
        same(read_only);
        same(optional);
        same(shallow);
        same(mode);
        same(flags);
        same(propagation);
        same(line);
        same_text(type);
        same_text(options);
        same_text(source);
        same_text(target);
    }
}

static void same_maps(const struct id_maps *first, const struct id_maps *second)
{
    assert_int_equal(first->count, second->count);
    for (size_t at = 0; at < first->count; at++)
        assert_memory_equal(&first->items[at], &second->items[at], sizeof(struct id_map));
}

static void same_rights(const struct spec *one, const struct spec *other)
{
    same(grade);
    same(identity.given);
    same(identity.uid);
    same(identity.gid);
    same_text(identity.user);
    same_text(identity.group);
    same(identity.group_count);
    for (size_t at = 0; at < one->identity.group_count; at++)
        same(identity.groups[at]);
    same(capabilities.given);
    same(capabilities.bounding);
    same(capabilities.effective);
    same(capabilities.permitted);
    same(capabilities.inheritable);
    same(capabilities.ambient);
    same(capabilities_added);
    same(capabilities_dropped);
    same(no_new_privs);
    same_text(seccomp);
    same(rlimits.count);
    for (size_t at = 0; at < one->rlimits.count; at++) {
        same(rlimits.items[at].resource);
        same(rlimits.items[at].soft);
        same(rlimits.items[at].hard);
    }
    same(oom_score);
    same(umask_given);
    same(umask);
}

static void same_spaces(const struct spec *one, const struct spec *other)
{
    same(namespaces);
    same(shared);
    for (size_t at = 0; at < NS_TYPES; at++) {
        same(shares[at].pid);
        same(shares[at].start_time);
        same_text(shares[at].path);
        same_text(shares[at].words);
    }
    same(monotonic.given);
    same(monotonic.seconds);
    same(monotonic.nanoseconds);
    same(boottime.given);
    same(boottime.seconds);
    same(boottime.nanoseconds);
    same_maps(&one->uid_map, &other->uid_map);
    same_maps(&one->gid_map, &other->gid_map);
    same(network.kind);
    same_text(network.bridge);
    same_text(network.address);
    same_text(network.gateway);
    same(limits.memory_bytes);
    same(limits.swap_bytes);
    same(limits.processes);
    same(limits.cpu_quota_us);
    same(limits.cpu_period_us);
    same(limits.cpu_weight);
    same_text(cgroup);
}

/* All fields but tag, init_program and cancel, which are of one launch. */
static void same_spec(const struct spec *one, const struct spec *other)
{
    same_text(name);
    same_text(hostname);
    same_text(domainname);
    same_text(root);
    same(enter);
    same_layout(&one->layout, &other->layout);
    same(root_read_only);
    same(root_no_devices);
    same(root_throwaway);
    same(old_root_folder);
    same(keep_old_root);
    same(propagation);
    same(omit);
    same_strings(&one->masked, &other->masked, "masked");
    same_strings(&one->read_only, &other->read_only, "read_only");
    same(no_grade_paths);
    same_strings(&one->sysctls, &other->sysctls, "sysctls");
    same(init);
    same(init_shell);
    same(hold);
    same(verbose);
    same_strings(&one->argv, &other->argv, "argv");
    same_strings(&one->env, &other->env, "env");
    same(env_exact);
    same_text(cwd);
    same(terminal);
    same(console);
    same(columns);
    same(rows);
    same_rights(one, other);
    same_spaces(one, other);
}

static void any_spec_comes_back_as_it_was(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 600; seed++) {
        _cleanup_spec_ struct spec spec = {0}, back = {0};
        struct err err = {0};
        random_state = seed * 7919;
        any_spec(&spec);
        _cleanup_free_ char *json = oci_format(&spec, &err);
        if (!json)
            fail_msg("%u: %s", seed, err.text);
        if (oci_spec_load(json, strlen(json), &back, &err) < 0)
            fail_msg("%u: %s\n%s", seed, err.text, json);
        same_spec(&spec, &back);
        _cleanup_free_ char *again = oci_format(&back, &err);
        assert_string_equal(json, again);
    }
}

static void words_that_are_no_utf8_are_told(void **state)
{
    (void)state;
    static const char bad[] = "a\xff"
                              "b";
    struct err err = {0};
    _cleanup_spec_ struct spec spec = {0};
    strings_add(&spec.argv, "sh");
    strings_add(&spec.argv, bad);
    assert_null(oci_format(&spec, &err));
    assert_string_equal(err.text, "cannot be written as JSON: the argument \"a?b\" is no UTF-8");
    strings_free(&spec.argv);
    spec.root = xstrdup(bad);
    assert_null(oci_format(&spec, &err));
    assert_non_null(strstr(err.text, "the root"));
}

/* ---- a document that was changed wins over what stands beside ------------------------------------- */

/* Writes a spec of the lab with studio, lets sed change it, reads it. */
static void changed(const char *from, const char *to, struct spec *spec,
                    struct strings *unsupported)
{
    struct err err = {0};
    _cleanup_spec_ struct spec first = {.namespaces = NS_BIT(NS_MNT) | NS_BIT(NS_PID)};
    first.root = xstrdup("/tmp");
    first.enter = ENTER_PIVOT;
    strings_add(&first.argv, "sh");
    assert_int_equal(layout_load(SOURCE_DIR "/assets/layouts/studio.layout", &first.layout, &err),
                     0);
    _cleanup_free_ char *json = oci_format(&first, &err);
    assert_non_null(json);
    char *at = strstr(json, from);
    assert_non_null(at);
    _cleanup_free_ char *text =
        xasprintf("%.*s%s%s", (int)(at - json), json, to, at + strlen(from));
    if (oci_parse(text, strlen(text), "/", spec, unsupported, &err) < 0)
        fail_msg("%s", err.text);
}

static void right_that_was_taken_out_stays_out(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_strings_ struct strings unsupported = {0};
    changed("\"CAP_CHOWN\",", "", &spec, &unsupported);
    assert_true(spec.capabilities.given);
    assert_false(spec.capabilities.bounding & (UINT64_C(1) << CAP_CHOWN));
    assert_true(spec.capabilities.bounding & (UINT64_C(1) << CAP_KILL));
    assert_int_equal(unsupported.count, 1);
    assert_non_null(strstr(unsupported.items[0], "process.capabilities says something else"));
}

static void mount_that_was_changed_is_what_is_mounted(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_strings_ struct strings unsupported = {0};
    changed("\"source\":\"/etc\"", "\"source\":\"/usr\"", &spec, &unsupported);
    bool found = false;
    for (size_t at = 0; at < spec.layout.count; at++) {
        const struct layout_entry *entry = &spec.layout.entries[at];
        found |= strcmp(entry->target, "/etc") == 0 && strcmp(entry->source, "/usr") == 0;
    }
    assert_true(found);
    assert_null(spec.layout.name);
}

static void path_that_was_added_is_covered(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_strings_ struct strings unsupported = {0};
    changed("\"readonlyPaths\":[", "\"maskedPaths\":[\"/proc/keys\"],\"readonlyPaths\":[", &spec,
            &unsupported);
    assert_true(spec.no_grade_paths);
    assert_int_equal(spec.masked.count, 1);
    assert_int_equal(spec.read_only.count, 2);
}

static void user_that_was_changed_is_who_it_is(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_strings_ struct strings unsupported = {0};
    changed("\"uid\":0", "\"uid\":1000", &spec, &unsupported);
    assert_true(spec.identity.given);
    assert_int_equal(spec.identity.uid, 1000);
}

/* A good document with bytes changed here and there: never a crash, and never a sentence missing. */
static void document_with_broken_bytes_does_no_harm(void **state)
{
    (void)state;
    _cleanup_free_ char *json = NULL;
    random_state = 4711;
    for (unsigned round = 0; round < 3000; round++) {
        if (round % 300 == 0) {
            _cleanup_spec_ struct spec spec = {0};
            free(json);
            any_spec(&spec);
            json = oci_format(&spec, NULL);
        }
        _cleanup_free_ char *copy = xstrdup(json);
        size_t length = strlen(copy);
        for (unsigned count = 1 + any(4); count > 0; count--) {
            static const char signs[] = "\"{}[],:0-9ntf\\ \x80\xff";
            copy[any((unsigned)length)] = signs[any(sizeof(signs) - 1)];
        }
        _cleanup_spec_ struct spec back = {0};
        _cleanup_strings_ struct strings unsupported = {0};
        struct err err = {0};
        if (oci_parse(copy, any(20) ? length : any((unsigned)length), "/", &back, &unsupported,
                      &err) < 0)
            assert_true(err.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_spec_comes_back_as_it_was),
        cmocka_unit_test(words_that_are_no_utf8_are_told),
        cmocka_unit_test(right_that_was_taken_out_stays_out),
        cmocka_unit_test(mount_that_was_changed_is_what_is_mounted),
        cmocka_unit_test(path_that_was_added_is_covered),
        cmocka_unit_test(user_that_was_changed_is_who_it_is),
        cmocka_unit_test(document_with_broken_bytes_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
