//! A service on a socket: connections, and when they have taken too long.
//!
//! The service below knows no time; all patience is here. A peer that sends nothing, or too slowly, or does not take
//! what it asked for, loses its connection or its stream, and never more than that. A connection is a task,
//! and a request that writes is another.

use std::error::Error;
use std::future::{Future, ready};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower_service::Service;

use crate::trace;

mod alarm;
mod connection;
mod incoming;
mod listener;
mod outgoing;
mod request_body;
mod respond;
mod socket;
mod streams;
mod traffic;
mod windows;

pub use listener::{Listener, RemoteAddress};
pub use request_body::RequestBody;

use connection::Connection;
use respond::Responder;
use windows::Windows;

/// How much of a body is read at once, in bytes. Every read costs a system call and every piece a write below, so this
/// is what one write of a store gathers.
const READ_BYTES: usize = 512 << 10;

/// How many headers, and how many bytes of them, a request may have.
const HEADERS: usize = 100;
const HEADER_BYTES: u32 = 16 << 10;

/// How many requests may write at once, over all connections: each holds up to a MiB of its body.
const WRITES: usize = 1024;

/// How many requests one connection may have open at once (HTTP/2).
const STREAMS: u32 = 100;

/// How many streams one connection may reset before they were looked at (HTTP/2).
const RESETS: usize = 20;

/// How long to wait for file descriptors to become free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How connections are handled. The defaults are right for a server that anybody can reach.
///
/// ```
/// use std::time::Duration;
/// use wharf_server::Server;
///
/// let server = Server::default().with_grace(Duration::from_secs(5)).with_connections(64);
/// ```
///
/// Beside what can be set there are fixed bounds: a request has at most 100 headers over HTTP/1.1, and 16 KiB of them
/// with its target, beyond which it is answered with 431; an HTTP/2 connection has at most 100 requests open at a time.
#[derive(Clone, Copy, Debug)]
pub struct Server {
    connections: usize,
    header_timeout: Duration,
    idle_timeout: Duration,
    grace: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            connections: 4096,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            grace: Duration::from_secs(30),
        }
    }
}

/// Serves HTTP/1.1 and HTTP/2 (with prior knowledge) with the defaults of [`Server`].
///
/// # Cancel safety
/// As [`Server::serve`].
///
/// It runs until `shutdown` is done:
///
/// ```
/// use tokio::net::TcpListener;
/// use tokio::sync::oneshot;
/// use wharf_server::{Service, serve};
/// use wharf_store::Store;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
/// let (stop, stopped) = oneshot::channel::<()>();
/// // In a program this is what a signal does; dropping the sender would have the same effect.
/// stop.send(()).unwrap();
/// serve(listener, Service::new(Store::memory()), async { _ = stopped.await }).await;
/// # });
/// ```
pub async fn serve<L, S, B>(listener: L, service: S, shutdown: impl Future<Output = ()>)
where
    L: Listener,
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    Server::default().serve(listener, service, shutdown).await;
}

