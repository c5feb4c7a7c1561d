/* paste: two strings of terminfo. By itself because <term.h> defines words such as lines and columns.
 */
#include "paste.h"

#include <curses.h>
#include <stdio.h>
#include <term.h>

void paste_marks(bool wanted)
{
    const char *bytes = tigetstr(wanted ? "BE" : "BD");
    if (bytes == NULL || bytes == (const char *)-1)
        return;
    putp(bytes);
    fflush(stdout); /* putp writes there, not where curses collects its own */
}
