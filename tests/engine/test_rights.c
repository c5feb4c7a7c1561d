/* What a program in there may do and who it is: capabilities, users and groups, limits, seccomp
 * profiles, sysctls, paths that are covered or read-only. */
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "box.h"

#define BIT(capability) (UINT64_C(1) << (capability))
#define SETS            "sed -n 's/^Cap\\(...\\):.0*/\\1 /p' /proc/self/status"

static bool we_have(int capability)
{
    const char *line = strstr(file_get("/proc/self/status"), "CapEff:");
    return line && strtoull(line + strlen("CapEff:"), NULL, 16) >> capability & 1;
}

/* ---- capabilities -------------------------------------------------------------------------- */

static void capabilities_are_added_and_dropped_as_docker_does(void **state)
{
    (void)state;
    static const struct {
        const char *added, *dropped;
        uint64_t there, gone;
    } cases[] = {
        {"", "NET_RAW", BIT(CAP_CHOWN), BIT(CAP_NET_RAW) | BIT(CAP_MKNOD)},
        {"MKNOD", "", BIT(CAP_MKNOD), BIT(CAP_SYS_MODULE)},
        {"cap_net_raw chown", "ALL", BIT(CAP_NET_RAW) | BIT(CAP_CHOWN), ~(BIT(13) | BIT(0))},
        {"ALL", "CHOWN", BIT(CAP_MKNOD) | BIT(CAP_SYS_ADMIN), BIT(CAP_CHOWN)},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {0};
        _cleanup_box_ struct box_result result = {0};
        _cleanup_strings_ struct strings words = {0};
        assert_int_equal(text_shell_split(cases[at].added, &words, NULL), 0);
        for (size_t word = 0; word < words.count; word++)
            assert_int_equal(capability_parse(words.items[word], &spec.capabilities_added, NULL),
                             0);
        if (*cases[at].dropped)
            assert_int_equal(capability_parse(cases[at].dropped, &spec.capabilities_dropped, NULL),
                             0);
        box_spec(&spec, "pm", NULL, "sed -n 's/^CapEff:.//p;s/^CapBnd:.//p' /proc/self/status");
        box_run(&spec, &result);
        char *rest;
        unsigned long long effective = strtoull(result.out.data, &rest, 16),
                           bounding = strtoull(rest, NULL, 16);
        assert_int_equal(effective & cases[at].there, cases[at].there);
        assert_int_equal((effective | bounding) & cases[at].gone, 0);
    }
    struct err err = {0};
    uint64_t bits = 0;
    assert_int_equal(capability_parse("NET\033RAW", &bits, &err), -1);
    assert_string_equal(err.text, "there is no capability NET?RAW (man 7 capabilities lists them; "
                                  "ALL is every one)");
}

/* A caller that has something inheritable or ambient hands it on to nobody. */
static void nothing_inheritable_leaks_in(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct sets[2];
        if (syscall(SYS_capget, &header, sets) < 0)
            _exit(2);
        sets[0].inheritable = sets[0].permitted;
        sets[1].inheritable = sets[1].permitted;
        if (syscall(SYS_capset, &header, sets) < 0)
            _exit(3);
        struct spec spec = {.identity = {.given = true, .uid = 9, .gid = 9}};
        struct launched launched;
        struct err err = {0};
        box_spec(&spec, "pm", NULL,
                 "test -z \"$(grep -E 'Cap(Inh|Prm|Eff|Amb):.*[1-9a-f]' "
                 "/proc/self/status)\"");
        if (spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) < 0)
            _exit(4);
        _exit(box_end(&launched, WAIT_MS));
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void what_was_added_by_name_a_user_without_root_has_too(void **state)
{
    (void)state;
    for (int init = 0; init < 2; init++) {
        _cleanup_spec_ struct spec spec = {
            .init = init,
            .capabilities_added = BIT(CAP_NET_BIND_SERVICE),
            .identity = {.given = true, .uid = 1234, .gid = 1234},
        };
        _cleanup_box_ struct box_result result = {0};
        box_spec(&spec, "pm", NULL, "sed -n 's/^Uid:.//p' /proc/self/status; sh -c \"" SETS "\"");
        box_run(&spec, &result);
        assert_has(result.out.data, "1234\t1234\t1234\t1234\nInh 400\nPrm 400\nEff 400\n");
        assert_has(result.out.data, "Amb 400\n");
    }
}

