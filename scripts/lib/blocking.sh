# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# The example that carries the wire over sockets of its own: it speaks no TLS, so its registries are plain. Needs
# $registry, the server `peer`, and what lib/basic_auth.sh and lib/token_auth.sh need.

blocking_loop() {
    section "$title and a blocking loop"
    local password='correct horse' refresh=x
    pushed_by_loop 'an open registry' "${address[peer]}/loop/app:1"
    again_says 'what is there is not sent again' 'was there already' "${address[peer]}/loop/app:1"

    htpasswd -nbB keeper "$password" >"$work/htpasswd-plain"
    start_registry plain "auth: {htpasswd: {realm: the registry, path: $work/htpasswd-plain}}" plain
    pushed_by_loop 'a registry that wants a password' "${address[plain]}/loop/app:1" --user keeper
    barred_loop 'the wrong password' "${address[plain]}/loop/app:1" 'wrong horse' --user keeper
    end plain || true

    start_tokens plain-tokens 300 300 plain
    start_registry plain "$(token_line plain-tokens http)" plain
    pushed_by_loop 'a registry that wants tokens' "${address[plain]}/loop/app:1" --user writer --token-service "$service"
    barred_loop 'who may only pull' "${address[plain]}/loop/app:2" "$password" --user reader --token-service "$service"
    end plain || true
    end plain-tokens || true
}

looped() { PASSWORD=$password bounded "$blocking" --to "$@"; }

# pushed_by_loop LABEL REFERENCE OPTION...: the image is there under the digest that was printed.
pushed_by_loop() {
    local label=$1 there=$2 digest name=nobody
    [[ ${3:-} != --user ]] || name=$4
    digest=$(looped "$there" "${@:3}" | tail -n 1)
    identity "loop-$name" "${there%%/*}" "$name" "$password"
    equal "$label: skopeo finds what was pushed and pulled" "$digest" \
        as "loop-$name" raw_digest "docker://$there"
}

again_says() { check "$1" grep -q "$2" <<<"$(looped "$3")"; }

barred_loop() {
    local label=$1 there=$2 password=$3
    refuses "$label" 1 - looped "$there" "${@:4}"
    conceals "$label" "$password"
}
