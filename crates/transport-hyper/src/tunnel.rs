//! A way through a proxy of HTTP, to a host that it does not see into (RFC 9110 section 9.3.6).

use std::io;
use std::pin::pin;

use futures_util::future::{Either, select};
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, Request, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use wharf_client::Body;

use crate::ProxyRefusal;
use crate::failure::BoxError;
use crate::stream::Duplex;

/// Asks the proxy at the other end of `stream` for a tunnel to `target`, which is a host and a port.
pub(crate) async fn open(
    stream: Box<dyn Duplex>,
    target: &str,
    authorization: Option<HeaderValue>,
) -> Result<Box<dyn Duplex>, BoxError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut connection = pin!(connection.without_shutdown());
    let asking = pin!(sender.send_request(question(target, authorization)?));
    // The connection works while the answer is awaited, and ends with a tunnel.
    let (answer, ended) = match select(asking, &mut connection).await {
        Either::Left((answer, _)) => (answer?, None),
        Either::Right((ended, asking)) => (asking.await?, Some(ended)),
    };
    if !answer.status().is_success() {
        return Err(ProxyRefusal::new(answer.status()).into());
    }
    let ended = match ended {
        Some(ended) => ended?,
        None => connection.await?,
    };
    // Hosts over TLS do not speak first, so these bytes would be somebody else's.
    match ended.read_buf.is_empty() {
        true => Ok(ended.io.into_inner()),
        false => Err(io::Error::from(io::ErrorKind::InvalidData).into()),
    }
}

fn question(target: &str, authorization: Option<HeaderValue>) -> Result<Request<Body>, http::Error> {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = Uri::try_from(target)?;
    request.headers_mut().insert(HOST, HeaderValue::from_str(target)?);
    if let Some(authorization) = authorization {
        request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
    }
    Ok(request)
}
