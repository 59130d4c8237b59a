//! Who may be asked for a token, and who may be told a password for it.
//!
//! The realm is a URL in the answer of a registry that nobody has authenticated yet, so it decides about nothing: only
//! the registry's own origin, the known pairs below and what the caller named with `trust_realm` get credentials.

use url::Url;
use wharf_registry::Host;

use crate::{Client, UrlFault, address};

/// Token services that are known to belong to a registry of another name.
const PAIRS: [(Host, &str); 1] = [(Host::DOCKER_HUB, "https://auth.docker.io")];

/// Whether a realm may see the registry's credentials. One that may not can still be asked for an anonymous token, if
/// it is somewhere where any stranger may be sent to.
pub(super) fn judge(realm: &Url, client: &Client) -> Result<bool, UrlFault> {
    let home = &client.base;
    let known = client.is_named(realm);
    match realm.scheme() {
        // Who declared the registry's network to be safe did so for the registry, and for whom they named.
        "http" if home.scheme() != "http" || !known => Err(UrlFault::Insecure),
        _ if known => Ok(true),
        _ if address::is_address(realm) && realm.host() != home.host() => Err(UrlFault::PrivateAddress),
        _ => Ok(false),
    }
}

impl Client {
    /// Whether a URL is of the registry itself, or of a token service that is known to be its or that the caller named.
    pub(crate) fn is_named(&self, url: &Url) -> bool {
        url.origin() == self.base.origin() || is_paired(url, &self.host) || is_trusted(url, self)
    }
}

fn is_paired(realm: &Url, host: &Host) -> bool {
    let service = PAIRS.iter().find(|(registry, _)| registry == host).and_then(|(_, service)| Url::parse(service).ok());
    service.is_some_and(|service| service.origin() == realm.origin())
}

fn is_trusted(realm: &Url, client: &Client) -> bool {
    let same = |host| address::base(host, realm.scheme()).is_ok_and(|trusted| trusted.origin() == realm.origin());
    client.realms.iter().any(same)
}
