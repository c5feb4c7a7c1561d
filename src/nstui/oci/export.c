/* A bundle for other programs: config.json in a folder of its own, its root where the container has
 * it. What is lost with crun, runc and podman is told. Called by nstui export. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

static bool has_init(const struct spec *spec)
{
    return spec->init && !spec->init_shell;
}

static bool has_shell(const struct spec *spec)
{
    return spec->init_shell;
}

static bool has_chroot(const struct spec *spec)
{
    return spec->enter == ENTER_CHROOT;
}

static bool has_throwaway(const struct spec *spec)
{
    return spec->root_throwaway;
}

static bool has_old_root(const struct spec *spec)
{
    return spec->keep_old_root;
}

static bool has_omission(const struct spec *spec)
{
    return spec->omit & ~(unsigned)OMIT_PROC;
}

static bool has_bridge(const struct spec *spec)
{
    return spec->network.kind == NETWORK_BRIDGE;
}

static bool has_process(const struct spec *spec)
{
    for (size_t at = 0; at < NS_TYPES; at++) {
        if ((spec->shared & NS_BIT(at)) && !spec->shares[at].path)
            return true;
    }
    return false;
}

static bool is_name(const char *text)
{
    int64_t number;
    return text && !number_parse(text, 0, UINT32_MAX - 1, &number);
}

static bool has_user_name(const struct spec *spec)
{
    const struct identity *identity = &spec->identity;
    return identity->given && (is_name(identity->user) || is_name(identity->group));
}

static bool has_user_alone(const struct spec *spec)
{
    const struct identity *identity = &spec->identity;
    return identity->given && identity->user && !is_name(identity->user) && !identity->group;
}

static bool has_time(const struct spec *spec)
{
    return spec->namespaces & NS_BIT(NS_TIME);
}

static bool has_places(const struct spec *spec)
{
    for (size_t at = 0; at < spec->layout.count; at++) {
        if (spec->layout.entries[at].kind == LAYOUT_DIR ||
            spec->layout.entries[at].kind == LAYOUT_LINK)
            return true;
    }
    return false;
}

/* What other programs do not know. */
static const struct {
    bool (*is_lost)(const struct spec *);
    const char *words;
} losses[] = {
    {has_init, "the command is PID 1 with other programs: they have no nstui-init"},
    {has_shell, "the small shell of nstui-init becomes /bin/sh with other programs"},
    {has_chroot, "other programs enter the root by pivot_root, not by chroot"},
    {has_throwaway, "other programs write to the root itself, it is not thrown away"},
    {has_old_root, "other programs do not keep the old root"},
    {has_omission, "other programs leave no step out"},
    {has_bridge, "other programs bring no address and no bridge: its network is a loopback alone"},
    {has_process, "a namespace that is shared with a process is that of the pid, whoever has it"},
    {has_user_name, "a user or group that is known by name is 65534 with other programs"},
    {has_user_alone, "other programs look for no group of the user: it is 0"},
    {has_time, "runc before 1.2 and crun before 1.9 know no time namespace"},
    {has_places, "directories and links of the layout are not made by other programs: they are in "
                 "the root if it has run once"},
};

static int export_check(const struct spec *spec, struct err *err)
{
    if (!spec->root) {
        (void)err_set(err, 0, "it has no root directory of its own, and a bundle needs one");
        return err_hint(err, "run it with --root DIR");
    }
    if (spec->hold || (!spec->argv.count && !spec->init_shell))
        return err_set(err, 0, "it has no command that another program could run");
    return 0;
}

int oci_export(const struct spec *spec, const char *bundle_dir, struct strings *words,
               struct err *err)
{
    char name[SHOWN_SIZE];
    oci_shown(name, bundle_dir);
    if (export_check(spec, err) < 0)
        return -1;
    _cleanup_free_ char *text = oci_format(spec, err);
    if (!text)
        return -1;
    bool made = mkdir(bundle_dir, 0755) == 0;
    if (!made && errno != EEXIST)
        return err_set(err, errno, "cannot make the folder %s", name);
    _cleanup_close_ int folder = open(bundle_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return err_set(err, errno, "cannot open the folder %s", name);
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    _cleanup_close_ int file = openat(folder, "config.json", flags, 0644);
    if (file < 0) {
        (void)err_set(err, errno, "cannot write config.json in %s", name);
        return err->errnum == EEXIST ? err_hint(err, "a bundle is there already; choose another "
                                                     "folder, or remove it")
                                     : -1;
    }
    struct text whole = {0};
    text_addf(&whole, "%s\n", text);
    int result = fd_write_all(file, whole.data, whole.length, err);
    text_free(&whole);
    if (result < 0) {
        (void)unlinkat(folder, "config.json", 0);
        if (made)
            (void)rmdir(bundle_dir);
        return err_prefix(err, "cannot write config.json in %s", name);
    }
    for (size_t at = 0; at < array_length(losses); at++) {
        if (losses[at].is_lost(spec))
            strings_add(words, losses[at].words);
    }
    return 0;
}
