/* The threads that are traced, by their numbers. Called by the loop; there may be thousands. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

enum { BUCKETS_FIRST = 64 };

static struct tracee **bucket_of(const struct tracees *tracees, pid_t pid)
{
    return &tracees->buckets[(size_t)pid & (tracees->bucket_count - 1)];
}

struct tracee *tracee_find(const struct tracees *tracees, pid_t pid)
{
    if (tracees->bucket_count == 0)
        return NULL;
    struct tracee *tracee = *bucket_of(tracees, pid);
    while (tracee && tracee->pid != pid)
        tracee = tracee->next;
    return tracee;
}

static void link_in(struct tracees *tracees, struct tracee *tracee)
{
    struct tracee **bucket = bucket_of(tracees, tracee->pid);
    tracee->next = *bucket;
    *bucket = tracee;
}

/* Numbers are given out one after the other, so their lowest bits spread well. */
static void buckets_grow(struct tracees *tracees)
{
    struct tracees old = *tracees;
    tracees->bucket_count = old.bucket_count ? old.bucket_count * 4 : BUCKETS_FIRST;
    tracees->buckets = xcalloc(tracees->bucket_count, sizeof(struct tracee *));
    for (size_t at = 0; at < old.bucket_count; at++) {
        for (struct tracee *tracee = old.buckets[at], *next; tracee; tracee = next) {
            next = tracee->next;
            link_in(tracees, tracee);
        }
    }
    free(old.buckets);
}

struct tracee *tracee_add(struct tracees *tracees, pid_t pid)
{
    if (tracees->count >= tracees->bucket_count * 2)
        buckets_grow(tracees);
    struct tracee *tracee = xcalloc(1, sizeof(*tracee));
    tracee->pid = pid;
    link_in(tracees, tracee);
    tracees->count++;
    return tracee;
}

void tracee_call_forget(struct tracee *tracee)
{
    struct trace one = {.items = tracee->record, .count = tracee->record ? 1 : 0};
    trace_free(&one);
    tracee->record = NULL;
    tracee->in_call = false;
}

void tracee_map_forget(struct tracee *tracee, int fd)
{
    for (size_t at = 0; at < tracee->map_count; at++) {
        if (tracee->maps[at].fd == fd) {
            free(tracee->maps[at].path);
            tracee->maps[at] = tracee->maps[--tracee->map_count];
            return;
        }
    }
}

void tracee_maps_forget(struct tracee *tracee)
{
    while (tracee->map_count > 0)
        tracee_map_forget(tracee, tracee->maps[0].fd);
}

void tracee_remove(struct tracees *tracees, struct tracee *tracee)
{
    struct tracee **place = bucket_of(tracees, tracee->pid);
    while (*place != tracee)
        place = &(*place)->next;
    *place = tracee->next;
    tracees->count--;
    tracee_call_forget(tracee);
    tracee_maps_forget(tracee);
    free(tracee);
}

void tracees_free(struct tracees *tracees)
{
    for (size_t at = 0; at < tracees->bucket_count; at++) {
        while (tracees->buckets[at])
            tracee_remove(tracees, tracees->buckets[at]);
    }
    free(tracees->buckets);
    *tracees = (struct tracees){0};
}

const char *tracee_name(struct tracee *tracee)
{
    char path[64];
    _cleanup_free_ char *comm = NULL;
    size_t length = 0;
    if (tracee->name[0])
        return tracee->name;
    (void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)tracee->pid);
    if (file_read(AT_FDCWD, path, NAME_SIZE, &comm, &length, NULL) < 0)
        return "";
    while (length > 0 && comm[length - 1] == '\n')
        length--;
    return text_printable(tracee->name, sizeof(tracee->name), comm, length, true);
}
