/* Specs: checked and made whole before anything is done. Called by the command line, and again by
 * nobody: what passes here is what the engine launches. Reads the file system, changes nothing. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

#define HOSTNAME_LONGEST 64 /* __NEW_UTS_LEN, uname(2) */

/* ---- hostname ----------------------------------------------------------------------------- */

/* What somebody may have meant: signs that cannot be become "-". */
static void hostname_suggest(const char *hostname, char suggestion[HOSTNAME_LONGEST + 1])
{
    size_t length = 0;
    for (; *hostname && length < HOSTNAME_LONGEST; hostname++) {
        bool good = isascii(*hostname) && isalnum((unsigned char)*hostname);
        if (good || *hostname == '.')
            suggestion[length++] = *hostname;
        else if (length > 0 && suggestion[length - 1] != '-')
            suggestion[length++] = '-';
    }
    while (length > 0 && strchr("-.", suggestion[length - 1]))
        length--;
    suggestion[length] = '\0';
    if (strchr("-.", suggestion[0])) /* empty, too */
        (void)strcpy(suggestion, "box");
}

int hostname_check(const char *hostname, struct err *err)
{
    char suggestion[HOSTNAME_LONGEST + 1], sign[8];
    size_t length = strlen(hostname);
    hostname_suggest(hostname, suggestion);
    if (length == 0)
        return err_set(err, 0, "a hostname has at least one letter");
    for (const char *at = hostname; *at; at++) {
        if (isascii(*at) && (isalnum((unsigned char)*at) || strchr("-.", *at)))
            continue;
        uint32_t code;
        size_t bytes = text_decode_utf8(at, strlen(at), &code);
        (void)text_printable(sign, sizeof(sign), at, bytes ? bytes : 1, true);
        if (isspace((unsigned char)*at))
            return err_set(err, 0, "a blank cannot be in a hostname: try %s", suggestion);
        return err_set(err, 0, "\"%s\" cannot be in a hostname: try %s", sign, suggestion);
    }
    if (length > HOSTNAME_LONGEST)
        return err_set(err, 0, "a hostname has at most %d signs, this one has %zu",
                       HOSTNAME_LONGEST, length);
    if (strchr("-.", hostname[0]) || strchr("-.", hostname[length - 1]))
        return err_set(err, 0, "\"%c\" cannot begin or end a hostname: try %s",
                       strchr("-.", hostname[0]) ? hostname[0] : hostname[length - 1], suggestion);
    return 0;
}

/* ---- root ---------------------------------------------------------------------------------- */

/* Mount points are made in a root and stay there: in these they would be in everybody's way. */
static const char *const host_directories[] = {
    "/bin",    "/boot", "/dev",   "/etc",     "/home",     "/lib",     "/lib32", "/lib64",
    "/libx32", "/mnt",  "/media", "/opt",     "/root",     "/run",     "/sbin",  "/srv",
    "/tmp",    "/usr",  "/var",   "/usr/bin", "/usr/sbin", "/usr/lib",
};

static const char *const kernel_directories[] = {"/proc", "/sys", "/dev"};

static int root_is_own(const char *root, struct err *err)
{
    char shown[WORD_SIZE];
    word(shown, root);
    if (strcmp(root, "/") == 0) {
        (void)err_set(err, 0, "the root directory cannot be / itself");
        return err_hint(err, "leave --root out to keep the host's files, or name a directory that "
                             "is to become the root, as /srv/box");
    }
    for (size_t at = 0; at < array_length(host_directories); at++) {
        if (strcmp(root, host_directories[at]) == 0) {
            (void)err_set(err, 0, "the root directory cannot be %s, which the host uses", shown);
            return err_hint(err, "name a directory of its own, as /srv/box");
        }
    }
    for (size_t at = 0; at < array_length(kernel_directories); at++) {
        size_t length = strlen(kernel_directories[at]);
        if (strncmp(root, kernel_directories[at], length) == 0 && strchr("/", root[length])) {
            (void)err_set(err, 0, "the root directory cannot be %s: it is the kernel's", shown);
            return err_hint(err, "name a directory on a disk, as /srv/box");
        }
    }
    return 0;
}

