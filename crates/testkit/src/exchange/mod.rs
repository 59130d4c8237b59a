//! The rules of the distribution-spec for servers, as tables of HTTP exchanges: what is asked and what must be answered.
//!
//! The [laws](crate::laws) hold a registry to its trait; these tables hold whatever speaks HTTP to the specification,
//! in particular to what its conformance suites do not look at: lists page by page, sessions under another repository,
//! names with reserved words, conditions, ranges, limits. Each rule has a name and a repository of its own, so rules do
//! not disturb each other. They are run once on a registry, because what they stored is still there.
//!
//! # For a registry of your own
//!
//! Put `wharf_server::Service` around it, and the tables ask it in process; or send the requests over a socket, or
//! through a proxy. Whatever answers a request is a [`Peer`], a tower service as [`Served`](crate::emulate::Served):
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use wharf_testkit::emulate::Served;
//! use wharf_testkit::exchange;
//!
//! async fn mine_is_a_registry_over_http<S>(service: S)
//! where
//!     S: tower_service::Service<Request<Full<Bytes>>, Response = Response<Full<Bytes>>> + Clone + Send + Sync,
//!     S::Future: Send,
//! {
//!     let report = exchange::all(&Served::new(service)).await;
//!     println!("{report}");
//!     report.assert_kept();
//!     assert_eq!(report.skipped(), [""; 0], "what mine does not offer");
//! }
//! ```
//!
//! What a registry may leave out it refuses with `UNSUPPORTED`, or gives the whole of a blob in place of a part; a rule that
//! meets this where it needed another answer is skipped, and the report says so. A test that names what it expects to be
//! skipped sees when that changes.
//!
//! Rules that need another clock, a back end that fails or a server with other settings are no exchanges, and are tested
//! where these things are: with the server and the stores.

mod form;
mod report;
mod rule;
mod run;
mod table;
mod template;

pub use form::well_formed;
pub use report::{Outcome, Report};

use crate::emulate::Peer;

/// Runs every rule of every table, in turn.
pub async fn all(peer: &dyn Peer) -> Report {
    only(peer, |_| true).await
}

/// Runs the rules whose names are `wanted`, in turn.
pub async fn only(peer: &dyn Peer, wanted: impl Fn(&str) -> bool + Send + Sync) -> Report {
    let mut report = Report::default();
    let rules: Vec<_> = table::all().into_iter().filter(|rule| wanted(&rule.name)).collect();
    for rule in rules {
        let outcome = run::run(peer, &rule).await;
        report.add(rule.name, outcome);
    }
    report
}

#[cfg(test)]
mod tests {
    /// A rule that met what another has stored would tell something else.
    #[test]
    fn every_rule_has_a_repository_of_its_own() {
        let repositories =
            super::table::all().into_iter().map(|rule| super::template::Places::new(&rule.name).fill("{repo}"));
        let repositories: Vec<_> = repositories.collect();
        let unique: std::collections::BTreeSet<_> = repositories.iter().collect();
        assert_eq!(unique.len(), repositories.len());
        for repository in &repositories {
            assert!(repository.len() < 200 && wharf_registry::Repository::parse(repository).is_ok(), "{repository}");
        }
    }
}
