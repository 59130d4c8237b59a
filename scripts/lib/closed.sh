# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# Our serve over TLS and behind a password, and the clients that people use, each let in as its users are: by options, or
# by a login that is remembered. Needs $images, $oras and $helm; lib/registry.sh must have certified.

# How they say it.
not_let_in='unauthorized|authentication required|invalid username/password|basic credential not found|no basic auth credentials'

closed_and_clients() {
    # What a person types may hold what has a meaning in headers, in addresses and in a shell.
    # shellcheck disable=SC2016
    local password='correct:horse/battery+staple%20 $(x)' wrong='wrong:horse%20' there certificates
    htpasswd -nbB keeper "$password" >"$work/keepers"
    start_server closed "$serve" --listen 127.0.0.1:0 --tls "$work/server.crt" "$work/server.key" --htpasswd "$work/keepers"
    there=${address[closed]}
    trust "$there"
    certificates=$trusted/$there
    identity keeper "$there" keeper "$password"

    local client
    for client in skopeo oras helm podman containerd; do
        section "$client and our serve, over TLS and behind a password"
        "${client}_is_let_in"
    done
    check 'SIGTERM ends serve well also there' end closed
}

skopeo_is_let_in() {
    local image=docker://$there/skopeo/app:multi to=(--all --dest-cert-dir "$certificates") digest
    digest=$(tag_digest "$images" multi)
    turned_away 'a push without a password' skopeo_quietly copy "${to[@]}" --dest-no-creds "oci:$images:multi" "$image"
    turned_away 'a push with the wrong one' skopeo_quietly copy "${to[@]}" --dest-creds "keeper:$wrong" "oci:$images:multi" "$image"
    check 'a push with the right one' skopeo_quietly copy "${to[@]}" --dest-creds "keeper:$password" "oci:$images:multi" "$image"
    turned_away 'a pull with the wrong one' skopeo_quietly copy --all --src-cert-dir "$certificates" \
        --src-creds "keeper:$wrong" "$image" "oci:$work/closed:x"
    check 'a pull with the right one' skopeo_quietly copy --all --src-cert-dir "$certificates" \
        --src-creds "keeper:$password" "$image" "oci:$work/closed:multi"
    equal 'it is what was pushed' "$(descriptor "$images" multi)" descriptor "$work/closed" multi
    check 'and whole' only_whole_blobs "$work/closed"
    refuses_login skopeo_quietly login --authfile "$work/refused.json" --cert-dir "$certificates"
    mkdir "$work/login"
    logs_in skopeo_quietly login --authfile "$work/login/config.json" --cert-dir "$certificates"
    equal 'what the login left behind lets copy in' "$digest" as login copied_safely "${image#docker://}" "oci:$work/closed:again"
}

oras_is_let_in() {
    [[ -n $oras ]] || return 0
    local kept=(--ca-file "$certificates/ca.crt" --registry-config "$work/oras-login.json") notes=$there/oras/notes:one
    local given=(--ca-file "$certificates/ca.crt" --username keeper)
    mkdir -p "$work/oras-closed/back"
    printf 'what was written\n' >"$work/oras-closed/notes.txt"
    turned_away 'a push before the login' oras_in "$work/oras-closed" push "${kept[@]}" "$notes" notes.txt
    turned_away 'a push with the wrong password' \
        oras_in "$work/oras-closed" push "${given[@]}" --password "$wrong" "$notes" notes.txt
    check 'a push with the right one' oras_in "$work/oras-closed" push "${given[@]}" --password "$password" "$notes" notes.txt
    refuses_login oras_in "$work" login "${kept[@]}"
    logs_in oras_in "$work" login "${kept[@]}"
    check 'a pull after the login' oras_in "$work/oras-closed/back" pull "${kept[@]}" "$notes"
    check 'the text is what it was' cmp "$work/oras-closed/notes.txt" "$work/oras-closed/back/notes.txt"
}

