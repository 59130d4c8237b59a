//! What goes into a handler and what comes out of it.

use http::{HeaderMap, Response};
use wharf_registry::{Limits, Registry};

use crate::Body;
use crate::budget::Budget;
use crate::failure::Failure;

/// What every handler has at hand.
pub(crate) struct Call<'a> {
    pub(crate) registry: &'a dyn Registry,
    pub(crate) settings: &'a Settings,
    pub(crate) budget: &'a Budget,
    pub(crate) headers: &'a HeaderMap,
}

/// What every handler gives.
pub(crate) type Answer = Result<Response<Body>, Failure>;

/// What a service allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) blob_bytes: u64,
    pub(crate) verify: bool,
}

/// 1 TiB: more than any layer, less than any disk should be filled with by one request.
const BLOB_BYTES: u64 = 1 << 40;

impl Default for Settings {
    fn default() -> Self {
        Self { limits: Limits::default(), blob_bytes: BLOB_BYTES, verify: true }
    }
}