static void sets_of_a_bundle_are_taken_as_they_are(void **state)
{
    (void)state;
    const uint64_t few = BIT(CAP_CHOWN) | BIT(CAP_KILL);
    _cleanup_spec_ struct spec spec = {
        .capabilities = {true, few, few, few, BIT(CAP_KILL), BIT(CAP_KILL)},
        .identity = {.given = true, .uid = 7, .gid = 7},
    };
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "pm", NULL, SETS);
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "Inh 20\nPrm 20\nEff 20\nBnd 21\nAmb 20\n");
}

/* ---- who ------------------------------------------------------------------------------------- */

/* A root of the test's own with files of its own in /etc. */
static const char *root_with_etc(const char *passwd, const char *group)
{
    const char *root = test_folder();
    assert_int_equal(chmod(root, 0755), 0);
    assert_int_equal(mkdir(test_path("%s/etc", root), 0755), 0);
    if (passwd)
        file_put(test_path("%s/etc/passwd", root), passwd);
    if (group)
        file_put(test_path("%s/etc/group", root), group);
    return root;
}

static void layout_without_etc(struct spec *spec)
{
    struct err err = {0};
    layout_free(&spec->layout);
    assert_int_equal(layout_parse("l",
                                  "[D] /bin *\n[D] /lib *\n[D] /lib64 * ?\n[D] /usr *\n"
                                  "[D] /proc\ndir /tmp 1777\n[F] /dev/null\n",
                                  &spec->layout, &err),
                     0);
}

static const char some_passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                                  "broken\n:::\nx:y:z:a\n"
                                  "ada:x:1815:1816:Ada:/home/ada:/bin/sh\n"
                                  "ada:x:1:1:later:/later:/bin/sh\n";
static const char some_group[] =
    "root:x:0:\nada:x:1816:\nengine:x:50:bob,ada\nother:x:51:adam,xada\n";

static void names_are_looked_up_in_the_roots_own_files(void **state)
{
    (void)state;
    static const struct {
        const char *user, *group, *says;
    } cases[] = {
        {"ada", NULL, "1815 1816 1816 50 /home/ada\n"},
        {"1815", NULL, "1815 1816 1816 50 /home/ada\n"},
        {"ada", "other", "1815 51 51 /home/ada\n"},
        {"ada", "77", "1815 77 77 /home/ada\n"},
        {"4000", NULL, "4000 0 0 /root\n"},
        {"root", NULL, "0 0 0 /root\n"},
    };
    const char *root = root_with_etc(some_passwd, some_group);
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {.init = at & 1, .identity = {.given = true}};
        _cleanup_box_ struct box_result result = {0};
        spec.identity.user = xstrdup(cases[at].user);
        spec.identity.group = cases[at].group ? xstrdup(cases[at].group) : NULL;
        box_spec(&spec, "pmu", root, "echo $(id -u) $(id -g) $(id -G) $HOME");
        layout_without_etc(&spec);
        box_run(&spec, &result);
        assert_string_equal(result.out.data, cases[at].says);
    }
}

static void user_that_nobody_knows_is_told(void **state)
{
    (void)state;
    const char *root = root_with_etc(some_passwd, NULL);
    for (int at = 0; at < 2; at++) {
        _cleanup_spec_ struct spec spec = {.identity = {.given = true}};
        struct err err = {0};
        spec.identity.user = xstrdup(at ? "ada" : "b\nob");
        spec.identity.group = at ? xstrdup("nobody") : NULL;
        box_spec(&spec, "pmu", root, "true");
        layout_without_etc(&spec);
        assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
        assert_has(err.text, at ? "there is no group nobody in /etc/group in there"
                                : "there is no user b?ob in /etc/passwd in there");
    }
}

/* A FIFO would wait for ever, a device may act; both are somebody else's. */
static void passwd_that_is_no_file_is_not_opened(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        _cleanup_spec_ struct spec spec = {.identity = {.given = true, .user = xstrdup("ada")}};
        struct err err = {0};
        const char *root = root_with_etc(NULL, some_group),
                   *passwd = test_path("%s/etc/passwd", root);
        if (kind == 0)
            assert_int_equal(mkfifo(passwd, 0644), 0);
        else if (kind == 1)
            assert_int_equal(symlink("/dev/null", passwd), 0);
        else if (kind == 2)
            assert_int_equal(mkdir(passwd, 0755), 0);
        else { /* endless, as far as anybody knows */
            int fd = open(passwd, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
            assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
            (void)close(fd);
        }
        box_spec(&spec, "pmu", root, "true");
        layout_without_etc(&spec);
        int64_t start_ms = clock_monotonic_ms();
        assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
        assert_true(clock_monotonic_ms() - start_ms < WAIT_MS / 2);
        assert_has(err.text,
                   kind < 3 ? "it is no regular file" : "cannot read /etc/passwd in there");
    }
}