/* A root that is not there yet: its parent must be. */
static int root_missing(const char *absolute, char **resolved, struct err *err)
{
    char shown[WORD_SIZE], parent_shown[WORD_SIZE];
    _cleanup_free_ char *parent = xstrdup(absolute);
    word(shown, absolute);
    struct stat status;
    if (lstat(absolute, &status) == 0) /* there, and yet not to be found */
        return err_set(err, 0, "the root %s is a symbolic link that leads nowhere", shown);
    for (size_t length = strlen(parent); length > 1 && parent[length - 1] == '/'; length--)
        parent[length - 1] = '\0';
    char *slash = strrchr(parent, '/');
    _cleanup_free_ char *last = xstrdup(slash + 1);
    slash[slash == parent] = '\0';
    if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return err_set(err, ENOENT, "cannot use %s as the root directory", shown);
    _cleanup_free_ char *real = realpath(parent, NULL);
    word(parent_shown, parent);
    if (!real && errno == ENOENT) {
        (void)err_set(err, ENOENT, "cannot make the root directory %s: its parent %s", shown,
                      parent_shown);
        return err_hint(err, "make it first: mkdir -p %s", parent_shown);
    }
    if (!real)
        return err_set(err, errno, "cannot make the root directory %s", shown);
    *resolved = xasprintf("%s/%s", strcmp(real, "/") == 0 ? "" : real, last);
    return 0;
}

