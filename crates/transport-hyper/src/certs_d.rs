//! Certificates of single registries, as docker, podman and containerd find them: a directory `certs.d` with a
//! directory for each host, in which are
//!
//! | file | what it is |
//! |---|---|
//! | `*.crt` | certificates of authorities, trusted for this host beside those of the system |
//! | `X.cert` with `X.key` | a client certificate and its private key |

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use wharf_client::Host;

use crate::site::Site;
use crate::{Identity, Tls, TlsError, TlsErrorKind};

/// What directories such as `/etc/docker/certs.d` have to say about single hosts.
///
/// A directory is named `host:port`, or `host` alone for port 443; other names are passed over. Of several directories
/// for one host the first one counts and no other. Everything is read when the value is made, once: files of at most
/// 1 MiB, of 1,024 hosts with 256 files each. A host whose files cannot be used gets no connection; the others do.
///
/// ```no_run
/// use wharf_transport_hyper::{CertsD, Hyper};
///
/// # fn transport() -> Result<Hyper, wharf_transport_hyper::TlsError> {
/// let found = CertsD::read(["/etc/containers/certs.d", "/etc/docker/certs.d"])?;
/// for (host, problem) in found.problems() {
///     println!("there will be no connection to {host}: {problem}");
/// }
/// let transport = Hyper::new().with_certs_d(&found);
/// # Ok(transport)
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct CertsD(BTreeMap<Site, (Host, Result<Tls, TlsError>)>);

const MAX_FILE: u64 = 1 << 20;
const MAX_HOSTS: usize = 1024;
const MAX_FILES: usize = 256;

impl CertsD {
    /// Reads directories, of which the first has the first word. One that does not exist has nothing to say.
    ///
    /// It waits for the disk, so a program that must not wait calls it where it may.
    ///
    /// # Errors
    /// [`TlsErrorKind::Unreadable`] and [`TlsErrorKind::TooMany`] about one of the directories. What is wrong with a
    /// single host is in [`problems`](Self::problems).
    pub fn read<P: AsRef<Path>>(directories: impl IntoIterator<Item = P>) -> Result<Self, TlsError> {
        let mut all = Self::default();
        for directory in directories {
            for path in children(directory.as_ref(), MAX_HOSTS)? {
                let host = path.file_name().and_then(OsStr::to_str).and_then(|name| Host::parse(name).ok());
                let Some((site, host)) = host.and_then(|host| Some((Site::of_host(&host)?, host))) else { continue };
                if path.is_dir() {
                    all.0.entry(site).or_insert_with(|| (host, of_host(&path)));
                }
            }
        }
        Ok(all)
    }

    /// The hosts that something is known about.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.0.values().map(|(host, _)| host)
    }

    /// The hosts whose files cannot be used, and why. A connection to one of them fails with the same error.
    pub fn problems(&self) -> impl Iterator<Item = (&Host, &TlsError)> {
        self.0.values().filter_map(|(host, tls)| Some((host, tls.as_ref().err()?)))
    }

    pub(crate) fn sites(&self) -> impl Iterator<Item = (&Site, &Result<Tls, TlsError>)> {
        self.0.iter().map(|(site, (_, tls))| (site, tls))
    }
}

/// What is in a directory, in the order of names.
fn children(directory: &Path, limit: usize) -> Result<Vec<PathBuf>, TlsError> {
    let unreadable = |error| TlsError::new(TlsErrorKind::Unreadable).because(error).at(directory);
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let paths: io::Result<Vec<_>> = entries.take(limit + 1).map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(unreadable)?;
    if paths.len() > limit {
        return Err(TlsError::new(TlsErrorKind::TooMany).at(directory));
    }
    paths.sort_unstable();
    Ok(paths)
}

/// Everything in the directory of a host.
fn of_host(directory: &Path) -> Result<Tls, TlsError> {
    let files = children(directory, MAX_FILES)?;
    files.iter().try_fold(Tls::new(), |tls, path| match path.extension().and_then(OsStr::to_str) {
        Some("crt") => tls.with_roots_pem(content(path)?).map_err(|error| error.at(path)),
        Some("cert") => Ok(tls.with_identity(pair(path, &files)?)),
        Some("key") if !files.contains(&path.with_extension("cert")) => {
            Err(TlsError::new(TlsErrorKind::MissingCertificate).at(&path.with_extension("cert")))
        }
        _ => Ok(tls),
    })
}

/// A client certificate with the key beside it.
fn pair(certificate: &Path, files: &[PathBuf]) -> Result<Identity, TlsError> {
    let key = certificate.with_extension("key");
    if !files.contains(&key) {
        return Err(TlsError::new(TlsErrorKind::MissingKey).at(&key));
    }
    Identity::from_pem(&content(certificate)?, &content(&key)?).map_err(|error| {
        let about_key = matches!(error.kind(), TlsErrorKind::Key | TlsErrorKind::WrongKey);
        error.at(if about_key { &key } else { certificate })
    })
}

fn content(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |error| TlsError::new(TlsErrorKind::Unreadable).because(error).at(path);
    // Of a pipe, opening it would wait for whoever writes to it.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::from(ErrorKind::InvalidInput)));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    match bytes.len() as u64 > MAX_FILE {
        true => Err(TlsError::new(TlsErrorKind::TooLarge).at(path)),
        false => Ok(bytes),
    }
}
