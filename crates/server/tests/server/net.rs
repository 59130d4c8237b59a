//! A server whose connections are pipes in memory, so that time can stand still around it, and peers that say what they
//! like.

use std::error::Error;
use std::io;

use bytes::Bytes;
use http::{Extensions, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use wharf_server::{Listener, RequestBody, Server, Service};

use crate::harness::memory;

/// How much fits into a connection, in bytes.
pub(crate) const PIPE: usize = 64 << 10;

/// Where the other ends of peers' connections come out.
pub(crate) struct Door(mpsc::Receiver<DuplexStream>);

impl Listener for Door {
    type Stream = DuplexStream;

    async fn accept(&mut self) -> io::Result<(DuplexStream, Extensions)> {
        let stream = self.0.recv().await.ok_or(io::ErrorKind::Other)?;
        Ok((stream, Extensions::new()))
    }
}

/// A server of its own for every test.
pub(crate) struct Running {
    pub(crate) service: Service,
    door: mpsc::Sender<DuplexStream>,
    stop: Option<oneshot::Sender<()>>,
    tasks: JoinSet<()>,
}

impl Running {
    pub(crate) fn new(server: Server) -> Self {
        let service = memory();
        Self::serving(server, service.clone(), service)
    }

    /// Serves one service, and asks another about what came of it.
    pub(crate) fn serving<S, B>(server: Server, served: S, service: Service) -> Self
    where
        S: tower_service::Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        Self::run(service, |door, stopped| async move { server.serve(door, served, stopped).await })
    }

    /// Whatever serves who comes through a door until it is stopped.
    pub(crate) fn run<F: Future<Output = ()> + Send + 'static>(
        service: Service,
        server: impl FnOnce(Door, Stopped) -> F,
    ) -> Self {
        let ((door, doorway), (stop, stopped)) = (mpsc::channel(1), oneshot::channel());
        let mut tasks = JoinSet::new();
        let stopped: Stopped = Box::pin(async { drop(stopped.await) });
        tasks.spawn(server(Door(doorway), stopped));
        Self { service, door, stop: Some(stop), tasks }
    }

    pub(crate) async fn connect(&self) -> Peer {
        let (near, far) = duplex(PIPE);
        self.door.send(far).await.unwrap();
        Peer(near)
    }

    /// Begins an upload of ten bytes and sends five of them, once the server is seen to read them.
    pub(crate) async fn begin_upload(&self, location: &str) -> Peer {
        let mut peer = self.connect().await;
        peer.send(&format!(
            "PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"
        ))
        .await;
        assert!(peer.head().await.starts_with("HTTP/1.1 100"));
        peer.send("01234").await;
        peer
    }

    pub(crate) fn shut_down(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// When nobody is let in any more.
    pub(crate) async fn closed(&self) {
        self.door.closed().await;
    }

    pub(crate) async fn ended(&mut self) {
        self.tasks.join_next().await.unwrap().unwrap();
    }
}

pub(crate) type Stopped = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) struct Peer(pub(crate) DuplexStream);

impl Peer {
    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Up to and with the empty line after the headers; less when the connection ends.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match self.0.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        String::from_utf8(head).unwrap()
    }

    /// A response with a body.
    pub(crate) async fn response(&mut self) -> (String, String) {
        let head = self.head().await.to_ascii_lowercase();
        let length =
            head.split("content-length: ").nth(1).map_or(0, |rest| rest[..rest.find('\r').unwrap()].parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        (head, String::from_utf8(body).unwrap())
    }

    /// Asks on a connection that goes on.
    pub(crate) async fn get(&mut self, target: &str) -> (String, String) {
        self.send(&format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        self.response().await
    }

    /// Everything until the connection ends, whether well or not.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let _ = self.0.read_to_end(&mut rest).await;
        String::from_utf8_lossy(&rest).into_owned()
    }
}
