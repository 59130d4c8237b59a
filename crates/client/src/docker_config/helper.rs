//! Programs that know credentials: `docker-credential-NAME`, asked with `get`.

use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::cache::{Cache, Kept};
use super::{HelperError, HelperErrorKind, answer, key, process, thread};
use crate::{Clock, Credential, SystemClock};

/// The name of a credential helper, as configuration files have it: what follows `docker-credential-`.
///
/// ```
/// use wharf_client::docker_config::HelperName;
///
/// assert_eq!(HelperName::parse("ecr-login").unwrap().as_str(), "ecr-login");
/// assert!(HelperName::parse("../x").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HelperName(Box<str>);

impl HelperName {
    /// Reads a name: letters and digits of ASCII, `_`, `.` and `-`, at most 64 of them.
    ///
    /// # Errors
    /// [`InvalidHelperName`] when there is anything else in it, or nothing.
    pub fn parse(text: &str) -> Result<Self, InvalidHelperName> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        match (1..=64).contains(&text.len()) && text.bytes().all(is_plain) {
            true => Ok(Self(text.into())),
            false => Err(InvalidHelperName),
        }
    }

    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text is not the name of a helper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidHelperName;

impl fmt::Display for InvalidHelperName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a helper's name has letters, digits, `_`, `.` and `-`, and at most 64 of them")
    }
}

impl Error for InvalidHelperName {}

/// How far a helper is trusted, and for how long its answer is.
///
/// ```
/// use std::time::Duration;
/// use wharf_client::docker_config::HelperLimits;
///
/// let mut limits = HelperLimits::default();
/// assert_eq!((limits.time, limits.output_bytes), (Duration::from_secs(10), 64 << 10));
/// limits.keep = Duration::ZERO;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HelperLimits {
    /// How long it may run: 10 seconds.
    pub time: Duration,
    /// How much it may print, in bytes: 64 KiB.
    pub output_bytes: usize,
    /// How long an answer is used again, even when it is that there is nothing: a minute.
    pub keep: Duration,
    /// How long a failure is told again without asking: 5 seconds.
    pub keep_failure: Duration,
}

impl Default for HelperLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            output_bytes: 64 << 10,
            keep: Duration::from_secs(60),
            keep_failure: Duration::from_secs(5),
        }
    }
}

/// The helpers that are on a search path. A clone shares what they answered.
///
/// A helper is run by its absolute path and without a shell, with the one argument `get` and the registry in one line on
/// its standard input. It inherits the environment and the working directory, and what it prints as diagnostics is
/// dropped. A helper that takes too long is ended; what it may have started itself is not.
#[derive(Clone)]
pub struct Helpers {
    directories: Arc<[PathBuf]>,
    limits: HelperLimits,
    clock: Arc<dyn Clock>,
    cache: Arc<Cache>,
}

impl Helpers {
    /// The helpers on a search path such as `PATH`. Only its absolute directories count, so that nothing is run from
    /// wherever the program happens to be; without a path there are no helpers.
    #[must_use]
    pub fn new(path: Option<&OsStr>) -> Self {
        let directories = std::env::split_paths(path.unwrap_or_default()).filter(|directory| directory.is_absolute());
        Self {
            directories: directories.collect(),
            limits: HelperLimits::default(),
            clock: Arc::new(SystemClock::new()),
            cache: Arc::default(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: HelperLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with another idea of the time, by which answers are used again. Those that there are are forgotten. How
    /// long a helper runs is real time.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self.cache = Arc::default();
        self
    }

    /// Asks a helper for the credential of a registry: a host with its port, or the URL that Docker Hub has with
    /// helpers.
    ///
    /// Who asks for the same at the same time waits for the same answer.
    ///
    /// # Errors
    /// [`HelperError`] with whatever kept the helper from an answer. That it has no credential is none.
    ///
    /// # Cancel safety
    /// A helper that runs already is left to its end or its limit, and its answer is dropped.
    pub async fn get(&self, name: &HelperName, server: &str) -> Result<Option<Credential>, HelperError> {
        let slot = self.cache.slot(name, server);
        let mut kept = slot.lock().await;
        if let Some(answer) = kept.as_ref().and_then(|kept| kept.at(self.clock.now())) {
            return answer.clone();
        }
        let answer = self.ask(name, server).await;
        let keep = if answer.is_ok() { self.limits.keep } else { self.limits.keep_failure };
        *kept = Some(Kept::new(answer.clone(), self.clock.now() + keep));
        answer
    }

    async fn ask(&self, name: &HelperName, server: &str) -> Result<Option<Credential>, HelperError> {
        let fail = |kind| HelperError::new(name, kind);
        if server.is_empty() || server.len() > MAX_SERVER || !server.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(fail(HelperErrorKind::Server));
        }
        let program = self.find(name).ok_or_else(|| fail(HelperErrorKind::NotFound))?;
        let (line, limits) = (format!("{server}\n"), self.limits);
        let ran = thread::run(move || process::run(&program, &line, &limits)).await;
        let output = ran.unwrap_or_else(|error| Err(error.into())).map_err(|failure| failure.of(name))?;
        answer::read(&output, &key::registry_of(server)).map_err(fail)
    }

    fn find(&self, name: &HelperName) -> Option<PathBuf> {
        let file = format!("docker-credential-{}{}", name.0, std::env::consts::EXE_SUFFIX);
        self.directories.iter().map(|directory| directory.join(&file)).find(|path| is_program(path))
    }
}

/// The longest name that a host can have, with room for a scheme, a port and a path.
const MAX_SERVER: usize = 512;

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

impl fmt::Debug for Helpers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Helpers").field("limits", &self.limits).finish_non_exhaustive()
    }
}
