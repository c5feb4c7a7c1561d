/* nstui pin: the namespaces of somebody kept by files, so that they stay when he ends. The engine binds
 * them; what they are called by, and what is said of it, is here. Also called by unshare --pin. */
#include <stdio.h>
#include <string.h>

#include "private.h"

static const struct option_entry pin_options[] = {
    OPTIONS_NAMESPACES,
    {0},
};

void pins_print(const struct strings *files, const struct strings *told)
{
    char path[SHOWN_SIZE];
    for (size_t i = 0; i < files->count; i++)
        (void)printf("%s\n", shown(path, files->items[i]));
    for (size_t i = 0; i < told->count; i++)
        say("%s", told->items[i]);
}

/* Letters may stand before, between and behind the two words. */
static int words_parse(const struct invocation *invocation, ns_set *types, const char *words[2],
                       int *status)
{
    _cleanup_options_ struct options options = {0};
    enum ns_type type;
    int count = 0;
    options_start(&options, invocation, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE) {
            *status = options.status;
            return OPTIONS_DONE;
        }
        if (ns_type_by_letter((char)id, &type))
            *types |= NS_BIT(type);
    }
    for (int i = options.index; i < invocation->argc; i++, count++) {
        if (count < 2)
            words[count] = invocation->argv[i];
    }
    if (count == 2 && words[0][0] && words[1][0])
        return OPTIONS_END;
    *status = fail_with(invocation, STATUS_USAGE,
                        "say whose namespaces, and the directory for their files (nstui pin %s)",
                        invocation->command->usage);
    return OPTIONS_DONE;
}

static int target_find(const char *words, ns_set types, struct ns_target *target, struct err *err)
{
    _cleanup_join_ struct join join = {0};
    if (!target_is_plain(words))
        return target_by_name(words, types, target, err);
    if (join_target_parse(words, &join, err) < 0)
        return -1;
    target->pid = join.pid;
    target->path = join.path ? xstrdup(join.path) : NULL;
    return 0;
}

static int pin_run(const struct invocation *invocation)
{
    int status = STATUS_OK;
    ns_set types = 0;
    struct err err = {0};
    struct ns_target target = {0};
    const char *words[2] = {0};
    _cleanup_strings_ struct strings files = {0}, told = {0};
    if (words_parse(invocation, &types, words, &status) == OPTIONS_DONE)
        return status;
    if (target_find(words[0], types, &target, &err) < 0 ||
        engine_pin(&target, types, words[1], &files, &told, &err) < 0)
        status = fail(invocation, STATUS_FAILED, &err);
    else
        pins_print(&files, &told);
    cleanup_free(&target.path);
    cleanup_free(&target.words);
    return status;
}

const struct command command_pin = {
    .name = "pin",
    .usage = "TARGET [-imnpuUCT] DIR",
    .help = "keep namespaces by files, also when no process is in them",
    .more =
        "TARGET as of join. Each namespace is bound to a file DIR/TYPE, which is made for it, and\n"
        "join enters it by that. Without letters: every type that differs from ours.\n"
        "\n"
        "  nstui pin box -n /run/pins; nstui join /run/pins/net -- ip addr\n",
    .options = pin_options,
    .flags = COMMAND_CLEANS,
    .run = pin_run,
};
