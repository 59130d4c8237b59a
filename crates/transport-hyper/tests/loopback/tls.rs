//! Who is trusted, and who is told who we are.

use std::error::Error as _;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wharf_client::{Host, TransportError, TransportErrorKind};
use wharf_transport_hyper::{Hyper, Identity, Tls, TlsErrorKind};

use crate::authority::{Authority, Pair};
use crate::server::{HELLO, get, read, spawn};

/// Trusts one authority and nobody else.
fn only(authority: &Authority) -> Tls {
    Tls::new().without_system_roots().with_roots_pem(&authority.pem).unwrap()
}

fn identity(pair: &Pair) -> Identity {
    Identity::from_pem(pair.certificate.as_bytes(), pair.key.as_bytes()).unwrap()
}

async fn hello(transport: &Hyper, port: u16) -> Result<Vec<u8>, TransportError> {
    read(get(transport, format!("https://localhost:{port}/")).await?).await
}

fn untrusted(outcome: Result<Vec<u8>, TransportError>) {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Tls, "{error:?}");
}

#[tokio::test]
async fn an_authority_that_was_added_is_trusted_in_either_form() {
    let (authority, other) = (Authority::new("one"), Authority::new("two"));
    let bundle = format!("# two of them\n{}\n{}", other.pem, authority.pem);
    let transports = [
        Hyper::new().with_root(authority.der.to_vec()).unwrap(),
        Hyper::new().with_tls(Tls::new().with_root_der(authority.der.to_vec()).unwrap()),
        Hyper::new().with_tls(Tls::new().without_system_roots().with_roots_pem(bundle).unwrap()),
    ];
    for transport in transports {
        let (port, server) = authority.serve(None).await;
        assert_eq!(hello(&transport, port).await.unwrap(), b"hello");
        let seen = server.await.unwrap().unwrap();
        assert!(seen.text.contains(&format!("host: localhost:{port}")));
        assert_eq!(seen.shown, None);
    }
}

#[tokio::test]
async fn no_other_authority_is_and_nothing_is_sent_to_its_server() {
    let (authority, other) = (Authority::new("one"), Authority::new("two"));
    for transport in [Hyper::new().with_tls(only(&other)), Hyper::new().with_root(other.der.to_vec()).unwrap()] {
        let (port, server) = authority.serve(None).await;
        untrusted(hello(&transport, port).await);
        assert!(server.await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_certificate_of_another_name_is_not_trusted() {
    let authority = Authority::new("one");
    let (port, server) = authority.serve(None).await;
    let error = get(&Hyper::new().with_tls(only(&authority)), format!("https://127.0.0.1:{port}/")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Tls, "{error:?}");
    assert!(server.await.unwrap().is_none());
}

/// The reason is told without a connection: nobody listens there.
#[tokio::test]
async fn who_trusts_nobody_connects_to_nobody() {
    let error = hello(&Hyper::new().with_tls(Tls::new().without_system_roots()), 1).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Tls);
    let cause = error.source().unwrap().source().unwrap();
    assert_eq!(cause.to_string(), "the system's authorities are not trusted, and none was added");
}

#[tokio::test]
async fn plain_http_behind_https_is_no_connection_to_trust() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        stream.write_all(HELLO.as_bytes()).await.unwrap();
        let mut read = Vec::new();
        let _ = stream.read_to_end(&mut read).await;
        read
    });
    untrusted(hello(&Hyper::new().with_tls(only(&Authority::new("one"))), port).await);
    assert!(!String::from_utf8_lossy(&server.await.unwrap()).contains("HTTP/1.1"), "nothing is asked in the clear");
}

