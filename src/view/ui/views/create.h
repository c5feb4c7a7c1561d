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
    bool run_wanted; /* Run was pressed before the answer came */
};

/* create_words.c: the words of the form: `run -d -mpu --name lab9 .. -- /bin/bash`. */
void create_words(const struct create *create, struct strings *words);
/* Fills the form from the row of the preset that was chosen. */
void create_preset_apply(struct create *create);
/* The presets' names for the choice, null at the end. */
extern const char *const create_preset_names[];

/* create_preview.c: asks for the steps; to be called at each change. */
void create_preview_ask(struct create *create);
void create_preview_free(struct create_preview *preview);

#endif
