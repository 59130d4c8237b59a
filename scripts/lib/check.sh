# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# Counting checks. The first one that fails ends the run, because everything after it would stand on it.

passed=0
skipped=0

section() { printf '\n== %s\n' "$1"; }

die() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

# attempt COMMAND...: runs it and keeps its exit status in $status, its output in two files.
attempt() {
    status=0
    "$@" >"$work/attempt.out" 2>"$work/attempt.err" || status=$?
}

# compare LABEL EXPECTED ACTUAL COMMAND...: the one place that counts. COMMAND, the last one attempted, is only shown.
compare() {
    local label=$1 expected=$2 actual=$3
    shift 3
    if [[ $actual == "$expected" ]]; then
        passed=$((passed + 1))
        printf 'ok    %s\n' "$label"
        return
    fi
    {
        printf 'FAIL  %s\n  command:  %s\n  expected: %s\n  actual:   %s\n' "$label" "$*" "$expected" "$actual"
        tail -n 20 "$work/attempt.out" "$work/attempt.err" | sed 's/^/  | /'
    } >&2
    exit 1
}

# check LABEL COMMAND...: COMMAND succeeds.
check() {
    local label=$1
    shift
    attempt "$@"
    compare "$label" 'exit 0' "exit $status" "$@"
}

# equal LABEL EXPECTED COMMAND...: COMMAND succeeds and prints EXPECTED.
equal() {
    local label=$1 expected=$2 actual
    shift 2
    attempt "$@"
    actual=$(<"$work/attempt.out")
    ((status == 0)) || actual="(exit $status) $actual"
    compare "$label" "$expected" "$actual" "$@"
}

# refuses LABEL STATUS SIDE COMMAND...: COMMAND exits with STATUS and says why in exactly one `error:` line, which names
# the SIDE that failed (`-`: there is no side).
refuses() {
    local label=$1 expected=$2 side=$3
    shift 3
    attempt "$@"
    compare "$label: refused" "exit $expected" "exit $status" "$@"
    explains "$label" "$side" "$work/attempt.err" "$@"
}

# explains LABEL SIDE FILE COMMAND...: the second half of `refuses`, for a standard error that lies in FILE.
explains() {
    local label=$1 side=$2 file=$3 named
    shift 3
    compare "$label: one error line" 1 "$(grep -c '^error:' "$file" || true)" "$@"
    if [[ $side != - ]]; then
        named=$(grep '^error:' "$file" | grep -ow "$side" | head -n 1 || true)
        compare "$label: names the $side" "$side" "$named" "$@"
    fi
}

# skip LABEL REASON: a check that this machine does not allow, said aloud.
skip() {
    skipped=$((skipped + 1))
    printf 'skip  %s: %s\n' "$1" "$2"
}

# summary NAME STATUS: the closing line.
summary() {
    local failed=$(($2 != 0)) rest=''
    ((skipped == 0)) || rest=", $skipped skipped"
    printf '%s: %d passed, %d failed%s\n' "$1" "$passed" "$failed" "$rest"
}
