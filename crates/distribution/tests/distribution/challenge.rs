//! The tables of challenges and of the requests that answer them.

use wharf_distribution::{Challenge, Scope, TokenRequest};

use crate::table::rows;

/// Every parameter of the table; those that a row does not name must be absent.
const NAMES: [&str; 11] = [
    "realm",
    "service",
    "scope",
    "error",
    "charset",
    "type",
    "title",
    "qop",
    "algorithm",
    "nonce",
    "error_description",
];

#[test]
fn are_read_as_the_table_says() {
    for [input, expected, origin] in rows("challenge.tsv", 54) {
        let challenges = Challenge::parse(&input);
        let expected: Vec<_> = expected.split(" | ").filter(|challenge| *challenge != "-").collect();
        assert_eq!(challenges.len(), expected.len(), "{origin}: {input}\n{challenges:?}");
        for (challenge, expected) in challenges.iter().zip(expected) {
            check(challenge, expected, &format!("{origin}: {input}"));
        }
    }
}

fn check(challenge: &Challenge, expected: &str, case: &str) {
    let mut parts = expected.split("; ");
    let scheme = parts.next().unwrap();
    assert!(challenge.is(scheme) && challenge.is(&scheme.to_uppercase()), "{case}\n{challenge:?}");
    let parameters: Vec<_> = parts.map(|parameter| parameter.split_once('=').unwrap()).collect();
    assert!(parameters.iter().all(|(name, _)| NAMES.contains(name)), "a name that is not in the list: {case}");
    for name in NAMES {
        let expected = parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        assert_eq!(challenge.parameter(name), expected, "{name} of {case}");
        assert_eq!(challenge.parameter(&name.to_uppercase()), expected, "{name} of {case}");
    }
}

#[test]
fn are_answered_as_the_table_says() {
    for [input, scopes, expected, origin] in rows("token-request.tsv", 24) {
        let challenges = Challenge::parse(&input);
        let scopes =
            scopes.split(' ').filter(|scope| *scope != "-").map(|scope| Scope::parse(scope).unwrap()).collect();
        let told = match TokenRequest::new(&challenges[0], scopes) {
            Ok(request) => request.url().to_string(),
            Err(error) => format!("E:{error:?}"),
        };
        assert_eq!(told, expected, "{origin}: {input}");
    }
}

#[test]
fn have_no_more_parameters_than_anybody_needs() {
    let header = |count: usize| {
        let parameters: Vec<_> = (0..count).map(|at| format!("p{at}=v")).collect();
        format!("Bearer {}, Basic realm=x", parameters.join(","))
    };
    assert_eq!(Challenge::parse(&header(63)).len(), 2);
    assert_eq!(Challenge::parse(&header(64)).len(), 2);
    let cut = Challenge::parse(&header(65));
    assert_eq!((cut.len(), cut[0].parameter("p63"), cut[0].parameter("p64")), (1, Some("v"), None));
}
