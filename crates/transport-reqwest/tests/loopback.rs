//! The transport against servers on the loopback interface.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use reqwest::ClientBuilder;
use reqwest::redirect::Policy;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use wharf_client::{Body, Reach, Transport, TransportError, TransportErrorKind};
use wharf_testkit::transport::{self, HELLO, get, read, server, spawn, talk};
use wharf_transport_reqwest::{PublicAddresses, Redirected, Reqwest};

/// A client that trusts one certificate, or nobody.
fn builder(trusted: Option<rustls::pki_types::CertificateDer<'static>>) -> ClientBuilder {
    let mut roots = RootCertStore::empty();
    trusted.into_iter().for_each(|root| roots.add(root).unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(config).redirect(Policy::none()).no_proxy()
}

fn transport() -> Reqwest {
    Reqwest::new(builder(None).build().unwrap())
}

#[tokio::test]
async fn the_laws_of_transports() {
    transport::all(&transport()).await;
}

#[tokio::test]
async fn silence_times_out() {
    let client = builder(None).read_timeout(Duration::from_millis(50)).build().unwrap();
    transport::gives_up_on_silence(&Reqwest::new(client)).await;
}

#[tokio::test]
async fn a_client_that_follows_redirects_is_found_out() {
    let (there, _server) = server(HELLO, false).await;
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: http://{there}/x\r\nContent-Length: 0\r\n\r\n");
    let (address, _server) = server(answer, false).await;
    let client = builder(None).redirect(Policy::limited(3)).build().unwrap();
    let error = get(&Reqwest::new(client), format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
    let cause = error.source().unwrap();
    assert!(cause.is::<Redirected>() && cause.to_string().contains("may have sent credentials"), "{cause}");
}

#[tokio::test]
async fn who_cannot_be_trusted_is_not_just_absent() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    for trusted in [None, Some(made.cert.der().clone())] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = acceptor.clone();
        let server = spawn(async move {
            let stream = acceptor.accept(listener.accept().await.unwrap().0).await.ok()?;
            Some(talk(stream, HELLO, false).await)
        });
        let is_trusted = trusted.is_some();
        let transport = Reqwest::new(builder(trusted).build().unwrap());
        match get(&transport, format!("https://localhost:{port}/")).await {
            Ok(response) => assert_eq!((read(response).await.unwrap(), is_trusted), (b"hello".to_vec(), true)),
            Err(error) => assert_eq!((error.kind(), is_trusted), (TransportErrorKind::Tls, false), "{error:?}"),
        }
        assert_eq!(server.await.unwrap().is_some(), is_trusted);
    }
    // Nobody listens there, so that there is nobody to be trusted or not.
    let error = get(&transport(), "https://localhost:1/".to_owned()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect, "{error:?}");
}

async fn ask(transport: &Reqwest, url: String, reach: Reach) -> Result<Vec<u8>, TransportError> {
    let mut request = Request::get(url).body(Body::empty()).unwrap();
    request.extensions_mut().insert(reach);
    read(transport.send(request).await?).await
}

#[tokio::test]
async fn a_peer_does_not_lead_to_this_machine() {
    let (address, server) = server(HELLO, false).await;
    let public = builder(None).dns_resolver(PublicAddresses::new()).build().unwrap();
    let transport = transport().with_public_client(public);
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"] {
        let url = format!("http://{host}:{}/", address.port());
        let error = ask(&transport, url, Reach::Public).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Forbidden, "{host}: {error:?}");
    }
    assert_eq!(ask(&transport, format!("http://{address}/here"), Reach::Anywhere).await.unwrap(), b"hello");
    assert!(server.await.unwrap().starts_with("GET /here "), "nobody else has come");
}
