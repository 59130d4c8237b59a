//! A service on a socket: connections, and when they have taken too long.
//!
//! The service below knows no time; all patience is here. A peer that sends nothing, or too slowly, or does not take
//! what it asked for, loses its connection, and never more than that. A connection is a task,
//! and a request that writes is another.
#![allow(clippy::disallowed_methods, reason = "a listener is where tasks begin: one a connection, one a write")]

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower_service::Service as _;
use wharf_registry::ErrorCode;

use crate::failure::Failure;
use crate::patience::Patience;
use crate::{Body, Service};

mod alarm;
mod incoming;
mod outgoing;
mod socket;
mod traffic;

use incoming::Watched;
use outgoing::Outgoing;
use socket::{LINGER, Socket};
use traffic::Traffic;

/// How much of a body is read at once, in bytes. Every read costs a system call and every piece a write below, so this
/// is what one write of a store gathers.
const READ_BYTES: usize = 512 << 10;

/// How many headers, and how many bytes of them, a request may have.
const HEADERS: usize = 100;
const HEADER_BYTES: u32 = 16 << 10;

/// How many requests one connection may have open at once (HTTP/2).
const STREAMS: u32 = 100;

/// How many streams one connection may reset before they were looked at (HTTP/2).
const RESETS: usize = 20;

/// How much of a body may be under way to us unread, a stream and a connection (HTTP/2), in bytes.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;

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
            connections: 1024,
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
pub async fn serve(listener: TcpListener, service: Service, shutdown: impl Future<Output = ()>) {
    Server::default().serve(listener, service, shutdown).await;
}

impl Server {
    /// At most so many connections at a time, 1,024 unless said; more wait to be accepted. At most as many requests write
    /// at a time, over however many connections.
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
    /// over HTTP/2 and whatever pings the peer answers. Such an HTTP/2 connection is told so first. The rate is that of
    /// the connection: an answer that its HTTP/2 stream does not take is given up only when the others move too little
    /// as well.
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
    pub async fn serve(self, listener: TcpListener, service: Service, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let ((stop, stopping), mut connections) = (watch::channel(()), JoinSet::new());
        let slots = Arc::new(Semaphore::new(self.connections));
        let writes = Arc::new(Semaphore::new(self.connections));
        loop {
            let (stream, slot) = tokio::select! {
                () = &mut shutdown => break,
                accepted = accept(&listener, &slots) => accepted,
            };
            while connections.try_join_next().is_some() {}
            connections.spawn(self.connection(stream, slot, Arc::clone(&writes), service.clone(), stopping.clone()));
        }
        drop((listener, stop));
        // What is not done by then ends with the set of its tasks.
        let _ = tokio::time::timeout(self.grace, async { while connections.join_next().await.is_some() {} }).await;
    }

    /// One connection from its first byte to its last.
    async fn connection(
        self,
        stream: TcpStream,
        slot: OwnedSemaphorePermit,
        writes: Arc<Semaphore>,
        service: Service,
        mut stopping: watch::Receiver<()>,
    ) {
        // Without this the second of two small writes waits for the peer; a socket that refuses is served all the same.
        let _ = stream.set_nodelay(true);
        let (idle, traffic) = (self.idle_timeout, Traffic::default());
        let io = TokioIo::new(Socket::new(stream, self.header_timeout, idle, traffic.clone()));
        let mut stalled = pin!(traffic.stalled(idle.max(self.header_timeout)));
        let service = service_fn(move |request| {
            let (work, traffic) = (traffic.work(), traffic.clone());
            let answer = respond(service.clone(), request, idle, Arc::clone(&writes));
            async move {
                let answer = answer.await;
                drop(work);
                answer.map(|answer| answer.map(|body| Outgoing::new(body, traffic)))
            }
        });
        let mut connection = pin!(self.protocol().serve_connection(io, service).into_owned());
        // The connection's error is the peer's to see: there is nobody else to tell.
        let has_stalled = tokio::select! {
            _ = connection.as_mut() => return,
            () = stalled.as_mut() => true,
            _ = stopping.changed() => false,
        };
        connection.as_mut().graceful_shutdown();
        let given_up = async { if has_stalled { tokio::time::sleep(LINGER).await } else { stalled.await } };
        tokio::select! {
            _ = connection => {}
            () = given_up => {}
        }
        drop(slot);
    }

    fn protocol(self) -> auto::Builder<TokioExecutor> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_headers(HEADERS)
            .max_buf_size(READ_BYTES);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(self.idle_timeout)
            .keep_alive_timeout(self.header_timeout)
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEADER_BYTES)
            .max_pending_accept_reset_streams(RESETS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW);
        builder
    }
}

/// The next connection, as soon as there is room for it.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            Err(error) if is_the_peers(&error) => {}
            // Mostly there are no file descriptors left: asking again at once would only burn time.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

fn is_the_peers(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// A request that writes has a task of its own, because the connection's task ends with the connection. Such a task also
/// outlives a request that its sender takes back, which over HTTP/2 costs nothing; so there are only as many of them as
/// there may be connections, and more requests wait.
async fn respond(
    mut service: Service,
    request: Request<Incoming>,
    idle: Duration,
    slots: Arc<Semaphore>,
) -> Result<Response<Body>, Infallible> {
    if header_bytes(&request) > HEADER_BYTES as usize {
        return Ok(refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large"));
    }
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let mut request = request.map(|body| Watched::new(body, idle));
    request.extensions_mut().insert(Patience(idle));
    let answer = service.call(request);
    if !writes {
        return answer.await;
    }
    let permit = slots.acquire_owned().await;
    let carried_on = async move {
        let answer = answer.await;
        drop(permit);
        answer
    };
    match tokio::spawn(carried_on).await {
        Ok(answer) => answer,
        Err(_) => Ok(refused(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be carried out")),
    }
}

fn refused(status: StatusCode, message: &str) -> Response<Body> {
    Failure::new(status, ErrorCode::UNKNOWN, message).into_response()
}

/// The bytes of names, values and the target, without what separates them on the wire.
fn header_bytes(request: &Request<Incoming>) -> usize {
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    headers.sum::<usize>() + request.uri().path_and_query().map_or(0, |target| target.as_str().len())
}