static void standard_output_and_terminal_belong_to_the_user(void **state)
{
    (void)state;
    for (int terminal = 0; terminal < 2; terminal++) {
        _cleanup_spec_ struct spec spec = {
            .terminal = terminal,
            .identity = {.given = true, .uid = 1815, .gid = 1816},
        };
        _cleanup_box_ struct box_result result = {0};
        box_spec(&spec, "pmu", test_folder(), "echo one >/proc/self/fd/1; echo two >/dev/stderr");
        assert_int_equal(chmod(spec.root, 0755), 0);
        box_run(&spec, &result);
        assert_has(result.out.data, "one");
        assert_has(terminal ? result.out.data : result.error.data, "two");
    }
}

static void umask_and_limits_are_those_asked_for(void **state)
{
    (void)state;
    for (int letters = 0; letters < 2; letters++) {
        struct rlimit before;
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        _cleanup_spec_ struct spec spec = {
            .init = letters,
            .umask_given = true,
            .umask = 027,
            .oom_score = 300,
        };
        _cleanup_box_ struct box_result result = {0};
        array_grow(&spec.rlimits.items, 0, &spec.rlimits.capacity, sizeof(struct rlimit_entry));
        spec.rlimits.items[spec.rlimits.count++] = (struct rlimit_entry){RLIMIT_NOFILE, 64, 128};
        box_spec(&spec, letters ? "Upm" : "pm", NULL,
                 "umask; ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj");
        box_run(&spec, &result);
        assert_string_equal(result.out.data, "0027\n64\n128\n300\n");
    }
}

static void limit_beyond_ours_is_told_or_raised(void **state)
{
    (void)state;
    struct rlimit before, lower;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    lower = (struct rlimit){100, 100};
    for (int letters = 0; letters < 2; letters++) {
        pid_t child = fork();
        if (child == 0) {
            struct spec spec = {0};
            struct launched launched;
            struct err err = {0};
            (void)setrlimit(RLIMIT_NOFILE, &lower);
            array_grow(&spec.rlimits.items, 0, &spec.rlimits.capacity, sizeof(struct rlimit_entry));
            spec.rlimits.items[spec.rlimits.count++] =
                (struct rlimit_entry){RLIMIT_NOFILE, 150, 150};
            box_spec(&spec, letters ? "Upm" : "pm", NULL, "test $(ulimit -n) = 150");
            if (spec_check(&spec, NULL, &err) == 0 && engine_launch(&spec, &launched, &err) == 0)
                _exit(box_end(&launched, WAIT_MS));
            _exit(strstr(err.text, "cannot set the limit nofile: Operation not permitted (it is at "
                                   "most 100 here")
                      ? 50
                      : 51);
        }
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(WEXITSTATUS(status), we_have(CAP_SYS_RESOURCE) ? 0 : 50);
    }
}

/* ---- seccomp profiles ---------------------------------------------------------------------------- */

static void profile_decides_which_calls_are_made(void **state)
{
    (void)state;
    static const char *const profile =
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_X86_64\", "
        "\"SCMP_ARCH_ARM\", \"SCMP_ARCH_AARCH64\", \"SCMP_ARCH_S390X\"], \"syscalls\": ["
        "{\"names\": [\"mkdir\", \"mkdirat\", \"nosuch_call\"], \"action\": \"SCMP_ACT_ERRNO\", "
        "\"errnoRet\": 28},"
        "{\"names\": [\"symlink\", \"symlinkat\"], \"action\": \"SCMP_ACT_ERRNO\"}]}";
    for (int init = 0; init < 2; init++) {
        _cleanup_spec_ struct spec spec = {.init = init, .seccomp = xstrdup(profile)};
        _cleanup_box_ struct box_result result = {0};
        box_spec(&spec, "pmu", test_folder(),
                 "LC_ALL=C; mkdir /tmp/a; ln -s b /tmp/c; touch /tmp/fine; ls /tmp; "
                 "sed -n 's/^Seccomp:.//p' /proc/self/status");
        box_run(&spec, &result);
        assert_has(result.error.data, "No space left on device");
        assert_has(result.error.data, "Operation not permitted");
        assert_string_equal(result.out.data, "fine\n2\n");
    }
}

