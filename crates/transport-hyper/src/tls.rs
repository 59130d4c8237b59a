//! Whom to trust, and who we are.
//!
//! Authorities are those of the system and those of the caller, verified by rustls with ring; there is no way to trust
//! everybody.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::identity::{self, Choice, Identity};
use crate::{TlsError, TlsErrorKind};

/// Authorities that are trusted, and client certificates to show.
///
/// It begins with the authorities of the system and no client certificate.
///
/// ```no_run
/// use wharf_transport_hyper::{Hyper, Tls};
///
/// # fn company() -> Result<Hyper, Box<dyn std::error::Error>> {
/// // Nobody is trusted but those whom the company's own authorities have certified.
/// let tls = Tls::new().without_system_roots().with_roots_pem(std::fs::read("/etc/company/ca.pem")?)?;
/// let transport = Hyper::new().with_tls(tls);
/// # Ok(transport)
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Tls {
    roots: Vec<CertificateDer<'static>>,
    identities: Vec<Identity>,
    without_system: bool,
}

impl Tls {
    /// The authorities of the system, and no client certificate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more authority, given as the DER form of its certificate.
    ///
    /// # Errors
    /// [`TlsErrorKind::Certificate`] when it cannot be read.
    pub fn with_root_der(self, der: impl Into<Vec<u8>>) -> Result<Self, TlsError> {
        self.with_root(CertificateDer::from(der.into()))
    }

    /// The same with every authority whose certificate is in a text in PEM form. Keys and what else is between them is
    /// left alone.
    ///
    /// # Errors
    /// [`TlsErrorKind::NoCertificate`] when there is none, and [`TlsErrorKind::Certificate`] when one cannot be read:
    /// who leaves out one of several does not notice until it is needed.
    pub fn with_roots_pem(self, pem: impl AsRef<[u8]>) -> Result<Self, TlsError> {
        identity::certificates(pem.as_ref())?.into_iter().try_fold(self, Self::with_root)
    }

    fn with_root(mut self, certificate: CertificateDer<'static>) -> Result<Self, TlsError> {
        let added = RootCertStore::empty().add(certificate.clone());
        added.map_err(|error| TlsError::new(TlsErrorKind::Certificate).because(error))?;
        self.roots.push(certificate);
        Ok(self)
    }

    /// The same, and the authorities of the system are not trusted.
    #[must_use]
    pub const fn without_system_roots(mut self) -> Self {
        self.without_system = true;
        self
    }

    /// The same with one more client certificate. Of several, a host gets to see the first one that an authority has
    /// issued which it says it trusts, and else the first one.
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identities.push(identity);
        self
    }

    /// Both together; the client certificates of `more` come first. The system's authorities are trusted if both do.
    pub(crate) fn and(&self, more: &Self) -> Self {
        Self {
            roots: self.roots.iter().chain(&more.roots).cloned().collect(),
            identities: more.identities.iter().chain(&self.identities).cloned().collect(),
            without_system: self.without_system || more.without_system,
        }
    }

    /// The configuration of a connection that may speak HTTP/2 or HTTP/1.1.
    pub(crate) fn config(&self, system: &System) -> Result<ClientConfig, NoRoots> {
        let mut store = RootCertStore::empty();
        if !self.without_system {
            store.add_parsable_certificates(system.roots().certs.iter().cloned());
        }
        store.add_parsable_certificates(self.roots.iter().cloned());
        if store.is_empty() {
            return Err(NoRoots { system: (!self.without_system).then(|| system.clone()) });
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|_| NoRoots { system: None })?.with_root_certificates(store);
        let mut config = match self.identities.is_empty() {
            true => config.with_no_client_auth(),
            false => config.with_client_cert_resolver(Arc::new(Choice(self.identities.clone()))),
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Tls");
        debug.field("roots", &self.roots.len()).field("identities", &self.identities);
        debug.field("system_roots", &!self.without_system).finish()
    }
}

/// The system's authorities, read when they are first needed. Certificates that cannot be read are left out, as
/// everybody does.
#[derive(Clone, Default)]
pub(crate) struct System(Arc<OnceLock<rustls_native_certs::CertificateResult>>);

impl System {
    fn roots(&self) -> &rustls_native_certs::CertificateResult {
        self.0.get_or_init(rustls_native_certs::load_native_certs)
    }
}

/// No certificate authority is known, so nobody can be trusted.
#[derive(Clone)]
pub(crate) struct NoRoots {
    /// Where none was found, if it was asked.
    system: Option<System>,
}

impl fmt::Display for NoRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.system {
            Some(_) => "the system has no certificates of authorities, and none was added",
            None => "the system's authorities are not trusted, and none was added",
        })
    }
}

impl fmt::Debug for NoRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoRoots").field("source", &self.source()).finish()
    }
}

impl Error for NoRoots {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.system.as_ref()?.roots().errors.first().map(|error| error as _)
    }
}
