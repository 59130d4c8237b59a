//! The table of scopes, and the laws of their order.

use proptest::prelude::{ProptestConfig, Strategy, prop_assert, prop_assert_eq, proptest};
use proptest::sample::subsequence;
use wharf_distribution::Scope;
use wharf_reference::Repository;

use crate::table::rows;

#[test]
fn are_read_as_the_table_says() {
    for [input, expected, origin] in rows("scope.tsv", 26) {
        let expected = if expected == "=" { &input } else { &expected };
        let told = Scope::parse(&input).map(|scope| scope.to_string());
        assert_eq!(told.as_deref().unwrap_or("-"), expected, "{origin}: {input:?}");
    }
}

#[test]
fn are_what_the_operations_need() {
    let (a, b) = (Repository::from_static("a"), Repository::from_static("b"));
    let all = [Scope::pull(&a), Scope::push(&a), Scope::delete(&a), Scope::pull(&b), Scope::catalog()];
    let texts = ["repository:a:pull", "repository:a:pull,push", "repository:a:delete,pull", "repository:b:pull"];
    assert_eq!(all.each_ref().map(ToString::to_string)[..4], texts);
    assert_eq!(all[4].to_string(), "registry:catalog:*");
    let covered = all.each_ref().map(|one| all.each_ref().map(|other| u8::from(one.covers(other))));
    let expected = [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]];
    assert_eq!(covered, expected);
}

/// Few kinds, names and actions, so that scopes often have something to do with each other.
fn scopes() -> impl Strategy<Value = Scope> {
    let actions = subsequence(vec!["pull", "push", "delete", "*"], 1..=4).prop_shuffle();
    ("(repository|registry)", "(a|h:5000/a)", actions)
        .prop_map(|(kind, name, actions)| Scope::parse(&format!("{kind}:{name}:{}", actions.join(","))).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn print_as_what_they_are_read_from(scope in scopes()) {
        prop_assert_eq!(Scope::parse(&scope.to_string()), Some(scope));
    }

    #[test]
    fn that_can_be_read_at_all_print_so(text in "[a:,*]{0,12}") {
        if let Some(scope) = Scope::parse(&text) {
            prop_assert_eq!(Scope::parse(&scope.to_string()), Some(scope));
        }
    }

    #[test]
    fn cover_themselves(scope in scopes()) {
        prop_assert!(scope.covers(&scope));
    }

    #[test]
    fn cover_each_other_only_when_equal(one in scopes(), other in scopes()) {
        prop_assert_eq!(one.covers(&other) && other.covers(&one), one == other);
    }

    #[test]
    fn cover_what_is_covered_by_what_they_cover(three in [scopes(), scopes(), scopes()]) {
        for [a, b, c] in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map(|at| at.map(|at| &three[at])) {
            prop_assert!(!(a.covers(b) && b.covers(c)) || a.covers(c));
        }
    }
}
