#compdef nstui
# nstui: completion for zsh. tests/cli/test_help.c holds it to the tables of nstui help --table.

_nstui_sessions() {
    local -a sessions
    sessions=(${(f)"$(nstui ps -q 2>/dev/null)"})
    compadd -a sessions
}

_nstui_layouts() {
    compadd studio none
    _files
}

_nstui_commands() {
    local -a commands
    commands=(
        'ls:list the namespaces of this machine, and who is in them'
        'run:run a command in new namespaces, in a root of its own'
        'join:run a command in namespaces that exist already'
        'unshare:new namespaces, held by a process or kept by files'
        'shell:a shell on the host, as a session of its own'
        'ps:list the sessions'
        'attach:be at the terminal of a session'
        'logs:what a session wrote to its terminal'
        'start:start sessions that have ended again'
        'stop:end sessions gently'
        'kill:send a signal'
        'rm:remove what is kept of ended sessions'
        'pin:keep namespaces by files, also when no process is in them'
        'unpin:let go of namespaces that files keep'
        'trace:which calls made a container; those of any program'
        'export:write a container as an OCI bundle'
        'doctor:what this machine can do, what is broken or left over'
        'help:what there is, or how one command is used'
        'version:which nstui this is'
    )
    _describe command commands
}

_nstui() {
    local curcontext=$curcontext state line
    local -a types
    types=(
        '(-i --ipc)'{-i,--ipc}'[ipc: System V IPC, POSIX message queues]'
        '(-m --mount)'{-m,--mount}'[mnt: mounts]'
        '(-n --net)'{-n,--net}'[net: network devices, ports]'
        '(-p --pid)'{-p,--pid}'[pid: process numbers]'
        '(-u --uts)'{-u,--uts}'[uts: hostname]'
        '(-U --user)'{-U,--user}'[user: user and group numbers, rights]'
        '(-C --cgroup)'{-C,--cgroup}'[cgroup: root of the cgroup tree]'
        '(-T --time)'{-T,--time}'[time: clocks since boot]'
    )
    _arguments -C '(- *)'{-h,--help}'[help]' '1:command:_nstui_commands' '*::argument:->argument'
    [[ $state = argument ]] || return
    case $words[1] in
    ls)
        _arguments -s '*'{-t,--type}'[only this type]:type:(mnt uts ipc pid net user cgroup time)' \
            '(-p --task)'{-p,--task}'[only those that this process is in]:pid:_pids' \
            '(-J --json)'{-J,--json}'[JSON, for programs]' \
            '(-o --output)'{-o,--output}'[which columns]:columns:' \
            '--source[how to look]:way:(auto bpf proc)' '--once[once, as it always does]'
        ;;
    run)
        # the letters of $types: -i --ipc -m --mount -n --net -p --pid -u --uts -U --user -C --cgroup -T --time
        _arguments -s -S $types \
            '(-v --verbose)'{-v,--verbose}'[tell its pid out here and in there]' \
            '(-d --detach)'{-d,--detach}'[in the background; prints its name]' \
            '--name[how it is called]:name:' \
            '--hostname[its hostname (with -u)]:hostname:' \
            '--root[the directory that becomes its root]:directory:_directories' \
            '--layout[what is mounted in its root]:layout:_nstui_layouts' \
            '--chroot[enter the root by chroot, not by pivot_root]' \
            '--bundle[what config.json in there says]:directory:_directories' \
            '--init=-[nstui-init is PID 1 and collects orphans]::what:(shell)' \
            '--rm[with -d, keep nothing when it has ended]' \
            '(--no-tty)--tty[a terminal of its own]' \
            '(--tty)--no-tty[pipes]' \
            '*--env[a variable for it]:KEY=VALUE:' \
            '--workdir[where it starts, as seen in there]:directory:_directories' \
            '--privileged[it keeps every capability]' \
            '--walled[a wall, few capabilities, seccomp, covered paths (brings -imp)]' \
            '*--map-users[users of its user namespace (brings -U)]:IN\:OUT\:COUNT:' \
            '*--map-groups[groups of it]:IN\:OUT\:COUNT:' \
            '--map-auto[both, from /etc/subuid and /etc/subgid]' \
            '--map-root-user[root in there is the caller (brings -U)]' \
            '--map-current-user[the caller is himself in there]' \
            '*--cap-add[one more than its grade has; ALL]:CAPABILITY:' \
            '*--cap-drop[one less; ALL]:CAPABILITY:' \
            '--setuid[who the command is, by number or its passwd]:USER\:GROUP:_users' \
            '--setgid[its group]:GROUP:_groups' \
            '*--group-add[one more group of it]:GID:' \
            '--no-new-privs[no program in there gains rights]' \
            '--seccomp[which system calls it may make; none, walled]:FILE:_files' \
            '*--ulimit[a limit of resources, as nofile=1024]:NAME=SOFT\:HARD:' \
            '--oom-score-adj[who ends first where memory does, -1000 to 1000]:N:' \
            '--umask[of the files it makes; else 022]:MODE:' \
            '--read-only[its root is read-only, but for mounts in it]' \
            '*--sysctl[a setting of its own namespaces]:NAME=VALUE:' \
            '*--mask[a path in there that is covered with something empty]:PATH:_files' \
            '*--ro-path[a path in there that is read-only]:PATH:_files' \
            '--memory[at most so much memory]:size, as 64m:' \
            '--memory-swap[memory and swap together]:size, as 128m:' \
            '--pids-limit[at most so many processes]:number:' \
            '--cpus[at most the time of so many cpus]:number, as 0.5:' \
            '--cpu-weight[its part where cpus are short]:1 to 10000:' \
            '--cpu-shares[the same as docker counts it]:number:' \
            '--cgroup-parent[its cgroup is made below this one]:path:' \
            '--network[host, none, bridge or bridge\:NAME]:kind:(host none bridge)' \
            '--ip[its address on the bridge]:address/length:' \
            '--gateway[its default route]:address:' \
            '*--share[not a new namespace but that of another]:TYPE=TARGET:' \
            '--monotonic[added to its monotonic clock (with -T)]:seconds:' \
            '--boottime[added to its clock since boot (with -T)]:seconds:' \
            '--propagation[of its mounts]:way:(private slave shared)' \
            '--throw-away[what it writes to its root ends with it]' \
            '--old-root[pivot_root by way of /old-root, as exercise 8]' \
            '--keep-old-root[the root of the host stays at /old-root in there]' \
            '*--without[leave out a step, to see why not]:step:(private proc init bind-root)' \
            '--dry-run[print each step, do none]' \
            '(-J --json)'{-J,--json}'[with --dry-run, as JSON]' \
            '*::command:_normal'
        ;;
    join)
        # the letters of $types: -i --ipc -m --mount -n --net -p --pid -u --uts -U --user -C --cgroup -T --time
        _arguments -s -S $types \
            '(-v --verbose)'{-v,--verbose}'[tell what was entered]' \
            '(-d --detach)'{-d,--detach}'[in the background; prints its name]' \
            '--name[how the session is called]:name:' \
            '(--no-tty)--tty[a terminal of its own]' \
            '(--tty)--no-tty[pipes]' \
            '--workdir[where it starts, as seen in there]:directory:_directories' \
            '--env[with the variables of the target]' \
            '--join-cgroup[in the cgroups of the target, under their limits]' \
            '--tools[with the programs of the host]' \
            '1:target:_nstui_sessions' '*::command:_normal'
        ;;
    unshare)
        # the letters of $types: -i --ipc -m --mount -n --net -p --pid -u --uts -U --user -C --cgroup -T --time
        _arguments -s -S $types \
            '(-v --verbose)'{-v,--verbose}'[tell its pid out here and in there]' \
            '(-d --detach)'{-d,--detach}'[in the background; prints its name]' \
            '--name[how it is called]:name:' \
            '--hostname[its hostname (with -u)]:hostname:' \
            '--pin[kept by files, and no process stays]:directory:_directories' \
            '*::command:_normal'
        ;;
    shell)
        _arguments -s '(-d --detach)'{-d,--detach}'[in the background; prints its name]' \
            '--name[how the session is called]:name:' '--user[as this user]:user:_users'
        ;;
    ps)
        _arguments -s '(-J --json)'{-J,--json}'[JSON, for programs]' \
            '(-q --quiet)'{-q,--quiet}'[the names alone]'
        ;;
    attach)
        _arguments '1:session:_nstui_sessions'
        ;;
    logs)
        _arguments -s '(-f --follow)'{-f,--follow}'[go on as it writes more]' \
            '1:session:_nstui_sessions'
        ;;
    start)
        _arguments '*:session:_nstui_sessions'
        ;;
    stop)
        _arguments -s '(-t --time)'{-t,--time}'[how long TERM may take before KILL]:seconds:' \
            '*:session:_nstui_sessions'
        ;;
    kill)
        _arguments -s '(-s --signal)'{-s,--signal}'[which one]:signal:_signals' \
            '1:session or pid:_nstui_sessions' '2:signal:_signals'
        ;;
    rm)
        _arguments -s '(-f --force)'{-f,--force}'[end it first where it runs]' \
            '--root[its root directory too, where nstui has made it]' \
            '*:session:_nstui_sessions'
        ;;
    pin)
        # the letters of $types: -i --ipc -m --mount -n --net -p --pid -u --uts -U --user -C --cgroup -T --time
        _arguments -s $types '1:target:_nstui_sessions' '2:directory:_directories'
        ;;
    unpin)
        _arguments '*:pinned:_files'
        ;;
    trace)
        _arguments -s '(-J --json)'{-J,--json}'[a line of JSON for each call]' \
            '(-o --output)'{-o,--output}'[write the trace of a program there]:file:_files' \
            '(-v --verbose)'{-v,--verbose}'[fold nothing]' \
            '--failed[only calls that failed]' \
            '--about[only what is about]:what:(ids mounts paths names exec)' \
            '--full[stop a program at every call]' \
            '1:session:_nstui_sessions' '*::command:_normal'
        ;;
    export)
        _arguments '1:session:_nstui_sessions' '2:directory:_directories'
        ;;
    doctor)
        _arguments -s '--repair[take off mounts that are left of containers]' \
            '(-y --yes)'{-y,--yes}'[with --repair: do not ask]'
        ;;
    help)
        _arguments '--table[every command and option, a line each]' '1:command:_nstui_commands'
        ;;
    version) ;;
    esac
}

_nstui "$@"
