//! Tokens that must not be taken, and their neighbours that must.

use std::time::Duration;

use serde_json::{Value, json};
use wharf_server::distribution::{Scope, Secret};
use wharf_server::registry::Repository;
use wharf_server::{Access, Action, Authorize as _, Permission};
use wharf_server_auth::{Bearer, InvalidToken, KeySet};

use crate::forge::{
    NOW, bearer, claiming, claims, document, ed25519, hashed, header, keys, public, signed, signed_text, terms, text,
    validate, with,
};

#[test]
fn tokens_of_all_kinds_of_keys_are_taken() {
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let identity = validate(&bearer(), signed(algorithm, &header(algorithm), &claims())).unwrap();
        assert_eq!(identity.name(), Some("alice"), "{algorithm}");
        assert_eq!(identity.grants().unwrap().to_string(), "repository:team/app:pull,push");
    }
}

#[test]
fn a_header_cannot_choose_how_it_is_looked_at() {
    let good = header("EdDSA");
    let changed = |member, value| signed("EdDSA", &with(good.clone(), member, value), &claims());
    let own = json!({ "kty": "OKP", "crv": "Ed25519", "x": text([7; 32]) });
    let cases = [
        ("no signature", changed("alg", json!("none")), InvalidToken::Algorithm),
        ("nor in other spelling", changed("alg", json!("NoNe")), InvalidToken::Algorithm),
        ("another spelling of a known one", changed("alg", json!("EDDSA")), InvalidToken::Algorithm),
        ("nothing", changed("alg", json!("")), InvalidToken::Algorithm),
        ("an algorithm of another key", changed("alg", json!("ES256")), InvalidToken::Key),
        ("an HMAC", changed("alg", json!("HS256")), InvalidToken::Key),
        ("a longer hash", changed("alg", json!("RS512")), InvalidToken::Algorithm),
        ("no algorithm", changed("alg", Value::Null), InvalidToken::Form),
        ("two algorithms", changed("alg", json!(["EdDSA", "none"])), InvalidToken::Form),
        ("an unknown key", changed("kid", json!("other")), InvalidToken::Key),
        ("another key's name", changed("kid", json!("ec")), InvalidToken::Key),
        ("a path", changed("kid", json!("../../../../dev/null")), InvalidToken::Key),
        ("an empty name", changed("kid", json!("")), InvalidToken::Key),
        ("a name and a zero", changed("kid", json!("ed\0")), InvalidToken::Key),
        ("a query", changed("kid", json!("ed' OR '1'='1")), InvalidToken::Key),
        ("a number for a name", changed("kid", json!(1)), InvalidToken::Form),
        ("something critical", changed("crit", json!(["exp"])), InvalidToken::Form),
        ("nothing critical", changed("crit", json!([])), InvalidToken::Form),
        ("another type", changed("typ", json!("dpop+jwt")), InvalidToken::Form),
        ("its own key, by that key", forged("jwk"), InvalidToken::Signature),
    ];
    for (what, token, expected) in cases {
        assert_eq!(validate(&bearer(), token).unwrap_err(), expected, "{what}");
    }
    for (member, value) in [
        ("typ", json!("at+JWT")),
        ("typ", Value::Null),
        ("kid", Value::Null),
        ("jwk", own),
        ("jku", json!("https://evil.example.net/keys")),
        ("x5c", json!(["MIIB"])),
    ] {
        assert!(validate(&bearer(), changed(member, value)).is_ok(), "{member} does not count");
    }
    let twice = r#"{"alg":"none","alg":"EdDSA","kid":"ed"}"#;
    let twice = signed_text("EdDSA", twice, &claims().to_string());
    assert_eq!(validate(&bearer(), twice).unwrap_err(), InvalidToken::Form);
}

