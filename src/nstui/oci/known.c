/* Every field of the specification, and what becomes of it here. The document is walked key by key
 * against this table before anything is read, so that nothing is dropped in silence. doc/oci.md has
 * the same list for people; a test holds it to this one. config.md, config-linux.md of the
 * runtime specification, 1.0 to 1.2. */
#include <string.h>
#include <unistd.h>

#include "private.h"

#define NAMED_MAX 64 /* lines; one more says how many there were */

static const char no_hooks[] = "nstui starts no programs on the host for a bundle";
static const char no_io[] = "nothing limits its input and output";

const struct oci_field oci_fields[] = {
    {"ociVersion", OCI_TAKEN, NULL},
    {"hostname", OCI_TAKEN, NULL},
    {"domainname", OCI_TAKEN, NULL},
    {"annotations", OCI_FREE, NULL},
    {"root", OCI_TAKEN, NULL},
    {"root.path", OCI_TAKEN, NULL},
    {"root.readonly", OCI_TAKEN, NULL},

    {"process", OCI_TAKEN, NULL},
    {"process.terminal", OCI_TAKEN, NULL},
    {"process.consoleSize", OCI_TAKEN, NULL},
    {"process.consoleSize.height", OCI_TAKEN, NULL},
    {"process.consoleSize.width", OCI_TAKEN, NULL},
    {"process.cwd", OCI_TAKEN, NULL},
    {"process.env", OCI_TAKEN, NULL},
    {"process.args", OCI_TAKEN, NULL},
    {"process.user", OCI_TAKEN, NULL},
    {"process.user.uid", OCI_TAKEN, NULL},
    {"process.user.gid", OCI_TAKEN, NULL},
    {"process.user.umask", OCI_TAKEN, NULL},
    {"process.user.additionalGids", OCI_TAKEN, NULL},
    {"process.user.username", OCI_NAMED, "it is for Windows; uid and gid are what counts"},
    {"process.capabilities", OCI_TAKEN, NULL},
    {"process.capabilities.bounding", OCI_TAKEN, NULL},
    {"process.capabilities.effective", OCI_TAKEN, NULL},
    {"process.capabilities.permitted", OCI_TAKEN, NULL},
    {"process.capabilities.inheritable", OCI_TAKEN, NULL},
    {"process.capabilities.ambient", OCI_TAKEN, NULL},
    {"process.rlimits", OCI_TAKEN, NULL},
    {"process.rlimits[].type", OCI_TAKEN, NULL},
    {"process.rlimits[].soft", OCI_TAKEN, NULL},
    {"process.rlimits[].hard", OCI_TAKEN, NULL},
    {"process.noNewPrivileges", OCI_TAKEN, NULL},
    {"process.oomScoreAdj", OCI_TAKEN, NULL},
    {"process.apparmorProfile", OCI_REFUSED_APPARMOR, "no AppArmor profile confines it"},
    {"process.selinuxLabel", OCI_REFUSED_SELINUX, "no SELinux label confines it"},
    {"process.scheduler", OCI_NAMED, "it is scheduled as the caller is"},
    {"process.ioPriority", OCI_NAMED, "its input and output have the caller's priority"},
    {"process.execCPUAffinity", OCI_NAMED, "it runs on the caller's processors"},
    {"process.commandLine", OCI_NAMED, "it is for Windows"},

    {"mounts", OCI_TAKEN, NULL},
    {"mounts[].destination", OCI_TAKEN, NULL},
    {"mounts[].type", OCI_TAKEN, NULL},
    {"mounts[].source", OCI_TAKEN, NULL},
    {"mounts[].options", OCI_TAKEN, NULL},
    {"mounts[].uidMappings", OCI_REFUSED, "its files would have other owners"},
    {"mounts[].gidMappings", OCI_REFUSED, "its files would have other owners"},

    {"hooks.prestart", OCI_NAMED, no_hooks},
    {"hooks.createRuntime", OCI_NAMED, no_hooks},
    {"hooks.createContainer", OCI_NAMED, no_hooks},
    {"hooks.startContainer", OCI_NAMED, no_hooks},
    {"hooks.poststart", OCI_NAMED, no_hooks},
    {"hooks.poststop", OCI_NAMED, no_hooks},
    {"hooks", OCI_TAKEN, NULL},

    {"linux", OCI_TAKEN, NULL},
    {"linux.namespaces", OCI_TAKEN, NULL},
    {"linux.namespaces[].type", OCI_TAKEN, NULL},
    {"linux.namespaces[].path", OCI_TAKEN, NULL},
    {"linux.uidMappings", OCI_TAKEN, NULL},
    {"linux.uidMappings[].containerID", OCI_TAKEN, NULL},
    {"linux.uidMappings[].hostID", OCI_TAKEN, NULL},
    {"linux.uidMappings[].size", OCI_TAKEN, NULL},
    {"linux.gidMappings", OCI_TAKEN, NULL},
    {"linux.gidMappings[].containerID", OCI_TAKEN, NULL},
    {"linux.gidMappings[].hostID", OCI_TAKEN, NULL},
    {"linux.gidMappings[].size", OCI_TAKEN, NULL},
    {"linux.timeOffsets", OCI_TAKEN, NULL},
    {"linux.timeOffsets.monotonic", OCI_TAKEN, NULL},
    {"linux.timeOffsets.monotonic.secs", OCI_TAKEN, NULL},
    {"linux.timeOffsets.monotonic.nanosecs", OCI_TAKEN, NULL},
    {"linux.timeOffsets.boottime", OCI_TAKEN, NULL},
    {"linux.timeOffsets.boottime.secs", OCI_TAKEN, NULL},
    {"linux.timeOffsets.boottime.nanosecs", OCI_TAKEN, NULL},
    {"linux.devices", OCI_TAKEN, NULL},
    {"linux.devices[].path", OCI_TAKEN, NULL},
    {"linux.devices[].type", OCI_TAKEN, NULL},
    {"linux.devices[].major", OCI_TAKEN, NULL},
    {"linux.devices[].minor", OCI_TAKEN, NULL},
    {"linux.devices[].fileMode", OCI_TAKEN, NULL},
    {"linux.devices[].uid", OCI_TAKEN, NULL},
    {"linux.devices[].gid", OCI_TAKEN, NULL},
    {"linux.cgroupsPath", OCI_TAKEN, NULL},
    {"linux.maskedPaths", OCI_TAKEN, NULL},
    {"linux.readonlyPaths", OCI_TAKEN, NULL},
    {"linux.rootfsPropagation", OCI_TAKEN, NULL},
    {"linux.seccomp", OCI_FREE, NULL},
    {"linux.sysctl", OCI_FREE, NULL},
    {"linux.mountLabel", OCI_REFUSED_SELINUX, "its mounts bear no SELinux label"},
    {"linux.intelRdt", OCI_NAMED, "the shares of cache and memory bandwidth stay as they are"},
    {"linux.personality", OCI_TAKEN, NULL},
    {"linux.personality.domain", OCI_TAKEN, NULL},
    {"linux.personality.flags", OCI_NAMED, "its personality is the caller's"},
    {"linux.netDevices", OCI_NAMED, "no device of the host's network is moved into it"},
    {"linux.memoryPolicy", OCI_NAMED, "its memory lies where the caller's does"},

    {"linux.resources", OCI_TAKEN, NULL},
    {"linux.resources.devices", OCI_TAKEN, NULL},
    {"linux.resources.devices[].allow", OCI_TAKEN, NULL},
    {"linux.resources.devices[].type", OCI_TAKEN, NULL},
    {"linux.resources.devices[].major", OCI_TAKEN, NULL},
    {"linux.resources.devices[].minor", OCI_TAKEN, NULL},
    {"linux.resources.devices[].access", OCI_TAKEN, NULL},
    {"linux.resources.memory", OCI_TAKEN, NULL},
    {"linux.resources.memory.limit", OCI_TAKEN, NULL},
    {"linux.resources.memory.swap", OCI_TAKEN, NULL},
    {"linux.resources.memory.reservation", OCI_NAMED, "there is no soft limit of memory"},
    {"linux.resources.memory.kernel", OCI_NAMED, "the kernel has no such limit any more"},
    {"linux.resources.memory.kernelTCP", OCI_NAMED,
     "the buffers of TCP have no limit of their own"},
    {"linux.resources.memory.swappiness", OCI_NAMED, "it swaps as the host does"},
    {"linux.resources.memory.disableOOMKiller", OCI_NAMED, "what wants too much memory is ended"},
    {"linux.resources.memory.useHierarchy", OCI_NAMED, "the kernel decides"},
    {"linux.resources.memory.checkBeforeUpdate", OCI_NAMED, "limits do not change later"},
    {"linux.resources.pids", OCI_TAKEN, NULL},
    {"linux.resources.pids.limit", OCI_TAKEN, NULL},
    {"linux.resources.cpu", OCI_TAKEN, NULL},
    {"linux.resources.cpu.shares", OCI_TAKEN, NULL},
    {"linux.resources.cpu.quota", OCI_TAKEN, NULL},
    {"linux.resources.cpu.period", OCI_TAKEN, NULL},
    {"linux.resources.cpu.burst", OCI_NAMED, "its share of cpu time does not add up"},
    {"linux.resources.cpu.realtimeRuntime", OCI_NAMED, "it gets no realtime share"},
    {"linux.resources.cpu.realtimePeriod", OCI_NAMED, "it gets no realtime share"},
    {"linux.resources.cpu.cpus", OCI_NAMED, "it may run on every processor"},
    {"linux.resources.cpu.mems", OCI_NAMED, "its memory may lie on every node"},
    {"linux.resources.cpu.idle", OCI_NAMED, "it is no idle group"},
    {"linux.resources.blockIO", OCI_NAMED, no_io},
    {"linux.resources.hugepageLimits", OCI_NAMED, "nothing limits its huge pages"},
    {"linux.resources.network", OCI_NAMED, "its packets bear no class and no priority"},
    {"linux.resources.rdma", OCI_NAMED, "nothing limits its RDMA"},
    {"linux.resources.unified", OCI_NAMED, "files of its cgroup are not written one by one"},

    {"windows", OCI_NAMED, "it is for Windows"},
    {"solaris", OCI_NAMED, "it is for Solaris"},
    {"vm", OCI_NAMED, "no virtual machine is around it"},
    {"zos", OCI_NAMED, "it is for z/OS"},
    {"freebsd", OCI_NAMED, "it is for FreeBSD"},
    {NULL, OCI_TAKEN, NULL},
};

