/* The words of the create form: what its fields mean on the command line, and what the lab's
 * exercises put into them. Pure: looks at the form, runs nothing. */
#include "create.h"

#include <string.h>

/* The root of the lab; a directory at the root of the file system, as the lab has it. */
#define LAB_ROOT "/containerfs"

static const struct create_preset {
    const char *name;
    ns_set namespaces;
    const char *hostname, *root, *layout, *command;
    bool chroot, init;
} presets[] = {
    {"exercise 8", NS_BIT(NS_MNT) | NS_BIT(NS_PID) | NS_BIT(NS_UTS), "mycontainer", LAB_ROOT,
     "studio", "/bin/bash", false, true},
    {"exercise 7", NS_BIT(NS_MNT), "", LAB_ROOT, "studio", "/bin/bash", true, false},
    {"exercise 5", NS_BIT(NS_MNT) | NS_BIT(NS_PID), "", "", "", "/bin/bash", false, false},
    {"exercise 2", NS_BIT(NS_UTS), "mycontainer", "", "", "/bin/bash", false, false},
    {"empty", 0, "", "", "", "", false, false},
};

const char *const create_preset_names[] = {"exercise 8", "exercise 7", "exercise 5",
                                           "exercise 2", "empty",      NULL};

_Static_assert(array_length(create_preset_names) == array_length(presets) + 1,
               "each preset has its name in the choice");

void create_preset_apply(struct create *create)
{
    const struct create_preset *preset = &presets[create->fields[CREATE_PRESET].choice];
    create->fields[CREATE_NAMESPACES].ticked = preset->namespaces;
    line_input_set(&create->fields[CREATE_HOSTNAME].input, preset->hostname);
    line_input_set(&create->fields[CREATE_ROOT].input, preset->root);
    create->fields[CREATE_ENTER].choice = preset->chroot;
    line_input_set(&create->fields[CREATE_LAYOUT].input, preset->layout);
    create->fields[CREATE_INIT].choice = !preset->init;
    line_input_set(&create->fields[CREATE_COMMAND].input, preset->command);
}

/* Adds an option and its value where the field holds one. */
static void words_add(struct strings *words, const char *option, const struct field *field)
{
    if (field->off || !field->input.text[0])
        return;
    strings_add(words, option);
    strings_add(words, field->input.text);
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
    if (!fields[CREATE_ENTER].off && fields[CREATE_ENTER].choice == 1)
        strings_add(words, "--chroot");
    words_add(words, "--layout", &fields[CREATE_LAYOUT]);
    if (fields[CREATE_INIT].choice == 0)
        strings_add(words, "--init");
    strings_add(words, "--");
    (void)text_shell_split(fields[CREATE_COMMAND].input.text, words, NULL); /* checked before */
}
