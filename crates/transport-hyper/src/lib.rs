//! The client's [`Transport`](wharf_client::Transport) over hyper and rustls: HTTP/1.1 and HTTP/2, pooled connections.
//!
//! It does what a transport has to and no more: it follows no redirects, decodes no content, keeps no cookies and goes
//! through no proxy, whatever the environment says. Certificates are checked against those that the system trusts and
//! those that the caller adds; they are loaded with the first request that needs them.
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
//! * [`Timeouts`] - how long it waits
//! * [`RootError`] - a certificate that is none

mod failure;
mod hyper;
mod idle;
mod tls;

pub use hyper::{Hyper, Timeouts};
pub use tls::RootError;
