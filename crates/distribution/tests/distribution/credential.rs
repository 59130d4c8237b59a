//! Credentials in a header, both ways.

use http::HeaderValue;
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
use wharf_distribution::{Credential, Secret};

fn read(text: &str) -> Option<Credential> {
    Credential::parse(&HeaderValue::from_str(text).unwrap())
}

#[test]
fn are_read_from_headers() {
    let basic = |name: &str, password: &str| Some(Credential::basic(name, Secret::new(password)));
    let token = |token: &str| Some(Credential::registry_token(Secret::new(token)));
    let table = [
        ("Basic cm9ib3Q6aHVudGVyMg==", basic("robot", "hunter2")),
        ("BASIC  cm9ib3Q6aHVudGVyMg== ", basic("robot", "hunter2")),
        ("Basic Og==", basic("", "")),
        ("Basic OmE6Yg==", basic("", "a:b")),
        ("Basic 8J+YgDo=", basic("😀", "")),
        ("Basic cm9ib3Q=", None),
        ("Basic cm9ib3Q6aHVudGVyMg", None),
        ("Basic /zo=", None),
        ("Basic", None),
        ("Bearer abc", token("abc")),
        ("bearer a.b-c~/+=", token("a.b-c~/+=")),
        ("Bearer a b", None),
        ("Bearer ", None),
        ("Digest abc", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(read(text), expected, "{text}");
    }
    assert_eq!(Credential::parse(&HeaderValue::from_bytes(b"Bearer \xff").unwrap()), None);
}

#[test]
fn are_not_sent_when_they_would_be_read_as_others() {
    assert_eq!(Credential::basic("a:b", Secret::new("c")).header(), None);
    for token in ["", "a b", "a\r\nX-Evil: 1", "é"] {
        assert_eq!(Credential::registry_token(Secret::new(token)).header(), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(384) })]

    #[test]
    fn are_written_as_they_are_read(name in "[^:]{0,12}", password in any::<String>(), token in "[!-~]{1,40}") {
        let all = [Credential::basic(name, Secret::new(password)), Credential::registry_token(Secret::new(token))];
        for credential in all {
            let header = credential.header().unwrap();
            prop_assert_eq!(header.is_sensitive(), true);
            prop_assert_eq!(Credential::parse(&header), Some(credential));
        }
    }
}
