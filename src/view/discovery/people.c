/* people: names of users. Called by the scanner, in its own thread, since getpwuid(3) may ask a
 * directory on the network. Answers are kept for a minute. */
#include "private.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT_MS 60000

struct person {
    char name[64]; /* "": no such user */
    int64_t asked_ms;
    uint64_t told; /* the round in which the builder was told */
};

struct people {
    struct person *items;
    size_t count, capacity;
    struct key_table table; /* (uid, 0) */
    uint64_t round;
};

struct people *people_new(void)
{
    return xcalloc(1, sizeof(struct people));
}

void people_free(struct people *people)
{
    if (people) {
        free(people->items);
        key_table_free(&people->table);
        free(people);
    }
}

static void ask(struct person *person, uid_t uid, int64_t now_ms)
{
    struct passwd entry, *found = NULL;
    char buffer[4096];

    person->asked_ms = now_ms;
    person->name[0] = '\0';
    if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found) {
        text_printable(person->name, sizeof(person->name), found->pw_name, strlen(found->pw_name),
                       true);
    }
}

void people_name_uid(struct people *people, uid_t uid, struct snapshot_builder *builder)
{
    size_t *place = key_table_at(&people->table, uid, 0);
    int64_t now_ms = clock_monotonic_ms();

    if (*place == KEY_NONE) {
        array_grow(&people->items, people->count, &people->capacity, sizeof(*people->items));
        *place = people->count++;
        people->items[*place] = (struct person){0};
        ask(&people->items[*place], uid, now_ms);
    }
    struct person *person = &people->items[*place];
    if (person->told == people->round) {
        return;
    }
    if (now_ms - person->asked_ms > KEPT_MS) {
        ask(person, uid, now_ms);
    }
    person->told = people->round;
    if (person->name[0] != '\0') {
        snapshot_builder_name_user(builder, uid, person->name);
    }
}

void people_name(struct people *people, const struct snapshot *view,
                 struct snapshot_builder *builder)
{
    people->round++;
    for (size_t i = 0; i < view->process_count; i++) {
        if (i == 0 || view->processes[i].uid != view->processes[i - 1].uid) {
            people_name_uid(people, view->processes[i].uid, builder);
        }
    }
}
