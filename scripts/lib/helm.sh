# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# Helm, whose charts are artifacts with media types of their own.

helm_source=helm.sh/helm/v3/cmd/helm@v3.19.0

# find_helm: sets $helm to its program, or to nothing, which is said aloud.
find_helm() {
    helm=$(built "$helm_source") || skip Helm "$helm_source cannot be built"
}

# helm_and SERVER: a chart goes there and comes back.
helm_and() {
    [[ -n $helm ]] || return 0
    local there=${address[$1]}/charts here=$work/helm-$1
    section "Helm and our serve ($1)"
    mkdir -p "$here/chart/templates" "$here/back"
    printf 'apiVersion: v2\nname: tide\nversion: 1.2.3+%s\n' "$1" >"$here/chart/Chart.yaml"
    printf 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: tide}\n' >"$here/chart/templates/map.yaml"
    check 'Helm packs a chart' helm_here package --destination "$here" "$here/chart"
    check 'Helm pushes it' helm_here push --plain-http "$here/tide-1.2.3+$1.tgz" "oci://$there"
    equal 'skopeo finds what Helm says' "$(sed -n 's/^Digest: //p' "$work/attempt.out" "$work/attempt.err")" \
        raw_digest "docker://$there/tide:1.2.3_$1"
    check 'Helm pulls it' helm_here pull --plain-http --version "1.2.3+$1" --destination "$here/back" "oci://$there/tide"
    check 'it is the same, byte for byte' cmp "$here/tide-1.2.3+$1.tgz" "$here/back/tide-1.2.3+$1.tgz"
    check 'Helm shows what is in it' helm_here show chart --plain-http "oci://$there/tide" --version "1.2.3+$1"
}

helm_here() {
    HELM_CACHE_HOME=$work/helm/cache HELM_CONFIG_HOME=$work/helm/config HELM_DATA_HOME=$work/helm/data \
        DOCKER_CONFIG=$work/nobody bounded "$helm" "$@"
}
