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
        'shell:a shell on the host, as a session of its own'
        'ps:list the sessions'
        'attach:be at the terminal of a session'
        'logs:what a session wrote to its terminal'
        'stop:end sessions gently'
        'kill:send a signal'
        'rm:remove what is kept of ended sessions'
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
            '--init[nstui-init is PID 1 and collects orphans]' \
            '--rm[with -d, keep nothing when it has ended]' \
            '(--no-tty)--tty[a terminal of its own]' \
            '(--tty)--no-tty[pipes]' \
            '*--env[a variable for it]:KEY=VALUE:' \
            '--workdir[where it starts, as seen in there]:directory:_directories' \
            '--privileged[it keeps every capability]' \
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
            '1:target:_nstui_sessions' '*::command:_normal'
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
            '*:session:_nstui_sessions'
        ;;
    doctor) ;;
    help)
        _arguments '--table[every command and option, a line each]' '1:command:_nstui_commands'
        ;;
    version) ;;
    esac
}

_nstui "$@"