impl Server {
    /// At most so many connections at a time, 4,096 unless said; more wait to be accepted. At most as many requests, and
    /// at most 1,024, write at a time, over however many connections; more wait as long as a connection may stand still,
    /// and are then answered with 503 and `Retry-After`.
    ///
    /// A connection that waits to be accepted is kept by the operating system, as many of them as it allows.
    #[must_use]
    pub const fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How long the first line and the headers of a request may take, counted from when the connection has nothing else
    /// to do; 10 seconds unless said.
    #[must_use]
    pub const fn with_header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout;
        self
    }

    /// How long a connection may stand still; 30 seconds unless said.
    ///
    /// A request's body may be waited for this long in all, and a second longer for each KiB that has come. A connection
    /// on which we wait for the peer, be it for another request or for it to take an answer, may wait this long as well,
    /// or for the header timeout if that is longer, and a second longer for each KiB that it takes, but never longer than
    /// that at a time: answers have a lowest rate, and a connection without requests comes to its end, over HTTP/1.1 as
    /// over HTTP/2 and whatever pings the peer answers. Such an HTTP/2 connection is told so first. An answer
    /// over HTTP/2 has the same rate for itself, but for its last 64 KiB: a stream that takes none of it for this long
    /// and 64 seconds more is reset, and the others go on.
    #[must_use]
    pub const fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// How long requests may go on after the shutdown began; 30 seconds unless said.
    #[must_use]
    pub const fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Serves HTTP/1.1 and HTTP/2 (with prior knowledge) until `shutdown` is done, then accepts nothing more, lets
    /// requests that have begun come to their end within the grace, and returns. Errors of a connection end that
    /// connection; errors in accepting one are waited out.
    ///
    /// Anything that answers requests can be served, so that a registry can have pages of its program beside it and
    /// layers around it. A service that fails or panics is answered with 500, and no other request hears of it. Layers
    /// must keep the extensions of requests: what waits for room in memory learns from one how long it may wait.
    ///
    /// A request that writes is carried on when its connection breaks, so that what had arrived is kept.
    ///
    /// # Cancel safety
    /// Dropping the future drops every connection at once.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use tokio::net::TcpListener;
    /// use wharf_server::{Server, Service};
    ///
    /// # async fn run(service: Service, stop: impl Future<Output = ()>) -> std::io::Result<()> {
    /// let listener = TcpListener::bind("0.0.0.0:5000").await?;
    /// let server = Server::default().with_idle_timeout(Duration::from_secs(60)).with_grace(Duration::from_secs(10));
    /// server.serve(listener, service, stop).await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve<L, S, B>(self, listener: L, service: S, shutdown: impl Future<Output = ()>)
    where
        L: Listener,
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let handshake = |stream| ready(Ok((stream, Extensions::new())));
        self.serve_with(listener, handshake, service, shutdown).await;
    }

    /// The same on connections that begin with a handshake, such as that of TLS, which makes a stream of a stream.
    ///
    /// A handshake has the header timeout, counts as a connection, and holds up nobody else. One that fails ends its
    /// connection. Each request of a connection gets the extensions that came of its handshake, such as the peer's
    /// certificate, over those of the listener. Which of the two protocols a peer speaks is told by its first bytes, not
    /// by the handshake.
    ///
    /// # Cancel safety
    /// As [`serve`](Self::serve).
    ///
    /// ```
    /// use std::io;
    /// use http::Extensions;
    /// use tokio::io::AsyncReadExt;
    /// use tokio::net::{TcpListener, TcpStream};
    /// use wharf_server::{Server, Service};
    ///
    /// /// Connections begin with a byte, which requests can be asked for.
    /// async fn first_byte(mut stream: TcpStream) -> io::Result<(TcpStream, Extensions)> {
    ///     let mut extensions = Extensions::new();
    ///     extensions.insert(stream.read_u8().await?);
    ///     Ok((stream, extensions))
    /// }
    ///
    /// # async fn run(service: Service, stop: impl Future<Output = ()>) -> io::Result<()> {
    /// let listener = TcpListener::bind("0.0.0.0:5000").await?;
    /// Server::default().serve_with(listener, first_byte, service, stop).await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve_with<L, H, F, IO, S, B>(
        self,
        mut listener: L,
        handshake: H,
        service: S,
        shutdown: impl Future<Output = ()>,
    ) where
        L: Listener,
        H: Fn(L::Stream) -> F,
        F: Future<Output = io::Result<(IO, Extensions)>> + Send + 'static,
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut shutdown = pin!(shutdown);
        let ((stop, stopping), mut connections) = (watch::channel(()), JoinSet::new());
        let (slots, windows) = (Arc::new(Semaphore::new(self.connections)), Windows::new());
        let writes = Arc::new(Semaphore::new(self.connections.min(WRITES)));
        let responder = Responder { service, idle: self.idle_timeout, writes };
        loop {
            let (stream, extensions, slot) = tokio::select! {
                () = &mut shutdown => break,
                accepted = accept(&mut listener, &slots) => accepted,
            };
            while connections.try_join_next().is_some() {}
            let (responder, stopping, window) = (responder.clone(), stopping.clone(), windows.take());
            let connection = Connection { server: self, responder, window, slot, stopping };
            connections.spawn(connection.run(handshake(stream), extensions));
        }
        drop((listener, stop));
        // What is not done by then ends with the set of its tasks.
        let _ = tokio::time::timeout(self.grace, async { while connections.join_next().await.is_some() {} }).await;
    }
}

/// The next connection, as soon as there is room for it.
async fn accept<L: Listener>(
    listener: &mut L,
    slots: &Arc<Semaphore>,
) -> (L::Stream, Extensions, OwnedSemaphorePermit) {
    loop {
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok((stream, extensions)) => return (stream, extensions, slot),
            Err(error) if is_the_peers(&error) => {}
            // Mostly there are no file descriptors left: asking again at once would only burn time.
            Err(error) => {
                trace::cannot_accept(&error);
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_the_peers(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
