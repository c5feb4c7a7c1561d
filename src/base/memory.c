/* Memory, growing arrays, lists of strings, and what cleans them up at the end of a scope. */
#include "nstui/base.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *memory_checked(void *pointer)
{
    if (pointer)
        return pointer;
    static const char sentence[] = "nstui: the machine has no memory left for it\n";
    (void)!write(STDERR_FILENO, sentence, sizeof(sentence) - 1);
    abort();
}

void *xmalloc(size_t size_bytes)
{
    return memory_checked(malloc(size_bytes ? size_bytes : 1));
}

void *xcalloc(size_t count, size_t size_bytes)
{
    return memory_checked(calloc(count ? count : 1, size_bytes ? size_bytes : 1));
}

void *xrealloc(void *pointer, size_t size_bytes)
{
    return memory_checked(realloc(pointer, size_bytes ? size_bytes : 1));
}

char *xstrdup(const char *string)
{
    return memory_checked(strdup(string));
}

char *xstrndup(const char *string, size_t length)
{
    return memory_checked(strndup(string, length));
}

char *xasprintf(const char *format, ...)
{
    char *result = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&result, format, arguments);
    va_end(arguments);
    return memory_checked(length < 0 ? NULL : result);
}

void array_grow(void *items, size_t count, size_t *capacity, size_t item_size)
{
    if (count < *capacity)
        return;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    if (wanted <= count)
        wanted = count + 1;
    void **array = items;
    void *grown = reallocarray(*array, wanted, item_size);
    *array = memory_checked(grown);
    *capacity = wanted;
}

/* ---- lists of strings ------------------------------------------------------------------ */

static void strings_take(struct strings *list, char *item)
{
    array_grow(&list->items, list->count + 1, &list->capacity, sizeof(*list->items));
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
}

void strings_add(struct strings *list, const char *item)
{
    strings_take(list, xstrdup(item));
}

void strings_addf(struct strings *list, const char *format, ...)
{
    char *item = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&item, format, arguments);
    va_end(arguments);
    strings_take(list, memory_checked(length < 0 ? NULL : item));
}

void strings_free(struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct strings){0};
}

/* ---- the end of a scope ---------------------------------------------------------------- */

void cleanup_free(void *pointer)
{
    free(*(void **)pointer);
}

void cleanup_close(int *fd)
{
    if (*fd < 0)
        return;
    int saved = errno;
    close(*fd);
    errno = saved;
}

void cleanup_file(void *pointer)
{
    FILE *file = *(FILE **)pointer;
    if (file)
        (void)fclose(file);
}

void cleanup_dir(void *pointer)
{
    DIR *directory = *(DIR **)pointer;
    if (directory)
        closedir(directory);
}

void cleanup_strings(void *strings)
{
    strings_free(strings);
}

int fd_take(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}
