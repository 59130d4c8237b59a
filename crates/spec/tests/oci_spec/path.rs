//! A reader of JSON paths, apart from the writer that it judges.

use serde_json::Value;

/// Whether the path is one that names a single value, and the document has it.
pub(crate) fn exists(document: &Value, path: &str) -> bool {
    path.strip_prefix('$').is_some_and(|rest| resolve(document, rest).is_some())
}

fn resolve<'a>(value: &'a Value, rest: &str) -> Option<&'a Value> {
    if rest.is_empty() {
        return Some(value);
    }
    if let Some(rest) = rest.strip_prefix("['") {
        let end = closing_quote(rest)?;
        // A text of a JSON path is one of JSON, but for the quotes.
        let name = rest[..end].replace(r"\'", "'").replace('"', "\\\"");
        let name: String = serde_json::from_str(&format!("\"{name}\"")).ok()?;
        return resolve(value.get(name)?, rest[end..].strip_prefix("']")?);
    }
    if let Some(rest) = rest.strip_prefix('[') {
        let (position, rest) = rest.split_once(']')?;
        return resolve(value.get(position.parse::<usize>().ok()?)?, rest);
    }
    let rest = rest.strip_prefix('.')?;
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    resolve(value.get(&rest[..end])?, &rest[end..])
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'\'' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes
    })
}

#[test]
fn the_reader_reads() {
    let document = serde_json::json!({"a": [{"it's \u{1f6a2}": 1}], "b.c": null});
    for path in ["$", "$.a", "$['a'][0]", r"$.a[0]['it\'s \ud83d\udea2']", "$['b.c']"] {
        assert!(exists(&document, path), "{path}");
    }
    for path in ["", "a", "$.b", "$.a[1]", "$.b.c", "$['b.c'", "$.a[0]['it']"] {
        assert!(!exists(&document, path), "{path}");
    }
}
