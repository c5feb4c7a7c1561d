/* nstui export: a container that is kept, as a bundle for crun, runc and podman. Reads what was kept of
 * it, writes one file; the container itself, running or ended, is left alone. */
#include <errno.h>
#include <stdlib.h>

#include "nstui/oci.h"
#include "private.h"

static const struct option_entry export_options[] = {{0}};

static int spec_read(const char *name, struct spec *spec, struct err *err)
{
    _cleanup_session_state_ struct session_state state = {0};
    _cleanup_strings_ struct strings words = {0};
    _cleanup_free_ char *json = NULL, *directory = NULL;
    size_t length = 0;
    struct err why = {0};
    if (session_find(name, &state, err) < 0)
        return -1;
    if (state.kind != SESSION_CONTAINER)
        return err_set(err, 0, "%s is no container: it has nothing that could be exported", name);
    if (state_read_spec(name, &json, &length, &words, &directory, &why) < 0) {
        if (why.errnum != ENOENT) {
            *err = why;
            return -1;
        }
        (void)err_set(err, 0, "nothing is kept of %s that could be exported", name);
        return err_hint(err, "nstui run -d keeps it");
    }
    if (!json) {
        (void)err_set(err, 0,
                      "%s cannot be exported: its words are no UTF-8, and JSON cannot hold "
                      "them",
                      name);
        return err_hint(err, "run it with other words");
    }
    if (oci_spec_load(json, length, spec, err) < 0)
        return err_prefix(err, "cannot export %s", name);
    return 0;
}

static int export_run(const struct invocation *invocation)
{
    struct err err = {0};
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_strings_ struct strings losses = {0};
    _cleanup_options_ struct options options = {0};
    options_start(&options, invocation, true);
    if (options_next(&options) == OPTIONS_DONE)
        return options.status;
    if (invocation->argc - options.index != 2)
        return fail_with(invocation, STATUS_USAGE,
                         "say which container, and the folder of the bundle (nstui export %s)",
                         invocation->command->usage);
    const char *name = invocation->argv[options.index],
               *folder = invocation->argv[options.index + 1];
    if (spec_read(name, &spec, &err) < 0)
        return fail(invocation, STATUS_FAILED, &err);
    if (oci_export(&spec, folder, &losses, &err) < 0) {
        (void)err_prefix(&err, "cannot export %s", name);
        return fail(invocation, STATUS_FAILED, &err);
    }
    for (size_t at = 0; at < losses.count; at++)
        say("%s", losses.items[at]);
    return STATUS_OK;
}

const struct command command_export = {
    .name = "export",
    .usage = "NAME DIR",
    .help = "write a container as an OCI bundle",
    .more =
        "DIR gets a config.json that crun, runc and podman run; the root directory stays where\n"
        "it is, and config.json names it. What those programs cannot do is told.\n"
        "\n"
        "  nstui export box /srv/bundle && crun run -b /srv/bundle other\n",
    .options = export_options,
    .run = export_run,
};
