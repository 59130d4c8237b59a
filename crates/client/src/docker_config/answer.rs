//! What a helper printed, and what it means.

use super::json::{Object, Tree};
use super::process::Output;
use super::{HelperErrorKind, entry, key};
use crate::Credential;

/// How a helper says that it has no credential. It fails with that, but is not at fault.
const NOT_FOUND: &[u8] = b"credentials not found in native keychain";

/// Reads the answer to a question about a registry.
pub(super) fn read(output: &Output, registry: &str) -> Result<Option<Credential>, HelperErrorKind> {
    if !output.status.success() {
        return match output.bytes.trim_ascii() == NOT_FOUND {
            true => Ok(None),
            false => Err(HelperErrorKind::Failed { code: output.status.code() }),
        };
    }
    let Ok(Tree::Object(mut answer)) = Tree::read(&output.bytes) else { return Err(HelperErrorKind::Malformed) };
    let server = text(&mut answer, "ServerURL")?;
    if !server.is_empty() && *key::registry_of(&server) != *registry {
        return Err(HelperErrorKind::OtherRegistry);
    }
    let (username, secret) = (text(&mut answer, "Username")?, text(&mut answer, "Secret")?);
    match (username.is_empty(), secret.is_empty()) {
        (true, true) => Ok(None),
        (false, true) => Err(HelperErrorKind::Malformed),
        (_, false) => entry::credential(username, secret).map(Some).map_err(|_| HelperErrorKind::Malformed),
    }
}

fn text(answer: &mut Object, name: &str) -> Result<String, HelperErrorKind> {
    match answer.take(name) {
        Ok(None) => Ok(String::new()),
        Ok(Some(Tree::Text(text))) => Ok(text),
        Ok(Some(_)) | Err(_) => Err(HelperErrorKind::Malformed),
    }
}
