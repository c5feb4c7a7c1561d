/* Bundles: what runc spec and crun spec make runs, what nstui export makes runs in crun and runc, and a
 * root that somebody hostile has filled leads no mount outside. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nstui/base.h"
#include "support.h"

static char template[] = "/tmp/nstui-test-root-XXXXXX";

/* Once for all: a root of copies, with a shell and a few tools and what they are linked with. */
static int template_make(void **state)
{
    (void)state;
    static const char script[] =
        "mkdir -p $1/bin && for b in sh cat ls id readlink hostname mkdir; do"
        " p=$(readlink -f $(command -v $b)); cp -L $p $1/bin/$b; ldd $p; done |"
        " grep -o '/[^ ]*' | sort -u | while read -r l; do"
        " mkdir -p $1${l%/*} && cp -L $l $1$l; done";
    _cleanup_result_ struct result result = {0};
    if (!mkdtemp(template) || chmod(template, 0755) < 0)
        return -1;
    return run_words(&result, "sh", "-ec", script, "sh", template);
}

static int template_drop(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    return run_words(&result, "rm", "-rf", template);
}

/* A bundle with a root of its own. */
static const char *bundle_make(const char *text)
{
    _cleanup_result_ struct result result = {0};
    const char *folder = test_folder();
    run_expect(0, &result, "cp", "-al", template, test_path("%s/rootfs", folder));
    if (text)
        file_put(test_path("%s/config.json", folder), text);
    return folder;
}

/* A config.json: PROCESS is `"args":[..]` and more of it; REST begins with a comma, or is "". */
static const char *config(const char *process, const char *mounts, const char *rest)
{
    return test_path("{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},"
                     "\"process\":{\"cwd\":\"/\",\"env\":[\"PATH=/bin\"],%s},\"mounts\":[%s]%s}",
                     process, mounts, rest);
}

#define SPACES                                                                                     \
    ",\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"uts\"}]}"
#define PROC "{\"destination\":\"/proc\",\"type\":\"proc\"}"
#define DEV  "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"options\":[\"mode=755\"]}"

/* ---- bundles made elsewhere ------------------------------------------------------------------ */

static void made_elsewhere(const char *program, const char *option, const char *hostname)
{
    _cleanup_result_ struct result made = {0}, result = {0};
    if (!program_is_there(program))
        skip_because("%s is not installed", program);
    const char *folder = bundle_make(NULL);
    _cleanup_free_ char *line = xasprintf("cd %s && %s spec %s", folder, program, option);
    run_expect(0, &made, "sh", "-c", line);
    run_expect(
        0, &result, "nstui", "run", "--bundle", folder, "--no-tty", "--", "sh", "-c",
        "hostname; echo $$; ls /dev; ls -d /sys/kernel; cat /proc/sys/kernel/hostname;"
        "id; readlink /dev/ptmx; (echo >/x) 2>&1; ls /sys/fs/cgroup >/dev/null && echo groups");
    _cleanup_free_ char *wanted =
        xasprintf("%s\n1\nfd\nfull\nmqueue\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntt"
                  "y\nurandom\n"
                  "zero\n/sys/kernel\n%s\nuid=0 gid=0 groups=0\npts/ptmx\n"
                  "sh: 1: cannot create /x: Read-only file system\ngroups\n",
                  hostname, hostname);
    assert_string_equal(result.out, wanted);
    assert_string_equal(result.error, "");
}

static void bundle_of_runc_spec_runs(void **state)
{
    (void)state;
    made_elsewhere("runc", "", "runc");
}

static void bundle_of_runc_spec_rootless_runs(void **state)
{
    (void)state;
    made_elsewhere("runc", "--rootless", "runc");
}

static void bundle_of_crun_spec_runs(void **state)
{
    (void)state;
    made_elsewhere("crun", "", "crun");
}

