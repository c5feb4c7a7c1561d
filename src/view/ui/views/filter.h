/* filter: the words of key `/` and of find. All words must match, each in any of a row's facts: the
 * name of a type matches that type alone, a number an identity or a pid, any other word a part of a
 * name, a user or a command, in small or capital letters. */
#ifndef NSTUI_UI_FILTER_H
#define NSTUI_UI_FILTER_H

#include "nstui/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FILTER_WORDS     8
#define FILTER_WORD_SIZE 64

struct filter {
    char words[FILTER_WORDS][FILTER_WORD_SIZE];
    size_t count; /* 0: everything matches */
};

void filter_parse(struct filter *filter, const char *text);

/* What a row offers to one word. */
struct filter_facts {
    bool has_type;
    enum ns_type type;
    uint64_t inode;       /* 0: none */
    pid_t pid;            /* 0: none */
    const char *texts[4]; /* name, user, command ..; null: none */
};

bool filter_word_matches(const char *word, const struct filter_facts *facts);

/* True where every word matches these facts. */
bool filter_matches(const struct filter *filter, const struct filter_facts *facts);

#endif
