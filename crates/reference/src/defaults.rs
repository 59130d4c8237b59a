//! Docker's defaults: where a name without a host is, and what has a host.

use crate::grammar::{self, HOST_MARK, MAX_PATH};

/// Docker Hub's name in references.
pub(crate) const HUB: &str = "docker.io";
/// Its other name, which is read as the first.
const HUB_INDEX: &str = "index.docker.io";
/// Where Docker Hub keeps the images that are written as a single word.
pub(crate) const OFFICIAL: &str = "library/";

pub(crate) fn is_hub(host: &[u8]) -> bool {
    host == HUB.as_bytes() || host == HUB_INDEX.as_bytes()
}

/// Whether a first component is a host and no part of a path.
pub(crate) fn looks_like_host(first: &[u8]) -> bool {
    first == b"localhost" || first.iter().any(|byte| grammar::class(*byte) & HOST_MARK != 0)
}

/// How long a path may be as it is written.
pub(crate) const fn max_path(official: bool) -> usize {
    if official { MAX_PATH - OFFICIAL.len() } else { MAX_PATH }
}
