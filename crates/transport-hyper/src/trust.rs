//! The settings of TLS for every host, and the configurations that are made of them.
//!
//! What is set for a host is added to what holds for all; what is set for one host is of no use to another. Each has a
//! configuration of its own, and with it sessions of its own, made with the first connection that needs it.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, OnceLock};

use http::Uri;
use rustls::ClientConfig;

use crate::site::Site;
use crate::tls::{NoRoots, System, Tls};
use crate::{CertsD, TlsError};

/// Whom to trust, and who we are, everywhere and at single hosts.
#[derive(Clone, Default)]
pub(crate) struct Trust {
    general: Tls,
    hosts: BTreeMap<Site, Result<Tls, TlsError>>,
    system: System,
}

impl Trust {
    pub(crate) fn set(&mut self, general: Tls) {
        self.general = general;
    }

    pub(crate) const fn general(&self) -> &Tls {
        &self.general
    }

    pub(crate) fn set_host(&mut self, site: Site, tls: Tls) {
        self.hosts.insert(site, Ok(tls));
    }

    /// What was set for a host before is more than what is found on the disk.
    pub(crate) fn add(&mut self, found: &CertsD) {
        for (site, tls) in found.sites() {
            self.hosts.entry(site.clone()).or_insert_with(|| tls.clone());
        }
    }
}

/// The configurations, as far as they were needed.
pub(crate) struct Configs {
    trust: Trust,
    general: OnceLock<Made>,
    hosts: BTreeMap<Site, OnceLock<Made>>,
}

type Made = Result<Arc<ClientConfig>, NoRoots>;

impl Configs {
    pub(crate) fn new(trust: Trust) -> Self {
        let hosts = trust.hosts.keys().map(|site| (site.clone(), OnceLock::new())).collect();
        Self { trust, general: OnceLock::new(), hosts }
    }

    /// How to connect to the host of a URI, or why nobody can be trusted there.
    pub(crate) fn of(&self, uri: &Uri) -> Result<Arc<ClientConfig>, Box<dyn Error + Send + Sync>> {
        let Trust { general, hosts, system } = &self.trust;
        let own = Site::of_uri(uri).and_then(|site| Some((self.hosts.get(&site)?, hosts.get(&site)?)));
        let make = |tls: &Tls| tls.config(system).map(Arc::new);
        let made = match own {
            None => self.general.get_or_init(|| make(general)),
            Some((_, Err(problem))) => return Err(problem.clone().into()),
            Some((made, Ok(tls))) => made.get_or_init(|| make(&general.and(tls))),
        };
        Ok(made.clone()?)
    }
}
