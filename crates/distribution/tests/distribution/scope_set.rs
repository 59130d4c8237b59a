//! The algebra of sets of scopes: a lattice, whatever order they are given in.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, prop_assert, prop_assert_eq, proptest};
use wharf_distribution::{Scope, ScopeSet};

fn scope() -> impl Strategy<Value = Scope> {
    let text = "(repository|registry):(a|b|h:5000/a):(pull|push|pull,push|delete|\\*)";
    text.prop_map(|text| Scope::parse(&text).unwrap())
}

fn set() -> impl Strategy<Value = ScopeSet> {
    vec(scope(), 0..5).prop_map(|scopes| scopes.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn are_the_same_in_any_order(scopes in vec(scope(), 0..5)) {
        let forth: ScopeSet = scopes.iter().cloned().collect();
        let back: ScopeSet = scopes.iter().rev().cloned().collect();
        prop_assert_eq!(&forth, &back);
        let resources: Vec<_> = forth.iter().map(|scope| (scope.kind(), scope.name())).collect();
        prop_assert!(resources.is_sorted_by(|one, next| one < next), "in order, and each once: {forth}");
        prop_assert_eq!(forth.is_empty(), scopes.is_empty());
    }

    #[test]
    fn print_as_what_they_are_read_from(set in set()) {
        prop_assert_eq!(ScopeSet::parse(&set.to_string()), set);
    }

    #[test]
    fn allow_what_one_of_their_scopes_allows(scopes in vec(scope(), 0..5), wanted in scope()) {
        let set: ScopeSet = scopes.iter().cloned().collect();
        let allows = |action: &str| scopes.iter().any(|scope| {
            scope.is_about_the_same_as(&wanted) && scope.actions().any(|has| has == action)
        });
        prop_assert_eq!(set.covers(&wanted.clone().into()), wanted.actions().all(allows));
    }

    #[test]
    fn have_a_least_union(a in set(), b in set(), c in set()) {
        let both = a.union(&b);
        prop_assert!(both.covers(&a) && both.covers(&b));
        prop_assert_eq!(&both, &b.union(&a));
        prop_assert_eq!(both.union(&c), a.union(&b.union(&c)));
        prop_assert_eq!(a.covers(&b), both == a);
        prop_assert!(!(c.covers(&a) && c.covers(&b)) || c.covers(&both));
    }
}

#[test]
fn are_read_leniently() {
    let table = [
        ("", ""),
        ("aws", ""),
        ("*", ""),
        ("repository:a:pull  aws repository:a:push", "repository:a:pull,push"),
        (
            "registry:catalog:* repository:b:pull repository:a:pull",
            "registry:catalog:* repository:a:pull repository:b:pull",
        ),
        ("artifact-repository:r:pull repository:r:pull", "artifact-repository:r:pull repository:r:pull"),
        ("repository(plugin):a:pull repository:a:pull", "repository:a:pull repository(plugin):a:pull"),
    ];
    for (text, expected) in table {
        assert_eq!(ScopeSet::parse(text).to_string(), expected, "{text}");
    }
}

/// As many as fit into a form, from anybody: what is done with them does not grow with their square. The bound is a
/// hundred times what it takes.
#[test]
fn of_many_scopes_are_made_at_once() {
    let many: Vec<_> = (0..20_000).rev().map(|number| format!("a:{number:05}:b")).collect();
    let one: Vec<_> = (0..20_000).map(|number| format!("a:b:{number:05}")).collect();
    let count = |scopes: Vec<String>| {
        let set = ScopeSet::parse(&scopes.join(" "));
        (set.iter().count(), set.iter().flat_map(Scope::actions).count())
    };
    let before = spent();
    assert_eq!((count(many), count(one)), ((20_000, 20_000), (1, 20_000)));
    assert!(spent() - before < Duration::from_secs(10), "{:?}", spent() - before);
}

/// How long this thread has had a processor: what others do with it in the meantime does not count. Where the system does
/// not tell, it is nothing.
fn spent() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or_default())
}
