# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# What goes wrong in the field, on the real programs: each refusal has its exit status, one line and a culprit, and
# leaves no half of an image behind. Needs $images, $large, and the servers `peer` and `ours`.

bad_input() {
    section 'bad input'
    usage_errors
    bad_references
    bad_sources
    unreachable_registries
    port_taken
    mounted_targets
    interrupted
}

usage_errors() {
    local target=oci:$work/unused:x
    refuses 'copy without arguments' 2 - copied
    refuses 'copy with one argument' 2 - copied "oci:$images:amd64"
    refuses 'copy with three arguments' 2 - copied "oci:$images:amd64" "$target" "$target"
    refuses 'copy with an unknown flag' 2 - copied --no-such-flag "oci:$images:amd64" "$target"
    refuses 'inspect without arguments' 2 - inspected
    refuses 'inspect with an unknown flag' 2 - inspected --no-such-flag "oci:$images:amd64"
    refuses 'serve with an unknown flag' 2 - bounded "$serve" --no-such-flag
    check 'a usage error touches nothing' test ! -e "$work/unused"
}

bad_references() {
    local unparsable=${address[peer]}/Wharf/app:1
    refuses 'an unparsable source' 1 source copied "$unparsable" "oci:$work/unused:x"
    refuses 'an unparsable target' 1 target copied "oci:$images:amd64" "$unparsable"
    refuses 'inspect of an unparsable reference' 1 - inspected "$unparsable"
    check 'a bad reference touches nothing' test ! -e "$work/unused"
}

bad_sources() {
    local target=${address[peer]}/wharf/refused:x layout=$work/refused
    refuses 'a tag that the layout lacks' 1 source copied "oci:$images:no-such-tag" "$target"
    refuses 'a tag that the registry lacks' 1 source copied "${address[peer]}/wharf/app:no-such-tag" "oci:$layout:x"
    refuses 'a platform that the index lacks' 1 source \
        copied --platform linux/s390x "oci:$images:multi" "oci:$layout:x"
    refuses 'inspect of an unknown tag' 1 - inspected "oci:$images:no-such-tag"

    cp -a "$images" "$work/headless"
    rm "$work/headless/index.json"
    refuses 'a layout without index.json' 1 source copied "oci:$work/headless:amd64" "$target"
    refuses 'a layout that is not there' 1 source copied "oci:$work/nowhere:amd64" "$target"
    check 'a source is never made' test ! -e "$work/nowhere"

    spoilt_layer tampered tamper "$target"
    spoilt_layer truncated truncate_by_one "$target"
    equal 'into a registry, nothing of these was tagged' 404 manifest_status "$target"
    check 'into a layout, nothing of these was tagged' lacks_tag "$layout" x
}

# spoilt_layer NAME SPOIL TARGET: a layout with a layer that is no longer what its digest says. It is the marker of the
# image that the target's registry has never seen, so nobody can take the layer from elsewhere.
spoilt_layer() {
    local layout=$work/$1 manifest
    cp -a "$images" "$layout"
    manifest=$(blob "$layout" "$(tag_digest "$layout" old)")
    "$2" "$(blob "$layout" "$(jq -r '.layers[-1].digest' "$manifest")")"
    refuses "a $1 layer, into a registry" 1 source copied "oci:$layout:old" "$3"
    refuses "a $1 layer, into a layout" 1 source copied "oci:$layout:old" "oci:$work/from-$1:x"
    check "a $1 layer is not stored" only_whole_blobs "$work/from-$1"
    check "a $1 image is not tagged" lacks_tag "$work/from-$1" x
}

tamper() { printf 'tampered' | dd of="$1" bs=1 seek=30 conv=notrunc status=none; }

truncate_by_one() { truncate --size=-1 "$1"; }

unreachable_registries() {
    local nobody
    # A port that the kernel gives to nobody who does not ask for it.
    nobody=127.0.0.1:1/wharf/app:x
    refuses 'a source registry that is not there' 1 source copied "$nobody" "oci:$work/refused:x"
    refuses 'a target registry that is not there' 1 target copied "oci:$images:amd64" "$nobody"
}

port_taken() {
    refuses 'serve on an address in use' 1 - bounded "$serve" --listen "${address[peer]}" --dir "$work/port-taken"
}

