//! The streams of an HTTP/2 connection, each of which has to move. A peer that keeps one stream moving could have a
//! hundred others stand still beside it, and each of them holds an answer.
//!
//! A stream has a task, and loses it when its answer is not taken: the stream is reset, and the connection goes on. Only
//! the task sees how a stream moves, and only the answer knows what moves, so they meet in a variable of the task.
#![allow(clippy::disallowed_methods, reason = "streams are tasks, which end with their connection")]

use std::future::Future;
use std::time::Duration;

use hyper::rt::Executor;

use crate::listen::traffic::{Traffic, Work, earned};

tokio::task_local! {
    /// What moves on the stream whose task this is.
    static STREAM: Traffic;
}

/// Begins the tasks of streams.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streams {
    patience: Duration,
}

impl Streams {
    /// Streams that may stand still for so long, beside the time for a piece, of which is only seen when it is taken.
    pub(super) const fn new(idle: Duration, piece: usize) -> Self {
        Self { patience: idle.saturating_add(earned(piece as u64)) }
    }
}

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        let traffic = Traffic::default();
        let stalled = traffic.stalled(self.patience);
        tokio::spawn(async move {
            tokio::select! {
                biased;
                _ = STREAM.scope(traffic, stream) => {}
                () = stalled => {}
            }
        });
    }
}

/// How an answer comes along, for its connection and for its stream if it has one.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    connection: Traffic,
    stream: Option<Traffic>,
}

impl Progress {
    /// The progress of an answer on this connection, and on the stream whose task this is. Over HTTP/1.1, where one answer
    /// follows the other, there is none.
    pub(super) fn of(connection: Traffic) -> Self {
        Self { connection, stream: STREAM.try_with(Clone::clone).ok() }
    }

    pub(super) const fn is_of_stream(&self) -> bool {
        self.stream.is_some()
    }

    /// Counts bytes that the stream took. Those that the connection took are counted where they are written.
    pub(super) fn sent(&self, bytes: usize) {
        if let Some(stream) = &self.stream {
            stream.sent(bytes);
        }
    }

    /// Begins work for the peer, for which its stream waits as well.
    pub(super) fn work(&self) -> Work {
        let work = self.connection.work();
        match &self.stream {
            Some(stream) => work.and(stream),
            None => work,
        }
    }
}
