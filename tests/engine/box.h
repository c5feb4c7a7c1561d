/* box: what the engine's tests share: a spec made of letters, launched, its output collected, its
 * end waited for. Calls the engine's own functions, on the real kernel. */
#ifndef NSTUI_TESTS_ENGINE_BOX_H
#define NSTUI_TESTS_ENGINE_BOX_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nstui/engine.h"
#include "support.h"

#define STUDIO SOURCE_DIR "/assets/layouts/studio.layout"

/* A spec with the namespaces of the letters, the root directory (NULL: the host's) laid out with
 * studio, and /bin/sh -c script as the command. */
__attribute__((unused)) static void box_spec(struct spec *spec, const char *letters,
                                             const char *root, const char *script)
{
    struct err err = {0};
    for (; *letters; letters++) {
        enum ns_type type;
        assert_true(ns_type_by_letter(*letters, &type));
        spec->namespaces |= NS_BIT(type);
    }
    spec->init_program = xstrdup(program_of_ours("nstui-init"));
    spec->root = root ? xstrdup(root) : NULL;
    if (root && layout_load(STUDIO, &spec->layout, &err) < 0)
        fail_msg("%s", err.text);
    if (script) {
        strings_add(&spec->argv, "/bin/sh");
        strings_add(&spec->argv, "-c");
        strings_add(&spec->argv, script);
    }
}

__attribute__((unused)) static void box_launch(struct spec *spec, struct launched *launched)
{
    struct err err = {0};
    if (spec_check(spec, NULL, &err) < 0 || engine_launch(spec, launched, &err) < 0)
        fail_msg("%s", err.text);
}

/* Waits for the end of it with a limit and gives its status as an exit status; -1: it still runs. */
__attribute__((unused)) static int box_end(struct launched *launched, int timeout_ms)
{
    struct pollfd event = {.fd = launched->pidfd, .events = POLLIN};
    siginfo_t info = {0};
    int status = -1;
    if (poll(&event, 1, timeout_ms) == 1 &&
        waitid(P_PIDFD, (id_t)launched->pidfd, &info, WEXITED) == 0)
        status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    return status;
}

__attribute__((unused)) static void box_kill(struct launched *launched)
{
    (void)syscall(SYS_pidfd_send_signal, launched->pidfd, SIGKILL, NULL, 0);
    assert_int_not_equal(box_end(launched, WAIT_MS), -1);
    launched_close(launched);
}

/* Appends what comes from fd until `until` (NULL: the end) is in it. False: the time is over. */
__attribute__((unused)) static bool box_read(int fd, struct text *text, const char *until)
{
    text_add(text, "");
    int64_t end_ms = clock_monotonic_ms() + WAIT_MS;
    while (!until || !strstr(text->data, until)) {
        struct pollfd event = {.fd = fd, .events = POLLIN};
        int64_t left_ms = end_ms - clock_monotonic_ms();
        char bytes[4096];
        if (left_ms <= 0 || poll(&event, 1, (int)left_ms) <= 0)
            return false;
        ssize_t length = read(fd, bytes, sizeof(bytes));
        if (length <= 0) /* a pty whose other side is closed gives EIO */
            return !until;
        text_add_bytes(text, bytes, (size_t)length);
    }
    return true;
}

/* What a box said and how it ended; texts are never NULL. */
struct box_result {
    struct text out, error;
    int status;
};

__attribute__((unused)) static void box_result_free(struct box_result *result)
{
    text_free(&result->out);
    text_free(&result->error);
}
#define _cleanup_box_ __attribute__((cleanup(box_result_free)))

/* Collects a running box to its end. */
__attribute__((unused)) static void box_collect(struct launched *launched,
                                                struct box_result *result)
{
    if (launched->input >= 0)
        (void)close(launched->input);
    launched->input = -1;
    text_add(&result->error, "");
    assert_true(box_read(launched->terminal >= 0 ? launched->terminal : launched->output,
                         &result->out, NULL));
    if (launched->error >= 0)
        assert_true(box_read(launched->error, &result->error, NULL));
    result->status = box_end(launched, WAIT_MS);
    launched_close(launched);
}

__attribute__((unused)) static void box_run(struct spec *spec, struct box_result *result)
{
    struct launched launched;
    box_launch(spec, &launched);
    box_collect(&launched, result);
}

/* Runs a spec that must fail, and gives its err and status. */
__attribute__((unused)) static int box_fail(struct spec *spec, struct err *err)
{
    struct launched launched;
    if (spec_check(spec, NULL, err) < 0)
        return -1;
    assert_int_equal(engine_launch(spec, &launched, err), -1);
    assert_int_equal(launched.pidfd, -1);
    assert_int_equal(launched.terminal, -1);
    return launched.status;
}

/* A script that tells its open descriptors without opening one for it; dash keeps 10 for itself. */
#define OPEN_DESCRIPTORS                                                                           \
    "for f in $(seq 0 9) $(seq 11 99); do test -e /proc/$$/fd/$f && echo $f; done; true"

#define assert_has(text, part)                                                                     \
    do {                                                                                           \
        if (!strstr((text), (part)))                                                               \
            fail_msg("\"%s\" is not in:\n%s", (part), (text));                                     \
    } while (0)

#define assert_has_not(text, part)                                                                 \
    do {                                                                                           \
        if (strstr((text), (part)))                                                                \
            fail_msg("\"%s\" is in:\n%s", (part), (text));                                         \
    } while (0)

#endif
