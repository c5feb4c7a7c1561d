/* How a config.json that others have written is read: what it asks for and nothing else, nothing dropped in
 * silence, and no text that somebody hostile has written does harm. */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nstui/oci.h"
#include "support.h"

#define START   "{\"ociVersion\":\"1.0.2\","
#define ROOT    "\"root\":{\"path\":\"/tmp\"},"
#define PROCESS "\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"}"

static int parse(const char *json, struct spec *spec, struct strings *unsupported, struct err *err)
{
    return oci_parse(json, strlen(json), "/tmp", spec, unsupported, err);
}

/* ---- what is not supported is named, or refused ------------------------------------------------------ */

static void field_that_is_not_supported_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"\"hooks\":{\"prestart\":[{\"path\":\"/x\"}]}", "hooks.prestart is not supported: "},
        {"\"hooks\":{\"poststop\":[{\"path\":\"/x\"}]}", "hooks.poststop is not supported: "},
        {"\"linux\":{\"intelRdt\":{\"closID\":\"a\"}}", "linux.intelRdt is not supported: "},
        {"\"linux\":{\"resources\":{\"blockIO\":{\"weight\":1}}}",
         "linux.resources.blockIO is not supported: "},
        {"\"linux\":{\"resources\":{\"memory\":{\"swappiness\":0}}}",
         "linux.resources.memory.swappiness is not supported: "},
        {"\"linux\":{\"resources\":{\"unified\":{\"memory.high\":\"1\"}}}",
         "linux.resources.unified is not supported: "},
        {"\"linux\":{\"personality\":{\"domain\":\"LINUX32\"}}",
         "linux.personality.domain is LINUX32, which is not supported"},
        {"\"linux\":{\"cgroupsPath\":\"system.slice:a:b\"}", "linux.cgroupsPath is not supported"},
        {"\"linux\":{\"devices\":[{\"path\":\"/dev/no\",\"type\":\"c\",\"major\":250,"
         "\"minor\":250}]}",
         "linux.devices[0] is not made: the host has no device /dev/no 250:250"},
        {"\"mounts\":[{\"destination\":\"/x\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup\"]}]",
         "mounts[0].options[0] is \"tmpcopyup\", which is not supported"},
        {"\"mounts\":[{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/tmp\","
         "\"options\":[\"strange\"]}]",
         "mounts[0] is a bind, for which the options \"strange\" mean nothing"},
        {"\"vm\":{\"kernel\":{}}", "vm is not supported"},
        {"\"flavour\":\"sweet\"", "flavour is no field that is known here"},
        {"\"linux\":{\"maskedpaths\":[]}", "linux.maskedpaths is no field that is known here"},
        {"\"annotations\":{\"io.nstui.new\":\"1\"}", "the annotation io.nstui.new is not known"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {0};
        _cleanup_strings_ struct strings unsupported = {0};
        struct err err = {0};
        _cleanup_free_ char *json = xasprintf(START ROOT PROCESS ",%s}", cases[at].text);
        if (parse(json, &spec, &unsupported, &err) < 0)
            fail_msg("%s: %s", cases[at].text, err.text);
        if (unsupported.count != 1 || !strstr(unsupported.items[0], cases[at].line))
            fail_msg("%s: %zu lines: %s", cases[at].text, unsupported.count,
                     unsupported.count ? unsupported.items[0] : "");
    }
}

static void field_that_says_nothing_is_not_named(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_strings_ struct strings unsupported = {0};
    struct err err = {0};
    const char *json = START ROOT
        "\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\",\"apparmorProfile\":\"\","
        "\"selinuxLabel\":\"\"},\"hooks\":{},\"linux\":{\"intelRdt\":null,\"mountLabel\":\"\","
        "\"resources\":{\"blockIO\":{},\"memory\":{\"disableOOMKiller\":false}}},"
        "\"annotations\":{\"org.example\":\"x\"}}";
    assert_int_equal(parse(json, &spec, &unsupported, &err), 0);
    assert_int_equal(unsupported.count, 0);
}

