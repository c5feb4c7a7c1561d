/* nstui doctor --repair: the acts themselves. Each is looked at again right before it is done: what lies
 * at the path now must be what was meant. Never touches a mount that has another on it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repair.h"

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x00001000U
#endif

void repair_add(struct repair *repair, enum repair_kind kind, int id, const char *point)
{
    array_grow(&repair->acts, repair->count, &repair->capacity, sizeof(*repair->acts));
    repair->acts[repair->count++] =
        (struct repair_act){.kind = kind, .id = id, .point = xstrdup(point)};
}

void repair_free(struct repair *repair)
{
    for (size_t i = 0; i < repair->count; i++)
        free(repair->acts[i].point);
    free(repair->acts);
    strings_free(&repair->findings);
    strings_free(&repair->left);
    *repair = (struct repair){0};
}

char *repair_line(const struct repair_act *act)
{
    static const char *const verbs[] = {
        [REPAIR_UMOUNT] = "umount",
        [REPAIR_MOUNT_PROC] = "mount -t proc proc",
        [REPAIR_SHARE] = "mount --make-shared",
    };
    _cleanup_free_ char *point = text_shell_quote(act->point);
    return xasprintf("%s %s", verbs[act->kind], point);
}

/* ---- one act ----------------------------------------------------------------------------- */

/* The mount that a path leads to. */
static int mount_id_at(const char *path)
{
    struct statx status;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
    if (statx(AT_FDCWD, path, flags, STATX_MNT_ID, &status) < 0 ||
        !(status.stx_mask & STATX_MNT_ID))
        return -1;
    return (int)status.stx_mnt_id;
}

static void tell(void (*said)(const char *line), const struct repair_act *act, const char *words)
{
    _cleanup_free_ char *line = repair_line(act), *text = xasprintf("%s%s", line, words);
    said(text);
}

/* 0, or the errno. force: it goes when the last who uses it goes. */
static int act_umount(const struct repair_act *act, bool force)
{
    if (mount_id_at(act->point) != act->id)
        return ESTALE;
    return umount2(act->point, UMOUNT_NOFOLLOW | (force ? MNT_DETACH : 0)) < 0 ? errno : 0;
}

static int act_mount_proc(const struct repair_act *act)
{
    unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    return mount("proc", act->point, "proc", flags, NULL) < 0 ? errno : 0;
}

static int act_share(const struct repair_act *act)
{
    return mount("", act->point, "", MS_SHARED, NULL) < 0 ? errno : 0;
}

/* ---- all of them ------------------------------------------------------------------------- */

/* One round over what can be taken off: it is still there and nothing lies on it. True where anything
 * has changed. */
static bool round_umount(struct repair *repair, int proc, bool force, size_t *failed,
                         void (*said)(const char *line))
{
    bool moved = false;
    for (size_t i = 0; i < repair->count; i++) {
        struct repair_act *act = &repair->acts[i];
        _cleanup_mount_table_ struct mount_table table = {0};
        if (act->kind != REPAIR_UMOUNT || act->over || act->busy != force ||
            mount_table_read(proc, &table, NULL) < 0)
            continue;
        const struct mount_line *mount = mount_table_by_id(&table, act->id);
        if (!mount || strcmp(mount->point, act->point) != 0) {
            act->over = moved = true; /* it went with another, which it was a copy of */
            continue;
        }
        if (mount_table_has_child(&table, act->id))
            continue;
        int errnum = act_umount(act, force);
        act->busy = act->busy || errnum == EBUSY;
        if (errnum == ESTALE || (errnum == EBUSY && !force))
            continue; /* covered by another, which goes first */
        act->over = moved = true;
        _cleanup_free_ char *why = errnum ? xasprintf(": %s", strerror(errnum)) : NULL;
        tell(said, act, why ? why : force ? ": busy, so it was detached: umount -l" : "");
        *failed += errnum != 0;
    }
    return moved;
}

static size_t others_run(struct repair *repair, void (*said)(const char *line))
{
    static int (*const acts[])(const struct repair_act *) = {
        [REPAIR_UMOUNT] = NULL,
        [REPAIR_MOUNT_PROC] = act_mount_proc,
        [REPAIR_SHARE] = act_share,
    };
    size_t failed = 0;
    for (size_t i = 0; i < repair->count; i++) {
        struct repair_act *act = &repair->acts[i];
        if (act->over || !acts[act->kind])
            continue;
        int errnum = acts[act->kind](act);
        _cleanup_free_ char *why = errnum ? xasprintf(": %s", strerror(errnum)) : NULL;
        act->over = true;
        tell(said, act, why ? why : "");
        failed += errnum != 0;
    }
    return failed;
}

size_t repair_run(struct repair *repair, void (*said)(const char *line))
{
    size_t failed = 0;
    struct err err = {0};
    _cleanup_close_ int proc = proc_open_own(&err);
    if (proc < 0) {
        said(err.text);
        return repair->count;
    }
    /* What a forced one has lain on may go without force again. */
    do {
        while (round_umount(repair, proc, false, &failed, said))
            ;
    } while (round_umount(repair, proc, true, &failed, said));
    failed += others_run(repair, said);
    for (size_t i = 0; i < repair->count; i++) {
        if (repair->acts[i].over)
            continue;
        tell(said, &repair->acts[i], ": left, since something else is mounted on it or over it");
        failed++;
    }
    return failed;
}
