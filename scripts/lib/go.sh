# shellcheck shell=bash
# The programs of others that are built from their published source by the Go toolchain, each version once. Needs
# lib/check.sh.

registry_v3=github.com/distribution/distribution/v3/cmd/registry@v3.1.2
regctl_source=github.com/regclient/regclient/cmd/regctl@v0.11.7
crane_source=github.com/google/go-containerregistry/cmd/crane@v0.22.1

# built SOURCE: prints where the program of a source is, which is PACKAGE@VERSION. It is built unless it was before;
# then no network is asked.
built() {
    local name=${1%@*}
    name=${name##*/}
    kept "$1" "$name-${1##*@}/$name" install "$1"
}

# built_here MODULE NAME ARGUMENTS...: prints where the program NAME is that `go ARGUMENTS` makes in {}, of a module in
# scripts/lib and of what its go.sum has.
built_here() {
    local module=$root/scripts/lib/$1 version
    version=$(cat "$module"/* | sha256sum | cut -c -12)
    kept "scripts/lib/$1" "$1-$version/$2" -C "$module" "${@:3}"
}

# kept LABEL PLACE ARGUMENTS...: prints where among the tools a program is that `go ARGUMENTS` makes.
kept() {
    local place=${WHARF_TOOLS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/wharf-tools}/$2
    [[ -x $place ]] || build "$1" "${place%/*}" "${@:3}"
    printf '%s\n' "$place"
}

# build LABEL DIRECTORY ARGUMENTS...: the program appears there when it is whole, whoever else builds it at the same time.
build() {
    local label=$1 place=$2 making start=$SECONDS
    shift 2
    type -P go >/dev/null || die "$label has to be built, and there is no Go toolchain"
    mkdir -p "$place"
    making=$(mktemp -d "$place/making.XXXXXX")
    printf 'building %s\n' "$label" >&2
    if ! CGO_ENABLED=0 GOBIN=$making timeout 900 go "${@//\{\}/$making}" >"$making/log" 2>&1 </dev/null; then
        tail -n 5 "$making/log" >&2
        rm -rf "$making"
        die "$label cannot be built; is the Go module proxy in reach?"
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
