/* A seccomp profile, the JSON of an OCI linux.seccomp, made into a program. Called by the parent of a
 * launch or a join. What the profile asks for and we do not have is named, never passed over.
 * seccomp(2), and the runtime specification's config-linux.md.
 *
 * libseccomp is loaded only where a filter is wanted: no other launch pays for it. */
#include <dlfcn.h>
#include <errno.h>
#include <json-c/json.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "filter.h"
#include "libraries.h"

#define ERRNO_MAX 4095

/* ---- libseccomp ------------------------------------------------------------------------------ */

SECCOMP_FUNCTIONS(LIBRARY_WEAK)

static struct {
    __typeof__(seccomp_init) *init;
    __typeof__(seccomp_release) *release;
    __typeof__(seccomp_attr_set) *attr_set;
    __typeof__(seccomp_arch_exist) *arch_exist;
    __typeof__(seccomp_arch_native) *arch_native;
    __typeof__(seccomp_arch_add) *arch_add;
    __typeof__(seccomp_syscall_resolve_name) *resolve;
    __typeof__(seccomp_rule_add_array) *rule_add;
    __typeof__(seccomp_export_bpf) *export_bpf;
} library;

static int library_load(struct err *err)
{
    static const struct {
        const char *name;
        void *place, *linked;
    } functions[] = {
        {"seccomp_init", &library.init, (void *)seccomp_init},
        {"seccomp_release", &library.release, (void *)seccomp_release},
        {"seccomp_attr_set", &library.attr_set, (void *)seccomp_attr_set},
        {"seccomp_arch_exist", &library.arch_exist, (void *)seccomp_arch_exist},
        {"seccomp_arch_native", &library.arch_native, (void *)seccomp_arch_native},
        {"seccomp_arch_add", &library.arch_add, (void *)seccomp_arch_add},
        {"seccomp_syscall_resolve_name", &library.resolve, (void *)seccomp_syscall_resolve_name},
        {"seccomp_rule_add_array", &library.rule_add, (void *)seccomp_rule_add_array},
        {"seccomp_export_bpf", &library.export_bpf, (void *)seccomp_export_bpf},
    };
    bool linked = functions[0].linked != NULL; /* libraries.h */
    if (library.export_bpf)
        return 0;
    void *handle = linked ? functions[0].linked : dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
    for (size_t at = 0; handle && at < array_length(functions); at++) {
        void *function = linked ? functions[at].linked : dlsym(handle, functions[at].name);
        memcpy(functions[at].place, &function, sizeof(function));
        if (!function)
            handle = NULL;
    }
    if (handle)
        return 0;
    (void)err_set(err, 0, "cannot load libseccomp for the seccomp profile");
    return err_hint(err, "install the package libseccomp2, or say --seccomp none");
}

/* ---- words of a profile ------------------------------------------------------------------------ */

struct number_word {
    const char *word;
    uint32_t number;
};

