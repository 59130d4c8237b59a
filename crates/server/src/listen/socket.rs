//! Waiting that the HTTP library does not watch: for the first bytes, for a peer to take what is written, and for it to
//! notice that the connection is over. It changes no bytes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::listen::alarm::Alarm;
use crate::listen::traffic::Traffic;

/// What an HTTP/2 connection begins with (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long a peer that still sends is listened to after everything was said: a socket that is closed with unread bytes
/// is reset, and the peer would not get to read why it was refused.
pub(crate) const LINGER: Duration = Duration::from_secs(2);

/// A connection that ends itself when the peer does not say which protocol it speaks, or does not take what is sent.
/// All other waiting is watched by those who know what is waited for.
#[derive(Debug)]
pub(crate) struct Socket<IO> {
    stream: IO,
    alarm: Alarm,
    /// How much of the preface has come; nothing once the protocol is known.
    opening: Option<usize>,
    opening_timeout: Duration,
    idle_timeout: Duration,
    traffic: Traffic,
    /// Whether the peer was still sending when we had finished.
    lingers: bool,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Socket<IO> {
    /// A connection of which nothing was read yet.
    pub(crate) fn new(stream: IO, opening_timeout: Duration, idle_timeout: Duration, traffic: Traffic) -> Self {
        let (alarm, opening) = (Alarm::default(), Some(0));
        Self { stream, alarm, opening, opening_timeout, idle_timeout, traffic, lingers: false }
    }

    /// Looks at the first bytes in the same way as the one who tells the protocols apart.
    fn opened(&mut self, fresh: &[u8]) {
        self.opening = self.opening.filter(|seen| {
            !fresh.is_empty() && {
                let rest = PREFACE.get(*seen..).unwrap_or_default();
                rest.len() > fresh.len() && rest.starts_with(fresh)
            }
        });
        self.opening = self.opening.map(|seen| seen + fresh.len());
    }

    /// A write that must not stand still.
    fn watch(&mut self, context: &mut Context<'_>, write: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = &write {
            self.traffic.sent(*written.as_ref().unwrap_or(&0));
            self.alarm.rest();
            return write;
        }
        self.alarm.poll(context, self.idle_timeout).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Reads and forgets what the peer is still sending, and says whether it has stopped.
    fn forget(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 16 << 10];
        loop {
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.lingers = true,
                Poll::Pending if self.lingers => return self.alarm.poll(context, LINGER),
                _ => return Poll::Ready(()),
            }
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for Socket<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if this.opening.is_none() {
            return read;
        }
        if read.is_pending() {
            return this.alarm.poll(context, this.opening_timeout).map(|()| Err(io::ErrorKind::TimedOut.into()));
        }
        this.opened(buffer.filled().get(before..).unwrap_or_default());
        if this.opening.is_none() {
            this.alarm.rest();
        }
        read
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<IO> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, write)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.watch(context, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.lingers {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.alarm.rest();
        }
        self.forget(context).map(Ok)
    }
}
