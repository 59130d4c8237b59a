//! Certificate authorities, and what they certify.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::server::{HELLO, spawn, talk};

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
}

/// A certificate and its key.
pub(crate) struct Pair {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) certificate: String,
    pub(crate) key: String,
    key_der: Vec<u8>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { der: certificate.der().clone(), pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn certify(&self, name: &str) -> Pair {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Pair {
            der: certificate.der().clone(),
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            key_der: key.serialize_der(),
        }
    }

    /// What a server at `localhost` has that this authority certifies. If `members` is one, it wants certificates from
    /// it.
    pub(crate) fn server(&self, members: Option<&Self>) -> ServerConfig {
        let pair = self.certify("localhost");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let config = match members {
            None => config.unwrap().with_no_client_auth(),
            Some(members) => {
                let mut roots = RootCertStore::empty();
                roots.add(members.der.clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.unwrap().with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        config.with_single_cert(vec![pair.der.clone()], PrivateKeyDer::try_from(pair.key_der).unwrap()).unwrap()
    }

    /// A server for one connection, that tells what it read and which certificate it was shown; nothing when nobody
    /// agreed with it.
    pub(crate) async fn serve(&self, members: Option<&Self>) -> (u16, JoinHandle<Option<Seen>>) {
        let acceptor = TlsAcceptor::from(Arc::new(self.server(members)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = spawn(async move {
            let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.ok()?;
            let text = talk(&mut stream, HELLO, false).await;
            let shown = stream.get_ref().1.peer_certificates();
            Some(Seen { text, shown: shown.map(|shown| shown[0].clone().into_owned()) })
        });
        (port, server)
    }
}

pub(crate) struct Seen {
    pub(crate) text: String,
    pub(crate) shown: Option<CertificateDer<'static>>,
}