static const struct number_word actions[] = {
    {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
    {NULL, 0},
};

static const struct number_word operators[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
    {NULL, 0},
};

static const struct number_word filter_flags[] = {
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_TSYNC", 0}, /* there is but one thread */
    {NULL, 0},
};

/* Architectures by the family of machines that can run them: a filter for a machine that this one
 * cannot be makes no difference. */
static const struct {
    const char *word;
    uint32_t token;
    char family;
} architectures[] = {
    {"SCMP_ARCH_X86", SCMP_ARCH_X86, 'x'},
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, 'x'},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32, 'x'},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM, 'a'},
    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, 'a'},
    {"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS, 'm'},
    {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64, 'm'},
    {"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32, 'm'},
    {"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL, 'n'},
    {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64, 'n'},
    {"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, 'n'},
    {"SCMP_ARCH_PPC", SCMP_ARCH_PPC, 'p'},
    {"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64, 'p'},
    {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE, 'q'},
    {"SCMP_ARCH_S390", SCMP_ARCH_S390, 's'},
    {"SCMP_ARCH_S390X", SCMP_ARCH_S390X, 's'},
    {"SCMP_ARCH_PARISC", SCMP_ARCH_PARISC, 'h'},
    {"SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64, 'h'},
    {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, 'r'},
};

/* What is under way: the profile and the sentence where it is wrong. */
struct compiling {
    scmp_filter_ctx context;
    uint32_t action;        /* the default */
    unsigned default_errno; /* of a SCMP_ACT_ERRNO without its own */
    unsigned flags;
    struct err *err;
};

static int wrong(struct compiling *compiling, const char *what, const char *text)
{
    char shown[WORD_SIZE];
    return err_set(compiling->err, 0, "the seccomp profile: %s%s%s", what, text ? " " : "",
                   text ? word(shown, text) : "");
}

static int word_find(struct compiling *compiling, const struct number_word *list, const char *what,
                     struct json_object *value, uint32_t *number)
{
    if (!json_object_is_type(value, json_type_string))
        return wrong(compiling, what, "is missing or no string");
    const char *text = json_object_get_string(value);
    for (; list->word; list++) {
        if (strcmp(list->word, text) == 0) {
            *number = list->number;
            return 0;
        }
    }
    return wrong(compiling, what, text);
}

/* An integer of the profile, where it is there. */
static int number_read(struct compiling *compiling, struct json_object *object, const char *key,
                       uint64_t maximum, uint64_t *number)
{
    struct json_object *value;
    if (!json_object_object_get_ex(object, key, &value))
        return 0;
    if (!json_object_is_type(value, json_type_int))
        return wrong(compiling, key, "is no number");
    /* json-c cuts what does not fit; below zero is nothing here. */
    if (json_object_get_int64(value) < 0)
        return wrong(compiling, key, "is out of range");
    *number = json_object_get_uint64(value);
    return *number <= maximum ? 0 : wrong(compiling, key, "is out of range");
}

/* Every key must be one of these: what is not understood is not passed over. */
static int keys_check(struct compiling *compiling, struct json_object *object,
                      const char *const known[])
{
    json_object_object_foreach(object, key, value)
    {
        (void)value;
        size_t at = 0;
        while (known[at] && strcmp(known[at], key) != 0)
            at++;
        if (!known[at]) {
            (void)wrong(compiling, "there is no support for", key);
            if (strcmp(key, "archMap") == 0 || strcmp(key, "includes") == 0 ||
                strcmp(key, "excludes") == 0)
                (void)err_hint(compiling->err, "it is of docker's own form; the form wanted is "
                                               "linux.seccomp of an OCI config.json");
            return -1;
        }
    }
    return 0;
}

/* ---- the parts ----------------------------------------------------------------------------------- */

static int action_read(struct compiling *compiling, struct json_object *object, const char *key,
                       const char *errno_key, unsigned otherwise, uint32_t *action)
{
    struct json_object *value = NULL;
    uint64_t number = otherwise;
    (void)json_object_object_get_ex(object, key, &value);
    if (word_find(compiling, actions, "there is no support for the action", value, action) < 0 ||
        number_read(compiling, object, errno_key, ERRNO_MAX, &number) < 0)
        return -1;
    if (*action == SCMP_ACT_ERRNO(0))
        *action = SCMP_ACT_ERRNO((uint32_t)number);
    else if (*action == SCMP_ACT_TRACE(0))
        *action = SCMP_ACT_TRACE((uint32_t)number);
    return 0;
}

static char native_family(void)
{
    uint32_t native = library.arch_native();
    for (size_t at = 0; at < array_length(architectures); at++) {
        if (architectures[at].token == native)
            return architectures[at].family;
    }
    return '\0';
}

static int architectures_add(struct compiling *compiling, struct json_object *list)
{
    if (list && !json_object_is_type(list, json_type_array))
        return wrong(compiling, "architectures", "is no list");
    char family = native_family();
    for (size_t at = 0; list && at < json_object_array_length(list); at++) {
        const char *text = json_object_get_string(json_object_array_get_idx(list, at));
        size_t known = 0;
        while (known < array_length(architectures) &&
               strcmp(architectures[known].word, text ? text : "") != 0)
            known++;
        if (known == array_length(architectures))
            return wrong(compiling, "there is no architecture", text ? text : "null");
        uint32_t token = architectures[known].token;
        if (architectures[known].family != family ||
            library.arch_exist(compiling->context, token) == 0)
            continue;
        int result = library.arch_add(compiling->context, token);
        if (result < 0)
            return err_set(compiling->err, -result, "cannot add the architecture %s to the filter",
                           text);
    }
    return 0;
}

static int flags_read(struct compiling *compiling, struct json_object *list)
{
    if (list && !json_object_is_type(list, json_type_array))
        return wrong(compiling, "flags", "is no list");
    for (size_t at = 0; list && at < json_object_array_length(list); at++) {
        uint32_t flag;
        if (word_find(compiling, filter_flags, "there is no support for the flag",
                      json_object_array_get_idx(list, at), &flag) < 0)
            return -1;
        compiling->flags |= flag;
    }
    return 0;
}

#define ARGUMENTS 6

static int arguments_read(struct compiling *compiling, struct json_object *list,
                          struct scmp_arg_cmp arguments[ARGUMENTS], unsigned *count)
{
    static const char *const keys[] = {"index", "value", "valueTwo", "op", "comment", NULL};
    *count = 0;
    if (!list)
        return 0;
    if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) > ARGUMENTS)
        return wrong(compiling, "args", "is no list of at most 6");
    for (size_t at = 0; at < json_object_array_length(list); at++) {
        struct json_object *one = json_object_array_get_idx(list, at), *operator_word = NULL;
        uint64_t index = 0, value = 0, second = 0;
        uint32_t operator_number;
        if (!json_object_is_type(one, json_type_object))
            return wrong(compiling, "args", "has something that is no object");
        (void)json_object_object_get_ex(one, "op", &operator_word);
        if (keys_check(compiling, one, keys) < 0 ||
            number_read(compiling, one, "index", ARGUMENTS - 1, &index) < 0 ||
            number_read(compiling, one, "value", UINT64_MAX, &value) < 0 ||
            number_read(compiling, one, "valueTwo", UINT64_MAX, &second) < 0 ||
            word_find(compiling, operators, "there is no comparison", operator_word,
                      &operator_number) < 0)
            return -1;
        arguments[(*count)++] = (struct scmp_arg_cmp){
            .arg = (unsigned)index,
            .op = (enum scmp_compare)operator_number,
            .datum_a = value,
            .datum_b = second,
        };
    }
    return 0;
}

/* Two conditions on one argument are two rules, of which either does: so every engine reads them. */
static bool argument_is_double(const struct scmp_arg_cmp arguments[], unsigned count)
{
    for (unsigned at = 0; at < count; at++) {
        for (unsigned before = 0; before < at; before++) {
            if (arguments[at].arg == arguments[before].arg)
                return true;
        }
    }
    return false;
}

static int rule_add(struct compiling *compiling, const char *name, uint32_t action,
                    const struct scmp_arg_cmp arguments[], unsigned count)
{
    int number = library.resolve(name);
    /* A call that libseccomp does not know: the default action is all that it gets. */
    if (number == __NR_SCMP_ERROR || action == compiling->action)
        return 0;
    bool apart = argument_is_double(arguments, count);
    int result = 0;
    for (unsigned at = 0; apart && at < count && result == 0; at++)
        result = library.rule_add(compiling->context, action, number, 1, &arguments[at]);
    if (!apart)
        result = library.rule_add(compiling->context, action, number, count, arguments);
    if (result == 0 || result == -EEXIST)
        return 0;
    return err_set(compiling->err, -result, "the seccomp profile: cannot add a rule for %s", name);
}

static int syscall_add(struct compiling *compiling, struct json_object *entry)
{
    static const char *const keys[] = {"names", "action", "errnoRet", "args", "comment", NULL};
    struct json_object *names = NULL, *list = NULL;
    struct scmp_arg_cmp arguments[ARGUMENTS];
    unsigned count;
    uint32_t action;
    char shown[WORD_SIZE];
    if (!json_object_is_type(entry, json_type_object))
        return wrong(compiling, "syscalls", "has something that is no object");
    (void)json_object_object_get_ex(entry, "names", &names);
    (void)json_object_object_get_ex(entry, "args", &list);
    if (!json_object_is_type(names, json_type_array))
        return wrong(compiling, "names", "is missing or no list");
    if (keys_check(compiling, entry, keys) < 0 ||
        action_read(compiling, entry, "action", "errnoRet", EPERM, &action) < 0 ||
        arguments_read(compiling, list, arguments, &count) < 0)
        return -1;
    for (size_t at = 0; at < json_object_array_length(names); at++) {
        struct json_object *name = json_object_array_get_idx(names, at);
        if (!json_object_is_type(name, json_type_string))
            return wrong(compiling, "names", "has something that is no string");
        if (rule_add(compiling, word(shown, json_object_get_string(name)), action, arguments,
                     count) < 0)
            return -1;
    }
    return 0;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

static int profile_read(struct compiling *compiling, struct json_object *root)
{
    static const char *const keys[] = {
        "defaultAction", "defaultErrnoRet", "architectures", "flags", "syscalls", "comment", NULL};
    struct json_object *list = NULL, *archs = NULL, *flags = NULL;
    if (!json_object_is_type(root, json_type_object))
        return wrong(compiling, "it is no JSON object", NULL);
    if (keys_check(compiling, root, keys) < 0 ||
        action_read(compiling, root, "defaultAction", "defaultErrnoRet", EPERM,
                    &compiling->action) < 0)
        return -1;
    compiling->context = library.init(compiling->action);
    if (!compiling->context)
        return err_set(compiling->err, EINVAL, "cannot make a seccomp filter");
    /* Calls of an architecture that is not named are refused, not deadly. (A tree of comparisons
     * instead of a list, CTL_OPTIMIZE 2, takes twice as long to compile and gains nothing: the kernel
     * keeps a map of the calls that are always allowed.) */
    (void)library.attr_set(compiling->context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    (void)json_object_object_get_ex(root, "architectures", &archs);
    (void)json_object_object_get_ex(root, "flags", &flags);
    (void)json_object_object_get_ex(root, "syscalls", &list);
    if (list && !json_object_is_type(list, json_type_array))
        return wrong(compiling, "syscalls", "is no list");
    if (architectures_add(compiling, archs) < 0 || flags_read(compiling, flags) < 0)
        return -1;
    for (size_t at = 0; list && at < json_object_array_length(list); at++) {
        if (syscall_add(compiling, json_object_array_get_idx(list, at)) < 0)
            return -1;
    }
    return 0;
}

/* The program as bytes: the library writes it to a descriptor and to nothing else. */
static int program_take(struct compiling *compiling, struct filter *filter)
{
    _cleanup_close_ int memory = memfd_create("seccomp", MFD_CLOEXEC);
    if (memory < 0)
        return err_set(compiling->err, errno, "cannot make memory for the seccomp filter");
    int result = library.export_bpf(compiling->context, memory);
    off_t length = result < 0 ? -1 : lseek(memory, 0, SEEK_END);
    size_t size = sizeof(struct sock_filter);
    if (length <= 0)
        return err_set(compiling->err, -result, "cannot compile the seccomp profile");
    if ((size_t)length / size > BPF_MAXINSNS)
        return err_set(compiling->err, 0,
                       "the seccomp profile makes a program of %zu steps, and the kernel takes %d",
                       (size_t)length / size, BPF_MAXINSNS);
    filter->program.len = (unsigned short)((size_t)length / size);
    filter->program.filter = xmalloc((size_t)length);
    if (pread(memory, filter->program.filter, (size_t)length, 0) != (ssize_t)length)
        return err_set(compiling->err, EIO, "cannot read the seccomp filter");
    filter->flags = compiling->flags;
    return 0;
}

int profile_compile(const char *text, struct filter *filter, struct err *err)
{
    struct compiling compiling = {.default_errno = EPERM, .err = err};
    if (library_load(err) < 0)
        return -1;
    enum json_tokener_error error;
    struct json_object *root = json_tokener_parse_verbose(text, &error);
    int result = -1;
    if (!root)
        (void)err_set(err, 0, "the seccomp profile is no JSON: %s", json_tokener_error_desc(error));
    else if (profile_read(&compiling, root) == 0)
        result = program_take(&compiling, filter);
    if (compiling.context)
        library.release(compiling.context);
    json_object_put(root);
    return result;
}