helm_is_let_in() {
    [[ -n $helm ]] || return 0
    local authority=(--ca-file "$certificates/ca.crt") given=(--username keeper --password) packed=$work/helm-closed/reef-0.1.0.tgz
    mkdir -p "$work/helm-closed/chart" "$work/helm-closed/back"
    printf 'apiVersion: v2\nname: reef\nversion: 0.1.0\n' >"$work/helm-closed/chart/Chart.yaml"
    check 'Helm packs a chart' helm_here package --destination "$work/helm-closed" "$work/helm-closed/chart"
    turned_away 'a push before the login' helm_here push "${authority[@]}" "$packed" "oci://$there/charts"
    turned_away 'a push with the wrong password' \
        helm_here push "${authority[@]}" "${given[@]}" "$wrong" "$packed" "oci://$there/charts"
    check 'a push with the right one' helm_here push "${authority[@]}" "${given[@]}" "$password" "$packed" "oci://$there/charts"
    refuses_login helm_here registry login "${authority[@]}"
    logs_in helm_here registry login "${authority[@]}"
    check 'a pull after the login' \
        helm_here pull "${authority[@]}" --version 0.1.0 --destination "$work/helm-closed/back" "oci://$there/charts/reef"
    check 'it is the same, byte for byte' cmp "$packed" "$work/helm-closed/back/reef-0.1.0.tgz"
}

# The image is what buildah made before; where it could not, there is none.
podman_is_let_in() {
    local image=$there/podman/app:one by=(--signature-policy "$(any_policy)" --cert-dir "$certificates") login=$work/podman-login.json
    buildah_here inspect made-ours >"$work/made" 2>&1 || { skip 'buildah and podman' 'there is no image of theirs here'; return 0; }
    turned_away 'a push of buildah with the wrong password' buildah_here push "${by[@]}" --creds "keeper:$wrong" made-ours "docker://$image"
    check 'a push of buildah with the right one' buildah_here push "${by[@]}" --creds "keeper:$password" \
        --digestfile "$work/pushed" made-ours "docker://$image"
    equal 'what skopeo finds is what buildah says' "$(<"$work/pushed")" as keeper raw_digest_safely "docker://$image"
    refuses_login podman_here login --authfile "$login" --cert-dir "$certificates"
    turned_away 'a pull of podman before the login' podman_here pull "${by[@]}" "$image"
    logs_in podman_here login --authfile "$login" --cert-dir "$certificates"
    check 'a pull of podman after it' podman_here pull "${by[@]}" --authfile "$login" "$image"
    check 'a push of podman after it' podman_here push "${by[@]}" --authfile "$login" "$image" "docker://$there/podman/again:two"
}

containerd_is_let_in() {
    start_containerd || return 0
    local image=$there/containerd/app:multi authority=(--hosts-dir "$work/hosts") multi
    multi=$(tag_digest "$images" multi)
    # Unless it is told, it takes what is on this machine for plain.
    mkdir -p "$work/hosts/$there"
    printf '[host."https://%s"]\nca = "%s"\n' "$there" "$certificates/ca.crt" >"$work/hosts/$there/hosts.toml"
    check 'skopeo pushes an image of two platforms' as keeper skopeo_copies_safely "oci:$images:multi" "docker://$image"
    turned_away 'a pull without a password' ctr_here content fetch "${authority[@]}" --all-platforms "$image"
    turned_away 'a pull with the wrong one' ctr_here content fetch "${authority[@]}" --user "keeper:$wrong" --all-platforms "$image"
    check 'a pull with the right one' ctr_here content fetch "${authority[@]}" --user "keeper:$password" --all-platforms "$image"
    equal 'containerd has the same index' "$multi" sha256_of ctr_here content get "$multi"
    check 'a push with the right one' \
        ctr_here images push "${authority[@]}" --user "keeper:$password" "$there/containerd/again:two" "$image"
    equal 'skopeo finds the same bytes there' "$multi" as keeper raw_digest_safely "docker://$there/containerd/again:two"
    check 'SIGTERM ends containerd well' end containerd
    rm -rf "$work/containerd"
}

# logs_in COMMAND...: by the right password, which is read from standard input; and refuses_login by the wrong one.

logs_in() { check 'a login with the right password' saying "$password" "$@" --username keeper --password-stdin "$there"; }

refuses_login() {
    turned_away 'a login with the wrong password' saying "$wrong" "$@" --username keeper --password-stdin "$there"
}

saying() { "${@:2}" < <(printf '%s' "$1"); }

# turned_away LABEL COMMAND...: COMMAND fails, and for no other reason.
turned_away() {
    local end='let in'
    attempt "${@:2}"
    if ((status != 0)); then
        end='failed otherwise'
        ! cat "$work/attempt.out" "$work/attempt.err" | grep -qiE "$not_let_in" || end='turned away'
    fi
    compare "$1: turned away" 'turned away' "$end" "${@:2}"
}