static void environment_and_rights_are_those_of_the_bundle(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    const char *folder =
        bundle_make(config("\"args\":[\"sh\",\"-c\",\"cat /proc/self/status /proc/self/environ\"],"
                           "\"user\":{\"uid\":5,\"gid\":6,\"additionalGids\":[7,8],\"umask\":63},"
                           "\"noNewPrivileges\":true,\"oomScoreAdj\":77",
                           PROC, SPACES));
    run_expect(0, &result, "nstui", "run", "--bundle", folder);
    static const char *const lines[] = {
        "Umask:\t0077\n",  "Uid:\t5\t5\t5\t5\n",          "Gid:\t6\t6\t6\t6\n",
        "Groups:\t7 8 \n", "CapBnd:\t0000000000000000\n", "CapEff:\t0000000000000000\n",
        "NoNewPrivs:\t1\n"};
    for (size_t at = 0; at < array_length(lines); at++) {
        if (!strstr(result.out, lines[at]))
            fail_msg("no %s in\n%s", lines[at], result.out);
    }
    static const char environment[] = "PATH=/bin\0PWD=/"; /* PWD is the shell's */
    assert_memory_equal(result.out + result.out_length - sizeof(environment), environment,
                        sizeof(environment));
    assert_null(memmem(result.out, result.out_length, "HOME=", 5));
}

static void options_change_what_the_bundle_says(void **state)
{
    (void)state;
    const char *folder = bundle_make(config("\"args\":[\"sh\",\"-c\",\"hostname; echo $A $$\"]",
                                            PROC, ",\"hostname\":\"first\"" SPACES));
    _cleanup_result_ struct result plain = {0}, other = {0}, layout = {0}, walled = {0};
    run_expect(0, &plain, "nstui", "run", "--bundle", folder);
    assert_string_equal(plain.out, "first\n1\n");
    run_expect(0, &other, "nstui", "run", "--hostname", "second", "--env", "A=b", "--init",
               "--bundle", folder);
    assert_string_equal(other.out, "second\nb 2\n");
    run_expect(125, &layout, "nstui", "run", "--bundle", folder, "--layout", "none");
    assert_non_null(strstr(layout.error, "a bundle has its mounts in its config.json"));
    run_expect(125, &walled, "nstui", "run", "--walled", "--bundle", folder);
    assert_non_null(strstr(walled.error, "not by a grade"));
}

static void field_that_is_not_supported_is_a_line_on_stderr(void **state)
{
    (void)state;
    _cleanup_result_ struct result named = {0}, refused = {0}, wrong = {0};
    const char *folder =
        bundle_make(config("\"args\":[\"sh\",\"-c\",\"echo ran\"]", PROC,
                           ",\"hooks\":{\"poststop\":[{\"path\":\"/x\"}]}" SPACES));
    run_expect(0, &named, "nstui", "run", "--bundle", folder);
    assert_string_equal(named.out, "ran\n");
    assert_string_equal(named.error, "nstui: config.json: hooks.poststop is not supported: nstui "
                                     "starts no programs on the host for a bundle\n");
    file_put(test_path("%s/config.json", folder),
             config("\"args\":[\"sh\",\"-c\",\"echo ran\"]",
                    "{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/tmp\","
                    "\"options\":[\"idmap\"]}",
                    SPACES));
    run_expect(125, &refused, "nstui", "run", "--bundle", folder);
    assert_string_equal(refused.out, "");
    assert_non_null(strstr(refused.error,
                           "mounts[0].options[0] is \"idmap\", which is not supported, "
                           "and without it its files would have other owners"));
    file_put(test_path("%s/config.json", folder), "{\"ociVersion\":\"1.0\",\"process\":7}");
    run_expect(125, &wrong, "nstui", "run", "--bundle", folder);
    assert_non_null(strstr(wrong.error, "root is missing"));
}

static void terminal_of_a_bundle_is_its_console(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0}, list = {0};
    const char *folder = bundle_make(config(
        "\"terminal\":true,\"args\":[\"sh\",\"-c\",\"readlink /proc/self/fd/0;"
        "echo hello >/dev/console; ls /dev/console\"]",
        PROC "," DEV
             ",{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"options\":[\"newinstance\","
             "\"ptmxmode=0666\"]}",
        SPACES));
    run_expect(0, &result, "nstui", "run", "--bundle", folder);
    assert_string_equal(result.out, "/dev/pts/0\r\nhello\r\n/dev/console\r\n");
    /* What lies below the tmpfs was made in it, not in the directory that it covers. */
    run_expect(0, &list, "ls", "-A", test_path("%s/rootfs/dev", folder));
    assert_string_equal(list.out, "");
}

