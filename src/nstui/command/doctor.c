/* nstui doctor: what this kernel and this host can do for nstui, and how to mend what they cannot.
 * Looks and changes nothing, but with --repair, see doctor_repair.c. Ends with 1 where nstui cannot work
 * at all. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "doctor.h"

#define KERNEL_OLDEST_MAJOR 5
#define KERNEL_OLDEST_MINOR 12 /* mount_setattr(2) */

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

/* What was found so far. */
struct examination {
    unsigned lacking; /* things that are not as they should be */
    unsigned fatal;   /* of these: nstui cannot work */
};

static void line_print(const char *mark, const char *format, va_list arguments)
{
    char line[ERR_TEXT_SIZE * 2], printable[sizeof(line)];
    (void)vsnprintf(line, sizeof(line), format, arguments);
    (void)printf("[%s] %s\n", mark,
                 text_printable(printable, sizeof(printable), line, strlen(line), utf8_is_shown()));
}

static void good(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void good(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    line_print("ok", format, arguments);
    va_end(arguments);
}

static void lacks(struct examination *examination, bool fatal, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void lacks(struct examination *examination, bool fatal, const char *format, ...)
{
    va_list arguments;
    examination->lacking++;
    examination->fatal += fatal;
    va_start(arguments, format);
    line_print("!!", format, arguments);
    va_end(arguments);
}

/* ---- the kernel -------------------------------------------------------------------------- */

static void look_kernel(struct examination *examination)
{
    struct utsname name;
    int major = 0, minor = 0;
    if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2) {
        lacks(examination, false, "kernel: it does not tell its version");
        return;
    }
    if (major > KERNEL_OLDEST_MAJOR ||
        (major == KERNEL_OLDEST_MAJOR && minor >= KERNEL_OLDEST_MINOR))
        good("kernel: %s on %s", name.release, name.machine);
    else
        lacks(examination, true, "kernel: %s is too old: nstui needs %d.%d or newer", name.release,
              KERNEL_OLDEST_MAJOR, KERNEL_OLDEST_MINOR);
}

static void look_proc(struct examination *examination)
{
    struct err err = {0};
    if (proc_check(&err) < 0)
        lacks(examination, true, "proc: %s", err.text);
    else
        good("proc: /proc is mounted, and it is ours");
}

static void look_types(struct examination *examination)
{
    struct text there = {0}, missing = {0};
    for (size_t i = 0; i < NS_TYPES; i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[i].name);
        text_addf(access(path, F_OK) == 0 ? &there : &missing, " %s", ns_types[i].name);
    }
    if (!missing.length)
        good("types: this kernel has all eight:%s", there.data);
    else if (proc_check(NULL) == 0)
        lacks(examination, false, "types: this kernel has%s, and lacks%s",
              there.length ? there.data : " none", missing.data);
    text_free(&there);
    text_free(&missing);
}

static void look_memfd(struct examination *examination)
{
    int fd = memfd_create("nstui-doctor", MFD_CLOEXEC | MFD_EXEC);
    if (fd < 0 && errno == EINVAL) /* before 6.3 there was no such flag and no such rule */
        fd = memfd_create("nstui-doctor", MFD_CLOEXEC);
    if (fd < 0)
        lacks(examination, true,
              "memfd: a program in memory may not be executed: %s (sysctl vm.memfd_noexec=1 would "
              "allow it)",
              strerror(errno));
    else
        good("memfd: nstui-init can be executed from memory");
    if (fd >= 0)
        (void)close(fd);
}

static void look_filter(struct examination *examination)
{
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0)
        good("seccomp: nstui-term can lock itself in");
    else
        lacks(examination, true, "seccomp: this kernel has none, and nstui-term runs behind it: %s",
              strerror(errno));
}

static void look_btf(struct examination *examination)
{
    if (access("/sys/kernel/btf/vmlinux", R_OK) == 0)
        good("btf: this kernel describes its types, so that BPF can read namespaces");
    else
        lacks(examination, false,
              "btf: this kernel does not describe its types: namespaces are read from /proc, a bit "
              "slower and no worse");
}

/* ---- rights ------------------------------------------------------------------------------ */

static void look_rights(struct examination *examination)
{
    if (geteuid() == 0)
        good("rights: root");
    else
        lacks(examination, false,
              "rights: no root: own processes are shown, containers need -U (sudo nstui .. for the "
              "rest)");
}

