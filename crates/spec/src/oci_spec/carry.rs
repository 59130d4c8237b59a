//! Documents, carried whole from one crate's types to the other's: whatever the target writes is compared with what the
//! source says.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::compare::{Absent, same};
use super::{ConversionError, ConversionErrorKind, path};
use crate::{Authored, Document, MediaType, View};

/// Has `oci-spec` read a document.
pub(super) fn export<T, F: Serialize + DeserializeOwned>(document: &Document<T>) -> Result<F, ConversionError> {
    let said: Value = serde_json::from_slice(document.bytes()).map_err(|_| unreadable(String::from("$")))?;
    // The message of its error is dropped because it can quote the content.
    let held: F =
        serde_json::from_slice(&path::lines(&said)).map_err(|error| unreadable(path::at_line(&said, error.line())))?;
    same(&said, &written(&held)?, Absent::Null)?;
    Ok(held)
}

/// Reads what `oci-spec` writes, and writes it anew.
pub(super) fn import<F: Serialize, T: View + Authored + Clone>(
    held: &F,
    media_type: MediaType,
) -> Result<Document<T>, ConversionError> {
    let mut said = written(held)?;
    spell(&mut said);
    let received: Document<T> = read(&said, media_type)?;
    let document = author(received.view().clone())?;
    let kept: Value = serde_json::from_slice(document.bytes()).map_err(|error| ConversionError::invalid("$", error))?;
    same(&said, &kept, Absent::Empty)?;
    Ok(document)
}

/// Writes a document that was made here.
pub(super) fn author<T: Authored>(view: T) -> Result<Document<T>, ConversionError> {
    Document::assemble(view).map_err(|error| ConversionError::invalid("$", error))
}

fn read<T: View>(said: &Value, media_type: MediaType) -> Result<Document<T>, ConversionError> {
    let bytes = said.to_string();
    Document::new(media_type.clone(), bytes).decode().map_err(|error| {
        // Read again from the text in which a line tells the place; it is longer, so it is not what is judged.
        let lines = path::lines(said);
        let again = Document::new(media_type, lines.clone()).decode::<T>();
        let at = again.err().and_then(|error| error.at()).unwrap_or_default();
        ConversionError::invalid(path::at_line(said, line(&lines, at)), error)
    })
}

/// The line that an offset lies on.
fn line(text: &[u8], at: usize) -> usize {
    text.iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

fn written(held: &impl Serialize) -> Result<Value, ConversionError> {
    serde_json::to_value(held).map_err(|_| unreadable(String::from("$")))
}

/// Gives the members of platforms, wherever they are, the names that the specification has for them.
fn spell(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(spell),
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| match value {
            Value::Object(platform) if name == "platform" => spell_platform(platform),
            value => spell(value),
        }),
        _ => {}
    }
}

fn spell_platform(platform: &mut serde_json::Map<String, Value>) {
    for (theirs, name) in [("os_version", "os.version"), ("os_features", "os.features")] {
        if let Some(value) = platform.remove(theirs) {
            platform.insert(name.into(), value);
        }
    }
}

fn unreadable(path: String) -> ConversionError {
    ConversionError::new(ConversionErrorKind::Unreadable, path)
}
