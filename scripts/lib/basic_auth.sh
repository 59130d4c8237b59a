# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# A registry over TLS that lets in who has a password. Needs $images, $registry and the server `peer`, which has
# neither TLS nor passwords; lib/registry.sh must have certified.

basic_auth() {
    section "$title, over TLS with Basic authentication"
    # What a person types may hold what has a meaning in headers, in addresses and in a shell.
    local password='correct:horse/battery+staple%20 $(x)' wrong='wrong:horse%20'
    htpasswd -nbB keeper "$password" >"$work/htpasswd"
    start_registry secure "auth: {htpasswd: {realm: the registry, path: $work/htpasswd}}"
    trust "${address[secure]}"
    identity keeper "${address[secure]}" keeper "$password"
    identity mistaken "${address[secure]}" keeper "$wrong"
    identity nobody nowhere.example x y

    password_opens
    wrong_password
    without_password
    wrong_line
    end secure || true
}

password_opens() {
    local there=${address[secure]}/wharf/app tag digest
    for tag in amd64 multi; do
        digest=$(tag_digest "$images" "$tag")
        equal "$tag: pushed with the password" "$digest" as keeper copied_safely "oci:$images:$tag" "$there:$tag"
        equal "$tag: skopeo finds the same bytes" "$digest" as keeper raw_digest_safely "docker://$there:$tag"
        equal "$tag: pulled with the password" "$digest" \
            as keeper copied_safely "$there:$tag" "oci:$here/secure-$tag:$tag"
        check "$tag: every blob is whole" only_whole_blobs "$here/secure-$tag"
    done
    digest=$(tag_digest "$images" old)
    check 'skopeo pushes with the same file' as keeper skopeo_copies_safely "oci:$images:old" "docker://$there:old"
    equal 'and we find the same bytes' "$digest" sha256_of as keeper inspected_safely --raw "$there:old"
}

wrong_password() {
    local there=${address[secure]}/wharf/app:amd64
    refuses 'a pull with the wrong password' 1 source as mistaken copied_safely "$there" "oci:$here/refused:x"
    says 'a pull with the wrong password' UNAUTHORIZED
    conceals 'a pull with the wrong password' "$wrong"
    refuses 'a push with the wrong password' 1 target as mistaken copied_safely "oci:$images:amd64" "$there"
    says 'a push with the wrong password' UNAUTHORIZED
    conceals 'a push with the wrong password' "$wrong"
}

without_password() {
    local there=${address[secure]}/wharf/app:amd64
    refuses 'a pull without a password' 1 source as nobody copied_safely "$there" "oci:$here/refused:x"
    says 'a pull without a password' 'not for this caller'
    refuses 'inspect without a password' 1 - as nobody inspected_safely "$there"
}

# wrong_line: TLS where there is none, none where there is, and a certificate of a stranger. The password is known, and
# is told to nobody.
wrong_line() {
    local there=${address[secure]}/wharf/app:amd64 plain=${address[peer]}/wharf/app:amd64
    refuses 'an unknown authority' 1 source \
        as keeper last_line "$copy" --certs-d "$stranger" "$there" "oci:$here/refused:x"
    says 'an unknown authority' UnknownIssuer
    conceals 'an unknown authority' "$password"
    refuses 'plain http to TLS' 1 source as keeper last_line "$copy" --plain-http "$there" "oci:$here/refused:x"
    says 'plain http to TLS' 'status 400'
    conceals 'plain http to TLS' "$password"
    identity keeper-in-plain "${address[peer]}" keeper "$password"
    refuses 'TLS to plain http' 1 target as keeper-in-plain copied_safely "oci:$images:amd64" "$plain"
    says 'TLS to plain http' 'cannot trust the connection'
    conceals 'TLS to plain http' "$password"
    check 'nothing was stored of what was refused' only_whole_blobs "$here/refused"
    check 'nothing was tagged of what was refused' lacks_tag "$here/refused" x
}
