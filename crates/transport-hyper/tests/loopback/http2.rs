//! HTTP/2: a stream ends for many reasons, and a request is repeated for some.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::select;
use futures_util::stream;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::{Request, Response, Version};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use wharf_client::{Body, Transport, TransportError, TransportErrorKind};
use wharf_transport_hyper::{Hyper, Tls};

use crate::authority::Authority;
use crate::server::{get, read, spawn};

/// How the server ends the one request that it gets.
#[derive(Clone, Copy, Debug)]
enum End {
    /// `hello`.
    Well,
    /// Nothing, for as long as the connection stays.
    Never,
    /// Instead of an answer, or after a part of it.
    Reset(Reason),
    Cut(Reason),
    /// A part of what it said would come.
    Short,
    /// The whole connection, instead of an answer.
    GoAway(Reason),
    Drop,
    /// After a part of the answer.
    DropLate,
}

type Connection = h2::server::Connection<TlsStream<TcpStream>, Bytes>;

/// What the server does with the request. It may have something left to do when the answer's head has arrived.
fn act(connection: &mut Connection, mut respond: SendResponse<Bytes>, end: End) -> Option<SendStream<Bytes>> {
    match end {
        End::Reset(reason) => respond.send_reset(reason),
        End::GoAway(reason) => connection.abrupt_shutdown(reason),
        End::Never => std::mem::forget(respond),
        End::Drop => {}
        End::Well | End::Cut(_) | End::Short | End::DropLate => {
            let length = if matches!(end, End::Well) { 5 } else { 9 };
            let head = Response::builder().header("content-length", length).body(()).unwrap();
            let mut body = respond.send_response(head, false).unwrap();
            body.send_data("hello".into(), matches!(end, End::Well | End::Short)).unwrap();
            return Some(body);
        }
    }
    None
}

/// A server for one request, and what tells it that its head has arrived.
async fn server(authority: &Authority, end: End) -> (u16, Arc<Notify>) {
    let mut config = authority.server(None);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let arrived = Arc::new(Notify::new());
    let signal = Arc::clone(&arrived);
    spawn(async move {
        let stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (_request, respond) = connection.accept().await.unwrap().unwrap();
        let mut left = act(&mut connection, respond, end);
        if left.is_some() {
            select(pin!(connection.accept()), pin!(signal.notified())).await;
        }
        if let (Some(body), End::Cut(reason)) = (&mut left, end) {
            body.send_reset(reason);
        }
        if !matches!(end, End::Drop | End::DropLate) {
            while connection.accept().await.is_some_and(|next| next.is_ok()) {}
        }
    });
    (port, arrived)
}

fn trusting(authority: &Authority) -> Hyper {
    Hyper::new().with_tls(Tls::new().without_system_roots().with_roots_pem(&authority.pem).unwrap())
}

/// What came of the head and of the body.
async fn outcome(end: End) -> (Result<(), TransportErrorKind>, Option<Result<Vec<u8>, TransportErrorKind>>) {
    let authority = Authority::new("one");
    let (port, arrived) = server(&authority, end).await;
    match get(&trusting(&authority), format!("https://localhost:{port}/")).await {
        Err(error) => (Err(error.kind()), None),
        Ok(response) => {
            assert_eq!(response.version(), Version::HTTP_2);
            arrived.notify_one();
            (Ok(()), Some(read(response).await.map_err(|error| error.kind())))
        }
    }
}

#[tokio::test]
async fn http2_is_spoken_with_who_wants_it() {
    assert_eq!(outcome(End::Well).await, (Ok(()), Some(Ok(b"hello".to_vec()))));
}

#[tokio::test]
async fn a_request_that_got_no_answer() {
    use TransportErrorKind::{Closed, Connect, Other};
    let cases = [
        (End::Reset(Reason::REFUSED_STREAM), Connect),
        (End::Reset(Reason::INTERNAL_ERROR), Closed),
        (End::Reset(Reason::CANCEL), Closed),
        (End::Reset(Reason::ENHANCE_YOUR_CALM), Closed),
        (End::Reset(Reason::HTTP_1_1_REQUIRED), Other),
        (End::GoAway(Reason::NO_ERROR), Closed),
        (End::GoAway(Reason::ENHANCE_YOUR_CALM), Closed),
        (End::GoAway(Reason::REFUSED_STREAM), Closed),
        (End::Drop, Closed),
    ];
    for (end, kind) in cases {
        assert_eq!(outcome(end).await, (Err(kind), None), "{end:?}");
    }
}

#[tokio::test]
async fn an_answer_that_broke_off() {
    use TransportErrorKind::{Closed, Other};
    let cases = [
        (End::Cut(Reason::INTERNAL_ERROR), Closed),
        (End::Cut(Reason::REFUSED_STREAM), Closed),
        (End::Cut(Reason::HTTP_1_1_REQUIRED), Other),
        (End::Short, Closed),
        (End::DropLate, Closed),
    ];
    for (end, kind) in cases {
        assert_eq!(outcome(end).await, (Ok(()), Some(Err(kind))), "{end:?}");
    }
}

/// That the source failed is nothing that another attempt can make good.
#[tokio::test]
async fn the_error_of_a_request_body_is_not_the_peers() {
    let authority = Authority::new("one");
    let (port, _server) = server(&authority, End::Never).await;
    let failure = TransportError::new(TransportErrorKind::Other, "the source failed");
    let body = Body::stream(stream::iter([Ok(Bytes::from("abc")), Err(failure)]), Some(9));
    let request = Request::put(format!("https://localhost:{port}/")).body(body).unwrap();
    let error = trusting(&authority).send(request).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other, "{error:?}");
}
