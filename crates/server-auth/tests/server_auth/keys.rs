//! Key set documents, and keys that sign.

use serde_json::{Value, json};
use wharf_server_auth::{Algorithm, KeySet, KeySetFault, SigningKey};

use crate::forge::{ED25519, P256, document, keys, public, text, with};

fn fault(keys: &[Value]) -> Option<(Option<usize>, KeySetFault)> {
    KeySet::parse(&document(keys)).err().map(|error| (error.at(), error.fault()))
}

#[test]
fn documents_that_cannot_be_used() {
    let [ed25519, p256, rsa] = ["EdDSA", "ES256", "RS256"].map(public);
    let number = |bytes: usize, first: u8| json!(text([vec![first], vec![1; bytes - 1]].concat()));
    for (what, key, expected) in [
        ("a coordinate that is short", with(ed25519.clone(), "x", json!(text([1; 31]))), KeySetFault::Size),
        ("a coordinate that is long", with(p256.clone(), "y", json!(text([1; 33]))), KeySetFault::Size),
        ("no coordinate", with(p256.clone(), "y", Value::Null), KeySetFault::Malformed),
        ("another alphabet", with(ed25519.clone(), "x", json!("+/==")), KeySetFault::Malformed),
        ("2,047 bits", with(rsa.clone(), "n", number(256, 0x7f)), KeySetFault::Size),
        ("1,024 bits", with(rsa.clone(), "n", number(128, 0xff)), KeySetFault::Size),
        ("8,193 bits", with(rsa.clone(), "n", number(1_025, 1)), KeySetFault::Size),
        ("no number", with(rsa.clone(), "n", json!(text([0; 256]))), KeySetFault::Malformed),
        ("an even exponent", with(rsa.clone(), "e", json!(text([2]))), KeySetFault::Malformed),
        ("an exponent of one", with(rsa.clone(), "e", json!(text([1]))), KeySetFault::Malformed),
        ("a long exponent", with(rsa.clone(), "e", json!(text([3; 5]))), KeySetFault::Malformed),
        ("a private key", with(ed25519.clone(), "d", json!(text([1; 32]))), KeySetFault::Private),
        ("no kind", with(ed25519.clone(), "kty", Value::Null), KeySetFault::Malformed),
        ("a text", json!("key"), KeySetFault::Malformed),
        ("the same name", with(ed25519.clone(), "x", json!(text([1; 32]))), KeySetFault::Duplicate),
    ] {
        assert_eq!(fault(&[ed25519.clone(), key]), Some((Some(1), expected)), "{what}");
    }
    assert_eq!(fault(&vec![json!({ "kty": "x" }); 64]), None);
    assert_eq!(fault(&vec![json!({ "kty": "x" }); 65]), Some((None, KeySetFault::TooLarge)));
    assert_eq!(fault(&[json!({ "kty": "x".repeat(64 * 1024) })]), Some((None, KeySetFault::TooLarge)));
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, "\u{0}"] {
        assert_eq!(KeySet::parse(text.as_bytes()).unwrap_err().fault(), KeySetFault::Malformed, "{text}");
    }
    let error = KeySet::parse(&document(&[with(rsa, "e", json!("!"))])).unwrap_err();
    assert_eq!(error.to_string(), "not a key set that can be read (key 0)");
}

#[test]
fn what_is_for_others_is_left_out() {
    let ed25519 = public("EdDSA");
    for (member, value, is_taken) in [
        ("use", json!("sig"), true),
        ("use", json!("enc"), false),
        ("key_ops", json!(["verify"]), true),
        ("key_ops", json!(["encrypt"]), false),
        ("alg", json!("EdDSA"), true),
        ("alg", json!("ES256"), false),
        ("crv", json!("X25519"), false),
        ("kty", json!("AKP"), false),
        ("x5c", json!(["MII"]), true),
        ("kid", Value::Null, true),
    ] {
        let keys = KeySet::parse(&document(&[with(ed25519.clone(), member, value.clone())])).unwrap();
        assert_eq!(keys.iter().count(), usize::from(is_taken), "{member}: {value}");
    }
}

#[test]
fn leading_zeros_are_no_part_of_a_number() {
    let rsa = public("RS256");
    let n =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, rsa["n"].as_str().unwrap()).unwrap();
    let padded = KeySet::parse(&document(&[with(rsa.clone(), "n", json!(text([vec![0], n].concat())))])).unwrap();
    assert_eq!(padded.encode(), KeySet::parse(&document(&[rsa])).unwrap().encode());
}

#[test]
fn what_is_written_reads_the_same() {
    let keys = keys();
    let names: Vec<_> = keys.iter().collect();
    assert_eq!(
        names,
        [(Some("ed"), Algorithm::EdDsa), (Some("ec"), Algorithm::Es256), (Some("rsa"), Algorithm::Rs256)]
    );
    let again = KeySet::parse(&keys.encode()).unwrap();
    assert_eq!(again.encode(), keys.encode());
    assert_eq!(again.iter().collect::<Vec<_>>(), names);
}

#[test]
fn keys_of_openssl_can_sign() {
    for (der, algorithm, name) in [(ED25519, Algorithm::EdDsa, "EdDSA"), (P256, Algorithm::Es256, "ES256")] {
        let key = SigningKey::from_pkcs8(der).unwrap();
        assert_eq!(key.key_set().iter().next(), Some((Some(key.id()), algorithm)));
        let named = KeySet::parse(&document(&[with(public(name), "kid", json!(key.id()))])).unwrap();
        assert_eq!(key.key_set().encode(), named.encode(), "{algorithm}");
    }
    let rsa = include_bytes!("../data/rsa.pk8");
    for der in [&rsa[..], b"", &ED25519[..40]] {
        assert!(SigningKey::from_pkcs8(der).is_err());
    }
}

/// RFC 8037, appendix A.3.
#[test]
fn a_key_is_named_by_its_thumbprint() {
    let seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    let seed = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, seed).unwrap();
    let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let key = SigningKey::from_pkcs8(&[&prefix[..], &seed].concat()).unwrap();
    assert_eq!(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn nothing_that_is_secret_is_printed() {
    let key = SigningKey::from_pkcs8(ED25519).unwrap();
    let printed = format!("{key:?}");
    assert!(printed.starts_with("SigningKey { id: ") && printed.len() < 120, "{printed}");
    let secret = wharf_server::distribution::Secret::new("hunter2".repeat(5));
    let keys = KeySet::new().with_secret(None, &secret).unwrap();
    assert_eq!(format!("{keys:?}"), "KeySet([Key { id: None, algorithm: Hs256, .. }])");
}
