//! Bodies of answers, which tell for whom they wait: for the registry, which may take its time, or for the peer.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use wharf_registry::Error;

use crate::Body;
use crate::listen::traffic::{Traffic, Work};

/// A body whose next piece is work of ours while it is awaited.
#[derive(Debug)]
pub(crate) struct Outgoing {
    body: Body,
    traffic: Traffic,
    work: Option<Work>,
}

impl Outgoing {
    pub(crate) const fn new(body: Body, traffic: Traffic) -> Self {
        Self { body, traffic, work: None }
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        let frame = Pin::new(&mut this.body).poll_frame(context);
        // It is the same wait however often it is asked about.
        let work = frame.is_pending().then(|| this.work.take().unwrap_or_else(|| this.traffic.work()));
        this.work = work;
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
