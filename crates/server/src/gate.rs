//! Rights, before anything else is done for a request: nothing of its body is read, and no registry hears of it.
//!
//! | permission | of what only reads | of what writes |
//! |---|---|---|
//! | granted | carried out | carried out |
//! | unauthorized | 401 with challenges | 401 with challenges |
//! | denied | 403 | 403 |
//! | hidden | as if nothing were there | 403 |
//!
//! What is no endpoint, or has a name that is none, needs the right to the base: without credentials nobody learns what
//! there is here. A mount needs a right to its source as well, and is an upload when that is missing, for whatever
//! reason.

use http::StatusCode;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use wharf_distribution::{Access, Action, Endpoint, RouteError};
use wharf_registry::ErrorCode;

use crate::failure::{Failure, LATER};
use crate::owner::Owners;
use crate::{Authorize, Identity, Permission, Unidentified, reply};

/// Who decides about rights, and who began which upload session.
pub(crate) struct Gate {
    pub(crate) authorize: Box<dyn Authorize>,
    pub(crate) owners: Owners,
}

/// A request that may be carried out.
pub(crate) struct Admitted {
    pub(crate) identity: Identity,
    pub(crate) endpoint: Endpoint,
    /// Whether it must be answered as if nothing were there.
    pub(crate) hidden: bool,
}

/// Finds out who asks, and whether they may. What is wrong with the request is told only to whom it may concern.
pub(crate) async fn admit(
    authorize: &dyn Authorize,
    head: &Parts,
    endpoint: Result<Endpoint, RouteError>,
) -> Result<Admitted, Failure> {
    let wanted = wanted(&endpoint);
    let identity = match authorize.identify(head).await {
        Ok(identity) => identity,
        Err(Unidentified::Refused) => return Err(unauthorized(authorize, &wanted)),
        Err(Unidentified::Unavailable) => return Err(unavailable()),
    };
    let mut hidden = false;
    if let Some(access) = wanted.first() {
        match authorize.permit(&identity, access).await {
            Permission::Granted => {}
            Permission::Hidden if only_reads(access) => hidden = true,
            Permission::Unauthorized => return Err(unauthorized(authorize, &wanted)),
            Permission::Denied | Permission::Hidden => return Err(denied()),
        }
    }
    let endpoint = readable(authorize, &identity, endpoint?).await;
    Ok(Admitted { identity, endpoint, hidden })
}

/// The code for what is not there, the same for all that is asked for in the same way: in a repository that exists, in
/// one that does not, and in one that must not be seen. Nothing where an answer tells nothing of what others may see.
pub(crate) fn unknown(endpoint: &Endpoint) -> Option<ErrorCode> {
    match endpoint {
        Endpoint::GetManifest { .. } | Endpoint::HeadManifest { .. } => Some(ErrorCode::MANIFEST_UNKNOWN),
        Endpoint::GetBlob { .. } | Endpoint::HeadBlob { .. } => Some(ErrorCode::BLOB_UNKNOWN),
        Endpoint::UploadStatus { .. }
        | Endpoint::AppendUpload { .. }
        | Endpoint::FinishUpload { .. }
        | Endpoint::CancelUpload { .. } => Some(ErrorCode::BLOB_UPLOAD_UNKNOWN),
        endpoint => only_reads(&endpoint.access()).then_some(ErrorCode::NAME_UNKNOWN),
    }
}

/// What a request needs rights to, the first thing being the one that it cannot do without.
fn wanted(endpoint: &Result<Endpoint, RouteError>) -> Vec<Access> {
    match endpoint {
        Ok(endpoint) => [endpoint.access()].into_iter().chain(endpoint.source()).collect(),
        Err(_) => vec![Access::Base],
    }
}

/// The same, but for a mount from where the identity may not read: it has no source.
async fn readable(authorize: &dyn Authorize, identity: &Identity, endpoint: Endpoint) -> Endpoint {
    match (endpoint.source(), endpoint) {
        (Some(source), Endpoint::MountBlob { repository, digest, from }) => {
            let granted = authorize.permit(identity, &source).await == Permission::Granted;
            Endpoint::MountBlob { repository, digest, from: from.filter(|_| granted) }
        }
        (_, endpoint) => endpoint,
    }
}

/// Whether it changes nothing, so that it can be carried out where nothing is.
const fn only_reads(access: &Access) -> bool {
    matches!(access, Access::Catalog | Access::Repository(_, Action::Pull))
}

/// 401 with how to ask for more; 403 when there is no way.
fn unauthorized(authorize: &dyn Authorize, wanted: &[Access]) -> Failure {
    let challenges = authorize.challenges(wanted);
    if challenges.is_empty() {
        return denied();
    }
    let refused = Failure::new(StatusCode::UNAUTHORIZED, ErrorCode::UNAUTHORIZED, "credentials are needed for this");
    challenges
        .iter()
        .fold(refused, |refused, challenge| refused.with(WWW_AUTHENTICATE, reply::value(challenge.to_string())))
}

fn denied() -> Failure {
    Failure::new(StatusCode::FORBIDDEN, ErrorCode::DENIED, "this is not allowed")
}

fn unavailable() -> Failure {
    let message = "it cannot be found out now who asks";
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::UNAVAILABLE, message).with(RETRY_AFTER, LATER)
}
