/* create: what the files of the create form share. Private to views/create*.c. */
#ifndef NSTUI_UI_CREATE_H
#define NSTUI_UI_CREATE_H

#include "../app.h"
#include "../widgets/form.h"

enum create_field {
    CREATE_NAME,
    CREATE_PRESET,
    CREATE_NAMESPACES,
    CREATE_HOSTNAME,
    CREATE_ROOT,
    CREATE_ENTER,
    CREATE_LAYOUT,
    CREATE_INIT,
    CREATE_COMMAND,
    CREATE_MORE,
    CREATE_MORE_FIRST,
    CREATE_GRADE = CREATE_MORE_FIRST,
    CREATE_VERBOSE,
    CREATE_MEMORY,
    CREATE_PROCESSES,
    CREATE_CPUS,
    CREATE_NETWORK,
    CREATE_ADDRESS,
    CREATE_SHARE,
    CREATE_WRITES,
    CREATE_WITHOUT,
    CREATE_USER,
    CREATE_MAP_USERS,
    CREATE_MAP_GROUPS,
    CREATE_CAP_ADD,
    CREATE_CAP_DROP,
    CREATE_SECCOMP,
    CREATE_ULIMITS,
    CREATE_BOOTTIME,
    CREATE_VARIABLES,
    CREATE_WORKDIR,
    CREATE_BUNDLE,
    CREATE_OTHER,
    CREATE_MORE_LAST = CREATE_OTHER,
    CREATE_RUN,
    CREATE_FIELDS,
};

/* What `nstui run --dry-run -J` said of the form as it stands. */
struct create_preview {
    struct strings summary; /* the steps in plain words, neighbours in one line */
    struct strings steps;   /* each call */
    bool asked;             /* an answer is under way */
    bool again;             /* the form changed since it was asked */
    bool good;              /* the newest answer found nothing wrong */
    bool shown;             /* what is in summary and steps may be shown: also while a newer
                                    answer is under way, so that nothing flickers while one types */
    void (*answered)(struct create *create); /* the newest answer has come */
    char problem[ERR_TEXT_SIZE];             /* wrong, but with no field of ours; "": nothing */
};

/* The form and its draft; lives from the first C to the end of the dashboard, so that a draft comes
 * back and an answer that is late finds its place. */
struct create {
    struct app *app;
    struct dialog *dialog; /* while it is open */
    struct form form;
    struct field fields[CREATE_FIELDS];
    struct create_preview preview;
    bool running;    /* nstui run is under way */
    char more[96];   /* what is given beyond the first page */
    bool run_wanted; /* Run was pressed before the answer came */
};

/* create_fields.c: the fields as they are at first. */
extern const struct field create_fields[CREATE_FIELDS];

/* create_words.c: the words of the form: `run -d -mpu --name lab9 .. -- /bin/bash`. */
void create_words(const struct create *create, struct strings *words);
/* What is given beyond the first page, in a few words: "memory 64m, walled"; "" nothing. */
void create_more_words(const struct create *create, char *text, size_t size);
/* Choices of the fields, null at the end. */
extern const char *const create_init_names[],
    *const create_grade_names[], *const create_verbose_names[], *const create_writes_names[];

/* The small shell of init is chosen: there is no command. */
bool create_has_shell(const struct create *create);

/* Fills the form from the row of the preset that was chosen. */
void create_preset_apply(struct create *create);
/* The presets' names for the choice, null at the end. */
extern const char *const create_preset_names[];

/* create_preview.c: asks for the steps; to be called at each change. */
void create_preview_ask(struct create *create);
void create_preview_free(struct create_preview *preview);

#endif