static void mounts_have_the_options_of_the_bundle(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    const char *source = test_folder();
    _cleanup_free_ char *mounts = xasprintf(
        PROC
        ",{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"noexec\",\"ro\","
        "\"mode=700\"]},"
        "{\"destination\":\"/t/below\",\"type\":\"bind\",\"source\":\"%s\",\"options\":["
        "\"rbind\",\"nosuid\",\"noexec\",\"rslave\"]},"
        "{\"destination\":\"/bound\",\"type\":\"none\",\"source\":\"%s\",\"options\":[\"rbind\","
        "\"ro\"]}",
        source, source);
    const char *folder =
        bundle_make(config("\"args\":[\"sh\",\"-c\",\"(echo >/bound/x) 2>&1; echo y >/t/below/y;"
                           "(mkdir /t/z) 2>&1; cat /proc/self/mountinfo\"]",
                           mounts, SPACES));
    run_expect(0, &result, "nstui", "run", "--bundle", folder);
    assert_non_null(strstr(result.out, "/bound/x: Read-only file system"));
    assert_non_null(strstr(result.out, "/t/z"));
    assert_non_null(strstr(result.out, " /t ro,noexec"));
    assert_non_null(strstr(result.out, " /t/below rw,nosuid,noexec"));
    assert_non_null(strstr(result.out, " /bound ro"));
    assert_true(path_exists(test_path("%s/y", source)));
    assert_false(path_exists(test_path("%s/x", source)));
}

static void no_mount_point_is_made_in_a_directory_of_the_host(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0}, list = {0};
    const char *source = test_folder();
    _cleanup_free_ char *mounts =
        xasprintf("{\"destination\":\"/data\",\"type\":\"bind\",\"source\":\"%s\"},"
                  "{\"destination\":\"/data/missing\",\"type\":\"tmpfs\"}",
                  source);
    const char *folder = bundle_make(config("\"args\":[\"sh\"]", mounts, SPACES));
    run_expect(125, &result, "nstui", "run", "--bundle", folder);
    assert_non_null(strstr(result.error, "/data/missing: No such file or directory"));
    run_expect(0, &list, "ls", "-A", source);
    assert_string_equal(list.out, "");
}

/* ---- a root that somebody hostile has filled --------------------------------------------------- */

static void root_of_a_bundle_leads_no_mount_outside(void **state)
{
    (void)state;
    static const struct {
        const char *place, *kind;
    } traps[] = {
        {"dev", "link"}, {"proc", "link"}, {"sys", "link"},  {"sys", "up"},   {"dev", "up"},
        {"dev", "file"}, {"proc", "file"}, {"proc", "fifo"}, {"sys", "loop"}, {"dev", "into"},
    };
    for (size_t at = 0; at < array_length(traps); at++) {
        _cleanup_result_ struct result result = {0}, list = {0};
        const char *outside = test_folder(), *kind = traps[at].kind;
        const char *folder =
            bundle_make(config("\"args\":[\"sh\",\"-c\",\"echo ran\"]",
                               PROC "," DEV ",{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\"},"
                                    "{\"destination\":\"/sys\",\"type\":\"sysfs\"}",
                               SPACES));
        const char *trap = test_path("%s/rootfs/%s", folder, traps[at].place);
        file_put(test_path("%s/mine", outside), "mine");
        if (strcmp(kind, "file") == 0)
            file_put(trap, "");
        else if (strcmp(kind, "fifo") == 0)
            assert_int_equal(mkfifo(trap, 0600), 0);
        else if (strcmp(kind, "into") == 0)
            assert_int_equal(symlink("/proc/self/root", trap), 0);
        else
            assert_int_equal(symlink(strcmp(kind, "link") == 0 ? outside
                                     : strcmp(kind, "loop") == 0
                                         ? traps[at].place
                                         : test_path("../../../../..%s", outside),
                                     trap),
                             0);
        run_words(&result, "nstui", "run", "--bundle", folder);
        if (result.status != 125 || !strstr(result.error, traps[at].place))
            fail_msg("%s %s: %d %s", traps[at].place, kind, result.status, result.error);
        run_expect(0, &list, "ls", "-A", outside);
        assert_string_equal(list.out, "mine\n");
        assert_int_equal(mount_count(outside), 0);
        assert_int_equal(mount_count(folder), 0);
        assert_true(path_exists("/proc/self/stat") && path_exists("/dev/null"));
    }
}

