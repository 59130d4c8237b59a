# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# Registries of the distribution project, in whatever version, as servers of lib/bench.sh.

# start_registry NAME [AUTH [plain]]: starts $registry with an empty store; with AUTH, a line of its configuration, for
# those alone whom it lets in, and over TLS unless it is to be plain. Its log is all on standard error; `start_server` reads standard output.
start_registry() {
    local name=$1 auth=${2:-} tls=''
    [[ -z $auth || ${3:-} == plain ]] || tls=", tls: {certificate: $work/server.crt, key: $work/server.key}"
    cat >"$work/$name.yml" <<CONFIGURATION
version: 0.1
storage:
  filesystem: {rootdirectory: $work/$name-storage}
  delete: {enabled: true}
http: {addr: "127.0.0.1:0", secret: of no interest$tls}
$auth
CONFIGURATION
    rm -rf "$work/$name-storage"
    start_server "$name" serve_registry "$work/$name.yml"
}

# Version 3 sends what it does to a collector unless it is told not to.
serve_registry() { OTEL_TRACES_EXPORTER=none exec "$registry" serve "$1" 2>&1; }

# certify: an authority of our own and a certificate of it for 127.0.0.1; and an authority that has nothing to do with
# it. $trusted and $stranger are directories `certs.d`, where `trust` puts one of them for each host.
certify() {
    trusted=$work/trusted stranger=$work/stranger
    mkdir "$trusted" "$stranger"
    authority "$work/authority.crt" "$work/authority.key"
    authority "$work/stranger.crt" "$work/stranger.key"
    printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >"$work/server.ext"
    quietly openssl req -newkey rsa:2048 -nodes -subj '/CN=registry' -keyout "$work/server.key" -out "$work/server.csr"
    quietly openssl x509 -req -in "$work/server.csr" -CA "$work/authority.crt" -CAkey "$work/authority.key" \
        -set_serial 2 -days 2 -extfile "$work/server.ext" -out "$work/server.crt"
}

authority() {
    quietly openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=${2##*/}" -keyout "$2" -out "$1" \
        -addext keyUsage=critical,keyCertSign
}

quietly() { "$@" 2>"$work/quiet.err" || die "$(<"$work/quiet.err")"; }

# identity NAME ADDRESS USER SECRET: a docker configuration in $work/NAME that knows USER there, for `as`.
identity() { write_identity "$1" "$2" "{\"auth\": \"$(base64_of "$3:$4")\"}"; }

# token_identity NAME ADDRESS TOKEN: the same with an identity token instead of a password.
token_identity() { write_identity "$1" "$2" "{\"auth\": \"$(base64_of '<token>:')\", \"identitytoken\": \"$3\"}"; }

write_identity() {
    mkdir -p "$work/$1"
    printf '{"auths": {"%s": %s}}\n' "$2" "$3" >"$work/$1/config.json"
}

base64_of() { printf '%s' "$1" | base64 --wrap=0; }

# as NAME COMMAND...: COMMAND with the identity NAME, for our programs and for skopeo.
as() {
    DOCKER_CONFIG=$work/$1 REGISTRY_AUTH_FILE=$work/$1/config.json "${@:2}"
}

# trust ADDRESS: the authority of our own is to be found for that host in $trusted, the other one in $stranger.
trust() {
    mkdir -p "$trusted/$1" "$stranger/$1"
    cp "$work/authority.crt" "$trusted/$1/ca.crt"
    cp "$work/stranger.crt" "$stranger/$1/ca.crt"
}

# Our programs and skopeo over TLS; for skopeo the directory of the one host that it talks to is enough.

copied_safely() { last_line "$copy" --certs-d "$trusted" "$@"; }

inspected_safely() { bounded "$inspect" --certs-d "$trusted" "$@"; }

skopeo_copies_safely() { skopeo_quietly copy --all --dest-cert-dir "$(certificates_for "$2")" "$@"; }

raw_digest_safely() { sha256_of skopeo_quietly inspect --raw --cert-dir "$(certificates_for "$1")" "$1"; }

certificates_for() { sed 's|^docker://\([^/]*\)/.*|'"$trusted"'/\1|' <<<"$1"; }

# conceals LABEL SECRET...: what was attempted last repeats none of these, as it is or in base64.
conceals() {
    local label=$1 secret
    for secret in "${@:2}"; do
        compare "$label: conceals the secret" 0 \
            "$(cat "$work/attempt.out" "$work/attempt.err" | grep -c -F -e "$secret" -e "$(base64_of "$secret")" || true)"
    done
}

# says LABEL WORDS: what was attempted last gives WORDS as its reason.
says() {
    compare "$1: says why" "$2" "$(grep '^error:' "$work/attempt.err" | grep -oiF -- "$2" | head -n 1 || true)"
}
