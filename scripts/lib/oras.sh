# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# oras, whose artifacts are files, and artifacts that refer to others.

# find_oras: sets $oras to its program, or to nothing, which is said aloud.
find_oras() {
    oras=$(built_here oras oras build -o '{}/' oras.land/oras/cmd/oras) || skip oras 'it cannot be built'
}

# oras_and SERVER: files go there and come back; what is attached to them is found, and goes with them.
oras_and() {
    [[ -n $oras ]] || return 0
    local there=${address[$1]}/oras/notes from=$work/oras-$1/from to=$work/oras-$1/to digest attached
    section "oras and our serve ($1)"
    mkdir -p "$from" "$to"
    printf 'what was written\n' >"$from/notes.txt"
    head -c 3000000 /dev/urandom >"$from/noise.bin"
    check 'oras pushes two files' oras_in "$from" push --plain-http --artifact-type application/vnd.example.notes \
        "$there:one" notes.txt:text/plain noise.bin
    digest=$(raw_digest "docker://$there:one")
    equal 'oras resolves the tag to what skopeo finds' "$digest" oras_in "$from" resolve --plain-http "$there:one"
    equal 'oras fetches the same bytes' "$digest" sha256_of oras_in "$from" manifest fetch --plain-http "$there:one"
    equal 'so does inspect --raw' "$digest" sha256_of inspected --raw "$there:one"
    check 'oras pulls them' oras_in "$to" pull --plain-http "$there:one"
    check 'the text is what it was' cmp "$from/notes.txt" "$to/notes.txt"
    check 'the noise is what it was' cmp "$from/noise.bin" "$to/noise.bin"
    check 'oras tags it' oras_in "$from" tag --plain-http "$there:one" two three
    equal 'oras lists the tags' 'one three two' listed_by_oras "$there"

    check 'oras attaches an artifact' oras_in "$from" attach --plain-http --artifact-type application/vnd.example.remark \
        "$there:one" notes.txt:text/plain
    attached=$(discovered "$there:one")
    check 'and discovers it' test -n "$attached"
    equal 'there is a manifest where it is said to be' "$attached" raw_digest "docker://$there@$attached"
    equal 'no fallback tag was made for it' 'one three two' listed_by_oras "$there"
    check 'oras copies both to another repository' oras_in "$from" copy -r --from-plain-http --to-plain-http \
        "$there:one" "${address[$1]}/oras/copy:one"
    equal 'the copy is the same' "$digest" raw_digest "docker://${address[$1]}/oras/copy:one"
    equal 'with what refers to it' "$attached" discovered "${address[$1]}/oras/copy:one"
    check 'oras deletes what refers to it' oras_in "$from" manifest delete --plain-http --force "$there@$attached"
    equal 'it is not listed any more' '' discovered "$there:one"
}

# oras_in DIRECTORY ARGUMENTS...: oras where the files are, without anybody's passwords.
oras_in() {
    (cd "$1" && DOCKER_CONFIG=$work/nobody bounded "$oras" "${@:2}")
}

listed_by_oras() { oras_in "$work" repo tags --plain-http "$1" | sort | xargs; }

# discovered ADDRESS: the digests of what refers to it.
discovered() { oras_in "$work" discover --plain-http --format json "$1" | jq -r '(.manifests // .referrers // [])[].digest'; }
