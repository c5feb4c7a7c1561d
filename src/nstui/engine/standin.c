/* A launch without the step `private` (--without private), made harmless: the process between goes into
 * a mount namespace of its own, private from the host's and then shared within itself, as systemd leaves
 * a host. What the container mounts arrives there, and at the end it is told what that was, and what it
 * would have been on the host. Called by between.c, launch.c and the supervisor.
 *
 * The supervisor never goes in: the /proc of a container that has ended lies over the one in there, and
 * who lived in it would be blind. It must never mount anything in the host's mount namespace.
 * mount_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mountinfo.h"

#define MOUNTS_MAX  (16u * 1024 * 1024)
#define POINTS_TOLD 6
#define BLIND       "blind\n" /* the first line of `after` where /proc/self leads nowhere */

void standin_clear(struct standin *standin)
{
    *standin = (struct standin){.mounts = -1, .before = -1, .after = -1};
}

void standin_close(struct standin *standin)
{
    cleanup_close(&standin->mounts);
    cleanup_close(&standin->before);
    cleanup_close(&standin->after);
    standin_clear(standin);
}

/* ---- asked for ------------------------------------------------------------------------------ */

/* A step can only be left out where it would be taken. */
int standin_check(struct spec *spec, struct err *err)
{
    bool mnt = spec->namespaces & NS_BIT(NS_MNT);
    bool pid = (spec->namespaces | spec->shared) & NS_BIT(NS_PID);
    if ((spec->omit & OMIT_PRIVATE) && !mnt) {
        (void)err_set(err, 0, "there is no step private to leave out");
        return err_hint(err, "add -m; without it every mount is the host's anyway");
    }
    if ((spec->omit & OMIT_PROC) && (!mnt || !(pid || spec->root))) {
        (void)err_set(err, 0, "there is no step proc to leave out");
        return err_hint(err, "add -mp, or --root DIR");
    }
    if ((spec->omit & OMIT_BIND_ROOT) && !spec->root) {
        (void)err_set(err, 0, "there is no step bind-root to leave out");
        return err_hint(err, "add --root DIR");
    }
    if (!(spec->omit & OMIT_INIT))
        return 0;
    if (!spec->init || spec->init_shell || spec->hold) {
        (void)err_set(err, 0, "there is no step init to leave out");
        return err_hint(err, spec->init ? "init's shell is in init" : "add --init");
    }
    spec->init = false;
    spec->omit &= ~(unsigned)OMIT_INIT;
    return 0;
}

void standin_plan(struct steps *steps, const struct spec *spec)
{
    if ((spec->omit & OMIT_PRIVATE) && (spec->namespaces & NS_BIT(NS_MNT)))
        step_add(steps, STEP_STANDIN, STEP_BETWEEN);
}

/* ---- made ----------------------------------------------------------------------------------- */

/* Copies a mountinfo, opened below a /proc that is not blind, into memory. -1 with errno. */
static int mounts_copy(int proc, const char *first_line)
{
    _cleanup_free_ char *text = NULL;
    size_t length = 0;
    if (file_read(proc, "thread-self/mountinfo", MOUNTS_MAX, &text, &length, NULL) < 0)
        return -1;
    int copy = memfd_create("mounts", MFD_CLOEXEC);
    if (copy >= 0 && fd_write_all(copy, first_line, strlen(first_line), NULL) == 0 &&
        fd_write_all(copy, text, length, NULL) == 0)
        return copy;
    cleanup_close(&copy);
    return -1;
}

