/* explain_texts: what a namespace of each type is, in plain sentences: the texts behind key e, the
 * detail and the sentences under the list. Facts from namespaces(7) and the page of each type. */
#include "explain.h"

const struct explain_type explain_types[NS_TYPES] = {
    [NS_MNT] =
        {
            .one = "A mnt namespace holds a list of mounts: which directories and disks are seen "
                   "where.",
            .brief = "It holds the mounts: which directories and disks are seen where.",
            .own = "Has its own list of mounts.",
            .host = "Sees the mounts of the host.",
            .more = "A mount made in there is seen by its members alone, and its end takes its "
                    "mounts away. One exception: a mount that is *shared* passes its changes on "
                    "to the copies it was made from, so a container first makes all mounts "
                    "private (mount --make-rprivate /). Together with pivot_root(2) or chroot(2) "
                    "it gives a process another \"/\". mount_namespaces(7).",
            .see = "cat /proc/PID/mountinfo",
        },
    [NS_UTS] =
        {
            .one = "A uts namespace holds two names: the hostname and the domain name.",
            .brief = "It holds two names: the hostname and the domain name.",
            .own = "Has its own hostname.",
            .host = "Has the hostname of the host.",
            .more = "A new one starts with a copy of the names; from then on `hostname NEW` in "
                    "there changes nothing out here. UTS is short for UNIX time-sharing, the "
                    "name of the structure that uname(2) fills. uts_namespaces(7).",
            .see = "hostname",
        },
    [NS_IPC] =
        {
            .one = "An ipc namespace holds shared memory, semaphores and message queues.",
            .brief = "It holds shared memory, semaphores and message queues.",
            .own = "Has its own shared memory and queues.",
            .host = "Can reach the shared memory and queues of the host.",
            .more = "System V objects (ipcs lists them) and POSIX message queues are seen by "
                    "members alone, and go when the last member ends. ipc_namespaces(7).",
            .see = "ipcs",
        },
    [NS_PID] =
        {
            .one = "A pid namespace numbers processes from 1 and shows only its own and those "
                   "below it.",
            .brief = "It numbers processes from 1 and shows only its own and those below it.",
            .own = "Counts processes from 1 and sees no others.",
            .host = "Sees the processes of the host.",
            .more = "Its first process is pid 1 in there: it adopts orphans and must reap them, "
                    "and when it ends the kernel kills all others. A process in there has a "
                    "number at every level, so out here it has another one. ps reads /proc: in "
                    "there it needs a /proc of its own, or it still shows the host's. "
                    "unshare(2) puts only the next child in. pid_namespaces(7).",
            .see = "ps -e",
        },
    [NS_NET] =
        {
            .one = "A net namespace holds network interfaces, addresses, routes, ports and "
                   "firewall rules.",
            .brief = "It holds network interfaces, addresses, routes, ports and firewall rules.",
            .own = "Has its own interfaces and ports.",
            .host = "Uses the interfaces and every port of the host.",
            .more = "A new one has nothing but a loopback that is down: no way out until "
                    "somebody moves an interface in, or makes a pair of veth. Two servers can "
                    "both listen on port 80, one in there, one out here. "
                    "network_namespaces(7).",
            .see = "ip addr",
        },
    [NS_USER] =
        {
            .one = "A user namespace holds user and group ids and the rights that go with them.",
            .brief = "It holds user and group ids and the rights that go with them.",
            .own = "Has its own ids; its root is not root out here.",
            .host = "Root in here is root out here.",
            .more = "Its uid_map says which ids in there are which out here. All other "
                    "namespaces are owned by one, and root of the owner may change them. It is "
                    "the one type that a user without root may make. user_namespaces(7).",
            .see = "cat /proc/PID/uid_map",
        },
    [NS_CGROUP] =
        {
            .one = "A cgroup namespace hides the part of the cgroup tree above its root.",
            .brief = "It hides the part of the cgroup tree above its root.",
            .own = "Sees its own cgroup as the root of the tree.",
            .host = "Sees the cgroup tree of the host.",
            .more = "It limits nothing: limits come from the cgroup itself. It only makes "
                    "/proc/PID/cgroup begin at \"/\" in there. cgroup_namespaces(7).",
            .see = "cat /proc/PID/cgroup",
        },
    [NS_TIME] =
        {
            .one = "A time namespace shifts the clocks that count from the start of the "
                   "machine.",
            .brief = "It shifts the clocks that count from the start of the machine.",
            .own = "Has its own uptime.",
            .host = "Has the clocks of the host.",
            .more = "CLOCK_MONOTONIC and CLOCK_BOOTTIME get an offset; the time of day is the "
                    "same everywhere. A process enters a new one with its next child. "
                    "time_namespaces(7).",
            .see = "cat /proc/PID/timens_offsets",
        },
};

const char explain_columns[] =
    "TYPE  what it isolates; - is unfolded, + is folded. IDENTITY  the number behind "
    "/proc/PID/ns/TYPE: two processes with the same number share it. PROCS  its members. PID, "
    "LEADER  the member that stands highest in the process tree. OWNER  who made the user "
    "namespace that owns it. NAME  the container it belongs to; (host) for the host's own. HELD "
    "BY  what keeps it alive.";
