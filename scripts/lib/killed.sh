# shellcheck shell=bash disable=SC2154 # variables come from the script that sources this
# Layouts whose writers were killed at any moment, seen by other people's tools.

# killed_writers: what our own trial by kill leaves in a directory is a layout to skopeo and umoci.
killed_writers() {
    section 'layouts whose writers were killed'
    local kept=$work/killed layout=$work/killed/repositories/soak/shared/_oci tag tags
    if ! type -P cargo >/dev/null; then
        skip 'layouts whose writers were killed' 'there is no cargo to build the trial'
        return
    fi
    check 'what was reported as done is there' soak "$kept"
    check 'every blob is whole' only_whole_blobs "$layout"
    check 'umoci lists the tags' umoci ls --layout "$layout"
    mapfile -t tags < <(umoci ls --layout "$layout")
    for tag in "${tags[@]}"; do
        check "$tag: skopeo copies it" skopeo_copies "oci:$layout:$tag" "oci:$work/from-killed:$tag"
    done
    check 'umoci collects what nobody names' umoci gc --layout "$layout"
    check 'and leaves what is whole' skopeo_copies "oci:$layout:in-the-end" "oci:$work/from-collected:again"
}

soak() {
    WHARF_SOAK_SECONDS=${WHARF_SOAK_SECONDS:-20} WHARF_SOAK_DIRECTORY=$1 \
        cargo test --quiet --manifest-path "$root/Cargo.toml" -p wharf-store --test soak
}
