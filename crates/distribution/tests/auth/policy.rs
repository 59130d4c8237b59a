//! Whom a registry may name to be told a password, and what it may make of a token.

use url::Url;
use wharf_distribution::auth::{Policy, Widening};
use wharf_distribution::{Challenge, Scope, UrlFault};
use wharf_reference::Host;

fn policy(host: &str, home: &str) -> Policy {
    Policy::new(Host::parse(host).unwrap(), Url::parse(home).unwrap())
}

#[test]
fn credentials_go_to_whom_they_belong_to_and_to_whom_the_caller_named() {
    let https = policy("r.example", "https://r.example").trusting(Url::parse("https://login.example").unwrap());
    let http = policy("r.example", "http://r.example").trusting(Url::parse("http://login.example").unwrap());
    let hub = policy("docker.io", "https://registry-1.docker.io");
    let machine = policy("127.0.0.1:5000", "https://127.0.0.1:5000");
    let table = [
        (&https, "https://r.example/t", Ok(true)),
        (&https, "https://r.example:443/t", Ok(true)),
        (&https, "https://r.example:444/t", Ok(false)),
        (&https, "https://login.example/any", Ok(true)),
        (&https, "https://login.example.evil/any", Ok(false)),
        (&https, "https://auth.docker.io/token", Ok(false)),
        (&https, "http://r.example/t", Err(UrlFault::Insecure)),
        (&https, "http://login.example/t", Err(UrlFault::Insecure)),
        (&https, "https://10.0.0.1/t", Err(UrlFault::PrivateAddress)),
        (&https, "https://192.0.2.1/t", Err(UrlFault::PrivateAddress)),
        (&https, "https://[::ffff:7f00:1]/t", Err(UrlFault::PrivateAddress)),
        (&https, "https://localhost/t", Err(UrlFault::PrivateAddress)),
        (&https, "https://a.localhost./t", Err(UrlFault::PrivateAddress)),
        (&http, "http://r.example/t", Ok(true)),
        (&http, "http://login.example/t", Ok(true)),
        (&http, "http://other.example/t", Err(UrlFault::Insecure)),
        (&http, "https://r.example/t", Ok(false)),
        (&hub, "https://auth.docker.io/token", Ok(true)),
        (&hub, "https://auth.docker.io:444/token", Ok(false)),
        (&hub, "http://auth.docker.io/token", Err(UrlFault::Insecure)),
        (&machine, "https://127.0.0.1:5000/t", Ok(true)),
        (&machine, "https://127.0.0.1:6000/t", Ok(false)),
        (&machine, "https://127.0.0.2:5000/t", Err(UrlFault::PrivateAddress)),
    ];
    for (policy, realm, expected) in table {
        assert_eq!(policy.judge(&Url::parse(realm).unwrap()), expected, "{realm} for {}", policy.home());
    }
}

/// What was asked for, what the registry names, and what is asked for then.
#[test]
fn a_token_is_made_wider_by_what_is_of_the_same_kind() {
    let table = [
        ("repository:a:pull", "repository:a:metadata_read", Some("repository:a:metadata_read,pull")),
        ("repository:a:pull", "repository:a:pull", None),
        ("repository:a:pull", "repository:a:push", None),
        ("repository:a:pull", "repository:a:*", None),
        ("repository:a:pull", "repository:a:delete,metadata_read", Some("repository:a:metadata_read,pull")),
        ("repository:a:pull", "repository:b:metadata_read", None),
        ("repository:a:pull", "repository(plugin):a:metadata_read", None),
        ("repository:a:pull", "registry:catalog:*", None),
        ("repository:a:pull", "aws", None),
        ("repository:a:pull", "", None),
        ("repository:a:pull,push", "repository:a:delete", Some("repository:a:delete,pull,push")),
        ("repository:a:pull,push", "repository:a:*", Some("repository:a:*,pull,push")),
        ("repository:a:pull,push", "repository:b:delete", None),
        ("registry:catalog:*", "registry:catalog:pull", Some("registry:catalog:*,pull")),
        (
            "repository:b:pull,push repository:a:pull",
            "repository:a:metadata_read,push repository:c:pull",
            Some("repository:a:metadata_read,pull repository:b:pull,push"),
        ),
        ("repository:a:pull repository:a:push", "repository:a:delete", Some("repository:a:delete,pull,push")),
    ];
    let policy = policy("r.example", "https://r.example");
    for (asked, named, expected) in table {
        let asked: Vec<_> = asked.split(' ').map(|text| Scope::parse(text).unwrap()).collect();
        let challenge = Challenge::bearer("x").unwrap().with("scope", named).unwrap();
        let wider = policy.widen(&asked, &challenge);
        let told = wider.map(|scopes| scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        assert_eq!(told.as_deref(), expected, "{named}");
        assert_eq!(policy.clone().with_widening(Widening::Never).widen(&asked, &challenge), None);
    }
}

/// A registry that names another right each time that it is asked.
#[test]
fn a_token_does_not_grow_for_ever() {
    let policy = policy("r.example", "https://r.example");
    let mut asked = vec![Scope::parse("repository:a:pull,push").unwrap()];
    for number in 0..100 {
        let challenge = Challenge::bearer("https://r.example/t").unwrap();
        let challenge = challenge.with("scope", &format!("repository:a:right{number}")).unwrap();
        asked = policy.widen(&asked, &challenge).unwrap_or(asked);
    }
    let count = asked.iter().flat_map(Scope::actions).count();
    assert!((3..=16).contains(&count), "{count}");
}
