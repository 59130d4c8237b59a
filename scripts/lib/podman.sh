# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# buildah and podman, each with a storage of its own, so that what one of them has came over the wire. Nothing is run:
# that takes rights which a machine for proofs need not give.

# podman_and SERVER: buildah makes an image and pushes it, podman pulls it and pushes it on.
podman_and() {
    local there=${address[$1]}/podman/app image digest
    section "buildah and podman, and our serve ($1)"
    attempt buildah_here from scratch
    if ((status != 0)); then
        skip 'buildah and podman' "buildah cannot begin an image here: $(tail -n 1 "$work/attempt.err")"
        return
    fi
    image=$(<"$work/attempt.out")
    check 'buildah copies a file into an image' buildah_here copy "$image" "$(type -P busybox)" /bin/busybox
    check 'buildah describes it' buildah_here config --arch amd64 --cmd /bin/busybox --label "made=for $1" "$image"
    check 'buildah commits it' buildah_here commit --signature-policy "$(any_policy)" "$image" "made-$1"
    check 'buildah pushes it' buildah_here push --signature-policy "$(any_policy)" --tls-verify=false \
        --digestfile "$work/pushed" "made-$1" "docker://$there:one"
    digest=$(<"$work/pushed")
    equal 'what skopeo finds is what buildah says' "$digest" raw_digest "docker://$there:one"
    equal 'so is what inspect --raw prints' "$digest" sha256_of inspected --raw "$there:one"

    check 'podman pulls it' podman_here pull --signature-policy "$(any_policy)" --tls-verify=false "$there:one"
    equal 'podman has the same' "$digest" podman_here image inspect --format '{{.Digest}}' "$there:one"
    equal 'with the same configuration' "$(skopeo_quietly inspect --config --raw --tls-verify=false "docker://$there:one" |
        sha256sum | cut -d ' ' -f 1)" podman_here image inspect --format '{{.Id}}' "$there:one"
    check 'podman pulls it by digest' podman_here pull --signature-policy "$(any_policy)" --tls-verify=false "$there@$digest"
    check 'podman pushes it under another name' podman_here push --signature-policy "$(any_policy)" --tls-verify=false \
        --digestfile "$work/pushed" "$there:one" "docker://${address[$1]}/podman/again:two"
    equal 'what skopeo finds is what podman says' "$(<"$work/pushed")" \
        raw_digest "docker://${address[$1]}/podman/again:two"
    check 'skopeo pulls what podman pushed' skopeo_copies "docker://${address[$1]}/podman/again:two" "oci:$work/podman-$1:two"
    check 'every blob of it is whole' only_whole_blobs "$work/podman-$1"
}

buildah_here() {
    HOME=$work bounded buildah --root "$work/buildah/root" --runroot "$work/buildah/run" --storage-driver vfs "$@"
}

podman_here() {
    HOME=$work bounded podman --root "$work/podman/root" --runroot "$work/podman/run" --storage-driver vfs \
        --events-backend file --cgroup-manager cgroupfs "$@"
}

# No machine's signature policy is of interest here.
any_policy() {
    [[ -e $work/policy.json ]] || printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >"$work/policy.json"
    printf '%s\n' "$work/policy.json"
}
