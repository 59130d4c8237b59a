# shellcheck shell=bash disable=SC2034,SC2154 # variables come from, and go to, the script that sources this
# The place where a run works: the tools under test, a directory that goes away, servers that never outlive the run.
# Needs lib/check.sh, and $root: the project's root.

work=
patience=180 # seconds for one command; far more than any needs, so that a hang is a failure and not a silence
declare -A pid=()
declare -A address=()

# open_bench NAME: makes $work and sees to it that nothing is left behind, however the run ends.
open_bench() {
    bench_name=$1
    work=$(mktemp -d)
    # A signal may end the run while a command's output goes elsewhere. The last words belong on the screen.
    exec {screen}>&1 {errors}>&2
    trap close_bench EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'printf "error: %s:%s: %s\n" "${BASH_SOURCE[0]}" "$LINENO" "$BASH_COMMAND" >&2' ERR
    export LC_ALL=C no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
}

close_bench() {
    local end=$? name
    trap - ERR
    set +e
    exec >&"$screen"
    exec 2>&"$errors"
    for name in "${!pid[@]}"; do
        ((end == 0)) || show_log "$name" >&2
        end_by_force "${pid[$name]}"
    done
    # Unpacked images may hold directories that their owner cannot write to.
    chmod -R u+rwX "$work" 2>/dev/null
    rm -rf "$work"
    summary "$bench_name" "$end"
    exit "$end"
}

show_log() {
    printf -- '-- the last words of %s\n' "$1"
    tail -n 5 "$work/$1.out" "$work/$1.err" | cut -c -240
}

end_by_force() {
    kill "$1" 2>/dev/null
    await 5 gone "$1" || kill -KILL "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

# find_tools: sets $copy, $serve, $inspect, $blocking, $gc and $fsck to the programs under test, built unless WHARF_BIN_DIR has
# them, where the last two may be missing.
find_tools() {
    local directory=${WHARF_BIN_DIR:-} tool
    if [[ -z $directory ]]; then
        (cd "$root" && cargo build --release --examples)
        directory=${CARGO_TARGET_DIR:-$root/target}/release/examples
    fi
    # Absolute, because a relative CARGO_TARGET_DIR is relative to the project.
    directory=$(cd "$root" && cd "$directory" && pwd)
    for tool in copy serve inspect blocking; do
        [[ -x $directory/$tool ]] || die "$directory/$tool: no such program"
    done
    export WHARF_BIN_DIR=$directory
    copy=$directory/copy serve=$directory/serve inspect=$directory/inspect blocking=$directory/blocking
    gc=$directory/gc fsck=$directory/fsck
}

bounded() { timeout --foreground --kill-after=5 "$patience" "$@"; }

# last_line COMMAND...: the last line of its standard output; all that it said stays in $work/said.out and said.err.
last_line() {
    local result=0
    bounded "$@" >"$work/said.out" 2>"$work/said.err" || result=$?
    cat "$work/said.err" >&2
    tail -n 1 "$work/said.out"
    return "$result"
}

copied() { last_line "$copy" --plain-http "$@"; }

inspected() { bounded "$inspect" --plain-http "$@"; }

# await SECONDS COMMAND...: polls until COMMAND succeeds; fails when the time is over.
await() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# start NAME COMMAND...: runs COMMAND beside the run; its output goes to $work/NAME.out and $work/NAME.err.
start() {
    local name=$1
    shift
    # Emptied here and now: what an earlier one of this name said must not be taken for this one's.
    : >"$work/$name.out"
    "$@" >"$work/$name.out" 2>"$work/$name.err" &
    pid[$name]=$!
}

# start_server NAME COMMAND...: starts it and waits for its `listening on ADDR`, which becomes ${address[NAME]}.
# The kernel chooses every port, so no two runs can meet.
start_server() {
    local name=$1
    start "$@"
    await "$patience" ready_or_gone "$name" || die "$name does not listen after $patience s"
    address[$name]=$(announced "$name")
    [[ -n ${address[$name]} ]] || die "$name ended before it listened: $(tail -n 3 "$work/$name.out" "$work/$name.err")"
}

ready_or_gone() { [[ -n $(announced "$1") ]] || gone "${pid[$1]}"; }

announced() { sed -n 's/.*listening on \([0-9.]*:[0-9][0-9]*\).*/\1/p' "$work/$1.out" | head -n 1; }

# end NAME [SIGNAL]: signals it, waits for it and returns its exit status; 124 when it had ended before, or has not
# ended after a minute.
end() {
    local number=${pid[$1]} result=0
    kill -"${2:-TERM}" "$number" || return 124
    await 60 gone "$number" || return 124
    wait "$number" || result=$?
    unset "pid[$1]"
    return "$result"
}
