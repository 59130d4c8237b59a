//! One connection from its first byte to its last.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;

use http::{Extensions, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::listen::outgoing::{Outgoing, PIECE};
use crate::listen::respond::{Answers, Responder};
use crate::listen::socket::{LINGER, Socket};
use crate::listen::streams::{Progress, Streams};
use crate::listen::traffic::Traffic;
use crate::listen::windows::Window;
use crate::listen::{HEADER_BYTES, HEADERS, READ_BYTES, RESETS, STREAMS, Server};
use crate::trace;

/// What a connection works with, and its places, which it leaves when it ends.
pub(super) struct Connection<S> {
    pub(super) server: Server,
    pub(super) responder: Responder<S>,
    pub(super) window: Window,
    pub(super) slot: OwnedSemaphorePermit,
    /// Changes when the server is to stop.
    pub(super) stopping: watch::Receiver<()>,
}

impl<S: Answers> Connection<S> {
    /// Serves what comes of the handshake.
    pub(super) async fn run<IO>(
        mut self,
        handshake: impl Future<Output = io::Result<(IO, Extensions)>>,
        mut extensions: Extensions,
    ) where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(self.server.header_timeout, handshake) => shaken,
            // There is no request yet that could be waited for.
            _ = self.stopping.changed() => return,
        };
        match shaken.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok((stream, more)) => {
                extensions.extend(more);
                self.serve(stream, extensions).await;
            }
            Err(error) => trace::handshake_failed(&error),
        }
    }

    async fn serve<IO>(self, stream: IO, extensions: Extensions)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { server, responder, window, slot, mut stopping } = self;
        let (idle, traffic) = (server.idle_timeout, Traffic::default());
        let patience = idle.max(server.header_timeout);
        let io = TokioIo::new(Socket::new(stream, server.header_timeout, idle, traffic.clone()));
        let mut stalled = pin!(traffic.stalled(patience));
        let service = service_fn(move |mut request: Request<Incoming>| {
            let (waiting, traffic) = (traffic.work(), traffic.clone());
            request.extensions_mut().extend(extensions.clone());
            let answer = responder.clone().respond(request);
            async move {
                let progress = Progress::of(traffic);
                let work = progress.work();
                let answer = answer.await;
                drop((waiting, work));
                Ok::<_, Infallible>(answer.map(|body| Outgoing::new(body, progress)))
            }
        });
        let protocol = protocol(server, Streams::new(patience, PIECE), &window);
        let mut connection = pin!(protocol.serve_connection(io, service).into_owned());
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
        drop((slot, window));
    }
}

fn protocol(server: Server, streams: Streams, window: &Window) -> auto::Builder<Streams> {
    let mut builder = auto::Builder::new(streams);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(server.header_timeout)
        .max_headers(HEADERS)
        .max_buf_size(READ_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(server.idle_timeout)
        .keep_alive_timeout(server.header_timeout)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_BYTES)
        .max_pending_accept_reset_streams(RESETS)
        .initial_stream_window_size(window.stream())
        .initial_connection_window_size(window.connection());
    builder
}