static const struct oci_field *field_find(const char *pattern)
{
    for (size_t at = 0; oci_fields[at].path; at++) {
        if (strcmp(oci_fields[at].path, pattern) == 0)
            return &oci_fields[at];
    }
    return NULL;
}

/* Says nothing: podman and others write such. */
static bool is_empty(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        return true;
    case json_type_boolean:
        return !json_object_get_boolean(value);
    case json_type_string:
        return json_object_get_string_len(value) == 0;
    case json_type_array:
        return json_object_array_length(value) == 0;
    case json_type_object:
        return json_object_object_length(value) == 0;
    default:
        return false;
    }
}

static bool is_unconfined(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) &&
           strcmp(json_object_get_string(value), "unconfined") == 0;
}

/* A part of the walk. */
struct walk {
    const struct reader *reader;
    size_t named;
};

static void named_add(struct walk *walk, const struct node *node, const char *why)
{
    if (++walk->named <= NAMED_MAX)
        node_unsupported(walk->reader, node, "%s", why);
}

/* Not supported. -1 where it cannot be done without. */
static int fate_meet(struct walk *walk, const struct node *node, const struct oci_field *field)
{
    static const char *const files[] = {
        [OCI_REFUSED_APPARMOR] = "/sys/kernel/security/apparmor",
        [OCI_REFUSED_SELINUX] = "/sys/fs/selinux/enforce",
    };
    if (is_empty(node->value) || is_unconfined(node->value))
        return 0;
    bool refused = field->fate == OCI_REFUSED ||
                   (field->fate > OCI_REFUSED && access(files[field->fate], F_OK) == 0);
    if (refused) {
        (void)node_error(walk->reader, node, "is not supported, and without it %s", field->why);
        return err_hint(walk->reader->err, "take it out of config.json to run it all the same");
    }
    _cleanup_free_ char *why = xasprintf("is not supported: %s", field->why);
    named_add(walk, node, why);
    return 0;
}

