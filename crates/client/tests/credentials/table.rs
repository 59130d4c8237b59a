//! The tables, and the secret that is in all of them.

use std::error::Error;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wharf_client::{Credential, CredentialKind};

/// What must never be printed. It is no base64, so that it can stand for what is broken.
pub(crate) const SECRET: &str = "canary-5eecret";

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/credentials")
}

/// The rows of a table, which must be `count`, so that none is lost unseen.
pub(crate) fn rows<const N: usize>(name: &str, count: usize) -> Vec<[String; N]> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let columns = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<[String; N]> = lines.map(|line| columns(line).try_into().unwrap()).collect();
    assert_eq!(rows.len(), count, "rows of {name}");
    rows
}

/// A file as the tables write it, with the secret and what is encoded put in.
pub(crate) fn expand(text: &str) -> String {
    let text = match text {
        "(empty)" => String::new(),
        name if name.ends_with(".json") => std::fs::read_to_string(folder().join(name)).unwrap(),
        text => text.to_owned(),
    };
    let mut pieces = text.split("B(");
    let mut whole = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (user, rest) = piece.split_once(')').unwrap();
        whole += &STANDARD.encode(format!("{user}:{SECRET}"));
        whole += rest;
    }
    whole.replace("SECRET", SECRET)
}

/// What kind of credential it is, and whose, without the secret.
pub(crate) fn summary(credential: Option<&Credential>) -> String {
    let Some(credential) = credential else { return "none".into() };
    match credential.kind() {
        CredentialKind::Basic => format!("basic {}", credential.username().unwrap()),
        CredentialKind::IdentityToken => "identity".into(),
        CredentialKind::RegistryToken => "registry".into(),
        other => format!("{other:?}"),
    }
}

/// Everything that an error can print.
pub(crate) fn printed(error: &(dyn Error + 'static)) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(" {error} {error:?}");
        source = error.source();
    }
    text
}

/// Fails, without printing the text, if the secret is in it, or what it looks like in base64.
pub(crate) fn assert_clean(what: &str, text: &str) {
    for form in [SECRET.to_owned(), STANDARD.encode(SECRET), STANDARD.encode(format!("robot:{SECRET}"))] {
        assert!(!text.contains(&form), "{what} prints a secret");
    }
}
