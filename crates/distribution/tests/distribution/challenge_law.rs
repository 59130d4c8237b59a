//! Challenges are written as challenges that read the same, whoever wrote them first.

use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use wharf_distribution::Challenge;

/// Values with what has to be escaped, what separates, and what is just text.
fn challenge() -> impl Strategy<Value = Challenge> {
    let parameters = proptest::collection::vec(("[a-z]{1,3}[0-9]?", r#"[ -~]{0,8}|["\\,= ]{0,6}"#), 0..5);
    ("(Bearer|basic|X-9!)", parameters).prop_map(|(scheme, parameters)| {
        let empty = Challenge::new(&scheme).unwrap();
        parameters.iter().fold(empty, |challenge, (name, value)| {
            // A name that is there already is refused, which leaves the challenge as it was.
            challenge.clone().with(name, value).unwrap_or(challenge)
        })
    })
}

fn joined(challenges: &[Challenge]) -> String {
    challenges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(768) })]

    #[test]
    fn one_is_written_as_it_is_read(challenge in challenge()) {
        prop_assert_eq!(Challenge::parse(&challenge.to_string()), [challenge]);
    }

    #[test]
    fn a_list_is_written_as_it_is_read(challenges in proptest::collection::vec(challenge(), 0..4)) {
        prop_assert_eq!(Challenge::parse(&joined(&challenges)), challenges);
    }

    #[test]
    fn what_registries_write_reads_the_same_when_it_is_written_again(text in r#"[a-zB" ,=\\/:é\t]{0,40}"#) {
        let read = Challenge::parse(&text);
        prop_assert_eq!(Challenge::parse(&joined(&read)), read);
    }

    #[test]
    fn nothing_in_one_ends_its_header(name in any::<String>(), value in any::<String>()) {
        if let Some(challenge) = Challenge::basic("x").unwrap().with(&name, &value) {
            let text = challenge.to_string();
            prop_assert!(http::HeaderValue::from_str(&text).is_ok_and(|header| header.to_str().is_ok()), "{text:?}");
            prop_assert_eq!(challenge.parameter(&name), Some(value.as_str()));
        }
    }
}

#[test]
fn a_header_holds_so_much() {
    let challenge = |length: usize| Challenge::new("Basic").unwrap().with("realm", &"x".repeat(length));
    // Basic realm="": 14 bytes
    assert_eq!(challenge(8_178).map(|challenge| challenge.to_string().len()), Some(8_192));
    assert_eq!(challenge(8_179), None);
    let quotes = Challenge::new("Basic").unwrap().with("realm", &"\"".repeat(4_090));
    assert_eq!(quotes, None, "each of them takes two bytes");
    let many =
        (0..64).try_fold(Challenge::new("Basic").unwrap(), |challenge, at| challenge.with(&format!("p{at}"), ""));
    assert_eq!(many.unwrap().with("p64", ""), None);
}
