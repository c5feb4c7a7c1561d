/* The steps of a layout: mount points first, then what is mounted on them. Called by steps_plan() with
 * the root entered. Looks at the host's files (is what the layout names there, and is it what the mark
 * says), changes nothing.
 *
 * Every point is made before the first mount: later it would be made in the host's own directory that
 * is bound there. Only what lies below an empty tmpfs of the layout's own gets its point after that
 * one, and what lies below another file system of the kernel has to find its point there. */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "private.h"

static const char console[] = "/dev/console";

/* Whether a bind's source is there as its line says. 1: yes, 0: it is optional and missing. */
static int source_check(const struct layout *layout, const struct layout_entry *entry,
                        struct err *err)
{
    char source[WORD_SIZE], file[WORD_SIZE], target[WORD_SIZE];
    struct stat status;
    word(source, entry->source);
    word(file, layout->name ? layout->name : "layout");
    if (stat(entry->source, &status) < 0) {
        if (entry->optional && (errno == ENOENT || errno == ENOTDIR))
            return 0;
        (void)err_set(err, errno, "cannot bind %s", source);
        if (!entry->line)
            return err_hint(err, "the bundle mounts it on %s; create it or take it out of mounts",
                            word(target, entry->target));
        return err_hint(err,
                        "line %u of the layout %s asks for it; remove the line, create it, or "
                        "mark the line with ?",
                        entry->line, file);
    }
    if (entry->directory == (bool)S_ISDIR(status.st_mode))
        return 1;
    if (!entry->line)
        return err_set(err, 0, "cannot bind %s: it was a %s a moment ago", source,
                       entry->directory ? "directory" : "file");
    (void)err_set(err, 0, "cannot bind %s: line %u of the layout %s says [%c] and it is a %s",
                  source, entry->line, file, entry->directory ? 'D' : 'F',
                  entry->directory ? "file" : "directory");
    return err_hint(err, "write [%c]", entry->directory ? 'F' : 'D');
}

/* ---- points -------------------------------------------------------------------------------- */

static mode_t point_mode(const struct layout_entry *entry)
{
    switch (entry->kind) {
    case LAYOUT_LINK:
        return S_IFLNK | 0777;
    case LAYOUT_DIR:
        return S_IFDIR | entry->mode;
    case LAYOUT_BIND:
        return entry->directory ? S_IFDIR | 0755 : S_IFREG | 0644;
    default:
        return S_IFDIR | 0755;
    }
}

static void point_add(struct steps *steps, const struct layout_entry *entry)
{
    const char *text = entry->kind == LAYOUT_LINK ? entry->source : NULL;
    struct step *step = step_add_child(steps, STEP_POINT, text, entry->target + 1);
    step->mode = point_mode(entry);
    step->entry = entry;
}

static bool is_mount(const struct layout_entry *entry)
{
    return entry->kind != LAYOUT_DIR && entry->kind != LAYOUT_LINK;
}

static bool is_empty_tmpfs(const struct layout_entry *entry)
{
    return entry->kind == LAYOUT_TMPFS ||
           (entry->kind == LAYOUT_MOUNT && strcmp(entry->type, "ramfs") == 0);
}

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* The mount among the first count that a target lies below: the last one, which covers the others. */
static const struct layout_entry *cover_find(const struct layout *layout, const bool *there,
                                             size_t count, const char *target)
{
    for (size_t at = count; at-- > 0;) {
        const struct layout_entry *entry = &layout->entries[at];
        if (there[at] && is_mount(entry) && is_below(target, entry->target))
            return entry;
    }
    return NULL;
}

/* A tmpfs is made read-only only when the points below it are there. */
static bool is_closed_late(const struct layout *layout, const bool *there,
                           const struct layout_entry *entry)
{
    if (!is_empty_tmpfs(entry) || !(entry->flags & MS_RDONLY))
        return false;
    if (is_below(console, entry->target))
        return true;
    for (size_t at = (size_t)(entry - layout->entries) + 1; at < layout->count; at++) {
        if (there[at] && is_below(layout->entries[at].target, entry->target))
            return true;
    }
    return false;
}

/* ---- mounts -------------------------------------------------------------------------------- */

void proc_plan(struct steps *steps, const struct spec *spec, const char *target,
               const struct layout_entry *entry)
{
    struct step *step = step_add_child(steps, STEP_PROC, "proc", target);
    step->entry = entry;
    step->flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | (entry ? entry->flags : 0);
    if (entry && entry->read_only)
        step_add_child(steps, STEP_READ_ONLY, NULL, target)->entry = entry;
    proc_paths_plan(steps, spec, target, entry);
}

