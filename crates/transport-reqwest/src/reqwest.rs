//! The transport, and what can be seen of what its client did.

use std::error::Error;
use std::fmt;

use async_trait::async_trait;
use http::{Request, Response};
use url::{Host, Url};
use wharf_client::{Body, Reach, Transport, TransportError, TransportErrorKind};

use crate::body::{Incoming, Outgoing};
use crate::failure;

/// A transport over a client of reqwest. Clones share its connections.
///
/// How the client has to be built is told at the top of this crate.
///
/// # Cancel safety
/// Dropping the future of a request abandons it, and the peer may have acted on it. Other requests are not disturbed.
#[derive(Clone, Debug)]
pub struct Reqwest {
    client: reqwest::Client,
    public: reqwest::Client,
}

impl Reqwest {
    /// A transport over `client`, for requests to the registry and to wherever it leads.
    #[must_use]
    pub fn new(client: reqwest::Client) -> Self {
        Self { public: client.clone(), client }
    }

    /// The same, with another client for requests that a peer has led somewhere ([`Reach::Public`]).
    ///
    /// What a name leads to is known only when a client connects, so a client that is to stay out of private networks
    /// has to be built for that, with [`PublicAddresses`](crate::PublicAddresses). Addresses that are written as such
    /// are judged by the transport, with either client.
    #[must_use]
    pub fn with_public_client(self, public: reqwest::Client) -> Self {
        Self { public, ..self }
    }

    async fn exchange(&self, request: Request<Body>) -> Result<reqwest::Response, TransportError> {
        let reach = Reach::of(request.extensions());
        let client = if reach == Reach::Anywhere { &self.client } else { &self.public };
        let request = reqwest::Request::try_from(request.map(Outgoing::wrap)).map_err(failure::of_request)?;
        judge(request.url(), reach)?;
        let url = request.url().clone();
        let response = client.execute(request).await.map_err(failure::of_request)?;
        match *response.url() == url {
            true => Ok(response),
            false => Err(TransportError::new(TransportErrorKind::Other, Redirected(()))),
        }
    }
}

#[async_trait]
impl Transport for Reqwest {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let response = Response::<reqwest::Body>::from(self.exchange(request).await?);
        Ok(response.map(|body| Body::new(Incoming(body))))
    }
}

/// An address that is written as one is not looked up.
fn judge(url: &Url, reach: Reach) -> Result<(), TransportError> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        _ => return Ok(()),
    };
    reach.admit(address).map_err(|error| TransportError::new(TransportErrorKind::Forbidden, error))
}

/// The client followed a redirect: what came is not the answer to what was asked.
///
/// It may have sent the registry's credentials along, to wherever it was led.
#[derive(Debug)]
pub struct Redirected(());

impl fmt::Display for Redirected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the reqwest client followed a redirect, and may have sent credentials along; \
             it has to be built with redirect::Policy::none()",
        )
    }
}

impl Error for Redirected {}
