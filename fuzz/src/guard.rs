//! Laws of what guards a registry: files of users, and tokens.

#![allow(clippy::indexing_slicing, reason = "a member that a JSON value lacks is null")]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use wharf_server::distribution::{Scope, Secret};
use wharf_server_auth::{Bearer, Htpasswd, KeySet, Terms};

const NOW: u64 = 1_800_000_000;
/// By how much clocks may differ, in seconds.
const LEEWAY: u64 = 60;
const SERVICE: &str = "registry.example";

/// Every line of a file that is read is a comment, or a user and a hash that is as long as those of bcrypt are; of one
/// that is not, the line is named, and nothing of it is told.
pub fn htpasswd(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().map(str::trim_ascii);
    match Htpasswd::parse(text) {
        Ok(users) => {
            let lines: Vec<_> = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
            assert_eq!(users.users(), lines.len());
            for line in lines {
                let Some((name, hash)) = line.split_once(':') else { panic!("a line without a colon") };
                assert!(!name.is_empty() && hash.len() == 60 && hash.starts_with("$2"), "{line}");
            }
            assert!(!format!("{users:?}").contains("$2"));
        }
        Err(error) => {
            assert!(error.line() <= lines.count(), "{error}");
            assert_eq!(error.to_string().contains(" (line "), error.line() > 0);
        }
    }
}

/// A token that was not signed is never taken; one that was is taken only for what it says, as another reader of its
/// claims finds it. The input is a header and claims, separated by a line's end.
pub fn bearer(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Ok(pair) = Ed25519KeyPair::from_seed_unchecked(&[7; 32]) else { panic!("a seed is 32 bytes") };
    let bearer = bearer_of(&pair);
    assert!(bearer.validate(&Secret::new(text)).is_err());

    let (header, claims) = text.split_once('\n').unwrap_or((r#"{"alg":"EdDSA"}"#, text));
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    assert!(bearer.validate(&Secret::new(format!("{message}."))).is_err());
    let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes())));
    let Ok(identity) = bearer.validate(&Secret::new(token)) else { return };

    let Ok(header) = serde_json::from_str::<Value>(header) else { panic!("a header that is none") };
    let Ok(claims) = serde_json::from_str::<Value>(claims) else { panic!("claims that are none") };
    assert_eq!((&header["alg"], header.get("crit").filter(|crit| !crit.is_null())), (&json!("EdDSA"), None));
    assert_eq!(claims["iss"], "issuer");
    assert!(claims["aud"] == SERVICE || claims["aud"].as_array().is_some_and(|all| all.contains(&json!(SERVICE))));
    assert!(claims["exp"].as_f64().is_some_and(|expiry| expiry + LEEWAY as f64 > NOW as f64));
    assert!(identity.name().is_none_or(|name| claims["sub"] == name && !name.contains(char::is_control)));
    for scope in identity.grants().into_iter().flat_map(|grants| grants.iter()) {
        scope.actions().for_each(|action| assert!(claimed(&claims, scope, action), "{scope}"));
    }
}

/// Whether one entry names the resource and the action.
fn claimed(claims: &Value, scope: &Scope, action: &str) -> bool {
    claims["access"].as_array().into_iter().flatten().any(|entry| {
        let actions = entry["actions"].as_array();
        entry["type"] == scope.kind()
            && entry["name"] == scope.name()
            && actions.is_some_and(|all| all.contains(&json!(action)))
    })
}

fn bearer_of(pair: &Ed25519KeyPair) -> Bearer {
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(pair.public_key()) });
    let keys = KeySet::parse(json!({ "keys": [key] }).to_string().as_bytes());
    let terms = Terms::new("https://auth.example/token", SERVICE).map(|terms| terms.with_issuer("issuer"));
    let (Ok(keys), Some(terms)) = (keys, terms) else { panic!("a key, and terms") };
    Bearer::new(terms, keys).with_clock(|| Duration::from_secs(NOW)).with_leeway(Duration::from_secs(LEEWAY))
}
