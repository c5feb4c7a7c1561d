/* command: `nstui-view look PID hostname|ps|all`, the child in which all looking happens. Started
 * afresh by exec from the dashboard with what look_argv() gives; prints one JSON object. It has no
 * threads, limits itself in time and dies with the dashboard, since any file of a container may be
 * one that never answers. */
#include "private.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct {
    const char *name;
    unsigned int what;
} whats[] = {
    {"hostname", LOOK_HOSTNAME},
    {"ps", LOOK_PS},
    {"all", LOOK_HOSTNAME | LOOK_PS},
};

int look_argv(const struct look_request *request, struct strings *argv, struct err *err)
{
    _cleanup_free_ char *program = NULL;
    if (program_find("nstui-view", &program, err) < 0)
        return -1;
    strings_add(argv, program);
    strings_add(argv, "look");
    if (request->pid <= 0)
        strings_add(argv, "host");
    else if (request->start_time == 0)
        strings_addf(argv, "%d", (int)request->pid);
    else
        strings_addf(argv, "%d@%llu", (int)request->pid, (unsigned long long)request->start_time);
    for (size_t i = 0; i < array_length(whats); i++)
        if (whats[i].what == request->what)
            strings_add(argv, whats[i].name);
    if (request->brief)
        strings_add(argv, "--brief");
    return 0;
}

/* PID, PID@START or host. */
static bool parse_whom(const char *word, struct look_request *request)
{
    int64_t pid, start = 0;
    if (strcmp(word, "host") == 0)
        return true;
    _cleanup_free_ char *copy = xstrdup(word);
    char *at = strchr(copy, '@');
    if (at)
        *at++ = '\0';
    if (!number_parse(copy, 1, INT32_MAX, &pid) || (at && !number_parse(at, 0, INT64_MAX, &start)))
        return false;
    request->pid = (pid_t)pid;
    request->start_time = (uint64_t)start;
    return true;
}

static bool parse_arguments(int argc, char **argv, struct look_request *request)
{
    if (argc < 3 || argc > 4 || !parse_whom(argv[1], request))
        return false;
    for (size_t i = 0; i < array_length(whats); i++)
        if (strcmp(argv[2], whats[i].name) == 0)
            request->what = whats[i].what;
    request->brief = argc == 4 && strcmp(argv[3], "--brief") == 0;
    return request->what != 0 && (argc == 3 || request->brief);
}

/* Nobody waits for us longer than LOOK_LIMIT_MS; and who is gone does not wait at all. */
static void limit_time(void)
{
    sigset_t alarm_signal;
    signal(SIGALRM, SIG_DFL);
    sigemptyset(&alarm_signal);
    sigaddset(&alarm_signal, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarm_signal, NULL);
    alarm(LOOK_LIMIT_MS / 1000 + 1);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int look_at(const struct look_request *request, struct look *look, struct err *err)
{
    struct look_target target = LOOK_TARGET_EMPTY;
    int result = target_open(request, &target, err);
    if (result == 0) {
        look->pid = target.pid;
        look->start_time = target.start_time;
        look->command = xstrdup(target.command);
        look->own_side = target.own_side;
        look->brief = target.brief;
        look->has_hostname = (request->what & LOOK_HOSTNAME) != 0;
        look->has_ps = (request->what & LOOK_PS) != 0;
        if (look->has_ps)
            ps_look(&target, &look->ps);
        if (look->has_hostname)
            hostname_look(&target, &look->hostname);
    }
    target_close(&target);
    return result;
}

int look_main(int argc, char **argv)
{
    struct look_request request = {0};
    if (!parse_arguments(argc, argv, &request)) {
        fprintf(stderr, "usage: nstui-view look PID[@START]|host hostname|ps|all [--brief]\n");
        return 2;
    }
    limit_time();
    struct err err = {0};
    _cleanup_look_ struct look look = {0};
    _cleanup_text_ struct text json = {0};
    int result = look_at(&request, &look, &err);
    if (result == 0)
        look_print(&look, &json);
    else
        look_print_error(err.text, &json);
    if (fd_write_all(STDOUT_FILENO, json.data, json.length, &err) < 0)
        return 1;
    return result == 0 ? 0 : 1;
}
