//! What holds for every digest.

use proptest::prelude::*;
use wharf_digest::{Digest, Hasher};

/// Any grammatical digest, registered or not.
fn text() -> impl Strategy<Value = String> {
    let unknown = (r"[a-z0-9]{1,4}([+._-][a-z0-9]{1,4}){0,2}", "[A-Za-z0-9=_-]{1,8}");
    prop_oneof![
        "[0-9a-f]{64}".prop_map(|hex| format!("sha256:{hex}")),
        "[0-9a-f]{128}".prop_map(|hex| format!("sha512:{hex}")),
        unknown.prop_map(|(algorithm, encoded)| format!("{algorithm}:{encoded}")),
    ]
}

/// A digest's text with one byte replaced.
fn damaged() -> impl Strategy<Value = String> {
    (text(), any::<prop::sample::Index>(), any::<char>()).prop_map(|(text, at, with)| {
        let at = at.index(text.len());
        format!("{}{with}{}", &text[..at], &text[at + 1..])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn prints_as_it_was_written(text in text()) {
        let digest = Digest::parse(&text).unwrap();
        prop_assert_eq!(digest.to_string(), &*text);
        prop_assert_eq!(format!("{}:{}", digest.algorithm(), digest.encoded()), text);
    }

    #[test]
    fn orders_as_the_texts_do(one in text(), two in text()) {
        let (first, second) = (Digest::parse(&one).unwrap(), Digest::parse(&two).unwrap());
        prop_assert_eq!(first.cmp(&second), one.cmp(&two));
        prop_assert_eq!(first == second, one == two);
    }

    #[test]
    fn an_error_lies_within_the_text_and_within_no_character(text in damaged()) {
        match Digest::parse(&text) {
            Ok(digest) => prop_assert_eq!(digest.to_string(), text),
            Err(error) => prop_assert!(error.at() <= text.len() && text.is_char_boundary(error.at())),
        }
    }

    #[test]
    fn hashing_in_pieces_is_hashing_the_whole(content in prop::collection::vec(any::<u8>(), 0..300), cut in 0..300_usize) {
        for whole in [Hasher::sha256(), Hasher::sha512()] {
            let (mut whole, mut pieces) = (whole.clone(), whole);
            whole.update(&content);
            let (one, two) = content.split_at(cut.min(content.len()));
            pieces.update(one);
            pieces.update(two);
            prop_assert_eq!(whole.finish(), pieces.finish());
        }
    }
}

#[cfg(feature = "serde")]
#[test]
fn travels_as_its_text() {
    let digest = Digest::of(b"{}");
    let json = serde_json::to_string(&digest).unwrap();
    assert_eq!(json, format!("\"{digest}\""));
    assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    assert!(serde_json::from_str::<Digest>("\"sha256:../x\"").is_err());
    assert!(serde_json::from_str::<Digest>("7").is_err());
}

/// FIPS 180-4: the examples for one block, and the hash of nothing.
#[test]
fn computes_what_the_standard_says() {
    let sha512 = |content: &[u8]| {
        let mut hasher = Hasher::sha512();
        hasher.update(content);
        hasher.finish().to_string()
    };
    let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(Digest::of(b"abc").to_string(), abc);
    let abc = "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
               2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
    assert_eq!(sha512(b"abc"), abc);
    let nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Digest::of(b"").to_string(), nothing);
}

#[test]
fn keeps_its_size() {
    assert_eq!(size_of::<Digest>(), 72);
    assert_eq!(size_of::<Option<Digest>>(), 72);
    const fn shared<T: Send + Sync + Unpin + 'static>() {}
    shared::<Digest>();
    shared::<Hasher>();
}

#[test]
fn prints_into_columns_like_any_text() {
    let digest = Digest::parse("a:b").unwrap();
    assert_eq!(format!("{digest:>5}|{:<4}|", digest.encoded()), "  a:b|b   |");
    let digest = Digest::of(b"");
    assert_eq!(format!("{digest:.11}"), "sha256:e3b0");
}
