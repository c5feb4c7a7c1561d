/* The fields of the create form: what each is called, what is said beside it, and what F1 tells of it.
 * A table; create.c has the form, create_words.c what the fields mean on the command line. */
#include "create.h"

static const char *const enter_choices[] = {"pivot_root", "via /old-root", "chroot", NULL};
static const char *const more_choices[] = {"hidden", "shown", NULL};

const struct field create_fields[CREATE_FIELDS] = {
    [CREATE_NAME] = {.kind = FIELD_TEXT,
                     .label = "Name",
                     .hint = "letters, digits, - _ .",
                     .help =
                         "How nstui calls it: in the lists, and in nstui stop NAME, nstui attach "
                         "NAME and so on. Empty: box-1, box-2 .. It is not the hostname."},
    [CREATE_PRESET] = {.kind = FIELD_CHOICE,
                       .label = "Start from",
                       .choices = create_preset_names,
                       .hint = "fills in the rest",
                       .help =
                           "Fills the form with what an exercise of the lab about namespaces "
                           "makes. 2: a hostname of its own. 4: a pid namespace, ps still shows "
                           "the host's /proc. 5: with a /proc of its own. 6: an init with a small "
                           "shell, that tells each process it collects. 7: a root by chroot. 8: a "
                           "root by pivot_root, with an init."},
    [CREATE_NAMESPACES] = {.kind = FIELD_NAMESPACES,
                           .label = "Namespaces",
                           .help =
                               "What it has for itself; of each type without a tick it shares the "
                               "host's. ipc: shared memory. mnt: mounts. net: network devices and "
                               "ports. pid: process numbers. uts: the hostname. user: user ids and "
                               "rights. cgroup: the root of the cgroup tree. time: clocks since "
                               "boot. The letters are those of unshare(1)."},
    [CREATE_HOSTNAME] = {.kind = FIELD_TEXT,
                         .label = "Hostname",
                         .hint = "its own, with a uts namespace",
                         .help =
                             "What hostname prints in there. It needs a uts namespace: without one "
                             "the name of the host would change."},
    [CREATE_ROOT] = {.kind = FIELD_TEXT,
                     .label = "Root",
                     .hint = "a directory; made when it is missing",
                     .help =
                         "The directory that is / in there. Empty: the host's /. What is written "
                         "to it stays in this directory when the container ends."},
    [CREATE_ENTER] =
        {.kind = FIELD_CHOICE,
         .label = "Enter root",
         .choices = enter_choices,
         .hint = "by pivot_root; chroot as in exercise 7",
         .help = "chroot(2) only changes what / means; the host's mounts are all still there, and "
                 "root in there can find a way out. pivot_root(2) makes the directory the root of "
                 "its mounts and takes the host's away; via /old-root the host's root hangs there "
                 "for a moment first, as in exercise 8."},
    [CREATE_LAYOUT] = {.kind = FIELD_TEXT,
                       .label = "Layout",
                       .hint = "studio, none, or the path of a file",
                       .help =
                           "What is mounted in the root. studio: the host's programs, read-only, a "
                           "new /proc, a small /dev. none: nothing, for a root that has all it "
                           "needs. A file: one line for each directory or file, as in the lab."},
    [CREATE_INIT] = {.kind = FIELD_CHOICE,
                     .label = "Init",
                     .choices = create_init_names,
                     .hint = "pid 1; nstui-init collects orphans",
                     .help =
                         "Who is process 1. In a pid namespace it is given every orphan and has to "
                         "collect it, and a signal without a handler does nothing to it. "
                         "nstui-init does this and runs the command as its child. Its small shell "
                         "has a prompt instead: a program a line, exit ends it. The command: sees "
                         "what goes wrong without an init."},
    [CREATE_COMMAND] = {.kind = FIELD_TEXT,
                        .label = "Command",
                        .hint = "and its arguments",
                        .help =
                            "The program that runs in there, looked up in there. Quotes keep words "
                            "together; it is no line of a shell: for that write sh -c '..'. The "
                            "small shell of init needs none."},
    [CREATE_MORE] = {.kind = FIELD_CHOICE,
                     .label = "More",
                     .choices = more_choices,
                     .help =
                         "Limits, network, rights, users, variables: shown below, or hidden. What "
                         "they hold counts in both cases, and is told here."},
    [CREATE_GRADE] = {.kind = FIELD_CHOICE,
                      .label = "Grade",
                      .choices = create_grade_names,
                      .hint = "what root in there may do; walled: a wall",
                      .help =
                          "lab: a guard against accidents: no device nodes, no modules, no clock. "
                          "It is no wall: root in there is root out here. walled: for what you do "
                          "not trust: few capabilities, a seccomp filter, covered parts of /proc "
                          "and /sys; brings ipc, mnt and pid. privileged: nothing is taken."},
    [CREATE_VERBOSE] = {.kind = FIELD_CHOICE,
                        .label = "Tells",
                        .choices = create_verbose_names,
                        .hint = "each end: a line for each process",
                        .help = "With nstui-init: a line in its terminal for each process that it "
                                "collects, orphans too, as the init of exercise 6 does."},
    [CREATE_MEMORY] = {.kind = FIELD_TEXT,
                       .label = "Memory",
                       .hint = "at most: 64m, 1g",
                       .help =
                           "What wants more is ended by the kernel, and its end says so. A limit "
                           "gives the container a cgroup of its own; then the columns MEM and CPU "
                           "of Containers have figures."},
    [CREATE_PROCESSES] = {.kind = FIELD_TEXT,
                          .label = "Processes",
                          .hint = "at most so many, threads too",
                          .help = "More are refused: fork gives EAGAIN. It stops a fork bomb."},
    [CREATE_CPUS] = {.kind = FIELD_TEXT,
                     .label = "Cpus",
                     .hint = "at most: 0.5, 2",
                     .help = "At most the time of so many cpus; it may still run on all of them."},
    [CREATE_NETWORK] =
        {.kind = FIELD_TEXT,
         .label = "Network",
         .hint = "host, none, bridge, bridge:NAME",
         .help = "host: that of the host. none: a loopback alone, as a net namespace has "
                 "it. bridge: a veth pair to a bridge of the host, made where it is "
                 "missing; containers on it see each other and the host. The way out to "
                 "other machines is the host's business. Empty: as the tick n says."},
    [CREATE_ADDRESS] = {.kind = FIELD_TEXT,
                        .label = "Address",
                        .hint = "10.0.0.2/24; else the first free one",
                        .help =
                            "Its address on the bridge, with the length of the network. Empty: the "
                            "first that is free there."},
    [CREATE_SHARE] = {.kind = FIELD_TEXT,
                      .label = "Share",
                      .hint = "enter, not make: net=web pid=1234",
                      .help =
                          "Namespaces that exist, and that it enters instead of having its own: "
                          "TYPE=TARGET, more with blanks between. A target is a pid, the name of a "
                          "session, the path of a namespace file, or for net a name of ip netns. "
                          "Such a type has no tick above."},
    [CREATE_WRITES] =
        {.kind = FIELD_CHOICE,
         .label = "Writes",
         .choices = create_writes_names,
         .hint = "what becomes of what it writes to its root",
         .help = "stay: in the root directory. thrown away: kept in memory, gone with the "
                 "container; the directory must be there and stays as it is. refused: "
                 "the root is read-only, but for what is mounted in it."},
    [CREATE_WITHOUT] = {.kind = FIELD_TEXT,
                        .label = "Without",
                        .hint = "private proc init bind-root: see why",
                        .help =
                            "Leaves a step out, to see what goes wrong then. private: mounts stay "
                            "shared with a stand-in for the host; the host itself gets none. proc: "
                            "no new /proc. init: the command is pid 1 although an init was asked "
                            "for. bind-root: pivot_root fails."},
    [CREATE_USER] = {.kind = FIELD_TEXT,
                     .label = "User",
                     .hint = "UID, UID:GID, or a name in there",
                     .help =
                         "Who the command is; empty: root in there. Names are looked up in its own "
                         "/etc/passwd. It is not the user namespace: that is the tick U."},
    [CREATE_MAP_USERS] = {.kind = FIELD_TEXT,
                          .label = "User map",
                          .hint = "auto, or INSIDE:OUTSIDE:COUNT",
                          .help =
                              "Which users of its user namespace are which out here; more with "
                              "blanks between. auto: from /etc/subuid and /etc/subgid. Empty: root "
                              "in there is you. Brings the user namespace."},
    [CREATE_MAP_GROUPS] = {.kind = FIELD_TEXT,
                           .label = "Group map",
                           .hint = "INSIDE:OUTSIDE:COUNT",
                           .help = "The same for groups. With auto in User map it stays empty."},
    [CREATE_CAP_ADD] =
        {.kind = FIELD_TEXT,
         .label = "Rights +",
         .hint = "NET_ADMIN SYS_TIME ..; ALL",
         .help = "Capabilities that it has beyond those of its grade. man 7 capabilities "
                 "lists them; CAP_ in front may be left out."},
    [CREATE_CAP_DROP] = {.kind = FIELD_TEXT,
                         .label = "Rights -",
                         .hint = "NET_RAW ..; ALL",
                         .help =
                             "Capabilities of its grade that it does not have. ALL: none but those "
                             "in Rights +."},
    [CREATE_SECCOMP] =
        {.kind = FIELD_TEXT,
         .label = "Seccomp",
         .hint = "none, walled, or the path of a profile",
         .help = "Which system calls it may make. walled: the filter of that grade, also "
                 "with another. none: no filter. A file: linux.seccomp as an OCI "
                 "config.json has it. Empty: as its grade has it."},
    [CREATE_ULIMITS] = {.kind = FIELD_TEXT,
                        .label = "Ulimits",
                        .hint = "nofile=64 core=0:0",
                        .help =
                            "Limits of each process in there: NAME=SOFT[:HARD], more with blanks "
                            "between; -1 is none. man 2 getrlimit tells the names."},
    [CREATE_BOOTTIME] =
        {.kind = FIELD_TEXT,
         .label = "Uptime +",
         .hint = "seconds, with a time namespace",
         .help = "What is added to its clock since boot, that uptime shows; may be below "
                 "0. The time of day is the same everywhere."},
    [CREATE_VARIABLES] =
        {.kind = FIELD_TEXT,
         .label = "Variables",
         .hint = "KEY=VALUE .., quotes for blanks",
         .help = "It gets TERM, PATH, HOME, LANG and these, and nothing else of yours."},
    [CREATE_WORKDIR] = {.kind = FIELD_TEXT,
                        .label = "Starts in",
                        .hint = "a directory in there, from /",
                        .help =
                            "The working directory of the command. Empty: / where it has a root of "
                            "its own."},
    [CREATE_BUNDLE] =
        {.kind = FIELD_TEXT,
         .label = "Bundle",
         .hint = "a folder with an OCI config.json",
         .help = "What the config.json in there says is run; it may come from podman, runc "
                 "spec or nstui export. What stands in the other fields changes it; start "
                 "from empty, and leave layout and grade alone."},
    [CREATE_OTHER] = {.kind = FIELD_TEXT,
                      .label = "Other",
                      .hint = "more options of nstui run: --umask 077",
                      .help = "Put into the line as they are. nstui help run lists them all."},
    [CREATE_RUN] =
        {.kind = FIELD_BUTTON,
         .label = "Run",
         .help = "Runs the line that is shown, and opens a pane on it. What is wrong is told "
                 "before anything is made."},
};
