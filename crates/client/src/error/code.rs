//! Which of the registry traits' codes a failure is.

use http::StatusCode;
use wharf_registry::{ErrorCode, Operation};

use super::{Error, ErrorKind, Party};
use crate::Fault;

impl Error {
    pub(super) fn code(&self, operation: Operation) -> ErrorCode {
        match self.0.kind {
            ErrorKind::Transport(_) => ErrorCode::UNAVAILABLE,
            ErrorKind::Refused(status) => self.refusal_code(status, operation),
            ErrorKind::RateLimited => ErrorCode::TOOMANYREQUESTS,
            // What a token service sends is no content: its size and its length concern the token.
            ErrorKind::Peer(Fault::TooLarge | Fault::WrongLength) if self.party() == Party::TokenService => {
                ErrorCode::UNAUTHORIZED
            }
            ErrorKind::Peer(fault) => fault.code(operation),
            // What the list lacks is not what the manifest lacks: only who is asking, and how often, is the same.
            ErrorKind::Referrers => self
                .cause()
                .map(|cause| cause.code(operation))
                .filter(|code| PERSONAL.contains(code))
                .unwrap_or(ErrorCode::UNAVAILABLE),
            ErrorKind::Credentials => ErrorCode::UNAUTHORIZED,
            ErrorKind::Request => ErrorCode::UNSUPPORTED,
        }
    }

    /// The registry's own word where it has one. Some have words of their own for what is missing, or say nothing at
    /// all, and then it is the status that counts.
    fn refusal_code(&self, status: StatusCode, operation: Operation) -> ErrorCode {
        match (self.party(), self.0.body.errors.first()) {
            (Party::Registry, Some(entry)) if status != StatusCode::NOT_FOUND && entry.code != ErrorCode::UNKNOWN => {
                entry.code.clone()
            }
            (Party::Registry, Some(entry)) if MISSING.contains(&entry.code) => entry.code.clone(),
            (Party::TokenService, _) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                ErrorCode::UNAUTHORIZED
            }
            _ => by_status(status, operation),
        }
    }
}

/// The codes that are about who is asking, or how often, and not about what is asked for.
const PERSONAL: [ErrorCode; 3] = [ErrorCode::UNAUTHORIZED, ErrorCode::DENIED, ErrorCode::TOOMANYREQUESTS];

/// What can be the matter with a status of 404.
const MISSING: [ErrorCode; 8] = [
    ErrorCode::BLOB_UNKNOWN,
    ErrorCode::BLOB_UPLOAD_INVALID,
    ErrorCode::BLOB_UPLOAD_UNKNOWN,
    ErrorCode::MANIFEST_BLOB_UNKNOWN,
    ErrorCode::MANIFEST_UNKNOWN,
    ErrorCode::NAME_INVALID,
    ErrorCode::NAME_UNKNOWN,
    ErrorCode::UNSUPPORTED,
];

/// What a status means when nobody says more.
fn by_status(status: StatusCode, operation: Operation) -> ErrorCode {
    match status {
        StatusCode::UNAUTHORIZED => ErrorCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN => ErrorCode::DENIED,
        StatusCode::NOT_FOUND => missing(operation),
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => ErrorCode::UNSUPPORTED,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::SIZE_INVALID,
        StatusCode::RANGE_NOT_SATISFIABLE => ErrorCode::RANGE_INVALID,
        StatusCode::TOO_MANY_REQUESTS => ErrorCode::TOOMANYREQUESTS,
        status if status.is_server_error() => ErrorCode::UNAVAILABLE,
        _ => ErrorCode::UNKNOWN,
    }
}

/// What is missing when nobody says what.
const fn missing(operation: Operation) -> ErrorCode {
    match operation {
        Operation::GetManifest | Operation::Resolve | Operation::DeleteManifest | Operation::DeleteTag => {
            ErrorCode::MANIFEST_UNKNOWN
        }
        Operation::GetBlob | Operation::StatBlob | Operation::DeleteBlob => ErrorCode::BLOB_UNKNOWN,
        Operation::Upload => ErrorCode::BLOB_UPLOAD_UNKNOWN,
        Operation::ListRepositories | Operation::ListReferrers => ErrorCode::UNSUPPORTED,
        _ => ErrorCode::NAME_UNKNOWN,
    }
}
