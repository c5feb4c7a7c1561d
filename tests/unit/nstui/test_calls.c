/* The table of calls: how they read, whatever is in them, and which a tracer stops at. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "nstui/calls.h"

static void assert_reads(const struct call *call, const char *wanted)
{
    _cleanup_free_ char *text = call_text(call);
    assert_string_equal(text, wanted);
}

static void calls_read_as_strace_writes_them(void **state)
{
    (void)state;
    assert_reads(&(struct call){.number = SYS_mount,
                                .arguments = {1, 1, 1, MS_NOSUID | MS_NODEV | MS_NOEXEC, 0},
                                .strings = {"proc", "/proc", "proc"}},
                 "mount(\"proc\", \"/proc\", \"proc\", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)");
    assert_reads(&(struct call){.number = SYS_mount,
                                .arguments = {1, 1, 0, MS_REC | MS_PRIVATE, 0},
                                .strings = {"none", "/"}},
                 "mount(\"none\", \"/\", NULL, MS_REC|MS_PRIVATE, NULL)");
    assert_reads(&(struct call){.number = SYS_umount2,
                                .arguments = {1, MNT_DETACH | UMOUNT_NOFOLLOW},
                                .strings = {"/old-root"}},
                 "umount2(\"/old-root\", MNT_DETACH|UMOUNT_NOFOLLOW)");
    assert_reads(&(struct call){.number = SYS_unshare, .arguments = {CLONE_NEWNS | CLONE_NEWPID}},
                 "unshare(CLONE_NEWNS|CLONE_NEWPID)");
    assert_reads(&(struct call){.number = SYS_unshare}, "unshare(0)");
    assert_reads(&(struct call){.number = SYS_clone, .arguments = {CLONE_NEWUTS | 17}},
                 "clone(flags=CLONE_NEWUTS|SIGCHLD)");
    assert_reads(&(struct call){.number = SYS_mkdirat,
                                .arguments = {(uint64_t)AT_FDCWD, 1, 0755},
                                .strings = {NULL, "bin"}},
                 "mkdirat(AT_FDCWD, \"bin\", 0755)");
    assert_reads(&(struct call){.number = SYS_fsconfig,
                                .arguments = {4, FSCONFIG_SET_STRING, 1, 1, 0},
                                .strings = {NULL, NULL, "size", "1m"}},
                 "fsconfig(4, FSCONFIG_SET_STRING, \"size\", \"1m\", 0)");
    assert_reads(&(struct call){.number = SYS_fsconfig, .arguments = {4, FSCONFIG_CMD_CREATE}},
                 "fsconfig(4, FSCONFIG_CMD_CREATE, NULL, NULL, 0)");
}

static void structs_are_read_too(void **state)
{
    (void)state;
    char bytes[sizeof(struct clone_args) + 1] = {0}; /* unaligned on purpose */
    struct clone_args clone = {.flags = CLONE_NEWTIME | CLONE_PIDFD, .exit_signal = 17};
    memcpy(bytes + 1, &clone, sizeof(clone));
    assert_reads(&(struct call){.number = SYS_clone3, .arguments = {1, 88}, .memory = {bytes + 1}},
                 "clone3({flags=CLONE_NEWTIME|CLONE_PIDFD, exit_signal=SIGCHLD}, 88)");
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY, .propagation = MS_SLAVE};
    assert_reads(&(struct call){.number = SYS_mount_setattr,
                                .arguments = {9, 1, AT_EMPTY_PATH | AT_RECURSIVE, 1, 32},
                                .strings = {NULL, ""},
                                .memory = {NULL, NULL, NULL, &attr}},
                 "mount_setattr(9, \"\", AT_EMPTY_PATH|AT_RECURSIVE, "
                 "{attr_set=MOUNT_ATTR_RDONLY, propagation=MS_SLAVE}, 32)");
    const char *const words[] = {"sh", "-c"};
    struct call_words argv = {.count = 3, .kept = 2, .words = words}, environment = {.count = 1};
    assert_reads(&(struct call){.number = SYS_execve,
                                .arguments = {1, 1, 1},
                                .strings = {"/bin/sh"},
                                .memory = {NULL, &argv, &environment}},
                 "execve(\"/bin/sh\", [\"sh\", \"-c\", ...], /* 1 var */)");
}

static void a_descriptor_shows_where_it_leads(void **state)
{
    (void)state;
    assert_reads(&(struct call){.number = SYS_setns,
                                .arguments = {3, CLONE_NEWUTS},
                                .strings = {"uts:[4026531838]"}},
                 "setns(3<uts:[4026531838]>, CLONE_NEWUTS)");
    assert_reads(&(struct call){.number = SYS_write,
                                .arguments = {5, 1, 7},
                                .strings = {"/proc/7/uid_map", "0 0 1\n"}},
                 "write(5</proc/7/uid_map>, \"0 0 1\\n\"..., 7)");
}

static void no_byte_of_a_program_reaches_a_terminal(void **state)
{
    (void)state;
    assert_reads(&(struct call){.number = SYS_chdir,
                                .arguments = {1},
                                .strings = {"a\033[31m\"\\\n\x7f\xff\xe2\x80\xae\xc3\xa9"}},
                 "chdir(\"a\\033[31m\\\"\\\\\\n\\177\\377\\342\\200\\256\xc3\xa9\")");
    assert_reads(&(struct call){.number = SYS_setns, .arguments = {3}, .strings = {"\033]0;x\a"}},
                 "setns(3<?]0;x?>, 0)");
    char *longest = xmalloc(100000);
    memset(longest, 1, 99999);
    longest[99999] = '\0';
    _cleanup_free_ char *text =
        call_text(&(struct call){.number = SYS_chdir, .arguments = {1}, .strings = {longest}});
    assert_true(strlen(text) < 4u * 4096 + 32);
    assert_string_equal(text + strlen(text) - 5, "\"...)");
    free(longest);
}

