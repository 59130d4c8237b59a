//! The pull secrets of Kubernetes.

use wharf_client::docker_config::{ProblemKind, PullSecrets};
use wharf_client::{Credential, Credentials};
use wharf_registry::{Host, Repository};

use crate::table::{SECRET, assert_clean, rows};

/// A map with an entry for each key, whose users are a, b, c and so on.
fn entries(keys: &str, first: char) -> String {
    let entry = |(user, key)| format!(r#""{key}":{{"username":"{user}","password":"{SECRET}"}}"#);
    let entries: Vec<_> = (first..='z').zip(keys.split(' ')).map(entry).collect();
    format!("{{{}}}", entries.join(","))
}

fn users<'a>(found: impl Iterator<Item = &'a Credential>) -> String {
    let users: Vec<_> = found.map(|credential| credential.username().unwrap()).collect();
    if users.is_empty() { "-".into() } else { users.join(" ") }
}

#[tokio::test]
async fn the_candidates_are_those_of_the_table() {
    for [keys, host, repository, expected, origin] in rows("pull-secrets.tsv", 59) {
        let row = format!("{keys} {host}/{repository} ({origin})");
        let (host, repository) = (Host::parse(&host).unwrap(), Repository::parse(&repository).unwrap());
        let (mut new, mut old) = (PullSecrets::default(), PullSecrets::default());
        new.add_docker_config_json(format!(r#"{{"auths":{}}}"#, entries(&keys, 'a')).as_bytes()).unwrap();
        old.add_docker_cfg(entries(&keys, 'a').as_bytes()).unwrap();
        for secrets in [new, old] {
            assert_clean(&row, &format!("{secrets:?}"));
            assert_eq!(users(secrets.find(&host, &repository)), expected, "{row}");
            let first = secrets.scoped(&repository).credential(&host).await.unwrap();
            let first = first.as_ref().map_or("-", |first| first.username().unwrap());
            assert_eq!(first, expected.split(' ').next().unwrap(), "{row}");
        }
    }
}

#[test]
fn several_secrets_are_one_ring_in_their_order() {
    let mut secrets = PullSecrets::default();
    secrets.add_docker_cfg(entries("r.io r.io/team", 'a').as_bytes()).unwrap();
    secrets.add_docker_cfg(entries("r.io r.io/team", 'm').as_bytes()).unwrap();
    let found = secrets.find(&Host::parse("r.io").unwrap(), &Repository::parse("team/app").unwrap());
    assert_eq!(users(found), "b n a m");
}

#[test]
fn a_broken_entry_is_told_and_a_broken_secret_adds_nothing() {
    let mut secrets = PullSecrets::default();
    secrets
        .add_docker_config_json(br#"{"auths":{"*.io":{"auth":"!"},"r?":{},"r.io":{"auth":"cm9ib3Q6eA=="}}}"#)
        .unwrap();
    let told: Vec<_> = secrets.problems().iter().map(|told| (told.position(), told.registry(), told.kind())).collect();
    assert_eq!(told, [(0, Some("*.io"), ProblemKind::Base64), (1, None, ProblemKind::Key)]);
    secrets.add_docker_config_json(br#"{"auths":{"r.io":{"auth":"cm9ib3Q6eA=="}},"#).unwrap_err();
    let found = secrets.find(&Host::parse("r.io").unwrap(), &Repository::parse("app").unwrap());
    assert_eq!(users(found), "robot");
}

#[test]
fn stars_without_end_take_no_time() {
    let (pattern, label) = ("*a".repeat(30), "a".repeat(29));
    let mut secrets = PullSecrets::default();
    secrets.add_docker_cfg(entries(&format!("{pattern}.io"), 'a').as_bytes()).unwrap();
    let host = Host::parse(&format!("{label}.io")).unwrap();
    assert_eq!(users(secrets.find(&host, &Repository::parse("app").unwrap())), "-");
}
