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
use hyper_util::client::legacy::connect::proxy::SocksV5;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;
use wharf_client::{NotPublic, PeerAddress, Reach};

use crate::failure::BoxError;
use crate::names::Names;
use crate::proxy::{self, Account};
use crate::settings::Settings;
use crate::site::bare;
use crate::stream::{Duplex, Stream};
use crate::trust::Configs;
use crate::{Proxies, Proxy, tunnel};

/// Makes connections. Plain http only when the address says so; https goes over TLS, and nothing else goes at all.
#[derive(Clone)]
pub(crate) struct Connector {
    hosts: HttpConnector<Names>,
    /// Proxies are where the caller said, so that they may be anywhere.
    to_proxies: HttpConnector<Names>,
    reach: Reach,
    configs: Arc<Configs>,
    proxies: Arc<Proxies>,
    limit: Duration,
}

impl Connector {
    pub(crate) fn new(settings: &Settings, configs: Arc<Configs>, reach: Reach) -> Self {
        let limit = settings.timeouts.connect;
        let sockets = |reach| {
            let resolver = Arc::clone(&settings.resolver);
            let mut sockets = HttpConnector::new_with_resolver(Names { resolver, reach });
            // A request's head and body are two writes, and the second must not wait.
            sockets.set_nodelay(true);
            sockets.set_connect_timeout(Some(limit));
            sockets.enforce_http(false);
            sockets
        };
        let (hosts, to_proxies) = (sockets(reach), sockets(Reach::Anywhere));
        Self { hosts, to_proxies, reach, configs, proxies: Arc::clone(&settings.proxies), limit }
    }

    async fn connect(self, uri: Uri) -> Result<Stream, BoxError> {
        let config = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => None,
            // Where nobody can be trusted there is nothing to connect to.
            Some(scheme) if *scheme == Scheme::HTTPS => Some(self.configs.of(&uri)?),
            _ => return Err(io::Error::from(io::ErrorKind::InvalidInput).into()),
        };
        self.judge(&uri)?;
        let (bytes, address) = match self.proxies.of(&uri) {
            None => {
                let socket = open(&self.hosts, &uri).await?;
                let address = socket.peer_addr().ok();
                (Box::new(socket) as Box<dyn Duplex>, address)
            }
            Some(proxy) => (self.open_through(proxy, &uri).await?, None),
        };
        let stream = match config {
            None => Stream::new(bytes).proxied(self.proxies.of(&uri).is_some_and(Proxy::reads_requests)),
            Some(config) => self.in_time(secure(&uri, config, bytes)).await?,
        };
        Ok(stream.from(address.map(|address| PeerAddress::new(address.ip()))))
    }

    /// An address that is written as one is not looked up, and so would not be judged.
    fn judge(&self, uri: &Uri) -> Result<(), NotPublic> {
        match uri.host().and_then(|host| bare(host).parse().ok()) {
            Some(address) => self.reach.admit(address),
            None => Ok(()),
        }
    }

    /// A stream on which the host of `uri` answers, or for plain http a proxy that sees what is asked.
    async fn open_through(&self, proxy: &Proxy, uri: &Uri) -> Result<Box<dyn Duplex>, BoxError> {
        if proxy.scheme() == proxy::Scheme::Socks5 {
            return self.in_time(socks(proxy, self.to_proxies.clone(), target(uri)?)).await;
        }
        let stream: Box<dyn Duplex> = Box::new(open(&self.to_proxies, proxy.uri()).await?);
        self.in_time(async {
            let stream = match proxy.scheme() {
                proxy::Scheme::Https => {
                    let mut config = (*self.configs.of(proxy.uri())?).clone();
                    config.alpn_protocols = vec![b"http/1.1".to_vec()];
                    Box::new(handshake(proxy.uri(), Arc::new(config), stream).await?)
                }
                _ => stream,
            };
            match uri.scheme() {
                Some(scheme) if *scheme == Scheme::HTTP => Ok(stream),
                _ => tunnel::open(stream, &target(uri)?, proxy.authorization()).await,
            }
        })
        .await
    }

    /// What has to be said on a new connection has to be said in the time of another one.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
        timeout(self.limit, work).await.map_err(|_| Slow(self.limit))?
    }
}

async fn open(sockets: &HttpConnector<Names>, uri: &Uri) -> Result<TcpStream, BoxError> {
    Ok(sockets.clone().call(uri.clone()).await?.into_inner())
}

/// A connection over TLS that is ready for requests.
async fn secure(uri: &Uri, config: Arc<ClientConfig>, stream: Box<dyn Duplex>) -> Result<Stream, BoxError> {
    let stream = handshake(uri, config, stream).await?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(Stream::new(Box::new(stream)).http2(is_http2))
}

/// TLS with the host of `uri`, on a stream that leads to it.
async fn handshake(
    uri: &Uri,
    config: Arc<ClientConfig>,
    stream: Box<dyn Duplex>,
) -> Result<TlsStream<Box<dyn Duplex>>, BoxError> {
    let name = ServerName::try_from(bare(uri.host().unwrap_or_default()).to_owned())?;
    Ok(TlsConnector::from(config).connect(name, stream).await?)
}

/// A stream to `target` through a proxy that speaks SOCKS 5, which looks up the name.
async fn socks(proxy: &Proxy, sockets: HttpConnector<Names>, target: String) -> Result<Box<dyn Duplex>, BoxError> {
    let mut socks = SocksV5::new(proxy.uri().clone(), sockets);
    if let Some(Account { user, password }) = proxy.account() {
        socks = socks.with_auth(user.clone(), password.reveal().to_owned());
    }
    Ok(Box::new(socks.call(Uri::try_from(target)?).await?.into_inner()))
}

/// Host and port of a URI.
fn target(uri: &Uri) -> Result<String, BoxError> {
    let host = uri.host().ok_or(io::ErrorKind::InvalidInput).map_err(io::Error::from)?;
    let usual = if uri.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 };
    Ok(format!("{host}:{}", uri.port_u16().unwrap_or(usual)))
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
