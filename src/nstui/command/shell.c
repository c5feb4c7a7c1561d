/* nstui shell: a shell on the host as a session of its own, for a pane beside the containers'.
 * `nstui login`, hidden, is what it runs for another user: on the host, never in a container. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

enum { SHELL_NAME = OPTION_LONG, SHELL_USER };

static const struct option_entry shell_options[] = {
    {'d', "detach", NULL, "in the background; prints its name"},
    {SHELL_NAME, "name", "NAME", "how the session is called; else shell-1, shell-2 .."},
    {SHELL_USER, "user", "USER", "as this user (root may)"},
    {0},
};

/* The shell that passwd gives, or the one that is always there. */
static const char *user_shell(const struct user *user)
{
    return user->shell && user->shell[0] == '/' ? user->shell : "/bin/sh";
}

static void user_environment(const struct user *user, struct strings *env)
{
    const char *home = getenv("HOME");
    if (!user->name) { /* an id that passwd does not know */
        strings_addf(env, "HOME=%s", home && *home ? home : "/");
        return;
    }
    strings_addf(env, "HOME=%s", user->home);
    strings_addf(env, "USER=%s", user->name);
    strings_addf(env, "LOGNAME=%s", user->name);
    strings_addf(env, "SHELL=%s", user_shell(user));
}

static int user_find(const char *name, struct user *user, struct err *err)
{
    char typed[SHOWN_SIZE];
    if (user_by_name(name, user))
        return 0;
    return err_set(err, 0, "there is no user \"%s\" on this host", shown(typed, name));
}

/* The shell of a user: ours directly, another's by way of `nstui login`. */
static int shell_command(const char *name, struct spec *spec, struct err *err)
{
    _cleanup_user_ struct user user = {0}, own = {0};
    (void)user_by_id(getuid(), &own);
    if (!name || (own.name && strcmp(own.name, name) == 0)) {
        user_environment(&own, &spec->env);
        strings_add(&spec->argv, user_shell(&own));
        strings_add(&spec->argv, "-l");
        return 0;
    }
    if (user_find(name, &user, err) < 0)
        return -1;
    if (geteuid() != 0) {
        (void)err_set(err, 0, "a shell as %s needs root", name);
        return err_hint(err, "sudo nstui shell --user %s", name);
    }
    _cleanup_free_ char *ourselves = NULL;
    if (program_find("nstui", &ourselves, err) < 0)
        return -1;
    user_environment(&user, &spec->env);
    strings_add(&spec->argv, ourselves);
    strings_add(&spec->argv, "login");
    strings_add(&spec->argv, name);
    return 0;
}

static int shell_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    struct err err = {0};
    const char *name = NULL, *user = NULL, *term = getenv("TERM");
    bool detached = false;
    options_start(&options, invocation, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE)
            return options.status;
        if (id == 'd')
            detached = true;
        else if (id == SHELL_NAME)
            name = options.value;
        else
            user = options.value;
    }
    if (options.index < invocation->argc)
        return fail_with(invocation, ENGINE_STATUS_FAILED,
                         "nstui shell takes no command (nstui run -- COMMAND runs one)");
    _cleanup_spec_ struct spec spec = {.grade = GRADE_PRIVILEGED};
    spec.terminal = terminal_wanted(TTY_AUTO, detached);
    terminal_size(&spec.columns, &spec.rows);
    if (spec.terminal && !detached && term && *term)
        strings_addf(&spec.env, "TERM=%s", term);
    struct supervisor_config config = {
        .kind = SESSION_SHELL, .name = name, .spec = &spec, .remove = true};
    if ((name && session_name_check(name, &err) < 0) || shell_command(user, &spec, &err) < 0 ||
        spec_check(&spec, NULL, &err) < 0)
        return fail(invocation, ENGINE_STATUS_FAILED, &err);
    return session_start(invocation, &config, detached);
}

const struct command command_shell = {
    .name = "shell",
    .usage = "[-d] [--name NAME] [--user USER]",
    .help = "a shell on the host, as a session of its own",
    .more = "Nothing is new about its namespaces: it is for looking at containers from outside.\n"
            "Ends with the shell's status.\n",
    .options = shell_options,
    .flags = COMMAND_SESSION,
    .run = shell_run,
};

/* ---- nstui login USER -------------------------------------------------------------------- */

static int login_become(const struct user *user, struct err *err)
{
    gid_t groups[USER_GROUPS_MAX];
    size_t count = user_groups(user, groups);
    if (setgroups(count, groups) < 0)
        return err_set(err, errno, "cannot take the groups of %s", user->name);
    if (setresgid(user->gid, user->gid, user->gid) < 0)
        return err_set(err, errno, "cannot take the group of %s", user->name);
    if (setresuid(user->uid, user->uid, user->uid) < 0)
        return err_set(err, errno, "cannot become %s", user->name);
    if (user->uid != 0 && setresuid(0, 0, 0) == 0)
        return err_set(err, 0, "could become root again: not running a shell so");
    if (chdir(user->home) < 0 && chdir("/") < 0)
        return err_set(err, errno, "cannot enter %s", user->home);
    return 0;
}

static int login_run(const struct invocation *invocation)
{
    struct err err = {0};
    _cleanup_user_ struct user user = {0};
    if (invocation->argc != 2)
        return fail_with(invocation, ENGINE_STATUS_FAILED,
                         "nstui login is what nstui shell --user USER runs");
    if (user_find(invocation->argv[1], &user, &err) < 0 || login_become(&user, &err) < 0)
        return fail(invocation, ENGINE_STATUS_FAILED, &err);
    const char *shell = user_shell(&user), *base = strrchr(shell, '/') + 1;
    _cleanup_free_ char *name = xasprintf("-%s", base); /* the sign of a login shell: login(1) */
    (void)execl(shell, name, (char *)NULL);
    int status = errno == ENOENT ? ENGINE_STATUS_NOT_FOUND : ENGINE_STATUS_CANNOT_EXEC;
    (void)err_set(&err, errno, "cannot execute %s, the shell of %s", shell, user.name);
    return fail(invocation, status, &err);
}

const struct command command_login = {
    .name = "login",
    .usage = "USER",
    .help = "what nstui shell --user runs",
    .flags = COMMAND_HIDDEN | COMMAND_WITHOUT_PROC | COMMAND_SESSION,
    .run = login_run,
};
