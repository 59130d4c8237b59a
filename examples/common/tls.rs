use std::io;
use std::path::Path;
use std::sync::Arc;

use http::Extensions;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Failure;

/// The server's side of TLS.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// With a certificate, those that vouch for it, and its key, in PEM form. Clients may choose HTTP/2.
    pub fn read(certificates: &Path, key: &Path) -> Result<Self, Failure> {
        let unreadable = |path: &Path| format!("cannot read {}", path.display());
        let chain = CertificateDer::pem_file_iter(certificates)
            .and_then(Iterator::collect)
            .map_err(|error| format!("{}: {error}", unreadable(certificates)))?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{}: {error}", unreadable(key)))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions()?.with_no_client_auth();
        let mut config = config.with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// The handshake of one connection. Who asks clients for certificates finds them in the stream's connection, and
    /// gives them to requests as an extension.
    pub async fn handshake(self, stream: TcpStream) -> io::Result<(TlsStream<TcpStream>, Extensions)> {
        Ok((self.0.accept(stream).await?, Extensions::new()))
    }
}