static int proc_open(void)
{
    return open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int standin_enter(struct kernel *kernel, struct standin *standin, struct err *err)
{
    static const char words[] = "cannot make a stand-in for the host";
    if (kernel_unshare(kernel, CLONE_NEWNS) < 0) {
        (void)err_set(err, errno, "%s", words);
        return errno == EPERM ? err_hint(err, "--without private needs root") : -1;
    }
    if (kernel_mount(kernel, "", "/", "", MS_PRIVATE | MS_REC, NULL) < 0 ||
        kernel_mount(kernel, "", "/", "", MS_SHARED | MS_REC, NULL) < 0) {
        (void)err_set(err, errno, "%s: its mounts cannot be changed", words);
        return errno == EINVAL ? err_hint(err, "/ is no mount point here: this is a chroot") : -1;
    }
    _cleanup_close_ int proc = proc_open();
    standin->mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    standin->before = proc < 0 ? -1 : mounts_copy(proc, "");
    if (standin->mounts < 0 || standin->before < 0)
        return err_set(err, errno, "%s: cannot look at its mounts", words);
    return 0;
}

/* ---- looked at ------------------------------------------------------------------------------ */

/* In a child, which shares nothing but descriptors with us: inside the stand-in. */
static int look_inside(const struct standin *standin, int proc)
{
    char self[32];
    if (setns(standin->mounts, CLONE_NEWNS) < 0)
        return -1;
    bool blind = readlink("/proc/self", self, sizeof(self)) < 0;
    return mounts_copy(proc, blind ? BLIND : "");
}

void standin_look(struct standin *standin)
{
    if (standin->mounts < 0 || standin->after >= 0)
        return;
    _cleanup_close_ int proc = proc_open();
    int ends[2], after = -1, pidfd = -1;
    if (proc < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return;
    /* With our table of descriptors, so that what it opens is ours; the number comes by the pipe. */
    pid_t child = engine_process_clone(CLONE_FILES, &pidfd);
    if (child == 0) {
        after = look_inside(standin, proc);
        _exit(write(ends[1], &after, sizeof(after)) != sizeof(after));
    }
    if (child > 0) {
        engine_process_collect(pidfd);
        (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
        if (read(ends[0], &after, sizeof(after)) != (ssize_t)sizeof(after))
            after = -1;
    }
    cleanup_close(&pidfd);
    (void)close(ends[0]);
    (void)close(ends[1]);
    standin->after = after;
}

/* ---- told ----------------------------------------------------------------------------------- */

static int table_of(int copy, struct mountinfo *table, bool *blind)
{
    _cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", copy), *text = NULL;
    if (copy < 0 || file_read(AT_FDCWD, path, MOUNTS_MAX, &text, NULL, NULL) < 0)
        return -1;
    *blind = strncmp(text, BLIND, strlen(BLIND)) == 0;
    mountinfo_parse(text + (*blind ? strlen(BLIND) : 0), table);
    return 0;
}

/* How a place is told: the root and all below it as one. */
static const char *place_of(const struct mount_row *row, const struct spec *spec)
{
    return spec->root && path_is_within(row->point, spec->root) ? spec->root : row->point;
}

/* What is new; its places, each once. Returns how many mounts. */
static size_t leaks_find(const struct mountinfo *before, const struct mountinfo *after,
                         const struct spec *spec, struct strings *places)
{
    size_t count = 0;
    for (size_t at = 0; at < after->count; at++) {
        const struct mount_row *row = &after->items[at], *old = mountinfo_find(before, row->id);
        if (old && strcmp(old->point, row->point) == 0)
            continue;
        const char *place = place_of(row, spec);
        bool known = false;
        count++;
        for (size_t other = 0; other < places->count; other++)
            known |= strcmp(places->items[other], place) == 0;
        if (!known)
            strings_add(places, place);
    }
    return count;
}

static void places_tell(const struct strings *places, const struct spec *spec, size_t count,
                        struct strings *told)
{
    _cleanup_text_ struct text text = {0};
    char shown[WORD_SIZE];
    text_add(&text, "");
    for (size_t at = 0; at < places->count && at < POINTS_TOLD; at++) {
        bool root = spec->root && strcmp(places->items[at], spec->root) == 0;
        text_addf(&text, "%s%s%s", at ? ", " : "", root ? "at and below " : "on ",
                  word(shown, places->items[at]));
    }
    if (places->count > POINTS_TOLD)
        text_addf(&text, " and on %zu more", places->count - POINTS_TOLD);
    strings_addf(told,
                 "without private: %zu mount%s of the container %s come out to the host, here its "
                 "stand-in: %s",
                 count, count == 1 ? "" : "s", count == 1 ? "has" : "have", text.data);
}

void engine_standin_story(struct standin *standin, const struct spec *spec, struct strings *told)
{
    _cleanup_mountinfo_ struct mountinfo before = {0}, after = {0};
    _cleanup_strings_ struct strings places = {0};
    bool blind = false, was_blind = false;
    if (standin->mounts < 0)
        return;
    standin_look(standin);
    if (table_of(standin->before, &before, &was_blind) < 0 ||
        table_of(standin->after, &after, &blind) < 0) {
        strings_add(told, "cannot look at the mounts of the stand-in for the host");
        return;
    }
    size_t count = leaks_find(&before, &after, spec, &places);
    if (count == 0) {
        strings_addf(told, "without private no mount has come out to the host's stand-in%s",
                     spec->namespaces & NS_BIT(NS_USER)
                         ? ": a new user namespace makes all mounts slaves by itself"
                         : "");
        return;
    }
    places_tell(&places, spec, count, told);
    if (blind)
        strings_add(told,
                    "the /proc of the container lies over that of the host, and the container "
                    "is gone: ps says there \"Error, do this: mount -t proc proc /proc\"; the "
                    "cure is umount /proc, once for each");
    strings_add(told,
                "the repair: mount(\"\", \"/\", \"\", MS_PRIVATE|MS_REC, NULL) in the new mount "
                "namespace before its first mount, as run does it by itself");
}
