# shellcheck shell=bash disable=SC2154 # variables come from the script that sources this
# Other people's tools in the layout of one repository of a directory that we serve.

# foreign_writers: what skopeo and umoci write there is served at once, collected as what it is, and whole to the end.
foreign_writers() {
    section 'other tools in our directory'
    if [[ ! -x $gc || ! -x $fsck ]]; then
        skip 'other tools in our directory' "there is no gc or no fsck in $WHARF_BIN_DIR"
        return
    fi
    local kept=$work/shared layout=$work/shared/repositories/team/app/_oci name digest
    start_server shared "$serve" --listen 127.0.0.1:0 --dir "$kept"
    name=${address[shared]}/team/app digest=$(tag_digest "$images" multi)
    mkdir -p "${layout%/*}"
    check 'skopeo copies into the layout of a repository' skopeo_copies "oci:$images:multi" "oci:$layout:multi"
    check 'umoci makes an image there' build_image "$layout" made amd64 'made in its place'
    equal 'skopeo finds the one at our server' "$digest" raw_digest "docker://$name:multi"
    equal 'and the other' "$(tag_digest "$layout" made)" raw_digest "docker://$name:made"
    equal 'the tags' 'made multi' tags_of "$name"
    check 'skopeo pulls it' skopeo_copies "docker://$name:multi" "oci:$work/pulled-shared:multi"
    check 'every blob of it is whole' only_whole_blobs "$work/pulled-shared"
    check 'skopeo pushes it to another repository' \
        skopeo_copies "docker://$name:made" "docker://${address[shared]}/team/other:made"
    check 'fsck finds nothing wrong' bounded "$fsck" "$kept"

    check 'all that nothing needs is collected at once' bounded "$gc" --grace 0 "$kept"
    check 'umoci collects, too' umoci gc --layout "$layout"
    equal 'the one is there' "$digest" raw_digest "docker://$name:multi"
    check 'and whole' skopeo_copies "docker://$name:multi" "oci:$work/pulled-again:multi"
    check 'so is the other' skopeo_copies "docker://${address[shared]}/team/other:made" "oci:$work/pulled-other:made"
    check 'fsck still finds nothing wrong' bounded "$fsck" "$kept"
    check 'SIGTERM ends that serve well' end shared
}
