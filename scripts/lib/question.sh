# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# Questions to skopeo, to curl and to logs. An address is HOST:PORT/PATH and a tag or digest.

skopeo_copies() { skopeo_quietly copy --all --src-tls-verify=false --dest-tls-verify=false "$@"; }

# No machine's signature policy is of interest here.
skopeo_quietly() { bounded skopeo --insecure-policy "$@"; }

sha256_of() { "$@" | sha256sum | sed 's/^\([0-9a-f]*\).*/sha256:\1/'; }

raw_digest() { sha256_of skopeo_quietly inspect --raw --tls-verify=false "$1"; }

configuration() {
    skopeo_quietly inspect --config --tls-verify=false "$1" | jq -c '[.os, .architecture, .config.Cmd, .config.Env]'
}

architecture_for() {
    skopeo_quietly --override-os linux --override-arch "$1" inspect --tls-verify=false "docker://$2" |
        jq -r .Architecture
}

tags_of() { skopeo_quietly list-tags --tls-verify=false "docker://$1" | jq -r '.Tags | sort | join(" ")'; }

http_status() { curl --silent --output /dev/null --write-out '%{http_code}' --max-time "$patience" "$@"; }

# manifest_status ADDRESS: the status that its manifest has.
manifest_status() {
    local path=${1#*/} reference
    reference=${path##*[:@]}
    [[ $path != *@* ]] || reference=${path##*@}
    http_status "http://${1%%/*}/v2/${path%%[:@]*}/manifests/$reference" \
        --header "Accept: $index_type, application/vnd.oci.image.manifest.v1+json"
}

uploads_to_peer() { grep -c '"PUT /v2/.*/blobs/uploads/' "$work/peer.out" || true; }

everything_said() { bounded "$@" 2>&1; }

# mentions TEXT COMMAND...: COMMAND prints JSON in which a string is TEXT.
mentions() {
    local text=$1
    shift
    "$@" | jq -e --arg text "$text" 'any(.. | strings; . == $text)'
}
