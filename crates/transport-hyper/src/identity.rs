//! Who we are, to hosts that want to see a certificate.

use std::fmt;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{DistinguishedName, SignatureScheme};
use webpki::EndEntityCert;

use crate::{TlsError, TlsErrorKind};

/// A client certificate and its private key, for a host that wants one (mutual TLS). The key is in no output.
///
/// ```no_run
/// use wharf_transport_hyper::{Hyper, Identity, Tls};
///
/// # fn employee() -> Result<Hyper, Box<dyn std::error::Error>> {
/// let identity = Identity::from_pem(&std::fs::read("client.cert")?, &std::fs::read("client.key")?)?;
/// let transport = Hyper::new().with_tls(Tls::new().with_identity(identity));
/// # Ok(transport)
/// # }
/// ```
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// A certificate with those that lead from it to an authority, itself first, and the private key, both as PEM.
    ///
    /// # Errors
    /// [`TlsError`] when one of the two is missing or cannot be used, or when they do not belong together.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = certificates(chain)?;
        // What is wrong inside of a key is not told: the reason could repeat a part of it.
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::new(TlsErrorKind::Key))?;
        let pair = CertifiedKey::from_der(chain, key, &rustls::crypto::ring::default_provider());
        pair.map(|pair| Self(Arc::new(pair))).map_err(|error| TlsError::new(kind(&error)).because(error))
    }

    fn can_sign(&self, schemes: &[SignatureScheme]) -> bool {
        self.0.key.choose_scheme(schemes).is_some()
    }

    /// Whether one of the authorities has issued the certificate, or one on the way from it to its authority.
    fn is_issued_by(&self, authorities: &[&[u8]]) -> bool {
        let certificates = self.0.cert.iter().filter_map(|certificate| EndEntityCert::try_from(certificate).ok());
        let mut issuers = certificates.map(|certificate| DistinguishedName::in_sequence(certificate.issuer()));
        issuers.any(|issuer| authorities.contains(&issuer.as_ref()))
    }
}

/// Every certificate in a text, at least one.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if all.is_empty() => Err(TlsError::new(TlsErrorKind::NoCertificate)),
        Ok(all) => Ok(all),
        Err(_) => Err(TlsError::new(TlsErrorKind::Certificate)),
    }
}

const fn kind(error: &rustls::Error) -> TlsErrorKind {
    match error {
        rustls::Error::InconsistentKeys(_) => TlsErrorKind::WrongKey,
        rustls::Error::InvalidCertificate(_) => TlsErrorKind::Certificate,
        _ => TlsErrorKind::Key,
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificates", &self.0.cert.len()).finish_non_exhaustive()
    }
}

/// Which identity a host gets to see: the first one that an authority which it trusts has issued, else the first one.
/// Hosts do not name all that they trust, and whoever has one identity for a host means it to be shown there.
#[derive(Debug)]
pub(crate) struct Choice(pub(crate) Vec<Identity>);

impl ResolvesClientCert for Choice {
    fn resolve(&self, authorities: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let usable = || self.0.iter().filter(|identity| identity.can_sign(schemes));
        let wanted = usable().find(|identity| identity.is_issued_by(authorities)).or_else(|| usable().next());
        wanted.map(|identity| Arc::clone(&identity.0))
    }

    fn has_certs(&self) -> bool {
        !self.0.is_empty()
    }
}
