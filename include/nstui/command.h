/* command: the command line of nstui, for main alone. */
#ifndef NSTUI_COMMAND_H
#define NSTUI_COMMAND_H

/* Reads the command line, does what it says, and returns the exit status. Prints: what was asked
 * for on stdout, sentences for the person at the keyboard on stderr. argv as main() has it. */
int command_main(int argc, char **argv);

#endif