/// A token that brings a key along and is signed by that one.
fn forged(member: &str) -> String {
    let random = ring::rand::SystemRandom::new();
    let document = ring::signature::Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let pair = ring::signature::Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let public = ring::signature::KeyPair::public_key(&pair);
    let own = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": text(public) });
    let header = with(header("EdDSA"), member, own);
    let message = format!("{}.{}", text(header.to_string()), text(claims().to_string()));
    format!("{message}.{}", text(pair.sign(message.as_bytes())))
}

/// The oldest trick: what everybody knows of a public key, taken for a secret.
#[test]
fn no_public_key_is_a_secret() {
    let head = |id: &str| json!({ "alg": "HS256", "kid": id });
    let n = base64::Engine::decode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        public("RS256")["n"].as_str().unwrap(),
    );
    let x = ring::signature::KeyPair::public_key(&ed25519()).as_ref().to_vec();
    let whole = document(&["EdDSA", "ES256", "RS256"].map(public));
    let secrets = [n.unwrap(), x, whole, public("RS256").to_string().into_bytes(), Vec::new()];
    for secret in secrets {
        for id in ["ed", "ec", "rsa"] {
            let token = hashed(&secret, &head(id), &claims());
            assert_eq!(validate(&bearer(), token).unwrap_err(), InvalidToken::Key);
        }
    }
    // Nor are there secrets in a document that anybody can read.
    let oct = json!({ "kty": "oct", "kid": "oct", "k": text([1; 32]) });
    let bearer = Bearer::new(terms(), KeySet::parse(&document(&[oct])).unwrap());
    assert_eq!(validate(&bearer, hashed(&[1; 32], &head("oct"), &claims())).unwrap_err(), InvalidToken::Key);
}

#[test]
fn a_secret_is_taken_where_it_was_given() {
    let secret = "a secret of at least 32 bytes....";
    let shorter = Secret::new(&secret[..31]);
    assert!(KeySet::new().with_secret(None, &shorter).is_none());
    let keys = keys().with_secret(Some("s"), &Secret::new(secret)).unwrap();
    assert!(keys.clone().with_secret(Some("s"), &Secret::new(secret)).is_none(), "the name is taken");
    assert!(!String::from_utf8(keys.encode()).unwrap().contains("oct"), "a secret is never published");
    let bearer = Bearer::new(terms(), keys).with_clock(|| Duration::from_secs(NOW));
    let head = json!({ "alg": "HS256", "kid": "s" });
    assert!(validate(&bearer, hashed(secret.as_bytes(), &head, &claims())).is_ok());
    let other = hashed(b"another secret of at least 32 bytes", &head, &claims());
    assert_eq!(validate(&bearer, other).unwrap_err(), InvalidToken::Signature);
    let confused = json!({ "alg": "EdDSA", "kid": "s" });
    assert_eq!(validate(&bearer, signed("EdDSA", &confused, &claims())).unwrap_err(), InvalidToken::Key);
}

