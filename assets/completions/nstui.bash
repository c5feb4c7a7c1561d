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
        _nstui_offer -W "ls run join shell ps attach logs stop kill rm doctor help version" -- "$word"
        return
    fi
    # Behind a program's name the words are the program's.
    if [ "$command" = run ] || [ "$command" = join ]; then
        for ((i = 2; i < COMP_CWORD; i++)); do
            if [ "${COMP_WORDS[i]}" = -- ]; then
                _nstui_offer -c -- "$word"
                return
            fi
        done
    fi
    case $before in
    --root | --workdir)
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
    --name | --hostname | --env) return ;;
    --time) [ "$command" != stop ] || return ;;
    esac
    case $command in
    ls) options="-t --type -p --task -J --json -o --output --source --once" ;;
    run)
        options="-i --ipc -m --mount -n --net -p --pid -u --uts -U --user -C --cgroup -T --time
            -v --verbose -d --detach --name --hostname --root --layout --chroot --init --rm --tty
            --no-tty --env --workdir --privileged --dry-run -J --json"
        ;;
    join)
        options="-i --ipc -m --mount -n --net -p --pid -u --uts -U --user -C --cgroup -T --time
            -v --verbose -d --detach --name --tty --no-tty --workdir"
        ;;
    shell) options="-d --detach --name --user" ;;
    ps) options="-J --json -q --quiet" ;;
    attach) options="" ;;
    logs) options="-f --follow" ;;
    stop) options="-t --time" ;;
    kill) options="-s --signal" ;;
    rm) options="-f --force" ;;
    doctor) options="" ;;
    help)
        options="--table"
        [ "${word:0:1}" = - ] || {
            _nstui_offer -W "ls run join shell ps attach logs stop kill rm doctor help version" -- "$word"
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
    attach | logs | stop | rm | join) _nstui_sessions "$word" ;;
    kill)
        if [ "$COMP_CWORD" = 2 ]; then
            _nstui_sessions "$word"
        else
            _nstui_offer -A signal -- "$word"
        fi
        ;;
    run) _nstui_offer -c -- "$word" ;;
    esac
}

complete -F _nstui nstui
