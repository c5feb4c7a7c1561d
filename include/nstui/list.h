/* list: `nstui ls`, the namespaces of this machine as a table or as JSON, once. Its door is one
 * function; it starts no screen. */
#ifndef NSTUI_LIST_H
#define NSTUI_LIST_H

/* argv[0] is "ls". Prints to stdout, messages to stderr. Returns the exit status: 0, 1 where it
 * failed, 2 where the words make no sense. */
int list_main(int argc, char **argv);

#endif