/* What mount(2) passes over with MS_BIND, for mount_setattr(2). */
static unsigned long attributes_of(unsigned long flags)
{
    static const struct {
        unsigned long flag, attribute;
    } table[] = {
        {MS_RDONLY, MOUNT_ATTR_RDONLY},         {MS_NOSUID, MOUNT_ATTR_NOSUID},
        {MS_NODEV, MOUNT_ATTR_NODEV},           {MS_NOEXEC, MOUNT_ATTR_NOEXEC},
        {MS_NOATIME, MOUNT_ATTR_NOATIME},       {MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
        {MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
    };
    unsigned long attributes = 0;
    for (size_t at = 0; at < array_length(table); at++) {
        if (flags & table[at].flag)
            attributes |= table[at].attribute;
    }
    return attributes;
}

static struct step *bind_add(struct steps *steps, const struct layout_entry *entry)
{
    struct step *step = step_add_child(steps, STEP_BIND, entry->source, entry->target + 1);
    step->flags = MS_BIND | (entry->shallow ? 0 : MS_REC);
    step->entry = entry;
    step->mode = entry->directory ? S_IFDIR : S_IFREG;
    if (entry->read_only)
        step_add_child(steps, STEP_READ_ONLY, NULL, entry->target + 1)->entry = entry;
    unsigned long attributes = attributes_of(entry->flags);
    if (attributes) {
        step = step_add_child(steps, STEP_ATTRIBUTES, NULL, entry->target + 1);
        step->flags = attributes;
        step->entry = entry;
    }
    return step;
}

static void filesystem_add(struct steps *steps, const struct layout_entry *entry,
                           enum step_kind kind, const char *source, unsigned long usual)
{
    struct step *step = step_add_child(steps, kind, source, entry->target + 1);
    step->flags = entry->flags ? entry->flags : usual;
    step->entry = entry;
}

static void mount_add(struct steps *steps, const struct spec *spec,
                      const struct layout_entry *entry)
{
    switch (entry->kind) {
    case LAYOUT_BIND:
        (void)bind_add(steps, entry);
        break;
    case LAYOUT_PROC:
        if (spec->omit & OMIT_PROC)
            return;
        proc_plan(steps, spec, entry->target + 1, entry);
        break;
    case LAYOUT_MOUNT:
        filesystem_add(steps, entry, STEP_MOUNT, entry->source, 0);
        break;
    case LAYOUT_DEVPTS:
        filesystem_add(steps, entry, STEP_DEVPTS, "devpts", MS_NOSUID | MS_NOEXEC);
        break;
    case LAYOUT_TMPFS:
        filesystem_add(steps, entry, STEP_TMPFS, "tmpfs", MS_NOSUID | MS_NODEV);
        break;
    case LAYOUT_DIR:
    case LAYOUT_LINK:
        return; /* made with the mount points */
    }
    if (entry->propagation)
        step_add_child(steps, STEP_SPREAD, "", entry->target + 1)->flags = entry->propagation;
}

/* Its own terminal is /dev/console, too, but never in a /dev of the host's. */
static void console_plan(struct steps *steps, const struct spec *spec, const bool *there)
{
    const struct layout *layout = &spec->layout;
    const struct layout_entry *cover = cover_find(layout, there, layout->count, console);
    if (!spec->console || !spec->terminal || (cover && !is_empty_tmpfs(cover)))
        return;
    step_add_child(steps, STEP_POINT, NULL, console + 1)->mode = S_IFREG | 0644;
}

bool console_is_planned(const struct steps *steps)
{
    for (size_t at = steps->count; at-- > 0;) {
        const struct step *step = &steps->items[at];
        if (step->kind == STEP_POINT && !step->entry && strcmp(step->target, console + 1) == 0)
            return true;
    }
    return false;
}

/* What was left writable until all below it is there. */
static void close_plan(struct steps *steps, const struct layout *layout, const bool *there)
{
    for (size_t at = 0; at < layout->count; at++) {
        const struct layout_entry *entry = &layout->entries[at];
        if (!there[at] || !is_closed_late(layout, there, entry))
            continue;
        struct step *step = step_add_child(steps, STEP_ATTRIBUTES, NULL, entry->target + 1);
        step->flags = MOUNT_ATTR_RDONLY;
        step->entry = entry;
        step->mode = 1; /* other steps lie between it and its mount */
    }
}

int layout_plan(struct steps *steps, const struct spec *spec, struct err *err)
{
    const struct layout *layout = &spec->layout;
    _cleanup_free_ bool *there = xcalloc(layout->count + 1, sizeof(bool));
    _cleanup_free_ const struct layout_entry **covers =
        xcalloc(layout->count + 1, sizeof(*covers)); /* what each lies below */
    for (size_t at = 0; at < layout->count; at++) {
        const struct layout_entry *entry = &layout->entries[at];
        int found = entry->kind == LAYOUT_BIND ? source_check(layout, entry, err) : 1;
        if (found < 0)
            return -1;
        there[at] = found > 0;
        covers[at] = cover_find(layout, there, at, entry->target);
        if (there[at] && (!covers[at] || covers[at]->kind == LAYOUT_BIND))
            point_add(steps, entry);
    }
    for (size_t at = 0; at < layout->count; at++) {
        const struct layout_entry *entry = &layout->entries[at];
        if (!there[at])
            continue;
        if (covers[at] && is_empty_tmpfs(covers[at]))
            point_add(steps, entry);
        size_t first = steps->count;
        mount_add(steps, spec, entry);
        if (is_closed_late(layout, there, entry))
            steps->items[first].flags &= ~(unsigned long)MS_RDONLY;
    }
    console_plan(steps, spec, there);
    close_plan(steps, layout, there);
    return 0;
}