static void devices_of_a_root_are_not_taken_for_those_of_the_host(void **state)
{
    (void)state;
    _cleanup_result_ struct result link = {0}, fifo = {0};
    const char *outside = test_path("%s/file", test_folder());
    file_put(outside, "mine");
    const char *folder =
        bundle_make(config("\"args\":[\"sh\",\"-c\",\"echo lost >/dev/null\"]", PROC, SPACES));
    assert_int_equal(mkdir(test_path("%s/rootfs/dev", folder), 0755), 0);
    const char *null = test_path("%s/rootfs/dev/null", folder);
    assert_int_equal(symlink(outside, null), 0);
    run_expect(125, &link, "nstui", "run", "--bundle", folder);
    assert_non_null(strstr(link.error, "symbolic link"));
    assert_int_equal(unlink(null), 0);
    assert_int_equal(mkfifo(null, 0600), 0); /* covered by the host's, never opened */
    run_expect(0, &fifo, "nstui", "run", "--bundle", folder);
    assert_string_equal(file_get(outside), "mine");
}

static void fifo_in_place_of_passwd_is_not_waited_for(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    const char *folder = bundle_make(config("\"args\":[\"sh\",\"-c\",\"id\"]", PROC, SPACES));
    assert_int_equal(mkdir(test_path("%s/rootfs/etc", folder), 0755), 0);
    assert_int_equal(mkfifo(test_path("%s/rootfs/etc/passwd", folder), 0666), 0);
    run_expect(125, &result, "nstui", "run", "--setuid", "somebody", "--bundle", folder);
    assert_non_null(strstr(result.error, "no regular file"));
}

static void masked_path_that_is_a_link_covers_nothing_else(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    const char *outside = test_folder();
    file_put(test_path("%s/mine", outside), "mine");
    const char *folder = bundle_make(
        config("\"args\":[\"sh\",\"-c\",\"echo ran\"]", PROC,
               ",\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],\"maskedPaths\":[\"/secret\"]}"));
    assert_int_equal(symlink(outside, test_path("%s/rootfs/secret", folder)), 0);
    run_words(&result, "nstui", "run", "--bundle", folder);
    assert_int_equal(result.status, 125);
    assert_non_null(strstr(result.error, "symbolic link"));
    assert_int_equal(mount_count(outside), 0);
}

/* ---- bundles for others ------------------------------------------------------------------------ */

/* A container with a read-only bind that has a mount below it; it has ended when we are back. */
static const char *container_keep(const char *name)
{
    static const char script[] =
        "hostname; echo $$; (echo >/etc/x) 2>&1; (echo >/given/x) 2>&1;"
        "(echo >/given/below/x) 2>&1; ls /proc/self/ns >/dev/null && echo proc;"
        "echo >/dev/null && echo null; cat /proc/self/status | grep CapBnd";
    _cleanup_result_ struct result run = {0}, wait = {0};
    const char *source = test_folder(), *root = test_folder();
    const char *layout = test_path("%s/l.layout", test_folder());
    assert_int_equal(mkdir(test_path("%s/below", source), 0755), 0);
    file_put(layout, test_path("%s[D] %s * -> /given\n",
                               file_get(SOURCE_DIR "/assets/layouts/studio.layout"), source));
    assert_int_equal(mount("tmpfs", test_path("%s/below", source), "tmpfs", 0, NULL), 0);
    run_expect(0, &run, "nstui", "run", "-d", "-pmui", "--name", name, "--hostname", "inner",
               "--root", root, "--layout", layout, "--init", "--", "/bin/sh", "-c", script);
    run_expect(0, &wait, "sh", "-c",
               test_path("while nstui=$(%s ps) && echo \"$nstui\" | grep -q \"%s.*running\";"
                         " do sleep 0.1; done",
                         program_of_ours("nstui"), name));
    return source;
}

