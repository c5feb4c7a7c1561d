/* The table of namespace types. Called by everybody who names one. */
#include "nstui/types.h"

#include <sched.h>
#include <string.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

const struct ns_type_info ns_types[NS_TYPES] = {
    [NS_MNT] = {"mnt", 'm', CLONE_NEWNS, "mount"},
    [NS_UTS] = {"uts", 'u', CLONE_NEWUTS, "uts"},
    [NS_IPC] = {"ipc", 'i', CLONE_NEWIPC, "ipc"},
    [NS_PID] = {"pid", 'p', CLONE_NEWPID, "pid"},
    [NS_NET] = {"net", 'n', CLONE_NEWNET, "net"},
    [NS_USER] = {"user", 'U', CLONE_NEWUSER, "user"},
    [NS_CGROUP] = {"cgroup", 'C', CLONE_NEWCGROUP, "cgroup"},
    [NS_TIME] = {"time", 'T', CLONE_NEWTIME, "time"},
};

const enum ns_type ns_letter_order[NS_TYPES] = {NS_IPC, NS_MNT,  NS_NET,    NS_PID,
                                                NS_UTS, NS_USER, NS_CGROUP, NS_TIME};

bool ns_type_by_name(const char *name, enum ns_type *type)
{
    for (unsigned int i = 0; i < NS_TYPES; i++) {
        if (strcmp(name, ns_types[i].name) == 0 || strcmp(name, ns_types[i].option) == 0) {
            *type = (enum ns_type)i;
            return true;
        }
    }
    return false;
}

bool ns_type_by_letter(char letter, enum ns_type *type)
{
    for (unsigned int i = 0; i < NS_TYPES; i++) {
        if (letter == ns_types[i].letter) {
            *type = (enum ns_type)i;
            return true;
        }
    }
    return false;
}

int ns_set_clone_flags(ns_set set)
{
    int flags = 0;
    for (unsigned int i = 0; i < NS_TYPES; i++) {
        if (set & NS_BIT(i))
            flags |= ns_types[i].clone_flag;
    }
    return flags;
}

char *ns_set_letters(ns_set set, char letters[NS_TYPES + 1])
{
    size_t length = 0;
    for (size_t i = 0; i < NS_TYPES; i++) {
        if (set & NS_BIT(ns_letter_order[i]))
            letters[length++] = ns_types[ns_letter_order[i]].letter;
    }
    letters[length] = '\0';
    return letters;
}
