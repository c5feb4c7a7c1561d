/* What nstui run can ask for, part by part: each part has its rows of the option table here, and a
 * file run_PART.c with the function that takes them. */
#ifndef NSTUI_COMMAND_RUN_H
#define NSTUI_COMMAND_RUN_H

#include "private.h"

/* Options without a letter. */
enum run_option {
    RUN_NAME = OPTION_LONG,
    RUN_HOSTNAME,
    RUN_ROOT,
    RUN_LAYOUT,
    RUN_CHROOT,
    RUN_INIT,
    RUN_RM,
    RUN_TTY,
    RUN_NO_TTY,
    RUN_ENV,
    RUN_WORKDIR,
    RUN_PRIVILEGED,
    RUN_DRY_RUN,
};

/* Takes one option of a part into spec. 1: it was one of its own; 0: it was not; -1: its value is
 * wrong, and err says how. */
typedef int run_take(struct spec *spec, int id, const char *value, struct err *err);

#endif
