/* The words of the create form: what its fields mean on the command line, and what the lab's
 * exercises put into them. Pure: looks at the form, runs nothing. */
#include "create.h"

#include <stdio.h>
#include <string.h>

/* The root of the lab; a directory at the root of the file system, as the lab has it. */
#define LAB_ROOT "/containerfs"

static const struct create_preset {
    const char *name;
    ns_set namespaces;
    const char *hostname, *root, *layout, *command;
    enum { PIVOT, PIVOT_OLD_ROOT, CHROOT } enter; /* in the order of the choice */
    enum { COMMAND_ALONE, INIT, INIT_SHELL } init;
    bool verbose; /* its init tells each end */
} presets[] = {
    {"exercise 8", NS_BIT(NS_MNT) | NS_BIT(NS_PID) | NS_BIT(NS_UTS), "mycontainer", LAB_ROOT,
     "studio", "/bin/bash", PIVOT_OLD_ROOT, INIT, false},
    {"exercise 7", NS_BIT(NS_MNT), "", LAB_ROOT, "studio", "/bin/bash", CHROOT, COMMAND_ALONE,
     false},
    {"exercise 6", NS_BIT(NS_MNT) | NS_BIT(NS_PID), "", "", "", "", PIVOT, INIT_SHELL, true},
    {"exercise 5", NS_BIT(NS_MNT) | NS_BIT(NS_PID), "", "", "", "/bin/bash", PIVOT, COMMAND_ALONE,
     false},
    {"exercise 4", NS_BIT(NS_PID), "", "", "", "/bin/bash", PIVOT, COMMAND_ALONE, false},
    {"exercise 2", NS_BIT(NS_UTS), "mycontainer", "", "", "/bin/bash", PIVOT, COMMAND_ALONE, false},
    {"empty", 0, "", "", "", "", PIVOT, COMMAND_ALONE, false},
};

const char *const create_preset_names[] = {"exercise 8", "exercise 7", "exercise 6", "exercise 5",
                                           "exercise 4", "exercise 2", "empty",      NULL};

/* In the order of the enum, but the one that the form ticks by itself first. */
const char *const create_init_names[] = {"nstui-init", "its small shell", "the command", NULL};
enum { CHOICE_INIT, CHOICE_SHELL, CHOICE_COMMAND };
const char *const create_grade_names[] = {"lab", "walled", "privileged", NULL};
const char *const create_verbose_names[] = {"nothing", "each end", NULL};
const char *const create_writes_names[] = {"stay", "thrown away", "refused", NULL};

/* Options of the fields beyond the first page. */
static const struct {
    enum create_field field;
    const char *option;
    bool each;              /* every word of the field is a value of its own */
    const char *choices[3]; /* of a choice: the option that stands for it, or null */
} more[] = {
    {.field = CREATE_GRADE, .choices = {NULL, "--walled", "--privileged"}},
    {.field = CREATE_VERBOSE, .choices = {NULL, "-v"}},
    {.field = CREATE_MEMORY, .option = "--memory"},
    {.field = CREATE_PROCESSES, .option = "--pids-limit"},
    {.field = CREATE_CPUS, .option = "--cpus"},
    {.field = CREATE_NETWORK, .option = "--network"},
    {.field = CREATE_ADDRESS, .option = "--ip"},
    {.field = CREATE_SHARE, .option = "--share", .each = true},
    {.field = CREATE_WRITES, .choices = {NULL, "--throw-away", "--read-only"}},
    {.field = CREATE_WITHOUT, .option = "--without", .each = true},
    {.field = CREATE_USER, .option = "--setuid"},
    {.field = CREATE_MAP_USERS, .option = "--map-users", .each = true},
    {.field = CREATE_MAP_GROUPS, .option = "--map-groups", .each = true},
    {.field = CREATE_CAP_ADD, .option = "--cap-add", .each = true},
    {.field = CREATE_CAP_DROP, .option = "--cap-drop", .each = true},
    {.field = CREATE_SECCOMP, .option = "--seccomp"},
    {.field = CREATE_ULIMITS, .option = "--ulimit", .each = true},
    {.field = CREATE_BOOTTIME, .option = "--boottime"},
    {.field = CREATE_VARIABLES, .option = "--env", .each = true},
    {.field = CREATE_WORKDIR, .option = "--workdir"},
    {.field = CREATE_BUNDLE, .option = "--bundle"},
    {.field = CREATE_OTHER},
};

