/* scanner: one look at the machine, from a source to a snapshot. Called by the thread of discovery and
 * by those who look once. It holds what the next look can use; it knows nothing of threads. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The best first; the last one works everywhere. */
static const struct source *const sources[] = {
    &source_bpf,
    &source_proc,
};

struct scanner {
    const struct source *source;
    void *state;
    struct relations *relations;
    struct people *people;
    struct statuses *statuses;
    uint64_t looks;
};

static int open_any(struct scanner *scanner, struct err *err)
{
    for (size_t i = 0; i < array_length(sources); i++) {
        if (sources[i]->open(&scanner->state, err) == 0) {
            scanner->source = sources[i];
            return 0;
        }
    }
    return -1;
}

static int open_named(struct scanner *scanner, const char *name, struct err *err)
{
    for (size_t i = 0; i < array_length(sources); i++) {
        if (strcmp(sources[i]->name, name) == 0) {
            scanner->source = sources[i];
            return sources[i]->open(&scanner->state, err);
        }
    }
    _cleanup_text_ struct text known = {0};
    for (size_t i = 0; i < array_length(sources); i++) {
        text_addf(&known, ", %s", sources[i]->name);
    }
    err_set(err, 0, "there is no source \"%.40s\" of what this machine runs", name);
    return err_hint(err, "known are: auto%s", known.data);
}

int scanner_open(const char *name, struct scanner **scanner, struct err *err)
{
    struct scanner *fresh = xcalloc(1, sizeof(*fresh));
    int failed =
        !name || strcmp(name, "auto") == 0 ? open_any(fresh, err) : open_named(fresh, name, err);
    if (failed) {
        free(fresh);
        return -1;
    }
    fresh->relations = relations_new();
    fresh->people = people_new();
    fresh->statuses = statuses_new();
    *scanner = fresh;
    return 0;
}

void scanner_close(struct scanner *scanner)
{
    if (!scanner) {
        return;
    }
    scanner->source->close(scanner->state);
    relations_free(scanner->relations);
    people_free(scanner->people);
    statuses_free(scanner->statuses);
    free(scanner);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int scanner_look(struct scanner *scanner, bool brief, const struct snapshot **snapshot,
                 struct err *err)
{
    int64_t start_us = now_us();
    time_t wall_s = time(NULL);
    struct snapshot_builder *builder = snapshot_builder_new();

    _cleanup_close_ int proc_fd = proc_open(err);
    if (proc_fd == -1 || scanner->source->read(scanner->state, builder, err) == -1) {
        snapshot_builder_free(builder);
        return -1;
    }
    const struct snapshot *view = snapshot_builder_group(builder);
    _cleanup_free_ struct namespace_facts *told = NULL;
    size_t told_count =
        scanner->source->relate ? scanner->source->relate(scanner->state, view, &told) : 0;
    relations_add(scanner->relations, proc_fd, view, told, told_count, builder);
    if (!brief) {
        statuses_add(scanner->statuses, proc_fd, view, builder);
    }
    people_name(scanner->people, view, builder);
    relations_name_owners(scanner->relations, scanner->people, builder);
    containers_name(view, builder);
    snapshot_builder_set_source(builder, scanner->source->name);
    snapshot_builder_set_time(builder, start_us / 1000, wall_s, now_us() - start_us,
                              ++scanner->looks);
    *snapshot = snapshot_builder_finish(builder);
    return 0;
}

/* Loading a program costs as much as reading a thousand processes in /proc; to look once on a small
 * machine, that is faster. */
static bool machine_is_small(void)
{
    _cleanup_free_ char *text = NULL;
    long tasks = 0;

    return file_read(AT_FDCWD, "/proc/loadavg", 256, &text, NULL, NULL) == 0 &&
           sscanf(text, "%*s %*s %*s %*d/%ld", &tasks) == 1 && tasks < 500;
}

int discovery_look_once(const char *source, const struct snapshot **snapshot, struct err *err)
{
    struct scanner *scanner = NULL;

    if ((!source || strcmp(source, "auto") == 0) && machine_is_small()) {
        source = "proc";
    }
    if (scanner_open(source, &scanner, err) == -1) {
        return -1;
    }
    int result = scanner_look(scanner, true, snapshot, err);
    scanner_close(scanner);
    return result;
}
