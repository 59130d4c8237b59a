//! What those who use a store have of it, whatever kind it is.

use std::time::SystemTime;

use wharf_registry::{Registry, Repository};
use wharf_store::collect::{CollectCas, CollectRefs, Collector, Lease, Options, Report};
use wharf_store::{Error, Store};

use crate::now::now;

pub(crate) trait Kind: Registry {
    fn begin_lease(&self, repository: &Repository) -> Box<dyn Lease>;

    /// Collects at some time; nothing is done where somebody else collects.
    fn collect(&self, time: SystemTime, options: &Options) -> Option<Report>;
}

impl<C: CollectCas, R: CollectRefs> Kind for Store<C, R> {
    fn begin_lease(&self, repository: &Repository) -> Box<dyn Lease> {
        Box::new(now(self.lease(repository)).unwrap())
    }

    fn collect(&self, time: SystemTime, options: &Options) -> Option<Report> {
        let collector = match now(Collector::begin(self)) {
            Err(Error::Collecting) => return None,
            begun => begun.unwrap().with_clock(move || time),
        };
        let plan = now(collector.plan(options)).unwrap();
        Some(now(collector.run(plan, &|_| ())))
    }
}