#[tokio::test]
async fn what_one_host_is_trusted_for_is_of_no_use_to_another() {
    let (first, second) = (Authority::new("one"), Authority::new("two"));
    let ((mine, served), (theirs, refused)) = (first.serve(None).await, first.serve(None).await);
    let host = |port| Host::parse(&format!("localhost:{port}")).unwrap();
    let transport =
        Hyper::new().with_tls(only(&second)).with_host_tls(&host(mine), Tls::new().with_roots_pem(&first.pem).unwrap());
    assert_eq!(hello(&transport, mine).await.unwrap(), b"hello");
    untrusted(hello(&transport, theirs).await);
    assert!(served.await.unwrap().is_some() && refused.await.unwrap().is_none());
    // What holds everywhere holds there, too.
    let (port, _server) = second.serve(None).await;
    let elsewhere = transport.with_host_tls(&host(port), Tls::new().with_roots_pem(&first.pem).unwrap());
    assert_eq!(hello(&elsewhere, port).await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_host_that_wants_a_certificate_gets_it_or_gives_nothing() {
    let (authority, members) = (Authority::new("one"), Authority::new("members"));
    let pair = members.certify("robot");
    let tls = only(&authority);
    let (port, server) = authority.serve(Some(&members)).await;
    untrusted(hello(&Hyper::new().with_tls(tls.clone()), port).await);
    assert!(server.await.unwrap().is_none());

    let (port, server) = authority.serve(Some(&members)).await;
    let transport = Hyper::new().with_tls(tls.with_identity(identity(&pair)));
    assert_eq!(hello(&transport, port).await.unwrap(), b"hello");
    assert_eq!(server.await.unwrap().unwrap().shown, Some(pair.der));
}

#[tokio::test]
async fn a_host_is_shown_the_certificate_that_it_asks_for() {
    let (authority, members, club) = (Authority::new("one"), Authority::new("members"), Authority::new("club"));
    let (member, guest) = (members.certify("robot"), club.certify("robot"));
    for wanted in [&members, &club] {
        let (port, server) = authority.serve(Some(wanted)).await;
        let tls = only(&authority).with_identity(identity(&member)).with_identity(identity(&guest));
        assert_eq!(hello(&Hyper::new().with_tls(tls), port).await.unwrap(), b"hello");
        let right = if std::ptr::eq(wanted, &raw const members) { &member } else { &guest };
        assert_eq!(server.await.unwrap().unwrap().shown, Some(right.der.clone()));
    }
}

/// A certificate for one host is not shown to another, even if that one asks for it.
#[tokio::test]
async fn a_certificate_for_one_host_is_not_shown_to_another() {
    let (authority, members) = (Authority::new("one"), Authority::new("members"));
    let (port, server) = authority.serve(Some(&members)).await;
    let elsewhere = Host::parse("localhost:1").unwrap();
    let own = Tls::new().with_identity(identity(&members.certify("robot")));
    let transport = Hyper::new().with_tls(only(&authority)).with_host_tls(&elsewhere, own);
    untrusted(hello(&transport, port).await);
    assert!(server.await.unwrap().is_none());
}

#[test]
fn what_is_no_certificate_and_no_key_is_refused() {
    let authority = Authority::new("one");
    let (pair, other) = (authority.certify("robot"), authority.certify("robot"));
    let kind = |certificate: &str, key: &str| {
        Identity::from_pem(certificate.as_bytes(), key.as_bytes()).map_err(|error| error.kind()).unwrap_err()
    };
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(kind("", &pair.key), TlsErrorKind::NoCertificate);
    assert_eq!(kind(&pair.key, &pair.key), TlsErrorKind::NoCertificate);
    assert_eq!(kind(broken, &pair.key), TlsErrorKind::Certificate);
    assert_eq!(kind("-----BEGIN CERTIFICATE-----\nAAAA", &pair.key), TlsErrorKind::Certificate);
    assert_eq!(kind(&pair.certificate, ""), TlsErrorKind::Key);
    assert_eq!(kind(&pair.certificate, &pair.certificate), TlsErrorKind::Key);
    assert_eq!(kind(&pair.certificate, &broken.replace("CERTIFICATE", "PRIVATE KEY")), TlsErrorKind::Key);
    assert_eq!(kind(&pair.certificate, &other.key), TlsErrorKind::WrongKey);
    let root = |pem: &str| Tls::new().with_roots_pem(pem).map_err(|error| error.kind()).unwrap_err();
    assert_eq!(root(&pair.key), TlsErrorKind::NoCertificate);
    assert_eq!(root(&format!("{}{broken}", authority.pem)), TlsErrorKind::Certificate);
    let error = Hyper::new().with_root(b"no certificate".to_vec()).unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Certificate);
}

#[test]
fn a_key_is_in_no_output() {
    let pair = Authority::new("one").certify("robot");
    let identity = identity(&pair);
    let tls = Tls::new().with_identity(identity.clone());
    assert_eq!(format!("{identity:?}"), "Identity { certificates: 1, .. }");
    let wrong = Identity::from_pem(pair.certificate.as_bytes(), pair.key.replace('A', "!").as_bytes());
    let printed = format!("{tls:?} {:?} {wrong:?}", Hyper::new().with_tls(tls.clone()));
    let secret = pair.key.lines().nth(1).unwrap();
    for start in 0..secret.len() - 8 {
        assert!(!printed.contains(&secret[start..start + 8]), "{printed}");
    }
}
