/* The eight types of namespaces as every program of ours names them: one table for the words, the
 * flag letters (those of unshare(1) and of the lab's ns_child_exec) and the kernel's constants.
 * Lives in protocol, because the programs speak of types to each other. namespaces(7). */
#ifndef NSTUI_TYPES_H
#define NSTUI_TYPES_H

#include <stdbool.h>
#include <stddef.h>

enum ns_type {
    NS_MNT,
    NS_UTS,
    NS_IPC,
    NS_PID,
    NS_NET,
    NS_USER,
    NS_CGROUP,
    NS_TIME,
    NS_TYPES, /* how many there are */
};

/* A set of types: bit 1 << type. */
typedef unsigned int ns_set;
#define NS_BIT(type) (1U << (type))
#define NS_ALL       (NS_BIT(NS_TYPES) - 1U)

struct ns_type_info {
    const char *name;   /* "mnt", as in /proc/PID/ns/mnt */
    char letter;        /* 'm', as in unshare -m */
    int clone_flag;     /* CLONE_NEWNS */
    const char *option; /* "mount", the long option of unshare(1) and nsenter(1) */
};

extern const struct ns_type_info ns_types[NS_TYPES];

/* The order in which flag letters are written everywhere: i m n p u U C T. */
extern const enum ns_type ns_letter_order[NS_TYPES];

/* Finds a type by its name or its long option. False where there is none. */
bool ns_type_by_name(const char *name, enum ns_type *type);

/* Finds a type by its letter. False where there is none. */
bool ns_type_by_letter(char letter, enum ns_type *type);

/* The kernel's CLONE_NEW* flags of a set. */
int ns_set_clone_flags(ns_set set);

/* Writes the letters of a set ("mpu") in the order above; at most NS_TYPES and the final 0. */
char *ns_set_letters(ns_set set, char letters[NS_TYPES + 1]);

#endif
