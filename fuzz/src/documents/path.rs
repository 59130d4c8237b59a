//! Whether a JSON path such as `$.layers[0].size` leads to something (RFC 9535). Names that are not plain are `['…']`, and
//! `['?']` where they are not told.

use super::tree::Tree;

pub(crate) fn leads_somewhere(path: &str, tree: &Tree) -> bool {
    path.strip_prefix('$').is_some_and(|rest| leads(rest, tree))
}

fn leads(path: &str, tree: &Tree) -> bool {
    match tree {
        _ if path.is_empty() => true,
        Tree::Leaf => false,
        Tree::List(items) => item(path, items).unwrap_or(false),
        // What is there twice is there twice.
        Tree::Object(members) => members.iter().any(|(name, value)| {
            let ways = [path.strip_prefix(&printed(name)), path.strip_prefix("['?']")];
            ways.into_iter().flatten().any(|rest| leads(rest, value))
        }),
    }
}

/// A name as a step of a path.
fn printed(name: &str) -> String {
    let plain = |(at, letter): (usize, char)| {
        matches!(letter, 'a'..='z' | 'A'..='Z' | '_') || (at > 0 && letter.is_ascii_digit())
    };
    if !name.is_empty() && name.char_indices().all(plain) {
        return format!(".{name}");
    }
    let escaped = name.encode_utf16().map(|unit| match u8::try_from(unit) {
        Ok(letter @ (b'\'' | b'\\')) => format!("\\{}", char::from(letter)),
        Ok(letter @ b' '..=b'~') => char::from(letter).to_string(),
        _ => format!("\\u{unit:04x}"),
    });
    format!("['{}']", escaped.collect::<String>())
}

fn item(path: &str, items: &[Tree]) -> Option<bool> {
    let (position, rest) = path.strip_prefix('[')?.split_once(']')?;
    items.get(position.parse::<usize>().ok()?).map(|item| leads(rest, item))
}
