use wharf::client::docker_config::Keychain;
use wharf::client::{Client, Limits};
use wharf::registry::{Host, Reference};
use wharf::transport_hyper::{CertsD, Hyper};

use super::{Args, Failure};

/// How registries are reached: in plain or over TLS, whom to trust, and who may be told the passwords.
pub struct Access {
    plain_http: bool,
    transport: Hyper,
    token_service: Option<Host>,
}

impl Access {
    pub const SWITCHES: [&str; 1] = ["--plain-http"];
    pub const FLAGS: [&str; 2] = ["--certs-d", "--token-service"];

    /// What the arguments say, and the directories `certs.d` of containers' tools where they say nothing.
    pub fn of(args: &Args) -> Result<Self, Failure> {
        let directory = args.value("--certs-d", |path| Ok::<_, Failure>(path.to_owned()));
        let certificates = match directory {
            Some(directory) => CertsD::read([directory])?,
            None => CertsD::read(["/etc/containers/certs.d", "/etc/docker/certs.d"])?,
        };
        Ok(Self {
            plain_http: args.has("--plain-http"),
            transport: Hyper::new().with_certs_d(&certificates),
            token_service: args.value("--token-service", Host::parse),
        })
    }

    /// A client for an image, which is whoever docker or podman logged in there.
    pub fn identified(&self, image: &Reference) -> Result<Client, Failure> {
        let credentials = Keychain::from_env()?.scoped(image.repository().clone());
        let client = Client::new(self.transport.clone(), image.host().clone())?.with_credentials(credentials);
        let client = if self.plain_http { client.plain_http() } else { client };
        Ok(match &self.token_service {
            Some(host) => client.trust_realm(host.clone()),
            None => client,
        })
    }
}

/// A registry to fetch from, by host; `http://` before it asks for plain HTTP.
pub fn upstream(text: &str) -> Result<Client, Failure> {
    let (host, plain_http) = text.strip_prefix("http://").map_or((text, false), |host| (host, true));
    // As many readers as a server has connections: one that reads slowly must not hold up the others.
    let mut limits = Limits::default();
    (limits.downloads, limits.requests) = (1_000, 1_000);
    let client = Client::new(Hyper::new(), Host::parse(host)?)?.with_limits(limits);
    Ok(if plain_http { client.plain_http() } else { client })
}
