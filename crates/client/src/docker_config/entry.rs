//! One entry of `auths`: what it says about who is asking.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wharf_distribution::Secret;

use super::json::{Object, Tree};
use super::problem::ProblemKind;
use crate::Credential;

/// Stands in the place of a user name where the password is an identity token.
const TOKEN_USER: &str = "<token>";

/// Reads an entry. An empty one marks a registry whose credentials a helper has, and says nothing itself.
///
/// A registry token wins over an identity token, and both over a password: tools leave an empty password beside them.
pub(super) fn decode(entry: Tree) -> Result<Option<Credential>, ProblemKind> {
    let mut entry = match entry {
        Tree::Object(object) => object,
        Tree::Null => return Ok(None),
        Tree::Text(_) | Tree::Other => return Err(ProblemKind::Shape),
    };
    let (registry, identity) = (text(&mut entry, "registrytoken")?, text(&mut entry, "identitytoken")?);
    let (auth, username, password) =
        (text(&mut entry, "auth")?, text(&mut entry, "username")?, text(&mut entry, "password")?);
    match (registry, identity, auth) {
        (Some(token), _, _) => sendable(token).map(Credential::registry_token).map(Some),
        (None, Some(token), _) => Ok(Some(Credential::identity_token(Secret::new(token)))),
        (None, None, Some(auth)) => pair(&auth).map(Some),
        (None, None, None) => match password {
            Some(password) => credential(username.unwrap_or_default(), password).map(Some),
            None => Ok(None),
        },
    }
}

/// The credential that a user name and a secret are. No user name, or the one that says so, makes the secret an identity
/// token.
pub(super) fn credential(username: String, secret: String) -> Result<Credential, ProblemKind> {
    match username.as_str() {
        "" if secret.is_empty() => Err(ProblemKind::Username),
        TOKEN_USER if secret.is_empty() => Err(ProblemKind::Token),
        "" | TOKEN_USER => Ok(Credential::identity_token(Secret::new(secret))),
        name if name.contains(':') => Err(ProblemKind::Username),
        _ => Ok(Credential::basic(username, Secret::new(secret))),
    }
}

/// A text that is there and not empty.
fn text(entry: &mut Object, name: &str) -> Result<Option<String>, ProblemKind> {
    match entry.take(name).map_err(|_| ProblemKind::Duplicate)? {
        None => Ok(None),
        Some(Tree::Text(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(_) => Err(ProblemKind::Shape),
    }
}

/// `auth` is `user:password` in base64. Some tools break its lines, and some end it with NUL.
fn pair(auth: &str) -> Result<Credential, ProblemKind> {
    let auth: String = auth.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(auth).map_err(|_| ProblemKind::Base64)?;
    let text = String::from_utf8(bytes).map_err(|_| ProblemKind::NotText)?;
    let (username, password) = text.split_once(':').ok_or(ProblemKind::NoColon)?;
    credential(username.to_owned(), password.trim_end_matches('\0').to_owned())
}

fn sendable(token: String) -> Result<Secret, ProblemKind> {
    match token.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(Secret::new(token)),
        false => Err(ProblemKind::Token),
    }
}