static void thousand_unknown_fields_are_not_a_thousand_lines(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_strings_ struct strings unsupported = {0};
    struct text json = {0};
    struct err err = {0};
    text_add(&json, START ROOT PROCESS);
    for (int at = 0; at < 1000; at++)
        text_addf(&json, ",\"unknown%d\":1", at);
    text_add(&json, "}");
    assert_int_equal(parse(json.data, &spec, &unsupported, &err), 0);
    assert_int_equal(unsupported.count, 65);
    assert_string_equal(unsupported.items[64], "936 more fields are not supported");
    text_free(&json);
}

static void every_field_is_told_in_the_documentation(void **state)
{
    (void)state;
    const char *text = file_get(SOURCE_DIR "/doc/oci.md");
    for (size_t at = 0; oci_fields[at].path; at++) {
        _cleanup_free_ char *path = xasprintf("`%s`", oci_fields[at].path);
        bool group = false; /* a part whose fields are told one by one */
        for (size_t other = 0; oci_fields[other].path && !group; other++) {
            size_t length = strlen(oci_fields[at].path);
            group = strncmp(oci_fields[other].path, oci_fields[at].path, length) == 0 &&
                    strchr(".[", oci_fields[other].path[length]) && oci_fields[other].path[length];
        }
        if (!group && !strstr(text, path))
            fail_msg("doc/oci.md says nothing of %s", path);
        if (oci_fields[at].why && !strstr(text, oci_fields[at].why))
            fail_msg("doc/oci.md does not say of %s: %s", path, oci_fields[at].why);
    }
}

/* ---- hostile texts ------------------------------------------------------------------------------------- */

