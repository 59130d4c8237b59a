//! Where connections come from.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use http::Extensions;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// Where connections come from: a TCP socket, a Unix socket, or whatever else there is that accepts streams.
///
/// ```
/// use std::io;
/// use http::Extensions;
/// use tokio::io::DuplexStream;
/// use tokio::sync::mpsc::Receiver;
/// use wharf_server::Listener;
///
/// /// Connections within a program, without a socket.
/// struct Inside(Receiver<DuplexStream>);
///
/// impl Listener for Inside {
///     type Stream = DuplexStream;
///
///     async fn accept(&mut self) -> io::Result<(DuplexStream, Extensions)> {
///         match self.0.recv().await {
///             Some(stream) => Ok((stream, Extensions::new())),
///             // Nobody is left who could connect.
///             None => std::future::pending().await,
///         }
///     }
/// }
/// ```
pub trait Listener: Send {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection, and what each of its requests is to have as extensions.
    ///
    /// # Errors
    /// A kind that says that the peer went away is passed over; after any other the server waits a little before it asks
    /// again.
    ///
    /// # Cancel safety
    /// Dropping the future must lose no connection.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, Extensions)>> + Send;
}

/// The address that a connection came from, an extension of each of its requests.
///
/// It is that of the socket. Behind a proxy this is the proxy; a handshake that reads what the proxy says about its peer
/// puts another one in its place.
///
/// ```
/// use wharf_server::RemoteAddress;
///
/// fn who<B>(request: &http::Request<B>) -> Option<std::net::IpAddr> {
///     request.extensions().get::<RemoteAddress>().map(|remote| remote.0.ip())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "it is an address and never anything else")]
pub struct RemoteAddress(pub SocketAddr);

/// Its requests have a [`RemoteAddress`].
impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, Extensions)> {
        let (stream, address) = Self::accept(self).await?;
        // Without this the second of two small writes waits for the peer; a socket that refuses is served all the same.
        let _ = stream.set_nodelay(true);
        let mut extensions = Extensions::new();
        extensions.insert(RemoteAddress(address));
        Ok((stream, extensions))
    }
}

#[cfg(unix)]
impl Listener for tokio::net::UnixListener {
    type Stream = tokio::net::UnixStream;

    async fn accept(&mut self) -> io::Result<(Self::Stream, Extensions)> {
        let (stream, _) = Self::accept(self).await?;
        Ok((stream, Extensions::new()))
    }
}
