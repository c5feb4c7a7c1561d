/* Makes paths and names fit for a sentence. Called wherever the engine fills an err. */
#include <string.h>

#include "private.h"

char *word(char buffer[WORD_SIZE], const char *text)
{
    return text_printable(buffer, WORD_SIZE, text, strlen(text), true);
}

int pid_ended_hint(struct err *err)
{
    return err_hint(err,
                    "its first process has ended, and a pid namespace without one takes no new "
                    "process: pid_namespaces(7)");
}