static void document_that_is_wrong_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *json, *sentence;
    } cases[] = {
        {"", "the text ends before the document does"},
        {"{", "the text ends before the document does"},
        {"[]", "it is no object"},
        {"null", "the text ends before the document does"},
        {"{}x", "something stands behind the document, in line 1"},
        {"{\n\n\"a\":\x01}", "line 3 is no JSON"},
        {"{\"a\":'b'}", "is no JSON"},
        {"{}", "ociVersion is missing"},
        {"{\"ociVersion\":1}", "ociVersion is a number, not a string"},
        {"{\"ociVersion\":\"2.0\"}", "ociVersion is 2.0"},
        {START PROCESS "}", "root is missing"},
        {START "\"root\":[]," PROCESS "}", "root is a list, not an object"},
        {START "\"root\":{\"path\":\"\"}," PROCESS "}", "root.path is missing"},
        {START "\"root\":{\"path\":\"/no/such\"}," PROCESS "}",
         "cannot use the root of the bundle"},
        {START "\"root\":{\"path\":\"/tmp\"}}", "process is missing"},
        {START ROOT "\"process\":{\"cwd\":\"/\"}}", "process has no args"},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":[]}}", "process has no args"},
        {START ROOT "\"process\":{\"args\":[\"a\"]}}", "process has no cwd"},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":[\"a\",\"b\",3]}}",
         "process.args[2] is a number, not a string"},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":\"sh\"}}",
         "process.args is a string, not a list"},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":[\"a\\u0000b\"]}}",
         "process.args[0] has a NUL in it"},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"env\":[\"NOVALUE\"]}}",
         "process.env[0] is no variable"},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"user\":{\"uid\":-1}}}",
         "process.user.uid is -1, which is not between 0 and"},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"user\":{\"uid\":4294967295}}}",
         "process.user.uid is 4294967295"},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"user\":{\"uid\":1.5}}}",
         "process.user.uid is a number that is not whole, not a number"},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],"
                    "\"oomScoreAdj\":99999999999999999999999}}",
         ""},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"terminal\":\"yes\"}}",
         "process.terminal is a string, not true or false"},
        {START ROOT
         "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"rlimits\":[{\"type\":\"nofile\"}]}}",
         "process.rlimits[0] has the type \"nofile\""},
        {START ROOT "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],"
                    "\"capabilities\":{\"bounding\":[\"CAP_ALL\"]}}}",
         "process.capabilities.bounding[0] is \"CAP_ALL\""},
        {START ROOT "\"mounts\":[{\"destination\":\"relative\",\"type\":\"tmpfs\"}]," PROCESS "}",
         "mounts[0] has the destination \"relative\""},
        {START ROOT "\"mounts\":[{\"destination\":\"/a/../b\",\"type\":\"tmpfs\"}]," PROCESS "}",
         "mounts[0] has the destination"},
        {START ROOT "\"mounts\":[{\"destination\":\"/\",\"type\":\"tmpfs\"}]," PROCESS "}",
         "mounts[0] has the destination \"/\""},
        {START ROOT "\"mounts\":[{\"destination\":\"/a\"}]," PROCESS "}", "mounts[0] has no type"},
        {START ROOT "\"mounts\":[{\"destination\":\"/a\",\"type\":\"bind\"}]," PROCESS "}",
         "mounts[0] is a bind and has no source"},
        {START ROOT "\"mounts\":[{\"destination\":\"/"
                    "a\",\"type\":\"tmpfs\",\"options\":[\"remount\"]}]," PROCESS "}",
         "mounts[0].options[0] is \"remount\", which is not supported, and without it"},
        {START ROOT "\"mounts\":[{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/\","
                    "\"uidMappings\":[{\"containerID\":0}]}]," PROCESS "}",
         "mounts[0].uidMappings is not supported, and without it"},
        {START ROOT PROCESS ",\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]}}",
         "linux.namespaces[1] is a second pid namespace"},
        {START ROOT PROCESS ",\"linux\":{\"namespaces\":[{\"type\":\"magic\"}]}}",
         "linux.namespaces[0] has the type \"magic\""},
        {START ROOT PROCESS ",\"linux\":{\"namespaces\":[{\"type\":\"net\\u001b[31m\"}]}}",
         "has the type \"net?[31m\""},
        {START ROOT PROCESS ",\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"ns/pid\"}]}}",
         "linux.namespaces[0] has the path \"ns/pid\", which is not absolute"},
        {START ROOT PROCESS ",\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":0}]}}",
         "linux.uidMappings[0] has no size"},
        {START ROOT PROCESS ",\"linux\":{\"sysctl\":{\"a\":1}}}",
         "linux.sysctl.a is a number, not a string"},
        {START ROOT PROCESS ",\"linux\":{\"rootfsPropagation\":\"maybe\"}}",
         "linux.rootfsPropagation is \"maybe\""},
        {START ROOT PROCESS ",\"linux\":{\"resources\":{\"memory\":{\"limit\":\"64m\"}}}}",
         "linux.resources.memory.limit is a string, not a number"},
        {START ROOT PROCESS ",\"annotations\":{\"a\":1}}",
         "annotations.a is a number, not a string"},
        {START ROOT PROCESS ",\"annotations\":{\"io.nstui.version\":\"2\"}}",
         "a newer nstui has written it"},
        {START ROOT PROCESS ",\"annotations\":{\"io.nstui.layout\":\"{\"}}",
         "is not what nstui writes there"},
        {START ROOT PROCESS
         ",\"annotations\":{\"io.nstui.layout\":\"{\\\"entries\\\":[{\\\"kind\\\":"
         "\\\"bind\\\",\\\"target\\\":\\\"/../x\\\"}]}\"}}",
         "is no entry of a layout"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {0};
        _cleanup_strings_ struct strings unsupported = {0};
        struct err err = {0};
        if (parse(cases[at].json, &spec, &unsupported, &err) == 0)
            fail_msg("taken: %s", cases[at].json);
        if (!strstr(err.text, cases[at].sentence) || strncmp(err.text, "c", 1) != 0)
            fail_msg("%s: %s", cases[at].json, err.text);
    }
}

