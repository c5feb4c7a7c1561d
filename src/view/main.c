/* nstui-view: the eyes. nstui starts it with its own words: none for the dashboard, `ls ..`,
 * `attach NAME`; it starts itself as `look ..` for a look into a container. It never mounts, makes or
 * kills anything. */
#include "nstui/base.h"
#include "nstui/list.h"
#include "nstui/look.h"
#include "nstui/ui.h"

#include <stdio.h>
#include <string.h>

static int fail(const struct err *err)
{
    fprintf(stderr, "nstui: %s\n", err->text);
    return 1;
}

static int dashboard(int argc, char **argv)
{
    const struct ui_options options = {0};
    struct err err = {0};

    (void)argc;
    (void)argv;
    return ui_run(&options, &err) == -1 ? fail(&err) : 0;
}

static int attach(int argc, char **argv)
{
    struct err err = {0};

    if (argc != 2) {
        fprintf(stderr, "nstui attach: tell the name of one session (nstui ps lists them)\n");
        return 2;
    }
    return ui_attach(argv[1], &err) == -1 ? fail(&err) : 0;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"ls", list_main},
    {"attach", attach},
    {"look", look_main},
};

int main(int argc, char **argv)
{
    if (argc < 2) {
        return dashboard(argc, argv);
    }
    for (size_t i = 0; i < array_length(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "nstui-view: there is no command %.60s (nstui --help lists them)\n", argv[1]);
    return 2;
}
