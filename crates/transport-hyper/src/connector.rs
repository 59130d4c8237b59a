//! From a URI to a connection on which its host answers.

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::site::bare;
use crate::stream::{Duplex, Stream};
use crate::timeouts::Timeouts;
use crate::trust::Configs;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Makes connections. Plain http only when the address says so; https goes over TLS, and nothing else goes at all.
#[derive(Clone)]
pub(crate) struct Connector {
    tcp: HttpConnector,
    configs: Arc<Configs>,
    limit: Duration,
}

impl Connector {
    pub(crate) fn new(configs: Arc<Configs>, timeouts: Timeouts) -> Self {
        let mut tcp = HttpConnector::new();
        // A request's head and body are two writes, and the second must not wait.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(timeouts.connect));
        tcp.enforce_http(false);
        Self { tcp, configs, limit: timeouts.connect }
    }

    async fn connect(mut self, uri: Uri) -> Result<Stream, BoxError> {
        match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => Ok(Stream::new(self.open(&uri).await?)),
            Some(scheme) if *scheme == Scheme::HTTPS => {
                // Where nobody can be trusted there is nothing to connect to.
                let config = self.configs.of(&uri)?;
                let stream = self.open(&uri).await?;
                timeout(self.limit, secure(&uri, config, stream)).await.map_err(|_| Slow(self.limit))?
            }
            _ => Err(io::Error::from(io::ErrorKind::InvalidInput).into()),
        }
    }

    async fn open(&mut self, uri: &Uri) -> Result<TcpStream, BoxError> {
        Ok(self.tcp.call(uri.clone()).await?.into_inner())
    }
}

/// TLS with the host of `uri`, on a stream that leads to it.
async fn secure(uri: &Uri, config: Arc<ClientConfig>, stream: impl Duplex + 'static) -> Result<Stream, BoxError> {
    let name = ServerName::try_from(bare(uri.host().unwrap_or_default()).to_owned())?;
    let stream = TlsConnector::from(config).connect(name, stream).await?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(Stream::new(stream).http2(is_http2))
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// A connection that was there, and on which nobody agreed to anything in time.
#[derive(Debug)]
struct Slow(Duration);

impl fmt::Display for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connection was not ready after {:?}", self.0)
    }
}

impl Error for Slow {}