static void profile_works_without_no_new_privs_for_a_user(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {
        .seccomp = xstrdup("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": "
                           "[\"SECCOMP_FILTER_FLAG_LOG\"], \"syscalls\": []}"),
        .identity = {.given = true, .uid = 1815, .gid = 1816},
    };
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "pm", NULL,
             "sed -n 's/^Seccomp:.//p;s/^NoNewPrivs:.//p;s/^CapEff:.//p' /proc/self/status");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "0000000000000000\n0\n2\n");
}

static void profile_that_is_wrong_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *sentence;
    } cases[] = {
        {"{", "the seccomp profile is no JSON"},
        {"[]", "it is no JSON object"},
        {"{}", "there is no support for the action is missing or no string"},
        {"{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", "no support for the action SCMP_ACT_NOTIFY"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"archMap\": []}",
         "no support for archMap (it is of docker's own form"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/x\"}",
         "no support for listenerPath"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_PDP11\"]}",
         "there is no architecture SCMP_ARCH_PDP11"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"X\"]}", "support for the flag X"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": {}}", "syscalls is no list"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [1], \"action\": "
         "\"SCMP_ACT_LOG\"}]}",
         "names has something that is no string"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], "
         "\"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": -1}]}",
         "errnoRet is out of range"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], "
         "\"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 6, \"op\": \"SCMP_CMP_EQ\"}]}]}",
         "index is out of range"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], "
         "\"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 0, \"op\": \"<\"}]}]}",
         "there is no comparison <"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {.seccomp = xstrdup(cases[at].profile)};
        struct err err = {0};
        box_spec(&spec, "pm", NULL, "true");
        assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
        assert_has(err.text, cases[at].sentence);
    }
}

static void profile_that_lets_nothing_run_is_told(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {
        .seccomp = xstrdup("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": "
                           "[\"sendmsg\", \"exit_group\", \"fcntl\", \"dup2\", \"dup3\"], "
                           "\"action\": \"SCMP_ACT_ALLOW\"}]}")};
    struct err err = {0};
    box_spec(&spec, "pm", NULL, "true");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
    assert_has(err.text, "cannot execute nstui-init from memory: Operation not permitted");
    assert_has(err.text, "the seccomp profile must allow execveat");
}

/* ---- paths ------------------------------------------------------------------------------------------ */

static void paths_are_covered_and_read_only(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    const char *root = test_folder();
    assert_int_equal(mkdir(test_path("%s/home", root), 0755), 0);
    assert_int_equal(mkdir(test_path("%s/srv", root), 0755), 0);
    file_put(test_path("%s/home/secret", root), "secret");
    file_put(test_path("%s/letter", root), "secret");
    strings_add(&spec.masked, "/home");
    strings_add(&spec.masked, "/letter");
    strings_add(&spec.masked, "/proc/version");
    strings_add(&spec.read_only, "//srv");
    box_spec(
        &spec, "pmu", root,
        "ls /home; cat /letter /proc/version; echo >/srv/x; echo >/home/x; echo over >/letter");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "");
    assert_has(result.error.data, "/srv/x: Read-only file system");
    assert_has(result.error.data, "/home/x: Read-only file system");
    assert_string_equal(file_get(test_path("%s/letter", root)), "secret");
}

static void path_that_is_a_link_or_missing_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *path, *sentence;
    } cases[] = {
        {"/link",
         "cannot cover /link: Too many levels of symbolic links (a symbolic link is there"},
        {"/nosuch", "cannot cover /nosuch: No such file or directory (there is no such file"},
        {"/proc/self/attr", "cannot cover /proc/self/attr: Too many levels of symbolic links"},
        {"relative", "is no absolute path of a part"},
        {"/", "is no absolute path of a part"},
        {"/a/../b", "has a .. in it"},
    };
    const char *root = test_folder(), *outside = test_path("%s/file", test_folder());
    file_put(outside, "kept");
    assert_int_equal(symlink(outside, test_path("%s/link", root)), 0);
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {0};
        struct err err = {0};
        strings_add(&spec.masked, cases[at].path);
        box_spec(&spec, "pmu", root, "true");
        (void)box_fail(&spec, &err);
        assert_has(err.text, cases[at].sentence);
    }
    assert_string_equal(file_get(outside), "kept");
}

static void read_only_root_leaves_its_mounts_alone(void **state)
{
    (void)state;
    for (int enter = 0; enter < 2; enter++) {
        _cleanup_spec_ struct spec spec = {
            .root_read_only = true,
            .enter = enter ? ENTER_CHROOT : ENTER_PIVOT,
        };
        _cleanup_box_ struct box_result result = {0};
        struct err err = {0};
        const char *root = test_folder();
        box_spec(&spec, "pmu", root, "echo >/x; echo >/tmp/x && echo fine");
        layout_free(&spec.layout);
        assert_int_equal(layout_parse("l",
                                      "[D] /bin *\n[D] /lib *\n[D] /lib64 * ?\n[D] /usr *\n"
                                      "tmpfs /tmp\n",
                                      &spec.layout, &err),
                         0);
        box_run(&spec, &result);
        assert_has(result.error.data, "/x: Read-only file system");
        assert_string_equal(result.out.data, "fine\n");
        assert_false(path_exists(test_path("%s/old-root", root)));
    }
}

