//! The cache of tokens: what is found, until when, and how much is kept.

use std::time::Duration;

use http::StatusCode;
use url::Url;
use wharf_distribution::auth::{Policy, Reply, Step, Tokens};
use wharf_distribution::{Challenge, Scope, ScopeSet};
use wharf_reference::Host;

fn tokens() -> Tokens {
    let home = Url::parse("https://r.example").unwrap();
    Tokens::new(Policy::new(Host::parse("r.example").unwrap(), home))
}

/// Gets a token of 300 seconds for some scopes, by the way of a request that is asked for it.
fn get(tokens: &mut Tokens, scopes: &str, token: &str, now: u64) {
    let now = Duration::from_secs(now);
    let mut step = Step::begin(tokens, ScopeSet::parse(scopes).iter().cloned().collect(), now);
    for _ in 0..5 {
        step = match step {
            Step::Send(sending) if sending.authorization().is_none() => {
                let challenge = Challenge::bearer("https://r.example/token");
                let reply = Reply::new(StatusCode::UNAUTHORIZED).with_challenges(challenge);
                sending.answered(tokens, &reply, (), now)
            }
            Step::Identify(identify) => identify.with(tokens, None, now),
            Step::Exchange(exchange) => {
                let body = format!(r#"{{"token":"{token}","expires_in":300}}"#);
                exchange.answered(tokens, StatusCode::OK, body.as_bytes())
            }
            _ => return,
        };
    }
}

fn found(tokens: &Tokens, scopes: &str, now: u64) -> Option<String> {
    let header = tokens.find(&ScopeSet::parse(scopes), Duration::from_secs(now))?;
    Some(header.to_str().unwrap().to_owned())
}

#[test]
fn a_token_is_for_what_its_scopes_cover_and_until_shortly_before_it_expires() {
    let mut tokens = tokens();
    get(&mut tokens, "repository:a:pull,push repository:b:pull", "x", 1_000);
    let table = [
        ("repository:a:pull,push repository:b:pull", 1_000, true),
        ("repository:a:pull", 1_000, true),
        ("repository:b:pull repository:a:push", 1_000, true),
        ("", 1_000, true),
        ("repository:a:delete", 1_000, false),
        ("repository:b:push", 1_000, false),
        ("repository:c:pull", 1_000, false),
        ("repository:a:pull repository:c:pull", 1_000, false),
        ("repository:a:pull", 1_294, true),
        ("repository:a:pull", 1_295, false),
        ("repository:a:pull", u64::MAX, false),
        ("repository:a:pull", 0, true),
    ];
    for (scopes, now, is_found) in table {
        assert_eq!(found(&tokens, scopes, now), is_found.then(|| "Bearer x".into()), "{scopes} at {now}");
    }
}

/// The order in which scopes were asked for does not make another token of it.
#[test]
fn a_set_is_known_in_any_order() {
    let mut tokens = tokens();
    get(&mut tokens, "repository:b:pull repository:a:push", "x", 0);
    assert!(tokens.is_known(&ScopeSet::parse("repository:a:push repository:b:pull")));
    assert!(!tokens.is_known(&ScopeSet::parse("repository:a:push")));
}

#[test]
fn what_is_forgotten_is_forgotten_wherever_it_is_kept() {
    let mut tokens = tokens();
    get(&mut tokens, "repository:a:pull", "same", 0);
    get(&mut tokens, "repository:b:pull", "same", 0);
    get(&mut tokens, "repository:c:pull", "other", 0);
    let same = tokens.find(&ScopeSet::parse("repository:a:pull"), Duration::ZERO).unwrap().clone();
    tokens.forget(&same);
    let scopes = ["repository:a:pull", "repository:b:pull", "repository:c:pull"];
    assert_eq!(scopes.map(|scopes| found(&tokens, scopes, 0)), [None, None, Some("Bearer other".into())]);
    assert!(tokens.is_known(&ScopeSet::parse("repository:a:pull")), "how it was got is not");
}

/// A client that visits more repositories than that asks again, for the one whose token expires first.
#[test]
fn no_more_is_kept_than_anybody_needs() {
    let mut tokens = tokens();
    let scope = |number: usize| format!("repository:r{number}:pull");
    for number in 0..1_024 {
        get(&mut tokens, &scope(number), "x", if number == 7 { 0 } else { 10 });
    }
    let known = |tokens: &Tokens| (0..1_100).filter(|number| found(tokens, &scope(*number), 20).is_some()).count();
    assert_eq!(known(&tokens), 1_024);
    get(&mut tokens, &scope(1_024), "x", 20);
    assert_eq!((known(&tokens), found(&tokens, &scope(7), 20)), (1_024, None));
    get(&mut tokens, &scope(1_025), "x", 400);
    let kept = (0..1_100).filter(|number| tokens.is_known(&Scope::parse(&scope(*number)).unwrap().into())).count();
    assert_eq!(kept, 1, "whose token has expired goes first");
}
