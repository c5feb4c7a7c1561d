/* How a call reads: mount("proc", "proc", "proc", MS_NOSUID, NULL). Called with whatever a program
 * has passed to the kernel, so no byte of it is believed: strings are cut and written as in C. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>

#include "private.h"

enum {
    STRING_MAX = 4096, /* PATH_MAX */
    WORDS_MAX = 32,
};

/* One byte that cannot be shown as it is. */
static void escape_add(struct text *text, unsigned char byte)
{
    static const char letters[] = {['\a'] = 'a', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',
                                   ['\v'] = 'v', ['\f'] = 'f', ['\r'] = 'r'};
    if (byte < sizeof(letters) && letters[byte])
        text_addf(text, "\\%c", letters[byte]);
    else
        text_addf(text, "\\%03o", byte);
}

/* more: there is more of it than string has. */
static void quoted_add(struct text *text, const char *string, bool more)
{
    size_t length = strnlen(string, STRING_MAX - 1);
    text_add(text, "\"");
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t bytes = text_decode_utf8(string + at, length - at, &code);
        if (string[at] == '"' || string[at] == '\\')
            text_addf(text, "\\%c", string[at]);
        else if (bytes && text_code_is_printable(code))
            text_add_bytes(text, string + at, bytes);
        else
            bytes = 0;
        if (!bytes)
            escape_add(text, (unsigned char)string[at]);
        at += bytes ? bytes : 1;
    }
    text_add(text, more || length == STRING_MAX - 1 ? "\"..." : "\"");
}

static void pointer_add(struct text *text, uint64_t address)
{
    if (address)
        text_addf(text, "0x%llx", (unsigned long long)address);
    else
        text_add(text, "NULL");
}

static void string_add(struct text *text, const struct call *call, int at)
{
    if (call->strings[at])
        quoted_add(text, call->strings[at], false);
    else
        pointer_add(text, call->arguments[at]);
}

/* As many bytes as the next argument says; a 0 byte ends what is shown. */
static void bytes_add(struct text *text, const struct call *call, int at)
{
    if (call->strings[at])
        quoted_add(text, call->strings[at], strlen(call->strings[at]) < call->arguments[at + 1]);
    else
        pointer_add(text, call->arguments[at]);
}

/* 3, 3<uts:[4026531838]>, AT_FDCWD */
static void descriptor_add(struct text *text, const struct call *call, int at, bool may_be_cwd)
{
    int fd = (int)call->arguments[at];
    char leads[STRING_MAX];
    if (may_be_cwd && fd == AT_FDCWD)
        return text_add(text, "AT_FDCWD");
    text_addf(text, "%d", fd);
    if (call->strings[at])
        text_addf(text, "<%s>",
                  text_printable(leads, sizeof(leads), call->strings[at],
                                 strnlen(call->strings[at], sizeof(leads)), true));
}

static void signal_add(struct text *text, const char *before, uint64_t number)
{
    const char *name = number < 65 ? sigabbrev_np((int)number) : NULL;
    if (name)
        text_addf(text, "%sSIG%s", before, name);
    else
        text_addf(text, "%s%llu", before, (unsigned long long)number);
}

static void clone_flags_add(struct text *text, uint64_t value)
{
    uint64_t flags = (uint32_t)value & ~(uint64_t)CSIGNAL, signal = value & CSIGNAL;
    text_add(text, "flags=");
    if (flags || !signal)
        flags_add(text, &flags_clone, flags);
    if (signal)
        signal_add(text, flags ? "|" : "", signal);
}

static void clone_args_add(struct text *text, const void *memory)
{
    struct clone_args arguments;
    memcpy(&arguments, memory, sizeof(arguments));
    text_add(text, "{flags=");
    flags_add(text, &flags_clone, arguments.flags);
    if (arguments.exit_signal)
        signal_add(text, ", exit_signal=", arguments.exit_signal);
    if (arguments.set_tid_size)
        text_addf(text, ", set_tid_size=%llu", (unsigned long long)arguments.set_tid_size);
    if (arguments.flags & CLONE_INTO_CGROUP)
        text_addf(text, ", cgroup=%llu", (unsigned long long)arguments.cgroup);
    text_add(text, "}");
}

