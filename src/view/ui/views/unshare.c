/* The unshare dialog (U, F7): new namespaces and nothing else, held until they are stopped, as
 * exercise 2 begins; or pinned to files, where no process holds them. The line that it shows is the one
 * that runs. */
#include "../doors.h"
#include "../widgets/form_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum unshare_field {
    UNSHARE_NAMESPACES,
    UNSHARE_NAME,
    UNSHARE_HOSTNAME,
    UNSHARE_PIN,
    UNSHARE_RUN,
    UNSHARE_CANCEL,
    UNSHARE_FIELDS
};

struct unshare_dialog {
    struct form_box box; /* first: it is freed as this */
    struct field fields[UNSHARE_FIELDS];
};

static const struct field unshare_fields[UNSHARE_FIELDS] = {
    [UNSHARE_NAMESPACES] = {.kind = FIELD_NAMESPACES,
                            .label = "New",
                            .help =
                                "Which namespaces are made. Nothing is started in them but what "
                                "holds them: a namespace is there as long as a process is in it, "
                                "or a file keeps it. J on it joins it."},
    [UNSHARE_NAME] = {.kind = FIELD_TEXT,
                      .label = "Name",
                      .hint = "else box-1, box-2 ..",
                      .help =
                          "How nstui calls what holds them: in Containers, and in nstui join NAME "
                          "and nstui stop NAME."},
    [UNSHARE_HOSTNAME] = {.kind = FIELD_TEXT,
                          .label = "Hostname",
                          .hint = "with uts",
                          .help =
                              "The hostname of the new uts namespace. Empty: as the host's is."},
    [UNSHARE_PIN] = {.kind = FIELD_TEXT,
                     .label = "Pin in",
                     .hint = "a directory, for no process",
                     .help =
                         "Each namespace is mounted on a file DIR/TYPE, which keeps it although no "
                         "process is in it. nstui join DIR/net enters it, nstui unpin DIR lets go "
                         "of it. Namespaces lists it while somebody is in it."},
    [UNSHARE_RUN] = {.kind = FIELD_BUTTON, .label = "Unshare"},
    [UNSHARE_CANCEL] = {.kind = FIELD_BUTTON, .label = "Cancel"},
};

static bool is_pinned(const struct unshare_dialog *unshare)
{
    return unshare->fields[UNSHARE_PIN].input.text[0] != '\0';
}

static void option_add(struct strings *words, const char *option, const struct field *field)
{
    if (field->off || !field->input.text[0])
        return;
    strings_add(words, option);
    strings_add(words, field->input.text);
}

static void unshare_words(struct form_box *box, struct strings *words)
{
    const struct unshare_dialog *unshare = (const struct unshare_dialog *)box;
    const struct field *fields = unshare->fields;
    char letters[NS_TYPES + 1];
    strings_add(words, "unshare");
    if (!is_pinned(unshare))
        strings_add(words, "-d");
    if (*ns_set_letters(fields[UNSHARE_NAMESPACES].ticked, letters))
        strings_addf(words, "-%s", letters);
    option_add(words, "--name", &fields[UNSHARE_NAME]);
    option_add(words, "--hostname", &fields[UNSHARE_HOSTNAME]);
    option_add(words, "--pin", &fields[UNSHARE_PIN]);
}

static void unshare_tick_note(void *data, enum ns_type type, char *text, size_t size)
{
    static const char *const notes[NS_TYPES] = {
        [NS_MNT] = "mounts",
        [NS_UTS] = "hostname and domain name",
        [NS_IPC] = "shared memory, queues",
        [NS_PID] = "process numbers",
        [NS_NET] = "network devices, ports",
        [NS_USER] = "user and group ids",
        [NS_CGROUP] = "the root of the cgroup tree",
        [NS_TIME] = "clocks since boot",
    };
    (void)data;
    (void)snprintf(text, size, "%s", notes[type]);
}

/* Without a process there is nothing that has a name. */
static void unshare_changed(struct form_box *box)
{
    struct unshare_dialog *unshare = (struct unshare_dialog *)box;
    struct field *hostname = &unshare->fields[UNSHARE_HOSTNAME];
    bool named = unshare->fields[UNSHARE_NAMESPACES].ticked & NS_BIT(NS_UTS);
    unshare->fields[UNSHARE_NAME].off = is_pinned(unshare);
    hostname->off = !named;
}

static void unshare_done(struct app *app, void *data, const struct command_result *result)
{
    (void)data;
    if (result->status != 0)
        return;
    app_refresh(app);
    int length = (int)strcspn(result->out, "\n");
    if (result->out[0] == '/') /* it was pinned, and that is its file */
        app_result(app, "%.*s keeps it: nstui join enters that, nstui unpin lets go", length,
                   result->out);
    else
        app_open_session(app, REQ_SHOW_CONTAINER, result->out);
}

static bool unshare_check(struct form_box *box)
{
    if (((struct unshare_dialog *)box)->fields[UNSHARE_NAMESPACES].ticked)
        return true;
    app_error(box->app, "nothing to make: no namespace is ticked");
    return false;
}

static void unshare_sentence(struct form_box *box, struct text *sentence)
{
    const struct unshare_dialog *unshare = (const struct unshare_dialog *)box;
    if (is_pinned(unshare))
        text_addf(sentence, "A file in there holds each of them until nstui unpin %s.",
                  unshare->fields[UNSHARE_PIN].input.text);
    else
        text_add(sentence, "A process holds them until you stop it (S); J joins them.");
}

static void unshare_title(struct form_box *box, char *text, size_t size)
{
    (void)box;
    (void)snprintf(text, size, "New namespaces, and nothing else");
}

static const struct form_box_ops unshare_ops = {
    .act = "unshare",
    .sentences = 1,
    .request = REQ_NONE,
    .title = unshare_title,
    .sentence = unshare_sentence,
    .words = unshare_words,
    .check = unshare_check,
    .changed = unshare_changed,
    .done = unshare_done,
};

int dialog_unshare_open(struct app *app)
{
    struct unshare_dialog *unshare = xcalloc(1, sizeof(*unshare));
    memcpy(unshare->fields, unshare_fields, sizeof(unshare_fields));
    unshare->fields[UNSHARE_NAMESPACES].ticked = NS_BIT(NS_UTS);
    unshare->box.form = (struct form){.fields = unshare->fields,
                                      .count = UNSHARE_FIELDS,
                                      .label_width = 8,
                                      .input_width = 24,
                                      .tick_note = unshare_tick_note};
    form_box_open(app, &unshare->box, &unshare_ops);
    return 0;
}
