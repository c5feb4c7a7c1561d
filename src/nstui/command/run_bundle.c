/* nstui run --bundle: the spec comes from a bundle that another program or nstui export has made; the
 * options of the command line change it. Called by run.c before it reads the options. */
#include <stdlib.h>
#include <string.h>

#include "nstui/oci.h"
#include "run.h"

/* Most launches have no bundle, and their words are read once. */
static bool bundle_is_likely(const struct invocation *invocation)
{
    for (int i = 1; i < invocation->argc; i++) {
        if (strncmp(invocation->argv[i], "--b", 3) == 0)
            return true;
    }
    return false;
}

int bundle_find(const struct invocation *invocation, const char **bundle, int *status)
{
    _cleanup_options_ struct options options = {0};
    *bundle = NULL;
    if (!bundle_is_likely(invocation))
        return OPTIONS_END;
    options_start(&options, invocation, false);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE) {
            *status = options.status;
            return OPTIONS_DONE;
        }
        if (id == RUN_BUNDLE)
            *bundle = options.value;
    }
    return OPTIONS_END;
}

int bundle_load(const struct invocation *invocation, const char *bundle, struct spec *spec,
                struct err *err)
{
    _cleanup_strings_ struct strings unsupported = {0};
    int result = oci_load(bundle, spec, &unsupported, err);
    for (size_t at = 0; invocation->ready_fd < 0 && at < unsupported.count; at++)
        say("config.json: %s", unsupported.items[at]);
    free(spec->name); /* of the session that it was exported from, which may still be there */
    spec->name = NULL;
    return result;
}

/* A bundle's capabilities are told one by one: what is to be added or dropped is so in them. */
static void capabilities_settle(struct spec *spec)
{
    uint64_t added = spec->capabilities_added, dropped = spec->capabilities_dropped;
    struct capability_sets *sets = &spec->capabilities;
    uint64_t *const all[] = {&sets->bounding, &sets->effective, &sets->permitted,
                             &sets->inheritable, &sets->ambient};
    if (!sets->given || (!added && !dropped))
        return;
    for (size_t at = 0; at < array_length(all); at++)
        *all[at] &= ~dropped | added;
    for (size_t at = 0; at < 3; at++) /* bounding, effective, permitted */
        *all[at] |= added;
    spec->capabilities_added = spec->capabilities_dropped = 0;
}

int bundle_settle(struct spec *spec, enum grade before, const char *layout, const char **field,
                  struct err *err)
{
    capabilities_settle(spec);
    if (layout) {
        *field = "layout";
        (void)err_set(err, 0, "a bundle has its mounts in its config.json, and no layout");
        return err_hint(err, "leave --layout out");
    }
    if (spec->grade == before)
        return 0;
    *field = "grade";
    (void)err_set(err, 0,
                  "the rights in a bundle are told one by one in its config.json, not by a "
                  "grade");
    return err_hint(err,
                    "leave --walled or --privileged out; --cap-add and --cap-drop change them");
}
