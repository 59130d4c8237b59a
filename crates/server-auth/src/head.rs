//! What the head of a request says about who sends it.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use wharf_server::Unidentified;
use wharf_server::distribution::Credential;

/// The credentials of a request, if it has some. Two of them are refused, since whoever reads next could mean the other.
pub(crate) fn credential(headers: &HeaderMap) -> Result<Option<Credential>, Unidentified> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(header), None) => Credential::parse(header).map(Some).ok_or(Unidentified::Refused),
        (Some(_), Some(_)) => Err(Unidentified::Refused),
    }
}
