# nstui: completion for bash. tests/cli/test_help.c holds it to the tables of nstui help --table.

_nstui_offer() { # what compgen makes of these words
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "$@")
}

_nstui_sessions() {
    _nstui_offer -W "$(nstui ps -q 2>/dev/null)" -- "$1"
}

_nstui() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} options='' i
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        _nstui_offer -W "ls run join unshare shell ps attach logs start stop kill rm pin unpin trace export doctor help version" -- "$word"
        return
    fi
    # Behind a program's name the words are the program's.
    if [ "$command" = run ] || [ "$command" = join ] || [ "$command" = unshare ]; then
        for ((i = 2; i < COMP_CWORD; i++)); do
            if [ "${COMP_WORDS[i]}" = -- ]; then
                _nstui_offer -c -- "$word"
                return
            fi
        done
    fi
    case $before in
    --root | --workdir | --pin | --bundle)
        compopt -o filenames 2>/dev/null
        _nstui_offer -d -- "$word"
        return
        ;;
    --layout)
        compopt -o filenames 2>/dev/null
        _nstui_offer -W "studio none" -- "$word"
        _nstui_offer -f -- "$word"
        return
        ;;
    --user)
        if [ "$command" = shell ]; then
            _nstui_offer -u -- "$word"
            return
        fi
        ;;
    -s | --signal)
        _nstui_offer -A signal -- "$word"
        _nstui_offer -A signal -- "SIG$word"
        return
        ;;
    --source)
        _nstui_offer -W "auto bpf proc" -- "$word"
        return
        ;;
    --type | -t)
        if [ "$command" = ls ]; then
            _nstui_offer -W "mnt uts ipc pid net user cgroup time" -- "$word"
            return
        fi
        [ "$command" != stop ] || return
        ;;
    --network)
        _nstui_offer -W "host none bridge" -- "$word"
        return
        ;;
    --memory | --memory-swap | --pids-limit | --cpus | --cpu-weight | --cpu-shares | --cgroup-parent | --ip | --gateway)
        return
        ;;
    --propagation)
        _nstui_offer -W "private slave shared" -- "$word"
        return
        ;;
    --without)
        _nstui_offer -W "private proc init bind-root" -- "$word"
        return
        ;;
    --about)
        _nstui_offer -W "ids mounts paths names exec" -- "$word"
        return
        ;;
    --env) [ "$command" != run ] || return ;;
    --name | --hostname | --share | --monotonic | --boottime) return ;;
    --time) [ "$command" != stop ] || return ;;
    esac
    case $command in
    ls) options="-t --type -p --task -J --json -o --output --source --once" ;;
    run)
        options="-i --ipc -m --mount -n --net -p --pid -u --uts -U --user -C --cgroup -T --time
            -v --verbose -d --detach --name --hostname --root --layout --chroot --bundle --init --init=shell --rm --tty
            --no-tty --env --workdir --privileged
            --walled --map-users --map-groups --map-auto --map-root-user
            --map-current-user --cap-add --cap-drop --setuid --setgid --group-add
            --no-new-privs --seccomp --ulimit --oom-score-adj --umask --read-only
            --sysctl --mask --ro-path
            --memory --memory-swap --pids-limit --cpus --cpu-weight --cpu-shares
            --cgroup-parent --network --ip --gateway
            --share --monotonic --boottime --propagation --throw-away --old-root --keep-old-root
            --without
            --dry-run -J --json"
        ;;
    join)
        options="-i --ipc -m --mount -n --net -p --pid -u --uts -U --user -C --cgroup -T --time
            -v --verbose -d --detach --name --tty --no-tty --workdir --env --join-cgroup --tools"
        ;;
    unshare)
        options="-i --ipc -m --mount -n --net -p --pid -u --uts -U --user -C --cgroup -T --time
            -v --verbose -d --detach --name --hostname --pin"
        ;;
    shell) options="-d --detach --name --user" ;;
    ps) options="-J --json -q --quiet" ;;
    attach) options="" ;;
    logs) options="-f --follow" ;;
    start) options="" ;;
    stop) options="-t --time" ;;
    kill) options="-s --signal" ;;
    rm) options="-f --force --root" ;;
    pin)
        options="-i --ipc -m --mount -n --net -p --pid -u --uts -U --user -C --cgroup -T --time"
        ;;
    unpin) options="" ;;
    trace) options="-J --json -o --output -v --verbose --failed --about --full" ;;
    export) options="" ;;
    doctor) options="--repair -y --yes" ;;
    help)
        options="--table"
        [ "${word:0:1}" = - ] || {
            _nstui_offer -W "ls run join unshare shell ps attach logs start stop kill rm pin unpin trace export doctor help version" -- "$word"
            return
        }
        ;;
    version) options="" ;;
    esac
    if [ "${word:0:1}" = - ]; then
        _nstui_offer -W "$options -h --help" -- "$word"
        return
    fi
    case $command in
    attach | logs | start | stop | rm | join) _nstui_sessions "$word" ;;
    pin)
        if [ "$COMP_CWORD" = 2 ]; then
            _nstui_sessions "$word"
        else
            compopt -o filenames 2>/dev/null
            _nstui_offer -d -- "$word"
        fi
        ;;
    unpin)
        compopt -o filenames 2>/dev/null
        _nstui_offer -f -- "$word"
        ;;
    kill)
        if [ "$COMP_CWORD" = 2 ]; then
            _nstui_sessions "$word"
        else
            _nstui_offer -A signal -- "$word"
        fi
        ;;
    run | unshare) _nstui_offer -c -- "$word" ;;
    trace)
        case " ${COMP_WORDS[*]} " in
        *" -- "*) _nstui_offer -c -- "$word" ;;
        *) _nstui_sessions "$word" ;;
        esac
        ;;
    esac
}

complete -F _nstui nstui
