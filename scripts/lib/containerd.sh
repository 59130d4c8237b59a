# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# containerd, of our own and with nothing but its store of content: its client of registries is the one that Kubernetes
# pulls with, and Docker where it keeps images in containerd. Docker's other client cannot be had without its daemon.

# containerd_and SERVER: what skopeo pushed is fetched, all platforms of it, and pushed on.
containerd_and() {
    local there=${address[$1]}/containerd/app multi name
    section "containerd and our serve ($1)"
    multi=$(tag_digest "$images" multi)
    start_containerd || return 0
    check 'skopeo pushes an image of two platforms' skopeo_copies "oci:$images:multi" "docker://$there:multi"
    check 'containerd fetches it' ctr_here content fetch --plain-http --all-platforms "$there:multi"
    equal 'containerd has the same index' "$multi" sha256_of ctr_here content get "$multi"
    check 'skopeo makes its own copy' skopeo_copies "docker://$there:multi" "oci:$work/containerd-$1:multi"
    while read -r name; do
        equal "containerd has ${name::12}" "sha256:$name" sha256_of ctr_here content get "sha256:$name"
    done < <(blob_names "$work/containerd-$1")

    check 'containerd pushes it on' ctr_here images push --plain-http "${address[$1]}/containerd/again:two" "$there:multi"
    equal 'skopeo finds the same bytes there' "$multi" raw_digest "docker://${address[$1]}/containerd/again:two"
    check 'skopeo pulls all of it' skopeo_copies "docker://${address[$1]}/containerd/again:two" "oci:$work/from-ctr-$1:two"
    equal 'the same blobs as were pushed' "$(blob_names "$work/containerd-$1")" blob_names "$work/from-ctr-$1"
    check 'SIGTERM ends containerd well' end containerd
    rm -rf "$work/containerd"
}

# start_containerd: one of our own, which forgets everything in between. Whether there is one.
start_containerd() {
    mkdir -p "$work/containerd"
    cat >"$work/containerd/config.toml" <<CONFIGURATION
version = 2
root = "$work/containerd/root"
state = "$work/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "$work/containerd/socket"
[ttrpc]
  address = "$work/containerd/ttrpc"
CONFIGURATION
    start containerd containerd --config "$work/containerd/config.toml" --log-level warn
    await 60 answers_or_gone && ! gone "${pid[containerd]}" && return
    skip 'containerd' "it does not run here: $(tail -n 1 "$work/containerd.err")"
    end_by_force "${pid[containerd]}"
    unset 'pid[containerd]'
    return 1
}

answers_or_gone() { ctr_here version >"$work/ctr.out" 2>&1 || gone "${pid[containerd]}"; }

ctr_here() { bounded ctr --address "$work/containerd/socket" "$@"; }
