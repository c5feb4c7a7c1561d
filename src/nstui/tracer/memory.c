/* Reads from another process what the arguments of a call point to: strings, structs, the words of an
 * exec. All of it may change under our eyes and none of it is believed; every length has a limit. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "private.h"

enum {
    STRING_MAX = 4096,
    PAGE = 4096, /* of the smallest that there are: a read never passes the end of one */
    COUNT_MAX = 4096,
    COUNT_CHUNK = 64,
};

/* Reads as much of size as there is. Returns how much, 0 where nothing can be read. */
static size_t memory_read(pid_t pid, uint64_t address, void *buffer, size_t size)
{
    struct iovec here = {.iov_base = buffer, .iov_len = size};
    struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
    ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
    return got < 0 ? 0 : (size_t)got;
}

/* A string up to its 0 byte, or as far as it can be read; NULL where that is not at all. */
static char *string_read(pid_t pid, uint64_t address)
{
    char buffer[STRING_MAX];
    size_t length = 0;
    if (!address)
        return NULL;
    while (length < sizeof(buffer) - 1) {
        size_t wanted = PAGE - (size_t)((address + length) % PAGE);
        if (wanted > sizeof(buffer) - 1 - length)
            wanted = sizeof(buffer) - 1 - length;
        size_t got = memory_read(pid, address + length, buffer + length, wanted);
        if (got == 0 && length == 0)
            return NULL;
        char *end = memchr(buffer + length, '\0', got);
        length = end ? (size_t)(end - buffer) : length + got;
        if (end || got < wanted)
            break;
    }
    return xstrndup(buffer, length);
}

/* Bytes whose number the next argument says. */
static char *bytes_read(pid_t pid, uint64_t address, uint64_t count)
{
    char buffer[STRING_MAX];
    size_t wanted = count < sizeof(buffer) - 1 ? (size_t)count : sizeof(buffer) - 1;
    size_t got = address && wanted ? memory_read(pid, address, buffer, wanted) : 0;
    return got || !wanted ? xstrndup(buffer, got) : NULL;
}

/* The pointers of argv or envp; words are read where there is a place for them. */
static bool words_read(pid_t pid, uint64_t address, struct call_words *words, char **kept)
{
    unsigned long chunk[COUNT_CHUNK];
    *words = (struct call_words){0};
    while (address && words->count < COUNT_MAX) {
        size_t got = memory_read(pid, address, chunk, sizeof(chunk)) / sizeof(chunk[0]);
        if (got == 0)
            return words->count > 0;
        for (size_t at = 0; at < got; at++, words->count++) {
            if (!chunk[at])
                return true;
            if (!kept || words->kept != words->count || words->kept >= WORDS_MAX)
                continue;
            kept[words->kept] = string_read(pid, chunk[at]);
            words->kept += kept[words->kept] != NULL;
        }
        address += got * sizeof(chunk[0]);
    }
    return !address || words->count > 0; /* the kernel takes NULL for none */
}

char *descriptor_link(pid_t pid, int fd)
{
    char path[64], link[PATH_MAX];
    if (fd < 0)
        return NULL;
    (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t length = readlink(path, link, sizeof(link));
    return length > 0 ? xstrndup(link, (size_t)length) : NULL;
}

/* A struct that may be shorter than ours: an older program's. */
static bool struct_read(struct fetched *fetched, pid_t pid, int at, int size_argument)
{
    struct call *call = &fetched->call;
    size_t size = (size_t)call_argument_size(call->number, at);
    if (size_argument >= 0 && call->arguments[size_argument] < size)
        size = (size_t)call->arguments[size_argument];
    return call->arguments[at] && size <= sizeof(fetched->structs[at]) &&
           memory_read(pid, call->arguments[at], fetched->structs[at], size) == size;
}

static void argument_fill(struct fetched *fetched, pid_t pid, int at)
{
    struct call *call = &fetched->call;
    int size_argument;
    uint64_t value = call->arguments[at];
    enum call_fetch fetch = call_argument_fetch(call->number, at, &size_argument);
    switch (fetch) {
    case CALL_FETCH_NOTHING:
        return;
    case CALL_FETCH_STRING:
        fetched->strings[at] = string_read(pid, value);
        break;
    case CALL_FETCH_BYTES:
        fetched->strings[at] = bytes_read(pid, value, call->arguments[at + 1]);
        break;
    case CALL_FETCH_LINK:
        fetched->strings[at] = descriptor_link(pid, (int)value);
        break;
    case CALL_FETCH_STRUCT:
        call->memory[at] =
            struct_read(fetched, pid, at, size_argument) ? fetched->structs[at] : NULL;
        break;
    case CALL_FETCH_ARGV:
    case CALL_FETCH_COUNT:
        if (words_read(pid, value, &fetched->words[at],
                       fetch == CALL_FETCH_ARGV ? fetched->kept : NULL))
            call->memory[at] = &fetched->words[at];
        fetched->words[at].words = (const char *const *)fetched->kept;
        break;
    }
    call->strings[at] = fetched->strings[at];
}

void fetched_fill(struct fetched *fetched, pid_t pid, long number,
                  const uint64_t arguments[CALL_ARGUMENTS])
{
    *fetched = (struct fetched){.call = {.number = number}};
    memcpy(fetched->call.arguments, arguments, sizeof(fetched->call.arguments));
    for (int at = 0; at < CALL_ARGUMENTS; at++)
        argument_fill(fetched, pid, at);
}

void fetched_free(struct fetched *fetched)
{
    for (size_t at = 0; at < array_length(fetched->strings); at++)
        free(fetched->strings[at]);
    for (size_t at = 0; at < array_length(fetched->kept); at++)
        free(fetched->kept[at]);
}
