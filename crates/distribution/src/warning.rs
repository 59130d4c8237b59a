use crate::text::printable;

/// Reads a `Warning` header (distribution-spec, "Warnings"): the texts that a registry has for its user.
///
/// Only warnings of code 299 without an agent are such texts; others are for caches, and not read. At most 16 texts are
/// read, of 4,096 characters each; control and format characters are replaced, so that they can be printed.
///
/// ```
/// use wharf_distribution::warnings;
///
/// let texts = warnings(r#"299 - "this \"free\" tier ends", 110 proxy "stale", 299 - "soon""#);
/// assert_eq!(texts, [r#"this "free" tier ends"#, "soon"]);
/// assert!(warnings("299 - unquoted").is_empty());
/// ```
#[must_use]
pub fn warnings(value: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = value;
    while texts.len() < MAX_WARNINGS {
        let Some((before, quoted)) = rest.split_once('"') else { break };
        let Some((text, after)) = unquote(quoted) else { break };
        let before = before.trim_matches([',', ' ', '\t']);
        if before.split_ascii_whitespace().eq(["299", "-"]) {
            texts.push(printable(&text, MAX_WARNING));
        }
        // A date may follow, in quotes as well; what is before the next text has no number then, and it is left out.
        rest = after;
    }
    texts
}

/// Writes a warning for the user of a client: the value of one `Warning` header. What [`warnings`] would replace or cut
/// is replaced and cut here, so that it is read as it was written. A header that is not ASCII is written in UTF-8.
///
/// ```
/// use wharf_distribution::{warning, warnings};
///
/// assert_eq!(warning(r#"this "free" tier ends"#), r#"299 - "this \"free\" tier ends""#);
/// assert_eq!(warnings(&warning("soon")), ["soon"]);
/// ```
#[must_use]
pub fn warning(text: &str) -> String {
    let mut value = String::from("299 - \"");
    for letter in printable(text, MAX_WARNING).chars() {
        if matches!(letter, '"' | '\\') {
            value.push('\\');
        }
        value.push(letter);
    }
    value.push('"');
    value
}

const MAX_WARNINGS: usize = 16;
const MAX_WARNING: usize = 4096;

/// A text up to the quote that ends it, and what comes after it. A backslash takes away the meaning of what follows.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut letters = quoted.chars();
    loop {
        match letters.next()? {
            '"' => return Some((text, letters.as_str())),
            '\\' => text.push(letters.next()?),
            letter => text.push(letter),
        }
    }
}
