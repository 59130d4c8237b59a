//! Servers that answer what they are told to.

use std::net::SocketAddr;

use http::{Request, Response};
use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wharf_client::{Body, Transport, TransportError};
use wharf_transport_hyper::Hyper;

/// Five bytes.
pub(crate) const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// A server for one connection: reads the head of a request, writes `answer`, and keeps the connection open until the
/// client ends it, if it should. It returns what it has read.
pub(crate) async fn server(answer: &'static str, stay: bool) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, spawn(async move { talk(listener.accept().await.unwrap().0, answer, stay).await }))
}

#[allow(clippy::disallowed_methods, reason = "the server of a test runs beside it")]
pub(crate) fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(task)
}

pub(crate) async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str, stay: bool) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains("\r\n\r\n") {
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            break;
        }
    }
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    if stay {
        let _ = stream.read_to_end(&mut read).await;
    }
    String::from_utf8_lossy(&read).into_owned()
}

pub(crate) async fn get(transport: &Hyper, url: String) -> Result<Response<Body>, TransportError> {
    transport.send(Request::get(url).body(Body::empty()).unwrap()).await
}

/// The body's bytes, or why they broke off.
pub(crate) async fn read(response: Response<Body>) -> Result<Vec<u8>, TransportError> {
    let mut body = std::pin::pin!(response.into_body());
    let mut all = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await {
        all.extend(frame?.into_data().unwrap_or_default());
    }
    Ok(all)
}
