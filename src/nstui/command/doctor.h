/* Between doctor.c, which looks, and doctor_repair.c, which asks and lets mend. */
#ifndef NSTUI_COMMAND_DOCTOR_H
#define NSTUI_COMMAND_DOCTOR_H

#include "repair.h"

enum { DOCTOR_REPAIR = OPTION_LONG };

/* What is to be done, below a title; nothing where there is nothing to do. */
void doctor_print_acts(const struct repair *repair, const char *title);

/* nstui doctor --repair. */
int doctor_repair(const struct invocation *invocation, bool yes);

#endif