static int root_check(struct spec *spec, struct err *err)
{
    char shown[WORD_SIZE];
    _cleanup_free_ char *absolute = NULL, *resolved = NULL;
    word(shown, spec->root);
    if (!spec->root[0])
        return err_set(err, 0, "the root directory has no name");
    if (!(spec->namespaces & NS_BIT(NS_MNT))) {
        (void)err_set(err, 0, "a root directory needs a mount namespace of its own");
        return err_hint(err, "add -m; without it the mounts would be the host's");
    }
    if (spec->root[0] == '/') {
        absolute = xstrdup(spec->root);
    } else {
        _cleanup_free_ char *here = getcwd(NULL, 0);
        if (!here)
            return err_set(err, errno, "cannot tell where %s is", shown);
        absolute = xasprintf("%s/%s", here, spec->root);
    }
    if (strlen(absolute) >= PATH_MAX - 1)
        return err_set(err, ENAMETOOLONG, "cannot use the root directory");
    resolved = realpath(absolute, NULL);
    struct stat status;
    if (!resolved && errno == ENOENT) {
        if (root_missing(absolute, &resolved, err) < 0)
            return -1;
    } else if (!resolved) {
        return err_set(err, errno, "cannot use %s as the root directory", shown);
    } else if (stat(resolved, &status) < 0) {
        return err_set(err, errno, "cannot look at the root directory %s", shown);
    } else if (!S_ISDIR(status.st_mode)) {
        (void)err_set(err, 0, "the root %s is a file", shown);
        return err_hint(err, "name a directory; one that is missing is made");
    }
    if (root_is_own(resolved, err) < 0)
        return -1;
    free(spec->root);
    spec->root = pointer_take(resolved);
    return 0;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static int command_too_many(const struct spec *spec, struct err *err)
{
    if (spec->hold)
        return err_set(err, 0, "what only holds namespaces runs no command");
    (void)err_set(err, 0, "init's shell takes no command: commands are typed at its prompt");
    return err_hint(err, "--init alone runs a command below nstui-init");
}

static int check_command(struct spec *spec, struct err *err)
{
    if (spec->hold || spec->init_shell) {
        spec->init = true;
        return spec->argv.count ? command_too_many(spec, err) : 0;
    }
    if (spec->argv.count == 0 || !spec->argv.items[0][0])
        return err_set(err, 0, "there is no command to run");
    return 0;
}

static int check_hostname(struct spec *spec, struct err *err)
{
    if (!spec->hostname)
        return 0;
    if (hostname_check(spec->hostname, err) < 0)
        return -1;
    if ((spec->namespaces | spec->shared) & NS_BIT(NS_UTS))
        return 0;
    (void)err_set(err, 0, "a hostname needs a uts namespace of its own");
    return err_hint(err, "add -u; without it the name of the host would change");
}

static int check_root(struct spec *spec, struct err *err)
{
    if (spec->root) {
        if (spec->enter == ENTER_NONE)
            spec->enter = ENTER_PIVOT;
        return root_check(spec, err);
    }
    if (spec->enter != ENTER_NONE) {
        (void)err_set(err, 0, "%s needs a root directory",
                      spec->enter == ENTER_CHROOT ? "chroot" : "pivot_root");
        return err_hint(err, "add --root DIR");
    }
    return 0;
}

static int check_layout(struct spec *spec, struct err *err)
{
    if (spec->root || spec->layout.count == 0)
        return 0;
    (void)err_set(err, 0, "a layout needs a root directory to be laid out in");
    return err_hint(err, "add --root DIR");
}

static int check_env(struct spec *spec, struct err *err)
{
    char shown[WORD_SIZE];
    for (size_t at = 0; at < spec->env.count; at++) {
        const char *item = spec->env.items[at], *equals = strchr(item, '=');
        if (!equals || equals == item)
            return err_set(err, 0, "\"%s\" is no variable: write KEY=VALUE", word(shown, item));
    }
    return 0;
}

static int check_cwd(struct spec *spec, struct err *err)
{
    char shown[WORD_SIZE];
    if (spec->cwd && spec->cwd[0] != '/')
        return err_set(err, 0, "the working directory \"%s\" is no absolute path",
                       word(shown, spec->cwd));
    return 0;
}

static const struct {
    const char *field;
    int (*check)(struct spec *, struct err *);
} checks[] = {
    {"hostname", check_hostname}, {"root", check_root},       {"layout", check_layout},
    {"share", share_check},       {"maps", maps_check},       {"limits", limits_check},
    {"network", network_check},   {"rights", rights_check},   {"paths", paths_check},
    {"command", check_command},   {"without", standin_check}, {"env", check_env},
    {"workdir", check_cwd},
};

int spec_check(struct spec *spec, const char **field, struct err *err)
{
    if (spec->columns == 0 || spec->rows == 0) {
        spec->columns = 80;
        spec->rows = 24;
    }
    for (size_t at = 0; at < array_length(checks); at++) {
        if (checks[at].check(spec, err) < 0) {
            if (field)
                *field = checks[at].field;
            return -1;
        }
    }
    return 0;
}

static void target_free(struct ns_target *target)
{
    free(target->path);
    free(target->words);
}

void spec_free(struct spec *spec)
{
    for (size_t at = 0; at < NS_TYPES; at++)
        target_free(&spec->shares[at]);
    free(spec->domainname);
    free(spec->uid_map.items);
    free(spec->gid_map.items);
    strings_free(&spec->masked);
    strings_free(&spec->read_only);
    strings_free(&spec->sysctls);
    free(spec->identity.groups);
    free(spec->identity.user);
    free(spec->identity.group);
    free(spec->seccomp);
    free(spec->rlimits.items);
    free(spec->cgroup);
    free(spec->network.bridge);
    free(spec->network.address);
    free(spec->network.gateway);
    free(spec->name);
    free(spec->hostname);
    free(spec->root);
    free(spec->cwd);
    free(spec->init_program);
    layout_free(&spec->layout);
    strings_free(&spec->argv);
    strings_free(&spec->env);
    *spec = (struct spec){0};
}

void cleanup_spec(void *spec)
{
    spec_free(spec);
}

/* ---- environment ---------------------------------------------------------------------------- */

static void environment_set(struct strings *list, const char *item)
{
    size_t length = strcspn(item, "=") + 1;
    for (size_t at = 0; at < list->count; at++) {
        if (strncmp(list->items[at], item, length) == 0) {
            free(list->items[at]);
            list->items[at] = xstrdup(item);
            return;
        }
    }
    strings_add(list, item);
}

void engine_environment(const struct strings *additions, struct strings *list)
{
    const char *language = getenv("LANG");
    strings_add(list, "TERM=xterm-256color");
    strings_add(list, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    strings_add(list, "HOME=/root");
    strings_addf(list, "LANG=%s", language && *language ? language : "C.UTF-8");
    for (size_t at = 0; additions && at < additions->count; at++)
        environment_set(list, additions->items[at]);
}
