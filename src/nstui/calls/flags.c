/* The names of bits, as strace has them. Called by the decoder. */
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "private.h"

/* Newer than the headers of Debian 12. */
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x00000200
#endif
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif
enum { CMD_CREATE_EXCL = 8 };
#if defined(__arm__) || defined(__aarch64__)
enum { LARGEFILE = 0400000 }; /* the kernel's; libc has 0 where it needs none */
#else
enum { LARGEFILE = 0100000 };
#endif

/* A row: the flag and its name. BIT: those that the headers have signed. */
#define NAME(flag)                                                                                 \
    {                                                                                              \
        .value = (uint64_t)(flag), .name = #flag                                                   \
    }
#define BIT(flag)                                                                                  \
    {                                                                                              \
        .value = (uint32_t)(flag), .name = #flag                                                   \
    }
#define SET(names_)                                                                                \
    {                                                                                              \
        .names = (names_), .count = array_length(names_)                                           \
    }

static const struct flag_name names_clone[] = {
    NAME(CLONE_NEWTIME),
    NAME(CLONE_VM),
    NAME(CLONE_FS),
    NAME(CLONE_FILES),
    NAME(CLONE_SIGHAND),
    NAME(CLONE_PIDFD),
    NAME(CLONE_PTRACE),
    NAME(CLONE_VFORK),
    NAME(CLONE_PARENT),
    NAME(CLONE_THREAD),
    NAME(CLONE_NEWNS),
    NAME(CLONE_SYSVSEM),
    NAME(CLONE_SETTLS),
    NAME(CLONE_PARENT_SETTID),
    NAME(CLONE_CHILD_CLEARTID),
    NAME(CLONE_DETACHED),
    NAME(CLONE_UNTRACED),
    NAME(CLONE_CHILD_SETTID),
    NAME(CLONE_NEWCGROUP),
    NAME(CLONE_NEWUTS),
    NAME(CLONE_NEWIPC),
    NAME(CLONE_NEWUSER),
    NAME(CLONE_NEWPID),
    NAME(CLONE_NEWNET),
    NAME(CLONE_IO),
    NAME(CLONE_CLEAR_SIGHAND),
    NAME(CLONE_INTO_CGROUP),
};
const struct flag_set flags_clone = SET(names_clone);

#ifndef MS_NOSEC
#define MS_NOSEC (1 << 28)
#endif
#ifndef MS_BORN
#define MS_BORN (1 << 29)
#endif
static const struct flag_name names_mount[] = {
    {0xc0ed0000, "MS_MGC_VAL"},
    BIT(MS_RDONLY),
    BIT(MS_NOSUID),
    BIT(MS_NODEV),
    BIT(MS_NOEXEC),
    BIT(MS_SYNCHRONOUS),
    BIT(MS_REMOUNT),
    BIT(MS_MANDLOCK),
    BIT(MS_DIRSYNC),
    BIT(MS_NOSYMFOLLOW),
    BIT(MS_NOATIME),
    BIT(MS_NODIRATIME),
    BIT(MS_BIND),
    BIT(MS_MOVE),
    BIT(MS_REC),
    BIT(MS_SILENT),
    BIT(MS_POSIXACL),
    BIT(MS_UNBINDABLE),
    BIT(MS_PRIVATE),
    BIT(MS_SLAVE),
    BIT(MS_SHARED),
    BIT(MS_RELATIME),
    BIT(MS_KERNMOUNT),
    BIT(MS_I_VERSION),
    BIT(MS_STRICTATIME),
    BIT(MS_LAZYTIME),
    BIT(MS_NOSEC),
    BIT(MS_BORN),
    BIT(MS_ACTIVE),
    BIT(MS_NOUSER),
};
const struct flag_set flags_mount = SET(names_mount);

static const struct flag_name names_umount[] = {NAME(MNT_FORCE), NAME(MNT_DETACH), NAME(MNT_EXPIRE),
                                                NAME(UMOUNT_NOFOLLOW)};
const struct flag_set flags_umount = SET(names_umount);

static const struct flag_name names_at[] = {NAME(AT_SYMLINK_NOFOLLOW), NAME(AT_SYMLINK_FOLLOW),
                                            NAME(AT_NO_AUTOMOUNT), NAME(AT_EMPTY_PATH),
                                            NAME(AT_RECURSIVE)};
const struct flag_set flags_at = SET(names_at);

static const struct flag_name names_execveat[] = {NAME(AT_SYMLINK_NOFOLLOW), NAME(AT_EMPTY_PATH)};
const struct flag_set flags_execveat = SET(names_execveat);

static const struct flag_name names_unlink[] = {NAME(AT_REMOVEDIR)};
const struct flag_set flags_unlink = SET(names_unlink);

