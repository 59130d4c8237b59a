//! Whom to trust.
//!
//! The system's authorities and those of the caller, verified by rustls with ring; there is no way to trust everybody.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// The certificate authorities that the caller added to those of the system.
#[derive(Clone, Default)]
pub(crate) struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// One more authority, if its certificate can be read as one.
    pub(crate) fn with(mut self, der: Vec<u8>) -> Result<Self, RootError> {
        let certificate = CertificateDer::from(der);
        RootCertStore::empty().add(certificate.clone()).map_err(|source| RootError { source })?;
        self.0.push(certificate);
        Ok(self)
    }

    /// The configuration of a connection. Certificates of the system that cannot be read are left out, as everybody
    /// does; that all of them are is an error, because nothing could be reached then.
    pub(crate) fn config(&self) -> Result<ClientConfig, NoRoots> {
        let system = rustls_native_certs::load_native_certs();
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(system.certs.into_iter().chain(self.0.iter().cloned()));
        if store.is_empty() {
            return Err(NoRoots { source: system.errors.into_iter().next().map(Arc::new) });
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|_| NoRoots { source: None })?;
        Ok(config.with_root_certificates(store).with_no_client_auth())
    }
}

/// A certificate that cannot be read.
///
/// ```
/// use wharf_transport_hyper::Hyper;
///
/// let error = Hyper::new().with_root(b"no certificate".to_vec()).unwrap_err();
/// assert_eq!(error.to_string(), "not the certificate of an authority");
/// ```
#[derive(Clone, Debug)]
pub struct RootError {
    source: rustls::Error,
}

impl fmt::Display for RootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the certificate of an authority")
    }
}

impl Error for RootError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// No certificate authority is known, so nobody can be trusted.
#[derive(Clone, Debug)]
pub(crate) struct NoRoots {
    source: Option<Arc<rustls_native_certs::Error>>,
}

impl fmt::Display for NoRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system has no certificates of authorities, and none was added")
    }
}

impl Error for NoRoots {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
