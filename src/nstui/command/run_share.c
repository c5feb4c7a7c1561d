/* Options of nstui run about what is not new: namespaces that exist, the clocks, how mounts spread,
 * and what becomes of the root. Called by run.c for each option; fills the spec. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* TYPE=TARGET. The word for the type may be its long option, too: mount. */
static int share_take(struct spec *spec, const char *value, struct err *err)
{
    char shown_value[SHOWN_SIZE];
    enum ns_type type = NS_TYPES;
    const char *equals = strchr(value, '='), *words = equals ? equals + 1 : "";
    _cleanup_free_ char *name = xstrndup(value, equals ? (size_t)(equals - value) : strlen(value));
    if (!ns_type_by_name(name, &type) || !*words) {
        (void)err_set(err, 0, "\"%s\" names nothing to share", shown(shown_value, value));
        return err_hint(err, "write TYPE=TARGET, as in --share net=box; the types are mnt uts ipc "
                             "pid net user cgroup time");
    }
    if (spec->shared & NS_BIT(type))
        return err_set(err, 0, "a container can share only one %s namespace", ns_types[type].name);
    struct ns_target target = {0};
    int result;
    if (target_is_plain(words)) {
        struct join join = {0};
        result = join_target_parse(words, &join, err);
        target = (struct ns_target){
            .pid = join.pid, .path = join.path, .words = join.path ? xstrdup(words) : NULL};
    } else {
        result = target_by_name(words, NS_BIT(type), &target, err);
    }
    if (result < 0) {
        free(target.path);
        free(target.words);
        return err_prefix(err, "--share %s", name);
    }
    spec->shares[type] = target;
    spec->shared |= NS_BIT(type);
    if (spec->grade == GRADE_WALLED) /* which has brought some by itself */
        spec->namespaces &= ~NS_BIT(type);
    return 1;
}

/* [-]SECONDS[.FRACTION]. The kernel wants the rest of a second to be added, also below 0. */
static bool offset_parse(const char *text, struct time_offset *offset)
{
    int64_t seconds, fraction = 0;
    bool negative = *text == '-';
    _cleanup_free_ char *whole = xstrdup(text + (negative || *text == '+'));
    char *point = strchr(whole, '.');
    if (point) {
        char digits[] = "000000000";
        size_t length = strlen(point + 1);
        *point = '\0';
        if (length == 0 || length > 9)
            return false;
        memcpy(digits, point + 1, length);
        if (!number_parse(digits, 0, 999999999, &fraction))
            return false;
    }
    if (!number_parse(whole, 0, INT32_MAX * (int64_t)4, &seconds))
        return false;
    *offset = (struct time_offset){.given = true, .seconds = seconds};
    offset->nanoseconds = (uint32_t)fraction;
    if (negative) {
        offset->seconds = -seconds - (fraction > 0);
        offset->nanoseconds = fraction > 0 ? (uint32_t)(1000000000 - fraction) : 0;
    }
    return true;
}

static int offset_take(struct time_offset *offset, const char *value, struct err *err)
{
    char text[SHOWN_SIZE];
    if (offset_parse(value, offset))
        return 1;
    (void)err_set(err, 0, "\"%s\" is no number of seconds", shown(text, value));
    return err_hint(err, "as in 3600, -60 or 0.5");
}

static int propagation_take(struct spec *spec, const char *value, struct err *err)
{
    static const char *const words[] = {
        [PROPAGATION_PRIVATE] = "private",
        [PROPAGATION_SLAVE] = "slave",
        [PROPAGATION_SHARED] = "shared",
    };
    char text[SHOWN_SIZE];
    for (size_t at = 0; at < array_length(words); at++) {
        if (strcmp(words[at], value) == 0) {
            spec->propagation = (enum propagation)at;
            return 1;
        }
    }
    return err_set(err, 0, "\"%s\" is no propagation: write private, slave or shared",
                   shown(text, value));
}

int run_take_share(struct spec *spec, int id, const char *value, struct err *err)
{
    switch (id) {
    case RUN_SHARE:
        return share_take(spec, value, err);
    case RUN_MONOTONIC:
        return offset_take(&spec->monotonic, value, err);
    case RUN_BOOTTIME:
        return offset_take(&spec->boottime, value, err);
    case RUN_PROPAGATION:
        return propagation_take(spec, value, err);
    case RUN_THROW_AWAY:
        return spec->root_throwaway = true, 1;
    case RUN_OLD_ROOT:
        return spec->old_root_folder = true, 1;
    case RUN_KEEP_OLD_ROOT:
        return spec->keep_old_root = true, 1;
    default:
        return 0;
    }
}