static const struct flag_name names_open_tree[] = {
    NAME(OPEN_TREE_CLONE), NAME(OPEN_TREE_CLOEXEC), NAME(AT_SYMLINK_NOFOLLOW),
    NAME(AT_NO_AUTOMOUNT), NAME(AT_EMPTY_PATH),     NAME(AT_RECURSIVE)};
const struct flag_set flags_open_tree = SET(names_open_tree);

static const struct flag_name names_move_mount[] = {
    NAME(MOVE_MOUNT_F_SYMLINKS), NAME(MOVE_MOUNT_F_AUTOMOUNTS), NAME(MOVE_MOUNT_F_EMPTY_PATH),
    NAME(MOVE_MOUNT_T_SYMLINKS), NAME(MOVE_MOUNT_T_AUTOMOUNTS), NAME(MOVE_MOUNT_T_EMPTY_PATH),
    NAME(MOVE_MOUNT_SET_GROUP),  NAME(MOVE_MOUNT_BENEATH)};
const struct flag_set flags_move_mount = SET(names_move_mount);

static const struct flag_name names_fsopen[] = {NAME(FSOPEN_CLOEXEC)};
const struct flag_set flags_fsopen = SET(names_fsopen);

static const struct flag_name names_fsmount[] = {NAME(FSMOUNT_CLOEXEC)};
const struct flag_set flags_fsmount = SET(names_fsmount);

static const struct flag_name names_fspick[] = {NAME(FSPICK_CLOEXEC), NAME(FSPICK_SYMLINK_NOFOLLOW),
                                                NAME(FSPICK_NO_AUTOMOUNT), NAME(FSPICK_EMPTY_PATH)};
const struct flag_set flags_fspick = SET(names_fspick);

static const struct flag_name names_fsconfig[] = {
    NAME(FSCONFIG_SET_STRING),      NAME(FSCONFIG_SET_BINARY),
    NAME(FSCONFIG_SET_PATH),        NAME(FSCONFIG_SET_PATH_EMPTY),
    NAME(FSCONFIG_SET_FD),          NAME(FSCONFIG_CMD_CREATE),
    NAME(FSCONFIG_CMD_RECONFIGURE), {CMD_CREATE_EXCL, "FSCONFIG_CMD_CREATE_EXCL"}};
const struct flag_set flags_fsconfig = {.names = names_fsconfig,
                                        .count = array_length(names_fsconfig),
                                        .is_choice = true,
                                        .zero = "FSCONFIG_SET_FLAG"};

static const struct flag_name names_mount_attr[] = {
    NAME(MOUNT_ATTR_RDONLY),      NAME(MOUNT_ATTR_NOSUID),     NAME(MOUNT_ATTR_NODEV),
    NAME(MOUNT_ATTR_NOEXEC),      NAME(MOUNT_ATTR__ATIME),     NAME(MOUNT_ATTR_NOATIME),
    NAME(MOUNT_ATTR_STRICTATIME), NAME(MOUNT_ATTR_NODIRATIME), NAME(MOUNT_ATTR_IDMAP),
    NAME(MOUNT_ATTR_NOSYMFOLLOW)};
const struct flag_set flags_mount_attr = SET(names_mount_attr);

static const struct flag_name names_propagation[] = {NAME(MS_UNBINDABLE), NAME(MS_PRIVATE),
                                                     NAME(MS_SLAVE), NAME(MS_SHARED)};
const struct flag_set flags_propagation = SET(names_propagation);

static const struct flag_name names_open[] = {NAME(O_WRONLY),
                                              NAME(O_RDWR),
                                              NAME(O_CREAT),
                                              NAME(O_EXCL),
                                              NAME(O_NOCTTY),
                                              NAME(O_TRUNC),
                                              NAME(O_APPEND),
                                              NAME(O_NONBLOCK),
                                              NAME(O_SYNC),
                                              NAME(O_DSYNC),
                                              {LARGEFILE, "O_LARGEFILE"},
                                              NAME(O_TMPFILE),
                                              NAME(O_DIRECTORY),
                                              NAME(O_NOFOLLOW),
                                              NAME(O_CLOEXEC),
                                              NAME(O_PATH)};
const struct flag_set flags_open = {
    .names = names_open, .count = array_length(names_open), .zero = "O_RDONLY"};

void flags_add(struct text *text, const struct flag_set *set, uint64_t value)
{
    const char *bar = "";
    if (value == 0)
        return text_add(text, set->zero ? set->zero : "0");
    for (size_t at = 0; at < set->count; at++) {
        const struct flag_name *flag = &set->names[at];
        if (set->is_choice ? value != flag->value : (value & flag->value) != flag->value)
            continue;
        text_addf(text, "%s%s", bar, flag->name);
        value &= ~flag->value;
        bar = "|";
    }
    if (value)
        text_addf(text, "%s0x%llx", bar, (unsigned long long)value);
}
