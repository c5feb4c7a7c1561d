/* Reads the part `process` of a config.json. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "private.h"

#define ID_MAX (UINT32_MAX - 1) /* (uid_t)-1 is nobody */

static int size_parse(const struct reader *reader, const struct node *process, struct spec *spec)
{
    struct node size;
    int64_t height = 0, width = 0;
    int found = node_object(reader, process, "consoleSize", &size);
    if (found <= 0)
        return found;
    if (node_number(reader, &size, "height", 0, UINT16_MAX, &height) < 0 ||
        node_number(reader, &size, "width", 0, UINT16_MAX, &width) < 0)
        return -1;
    spec->rows = (unsigned short)height;
    spec->columns = (unsigned short)width;
    return 0;
}

static int groups_parse(const struct reader *reader, const struct node *user,
                        struct identity *identity)
{
    struct node list;
    int found = node_list(reader, user, "additionalGids", &list);
    if (found <= 0)
        return found;
    size_t count = node_count(&list);
    identity->groups = count ? xcalloc(count, sizeof(gid_t)) : NULL;
    for (size_t at = 0; at < count; at++) {
        struct node item = node_item(&list, at);
        int64_t number =
            json_object_is_type(item.value, json_type_int) ? json_object_get_int64(item.value) : -1;
        if (number < 0 || number > ID_MAX)
            return node_error(reader, &item, "is no number of a group");
        identity->groups[identity->group_count++] = (gid_t)number;
    }
    return 0;
}

static int user_parse(const struct reader *reader, const struct node *process, struct spec *spec)
{
    struct node user;
    int64_t uid = 0, gid = 0, mask = 0;
    spec->identity.given = true;
    int found = node_object(reader, process, "user", &user);
    if (found <= 0)
        return found;
    if (node_number(reader, &user, "uid", 0, ID_MAX, &uid) < 0 ||
        node_number(reader, &user, "gid", 0, ID_MAX, &gid) < 0)
        return -1;
    found = node_number(reader, &user, "umask", 0, 0777, &mask);
    if (found < 0)
        return -1;
    spec->umask_given = found;
    spec->umask = (mode_t)mask;
    spec->identity.uid = (uid_t)uid;
    spec->identity.gid = (gid_t)gid;
    return groups_parse(reader, &user, &spec->identity);
}

static int set_parse(const struct reader *reader, const struct node *capabilities, const char *key,
                     uint64_t *bits)
{
    struct node list;
    char word[SHOWN_SIZE];
    int found = node_list(reader, capabilities, key, &list);
    for (size_t at = 0; found > 0 && at < node_count(&list); at++) {
        struct node item = node_item(&list, at);
        const char *name = node_text(reader, &item);
        if (!name)
            return -1;
        if (strncasecmp(name, "CAP_", 4) != 0 || strcasecmp(name, "CAP_ALL") == 0 ||
            capability_parse(name, bits, NULL) < 0)
            return node_error(reader, &item, "is \"%s\", which is no capability that is known",
                              oci_shown(word, name));
    }
    return found;
}

/* Where none are named there are none. */
static int capabilities_parse(const struct reader *reader, const struct node *process,
                              struct spec *spec)
{
    struct node capabilities;
    struct capability_sets *sets = &spec->capabilities;
    sets->given = true;
    int found = node_object(reader, process, "capabilities", &capabilities);
    if (found <= 0)
        return found;
    const struct {
        const char *key;
        uint64_t *bits;
    } keys[] = {
        {"bounding", &sets->bounding},   {"effective", &sets->effective},
        {"permitted", &sets->permitted}, {"inheritable", &sets->inheritable},
        {"ambient", &sets->ambient},
    };
    for (size_t at = 0; at < array_length(keys); at++) {
        if (set_parse(reader, &capabilities, keys[at].key, keys[at].bits) < 0)
            return -1;
    }
    return 0;
}

static int rlimit_parse(const struct reader *reader, const struct node *item, struct spec *spec)
{
    _cleanup_free_ char *type = NULL;
    char word[SHOWN_SIZE];
    uint64_t soft = 0, hard = 0;
    if (node_is_object(reader, item) < 0 || node_string(reader, item, "type", &type) < 0 ||
        node_unsigned(reader, item, "soft", &soft) < 0 ||
        node_unsigned(reader, item, "hard", &hard) < 0)
        return -1;
    int resource = type && strncmp(type, "RLIMIT_", 7) == 0 ? rlimit_number(type) : -1;
    if (resource < 0)
        return node_error(reader, item, "has the type \"%s\", which is no limit that is known",
                          oci_shown(word, type ? type : ""));
    for (size_t at = 0; at < spec->rlimits.count; at++) {
        if (spec->rlimits.items[at].resource == resource)
            return node_error(reader, item, "limits %s a second time", oci_shown(word, type));
    }
    array_grow(&spec->rlimits.items, spec->rlimits.count, &spec->rlimits.capacity,
               sizeof(struct rlimit_entry));
    spec->rlimits.items[spec->rlimits.count++] =
        (struct rlimit_entry){.resource = resource, .soft = soft, .hard = hard};
    return 0;
}

static int rlimits_parse(const struct reader *reader, const struct node *process, struct spec *spec)
{
    struct node list;
    int found = node_list(reader, process, "rlimits", &list);
    for (size_t at = 0; found > 0 && at < node_count(&list); at++) {
        struct node item = node_item(&list, at);
        if (rlimit_parse(reader, &item, spec) < 0)
            return -1;
    }
    return found;
}

/* Only what other programs could not run either. */
static int command_check(const struct reader *reader, const struct node *process,
                         const struct spec *spec)
{
    struct node node;
    if (!spec->argv.count)
        return node_error(reader, process, "has no args: there is no command to run");
    if (!node_get(process, "cwd", &node))
        return node_error(reader, process, "has no cwd");
    for (size_t at = 0; at < spec->env.count; at++) {
        const char *equals = strchr(spec->env.items[at], '=');
        if (equals && equals != spec->env.items[at])
            continue;
        struct node list, item;
        (void)node_get(process, "env", &list);
        item = node_item(&list, at);
        return node_error(reader, &item, "is no variable: KEY=VALUE");
    }
    return 0;
}

int process_parse(const struct reader *reader, struct spec *spec)
{
    struct node process;
    int64_t oom_score = 0;
    int found = node_object(reader, &reader->root, "process", &process);
    if (found < 0)
        return -1;
    if (!found)
        return err_set(reader->err, 0, "config.json: process is missing: there is nothing to run");
    spec->env_exact = true;
    if (node_bool(reader, &process, "terminal", &spec->terminal) < 0 ||
        size_parse(reader, &process, spec) < 0 ||
        node_strings(reader, &process, "args", &spec->argv) < 0 ||
        node_strings(reader, &process, "env", &spec->env) < 0 ||
        node_string(reader, &process, "cwd", &spec->cwd) < 0 ||
        command_check(reader, &process, spec) < 0 || user_parse(reader, &process, spec) < 0 ||
        capabilities_parse(reader, &process, spec) < 0 ||
        rlimits_parse(reader, &process, spec) < 0 ||
        node_bool(reader, &process, "noNewPrivileges", &spec->no_new_privs) < 0 ||
        node_number(reader, &process, "oomScoreAdj", -1000, 1000, &oom_score) < 0)
        return -1;
    spec->oom_score = (int)oom_score;
    return 0;
}