static void what_cannot_be_read_is_a_number(void **state)
{
    (void)state;
    assert_reads(&(struct call){.number = SYS_chroot, .arguments = {0x10}}, "chroot(0x10)");
    assert_reads(&(struct call){.number = SYS_clone3, .arguments = {0, 88}}, "clone3(NULL, 88)");
    assert_reads(&(struct call){.number = SYS_unshare, .arguments = {CLONE_NEWNS | 0x7}},
                 "unshare(CLONE_NEWNS|0x7)");
    assert_reads(&(struct call){.number = SYS_fsconfig, .arguments = {1, 77, 0, 0, 0}},
                 "fsconfig(1, 0x4d, NULL, NULL, 0)");
    assert_reads(&(struct call){.number = 100000}, "call 100000");
    assert_false(call_is_known(100000));
    assert_false(call_is_known(SYS_getpid));
    assert_null(call_name(SYS_getpid));
}

/* All rows, with arguments that nobody passes. */
static void every_call_reads_whatever_is_in_it(void **state)
{
    (void)state;
    const struct call_watch *watch;
    for (size_t at = 0; (watch = call_watch_at(at)); at++) {
        struct call call = {.number = watch->number};
        memset(call.arguments, 0xff, sizeof(call.arguments));
        _cleanup_free_ char *text = call_text(&call);
        assert_memory_equal(text, call_name(watch->number), strlen(call_name(watch->number)));
        assert_int_equal(text[strlen(text) - 1], ')');
        assert_true(call_watch_find(watch->number) == watch); /* no number twice */
    }
}

static void a_stop_is_for_what_has_to_do_with_namespaces(void **state)
{
    (void)state;
    uint64_t nothing[CALL_ARGUMENTS] = {0}, all[CALL_ARGUMENTS];
    memset(all, 0xff, sizeof(all));
    assert_true(call_watch_applies(call_watch_find(SYS_mount), nothing));
    const struct call_watch *clone = call_watch_find(SYS_clone);
    assert_false(call_watch_applies(clone, (uint64_t[CALL_ARGUMENTS]){CLONE_VM | 17}));
    assert_true(call_watch_applies(clone, (uint64_t[CALL_ARGUMENTS]){CLONE_NEWPID | 17}));
    const struct call_watch *openat = call_watch_find(SYS_openat);
    assert_false(call_watch_applies(openat, (uint64_t[CALL_ARGUMENTS]){0, 0, O_RDONLY}));
    assert_true(call_watch_applies(openat, (uint64_t[CALL_ARGUMENTS]){0, 0, O_WRONLY}));
    const struct call_watch *unlinkat = call_watch_find(SYS_unlinkat);
    assert_false(call_watch_applies(unlinkat, nothing));
    assert_true(call_watch_applies(unlinkat, (uint64_t[CALL_ARGUMENTS]){0, 0, AT_REMOVEDIR}));
    assert_false(call_watch_applies(call_watch_find(SYS_write), all));
}

static void files_that_set_namespaces_up_are_known_by_their_names(void **state)
{
    (void)state;
    assert_true(call_path_is_map("/proc/self/uid_map"));
    assert_true(call_path_is_map("gid_map"));
    assert_true(call_path_is_map("/proc/1/timens_offsets"));
    assert_false(call_path_is_map("/proc/self/uid_map/"));
    assert_false(call_path_is_map("/proc/self/uid_mapx"));
    assert_false(call_path_is_map(""));
}

static void a_recorder_gives_back_what_it_was_given(void **state)
{
    (void)state;
    struct recorder *recorder = recorder_open();
    assert_non_null(recorder);
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    struct call call = {.number = SYS_mount_setattr,
                        .arguments = {4, 1, 0, 1, 32},
                        .strings = {"/srv", ""},
                        .memory = {NULL, NULL, NULL, &attr},
                        .result = -EPERM};
    recorder_add(recorder, TRACE_CHILD, 7, &call, "/from", "/to");
    _cleanup_trace_ struct trace trace = {0};
    recorder_read(recorder, &trace);
    recorder_close(recorder);
    assert_int_equal(trace.count, 1);
    assert_string_equal(trace.items[0].call,
                        "mount_setattr(4</srv>, \"\", 0, {attr_set=MOUNT_ATTR_RDONLY}, 32)");
    assert_int_equal(trace.items[0].errnum, EPERM);
    assert_int_equal(trace.items[0].about, TRACE_MOUNTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_read_as_strace_writes_them),
        cmocka_unit_test(structs_are_read_too),
        cmocka_unit_test(a_descriptor_shows_where_it_leads),
        cmocka_unit_test(no_byte_of_a_program_reaches_a_terminal),
        cmocka_unit_test(what_cannot_be_read_is_a_number),
        cmocka_unit_test(every_call_reads_whatever_is_in_it),
        cmocka_unit_test(a_stop_is_for_what_has_to_do_with_namespaces),
        cmocka_unit_test(files_that_set_namespaces_up_are_known_by_their_names),
        cmocka_unit_test(a_recorder_gives_back_what_it_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
