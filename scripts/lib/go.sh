# shellcheck shell=bash
# The programs of others that are built from their published source by the Go toolchain, each version once. Needs
# lib/check.sh.

registry_v3=github.com/distribution/distribution/v3/cmd/registry@v3.1.2
regctl_source=github.com/regclient/regclient/cmd/regctl@v0.11.7
crane_source=github.com/google/go-containerregistry/cmd/crane@v0.22.1

# built SOURCE: prints where the program of a source is, which is PACKAGE@VERSION. It is built unless it was before;
# then no network is asked.
built() {
    local tools=${WHARF_TOOLS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/wharf-tools} name=${1%@*} place
    name=${name##*/}
    place=$tools/$name-${1##*@}
    [[ -x $place/$name ]] || build "$1" "$place"
    printf '%s\n' "$place/$name"
}

# build SOURCE DIRECTORY: the program appears there when it is whole, whoever else builds it at the same time.
build() {
    local source=$1 place=$2 making start=$SECONDS
    type -P go >/dev/null || die "$source has to be built, and there is no Go toolchain"
    mkdir -p "$place"
    making=$(mktemp -d "$place/making.XXXXXX")
    printf 'building %s\n' "$source" >&2
    if ! CGO_ENABLED=0 GOBIN=$making timeout 900 go install "$source" >"$making/log" 2>&1 </dev/null; then
        tail -n 5 "$making/log" >&2
        rm -rf "$making"
        die "$source cannot be built; is the Go module proxy in reach?"
    fi
    mv "$making"/* "$place/" 2>/dev/null || true
    rm -rf "$making"
    printf 'built in %d s\n' "$((SECONDS - start))" >&2
}

# can_build LABEL SOURCE: whether its program is to be had. Where it is not, what needs it is skipped, and said so; on
# a machine that proves changes, with CI set, that is a failure.
can_build() {
    local place
    if place=$(built "$2"); then
        return 0
    fi
    [[ -z ${CI:-} ]] || die "$1 is needed here"
    skip "$1" "$2 cannot be built"
    return 1
}