/* ---- sysctls ------------------------------------------------------------------------------------------ */

static void sysctls_change_its_own_namespaces_alone(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    const char *before = file_get("/proc/sys/kernel/msgmax");
    strings_add(&spec.sysctls, "kernel.msgmax=4321");
    strings_add(&spec.sysctls, "net/ipv4/conf/lo/rp_filter=2");
    strings_add(&spec.sysctls, "net.ipv4.ip_default_ttl=77");
    strings_add(&spec.sysctls, "kernel.domainname=there");
    box_spec(&spec, "pmuin", NULL,
             "cd /proc/sys; cat kernel/msgmax net/ipv4/conf/lo/rp_filter net/ipv4/ip_default_ttl "
             "kernel/domainname");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "4321\n2\n77\nthere\n");
    assert_string_equal(file_get("/proc/sys/kernel/msgmax"), before);
}

static void sysctls_of_the_host_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"vm.swappiness=1", "the sysctl vm/swappiness belongs to no namespace"},
        {"kernel.core_pattern=|/x", "belongs to no namespace"},
        {"kernel.shmmax=1", "belongs to a ipc namespace, and it has none of its own (add -i"},
        {"net.ipv4.ip_forward=1", "belongs to a net namespace"},
        {"net.=1", "is no sysctl"},
        {"net/../vm/swappiness=1", "is no sysctl"},
        {"net..etc=1", "is no sysctl"},
        {"net.ipv4.ip_forward", "is no sysctl: write NAME=VALUE"},
        {"=1", "is no sysctl"},
        {"/proc/x=1", "is no sysctl"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {0};
        struct err err = {0};
        strings_add(&spec.sysctls, cases[at].text);
        box_spec(&spec, "pmu", NULL, "true");
        assert_int_equal(spec_check(&spec, NULL, &err), -1);
        assert_has(err.text, cases[at].sentence);
    }
}

/* CVE-2025-52881: whoever could put a mount there would have us write where he likes. */
static void sysctl_file_under_another_mount_is_not_written(void **state)
{
    (void)state;
    const char *folder = test_folder(), *victim = test_path("%s/msgmax", folder);
    file_put(victim, "untouched");
    pid_t child = fork();
    if (child == 0) {
        struct spec spec = {0};
        struct launched launched;
        struct err err = {0};
        if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_PRIVATE | MS_REC, NULL) < 0 ||
            mount(folder, "/proc/sys/kernel", NULL, MS_BIND, NULL) < 0)
            _exit(2);
        strings_add(&spec.sysctls, "kernel.msgmax=4321");
        box_spec(&spec, "pmui", NULL, "true");
        if (spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) == 0)
            _exit(3);
        _exit(strstr(err.text, "something else is mounted on the host's /proc there") ? 0 : 4);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_string_equal(file_get(victim), "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(capabilities_are_added_and_dropped_as_docker_does),
        machine_test(nothing_inheritable_leaks_in),
        machine_test(what_was_added_by_name_a_user_without_root_has_too),
        machine_test(sets_of_a_bundle_are_taken_as_they_are),
        machine_test(names_are_looked_up_in_the_roots_own_files),
        machine_test(user_that_nobody_knows_is_told),
        machine_test(passwd_that_is_no_file_is_not_opened),
        machine_test(standard_output_and_terminal_belong_to_the_user),
        machine_test(umask_and_limits_are_those_asked_for),
        machine_test(limit_beyond_ours_is_told_or_raised),
        machine_test(profile_decides_which_calls_are_made),
        machine_test(profile_works_without_no_new_privs_for_a_user),
        machine_test(profile_that_is_wrong_is_told),
        machine_test(profile_that_lets_nothing_run_is_told),
        machine_test(paths_are_covered_and_read_only),
        machine_test(path_that_is_a_link_or_missing_is_told),
        machine_test(read_only_root_leaves_its_mounts_alone),
        machine_test(sysctls_change_its_own_namespaces_alone),
        machine_test(sysctls_of_the_host_are_refused),
        machine_test(sysctl_file_under_another_mount_is_not_written),
    };
    return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
