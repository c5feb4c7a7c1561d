/* page: a text over the view that is read and left (dialog.h). */
#ifndef NSTUI_UI_PAGE_H
#define NSTUI_UI_PAGE_H

#include "app.h"

/* As app_page_open, with words at the right of its title and a hint of its own (either may be
 * null). Lines that begin with "## " are drawn as rules. */
void page_open(struct app *app, const char *title, const char *right, const char *text,
               const char *hint);

#endif
