//! What goes into a handler and what comes out of it.

use http::{HeaderMap, Response};
use wharf_registry::{Limits, Registry};

use crate::budget::Budget;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::patience::Patience;
use crate::turn::Turns;
use crate::warning::Warnings;
use crate::{Body, Identity};

/// What every handler has at hand.
pub(crate) struct Call<'a> {
    pub(crate) registry: &'a dyn Registry,
    pub(crate) settings: &'a Settings,
    pub(crate) budget: &'a Budget,
    pub(crate) turns: &'a Turns,
    pub(crate) warnings: &'a Warnings,
    /// Who decides about rights, if anybody does.
    pub(crate) gate: Option<&'a Gate>,
    pub(crate) identity: &'a Identity,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) patience: Option<Patience>,
}

/// What every handler gives.
pub(crate) type Answer = Result<Response<Body>, Failure>;

/// What a service allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) blob_bytes: u64,
    pub(crate) verify: bool,
    /// How many upload sessions an identity may have open.
    pub(crate) uploads: usize,
}

/// 1 TiB: more than any layer, less than any disk should be filled with by one request.
const BLOB_BYTES: u64 = 1 << 40;

/// More than the layers that one client pushes at a time.
const UPLOADS: usize = 10;

impl Default for Settings {
    fn default() -> Self {
        Self { limits: Limits::default(), blob_bytes: BLOB_BYTES, verify: true, uploads: UPLOADS }
    }
}
