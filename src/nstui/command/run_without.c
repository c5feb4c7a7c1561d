/* nstui run --without STEP: a step is left out, to see what goes wrong then. What is said before and
 * after is here; that no harm comes of it is the engine's (standin.c). */
#include <string.h>

#include "run.h"

static const struct {
    const char *name;
    enum omission omission;
    const char *words; /* said before it starts */
} steps[] = {
    {"private", OMIT_PRIVATE,
     "its mounts stay shared with the host: a stand-in, a copy of the host's mounts made for this. "
     "The host itself gets none of them"},
    {"proc", OMIT_PROC,
     "/proc in there is what it was before: the host's, or nothing. ps tells pids that are not its "
     "own, or \"Error, do this: mount -t proc proc /proc\""},
    {"init", OMIT_INIT,
     "the command itself is pid 1: it is given every orphan, and most programs collect none (ps "
     "shows "
     "them as <defunct>); and a signal that it has no handler for does nothing to it"},
    {"bind-root", OMIT_BIND_ROOT,
     "the root stays a plain directory, and pivot_root(2) wants a mount point"},
};

int run_take_without(struct spec *spec, int id, const char *value, struct err *err)
{
    char word[SHOWN_SIZE];
    if (id != RUN_WITHOUT)
        return 0;
    for (size_t i = 0; i < array_length(steps); i++) {
        if (strcmp(value, steps[i].name) != 0)
            continue;
        spec->omit |= steps[i].omission;
        return 1;
    }
    (void)err_set(err, 0, "there is no step \"%s\" to leave out", shown(word, value));
    return err_hint(err, "private, proc, init and bind-root can be");
}

void without_tell(unsigned omitted)
{
    for (size_t i = 0; i < array_length(steps); i++) {
        if (omitted & steps[i].omission)
            say("without %s: %s", steps[i].name, steps[i].words);
    }
}