static void container_forget(const char *name, const char *source)
{
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "rm", name);
    assert_int_equal(umount2(test_path("%s/below", source), MNT_DETACH), 0);
}

/* Others can do without a terminal, and crun wants cgroup2 alone: in a mount namespace of its own. */
static void run_elsewhere(const char *program, const char *folder, struct result *result)
{
    _cleanup_free_ char *script =
        xasprintf("umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup &&"
                  " sed -i 's/\"terminal\":true/\"terminal\":false/' %s/config.json &&"
                  " exec %s --root %s/state run -b %s nstui-test-%d",
                  folder, program, folder, folder, (int)getpid());
    run_words(result, "unshare", "-m", "--propagation", "private", "sh", "-c", script);
}

static void exported_container_runs_in(const char *program)
{
    if (!program_is_there(program))
        skip_because("%s is not installed", program);
    _cleanup_result_ struct result export = {0}, result = {0}, list = {0};
    const char *source = container_keep("exported");
    const char *folder = test_path("%s/bundle", test_folder());
    run_expect(0, &export, "nstui", "export", "exported", folder);
    assert_non_null(strstr(export.error, "they have no nstui-init"));
    run_elsewhere(program, folder, &result);
    if (result.status != 0)
        fail_msg("%s: %s", program, result.error);
    char *rights = strstr(result.out, "CapBnd");
    assert_non_null(rights);
    assert_null(strstr(rights, "1ffffffffff")); /* MKNOD and others are dropped there, too */
    *rights = '\0';
    assert_string_equal(result.out,
                        "inner\n1\n/bin/sh: 1: cannot create /etc/x: Read-only file system\n"
                        "/bin/sh: 1: cannot create /given/x: Read-only file system\n"
                        "/bin/sh: 1: cannot create /given/below/x: Read-only file system\n"
                        "proc\nnull\n");
    run_expect(0, &list, "ls", "-A", source);
    assert_string_equal(list.out, "below\n");
    container_forget("exported", source);
}

static void exported_container_runs_in_crun(void **state)
{
    (void)state;
    exported_container_runs_in("crun");
}

static void exported_container_runs_in_runc(void **state)
{
    (void)state;
    exported_container_runs_in("runc");
}

static void exported_container_runs_in_nstui_as_it_was(void **state)
{
    (void)state;
    _cleanup_result_ struct result export = {0}, result = {0};
    const char *source = container_keep("again");
    const char *folder = test_path("%s/bundle", test_folder());
    run_expect(0, &export, "nstui", "export", "again", folder);
    run_expect(0, &result, "nstui", "run", "--no-tty", "--bundle", folder);
    assert_memory_equal(result.out, "inner\n2\n", 8); /* with its init */
    assert_non_null(strstr(result.out, "/given/below/x: Read-only file system"));
    container_forget("again", source);
}

/* Runs what was exported of a container with these options, elsewhere, and gives what both wrote. */
static void exported_with(const char *program, const char *const options[], const char *root,
                          struct result *here, struct result *there)
{
    static const char script[] = "hostname; cat /proc/self/uid_map; grep -E 'Cap|NoNew|Seccomp:'"
                                 " /proc/self/status; (echo >/etc/x) 2>&1; true";
    const char *argv[40] = {"nstui", "run", "-d", "--name", "far", "--hostname", "far"};
    size_t count = 7;
    _cleanup_result_ struct result run = {0}, export = {0}, forget = {0};
    const char *folder = test_path("%s/bundle", test_folder());
    for (; *options; options++)
        argv[count++] = *options;
    const char *const rest[] = {"--root", root, "--", "/bin/sh", "-c", script};
    memcpy(argv + count, rest, sizeof(rest));
    run_program(argv, NULL, 0, WAIT_MS, &run);
    assert_string_equal(run.error, "");
    run_expect(0, &export, "nstui", "export", "far", folder);
    run_expect(0, &forget, "nstui", "rm", "-f", "far");
    argv[2] = "--no-tty";
    run_program(argv, NULL, 0, WAIT_MS, here);
    assert_int_equal(here->status, 0);
    run_elsewhere(program, folder, there);
    if (there->status != 0)
        fail_msg("%s: %s", program, there->error);
}