static void mount_attr_add(struct text *text, const void *memory)
{
    struct mount_attr attr;
    memcpy(&attr, memory, sizeof(attr));
    text_add(text, "{attr_set=");
    flags_add(text, &flags_mount_attr, attr.attr_set);
    if (attr.attr_clr) {
        text_add(text, ", attr_clr=");
        flags_add(text, &flags_mount_attr, attr.attr_clr);
    }
    if (attr.propagation) {
        text_add(text, ", propagation=");
        flags_add(text, &flags_propagation, attr.propagation);
    }
    if (attr.attr_set & MOUNT_ATTR_IDMAP)
        text_addf(text, ", userns_fd=%llu", (unsigned long long)attr.userns_fd);
    text_add(text, "}");
}

static void open_how_add(struct text *text, const void *memory)
{
    struct open_how how;
    memcpy(&how, memory, sizeof(how));
    text_add(text, "{flags=");
    flags_add(text, &flags_open, how.flags);
    text_addf(text, ", resolve=0x%llx}", (unsigned long long)how.resolve);
}

/* ["sh", "-c", "true"] */
static void words_add(struct text *text, const struct call_words *words)
{
    size_t shown = words->kept < WORDS_MAX ? words->kept : WORDS_MAX;
    text_add(text, "[");
    for (size_t at = 0; at < shown; at++) {
        text_add(text, at ? ", " : "");
        quoted_add(text, words->words[at], false);
    }
    text_add(text, words->count > shown ? ", ...]" : "]");
}

static void variables_add(struct text *text, const struct call_words *words)
{
    text_addf(text, "/* %zu var%s */", words->count, words->count == 1 ? "" : "s");
}

/* The value of fsconfig(2), which its command gives a kind. */
static void fsconfig_add(struct text *text, const struct call *call, int at)
{
    switch (call->arguments[1]) {
    case FSCONFIG_SET_STRING:
    case FSCONFIG_SET_PATH:
    case FSCONFIG_SET_PATH_EMPTY:
        return string_add(text, call, at);
    default:
        return pointer_add(text, call->arguments[at]);
    }
}

/* The engine's own are not fetched: what it executes is in the spec. */
static void exec_add(struct text *text, uint64_t address, const void *memory, bool words)
{
    if (!memory)
        text_add(text, "..");
    else if (!address)
        text_add(text, "NULL");
    else if (words)
        words_add(text, memory);
    else
        variables_add(text, memory);
}

static void argument_add(struct text *text, const struct call *call, int at,
                         const struct argument *argument)
{
    uint64_t value = call->arguments[at];
    const void *memory = call->memory[at];
    switch (argument->kind) {
    case ARGUMENT_NONE:
        return;
    case ARGUMENT_FD:
    case ARGUMENT_DIRFD:
        return descriptor_add(text, call, at, argument->kind == ARGUMENT_DIRFD);
    case ARGUMENT_STRING:
        return string_add(text, call, at);
    case ARGUMENT_BYTES:
        return bytes_add(text, call, at);
    case ARGUMENT_FSCONFIG:
        return fsconfig_add(text, call, at);
    case ARGUMENT_NUMBER:
        return text_addf(text, "%d", (int)value);
    case ARGUMENT_SIZE:
        return text_addf(text, "%llu", (unsigned long long)value);
    case ARGUMENT_MODE:
        return text_addf(text, "%#03o", (unsigned)value);
    case ARGUMENT_FLAGS:
        return flags_add(text, argument->flags, (uint32_t)value);
    case ARGUMENT_CLONE_FLAGS:
        return clone_flags_add(text, value);
    case ARGUMENT_CLONE_ARGS:
        return memory ? clone_args_add(text, memory) : pointer_add(text, value);
    case ARGUMENT_MOUNT_ATTR:
        return memory ? mount_attr_add(text, memory) : pointer_add(text, value);
    case ARGUMENT_OPEN_HOW:
        return memory ? open_how_add(text, memory) : pointer_add(text, value);
    case ARGUMENT_WORDS:
    case ARGUMENT_VARIABLES:
        return exec_add(text, value, memory, argument->kind == ARGUMENT_WORDS);
    }
}

char *call_text(const struct call *call)
{
    const struct row *row = row_find(call->number);
    struct text text = {0};
    if (!row) {
        text_addf(&text, "call %ld", call->number);
        return text.data;
    }
    text_addf(&text, "%s(", row->name);
    for (int at = 0; at < CALL_ARGUMENTS && row->arguments[at].kind != ARGUMENT_NONE; at++) {
        text_add(&text, at ? ", " : "");
        argument_add(&text, call, at, &row->arguments[at]);
    }
    text_add(&text, ")");
    return text.data;
}