static int string_check(const struct reader *reader, const struct node *node)
{
    const char *text = json_object_get_string(node->value);
    if (strlen(text) == (size_t)json_object_get_string_len(node->value))
        return 0;
    return node_error(reader, node, "has a NUL in it, which no program could be given");
}

static int walk_value(struct walk *walk, const struct node *node, const char *pattern, bool free);

static int walk_object(struct walk *walk, const struct node *node, const char *pattern, bool free)
{
    json_object_object_foreach(node->value, key, value)
    {
        struct node child = {.up = node, .key = key, .value = value};
        if (free) {
            if (walk_value(walk, &child, "", true) < 0)
                return -1;
            continue;
        }
        _cleanup_free_ char *path = xasprintf("%s%s%s", pattern, *pattern ? "." : "", key);
        const struct oci_field *field = field_find(path);
        int result = 0;
        if (!field)
            named_add(walk, &child, "is no field that is known here: nothing is done with it");
        else if (field->fate == OCI_TAKEN || field->fate == OCI_FREE)
            result = walk_value(walk, &child, path, field->fate == OCI_FREE);
        else
            result = fate_meet(walk, &child, field);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* As deep as the tokener lets a document be. */
static int walk_value(struct walk *walk, const struct node *node, const char *pattern, bool free)
{
    if (json_object_is_type(node->value, json_type_string))
        return string_check(walk->reader, node);
    if (json_object_is_type(node->value, json_type_object))
        return walk_object(walk, node, pattern, free);
    if (!json_object_is_type(node->value, json_type_array))
        return 0;
    _cleanup_free_ char *items = xasprintf("%s[]", pattern);
    for (size_t at = 0; at < node_count(node); at++) {
        struct node item = node_item(node, at);
        if (walk_value(walk, &item, items, free) < 0)
            return -1;
    }
    return 0;
}

int strings_check(const struct reader *reader, const struct node *node)
{
    struct walk walk = {.reader = reader};
    return walk_value(&walk, node, "", true);
}

int known_walk(const struct reader *reader)
{
    struct walk walk = {.reader = reader};
    if (walk_value(&walk, &reader->root, "", false) < 0)
        return -1;
    if (walk.named > NAMED_MAX && reader->unsupported)
        strings_addf(reader->unsupported, "%zu more fields are not supported",
                     walk.named - NAMED_MAX);
    return 0;
}
