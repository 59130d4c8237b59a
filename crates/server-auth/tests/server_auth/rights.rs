//! Who may do what.

use wharf_server::registry::Repository;
use wharf_server::{Access, Action};
use wharf_server_auth::{Rules, Who};

const ALL: [Action; 3] = [Action::Pull, Action::Push, Action::Delete];

fn may(rules: &Rules, user: Option<&str>, repository: &str) -> String {
    let repository = Repository::parse(repository).unwrap();
    let letters = ["r", "w", "d"].into_iter().zip(ALL);
    letters.filter(|(_, action)| rules.allows(user, &repository, *action)).map(|(letter, _)| letter).collect()
}

#[test]
fn the_first_rule_that_fits_decides() {
    let rules = Rules::none()
        .allow(Who::user("robot"), "team/ci", &[Action::Push])
        .and_then(|rules| rules.allow(Who::SignedIn, "team/secret/**", &[]))
        .and_then(|rules| rules.allow(Who::user("alice"), "**", &ALL))
        .and_then(|rules| rules.allow(Who::SignedIn, "team/*", &[Action::Pull, Action::Push]))
        .and_then(|rules| rules.allow(Who::Everybody, "library/**", &[Action::Pull]))
        .unwrap();
    for (user, repository, expected) in [
        (Some("robot"), "team/ci", "w"),
        (Some("robot"), "team/ci2", "rw"),
        (Some("robot"), "team/ci/sub", ""),
        (Some("alice"), "team/ci", "rwd"),
        (Some("alice"), "any/thing/else", "rwd"),
        (Some("alice"), "team/secret/a", ""),
        (Some("alice"), "team/secret/a/b", ""),
        (Some("alice"), "team/secret", "rwd"),
        (Some("Alice"), "any", ""),
        (Some("bob"), "team/app", "rw"),
        (Some("bob"), "team", ""),
        (Some("bob"), "teams/app", ""),
        (Some("bob"), "library/a/b/c", "r"),
        (Some(""), "library/a", "r"),
        (None, "library/busybox", "r"),
        (None, "library", ""),
        (None, "my/library/busybox", ""),
        (None, "team/app", ""),
    ] {
        assert_eq!(may(&rules, user, repository), expected, "{user:?}, {repository}");
    }
}

#[test]
fn two_stars_are_any_depth_below_a_pattern() {
    let rules = |pattern| Rules::none().allow(Who::Everybody, pattern, &[Action::Pull]).unwrap();
    for (pattern, fits, others) in [
        ("**", &["a", "a/b", "a/b/c"][..], &[][..]),
        ("*", &["a", "abc"], &["a/b"]),
        ("*/**", &["a/b", "a/b/c"], &["a"]),
        ("a/**", &["a/b", "a/b/c"], &["a", "ab", "ab/c", "b/a/c"]),
        ("a/*/**", &["a/b/c", "a/b/c/d"], &["a", "a/b"]),
        ("team-?/**", &["team-a/x", "team-b/x/y"], &["team-ab/x", "team-a"]),
        ("a/[bc]", &["a/b", "a/c"], &["a/d", "a/b/c"]),
        ("a**", &["ab", "abc"], &["a/b", "ab/c"]),
        ("a/b**", &["a/b", "a/bc"], &["a/b/c"]),
    ] {
        let rules = rules(pattern);
        assert!(fits.iter().all(|name| may(&rules, None, name) == "r"), "{pattern}");
        assert!(others.iter().all(|name| may(&rules, None, name).is_empty()), "{pattern}");
    }
    for pattern in ["[", "a[/**", "a\\", "[]"] {
        assert!(Rules::none().allow(Who::Everybody, pattern, &ALL).is_err(), "{pattern}");
    }
}

#[test]
fn the_default_is_everything_for_who_signed_in() {
    let rules = Rules::default();
    assert_eq!([Some("alice"), None].map(|user| may(&rules, user, "a/b/c")), ["rwd", ""]);
    assert_eq!([Some("alice"), None].map(|user| rules.permit(user, &Access::Catalog)), [true, false]);
    assert_eq!(may(&Rules::none(), Some("alice"), "a"), "");
}

#[test]
fn who_may_do_something_somewhere_may_ask_for_the_list() {
    let rules = Rules::none()
        .allow(Who::Everybody, "secret/**", &[])
        .and_then(|rules| rules.allow(Who::user("alice"), "team/app", &[Action::Pull]))
        .unwrap();
    for access in [Access::Catalog, Access::Base] {
        assert_eq!([Some("alice"), Some("bob"), None].map(|user| rules.permit(user, &access)), [true, false, false]);
    }
}

/// A token that is good for the list tells all names, so it is for who may pull everything, whatever comes first.
#[test]
fn who_may_pull_everything() {
    let rules = |rules: &[(Who, &str, &[Action])]| {
        let add =
            |sum: Rules, (who, pattern, actions): &(Who, &str, &[Action])| sum.allow(who.clone(), pattern, actions);
        rules.iter().try_fold(Rules::none(), add).unwrap()
    };
    let pull = &[Action::Pull][..];
    for (list, expected) in [
        (&[][..], [false, false]),
        (&[(Who::Everybody, "**", pull)], [true, true]),
        (&[(Who::SignedIn, "**", pull)], [true, false]),
        (&[(Who::user("alice"), "a", &ALL), (Who::Everybody, "**", pull)], [true, true]),
        (&[(Who::user("alice"), "a", &[]), (Who::Everybody, "**", pull)], [false, true]),
        (&[(Who::user("bob"), "a", &[]), (Who::Everybody, "**", pull)], [true, true]),
        (&[(Who::Everybody, "**", &[Action::Push]), (Who::Everybody, "**", pull)], [false, false]),
        (&[(Who::Everybody, "*", pull), (Who::Everybody, "*/**", pull)], [false, false]),
    ] {
        let rules = rules(list);
        assert_eq!([Some("alice"), None].map(|user| rules.reads_all(user)), expected, "{list:?}");
    }
}
