# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# Referrers where a registry does not list them: the index under the fallback tag, kept by us and by regctl in turn.
# Needs $images, $regctl and the server `peer`.

referrers() {
    section "$title, referrers under the fallback tag"
    local repository=${address[peer]}/wharf/referred subject
    subject=$(tag_digest "$images" amd64)
    equal 'there is no list at the registry' 404 \
        http_status "http://${address[peer]}/v2/wharf/referred/referrers/$subject"
    equal 'the subject' "$subject" copied "oci:$images:amd64" "$repository:amd64"
    refer first application/vnd.wharf.first
    refer second application/vnd.wharf.second

    equal 'a first referrer, by us' "$(tag_digest "$here/first" first)" copied "oci:$here/first:first" "$repository:first"
    equal 'regctl finds it' application/vnd.wharf.first referrers_by_regctl
    check 'a second one, by regctl' regctl_attaches application/vnd.wharf.foreign
    equal 'regctl finds both' 'application/vnd.wharf.first application/vnd.wharf.foreign' referrers_by_regctl
    equal 'a third one, by us' "$(tag_digest "$here/second" second)" \
        copied "oci:$here/second:second" "$repository:second"
    equal 'regctl finds all three' \
        'application/vnd.wharf.first application/vnd.wharf.foreign application/vnd.wharf.second' referrers_by_regctl
    equal 'so do we' 'application/vnd.wharf.first application/vnd.wharf.foreign application/vnd.wharf.second' \
        referrers_by_us
}

# refer NAME TYPE: a layout with an artifact of a type that refers to the subject.
refer() {
    local layout=$here/$1 document=$work/referrer config
    umoci init --layout "$layout"
    config=$(put_blob "$layout" '{}')
    jq -cj -n --arg config "$config" --arg type "$2" --arg subject "$subject" \
        --argjson size "$(wc -c <"$(blob "$images" "$subject")")" '{
            schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", artifactType: $type,
            config: {mediaType: "application/vnd.oci.empty.v1+json", digest: $config, size: 2},
            layers: [{mediaType: "application/vnd.oci.empty.v1+json", digest: $config, size: 2}],
            subject: {mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $subject, size: $size}
        }' >"$document"
    add_descriptor "$layout" "$1" "$(put_blob "$layout" "$(<"$document")")" "$(wc -c <"$document")" \
        application/vnd.oci.image.manifest.v1+json
}

# put_blob LAYOUT CONTENT: stores it, and prints its digest.
put_blob() {
    local digest
    digest=sha256:$(printf '%s' "$2" | sha256sum | cut -d ' ' -f 1)
    printf '%s' "$2" >"$(blob "$1" "$digest")"
    printf '%s\n' "$digest"
}

# Plain http is said to regctl beside each question, so that no configuration of a user is read or written.
regctl_quietly() { REGCTL_CONFIG=$work/regctl.json bounded "$regctl" --host "reg=${address[peer]},tls=disabled" "$@"; }

referrers_by_regctl() {
    regctl_quietly artifact list --format '{{json .Manifest}}' "$repository@$subject" | types_of
}

referrers_by_us() { inspected --referrers "$repository@$subject" | jq '{manifests: .}' | types_of; }

types_of() { jq -r '[.manifests[].artifactType] | sort | join(" ")'; }

regctl_attaches() {
    printf 'foreign' | regctl_quietly artifact put --artifact-type "$1" --subject "$repository@$subject" \
        --file-media-type text/plain
}