static void document_is_bounded_in_depth_and_size(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    struct text deep = {0};
    text_add(&deep, "{\"a\":");
    for (int at = 0; at < 100000; at++)
        text_add(&deep, "[");
    assert_int_equal(parse(deep.data, &spec, NULL, &err), -1);
    assert_non_null(strstr(err.text, "more than 32 deep"));
    text_free(&deep);
    _cleanup_free_ char *large = xmalloc(OCI_SIZE_MAX + 2);
    memset(large, ' ', OCI_SIZE_MAX + 1);
    large[0] = '{';
    large[1] = '}';
    assert_int_equal(oci_parse(large, OCI_SIZE_MAX + 1, "/", &spec, NULL, &err), -1);
    assert_non_null(strstr(err.text, "4194305 bytes"));
    assert_int_equal(oci_parse("{\0}", 3, "/", &spec, NULL, &err), -1);
}

static void file_of_a_bundle_must_be_a_small_plain_one(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    const char *folder = test_folder(), *path = test_path("%s/config.json", folder);
    assert_int_equal(oci_load(folder, &spec, NULL, &err), -1);
    assert_non_null(strstr(err.text, "a bundle is a folder with a config.json"));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(oci_load(folder, &spec, NULL, &err), -1);
    assert_non_null(strstr(err.text, "no regular file"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/zero", path), 0);
    assert_int_equal(oci_load(folder, &spec, NULL, &err), -1);
    assert_non_null(strstr(err.text, "no regular file"));
    assert_int_equal(unlink(path), 0);
    file_put(path, START "\"root\":{\"path\":\".\"}," PROCESS "}");
    assert_int_equal(oci_load(folder, &spec, NULL, &err), 0);
    assert_string_equal(spec.root, test_path("%s/.", folder));
}

/* ---- how a bundle is read --------------------------------------------------------------------------------- */

static const struct layout_entry *entry_at(const struct spec *spec, const char *target)
{
    for (size_t at = 0; at < spec->layout.count; at++) {
        if (strcmp(spec->layout.entries[at].target, target) == 0)
            return &spec->layout.entries[at];
    }
    return NULL;
}

static void bundle_has_nothing_that_it_does_not_ask_for(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    assert_int_equal(parse(START ROOT PROCESS "}", &spec, NULL, &err), 0);
    assert_true(spec.capabilities.given);
    assert_int_equal(spec.capabilities.bounding, 0);
    assert_true(spec.env_exact);
    assert_int_equal(spec.env.count, 0);
    assert_true(spec.no_grade_paths);
    assert_string_equal(spec.seccomp, "");
    assert_int_equal(spec.namespaces, 0);
    assert_true(spec.identity.given);
    assert_false(spec.init);
}

static void options_of_a_mount_become_flags_and_data(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_strings_ struct strings unsupported = {0};
    struct err err = {0};
    const char *json = START ROOT PROCESS
        ",\"mounts\":["
        "{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"nosuid\",\"noexec\",\"exec\","
        "\"mode=700\",\"size=1k\",\"ro\"]},"
        "{\"destination\":\"/b//c/\",\"type\":\"none\",\"source\":\"data\",\"options\":[\"rbind\","
        "\"ro\",\"nodev\",\"rprivate\"]},"
        "{\"destination\":\"/d\",\"type\":\"bind\",\"source\":\"/dev/"
        "null\",\"options\":[\"bind\"]},"
        "{\"destination\":\"/proc\",\"type\":\"proc\",\"options\":[\"hidepid=2\",\"ro\"]},"
        "{\"destination\":\"/e\",\"type\":\"sysfs\",\"source\":\"sysfs\"}]}";
    if (parse(json, &spec, &unsupported, &err) < 0)
        fail_msg("%s", err.text);
    const struct layout_entry *entry = entry_at(&spec, "/a");
    assert_int_equal(entry->kind, LAYOUT_TMPFS);
    assert_int_equal(entry->flags, MS_NOSUID | MS_RDONLY);
    assert_string_equal(entry->options, "mode=700,size=1k");
    entry = entry_at(&spec, "/b/c");
    assert_int_equal(entry->kind, LAYOUT_BIND);
    assert_string_equal(entry->source, "/tmp/data");
    assert_true(entry->read_only && !entry->shallow);
    assert_int_equal(entry->flags, MS_NODEV);
    assert_int_equal(entry->propagation, MS_PRIVATE | MS_REC);
    entry = entry_at(&spec, "/d");
    assert_true(entry->shallow && !entry->directory);
    entry = entry_at(&spec, "/proc");
    assert_true(entry->kind == LAYOUT_PROC && entry->read_only);
    assert_string_equal(entry->options, "hidepid=2");
    entry = entry_at(&spec, "/e");
    assert_int_equal(entry->kind, LAYOUT_MOUNT);
    assert_string_equal(entry->type, "sysfs");
    assert_int_equal(unsupported.count, 0);
}

static void usual_devices_are_added_but_not_to_the_hosts_dev(void **state)
{
    (void)state;
    struct err err = {0};
    for (int host = 0; host < 2; host++) {
        _cleanup_spec_ struct spec spec = {0};
        _cleanup_free_ char *json =
            xasprintf(START ROOT
                      "\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\",\"terminal\":true},\"mounts\":["
                      "{\"destination\":\"/dev\",\"type\":\"%s\",\"source\":\"/dev\"}]}",
                      host ? "bind" : "tmpfs");
        assert_int_equal(parse(json, &spec, NULL, &err), 0);
        assert_int_equal(entry_at(&spec, "/dev/null") != NULL, !host);
        assert_int_equal(entry_at(&spec, "/dev/fd") != NULL, !host);
        assert_int_equal(spec.console, !host);
        assert_null(entry_at(&spec, "/dev/ptmx"));
    }
}

/* A list of devices that denies all is kept by what is there: no node, and no right to make one. */
static void denied_devices_cannot_be_made(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_strings_ struct strings unsupported = {0};
    struct err err = {0};
    const char *json = START ROOT
        "\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\",\"capabilities\":{\"bounding\":["
        "\"CAP_MKNOD\",\"CAP_KILL\"]}},\"mounts\":[{\"destination\":\"/x\",\"type\":\"bind\","
        "\"source\":\"/tmp\"}],\"linux\":{\"resources\":{\"devices\":["
        "{\"allow\":false,\"access\":\"rwm\"},"
        "{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"rwm\"}]}}}";
    assert_int_equal(parse(json, &spec, &unsupported, &err), 0);
    assert_true(spec.root_no_devices);
    assert_int_equal(spec.capabilities.bounding, UINT64_C(1) << CAP_KILL);
    assert_int_equal(entry_at(&spec, "/x")->flags, MS_NODEV);
    assert_int_equal(unsupported.count, 1);
    assert_non_null(strstr(unsupported.items[0], "CAP_MKNOD is taken from it"));
}

static void devices_of_the_host_stand_in_for_nodes(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_strings_ struct strings unsupported = {0};
    struct err err = {0};
    const char *json = START ROOT PROCESS ",\"linux\":{\"devices\":[{\"path\":\"/dev/"
                                          "nothing\",\"type\":\"c\",\"major\":1,\"minor\":3},"
                                          "{\"path\":\"/dev/pipe\",\"type\":\"p\"}]}}";
    assert_int_equal(parse(json, &spec, &unsupported, &err), 0);
    assert_string_equal(entry_at(&spec, "/dev/nothing")->source, "/dev/null");
    assert_int_equal(unsupported.count, 1);
    assert_non_null(strstr(unsupported.items[0], "linux.devices[1] is not made"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field_that_is_not_supported_is_named),
        cmocka_unit_test(field_that_says_nothing_is_not_named),
        cmocka_unit_test(thousand_unknown_fields_are_not_a_thousand_lines),
        cmocka_unit_test(every_field_is_told_in_the_documentation),
        cmocka_unit_test(document_that_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(document_is_bounded_in_depth_and_size),
        machine_test(file_of_a_bundle_must_be_a_small_plain_one),
        cmocka_unit_test(bundle_has_nothing_that_it_does_not_ask_for),
        cmocka_unit_test(options_of_a_mount_become_flags_and_data),
        cmocka_unit_test(usual_devices_are_added_but_not_to_the_hosts_dev),
        cmocka_unit_test(denied_devices_cannot_be_made),
        cmocka_unit_test(devices_of_the_host_stand_in_for_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