static void walled_container_is_walled_in_runc(void **state)
{
    (void)state;
    static const char *const options[] = {"-pmuinC", "--walled", NULL};
    if (!program_is_there("runc"))
        skip_because("runc is not installed");
    _cleanup_result_ struct result here = {0}, there = {0};
    exported_with("runc", options, test_folder(), &here, &there);
    assert_non_null(strstr(here.out, "Seccomp:\t2\n"));
    assert_string_equal(here.out, there.out);
}

static void container_with_maps_has_them_in_crun_and_runc(void **state)
{
    (void)state;
    static const char *const options[] = {"-pmuiU",       "--map-users",    "0:100000:65536",
                                          "--map-groups", "0:100000:65536", NULL};
    static const char *const programs[] = {"crun", "runc"};
    for (size_t at = 0; at < array_length(programs); at++) {
        if (!program_is_there(programs[at]))
            skip_because("%s is not installed", programs[at]);
        _cleanup_result_ struct result here = {0}, there = {0};
        const char *root = test_folder();
        assert_int_equal(chmod(root, 0755), 0);
        assert_int_equal(chown(root, 100000, 100000), 0);
        exported_with(programs[at], options, root, &here, &there);
        assert_non_null(strstr(here.out, " 100000 "));
        assert_string_equal(here.out, there.out);
    }
}

static void what_cannot_be_exported_is_told(void **state)
{
    (void)state;
    _cleanup_result_ struct result none = {0}, host = {0}, twice = {0}, run = {0}, bytes = {0};
    const char *folder = test_path("%s/bundle", test_folder());
    run_expect(1, &none, "nstui", "export", "nosuch", folder);
    assert_non_null(strstr(none.error, "there is no session"));
    run_expect(0, &run, "nstui", "run", "-d", "-u", "--name", "hosts", "--", "true");
    run_expect(1, &host, "nstui", "export", "hosts", folder);
    assert_non_null(strstr(host.error, "no root directory of its own"));
    assert_false(path_exists(folder));
    result_free(&run);
    run_expect(0, &run, "nstui", "run", "-d", "-m", "--name", "odd", "--root", test_folder(), "--",
               "true", "\xff");
    run_expect(1, &bytes, "nstui", "export", "odd", folder);
    assert_non_null(strstr(bytes.error, "no UTF-8"));
    result_free(&run);
    run_expect(0, &run, "nstui", "run", "-d", "-m", "--name", "good", "--root", test_folder(), "--",
               "true");
    result_free(&run);
    run_expect(0, &run, "nstui", "export", "good", folder);
    run_expect(1, &twice, "nstui", "export", "good", folder);
    assert_non_null(strstr(twice.error, "a bundle is there already"));
    result_free(&run);
    run_expect(0, &run, "nstui", "rm", "-f", "hosts", "odd", "good");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(bundle_of_runc_spec_runs),
        machine_test(bundle_of_runc_spec_rootless_runs),
        machine_test(bundle_of_crun_spec_runs),
        machine_test(environment_and_rights_are_those_of_the_bundle),
        machine_test(options_change_what_the_bundle_says),
        machine_test(field_that_is_not_supported_is_a_line_on_stderr),
        machine_test(terminal_of_a_bundle_is_its_console),
        machine_test(mounts_have_the_options_of_the_bundle),
        machine_test(no_mount_point_is_made_in_a_directory_of_the_host),
        machine_test(root_of_a_bundle_leads_no_mount_outside),
        machine_test(devices_of_a_root_are_not_taken_for_those_of_the_host),
        machine_test(fifo_in_place_of_passwd_is_not_waited_for),
        machine_test(masked_path_that_is_a_link_covers_nothing_else),
        machine_test(exported_container_runs_in_crun),
        machine_test(exported_container_runs_in_runc),
        machine_test(exported_container_runs_in_nstui_as_it_was),
        machine_test(walled_container_is_walled_in_runc),
        machine_test(container_with_maps_has_them_in_crun_and_runc),
        machine_test(what_cannot_be_exported_is_told),
    };
    return cmocka_run_group_tests(tests, template_make, template_drop);
}
