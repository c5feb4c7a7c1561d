/* What the tracer cannot see, in words; each once a run. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "private.h"

void tell(struct tracer *tracer, enum told told, struct tracee *tracee, const char *format, ...)
{
    char words[512], sentence[640], printable[sizeof(sentence)];
    va_list arguments;
    if (tracer->told & (1U << told))
        return;
    tracer->told |= 1U << told;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    (void)snprintf(sentence, sizeof(sentence), "%s (%d) %s", tracee_name(tracee), (int)tracee->pid,
                   words);
    tracer->options->note(tracer->options->data, text_printable(printable, sizeof(printable),
                                                                sentence, strlen(sentence), true));
}

/* Does the file of the program give rights that it does not get while a user traces it? */
static bool has_rights(const char *path)
{
    struct stat file;
    if (stat(path, &file) < 0)
        return false;
    bool set_id =
        (file.st_mode & S_ISUID) || (file.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    return set_id || getxattr(path, "security.capability", NULL, 0) > 0;
}

void tell_exec(struct tracer *tracer, struct tracee *tracee, uint32_t arch)
{
    char path[64];
    if (arch != TRACER_ARCH)
        tell(
            tracer, TOLD_ARCH, tracee,
            "is a program of another architecture: its calls have other numbers and are not shown");
    (void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)tracee->pid);
    if (geteuid() != 0 && has_rights(path))
        tell(tracer, TOLD_RIGHTS, tracee,
             "has set-uid bits or capabilities, and runs without them: whoever traces it is not "
             "root (sudo nstui trace .. keeps them)");
}
