//! The look at all of a store: the pool, then the repositories, each by as many threads as there may be.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use wharf_registry::Digest;

use super::content::{self, State};
use super::finding::Severity;
use super::report::{Report, Tally};
use super::site::Site;
use super::watch::{Event, Watch};
use super::{Options, crew, ingest, known, repository};
use crate::Error;
use crate::layout::root::{Root, Shape};

/// Looks at everything.
pub(super) fn check(root: &Root, options: Options, watch: &Watch) -> Result<Report, Error> {
    let mut report = pool(root, options, watch);
    let wrong: HashSet<Digest> = report.findings.iter().filter_map(|finding| finding.digest.clone()).collect();
    let sites = match root.shape() {
        Shape::Single => vec![Site::pool(root)],
        Shape::Many => {
            let pool = Site::pool(root);
            report.findings.extend(known::of_many(&pool)?);
            report.add(ingest::look(&pool));
            repository::find(root, &mut report.findings)
        }
    };
    tell(&report, watch);
    let report = Mutex::new(report);
    crew::each(options.jobs, &sites, |site| {
        let part = repository::check(root, site, options.policy, &wrong, watch);
        tell(&part, watch);
        site.repository.iter().for_each(|repository| watch.tell(Event::Checked { repository }));
        report.lock().unwrap_or_else(PoisonError::into_inner).add(part);
    });
    let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.sort();
    Ok(report)
}

fn tell(report: &Report, watch: &Watch) {
    report.findings.iter().for_each(|finding| watch.tell(Event::Found { finding }));
}

/// Reads the content of the pool, the largest first, so that no thread is left alone with it at the end.
fn pool(root: &Root, options: Options, watch: &Watch) -> Report {
    let site = Site::pool(root);
    let mut listing = content::list(&site);
    listing.content.sort_unstable_by_key(|(size, _)| Reverse(*size));
    let bytes = listing.content.iter().map(|(size, _)| size).sum();
    watch.tell(Event::Listed { content: Tally { files: listing.content.len() as u64, bytes } });

    let report = Mutex::new(Report { findings: listing.findings, ..Report::default() });
    crew::each(options.jobs, &listing.content, |(_, digest)| {
        let part = read(&site, digest, watch);
        report.lock().unwrap_or_else(PoisonError::into_inner).add(part);
    });
    report.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn read(site: &Site, digest: &Digest, watch: &Watch) -> Report {
    match content::look(site, digest, watch) {
        State::Gone => Report::default(),
        State::Right(bytes) => Report { content: Tally::file(bytes), ..Report::default() },
        State::Wrong(kind) => Report { findings: vec![site.about(Severity::Fault, kind, digest)], ..Report::default() },
    }
}
