# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# A registry over TLS that asks for tokens of a service, which grants some accounts more than others. Needs $images,
# $large and $registry; lib/registry.sh must have certified.

token_auth() {
    section "$title, over TLS with tokens"
    password='correct horse' refresh='a-token-that-names-the-writer'
    start_tokens tokens 300 300
    start_registry guarded "$(token_line tokens)"
    identities "${address[guarded]}"

    accounts
    identity_token
    end guarded || true
    end tokens || true
    short_tokens told 'that says so' 3
    short_tokens untold 'that says otherwise' 300
}

# start_tokens NAME LIFE TOLD [plain]: a token service; its log tells who was granted what.
start_tokens() {
    local plain=false
    [[ ${4:-} != plain ]] || plain=true
    jq -n --arg certificate "$work/server.crt" --arg key "$work/server.key" --arg password "$password" \
        --arg refresh "$refresh" --argjson life "$2" --argjson told "$3" --argjson plain "$plain" '{
            $plain, $certificate, $key, issuer: "tokens", service: "registry", $life, $told, leeway: 60,
            accounts: {
                "": {allows: {"open/*": ["pull"]}},
                reader: {$password, allows: {"*": ["pull"]}},
                writer: {$password, $refresh, allows: {"*": ["pull", "push", "delete"]}}
            }
        }' >"$work/$1.json"
    start_server "$1" python3 "$root/scripts/lib/token_service.py" "$work/$1.json"
    trust "${address[$1]}"
    service=${address[$1]}
}

# token_line SERVICE [SCHEME]: the registry's configuration.
token_line() {
    printf 'auth: {token: {realm: "%s://%s/token", service: registry, issuer: tokens, rootcertbundle: %s}}\n' \
        "${2:-https}" "${address[$1]}" "$work/authority.crt"
}

# The service is not where the registry is, and is told passwords only because we say so.

copied_with_tokens() { copied_safely --token-service "$service" "$@"; }

inspected_with_tokens() { inspected_safely --token-service "$service" "$@"; }

identities() {
    trust "$1"
    identity reader "$1" reader "$password"
    identity writer "$1" writer "$password"
    identity locked-out "$1" writer 'wrong horse'
    token_identity bearer "$1" "$refresh"
    identity nobody nowhere.example x y
}

accounts() {
    local open=${address[guarded]}/open/app:1 closed=${address[guarded]}/closed/app:1 digest
    digest=$(tag_digest "$images" multi)
    equal 'who may push pushes' "$digest" as writer copied_with_tokens "oci:$images:multi" "$closed"
    equal 'skopeo finds the same bytes' "$digest" as writer raw_digest_safely "docker://$closed"
    equal 'and from one repository to another' "$digest" as writer copied_with_tokens "$closed" "$open"
    equal 'who may pull pulls' "$digest" as reader copied_with_tokens "$closed" "oci:$here/closed:1"
    check 'every blob is whole' only_whole_blobs "$here/closed"
    equal 'nobody in particular pulls what is open' "$digest" as nobody copied_with_tokens "$open" "oci:$here/open:1"
    check 'skopeo pushes with the same file' as writer skopeo_copies_safely "oci:$images:old" "docker://$closed-old"
    equal 'and we find the same bytes' "$(tag_digest "$images" old)" \
        sha256_of as reader inspected_with_tokens --raw "$closed-old"

    barred 'a stranger pulls' source as nobody copied_with_tokens "$closed" "oci:$here/barred:x"
    barred 'a stranger pulls what is not there' source \
        as nobody copied_with_tokens "${address[guarded]}/closed/nothing:1" "oci:$here/barred:x"
    barred 'who may pull pushes' target as reader copied_with_tokens "oci:$images:amd64" "$closed"
    barred 'a stranger pushes' target as nobody copied_with_tokens "oci:$images:amd64" "$open"
    refuses 'the service does not know the password' 1 target \
        as locked-out copied_with_tokens "oci:$images:amd64" "$closed"
    says 'the service does not know the password' UNAUTHORIZED
    conceals 'the service does not know the password' 'wrong horse'
    equal 'nothing of this was stored' "$digest" as writer raw_digest_safely "docker://$closed"
    check 'nor pulled' lacks_tag "$here/barred" x
}

# barred LABEL SIDE COMMAND...: it is refused, for who is asking and not for what is asked, and says that it may be either.
barred() {
    refuses "$1" 1 "$2" "${@:3}"
    says "$1" 'not for this caller'
    conceals "$1" "$password"
}

identity_token() {
    local there=${address[guarded]}/closed/app:bearer digest
    digest=$(tag_digest "$images" amd64)
    equal 'an identity token pushes' "$digest" as bearer copied_with_tokens "oci:$images:amd64" "$there"
    equal 'an identity token pulls' "$digest" as bearer copied_with_tokens "$there" "oci:$here/bearer:1"
    check 'it went to the service by POST' grep -q '^POST writer repository:closed/app:.*push' "$work/tokens.out"
    equal 'skopeo agrees' "$digest" as bearer raw_digest_safely "docker://$there"
    token_identity forger "${address[guarded]}" forged
    barred 'a forged identity token' target as forger copied_with_tokens "oci:$images:amd64" "$there"
    conceals 'a forged identity token' forged
}

# short_tokens NAME WHICH TOLD: tokens that are good for 3 seconds, while the upload takes longer.
short_tokens() {
    local name=$1 which=$2 begun took there
    start_tokens "$name" 3 "$3"
    start_registry guarded "$(token_line "$name")"
    start_server slow python3 "$root/scripts/lib/throttle.py" "${address[guarded]}" 6144 up
    there=${address[slow]}/closed/large:1
    identities "${address[slow]}"
    begun=$SECONDS
    equal "tokens of 3 seconds, from a service $which: pushed slowly" "$(tag_digest "$large" large)" \
        as writer copied_with_tokens "oci:$large:large" "$there"
    check 'with more than one token' test "$(pushing "$name")" -gt 1
    # Six seconds, where nobody else keeps the machine busy; each more can take one more.
    took=$((SECONDS - begun))
    check 'and not one for each request' test "$(pushing "$name")" -lt "$((took > 6 ? took + 2 : 8))"
    equal 'skopeo finds the same bytes' "$(tag_digest "$large" large)" as writer raw_digest_safely "docker://$there"
    end slow || true
    end guarded || true
    end "$name" || true
}

# pushing SERVICE: how many tokens it granted for pushing.
pushing() { grep -c '^GET writer .*-> .*push' "$work/$1.out" || true; }