_Static_assert(array_length(create_preset_names) == array_length(presets) + 1,
               "each preset has its name in the choice");

void create_preset_apply(struct create *create)
{
    const struct create_preset *preset = &presets[create->fields[CREATE_PRESET].choice];
    create->fields[CREATE_NAMESPACES].ticked = preset->namespaces;
    line_input_set(&create->fields[CREATE_HOSTNAME].input, preset->hostname);
    line_input_set(&create->fields[CREATE_ROOT].input, preset->root);
    create->fields[CREATE_ENTER].choice = (int)preset->enter;
    line_input_set(&create->fields[CREATE_LAYOUT].input, preset->layout);
    static const int inits[] = {
        [COMMAND_ALONE] = CHOICE_COMMAND, [INIT] = CHOICE_INIT, [INIT_SHELL] = CHOICE_SHELL};
    create->fields[CREATE_INIT].choice = inits[preset->init];
    create->fields[CREATE_VERBOSE].choice = preset->verbose;
    line_input_set(&create->fields[CREATE_COMMAND].input, preset->command);
}

bool create_has_shell(const struct create *create)
{
    return create->fields[CREATE_INIT].choice == CHOICE_SHELL;
}

/* Adds an option and its value where the field holds one. */
static void words_add(struct strings *words, const char *option, const struct field *field)
{
    if (field->off || !field->input.text[0])
        return;
    strings_add(words, option);
    strings_add(words, field->input.text);
}

/* The words that a field beyond the first page stands for. */
static void more_add(const struct create *create, size_t at, struct strings *words)
{
    const struct field *field = &create->fields[more[at].field];
    if (field->off)
        return;
    if (field->kind == FIELD_CHOICE) {
        if (more[at].choices[field->choice])
            strings_add(words, more[at].choices[field->choice]);
        return;
    }
    if (!more[at].each && more[at].option) {
        words_add(words, more[at].option, field);
        return;
    }
    _cleanup_strings_ struct strings values = {0};
    if (text_shell_split(field->input.text, &values, NULL) < 0)
        strings_add(&values, field->input.text); /* nstui run says what is wrong with it */
    for (size_t i = 0; i < values.count; i++) {
        if (more[at].option)
            strings_add(words, more[at].option);
        strings_add(words, values.items[i]);
    }
}

void create_more_words(const struct create *create, char *text, size_t size)
{
    _cleanup_strings_ struct strings words = {0};
    for (size_t at = 0; at < array_length(more); at++)
        more_add(create, at, &words);
    (void)snprintf(text, size, "as usual: limits, network, rights, users");
    if (words.count == 0)
        return;
    _cleanup_free_ char *line = text_shell_line(words.items);
    (void)snprintf(text, size, "%s", line);
}

void create_words(const struct create *create, struct strings *words)
{
    const struct field *fields = create->fields;
    strings_add(words, "run");
    strings_add(words, "-d");
    char letters[NS_TYPES + 1];
    if (*ns_set_letters(fields[CREATE_NAMESPACES].ticked, letters))
        strings_addf(words, "-%s", letters);
    words_add(words, "--name", &fields[CREATE_NAME]);
    words_add(words, "--hostname", &fields[CREATE_HOSTNAME]);
    words_add(words, "--root", &fields[CREATE_ROOT]);
    static const char *const enters[] = {NULL, "--old-root", "--chroot"};
    const char *enter = enters[fields[CREATE_ENTER].choice];
    if (!fields[CREATE_ENTER].off && enter)
        strings_add(words, enter);
    words_add(words, "--layout", &fields[CREATE_LAYOUT]);
    if (fields[CREATE_INIT].choice != CHOICE_COMMAND)
        strings_add(words, fields[CREATE_INIT].choice == CHOICE_INIT ? "--init" : "--init=shell");
    for (size_t at = 0; at < array_length(more); at++)
        more_add(create, at, words);
    bool bundled = fields[CREATE_BUNDLE].input.text[0] != '\0'; /* it has a command */
    if (create_has_shell(create) || (bundled && !fields[CREATE_COMMAND].input.text[0]))
        return;
    strings_add(words, "--");
    (void)text_shell_split(fields[CREATE_COMMAND].input.text, words, NULL); /* checked before */
}
