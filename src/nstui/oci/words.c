/* The words of the specification for what the kernel has numbers for: types of namespaces, options of
 * mounts, propagation; and our own words for what it does not know. Called by the reading and the
 * writing side, so that they agree. mount(8), mount_setattr(2). */
#include <string.h>
#include <sys/mount.h>

#include "private.h"

char *oci_shown(char buffer[SHOWN_SIZE], const char *text)
{
    return text_printable(buffer, SHOWN_SIZE, text, strlen(text), true);
}

const char *const oci_types[NS_TYPES] = {
    [NS_MNT] = "mount",   [NS_UTS] = "uts",   [NS_IPC] = "ipc",       [NS_PID] = "pid",
    [NS_NET] = "network", [NS_USER] = "user", [NS_CGROUP] = "cgroup", [NS_TIME] = "time",
};

int oci_type_find(const char *word)
{
    for (int at = 0; at < NS_TYPES; at++) {
        if (strcmp(oci_types[at], word) == 0)
            return at;
    }
    return -1;
}

/* ---- options of mounts ----------------------------------------------------------------------- */

#define ATIME (MS_NOATIME | MS_STRICTATIME | MS_RELATIME)

/* The first word for a flag is the one that is written. Those with an r in front mean the mounts below
 * as well; ours always do. */
static const struct mount_word mount_words[] = {
    {"nosuid", MS_NOSUID, 0},
    {"nodev", MS_NODEV, 0},
    {"noexec", MS_NOEXEC, 0},
    {"noatime", MS_NOATIME, ATIME},
    {"strictatime", MS_STRICTATIME, ATIME},
    {"relatime", MS_RELATIME, ATIME},
    {"nodiratime", MS_NODIRATIME, 0},
    {"sync", MS_SYNCHRONOUS, 0},
    {"dirsync", MS_DIRSYNC, 0},
    {"mand", MS_MANDLOCK, 0},
    {"iversion", MS_I_VERSION, 0},
    {"silent", MS_SILENT, 0},
    {"ro", MS_RDONLY, 0},
    {"rro", MS_RDONLY, 0},
    {"rnosuid", MS_NOSUID, 0},
    {"rnodev", MS_NODEV, 0},
    {"rnoexec", MS_NOEXEC, 0},
    {"rnoatime", MS_NOATIME, ATIME},
    {"rstrictatime", MS_STRICTATIME, ATIME},
    {"rrelatime", MS_RELATIME, ATIME},
    {"rnodiratime", MS_NODIRATIME, 0},
    {"defaults", 0, 0},
    {"rw", 0, MS_RDONLY},
    {"rrw", 0, MS_RDONLY},
    {"suid", 0, MS_NOSUID},
    {"rsuid", 0, MS_NOSUID},
    {"dev", 0, MS_NODEV},
    {"rdev", 0, MS_NODEV},
    {"exec", 0, MS_NOEXEC},
    {"rexec", 0, MS_NOEXEC},
    {"atime", 0, MS_NOATIME},
    {"ratime", 0, MS_NOATIME},
    {"norelatime", 0, MS_RELATIME},
    {"rnorelatime", 0, MS_RELATIME},
    {"nostrictatime", 0, MS_STRICTATIME},
    {"rnostrictatime", 0, MS_STRICTATIME},
    {"diratime", 0, MS_NODIRATIME},
    {"rdiratime", 0, MS_NODIRATIME},
    {"async", 0, MS_SYNCHRONOUS},
    {"nomand", 0, MS_MANDLOCK},
    {"noiversion", 0, MS_I_VERSION},
    {"loud", 0, MS_SILENT},
};

const struct mount_word *mount_word_find(const char *word)
{
    for (size_t at = 0; at < array_length(mount_words); at++) {
        if (strcmp(mount_words[at].word, word) == 0)
            return &mount_words[at];
    }
    return NULL;
}

void mount_words_add(unsigned long flags, struct strings *options)
{
    for (size_t at = 0; at < array_length(mount_words); at++) {
        if (mount_words[at].set & flags)
            strings_add(options, mount_words[at].word);
        flags &= ~mount_words[at].set;
    }
}

static const struct {
    const char *word;
    unsigned long flags;
} propagations[] = {
    {"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
    {"slave", MS_SLAVE},           {"rslave", MS_SLAVE | MS_REC},
    {"shared", MS_SHARED},         {"rshared", MS_SHARED | MS_REC},
    {"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
};

unsigned long propagation_parse(const char *word)
{
    for (size_t at = 0; at < array_length(propagations); at++) {
        if (strcmp(propagations[at].word, word) == 0)
            return propagations[at].flags;
    }
    return 0;
}

const char *propagation_word(unsigned long flags)
{
    for (size_t at = 0; at < array_length(propagations); at++) {
        if (propagations[at].flags == flags)
            return propagations[at].word;
    }
    return NULL;
}

/* ---- words of our own ------------------------------------------------------------------------- */

#define FLAG(word, field)                                                                          \
    {                                                                                              \
        word, offsetof(struct spec, field)                                                         \
    }
const struct flag_word flag_words[] = {
    FLAG("init", init),
    FLAG("init-shell", init_shell),
    FLAG("hold", hold),
    FLAG("verbose", verbose),
    FLAG("throw-away", root_throwaway),
    FLAG("old-root", old_root_folder),
    FLAG("keep-old-root", keep_old_root),
    FLAG("console", console),
};
const size_t flag_words_count = array_length(flag_words);

const char *const omit_words[] = {"private", "proc", "init", "bind-root"}; /* bits from 1 on */
const size_t omit_words_count = array_length(omit_words);

bool words_have(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
        size_t here = strcspn(at, " ");
        if (here == length && strncmp(at, word, length) == 0)
            return true;
        at += here;
    }
    return false;
}
