# shellcheck shell=bash disable=SC2034,SC2154 # variables come from, and go to, the script that sources this
# OCI layouts: making them with other people's tools, and looking into them without ours.

ref_name=org.opencontainers.image.ref.name
index_type=application/vnd.oci.image.index.v1+json

# build_image LAYOUT TAG ARCHITECTURE MARKER: one image of two layers, busybox and a file that holds MARKER.
build_image() {
    local layout=$1 tag=$2 architecture=$3 marker=$4 files=$work/files-$2
    [[ -d $layout ]] || umoci init --layout "$layout"
    mkdir -p "$files/bin"
    cp "$(type -P busybox)" "$files/bin/busybox"
    printf '%s\n' "$marker" >"$files/marker"
    umoci new --image "$layout:$tag"
    umoci insert --rootless --image "$layout:$tag" "$files/bin" /bin
    umoci insert --rootless --image "$layout:$tag" "$files/marker" /marker
    umoci config --image "$layout:$tag" --os linux --architecture "$architecture" \
        --config.cmd /bin/busybox --config.cmd sh --config.env "MARKER=$marker" --config.label "marker=$marker"
}

# build_index LAYOUT TAG CHILD...: one index over images that are tagged by their architecture in the same layout.
build_index() {
    local layout=$1 tag=$2 document=$work/index-document digest
    shift 2
    jq -cj --arg type "$index_type" --arg name "$ref_name" '
        {schemaVersion: 2, mediaType: $type, manifests: [
            .manifests[]
            | .annotations[$name] as $architecture
            | select($architecture | IN($ARGS.positional[]))
            | {mediaType, digest, size, platform: {architecture: $architecture, os: "linux"}}
        ]}' "$layout/index.json" --args "$@" >"$document"
    digest=$(sha256sum <"$document" | cut -d ' ' -f 1)
    cp "$document" "$layout/blobs/sha256/$digest"
    add_descriptor "$layout" "$tag" "sha256:$digest" "$(wc -c <"$document")"
}

# add_descriptor LAYOUT TAG DIGEST SIZE [TYPE]: puts a document under a tag; an index unless it is said what.
add_descriptor() {
    jq -c --arg type "${5:-$index_type}" --arg name "$ref_name" --arg tag "$2" --arg digest "$3" --argjson size "$4" '
        .manifests += [{mediaType: $type, digest: $digest, size: $size, annotations: {($name): $tag}}]
    ' "$1/index.json" >"$1/index.json.new"
    mv "$1/index.json.new" "$1/index.json"
}

# descriptor LAYOUT TAG: media type, digest and size under TAG; fails unless exactly one descriptor has that tag.
descriptor() {
    jq -ce --arg name "$ref_name" --arg tag "$2" '
        [.manifests[] | select(.annotations[$name] == $tag)]
        | if length == 1 then .[0] | [.mediaType, .digest, .size] else null end
    ' "$1/index.json"
}

tag_digest() { descriptor "$1" "$2" | jq -r '.[1]'; }

# A layout that was never begun has no tag either.
lacks_tag() { [[ ! -e $1/index.json ]] || ! descriptor "$1" "$2"; }

# only_whole_blobs LAYOUT: everything that lies among its blobs, hidden files too, hashes to its own name.
only_whole_blobs() {
    [[ -d $1/blobs/sha256 ]] || return 0
    (
        cd "$1/blobs/sha256" || exit 1
        find . -mindepth 1 -printf '%P\n' | while read -r name; do
            [[ $(sha256sum <"$name" | cut -d ' ' -f 1) == "$name" ]] || { printf '%s is not whole\n' "$name"; exit 1; }
        done
    )
}

blob_names() { find "$1/blobs/sha256" -mindepth 1 -printf '%P\n' | sort; }

# blob LAYOUT DIGEST: the file that holds it.
blob() { printf '%s/blobs/sha256/%s\n' "$1" "${2#sha256:}"; }
