/* detail_lines: what the files that write the lines of a detail write them with. */
#ifndef NSTUI_UI_DETAIL_LINES_H
#define NSTUI_UI_DETAIL_LINES_H

#include "detail.h"

/* Forgets the lines. */
void detail_clear(struct detail *detail);

void detail_add(struct detail *detail, enum role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void detail_rule(struct detail *detail, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A text broken to width. */
void detail_wrap(struct detail *detail, enum role role, const char *text, int width);
struct detail_line *detail_add_line(struct detail *detail, enum detail_kind kind);

void detail_of_namespace(struct detail *detail, struct app *app, int width);
void detail_of_process(struct detail *detail, struct app *app, int width);

/* "sleep", "run": the state of a process in a word. */
const char *process_state_word(const struct process *process);
/* Seconds since it started. */
int64_t process_age_s(const struct process *process);

#endif