# A read-only and a full file system need a mount: root is stopped by no permission bits.
mounted_targets() {
    local namespace
    if unshare --mount true 2>/dev/null; then
        namespace=(unshare --mount)
    else
        namespace=(unshare --map-root-user --mount)
    fi
    mkdir "$work/mount"
    if ! "${namespace[@]}" mount -t tmpfs tmpfs "$work/mount" 2>/dev/null; then
        skip 'a read-only target' 'mounting is not permitted here'
        skip 'a full disk' 'mounting is not permitted here'
        return
    fi
    read_only_target
    full_disk
}

read_only_target() {
    mkdir "$work/read-only"
    refuses 'a read-only target' 1 target on_read_only "$work/read-only" \
        "$copy" "oci:$images:amd64" "oci:$work/read-only/layout:x"
    check 'a read-only target stays empty' rmdir "$work/read-only"
}

full_disk() {
    local left=$work/full
    mkdir "$left"
    refuses 'a full disk' 1 target on_small_disk "$work/mount" "$left" \
        "$copy" "oci:$large:large" "oci:$work/mount/layout:x"
    check 'a full disk holds only whole blobs' only_whole_blobs "$left/layout"
    check 'a full disk has no tag' lacks_tag "$left/layout" x
}

# on_read_only DIRECTORY COMMAND...: the directory cannot be written to while COMMAND runs.
on_read_only() {
    # shellcheck disable=SC2016 # the inner shell expands it
    bounded "${namespace[@]}" bash -c '
        mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99
        shift
        "$@"' in-namespace "$@"
}

# on_small_disk MOUNT LEFT COMMAND...: MOUNT is a disk of 1 MiB while COMMAND runs; what it leaves goes to LEFT.
on_small_disk() {
    # shellcheck disable=SC2016 # the inner shell expands it
    bounded "${namespace[@]}" bash -c '
        mount -t tmpfs -o size=1m tmpfs "$1" || exit 99
        disk=$1 left=$2 status=0
        shift 2
        "$@" || status=$?
        cp -a "$disk/." "$left"
        exit "$status"' in-namespace "$@"
}

# One small layer arrives at once, the large one takes seconds: the signal comes in between.
interrupted() {
    local target=$work/interrupted command result=0 stored fetched
    equal 'a large image, to a registry' "$(tag_digest "$large" large)" \
        copied "oci:$large:large" "${address[peer]}/wharf/large:1"
    start_server slow python3 "$root/scripts/lib/throttle.py" "${address[peer]}" 4096
    command=("$copy" --plain-http "${address[slow]}/wharf/large:1" "oci:$target:1")

    # A shell's background jobs ignore SIGINT until told otherwise.
    start interrupted env --default-signal=INT "${command[@]}"
    check 'a slow copy shows progress' await "$patience" has_output "$work/interrupted"
    check 'a slow copy stores what is complete' await "$patience" has_a_blob "$target"
    end interrupted INT || result=$?
    check 'SIGINT ends it at once' test "$result" -ne 124
    check 'SIGINT is a failure' test "$result" -ne 0
    explains 'SIGINT' - "$work/interrupted.err" "${command[@]}"
    check 'SIGINT leaves only whole blobs' only_whole_blobs "$target"
    check 'SIGINT leaves no tag' lacks_tag "$target" 1

    stored=$(blob_names "$target")
    fetched=$(fetches_of "$stored")
    equal 'the same command again succeeds' "$(tag_digest "$large" large)" last_line "${command[@]}"
    check 'and says what it skipped' grep -iw 'skipped\|skipping\|skip' "$work/said.out" "$work/said.err"
    equal 'and did not fetch it again' "$fetched" fetches_of "$stored"
    check 'and leaves only whole blobs' only_whole_blobs "$target"
    equal 'and sets the tag' "$(descriptor "$large" large)" descriptor "$target" 1
    end slow || true
}

has_output() { [[ -s $1.out || -s $1.err ]]; }

has_a_blob() { [[ -d $1/blobs/sha256 && -n $(blob_names "$1") ]]; }

# fetches_of NAMES: how often docker-registry was asked for any of these blobs.
fetches_of() {
    # shellcheck disable=SC2001 # one substitution for every line
    grep -c -F -f <(sed 's|^|"GET /v2/wharf/large/blobs/sha256:|' <<<"$1") "$work/peer.out" || true
}