#[test]
fn a_token_has_one_spelling() {
    let good = signed("EdDSA", &header("EdDSA"), &claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let other = signed("EdDSA", &header("EdDSA"), &with(claims(), "sub", json!("mallory")));
    let spliced = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
    for (what, token, expected) in [
        ("claims of another", spliced, InvalidToken::Signature),
        ("no signature", format!("{message}."), InvalidToken::Signature),
        ("half a signature", format!("{message}.{}", &signature[..44]), InvalidToken::Signature),
        ("no dot", message.replace('.', ""), InvalidToken::Form),
        ("one dot", message.to_owned(), InvalidToken::Form),
        ("three dots", format!("{good}.x"), InvalidToken::Form),
        ("padding", format!("{good}=="), InvalidToken::Form),
        ("a space", format!("{good} "), InvalidToken::Form),
        ("a line", format!("{good}\r\nx: y"), InvalidToken::Form),
        ("another alphabet", format!("{message}.+/{}", &signature[2..]), InvalidToken::Form),
        ("nothing", String::new(), InvalidToken::Form),
        ("dots", "..".into(), InvalidToken::Form),
        ("many dots", ".".repeat(16 * 1024), InvalidToken::Form),
    ] {
        assert_eq!(validate(&bearer(), token).unwrap_err(), expected, "{what}");
    }
    assert!(validate(&bearer(), good).is_ok());
}

#[test]
fn a_token_has_a_largest_size() {
    let of = |padding: usize| claiming("padding", json!("x".repeat(padding)));
    let base = of(0).len();
    // Three bytes of text are four of a token; the last ones are found by trying.
    let fits =
        (0..16 * 1024).rev().find(|padding| base + padding * 4 / 3 <= 16 * 1024 && of(*padding).len() <= 16 * 1024);
    let fits = fits.unwrap();
    assert!(16 * 1024 - of(fits).len() < 2);
    assert!(validate(&bearer(), of(fits)).is_ok());
    assert_eq!(validate(&bearer(), of(fits + 1)).unwrap_err(), InvalidToken::TooLarge);
}

#[test]
fn a_token_is_from_the_issuer_for_the_service() {
    let ours = "registry.example.com";
    let several: Vec<_> = ["a", ours, "b"].map(String::from).into();
    for (member, value, expected) in [
        ("iss", json!("https://auth.example.com/token/"), Err(InvalidToken::Issuer)),
        ("iss", json!("https://AUTH.example.com/token"), Err(InvalidToken::Issuer)),
        ("iss", json!(""), Err(InvalidToken::Issuer)),
        ("iss", Value::Null, Err(InvalidToken::Claims)),
        ("iss", json!(["https://auth.example.com/token"]), Err(InvalidToken::Claims)),
        ("aud", json!("registry.example.com.evil.net"), Err(InvalidToken::Audience)),
        ("aud", json!("registry.example.co"), Err(InvalidToken::Audience)),
        ("aud", json!("*"), Err(InvalidToken::Audience)),
        ("aud", json!(""), Err(InvalidToken::Audience)),
        ("aud", json!([]), Err(InvalidToken::Audience)),
        ("aud", json!(["a", "b"]), Err(InvalidToken::Audience)),
        ("aud", json!({ "registry.example.com": 1 }), Err(InvalidToken::Claims)),
        ("aud", Value::Null, Err(InvalidToken::Claims)),
        ("aud", json!(several), Ok(())),
        ("sub", json!("alice\r\nX-Admin: yes"), Err(InvalidToken::Subject)),
        ("sub", json!("x".repeat(256)), Err(InvalidToken::Subject)),
        ("sub", json!("x".repeat(255)), Ok(())),
        ("sub", json!(7), Err(InvalidToken::Claims)),
        ("sub", json!("é"), Ok(())),
    ] {
        let found = validate(&bearer(), claiming(member, value.clone())).map(drop);
        assert_eq!(found, expected, "{member}: {value}");
    }
    let twice = format!(r#"{{"aud":"registry.example.com",{}"#, &claims().to_string()[1..]);
    let twice = signed_text("EdDSA", &header("EdDSA").to_string(), &twice);
    assert_eq!(validate(&bearer(), twice).unwrap_err(), InvalidToken::Claims, "one claim twice");
}

#[test]
fn a_token_has_its_time() {
    let cases = [
        ("exp", json!(NOW - 1), 0, Err(InvalidToken::Expired)),
        ("exp", json!(NOW), 0, Err(InvalidToken::Expired)),
        ("exp", json!(NOW + 1), 0, Ok(())),
        ("exp", json!(NOW - 60), 60, Err(InvalidToken::Expired)),
        ("exp", json!(NOW - 59), 60, Ok(())),
        ("exp", json!(NOW as f64 + 0.5), 0, Ok(())),
        ("exp", json!(NOW as f64 - 0.5), 0, Err(InvalidToken::Expired)),
        ("exp", json!(u64::MAX), 60, Ok(())),
        ("exp", json!(-1), 0, Err(InvalidToken::Claims)),
        ("exp", json!(1e300), 0, Err(InvalidToken::Claims)),
        ("exp", json!((NOW + 300).to_string()), 0, Err(InvalidToken::Claims)),
        ("exp", Value::Null, 0, Err(InvalidToken::Claims)),
        ("nbf", json!(NOW), 0, Ok(())),
        ("nbf", json!(NOW + 1), 0, Err(InvalidToken::Early)),
        ("nbf", json!(NOW + 60), 60, Ok(())),
        ("nbf", json!(NOW + 61), 60, Err(InvalidToken::Early)),
        ("nbf", Value::Null, 0, Ok(())),
        ("nbf", json!("now"), 0, Err(InvalidToken::Claims)),
        ("iat", json!(NOW + 1), 0, Err(InvalidToken::Early)),
        ("iat", json!(NOW + 60), 60, Ok(())),
        ("iat", json!(0), 0, Ok(())),
        ("iat", Value::Null, 0, Ok(())),
    ];
    for (member, value, leeway, expected) in cases {
        let bearer = bearer().with_leeway(Duration::from_secs(leeway));
        let found = validate(&bearer, claiming(member, value.clone())).map(drop);
        assert_eq!(found, expected, "{member}: {value}, leeway {leeway}");
    }
}

#[test]
fn without_a_say_a_minute_is_allowed_for_other_clocks() {
    let bearer = Bearer::new(terms(), keys()).with_clock(|| Duration::from_secs(NOW));
    let found = [NOW - 59, NOW - 60].map(|exp| validate(&bearer, claiming("exp", json!(exp))).is_ok());
    assert_eq!(found, [true, false]);
}

#[test]
fn nothing_is_taken_of_a_key_that_was_replaced() {
    let (bearer, token) = (bearer(), signed("EdDSA", &header("EdDSA"), &claims()));
    let handle = bearer.clone();
    assert!(validate(&bearer, &*token).is_ok());
    handle.set_keys(KeySet::parse(&document(&[public("ES256")])).unwrap());
    assert_eq!(validate(&bearer, &*token).unwrap_err(), InvalidToken::Key);
    // A new key under the old name.
    handle.set_keys(KeySet::parse(&document(&[with(public("EdDSA"), "x", json!(text([9; 32])))])).unwrap());
    assert_eq!(validate(&bearer, token).unwrap_err(), InvalidToken::Signature);
}

/// What the `access` of a token allows, entry by entry.
#[tokio::test]
async fn a_token_allows_what_it_names_and_nothing_beside() {
    let entry = |kind: &str, name: &str, actions: &[&str]| json!({ "type": kind, "name": name, "actions": actions });
    let repository = |name: &str, actions: &[&str]| entry("repository", name, actions);
    let cases = [
        (vec![repository("team/app", &["pull"])], "pull team/app"),
        (vec![repository("team/app", &["push"])], ""),
        (vec![repository("team/app", &["pull", "push"])], "pull push team/app"),
        (vec![repository("team/app", &["pull"]), repository("team/app", &["push"])], "pull push team/app"),
        (vec![repository("team/app", &["*"])], "pull push delete team/app"),
        (vec![repository("team/app2", &["*"])], ""),
        (vec![repository("team/ap", &["*"])], ""),
        (vec![repository("team", &["*"])], ""),
        (vec![repository("team/*", &["*"])], ""),
        (vec![repository("*", &["*"])], ""),
        (vec![repository("team/app/", &["*"])], ""),
        (vec![repository("team/app/../app", &["*"])], ""),
        (vec![repository("Team/App", &["*"])], ""),
        (vec![repository("localhost:5000/team/app", &["*"])], ""),
        (vec![repository("team/app:pull,push", &["pull"])], ""),
        (vec![repository("team/app", &["pull,push"])], ""),
        (vec![repository("team/app", &["x:pull"])], ""),
        (vec![repository("team/app", &["pull", ""])], ""),
        (vec![repository("team/app", &[])], ""),
        (vec![repository("team/app", &["Pull"])], ""),
        (vec![repository("team/app", &["pull "])], ""),
        (vec![repository("team/app\r\n", &["pull"])], ""),
        (vec![entry("repository:team", "app", &["pull"])], ""),
        (vec![entry("repository(plugin)", "team/app", &["*"])], ""),
        (vec![entry("registry", "team/app", &["*"])], ""),
        (vec![entry("", "team/app", &["*"])], ""),
        (vec![entry("registry", "catalog", &["*"])], "catalog"),
        (vec![entry("registry", "catalog", &["pull"])], ""),
        (vec![], ""),
    ];
    for (access, expected) in cases {
        let token = claiming("access", json!(access));
        assert_eq!(allowed(&token).await, expected, "{access:?}");
    }
    assert_eq!(allowed(&claiming("access", Value::Null)).await, "", "a token that allows nothing");
    let malformed = validate(&bearer(), claiming("access", json!("repository:team/app:*")));
    assert_eq!(malformed.unwrap_err(), InvalidToken::Claims);
}

/// What can be done with a token in a repository, and the list of repositories.
async fn allowed(token: &str) -> String {
    let (bearer, app) = (bearer(), Repository::from_static("team/app"));
    let identity = validate(&bearer, token).unwrap();
    assert_eq!(bearer.permit(&identity, &Access::Base).await, Permission::Granted, "any token does for that");
    let mut words = Vec::new();
    for (word, action) in [("pull", Action::Pull), ("push", Action::Push), ("delete", Action::Delete)] {
        if bearer.permit(&identity, &Access::Repository(app.clone(), action)).await == Permission::Granted {
            words.push(word);
        }
    }
    if !words.is_empty() {
        words.push("team/app");
    }
    if bearer.permit(&identity, &Access::Catalog).await == Permission::Granted {
        words.push("catalog");
    }
    words.join(" ")
}

#[tokio::test]
async fn who_has_no_token_may_do_nothing_and_is_told_how_to_get_one() {
    let (bearer, app) = (bearer(), Repository::from_static("team/app"));
    let (head, ()) = http::Request::get("/v2/").body(()).unwrap().into_parts();
    let nobody = bearer.identify(&head).await.unwrap();
    let push = Access::Repository(app, Action::Push);
    let pull = Access::Repository(Repository::from_static("base"), Action::Pull);
    for access in [&Access::Base, &Access::Catalog, &push] {
        assert_eq!(bearer.permit(&nobody, access).await, Permission::Unauthorized);
    }
    let challenge = |wanted: &[Access]| bearer.challenges(wanted).iter().map(ToString::to_string).collect::<Vec<_>>();
    let plain = r#"Bearer realm="https://auth.example.com/token",service="registry.example.com""#;
    assert_eq!(challenge(&[Access::Base]), [plain]);
    let scope = "repository:base:pull repository:team/app:pull,push";
    assert_eq!(challenge(&[push, pull]), [format!(r#"{plain},scope="{scope}""#)]);
    assert_eq!(challenge(&[Access::Catalog]), [format!(r#"{plain},scope="{}""#, Scope::catalog())]);
}

#[tokio::test]
async fn the_header_holds_one_token() {
    let good = format!("Bearer {}", signed("EdDSA", &header("EdDSA"), &claims()));
    let cases: [(&[&str], bool); 6] = [
        (&[&good], true),
        (&[&good, &good], false),
        (&["Basic YWxpY2U6d29uZGVybGFuZA=="], false),
        (&["Bearer"], false),
        (&["Bearer  "], false),
        (&["Negotiate abc"], false),
    ];
    for (lines, expected) in cases {
        let request =
            lines.iter().fold(http::Request::get("/v2/"), |request, line| request.header("authorization", *line));
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(bearer().identify(&head).await.is_ok(), expected, "{lines:?}");
    }
}