static void look_user_namespaces(struct examination *examination)
{
    struct err why = {0};
    if (proc_check(NULL) < 0)
        return;
    if (user_namespaces_allowed(&why))
        good("users: user namespaces are allowed without root");
    else
        lacks(examination, false, "users: no user namespaces without root: %s", why.text);
}

/* ---- file systems ------------------------------------------------------------------------ */

static bool file_system_is(const char *path, long magic)
{
    struct statfs status;
    return statfs(path, &status) == 0 && (long)status.f_type == magic;
}

static void look_terminals(struct examination *examination)
{
    _cleanup_close_ int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 && file_system_is("/dev/pts", DEVPTS_SUPER_MAGIC))
        good("devpts: new terminals can be opened");
    else
        lacks(examination, true,
              "devpts: no new terminal can be opened: %s (as root: mount %s /dev/pts)",
              fd < 0 ? strerror(errno) : "/dev/pts is not mounted",
              fd < 0 && errno == EACCES ? "-o remount,ptmxmode=666" : "-t devpts devpts");
}

/* Is memory among the controllers, "cpu io memory pids", or in the table of version 1. */
static bool memory_is_counted(bool unified)
{
    _cleanup_free_ char *text = NULL;
    const char *path = unified ? "/sys/fs/cgroup/cgroup.controllers" : "/proc/cgroups";
    if (file_read(AT_FDCWD, path, 65536, &text, NULL, NULL) < 0)
        return false;
    if (unified) {
        char *rest = NULL;
        for (char *word = strtok_r(text, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
            if (strcmp(word, "memory") == 0)
                return true;
        return false;
    }
    int enabled = 0;
    const char *line = strstr(text, "\nmemory");
    return line && sscanf(line, "\nmemory %*d %*d %d", &enabled) == 1 && enabled;
}

static void look_cgroups(struct examination *examination)
{
    bool unified = file_system_is("/sys/fs/cgroup", CGROUP2_SUPER_MAGIC);
    if (unified)
        good("cgroup: version 2 at /sys/fs/cgroup");
    else if (access("/sys/fs/cgroup/memory", F_OK) == 0 ||
             access("/sys/fs/cgroup/cpu", F_OK) == 0 || access("/sys/fs/cgroup/unified", F_OK) == 0)
        good("cgroup: version 1 at /sys/fs/cgroup");
    else
        lacks(examination, false,
              "cgroup: not mounted at /sys/fs/cgroup: no limits, no names of "
              "other engines' containers");
    if (memory_is_counted(unified))
        good("memory: the kernel counts memory for cgroups");
    else
        lacks(examination, false,
              "memory: the kernel counts none for cgroups (on a Raspberry Pi: cgroup_enable=memory "
              "in cmdline.txt, then reboot)");
}

/* ---- ourselves --------------------------------------------------------------------------- */

static void look_programs(struct examination *examination)
{
    static const char *const programs[] = {"nstui-view", "nstui-term", "nstui-init"};
    size_t found = 0;
    for (size_t i = 0; i < array_length(programs); i++) {
        struct err err = {0};
        _cleanup_free_ char *path = NULL;
        if (program_find(programs[i], &path, &err) < 0)
            lacks(examination, true, "programs: %s", err.text);
        else
            found++;
    }
    if (found == array_length(programs))
        good("programs: nstui-view, nstui-term and nstui-init are there");
    struct err err = {0};
    _cleanup_layout_ struct layout layout = {0};
    if (layout_load("studio", &layout, &err) < 0)
        lacks(examination, false, "layout: %s", err.text);
    else
        good("layout: studio has %zu entries", layout.count);
}

static void look_screen(struct examination *examination)
{
    struct winsize size;
    const char *term = getenv("TERM");
    if (!isatty(STDOUT_FILENO) && !isatty(STDIN_FILENO))
        lacks(examination, false, "terminal: none here: the dashboard wants one, the rest works");
    else if (!term || !*term || strcmp(term, "dumb") == 0)
        lacks(examination, false, "terminal: TERM is %s: the dashboard wants a real one",
              term && *term ? term : "not set");
    else if (ioctl(isatty(STDOUT_FILENO) ? STDOUT_FILENO : STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        good("terminal: %s, %u columns and %u rows", term, size.ws_col, size.ws_row);
    else
        good("terminal: %s", term);
    if (utf8_is_shown())
        good("locale: UTF-8");
    else
        lacks(examination, false,
              "locale: not UTF-8: lines are drawn with ASCII (LANG=C.UTF-8 would do)");
}

static void look_sessions(struct examination *examination)
{
    struct err err = {0};
    _cleanup_session_list_ struct session_list list = {0};
    if (proc_check(NULL) < 0)
        return;
    if (state_list(&list, &err) < 0) {
        lacks(examination, true, "sessions: %s", err.text);
        return;
    }
    size_t counts[SESSION_CONDITIONS] = {0};
    struct text lost = {0};
    for (size_t i = 0; i < list.count; i++) {
        counts[list.items[i].condition]++;
        if (list.items[i].condition == SESSION_LOST)
            text_addf(&lost, " %s", list.items[i].name);
    }
    good("sessions: %zu running, %zu ended and kept", counts[SESSION_RUNNING],
         counts[SESSION_EXITED]);
    if (lost.length)
        lacks(examination, false,
              "sessions: the supervisor of%s died (the next nstui ps cleans up after it)",
              lost.data);
    text_free(&lost);
}

static void (*const looks[])(struct examination *) = {
    look_kernel,   look_proc,   look_types,     look_rights,  look_user_namespaces,
    look_memfd,    look_filter, look_terminals, look_cgroups, look_btf,
    look_programs, look_screen, look_sessions,
};

/* Mounts that are left of containers; what to do about them is printed at the end. */
static void look_mounts(struct examination *examination, struct repair *repair)
{
    struct err err = {0};
    if (repair_find(repair, &err) < 0) {
        if (geteuid() == 0 || proc_check(NULL) == 0)
            lacks(examination, false, "mounts: %s", err.text);
        return;
    }
    for (size_t i = 0; i < repair->findings.count; i++)
        lacks(examination, false, "mounts: %s", repair->findings.items[i]);
    for (size_t i = 0; i < repair->left.count; i++)
        lacks(examination, false, "mounts: %s", repair->left.items[i]);
    if (!repair->findings.count && !repair->left.count)
        good("mounts: nothing is left of containers");
}

static const struct option_entry doctor_options[] = {
    {DOCTOR_REPAIR, "repair", NULL, "take off mounts that are left of containers; asks first"},
    {'y', "yes", NULL, "with --repair: do not ask"},
    {0},
};

static int doctor_run(const struct invocation *invocation)
{
    _cleanup_options_ struct options options = {0};
    _cleanup_repair_ struct repair repair = {0};
    struct examination examination = {0};
    bool mend = false, yes = false;
    options_start(&options, invocation, true);
    for (int id; (id = options_next(&options)) != OPTIONS_END;) {
        if (id == OPTIONS_DONE)
            return options.status;
        *(id == 'y' ? &yes : &mend) = true;
    }
    if (options.index < invocation->argc)
        return fail_with(invocation, STATUS_USAGE, "nstui doctor takes no words");
    if (yes && !mend)
        return fail_with(invocation, STATUS_USAGE, "nstui doctor --yes is for --repair");
    if (mend)
        return doctor_repair(invocation, yes);
    for (size_t i = 0; i < array_length(looks); i++)
        looks[i](&examination);
    look_mounts(&examination, &repair);
    doctor_print_acts(&repair, "nstui doctor --repair would do, after asking:");
    if (examination.fatal)
        (void)printf("\nnstui cannot work here before that is mended.\n");
    else if (examination.lacking)
        (void)printf("\nnstui works here; what is marked !! it does without.\n");
    else
        (void)printf("\nnstui works here, with all that it can do.\n");
    return examination.fatal ? STATUS_FAILED : STATUS_OK;
}

const struct command command_doctor = {
    .name = "doctor",
    .usage = "[--repair [-y]]",
    .help = "what this machine can do, what is broken or left over",
    .more =
        "Ends with 0 where nstui can work, else 1. Without --repair it changes nothing; with it,\n"
        "what programs have left on the host's mounts is taken off: a /proc of a pid namespace\n"
        "that has ended, the binds of a container's root and the copies that came back from it.\n"
        "What somebody uses or wants (a process in it, /etc/fstab, a mount unit) is named and\n"
        "left. It shows each line before it asks, and ends with 0 where nothing is left.\n",
    .options = doctor_options,
    .flags = COMMAND_WITHOUT_PROC,
    .run = doctor_run,
};
