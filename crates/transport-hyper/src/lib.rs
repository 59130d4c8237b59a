//! The client's [`Transport`](wharf_client::Transport) over hyper and rustls: HTTP/1.1 and HTTP/2, pooled connections.
//!
//! It does what a transport has to and no more: it follows no redirects, decodes no content, keeps no cookies and goes
//! through no proxy unless it is told to, whatever the environment says. Certificates are checked against those that the
//! system trusts and those that the caller adds; they are loaded with the first request that needs them. A request whose
//! [`Reach`](wharf_client::Reach) is the public Internet is connected to no other address, whatever its name leads to;
//! through a proxy, which looks up the name itself, that is the proxy's to decide.
//!
//! ```
//! use wharf_client::Client;
//! use wharf_transport_hyper::Hyper;
//!
//! # fn client(host: wharf_registry::Host) -> Result<Client, wharf_client::HostError> {
//! let client = Client::new(Hyper::new(), host)?;
//! # Ok(client)
//! # }
//! ```
//!
//! * [`Hyper`] - the transport; made within a Tokio runtime or outside, used within one
//! * [`Tls`], [`Identity`] - whom to trust, and who we are
//! * [`CertsD`] - certificates of single registries, where other tools keep them
//! * [`TlsError`], [`TlsErrorKind`] - certificates and keys that cannot be used
//! * [`Proxies`], [`Proxy`] - what connections go through, if somebody wants that
//! * [`ProxyError`], [`VariableError`], [`ProxyRefusal`] - what is no proxy, and what a proxy says no to
//! * [`Resolve`] - another way to look up names
//! * [`Timeouts`] - how long it waits

mod bypass;
mod certs_d;
mod connector;
mod failure;
mod hyper;
mod identity;
mod idle;
mod names;
mod proxies;
mod proxy;
mod settings;
mod site;
mod stream;
mod timeouts;
mod tls;
mod tls_error;
mod trust;
mod tunnel;

pub use certs_d::CertsD;
pub use hyper::Hyper;
pub use identity::Identity;
pub use names::Resolve;
pub use proxies::{Proxies, VariableError};
pub use proxy::{Proxy, ProxyError, ProxyRefusal};
pub use timeouts::Timeouts;
pub use tls::Tls;
pub use tls_error::{TlsError, TlsErrorKind};
